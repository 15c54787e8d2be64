"""The packets of a dump: bytes of the socket to whole events. Compiles (mypyc). Sans-I/O.

Source: MySQL source documentation, "Protocol::Packet": 3 bytes length, 1 byte sequence; a payload of 2^24-1 bytes goes
on in the next packet. In a dump every payload begins with 0 (an event), 0xFE (the end) or 0xFF (an error).
"""

from __future__ import annotations

from typing import Final

from cdc.errors import DecodeError
from connectors.mysql.errors import PACKET
from connectors.mysql.events import TRANSACTION_PAYLOAD

_FULL: Final = 0xFFFFFF
_PEEK: Final = 256  # bytes of a long event that are waited for: its header and what stands before its content


class Packets:
    """Takes bytes as they come; `ended` is the payload that ended the stream, None while it goes on."""

    def __init__(self) -> None:
        self.ended: bytes | None = None
        self._parts: list[bytes] = []  # bytes of a packet that is not whole yet
        self._held = 0  # their number
        self._need = 4  # how many bytes there must be before it is worth looking
        self._long: list[bytes] = []  # payloads of an event of more than 16 MiB
        self._passing = False  # such an event is handed on in pieces, and goes on in the next packet
        self._owed = 0  # bytes of the present packet that belong to it

    def feed(self, data: bytes) -> list[bytes]:
        """Events that are whole now. Raises DecodeError.

        A compressed transaction of more than 16 MiB comes in pieces, the event's header in the first.
        """
        parts = self._parts
        if parts:
            parts.append(data)
            self._held += len(data)
            if self._held < self._need:
                return []
            data = b"".join(parts)
            parts.clear()
        events: list[bytes] = []
        at = 0
        end = len(data)
        self._need = 4
        while end - at >= 4 or self._owed:
            if self._owed:
                stop = min(end, at + self._owed)
                if stop == at:
                    break
                events.append(data[at:stop])
                self._owed -= stop - at
                at = stop
                continue
            size = data[at] | data[at + 1] << 8 | data[at + 2] << 16
            start = at + 4
            stop = start + size
            if self._passing:
                at = start
                self._owed = size
                self._passing = size == _FULL
                continue
            if size == _FULL and not self._long and end - start >= _PEEK and _is_payload(data, start):
                at = start + 1
                self._owed = size - 1
                self._passing = True
                continue
            if stop > end:
                self._need = _PEEK + 4 if size == _FULL and end - start < _PEEK else size + 4
                break
            at = stop
            if self._long:
                self._long.append(data[start:stop])
                if size != _FULL:
                    events.append(b"".join(self._long))
                    self._long.clear()
                continue
            if size == 0:
                raise DecodeError(PACKET, "an empty packet in the stream of the binary log")
            first = data[start]
            if first == 0:
                if size == _FULL:
                    self._long.append(data[start + 1 : stop])
                else:
                    events.append(data[start + 1 : stop])
                continue
            if first == 0xFE or first == 0xFF:
                self.ended = data[start:stop]
                return events
            shown = data[start : min(stop, start + 64)].hex()
            raise DecodeError(PACKET, f"a packet of the binary log that begins with {first:#x}: {shown}")
        if at < end:
            parts.append(data[at:])
            self._held = end - at
        return events


def _is_payload(data: bytes, start: int) -> bool:
    """Whether the event whose packet's content begins here is a compressed transaction."""
    return data[start] == 0 and data[start + 5] == TRANSACTION_PAYLOAD
