"""Random tables with random options, on every kind of database. The number in a scenario's name is its seed."""

from __future__ import annotations

from tests.golden.binlog import SERVERS, everywhere
from tests.golden.random_tables import Dialect, database, options
from tests.golden.scenario import Config, Scenario
from tests.golden.scenarios.extremes import HELD
from tests.golden.scenarios.scalars import TYPES

SEEDS = (1, 2, 3, 4)
LEFT_OUT = ("name", "datefar", "interval", "intervalparts", "bit10low", "bit65low", "date", "timestamptz", "timestamp")


def _postgresql() -> Dialect:
    types: dict[str, list[str]] = {}
    defaults: dict[str, list[str]] = {}
    for name, (type_, value, other, *default) in (TYPES | HELD).items():
        if name in LEFT_OUT or name.startswith(("time", "line", "lseg", "box", "path", "polygon", "circle")):
            continue
        types.setdefault(type_, []).extend((value, other))
        if default and type_ in ("int2", "int4", "int8", "boolean", "text", "varchar(20)", "uuid", "float8"):
            defaults.setdefault(type_, []).append(default[0])
    types["timestamp(3)"] = ["'2020-02-29 13:14:15.123'", "'1969-12-31 23:59:59.999'"]
    types["timestamp"] = ["'2020-02-29 13:14:15.123456'", "'1900-01-01 00:00:00'"]
    types["timestamptz"] = ["'2020-02-29 13:14:15.123456+05:30'", "'1969-12-31 23:59:59Z'"]
    types["date"] = ["'2020-02-29'", "'1969-12-31'"]
    types["time"] = ["'13:14:15.123456'", "'00:00:00'"]
    types["int4[]"] = ["'{1,NULL,-3}'", "'{}'"]
    types["text[]"] = ["'{a,\"b c\",NULL}'", "'{}'", "'{\"x,y\"}'"]
    keys = {
        "text": ["'a'", "''", "'é😀'", "'it''s'"],
        "varchar(20)": ["'k1'", "' '", "'K'"],
        "uuid": list(types["uuid"]),
        "int8": ["-9223372036854775808", "0", "9223372036854775807"],
        "numeric(10,2)": ["0", "-1.50", "99999999.99"],
        "bit(10)": ["B'0000000001'", "B'1000000000'"],
        "boolean": ["true", "false"],
        "date": ["'2020-02-29'", "'1969-12-31'"],
        "timestamp(3)": ["'2020-02-29 13:14:15.123'", "'1969-12-31 23:59:59.999'"],
        "bytea": ["'\\x00ff'", "'\\x'"],
        "inet": ["'192.168.1.5/24'", "'::1'"],
        "float8": ["0", "'-0'", "1.5"],
    }
    return Dialect(types, keys, defaults, '"', True, "ALTER TABLE {table} REPLICA IDENTITY FULL")


BINLOG = Dialect(
    {
        "tinyint": ["-128", "127"],
        "tinyint(1)": ["1", "0", "-5"],
        "smallint unsigned": ["65535", "0"],
        "mediumint": ["-8388608", "8388607"],
        "int unsigned": ["4294967295", "0"],
        "bigint": ["-9223372036854775808", "9223372036854775807"],
        "bigint unsigned": ["18446744073709551615", "0"],
        "bit(1)": ["b'1'", "b'0'"],
        "bit(13)": ["b'1000000000001'", "b'1'"],
        "bit(64)": ["b'1'", "0"],
        "decimal(10,2)": ["99999999.99", "-0.01"],
        "decimal(65,30)": ["-12345678901234567890123456789012345.123456789012345678901234567890", "0"],
        "float": ["1.25", "-3.4e38"],
        "double": ["1.7976931348623157e308", "5e-324", "-0.5"],
        "year": ["1901", "2155"],
        "date": ["'2020-02-29'", "'1000-01-01'", "'9999-12-31'"],
        "time": ["'838:59:59'", "'-00:00:01'"],
        "time(6)": ["'12:34:56.789012'", "'-838:59:59.000000'"],
        "datetime": ["'2020-02-29 13:14:15'", "'1000-01-01'"],
        "datetime(3)": ["'1969-12-31 23:59:59.999'", "'2038-01-19 03:14:08.001'"],
        "datetime(6)": ["'2020-01-02 03:04:05.000001'", "'1900-01-01'"],
        "timestamp(3) NULL": ["'2020-01-02 03:04:05.120'", "'1970-01-01 00:00:01'"],
        "char(5)": ["'ab'", "''", "'é😀'"],
        "varchar(20)": ["'x'", "''", "'it''s \"x\"'", "'漢字 𝄞'"],
        "text": ["'long text'", "''"],
        "varchar(9) CHARACTER SET latin1": ["'café €'", "''"],
        "binary(4)": ["x'00ff'", "x'01020304'"],
        "varbinary(6)": ["x'00'", "''"],
        "blob": ["x'fbff'", "''"],
        "enum('a','b c','d''e')": ["'a'", "'d''e'"],
        "set('x','y','z')": ["'x,z'", "''"],
        "json": ['\'{"b": 1, "a": [1, 2.5, null]}\'', "'\"s\"'", "'[]'"],
        "point": ["ST_GeomFromText('POINT(1.5 -2)')", "ST_GeomFromText('POINT(0 0)')"],
    },
    {
        "varchar(20)": ["'a'", "''", "'é😀'", "'it''s'"],
        "bigint unsigned": ["18446744073709551615", "0"],
        "decimal(10,2)": ["0", "-1.50", "99999999.99"],
        "bit(13)": ["b'1'", "b'1000000000001'"],
        "date": ["'2020-02-29'", "'1969-12-31'"],
        "datetime(3)": ["'2020-02-29 13:14:15.123'", "'1969-12-31 23:59:59.999'"],
        "binary(4)": ["x'00ff'", "x'01020304'"],
        "enum('a','b')": ["'a'", "'b'"],
        "tinyint(1)": ["1", "0"],
        "year": ["1901", "2155"],
        "double": ["0", "1.5"],
    },
    {
        "tinyint(1)": ["1", "0"],
        "mediumint": ["-3"],
        "bigint": ["7"],
        "decimal(10,2)": ["1.5", "-0.25"],
        "varchar(20)": ["'x'", "''", "'it''s'"],
        "char(5)": ["'ab'"],
        "date": ["'2001-02-03'"],
        "datetime(3)": ["'2001-02-03 04:05:06.700'"],
        "enum('a','b c','d''e')": ["'b c'"],
        "double": ["-2.5"],
    },
    "`",
    False,
    "",
)
MENU = {
    "decimal.handling.mode": ("string", "double"),
    "binary.handling.mode": ("base64", "base64-url-safe", "hex"),
    "time.precision.mode": ("connect", "isostring", "microseconds", "nanoseconds", "adaptive"),
    "tombstones.on.delete": ("false",),
    "field.name.adjustment.mode": ("avro", "avro_unicode"),
    "schema.name.adjustment.mode": ("avro", "avro_unicode"),
    "skipped.operations": ("none", "t"),
    "provide.transaction.metadata": ("true",),
    "skip.messages.without.change": ("true",),
    "column.mask.with.5.chars": (".*[.]v",),
    "column.truncate.to.3.chars": (".*[.]Value",),
    "column.exclude.list": (".*[.]J", ".*[.]p"),
    "column.propagate.source.type": (".*",),
    "extended.headers.enabled": ("false",),
}
BINLOG_MENU = {
    **{name: values for name, values in MENU.items() if name != "time.precision.mode"},
    "time.precision.mode": ("connect", "isostring", "adaptive_time_microseconds", "microseconds"),
    "bigint.unsigned.handling.mode": ("precise",),
    "include.query": ("false",),
}


def _configs(seed: str, menu: dict[str, tuple[str, ...]]) -> tuple[Config, ...]:
    mixed = [_apart(options(menu, f"{seed}-{number}", 4)) for number in range(4)]
    avro = _apart(options(menu, f"{seed}-avro", 2)) | {"schema.name.adjustment.mode": "avro"}
    return (
        Config("plain"),
        *(Config(f"mix{number}", found) for number, found in enumerate(mixed)),
        Config("avro", avro, avro=True),
    )


def _apart(found: dict[str, str]) -> dict[str, str]:
    """Without a mask where updates without a change are skipped: what is masked here and not in Debezium hides some."""
    if "skip.messages.without.change" in found:
        found.pop("column.mask.with.5.chars", None)
    return found


def _generated(seed: int) -> list[Scenario]:
    setup, stream = database(_postgresql(), f"postgresql-{seed}")
    found = [Scenario(f"random{seed}", setup, tuple(stream), _configs(f"postgresql-{seed}", MENU), share=0)]
    setup, stream = database(BINLOG, f"binlog-{seed}")
    configs = _configs(f"binlog-{seed}", BINLOG_MENU)
    return found + everywhere(f"random{seed}", setup, stream, configs, shares=dict.fromkeys(SERVERS, 0))


SCENARIOS = [scenario for seed in SEEDS for scenario in _generated(seed)]
