"""The loop of one connector: read, send, acknowledge, store the offset, confirm. Never in another order.

Owns one source, one outlet, one ledger and one store, and runs in one thread; requests from outside are values on
`Control`. Knows no database and no wire format.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import Protocol

from cdc.api import Position, Sink, Source, Store
from cdc.binding import Binder, Outlet
from cdc.errors import (
    RETRY,
    BindError,
    CdcError,
    PositionLost,
    SchemaError,
    SinkFailed,
    SinkFull,
    StoreFailed,
    coded,
    define,
)
from cdc.failpoints import reach
from cdc.kafka import NOT_PROVEN, failure
from cdc.ledger import UNPROVEN, Entry, Ledger
from cdc.metrics import Metrics
from cdc.model import Batch, Change, Table
from cdc.snapshot import Plan, Snapshot, plan, unfinished

log = logging.getLogger("cdc.pipeline")

MOVED = define(
    "HW-OFFSET-005",
    RETRY,
    "The stored offset was moved by another instance",
    "Stop one of the two instances; the offset is read again",
)

RETAKEN = define(
    "HW-OFFSET-006",
    RETRY,
    "The position was lost while streaming",
    "The offset is removed and a new snapshot is taken, as snapshot.mode says",
)

BUSY_SECONDS = 0.01  # longest wait for the source while records are in flight
IDLE_SECONDS = 0.25  # longest wait for the source while nothing is
DRAIN_SECONDS = 25.0  # how long an orderly stop waits for Kafka; below the 30 s that Kubernetes waits before it kills
RESCUE_SECONDS = 5.0  # how long a failed pipeline waits for the acknowledgements that are on their way


class Settings(Protocol):
    """The properties that the loop itself reads."""

    snapshot_mode: str
    snapshot_mode_configuration_based_snapshot_data: bool
    snapshot_mode_configuration_based_start_stream: bool
    snapshot_mode_configuration_based_snapshot_on_data_error: bool
    snapshot_max_threads: int
    snapshot_delay_ms: int
    streaming_delay_ms: int
    heartbeat_interval_ms: int
    topic_prefix: str
    event_processing_failure_handling_mode: str


class Aborted(Exception):
    """A second stop request: leave at once. Nothing is lost, what was not acknowledged is sent again."""


class Control:
    """Requests from outside, read between steps."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._abort = threading.Event()

    def stop(self) -> None:
        """Ask for an orderly stop; asked again, for an immediate one."""
        if self._stop.is_set():
            self._abort.set()
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """An orderly stop was asked for."""
        return self._stop.is_set()

    def check(self) -> None:
        """Raise Aborted when an immediate stop was asked for."""
        if self._abort.is_set():
            raise Aborted

    def wait(self, seconds: float) -> bool:
        """Wait for a stop request; whether there is one."""
        return self._stop.wait(seconds)


class Pipeline:
    """One connector from start to stop. Made anew for every start, because nothing of a failed one can be trusted."""

    def __init__(
        self,
        settings: Settings,
        source: Source,
        sink: Sink,
        store: Store,
        metrics: Metrics,
        control: Control,
        heartbeats: Table,
        flush_seconds: float,
        tolerant: bool = False,
    ) -> None:
        self._settings = settings
        self._source = source
        self._sink = sink
        self._store = store
        self._metrics = metrics
        self._control = control
        self._heartbeats = heartbeats
        self._flush_seconds = flush_seconds
        self._tolerant = tolerant or settings.event_processing_failure_handling_mode != "fail"
        self._ledger = Ledger()
        self._binder: Binder | None = None
        self._outlet: Outlet | None = None
        self._safe: Entry | None = None  # newest entry wholly in Kafka
        self._stored: dict[str, object] | None = None  # offset of the newest write that was started
        self._writes: deque[tuple[int, Position]] = deque()  # started writes: number, position to confirm
        self._next_save = 0.0
        self._next_beat = 0.0
        self._read: Position | None = None  # newest position read
        self._extra: dict[str, object] | None = None  # offset keys of transaction metadata at that position
        self._phase = "reading the stored offset"  # what an error without a code was raised in
        self._give_up = 0.0  # time.monotonic() at which an orderly stop stops waiting for Kafka; 0: none was asked for

    def connect(self, outlet: Outlet, binder: Binder) -> None:
        """Join the way out, which itself needs `wait` of this pipeline."""
        self._outlet = outlet
        self._binder = binder
        self._metrics.attach(binder, outlet, self._ledger.outstanding)
        self._metrics.health = self._source.health

    def run(self) -> None:
        """Run until stopped. Raises CdcError on failure, Aborted on a second stop request."""
        try:
            self._run()
        except Aborted:
            raise
        except Exception as error:
            failure = coded(error, self._doing())
            self._rescue(failure)
            if failure is error:
                raise
            raise failure from error

    def _doing(self) -> str:
        """What goes on, and where in the log."""
        return self._phase if self._read is None else f"{self._phase} after {self._read.offset()}"

    def _run(self) -> None:
        settings = self._settings
        offset = self._store.load()
        self._stored = offset
        if offset is not None and self._binder is not None and self._binder.monitor is not None:
            self._binder.monitor.restore(offset)
        wanted = plan(
            settings.snapshot_mode,
            offset,
            data=settings.snapshot_mode_configuration_based_snapshot_data,
            stream=settings.snapshot_mode_configuration_based_start_stream,
            on_data_error=settings.snapshot_mode_configuration_based_snapshot_on_data_error,
        )
        log.info("stored offset: %s", offset)
        self._phase = f"opening the source at {offset}"
        wanted = self._open(wanted, offset)
        reach("opened")
        self._next_beat = time.monotonic() + settings.heartbeat_interval_ms / 1000
        if wanted.data and self._pause(settings.snapshot_delay_ms):
            self._phase = "taking the snapshot"
            self._snapshot()
        else:
            self._source.end_snapshot()
            self._metrics.snapshot_skipped = not wanted.data
        if wanted.stream and self._pause(settings.streaming_delay_ms):
            self._phase = "streaming"
            begin = self._source.start()
            self._metrics.connected = True
            if self._stored is None:
                self._mark(begin)
                log.info("stored where the stream begins: %s", self._stored)
            try:
                self._stream()
            except PositionLost as error:
                if not wanted.retake:
                    raise
                self._forget()
                raise StoreFailed(RETAKEN, str(error)) from error
        elif not self._control.stopping:
            log.info("snapshot.mode=%s does not stream: the task stays idle", settings.snapshot_mode)
            self._idle()
        self._phase = "stopping"
        self._drain()
        self._source.close(drop=not len(self._ledger))  # a slot that is still needed is not dropped

    def _pause(self, milliseconds: int) -> bool:
        """Wait, keeping the database's patience; whether to go on (no stop was asked for)."""
        end = time.monotonic() + milliseconds / 1000
        while not self._control.wait(min(IDLE_SECONDS, max(0.0, end - time.monotonic()))):
            if time.monotonic() >= end:
                return True
            self._source.keepalive()
            self._turn()
        return False

    def _open(self, wanted: Plan, offset: dict[str, object] | None) -> Plan:
        """Open the source at the stored offset.

        An unfinished snapshot is taken again, but the stream begins where the first attempt stood in the log: rows that
        it delivered may be deleted since, and no later snapshot would say so.
        """
        again = unfinished(offset) and wanted.data
        try:
            self._source.open(offset)
        except PositionLost as error:
            if self._store.load() != offset:  # another instance ran on while we read the offset; the next try is right
                raise StoreFailed(MOVED, f"it was {offset}") from error
            if not (wanted.retake or again):
                raise
            log.warning("%s; snapshot.mode=%s takes a new snapshot", error, self._settings.snapshot_mode)
            self._source.open(None)
            return Plan(True, wanted.stream, retake=wanted.retake)
        return wanted

    def _snapshot(self) -> None:
        metrics = self._metrics
        snapshot = Snapshot(self._source, self._settings.snapshot_max_threads)
        metrics.snapshot_started(snapshot.progress)
        self._mark(self._source.snapshot_position(last=False, completed=False))
        statements = Batch()
        statements.changes = self._source.statements()
        if statements.changes:
            statements.position = self._source.snapshot_position(last=False, completed=False)
            self._deliver(statements)
        batches = snapshot.batches()
        try:
            for batch in batches:
                if self._control.stopping:
                    metrics.snapshot_finished(aborted=True)
                    return
                if batch is not None:
                    self._deliver(batch)
                    reach("snapshot")
                self._source.keepalive()
                self._turn()
        except BaseException:
            metrics.snapshot_finished(aborted=True)
            raise
        finally:
            batches.close()
            self._source.end_snapshot()
        reach("snapshot-last")
        while len(self._ledger) and not self._control.stopping:
            self.wait()
        self._commit(now=True)
        if len(self._ledger):
            metrics.snapshot_finished(aborted=True)
            return
        metrics.snapshot_finished(aborted=False)
        rows = sum(snapshot.progress.rows.values())
        log.info("snapshot: complete, %d rows of %d tables", rows, len(snapshot.progress.tables))
        reach("snapshot-end")

    def _mark(self, position: Position) -> None:
        """Make a position durable before anything that comes after it can be in Kafka.

        A snapshot: that it has begun, and where in the log. A stream without an offset: where it begins; without that
        the next start would begin at another end of the log, and what came between would be lost.
        """
        entry = self._ledger.open()
        entry.position = position
        self._ledger.seal(entry)
        self._commit(now=True)
        while (self._writes or self._safe is not None) and not self._control.stopping:
            self.wait()
            self._commit(now=True)

    def _forget(self) -> None:
        """Remove the offset: a start with it would stream to the same end again."""
        self._ledger = Ledger()
        self._safe = None
        deadline = time.monotonic() + RESCUE_SECONDS
        while True:
            try:
                self._store.save(None)
                break
            except SinkFull:
                if time.monotonic() > deadline:
                    return  # the next start streams to the same end, and comes here again
                self._sink.poll(0.02)
        self._store.flush(RESCUE_SECONDS)

    def _stream(self) -> None:
        poll = self._source.poll
        while not self._control.stopping:
            batch = poll(BUSY_SECONDS if len(self._ledger) else self._patience())
            if batch is not None:
                reach("read")
                self._deliver(batch)
                reach("sent")
            self._turn()

    def _idle(self) -> None:
        while not self._control.wait(self._patience()):
            self._source.keepalive()
            self._turn()

    def _patience(self) -> float:
        """Seconds to wait for the source when nothing is in flight."""
        if self._writes:
            return BUSY_SECONDS
        if self._safe is not None:
            return min(IDLE_SECONDS, max(0.0, self._next_save - time.monotonic()))
        return IDLE_SECONDS

    def _deliver(self, batch: Batch) -> None:
        """Enter a batch in the ledger and send its records."""
        binder, outlet = self._binder, self._outlet
        assert binder is not None
        assert outlet is not None
        entry = self._ledger.open()
        outlet.enter(entry)
        changes = batch.changes
        if changes:
            events = self._try_each(changes) if self._tolerant else binder.send(changes)
            self._metrics.batch(events, batch.commits, batch.last_us)
            entry.events = events
        elif batch.commits:
            self._metrics.batch(0, batch.commits, batch.last_us)
        position = batch.position
        entry.position = position  # type: ignore[assignment]
        if binder.monitor is not None:
            entry.extra = binder.monitor.offset(changes[-1].tx if changes else "")
        if position is not None:
            self._read = entry.position
            self._extra = entry.extra
        entry.last_us = batch.last_us
        self._ledger.seal(entry)

    def _try_each(self, changes: list[Change]) -> int:
        """As Binder.send, for event.processing.failure.handling.mode other than fail: log and leave out one change.

        The records of a change (delete, tombstone and create of a changed key) go out together or not at all.
        """
        binder, outlet = self._binder, self._outlet
        assert binder is not None
        assert outlet is not None
        mode = self._settings.event_processing_failure_handling_mode
        events = 0
        for change in changes:
            outlet.hold()
            try:
                events += binder.send([change])
                outlet.release()
            except (BindError, SchemaError) as error:
                outlet.discard()
                self._metrics.erroneous += 1
                level = logging.WARNING if mode in ("warn", "fail") else logging.DEBUG
                log.log(level, "left out a change of table %s: %s", change.table.id, error)
        return events

    def _turn(self) -> None:
        """What is done once per step: acknowledgements, offsets, heartbeat."""
        self._sink.poll(0)
        self._control.check()
        self._commit()
        interval = self._settings.heartbeat_interval_ms
        if interval > 0 and time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + interval / 1000
            self._beat()

    def _beat(self) -> None:
        self._source.heartbeat()
        if self._read is None:
            return
        now = time.time_ns() // 1_000_000
        binder, outlet = self._binder, self._outlet
        assert binder is not None
        assert outlet is not None
        entry = self._ledger.open()
        outlet.enter(entry)
        binder.send([Change(self._heartbeats, "", [self._settings.topic_prefix], [now], None)])
        entry.position = self._read
        entry.extra = self._extra
        self._ledger.seal(entry)

    def wait(self) -> None:
        """The sink is full: run acknowledgements and keep the database's patience.

        Raises Aborted when a stop was asked for and Kafka takes nothing for DRAIN_SECONDS.
        """
        self._settle()
        if self._control.stopping:
            now = time.monotonic()
            if not self._give_up:
                self._give_up = now + DRAIN_SECONDS
            elif now >= self._give_up:
                raise Aborted

    def _settle(self) -> None:
        self._sink.poll(0.02)
        self._control.check()
        self._source.keepalive()
        self._commit()

    def _commit(self, now: bool = False) -> None:
        """Store what is safe, confirm what is stored. `now` does not wait for the flush interval."""
        ledger = self._ledger
        self._collect()
        if ledger.error is not None:
            where = f"topic {ledger.receipt.topic()}" if ledger.receipt is not None else ""
            if ledger.error is UNPROVEN:  # a KafkaError cannot be compared with anything else
                raise SinkFailed(NOT_PROVEN, where)
            raise failure(ledger.error, where)  # type: ignore[arg-type]
        if self._safe is not None and (now or time.monotonic() >= self._next_save):
            self._save()
        writes = self._writes
        confirmed: Position | None = None
        while writes and self._store.durable >= writes[0][0]:
            confirmed = writes.popleft()[1]
        if confirmed is not None:
            reach("before-confirm")
            self._source.confirm(confirmed)
            self._metrics.offset_committed()
            reach("confirmed")

    def _collect(self) -> None:
        """Take what is wholly in Kafka out of the ledger."""
        done = self._ledger.committed()
        if done:
            self._metrics.acknowledged(done)
            for entry in reversed(done):
                if entry.position is not None:
                    self._safe = entry
                    break

    def _save(self) -> None:
        """Start to write the newest safe offset. When the store has no room it stays the newest safe one."""
        safe = self._safe
        if safe is None or safe.position is None:
            return
        offset = safe.position.offset()
        if safe.extra is not None:
            offset = {**offset, **safe.extra}
        number = self._store.started  # the same offset again is as durable as the writes that were started
        if offset != self._stored:
            reach("before-save")
            try:
                number = self._store.save(offset)
            except SinkFull:
                return
            self._stored = offset
        self._next_save = time.monotonic() + self._flush_seconds
        self._safe = None
        self._writes.append((number, safe.position))
        reach("saving")

    def _drain(self) -> None:
        """An orderly end: everything read is delivered, stored and confirmed."""
        deadline = self._give_up or time.monotonic() + DRAIN_SECONDS
        while len(self._ledger) and time.monotonic() < deadline:
            self._settle()
        self._commit(now=True)
        self._store.flush(max(1.0, deadline - time.monotonic()))
        self._commit()
        if len(self._ledger):
            log.warning(
                "stopped with %d records not acknowledged; they are sent again at the next start",
                self._ledger.outstanding(),
            )

    def _rescue(self, error: CdcError) -> None:
        """After a failure: store how far Kafka has everything, so that the next start repeats as little as possible.

        A batch that was being sent is left out. The database is not told: it may be what failed.
        """
        ledger = self._ledger
        ledger.abandon()
        deadline = time.monotonic() + RESCUE_SECONDS
        patient = not isinstance(error, (SinkFailed, StoreFailed))
        try:
            while patient and len(ledger) and ledger.error is None and time.monotonic() < deadline:
                self._sink.poll(0.02)
                self._control.check()
                self._collect()
            self._collect()
            self._save()
            if not isinstance(error, StoreFailed):
                self._store.flush(1.0)
        except Exception as second:
            log.debug("while storing the last offset: %s", second)
