"""The replication slot: what it is, creating, dropping, and whether it still fits the stored offset.

Source: PostgreSQL manual, "pg_replication_slots" and "Streaming Replication Protocol"; Debezium reference, "Slot".
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import psycopg

from cdc.errors import CdcError, PositionLost, SourceLost, SourceRefused
from connectors.postgresql import errors
from connectors.postgresql.connection import Connection, translate
from connectors.postgresql.lsn import lsn_number, lsn_text
from connectors.postgresql.position import PostgresPosition
from connectors.postgresql.replication import CommandTimeout, Replication

if TYPE_CHECKING:
    from connectors.postgresql.config import PostgresConfig

log = logging.getLogger("connectors.postgresql")

PLUGIN = "pgoutput"
_CURRENT = "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END"


class Slot:
    """One row of pg_replication_slots, whatever columns the server's version has."""

    def __init__(self, row: dict[str, object]) -> None:
        self.name = str(row.get("slot_name"))
        self.plugin = _text(row, "plugin")
        self.kind = _text(row, "slot_type")
        self.database = _text(row, "database")
        self.temporary = bool(row.get("temporary"))
        self.active = bool(row.get("active"))
        pid = row.get("active_pid")
        self.active_pid = pid if isinstance(pid, int) else 0
        self.restart_lsn = _lsn(row, "restart_lsn")
        self.confirmed_flush = _lsn(row, "confirmed_flush_lsn")
        xmin = row.get("catalog_xmin")
        self.catalog_xmin = int(str(xmin)) if xmin is not None else None
        self.wal_status = _text(row, "wal_status")  # PostgreSQL 13+
        safe = row.get("safe_wal_size")
        self.safe_wal_size = int(str(safe)) if safe is not None else None  # bytes; None: no limit is set
        self.inactive_since = _text(row, "inactive_since")  # PostgreSQL 17+
        self.invalidation_reason = _text(row, "invalidation_reason")  # PostgreSQL 17+
        self.conflicting = bool(row.get("conflicting"))  # PostgreSQL 16+
        self.failover = bool(row.get("failover"))  # PostgreSQL 17+
        self.two_phase = bool(row.get("two_phase"))  # PostgreSQL 14+

    @property
    def lost(self) -> bool:
        """Whether the server has given it up for good."""
        return self.wal_status == "lost" or bool(self.invalidation_reason) or self.conflicting


def _text(row: dict[str, object], key: str) -> str:
    value = row.get(key)
    return "" if value is None else str(value)


def _lsn(row: dict[str, object], key: str) -> int:
    value = row.get(key)
    return lsn_number(str(value)) if value else 0


def read(connection: Connection, name: str) -> tuple[Slot | None, int]:
    """The slot (None: there is none) and the server's current log position. Raises psycopg.Error."""
    row = connection.execute(
        f"SELECT (SELECT to_jsonb(s) FROM pg_replication_slots s WHERE slot_name = %s), ({_CURRENT})::text", (name,)
    ).fetchone()
    assert row is not None
    slot = Slot(row[0]) if isinstance(row[0], dict) else None
    return slot, lsn_number(str(row[1])) if row[1] else 0


def check(slot: Slot, database: str) -> None:
    """Raise SourceRefused or PositionLost when this slot can never be read by us."""
    if slot.kind != "logical" or slot.plugin != PLUGIN:
        raise SourceRefused(
            errors.SLOT_FOREIGN, f"slot {slot.name} is {slot.kind} with plug-in {slot.plugin or 'none'}, not {PLUGIN}"
        )
    if slot.database != database:
        raise SourceRefused(
            errors.SLOT_FOREIGN, f"slot {slot.name} belongs to database {slot.database}, not to {database}"
        )
    if slot.two_phase:
        # Its transactions come at PREPARE TRANSACTION, when nobody knows yet whether they will be committed.
        raise SourceRefused(
            errors.SLOT_FOREIGN,
            f"slot {slot.name} was made with two_phase, whose transactions come before they are committed",
            "Let the connector make its slot, or make one without two_phase. To keep this one on PostgreSQL 18, stop"
            f' its readers and say ALTER_REPLICATION_SLOT "{slot.name}" (TWO_PHASE false) on a replication connection'
            " while no transaction is prepared; before, drop it, remove the offset and take a new snapshot",
        )
    if slot.lost:
        reason = slot.invalidation_reason or slot.wal_status or "recovery conflict"
        raise PositionLost(
            errors.SLOT_INVALID,
            f"slot {slot.name}: wal_status {slot.wal_status or 'unknown'}, reason {reason},"
            f" confirmed up to {lsn_text(slot.confirmed_flush)}",
        )


def reconcile(slot: Slot, position: PostgresPosition, strategy: str, connection: Connection) -> PostgresPosition:
    """Where to start, given a stored position and a slot that is elsewhere (`offset.mismatch.strategy`).

    An offset ahead of the slot is normal: the slot is confirmed after the offset is stored. A slot ahead of the offset
    is not: the server would skip what lies between without a word. `strategy` empty is our default: start at the offset
    and refuse a slot that is ahead. Raises PositionLost, SourceRefused.
    """
    stored, confirmed = position.done(), slot.confirmed_flush
    where = f"slot {slot.name} is confirmed up to {lsn_text(confirmed)}, the stored offset is {lsn_text(stored)}"
    if confirmed > stored:
        if strategy in ("trust_slot", "trust_greater_lsn"):
            log.warning("%s: starting at the slot, as offset.mismatch.strategy=%s says", where, strategy)
            return _ahead(confirmed, position)
        if strategy == "no_validation":
            log.warning("%s: changes in between are left out, as offset.mismatch.strategy=no_validation accepts", where)
            return _ahead(confirmed, position)
        raise PositionLost(errors.SLOT_AHEAD, where)
    if confirmed < stored and strategy in ("trust_offset", "trust_greater_lsn"):
        target = position.lsn_commit if position.events and position.lsn_commit else stored
        if target > confirmed:
            try:
                connection.execute("SELECT pg_replication_slot_advance(%s, %s::pg_lsn)", (slot.name, lsn_text(target)))
            except psycopg.Error as error:
                raise unusable(error, slot.name, connection) from error
            log.info("%s: advanced the slot to %s", where, lsn_text(target))
    return position


def _ahead(lsn: int, position: PostgresPosition) -> PostgresPosition:
    found = at(lsn, position)
    found.commit = None  # it is not the newest before this place
    return found


def at(lsn: int, like: PostgresPosition | None = None) -> PostgresPosition:
    """A position between transactions at a log position."""
    position = PostgresPosition(lsn=lsn, lsn_proc=lsn, lsn_commit=lsn, message_type="COMMIT")
    if like is not None:
        position.tx_id, position.ts_us, position.xmin = like.tx_id, like.ts_us, like.xmin
        position.system, position.timeline = like.system, like.timeline
        position.publication = like.publication
        position.commit = like.commit
    return position


def create(
    replication: Replication,
    connection: Connection,
    name: str,
    *,
    seconds: float,
    failover: bool = False,
    temporary: bool = False,
    export: bool = True,
) -> tuple[int, str]:
    """Create a slot; its consistent point and the name of its exported snapshot.

    The snapshot lives until the next command on the replication connection. Raises SourceLost, SourceRefused.
    """
    kind = "TEMPORARY LOGICAL" if temporary else "LOGICAL"
    if replication.version >= 150000:
        options = [f"SNAPSHOT '{'export' if export else 'nothing'}'"]
        if failover and replication.version >= 170000:
            options.append("FAILOVER true")
        tail = f"({', '.join(options)})"
    else:
        tail = "EXPORT_SNAPSHOT" if export else "NOEXPORT_SNAPSHOT"
    try:
        row = replication.command(f'CREATE_REPLICATION_SLOT "{name}" {kind} {PLUGIN} {tail}', seconds)[0]
    except CommandTimeout:
        raise SourceLost(
            errors.SLOT_NOT_CREATED, f"slot {name} not ready within {seconds:g} s; {blockers(connection)}"
        ) from None
    except psycopg.Error as error:
        raise unusable(error, name, connection) from error
    point = lsn_number(str(row[1]))
    log.info("created %s slot %s at %s", "temporary" if temporary else "replication", name, lsn_text(point))
    return point, str(row[2] or "")


def drop(connection: Connection, name: str) -> None:
    """Drop a slot if it is there. Raises psycopg.Error."""
    connection.execute(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", (name,)
    )


def unusable(error: psycopg.Error, name: str, connection: Connection) -> CdcError:
    """The coded error for a failed command on a slot."""
    state = error.sqlstate or ""
    text = " ".join(str(error).split())
    detail = f"slot {name}: {text}" + (f" (SQLSTATE {state})" if state else "")
    if state == "55006":
        return SourceLost(errors.SLOT_BUSY, f"{detail}; {holder(connection, name)}")
    if state == "53400":
        return SourceRefused(errors.SLOTS_FULL, detail)
    if state == "42501":
        return SourceRefused(errors.NO_REPLICATION, detail)
    if state == "42704" and "publication" not in text:
        return PositionLost(errors.SLOT_MISSING, detail)
    if state in ("57014", "55P03"):
        return SourceLost(errors.SLOT_NOT_CREATED, f"{detail}; {blockers(connection)}")
    if state == "55000" and "wal_level" in text:
        return SourceRefused(errors.WAL_LEVEL, detail)
    if state == "55000" and ("no longer" in text or "invalidated" in text or "cannot read from" in text):
        return PositionLost(errors.SLOT_INVALID, detail)
    return translate(error, f"using slot {name}")


def holder(connection: Connection, name: str) -> str:
    """Who reads a slot, in words; best effort."""
    try:
        row = connection.execute(
            "SELECT a.pid, a.application_name, a.client_addr::text, a.backend_start::text, a.usename"
            " FROM pg_replication_slots s JOIN pg_stat_activity a ON a.pid = s.active_pid WHERE s.slot_name = %s",
            (name,),
        ).fetchone()
    except psycopg.Error:
        row = None
    if row is None:
        return "its holder cannot be seen"
    return f'held by process {row[0]} "{row[1]}" of user {row[4]} from {row[2] or "a local socket"} since {row[3]}'


def blockers(connection: Connection) -> str:
    """Transactions that a new slot has to wait for, in words; best effort."""
    try:
        rows = connection.execute(
            "SELECT pid, usename, datname, state, date_trunc('second', now() - xact_start)::text FROM pg_stat_activity"
            " WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 5"
        ).fetchall()
    except psycopg.Error:
        return "the running transactions cannot be seen"
    if not rows:
        return "no running transaction is seen (prepared transactions also count)"
    return "running: " + "; ".join(f"pid {r[0]} {r[1]}@{r[2]} {r[3]} for {r[4]}" for r in rows)


def stream_options(config: PostgresConfig, version: int) -> list[tuple[str, str]]:
    """Options of START_REPLICATION: the oldest protocol serves every server, since nothing newer is asked for."""
    options = [("proto_version", "1"), ("publication_names", f'"{config.publication_name}"')]
    if version >= 140000:
        options.append(("messages", "true"))
    for pair in str(config.slot_stream_params or "").split(";"):
        name, separator, value = pair.partition("=")
        if separator:
            options = [option for option in options if option[0] != name.strip()]
            options.append((name.strip(), value.strip()))
    return options
