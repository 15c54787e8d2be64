"""Which tables a statement writes to."""

from __future__ import annotations

import pytest

from cdc.errors import DecodeError
from connectors.mysql.ddl.lexer import ANSI_QUOTES, Dialect
from connectors.mysql.ddl.targets import written
from connectors.mysql.tables import MARIADB, MYSQL


@pytest.mark.parametrize(
    ("sql", "targets"),
    [
        ("INSERT INTO t VALUES (1)", "d.t"),
        ("insert low_priority ignore x.t (a, b) select a, b from y.u on duplicate key update a = 1", "x.t"),
        (
            "REPLACE INTO `percona`.`checksums` (db, tbl) SELECT 'a', COUNT(*) FROM `app`.`orders` /*explain*/",
            "percona.checksums",
        ),
        ("REPLACE DELAYED t SET a = 1", "d.t"),
        ("UPDATE `percona` . `heartbeat` SET ts = now() WHERE id = 1 ORDER BY a, b LIMIT 1", "percona.heartbeat"),
        (
            "UPDATE x.a JOIN app.o ON x.a.id = o.id AND LEFT(o.n, 2) = 'a' SET a.v = o.v, a.w = IF(o.v, 1, 2)",
            "x.a",
        ),
        ("UPDATE x.a AS p, app.o q SET p.v = q.v", "x.a"),
        ("UPDATE x.a AS p, app.o q SET p.v = 1, q.v = 2", "app.o x.a"),
        ("UPDATE x.a, app.o SET v = 1", "app.o x.a"),
        ("UPDATE x.a p USE INDEX (i) LEFT OUTER JOIN (app.o q CROSS JOIN app.r) USING (id) SET x.p.v = 1", "x.p"),
        ("UPDATE a NATURAL LEFT JOIN (SELECT 1 AS id FROM app.o) s SET a.v = s.id", "d.a"),
        ("WITH c (n) AS (SELECT id FROM app.o), e AS (SELECT 1) UPDATE x.a SET v = (SELECT n FROM c)", "x.a"),
        ("DELETE FROM x.t WHERE id IN (SELECT id FROM app.o)", "x.t"),
        ("DELETE QUICK FROM t AS a PARTITION (p) WHERE a.id = 1", "d.t"),
        ("DELETE a, y.b.* FROM x.t AS a JOIN y.b ON a.id = b.id JOIN app.o", "x.t y.b"),
        ("DELETE FROM a.* USING x.t a STRAIGHT_JOIN app.o WHERE o.id", "x.t"),
        (
            "LOAD DATA LOCAL INFILE '/tmp/SQL_LOAD-1-2' REPLACE INTO TABLE `x`.`t` FIELDS TERMINATED BY ',' (a, @b)",
            "x.t",
        ),
        ("DO app.f(1)", ""),
        ("SELECT f(2)", ""),
        ("(SELECT 1)", ""),
        ("SET STATEMENT max_statement_time=1 FOR DELETE FROM x.t", "x.t"),
        ("/*!50100 DELETE FROM x.t */", "x.t"),
        ("INSERT /* INTO app.o */ INTO x.t -- app.o\n VALUES ('INTO app.o')", "x.t"),
    ],
)
def test_targets(sql, targets):
    found = written(sql, "d", Dialect("mariadb" if "STATEMENT" in sql else "mysql"))
    assert " ".join(sorted(".".join(target) for target in found.targets)) == targets


def test_quotes_are_those_of_the_session():
    assert written('DELETE FROM "x"."t"', "d", Dialect(sql_mode=ANSI_QUOTES)).targets == {("x", "t")}


@pytest.mark.parametrize(
    "sql", ["CALL p()", "MERGE INTO t", "DELETE a FROM b", "UPDATE a SET z.v = 1", "DELETE FROM a, b", "UPDATE (a"]
)
def test_what_cannot_be_told_is_an_error(sql):
    with pytest.raises(DecodeError):
        written(sql, "d", Dialect())


def test_words_are_what_may_be_called():
    assert {"f", "t", "insert"} <= written("INSERT INTO t VALUES (`F`(1))", "d", Dialect()).words


def test_full_joins_tables_from_mariadb_12_and_is_an_alias_before():
    joined, alias = "UPDATE t FULL JOIN u ON t.a=u.a SET t.b=1", "UPDATE t FULL JOIN u ON FULL.a=u.a SET FULL.b=1"

    assert written(joined, "d", Dialect(MARIADB, 120_300)).targets == {("d", "t")}
    assert written(alias, "d", Dialect(MARIADB, 110_809)).targets == {("d", "t")}
    assert written(alias, "d", Dialect(MYSQL)).targets == {("d", "t")}
