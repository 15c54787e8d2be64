"""Replica identities, keys and deletes."""

from tests.golden.scenario import Config, Scenario

SETUP = """
CREATE TABLE plain (id int PRIMARY KEY, a text, b int NOT NULL DEFAULT 7, c timestamptz);
CREATE TABLE whole (id int PRIMARY KEY, a text, b int NOT NULL DEFAULT 7, c timestamptz);
ALTER TABLE whole REPLICA IDENTITY FULL;
CREATE TABLE indexed (id int PRIMARY KEY, a text NOT NULL UNIQUE, b int);
ALTER TABLE indexed REPLICA IDENTITY USING INDEX indexed_a_key;
CREATE TABLE nothing (id int PRIMARY KEY, a text);
ALTER TABLE nothing REPLICA IDENTITY NOTHING;
CREATE TABLE keyless (a text, b int);
ALTER TABLE keyless REPLICA IDENTITY FULL;
CREATE TABLE onlyunique (a text NOT NULL, b int UNIQUE, c int NOT NULL UNIQUE);
ALTER TABLE onlyunique REPLICA IDENTITY FULL;
CREATE TABLE composed (x int, y text, z int, v text, PRIMARY KEY (y, x));
CREATE TABLE serials (id serial PRIMARY KEY, big bigserial, small smallserial, v text);
INSERT INTO plain VALUES (1, 'one', 1, '2020-01-01Z'), (2, NULL, 2, NULL), (3, 'three', 3, NULL);
INSERT INTO whole SELECT * FROM plain;
INSERT INTO indexed VALUES (1, 'a', 1), (2, 'b', 2);
INSERT INTO nothing VALUES (1, 'a');
INSERT INTO keyless VALUES ('a', 1), ('b', NULL), (NULL, NULL);
INSERT INTO onlyunique VALUES ('a', 1, 1), ('b', NULL, 2);
INSERT INTO composed VALUES (1, 'y', 2, 'v'), (2, 'y', 2, 'w');
INSERT INTO serials (v) VALUES ('a'), ('b');
"""
STREAM = (
    "INSERT INTO plain VALUES (4, 'four', 4, '2021-02-03 04:05:06.789+02'), (5, NULL, DEFAULT, NULL)",
    "UPDATE plain SET a = 'uno' WHERE id = 1",
    "UPDATE plain SET a = NULL, b = 11 WHERE id = 3",
    "UPDATE plain SET id = 20 WHERE id = 2",
    "DELETE FROM plain WHERE id = 4",
    "INSERT INTO whole VALUES (4, 'four', 4, '2021-02-03 04:05:06.789+02'), (5, NULL, DEFAULT, NULL)",
    "UPDATE whole SET a = 'uno' WHERE id = 1",
    "UPDATE whole SET a = a WHERE id = 1",
    "UPDATE whole SET id = 20, a = 'dos' WHERE id = 2",
    "DELETE FROM whole WHERE id = 4",
    "INSERT INTO indexed VALUES (3, 'c', 3)",
    "UPDATE indexed SET b = 33 WHERE id = 3",
    "UPDATE indexed SET a = 'cc' WHERE id = 3",
    "UPDATE indexed SET id = 30 WHERE id = 3",
    "UPDATE indexed SET id = 31, a = 'ccc' WHERE id = 30",
    "DELETE FROM indexed WHERE id = 31",
    "INSERT INTO nothing VALUES (2, 'b')",
    "INSERT INTO keyless VALUES ('c', 3)",
    "UPDATE keyless SET b = 33 WHERE a = 'c'",
    "DELETE FROM keyless WHERE a = 'c'",
    "INSERT INTO onlyunique VALUES ('c', 3, 3)",
    "UPDATE onlyunique SET b = 33 WHERE a = 'c'",
    "UPDATE onlyunique SET c = 34 WHERE a = 'c'",
    "DELETE FROM onlyunique WHERE a = 'c'",
    "INSERT INTO composed VALUES (3, 'z', NULL, NULL)",
    "UPDATE composed SET v = 'vv' WHERE x = 3",
    "UPDATE composed SET y = 'zz' WHERE x = 3",
    "DELETE FROM composed WHERE x = 3",
    "INSERT INTO serials (v) VALUES ('c')",
    "UPDATE serials SET v = 'cc' WHERE id = 3",
    "DELETE FROM serials WHERE id = 3",
)
SCENARIOS = [
    Scenario(
        "identities",
        SETUP,
        STREAM,
        (
            Config("plain"),
            Config("notombstones", {"tombstones.on.delete": "false"}),
            Config("nodeletes", {"skipped.operations": "d"}),
            Config("noupdates", {"skipped.operations": "u,t"}, end=("golden-end", 1)),
            Config("nothingskipped", {"skipped.operations": "none"}),
            Config("unchanged", {"skip.messages.without.change": "true"}),
            Config("txmeta", {"provide.transaction.metadata": "true"}),
            Config("noheaders", {"extended.headers.enabled": "false"}),
            Config("keys", {"message.key.columns": "public.plain:a;public.keyless:b,a;(.*).whole:c,id"}),
            Config(
                "schemaless",
                {"key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false"},
            ),
            Config("nulls", {"value.converter.replace.null.with.default": "false"}),
            Config("nodata", {"snapshot.mode": "no_data"}),
            Config(
                "partitions",
                {"provide.transaction.metadata": "true"},
                partitions=4,
                topics=("public.plain", "public.whole", "public.composed", "public.serials", "golden.marker"),
            ),
        ),
        share=2,
    )
]
