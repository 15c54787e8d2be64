"""No value that a database can hold fails in a format: extremes of every type x mode, read from snapshot and stream.

The literals are the ends of each type and what hypothesis draws between and at them; the server takes them. Each value
must fit its Connect type, by rules of this file alone, and both formats must write it.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cdc.model import ARRAY, MAP, STRUCT, struct
from connectors.postgresql.source import PostgresSource
from schemas import avro, json
from schemas.avro_schema import Mapping
from tests.integration.mysql.setup import reading_of
from tests.integration.postgresql.setup import config
from tests.integration.reading import Reading

DRAWN = 12
RANGES = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}
PLAIN = {"boolean": bool, "string": str, "bytes": bytes, "float32": float, "float64": float}


def fits(type_, value):
    """Whether a value is one of its Connect type."""
    if value is None:
        return type_.optional
    bits = RANGES.get(type_.kind)
    if bits is not None:
        return type(value) is int and -(1 << bits - 1) <= value < 1 << bits - 1
    if type_.kind == ARRAY:
        return all(fits(type_.element, item) for item in value)
    if type_.kind == MAP:
        return all(fits(type_.keys, key) and fits(type_.element, item) for key, item in value.items())
    if type_.kind == STRUCT:
        return all(fits(field.type, item) for field, item in zip(type_.fields, value, strict=True))
    return type(value) is PLAIN[type_.kind]


def checked(changes):
    """Every value fits, and both formats write every row; the number of values that are not null."""
    count = 0
    for table, row in changes:
        type_ = struct("row", [(column.name, column.type) for column in table.columns])
        for column, value in zip(table.columns, row, strict=False):
            assert fits(column.type, value), f"{table.id}.{column.name}: {value!r} is not of {column.type}"
            count += value is not None
        json.JsonFormat(True, False, True).bind(type_, "t", is_key=False)(row)
        avro.encoder(type_, "t", 1, Mapping()).encode(row)
    return count


def read(reading, tables, rows):
    """(table, row) of the snapshot and of the stream."""
    found = [(next(table for table in reading.tables if table.id == name), row) for name, row in reading.snapshot()]
    assert len(found) >= rows
    reading.source.start()
    return found


def pool(strategy):
    """Examples of a strategy."""
    found = []

    @settings(max_examples=DRAWN, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(value):
        found.append(value)

    collect()
    return found


def quoted(value):
    return f"'{value}'"


def ints(bits, unsigned=False):
    low, high = (0, (1 << bits) - 1) if unsigned else (-(1 << bits - 1), (1 << bits - 1) - 1)
    return [quoted(low), quoted(high)], st.integers(low, high).map(quoted)


I32 = st.integers(-(1 << 31), (1 << 31) - 1)
I64 = st.integers(-(1 << 63), (1 << 63) - 1)
CLOCK = st.integers(0, 86_399_999_999).map(
    lambda us: f"{us // 3_600_000_000:02}:{us // 60_000_000 % 60:02}:{us // 1_000_000 % 60:02}.{us % 1_000_000:06}"
)
POSTGRES = {
    "int2": ints(16),
    "int4": ints(32),
    "int8": ints(64),
    "oid": ints(32, unsigned=True),
    "float4": (["'Infinity'", "'-Infinity'", "'NaN'", "'-0'"], st.floats(width=32).map(quoted)),
    "float8": (["'Infinity'", "'-Infinity'", "'NaN'", "'-0'"], st.floats().map(quoted)),
    "numeric": (
        ["'NaN'", "'Infinity'", "'-Infinity'", f"'{'9' * 2000}.{'9' * 300}'"],
        st.tuples(I64, st.integers(-300, 300)).map(lambda pair: f"'{pair[0]}e{pair[1]}'"),
    ),
    "numeric(38,10)": (["'NaN'", f"'-{'9' * 28}.{'9' * 10}'"], I64.map(lambda number: f"'{number}e-10'")),
    "money": (["'-92233720368547758.08'", "'92233720368547758.07'"], I64.map(lambda cents: f"'{cents}e-2'::numeric")),
    "date": (
        ["'infinity'", "'-infinity'", "'4713-01-01 BC'", "'5874897-12-31'"],
        st.integers(-2_440_000, 2_145_042_000).map(lambda day: f"'1970-01-01'::date + ({day})"),
    ),
    "time": (["'24:00:00'", "'00:00:00'"], CLOCK.map(quoted)),
    "timetz": (["'24:00:00-15:59:59'", "'00:00:00+15:59:59'"], CLOCK.map(lambda text: f"'{text}-15:59'")),
    **{
        f"timestamp{zone}{digits}": (
            ["'infinity'", "'-infinity'", "'4713-01-01 BC'", "'294276-12-31 23:59:59.999'", "'2262-04-11 23:47:16.9'"],
            st.tuples(st.integers(-2_400_000, 106_000_000), CLOCK).map(
                lambda pair: f"('1970-01-01'::date + ({pair[0]})) + '{pair[1]}'::time"
            ),
        )
        for zone in ("", "tz")
        for digits in ("", "(3)")
    },
    "interval": (
        ["'infinity'", "'-infinity'", "'178000000 years'", "'-178956970 years -8 mons'", "'292271 years'"],
        st.tuples(I32, I32, I64).map(lambda parts: f"'{parts[0]} months {parts[1]} days {parts[2]} microseconds'"),
    ),
    "interval[]": (["ARRAY['178000000 years', NULL]::interval[]"], st.just("ARRAY['1 day']::interval[]")),
    "timestamp[]": (["ARRAY['294276-12-31', 'infinity']::timestamp[]"], st.just("'{}'")),
    "date[]": (["ARRAY['5874897-12-31', 'infinity']::date[]"], st.just("'{}'")),
    "bit(10)": (["B'0000000000'", "B'0000000001'"], st.integers(0, 1023).map(lambda value: f"B'{value:010b}'")),
    "varbit": (["B''"], st.integers(0, 1 << 200).map(lambda value: f"B'{value:b}'")),
    "point": (["'(Infinity,NaN)'"], st.tuples(st.floats(), st.floats()).map(lambda p: f"'({p[0]},{p[1]})'")),
}  # fmt: skip
POSTGRES_MODES = [
    {},
    {"time.precision.mode": "nanoseconds", "decimal.handling.mode": "double", "interval.handling.mode": "string"},
    {"time.precision.mode": "connect", "decimal.handling.mode": "string"},
    {"time.precision.mode": "microseconds"},
    {"time.precision.mode": "isostring"},
    {"time.precision.mode": "adaptive_time_microseconds"},
]


def literals(kinds):
    """One row per literal: the column's number and the literal."""
    return [(index, text) for index, (ends, drawn) in enumerate(kinds.values()) for text in [*ends, *pool(drawn)]]


def test_postgresql_holds_no_value_that_a_format_refuses(postgres, database):
    rows = literals(POSTGRES)
    declared = ", ".join(f"c{index} {type_}" for index, type_ in enumerate(POSTGRES))
    inserts = [f"INSERT INTO t (c{index}) VALUES ({text})" for index, text in rows]
    with postgres.connect(database) as sql:
        sql.execute(f"CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {declared})")
        for statement in inserts:
            sql.execute(statement)
        for number, mode in enumerate(POSTGRES_MODES):
            options = {"event.converting.failure.handling.mode": "skip", "slot.name": f"s{number}_{database}", **mode}
            source = PostgresSource(config(postgres, database, **options))
            try:
                source.open(None)
                reading = Reading(source)
                found = read(reading, 1, len(rows))
                for statement in inserts:
                    sql.execute(statement)
                found += [(change.table, change.after) for change in reading.read(len(rows))]
                # beyond microseconds or nanoseconds a value is null: those are few
                assert checked(found) > len(found) * 1.5, mode
                sql.execute("DELETE FROM t WHERE id > (SELECT min(id) FROM t) + %s", (len(rows) - 1,))
            finally:
                source.close()


MOMENT = st.tuples(st.integers(1, 3_652_058), CLOCK)  # days from 0001-01-01 to 9999-12-31
BINLOG = {
    **{
        f"{name}{sign}": ints(bits, bool(sign))
        for name, bits in (("TINYINT", 8), ("SMALLINT", 16), ("MEDIUMINT", 24), ("INT", 32), ("BIGINT", 64))
        for sign in ("", " UNSIGNED")
    },
    "TINYINT(1)": ints(8),
    "BOOLEAN": ints(8),
    "BIT(1)": (["b'0'", "b'1'"], st.just("b'1'")),
    "BIT(64)": (["0", "~0"], st.integers(0, (1 << 64) - 1).map(str)),
    "DECIMAL(65,30)": ([f"-{'9' * 35}.{'9' * 30}", "0"], I64.map(lambda number: f"{number}e-10")),
    "FLOAT": (["3.40282e38", "-3.40282e38"], st.floats(-1e38, 1e38).map(repr)),
    "FLOAT(53)": (["1e300", "-1e300"], st.floats(allow_nan=False, allow_infinity=False).map(repr)),
    "DOUBLE": (
        ["1.7976931348623157e308", "-1.7976931348623157e308", "5e-324"],
        st.floats(allow_nan=False, allow_infinity=False).map(repr),
    ),
    "REAL": (["1e300", "-1e-300"], st.floats(-1e307, 1e307).map(repr)),
    "YEAR": (["0", "1901", "2155"], st.integers(1901, 2155).map(str)),
    "DATE": (["'0000-00-00'", "'0001-01-01'", "'9999-12-31'", "'2020-00-10'"], st.dates().map(quoted)),
    "TIME": (["'-838:59:59'", "'838:59:59'"], CLOCK.map(lambda text: f"'-{text[:8]}'")),
    "TIME(6)": (["'-838:59:58.999999'", "'838:59:58.999999'"], CLOCK.map(quoted)),
    **{
        f"DATETIME{digits}": (
            ["'0000-00-00'", "'9999-12-31 23:59:59'", "'0001-01-01'", "'2262-04-12'", "'1677-09-20'"],
            st.datetimes().map(lambda moment: f"'{moment.isoformat(' ', 'milliseconds')}'"),
        )
        for digits in ("", "(3)", "(6)")
    },
    "TIMESTAMP(6) NULL": (["'1970-01-01 00:00:01'", "'2038-01-19 03:14:07.999999'", "0"], st.just("NOW(6)")),
    "GEOMETRY": (["ST_GeomFromText('POINT(1 2)', 4326)"], st.just("ST_GeomFromText('LINESTRING(0 0,1 1)')")),
    "POINT": (["ST_GeomFromText('POINT(-1e300 1e-300)')"], st.just("NULL")),
}
BINLOG_MODES = [
    {},
    {"time.precision.mode": "nanoseconds", "decimal.handling.mode": "double"},
    {
        "time.precision.mode": "connect",
        "decimal.handling.mode": "string",
        "bigint.unsigned.handling.mode": "precise",
    },
    {"time.precision.mode": "microseconds"},
    {"time.precision.mode": "isostring"},
]


@pytest.mark.parametrize("name", ["mysql", "mariadb"])
def test_a_binlog_holds_no_value_that_a_format_refuses(name, request):
    server = request.getfixturevalue(name)
    kinds = dict(BINLOG)
    if name == "mariadb":  # MySQL knows no such reference system
        known, made = kinds["GEOMETRY"]
        kinds["GEOMETRY"] = ([*known, "ST_GeomFromText('POINT(1 2)', 4294967295)"], made)
    rows = literals(kinds)
    declared = ", ".join(f"c{index} {type_}" for index, type_ in enumerate(kinds))
    database = server.create_database()
    connection = server.connect(database)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET sql_mode = ''")

            def insert(table):
                cursor.execute(f"CREATE TABLE {table} (id INT AUTO_INCREMENT PRIMARY KEY, {declared})")
                for index, text in rows:
                    cursor.execute(f"INSERT INTO {table} (c{index}) VALUES ({text})")

            for number, mode in enumerate(BINLOG_MODES):
                cursor.execute("DROP TABLE IF EXISTS t")
                insert("t")
                options = {"event.converting.failure.handling.mode": "skip", "table.exclude.list": f"{database}.old.*"}
                reading = reading_of(server, database, **options, **mode)
                try:
                    reading.source.open(None)
                    found = read(reading, 1, len(rows))
                    insert(f"streamed{number}")
                    found += [(change.table, change.after) for change in reading.read(len(rows))]
                    assert checked(found) > len(found) * 1.5, mode
                finally:
                    reading.source.close()
                cursor.execute(f"DROP TABLE streamed{number}")
    finally:
        connection.close()
        server.drop_database(database)
