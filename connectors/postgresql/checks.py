"""What `cdc validate --connect` asks of the database: every problem at once, nothing is changed on the server."""

from __future__ import annotations

import psycopg

from cdc.errors import CdcError, problem_of
from cdc.filters import TableFilter
from cdc.options import Note, Problem
from connectors.postgresql import publication, slot
from connectors.postgresql.config import PostgresConfig
from connectors.postgresql.connection import Connection, connect
from connectors.postgresql.publication import Captured
from connectors.postgresql.replication import Replication

SHOWN = 20  # names listed in one problem


def check(config: PostgresConfig, notes: list[Note] | None = None) -> list[Problem]:
    """Problems of a database for a connector; empty: none was found. `notes` is told what is captured in part or not.

    Raises SourceLost, SourceRefused when it cannot be asked.
    """
    problems: list[Problem] = []
    sql = connect(config, purpose="validate", timeout_ms=int(config.connection_validation_timeout_ms))
    try:
        captured = [
            table for table in publication.relations(sql) if TableFilter(config).includes(table.schema, table.name)
        ]
        if notes is not None:
            notes += _notes(sql, config, captured)
        problems += _server(sql)
        problems += _role(sql, captured)
        problems += _slot(sql, config)
        problems += _publication(sql, config, captured)
        problems += _identities(config, captured)
    except psycopg.Error as error:
        problems.append(Problem("database.hostname", None, " ".join(str(error).split()), "See the server's message"))
    finally:
        sql.close()
    if not any(problem.property == "database.user" for problem in problems):
        problems += _walsender(config)
    return problems


def _notes(sql: Connection, config: PostgresConfig, captured: list[Captured]) -> list[Note]:
    """What is read by a snapshot only, and what is named and cannot be captured."""
    found = [
        f"{name} is unlogged: a snapshot reads its rows, its changes never arrive"
        for name in publication.unlogged(sql, captured)
    ]
    if config.table_include_list:
        found += [f"{text}, it is left out" for text in publication.others(sql, TableFilter(config).includes)]
    return [Note(text, property="table.include.list") for text in found]


def _names(tables: list[Captured]) -> str:
    text = ", ".join(table.id for table in tables[:SHOWN])
    return text if len(tables) <= SHOWN else f"{text} and {len(tables) - SHOWN} more"


def _walsender(config: PostgresConfig) -> list[Problem]:
    """Whether a replication connection comes about and reaches the server itself."""
    try:
        replication = Replication(config)
        try:
            replication.identify()
        finally:
            replication.close()
    except CdcError as error:
        return [problem_of(error, "database.hostname")]
    return []


def _server(sql: Connection) -> list[Problem]:
    row = sql.execute(
        "SELECT current_setting('wal_level'), current_setting('effective_wal_level', true),"
        " current_setting('max_replication_slots')::int, (SELECT count(*) FROM pg_replication_slots),"
        " current_setting('max_wal_senders')::int, (SELECT count(*) FROM pg_stat_replication),"
        " current_setting('max_slot_wal_keep_size', true)"
    ).fetchone()
    assert row is not None
    level, effective, slots, used, senders, busy, _ = row
    found: list[Problem] = []
    if level != "logical" and not (effective is not None and level == "replica"):
        found.append(
            Problem(
                "database.hostname",
                None,
                f"the server's wal_level is {level}, logical decoding needs logical",
                "Set wal_level=logical in postgresql.conf and restart the server"
                " (Amazon RDS: rds.logical_replication=1)",
            )
        )
    if int(str(used)) >= int(str(slots)):
        found.append(
            Problem("slot.name", None, f"all {slots} replication slots are in use", "Raise max_replication_slots")
        )
    if int(str(busy)) >= int(str(senders)):
        found.append(Problem("slot.name", None, f"all {senders} walsenders are busy", "Raise max_wal_senders"))
    return found


def _role(sql: Connection, captured: list[Captured]) -> list[Problem]:
    row = sql.execute(
        "SELECT rolname, rolsuper, rolreplication OR rolsuper OR EXISTS (SELECT FROM pg_roles g WHERE g.rolname IN"
        " ('rds_replication', 'rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin') AND pg_has_role(g.oid, 'member'))"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert row is not None
    name = str(row[0])
    found: list[Problem] = []
    if not row[2]:
        found.append(
            Problem(
                "database.user",
                name,
                "the role may not replicate",
                f"ALTER ROLE {name} REPLICATION (Amazon RDS: GRANT rds_replication TO {name})",
            )
        )
    oids = [table.oid for table in captured]
    rows = sql.execute(
        "SELECT o::int8, has_table_privilege(o, 'SELECT') AND has_schema_privilege(c.relnamespace, 'USAGE'),"
        " row_security_active(o) FROM unnest(%s::oid[]) o JOIN pg_class c ON c.oid = o",
        (oids,),
    ).fetchall()
    readable = {row[0]: bool(row[1]) for row in rows}
    secured = {row[0] for row in rows if row[2]}
    hidden = [table for table in captured if not readable.get(table.oid, True)]
    if hidden:
        found.append(
            Problem(
                "table.include.list",
                None,
                f"role {name} may not read {_names(hidden)}",
                "GRANT USAGE ON SCHEMA and SELECT ON TABLE to the role, or leave the tables out",
            )
        )
    filtered = [table for table in captured if table.oid in secured]
    if filtered:
        found.append(
            Problem(
                "table.include.list",
                None,
                f"row-level security hides rows of {_names(filtered)} from role {name}",
                f"ALTER ROLE {name} BYPASSRLS",
            )
        )
    return found


def _slot(sql: Connection, config: PostgresConfig) -> list[Problem]:
    name = str(config.slot_name)
    found, _ = slot.read(sql, name)
    if found is None:
        return []
    try:
        slot.check(found, str(config.database_dbname))
    except CdcError as error:
        return [problem_of(error, "slot.name")]
    if found.active:
        return [
            Problem(
                "slot.name",
                name,
                f"the slot is in use: {slot.holder(sql, name)}",
                "Stop the other reader before this connector starts, or choose another slot.name",
            )
        ]
    return []


def _publication(sql: Connection, config: PostgresConfig, captured: list[Captured]) -> list[Problem]:
    name = str(config.publication_name)
    mode = str(config.publication_autocreate_mode)
    found: list[Problem] = []
    if not captured:
        found.append(
            Problem(
                "table.include.list",
                ",".join(config.table_include_list) or None,
                "no table of the database is captured",
                "Create the tables, or correct table.include.list and schema.include.list"
                " (matched against schema.table)",
            )
        )
    existing = publication.read(sql, name)
    if existing is None:
        if mode == "disabled":
            found.append(
                Problem(
                    "publication.name",
                    name,
                    "the publication does not exist and publication.autocreate.mode=disabled",
                    f"CREATE PUBLICATION {name} FOR TABLE ..., or set publication.autocreate.mode",
                )
            )
        else:
            found += _may_create(sql, name, mode, captured)
        return found
    if existing.all_tables:
        if mode == "filtered":
            found.append(
                Problem(
                    "publication.autocreate.mode",
                    mode,
                    f"publication {name} is FOR ALL TABLES and cannot be narrowed",
                    "Set publication.autocreate.mode=all_tables, or name another publication",
                )
            )
        return found
    covered = publication.members(sql, name)
    missing = [] if covered is None else publication.unpublished(captured, covered, existing.via_root)
    if missing and mode != "filtered":
        found.append(
            Problem(
                "publication.name",
                name,
                f"the publication leaves out captured tables: {_names(missing)}",
                f"ALTER PUBLICATION {name} ADD TABLE ..., or take them off table.include.list",
            )
        )
    return found


def _may_create(sql: Connection, name: str, mode: str, captured: list[Captured]) -> list[Problem]:
    row = sql.execute(
        "SELECT has_database_privilege(current_database(), 'CREATE'), rolsuper"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert row is not None
    if mode == "all_tables" and not row[1]:
        return [
            Problem(
                "publication.autocreate.mode",
                mode,
                f"only a superuser may create publication {name} FOR ALL TABLES",
                "Create it as a superuser, or set publication.autocreate.mode=filtered",
            )
        ]
    if not row[0] and not row[1]:
        return [
            Problem(
                "publication.autocreate.mode",
                mode,
                f"the role may not create publication {name}",
                "GRANT CREATE ON DATABASE to the role, or create the publication and set the mode to disabled",
            )
        ]
    if mode == "filtered" and not row[1]:
        owned = sql.execute(
            "SELECT c.oid::int8 FROM pg_class c WHERE c.oid = ANY(%s::oid[]) AND pg_has_role(c.relowner, 'USAGE')",
            ([table.oid for table in captured],),
        ).fetchall()
        mine = {row[0] for row in owned}
        others = [table for table in captured if table.oid not in mine]
        if others:
            return [
                Problem(
                    "publication.autocreate.mode",
                    mode,
                    f"only their owner may put tables into a publication: {_names(others)}",
                    "Create the publication as the owner and set the mode to disabled",
                )
            ]
    return []


def _identities(config: PostgresConfig, captured: list[Captured]) -> list[Problem]:
    if config.replica_identity_autoset_values:
        return []
    helpless = [table for table in captured if table.kind == "r" and not (table.can_change or table.unlogged)]
    if not helpless:
        return []
    return [
        Problem(
            "table.include.list",
            None,
            "UPDATE and DELETE fail in published tables without a replica identity, in the application too:"
            f" {_names(helpless)}",
            "Give them a primary key or ALTER TABLE ... REPLICA IDENTITY FULL (or replica.identity.autoset.values)",
        )
    ]
