"""A place in PostgreSQL's log, to and from Debezium's offset JSON. Knows no connection.

Source: Debezium reference, "Offsets: PostgreSQL". Order of the keys is that of Java's HashMap, which Debezium writes.
Keys of our own begin with `headwater_`; Debezium ignores them, and we do without them in its offsets.

A position is either *between* transactions (events 0), where `lsn_proc` is as far as the log is done with, or *inside*
one: `events` messages of the transaction are done, and `lsn_commit` is the end of the last one that is wholly done.
Rows carry LSNs that are neither unique nor in order across transactions, so inside one the count decides.
"""

from __future__ import annotations

from cdc.errors import SourceRefused
from cdc.stored import number, snapshot_kind
from connectors.postgresql.errors import OFFSET_UNREADABLE

EVENTS = "headwater_events"
SYSTEM = "headwater_system"
TIMELINE = "headwater_timeline"
PUBLICATION = "headwater_publication"
COMMIT = "headwater_commit"


class Commit:
    """The newest commit at or before a position: its LSN, its transaction, its time in microseconds of pgoutput.

    It tells whether a log that goes beyond a position is the log that the position was taken from.
    """

    def __init__(self, lsn: int, tx_id: int, ts_us: int) -> None:
        self.lsn = lsn
        self.tx_id = tx_id
        self.ts_us = ts_us

    def __str__(self) -> str:
        return f"{self.lsn}/{self.tx_id}/{self.ts_us}"


def commit(text: object) -> Commit | None:
    """The commit of a stored offset; None where there is none."""
    parts = text.split("/") if isinstance(text, str) else []
    return Commit(*map(int, parts)) if len(parts) == 3 and all(part.isdigit() for part in parts) else None


class PostgresPosition:
    """Where to resume. LSNs are numbers, 0 is unknown; `ts_us` microseconds since the epoch, 0 unknown."""

    def __init__(
        self,
        *,
        lsn: int,
        lsn_proc: int = 0,
        lsn_commit: int = 0,
        tx_id: int | None = None,
        ts_us: int = 0,
        message_type: str | None = None,
        events: int = 0,
        xmin: int | None = None,
        snapshot: str | None = None,
        last_snapshot_record: bool = False,
        snapshot_completed: bool = False,
        system: str = "",
        timeline: int = 0,
        publication: int = 0,
        commit: Commit | None = None,
    ) -> None:
        self.lsn = lsn
        self.lsn_proc = lsn_proc
        self.lsn_commit = lsn_commit
        self.tx_id = tx_id
        self.ts_us = ts_us
        self.message_type = message_type
        self.events = events
        self.xmin = xmin
        self.snapshot = snapshot
        self.last_snapshot_record = last_snapshot_record
        self.snapshot_completed = snapshot_completed
        self.system = system
        self.timeline = timeline
        self.publication = publication  # OID of the publication, 0 unknown: one of the same name may be another
        self.commit = commit
        self.ours = True  # False: written by Debezium, so `events` 0 does not tell whether a transaction is open

    def offset(self) -> dict[str, object]:
        """Debezium's offset object."""
        stored: dict[str, object] = {}
        if self.lsn_proc:
            stored["lsn_proc"] = self.lsn_proc
        if self.xmin is not None:
            stored["xmin"] = self.xmin
        if self.snapshot is not None:
            stored["last_snapshot_record"] = self.last_snapshot_record
        if self.message_type is not None:
            stored["messageType"] = self.message_type
        if self.lsn_commit:
            stored["lsn_commit"] = self.lsn_commit
        stored["lsn"] = self.lsn
        if self.tx_id is not None:
            stored["txId"] = self.tx_id
        if self.ts_us:
            stored["ts_usec"] = self.ts_us
        if self.snapshot is not None:
            stored["snapshot"] = self.snapshot
            stored["snapshot_completed"] = self.snapshot_completed
        stored[EVENTS] = self.events
        if self.system:
            stored[SYSTEM] = self.system
            stored[TIMELINE] = self.timeline
        if self.publication:
            stored[PUBLICATION] = self.publication
        if self.commit is not None:
            stored[COMMIT] = str(self.commit)
        return stored

    def done(self) -> int:
        """As far as everything that was committed before is done with: where streaming may start again.

        Everything committed before `lsn_commit` is done, and a row's own LSN lies before the commit of its
        transaction, which is not done: so the later of the two skips nothing.
        """
        return max(self.lsn_commit, self.lsn_proc or self.lsn)

    def delivered(self) -> int:
        """As far as what was delivered reaches at most: behind the newest commit only an idle log may have gone on."""
        between = not self.events and self.message_type == "COMMIT" and self.snapshot is None
        return min(self.commit.lsn + 1, self.done()) if self.commit is not None and between else self.done()

    def flush(self) -> int:
        """What the server may forget: never beyond the end of the last transaction that is wholly done; 0: nothing."""
        if self.events or not self.ours:
            return self.lsn_commit
        return self.lsn_proc or self.lsn_commit or self.lsn

    def __repr__(self) -> str:
        return f"<PostgresPosition {self.offset()}>"


def parse(offset: dict[str, object]) -> PostgresPosition:
    """The position of a stored offset, ours or Debezium's. Raises SourceRefused when it has no log position."""
    lsn = number(offset, "lsn")
    lsn_proc = number(offset, "lsn_proc")
    if not (lsn or lsn_proc):
        raise SourceRefused(OFFSET_UNREADABLE, f"offset {offset}")
    tx_id = offset.get("txId")
    xmin = offset.get("xmin")
    message_type = offset.get("messageType")
    position = PostgresPosition(
        lsn=lsn or lsn_proc,
        lsn_proc=lsn_proc,
        lsn_commit=number(offset, "lsn_commit"),
        tx_id=tx_id if isinstance(tx_id, int) else None,
        ts_us=number(offset, "ts_usec"),
        message_type=message_type if isinstance(message_type, str) else None,
        events=number(offset, EVENTS),
        xmin=xmin if isinstance(xmin, int) else None,
        snapshot=snapshot_kind(offset),
        last_snapshot_record=bool(offset.get("last_snapshot_record")),
        snapshot_completed=bool(offset.get("snapshot_completed")),
        system=str(offset.get(SYSTEM) or ""),
        timeline=number(offset, TIMELINE),
        publication=number(offset, PUBLICATION),
        commit=commit(offset.get(COMMIT)),
    )
    position.ours = EVENTS in offset
    return position
