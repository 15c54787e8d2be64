"""The schema history in both directions: each side goes on with the offset and the history that the other has written.

What the two write into the topic is compared here and in the scenarios of DDL and snapshots.
"""

from tests.golden.binlog import HISTORY, everywhere
from tests.golden.scenario import RESTART, Config

SETUP = """
CREATE TABLE items (id int unsigned AUTO_INCREMENT PRIMARY KEY, name varchar(20) CHARACTER SET latin1 DEFAULT 'it''s', price decimal(10,2) NOT NULL DEFAULT 1.5,
 kind enum('a','b,c','d''e') DEFAULT 'a', tags set('x','y','z'), made timestamp NULL DEFAULT CURRENT_TIMESTAMP, bits bit(3), flag boolean, y year, doc json) COMMENT 'what is sold';
CREATE TABLE renamed (id int PRIMARY KEY, v varchar(9));
CREATE TABLE `Odd Name` (`a b` int, `ünï` varchar(5), UNIQUE KEY (`a b`));
CREATE TABLE untold (id int PRIMARY KEY);
INSERT INTO items (name, kind, tags, made, bits, doc) VALUES ('fünf', 'b,c', 'x,z', '2021-01-01', b'101', '{"a": 1}');
INSERT INTO renamed VALUES (1, 'v');
"""
ROW = "INSERT INTO items (name, kind, tags, made, bits, flag, y, doc) VALUES ('vier', 'd''e', 'y', '2022-02-02', b'11', true, 1999, '[]')"
STREAM = (
    ROW,
    "ALTER TABLE items ADD COLUMN added bigint unsigned NOT NULL DEFAULT 7 AFTER name, ADD note tinytext",
    ROW,
    "ALTER TABLE renamed RENAME TO moved",
    "RENAME TABLE moved TO elsewhere",
    "INSERT INTO elsewhere VALUES (2, 'w')",
    "CREATE TABLE made (id serial PRIMARY KEY, v varchar(5)) CHARACTER SET latin1",
    "INSERT INTO made (v) VALUES ('ä'); UPDATE made SET v = 'ö'; INSERT INTO untold VALUES (1)",
    RESTART,
    ROW,
    "INSERT INTO elsewhere VALUES (3, 'x'); DELETE FROM elsewhere WHERE id = 1; INSERT INTO `Odd Name` VALUES (1, 'ï')",
    "INSERT INTO made (v) VALUES ('ü')",
    "ALTER TABLE items DROP COLUMN price, MODIFY kind enum('a','b,c','d''e','new'), MODIFY name varchar(30) CHARACTER SET utf8mb4",
    "INSERT INTO items (name, kind, made) VALUES ('€', 'new', '2023-03-03')",
    "CREATE TABLE alike LIKE items",
    "INSERT INTO alike (name, tags, made) VALUES ('ß', 'x,y,z', '2024-04-04')",
    "ALTER TABLE made CONVERT TO CHARACTER SET utf8mb4, DROP PRIMARY KEY, ADD PRIMARY KEY (id, v)",
    "INSERT INTO made (v) VALUES ('ж')",
    "DROP TABLE elsewhere",
    RESTART,
    "INSERT INTO alike (name, kind, made) VALUES ('ŝ', 'new', '2025-05-05')",
    "UPDATE made SET v = 'й' WHERE v = 'ж'",
    ROW,
    "CREATE TABLE elsewhere (other int PRIMARY KEY)",
    "INSERT INTO elsewhere VALUES (4)",
)
CONFIGS = (
    Config("plain", HISTORY),
    Config(
        "captured",
        HISTORY
        | {
            "schema.history.internal.store.only.captured.tables.ddl": "true",
            "table.exclude.list": r"DB\.untold",
            "include.schema.changes": "false",
        },
    ),
    Config("comments", HISTORY | {"include.schema.comments": "true"}),
    Config("preferddl", HISTORY | {"schema.history.internal.prefer.ddl": "true"}),
)
SCENARIOS = everywhere("histories", SETUP, STREAM, CONFIGS, shares={"my": 2, "ma": 0})
