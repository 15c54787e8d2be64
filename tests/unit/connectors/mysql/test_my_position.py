"""Offsets both ways, positions of the schema history, packets of a dump."""

from __future__ import annotations

import pytest

from cdc.errors import DecodeError, SourceRefused
from connectors.mysql.packets import Packets
from connectors.mysql.position import BinlogPosition, parse
from connectors.mysql.server import Server, covers

UUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562"


def test_an_offset_within_a_transaction_is_its_begin_and_what_is_done():
    stored = BinlogPosition(
        file="b.000002", pos=2364, gtids=f"{UUID}:1-5", events=1, logged=3, server_id=99, ts_sec=7, server="s"
    ).offset()
    assert stored == {
        "ts_sec": 7, "file": "b.000002", "pos": 2364, "gtids": f"{UUID}:1-5", "server_id": 99, "event": 3,
        "headwater_events": 1, "headwater_server": "s",
    }  # fmt: skip
    again = parse(stored)
    assert again.offset() == stored


def test_the_mark_of_a_snapshot_is_gone_with_its_last_row():
    position = BinlogPosition(file="b.1", pos=4, ts_sec=9, snapshot="INITIAL")
    assert position.offset() == {"ts_sec": 9, "file": "b.1", "pos": 4, "snapshot": "INITIAL"}
    position.completed = True
    assert position.offset() == {"ts_sec": 9, "file": "b.1", "pos": 4}


def test_an_offset_of_debezium_counts_events_and_rows():
    found = parse({"ts_sec": 1, "file": "mysql-bin.000002", "pos": 2364, "row": 2, "server_id": 99, "event": 3})
    assert (found.events, found.logged, found.row) == (0, 3, 2)


@pytest.mark.parametrize("offset", [{}, {"pos": 4}, {"file": ""}, {"lsn": 5}])
def test_an_offset_without_a_place_is_refused(offset):
    with pytest.raises(SourceRefused):
        parse(offset)


@pytest.mark.parametrize(
    ("record", "covered"),
    [
        ({"gtids": f"{UUID}:1-5"}, True),
        ({"gtids": f"{UUID}:1-6"}, False),
        ({"file": "b.000009", "pos": 4}, True),  # recorded before there were GTIDs
        ({"gtids": f"{UUID}:1-5", "file": "b.000001", "pos": 9}, False),  # Debezium's, of the statement that comes
        ({"gtids": f"{UUID}:1-5", "file": "b.000001", "pos": 9, "snapshot": "INITIAL"}, True),
        ({"gtids": f"{UUID}:1-5", "file": "b.000001", "pos": 9, "headwater_server": "s"}, True),
    ],
)
def test_history_records_by_gtid(record, covered):
    assert covers(BinlogPosition(file="b.000001", pos=4, gtids=f"{UUID}:1-5"), record, False) is covered


@pytest.mark.parametrize(
    ("file", "pos", "covered"),
    [("b.000002", 100, True), ("b.000002", 101, False), ("b.000001", 999, True), ("b.1000000", 4, False)],
)
def test_history_records_by_file(file, pos, covered):
    assert covers(BinlogPosition(file="b.000002", pos=100), {"file": file, "pos": pos}, False) is covered


@pytest.mark.parametrize(
    ("version", "number"),
    [("9.7.4-2", 90704), ("8.0.36", 80036), ("11.8.9-MariaDB-log", 110809), ("5.5.5-10.6.1-MariaDB", 100601)],
)
def test_versions(version, number):
    assert Server(version, {}).number == number


def framed(payload, full=0xFFFFFF):
    found = b""
    while True:
        part, payload = payload[:full], payload[full:]
        found += len(part).to_bytes(3, "little") + b"\x00" + part
        if len(part) < full:
            return found


def test_events_come_out_whole_however_the_bytes_are_cut():
    events = [b"one", b"two" * 50, b"", b"x" * (0xFFFFFF - 1), b"y" * (0xFFFFFF + 5)]
    data = b"".join(framed(b"\x00" + event) for event in events) + framed(b"\xfe\x00\x00")
    for size in (1 << 16, len(data)):
        packets = Packets()
        found = [event for at in range(0, len(data), size) for event in packets.feed(data[at : at + size])]
        assert found == events
        assert packets.ended == b"\xfe\x00\x00"
    small = framed(b"\x00abc") + framed(b"\x00de")
    packets = Packets()
    assert [event for byte in small for event in packets.feed(bytes((byte,)))] == [b"abc", b"de"]


def test_a_packet_that_is_no_event():
    with pytest.raises(DecodeError):
        Packets().feed(framed(b"\x05abc"))
    with pytest.raises(DecodeError):
        Packets().feed(b"\x00\x00\x00\x00")
