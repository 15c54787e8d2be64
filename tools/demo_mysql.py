"""The demo's shop in MySQL or MariaDB: a server as the tests get one, or the one that a URL names."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pymysql

FILE_HISTORY = "io.debezium.storage.file.history.FileSchemaHistory"
SCHEMA = [
    "drop database if exists shop",
    "create database shop",
    "create table shop.customers (id bigint primary key, name varchar(100) not null, email varchar(100))",
    "create table shop.orders (id bigint primary key, customer bigint not null, status varchar(20) not null,"
    " total decimal(10,2) not null, placed timestamp(6) not null default current_timestamp(6))",
    "create table shop.order_items (order_id bigint, line int, article varchar(100), quantity int,"
    " primary key (order_id, line))",
    "insert into shop.customers values (1, 'Ada Lovelace', 'ada@example.org'), (2, 'Alan Turing', null)",
]


class MysqlSession:
    """See tools.demo.Session."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._connection = pymysql.connect(**options, autocommit=False)

    def execute(self, statement: str) -> None:
        """Run a statement."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement)

    def commit(self) -> None:
        """End the transaction."""
        self._connection.commit()

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()


class MysqlStage:
    """See tools.demo.Stage."""

    def __init__(self, kind: str, options: dict[str, Any], label: str) -> None:
        self._options = options
        self.label = label
        self.note = ", commit times in whole seconds" if kind == "mariadb" else ""
        self.example = Path(__file__).resolve().parent.parent / "docs" / "examples" / f"orders-{kind}.json"
        self.settings = {  # the mock cluster makes no topics as they are wanted
            "schema.history.internal": FILE_HISTORY,
            "schema.history.internal.file.filename": "{home}/history.jsonl",
        }
        self.environment = {
            "DATABASE_HOSTNAME": str(options["host"]),
            "DATABASE_PORT": str(options["port"]),
            "DATABASE_USER": str(options["user"]),
            "DATABASE_PASSWORD": str(options["password"]),
        }

    def session(self) -> MysqlSession:
        """A new connection."""
        return MysqlSession(self._options)

    def prepare(self) -> None:
        """Make the shop's tables anew, with two customers."""
        session = self.session()
        for statement in SCHEMA:
            session.execute(statement)
        session.commit()
        session.close()

    def place(self, source: dict[str, Any]) -> str:
        """Where a change was in the log."""
        place = f"{source['file']}:{source['pos']}"
        return f"{place}, row {source['row']}, transaction {source['gtid']}" if source["gtid"] else place


@contextlib.contextmanager
def mysql_stage(kind: str, url: str | None) -> Iterator[MysqlStage]:
    """The stage on the server of a URL; else on a container or a private server, as the tests have them."""
    name = {"mysql": "MySQL", "mariadb": "MariaDB"}[kind]
    if url:
        parts = urlparse(url)
        options = {
            "host": parts.hostname or "127.0.0.1",
            "port": parts.port or 3306,
            "user": unquote(parts.username or "root"),
            "password": unquote(parts.password or ""),
        }
        yield MysqlStage(kind, options, f"{name}: yours")
        return
    from tests.servers.cache import Unavailable
    from tests.servers.mariadb import MariadbServer
    from tests.servers.mysql import MysqlServer

    try:
        server = (MariadbServer if kind == "mariadb" else MysqlServer).start()
    except Unavailable as error:
        raise SystemExit(
            f"demo: no {name} can be had here ({error}).\nGive one: make demo DB={kind} SERVER=mysql://user:password@host:3306"
        ) from None
    try:
        options = {"host": server.host, "port": server.port, "user": server.user, "password": server.password}
        yield MysqlStage(kind, options, f"{name}: {server.server_version} ({server.origin})")
    finally:
        server.stop()
