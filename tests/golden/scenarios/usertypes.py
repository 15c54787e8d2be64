"""Domains, enums, composite types, generated and identity columns, defaults of every form."""

from tests.golden.scenario import SYNC, Config, Scenario

SETUP = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'with, comma', 'qu''ote');
CREATE SCHEMA other;
CREATE TYPE other.size AS ENUM ('S', 'M');
CREATE DOMAIN posint AS int CHECK (VALUE > 0);
CREATE DOMAIN price AS numeric(8,3);
CREATE DOMAIN finalprice AS price NOT NULL DEFAULT 1;
CREATE DOMAIN label AS varchar(10);
CREATE TYPE pair AS (x int, y text);
CREATE TABLE enums (id int PRIMARY KEY, m mood, n mood NOT NULL DEFAULT 'ok', s other.size, ms mood[]);
CREATE TABLE domains (id posint PRIMARY KEY, p price, f finalprice, l label DEFAULT 'lbl', pa posint[]);
CREATE TABLE composites (id int PRIMARY KEY, c pair, v text);
CREATE TABLE generateds (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a * 2) STORED, c text);
CREATE TABLE virtuals (id int PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a * 2), c text);
CREATE TABLE enumkey (m mood PRIMARY KEY, v int);
CREATE TABLE uuidkey (u uuid PRIMARY KEY, v int);
CREATE TABLE timekey (t timestamptz, n numeric(5,1), d date, PRIMARY KEY (t, n, d));
CREATE SEQUENCE counter;
CREATE TABLE defaults (
    id int PRIMARY KEY DEFAULT nextval('counter'), t timestamptz DEFAULT now(), d date DEFAULT CURRENT_DATE,
    l timestamp DEFAULT '2001-02-03 04:05:06', s text DEFAULT 'a''b', x text DEFAULT 'a' || 'b', n int DEFAULT 1 + 2,
    g int DEFAULT -5, f float8 DEFAULT 'NaN', b boolean DEFAULT (NOT true), j jsonb DEFAULT '{"a": [1]}', u uuid DEFAULT gen_random_uuid(),
    c char(3) DEFAULT 'z', v varchar(5) DEFAULT NULL, m mood DEFAULT 'happy', i interval DEFAULT '1 day 2 hours',
    a int[] DEFAULT '{1,2}', y bytea DEFAULT '\\x01', e text DEFAULT '', num numeric DEFAULT 1.50, q text DEFAULT upper('abc'),
    tz timestamptz DEFAULT '2001-02-03 04:05:06+02', ti time DEFAULT '01:02:03', tt timetz DEFAULT '01:02:03+01', bits bit(3) DEFAULT B'101',
    cast1 text DEFAULT 5::text, neg numeric(5,2) DEFAULT '-1.25', big int8 DEFAULT 9223372036854775807, sm int2 DEFAULT 3
);
INSERT INTO enums VALUES (1, 'sad', 'ok', 'S', '{sad,"with, comma"}'), (2, NULL, DEFAULT, NULL, NULL);
INSERT INTO domains VALUES (1, 1.5, 2.25, 'x', '{1}'), (2, NULL, 1, NULL, NULL);
INSERT INTO composites VALUES (1, '(1,a)', 'v'), (2, NULL, NULL);
INSERT INTO generateds (a, c) VALUES (1, 'x'), (NULL, NULL);
INSERT INTO virtuals (id, a, c) VALUES (1, 1, 'x');
INSERT INTO enumkey VALUES ('sad', 1);
INSERT INTO uuidkey VALUES ('6f1b7b5c-0d7c-4d8e-9b6a-1d2e3f4a5b6c', 1);
INSERT INTO timekey VALUES ('2020-01-01Z', 1.5, '2020-01-01');
"""
STREAM = (
    "INSERT INTO enums VALUES (3, 'happy', 'qu''ote', 'M', '{}'), (4, NULL, DEFAULT, NULL, NULL)",
    "UPDATE enums SET m = 'ok' WHERE id = 3",
    "DELETE FROM enums WHERE id = 3",
    "INSERT INTO domains VALUES (3, 1.5, 2.25, 'x', '{1}'), (4, NULL, 1, NULL, NULL)",
    "UPDATE domains SET p = 9 WHERE id = 3",
    "DELETE FROM domains WHERE id = 3",
    "INSERT INTO composites VALUES (3, '(1,\"a b\")', 'v')",
    "DELETE FROM composites WHERE id = 3",
    "INSERT INTO generateds (a, c) VALUES (5, 'y')",
    "UPDATE generateds SET a = 6 WHERE id = 3",
    "DELETE FROM generateds WHERE id = 3",
    "INSERT INTO virtuals (id, a, c) VALUES (2, 2, 'y')",
    "UPDATE virtuals SET a = 3 WHERE id = 2",
    "INSERT INTO enumkey VALUES ('happy', 2)",
    "UPDATE enumkey SET m = 'ok' WHERE m = 'happy'",
    "DELETE FROM enumkey WHERE m = 'ok'",
    "INSERT INTO uuidkey VALUES ('00000000-0000-0000-0000-000000000001', 2)",
    "DELETE FROM uuidkey WHERE v = 2",
    "INSERT INTO timekey VALUES ('2021-01-01 01:02:03.456789+03', -1.5, '1969-12-31')",
    "DELETE FROM timekey WHERE n = -1.5",
    "INSERT INTO defaults (id, t, d, u) VALUES (1, '2020-01-01Z', '2020-01-01', '00000000-0000-0000-0000-000000000001')",
    "ALTER TABLE defaults REPLICA IDENTITY FULL; INSERT INTO defaults VALUES (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
    " NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    "DELETE FROM defaults WHERE id = 1",
    SYNC,
    "ALTER TYPE mood ADD VALUE 'new' AFTER 'ok'",
    "ALTER TABLE enums ADD COLUMN z int; INSERT INTO enums (id, m) VALUES (5, 'sad')",
    SYNC,
)
SCENARIOS = [
    Scenario(
        "usertypes",
        SETUP,
        STREAM,
        (
            Config("plain"),
            Config("nulls", {"value.converter.replace.null.with.default": "false"}),
            Config("unknown", {"include.unknown.datatypes": "true"}),
            Config(
                "strings",
                {
                    "decimal.handling.mode": "string",
                    "time.precision.mode": "connect",
                    "interval.handling.mode": "string",
                },
            ),
            Config("isotimes", {"time.precision.mode": "isostring", "decimal.handling.mode": "double"}),
            Config("nanos", {"time.precision.mode": "nanoseconds", "binary.handling.mode": "hex"}),
            Config("propagated", {"column.propagate.source.type": ".*"}),
            Config("schemaless", {"value.converter.schemas.enable": "false"}),
            Config(
                "flat",
                {
                    "transforms": "u",
                    "transforms.u.type": "io.debezium.transforms.ExtractNewRecordState",
                    "transforms.u.delete.tombstone.handling.mode": "rewrite",
                },
            ),
            Config("avro", avro=True),
        ),
        share=2,
    )
]
