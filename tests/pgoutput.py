"""pgoutput messages made by hand, and a Decoder over tables that are described by hand. No server."""

from __future__ import annotations

import struct

from connectors.postgresql.catalog import ColumnDescription, TableDescription, TypeDescription
from connectors.postgresql.config import PostgresConfig
from connectors.postgresql.pgoutput import Decoder
from connectors.postgresql.planner import Planner

UNCHANGED = object()  # an unchanged TOASTed value
PG_EPOCH = 946_684_800_000_000

_NAMES = {
    16: "bool",
    17: "bytea",
    19: "name",
    20: "int8",
    21: "int2",
    23: "int4",
    25: "text",
    114: "json",
    700: "float4",
    701: "float8",
    1042: "bpchar",
    1043: "varchar",
    1082: "date",
    1083: "time",
    1114: "timestamp",
    1184: "timestamptz",
    1186: "interval",
    1266: "timetz",
    1560: "bit",
    1562: "varbit",
    1700: "numeric",
    28: "xid",
    790: "money",
    2950: "uuid",
    3802: "jsonb",
    600: "point",
    26: "oid",
    869: "inet",
}
TYPES = {oid: TypeDescription(oid, "pg_catalog", name, "b") for oid, name in _NAMES.items()}
for _oid, _element in (
    (1005, 21),
    (1007, 23),
    (1009, 25),
    (1001, 17),
    (2951, 2950),
    (1000, 16),
    (1016, 20),
    (1231, 1700),
):
    TYPES[_oid] = TypeDescription(_oid, "pg_catalog", "_" + _NAMES[_element], "b", element=_element)


def begin(final: int, xid: int = 700, ts_us: int = PG_EPOCH + 1_000_000) -> bytes:
    """BEGIN of a transaction whose commit record is at `final`."""
    return b"B" + struct.pack(">QqI", final, ts_us - PG_EPOCH, xid)


def commit(final: int, end: int, ts_us: int = PG_EPOCH + 1_000_000) -> bytes:
    """COMMIT."""
    return b"C\0" + struct.pack(">QQq", final, end, ts_us - PG_EPOCH)


def relation(
    oid: int, name: str, columns: list[tuple[str, int]], *, schema: str = "public", identity: str = "d", key: int = 1
) -> bytes:
    """Relation of (column, type OID) pairs; the first `key` are the replica identity."""
    head = b"R" + struct.pack(">I", oid) + schema.encode() + b"\0" + name.encode() + b"\0" + identity.encode()
    found = head + struct.pack(">h", len(columns))
    for index, (column, type_oid) in enumerate(columns):
        found += bytes((index < key,)) + column.encode() + b"\0" + struct.pack(">Ii", type_oid, -1)
    return found


def row(values: list[object]) -> bytes:
    """A tuple: bytes or text, None, UNCHANGED."""
    found = struct.pack(">h", len(values))
    for value in values:
        if value is None:
            found += b"n"
        elif value is UNCHANGED:
            found += b"u"
        else:
            data = value if isinstance(value, bytes) else str(value).encode()
            found += b"t" + struct.pack(">i", len(data)) + data
    return found


def insert(oid: int, *values: object) -> bytes:
    """INSERT."""
    return b"I" + struct.pack(">I", oid) + b"N" + row(list(values))


def update(oid: int, new: list[object], old: list[object] | None = None, kind: bytes = b"O") -> bytes:
    """UPDATE, with an old row of kind O (whole) or K (key)."""
    before = b"" if old is None else kind + row(old)
    return b"U" + struct.pack(">I", oid) + before + b"N" + row(new)


def delete(oid: int, *values: object, kind: bytes = b"O") -> bytes:
    """DELETE."""
    return b"D" + struct.pack(">I", oid) + kind + row(list(values))


def truncate(*oids: int) -> bytes:
    """TRUNCATE."""
    return b"T" + struct.pack(">IB", len(oids), 0) + b"".join(struct.pack(">I", oid) for oid in oids)


def message(prefix: str, content: bytes, *, lsn: int = 1, transactional: bool = True) -> bytes:
    """A logical message."""
    head = b"M" + bytes((transactional,)) + struct.pack(">Q", lsn) + prefix.encode() + b"\0"
    return head + struct.pack(">i", len(content)) + content


def origin(lsn: int, name: str) -> bytes:
    """Origin."""
    return b"O" + struct.pack(">Q", lsn) + name.encode() + b"\0"


def config(**properties: str) -> PostgresConfig:
    """A configuration; `decimal_handling_mode="string"` sets decimal.handling.mode."""
    raw = {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "database.hostname": "localhost",
        "database.user": "postgres",
        "database.password": "secret",
        "database.dbname": "shop",
        "topic.prefix": "srv",
        "plugin.name": "pgoutput",
    }
    raw.update({name.replace("_", "."): value for name, value in properties.items()})
    return PostgresConfig(raw)


def column(name: str, type_oid: int, *, not_null: bool = False, typmod: int = -1, **more: object) -> ColumnDescription:
    """A column of the catalog."""
    return ColumnDescription(name, 0, type_oid, typmod, not_null, **more)  # type: ignore[arg-type]


class FakeCatalog:
    """Tables and types by OID."""

    def __init__(self) -> None:
        self.tables: dict[int, TableDescription] = {}
        self.known = dict(TYPES)

    def add(
        self,
        oid: int,
        name: str,
        columns: list[ColumnDescription],
        *,
        key: list[str] | None = None,
        unique: list[list[str]] | None = None,
        schema: str = "public",
    ) -> None:
        """Add a table."""
        described = TableDescription(oid, schema, name, "r", "d", -1, None, columns, key or [], unique or [])
        self.tables[oid] = described

    def table(self, oid: int) -> TableDescription | None:
        """See planner.Lookup."""
        return self.tables.get(oid)

    def types(self, oids: list[int]) -> list[TypeDescription]:
        """See types.TypeLookup."""
        return [self.known[oid] for oid in oids if oid in self.known]


class Stream:
    """A Decoder that is fed by hand. `properties` as `config` takes them."""

    def __init__(self, catalog: FakeCatalog, **properties: str) -> None:
        self.config = config(**properties)
        self.planner = Planner(self.config)
        self.catalog = catalog

        def plans(relation):  # type: ignore[no-untyped-def]
            if not self.planner.filter.includes(relation.schema, relation.name):
                return None
            return self.planner.announced(relation, catalog)

        self.decoder = Decoder(
            plans,
            self.planner.template,
            skipped=self.config.skipped_operations,
            unchanged=self.config.skip_messages_without_change,
            messages=self.planner.messages,
        )
        self.lsn = 1000

    def feed(self, *messages: bytes, lsn: int = 0) -> None:
        """Feed messages, each 8 bytes of log further on, or at a given LSN."""
        for data in messages:
            self.lsn += 8
            self.decoder.feed(data, lsn or self.lsn)

    def changes(self):  # type: ignore[no-untyped-def]
        """The changes since the last call."""
        found = self.decoder.changes
        self.decoder.changes = []
        return found
