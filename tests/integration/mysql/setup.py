"""What the integration tests of the MySQL and MariaDB connectors share: a configuration, and a source."""

from __future__ import annotations

import itertools
import os
from typing import Any

from cdc.history import MemoryHistory
from connectors import mariadb as mariadb_package
from connectors import mysql as mysql_package
from tests.integration.reading import Reading
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


def reading_of(server: MysqlServer, database: str, history: MemoryHistory | None = None, **more: Any) -> Reading:
    """A source of such a connector, with its history."""
    package: Any = mysql_package if server.kind == "MySQL" else mariadb_package
    source = package.create(package.configure(properties(server, database, **more)))
    history = history or MemoryHistory()
    source.equip(history, database)
    return Reading(source, history)
