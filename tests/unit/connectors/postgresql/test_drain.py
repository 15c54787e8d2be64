"""The loop that takes messages from libpq, on a wire of our own."""

import struct

import pytest

from connectors.postgresql.drain import EMPTY, ENDED, FULL, Drain


class Script:
    """A wire that gives messages in rounds: each `consume_input` makes the next round readable."""

    def __init__(self, *rounds: list[bytes], end: bool = False) -> None:
        self.rounds = list(rounds)
        self.ready: list[bytes] = []
        self.end = end

    def get_copy_data(self, async_: int) -> tuple[int, memoryview]:
        if self.ready:
            message = self.ready.pop(0)
            return len(message), memoryview(message)
        if self.end and not self.rounds:
            return -1, memoryview(b"")
        return 0, memoryview(b"")

    def consume_input(self) -> None:
        if self.rounds:
            self.ready = self.rounds.pop(0)


class Kept:
    def __init__(self) -> None:
        self.fed: list[tuple[bytes, int]] = []

    def feed(self, data: bytes, lsn: int) -> None:
        self.fed.append((data, lsn))


def xlog(lsn: int, payload: bytes) -> bytes:
    return struct.pack(">cQQq", b"w", lsn, lsn, 0) + payload


def keepalive(end: int, reply: int = 0) -> bytes:
    return struct.pack(">cQqB", b"k", end, 0, reply)


def test_payloads_arrive_in_order_with_their_position():
    kept = Kept()
    drain = Drain(Script([xlog(7, b"a")], [xlog(8, b"b"), xlog(8, b"c")]), kept)
    assert drain.run(100, 1 << 20) == EMPTY
    assert kept.fed == [(b"a", 7), (b"b", 8), (b"c", 8)]


def test_it_stops_at_the_number_of_messages_and_goes_on_there():
    kept = Kept()
    drain = Drain(Script([xlog(1, b"a"), xlog(2, b"b"), xlog(3, b"c")]), kept)
    assert drain.run(2, 1 << 20) == FULL
    assert len(kept.fed) == 2
    assert drain.run(2, 1 << 20) == EMPTY
    assert len(kept.fed) == 3


def test_it_stops_at_the_number_of_bytes():
    drain = Drain(Script([xlog(1, b"a" * 100), xlog(2, b"b")]), Kept())
    assert drain.run(100, 64) == FULL
    assert drain.messages == 1


def test_a_keepalive_is_noted_with_its_place_among_the_messages():
    drain = Drain(Script([xlog(1, b"a"), keepalive(99, reply=1), xlog(2, b"b")]), Kept())
    drain.run(100, 1 << 20)
    assert drain.keepalive_end == 99
    assert drain.keepalive_at == 1
    assert drain.messages == 2
    assert drain.reply


def test_the_end_of_the_stream_is_told():
    assert Drain(Script([xlog(1, b"a")], end=True), Kept()).run(100, 1 << 20) == ENDED


def test_an_unknown_message_is_an_error():
    with pytest.raises(ValueError, match="unknown kind"):
        Drain(Script([b"zzz"]), Kept()).run(10, 100)


def test_one_empty_read_does_not_end_a_tls_stream():
    kept = Kept()
    drain = Drain(Script([], [xlog(1, b"a")]), kept, rounds=3)
    drain.run(10, 1 << 20)
    assert len(kept.fed) == 1
