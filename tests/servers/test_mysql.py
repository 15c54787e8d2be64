"""The MySQL and MariaDB servers of the tests start, write a binary log of rows, and survive what tests do to them."""

from __future__ import annotations

import pytest

from tests.servers.cache import Unavailable
from tests.servers.fixtures import USUAL, missing
from tests.servers.mariadb import MariadbServer
from tests.servers.mysql import MysqlServer


def logs_rows(server: MysqlServer) -> bool:
    """Whether an insert moves the end of the binary log."""
    name = server.create_database()
    try:
        before = server.log_end()
        server.execute("CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)", database=name)
        assert server.execute("SELECT @@global.binlog_format") == [("ROW",)]
        return server.log_end() > before
    finally:
        server.drop_database(name)


@pytest.mark.parametrize("name", USUAL)
def test_it_logs_rows(name: str, request: pytest.FixtureRequest) -> None:
    assert logs_rows(request.getfixturevalue(name))


@pytest.mark.parametrize("kind", [MysqlServer, MariadbServer])
def test_a_killed_server_keeps_its_data(kind: type[MysqlServer]) -> None:
    try:
        server = kind.private()
    except Unavailable as error:
        missing(kind.title(), str(error))
        return
    try:
        server.execute("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)", "INSERT INTO d.t VALUES (7)")
        server.kill()
        server.restart(binlog_row_metadata="FULL")
        assert server.execute("SELECT * FROM d.t") == [(7,)]
        assert server.execute("SELECT @@global.binlog_row_metadata") == [("FULL",)]
    finally:
        server.stop()
