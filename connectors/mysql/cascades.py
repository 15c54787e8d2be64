"""Changes that the log does not have: rows that InnoDB itself changes because of a foreign key.

ON DELETE and ON UPDATE with CASCADE, SET NULL or SET DEFAULT change rows of the child table inside the storage engine.
MySQL logs them from 9.6 on, unless innodb_native_foreign_keys is ON; before, and in MariaDB, only the parent's change
is logged. Source: MySQL manual, "FOREIGN KEY Constraints", "Foreign keys and the binary log".
"""

from __future__ import annotations

from typing import Final

from cdc.filters import TableFilter
from connectors.mysql.connection import Connection, query
from connectors.mysql.server import Server

_QUERY: Final = (
    "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE"
    " FROM information_schema.REFERENTIAL_CONSTRAINTS"
)
_QUIET: Final = ("CASCADE", "SET NULL", "SET DEFAULT")
_SHOWN: Final = 5


def unlogged(connection: Connection, server: Server, tables: TableFilter) -> str:
    """What is to be said of captured tables with such foreign keys, empty: there are none. Raises SourceLost."""
    if server.logs_cascades:
        return ""
    found: list[str] = []
    for database, table, name, on_delete, on_update in query(connection, _QUERY, "listing the foreign keys"):
        if not tables.includes(str(database), str(table)):
            continue
        rules = [f"ON {verb} {rule}" for verb, rule in (("DELETE", on_delete), ("UPDATE", on_update)) if rule in _QUIET]
        if rules:
            found.append(f"{database}.{table} ({name}: {', '.join(rules)})")
    if not found:
        return ""
    shown = ", ".join(found[:_SHOWN]) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
    return (
        f"foreign keys whose actions the server does not log: {shown}. Rows of these tables that they change or delete"
        " arrive in no record; let the application change them"
    )
