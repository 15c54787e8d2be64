"""The decoder on logs that real servers wrote (see tests/binlog_recordings.py), and on events that are not sound."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from cdc.errors import DecodeError
from cdc.model import Table
from connectors.mysql import rows, values
from connectors.mysql.binlog import Decoder
from connectors.mysql.events import (
    FormatDescription,
    Gtid,
    Heartbeat,
    Incident,
    Other,
    Payload,
    PreviousGtids,
    Query,
    Rotate,
    Rows,
    RowsQuery,
    TableMap,
    XaPrepare,
    Xid,
)
from connectors.mysql.packets import Packets
from tests.binlogs import SOURCE, events, in_file, split

FOLDER = Path(__file__).parent / "binlogs"
MYSQL = ["mysql-9.7-full", "mysql-9.7-anonymous", "mysql-8.4-full", "mysql-8.0-full"]
MARIADB = ["mariadb-11.8-compressed", "mariadb-11.8-plain", "mariadb-10.11-compressed"]
ROW = [
    4000000000, -5, 65535, -8388608, 18446744073709551615, -12345678901234565678, 1.5, 2.25, 0b101010101010, 2024,
    18321, -3016798120000, 1577934245678901, 1577934245678000, "abc", "ö", "é", b"ab\0\0", b"cd", b"ef", 2, 5,
    '{"a":1,"b":[1.5,"x",true,null]}',
    struct.pack("<IBIdd", 0, 1, 1, 1.0, 2.0),
]  # fmt: skip
NAMES = [
    "id", "tiny", "small", "medium", "big", "exact", "single", "twice", "bits", "year", "day", "length", "at", "stamp",
    "code", "name", "old", "raw", "octets", "blobs", "size", "tags", "doc", "place",
]  # fmt: skip
CHARSETS = {"code": "utf8mb4", "name": "utf8mb4", "old": "latin1", "raw": "binary", "octets": "binary"}


def columns():
    unsigned = ("id", "small", "big")
    return [
        rows.LogColumn(
            name,
            unsigned=name in unsigned,
            charset="utf8mb4" if name == "doc" else CHARSETS.get(name, ""),
            absent="absent",
        )
        for name in NAMES
    ]


def plan(event, logged=None, hidden=None):
    return rows.Plan(event, Table("d.t", ("d", "t"), []), logged or columns(), hidden or [])


def log(name, number=1):
    return in_file(FOLDER / f"{name}.{number}.gz")


def changes(name, reader=None, source=None, logged=None, hidden=None):
    found = []
    reader = reader or rows.Reader()
    for event in events(log(name)):
        if isinstance(event, TableMap) and not event.planned:
            event.planned = True
            event.plan = plan(event, logged, hidden)
        if isinstance(event, Rows):
            reader.read(event, event.table.plan, source or SOURCE, 0, "", found)
    return found


def null_row(number, **others):
    return [others.get(name, number if name == "id" else None) for name in NAMES]


@pytest.mark.parametrize("name", MYSQL + MARIADB)
def test_rows_of_all_types(name):
    first = changes(name)[0]
    assert first.op == "c"
    assert first.before is None
    assert first.after == ROW
    assert [type(value) for value in first.after] == [type(value) for value in ROW]


@pytest.mark.parametrize("name", MYSQL + MARIADB)
def test_updates_and_deletes(name):
    found = changes(name)
    assert [change.op for change in found][:7] == ["c", "c", "c", "u", "d", "c", "u"]
    updated = ROW.copy()
    updated[1] = -4
    updated[15] = None
    assert found[3].before == ROW
    assert found[3].after == updated
    assert found[4].before == null_row(1)
    assert found[4].after is None
    assert found[5].after == null_row(3, day=18325)


@pytest.mark.parametrize("name", MYSQL + MARIADB)
def test_minimal_images_say_what_is_absent(name):
    update, delete = changes(name)[6:8]
    assert update.op == "u"
    assert update.before[:3] == [2, "absent", "absent"]
    assert update.after[:4] == [2, "absent", 7, "absent"]
    assert delete.op == "d"
    assert delete.before == [2] + ["absent"] * 23


@pytest.mark.parametrize("name", MYSQL)
def test_transaction_payloads_and_partial_json(name):
    found = changes(name)
    assert [change.after for change in found if change.after and change.after[0] in (5, 6)] == [
        null_row(5, name="z" * 300),
        null_row(6, name="y" * 300),
    ]
    partial = next(change for change in found if change.op == "u" and change.after[22] != change.before[22])
    assert partial.before[22] == '{"a":1,"b":[1.5,"x",true,null]}'
    assert partial.after[22] == '{"a":1,"b":[1.5,"w",true,null],"c":1.50}'


def test_the_source_block_has_the_row_and_first_rows_are_left_out():
    block = ["x"] * 17
    found = changes("mysql-9.7-full", source=block)
    assert [change.source[rows.SOURCE_ROW] for change in found[:4]] == [0, 0, 1, 0]
    assert found[0].source[:14] == ["x"] * 14
    assert block == ["x"] * 17
    for event in events(log("mysql-9.7-full")):
        if isinstance(event, Rows):
            made = []
            assert rows.Reader().read(event, plan(event.table), SOURCE, 1, "tx", made) == rows.Reader().count(
                event, plan(event.table)
            )
            if made:
                assert [change.source[rows.SOURCE_ROW] for change in made] == [1]
                assert made[0].tx == "tx"
                return
    pytest.fail("no event of two rows")


def test_columns_left_out_hidden_and_converted():
    logged = columns()
    for column in logged:
        column.captured = column.name in ("id", "exact", "at", "stamp", "size", "day")
        column.absent = "absent"
    logged[5].convert = values.DecimalText(4)
    logged[12].convert = values.milliseconds
    logged[13].convert = values.ZonedTimestamp(3)
    logged[20].convert = values.Enum(["x", "y,z"])
    logged[10].null = "none"
    hidden = [rows.Hidden(15, None, "no name", "absent"), rows.Hidden(13, values.ZonedTimestamp(1), None, "absent")]
    expected = [
        4000000000, "-1234567890123456.5678", 18321, 1577934245678, "2020-01-02T03:04:05.678Z", "y\\,z",
    ]  # fmt: skip
    plain = changes("mysql-9.7-full", logged=logged)
    assert plain[0].after == expected
    assert plain[1].after == [1, None, "none", None, None, None]
    with_hidden = changes("mysql-9.7-full", logged=logged, hidden=hidden)
    assert with_hidden[0].after == [*expected, "ö", "2020-01-02T03:04:05.6Z"]
    assert with_hidden[1].after == [1, None, "none", None, None, None, "no name", None]


def test_skipped_operations_and_unchanged_updates():
    reader = rows.Reader(skipped=["c", "d"])
    assert {change.op for change in changes("mysql-9.7-full", reader)} == {"u"}
    assert reader.skipped == 10
    logged = columns()
    for column in logged:
        column.captured = column.name == "id"
    reader = rows.Reader(unchanged=True)
    assert "u" not in {change.op for change in changes("mysql-9.7-full", reader, logged=logged)}
    assert reader.unchanged == 3


def test_global_ids_of_mysql():
    found = [event for event in events(log("mysql-9.7-full")) if isinstance(event, Gtid)]
    uuid = found[0].source
    assert len(uuid) == 36
    assert [event.text for event in found] == [f"{uuid}:{n}" for n in range(1, 13)] + [f"{uuid}:tag:1"]
    assert found[-1].source == f"{uuid}:tag"
    assert all(0 <= event.commit_us // 1_000_000 - event.timestamp <= 2 for event in found)
    previous = next(event for event in events(log("mysql-9.7-full", 2)) if isinstance(event, PreviousGtids))
    assert previous.text == f"{uuid}:1-12:tag:1"
    anonymous = [event for event in events(log("mysql-9.7-anonymous")) if isinstance(event, Gtid)]
    assert {event.text for event in anonymous} == {""}
    assert {event.commit_us > 0 for event in anonymous} == {True}


def test_transactions_say_their_length():
    found = events(log("mysql-9.7-full"))
    starts = [event for event in found if isinstance(event, Gtid)]
    ends = [event.start for event in starts[1:]] + [found[-1].start]
    assert [event.length for event in starts] == [end - event.start for event, end in zip(starts, ends, strict=True)]


@pytest.mark.parametrize("name", MARIADB)
def test_global_ids_of_mariadb(name):
    found = [event for event in events(log(name)) if isinstance(event, Gtid)]
    assert [event.text for event in found] == [f"0-1-{number}" for number in range(1, len(found) + 1)]
    assert [event.standalone for event in found] == [True, True] + [False] * (len(found) - 3) + [True]
    assert [event.ddl for event in found[:3]] == [True, True, False]
    assert {event.thread > 0 for event in found} == {"10.11" not in name}  # which does not log it
    previous = next(event for event in events(log(name, 2)) if isinstance(event, PreviousGtids))
    assert previous.text == found[-1].text


def test_statements():
    found = [event for event in events(log("mysql-9.7-full")) if isinstance(event, Query)]
    created = found[1]
    assert created.sql.startswith("CREATE TABLE t (\n  id INT UNSIGNED PRIMARY KEY")
    assert (created.database, created.error_code) == ("d", 0)
    assert created.sql_mode == 1 << 24  # NO_ZERO_DATE
    assert (created.client_charset, created.default_collation) == (255, 255)
    assert created.ddl_xid > 0
    assert created.thread > 0
    xa = [event.sql for event in found if event.sql.startswith("XA")]
    assert xa == ["XA START X'78',X'',1", "XA END X'78',X'',1", "XA COMMIT X'78',X'',1"]
    prepared = [event for event in events(log("mysql-9.7-full")) if isinstance(event, XaPrepare)]
    assert [(event.xid, event.one_phase) for event in prepared] == [("X'78',X'',1", False)]
    asked = [event.sql for event in events(log("mysql-9.7-full")) if isinstance(event, RowsQuery)]
    assert asked[1] == "INSERT INTO t (id) VALUES (1), (2)"


def test_compressed_statements_of_mariadb():
    created = [event for event in events(log("mariadb-11.8-compressed")) if isinstance(event, Query)][1]
    assert created.type == 165
    assert created.sql.startswith("CREATE TABLE t (\n  id INT UNSIGNED PRIMARY KEY")
    asked = [event.sql for event in events(log("mariadb-11.8-compressed")) if isinstance(event, RowsQuery)]
    assert asked[1] == "INSERT INTO t (id) VALUES (1), (2)"


def test_table_maps_with_full_metadata():
    for name in ("mysql-9.7-full", "mariadb-11.8-compressed"):
        event = next(event for event in events(log(name)) if isinstance(event, TableMap))
        assert (event.database, event.table, event.width) == ("d", "t", 24)
        assert event.names == NAMES
        assert [column for column, unsigned in zip(event.names, event.unsigned, strict=True) if unsigned] == [
            "id",
            "small",
            "big",
        ] + (["year"] if event.unsigned[9] else [])
        assert event.labels[20:22] == [["x", "y,z"], ["p", "q", "r"]]
        assert event.collations[16] == 8
        assert event.key == [0]
        assert event.key_prefixes == [0]
        assert event.nullable == [False] + [True] * 23
        assert event.geometry_types == [1]
    minimal = next(event for event in events(log("mysql-9.7-anonymous")) if isinstance(event, TableMap))
    assert minimal.names is None
    assert minimal.labels is None
    assert minimal.unsigned is not None
    bare = next(event for event in events(log("mariadb-11.8-plain")) if isinstance(event, TableMap))
    assert bare.unsigned is None


def test_the_same_table_map_is_the_same_object_until_tables_are_forgotten():
    decoder = Decoder()
    found = [event for packet in log("mysql-9.7-full") if isinstance(event := decoder.feed(packet), TableMap)]
    assert len({id(event) for event in found}) == 1
    decoder.forget_tables()
    described = log("mysql-9.7-full")[0]
    again = next(packet for packet in log("mysql-9.7-full") if packet[4] == 19)
    decoder.feed(described)
    assert decoder.feed(again) is not found[0]


@pytest.mark.parametrize("name", MYSQL + MARIADB)
def test_positions_are_those_of_the_file(name):
    decoder = Decoder("file.000001")
    packets = log(name)
    position = 4
    for packet in packets[:-1]:
        event = decoder.feed(packet)
        assert (event.file, event.start, event.end) == ("file.000001", position, position + len(packet))
        assert not event.artificial
        position += len(packet)
    rotate = decoder.feed(packets[-1])
    assert isinstance(rotate, Rotate)
    assert (rotate.next_file, rotate.position) == ("mysql-bin.000002", 4)
    assert (decoder.file, decoder.position) == ("mysql-bin.000002", 4)


# Events made by hand


def event(kind, body, *, position=0, flags=0, checksum=False):
    size = 19 + len(body) + (4 if checksum else 0)
    made = struct.pack("<IBIIIH", 1_700_000_000, kind, 9, size, position, flags) + body
    return made + struct.pack("<I", zlib.crc32(made)) if checksum else made


def described(checksum=False):
    body = struct.pack("<H50sIB", 4, b"9.9.9-test", 0, 19) + bytes(42) + bytes((checksum,))
    made = event(15, body + bytes(4))
    return made[:-4] + struct.pack("<I", zlib.crc32(made[:-4]))


def decoder(checksum=False, position=4):
    made = Decoder("log.000001", position)
    made.feed(described(checksum))
    assert made.position == position  # it repeats the head of the file
    return made


def test_a_dump_begins_with_an_artificial_rotation_with_and_without_a_checksum():
    for checksum in (False, True):
        made = Decoder()
        body = struct.pack("<Q", 5_000_000_000) + b"log.000007"
        found = made.feed(event(4, body, flags=0x20, checksum=checksum))
        assert (found.artificial, found.next_file) == (True, "log.000007")
        assert (made.file, made.position) == ("log.000007", 5_000_000_000)


def test_positions_go_on_behind_four_gigabytes():
    made = decoder(position=(1 << 32) - 10)
    xid = event(16, struct.pack("<Q", 7), position=17)
    found = made.feed(xid)
    assert isinstance(found, Xid)
    assert found.number == 7
    assert (found.start, found.end) == ((1 << 32) - 10, (1 << 32) + 17)
    skipped = made.feed(event(16, struct.pack("<Q", 8), position=5))  # the server left something out
    assert skipped.end == (2 << 32) + 5
    assert skipped.start == skipped.end - 27


def test_heartbeats_move_nothing():
    made = decoder(position=100)
    first = made.feed(event(27, b"log.000001", position=4242))
    assert isinstance(first, Heartbeat)
    assert (first.log_file, first.position, first.artificial) == ("log.000001", 4242, True)
    body = b"\x01\x0alog.000001" + b"\x02\x09\xfe" + struct.pack("<Q", 5_000_000_000) + b"\x00"
    second = made.feed(event(41, body))
    assert isinstance(second, Heartbeat)
    assert (second.log_file, second.position) == ("log.000001", 5_000_000_000)
    assert made.position == 100


def test_incidents_and_events_without_a_change():
    found = decoder().feed(event(26, struct.pack("<HB", 1, 4) + b"lost", position=30))
    assert isinstance(found, Incident)
    assert (found.number, found.message) == (1, "lost")
    for kind, flags, name in ((3, 0, "STOP"), (161, 0, "BINLOG_CHECKPOINT"), (200, 0x80, "type 200, ignorable")):
        found = decoder().feed(event(kind, b"", flags=flags, position=23))
        assert isinstance(found, Other)
        assert found.name == name


def test_what_is_not_known_is_not_skipped():
    with pytest.raises(DecodeError, match=r"HW-MY-102 .*type 200, after log\.000001:4: 00f15365c8"):
        decoder().feed(event(200, b"abc", position=30))


def test_a_wrong_checksum_is_said():
    packet = event(16, struct.pack("<Q", 7), checksum=True, position=35)
    assert decoder(True).feed(packet).number == 7
    broken = packet[:20] + b"\xff" + packet[21:]
    with pytest.raises(DecodeError, match="HW-MY-103"):
        decoder(True).feed(broken)
    unchecked = Decoder(verify=False)
    unchecked.feed(described(True))
    assert unchecked.feed(broken).number != 7


def test_encrypted_logs_are_named():
    made = decoder()
    assert isinstance(made.feed(event(164, bytes(17))), Other)
    with pytest.raises(DecodeError, match="HW-MY-104"):
        made.feed(event(19, bytes(5), position=99))


@pytest.mark.parametrize(
    ("kind", "body", "what"),
    [
        (16, b"\x01", "cut off"),
        (30, bytes(8) + b"\x02\x00\x01", "not announced"),
        (15, bytes(3), "too short"),
        (2, struct.pack("<IIBHH", 1, 0, 200, 0, 0) + b"d\0x", "cut off"),
        (19, struct.pack("<IHH", 1, 0, 0) + b"\x01d\0\x01t\0\x01\x63\x00\x00", "column type 99"),
        (40, b"\x02\x01\x07\x00", "compression 7"),
        (42, b"\x04", "serialization"),
        (165, struct.pack("<IIBHH", 1, 0, 1, 0, 0) + b"d\0\x90abc", "compression 0x90"),
        (38, struct.pack("<BIII", 0, 1, 65, 0) + bytes(65), "too long"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(kind, body, what):
    with pytest.raises(DecodeError, match=f"HW-MY-101 .*{what}.*after log.000001:4"):
        decoder().feed(event(kind, body, position=4 + 19 + len(body)))


def test_sizes_that_disagree():
    packet = event(16, struct.pack("<Q", 7))
    for data in (packet[:-1], packet + b"x", packet[:18], b""):
        with pytest.raises(DecodeError, match="HW-MY-101"):
            decoder().feed(data)


def test_payloads_that_are_damaged():
    packets = log("mysql-9.7-full")
    made = Decoder()
    payload = next(event for packet in packets if isinstance(event := made.feed(packet), Payload))
    assert payload.length == sum(event.size for event in made.unpack(payload))
    content = payload.content
    for damaged in (content[:-3], b"junk" + content, content[:40] + b"\0\0\0\0" + content[44:]):
        payload.content = damaged
        with pytest.raises(DecodeError, match=f"HW-MY-101 .*transaction payload.*{payload.start}"):
            list(made.unpack(payload))


LONG = 1700  # events in a payload of more than 16 MiB


def long_payload(checksum, damaged=False):
    """The event of a payload of more than 16 MiB (not compressed), and one that follows it."""
    inner = b"".join(event(29, b"\0" + b"%010d" % number * 1000) for number in range(LONG))
    made = event(
        40, b"\x02\x03\xfc\xff\x00\x03\x09\xfe" + struct.pack("<Q", len(inner)) + b"\x00" + inner, checksum=checksum
    )
    if damaged:
        made = made[:-2] + bytes((made[-2] ^ 1,)) + made[-1:]
    return made, event(16, struct.pack("<Q", 99), checksum=checksum)


def through_packets(made, cut):
    """The events of these, sent in packets of at most 2^24-1 bytes and received `cut` bytes at once."""
    data = b""
    for each in made:
        content = b"\0" + each
        while True:
            part, content = content[:0xFFFFFF], content[0xFFFFFF:]
            data += len(part).to_bytes(3, "little") + b"\0" + part
            if len(part) < 0xFFFFFF:
                break
    packets = Packets()
    for at in range(0, len(data), cut):
        yield from packets.feed(data[at : at + cut])


@pytest.mark.parametrize("checksum", [False, True])
@pytest.mark.parametrize("cut", [1 << 18, 99_991, 1 << 30])
def test_a_long_payload_comes_in_pieces(checksum, cut):
    made = decoder(checksum)
    packets = long_payload(checksum)
    numbers = []
    pieces = 0
    for data in through_packets(packets, cut):
        found = made.feed(data)
        if isinstance(found, Payload):
            pieces += 1
            numbers += [int(query.sql[:10]) for query in made.unpack(found)]
    assert numbers == list(range(LONG))
    assert pieces > len(packets[0]) // cut
    assert found.number == 99
    assert found.start == 4 + len(packets[0])


def test_the_checksum_of_a_long_payload_is_looked_at_before_its_end_is_handed_out():
    packet, _ = long_payload(checksum=True, damaged=True)
    for cut in (len(packet) - 5, len(packet) - 3, len(packet) - 1):
        made = decoder(checksum=True)
        found = made.feed(packet[:1000])
        assert isinstance(found, Payload)
        seen = len(list(made.unpack(found)))
        for piece in (packet[1000:cut], packet[cut:-1]):
            if piece:
                seen += len(list(made.unpack(made.feed(piece))))
        with pytest.raises(DecodeError, match="HW-MY-103"):
            made.feed(packet[-1:])
        assert seen < LONG


def test_an_event_that_is_cut_is_no_piece_of_a_payload():
    packet = event(40, b"\x02\x03\xfc\xff\x00\x00" + event(16, struct.pack("<Q", 7)))
    with pytest.raises(DecodeError, match="HW-MY-101"):
        decoder().feed(packet[:-1])


def test_a_payload_that_is_not_compressed():
    inner = event(16, struct.pack("<Q", 7)) + event(16, struct.pack("<Q", 8))
    made = decoder()
    payload = made.feed(event(40, b"\x02\x03\xfc\xff\x00\x03\x01\x36\x00" + inner, position=500))
    assert isinstance(payload, Payload)
    found = list(made.unpack(payload))
    assert [xid.number for xid in found] == [7, 8]
    assert {xid.end for xid in found} == {500}
    assert len(list(split(inner))) == 2


def test_a_row_that_is_cut_off_names_table_row_and_place():
    found = [event for event in events(log("mysql-9.7-full")) if isinstance(event, Rows)]
    first = found[0]
    made = plan(first.table)
    for stop in range(first.first + 1, first.stop):
        first.stop = stop
        with pytest.raises(DecodeError, match=r"HW-MY-10[67] .*row 0 of the event, table d\.t") as caught:
            rows.Reader().read(first, made, SOURCE, 0, "", [])
    assert f":{first.start}" in str(caught.value)


def test_a_table_that_is_not_the_one_known_is_refused():
    found = next(event for event in events(log("mysql-9.7-full")) if isinstance(event, TableMap))
    with pytest.raises(DecodeError, match=r"HW-MY-105 .*table d\.t has 23 columns, its rows 24"):
        plan(found, columns()[1:])


def test_the_version_of_the_server():
    found = events(log("mariadb-11.8-plain"))[0]
    assert isinstance(found, FormatDescription)
    assert found.mariadb
    assert not found.checksum
    assert found.server_version.startswith("11.8.")
    found = events(log("mysql-9.7-full", 2))[0]
    assert (found.mariadb, found.checksum, found.created) == (False, True, 0)
