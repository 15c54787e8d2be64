"""What a server says about itself: kind, settings, position, GTIDs, files of its log; and whether a position is there.

Source: MySQL manual, "Replication and Binary Logging"; MariaDB, "Global Transaction ID".
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final

from cdc.errors import PositionLost, SourceLost, SourceRefused
from connectors.mysql import errors
from connectors.mysql.connection import Connection, literal, named, query, variables
from connectors.mysql.gtid import GtidSet, MariadbGtidSet
from connectors.mysql.position import SERVER, BinlogPosition
from connectors.mysql.stream import Executed, wanted_sources

if TYPE_CHECKING:
    from connectors.mysql.connection import AnyConfig

log = logging.getLogger("connectors.mysql")

_VARIABLES: Final = (
    "log_bin",
    "binlog_format",
    "binlog_row_image",
    "binlog_row_metadata",
    "binlog_rows_query_log_events",
    "binlog_annotate_row_events",
    "binlog_expire_logs_seconds",
    "binlog_expire_logs_auto_purge",
    "expire_logs_days",
    "innodb_native_foreign_keys",
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
_TRIES: Final = 20
_WRONG_OFFSET: Final = 1220
_FIRST_EVENT: Final = 4  # its place in every file
_HIGHEST: Final = 0xFFFFFFFF  # place that BINLOG_GTID_POS can be asked for
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
    def purged(self) -> GtidSet:
        """MySQL's GTIDs that are in none of its files; empty on MariaDB."""
        return GtidSet(self.settings.get("gtid_purged", ""))

    @property
    def number(self) -> int:
        """The version as the server's version comments have it: 80400 for 8.4.0, 110802 for 11.8.2."""
        found = re.match(r"(?:5\.5\.5-)?(\d+)\.(\d+)\.(\d+)", self.version)
        if found is None:
            return 80000
        major, minor, patch = (int(part) for part in found.groups())
        return major * 10000 + minor * 100 + patch

    @property
    def logs_cascades(self) -> bool:
        """Whether the log has what foreign keys do to rows of child tables."""
        return self.settings.get("innodb_native_foreign_keys", "ON").upper() in ("OFF", "0")

    @property
    def keeps_seconds(self) -> int:
        """After how long the server deletes a file of its log, 0: never."""
        settings = self.settings
        if settings.get("binlog_expire_logs_auto_purge", "ON").upper() in ("OFF", "0"):
            return 0
        seconds = int(settings.get("binlog_expire_logs_seconds") or 0)
        return seconds or int(float(settings.get("expire_logs_days") or 0) * 86400)

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


def position(connection: Connection, server: Server, *, still: bool) -> BinlogPosition:
    """Where the log ends now. Raises SourceLost, SourceRefused.

    `still` says that a lock keeps all writers away. Otherwise GTIDs and place may be of two moments (MySQL writes a
    transaction to the log before it counts its GTID), so the position does not name the server: it is not compared
    with its log when the stream begins.
    """
    modern = not server.mariadb and server.number >= 80200
    identity = ""
    for _ in range(_TRIES):  # MariaDB is asked twice, and without a lock it may go on in between
        before = _binlog_gtids(connection, server)
        status = named(connection, "SHOW BINARY LOG STATUS" if modern else "SHOW MASTER STATUS", _READING)
        if not status:
            raise SourceRefused(errors.NO_BINLOG, "the server names no binary log")
        if _binlog_gtids(connection, server) == before:
            identity = server.identity
            break
    gtids = before if server.mariadb else "".join(str(status[0].get("Executed_Gtid_Set") or "").split())
    if gtids and not still and not server.mariadb:
        identity = ""
    ((seconds,),) = query(connection, "SELECT UNIX_TIMESTAMP()", _READING)
    return BinlogPosition(
        file=str(status[0]["File"]),
        pos=int(status[0]["Position"]),
        gtids=gtids,
        ts_sec=int(seconds),
        server=identity,
    )


def refuse_prepared(connection: Connection) -> None:
    """Raise SourceLost while there are prepared XA transactions.

    They are in the log when they are prepared, and in the tables when they are committed: a snapshot in between has
    them neither here nor there.
    """
    try:
        rows = query(connection, "XA RECOVER", "looking for prepared transactions")
    except SourceRefused as error:
        log.warning(
            "snapshot: prepared XA transactions are not looked for, and would be missed"
            " (GRANT XA_RECOVER_ADMIN ON *.* TO the user): %s",
            error.detail,
        )
        return
    if rows:
        raise SourceLost(errors.PREPARED, ", ".join(str(row[3]) for row in rows[:5]))


def _binlog_gtids(connection: Connection, server: Server) -> str:
    """Where MariaDB's log ends, as GTIDs; MySQL says it with the file."""
    if not server.mariadb:
        return ""
    ((found,),) = query(connection, "SELECT @@global.gtid_binlog_pos", _READING)
    return str(found or "")


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
        begin = _after_list(connection, server, stored) if server.mariadb else _after_set(server, stored, config)
        if stored.server == server.identity:
            _check_log(connection, server, stored)
        return begin
    _check_file(connection, server, stored)
    executed: Executed | None = None
    if server.gtids and stored.gtids:
        executed = MariadbGtidSet(stored.gtids) if server.mariadb else GtidSet(stored.gtids)
    elif server.gtids:
        executed = _gtids_at(connection, server, stored)
    return Begin(executed, None)


def _gtids_at(connection: Connection, server: Server, stored: BinlogPosition) -> Executed | None:
    """What was done at a stored place without GTIDs; None: not known. MySQL tells it only for the begin of a file."""
    if server.mariadb:
        if stored.pos > _HIGHEST:
            return None
        statement = f"SELECT BINLOG_GTID_POS({literal(stored.file)}, {stored.pos})"
        ((found,),) = query(connection, statement, _READING)
        return None if found is None else MariadbGtidSet(str(found))
    first = query(connection, f"SHOW BINLOG EVENTS IN {literal(stored.file)} LIMIT 2", _READING)
    for _, _, kind, _, end, info in first:
        if kind == "Previous_gtids" and stored.pos <= int(end):
            return GtidSet("".join(str(info or "").split())).union(server.purged)
    return None


def _after_set(server: Server, stored: BinlogPosition, config: AnyConfig) -> Begin:
    try:
        ours = GtidSet(stored.gtids)
    except ValueError as error:
        raise SourceRefused(errors.OFFSET_UNREADABLE, f"gtids {stored.gtids}: {error}") from error
    executed = GtidSet(server.settings.get("gtid_executed", ""))
    purged = server.purged
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


def _check_log(connection: Connection, server: Server, stored: BinlogPosition) -> None:
    """On the server that was read the stored place must stand for the stored GTIDs.

    After a reset or a restore the numbers of GTIDs are given again, to other transactions: once there are as many as
    were read, a comparison of GTIDs alone would pass over them all.
    """
    listed = files(connection)
    sizes = dict(listed)
    where = f"{stored.file}:{stored.pos}, GTIDs {stored.gtids}"
    if stored.file not in sizes:
        (base, number), (newest, last) = _order(stored.file), _order(listed[-1][0])
        if base == newest and number > last:  # under another name of log_bin numbers begin anew, and mean nothing
            raise PositionLost(
                errors.SERVER_BEHIND, f"its log was begun anew: it ends in {listed[-1][0]}, read was {where}"
            )
        return  # purged; of what it held nothing is lacking
    size = sizes[stored.file]
    if size and size < stored.pos:
        raise PositionLost(
            errors.SERVER_BEHIND, f"its log was begun anew: {stored.file} ends at {size}, read was {where}"
        )
    if server.mariadb:
        other = _other_mariadb(connection, stored)
    else:
        other = _other_mysql(connection, server, stored, newest=listed[-1][0] == stored.file)
    if other:
        raise PositionLost(errors.SERVER_BEHIND, f"its log was begun anew: at {where} stands {other}")


def _other_mariadb(connection: Connection, stored: BinlogPosition) -> str:
    """What stands at the stored place, when that is not what was read; else empty."""
    if stored.pos > _HIGHEST:
        return ""
    statement = f"SELECT BINLOG_GTID_POS({literal(stored.file)}, {stored.pos})"
    ((found,),) = query(connection, statement, _READING)
    if found is None:
        return "no event"
    there, ours = MariadbGtidSet(str(found)), MariadbGtidSet(stored.gtids)
    listed = [str(domain) for domain in there.domains()]  # a server can be told to forget domains
    same = there.is_subset(ours) and ours.only(lambda domain: domain in listed).is_subset(there) and bool(listed)
    return "" if same else str(there) or "the begin of a log"


def _other_mysql(connection: Connection, server: Server, stored: BinlogPosition, *, newest: bool) -> str:
    """As `_other_mariadb`: the next transaction must be one that was not read, and of the server's own the next one."""
    limit = 1 if stored.pos > _FIRST_EVENT else 3  # never more than needed: an event may be as large as a transaction
    try:
        rows = query(
            connection, f"SHOW BINLOG EVENTS IN {literal(stored.file)} FROM {stored.pos} LIMIT {limit}", _READING
        )
    except SourceRefused as error:
        if f"(error {_WRONG_OFFSET})" not in error.detail:
            raise
        return error.detail
    ours, own = GtidSet(stored.gtids), server.identity.lower()
    if not rows and newest:  # nothing follows: all is read
        return str(GtidSet(server.settings.get("gtid_executed", "")).only(lambda uuid: uuid == own).subtract(ours))
    for row in rows:
        found = re.search(r"GTID_NEXT\s*=\s*'([0-9a-fA-F-]{36}(?::\w+)?):(\d+)'", str(row[5]))
        if found is not None:
            source, number = found.group(1).lower(), int(found.group(2))
            skipped = source == own and number > 1 and not ours.contains(source, number - 1)
            return f"{source}:{number}" if skipped or ours.contains(source, number) else ""
    return ""


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
