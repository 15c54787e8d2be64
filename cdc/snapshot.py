"""The initial snapshot in terms of Source primitives: whether to take one, its readers, its markers, its progress.

Source: Debezium reference, "Snapshots". Knows no database.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Generator, Iterator

from cdc.api import Source
from cdc.errors import STOP, ConfigError, coded, define
from cdc.model import READ, Batch, Change, Row, Table, read_changes

log = logging.getLogger("cdc.snapshot")

UNFINISHED = define(
    "HW-SNAP-001",
    STOP,
    "The last snapshot did not finish and the snapshot mode now forbids one",
    "Set snapshot.mode=initial to take it again, or remove the offset to begin without data",
)

PROGRESS_SECONDS = 5.0
ROWS_PER_BATCH = 2000
END_SECONDS = 5.0  # how long an aborted snapshot waits for its readers; Source.end_snapshot takes their connections


class Plan:
    """What a start does: read the tables, then stream. `retake` allows a new snapshot when the position is lost."""

    def __init__(self, data: bool, stream: bool, retake: bool = False) -> None:
        self.data = data
        self.stream = stream
        self.retake = retake


def unfinished(offset: dict[str, object] | None) -> bool:
    """Whether an offset was stored in the middle of an initial snapshot."""
    return offset is not None and bool(offset.get("snapshot")) and not offset.get("snapshot_completed")


def plan(
    mode: str,
    offset: dict[str, object] | None,
    *,
    data: bool = False,
    stream: bool = False,
    on_data_error: bool = False,
) -> Plan:
    """Decide by snapshot.mode; the keywords are the booleans of snapshot.mode=configuration_based."""
    missing = offset is None or unfinished(offset)
    if mode == "always":
        return Plan(True, True)
    if mode == "initial":
        return Plan(missing, True)
    if mode == "initial_only":
        return Plan(missing, False)
    if mode == "when_needed":
        return Plan(missing, True, retake=True)
    if mode == "configuration_based":
        return Plan(missing and data, stream, retake=on_data_error)
    if unfinished(offset):
        raise ConfigError(UNFINISHED, f"snapshot.mode={mode}, stored offset {offset}")
    return Plan(False, True)


class Progress:
    """Rows read so far, for the log line and the metrics."""

    def __init__(self, tables: list[Table], estimates: list[int]) -> None:
        self.tables = tables
        self.estimates = dict(zip((table.id for table in tables), estimates, strict=True))
        self.rows: dict[str, int] = {}
        self.remaining = len(tables)
        self.started = time.monotonic()
        self._last = self.started

    def line(self) -> str | None:
        """A line of progress when one is due."""
        now = time.monotonic()
        if now - self._last < PROGRESS_SECONDS:
            return None
        self._last = now
        done = sum(self.rows.values())
        rate = done / max(now - self.started, 0.001)
        expected = sum(max(count, self.rows.get(name, 0)) for name, count in self.estimates.items() if count >= 0)
        left = max(expected - done, 0) / rate if rate else 0
        finished = len(self.tables) - self.remaining
        return (
            f"snapshot: {done:,} of about {expected:,} rows, {rate:,.0f} rows/s,"
            f" {finished} of {len(self.tables)} tables done, about {left:,.0f} s left"
        )


class Snapshot:
    """One run over all tables with `threads` readers, delivered as batches in one thread."""

    def __init__(self, source: Source, threads: int) -> None:
        self._source = source
        self._tables = source.tables()
        self._threads = max(1, min(threads, len(self._tables) or 1))
        self._queue: queue.Queue[tuple[Table, list[Row] | None, BaseException | None]] = queue.Queue(
            maxsize=2 * self._threads
        )
        self._stop = threading.Event()
        self._blocks: dict[tuple[int, str], Row] = {}
        self.progress = Progress(self._tables, [source.estimate(table) for table in self._tables])

    def batches(self) -> Generator[Batch | None, None, None]:
        """Batches of `r` changes; None when nothing is ready yet, so that the caller can keep the source alive."""
        tables = iter(self._tables)
        lock = threading.Lock()

        def read() -> None:
            while not self._stop.is_set():
                with lock:
                    table = next(tables, None)
                if table is None:
                    return
                try:
                    for rows in self._source.rows(table):
                        self._put((table, rows, None))
                        if self._stop.is_set():
                            return
                    self._put((table, None, None))
                except BaseException as error:  # handed to the thread of the pipeline, which raises it
                    self._put((table, None, coded(error, f"reading table {table.id} in the snapshot")))
                    return

        readers = [
            threading.Thread(target=read, name=f"snapshot-{number}", daemon=True) for number in range(self._threads)
        ]
        for reader in readers:
            reader.start()
        try:
            yield from self._collect()
        finally:
            self._stop.set()
            deadline = time.monotonic() + END_SECONDS
            while any(reader.is_alive() for reader in readers) and time.monotonic() < deadline:
                with contextlib.suppress(queue.Empty):
                    self._queue.get(timeout=0.05)

    def _put(self, item: tuple[Table, list[Row] | None, BaseException | None]) -> None:
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    def _collect(self) -> Iterator[Batch | None]:
        """Mark the rows. The last row of a table is held back until it is known what follows it."""
        held: dict[int, tuple[Table, Row, str]] = {}  # per table being read: its newest row and that row's marker
        last: tuple[Table, Row, str] | None = None  # last row of the table that finished last, and its mark
        remaining = len(self._tables)
        while remaining:
            try:
                table, rows, error = self._queue.get(timeout=0.1)
            except queue.Empty:
                yield None
                continue
            if error is not None:
                raise error
            batch = Batch()
            if rows is None:
                remaining -= 1
                self.progress.remaining = remaining
                newest = held.pop(id(table), None)
                if newest is not None:
                    if last is not None:
                        batch.changes.append(self._change(*last))
                    # the only row of the first table stays `first`, as in Debezium
                    last = (table, newest[1], "first" if newest[2] == "first" else "last_in_data_collection")
                log.info("snapshot: table %s done, %d rows", table.id, self.progress.rows.get(table.id, 0))
            elif rows:
                self.progress.rows[table.id] = self.progress.rows.get(table.id, 0) + len(rows)
                newest = held.get(id(table))
                if newest is None:
                    # Debezium marks `first` in the first table only, also when that table is empty
                    marker = "first" if table is self._tables[0] else "first_in_data_collection"
                    if last is not None:
                        batch.changes.append(self._change(*last))
                        last = None
                    newest = (table, rows[0], marker)
                    rows = rows[1:]
                if rows:
                    changes = batch.changes
                    changes.append(self._change(*newest))
                    block = self._block(table, "true")
                    changes += read_changes(table, rows[:-1], block)
                    newest = (table, rows[-1], "true")
                held[id(table)] = newest
            line = self.progress.line()
            if line is not None:
                log.info("%s", line)
            if batch.changes:
                batch.position = self._source.snapshot_position(last=False, completed=False)
                yield batch
        batch = Batch()
        if last is not None:
            batch.changes.append(self._change(last[0], last[1], "last"))
        batch.position = self._source.snapshot_position(last=True, completed=True)
        yield batch

    def _block(self, table: Table, marker: str) -> Row:
        block = self._blocks.get((id(table), marker))
        if block is None:
            block = self._blocks[(id(table), marker)] = self._source.snapshot_source(table, marker)
        return block

    def _change(self, table: Table, row: Row, marker: str) -> Change:
        return Change(table, READ, None, row, self._block(table, marker))
