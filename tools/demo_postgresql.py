"""The demo's shop in PostgreSQL: an embedded server, or the one that a DSN names."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tools.embedded import embedded_postgres

SCHEMA = """
drop schema if exists shop cascade;
create schema shop;
create table shop.customers (id bigint primary key, name text not null, email text);
create table shop.orders (
    id bigint primary key, customer bigint not null references shop.customers, status text not null,
    total numeric(10,2) not null, placed timestamptz not null default now());
create table shop.order_items (
    order_id bigint references shop.orders, line int, article text, quantity int, primary key (order_id, line));
insert into shop.customers values (1, 'Ada Lovelace', 'ada@example.org'), (2, 'Alan Turing', null);
"""


class PostgresSession:
    """See tools.demo.Session."""

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg.connect(dsn)

    def execute(self, statement: str) -> None:
        """Run a statement."""
        self._connection.execute(statement)  # type: ignore[call-overload]

    def commit(self) -> None:
        """End the transaction."""
        self._connection.commit()

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()


class PostgresStage:
    """See tools.demo.Stage."""

    def __init__(self, dsn: str, label: str) -> None:
        info = conninfo_to_dict(dsn)
        self._dsn = dsn
        self.label = label
        self.note = ""
        self.example = Path(__file__).resolve().parent.parent / "docs" / "examples" / "orders-cdc.json"
        self.settings: dict[str, str] = {}
        self.environment = {
            "DATABASE_HOSTNAME": str(info.get("host") or "localhost"),
            "DATABASE_PORT": str(info.get("port") or 5432),
            "DATABASE_USER": str(info.get("user") or "postgres"),
            "DATABASE_PASSWORD": str(info.get("password") or "postgres"),
            "DATABASE_DBNAME": str(info.get("dbname") or "postgres"),
        }

    def session(self) -> PostgresSession:
        """A new connection."""
        return PostgresSession(self._dsn)

    def prepare(self) -> None:
        """Make the shop's tables anew, with two customers."""
        with psycopg.connect(self._dsn, autocommit=True) as admin:
            admin.execute(SCHEMA)

    def place(self, source: dict[str, Any]) -> str:
        """Where a change was in the log."""
        return f"lsn {source['lsn']}, transaction {source['txId']}"


@contextlib.contextmanager
def postgresql_stage(dsn: str | None) -> Iterator[PostgresStage]:
    """The stage on the server of a DSN, or on an embedded one."""
    if dsn:
        yield PostgresStage(dsn, "PostgreSQL: yours")
        return
    with embedded_postgres() as embedded:
        yield PostgresStage(embedded, "PostgreSQL: embedded, version 18")
