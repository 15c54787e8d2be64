"""Logins by every authentication plugin that a server has, with TLS and without: for the snapshot and the stream."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from cdc.errors import SourceRefused
from connectors.mysql import errors
from tests.integration.mysql.setup import reading_of
from tests.servers.mysql import MysqlServer

PLUGINS = [
    ("mysql", "caching_sha2_password"),
    ("mysql", "sha256_password"),
    ("mysql80", "mysql_native_password"),
    ("mariadb", "mysql_native_password"),
]
PASSWORD = "a long password with spaces, ' and é"


@pytest.fixture
def user(server: MysqlServer, plugin: str) -> Iterator[str]:
    """A user of the plugin who may read and stream everything."""
    name = f"u{uuid.uuid4().hex[:8]}"
    quoted = PASSWORD.replace("'", "''")
    by = f"VIA {plugin} USING PASSWORD('{quoted}')" if server.kind == "MariaDB" else f"WITH {plugin} BY '{quoted}'"
    server.execute(f"CREATE USER {name}@'%' IDENTIFIED {by}", f"GRANT ALL ON *.* TO {name}@'%'")
    yield name
    server.execute(f"DROP USER {name}@'%'")


@pytest.mark.parametrize(("server", "plugin"), PLUGINS, indirect=["server"])
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_a_user_logs_in(server: MysqlServer, user: str, tls: bool) -> None:
    mode = {} if tls else {"database__ssl__mode": "disabled" if server.kind == "MySQL" else "disable"}
    database = server.create_database()
    server.execute("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)", database=database)
    reading = reading_of(server, database, database__user=user, database__password=PASSWORD, **mode)
    try:
        reading.source.open(None)
        assert reading.snapshot() == [(f"{database}.t", [1])]
        reading.source.start()
        server.execute("INSERT INTO t VALUES (2)", database=database)
        assert [change.after for change in reading.read(1)] == [[2]]
    finally:
        reading.source.close()
        server.drop_database(database)


@pytest.mark.parametrize(("server", "plugin"), PLUGINS, indirect=["server"])
def test_a_wrong_password_is_refused(server: MysqlServer, user: str) -> None:
    reading = reading_of(server, "d", database__user=user, database__password="wrong")
    with pytest.raises(SourceRefused) as caught:
        reading.source.open(None)
    assert caught.value.code == errors.WRONG_PASSWORD
    assert PASSWORD not in caught.value.detail
