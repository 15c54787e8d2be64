"""The inner loop of reading: take messages out of libpq's buffer and hand them to the decoder. Compiles (mypyc).

Source: PostgreSQL manual, "Streaming Replication Protocol": `w` XLogData (start, end, clock, payload) and `k` primary
keepalive (end, clock, reply flag), both inside CopyData.
"""

from __future__ import annotations

from typing import Final, Protocol

EMPTY: Final = 0  # nothing more has arrived
FULL: Final = 1  # the limit was reached, there may be more
ENDED: Final = 2  # the server has ended the stream

_XLOGDATA: Final = 0x77
_KEEPALIVE: Final = 0x6B
_HEADER: Final = 25


class Wire(Protocol):
    """What is needed of psycopg.pq.PGconn."""

    def get_copy_data(self, async_: int) -> tuple[int, memoryview]:
        """One message: (length, data), (0, _) when there is none yet, (-1, _) at the end."""

    def consume_input(self) -> None:
        """Read from the socket what is there."""


class Feeder(Protocol):
    """What is needed of the decoder."""

    def feed(self, data: bytes, lsn: int) -> None:
        """Decode one XLogData's payload."""


class Drain:
    """Counts what it hands over. `keepalive_end` is the server's position in the newest keepalive (0: none yet)."""

    def __init__(self, wire: Wire, feeder: Feeder, rounds: int = 1) -> None:
        self._wire = wire
        self._feeder = feeder
        self._rounds = rounds  # empty reads before nothing is there: TLS may hold a record back
        self.messages = 0
        self.bytes = 0
        self.keepalive_end = 0
        self.keepalive_at = -1  # value of `messages` when it came
        self.reply = False  # the server asks for a status update at once

    def run(self, messages: int, size: int) -> int:
        """Hand over at most `messages` messages or about `size` bytes. Returns EMPTY, FULL or ENDED."""
        wire = self._wire
        feeder = self._feeder
        last = self.messages + messages
        most = self.bytes + size
        empty = 0
        while True:
            length, view = wire.get_copy_data(1)
            if length > 0:
                empty = 0
                data = bytes(view)
                kind = data[0]
                if kind == _XLOGDATA and length >= _HEADER:
                    self.messages += 1
                    self.bytes += length
                    feeder.feed(data[_HEADER:], int.from_bytes(data[1:9], "big"))
                    if self.messages >= last or self.bytes >= most:
                        return FULL
                elif kind == _KEEPALIVE and length >= 18:
                    self.keepalive_end = int.from_bytes(data[1:9], "big")
                    self.keepalive_at = self.messages
                    if data[17]:
                        self.reply = True
                else:
                    raise ValueError(f"replication message of unknown kind: {data[:64].hex()}")
            elif length == 0:
                if empty >= self._rounds:
                    return EMPTY
                empty += 1
                wire.consume_input()
            else:
                return ENDED
