"""Tables to plans: types and handling modes, defaults, keys, masks; and rows of the text protocol read by them."""

from __future__ import annotations

import pytest

from cdc.errors import BindError, DecodeError
from connectors import mariadb, mysql
from connectors.mysql.ddl import Schema
from connectors.mysql.errors import NO_KEY_COLUMN, ROWS_UNREADABLE
from connectors.mysql.planner import Planner
from connectors.mysql.text_rows import RowReader

BASE = {
    "name": "c",
    "connector.class": "io.debezium.connector.mysql.MySqlConnector",
    "topic.prefix": "srv",
    "database.hostname": "h",
    "database.user": "u",
    "database.server.id": "5",
    "schema.history.internal": "io.debezium.relational.history.MemorySchemaHistory",
}


def config(**more):
    return mysql.configure({**BASE, **{name.replace("__", "."): value for name, value in more.items()}})


def plan(columns, settings=None, tail=""):
    schema = Schema()
    schema.apply("inv", f"CREATE TABLE t ({columns}) {tail}")
    return Planner(settings or config()).plan(schema.get("inv", "t"))


def shown(type):
    words = [type.kind, type.name or "", *(f"{key}={value}" for key, value in (type.parameters or {}).items())]
    return " ".join(word for word in words if word)


@pytest.mark.parametrize(
    ("column", "settings", "expected"),
    [
        ("tinyint unsigned", {}, "int16"),
        ("boolean", {}, "boolean"),
        ("smallint unsigned", {}, "int32"),
        ("int unsigned", {}, "int64"),
        ("bigint unsigned", {}, "int64"),
        (
            "bigint unsigned",
            {"bigint__unsigned__handling__mode": "precise"},
            "bytes org.apache.kafka.connect.data.Decimal scale=0 connect.decimal.precision=20",
        ),
        ("bit", {}, "boolean"),
        ("bit(9)", {}, "bytes io.debezium.data.Bits length=9"),
        ("decimal", {}, "bytes org.apache.kafka.connect.data.Decimal scale=0 connect.decimal.precision=10"),
        ("decimal(6,2)", {"decimal__handling__mode": "string"}, "string"),
        ("decimal(6,2)", {"decimal__handling__mode": "double"}, "float64"),
        ("float", {}, "float32"),
        ("float(53)", {}, "float64"),
        ("float(7,3)", {}, "float64"),
        ("blob", {"binary__handling__mode": "hex"}, "string"),
        ("date", {}, "int32 io.debezium.time.Date"),
        ("time(3)", {}, "int64 io.debezium.time.MicroTime"),
        ("time", {"time__precision__mode": "isostring"}, "string io.debezium.time.IsoTime"),
        ("datetime(3)", {}, "int64 io.debezium.time.Timestamp"),
        ("datetime(4)", {}, "int64 io.debezium.time.MicroTimestamp"),
        ("datetime", {"time__precision__mode": "connect"}, "int64 org.apache.kafka.connect.data.Timestamp"),
        ("datetime", {"time__precision__mode": "nanoseconds"}, "int64 io.debezium.time.NanoTimestamp"),
        ("timestamp", {}, "string io.debezium.time.ZonedTimestamp"),
        ("year", {}, "int32 io.debezium.time.Year"),
        ("enum('a','b,c')", {}, "string io.debezium.data.Enum allowed=a,b\\,c"),
        ("set('x','y')", {}, "string io.debezium.data.EnumSet allowed=x,y"),
        ("json", {}, "string io.debezium.data.Json"),
        ("point", {}, "struct io.debezium.data.geometry.Point"),
        ("polygon", {}, "struct io.debezium.data.geometry.Geometry"),
    ],
)
def test_types_follow_the_handling_modes(column, settings, expected):
    (found,) = plan(f"c {column} NULL", config(**settings)).table.columns
    assert shown(found.type) == expected
    assert found.type.optional


@pytest.mark.parametrize(
    ("column", "default"),
    [
        ("int NOT NULL DEFAULT 5", 5),
        ("int DEFAULT NULL", None),
        ("int NOT NULL", None),
        ("bigint unsigned DEFAULT 18446744073709551615", 9223372036854775807),
        ("decimal(6,2) DEFAULT 1.5", b"\x00\x96"),
        ("varchar(5) DEFAULT 'a''b'", "a'b"),
        ("bit(1) DEFAULT b'1'", True),
        ("bit(9) DEFAULT b'101'", b"\x05\x00"),
        ("enum('a','b') DEFAULT 'b'", "b"),
        ("date DEFAULT '1970-01-02'", 1),
        ("date NOT NULL DEFAULT '0000-00-00'", 0),
        ("date DEFAULT '0000-00-00'", None),
        ("time DEFAULT '01:00'", 3_600_000_000),
        ("datetime(3) DEFAULT '1970-01-01 00:00:01.5'", 1500),
        ("timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP", "1970-01-01T00:00:00Z"),
        ("timestamp NULL DEFAULT CURRENT_TIMESTAMP", None),
        ("timestamp NULL DEFAULT '1970-01-01 00:00:00'", None),  # as Debezium's schema history has the one before
        ("timestamp NOT NULL DEFAULT '1970-01-01 00:00:00'", "1970-01-01T00:00:00Z"),
        ("datetime DEFAULT '1970-01-01 00:00:00'", 0),
        ("varchar(40) DEFAULT (uuid())", None),
    ],
)
def test_defaults(column, default):
    (found,) = plan(f"c {column}").table.columns
    assert found.type.default == default


def test_the_key_is_the_primary_key_or_the_first_unique_one_that_cannot_be_null():
    assert plan("a int, b int, PRIMARY KEY (b, a)").table.key_of([1, 2]) == [2, 1]
    found = plan("a int, b int NOT NULL, UNIQUE KEY (a), UNIQUE KEY (b)").table
    assert [column.name for column in found.key] == ["b"]
    assert plan("a int, UNIQUE KEY (a)").table.key is None


def test_a_key_column_that_is_left_out_or_masked_keeps_its_value_in_the_key():
    settings = config(column__exclude__list="inv.t.a", **{"column.mask.with.2.chars": "inv.t.b"})
    found = plan("a int, b varchar(9), c int, PRIMARY KEY (a, b)", settings)
    assert [column.name for column in found.table.columns] == ["b", "c"]
    assert found.selected == ["b", "c", "a", "b"]
    reader = RowReader(found.loaders, found.nulls, "inv.t", found.selected)
    (row,) = reader.feed(packet(b"x", b"7", b"1", b"x"))
    assert row == ["**", 7, 1, "x"]
    assert found.table.key_of(row) == [1, "x"]
    assert [hidden.column for hidden in found.hidden] == [0, 1]


def test_a_key_that_cannot_be_converted_stops_in_every_mode():
    settings = config(time__precision__mode="nanoseconds", event__converting__failure__handling__mode="skip")
    found = plan("a datetime, b datetime, PRIMARY KEY (a)", settings)
    reader = RowReader(found.loaders, found.nulls, "inv.t", found.selected)
    far = b"9999-12-31 00:00:00"
    assert reader.feed(packet(b"2000-01-01 00:00:00", far)) == [[946_684_800_000_000_000, None]]
    with pytest.raises(DecodeError, match=r"column inv\.t\.a: .* nanoseconds"):
        reader.feed(packet(far, far))


def test_message_key_columns_that_have_no_mapping_are_refused():
    schema = Schema()
    schema.apply("inv", "CREATE TABLE t (a int)")
    definition = schema.get("inv", "t")
    from dataclasses import replace

    strange = definition.with_columns((replace(definition.columns[0], base="strange"),))
    with pytest.raises(BindError) as refused:
        Planner(config(message__key__columns="inv.t:a")).plan(strange)
    assert refused.value.code == NO_KEY_COLUMN


def test_the_same_table_has_the_same_plan():
    schema = Schema()
    schema.apply("inv", "CREATE TABLE t (a int)")
    planner = Planner(config())
    first = planner.plan(schema.get("inv", "t"))
    schema.apply("inv", "ALTER TABLE t ADD INDEX (a)")
    assert planner.plan(schema.get("inv", "t")) is first
    schema.apply("inv", "ALTER TABLE t ADD b int")
    assert planner.plan(schema.get("inv", "t")) is not first


# Rows of the text protocol


def lenenc(value):
    if value is None:
        return b"\xfb"
    size = len(value)
    if size < 251:
        return bytes((size,)) + value
    if size < 1 << 16:
        return b"\xfc" + size.to_bytes(2, "little") + value
    if size < 1 << 24:
        return b"\xfd" + size.to_bytes(3, "little") + value
    return b"\xfe" + size.to_bytes(8, "little") + value


def packet(*values):
    """A row in as many packets as it takes."""
    body = b"".join(lenenc(value) for value in values)
    found = b""
    while len(body) >= 0xFFFFFF:
        found += b"\xff\xff\xff\x00" + body[:0xFFFFFF]
        body = body[0xFFFFFF:]
    return found + len(body).to_bytes(3, "little") + b"\x00" + body


END = b"\x05\x00\x00\x00\xfe\x00\x00\x02\x00"


def test_rows_are_the_same_however_the_bytes_are_cut():
    found = plan("a int, b text, d date, t datetime(6), s time(2), n decimal(5,2)")
    data = packet(b"1", b"x" * 300, b"1970-01-03", b"1970-01-01 00:00:00.5", b"-00:00:01.25", b"-1.50")
    data += packet(None, None, b"0000-00-00", None, None, None) + END
    expected = [[1, "x" * 300, 2, 500_000, -1_250_000, b"\xff\x6a"], [None] * 6]
    for size in (1, 7, 100, len(data)):
        reader = RowReader(found.loaders, found.nulls, "inv.t", found.selected)
        rows = [row for at in range(0, len(data), size) for row in reader.feed(data[at : at + size])]
        assert rows == expected
        assert reader.done


def test_a_value_of_more_than_one_packet():
    found = plan("a int, b longtext")
    text = b"y" * (0xFFFFFF + 10)
    reader = RowReader(found.loaders, found.nulls, "inv.t", found.selected)
    (row,) = reader.feed(packet(b"5", text))
    assert row == [5, text.decode()]


@pytest.mark.parametrize(
    "data",
    [
        b"\x02\x00\x00\x00\x05a",  # a value that is longer than its packet
        b"\x02\x00\x00\x00\x01x",  # not a number
        b"\x03\x00\x00\x00\x011\x00",  # one value too many
        b"\x00\x00\x00\x00",
    ],
)
def test_rows_that_make_no_sense(data):
    found = plan("a int")
    reader = RowReader(found.loaders, found.nulls, "inv.t", found.selected)
    with pytest.raises(DecodeError) as wrong:
        reader.feed(data)
    assert wrong.value.code == ROWS_UNREADABLE
    assert "inv.t" in wrong.value.detail


def test_mariadb_has_its_own_names_for_tls():
    raw = {**BASE, "connector.class": mariadb.ALIASES[0], "database.ssl.mode": "verify-full"}
    assert mariadb.configure(raw).tls == "verify_identity"
    assert config(database__ssl__mode="required").tls == "required"
