"""What must not change of a table between a snapshot's point and its turn: its files and the columns that are read.

A command that rewrites a table (ALTER TABLE, TRUNCATE, CLUSTER, VACUUM FULL) gives it a new file, in which an older
snapshot may see no rows. Source: PostgreSQL manual, "MVCC Caveats", "pg_class".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

_TREE = """
WITH RECURSIVE tree(oid) AS (
  SELECT %s::oid UNION SELECT i.inhrelid FROM pg_inherits i JOIN tree t ON i.inhparent = t.oid)
SELECT oid::int8 FROM tree
"""
_FILES = """
SELECT c.oid::int8, n.nspname || '.' || c.relname, c.relfilenode::int8,
  ARRAY(SELECT i.inhparent::int8 FROM pg_inherits i WHERE i.inhrelid = c.oid ORDER BY 1)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY(%s::int8[]::oid[])
"""
_COLUMNS = """
SELECT attname, attnum::int8, atttypid::int8, atttypmod FROM pg_attribute
WHERE attrelid = %s::oid AND attnum > 0 AND NOT attisdropped
"""


class TableState:
    """A table as one connection sees it: with a snapshot as of then, else as of now. Raises psycopg.Error.

    `files` are the name, the file and the parents of the table, its partitions and the tables that inherit from it, by
    OID: all that this connection sees, or those of `like`.
    """

    def __init__(
        self, connection: psycopg.Connection[tuple[object, ...]], oid: int, like: TableState | None = None
    ) -> None:
        self.oid = oid
        if like is None:
            tree = [row[0] for row in connection.execute(_TREE.encode(), (oid,))]
        else:
            tree = list(like.files)
        self.files: dict[object, tuple[object, object, list[object]]] = {}
        for member, name, file, parents in connection.execute(_FILES.encode(), (tree,)):
            self.files[member] = (name, file, list(parents) if isinstance(parents, list) else [])
        self.columns = {str(row[0]): tuple(row[1:]) for row in connection.execute(_COLUMNS.encode(), (oid,))}

    @property
    def exists(self) -> bool:
        """Whether there is such a table."""
        return self.oid in self.files


def change(then: TableState, now: TableState, read: list[str]) -> str:
    """How a table has changed, as text for people; empty: not so that it matters. `now` is like `then`.

    `read` are the columns that a snapshot reads. What was dropped since is no change; partitions that came since hold
    no rows of the snapshot's point.
    """
    for oid, (name, file, parents) in then.files.items():
        if oid not in now.files:
            continue
        other, new_file, new_parents = now.files[oid]
        if new_file != file:
            return f"{name} was rewritten (ALTER TABLE, TRUNCATE, CLUSTER or VACUUM FULL)"
        if other != name:
            return f"{name} is {other} now"
        if oid != then.oid and not any(parent in parents for parent in new_parents):
            return f"partition {name} was detached"
    for column in read:
        if then.columns.get(column) != now.columns.get(column):
            return f"column {column} was altered"
    return ""
