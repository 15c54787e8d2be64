"""A MySQL or MariaDB server as a Source: opens, snapshots, streams. The shell around the decoder.

One thread calls everything but `rows`. Decides *when* something is asked of the server; what is asked stands in
server.py, capture.py and snapshot_reader.py, and what the log's events mean in stream.py.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import pymysql

from cdc.api import History, Position
from cdc.errors import SourceLost, SourceRefused
from cdc.filters import guard
from cdc.model import Batch, Change, Row, Table, Type
from connectors.mysql import errors, server
from connectors.mysql.capture import Capture, Found, history_missing
from connectors.mysql.connection import Connection, close, connect, error_number, numbered
from connectors.mysql.ddl import DML, Applied, Schema
from connectors.mysql.ddl.lexer import Dialect
from connectors.mysql.ddl.targets import Written
from connectors.mysql.events import Query
from connectors.mysql.gtid import GtidSet
from connectors.mysql.planner import TablePlan
from connectors.mysql.position import BinlogPosition, parse
from connectors.mysql.reach import Reach
from connectors.mysql.replication import Replication
from connectors.mysql.server import Server
from connectors.mysql.snapshot_reader import SharedSnapshot, hold, made_at, select_rows, select_statement
from connectors.mysql.source_info import snapshot_row
from connectors.mysql.stream import Stream, wanted_sources
from connectors.mysql.text_rows import RowReader
from connectors.mysql.watch import BinlogWatch

if TYPE_CHECKING:
    from connectors.mysql.connection import AnyConfig

log = logging.getLogger("connectors.mysql")

BATCH_BYTES: Final = 4 * 1024 * 1024
BATCH_CHANGES: Final = 512  # so many, with all their values, stay in a processor's cache until they are written
_NO_TABLE: Final = 1146
_NO_COLUMN: Final = 1054
_FATAL_HEARTBEAT: Final = (1044, 1046, 1049, 1064, 1142, 1143, 1146, 1149)


class _Read:
    """A table of the snapshot: how it is read, and its estimated rows."""

    def __init__(self, found: Found, plan: TablePlan) -> None:
        self.found = found
        self.plan = plan


class BinlogSource:
    """See cdc.api.Source."""

    def __init__(self, config: AnyConfig, wait: Callable[[float], bool] | None = None) -> None:
        self._config = config
        self._wait = wait or threading.Event().wait
        self.connector: str = config.CONNECTOR
        self.plugin: str = config.PLUGIN
        self.transactions: Table | None = None  # pseudo-table of transaction boundaries, which the engine sets
        self._capture = Capture(config)
        self.watch = BinlogWatch(config, self._capture.tables)
        self.info: Type = self._capture.info
        self._reset()

    def _reset(self) -> None:
        self._sql: Connection | None = None
        self._heart: Connection | None = None
        self._replication: Replication | None = None
        self._server: Server | None = None
        self._opened: BinlogPosition | None = None  # the stored offset
        self._begin: BinlogPosition | None = None  # where streaming starts
        self._point: BinlogPosition | None = None  # where the snapshot reads
        self._snapshot: SharedSnapshot | None = None
        self._reading: dict[int, _Read] = {}
        self._made: dict[str, str] = {}  # captured tables at the snapshot's point, and when each was made
        self._tables: list[Table] = []
        self._stream: Stream | None = None
        self._reach: Reach | None = None
        self._pending: deque[bytes] = deque()

    def equip(self, history: History, topic: str) -> None:
        """Where versions of tables are stored, and the topic of schema changes. Before `open`."""
        self._capture.equip(history, topic)

    # Opening

    def open(self, offset: dict[str, object] | None) -> None:
        """Connect, check the server, find the stored position and the tables as they were there."""
        self.close()
        self.watch = BinlogWatch(self._config, self._capture.tables)
        self._reset()
        capture = self._capture
        capture.statements = []
        stored = parse(offset) if offset is not None else None
        sql = self._connection()
        found = self._server = server.describe(sql)
        found.require(self.connector)
        log.info("%s at %s:%d", found.version, self._config.database_hostname, self._config.database_port)
        guard(self._config, [table.id for table in capture.captured(capture.look(sql))])
        if stored is None:
            capture.schema = capture.new_schema(found)
            return
        server.begin_at(sql, found, stored, self._config)
        if self._config.snapshot_mode == "recovery":
            self._rebuild(sql, found, stored)
        elif not capture.recover(found, stored):
            if stored.snapshot is None or stored.completed:
                raise history_missing(capture.store(), stored)
            stored = None  # the snapshot that was begun wrote no structure, so it sent no row
            capture.schema = capture.new_schema(found)
        self._opened = self._begin = stored

    def _rebuild(self, sql: Connection, found: Server, stored: BinlogPosition) -> None:
        """snapshot.mode=recovery: the structure of now becomes that of the stored position."""
        capture = self._capture
        capture.schema = capture.new_schema(found)
        done = capture.read_structure(sql, found, capture.look(sql), capture.schema)
        capture.remember_snapshot(done, stored)
        capture.statements = []
        log.warning("schema history: taken anew from the tables as they are now (snapshot.mode=recovery)")

    def _connection(self) -> Connection:
        """The ordinary connection, made anew when it broke."""
        sql = self._sql
        if sql is None or not sql.open:
            sql = self._sql = connect(self._config, purpose="general")
        return sql

    def _described(self) -> Server:
        assert self._server is not None
        return self._server

    # Snapshot

    def tables(self) -> list[Table]:
        """Captured tables with data to read, at a point shared by every reader."""
        if self._snapshot is not None:
            return self._tables
        capture = self._capture
        found = self._described()
        sql = self._connection()
        schema = self._take(sql, found, int(self._config.snapshot_max_threads))
        chosen = capture.for_snapshot(sql, capture.captured(capture.look(sql)))
        self._tables = []
        for one in chosen:
            plan = capture.plan(schema, one)
            if plan is None:
                log.warning("table %s is gone, it is not read", one.id)
                continue
            self._reading[id(plan.table)] = _Read(one, plan)
            self._tables.append(plan.table)
        return self._tables

    def _take(self, sql: Connection, found: Server, readers: int) -> Schema:
        """Lock, note the position, start the readers, read the structure, unlock; the tables at that point."""
        capture = self._capture
        snapshot = SharedSnapshot(self._config)
        self._snapshot = snapshot
        snapshot.lock([(one.database, one.name) for one in capture.captured(capture.look(sql))])
        server.refuse_prepared(sql)
        point = self._point = server.position(sql, found, still=snapshot.locked == "global")
        snapshot.begin(readers)
        if readers:
            captured = capture.captured(capture.look(sql))
            self._made = {one.id: made_at(sql, one.database, one.name) for one in captured}
        schema = capture.new_schema(found)
        done = capture.read_structure(sql, found, capture.look(sql), schema)
        snapshot.unlock()
        log.info("snapshot: at %s:%d, GTIDs %s", point.file, point.pos, point.gtids or "none")
        if self._opened is None:
            point.snapshot = "INITIAL"
            capture.schema = schema
            capture.remember_snapshot(done, point, rows=readers > 0)
            point.snapshot = None
            self._begin = point
        return schema

    def rows(self, table: Table) -> Iterator[list[Row]]:
        """All rows of one table, on a connection of its own."""
        snapshot = self._snapshot
        if snapshot is None:
            raise SourceLost(errors.SNAPSHOT_LOST, "the snapshot has ended")
        one = self._reading[id(table)]
        plan = one.plan
        override = self._capture.overrides.get(table.id.lower(), "")
        statement = select_statement(plan.selected, one.found.database, one.found.name, override)
        reader = RowReader(plan.loaders, plan.nulls, table.id, plan.selected)
        reader.invalid = plan.invalid
        reader.lenient = self._config.event_processing_failure_handling_mode != "fail"
        connection = snapshot.reader()
        clean = False
        try:
            hold(connection, one.found.database, one.found.name)
            self._same(one.found)
            yield from select_rows(connection, statement, reader, table.id)
            clean = True
        except SourceRefused as error:
            clean = True  # the server answered
            self._gone(table.id, error)
        finally:
            snapshot.release(connection, clean=clean)

    def _same(self, found: Found) -> None:
        """Raise SourceLost when another table has a table's name since the snapshot's point."""
        sql = connect(self._config, purpose="a table's identity")  # a reader sees the past here too
        try:
            made = made_at(sql, found.database, found.name)
        finally:
            close(sql)
        if made != self._made.get(found.id, made):
            raise SourceLost(
                errors.TABLE_CHANGED, f"table {found.id} was altered, or another one has its name (RENAME TABLE)"
            )

    def _gone(self, table: str, error: SourceRefused) -> None:
        """A table that was dropped before its turn is left out. Raises what else it may be."""
        number = error_number(error)
        if number == _NO_COLUMN:
            raise SourceLost(errors.TABLE_CHANGED, error.detail) from error
        if number != _NO_TABLE:
            raise error
        sql = connect(self._config, purpose="a table that is gone")
        try:
            there = {one.id for one in self._capture.captured(self._capture.look(sql))}
        finally:
            close(sql)
        if table in there:
            raise error  # another table, which snapshot.select.statement.overrides names
        new = sorted(there - self._made.keys())
        if new:
            raise SourceLost(
                errors.TABLE_CHANGED, f"table {table} is gone, and may be {', '.join(new[:5])} now (RENAME TABLE)"
            ) from error
        log.warning("table %s was dropped before the snapshot read it, it is left out", table)

    def statements(self) -> list[Change]:
        """The statements that make the tables."""
        found, self._capture.statements = self._capture.statements, []
        return found

    def estimate(self, table: Table) -> int:
        """The server's estimate."""
        return self._reading[id(table)].found.rows

    def snapshot_source(self, table: Table, marker: str) -> Row:
        """Source block of snapshot rows."""
        point = self._point
        assert point is not None
        found = self._reading[id(table)].found
        return snapshot_row(self._config, found.database, found.name, marker, point.ts_sec, point.file, point.pos)

    def snapshot_position(self, *, last: bool, completed: bool) -> Position:
        """Where streaming will start, marked as snapshot until its last row."""
        begin, point = self._begin, self._point
        assert begin is not None
        assert point is not None
        return BinlogPosition(
            file=begin.file,
            pos=begin.pos,
            gtids=begin.gtids,
            events=begin.events,
            ts_sec=point.ts_sec,
            snapshot="INITIAL",
            completed=completed,
            server=begin.server,
        )

    def end_snapshot(self) -> None:
        """Close the readers, release the locks."""
        snapshot, self._snapshot = self._snapshot, None
        if snapshot is not None:
            snapshot.close()

    # Streaming

    def start(self) -> Position:
        """Ask for the log where `open` or the snapshot said; without either, where it ends now."""
        self.end_snapshot()
        found = self._described()
        sql = self._connection()
        if self._begin is None:
            self._take(sql, found, 0)
            self.end_snapshot()
        begin = self._begin
        assert begin is not None
        self._server = found = server.describe(sql)
        place = server.begin_at(sql, found, begin, self._config)
        config = self._config
        stream = self._stream = Stream(
            config,
            self._capture.schema,
            self._capture.planner,
            self._capture.tables,
            self._capture.template,
            self._statement,
            transactions=self.transactions,
            wanted_source=wanted_sources(config.gtid_source_includes, config.gtid_source_excludes),
            reached=self._reached,
        )
        self._reach = Reach(self._connection, Dialect("mariadb" if found.mariadb else "mysql", found.number))
        stream.purged = found.purged
        stream.resume(begin, place.executed, found.identity)
        replication = self._replication = Replication(config)
        if place.request is None:
            replication.start_at(begin.file, begin.pos, mariadb=found.mariadb)
        elif isinstance(place.request, GtidSet):
            replication.start_after(place.request.encode())
        else:
            replication.start_after_list(str(place.request))
        self.watch.position = begin
        self.watch.start()
        log.info("streaming from %s:%d, GTIDs %s", begin.file, begin.pos, begin.gtids or "none")
        self._pending.clear()
        return begin

    def _reached(self, found: Written, captured: list[tuple[str, str]]) -> str:
        """Why a logged statement may have changed a captured table that it does not name as changed."""
        reach = self._reach
        assert reach is not None
        return reach.why(found, captured, self._capture.tables.includes)

    def _statement(self, event: Query, applied: list[Applied], position: BinlogPosition) -> None:
        """The stream applied a statement: store it before anything that follows is handed out."""
        stream = self._stream
        assert stream is not None
        if self._reach is not None and any(one.kind != DML for one in applied):
            self._reach.forget()
        self._capture.remember(
            applied, position, lambda database, tables: stream.statement_block(event, database, tables)
        )
        stream.changes += self.statements()

    def poll(self, timeout: float) -> Batch | None:
        """The next changes. Returns what is there; waits only for the first."""
        stream, replication = self._stream, self._replication
        assert stream is not None
        assert replication is not None
        batch = Batch()
        changes = batch.changes
        changes += self.statements()
        stream.changes = changes
        commits = stream.commits
        before = replication.bytes
        limit = min(BATCH_CHANGES, int(self._config.max_batch_size))
        deadline = time.monotonic() + timeout
        pending = self._pending
        while True:
            stream.drain(pending, limit)
            if len(changes) >= limit or replication.bytes - before >= BATCH_BYTES:
                break
            pending.extend(replication.receive())
            if pending:
                continue
            left = deadline - time.monotonic()
            if changes or left <= 0 or stream.commits != commits:
                break
            replication.wait(left)
        batch.size = replication.bytes - before
        batch.commits = stream.commits - commits
        batch.last_us = stream.last_us
        batch.position = stream.position()
        return batch if changes or batch.position is not None else None

    def confirm(self, position: Position) -> None:
        """The server keeps its log by age, whatever we have read; the watch compares."""
        if isinstance(position, BinlogPosition):
            self.watch.position = position

    def keepalive(self) -> None:
        """The server asks nothing of a replica that does not read."""

    def heartbeat(self) -> None:
        """Run heartbeat.action.query. A failing statement is logged; one that cannot work is final."""
        statement = self._config.heartbeat_action_query
        if not statement:
            return
        try:
            if self._heart is None or not self._heart.open:
                self._heart = connect(self._config, purpose="heartbeat")
            with self._heart.cursor() as cursor:
                cursor.execute(str(statement))
        except SourceLost as error:
            log.warning("heartbeat.action.query: %s", error)
        except (pymysql.Error, OSError) as error:
            number, text = numbered(error)
            if number in _FATAL_HEARTBEAT:
                raise SourceRefused(errors.HEARTBEAT_REFUSED, f"{text} (error {number})") from error
            log.warning("heartbeat.action.query failed: %s (error %d)", text, number)
            close(self._heart)
            self._heart = None

    def health(self) -> dict[str, float | str]:
        """The binlog watch's newest sample, where the stream is, and what the schema history did."""
        found, stream, snapshot, capture = self._server, self._stream, self._snapshot, self._capture
        now = time.time()
        known: dict[str, float | str] = {
            **self.watch.sample,
            "gtid_mode": float(found is not None and found.gtids),
            "global_lock": float(snapshot is not None and snapshot.locked == "global"),
            "values_unconverted": float(capture.planner.unconverted.values),
            "history_recovered": float(capture.recovered),
            "history_applied": float(capture.applied),
            "history_recovery_began": capture.recovery_began,
            "history_recovered_ago_ms": (now - capture.recovered_at) * 1000 if capture.recovered_at else -1.0,
            "history_applied_ago_ms": (now - capture.applied_at) * 1000 if capture.applied_at else -1.0,
        }
        if stream is not None:
            known["binlog_position"] = float(stream.place)
            known["binlog_left_out"] = float(stream.left_out)
            known["binlog_rolled_back"] = float(stream.rolled_back)
            if self._config.skip_messages_without_change:
                known["unchanged_skipped"] = float(stream.reader.unchanged)
        return known

    def close(self, *, drop: bool = False) -> None:
        """Disconnect."""
        self.watch.stop()
        with contextlib.suppress(Exception):
            self.end_snapshot()
        replication, self._replication = self._replication, None
        if replication is not None:
            replication.close()
        close(self._heart)
        close(self._sql)
        self._heart = self._sql = None
