"""DDL while streaming: columns added, dropped, renamed, retyped; new tables; constraints."""

from tests.golden.scenario import SYNC, Config, Scenario

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name text, price numeric(10,2) DEFAULT 1.5);
ALTER TABLE items REPLICA IDENTITY FULL;
CREATE TABLE other (id int PRIMARY KEY, v text);
CREATE TABLE keychange (a int PRIMARY KEY, b int NOT NULL, v text);
INSERT INTO items VALUES (1, 'one', 1), (2, 'two', NULL);
INSERT INTO other VALUES (1, 'v');
INSERT INTO keychange VALUES (1, 10, 'v');
"""
STREAM = (
    "INSERT INTO items VALUES (3, 'three', 3)",
    SYNC,
    "ALTER TABLE items ADD COLUMN added int; INSERT INTO items VALUES (4, 'four', 4, 44)",
    SYNC,
    "UPDATE items SET added = 33 WHERE id = 3",
    SYNC,
    "ALTER TABLE items ADD COLUMN needed text NOT NULL DEFAULT 'dflt'; INSERT INTO items VALUES (5, 'five', 5, 55, 'n')",
    "UPDATE items SET name = 'uno' WHERE id = 1",
    SYNC,
    "ALTER TABLE items RENAME COLUMN name TO title; UPDATE items SET title = 'dos' WHERE id = 2",
    SYNC,
    "ALTER TABLE items ALTER COLUMN added TYPE bigint; INSERT INTO items VALUES (6, 'six', 6, 9007199254740993, 'n')",
    SYNC,
    "ALTER TABLE items ALTER COLUMN price TYPE numeric(14,4); INSERT INTO items VALUES (7, 'seven', 7.1234, 7, 'n')",
    SYNC,
    "ALTER TABLE items ALTER COLUMN title SET NOT NULL; INSERT INTO items VALUES (8, 'eight', 8, 8, 'n')",
    SYNC,
    "ALTER TABLE items ALTER COLUMN price SET DEFAULT 2.25; ALTER TABLE items DROP COLUMN added;"
    "INSERT INTO items (id, title) VALUES (9, 'nine')",
    SYNC,
    "DELETE FROM items WHERE id = 9",
    SYNC,
    "CREATE TABLE fresh (id bigint PRIMARY KEY, v jsonb); INSERT INTO fresh VALUES (1, '{\"a\": 1}')",
    SYNC,
    "INSERT INTO fresh VALUES (2, NULL); UPDATE fresh SET v = '[]' WHERE id = 1; DELETE FROM fresh WHERE id = 2",
    SYNC,
    "ALTER TABLE keychange DROP CONSTRAINT keychange_pkey; ALTER TABLE keychange ADD PRIMARY KEY (b);"
    "INSERT INTO keychange VALUES (2, 20, 'w')",
    SYNC,
    "UPDATE keychange SET b = 21 WHERE a = 2",
    "DELETE FROM keychange WHERE a = 2",
    SYNC,
    "DROP TABLE other",
    "CREATE TABLE other (id text PRIMARY KEY, w int[])",
    "INSERT INTO other VALUES ('x', '{1}')",
    SYNC,
    "ALTER TABLE fresh RENAME TO renamed; INSERT INTO renamed VALUES (3, 'null')",
    SYNC,
    "ALTER TABLE items RENAME COLUMN title TO \"Title Case\"; INSERT INTO items VALUES (10, 'ten', 10, 'n')",
    SYNC,
)
FLAT = {"transforms": "u", "transforms.u.type": "io.debezium.transforms.ExtractNewRecordState"}
SCENARIOS = [
    Scenario(
        "ddl",
        SETUP,
        STREAM,
        (
            Config("plain"),
            Config("txmeta", {"provide.transaction.metadata": "true"}),
            Config("adjusted", {"field.name.adjustment.mode": "avro", "schema.name.adjustment.mode": "avro"}),
            Config("propagated", {"column.propagate.source.type": ".*"}),
            Config("flat", FLAT),
            Config("decimals", {"decimal.handling.mode": "string", "snapshot.mode": "no_data"}),
            Config("excluded", {"column.exclude.list": "public.items.added,public.items.price"}),
            Config("included", {"column.include.list": r"public.items.(id|name|title|needed),public\.fresh\..*"}),
            Config("avro", {"field.name.adjustment.mode": "avro"}, avro=True),
        ),
        share=2,
    )
]
