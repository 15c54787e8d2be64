"""MySQL 9.7, 8.4 and 8.0 from packages, run by their own loader; MariaDB shares the class (mariadb.py).

A private server listens on 127.0.0.1 with the binary log in row format, GTIDs on, and durability off. A freshly
initialised data directory is kept in the cache: a start is a copy and two seconds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlparse

import pymysql
from pymysql.cursors import Cursor

from tests.servers import cache, docker
from tests.servers.cache import Unavailable
from tests.servers.packages import Packages, loader
from tests.servers.process import ServerProcess, free_port, unprivileged
from tests.servers.server import Server

PASSWORD = "headwater"
ROOT_SQL = (
    f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{PASSWORD}';\n"
    f"CREATE USER 'root'@'%' IDENTIFIED BY '{PASSWORD}';\n"
    "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;\n"
)


class MysqlServer(Server):
    """A MySQL server of the tests' own, or the one that a variable names.

    `MysqlServer.start("8.0")` starts one, without a version the first of `packages`; `stop` ends it and removes its
    data. `restart` and `kill` keep the data. `version` is that of `packages`, `server_version` what the server says.
    """

    kind: ClassVar[str] = "MySQL"
    orderly = False  # it would wait for replicas that have gone, MySQL 8.0 half a minute
    variable: ClassVar[str] = "HEADWATER_TEST_MYSQL_URL"
    image: ClassVar[str] = "mysql"
    packages: ClassVar[dict[str, Packages]] = {
        "9.7": Packages("mysql-9.7-1", ("mysql-server-core",)),
        "8.4": Packages("mysql-8.4-1", ("mysql-server-core",), "resolute", ubuntu=True),
        "8.0": Packages("mysql-8.0-1", ("mysql-server-core-8.0",), "noble", ubuntu=True),
    }
    program: ClassVar[str] = "mysqld"
    settings: ClassVar[dict[str, str]] = {
        "server-id": "1",
        "log-bin": "mysql-bin",
        "binlog-format": "ROW",
        "gtid-mode": "ON",
        "enforce-gtid-consistency": "ON",
        "mysqlx": "OFF",
        "performance-schema": "OFF",
        "secure-file-priv": "",
        "innodb-buffer-pool-size": "64M",
        "innodb-flush-log-at-trx-commit": "2",
        "innodb-doublewrite": "OFF",
        "sync-binlog": "0",
        "max-allowed-packet": "256M",
        "max-connections": "200",
        "default-time-zone": "+00:00",
    }

    def __init__(self, version: str = "") -> None:
        super().__init__()
        self.version = version or self.newest()
        self.called = f"{self.title(self.version)} server"
        self.host = "127.0.0.1"
        self.port = 0
        self.user = "root"
        self.password = PASSWORD
        self.server_version = ""
        self._settings: dict[str, str] = {}

    @classmethod
    def newest(cls) -> str:
        """The version of most tests."""
        return next(iter(cls.packages))

    @classmethod
    def title(cls, version: str = "") -> str:
        """A version's name in the report of the servers."""
        return f"{cls.kind} {version or cls.newest()}"

    @classmethod
    def start(cls, version: str = "", /, **settings: object) -> MysqlServer:
        """Start a server; settings override `settings` (`gtid_mode="OFF"`), None removes one. Raises Unavailable."""
        server = cls(version)
        older = "" if server.version == cls.newest() else "_" + server.version.replace(".", "_")
        named = os.environ.get(cls.variable + older)
        if named and not settings:
            server._adopt(named)
        elif docker.answers() and not settings:
            server._contain()
        else:
            return cls.private(version, **settings)
        server._greet()
        return server

    @classmethod
    def private(cls, version: str = "", /, **settings: object) -> MysqlServer:
        """Start a server that may be stopped and killed, whatever the variables say. Raises Unavailable."""
        server = cls(version)
        server._settings = cls.settings.copy()
        server._change(settings)
        server._initialise()
        server._run()
        server._greet()
        return server

    def _change(self, settings: dict[str, object]) -> None:
        for name, value in settings.items():
            option = name.replace("_", "-")
            self._settings.pop(option, None)
            if value is not None:
                self._settings[option] = str(value)

    def _greet(self) -> None:
        self.server_version = str(self.execute("SELECT VERSION()")[0][0])

    def _adopt(self, url: str) -> None:
        self.origin = "variable"
        parts = urlparse(url)
        self.host = parts.hostname or "127.0.0.1"
        self.port = parts.port or 3306
        self.user = unquote(parts.username or "root")
        self.password = unquote(parts.password or "")

    def _contain(self) -> None:
        self.origin = "container"
        self._container = docker.Container(
            f"{self.image}:{self.version}",
            3306,
            environment={"MYSQL_ROOT_PASSWORD": PASSWORD, "MARIADB_ROOT_PASSWORD": PASSWORD},
            command=[f"--{name}={value}" for name, value in self.settings.items()],
        )
        self.host, self.port = self._container.host, self._container.port
        self._container.ready(self._answers)

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except pymysql.err.OperationalError:
            return False
        return True

    @property
    def home(self) -> Path:
        """The folder of a private server: `data` and `log`."""
        if self._home is None:
            raise Unavailable(f"the {self.called} ({self.origin}) has no local data directory")
        return self._home

    def command(self) -> list[str | Path]:
        """The server program with the options that say where its files are. Raises Unavailable."""
        tree = self.packages[self.version].tree()
        usr = tree / "usr"
        share = self.share(usr)
        return [
            *loader(tree, usr / "sbin" / self.program),
            "--no-defaults",
            f"--basedir={usr}",
            f"--lc-messages-dir={share}",
            f"--character-sets-dir={share}/charsets",
            f"--plugin-dir={usr}/lib/mysql/plugin",
        ]

    def share(self, usr: Path) -> Path:
        """The folder of messages and character sets."""
        return usr / "share/mysql"

    def bootstrap(self, home: Path) -> None:
        """Make a fresh data directory, `home/data`. Raises Unavailable."""
        sql = home / "root.sql"
        sql.write_text(ROOT_SQL)
        owned(home)
        run([*self.command(), f"--datadir={home}/data", "--initialize-insecure", f"--init-file={sql}"], home)

    def template(self) -> Path:
        """A freshly initialised data directory. Raises Unavailable."""

        def build(target: Path) -> None:
            with tempfile.TemporaryDirectory(prefix="headwater-my-") as folder:
                home = Path(folder)
                home.chmod(0o755)
                self.bootstrap(home)
                shutil.copytree(home / "data", target / "data")

        return cache.once(f"{self.image}-{self.version}-data-1", build) / "data"

    def _initialise(self) -> None:
        template = self.template()
        self.port = free_port()
        self._home = Path(tempfile.mkdtemp(prefix="headwater-my-"))
        self._home.chmod(0o755)
        shutil.copytree(template, self._home / "data")
        (self._home / "data" / "auto.cnf").unlink(missing_ok=True)  # every server has a UUID of its own
        owned(self._home)

    def _run(self) -> None:
        self._process = ServerProcess(
            [
                *self.command(),
                f"--datadir={self.home}/data",
                f"--socket={self.home}/socket",
                f"--pid-file={self.home}/pid",
                "--bind-address=127.0.0.1",
                f"--port={self.port}",
                *(f"--{name}={value}" for name, value in self._settings.items()),
            ],
            self.home / "log",
            privileged=False,
        )
        self._process.ready(self._answers, self.title(self.version))

    def connect(self, database: str | None = None, **options: object) -> pymysql.Connection[Cursor]:
        """A connection with autocommit on, character set utf8mb4."""
        words: dict[str, object] = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "database": database,
            "autocommit": True,
            "charset": "utf8mb4",
            "connect_timeout": 10,
            **options,
        }
        return pymysql.connect(**words)  # type: ignore[call-overload, no-any-return]

    def execute(self, *statements: str, database: str | None = None) -> Sequence[tuple[object, ...]]:
        """Run statements on a connection of their own; the rows of the last."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def log_end(self) -> tuple[str, int]:
        """File and place at which the binary log ends."""
        file, size, *_ = self.execute("SHOW BINARY LOGS")[-1]
        return str(file), int(str(size))

    @contextmanager
    def globally(self, **variables: object) -> Iterator[None]:
        """Global variables set for the time of a block: other tests use this server too."""
        before: dict[str, object] = {}
        for name in variables:
            value = self.execute(f"SELECT @@GLOBAL.{name}")[0][0]
            before[name] = f"'{value}'" if isinstance(value, str) else value
        self._set_globals(variables)
        try:
            yield
        finally:
            self._set_globals(before)

    def _set_globals(self, variables: dict[str, object]) -> None:
        self.execute(*(f"SET GLOBAL {name} = {value}" for name, value in variables.items()))

    def create_database(self, charset: str = "utf8mb4") -> str:
        """A fresh database; its name."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE DATABASE {name} CHARACTER SET {charset}")
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database."""
        self.execute(f"DROP DATABASE IF EXISTS {name}")


def owned(folder: Path) -> None:
    """Give a folder and all in it to the user that the server runs as."""
    owner = unprivileged()
    if not owner:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner["user"], owner["group"])


def run(words: Sequence[str | Path], folder: Path, script: str = "") -> None:
    """Run the server program to its end, as in an initialisation. Raises Unavailable with the end of what it said."""
    done = subprocess.run(
        [str(word) for word in words],
        input=script,
        capture_output=True,
        text=True,
        errors="replace",
        cwd=folder,
        timeout=300,
        check=False,
        **unprivileged(),  # type: ignore[call-overload]
    )
    if done.returncode != 0:
        raise Unavailable(f"{Path(words[3]).name} failed ({done.returncode}): {(done.stdout + done.stderr)[-1500:]}")
