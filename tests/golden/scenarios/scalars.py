"""Every scalar type of PostgreSQL in every handling mode: null, not null, default; inserted, updated, deleted, read."""

from tests.golden.scenario import Config, Scenario

# table: (type, value, other value, default expression)
TYPES = {
    "boolean": ("boolean", "true", "false", "true"),
    "int2": ("int2", "-32768", "32767", "5"),
    "int4": ("int4", "-2147483648", "2147483647", "5"),
    "int8": ("int8", "-9223372036854775808", "9223372036854775807", "5"),
    "oid": ("oid", "4294967295", "0", "7"),
    "float4": ("float4", "1.1", "'-Infinity'", "0.1"),
    "float8": ("float8", "1e300", "'NaN'", "2.5"),
    "floats": ("float8", "123456789.125", "0.0001", "-0.0"),
    "numericplain": ("numeric", "123.4567", "-1200", "99.90"),
    "numericbig": ("numeric", "123456789012345678901234567890.123456789", "0.000000000000001", "0"),
    "numericscale": ("numeric(10,2)", "12.3", "-99999999.99", "1.5"),
    "numericzero": ("numeric(38)", "99999999999999999999999999999999999999", "-1", "0"),
    "money": ("money", "'$1,234.56'", "-0.01", "12.5"),
    "bpchar": ("char(5)", "'ab'", "'abcde'", "'x'"),
    "char": ("char", "'a'", "' '", "'q'"),
    "internalchar": ('"char"', "'a'", "'b'", "'c'"),
    "varchar": ("varchar(20)", "'it''s \"x\" \\ / é'", "''", "'it''s'"),
    "varcharplain": ("varchar", "E'tab\\tnew\\nline\\x01\\x1f'", "'漢字 𝄞'", "'default value'"),
    "text": ("text", "'<&> \u2028 \u00a0'", "repeat('x', 300)", "'t'::text"),
    "name": ("name", "'a_name'", "'b'", "'n'"),
    "bytea": ("bytea", "'\\x00ff10'", "'\\x'", "'\\x0102'"),
    "bit1": ("bit(1)", "B'1'", "B'0'", "B'1'"),
    "bit": ("bit(10)", "B'1100000001'", "B'0000000000'", "B'1010101010'"),
    "bit8": ("bit(8)", "B'10000000'", "B'11111111'", "B'00000001'"),
    "varbit": ("varbit(12)", "B'101'", "B'111111111111'", "B'1'"),
    "varbitplain": ("varbit", "B'10101'", "B''", "B'11'"),
    "date": ("date", "'2020-02-29'", "'0044-03-15 BC'", "'2001-01-02'"),
    "time": ("time", "'13:14:15.123456'", "'23:59:59.999999'", "'01:02:03'"),
    "time0": ("time(0)", "'13:14:15.6'", "'00:00:00'", "'01:02:03'"),
    "time3": ("time(3)", "'13:14:15.1239'", "'23:59:59.999'", "'01:02:03.004'"),
    "timetz": ("timetz", "'13:14:15.123456+02'", "'00:00:00-11:30'", "'01:02:03+00'"),
    "timetz2": ("timetz(2)", "'13:14:15.999+02'", "'23:59:59-05'", "'01:02:03+01'"),
    "timestamp": ("timestamp", "'2020-02-29 13:14:15.123456'", "'1900-01-01 00:00:00'", "'2001-01-02 03:04:05'"),
    "timestamp0": ("timestamp(0)", "'2020-02-29 13:14:15.6'", "'1969-12-31 23:59:59'", "'2001-01-02 03:04:05'"),
    "timestamp3": ("timestamp(3)", "'2020-02-29 13:14:15.1239'", "'1969-12-31 23:59:59.999'", "'2001-01-02 03:04:05'"),
    "timestamp6": ("timestamp(6)", "'1969-12-31 23:59:59.999999'", "'1700-03-15 12:00:00'", "'2001-01-02'"),
    "timestamptz": ("timestamptz", "'2020-02-29 13:14:15.123456+05:30'", "'0044-03-15 12:00:00Z BC'", "'2001-01-02Z'"),
    "timestamptz0": ("timestamptz(0)", "'2020-02-29 13:14:15.6Z'", "'1969-12-31 23:59:59Z'", "'2001-01-02 03:04:05Z'"),
    "timestamptz3": ("timestamptz(3)", "'2020-02-29 13:14:15.12Z'", "'1969-12-31 23:59:59.999Z'", "'2001-01-02Z'"),
    "interval": ("interval", "'1 year 2 mons 3 days 4:05:06.789'", "'-1 day -2:00:00'", "'1 hour'"),
    "intervalmix": ("interval", "'-13 months 5 days -0.000001 seconds'", "'0'", "'1 month'"),
    "json": ("json", '\'{"b": 1,  "a": [1, 2.50, null]}\'', "'\"s\"'", "'{}'"),
    "jsonb": ("jsonb", '\'{"b": 1,  "a": [1, 2.50, null]}\'', "'null'", '\'{"k": "v"}\''),
    "uuid": (
        "uuid",
        "'6f1b7b5c-0d7c-4d8e-9b6a-1d2e3f4a5b6c'",
        "'00000000-0000-0000-0000-000000000000'",
        "'11111111-2222-3333-4444-555555555555'",
    ),
    "inet": ("inet", "'192.168.1.5/24'", "'::1'", "'10.0.0.1'"),
    "cidr": ("cidr", "'192.168.1.0/24'", "'2001:db8::/32'", "'10.0.0.0/8'"),
    "macaddr": ("macaddr", "'08:00:2b:01:02:03'", "'ff:ff:ff:ff:ff:ff'", "'00:00:00:00:00:01'"),
    "macaddr8": ("macaddr8", "'08:00:2b:01:02:03:04:05'", "'08:00:2b:01:02:03'", "'00:00:00:00:00:00:00:01'"),
    "point": ("point", "'(1.5,-2)'", "'(0,0)'", "'(3,4)'"),
    "line": ("line", "'{1,2,3}'", "'{0,1,0}'", "'{1,1,1}'"),
    "lseg": ("lseg", "'[(1,2),(3,4)]'", "'[(0,0),(0,0)]'", "'[(1,1),(2,2)]'"),
    "box": ("box", "'(3,4),(1,2)'", "'(0,0),(0,0)'", "'(1,1),(0,0)'"),
    "path": ("path", "'[(1,2),(3,4)]'", "'((1,2),(3,4))'", "'[(0,0)]'"),
    "polygon": ("polygon", "'((1,2),(3,4),(5,6))'", "'((0,0))'", "'((0,0),(1,1))'"),
    "circle": ("circle", "'<(1,2),3>'", "'<(0,0),0>'", "'<(1,1),1>'"),
    "int4range": ("int4range", "'[1,5)'", "'empty'", "'[0,1)'"),
    "int8range": ("int8range", "'(,5]'", "'[1,)'", "'[0,1)'"),
    "numrange": ("numrange", "'[1.5,2.5]'", "'(,)'", "'[0,1)'"),
    "tsrange": ("tsrange", "'[2020-01-01, 2020-01-02 03:04:05.6)'", "'[,2020-01-01]'", "'empty'"),
    "tstzrange": ("tstzrange", "'[2020-01-01Z, 2020-01-02 03:04:05.6Z)'", "'(,)'", "'empty'"),
    "daterange": ("daterange", "'[2020-01-01,2020-02-01)'", "'empty'", "'(,)'"),
    "multirange": ("int4multirange", "'{[1,2),[5,7)}'", "'{}'", "'{}'"),
    "tsvector": ("tsvector", "'a fat cat'", "'a:1 fat:2A'", "'x'"),
    "tsquery": ("tsquery", "'fat & rat'", "'x'", "'y'"),
    "pglsn": ("pg_lsn", "'16/B374D848'", "'0/0'", "'0/1'"),
    "xid": ("xid", "'5'", "'4294967295'", "'1'"),
    "bigserialref": ("int8", "9007199254740993", "-1", "9007199254740993"),
}
INFINITE = {
    "datex": ("date", "'infinity'", "'-infinity'"),
    "timestampx": ("timestamp", "'infinity'", "'-infinity'"),
    "timestamp3x": ("timestamp(3)", "'infinity'", "'-infinity'"),
    "timestamptzx": ("timestamptz", "'infinity'", "'-infinity'"),
    "numericnan": ("numeric(6,2)", "'NaN'", "1"),
    "nanoplain": ("timestamp", "'2020-02-29 13:14:15.123456'", "'1900-01-01 00:00:00'"),
    "nanothree": ("timestamp(3)", "'2020-02-29 13:14:15.123'", "'1969-12-31 23:59:59.999'"),
    "timemax": ("time", "'24:00:00'", "'00:00:00'"),
    "numericx": ("numeric", "'NaN'", "'Infinity'"),
    "datefar": ("date", "'9999-12-31'", "'4713-01-01 BC'"),
    "timestampbc": ("timestamp(6)", "'0044-03-15 12:00:00 BC'", "'0001-01-01 00:00:00'"),
    "timestampfar": ("timestamp", "'9999-12-31 23:59:59.999999'", "'4713-01-01 00:00:00 BC'"),
    "timestamptzfar": ("timestamptz", "'9999-12-31 23:59:59.999999Z'", "'12345-01-01 00:00:00Z'"),
}


def setup(types: dict[str, tuple[str, str, str, str]], infinite: dict[str, tuple[str, str, str]]) -> str:
    """A table per type: nullable `v`, not null `n`, with a default `d`; three rows for the snapshot."""
    lines = []
    for name, (type_, value, other, default) in types.items():
        lines.append(
            f"CREATE TABLE t_{name} (id int PRIMARY KEY, v {type_}, n {type_} NOT NULL, d {type_} DEFAULT {default},"
            f" e {type_} NOT NULL DEFAULT {default});"
            f"INSERT INTO t_{name} (id, v, n) VALUES (1, {value}, {other}), (2, NULL, {value});"
            f"INSERT INTO t_{name} (id, v, n, d) VALUES (3, {other}, {other}, NULL);"
        )
    for name, (type_, value, other) in infinite.items():
        lines.append(
            f"CREATE TABLE t_{name} (id int PRIMARY KEY, v {type_});"
            f"INSERT INTO t_{name} VALUES (1, {value}), (2, {other});"
        )
    return "\n".join(lines)


def stream(types: dict[str, tuple[str, str, str, str]], infinite: dict[str, tuple[str, str, str]]) -> tuple[str, ...]:
    """One transaction per table: insert, update, delete with the default identity and with the whole row."""
    steps = []
    for name, (_, value, other, _) in types.items():
        steps.append(
            f"INSERT INTO t_{name} (id, v, n) VALUES (4, {value}, {other});"
            f"INSERT INTO t_{name} (id, v, n, d, e) VALUES (5, NULL, {value}, NULL, {other});"
            f"UPDATE t_{name} SET v = {other}, n = {value} WHERE id = 4;"
            f"DELETE FROM t_{name} WHERE id = 4;"
            f"ALTER TABLE t_{name} REPLICA IDENTITY FULL;"
            f"UPDATE t_{name} SET v = {value}, d = {value} WHERE id = 5;"
            f"DELETE FROM t_{name} WHERE id = 5;"
        )
    for name, (_, value, other) in infinite.items():
        steps.append(f"INSERT INTO t_{name} VALUES (3, {value}), (4, {other}); DELETE FROM t_{name} WHERE id = 3;")
    return tuple(steps)


MODES = (
    Config("defaults"),
    Config("decimalstring", {"decimal.handling.mode": "string", "interval.handling.mode": "string"}),
    Config("decimaldouble", {"decimal.handling.mode": "double"}),
    Config("timeadaptivemicros", {"time.precision.mode": "adaptive_time_microseconds"}),
    Config("timeconnect", {"time.precision.mode": "connect", "decimal.handling.mode": "precise"}),
    Config("timeiso", {"time.precision.mode": "isostring", "binary.handling.mode": "base64"}),
    Config("timemicros", {"time.precision.mode": "microseconds", "binary.handling.mode": "base64-url-safe"}),
    Config(  # a delete of a required timestamp stops Debezium in this mode: it has no stand-in for the missing value
        "timenanos",
        {
            "time.precision.mode": "nanoseconds",
            "binary.handling.mode": "hex",
            "table.exclude.list": r"public\.t_timestamp[036]?",
        },
    ),
    Config(
        "unknown",
        {"include.unknown.datatypes": "true", "money.fraction.digits": "4", "decimal.handling.mode": "precise"},
    ),
    Config(
        "unknownhex",
        {
            "include.unknown.datatypes": "true",
            "binary.handling.mode": "hex",
            "value.converter.replace.null.with.default": "false",
        },
    ),
    Config("nulls", {"value.converter.replace.null.with.default": "false"}),
    Config("numericjson", {"value.converter.decimal.format": "NUMERIC", "money.fraction.digits": "0"}),
    Config("schemaless", {"value.converter.schemas.enable": "false", "key.converter.schemas.enable": "false"}),
    Config(
        "propagated",
        {"column.propagate.source.type": "public.t_.*", "table.include.list": "public.t_(n|v|t|b).*"},
    ),
)
SMALL = {name: TYPES[name] for name in list(TYPES)[::2]}
SCENARIOS = [
    Scenario("scalars", setup(TYPES, INFINITE), stream(TYPES, INFINITE), MODES, share=2),
    Scenario("scalarson16", setup(TYPES, INFINITE), stream(TYPES, INFINITE), MODES[:4], server="16", share=2),
    Scenario(
        "scalarsavro",
        setup(TYPES, INFINITE),
        stream(TYPES, INFINITE),
        (
            Config("avro", {"field.name.adjustment.mode": "avro"}, avro=True),
            Config("avroconnect", {"time.precision.mode": "connect", "decimal.handling.mode": "string"}, avro=True),
        ),
    ),
]
