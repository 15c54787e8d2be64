"""What must not change of a table between a snapshot's point and its turn: its files and the columns that are read.

A command that rewrites a table (ALTER TABLE, TRUNCATE, CLUSTER, VACUUM FULL) gives it a new file, in which an older
snapshot may see no rows. Source: PostgreSQL manual, "MVCC Caveats", "pg_class".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

_FILES = """
WITH RECURSIVE tree(oid) AS (
  SELECT c.oid FROM pg_class c WHERE c.oid = %s::oid
  UNION ALL SELECT i.inhrelid FROM pg_inherits i JOIN tree t ON i.inhparent = t.oid)
SELECT c.oid::int8, n.nspname || '.' || c.relname, c.relfilenode::int8
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid IN (SELECT oid FROM tree)
"""
_COLUMNS = """
SELECT attname, attnum::int8, atttypid::int8, atttypmod FROM pg_attribute
WHERE attrelid = %s::oid AND attnum > 0 AND NOT attisdropped
"""
_THERE = "SELECT oid::int8 FROM pg_class WHERE oid = ANY(%s::int8[]::oid[])"


class TableState:
    """A table as one connection sees it: with a snapshot as of then, else as of now. Raises psycopg.Error.

    `files` are the names and files of the table, its partitions and the tables that inherit from it, by OID.
    """

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]], oid: int) -> None:
        self.oid = oid
        self.files = {row[0]: tuple(row[1:]) for row in connection.execute(_FILES.encode(), (oid,))}
        self.columns = {str(row[0]): tuple(row[1:]) for row in connection.execute(_COLUMNS.encode(), (oid,))}

    @property
    def exists(self) -> bool:
        """Whether there is such a table."""
        return self.oid in self.files


def change(then: TableState, now: TableState, read: list[str]) -> tuple[str, list[object]]:
    """How a table has changed, as text for people, empty: not so that it matters; and the OIDs of what it lost.

    `read` are the columns that a snapshot reads. Partitions that came since hold no rows of the snapshot's point.
    """
    lost: list[object] = []
    for oid, (name, file) in then.files.items():
        found = now.files.get(oid)
        if found is None:
            lost.append(oid)
        elif found[1] != file:
            return f"{name} was rewritten (ALTER TABLE, TRUNCATE, CLUSTER or VACUUM FULL)", []
        elif found[0] != name:
            return f"{name} is {found[0]} now", []
    for column in read:
        if then.columns.get(column) != now.columns.get(column):
            return f"column {column} was altered", []
    return "", lost


def still_there(connection: psycopg.Connection[tuple[object, ...]], oids: list[object]) -> bool:
    """Whether any of these relations exists: a partition that was detached, not dropped. Raises psycopg.Error."""
    return connection.execute(_THERE.encode(), (oids,)).fetchone() is not None
