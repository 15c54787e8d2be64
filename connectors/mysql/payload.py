"""What is compressed in the log: transaction payloads (zstd), MariaDB's rows and statements (zlib). Sans-I/O.

Source: MySQL source documentation, "Transaction_payload_event"; MariaDB, "Compressing events to reduce size".
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Final

import zstandard
from librt.strings import read_i32_le

from connectors.mysql import events
from connectors.mysql.octets import Octets

ZSTD: Final = 0
NONE: Final = 255
_SLICE: Final = 1 << 12  # bytes of compressed content that are unpacked at once: few, as one can hold a lot
_HEADER: Final = 19
_LARGEST: Final = 1 << 31  # no event is larger


def header(octets: Octets, missing: int = 0) -> events.Payload:
    """The event: fields of a kind, a length and a value, 0 ends them; then the content. Raises ValueError.

    `missing` bytes of the content are not there yet.
    """
    compression = -1
    length = 0
    size = -1
    while True:
        kind = octets.packed()
        if kind == 0:
            break
        octets_of = octets.packed()
        first = octets.skip(octets_of)
        field = Octets(octets.data, first, first + octets_of)
        if kind == 1:
            size = field.packed()
        elif kind == 2:
            compression = field.packed()
        elif kind == 3:
            length = field.packed()
        else:
            raise ValueError(f"field {kind} of a transaction payload is not known")
    if compression not in (ZSTD, NONE):
        raise ValueError(f"compression {compression} of a transaction payload is not known")
    if size >= 0 and size != octets.left + missing:
        raise ValueError(f"a transaction payload of {octets.left + missing} bytes that says {size}")
    event = events.Payload(compression, length, octets.take(octets.left))
    event.missing = missing
    return event


class Unpacker:
    """The content of one payload, given piece by piece, to the bytes of the events in it. Raises ValueError."""

    def __init__(self, event: events.Payload) -> None:
        self._length = event.length
        self._total = 0
        self._rest = b""  # an event that is not whole yet
        self._wanted = _HEADER  # bytes that it needs, as far as it is known
        self._decompress: Callable[[bytes], bytes] | None = None
        if event.compression == ZSTD:
            self._decompress = zstandard.ZstdDecompressor(max_window_size=_LARGEST).decompressobj().decompress

    def events(self, content: bytes) -> Iterator[bytes]:
        """The events that are whole with this piece."""
        decompress = self._decompress
        at = 0
        while at < len(content):
            piece = content[at : at + _SLICE]
            at += _SLICE
            if decompress is not None:
                try:
                    piece = decompress(piece)
                except zstandard.ZstdError as error:
                    raise ValueError(str(error)) from error
            self._total += len(piece)
            rest = self._rest + piece
            first = 0
            while len(rest) - first >= self._wanted:
                size: int = read_i32_le(rest, first + 9)
                if size < _HEADER:
                    raise ValueError(f"an event of {size} bytes in it")
                if len(rest) - first < size:
                    self._wanted = size
                    break
                yield rest[first : first + size]
                first += size
                self._wanted = _HEADER
            self._rest = rest[first:] if first else rest

    def finish(self) -> None:
        """There is no more content: all of it must have been events."""
        if self._rest or (self._length and self._total != self._length):
            raise ValueError(f"{self._total} bytes in it, {self._length} expected, {len(self._rest)} of them no event")


def inflated(octets: Octets) -> bytes:
    """The rest, compressed as MariaDB does: how, length in big-endian order, then the content. Raises ValueError."""
    how = octets.u8()
    if how & 0x80 == 0 or how >> 4 & 7:
        raise ValueError(f"compression 0x{how:02x} is not known")
    length = int.from_bytes(octets.take(how & 7), "big")
    if length > _LARGEST:
        raise ValueError(f"{length} bytes compressed")
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(octets.take(octets.left), length + 1)
    if len(found) != length or not unpacker.eof:
        raise ValueError(f"compressed content of {len(found)} bytes that says {length}")
    return found
