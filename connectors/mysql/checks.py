"""What `cdc validate --connect` asks the server: everything that would stop a start, at once. Changes nothing."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, Final

from cdc.errors import CODES, CdcError
from cdc.options import Note, Problem
from connectors.mysql import server
from connectors.mysql.capture import Capture, Found
from connectors.mysql.cascades import unlogged
from connectors.mysql.connection import Connection, close, connect, named, query
from connectors.mysql.errors import SERVER_KIND
from connectors.mysql.server import Server
from connectors.mysql.snapshot_reader import quoted

if TYPE_CHECKING:
    from connectors.mysql.connection import AnyConfig

_MOST: Final = 200  # captured tables that are tried
_SHORT_SECONDS: Final = 86_400
_NO_DATA: Final = ("no_data", "recovery")


def check(config: AnyConfig, notes: list[Note] | None = None) -> list[Problem]:
    """Problems of the server, the user and the tables; what stops nothing goes to `notes`.

    Raises SourceLost, SourceRefused when it cannot be asked.
    """
    sql = connect(config, purpose="validation", timeout_ms=int(config.connection_validation_timeout_ms))
    try:
        found = server.describe(sql)
        if found.mariadb != (config.CONNECTOR == "mariadb"):
            entry = CODES[SERVER_KIND]
            return [Problem("connector.class", config.connector_class, f"the server is {found.version}", entry.remedy)]
        problems = [
            Problem("database.hostname", config.database_hostname, f"{code} {detail}", CODES[code].remedy)
            for code, detail in found.problems()
        ]
        problems += _privileges(config, found, sql)
        capture = Capture(config)
        captured = capture.captured(capture.look(sql))
        if not captured:
            problems.append(
                Problem(
                    "table.include.list",
                    ",".join(config.table_include_list) or None,
                    "no table of the server is captured, as far as this user may see",
                    "Correct the lists, or GRANT SELECT on the tables",
                )
            )
        if str(config.snapshot_mode) not in _NO_DATA:
            problems += _readable(sql, captured[:_MOST])
        problems += _taken(config, found, sql)
        if notes is not None:
            notes += map(Note, _remarks(config, found))
            said = unlogged(sql, found, capture.tables)
            if said:
                notes.append(Note(said))
        return problems
    finally:
        close(sql)


def _privileges(config: AnyConfig, found: Server, sql: Connection) -> list[Problem]:
    """What SHOW GRANTS lacks; roles that are active count."""
    lines = [str(row[0]) for row in query(sql, "SHOW GRANTS", "reading the user's privileges")]
    granted: set[str] = set()
    for line in lines:
        match = re.match(r"GRANT (.+?) ON \*\.\* TO ", line)
        if match is not None:
            granted |= {word.strip().upper() for word in match.group(1).split(",")}
    if "ALL PRIVILEGES" in granted:
        return []
    wanted: list[tuple[str, tuple[str, ...]]] = [
        ("REPLICATION SLAVE", ("REPLICATION SLAVE", "REPLICATION REPLICA", "REPLICATION_SLAVE_ADMIN")),
    ]
    if found.mariadb:
        wanted.append(("BINLOG MONITOR", ("BINLOG MONITOR", "REPLICATION CLIENT", "SUPER")))
    else:
        wanted.append(("REPLICATION CLIENT", ("REPLICATION CLIENT", "SUPER")))
    if str(config.snapshot_locking_mode) != "none" and not any("LOCK TABLES" in line for line in lines):
        wanted.append(("RELOAD", ("RELOAD", "FLUSH_TABLES")))
    return [
        Problem(
            "database.user",
            config.database_user,
            f"the user lacks {name}",
            f"GRANT {name} ON *.* TO the user"
            + (", or set snapshot.locking.mode=none while no DDL runs" if name == "RELOAD" else ""),
        )
        for name, enough in wanted
        if not granted.intersection(enough)
    ]


def _remarks(config: AnyConfig, found: Server) -> list[str]:
    """What works, and may not be meant."""
    settings = found.settings
    notes: list[str] = []
    if not found.gtids:
        notes.append("gtid_mode is OFF: the position means this server only, a fail-over needs a new snapshot")
    if settings.get("binlog_row_metadata", "NO_LOG").upper() != "FULL":
        notes.append(
            "binlog_row_metadata is not FULL: the log cannot confirm names, labels and keys of the schema history"
        )
    keeps = found.keeps_seconds
    if 0 < keeps < _SHORT_SECONDS:
        notes.append(f"the server keeps its log for {keeps:,} s: a longer stop needs a new snapshot")
    if config.include_query:
        name = "binlog_annotate_row_events" if found.mariadb else "binlog_rows_query_log_events"
        if settings.get(name, "OFF").upper() not in ("ON", "1"):
            notes.append(f"include.query is set, but {name} is OFF: source.query will be null")
    if found.case:
        how = "stored in lower case" if found.case == 1 else "compared in lower case"
        notes.append(f"lower_case_table_names is {found.case}: names of databases and tables are {how}, also in topics")
    return notes


def _readable(sql: Connection, captured: list[Found]) -> list[Problem]:
    refused: list[str] = []
    for table in captured:
        try:
            query(sql, f"SELECT 1 FROM {quoted(table.database, table.name)} LIMIT 0", f"reading {table.id}")
        except CdcError:
            refused.append(table.id)
    if not refused:
        return []
    shown = ", ".join(refused[:10]) + (f" and {len(refused) - 10} more" if len(refused) > 10 else "")
    return [Problem("table.include.list", None, f"the user may not read {shown}", "GRANT SELECT on them to the user")]


def _taken(config: AnyConfig, found: Server, sql: Connection) -> list[Problem]:
    """Whether another replica, or the server itself, has our number."""
    number = int(config.database_server_id)
    statement = "SHOW REPLICAS" if found.mariadb or found.number >= 80022 else "SHOW SLAVE HOSTS"
    rows: list[dict[str, Any]] = []
    with contextlib.suppress(CdcError):  # the privilege is asked for elsewhere
        rows = named(sql, statement, "listing the replicas")
    numbers = {int(row.get("Server_Id") or row.get("Server_id") or 0) for row in rows}
    numbers.add(int(found.settings.get("server_id", "0")))
    if number not in numbers:
        return []
    return [
        Problem(
            "database.server.id",
            str(number),
            "another server or replica (or this connector, if it runs) has this number",
            "Give each connector its own number",
        )
    ]
