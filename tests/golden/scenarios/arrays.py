"""Arrays of every type, empty, with nulls, of two dimensions."""

from tests.golden.scenario import Config, Scenario

ARRAYS = {
    "bool": ("boolean[]", "'{t,f,NULL}'"),
    "int2": ("int2[]", "'{1,-2,NULL}'"),
    "int4": ("int4[]", "'{1,-2,NULL}'"),
    "int8": ("int8[]", "'{1,-9223372036854775808,NULL}'"),
    "float4": ("float4[]", "'{1.1,NaN,NULL}'"),
    "float8": ("float8[]", "'{1.1,-Infinity,NULL}'"),
    "numericscale": ("numeric(10,2)[]", "'{1.1,-2,NULL}'"),
    "numericplain": ("numeric[]", "'{1.1,-2,NULL}'"),
    "text": ("text[]", '\'{a,"b,c",NULL,"","NULL","q\\"q","b\\\\s"}\''),
    "varchar": ("varchar(10)[]", "'{a,b,NULL}'"),
    "bpchar": ("char(3)[]", "'{a,b,NULL}'"),
    "bytea": ("bytea[]", "'{\"\\\\\\\\x00ff\",NULL}'"),
    "date": ("date[]", "'{2020-02-29,NULL,1900-01-01}'"),
    "time": ("time[]", "'{13:14:15.123456,NULL}'"),
    "time3": ("time(3)[]", "'{13:14:15.123,NULL}'"),
    "timetz": ("timetz[]", "'{13:14:15.123456+02,NULL}'"),
    "timestamp": ("timestamp[]", "'{\"2020-02-29 13:14:15.123456\",NULL}'"),
    "timestamp3": ("timestamp(3)[]", "'{\"2020-02-29 13:14:15.123\",NULL}'"),
    "timestamptz": ("timestamptz[]", "'{\"2020-02-29 13:14:15.123456+02\",NULL}'"),
    "json": ("json[]", '\'{"{\\"a\\": 1}",NULL}\''),
    "jsonb": ("jsonb[]", '\'{"{\\"a\\": 1}",NULL}\''),
    "uuid": ("uuid[]", "'{6f1b7b5c-0d7c-4d8e-9b6a-1d2e3f4a5b6c,NULL}'"),
    "inet": ("inet[]", "'{10.0.0.1/8,NULL}'"),
    "cidr": ("cidr[]", "'{10.0.0.0/8,NULL}'"),
    "macaddr": ("macaddr[]", "'{08:00:2b:01:02:03,NULL}'"),
    "macaddr8": ("macaddr8[]", "'{08:00:2b:01:02:03:04:05,NULL}'"),
    "int4range": ("int4range[]", "'{\"[1,2)\",NULL}'"),
    "int8range": ("int8range[]", "'{\"[1,2)\",NULL}'"),
    "numrange": ("numrange[]", "'{\"[1,2)\",NULL}'"),
    "daterange": ("daterange[]", "'{\"[2020-01-01,2020-01-02)\",NULL}'"),
    "tsrange": ("tsrange[]", "'{\"[2020-01-01,2020-01-02)\",NULL}'"),
    "tstzrange": ("tstzrange[]", "'{\"[2020-01-01 00:00:00Z,2020-01-02 00:00:00Z)\",NULL}'"),
    "oid": ("oid[]", "'{1,NULL}'"),
    "money": ("money[]", "'{1.5,NULL}'"),
    "bit": ("bit(3)[]", "'{101,NULL}'"),
    "varbit": ("varbit[]", "'{101,NULL}'"),
    "interval": ("interval[]", "'{\"1 day\",NULL}'"),
    "point": ("point[]", "'{\"(1,2)\",NULL}'"),
    "tsvector": ("tsvector[]", "'{\"a b\",NULL}'"),
    "mood": ("mood[]", "'{sad,happy,NULL}'"),
    "name": ("name[]", "'{a,NULL}'"),
}
# Debezium stops when a value that it cannot convert belongs to a required column
LENIENT = {"oid", "money", "bit", "varbit", "interval", "point", "tsvector", "name", "mood", "macaddr8"}
SETUP = (
    "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');"
    + "".join(
        f"CREATE TABLE a_{name} (id int PRIMARY KEY, v {type_}, n {type_} {'' if name in LENIENT else 'NOT NULL'}, d {type_} DEFAULT '{{}}');"
        f"INSERT INTO a_{name} VALUES (1, {value}, '{{}}'), (2, NULL, {value});"
        for name, (type_, value) in ARRAYS.items()
    )
    + "CREATE TABLE square (id int PRIMARY KEY, i int[][], t text[][]);"
    "INSERT INTO square VALUES (1, '{{1,2},{3,4}}', '{{a,b},{c,d}}');"
)
STREAM = (
    *(
        f"INSERT INTO a_{name} VALUES (3, {value}, '{{}}', {value}), (4, NULL, {value}, NULL);"
        f"UPDATE a_{name} SET v = '{{}}', n = {value} WHERE id = 3;"
        f"DELETE FROM a_{name} WHERE id = 3;"
        f"ALTER TABLE a_{name} REPLICA IDENTITY FULL;"
        f"DELETE FROM a_{name} WHERE id = 4;"
        for name, (type_, value) in ARRAYS.items()
    ),
    "INSERT INTO square VALUES (2, '{{1,2},{3,4}}', '{{a,b},{c,d}}')",
)
SCENARIOS = [
    Scenario(
        "arrays",
        SETUP,
        STREAM,
        (
            Config("defaults"),
            Config("decimalstring", {"decimal.handling.mode": "string", "time.precision.mode": "isostring"}),
            Config("decimaldouble", {"decimal.handling.mode": "double", "time.precision.mode": "connect"}),
            Config("timemicros", {"time.precision.mode": "microseconds", "binary.handling.mode": "base64"}),
            Config("timenanos", {"time.precision.mode": "nanoseconds", "binary.handling.mode": "hex"}),
            Config("unknown", {"include.unknown.datatypes": "true", "interval.handling.mode": "string"}),
            Config("propagated", {"column.propagate.source.type": ".*", "table.include.list": "public.*"}),
            Config("avro", avro=True),
        ),
        share=2,
    )
]
