"""Names that need care: schemas, spaces, digits, Unicode, reserved words; naming strategies and adjustment."""

from tests.golden.scenario import Config, Scenario

SETUP = """
CREATE SCHEMA inv;
CREATE SCHEMA "Upper-Case";
CREATE SCHEMA skipme;
CREATE TABLE inv."Weird Name-1" (id int PRIMARY KEY, "col one" text, "9col" int, "a-b" text, "ключ" text);
CREATE TABLE inv."üñí" (id int PRIMARY KEY, v text);
CREATE TABLE "Upper-Case"."Table.Dot" ("Id" int PRIMARY KEY, "order" text, "a.b" text);
CREATE TABLE "Upper-Case"."9digits" (id int PRIMARY KEY, v_w text);
CREATE TABLE skipme.t (id int PRIMARY KEY);
CREATE TABLE plain_one (id int PRIMARY KEY, v text);
INSERT INTO inv."Weird Name-1" VALUES (1, 'a', 2, 'b', 'd');
INSERT INTO inv."üñí" VALUES (1, 'ü');
INSERT INTO "Upper-Case"."Table.Dot" VALUES (1, 'x');
INSERT INTO "Upper-Case"."9digits" VALUES (1, 'x');
INSERT INTO skipme.t VALUES (1);
INSERT INTO plain_one VALUES (1, 'p');
"""
STREAM = (
    "INSERT INTO inv.\"Weird Name-1\" VALUES (2, 'a', 2, 'b', 'd')",
    'UPDATE inv."Weird Name-1" SET "9col" = 3 WHERE id = 2',
    'DELETE FROM inv."Weird Name-1" WHERE id = 2',
    "INSERT INTO inv.\"üñí\" VALUES (2, 'ü')",
    'INSERT INTO "Upper-Case"."Table.Dot" VALUES (2, \'y\')',
    'UPDATE "Upper-Case"."Table.Dot" SET "Id" = 3 WHERE "Id" = 2',
    'INSERT INTO "Upper-Case"."9digits" VALUES (2, \'y\')',
    "INSERT INTO skipme.t VALUES (2)",
    "INSERT INTO plain_one VALUES (2, 'q')",
)
STRATEGY = "io.debezium.schema."
SCENARIOS = [
    Scenario(
        "names",
        SETUP,
        STREAM,
        (
            Config("plain"),
            Config("avro", {"schema.name.adjustment.mode": "avro", "field.name.adjustment.mode": "avro"}),
            Config(
                "avrounicode",
                {
                    "schema.name.adjustment.mode": "avro_unicode",
                    "field.name.adjustment.mode": "avro_unicode",
                },
            ),
            Config("schemas", {"schema.include.list": "inv,public"}),
            Config("noschemas", {"schema.exclude.list": "skipme,INV"}),
            Config("delimiter", {"topic.delimiter": "_"}),
            Config("strategydefault", {"topic.naming.strategy": STRATEGY + "DefaultTopicNamingStrategy"}),
            Config("strategyunicode", {"topic.naming.strategy": STRATEGY + "SchemaUnicodeTopicNamingStrategy"}),
            Config(
                "strategyregex",
                {
                    "topic.naming.strategy": STRATEGY + "SchemaRegexTopicNamingStrategy",
                    "topic.regex": r"(.*)\.public\.plain_(.*)",
                    "topic.replacement": "$1.all.$2",
                },
                refused="topic.naming.strategy",
            ),
            Config("tables", {"table.include.list": r"inv\.Weird Name-1,Upper-Case\.Table\.Dot"}),
            Config("txmeta", {"provide.transaction.metadata": "true"}),
            Config("propagated", {"column.propagate.source.type": ".*"}),
            Config(
                "avroconverter",
                {
                    "field.name.adjustment.mode": "avro",
                    "schema.name.adjustment.mode": "avro",
                    "table.include.list": r"inv\.Weird Name-1,public\.plain_one",
                },
                avro=True,
            ),
        ),
        share=2,
    )
]
