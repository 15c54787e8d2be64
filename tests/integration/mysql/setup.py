"""What the integration tests of the MySQL and MariaDB connectors share: a configuration, and reading to known ends."""

from __future__ import annotations

import itertools
import os
import time
from typing import Any

from cdc.history import MemoryHistory
from cdc.model import Change, Table
from connectors import mariadb as mariadb_package
from connectors import mysql as mysql_package
from connectors.mysql.position import BinlogPosition
from connectors.mysql.source import BinlogSource
from tests.servers.mysql import MysqlServer

CLASSES = {
    "MySQL": "io.debezium.connector.mysql.MySqlConnector",
    "MariaDB": "io.debezium.connector.mariadb.MariaDbConnector",
}
_numbers = itertools.count(10_000 + os.getpid() % 10_000 * 100)


def properties(server: MysqlServer, database: str, **more: object) -> dict[str, object]:
    """Properties of a connector; `__` in a keyword stands for `.`."""
    found: dict[str, object] = {
        "name": database,
        "connector.class": CLASSES[server.kind],
        "topic.prefix": database,
        "database.hostname": server.host,
        "database.port": server.port,
        "database.user": server.user,
        "database.password": server.password,
        "database.server.id": next(_numbers),
        "database.include.list": database,
        "schema.history.internal": "io.debezium.relational.history.MemorySchemaHistory",
    }
    found.update({name.replace("__", "."): value for name, value in more.items()})
    return found


class Reading:
    """A source with its history, read to known ends: its changes, and the positions after each batch."""

    def __init__(self, server: MysqlServer, database: str, history: MemoryHistory | None = None, **more: Any) -> None:
        package: Any = mysql_package if server.kind == "MySQL" else mariadb_package
        config = package.configure(properties(server, database, **more))
        self.history = history or MemoryHistory()
        self.source: BinlogSource = package.create(config)
        self.source.equip(self.history, database)
        self.changes: list[Change] = []
        self.statements: list[Change] = []
        self.positions: list[tuple[int, BinlogPosition]] = []  # number of changes read, position after them
        self.tables: list[Table] = []

    def snapshot(self) -> list[tuple[str, list[object]]]:
        """Read every table; (table id, row) in order."""
        found = []
        self.tables = self.source.tables()
        self.statements += self.source.statements()
        for table in self.tables:
            for rows in self.source.rows(table):
                found += [(table.id, row) for row in rows]
        return found

    def begin(self, offset: dict[str, object] | None = None) -> Reading:
        """Open and stream, without a snapshot."""
        self.source.open(offset)
        self.source.start()
        return self

    def poll(self, timeout: float = 0.05) -> None:
        """One batch."""
        batch = self.source.poll(timeout)
        if batch is None:
            return
        for change in batch.changes:
            (self.statements if change.table.id == "schema" else self.changes).append(change)
        if isinstance(batch.position, BinlogPosition):
            self.positions.append((len(self.changes), batch.position))

    def read(self, number: int, seconds: float = 20.0) -> list[Change]:
        """Read until there are `number` changes and the transaction of the last one has ended."""
        deadline = time.monotonic() + seconds
        while len(self.changes) < number or self.between is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(self.changes)} of {number} changes within {seconds:g} s")
            self.poll()
        return self.changes

    @property
    def between(self) -> BinlogPosition | None:
        """The newest position, when it lies between transactions."""
        position = self.positions[-1][1] if self.positions else None
        return None if position is None or position.events else position

    def values(self, column: int = 0) -> list[object]:
        """One column of every change, of its new row or of the old one."""
        rows = [change.after if change.after is not None else change.before for change in self.changes]
        return [row[column] for row in rows if row is not None]
