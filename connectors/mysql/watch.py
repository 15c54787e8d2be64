"""The binlog watch: how long the server still keeps what was not delivered, seen on a connection of its own.

A server deletes its log by age, whether it was read or not. What counts is the position that is stored and confirmed:
a restart begins there. Source: MySQL manual, "SHOW BINARY LOGS", binlog_expire_logs_seconds; MariaDB the same.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from cdc.errors import CdcError
from cdc.watch import Watch
from connectors.mysql import server
from connectors.mysql.cascades import unlogged
from connectors.mysql.connection import Connection, close, connect

if TYPE_CHECKING:
    from cdc.filters import TableFilter
    from connectors.mysql.connection import AnyConfig
    from connectors.mysql.position import BinlogPosition

log = logging.getLogger("connectors.mysql")

PERIOD_SECONDS = 30.0
_TIMEOUT_MS = 10_000


class BinlogWatch(Watch):
    """A thread that compares the confirmed position with the files of the log.

    `position` is set by the connector's thread and needs no lock. The first look also says what the log does not
    have of the captured tables.
    """

    def __init__(self, config: AnyConfig, tables: TableFilter, period: float = PERIOD_SECONDS) -> None:
        super().__init__("binlog-watch", log)
        self._config = config
        self._tables = tables
        self._looked = False
        self._period = period
        self.position: BinlogPosition | None = None

    def look(self) -> None:
        """Take a sample soon."""
        self._wake.set()

    def _run(self) -> None:
        connection: Connection | None = None
        while not self._stop.is_set():
            self._wake.clear()
            position = self.position
            try:
                if position is not None:
                    if connection is None or not connection.open:
                        connection = connect(self._config, purpose="binlog watch", timeout_ms=_TIMEOUT_MS)
                        self._first(connection)
                    self._observe(position, server.files(connection), server.describe(connection).keeps_seconds)
            except CdcError as error:
                log.debug("binlog watch: %s", error)
                close(connection)
                connection = None
            self._wake.wait(self._period)
        close(connection)

    def _first(self, connection: Connection) -> None:
        """What is said once."""
        if not self._looked:
            said = unlogged(connection, server.describe(connection), self._tables)
            self._looked = True
            if said:
                log.warning("%s", said)

    def _observe(self, position: BinlogPosition, files: list[tuple[str, int]], expiry: int) -> None:
        """A sample of the server's files (oldest first) and its expiry in seconds, 0: it keeps them for ever."""
        now = time.time()
        names = [name for name, _ in files]
        kept = position.file in names
        at = names.index(position.file) if kept else 0
        behind = sum(size for _, size in files[at:]) - (position.pos if kept else 0)
        waiting = behind > 0 and (at < len(files) - 1)  # the file that is written to is never deleted
        age = max(0.0, now - position.ts_sec) if waiting and position.ts_sec else 0.0
        used = 100 * age / expiry if expiry else 0.0
        level = self._level(behind, used) if kept else 2
        self.sample = {
            "binlog_kept": float(kept),
            "binlog_behind_bytes": float(max(0, behind)),
            "binlog_behind_files": float(len(files) - 1 - at if kept else len(files)),
            "binlog_older_files": float(at),
            "binlog_expire_seconds": float(expiry),
            "binlog_position_age_seconds": age,
            "binlog_lag_level": float(level),
            "binlog_sampled_at": now,
        }
        self.samples += 1
        self._judge(position, kept, behind, age, expiry, level)

    def _level(self, behind: int, used: float) -> int:
        """0 fine, 1 and 2: over a threshold of binlog.lag.* or of binlog.retention.*."""
        config = self._config
        for level, size, percent in (
            (2, config.binlog_lag_critical_bytes, config.binlog_retention_critical_percent),
            (1, config.binlog_lag_warn_bytes, config.binlog_retention_warn_percent),
        ):
            if 0 < size <= behind or 0 < percent <= used:
                return level
        return 0

    def _judge(self, position: BinlogPosition, kept: bool, behind: int, age: float, expiry: int, level: int) -> None:
        if not kept:
            self._say(
                logging.ERROR,
                "gone",
                f"binlog watch: the server no longer has {position.file}, where the stored position is: do not stop the"
                " connector before it has caught up",
            )
        elif level:
            limit = f"; the server deletes files after {expiry:,} s" if expiry else ""
            self._say(
                logging.ERROR if level == 2 else logging.WARNING,
                "critical" if level == 2 else "warn",
                f"binlog watch: the stored position {position.file}:{position.pos} is {behind:,} bytes behind the log's"
                f" end and {age:,.0f} s old{limit}",
            )
        else:
            self._warned.clear()
