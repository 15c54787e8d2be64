"""MariaDB 11.8 and 10.11 from Debian packages; a private server is like MySQL's (mysql.py)."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from tests.servers.mysql import ROOT_SQL, MysqlServer, owned, run
from tests.servers.packages import Packages

SCRIPTS = ("system_tables", "performance_tables", "system_tables_data", "sys_schema")


class MariadbServer(MysqlServer):
    """A MariaDB server of the tests' own, or the one that a variable names."""

    kind: ClassVar[str] = "MariaDB"
    variable: ClassVar[str] = "HEADWATER_TEST_MARIADB_URL"
    image: ClassVar[str] = "mariadb"
    packages: ClassVar[dict[str, Packages]] = {
        "11.8": Packages("mariadb-11.8-1", ("mariadb-server-core",)),
        "10.11": Packages("mariadb-10.11-1", ("mariadb-server-core",), "bookworm"),
    }
    program: ClassVar[str] = "mariadbd"
    settings: ClassVar[dict[str, str]] = {
        name: value
        for name, value in MysqlServer.settings.items()
        if name not in ("gtid-mode", "enforce-gtid-consistency", "mysqlx", "performance-schema")
    }

    def share(self, usr: Path) -> Path:
        """Named after MySQL before MariaDB 11."""
        return next(folder for name in ("mariadb", "mysql") if (folder := usr / "share" / name).is_dir())

    def bootstrap(self, home: Path) -> None:
        """By the scripts of the system tables."""
        share = self.share(self.packages[self.version].tree() / "usr")
        sql = "create database mysql;\nuse mysql;\n"
        sql += "".join((share / f"{share.name}_{script}.sql").read_text() for script in SCRIPTS)
        # an anonymous local user would refuse everybody's password
        sql += f"\nuse mysql;\ndelete from global_priv where User='';\nflush privileges;\n{ROOT_SQL}"
        (home / "data").mkdir()
        owned(home)
        run([*self.command(), f"--datadir={home}/data", "--bootstrap"], home, sql)
