"""Values that PostgreSQL stores out of line and leaves out of the log when they do not change."""

from tests.golden.scenario import Config, Scenario

BIG = "(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 300) n)"
TYPES = {
    "txt": ("text", BIG),
    "vch": ("varchar", BIG),
    "byt": ("bytea", f"decode({BIG}, 'hex')"),
    "jsn": ("json", f"('\"' || {BIG} || '\"')::json"),
    "jsb": ("jsonb", f"('\"' || {BIG} || '\"')::jsonb"),
    "arr": ("text[]", f"ARRAY[{BIG}, 'x']"),
    "ints": ("int[]", "(SELECT array_agg(n * 7919) FROM generate_series(1, 4000) n)"),
    "bigs": ("int8[]", "(SELECT array_agg(n * 7919) FROM generate_series(1, 4000) n)"),
    "nums": ("numeric", f"translate({BIG}, 'abcdef', '123456')::numeric"),
    "tsv": ("tsvector", "(SELECT string_agg('w' || md5(n::text), ' ') FROM generate_series(1, 300) n)::tsvector"),
    "dates": ("date[]", "(SELECT array_agg('2000-01-01'::date + n) FROM generate_series(1, 4000) n)"),
    "uuids": ("uuid[]", "(SELECT array_agg(md5(n::text)::uuid) FROM generate_series(1, 400) n)"),
    "byta": ("bytea[]", f"ARRAY[decode({BIG}, 'hex')]"),
}
# Debezium stops when a value that it has no placeholder for belongs to a required column
STRICT = {"txt", "vch", "jsn", "jsb", "arr"}
SETUP = "".join(
    f"CREATE TABLE big_{name} (id int PRIMARY KEY, v {type_}, n int, r {type_} {'NOT NULL' if name in STRICT else ''});"
    f"ALTER TABLE big_{name} ALTER v SET STORAGE EXTERNAL, ALTER r SET STORAGE EXTERNAL;"
    f"INSERT INTO big_{name} VALUES (1, {value}, 1, {value});"
    for name, (type_, value) in TYPES.items()
)
STREAM = tuple(
    f"INSERT INTO big_{name} VALUES (2, {value}, 1, {value}); UPDATE big_{name} SET n = 2;"
    f"UPDATE big_{name} SET v = NULL WHERE id = 2; ALTER TABLE big_{name} REPLICA IDENTITY FULL;"
    f"UPDATE big_{name} SET n = 3 WHERE id = 1; DELETE FROM big_{name} WHERE id = 2"
    for name, (type_, value) in TYPES.items()
)
SHORT = {"transforms": "t", "transforms.t.type": "io.debezium.transforms.ExtractNewRecordState"}
SCENARIOS = [
    Scenario(
        "toast",
        SETUP,
        STREAM,
        (
            Config("plain"),
            Config("placeholder", {"unavailable.value.placeholder": "gone"}),
            Config("hexplaceholder", {"unavailable.value.placeholder": "hex:00ff10", "binary.handling.mode": "bytes"}),
            Config("base64", {"binary.handling.mode": "base64"}),
            Config("hex", {"binary.handling.mode": "hex"}),
            Config("refresh", {"schema.refresh.mode": "columns_diff_exclude_unchanged_toast"}),
            Config("decimals", {"decimal.handling.mode": "string", "time.precision.mode": "connect"}),
            Config("doubles", {"decimal.handling.mode": "double", "time.precision.mode": "isostring"}),
            Config("unchanged", {"skip.messages.without.change": "true"}),
            Config(
                "masked",
                {"column.mask.with.4.chars": r"public\.big_txt\.v", "column.truncate.to.9.chars": r"public\.big_.*\.r"},
            ),
            Config(
                "maskedall",
                {
                    "column.mask.with.4.chars": r"public\.big_.*\.v",
                    "column.mask.hash.v2.SHA-256.with.salt.pepper": r"public\.big_.*\.r",
                },
            ),
            Config("flat", SHORT),
            Config("avro", avro=True),
        ),
        share=2,
    )
]
