"""The publication: creating and adjusting it, which tables it covers, and the tables' replica identities.

Source: Debezium reference, "publication.autocreate.mode"; PostgreSQL manual, "CREATE PUBLICATION".
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import psycopg

from cdc.errors import CdcError, SourceRefused
from cdc.regex import java_regex
from connectors.postgresql import errors
from connectors.postgresql.config import PostgresConfig, replica_identities
from connectors.postgresql.connection import Connection, identifier, translate

log = logging.getLogger("connectors.postgresql")

_PUBLISH = (("c", "insert"), ("u", "update"), ("d", "delete"), ("t", "truncate"))
_IDENTITIES = {"d": "DEFAULT", "n": "NOTHING", "f": "FULL", "i": "INDEX"}


class Captured:
    """One relation of the catalog that the filters let through."""

    def __init__(
        self,
        oid: int,
        schema: str,
        name: str,
        kind: str,
        partition: bool,
        rows: int,
        identity: str,
        key: bool,
        unlogged: bool = False,
    ) -> None:
        self.oid = oid
        self.schema = schema
        self.name = name
        self.kind = kind  # pg_class.relkind: r table, p partitioned table
        self.partition = partition
        self.rows = rows  # the planner's estimate, -1 never analysed
        self.identity = identity  # pg_class.relreplident: d default, n nothing, f full, i index
        self.key = key  # has a primary key
        self.unlogged = unlogged  # its changes are in no log: it has rows for a snapshot and no stream

    @property
    def id(self) -> str:
        """Debezium's table id."""
        return f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> str:
        """Its name in SQL."""
        return f"{identifier(self.schema)}.{identifier(self.name)}"

    @property
    def can_change(self) -> bool:
        """Whether UPDATE and DELETE work once it is published."""
        return self.identity in ("f", "i") or (self.identity == "d" and self.key)


class Publication:
    """One row of pg_publication."""

    def __init__(self, oid: int, all_tables: bool, via_root: bool, operations: str) -> None:
        self.oid = oid
        self.all_tables = all_tables
        self.via_root = via_root
        self.operations = operations


def relations(connection: Connection) -> list[Captured]:
    """Every ordinary and partitioned table that is not the system's nor temporary, by name. Raises psycopg.Error."""
    rows = connection.execute(
        "SELECT c.oid::int8, n.nspname, c.relname, c.relkind::text, c.relispartition, c.reltuples::int8,"
        " c.relreplident::text, EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary),"
        " c.relpersistence = 'u' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'"
        " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
        " ORDER BY n.nspname, c.relname"
    ).fetchall()
    return [Captured(*row) for row in rows]  # type: ignore[arg-type]


_OTHERS = {"v": "a view", "m": "a materialized view", "f": "a foreign table"}


def others(connection: Connection, included: Callable[[str, str], bool]) -> list[str]:
    """What has rows and cannot be captured, of what the filters let through, in words. Raises psycopg.Error."""
    rows = connection.execute(
        "SELECT n.nspname, c.relname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE (c.relkind IN ('v', 'm', 'f') OR c.relkind IN ('r', 'p') AND c.relpersistence = 't')"
        " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY n.nspname, c.relname"
    ).fetchall()
    return [
        f"{schema}.{name} is {_OTHERS.get(str(kind), 'a temporary table')}"
        for schema, name, kind in rows
        if included(str(schema), str(name))
    ]


def unlogged(connection: Connection, tables: list[Captured]) -> list[str]:
    """Captured tables without a log, and the partitions of captured tables that have none. Raises psycopg.Error."""
    roots = [table.oid for table in tables if table.kind == "p"]
    rows = connection.execute(
        "WITH RECURSIVE below(oid) AS (SELECT unnest(%s::oid[]) UNION"
        " SELECT i.inhrelid FROM pg_inherits i JOIN below b ON i.inhparent = b.oid)"
        " SELECT n.nspname, c.relname FROM below JOIN pg_class c ON c.oid = below.oid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.relpersistence = 'u'",
        (roots,),
    ).fetchall()
    return sorted({table.id for table in tables if table.unlogged} | {f"{row[0]}.{row[1]}" for row in rows})


def read(connection: Connection, name: str) -> Publication | None:
    """The publication, None when there is none. Raises psycopg.Error."""
    row = connection.execute(
        "SELECT oid::int8, puballtables, coalesce((to_jsonb(p) ->> 'pubviaroot')::bool, false), concat_ws(',',"
        " CASE WHEN pubinsert THEN 'insert' END, CASE WHEN pubupdate THEN 'update' END,"
        " CASE WHEN pubdelete THEN 'delete' END, CASE WHEN (to_jsonb(p) ->> 'pubtruncate')::bool THEN 'truncate' END)"
        " FROM pg_publication p WHERE pubname = %s",
        (name,),
    ).fetchone()
    return None if row is None else Publication(int(str(row[0])), bool(row[1]), bool(row[2]), str(row[3]))


def members(connection: Connection, name: str) -> set[tuple[str, str]] | None:
    """Schema and name of every table that the publication covers; None while a lock hides it. Raises psycopg.Error."""
    try:
        with connection.transaction():
            connection.execute("SET LOCAL lock_timeout = '2s'")
            rows = connection.execute(
                "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = %s", (name,)
            ).fetchall()
    except psycopg.errors.LockNotAvailable:
        return None
    return {(str(row[0]), str(row[1])) for row in rows}


def entries(connection: Connection, oid: int) -> dict[int, frozenset[int]]:
    """By the OID of a relation, the OIDs of the publication's entries that it owes its membership to.

    An entry that is taken out and put back has another OID. Raises psycopg.Error.
    """
    found: dict[int, frozenset[int]] = {}
    query = "SELECT prrelid::int8, oid::int8 FROM pg_publication_rel WHERE prpubid = %s"
    values = [oid]
    if connection.info.server_version >= 150000:
        query += (
            " UNION ALL SELECT c.oid::int8, n.oid::int8 FROM pg_publication_namespace n"
            " JOIN pg_class c ON c.relnamespace = n.pnnspid AND c.relkind IN ('r', 'p') WHERE n.pnpubid = %s"
        )
        values.append(oid)
    for relation, entry in connection.execute(query, values).fetchall():
        found[int(str(relation))] = found.get(int(str(relation)), frozenset()) | {int(str(entry))}
    return found


def unpublished(tables: list[Captured], covered: set[tuple[str, str]], via_root: bool) -> list[Captured]:
    """Captured tables whose changes the publication leaves out; a partitioned table counts by what carries its rows."""
    kinds = "p" if via_root else "r"
    missing = []
    for table in tables:
        if table.unlogged or (table.partition and via_root):
            continue  # has no changes, or they arrive under its root
        if (table.kind == "r" or table.kind == kinds) and (table.schema, table.name) not in covered:
            missing.append(table)
    return missing


def options(config: PostgresConfig) -> str:
    """The WITH clause of a publication that we create."""
    found = []
    if config.publish_via_partition_root:
        found.append("publish_via_partition_root = true")
    if config.is_set("skipped.operations"):
        skipped = {str(operation).strip().lower() for operation in config.skipped_operations}
        kept = [name for code, name in _PUBLISH if code not in skipped]
        found.append(f"publish = '{', '.join(kept)}'")
    return f" WITH ({', '.join(found)})" if found else ""


def ensure(connection: Connection, config: PostgresConfig, tables: list[Captured], *, standby: bool) -> Publication:
    """Make the publication be as publication.autocreate.mode asks, and return it. Raises SourceRefused, SourceLost."""
    name = str(config.publication_name)
    mode = str(config.publication_autocreate_mode)
    quoted = identifier(name)
    try:
        found = read(connection, name)
        if found is None:
            if mode == "disabled":
                raise SourceRefused(
                    errors.PUBLICATION_MISSING,
                    f"publication {name} does not exist, publication.autocreate.mode=disabled",
                )
            if standby:
                raise SourceRefused(
                    errors.READ_ONLY, f"publication {name} does not exist and cannot be created on a standby"
                )
            _run(connection, config, f"CREATE PUBLICATION {quoted}{_scope(mode, tables)}{options(config)}")
            if mode == "all_tables":
                _warn_identities(tables)
            found = read(connection, name)
            if found is None:
                raise SourceRefused(
                    errors.PUBLICATION_MISSING, f"publication {name} is not there after CREATE PUBLICATION"
                )
        elif mode == "filtered":
            _narrow(connection, config, found, tables, standby)
        if config.publish_via_partition_root and not found.via_root:
            log.warning(
                "publication %s exists without publish_via_partition_root: partitions arrive under their own names",
                name,
            )
    except psycopg.Error as error:
        raise _refused(error, f"publication {name}") from error
    return found


def _scope(mode: str, tables: list[Captured]) -> str:
    if mode == "all_tables":
        return " FOR ALL TABLES"
    if mode == "filtered":
        return f" FOR TABLE {_table_list(tables)}"
    return ""


def _table_list(tables: list[Captured]) -> str:
    logged = [table for table in tables if not table.unlogged]
    if not logged:
        raise SourceRefused(
            errors.PUBLICATION_REFUSED,
            "no logged table matches table.include.list and schema.include.list, so there is nothing to publish",
            "Create the tables, or correct the lists (they are matched against schema.table)",
        )
    return ", ".join(sorted(table.quoted for table in logged))


def _narrow(
    connection: Connection, config: PostgresConfig, found: Publication, tables: list[Captured], standby: bool
) -> None:
    name = str(config.publication_name)
    if found.all_tables:
        raise SourceRefused(errors.PUBLICATION_ALL_TABLES, f"publication {name}, publication.autocreate.mode=filtered")
    rows = connection.execute(
        "SELECT n.nspname, c.relname FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid"
        " JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE p.pubname = %s",
        (name,),
    ).fetchall()
    present = {(str(row[0]), str(row[1])) for row in rows}
    wanted = {(table.schema, table.name) for table in tables if not table.unlogged}
    if present == wanted:
        return
    if standby:
        log.warning("publication %s differs from the captured tables and cannot be changed on a standby", name)
        return
    added = ", ".join(sorted(f"{s}.{t}" for s, t in wanted - present)) or "none"
    removed = ", ".join(sorted(f"{s}.{t}" for s, t in present - wanted)) or "none"
    log.info("publication %s: adding %s, removing %s", name, added, removed)
    _run(connection, config, f"ALTER PUBLICATION {identifier(name)} SET TABLE {_table_list(tables)}")


def _run(connection: Connection, config: PostgresConfig, statement: str) -> None:
    """Publication DDL under its own time limit, so that a locked table does not hang the start."""
    seconds = int(config.internal_create_slot_command_timeout)
    log.info("%s", statement)
    connection.execute(f"SET statement_timeout = {seconds * 1000}".encode())
    try:
        connection.execute(statement.encode())
    finally:
        if not connection.closed:
            connection.execute(f"SET statement_timeout = {int(config.database_query_timeout_ms)}".encode())


def _refused(error: psycopg.Error, what: str) -> CdcError:
    state = error.sqlstate or ""
    text = " ".join(str(error).split())
    if state in ("57014", "55P03"):
        return SourceRefused(errors.LOCK_TIMEOUT, f"{what}: {text} (SQLSTATE {state})")
    if state in ("42501", "42710", "0A000", "22023") or state.startswith("42"):
        return SourceRefused(errors.PUBLICATION_REFUSED, f"{what}: {text} (SQLSTATE {state})")
    return translate(error, f"preparing {what}")


def _warn_identities(tables: list[Captured]) -> None:
    helpless = [table.id for table in tables if table.kind == "r" and not (table.can_change or table.unlogged)]
    if helpless:
        log.warning(
            "the publication covers all tables, and UPDATE and DELETE now fail in tables without a replica identity: %s"
            " (give them a primary key or ALTER TABLE ... REPLICA IDENTITY FULL)",
            ", ".join(helpless[:20]) + (f" and {len(helpless) - 20} more" if len(helpless) > 20 else ""),
        )


def set_identities(connection: Connection, config: PostgresConfig, tables: list[Captured]) -> None:
    """`replica.identity.autoset.values`: ALTER TABLE where it differs. Raises SourceRefused, SourceLost."""
    text = config.replica_identity_autoset_values
    if not text:
        return
    rules = [(java_regex(table, ignore_case=True), wanted) for table, wanted in replica_identities(str(text))]
    for table in tables:
        for pattern, wanted in rules:
            if not pattern.fullmatch(table.id):
                continue
            if wanted.split(" ")[0] != _IDENTITIES.get(table.identity) or wanted.startswith("INDEX"):
                clause = f"USING INDEX {identifier(wanted[6:])}" if wanted.startswith("INDEX ") else wanted
                try:
                    connection.execute(f"ALTER TABLE {table.quoted} REPLICA IDENTITY {clause}".encode())
                except psycopg.OperationalError:
                    raise
                except psycopg.Error as error:
                    text = " ".join(str(error).split())
                    raise SourceRefused(errors.IDENTITY_REFUSED, f"table {table.id} to {wanted}: {text}") from error
                log.info("replica identity of %s set to %s", table.id, wanted)
            break
