"""`cdc validate --connect` on real servers, and what foreign keys do that no log has."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from cdc.options import ATTENTION, Note
from connectors import mariadb as mariadb_package
from connectors import mysql as mysql_package
from connectors.mysql.checks import check
from tests.integration.mysql.setup import properties
from tests.servers.mysql import MysqlServer
from tests.servers.process import wait_for

CHILD = (
    "CREATE TABLE child (id int PRIMARY KEY, p int, CONSTRAINT up FOREIGN KEY (p) REFERENCES parent (id)"
    " ON DELETE CASCADE ON UPDATE SET NULL)"
)


def checked(server: MysqlServer, schema: str, **more: object) -> tuple[str, str]:
    """Problems and notes, each as one text."""
    package: Any = mysql_package if server.kind == "MySQL" else mariadb_package
    notes: list[Note] = []
    problems = check(package.configure(properties(server, schema, **more)), notes)
    assert all(note.kind == ATTENTION for note in notes)
    return "\n".join(str(problem) for problem in problems), "\n".join(notes)


def test_a_ready_server_has_no_problem(server: MysqlServer, schema: str, sql: Any) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    with server.globally(binlog_row_metadata="'FULL'"):
        assert checked(server, schema) == ("", "")


def test_a_server_that_logs_too_little(server: MysqlServer, schema: str, sql: Any) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    with server.globally(binlog_format="'STATEMENT'", binlog_expire_logs_seconds=3600):
        problems, notes = checked(server, schema, include__query=True)
    assert "HW-MY-008 binlog_format is STATEMENT" in problems
    assert "keeps its log for 3,600 s" in notes
    assert "binlog_row_metadata is not FULL" in notes
    assert ("source.query will be null" in notes) == (server.kind == "MySQL")


def test_a_user_that_may_nothing(server: MysqlServer, schema: str, sql: Any) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    user = f"poor_{schema}"
    server.execute(f"CREATE USER '{user}'@'%' IDENTIFIED BY 'poor'")
    try:
        problems, _ = checked(server, schema, database__user=user, database__password="poor")
    finally:
        server.execute(f"DROP USER '{user}'@'%'")
    for text in ("lacks REPLICATION SLAVE", "lacks RELOAD", "no table of the server is captured"):
        assert text in problems


def test_a_number_that_is_taken(server: MysqlServer, schema: str, sql: Any) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    number = int(server.execute("SELECT @@server_id")[0][0])
    assert "has this number" in checked(server, schema, database__server__id=number)[0]


def test_what_foreign_keys_do_is_logged_or_told(
    server: MysqlServer, schema: str, sql: Any, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """MySQL 9.6 and later log it; of the others it is said, and what is said is true."""
    sql("CREATE TABLE parent (id int PRIMARY KEY)", CHILD, "INSERT INTO parent VALUES (1)")
    sql("INSERT INTO child VALUES (7, 1)")
    told = "child (up: ON DELETE CASCADE, ON UPDATE SET NULL)" in checked(server, schema)[1]
    with caplog.at_level(logging.WARNING, "connectors.mysql"):
        reading = make()
        reading.source.open(None)
        reading.snapshot()
        reading.source.start()
        wait_for(lambda: reading.source.watch.samples, "the first look")
    assert any("foreign keys whose actions" in record.getMessage() for record in caplog.records) == told
    sql("DELETE FROM parent WHERE id = 1", "INSERT INTO parent VALUES (2)")
    tables = [change.table.id.split(".")[1] for change in reading.read(2 if told else 3)]
    assert ("child" in tables) != told
    assert told == (server.title(server.version) != "MySQL 9.7")
