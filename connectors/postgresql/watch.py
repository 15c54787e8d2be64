"""The slot watch: how much WAL our slot holds back, seen on a connection of its own, also while the stream is stuck."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import psycopg

from cdc.errors import CdcError, SourceRefused
from cdc.watch import Watch
from connectors.postgresql.connection import Connection, connect
from connectors.postgresql.slot import Slot, read

if TYPE_CHECKING:
    from connectors.postgresql.config import PostgresConfig

log = logging.getLogger("connectors.postgresql")

PERIOD_SECONDS = 5.0
MEMBERS_SECONDS = 60.0  # between looks at the publication


class SlotWatch(Watch):
    """A thread that samples pg_replication_slots, and has somebody look at the publication now and then.

    What `members` raises as a coded error becomes `problem`, for the connector's thread to raise.
    """

    def __init__(
        self,
        config: PostgresConfig,
        period: float = PERIOD_SECONDS,
        members: Callable[[Connection], None] | None = None,
    ) -> None:
        super().__init__("slot-watch", log)
        self._config = config
        self._period = period
        self._members = members
        self._next_members = time.monotonic() + MEMBERS_SECONDS
        self.problem: CdcError | None = None
        self.xmin: int | None = None
        self.looks = 0
        self._confirmed = (0, 0.0)  # confirmed_flush_lsn and since when it has been that

    def look(self, *, members: bool = False) -> None:
        """Take a sample soon; `members` looks at the publication too."""
        if members:
            self._next_members = 0.0
        self._wake.set()

    def _run(self) -> None:
        connection: Connection | None = None
        while not self._stop.is_set():
            try:
                if connection is None:
                    connection = connect(self._config, purpose="slot watch", timeout_ms=10_000)
                slot, current = read(connection, str(self._config.slot_name))
                self._observe(slot, current)
                self._look(connection)
            except (psycopg.Error, CdcError) as error:
                log.debug("slot watch: %s", error)
                if connection is not None:
                    connection.close()
                    connection = None
            self._wake.wait(self._period)
            self._wake.clear()
        if connection is not None:
            connection.close()

    def _look(self, connection: Connection) -> None:
        now = time.monotonic()
        if self._members is None or now < self._next_members:
            return
        self._next_members = now + MEMBERS_SECONDS
        try:
            self._members(connection)
        except SourceRefused as error:
            self.problem = error
        self.looks += 1

    def _observe(self, slot: Slot | None, current: int) -> None:
        now = time.time()
        if slot is None:
            self.sample = {"slot_present": 0.0, "sampled_at": now}
            self.samples += 1
            return
        self.xmin = slot.catalog_xmin
        if slot.confirmed_flush != self._confirmed[0]:
            self._confirmed = (slot.confirmed_flush, now)
        retained = max(0, current - slot.restart_lsn) if slot.restart_lsn else 0
        behind = max(0, current - slot.confirmed_flush) if slot.confirmed_flush else 0
        sample: dict[str, float | str] = {
            "slot_present": 1.0,
            "slot_retained_bytes": float(retained),
            "slot_confirmed_lag_bytes": float(behind),
            "slot_confirmed_age_seconds": now - self._confirmed[1] if behind else 0.0,
            "slot_active": 1.0 if slot.active else 0.0,
            "slot_lag_level": float(self._level(retained)),
            "slot_wal_status": slot.wal_status,
            "sampled_at": now,
        }
        if slot.safe_wal_size is not None:
            sample["slot_safe_wal_bytes"] = float(slot.safe_wal_size)
        if slot.inactive_since and not slot.active:
            sample["slot_inactive_since"] = slot.inactive_since
        if slot.invalidation_reason:
            sample["slot_invalidation_reason"] = slot.invalidation_reason
        self.sample = sample
        self.samples += 1
        self._judge(slot, retained)

    def _level(self, retained: int) -> int:
        """0 fine, 1 above slot.lag.warn.bytes, 2 above slot.lag.critical.bytes."""
        if 0 < self._config.slot_lag_critical_bytes <= retained:
            return 2
        return 1 if 0 < self._config.slot_lag_warn_bytes <= retained else 0

    def _judge(self, slot: Slot, retained: int) -> None:
        critical = int(self._config.slot_lag_critical_bytes or 0)
        warn = int(self._config.slot_lag_warn_bytes or 0)
        left = "" if slot.safe_wal_size is None else f", {slot.safe_wal_size:,} bytes before the server gives it up"
        if slot.lost:
            reason = slot.invalidation_reason or slot.wal_status
            self._say(logging.ERROR, "lost", f"slot {slot.name} is lost ({reason})")
        elif 0 < critical <= retained:
            self._say(
                logging.ERROR,
                "critical",
                f"slot {slot.name} holds back {retained:,} bytes of WAL, over"
                f" slot.lag.critical.bytes={critical:,}{left}",
            )
        elif 0 < warn <= retained:
            self._say(
                logging.WARNING,
                "warn",
                f"slot {slot.name} holds back {retained:,} bytes of WAL, over slot.lag.warn.bytes={warn:,}{left}",
            )
        elif slot.wal_status == "unreserved":
            self._say(
                logging.ERROR,
                "unreserved",
                f"slot {slot.name} is about to be lost: its WAL may be removed at the next checkpoint{left}",
            )
        else:
            self._warned.clear()
