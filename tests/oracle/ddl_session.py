"""A session on a real server whose logged statements are applied to our Schema: what the binary log says, verbatim."""

import re

import pymysql

from connectors.mysql.ddl import Schema
from connectors.mysql.tables import MARIADB, MYSQL
from tests.oracle.ddl_catalog import differences

_USE = re.compile(r"use `((?:[^`]|``)*)`; (.*)", re.DOTALL)
MODES = {"ANSI_QUOTES": 4, "NO_BACKSLASH_ESCAPES": 1 << 20, "REAL_AS_FLOAT": 1, "ORACLE": 1 << 9}


class DdlSession:
    """Runs statements; `schema` follows the log.

    `last` are the logged texts of the latest statement, `applied` the results of all.
    """

    def __init__(self, server, database):
        self.database = database
        self.mariadb = server.kind == "MariaDB"
        self._connection = server.connect(None, autocommit=True)
        self.cursor = self._connection.cursor()
        version = [int(part) for part in re.findall(r"\d+", server.server_version)[:3]]
        self.schema = Schema(
            MARIADB if self.mariadb else MYSQL,
            version[0] * 10_000 + version[1] * 100 + version[2],
            wanted=lambda where, name: where.startswith(database),
        )
        self.last = []
        self.applied = []
        self.mode = 0
        self.timestamps_null = True
        self._file, self._at = self._tip()

    def _tip(self):
        self.cursor.execute("SHOW BINARY LOGS")
        row = self.cursor.fetchall()[-1]
        return row[0], int(row[1])

    def set_mode(self, *modes):
        self.cursor.execute("SET SESSION sql_mode=%s", (",".join(modes),))
        self.mode = sum(MODES.get(mode, 0) for mode in modes)

    def run(self, sql, database=None):
        """Whether the server took the statement; what it logged is applied."""
        self.cursor.execute(f"USE `{database or self.database}`")
        try:
            self.cursor.execute(sql)
        except pymysql.MySQLError as error:
            self.last = [f"refused: {error}"]
            return False
        self.cursor.execute(f"SHOW BINLOG EVENTS IN '{self._file}' FROM {self._at}")
        self.last = []
        for row in self.cursor.fetchall():
            self._at = int(row[4])
            if row[2] not in ("Query", "Query_compressed"):
                continue
            found = _USE.match(row[5])
            where, text = (
                (found.group(1).replace("``", "`"), found.group(2)) if found else (database or self.database, row[5])
            )
            self.last.append(text)
            self.applied += self.schema.apply(where, text, self.mode, timestamps_null=self.timestamps_null)
        return True

    def differences(self, database=None):
        return differences(self.schema, self.cursor, database or self.database, mariadb=self.mariadb)

    def shown(self, database=None):
        """A Schema that was read from SHOW CREATE TABLE alone, as a snapshot reads it."""
        schema = Schema(self.schema.flavor, self.schema.version)
        where = database or self.database
        for known, name in self.schema.names():
            if known == where:
                self.cursor.execute(f"SHOW CREATE TABLE `{where}`.`{name.replace('`', '``')}`")
                schema.apply(where, self.cursor.fetchone()[1], self.mode & 4)
        return schema

    def close(self):
        self._connection.close()
