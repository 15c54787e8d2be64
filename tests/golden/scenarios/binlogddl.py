"""DDL in mid-stream on MySQL and MariaDB, with the schema change topic."""

from tests.golden.binlog import HISTORY, everywhere
from tests.golden.scenario import SYNC, Config

SETUP = """
CREATE TABLE items (id int PRIMARY KEY, name varchar(20), price decimal(10,2) DEFAULT 1.5) COMMENT 'what is sold';
CREATE TABLE other (id int PRIMARY KEY, v varchar(10) COMMENT 'the value');
CREATE TABLE keychange (a int PRIMARY KEY, b int NOT NULL, v text);
INSERT INTO items VALUES (1, 'one', 1), (2, 'two', NULL);
INSERT INTO other VALUES (1, 'v');
INSERT INTO keychange VALUES (1, 10, 'v');
CREATE DATABASE {DB}side;
CREATE TABLE {DB}side.far (id int PRIMARY KEY);
"""
STREAM = (
    "INSERT INTO items VALUES (3, 'three', 3)",
    "ALTER TABLE items ADD COLUMN added int AFTER name",
    "INSERT INTO items VALUES (4, 'four', 44, 4)",
    "ALTER TABLE items ADD COLUMN needed varchar(10) NOT NULL DEFAULT 'dflt', ADD COLUMN firstly int FIRST",
    "UPDATE items SET added = 33 WHERE id = 3",
    "ALTER TABLE items RENAME COLUMN name TO title",
    "UPDATE items SET title = 'uno' WHERE id = 1",
    "ALTER TABLE items CHANGE title label varchar(40) CHARACTER SET latin1 COMMENT 'a label', MODIFY added bigint unsigned",
    "INSERT INTO items (id, label, added) VALUES (5, 'fünf', 9007199254740993)",
    "ALTER TABLE items ALTER COLUMN price SET DEFAULT 2.25, DROP COLUMN firstly",
    "INSERT INTO items (id) VALUES (6)",
    "ALTER TABLE items ALTER COLUMN price DROP DEFAULT, ADD INDEX by_label (label), ALGORITHM=INPLACE, LOCK=NONE",
    "INSERT INTO items (id, price) VALUES (7, 7)",
    SYNC,
    "CREATE TABLE made (id serial PRIMARY KEY, flag boolean DEFAULT true, r real, e enum('x','y'), v varchar(30) DEFAULT 'dflt' COMMENT 'c',"
    " n decimal(8,3) NOT NULL DEFAULT 2.5, ts timestamp NULL DEFAULT CURRENT_TIMESTAMP, nv nvarchar(5), j json)",
    "INSERT INTO made (flag, r, e, v, n, ts) VALUES (false, 1.5, 'y', 'v', 1.125, '2021-01-01 00:00:00')",
    "ALTER TABLE made ADD COLUMN extra int NOT NULL DEFAULT 9 AFTER r, DROP COLUMN e",
    "INSERT INTO made (v, ts) VALUES ('w', '2021-01-01')",
    "ALTER TABLE made RENAME TO made2",
    "INSERT INTO made2 (v, ts) VALUES ('renamed', '2021-01-01')",
    "RENAME TABLE made2 TO made3, other TO moved",
    "INSERT INTO made3 (v, ts) VALUES ('again', '2021-01-01'); INSERT INTO moved VALUES (2, 'w')",
    "TRUNCATE TABLE made3",
    SYNC,
    "CREATE TABLE alike LIKE keychange",
    "INSERT INTO alike VALUES (1, 2, 'x')",
    "CREATE INDEX ix ON alike (b)",
    "ALTER TABLE keychange DROP PRIMARY KEY, ADD PRIMARY KEY (b)",
    "INSERT INTO keychange VALUES (2, 20, 'w'); UPDATE keychange SET b = 21 WHERE a = 2; DELETE FROM keychange WHERE a = 2",
    "DROP INDEX ix ON alike",
    "CREATE VIEW seen AS SELECT 1 AS one",
    "DROP VIEW seen",
    "CREATE TABLE IF NOT EXISTS items (id int)",
    "DROP TABLE IF EXISTS nothere",
    "CREATE TABLE selected SELECT id, 'two' AS two FROM items LIMIT 2",
    "CREATE TEMPORARY TABLE brief (id int); DROP TEMPORARY TABLE brief",
    SYNC,
    "CREATE TABLE parts (id int, y year, PRIMARY KEY (id, y)) PARTITION BY RANGE (y) (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE)",
    "INSERT INTO parts VALUES (1, 1999), (2, 2020)",
    "ALTER TABLE parts DROP PARTITION p0",
    "INSERT INTO parts VALUES (3, 2021)",
    "CREATE TABLE `Odd Name` (`id` int NOT NULL /* comment */, `a b` varchar(3), PRIMARY KEY (`id`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 -- end\n",
    "INSERT INTO `Odd Name` VALUES (1, 'x')",
    "ALTER TABLE `Odd Name` CONVERT TO CHARACTER SET latin1",
    "INSERT INTO `Odd Name` VALUES (2, 'ä')",
    "DROP TABLE alike, `Odd Name`",
    "ALTER TABLE {DB}side.far ADD v int",
    "INSERT INTO {DB}side.far VALUES (1, 1)",
    "CREATE TABLE {DB}side.near (id int PRIMARY KEY)",
    "DROP DATABASE {DB}side",
    "FLUSH BINARY LOGS",
    "ALTER DATABASE {DB} CHARACTER SET latin1",
    "CREATE TABLE later (id int PRIMARY KEY, s varchar(10))",
    "INSERT INTO later VALUES (1, 'ä')",
    "DROP TABLE later",
    SYNC,
)
FLAT = {"transforms": "u", "transforms.u.type": "io.debezium.transforms.ExtractNewRecordState"}
CONFIGS = (
    Config("plain", HISTORY),
    Config("truncates", {"skipped.operations": "none"}),
    Config("silent", HISTORY | {"include.schema.changes": "false"}),
    Config("comments", HISTORY | {"include.schema.comments": "true", "column.propagate.source.type": ".*"}),
    Config("adjusted", {"field.name.adjustment.mode": "avro", "schema.name.adjustment.mode": "avro"}),
    Config("flat", FLAT | {"include.schema.changes": "false"}),
    Config("nodata", {"snapshot.mode": "no_data", "decimal.handling.mode": "string"}),
    Config("onetable", HISTORY | {"table.include.list": r"DB\.items"}),
    Config(
        "captured",
        HISTORY
        | {
            "table.include.list": r"DB\.(items|keychange)",
            "schema.history.internal.store.only.captured.tables.ddl": "true",
        },
    ),
    Config("databases", HISTORY | {"schema.history.internal.store.only.captured.databases.ddl": "true"}),
    Config("columns", {"column.exclude.list": r"DB\.items\.(added|price)"}),
    Config("schemaless", {"value.converter.schemas.enable": "false", "key.converter.schemas.enable": "false"}),
    Config("avro", {"field.name.adjustment.mode": "avro", "schema.name.adjustment.mode": "avro"}, avro=True),
)
# Debezium 3.5's MariaDB connector begins a transaction for a statement of DDL and never ends it
METADATA = Config("txmeta", {"provide.transaction.metadata": "true"})
FULL_METADATA = [config for config in CONFIGS if config.name in ("plain", "columns")]
SCENARIOS = everywhere(
    "ddl", SETUP, STREAM, CONFIGS, my=(METADATA,), older=("plain", "comments", "captured")
) + everywhere("ddlfull", SETUP, STREAM, FULL_METADATA, servers=("myfull", "mafull"))
