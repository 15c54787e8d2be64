"""Every keyword of the servers as a name, in every place where DDL has one: what the server reads, we read as a name.

The servers' own lists of keywords (information_schema.KEYWORDS) and their own parsers (PREPARE) decide; what our Schema
then has is what the same statement with the name in quotes gives. HEADWATER_ORACLE_NAMES=all: also words that our
parser does not know.
"""

import os
import re
from pathlib import Path

import pymysql
import pytest

from cdc.errors import CdcError
from connectors.mysql import ddl
from connectors.mysql.ddl import Schema
from connectors.mysql.tables import MARIADB, MYSQL
from tests.servers.fixtures import USUAL

REFUSED = (1064, 1115, 1273, 1295)  # no syntax of this server; a character set, a collation; not to be prepared
OTHERWISE = (  # what the server reads, and not as a name
    ("ALTER DATABASE @ CHARACTER SET latin1", "DEFAULT"),
    ("ALTER DATABASE @ CHARSET = latin1", "DEFAULT"),
    ("ALTER DATABASE @ DEFAULT COLLATE latin1_bin", "COLLATE"),
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
]  # fmt: skip


def structure(schema):
    """Everything that a Schema knows, but for the text of expressions, which keeps its quotes."""
    return {key: schema.get(*key) for key in schema.names()}, schema.databases


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


@pytest.mark.parametrize("name", USUAL)
def test_every_keyword_is_a_name_where_the_server_takes_it_for_one(request, name):
    server = request.getfixturevalue(name)
    database = server.create_database()
    flavor = MARIADB if server.kind == "MariaDB" else MYSQL
    numbers = [int(part) for part in re.findall(r"\d+", server.server_version)[:3]]
    version = numbers[0] * 10_000 + numbers[1] * 100 + numbers[2]
    wrong, taken = [], 0
    connection = server.connect(database, autocommit=True)
    try:
        cursor = connection.cursor()
        words = keywords(cursor)
        for *before, last in PLACES:
            for word in words:
                if (last, word) in OTHERWISE:
                    continue
                try:
                    cursor.execute("PREPARE s FROM %s", (last.replace("@", word),))
                except pymysql.MySQLError as error:
                    if error.args[0] in REFUSED:
                        continue
                taken += 1
                quoted = f"`{word}`"
                prepared = [sql.replace("@", quoted) for sql in before]
                try:
                    found = ours(flavor, version, [*prepared, last.replace("@", word)])
                except CdcError as error:
                    wrong.append(f"{last.replace('@', word)}: {error.detail}")
                    continue
                if found != ours(flavor, version, [*prepared, last.replace("@", quoted)]):
                    wrong.append(f"{last.replace('@', word)}: not as in quotes")
    finally:
        connection.close()
        server.drop_database(database)

    assert wrong == []
    assert taken > 20 * len(words)
