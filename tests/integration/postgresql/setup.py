"""What the integration tests of the PostgreSQL connector share: a configuration for a fresh database, and waiting."""

from __future__ import annotations

import time
from collections.abc import Callable

from connectors.postgresql.config import PostgresConfig
from tests.servers.postgresql import PostgresServer


def properties(server: PostgresServer, database: str, **more: object) -> dict[str, object]:
    """Properties of a connector; `__` in a keyword stands for `.`."""
    found: dict[str, object] = {
        "name": database,
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "topic.prefix": database,
        "database.hostname": server.host,
        "database.port": server.port,
        "database.user": server.user,
        "database.password": server.password,
        "database.dbname": database,
        "plugin.name": "pgoutput",
        "slot.name": f"s_{database}",
        "slot.retry.delay.ms": 100,
        "slot.max.retries": 0,
    }
    found.update({name.replace("__", "."): value for name, value in more.items()})
    return found


def config(server: PostgresServer, database: str, **more: object) -> PostgresConfig:
    """The configuration of such a connector."""
    return PostgresConfig(properties(server, database, **more))


def until(fact: Callable[[], object], what: str, seconds: float = 20.0) -> object:
    """Wait for a fact; its value. Fails by name when it does not come."""
    deadline = time.monotonic() + seconds
    while True:
        value = fact()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.01)
