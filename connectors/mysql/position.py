"""A place in the binary log, to and from Debezium's offset JSON. Knows no connection.

Source: Debezium reference, "Offsets: MySQL". `file` and `pos` are where to *restart*: the begin of the transaction that
is open, or the end of the last event outside of one. `gtids` is what was done before the transaction at `pos`. Keys of
our own begin with `headwater_`; Debezium ignores them, and we do without them in its offsets.
"""

from __future__ import annotations

from cdc.errors import SourceRefused
from cdc.stored import number, snapshot_kind
from connectors.mysql.errors import OFFSET_UNREADABLE

SERVER = "headwater_server"
EVENTS = "headwater_events"


class BinlogPosition:
    """Where to resume. `ts_sec` is in seconds since the epoch, 0 unknown; `gtids` empty: there are none.

    Two ways to say how far the open transaction is done. In ours `events` rows events are wholly done, and `logged` is
    how many events of it Debezium counts as done (its key `event`; the begin is the first). In Debezium's `events` is
    0: the events before number `logged` (from 0) are done and `row` rows of that one; without `row` all of it, for the
    offset was made while that event was worked on. `begun` is the transaction of which BEGIN was sent.
    """

    def __init__(
        self,
        *,
        file: str,
        pos: int,
        gtids: str = "",
        events: int = 0,
        logged: int = 0,
        row: int = 0,
        begun: str = "",
        server_id: int = 0,
        ts_sec: int = 0,
        snapshot: str | None = None,
        completed: bool = False,
        server: str = "",
    ) -> None:
        self.file = file
        self.pos = pos
        self.gtids = gtids
        self.events = events
        self.logged = logged
        self.row = row
        self.begun = begun
        self.server_id = server_id
        self.ts_sec = ts_sec
        self.snapshot = snapshot
        self.completed = completed
        self.server = server  # server_uuid of MySQL, empty unknown: a file of the same name may be another server's

    def offset(self) -> dict[str, object]:
        """Debezium's offset object. The key `snapshot` is gone with the last row of a snapshot."""
        stored: dict[str, object] = {}
        if self.ts_sec:
            stored["ts_sec"] = self.ts_sec
        stored["file"] = self.file
        stored["pos"] = self.pos
        if self.gtids:
            stored["gtids"] = self.gtids
        if self.snapshot is not None and not self.completed:
            stored["snapshot"] = self.snapshot
        elif self.snapshot is None:
            if self.server_id:
                stored["server_id"] = self.server_id
            if self.logged:
                stored["event"] = self.logged
        if self.events:
            stored[EVENTS] = self.events
        if self.server:
            stored[SERVER] = self.server
        return stored

    def __repr__(self) -> str:
        return f"<BinlogPosition {self.offset()}>"


def parse(offset: dict[str, object]) -> BinlogPosition:
    """The position of a stored offset, ours or Debezium's. Raises SourceRefused when it has no log position."""
    file = offset.get("file")
    gtids = offset.get("gtids")
    if not isinstance(file, str) or (not file and not gtids):
        raise SourceRefused(OFFSET_UNREADABLE, f"offset {offset}")
    return BinlogPosition(
        file=file,
        pos=number(offset, "pos"),
        gtids="".join(str(gtids or "").split()),
        events=number(offset, EVENTS),
        logged=number(offset, "event"),
        row=number(offset, "row"),
        begun=str(offset.get("transaction_id") or ""),
        server_id=number(offset, "server_id"),
        ts_sec=number(offset, "ts_sec"),
        snapshot=snapshot_kind(offset),
        completed=bool(offset.get("snapshot_completed")),
        server=str(offset.get(SERVER) or ""),
    )
