"""Rows that Debezium passes over without a word, and those around them, which arrive.

MySQL's binlog_row_value_options=PARTIAL_JSON: all updates, of tables without a JSON column too.
MariaDB's log_bin_compress: events of 256 bytes and more; a statement of that size is lost too, and Debezium stops at the
next row of a table that it altered (not played).
"""

from tests.golden.binlog import everywhere
from tests.golden.scenario import Config

SETUP = """
CREATE TABLE docs (id int PRIMARY KEY, d json, v varchar(900));
CREATE TABLE plain (id int PRIMARY KEY, v varchar(9));
INSERT INTO docs VALUES (1, CONCAT('{"a": "', REPEAT('z', 100), '", "b": 1}'), 'x');
"""
STREAM = (
    "/*mysql*/ SET SESSION binlog_row_value_options = PARTIAL_JSON",
    "/*mariadb*/ SET GLOBAL log_bin_compress = ON",
    "INSERT INTO docs VALUES (2, '{}', 'y')",
    "INSERT INTO plain VALUES (1, 'a'); UPDATE plain SET v = 'b'",
    "/*mysql*/ UPDATE docs SET d = JSON_SET(d, '$.b', 2) WHERE id = 1",
    "/*mysql*/ UPDATE docs SET v = 'w' WHERE id = 2",
    "/*mariadb*/ INSERT INTO docs VALUES (4, '{}', REPEAT('y', 800))",
    "/*mariadb*/ UPDATE docs SET v = REPEAT('w', 800) WHERE id = 2",
    "DELETE FROM docs WHERE id = 1",
    "/*mysql*/ SET SESSION binlog_row_value_options = ''",
    "/*mariadb*/ SET GLOBAL log_bin_compress = OFF",
    "UPDATE docs SET d = JSON_SET(d, '$.b', 3) WHERE id = 2",
    "INSERT INTO docs VALUES (3, '{}', 'y')",
)
SCENARIOS = everywhere("passed", SETUP, STREAM, (Config("plain"),), shares={"my": 0, "ma": 0})
