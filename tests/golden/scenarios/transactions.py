"""Several tables per transaction, truncate, logical messages, transaction metadata, rolled back and empty ones."""

from tests.golden.scenario import Config, Scenario

SETUP = """
CREATE TABLE a (id int PRIMARY KEY, v text);
CREATE TABLE b (id int PRIMARY KEY, v text);
CREATE TABLE c (id int PRIMARY KEY REFERENCES b, v text);
CREATE TABLE hidden (id int PRIMARY KEY, v text);
INSERT INTO a VALUES (1, 'a'), (2, 'a'), (3, 'a');
INSERT INTO b VALUES (1, 'b');
"""
STREAM = (
    "INSERT INTO a VALUES (10, 'x'); INSERT INTO b VALUES (10, 'y'); INSERT INTO c VALUES (10, 'z');"
    "UPDATE a SET v = 'xx' WHERE id = 10; DELETE FROM c WHERE id = 10; UPDATE a SET id = 11 WHERE id = 10",
    "DO $$ BEGIN INSERT INTO a VALUES (98, 'lost'); RAISE division_by_zero;"
    " EXCEPTION WHEN division_by_zero THEN NULL; END $$",
    "INSERT INTO hidden VALUES (1, 'h')",
    "INSERT INTO a SELECT n, 'bulk ' || n FROM generate_series(100, 119) n",
    "UPDATE a SET v = v || '!' WHERE id BETWEEN 100 AND 105",
    "SELECT pg_logical_emit_message(true, 'outbox', '{\"k\": 1}')",
    "SELECT pg_logical_emit_message(true, 'other', 'in a transaction'); INSERT INTO b VALUES (20, 'after message');"
    "SELECT pg_logical_emit_message(true, 'outbox', '\\x00ff10'::bytea)",
    "SELECT pg_logical_emit_message(false, 'outbox', 'not transactional')",
    "SELECT pg_logical_emit_message(false, '', '')",
    "TRUNCATE a",
    "INSERT INTO a VALUES (1, 'again'); TRUNCATE b CASCADE; INSERT INTO b VALUES (1, 'again')",
    "TRUNCATE a, b, c RESTART IDENTITY",
    "INSERT INTO a VALUES (5, 'five'); DELETE FROM a WHERE id = 5; INSERT INTO a VALUES (5, 'five again')",
)
EXCLUDE = {"table.exclude.list": r"public\.hidden"}
TX = {"provide.transaction.metadata": "true"}
SCENARIOS = [
    Scenario(
        "transactions",
        SETUP,
        STREAM,
        (
            Config("plain"),
            Config("metadata", {**TX, **EXCLUDE}),
            Config("metadatatruncates", {**TX, "skipped.operations": "none"}),
            Config("truncates", {"skipped.operations": "none"}),
            Config("onlytruncatesskipped", {"skipped.operations": "t"}),
            Config("nodeletes", {"skipped.operations": "d,t", **TX}),
            Config("onlyoutbox", {"message.prefix.include.list": "outbox", **TX}),
            Config("notoutbox", {"message.prefix.exclude.list": "outbox|"}),
            Config("base64", {"binary.handling.mode": "base64"}),
            Config("hex", {"binary.handling.mode": "hex", "message.prefix.include.list": "out.*"}),
            Config("transactiontopic", {**TX, "topic.transaction": "tx", "topic.delimiter": "-"}),
            Config("noheaders", {**TX, "extended.headers.enabled": "false", "tombstones.on.delete": "false"}),
            Config("schemaless", {**TX, "value.converter.schemas.enable": "false"}),
            Config("avro", TX, avro=True),
        ),
        share=2,
    )
]
