"""Reading a source to known ends, without the engine."""

from __future__ import annotations

import time
from typing import Any

from cdc.history import MemoryHistory
from cdc.model import Batch, Change, Table


class Reading:
    """A source with its history, if it keeps one: its changes, the statements told beside them, and the positions."""

    def __init__(self, source: Any, history: MemoryHistory | None = None) -> None:
        self.source = source  # of cdc.api.Source
        self.history = history
        self.changes: list[Change] = []
        self.statements: list[Change] = []
        self.positions: list[tuple[int, Any]] = []  # number of changes read, position after them
        self.tables: list[Table] = []

    def snapshot(self) -> list[tuple[str, list[object]]]:
        """Read every table; (table id, row) in order."""
        found = []
        self.tables = self.source.tables()
        self.statements += self.source.statements()
        for table in self.tables:
            for rows in self.source.rows(table):
                found += [(table.id, row) for row in rows]
        self.source.end_snapshot()
        return found

    def begin(self, offset: dict[str, object] | None = None) -> Reading:
        """Open and stream, without a snapshot."""
        self.source.open(offset)
        self.source.start()
        return self

    def poll(self, timeout: float = 0.05) -> Batch | None:
        """One batch."""
        batch: Batch | None = self.source.poll(timeout)
        if batch is not None:
            for change in batch.changes:
                (self.statements if change.table.id == "schema" else self.changes).append(change)
            if batch.position is not None:
                self.positions.append((len(self.changes), batch.position))
        return batch

    def read(self, number: int, seconds: float = 20.0) -> list[Change]:
        """Read until there are `number` changes and the transaction of the last one has ended."""
        deadline = time.monotonic() + seconds
        while len(self.changes) < number or self.between is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(self.changes)} of {number} changes within {seconds:g} s")
            self.poll()
        return self.changes

    @property
    def between(self) -> Any:
        """The newest position, when it lies between transactions, else None."""
        position = self.positions[-1][1] if self.positions else None
        return None if position is None or position.events else position

    def values(self, column: int = 0) -> list[object]:
        """One column of every change, of its new row or of the old one."""
        rows = [change.after if change.after is not None else change.before for change in self.changes]
        return [row[column] for row in rows if row is not None]
