"""Reading tables at one point of the log: the shared snapshot, its locks, and one COPY per table.

Source: PostgreSQL manual, "Snapshot Synchronization Functions" and "COPY"; Debezium reference, "Initial snapshot".
"""

from __future__ import annotations

import contextlib
import logging
import select
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg
from psycopg.pq import ExecStatus

from cdc.errors import CdcError, DecodeError, SourceLost, SourceRefused
from connectors.postgresql import errors
from connectors.postgresql.connection import Connection, as_they_are, connect, failed, literal, translate
from connectors.postgresql.copy_text import RowReader
from connectors.postgresql.publication import Captured
from connectors.postgresql.table_state import TableState, change
from connectors.postgresql.values import Newer

if TYPE_CHECKING:
    from connectors.postgresql.config import PostgresConfig

log = logging.getLogger("connectors.postgresql")

ROWS_PER_LIST = 2000
BYTES_PER_LIST = 4 * 1024 * 1024

_ISOLATIONS = {
    "serializable": "ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE",
    "repeatable_read": "ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "read_committed": "ISOLATION LEVEL READ COMMITTED READ ONLY",
    "read_uncommitted": "ISOLATION LEVEL READ UNCOMMITTED READ ONLY",
}


class SharedSnapshot:
    """The point at which every reader sees the tables.

    `exported` is the name of a snapshot exported by a slot. Empty: there is none, and a transaction of our own in
    snapshot.isolation.mode is the point. Holds the locks of snapshot.locking.mode=shared.
    """

    def __init__(self, config: PostgresConfig, exported: str) -> None:
        self._config = config
        self._name = exported
        self._isolation = _ISOLATIONS["repeatable_read"]
        self._anchor: Connection | None = None
        self._lock = threading.Lock()
        self._readers: set[Connection] = set()
        self._looking = threading.Lock()
        self._present: Connection | None = None  # sees the tables as they are now
        self.tx_id = 0
        self.ts_us = 0
        anchor = connect(config, purpose="snapshot", timeout_ms=0)
        self._anchor = anchor
        try:
            if exported:
                self._begin(anchor)
            else:
                mode = str(config.snapshot_isolation_mode)
                anchor.execute(f"BEGIN {_ISOLATIONS[mode]}".encode())
                if mode in ("serializable", "repeatable_read"):
                    row = anchor.execute("SELECT pg_export_snapshot()").fetchone()
                    self._name = str(row[0]) if row is not None else ""
                else:
                    self._isolation = _ISOLATIONS[mode]
            row = anchor.execute(
                "SELECT CASE WHEN pg_is_in_recovery() THEN 0 ELSE txid_snapshot_xmax(txid_current_snapshot()) END,"
                " (extract(epoch FROM clock_timestamp()) * 1000000)::int8"
            ).fetchone()
            if row is not None:
                self.tx_id, self.ts_us = int(str(row[0])), int(str(row[1]))
        except psycopg.Error as error:
            self.close()
            raise gone(error) from error
        except BaseException:
            self.close()
            raise

    def lock(self, tables: list[str]) -> None:
        """Keep DDL away from tables (quoted names) until the end. Raises SourceRefused, SourceLost."""
        anchor = self._anchor
        if anchor is None or not tables:
            return
        try:
            anchor.execute(f"SET LOCAL lock_timeout = {int(self._config.snapshot_lock_timeout_ms)}".encode())
            anchor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS SHARE MODE".encode())
        except psycopg.Error as error:
            raise translate(error, f"locking {', '.join(tables)}") from error

    def _begin(self, connection: Connection) -> None:
        connection.execute(f"BEGIN {self._isolation}".encode())
        if self._name:
            connection.execute(f"SET TRANSACTION SNAPSHOT {literal(self._name)}".encode())

    def reader(self) -> Connection:
        """A new connection that sees the tables at this point. Raises SourceLost, SourceRefused."""
        connection = connect(self._config, purpose="snapshot", timeout_ms=0)
        try:
            # The stream knows no row-level security, so rows must not be left out here without a word.
            connection.execute("SET row_security = off")
            self._begin(connection)
        except psycopg.Error as error:
            connection.close()
            raise gone(error) from error
        with self._lock:
            self._readers.add(connection)
        return connection

    def hold(self, connection: Connection, table: Captured, statement: str, read: list[str]) -> bool:
        """Lock a table for its turn; whether it is still there. `statement` reads its columns `read`.

        Locks on all tables for the whole snapshot would make one ALTER TABLE, and everybody behind it, wait for hours.
        Raises SourceLost when it is not what it was at the snapshot's point, SourceRefused.
        """
        try:
            try:
                connection.execute(f"{statement} LIMIT 0".encode())
            except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
                now = self._now(table)
                if not now.exists:
                    return _left_out(table.id)
                if now.files[table.oid][0] == table.id and all(column in now.columns for column in read):
                    raise  # of another table, which snapshot.select.statement.overrides names
                text = " ".join(str(error).split())
                raise SourceLost(errors.TABLE_CHANGED, f"table {table.id}: {text}") from error
            then = TableState(connection, table.oid)
            now = self._now(table, then)
            if not now.exists:
                return _left_out(table.id)
            changed = change(then, now, read)
            if len(now.files) < len(then.files):
                log.warning("table %s: partitions were dropped before the snapshot read them", table.id)
        except psycopg.Error as error:
            raise unreadable(error, table.id) from error
        if changed:
            raise SourceLost(errors.TABLE_CHANGED, f"table {table.id}: {changed}")
        return True

    def _now(self, table: Captured, then: TableState | None = None) -> TableState:
        with self._looking:
            present = self._present
            if present is None or present.closed or present.broken:
                present = self._present = connect(self._config, purpose="snapshot", timeout_ms=0)
            return TableState(present, table.oid, then)

    def release(self, connection: Connection) -> None:
        """Close a reader's connection, in the middle of a COPY too."""
        with self._lock:
            self._readers.discard(connection)
        with contextlib.suppress(Exception):
            connection.close()

    def close(self) -> None:
        """Let go of everything. Never raises."""
        with self._lock:
            readers, self._readers = self._readers, set()
        for connection in readers:
            with contextlib.suppress(Exception):
                connection.cancel_safe(timeout=2)
        others, self._anchor, self._present = (self._anchor, self._present), None, None
        for other in others:
            if other is not None:
                with contextlib.suppress(Exception):
                    other.close()


def _left_out(table: str) -> bool:
    log.warning("table %s was dropped before the snapshot read it, it is left out", table)
    return False


def gone(error: psycopg.Error) -> CdcError:
    """The coded error for a snapshot that cannot be joined."""
    text = " ".join(str(error).split())
    if error.sqlstate in ("22023", "42704") and "snapshot" in text:
        return SourceLost(errors.SNAPSHOT_LOST, text)
    return translate(error, "beginning the snapshot")


def select_statement(columns: list[str], source: str, override: str = "") -> str:
    """The SELECT of a table's rows; `columns` and `source` are quoted. An override keeps its order and is wrapped."""
    chosen = ", ".join(columns)
    if not override:
        return f"SELECT {chosen} FROM {source}"
    return f"SELECT {chosen} FROM (\n{override.strip().rstrip(';')}\n) AS overridden"


def copy_rows(connection: Connection, statement: str, reader: RowReader, table: str) -> Iterator[list[list[object]]]:
    """Rows of a SELECT in lists of at most ROWS_PER_LIST. Raises SourceLost, SourceRefused, DecodeError."""
    pgconn = connection.pgconn
    poll = select.poll()
    poll.register(pgconn.socket, select.POLLIN)
    try:
        as_they_are(connection)
        pgconn.send_query(f"COPY ({statement}) TO STDOUT".encode())
        pgconn.flush()
        while pgconn.is_busy():
            poll.poll(1000)
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None or result.status != ExecStatus.COPY_OUT:
            raise refused(result, table)
        rows: list[list[object]] = []
        while True:
            state = reader.fill(pgconn.get_copy_data, rows, ROWS_PER_LIST, BYTES_PER_LIST)
            if state > 0:
                yield rows
                rows = []
            elif state == 0:
                poll.poll(1000)
                pgconn.consume_input()
            else:
                break
        if rows:
            yield rows
        result = pgconn.get_result()
        if result is None or result.status != ExecStatus.COMMAND_OK:
            raise refused(result, table)
    except Newer as error:
        raise SourceLost(
            errors.TABLE_CHANGED, f"table {table}: its rows are of another time than its structure"
        ) from error
    except ValueError as error:
        raise DecodeError(errors.SNAPSHOT_ROW, f"table {table}: {error}") from error
    except psycopg.Error as error:
        raise translate(error, f"reading table {table}") from error


def refused(result: psycopg.pq.abc.PGresult | None, table: str) -> CdcError:
    """The coded error for a COPY that failed."""
    if result is None or result.status != ExecStatus.FATAL_ERROR:
        return SourceLost(errors.LOST, f"reading table {table}: no answer")
    return unreadable(failed(result), table)


def unreadable(error: psycopg.Error, table: str) -> CdcError:
    """The coded error for a table that could not be read."""
    if error.sqlstate == "42501":
        text = " ".join(str(error).split())
        code = errors.ROW_SECURITY if "security" in text else errors.NOT_READABLE
        return SourceRefused(code, f"table {table}: {text}")
    return translate(error, f"reading table {table}")
