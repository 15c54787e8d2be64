"""The ends of PostgreSQL's types: what is at the edge of a representation, or beyond it."""

from tests.golden.scenario import Config, Scenario
from tests.golden.scenarios.scalars import stream

# table: (type, value, other value)
HELD = {
    "bit10": ("bit(10)", "B'0000000001'", "B'1000000000'"),
    "bit10low": ("bit(10)", "B'0000000000'", "B'0011111111'"),
    "bit16": ("bit(16)", "B'0000000000000001'", "B'0000000000000000'"),
    "bit65": ("bit(65)", f"B'{'1':0>65}'", f"B'{'1':0<65}'"),
    "bit65low": ("bit(65)", f"B'{'0' * 65}'", f"B'{'0' * 56}{'1' * 9}'"),
    "varbit10": ("varbit(10)", "B'0000000001'", "B'0'"),
    "int2": ("int2", "-32768", "32767"),
    "int4": ("int4", "-2147483648", "2147483647"),
    "int8": ("int8", "-9223372036854775808", "9223372036854775807"),
    "oid": ("oid", "4294967295", "2147483648"),
    "money": ("money", "'-92233720368547758.08'", "'92233720368547758.07'"),
    "float4": ("float4", "3.4028235e38", "1e-37"),
    "float8": ("float8", "1.7976931348623157e308", "5e-324"),
    "numericedge": ("numeric", f"{'9' * 400}.{'9' * 20}", f"-0.{'0' * 300}1"),
    "datefar": ("date", "'5874897-12-31'", "'1582-10-04'"),
    "interval": ("interval", "'292271 years'", "'-292271 years'"),
    "intervalparts": ("interval", "'178956970 years 7 mons -2147483648 days'", "'2147483647 days'"),
}
BEYOND = {
    "intervalyears": ("interval", "'178000000 years'", "'-178000000 years'"),
    "intervalinfinite": ("interval", "'infinity'", "'-infinity'"),
    "timestampfar": ("timestamp", "'294276-12-31 23:59:59.999999'", "'4713-01-01 BC'"),
    "timestamp3far": ("timestamp(3)", "'294276-12-31 23:59:59.999'", "'2262-04-12'"),
    "timestamptzfar": ("timestamptz", "'294276-12-31 23:59:59.999999Z'", "'1677-09-21Z'"),
}


def setup() -> str:
    """A table per type, nullable, and one whose key is a bit string."""
    lines = [
        "CREATE TABLE k_bit (b bit(10) PRIMARY KEY, v int);INSERT INTO k_bit VALUES (B'0000000001', 1);",
        "CREATE TABLE far (id int PRIMARY KEY, i interval DEFAULT '178000000 years', t timestamp DEFAULT '9999-12-31',"
        " b bit(10) DEFAULT B'0000000001');"
        "INSERT INTO far VALUES (1, '1 day', '2001-01-02', B'1000000000');",
    ]
    for name, (type_, value, other) in (HELD | BEYOND).items():
        lines.append(
            f"CREATE TABLE t_{name} (id int PRIMARY KEY, v {type_});"
            f"INSERT INTO t_{name} VALUES (1, {value}), (2, {other});"
        )
    return "\n".join(lines)


STREAM = (
    *stream({}, HELD | BEYOND),
    "INSERT INTO k_bit VALUES (B'0000000000', 2), (B'0100000000', 3);"
    "UPDATE k_bit SET v = 4 WHERE b = B'0000000001'; DELETE FROM k_bit WHERE b = B'0000000000';",
    "INSERT INTO far VALUES (2, '1 hour', '2001-01-02', B'0000000000');",
)
SCENARIOS = [
    Scenario(
        "extremes",
        setup(),
        STREAM,
        (
            Config("defaults", {"event.converting.failure.handling.mode": "warn"}),
            Config(
                "strings",
                {
                    "interval.handling.mode": "string",
                    "decimal.handling.mode": "string",
                    "time.precision.mode": "isostring",
                },
            ),
            Config("doubles", {"decimal.handling.mode": "double", "time.precision.mode": "connect"}),
            Config(
                "nanos",
                {"time.precision.mode": "nanoseconds", "event.converting.failure.handling.mode": "warn"},
            ),
            Config("avro", {"event.converting.failure.handling.mode": "skip"}, avro=True),
        ),
    )
]
