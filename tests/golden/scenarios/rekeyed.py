"""Changed keys: which operations are left of one, when keys of floating point are equal, names beyond U+FFFF."""

from tests.golden.binlog import everywhere
from tests.golden.scenario import Config, Scenario

TABLES = """
CREATE TABLE moved (id int PRIMARY KEY, v int);
INSERT INTO moved VALUES (1, 1), (2, 2);
CREATE TABLE doubles (d double precision PRIMARY KEY, v int);
INSERT INTO doubles VALUES (0.0, 1), (1.5, 2);
"""
NAMES = """
CREATE TABLE {q}emoji😀{q} (id int PRIMARY KEY, {q}x😀y{q} int, {q}𝄞{q} int);
INSERT INTO {q}emoji😀{q} VALUES (1, 2, 3);
"""
STREAM = (
    "UPDATE moved SET id = 11, v = 11 WHERE id = 1; UPDATE moved SET v = 3 WHERE id = 11",
    "INSERT INTO moved VALUES (3, 3); UPDATE moved SET id = 4 WHERE id = 3; DELETE FROM moved WHERE id = 4",
    "UPDATE doubles SET d = -0e0 WHERE v = 1; UPDATE doubles SET d = 2.5 WHERE v = 2",
)
NAMED = "UPDATE {q}emoji😀{q} SET id = 5 WHERE id = 1; INSERT INTO {q}emoji😀{q} VALUES (6, 7, 8)"
NANS = (
    "CREATE TABLE nans (d double precision PRIMARY KEY, r real[] NOT NULL DEFAULT '{}', v int);"
    "INSERT INTO nans VALUES ('NaN', '{}', 1), ('Infinity', '{NaN}', 2);"
    "ALTER TABLE nans REPLICA IDENTITY FULL;"
)
METADATA = {"provide.transaction.metadata": "true"}
CONFIGS = (
    Config("all"),
    Config("nocreates", {"skipped.operations": "c", **METADATA}, end=("golden-end", 1)),
    Config("noupdates", {"skipped.operations": "u", **METADATA}, end=("golden-end", 1)),
    Config("nodeletes", {"skipped.operations": "d", **METADATA}),
    Config("neither", {"skipped.operations": "c,d", **METADATA}, end=("golden-end", 1)),
    Config("notombstones", {"skipped.operations": "c", "tombstones.on.delete": "false"}, end=("golden-end", 1)),
    Config(
        "unwrapped",
        {
            "skipped.operations": "c",
            "transforms": "unwrap",
            "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState",
        },
        end=("golden-end", 1),
    ),
    Config("avro", {"schema.name.adjustment.mode": "avro", "field.name.adjustment.mode": "avro"}, avro=True),
    Config(
        "unicode",
        {
            "schema.name.adjustment.mode": "avro_unicode",
            "field.name.adjustment.mode": "avro_unicode",
            "topic.naming.strategy": "io.debezium.schema.SchemaUnicodeTopicNamingStrategy",
        },
    ),
)
BINLOG_CONFIGS = tuple(
    Config(
        "unicode", {**config.options, "topic.naming.strategy": "io.debezium.schema.DefaultUnicodeTopicNamingStrategy"}
    )
    if config.name == "unicode"
    else config
    for config in CONFIGS
)
SCENARIOS = [
    Scenario(
        "rekeyed",
        TABLES + NAMES.format(q='"') + NANS,
        (
            *(step.replace("-0e0", "'-0'") for step in STREAM),
            NAMED.format(q='"'),
            "UPDATE nans SET v = 3 WHERE v = 1; UPDATE nans SET r = '{-0}' WHERE v = 2; UPDATE nans SET r = '{0}' WHERE v = 2",
        ),
        CONFIGS,
        share=3,
    ),
    *everywhere("rekeyed", TABLES, STREAM, BINLOG_CONFIGS),
]
