"""What the integration tests of the PostgreSQL connector share: a configuration for a fresh database, and waiting."""

from __future__ import annotations

import time
from collections.abc import Callable

from cdc.model import Batch, Change, Table
from connectors.postgresql.config import PostgresConfig
from connectors.postgresql.position import PostgresPosition
from connectors.postgresql.source import PostgresSource
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


class Reading:
    """A source that is read to known ends: its changes, and the positions after each batch."""

    def __init__(self, source: PostgresSource) -> None:
        self.source = source
        self.changes: list[Change] = []
        self.positions: list[tuple[int, PostgresPosition]] = []  # number of changes read, position after them
        self.tables: list[Table] = []

    def snapshot(self) -> list[tuple[str, list[object]]]:
        """Read every table; (table id, row) in order."""
        found = []
        self.tables = self.source.tables()
        for table in self.tables:
            for rows in self.source.rows(table):
                found += [(table.id, row) for row in rows]
        self.source.end_snapshot()
        return found

    def poll(self, timeout: float = 0.05) -> Batch | None:
        """One batch."""
        batch = self.source.poll(timeout)
        if batch is not None:
            self.changes += batch.changes
            if isinstance(batch.position, PostgresPosition):
                self.positions.append((len(self.changes), batch.position))
        return batch

    def read(self, number: int, seconds: float = 20.0) -> list[Change]:
        """Read until there are `number` changes and the transaction of the last one has ended."""
        deadline = time.monotonic() + seconds
        while len(self.changes) < number or self.between is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(self.changes)} of {number} changes within {seconds:g} s")
            self.poll()
        return self.changes

    @property
    def between(self) -> PostgresPosition | None:
        """The newest position, when it lies between transactions."""
        position = self.positions[-1][1] if self.positions else None
        return None if position is None or position.events else position

    def values(self, column: int = 0) -> list[object]:
        """One column of every change, of its new row or of the old one."""
        rows = [change.after if change.after is not None else change.before for change in self.changes]
        return [row[column] for row in rows if row is not None]
