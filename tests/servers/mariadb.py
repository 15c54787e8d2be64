"""MariaDB 11.8 from Debian packages; a private server is like MySQL's (mysql.py)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import ClassVar

from tests.servers import cache
from tests.servers.mysql import ROOT_SQL, MysqlServer, _reachable, owned, run

SCRIPTS = (
    "mariadb_system_tables.sql",
    "mariadb_performance_tables.sql",
    "mariadb_system_tables_data.sql",
    "mariadb_sys_schema.sql",
)


class MariadbServer(MysqlServer):
    """A MariaDB server of the tests' own, or the one that a variable names."""

    kind: ClassVar[str] = "MariaDB"
    title: ClassVar[str] = "MariaDB server"
    variable: ClassVar[str] = "HEADWATER_TEST_MARIADB_URL"
    image: ClassVar[str] = "mariadb:11.8"
    program: ClassVar[str] = "mariadbd"
    share: ClassVar[str] = "mariadb"
    settings: ClassVar[dict[str, str]] = {
        name: value
        for name, value in MysqlServer.settings.items()
        if name not in ("gtid-mode", "enforce-gtid-consistency", "mysqlx", "performance-schema")
    }

    @classmethod
    def tree(cls) -> Path:
        """The unpacked packages. Raises Unavailable."""
        return _reachable(cache.debian("mariadb-11.8-1", ("mariadb-server-core",)))

    @classmethod
    def template(cls) -> Path:
        """A freshly initialised data directory. Raises Unavailable."""

        def build(target: Path) -> None:
            scripts = cls.tree() / "usr/share/mariadb"
            sql = "create database mysql;\nuse mysql;\n" + "".join((scripts / name).read_text() for name in SCRIPTS)
            # an anonymous local user would refuse everybody's password
            sql += f"\nuse mysql;\ndelete from global_priv where User='';\nflush privileges;\n{ROOT_SQL}"
            with tempfile.TemporaryDirectory(prefix="headwater-ma-") as folder:
                home = Path(folder)
                home.chmod(0o755)
                (home / "data").mkdir()
                owned(home)
                run([*cls.command(), f"--datadir={home}/data", "--bootstrap"], home, sql)
                shutil.copytree(home / "data", target / "data")

        return cache.once("mariadb-11.8-data-1", build) / "data"
