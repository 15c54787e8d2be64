"""What is compressed in the log: transaction payloads (zstd), MariaDB's rows and statements (zlib). Sans-I/O.

Source: MySQL source documentation, "Transaction_payload_event"; MariaDB, "Compressing events to reduce size".
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

import zstandard
from librt.strings import read_i32_le

from connectors.mysql import events
from connectors.mysql.octets import Octets

ZSTD: Final = 0
NONE: Final = 255
_CHUNK: Final = 1 << 20  # bytes of compressed content that are given to the decompressor at once
_HEADER: Final = 19
_LARGEST: Final = 1 << 31  # no event is larger


def header(octets: Octets) -> events.Payload:
    """The event: fields of a kind, a length and a value, 0 ends them; then the content. Raises ValueError."""
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
    if size >= 0 and size != octets.left:
        raise ValueError(f"a transaction payload of {octets.left} bytes that says {size}")
    return events.Payload(compression, length, octets.take(octets.left))


def events_of(event: events.Payload) -> Iterator[bytes]:
    """The bytes of each event in a payload, unpacked piece by piece. Raises ValueError."""
    waiting = bytearray()
    wanted = _HEADER  # bytes that the next event needs, as far as it is known
    total = 0
    for piece in _pieces(event):
        waiting += piece
        total += len(piece)
        if len(waiting) < wanted:
            continue
        view = bytes(waiting)
        at = 0
        while True:
            wanted = _HEADER
            if len(view) - at < wanted:
                break
            wanted = read_i32_le(view, at + 9)
            if wanted < _HEADER:
                raise ValueError(f"an event of {wanted} bytes in it")
            if len(view) - at < wanted:
                break
            yield view[at : at + wanted]
            at += wanted
        del waiting[:at]
    if waiting or (event.length and total != event.length):
        raise ValueError(f"{total} bytes in it, {event.length} expected, {len(waiting)} of them no event")


def _pieces(event: events.Payload) -> Iterator[bytes]:
    if event.compression == NONE:
        yield event.content
        return
    try:
        with zstandard.ZstdDecompressor(max_window_size=_LARGEST).stream_reader(event.content) as reader:
            while True:
                piece = reader.read(_CHUNK)
                if not piece:
                    return
                yield piece
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


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
