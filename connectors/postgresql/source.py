"""A PostgreSQL database as a Source: opens, snapshots, streams, confirms. The shell around the decoder.

One thread calls everything but `rows`. Decides *when* something is asked of the server; what is asked stands in
slot.py, publication.py, snapshot_reader.py and catalog.py, and how bytes become changes in pgoutput.py.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

import psycopg

from cdc.api import History, Position
from cdc.errors import CdcError, PositionLost, SourceLost, SourceRefused
from cdc.filters import guard
from cdc.model import Batch, Change, Row, Table, Type
from connectors.postgresql import errors, publication, slot
from connectors.postgresql.capture import Capture
from connectors.postgresql.connection import Connection, connect, translate
from connectors.postgresql.drain import EMPTY, ENDED, Drain
from connectors.postgresql.lsn import lsn_text
from connectors.postgresql.position import PostgresPosition, parse
from connectors.postgresql.publication import Captured
from connectors.postgresql.replication import Replication, System, ended
from connectors.postgresql.snapshot_reader import SharedSnapshot, copy_rows, select_statement
from connectors.postgresql.watch import PERIOD_SECONDS, SlotWatch

if TYPE_CHECKING:
    from connectors.postgresql.config import PostgresConfig

T = TypeVar("T")

log = logging.getLogger("connectors.postgresql")

BATCH_BYTES = 4 * 1024 * 1024
BATCH_CHANGES = 512  # so many, with all their values, stay in a processor's cache until they are written
HOT_BYTES = 8 * 1024  # so much at once means that more is coming
LOCK_SECONDS = 1  # how long a look-up waits for DDL before the server hears from us again
IDLE_ADVANCE_SECONDS = 10.0  # how often an idle stream's position moves with the server's log
ASKED_ADVANCE_SECONDS = 0.2  # and how often when the server asks, as it does while it shuts down


class PostgresSource:
    """See cdc.api.Source."""

    connector = "postgresql"
    plugin = "postgres"

    def __init__(self, config: PostgresConfig, wait: Callable[[float], bool] | None = None) -> None:
        self._config = config
        self._wait = wait or threading.Event().wait  # waits some seconds; true: a stop was asked for meanwhile
        self._capture = Capture(config)
        self.transactions: Table | None = None  # pseudo-table of transaction boundaries, which the engine sets
        self.info: Type = self._capture.info
        self._watch = SlotWatch(config)
        self._reset()

    def _reset(self) -> None:
        self._sql: Connection | None = None
        self._replication: Replication | None = None
        self._exporter: Replication | None = None  # a second one, whose temporary slot exported the snapshot
        self._heart: Connection | None = None
        self._system = System("", 0, 0)
        self._standby = False
        self._impatient = False
        self._captured: list[Captured] = []
        self._covered: set[str] = set()  # captured tables that are known to be in the publication
        self._entries: dict[int, frozenset[int]] = {}  # of the publication, by the OIDs of captured tables
        self._via_root = False
        self._opened: PostgresPosition | None = None  # the stored offset
        self._begin: PostgresPosition | None = None  # where streaming starts
        self._from = 0  # what the server is asked to start at when it is before that
        self._exported = ""
        self._snapshot: SharedSnapshot | None = None
        self._drain: Drain | None = None
        self._hot = False
        self._flushed = 0
        self._position: PostgresPosition | None = None  # newest position handed out
        self._next_status = 0.0
        self._xmin_seconds = int(self._config.xmin_fetch_interval_ms) / 1000
        self._advanced = 0.0
        self._asked = False  # the server asked for an answer since the idle position last moved
        self._missing: set[str] = set()
        self._unlogged: set[str] = set()  # tables and partitions without a log
        self._publication = 0  # its OID
        beat = int(self._config.heartbeat_interval_ms) / 1000
        self._advance_seconds = min(IDLE_ADVANCE_SECONDS, beat) if beat > 0 else IDLE_ADVANCE_SECONDS
        self._status_seconds = max(0.05, int(self._config.status_update_interval_ms) / 1000)

    # Opening

    def equip(self, history: History, topic: str) -> None:
        """PostgreSQL's log describes its tables: nothing is stored."""

    def open(self, offset: dict[str, object] | None) -> None:
        """Connect, prepare publication and slot, and settle where streaming starts."""
        self.close()
        self._reset()
        config = self._config
        if config.plugin_name != slot.PLUGIN:
            raise SourceRefused(errors.WRONG_PLUGIN, f"plugin.name={config.plugin_name}")
        stored = parse(offset) if offset is not None else None
        sql = self._connection()
        self._prepare_server(sql)
        replication = self._connect_replication()
        self._system = replication.identify()
        if stored is not None:
            stored = self._check_system(stored, replication)
        try:
            self._captured = self._capture.captured(sql)
            guard(config, [table.id for table in self._captured])
            others = self._capture.others(sql)
            if others:
                log.warning("left out, for only tables can be captured: %s", ", ".join(others))
            publication.set_identities(sql, config, self._captured)
            if stored is not None:
                self._check_publication(sql, stored)
            published = publication.ensure(sql, config, self._captured, standby=self._standby)
            self._publication, self._via_root = published.oid, published.via_root
            self._open_slot(sql, replication, stored)
            self._check_members(sql)
            self._check_included()
        except psycopg.Error as error:
            raise translate(error, "looking at the tables, the publication and the slot") from error
        period = min(PERIOD_SECONDS, self._xmin_seconds) if self._xmin_seconds > 0 else PERIOD_SECONDS
        self._watch = SlotWatch(config, period, self._check_members)
        self._watch.start()

    def _prepare_server(self, sql: Connection) -> None:
        try:
            row = sql.execute(
                "SELECT current_setting('wal_level'), pg_is_in_recovery(),"
                " current_setting('effective_wal_level', true),"
                " (SELECT setting::int8 FROM pg_settings WHERE name = 'wal_sender_timeout')"
            ).fetchone()
        except psycopg.Error as error:
            raise translate(error, "reading the server's settings") from error
        assert row is not None
        level, standby, effective, timeout = row
        self._standby = bool(standby)
        # PostgreSQL 19 raises the effective level by itself when the first logical slot is made.
        if level != "logical" and not (effective is not None and level == "replica"):
            raise SourceRefused(errors.WAL_LEVEL, f"wal_level is {level}")
        if timeout:
            self._status_seconds = min(self._status_seconds, int(str(timeout)) / 1000 / 3)

    def _connect_replication(self) -> Replication:
        """Connect, trying again slot.max.retries times."""
        replication: Replication = self._retrying(lambda: Replication(self._config))
        self._replication = replication
        return replication

    def _retrying(self, act: Callable[[], T]) -> T:
        """Run something that needs the slot; a SourceLost is tried again slot.max.retries times."""
        left = int(self._config.slot_max_retries)
        while True:
            try:
                return act()
            except SourceLost as error:
                seconds = int(self._config.slot_retry_delay_ms) / 1000
                if left <= 0:
                    raise
                left -= 1
                log.warning("%s. Trying again in %g s, %d tries left", error, seconds, left)
                if self._wait(seconds):
                    raise

    def _check_system(self, stored: PostgresPosition, replication: Replication) -> PostgresPosition:
        """Where to go on from a stored position on this server. Raises PositionLost."""
        system = self._system
        if stored.system and stored.system != system.id:
            raise PositionLost(
                errors.OTHER_SYSTEM, f"the offset is of system {stored.system}, the server is {system.id}"
            )
        if stored.timeline and stored.timeline != system.timeline:
            stored = self._check_timeline(stored, replication)
        if system.lsn < stored.done():
            raise PositionLost(
                errors.SERVER_BEHIND,
                f"the server's log ends at {lsn_text(system.lsn)} (timeline {system.timeline}), the stored offset is"
                f" {lsn_text(stored.done())} (timeline {stored.timeline or 'unknown'})",
            )
        return stored

    def _check_timeline(self, stored: PostgresPosition, replication: Replication) -> PostgresPosition:
        """Where to go on when the server left the offset's timeline. Raises PositionLost when that was before it.

        Where only an idle log went on behind that place, nothing that was read is missing: the place is where to go on.
        """
        system, done = self._system, lsn_text(stored.done())
        left = replication.switched(system.timeline).get(stored.timeline)
        if left is None:
            raise PositionLost(
                errors.OTHER_HISTORY,
                f"the stored offset is {done} of timeline {stored.timeline}, from which the server's timeline"
                f" {system.timeline} does not descend",
            )
        if left < stored.delivered():
            raise PositionLost(
                errors.OTHER_HISTORY,
                f"the server's timeline {system.timeline} left timeline {stored.timeline} at {lsn_text(left)}, the"
                f" stored offset is {done}: what was read from {lsn_text(left)} to {done} is not in its log, which has"
                f" other changes from {lsn_text(left)} to {lsn_text(system.lsn)}",
            )
        log.warning(
            "the server has failed over: timeline %d since %s, the stored offset is %s of timeline %d",
            system.timeline,
            lsn_text(left),
            done,
            stored.timeline,
        )
        return slot.at(left, stored) if left < stored.done() else stored

    @property
    def _timeline(self) -> int:
        """For offsets; 0 on a standby, which may be promoted, and so be on another one, while it is read."""
        return 0 if self._standby else self._system.timeline

    def _check_publication(self, sql: Connection, stored: PostgresPosition) -> None:
        """With an offset stored the publication must be there, and be the same: a slot decodes by the catalog of the
        time, so what was committed while there was none is lost, on PostgreSQL 18 without a word.
        """
        name = str(self._config.publication_name)
        found = publication.read(sql, name)
        if found is None:
            raise PositionLost(errors.PUBLICATION_MISSING, f"publication {name} is gone, although an offset is stored")
        if stored.publication and stored.publication != found.oid:
            raise PositionLost(
                errors.PUBLICATION_REMADE, f"publication {name} has OID {found.oid}, it was {stored.publication}"
            )

    def _check_included(self) -> None:
        """Tables that are asked for by name have to be published. Without a list the publication may be the choice."""
        if self._missing and self._config.is_set("table.include.list"):
            raise SourceRefused(
                errors.TABLE_NOT_PUBLISHED,
                f"publication {self._config.publication_name}: {', '.join(sorted(self._missing))}",
            )

    def _open_slot(self, sql: Connection, replication: Replication, stored: PostgresPosition | None) -> None:
        config = self._config
        name = str(config.slot_name)
        found, _ = slot.read(sql, name)
        if found is not None and stored is None:
            found = self._usable_or_dropped(sql, found)
        if stored is not None:
            if found is None:
                raise PositionLost(
                    errors.SLOT_MISSING, f"slot {name} does not exist, the stored offset is {lsn_text(stored.done())}"
                )
            slot.check(found, str(config.database_dbname))
            if found.active and found.confirmed_flush > stored.done():
                # Another instance moves the offset on while we hold an old one; the next try reads it again.
                raise SourceLost(errors.SLOT_BUSY, f"slot {name}: {slot.holder(sql, name)}")
            self._opened = slot.reconcile(found, stored, self._strategy(), sql)
            self._begin = self._opened
            if self._opened.commit is not None:
                # The server then sends the commit before the offset again, if it is behind what was confirmed.
                self._from = min(found.confirmed_flush, self._opened.done())
            self._flushed = self._opened.flush()
            return
        if found is None:
            point, self._exported = self._retrying(
                lambda: slot.create(
                    replication,
                    sql,
                    name,
                    seconds=float(config.internal_create_slot_command_timeout),
                    failover=bool(config.slot_failover) and not self._standby,
                )
            )
            self._begin = self._between(point)
            return
        self._begin = self._between(found.confirmed_flush)
        log.info("slot %s exists, confirmed up to %s", name, lsn_text(found.confirmed_flush))

    def _usable_or_dropped(self, sql: Connection, found: slot.Slot) -> slot.Slot | None:
        """Without an offset nothing is lost with a slot that the server has given up: make it anew."""
        try:
            slot.check(found, str(self._config.database_dbname))
        except PositionLost as error:
            log.warning("%s; no offset needs it, so it is made anew", error.detail)
            slot.drop(sql, found.name)
            return None
        return found

    def _strategy(self) -> str:
        """offset.mismatch.strategy; empty: not set, where ours is stricter than Debezium's no_validation."""
        strategy = str(self._config.offset_mismatch_strategy)
        if strategy == "no_validation" and not self._config.is_set("offset.mismatch.strategy"):
            return ""
        return strategy

    def _between(self, lsn: int) -> PostgresPosition:
        position = PostgresPosition(lsn=lsn)
        position.system, position.timeline = self._system.id, self._timeline
        position.publication = self._publication
        return position

    def _connection(self) -> Connection:
        """The ordinary connection, made anew when it broke."""
        sql = self._sql
        if sql is None or sql.closed or sql.broken:
            sql = self._sql = connect(self._config, purpose="general")
            self._impatient = False
        return sql

    def _look_up(self) -> Connection:
        """The ordinary connection for what the stream asks of the catalog: it does not wait long for a lock."""
        sql = self._connection()
        if not self._impatient:
            sql.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'".encode())
            self._impatient = True
        return sql

    # Snapshot

    def tables(self) -> list[Table]:
        """Captured tables with data to read, at a point shared by every reader."""
        if self._snapshot is None:
            self._begin_snapshot()
        sql = self._connection()
        # A standby has nothing of an unlogged table.
        there = [table for table in self._captured if not (table.unlogged and self._standby)]
        chosen = self._capture.for_snapshot(there)
        if self._snapshot is not None and str(self._config.snapshot_locking_mode) == "shared":
            self._snapshot.lock([table.quoted for table in chosen])
        try:
            return self._capture.tables(sql, chosen)
        except psycopg.Error as error:
            raise translate(error, "reading the tables' structure") from error

    def _begin_snapshot(self) -> None:
        if not self._exported:
            self._export_beside()
        self._snapshot = SharedSnapshot(self._config, self._exported)

    def _export_beside(self) -> None:
        """The slot existed: a temporary one gives a snapshot and exactly its place in the log.

        Debezium reads the log's place and then the tables, and a transaction that commits in between is lost to it.
        Where no slot is free, streaming starts at the existing slot instead: changes repeat, none is missing.
        """
        config = self._config
        name = f"{str(config.slot_name)[:40]}_snapshot_{time.time_ns() // 1000 % 10**12}"
        exporter = Replication(config)
        try:
            point, self._exported = slot.create(
                exporter,
                self._connection(),
                name,
                seconds=float(config.internal_create_slot_command_timeout),
                temporary=True,
            )
        except SourceRefused as error:
            exporter.close()
            if error.code != errors.SLOTS_FULL:
                raise
            log.warning(
                "no replication slot is free for the snapshot: reading in snapshot.isolation.mode=%s and streaming from"
                " the slot's own position, so changes from before the snapshot are repeated after it",
                config.snapshot_isolation_mode,
            )
            return
        except BaseException:
            exporter.close()
            raise
        self._exporter = exporter
        if self._opened is None:
            self._begin = self._between(point)

    def rows(self, table: Table) -> Iterator[list[Row]]:
        """All rows of one table, on a connection of its own."""
        snapshot = self._snapshot
        if snapshot is None:
            raise SourceLost(errors.SNAPSHOT_LOST, "the snapshot has ended")
        plan = self._capture.plan(table)
        connection = snapshot.reader()
        try:
            statement = select_statement(plan.columns, plan.source, plan.override)
            if not snapshot.hold(connection, plan.captured, statement, plan.read):
                return
            yield from copy_rows(connection, statement, plan.reader(), table.id)
        finally:
            snapshot.release(connection)

    def statements(self) -> list[Change]:
        """None: PostgreSQL's tables have no topic of their own."""
        return []

    def estimate(self, table: Table) -> int:
        """The planner's estimate."""
        return self._capture.plan(table).estimate

    def snapshot_source(self, table: Table, marker: str) -> Row:
        """Source block of snapshot rows."""
        snapshot, begin = self._snapshot, self._begin
        assert snapshot is not None
        assert begin is not None
        return self._capture.source_row(table, marker, begin, snapshot.ts_us, snapshot.tx_id)

    def snapshot_position(self, *, last: bool, completed: bool) -> Position:
        """Where streaming will start, marked as snapshot."""
        snapshot, begin = self._snapshot, self._begin
        assert snapshot is not None
        assert begin is not None
        position = PostgresPosition(
            lsn=begin.done(),
            lsn_proc=begin.lsn_proc,
            lsn_commit=begin.lsn_commit,
            events=begin.events,
            tx_id=snapshot.tx_id,
            ts_us=snapshot.ts_us,
            snapshot="INITIAL",
            last_snapshot_record=last,
            snapshot_completed=completed,
            system=self._system.id,
            timeline=self._timeline,
            publication=self._publication,
            commit=begin.commit,
        )
        self._position = position
        return position

    def end_snapshot(self) -> None:
        """Close readers, drop the temporary slot."""
        snapshot, self._snapshot = self._snapshot, None
        if snapshot is not None:
            snapshot.close()
        exporter, self._exporter = self._exporter, None
        if exporter is not None:
            exporter.close()
        self._exported = ""

    # Streaming

    def start(self) -> Position:
        """START_REPLICATION where `open` or the snapshot said."""
        self.end_snapshot()
        begin = self._begin
        assert begin is not None
        name = str(self._config.slot_name)

        def attempt() -> Replication:
            replication = self._replication
            if replication is None or replication.pgconn.status != psycopg.pq.ConnStatus.OK:
                replication = self._replication = Replication(self._config)
            options = slot.stream_options(self._config, replication.version)
            try:
                replication.start(name, self._from or begin.done(), options)
            except psycopg.Error as error:
                coded = ended(error)
                if coded.code == errors.SLOT_BUSY:
                    raise slot.unusable(error, name, self._connection()) from error
                raise coded from error
            return replication

        replication = self._retrying(attempt)
        confirmed = self._check_start(name, begin)
        start = max(self._from, confirmed)
        self._capture.resume(begin, self._look_up, self.keepalive, self.transactions, start)
        self._drain = Drain(replication.wire, self._capture.decoder, 3 if replication.tls else 1)
        now = time.monotonic()
        self._next_status = now
        self._advanced = now
        self._hot = False
        return begin

    def _check_start(self, name: str, begin: PostgresPosition) -> int:
        """Where the slot is, which nobody moves now.

        Another instance may have held it and moved it on while we waited: the server would skip to there.
        """
        try:
            found, _ = slot.read(self._connection(), name)
        except psycopg.Error as error:
            raise translate(error, f"looking at slot {name}") from error
        if found is not None and found.confirmed_flush > begin.done():
            raise SourceLost(
                errors.SLOT_BUSY,
                f"slot {name} was moved to {lsn_text(found.confirmed_flush)} meanwhile, we are at"
                f" {lsn_text(begin.done())}: the offset is read again",
            )
        return 0 if found is None else found.confirmed_flush

    def poll(self, timeout: float) -> Batch | None:
        """The next changes. Returns what is there; waits only for the first, or for the rest of a transaction."""
        drain, replication = self._drain, self._replication
        assert drain is not None
        assert replication is not None
        decoder = self._capture.decoder
        batch = Batch()
        decoder.changes = batch.changes
        commits = decoder.commits
        deadline = time.monotonic() + timeout
        before = drain.bytes
        limit = min(BATCH_CHANGES, int(self._config.max_batch_size))
        first = True
        try:
            if self._hot:
                replication.gather()
            while True:
                state = drain.run(limit, BATCH_BYTES)
                if state == ENDED:
                    break
                if state != EMPTY or batch.changes:
                    break
                now = time.monotonic()
                if drain.reply or now >= self._next_status:
                    break
                left = deadline - now
                if not first and left <= 0:
                    break
                first = False
                if left > 0:
                    replication.wait(min(left, self._next_status - now))
        except psycopg.Error as error:
            raise replication.lost(error) from error
        batch.size = drain.bytes - before
        batch.commits = decoder.commits - commits
        batch.last_us = decoder.ts_us
        self._hot = batch.size >= HOT_BYTES or decoder.in_transaction
        self._attend(drain, replication)
        if state == ENDED and not batch.changes:
            raise replication.finish()
        return self._finished(batch, drain)

    def _finished(self, batch: Batch, drain: Drain) -> Batch | None:
        """Give the batch its position; None when it says nothing."""
        newest = self._position or self._begin
        assert newest is not None
        position = self._capture.position(newest) or self._idle_position(drain, newest)
        if position is None:
            return batch if batch.changes else None
        position.system, position.timeline = self._system.id, self._timeline
        position.publication = self._publication
        self._position = position
        batch.position = position
        return batch

    def _idle_position(self, drain: Drain, newest: PostgresPosition) -> PostgresPosition | None:
        """The server's position in its newest keepalive, when every transaction before it is done with.

        Without this the slot of an idle database holds back the log of its busy neighbours. Only a position that is
        stored is confirmed, so it goes the way of every other, and not more often than needed.
        """
        end = drain.keepalive_end
        if drain.keepalive_at != drain.messages or self._capture.in_transaction or end <= newest.done():
            return None
        now = time.monotonic()
        if now - self._advanced < (ASKED_ADVANCE_SECONDS if self._asked else self._advance_seconds):
            return None
        self._advanced = now
        self._asked = False
        return slot.at(end, newest)

    def _attend(self, drain: Drain, replication: Replication) -> None:
        """What the server is owed, and what is looked at now and then."""
        now = time.monotonic()
        if drain.reply:
            drain.reply = False
            self._asked = True
            self._send_status(replication, now)
        elif now >= self._next_status:
            self._send_status(replication, now)
        if self._xmin_seconds > 0 and self._watch.xmin is not None:
            self._capture.set_xmin(self._watch.xmin)
        problem = self._watch.problem
        if problem is not None:
            raise problem

    def _check_members(self, sql: Connection) -> None:
        """Compare the captured tables with the publication's, in the slot watch's thread after the first time.

        Raises SourceRefused when a table that was in it was taken out, also when it was put back since.
        """
        name = str(self._config.publication_name)
        captured = self._capture.captured(sql)
        found = publication.read(sql, name)
        if found is None:
            raise SourceRefused(errors.PUBLICATION_MISSING, f"publication {name} does not exist any more")
        if found.oid != self._publication:
            raise SourceRefused(
                errors.PUBLICATION_REMADE, f"publication {name} has OID {found.oid}, it was {self._publication}"
            )
        covered = publication.members(sql, name)
        if covered is None:
            log.warning("publication %s cannot be looked at now: a table of it is locked", name)
            return
        missing = {table.id for table in publication.unpublished(captured, covered, self._via_root)}
        gone = sorted(missing & self._covered)
        if gone:
            raise SourceRefused(errors.TABLE_UNPUBLISHED, f"publication {name}: {', '.join(gone)}")
        unlogged = set(publication.unlogged(sql, captured))
        gone = sorted(unlogged & self._covered)
        if gone:
            raise SourceRefused(
                errors.TABLE_UNPUBLISHED,
                f"made unlogged (ALTER TABLE ... SET UNLOGGED): {', '.join(gone)}",
                "Its changes since then are in no log. ALTER TABLE ... SET LOGGED and take a new snapshot of it, or"
                " remove it from table.include.list",
            )
        if unlogged - self._unlogged:
            log.warning(
                "unlogged tables, whose changes are in no log and never arrive: %s; %s",
                ", ".join(sorted(unlogged - self._unlogged)),
                "on a standby they have no rows either"
                if self._standby
                else "a snapshot reads the rows they have then",
            )
        self._unlogged = unlogged
        entries = publication.entries(sql, found.oid)
        again = [table.id for table in captured if self._replaced(table.oid, entries)]
        if again:
            raise SourceRefused(errors.TABLE_REPUBLISHED, f"publication {name}: {', '.join(sorted(again))}")
        self._entries = entries
        new = missing - self._missing
        if new:
            log.warning(
                "publication %s leaves out captured tables, whose changes do not arrive: %s",
                name,
                ", ".join(sorted(new)),
            )
        self._covered = {table.id for table in captured} - missing - unlogged
        self._missing = missing

    def _replaced(self, oid: int, entries: dict[int, frozenset[int]]) -> bool:
        """Whether a table's membership is another one than it was."""
        before, now = self._entries.get(oid), entries.get(oid)
        return before is not None and now is not None and not before & now

    def _send_status(self, replication: Replication, now: float) -> None:
        self._next_status = now + self._status_seconds
        if replication.streaming:
            drain = self._drain
            received = drain.keepalive_end if drain is not None else 0
            replication.status(max(received, self._flushed), self._flushed)

    def confirm(self, position: Position) -> None:
        """The offset is stored: let the server forget what lies before, unless lsn.flush.mode=manual."""
        assert isinstance(position, PostgresPosition)
        replication = self._replication
        if replication is None or not replication.streaming or self._config.lsn_flush_mode == "manual":
            return
        flush = position.flush()
        if flush > self._flushed:
            self._flushed = flush
            self._send_status(replication, time.monotonic())

    def keepalive(self) -> None:
        """Tell the server that we live, when that is due; reads nothing."""
        replication = self._replication
        now = time.monotonic()
        if replication is not None and replication.streaming and now >= self._next_status:
            self._send_status(replication, now)

    def heartbeat(self) -> None:
        """Run heartbeat.action.query. A failing statement is logged; a missing table is final."""
        query = self._config.heartbeat_action_query
        if not query:
            return
        try:
            if self._heart is None or self._heart.closed or self._heart.broken:
                self._heart = connect(self._config, purpose="heartbeat")
            self._heart.execute(str(query).encode())
        except SourceLost as error:
            log.warning("heartbeat.action.query: %s", error)
        except psycopg.Error as error:
            text = " ".join(str(error).split())
            if error.sqlstate == "42P01":
                raise SourceRefused(errors.HEARTBEAT_REFUSED, f"{text} (SQLSTATE 42P01)") from error
            if error.sqlstate == "57P03":
                raise SourceLost(errors.LOST, f"heartbeat.action.query: {text}") from error
            # 57P01 is fatal to Debezium's task; here the stream's own connection decides, which is cut in the same way.
            log.warning("heartbeat.action.query failed: %s", text)

    def health(self) -> dict[str, float | str]:
        """The slot watch's newest sample, and what the stream counts."""
        found = {**self._watch.sample, "tables_unpublished": float(len(self._missing))}
        found["values_unconverted"] = float(self._capture.planner.unconverted.values)
        if self._config.skip_messages_without_change:
            found["unchanged_skipped"] = float(self._capture.decoder.unchanged)
        return found

    def close(self, *, drop: bool = False) -> None:
        """Disconnect; drops the slot when asked to and slot.drop.on.stop says so."""
        self._watch.stop()
        with contextlib.suppress(Exception):
            self.end_snapshot()
        replication, self._replication = self._replication, None
        if replication is not None:
            replication.close()
        if drop and self._config.slot_drop_on_stop:
            self._drop_slot()
        for connection in (self._heart, self._sql):
            if connection is not None:
                with contextlib.suppress(Exception):
                    connection.close()
        self._heart = self._sql = None

    def _drop_slot(self) -> None:
        """The walsender needs a moment to notice that we left."""
        name = str(self._config.slot_name)
        deadline = time.monotonic() + 10
        while True:
            try:
                slot.drop(self._connection(), name)
                log.info("dropped slot %s (slot.drop.on.stop)", name)
                return
            except (psycopg.Error, CdcError) as error:
                state = getattr(error, "sqlstate", "")
                if state != "55006" or time.monotonic() > deadline:
                    log.warning("slot %s could not be dropped: %s", name, " ".join(str(error).split()))
                    return
                self._wait(0.05)
