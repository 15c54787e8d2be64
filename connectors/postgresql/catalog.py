"""What the catalog says about tables and types: the SQL and the descriptions it fills.

Every lookup is by OID and answers None for what has been dropped since. Raises psycopg.Error.
Source: PostgreSQL manual, "System Catalogs".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

FIRST_USER_OID = 16384  # FirstNormalObjectId: types below are the server's own and never change


class ColumnDescription:
    """One column. `default` is pg_get_expr's text; `identity` and `generated` are pg_attribute's letters."""

    def __init__(
        self,
        name: str,
        number: int,
        type_oid: int,
        typmod: int,
        not_null: bool,
        default: str | None = None,
        comment: str | None = None,
        identity: str = "",
        generated: str = "",
    ) -> None:
        self.name = name
        self.number = number
        self.type_oid = type_oid
        self.typmod = typmod
        self.not_null = not_null
        self.default = default
        self.comment = comment
        self.identity = identity
        self.generated = generated


class TableDescription:
    """One table. `unique` are the unique indexes that could be a key, by name; `identity` is pg_class.relreplident."""

    def __init__(
        self,
        oid: int,
        schema: str,
        name: str,
        kind: str,
        identity: str,
        rows: int,
        comment: str | None,
        columns: list[ColumnDescription],
        primary_key: list[str],
        unique: list[list[str]],
        identity_index: list[str] | None = None,
    ) -> None:
        self.oid = oid
        self.schema = schema
        self.name = name
        self.kind = kind  # pg_class.relkind: r table, p partitioned table
        self.identity = identity
        self.rows = rows  # the planner's estimate, -1 never analysed
        self.comment = comment
        self.columns = columns
        self.primary_key = primary_key
        self.unique = unique
        self.identity_index = identity_index or []  # columns of the index of REPLICA IDENTITY USING INDEX

    @property
    def identifying(self) -> list[str]:
        """Columns of the replica identity's key; empty for FULL and NOTHING."""
        return {"d": self.primary_key, "i": self.identity_index}.get(self.identity, [])

    def column(self, name: str) -> ColumnDescription | None:
        """A column by name."""
        for column in self.columns:
            if column.name == name:
                return column
        return None


class TypeDescription:
    """One row of pg_type. `kind` is typtype: b base, c composite, d domain, e enum, p pseudo, r range, m multirange.

    `element` is the OID of an array's elements (0: no array), `base` and `base_typmod` those of a domain.
    """

    def __init__(
        self,
        oid: int,
        schema: str,
        name: str,
        kind: str,
        element: int = 0,
        delimiter: str = ",",
        base: int = 0,
        base_typmod: int = -1,
        not_null: bool = False,
        labels: list[str] | None = None,
    ) -> None:
        self.oid = oid
        self.schema = schema
        self.name = name
        self.kind = kind
        self.element = element
        self.delimiter = delimiter
        self.base = base
        self.base_typmod = base_typmod
        self.not_null = not_null
        self.labels = labels or []


_TABLE = """
SELECT c.oid::int8, n.nspname, c.relname, c.relkind::text, c.relreplident::text, c.reltuples::int8,
  obj_description(c.oid, 'pg_class')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = %s::oid
"""

# typnotnull of a domain counts: a column of it cannot hold NULL either.
_COLUMNS = """
SELECT a.attname, a.attnum::int8, a.atttypid::int8, a.atttypmod,
  a.attnotnull OR (t.typtype = 'd' AND t.typnotnull), pg_get_expr(d.adbin, d.adrelid),
  col_description(a.attrelid, a.attnum), coalesce(to_jsonb(a) ->> 'attidentity', ''),
  coalesce(to_jsonb(a) ->> 'attgenerated', '')
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = %s::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""

# A partial or an invalid index does not make rows unique, an expression has no column.
_INDEXES = """
SELECT i.indisprimary, i.indisreplident, (SELECT array_agg(a.attname::text ORDER BY k.position)
  FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, position)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
  WHERE k.position <= coalesce((to_jsonb(i) ->> 'indnkeyatts')::int, i.indnatts))
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = %s::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
ORDER BY i.indisprimary DESC, c.relname
"""

_TYPES = """
SELECT t.oid::int8, n.nspname, t.typname, t.typtype::text,
  CASE WHEN t.typcategory = 'A' AND t.typlen = -1 THEN t.typelem::int8 ELSE 0 END,
  coalesce((SELECT e.typdelim::text FROM pg_type e WHERE e.oid = t.typelem), ','),
  t.typbasetype::int8, t.typtypmod, t.typnotnull,
  (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = ANY(%s::int8[]::oid[])
"""

_PUBLISHED = """
SELECT p.attnames::text[] FROM pg_publication_tables p
WHERE p.pubname = %s AND p.schemaname = %s AND p.tablename = %s
"""


_SNAPSHOT = """
SELECT txid_snapshot_xmax(s) & 4294967295, ARRAY(SELECT x & 4294967295 FROM txid_snapshot_xip(s) AS x)
FROM txid_current_snapshot() AS s
"""


def in_progress(tx_id: int, newest: int, running: list[int]) -> bool:
    """Whether a transaction's work cannot be seen yet, by a snapshot's xmax and xip; numbers of 32 bits that wrap."""
    return tx_id in running or (tx_id - newest) & 0xFFFFFFFF < 0x80000000


class Catalog:
    """Lookups on one connection."""

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        self._connection = connection

    def table(self, oid: int) -> TableDescription | None:
        """A table with its columns and keys, None when it is gone."""
        found = self._rows(_TABLE, oid)
        if not found:
            return None
        columns = [ColumnDescription(*row) for row in self._rows(_COLUMNS, oid)]  # type: ignore[arg-type]
        primary: list[str] = []
        unique: list[list[str]] = []
        chosen: list[str] = []
        for is_primary, is_identity, names in self._rows(_INDEXES, oid):
            listed = [str(name) for name in names] if isinstance(names, list) else []
            if is_identity:
                chosen = listed
            if is_primary:
                primary = listed
            elif listed:
                unique.append(listed)
        number, schema, name, kind, identity, rows, comment = found[0]
        return TableDescription(
            int(str(number)),
            str(schema),
            str(name),
            str(kind),
            str(identity),
            int(str(rows)),
            None if comment is None else str(comment),
            columns,
            primary,
            unique,
            chosen,
        )

    def settled(self, tx_id: int) -> bool:
        """Whether what a transaction did can be seen on this connection."""
        ((newest, running),) = self._rows(_SNAPSHOT)
        assert isinstance(running, list)
        return not in_progress(tx_id, int(str(newest)), running)

    def types(self, oids: list[int]) -> list[TypeDescription]:
        """Types by OID; those that are gone are left out."""
        return [TypeDescription(*row) for row in self._rows(_TYPES, oids)]  # type: ignore[arg-type]

    def published(self, publication: str, schema: str, table: str) -> list[str] | None:
        """Columns that a publication publishes of a table, generated ones only where it does; None: not known.

        Before PostgreSQL 15 there are no column lists: all but the generated columns.
        """
        if self._connection.info.server_version < 150000:
            return None
        found = self._rows(_PUBLISHED, publication, schema, table)
        if not found or not isinstance(found[0][0], list):
            return None
        return [str(name) for name in found[0][0]]

    def _rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        return self._connection.execute(query.encode(), values).fetchall()
