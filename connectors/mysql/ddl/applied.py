"""What one statement did: its kind, the database that it concerns, the tables that it changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from connectors.mysql.tables import TableChange

TABLE: Final = "table"  # kinds of Applied
DATABASE: Final = "database"
SETTING: Final = "setting"  # SET, USE
DML: Final = "dml"  # changes rows, logged as a statement: nothing can be captured of it
IGNORED: Final = "ignored"  # Debezium's filter drops it: it goes neither to the history nor to the topic
OTHER: Final = "other"  # changes no table, and is recorded


@dataclass(slots=True)
class Applied:
    """One statement and what it did. `database` is the one that it concerns, empty for none (SET)."""

    sql: str
    kind: str
    database: str
    changes: list[TableChange] = field(default_factory=list)
