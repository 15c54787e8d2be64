"""MariaDB: like MySQL, with GTIDs of its own form."""

from __future__ import annotations

from typing import ClassVar

from tests.golden.databases.mysql import MysqlDatabase
from tests.servers.mariadb import MariadbServer
from tests.servers.mysql import MysqlServer


class MariadbDatabase(MysqlDatabase):
    """A MariaDB server of the run's own."""

    SERVER: ClassVar[type[MysqlServer]] = MariadbServer
    CLASS: ClassVar[str] = "io.debezium.connector.mariadb.MariaDbConnector"
    VERSIONS: ClassVar[dict[str, dict[str, str | None]]] = {
        "11.8": {},
        "11.8-full": {"binlog-row-metadata": "FULL"},  # without log_bin_compress: Debezium 3.5.0 passes over such rows
        "10.11": {},
    }
    EXTRA: ClassVar[dict[str, str]] = {"database.ssl.mode": "disable"}


DATABASE = MariadbDatabase
