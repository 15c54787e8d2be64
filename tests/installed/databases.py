"""The three databases of the shop: where each is, and what its connector file says besides."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.servers.mysql import MysqlServer
from tests.servers.postgresql import PostgresServer


@dataclass
class Shop:
    """A fresh database with a table `item`."""

    execute: Callable[..., object]
    drop: Callable[[], None]
    config: dict[str, str]
    metrics: list[str] = field(default_factory=list)  # that this database has besides


def postgresql(server: PostgresServer, name: str) -> Shop:
    """On PostgreSQL."""
    database = server.create_database()

    def execute(*statements: str) -> None:
        with server.connect(database) as connection:
            for statement in statements:
                connection.execute(statement)

    return Shop(
        execute,
        lambda: server.drop_database(database),
        {
            "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
            "database.dbname": database,
            "plugin.name": "pgoutput",
            "slot.name": name,
            "publication.name": name,
            "publication.autocreate.mode": "filtered",
            "table.include.list": "public.item",
            **_login(server),
        },
        ["cdc_slot_active"],
    )


def binlog(connector: str) -> Callable[[MysqlServer, str], Shop]:
    """On MySQL or MariaDB."""

    def shop(server: MysqlServer, name: str) -> Shop:
        database = server.create_database()
        return Shop(
            lambda *statements: server.execute(*statements, database=database),
            lambda: server.drop_database(database),
            {
                "connector.class": connector,
                "database.server.id": str(random.randint(100_000, 2**31)),
                "database.include.list": database,
                "table.include.list": f"{database}.item",
                **_login(server),
            },
            ["cdc_binlog_kept"],
        )

    return shop


def _login(server: PostgresServer | MysqlServer) -> dict[str, str]:
    return {
        "database.hostname": server.host,
        "database.port": str(server.port),
        "database.user": server.user,
        "database.password": server.password,
    }
