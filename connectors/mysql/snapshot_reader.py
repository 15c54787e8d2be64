"""Reading tables at one point of the log: the locks, the readers' transactions, one SELECT per table.

Source: Debezium reference, "Snapshots"; MySQL manual, "START TRANSACTION", "FLUSH".
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pymysql
from pymysql.constants import COMMAND

from cdc.errors import SourceLost, SourceRefused
from cdc.model import Row
from connectors.mysql import errors
from connectors.mysql.connection import Connection, close, connect, identifier, literal, query, translate
from connectors.mysql.text_rows import RowReader

if TYPE_CHECKING:
    from connectors.mysql.connection import AnyConfig

log = logging.getLogger("connectors.mysql")

_CHUNK: Final = 1 << 16  # bytes that are read at once: their rows stay in a processor's cache until they are sent
_AS_STORED: Final = "SET character_set_results = NULL"  # text comes in its column's character set, as in the log
_ISOLATION: Final = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"
_START: Final = "START TRANSACTION WITH CONSISTENT SNAPSHOT"
_ORDERED: Final = re.compile(r"\border\s+by\b", re.IGNORECASE)
_LIMITED: Final = re.compile(r"\blimit\b", re.IGNORECASE)
_ALL: Final = 2**64 - 1
_DENIED: Final = (1044, 1045, 1142, 1227)


def quoted(database: str, table: str) -> str:
    """A table's name for SQL."""
    return f"{identifier(database)}.{identifier(table)}"


class SharedSnapshot:
    """The point at which every reader sees the tables.

    Made in this order: `lock`, the position is read, `begin` starts the readers' transactions, the structure is read,
    `unlock`. Without locks what commits in between is read and streamed: it repeats, and nothing is missing.
    """

    def __init__(self, config: AnyConfig) -> None:
        self._config = config
        self._mode = str(config.snapshot_locking_mode)
        self.locker: Connection | None = connect(config, purpose="snapshot locks", timeout_ms=0)
        self._readers: list[Connection] = []  # those that are not in use
        self._all: set[Connection] = set()
        self._guard = threading.Lock()
        self.locked = ""  # "global", "tables" or empty

    def lock(self, tables: list[tuple[str, str]]) -> None:
        """Keep writers away, as snapshot.locking.mode says. Raises SourceRefused, SourceLost."""
        mode = self._mode
        if mode == "none":
            return
        locker = self.locker
        assert locker is not None
        seconds = max(1, -(-int(self._config.snapshot_lock_timeout_ms) // 1000))
        query(locker, f"SET lock_wait_timeout = {seconds}", "preparing the locks")
        if mode.startswith("minimal_percona"):
            query(locker, "LOCK TABLES FOR BACKUP", "locking the tables for the snapshot")
            self.locked = "global"
            return
        try:
            with locker.cursor() as cursor:
                cursor.execute("FLUSH TABLES WITH READ LOCK")
            self.locked = "global"
            return
        except (pymysql.Error, OSError) as error:
            if not error.args or error.args[0] not in _DENIED:
                raise translate(error, "locking all tables for the snapshot (FLUSH TABLES WITH READ LOCK)") from error
            log.warning("the global read lock is not permitted; locking the captured tables: %s", error.args[1])
        if not tables:
            return
        listed = ", ".join(f"{quoted(*table)} READ" for table in tables)
        try:
            with locker.cursor() as cursor:
                cursor.execute(f"LOCK TABLES {listed}")
        except (pymysql.Error, OSError) as error:
            coded = translate(error, "locking the captured tables for the snapshot (LOCK TABLES)")
            if coded.code == errors.NO_PRIVILEGE:
                raise SourceRefused(errors.LOCK_REFUSED, coded.detail) from error
            raise coded from error
        self.locked = "tables"

    def begin(self, number: int) -> None:
        """Start the transactions of so many readers. Raises SourceLost, SourceRefused."""
        for _ in range(number):
            connection = connect(self._config, purpose="snapshot", timeout_ms=0, raw=True)
            self._all.add(connection)
            query(connection, _AS_STORED, "beginning the snapshot")
            query(connection, _ISOLATION, "beginning the snapshot")
            query(connection, _START, "beginning the snapshot")
            self._readers.append(connection)

    def unlock(self) -> None:
        """Let writers go on, unless snapshot.locking.mode=extended. Raises SourceLost."""
        locker = self.locker
        if self.locked and self._mode != "extended" and locker is not None:
            query(locker, "UNLOCK TABLES", "releasing the locks of the snapshot")
            log.info("snapshot: %s locks released", self.locked)
            self.locked = ""

    def reader(self) -> Connection:
        """A connection that sees the tables at this point. Raises SourceLost when there is none left."""
        with self._guard:
            if not self._readers:
                raise SourceLost(errors.SNAPSHOT_LOST, "a connection of the snapshot is gone")
            return self._readers.pop()

    def release(self, connection: Connection, *, clean: bool) -> None:
        """Give a reader back; one that stopped in the middle of a result is closed."""
        with self._guard:
            if clean and connection in self._all:
                self._readers.append(connection)
                return
            self._all.discard(connection)
        close(connection)

    def close(self) -> None:
        """Let go of everything. Never raises."""
        with self._guard:
            connections, self._all = self._all, set()
            self._readers = []
        for connection in connections:
            close(connection)
        locker, self.locker = self.locker, None
        if locker is not None:
            if self.locked:
                with contextlib.suppress(Exception):
                    query(locker, "UNLOCK TABLES", "releasing the locks")
            close(locker)


def made_at(connection: Connection, database: str, table: str) -> str:
    """When a table was made, as text, empty unknown: another table that took its name was made at another time.

    Raises SourceLost, SourceRefused.
    """
    where = f"TABLE_SCHEMA = {literal(database)} AND TABLE_NAME = {literal(table)}"
    rows = query(connection, f"SELECT CREATE_TIME FROM information_schema.TABLES WHERE {where}", f"reading {table}")
    return str(rows[0][0] or "") if rows else ""


def hold(connection: Connection, database: str, table: str) -> None:
    """Keep DDL away from a table until the reader's transaction ends. Raises SourceLost, SourceRefused."""
    query(connection, f"SELECT 1 FROM {quoted(database, table)} LIMIT 0", f"reading table {database}.{table}")


def select_statement(columns: list[str], database: str, table: str, override: str = "") -> str:
    """The SELECT of a table's rows, of NULL where no column is captured. An override keeps its order and is wrapped."""
    chosen = ", ".join(identifier(column) for column in columns) or "NULL"
    if not override:
        return f"SELECT {chosen} FROM {quoted(database, table)}"
    override = override.strip().rstrip(";")
    if _ORDERED.search(override) and not _LIMITED.search(override):
        override += f"\nLIMIT {_ALL}"  # MariaDB forgets the order of a subquery that has no limit
    return f"SELECT {chosen} FROM (\n{override}\n) AS overridden"


def _collation(definition: bytes) -> int:
    """The id of the collation in a column's definition, which follows six names."""
    at = 0
    for _ in range(6):
        size = definition[at]
        at += 1
        if size == 0xFC:  # names have at most 256 characters
            size = int.from_bytes(definition[at : at + 2], "little")
            at += 2
        at += size
    return int.from_bytes(definition[at + 1 : at + 3], "little")


def select_rows(connection: Connection, statement: str, reader: RowReader, table: str) -> Iterator[list[Row]]:
    """Rows of a SELECT in lists of bounded size. Raises SourceLost, SourceRefused, DecodeError."""
    wire: Any = connection  # PyMySQL reads the result's head; the rows are read straight from its buffer
    doing = f"reading table {table}"
    try:
        wire._execute_command(COMMAND.COM_QUERY, statement.encode())
        head = wire._read_packet()
        columns = head.read_length_encoded_integer()
        reader.written_in([_collation(wire._read_packet().get_all_data()) for _ in range(columns)])
        wire._read_packet()  # ends the definitions
    except (pymysql.Error, OSError) as error:
        raise translate(error, doing) from error
    while not reader.done:
        try:
            data = wire._rfile.read1(_CHUNK)
        except (OSError, ValueError) as error:
            raise SourceLost(errors.SNAPSHOT_LOST, f"while {doing}: {error}") from error
        if not data:
            raise SourceLost(errors.SNAPSHOT_LOST, f"while {doing}: the server closed the connection")
        rows = reader.feed(data)
        if rows:
            yield rows
    if reader.error:
        number = int.from_bytes(reader.error[1:3], "little")
        text = reader.error[9:].decode("utf-8", "replace")
        raise translate(pymysql.err.OperationalError(number, text), doing)
