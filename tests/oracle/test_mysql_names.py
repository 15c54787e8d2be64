"""Every keyword of the servers as a name, in every place where DDL has one: what the server reads, we read as a name.

The servers' own lists of keywords (information_schema.KEYWORDS) and their own parsers (PREPARE) decide; what our Schema
then has is what the same statement with the name in quotes gives. So it is with the tables that a statement writes to.
HEADWATER_ORACLE_NAMES=all: also words that our parser does not know.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

import pymysql
import pytest

from cdc.errors import CdcError
from connectors.mysql import ddl
from connectors.mysql.ddl import Schema
from connectors.mysql.ddl.lexer import Dialect
from connectors.mysql.ddl.targets import written
from connectors.mysql.tables import MARIADB, MYSQL
from tests.servers.fixtures import USUAL

REFUSED = (1064, 1115, 1273, 1295)  # no syntax of this server; a character set, a collation; not to be prepared
OTHERWISE = (  # what the server reads, and not as a name
    ("ALTER DATABASE @ CHARACTER SET latin1", "DEFAULT"),
    ("ALTER DATABASE @ CHARSET = latin1", "DEFAULT"),
    ("ALTER DATABASE @ DEFAULT COLLATE latin1_bin", "COLLATE"),
    ("CREATE TABLE t (a VECTOR(3) NOT NULL, VECTOR @ (a))", "INDEX"),
    ("CREATE TABLE t (a VECTOR(3) NOT NULL, VECTOR @ (a))", "KEY"),
)
MADE = "CREATE TABLE t (a INT PRIMARY KEY, @ INT, b INT, KEY @ (b))"
PLACES = [  # @ is the name; what is before the last statement of a list makes what it needs
    ["CREATE TABLE @ (a INT)"],
    ["CREATE TABLE IF NOT EXISTS @ (a INT)"],
    ["CREATE TABLE @.@ (a INT)"],
    ["CREATE TABLE t (@ INT)"],
    ["CREATE TABLE t (a INT, @ VARCHAR(3) NOT NULL DEFAULT 'x' COMMENT 'c', b INT)"],
    ["CREATE TABLE t (@ INT PRIMARY KEY, KEY @ (@), UNIQUE KEY (@), INDEX @ USING BTREE (@ DESC))"],
    ["CREATE TABLE t (a CHAR(9), UNIQUE @ (a), UNIQUE KEY @ (a(3)), UNIQUE INDEX @ (a) COMMENT 'c')"],
    ["CREATE TABLE t (@ CHAR(9), FULLTEXT @ (@), FULLTEXT KEY @ (@), INDEX @ (@(2)))"],
    ["CREATE TABLE t (@ INT, CONSTRAINT @ PRIMARY KEY (@))"],
    ["CREATE TABLE t (@ INT, CONSTRAINT @ UNIQUE (@))"],
    ["CREATE TABLE t (@ INT, CONSTRAINT @ UNIQUE KEY @ (@))"],
    ["CREATE TABLE t (@ INT, CONSTRAINT @ CHECK (@ > 1))"],
    ["CREATE TABLE t (@ INT CONSTRAINT @ CHECK (@ > 1), b INT)"],
    ["CREATE TABLE t (@ INT, CONSTRAINT @ FOREIGN KEY (@) REFERENCES @ (@) ON DELETE SET NULL)"],
    ["CREATE TABLE t (@ INT, FOREIGN KEY @ (@) REFERENCES @.@ (@))"],
    ["CREATE TABLE t (@ INT REFERENCES @ (@), b INT)"],
    ["CREATE TABLE t (@ INT, b INT AS (@ + 1) STORED, c INT GENERATED ALWAYS AS (@) VIRTUAL, KEY (b))"],
    ["CREATE TABLE t (@ INT) PARTITION BY HASH (@) PARTITIONS 2"],
    ["CREATE TABLE t (@ INT) PARTITION BY RANGE COLUMNS (@) (PARTITION @ VALUES LESS THAN (3))"],
    ["CREATE TABLE t (a INT) ENGINE = InnoDB, COMMENT = 'x'"],
    ["CREATE TABLE @ (a INT)", "CREATE TABLE t LIKE @"],
    ["CREATE TABLE @ (a INT)", "CREATE TABLE t (LIKE @)"],
    ["CREATE TABLE @ (a INT)", "DROP TABLE @"],
    ["CREATE TABLE @ (a INT)", "DROP TABLE IF EXISTS b, @"],
    ["CREATE TABLE @ (a INT)", "TRUNCATE TABLE @"],
    ["CREATE TABLE @ (a INT)", "TRUNCATE @"],
    ["CREATE TABLE @ (a INT)", "RENAME TABLE @ TO b"],
    ["CREATE TABLE b (a INT)", "RENAME TABLE b TO @, @ TO c"],
    ["CREATE TABLE @ (a INT)", "ALTER TABLE @ ADD b INT"],
    ["CREATE TABLE @.@ (a INT)", "ALTER TABLE @.@ ADD b INT"],
    ["CREATE TABLE @ (a INT)", "CREATE UNIQUE INDEX @ ON @ (a)", "DROP INDEX @ ON @"],
    ["CREATE TABLE t (@ INT)", "CREATE INDEX @ ON t (@)"],
    ["CREATE TABLE t (@ INT)", "CREATE UNIQUE INDEX @ USING BTREE ON t (@ ASC)"],
    ["CREATE TABLE t (a INT)", "ALTER TABLE t RENAME @"],
    ["CREATE TABLE t (a INT)", "ALTER TABLE t RENAME TO @"],
    ["CREATE TABLE t (a INT)", "ALTER TABLE t RENAME AS @, ADD b INT"],
    ["CREATE TABLE t (a INT)", "ALTER TABLE t ADD @ INT"],
    ["CREATE TABLE t (a INT)", "ALTER TABLE t ADD @ INT FIRST, ADD c INT AFTER @"],
    ["CREATE TABLE t (a INT)", "ALTER TABLE t ADD COLUMN @ VARCHAR(4) DEFAULT 'x' AFTER a"],
    ["CREATE TABLE t (a INT)", "ALTER TABLE t ADD COLUMN (@ INT, b INT)"],
    ["CREATE TABLE t (a INT)", "ALTER TABLE t ADD (@ INT)"],
    ["CREATE TABLE t (a INT)", "ALTER TABLE t ADD KEY @ (a), ADD UNIQUE @ (a), ADD INDEX @ (a)"],
    ["CREATE TABLE t (a INT)", "ALTER TABLE t ADD CONSTRAINT @ PRIMARY KEY (a), ADD CONSTRAINT @ CHECK (a > 1)"],
    ["CREATE TABLE t (a INT)", "ALTER TABLE t ADD CONSTRAINT @ FOREIGN KEY @ (a) REFERENCES @ (@), ALGORITHM = COPY"],
    [MADE, "ALTER TABLE t DROP @"],
    [MADE, "ALTER TABLE t DROP COLUMN @"],
    [MADE, "ALTER TABLE t DROP KEY @, DROP INDEX @"],
    [MADE, "ALTER TABLE t DROP FOREIGN KEY @"],
    [MADE, "ALTER TABLE t DROP CONSTRAINT @"],
    [MADE, "ALTER TABLE t CHANGE @ c BIGINT"],
    [MADE, "ALTER TABLE t CHANGE COLUMN b c INT AFTER @"],
    ["CREATE TABLE t (a INT, b INT)", "ALTER TABLE t CHANGE b @ INT FIRST"],
    [MADE, "ALTER TABLE t MODIFY @ BIGINT FIRST, MODIFY COLUMN a INT AFTER @"],
    [MADE, "ALTER TABLE t RENAME COLUMN @ TO c"],
    ["CREATE TABLE t (a INT, b INT)", "ALTER TABLE t RENAME COLUMN b TO @"],
    [MADE, "ALTER TABLE t RENAME KEY @ TO c"],
    [MADE, "ALTER TABLE t RENAME INDEX @ TO c"],
    [MADE, "ALTER TABLE t ALTER @ SET DEFAULT 3"],
    [MADE, "ALTER TABLE t ALTER COLUMN @ DROP DEFAULT"],
    [MADE, "ALTER TABLE t ALTER INDEX @ INVISIBLE"],
    [MADE, "ALTER TABLE t ALTER INDEX @ IGNORED"],
    [MADE, "ALTER TABLE t ALTER CHECK @ ENFORCED"],
    [MADE, "ALTER TABLE t ORDER BY @"],
    [MADE, "ALTER TABLE t ORDER BY @ DESC, b"],
    [MADE, "ALTER TABLE t ORDER BY @, ADD c INT"],
    [MADE, "ALTER TABLE t ADD UNIQUE (@, b), DROP PRIMARY KEY"],
    [MADE, "ALTER TABLE t DROP PARTITION @"],
    [MADE, "ALTER TABLE t TRUNCATE PARTITION @, @"],
    [MADE, "ALTER TABLE t EXCHANGE PARTITION @ WITH TABLE @"],
    [MADE, "ALTER TABLE t ADD PERIOD FOR @ (a, b)"],
    [MADE, "ALTER TABLE t CONVERT PARTITION @ TO TABLE @"],
    ["CREATE DATABASE @"],
    ["CREATE DATABASE IF NOT EXISTS @ CHARACTER SET latin1"],
    ["ALTER DATABASE @ CHARACTER SET latin1"],
    ["ALTER DATABASE @ CHARSET = latin1"],
    ["ALTER DATABASE @ DEFAULT COLLATE latin1_bin"],
    ["DROP DATABASE @"],
    ["CREATE TABLE @.b (a INT)", "DROP SCHEMA IF EXISTS @"],
    ["CREATE TABLE d.@ (a INT)"],  # beside a dot reserved words are names too
    ["CREATE TABLE @.t (a INT)"],
    ["CREATE TABLE t (t.@ INT, a INT)"],
    ["CREATE TABLE t (a INT REFERENCES @.p (a), b INT)"],
    ["CREATE TABLE t (a INT DEFAULT @.f(1), b INT)"],
    ["CREATE TABLE d.@ (a INT)", "CREATE TABLE t LIKE d.@"],
    ["CREATE TABLE d.@ (a INT)", "ALTER TABLE d.@ ADD b INT"],
    ["CREATE TABLE @.t (a INT)", "ALTER TABLE @.t ADD b INT"],
    ["CREATE TABLE d.@ (a INT)", "RENAME TABLE d.@ TO @.b"],
    ["CREATE TABLE t (a INT)", "ALTER TABLE t RENAME @.b"],
    ["CREATE TABLE t (a INT)", "ALTER TABLE t RENAME TO @.b, ADD b INT"],
    ["CREATE TABLE d.@ (a INT)", "DROP TABLE d.@"],
    ["CREATE TABLE d.@ (a INT)", "CREATE INDEX i ON d.@ (a)"],
    [MADE, "ALTER TABLE t EXCHANGE PARTITION p WITH TABLE @.b"],
    ["CREATE TEMPORARY TABLE @ (a INT)"],
    ["CREATE DEFINER=@ VIEW v AS SELECT 1"],
    ["CREATE VIEW @ AS SELECT 1"],
    ["CREATE SEQUENCE @"],
    ["CREATE TABLE t (a INT) ENGINE=@ COMMENT 'x'"],
    ["CREATE TABLE t (a INT) TABLESPACE @"],
    ["CREATE TABLE t (a INT) @=1 COMMENT 'x'"],
    ["CREATE TABLE t (a INT @=1 NOT NULL)"],
    ["CREATE TABLE t (a INT, KEY i (a) @=1)"],
    ["CREATE TABLE t (a TEXT, FULLTEXT KEY i (a) WITH PARSER @)"],
    ["CREATE TABLE t (a POINT NOT NULL, SPATIAL KEY @ (a), b INT)"],
    ["CREATE TABLE t (a VECTOR(3) NOT NULL, VECTOR @ (a))"],
    ["CREATE TABLE t (a DATE, b DATE, PERIOD FOR @ (a, b))"],
    ["CREATE TABLE t (@ DATE, b DATE, PERIOD FOR p (@, b), UNIQUE (b, p WITHOUT OVERLAPS))"],
    [MADE, "ALTER TABLE t ADD PERIOD IF NOT EXISTS FOR @ (a, b)"],
    [MADE, "ALTER TABLE t DROP PERIOD FOR @"],
    [MADE, "ALTER TABLE t DROP PERIOD IF EXISTS FOR @"],
    ["CREATE TABLE @ (a INT)", MADE, "ALTER TABLE t CONVERT TABLE @ TO PARTITION p VALUES LESS THAN (5)"],
]  # fmt: skip
WRITTEN = [  # statements whose targets are read
    "INSERT @ VALUES (1)",
    "INSERT INTO @.t SET @=1",
    "INSERT INTO t (@) SELECT @ FROM @",
    "REPLACE INTO d.@ VALUES (1)",
    "UPDATE @ SET a=1",
    "UPDATE @.t SET a=1",
    "UPDATE @, u SET @.a=1",
    "UPDATE t SET @=1 WHERE @=2",
    "UPDATE t SET t.@=1, b=2",
    "UPDATE t AS @ SET @.a=1",
    "UPDATE t @ SET @.a=1",
    "UPDATE t @, u SET @.a=1",
    "UPDATE t JOIN u AS @ ON t.a=@.a SET @.a=1",
    "UPDATE t JOIN u @ ON t.a=@.a SET t.a=1",
    "UPDATE t JOIN u ON t.@=u.@ SET t.a=1",
    "UPDATE t JOIN @ USING (@) SET t.a=1",
    "UPDATE t USE INDEX (@) SET a=1",
    "UPDATE t PARTITION (@) SET a=1",
    "DELETE FROM @ WHERE @=1",
    "DELETE FROM d.@",
    "DELETE @ FROM @",
    "DELETE @.* FROM @, u",
    "DELETE @ FROM t AS @",
    "DELETE @ FROM t @ JOIN u ON @.a=u.a",
    "DELETE FROM @ USING @ JOIN u",
    "DELETE FROM @ USING t AS @, u WHERE @.a=u.a",
    "DELETE FROM t AS @ WHERE @.a=1",
    "DELETE FROM t @ WHERE @.a=1",
    "WITH @ AS (SELECT 1 a) UPDATE t JOIN @ ON t.a=@.a SET t.a=1",
    "WITH @ (a) AS (SELECT 1) DELETE FROM t WHERE a IN (SELECT a FROM @)",
]


def structure(schema):
    """Everything that a Schema knows, but for the text of expressions, which keeps its quotes."""
    return {key: plain(schema.get(*key)) for key in schema.names()}, schema.databases, schema.temporary


def plain(table):
    columns = [replace(column, default=column.default and column.default.replace("`", "")) for column in table.columns]
    return replace(table, columns=tuple(columns))


def ours(flavor, version, statements):
    schema = Schema(flavor, version)
    for sql in statements:
        schema.apply("d", sql)
    return structure(schema)


def keywords(cursor):
    """The server's keywords; those that our parser knows too, unless all are wanted: others it cannot mistake."""
    cursor.execute("SELECT WORD FROM information_schema.KEYWORDS")
    words = [word for (word,) in cursor.fetchall() if word.replace("_", "").isalnum()]
    if os.environ.get("HEADWATER_ORACLE_NAMES") == "all":
        return words
    text = "".join(path.read_text() for path in Path(ddl.__file__).parent.glob("*.py"))
    known = set(re.findall(r'"([A-Z][A-Z_0-9]*)"', text))
    return [word for word in words if word.upper() in known]


class Parser:
    """A server's parser."""

    def __init__(self, server, cursor):
        numbers = [int(part) for part in re.findall(r"\d+", server.server_version)[:3]]
        self.flavor = MARIADB if server.kind == "MariaDB" else MYSQL
        self.version = numbers[0] * 10_000 + numbers[1] * 100 + numbers[2]
        self.words = keywords(cursor)
        self._cursor = cursor

    def taken(self, place):
        """The keywords that the server takes at a place."""
        return [word for word in self.words if (place, word) not in OTHERWISE and self._takes(place.replace("@", word))]

    def _takes(self, sql):
        try:
            self._cursor.execute("PREPARE s FROM %s", (sql,))
        except pymysql.MySQLError as error:
            return error.args[0] not in REFUSED
        return True


@pytest.fixture
def parser(request):
    """The parser of the server that the test's parameter names."""
    server = request.getfixturevalue(request.param)
    database = server.create_database()
    connection = server.connect(database, autocommit=True)
    yield Parser(server, connection.cursor())
    connection.close()
    server.drop_database(database)


@pytest.mark.parametrize("parser", USUAL, indirect=True)
def test_every_keyword_is_a_name_where_the_server_takes_it_for_one(parser):
    wrong, taken = [], 0

    for *before, last in PLACES:
        for word in parser.taken(last):
            taken += 1
            quoted = f"`{word}`"
            prepared = [sql.replace("@", quoted) for sql in before]
            try:
                found = ours(parser.flavor, parser.version, [*prepared, last.replace("@", word)])
            except CdcError as error:
                wrong.append(f"{last.replace('@', word)}: {error.detail}")
                continue
            if found != ours(parser.flavor, parser.version, [*prepared, last.replace("@", quoted)]):
                wrong.append(f"{last.replace('@', word)}: not as in quotes")

    assert wrong == []
    assert taken > 20 * len(parser.words)


@pytest.mark.parametrize("parser", USUAL, indirect=True)
def test_every_keyword_is_a_name_of_what_is_written_to(parser):
    dialect = Dialect(parser.flavor, parser.version)
    wrong, taken = [], 0

    for place in WRITTEN:
        for word in parser.taken(place):
            taken += 1
            bare, quoted = place.replace("@", word), place.replace("@", f"`{word}`")
            try:
                found = written(bare, "d", dialect).targets
            except CdcError as error:
                wrong.append(f"{bare}: {error.detail}")
                continue
            if found != written(quoted, "d", dialect).targets:
                wrong.append(f"{bare}: not as in quotes")

    assert wrong == []
    assert taken > 10 * len(parser.words)
