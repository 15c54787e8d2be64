"""What a server says about itself: kind, settings, position, GTIDs, files of its log; and whether a position is there.

Source: MySQL manual, "Replication and Binary Logging"; MariaDB, "Global Transaction ID".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from cdc.errors import PositionLost, SourceRefused
from connectors.mysql import errors
from connectors.mysql.connection import Connection, literal, named, query, variables
from connectors.mysql.gtid import GtidSet, MariadbGtidSet
from connectors.mysql.position import SERVER, BinlogPosition
from connectors.mysql.stream import Executed, wanted_sources

if TYPE_CHECKING:
    from connectors.mysql.connection import AnyConfig

_VARIABLES: Final = (
    "log_bin",
    "binlog_format",
    "binlog_row_image",
    "gtid_mode",
    "server_uuid",
    "server_id",
    "lower_case_table_names",
    "character_set_server",
    "collation_server",
    "gtid_executed",
    "gtid_purged",
    "gtid_binlog_pos",
    "gtid_current_pos",
)
_READING: Final = "reading the server's position"


class Server:
    """The server's settings at the time of `describe`."""

    def __init__(self, version: str, settings: dict[str, str]) -> None:
        self.version = version
        self.settings = settings
        self.mariadb = "mariadb" in version.lower()
        self.case = int(settings.get("lower_case_table_names", "0"))
        self.charset = settings.get("character_set_server") or None
        self.collation = settings.get("collation_server") or None
        self.gtids = self.mariadb or settings.get("gtid_mode", "OFF").upper() == "ON"
        # MariaDB servers have no UUID
        self.identity = settings.get("server_uuid") or f"id {settings.get('server_id', '0')}"

    @property
    def number(self) -> int:
        """The version as the server's version comments have it: 80400 for 8.4.0, 110802 for 11.8.2."""
        found = re.match(r"(?:5\.5\.5-)?(\d+)\.(\d+)\.(\d+)", self.version)
        if found is None:
            return 80000
        major, minor, patch = (int(part) for part in found.groups())
        return major * 10000 + minor * 100 + patch

    def require(self, connector: str) -> None:
        """Raise SourceRefused for a server that this connector cannot read."""
        if self.mariadb != (connector == "mariadb"):
            raise SourceRefused(errors.SERVER_KIND, f"the server is {self.version}, the connector {connector}")
        for problem in self.problems():
            raise SourceRefused(*problem)

    def problems(self) -> list[tuple[str, str]]:
        """(code, what is wrong) of its binary log."""
        settings = self.settings
        if settings.get("log_bin", "OFF").upper() not in ("ON", "1"):
            return [(errors.NO_BINLOG, "log_bin is OFF")]
        found: list[tuple[str, str]] = []
        for name, wanted in (("binlog_format", "ROW"), ("binlog_row_image", "FULL")):
            value = settings.get(name, wanted).upper()
            if value != wanted:
                found.append((errors.BINLOG_FORMAT, f"{name} is {value}"))
        return found


def describe(connection: Connection) -> Server:
    """Ask the server. Raises SourceLost, SourceRefused."""
    ((version,),) = query(connection, "SELECT VERSION()", "reading the server's version")
    return Server(str(version), variables(connection, *_VARIABLES))


def position(connection: Connection, server: Server) -> BinlogPosition:
    """Where the log ends now. Raises SourceLost, SourceRefused."""
    modern = not server.mariadb and server.number >= 80200
    status = named(connection, "SHOW BINARY LOG STATUS" if modern else "SHOW MASTER STATUS", _READING)
    if not status:
        raise SourceRefused(errors.NO_BINLOG, "the server names no binary log")
    gtids = "".join(str(status[0].get("Executed_Gtid_Set") or "").split())
    if server.mariadb:
        ((found,),) = query(connection, "SELECT @@global.gtid_binlog_pos", _READING)
        gtids = str(found or "")
    ((seconds,),) = query(connection, "SELECT UNIX_TIMESTAMP()", _READING)
    return BinlogPosition(
        file=str(status[0]["File"]),
        pos=int(status[0]["Position"]),
        gtids=gtids,
        ts_sec=int(seconds),
        server=server.identity,
    )


def files(connection: Connection) -> list[tuple[str, int]]:
    """Names and sizes of the log's files, oldest first. Raises SourceLost, SourceRefused."""
    return [(str(row[0]), int(row[1])) for row in query(connection, "SHOW BINARY LOGS", _READING)]


class Begin:
    """How the stream begins: after GTIDs (`executed` and `request` are set), or at a file and position."""

    def __init__(self, executed: Executed | None, request: Executed | None) -> None:
        self.executed = executed
        self.request = request


def begin_at(connection: Connection, server: Server, stored: BinlogPosition, config: AnyConfig) -> Begin:
    """Find a stored position on this server. Raises PositionLost when it is gone, SourceLost, SourceRefused."""
    if stored.gtids and server.gtids and not config.gtid_ignore_on_recovery:
        if server.mariadb:
            return _after_list(connection, server, stored)
        return _after_set(server, stored, config)
    _check_file(connection, server, stored)
    executed: Executed | None = None
    if server.gtids and stored.gtids:
        executed = MariadbGtidSet(stored.gtids) if server.mariadb else GtidSet(stored.gtids)
    return Begin(executed, None)


def _after_set(server: Server, stored: BinlogPosition, config: AnyConfig) -> Begin:
    try:
        ours = GtidSet(stored.gtids)
    except ValueError as error:
        raise SourceRefused(errors.OFFSET_UNREADABLE, f"gtids {stored.gtids}: {error}") from error
    executed = GtidSet(server.settings.get("gtid_executed", ""))
    purged = GtidSet(server.settings.get("gtid_purged", ""))
    wanted = wanted_sources(config.gtid_source_includes, config.gtid_source_excludes)
    mine = ours if wanted is None else ours.only(wanted)
    ahead = mine.subtract(executed)
    if ahead:
        raise PositionLost(errors.SERVER_BEHIND, f"the server lacks transactions {ahead}, it has {executed}")
    gone = purged.subtract(ours)
    lost = gone if wanted is None else gone.only(wanted)
    if lost:
        raise PositionLost(errors.GTIDS_GONE, f"transactions {lost}; the stored offset has {ours}")
    return Begin(ours, ours.union(purged))


def _after_list(connection: Connection, server: Server, stored: BinlogPosition) -> Begin:
    try:
        ours = MariadbGtidSet(stored.gtids)
    except ValueError as error:
        raise SourceRefused(errors.OFFSET_UNREADABLE, f"gtids {stored.gtids}: {error}") from error
    there = MariadbGtidSet(server.settings.get("gtid_binlog_pos", "")).union(
        MariadbGtidSet(server.settings.get("gtid_current_pos", ""))
    )
    if not ours.is_subset(there):
        raise PositionLost(errors.SERVER_BEHIND, f"the stored offset has {ours}, the server {there}")
    oldest = files(connection)[0][0]
    ((text,),) = query(connection, f"SELECT BINLOG_GTID_POS({literal(oldest)}, 4)", _READING)
    first = MariadbGtidSet(str(text or ""))
    if not first.is_subset(ours):
        raise PositionLost(
            errors.GTIDS_GONE, f"the oldest file {oldest} begins after {first}; the stored offset has {ours}"
        )
    return Begin(ours, ours)


def _check_file(connection: Connection, server: Server, stored: BinlogPosition) -> None:
    if stored.server and stored.server != server.identity:
        raise PositionLost(
            errors.OTHER_SERVER, f"the offset is of server {stored.server}, this one is {server.identity}"
        )
    sizes = dict(files(connection))
    if stored.file not in sizes:
        listed = ", ".join(list(sizes)[:1] + list(sizes)[1:][-1:])
        raise PositionLost(errors.BINLOG_GONE, f"file {stored.file} position {stored.pos}; the server has {listed}")
    if sizes[stored.file] < stored.pos:
        raise PositionLost(
            errors.SERVER_BEHIND, f"file {stored.file} ends at {sizes[stored.file]}, the stored offset is {stored.pos}"
        )


def covers(stored: BinlogPosition, record: dict[str, object], mariadb: bool) -> bool:
    """Whether what was recorded at a position lies at or before a stored one (Debezium: HistoryRecordComparator)."""
    gtids = "".join(str(record.get("gtids") or "").split())
    if stored.gtids and gtids:
        try:
            ours: Executed = MariadbGtidSet(stored.gtids) if mariadb else GtidSet(stored.gtids)
            theirs: Executed = MariadbGtidSet(gtids) if mariadb else GtidSet(gtids)
            if theirs != ours:
                return theirs.is_subset(ours)  # type: ignore[arg-type]
            if record.get("snapshot") or record.get(SERVER):
                return True  # both have the set at or after what they record
        except ValueError as error:
            raise SourceRefused(errors.OFFSET_UNREADABLE, f"gtids {gtids} of the schema history: {error}") from error
    elif stored.gtids:
        return True  # recorded before the server had GTIDs
    # Debezium records a statement with the set of before it, so the place decides between equal sets. While its stream
    # is idle its place may be the file's begin, which is right here: that statement is still to come.
    file, pos = str(record.get("file") or ""), record.get("pos")
    return (_order(file), pos if isinstance(pos, int) else 0) <= (_order(stored.file), stored.pos)


def _order(file: str) -> tuple[str, int]:
    """Sorts names of log files: their number may outgrow its six digits."""
    base, _, number = file.rpartition(".")
    return (base, int(number)) if number.isdigit() else (file, 0)
