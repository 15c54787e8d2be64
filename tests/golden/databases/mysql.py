"""MySQL (MariaDB shares it): a database per scenario, a server id per run, positions in the binary log.

A position is one number, that of the file and the place in it, so that it can be ordered: file << 40 | place.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar

import pymysql
from pymysql.cursors import Cursor

from tests.golden.databases import Database, Seen
from tests.golden.masks import Boundary, Json, Masks, TokenOf
from tests.golden.scenario import Run, Scenario
from tests.servers.mysql import MysqlServer

MARKER_SETUP = (
    "CREATE TABLE golden_marker (id varchar(40) PRIMARY KEY, n int) COMMENT 'golden-begin'",
    "INSERT INTO golden_marker VALUES ('golden-begin', 0)",
)
STATEMENT = re.compile(r"""((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|/\*.*?\*/|[^;'"`])*);?""", re.DOTALL)
FILE = re.compile(r".*\.(\d{6,})")
PLACE = re.compile(r"file=(.*),pos=(\d+)")
NUMBER = re.compile(r"(\d+)$")


def statements(text: str) -> list[str]:
    """The statements of a text; a semicolon in quotes or in a comment ends none."""
    return [found.strip() for found in STATEMENT.findall(text) if found.strip()]


def position(file: str, place: int) -> int:
    """File and place as one number."""
    found = FILE.fullmatch(file)
    return int(found[1]) << 40 | place if found else place


def _prepared(value: dict[str, Json]) -> dict[str, Json]:
    """A source block or an offset with its position as one number, in both fields; a snapshot's times are masked."""
    if value.get("snapshot") not in (None, "false"):
        value = {**value, **dict.fromkeys(value.keys() & {"ts_ms", "ts_us", "ts_ns", "ts_sec"}, "<clock:before>")}
    file, place = value.get("file"), value.get("pos")
    if not isinstance(file, str) or not FILE.fullmatch(file) or not isinstance(place, int):
        return value
    whole = position(file, place)
    return {**value, "file": str(whole), "pos": whole}


def _file(token: TokenOf, value: Json) -> Json:
    if not str(value).isdigit():
        return value
    before = token("lsn", value) == "<lsn:before>"
    return "<file:before>" if before else f"<file:{int(str(value)) >> 40}>"


def _gtid(token: TokenOf, value: Json) -> Json:
    """One GTID or a set: the server is masked, of each source the last number is a transaction's."""
    if isinstance(value, str) and (found := PLACE.fullmatch(value)):
        whole = position(found[1], int(found[2]))
        return f"file={_file(token, whole)},pos={token('lsn', whole)}"
    return _numbered("txid", token, value)


def _numbered(kind: str, token: TokenOf, value: Json) -> str:
    return ",".join(NUMBER.sub(lambda last: str(token(kind, last[1])), part) for part in _anonymous(value).split(","))


def _done(token: TokenOf, value: Json) -> Json:
    """The transactions of an offset, which begins with the one that it has or behind it: counted apart."""
    return _numbered("done", token, value)


def _anonymous(value: Json) -> str:
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<server>", str(value))


def _server(token: TokenOf, value: Json) -> Json:
    return _anonymous(value)


class BinlogSession:
    """The connection through which a scenario is streamed."""

    def __init__(self, connection: pymysql.Connection[Cursor]) -> None:
        self._connection = connection

    def run(self, step: str) -> None:
        """One transaction; a statement of DDL in it ends it, as everywhere."""
        parts = statements(step)
        with self._connection.cursor() as cursor:
            for statement in ("BEGIN", *parts, "COMMIT") if len(parts) > 1 else parts:
                cursor.execute(statement)

    def _status(self) -> tuple[str, int]:
        with self._connection.cursor() as cursor:
            try:
                cursor.execute("SHOW BINARY LOG STATUS")
            except pymysql.err.ProgrammingError:
                cursor.execute("SHOW MASTER STATUS")
            row = cursor.fetchone()
        assert row is not None
        return str(row[0]), int(row[1])

    def boundary(self) -> Boundary:
        """The end of the log, the last GTID's number, and the time."""
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS UNSIGNED)")
            now = cursor.fetchone()
            cursor.execute("SHOW VARIABLES WHERE Variable_name IN ('gtid_executed', 'gtid_binlog_pos')")
            gtid = cursor.fetchone()
        assert now is not None
        last = NUMBER.search(str(gtid[1])) if gtid else None
        return Boundary(self.position(), int(last[1]) if last else 0, int(now[0]))

    def position(self) -> int:
        """The end of the log."""
        return position(*self._status())

    def ready(self, run: Run, side: str, seen: Seen) -> bool:
        """Whether its snapshot has come to the marker: it has noted its position before."""
        return seen("golden-begin") > 0


class MysqlDatabase(Database):
    """A MySQL server of the run's own."""

    SERVER: ClassVar[type[MysqlServer]] = MysqlServer
    CLASS: ClassVar[str] = "io.debezium.connector.mysql.MySqlConnector"
    VERSIONS: ClassVar[dict[str, dict[str, str | None]]] = {
        "9.7": {},
        "9.7-nogtid": {"gtid-mode": "OFF", "enforce-gtid-consistency": "OFF"},
        "9.7-full": {"binlog-row-metadata": "FULL", "binlog-transaction-compression": "ON"},
        "8.4": {},
        "8.0": {},
    }
    EXTRA: ClassVar[dict[str, str]] = {
        "database.ssl.mode": "disabled",
        "driver.allowPublicKeyRetrieval": "true",
    }
    MASKS = Masks(
        source={
            "version": "version",
            "ts_ms": "clock",
            "ts_us": "clock",
            "ts_ns": "clock",
            "gtid": "txkey",
            "file": "file",
            "pos": "lsn",
            "thread": "thread",
        },
        offset={
            "ts_sec": "clock",
            "file": "file",
            "pos": "commit",
            "gtids": "gtids",
            "transaction_id": "txkey",
            "headwater_server": "server",
        },
        transaction=re.compile(r"[0-9a-f-]{36}:(\w+:)?\d+|\d+-\d+-\d+|file=.*,pos=\d+"),
        time="clock",
        special={"txkey": _gtid, "file": _file, "server": _server, "gtids": _done},
        prepared=_prepared,
    )

    def __init__(self, server: MysqlServer) -> None:
        self.server = self._server = server

    @classmethod
    def start(cls, version: str) -> MysqlDatabase:
        """A server with a version's settings. Raises Unavailable."""
        return cls(cls.SERVER.private(version.partition("-")[0], **cls.VERSIONS[version]))

    @classmethod
    def title(cls, version: str) -> str:
        """As fixtures.py names it."""
        return cls.SERVER.title(version.partition("-")[0])

    @property
    def version(self) -> str:
        """The server's version."""
        return f"{self._server.server_version} ({self._server.origin})"

    def prepare(self, scenario: Scenario) -> None:
        """A fresh database with its setup."""
        self.remove(scenario)
        self._server.execute(f"CREATE DATABASE {scenario.database} CHARACTER SET utf8mb4")
        self._server.execute(*MARKER_SETUP, *statements(scenario.setup), database=scenario.database)

    @contextmanager
    def session(self, scenario: Scenario) -> Iterator[BinlogSession]:
        """A connection to it, which waits for no lock of a snapshot that hangs."""
        connection = self._server.connect(scenario.database, read_timeout=120)
        try:
            yield BinlogSession(connection)
        finally:
            connection.close()

    def remove(self, scenario: Scenario) -> None:
        """Drop it, and others that it has made."""
        names = [str(row[0]) for row in self._server.execute(r"SHOW DATABASES LIKE 'g\_%'")]
        self._server.execute("SELECT 1", *(f"DROP DATABASE IF EXISTS `{name}`" for name in names))

    def stop(self) -> None:
        """Stop the server."""
        self._server.stop()

    @classmethod
    def properties(cls, run: Run, side: str) -> dict[str, str]:
        """Class, database, number of the replica; the schema history is kept in memory."""
        return {
            "connector.class": cls.CLASS,
            "database.include.list": run.scenario.database,
            "database.server.id": str(10_000 + zlib.crc32(f"{side} {run.prefix}".encode()) % 1_000_000_000),
            "schema.history.internal": "io.debezium.relational.history.MemorySchemaHistory",
            **cls.EXTRA,
        }

    @staticmethod
    def marker(scenario: Scenario) -> str:
        """With the database's name: a scenario may be using another."""
        return f"{scenario.database}.golden_marker"

    @staticmethod
    def markers(scenario: Scenario) -> Mapping[str, str]:
        """The marker table is one of the scenario's database."""
        return {
            "table.include.list": rf"{scenario.database}\.golden_marker",
            "column.include.list": rf"{scenario.database}\.golden_marker\..*",
            "snapshot.include.collection.list": rf"{scenario.database}\.golden_marker",
        }

    @staticmethod
    def reached(offset: Mapping[str, Json]) -> int:
        """Its file and place."""
        return position(str(offset.get("file", "")), int(str(offset.get("pos", 0))))


DATABASE = MysqlDatabase
