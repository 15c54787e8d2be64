"""The nouns: what a value is (Type, Struct), what a table is, what a change is, what will be produced.

Knows no database, no wire format and no I/O. Plain typed classes: this module also compiles (mypyc).

Values are *physical* Kafka Connect values, exactly what Debezium's schema would hold on the wire:

| kind                    | Python value                                                       |
|-------------------------|--------------------------------------------------------------------|
| int8 .. int64           | int (Connect Date/Time/Timestamp too: days, milliseconds)          |
| float32, float64        | float                                                              |
| boolean                 | bool                                                               |
| string                  | str                                                                |
| bytes                   | bytes (Connect Decimal too: big-endian two's complement, unscaled) |
| array                   | list of element values                                             |
| map                     | dict                                                               |
| struct                  | list of values in field order                                      |
| null                    | None                                                               |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

Value = object
Row = list[object]
Header = tuple[str, "Type | None", object]

INT8: Final = "int8"
INT16: Final = "int16"
INT32: Final = "int32"
INT64: Final = "int64"
FLOAT32: Final = "float32"
FLOAT64: Final = "float64"
BOOLEAN: Final = "boolean"
STRING: Final = "string"
BYTES: Final = "bytes"
ARRAY: Final = "array"
MAP: Final = "map"
STRUCT: Final = "struct"


class Field:
    """One named field of a Struct."""

    def __init__(self, name: str, type: Type) -> None:
        self.name = name
        self.type = type

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Field) and self.name == other.name and self.type == other.type

    def __hash__(self) -> int:
        return hash((self.name, self.type))

    def __repr__(self) -> str:
        return f"{self.name}: {self.type!r}"


class Type:
    """What a value is to a consumer: a Kafka Connect schema (org.apache.kafka.connect.data.Schema).

    Immutable by convention; compared by value. `default` None means that there is no default (Connect knows no
    null default). `parameters` keep their order. `element` is the value type of an array or map, `keys` the key type
    of a map.
    """

    def __init__(
        self,
        kind: str,
        *,
        optional: bool = False,
        name: str | None = None,
        version: int | None = None,
        doc: str | None = None,
        parameters: dict[str, str] | None = None,
        default: object = None,
        element: Type | None = None,
        keys: Type | None = None,
        fields: tuple[Field, ...] = (),
    ) -> None:
        self.kind = kind
        self.optional = optional
        self.name = name
        self.version = version
        self.doc = doc
        self.parameters = parameters
        self.default = default
        self.element = element
        self.keys = keys
        self.fields = fields

    def replace(
        self,
        *,
        optional: bool | None = None,
        name: str | None = None,
        doc: str | None = None,
        parameters: dict[str, str] | None = None,
        default: object = None,
        fields: tuple[Field, ...] | None = None,
    ) -> Type:
        """A copy in which the given attributes differ; None keeps what is there."""
        return Type(
            self.kind,
            optional=self.optional if optional is None else optional,
            name=self.name if name is None else name,
            version=self.version,
            doc=self.doc if doc is None else doc,
            parameters=self.parameters if parameters is None else parameters,
            default=self.default if default is None else default,
            element=self.element,
            keys=self.keys,
            fields=self.fields if fields is None else fields,
        )

    def without_default(self) -> Type:
        """A copy that has no default."""
        copy = self.replace()
        copy.default = None
        return copy

    def index(self, field: str) -> int:
        """Position of a field of this struct by name, -1 when there is none."""
        for position, candidate in enumerate(self.fields):
            if candidate.name == field:
                return position
        return -1

    def _identity(self) -> tuple[object, ...]:
        parameters = None if self.parameters is None else tuple(self.parameters.items())
        return (self.kind, self.optional, self.name, self.version, self.doc, parameters, repr(self.default))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Type)
            and self._identity() == other._identity()
            and self.element == other.element
            and self.keys == other.keys
            and self.fields == other.fields
        )

    def __hash__(self) -> int:
        return hash((self._identity(), self.element, self.keys, self.fields))

    def __repr__(self) -> str:
        mark = "?" if self.optional else ""
        return f"{self.kind}{mark}" + (f" {self.name}" if self.name else "")


def struct(
    name: str | None,
    fields: list[tuple[str, Type]],
    *,
    version: int | None = None,
    optional: bool = False,
    doc: str | None = None,
    default: object = None,
) -> Type:
    """A struct Type from (field name, type) pairs."""
    return Type(
        STRUCT,
        name=name,
        version=version,
        optional=optional,
        doc=doc,
        default=default,
        fields=tuple(Field(field, type) for field, type in fields),
    )


# The `transaction` field of every envelope.
TRANSACTION_BLOCK: Final = struct(
    "event.block",
    [("id", Type(STRING)), ("total_order", Type(INT64)), ("data_collection_order", Type(INT64))],
    version=1,
    optional=True,
)


DEBEZIUM_VERSION: Final = "3.6.3.Final"  # what `source.version` says: the version whose records these are
SNAPSHOT_VALUES: Final = "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental"

# The `snapshot` field of every source block.
SNAPSHOT_MARKER: Final = Type(
    STRING,
    optional=True,
    name="io.debezium.data.Enum",
    version=1,
    parameters={"allowed": SNAPSHOT_VALUES},
    default="false",
)


class Column:
    """One captured column of a Table, after include/exclude lists: name as in the database and its final Type."""

    def __init__(self, name: str, type: Type) -> None:
        self.name = name
        self.type = type

    def __repr__(self) -> str:
        return f"{self.name}: {self.type!r}"


class KeyOf:
    """A row to the values of its key."""

    def __init__(self, indexes: list[int]) -> None:
        self._indexes = indexes
        self._only = indexes[0] if len(indexes) == 1 else -1

    def __call__(self, row: Row) -> Row:
        only = self._only
        if only >= 0:
            return [row[only]]
        return [row[index] for index in self._indexes]


class Table:
    """One version of a captured table, compared by identity; a schema change makes a new one.

    `id` is Debezium's table id text: `schema.table` (PostgreSQL), `db.table` (MySQL, MariaDB).
    `parts` are the name parts that form the topic, e.g. ("public", "orders").
    `columns` are in log order; a row is a list of values in this order.
    `key` are the key columns as (name, Type, index in a *key source row*): see `key_of`.
    A pseudo-table (heartbeat, transaction, logical message) has `shape` set: its changes carry the finished key in
    `before` and the finished value in `after`, and no envelope is built.
    """

    def __init__(
        self,
        id: str,
        parts: tuple[str, ...],
        columns: list[Column],
        key: list[Column] | None = None,
        key_of: Callable[[Row], Row] | None = None,
        shape: Shape | None = None,
    ) -> None:
        self.id = id
        self.parts = parts
        self.columns = columns
        self.key = key  # None: the table has no key
        self.key_of = key_of  # row as delivered in Change.before/after -> key values; None: no key
        self.shape = shape
        self.binding: object = None  # cdc.binding hangs the composed Binding here on first use

    def __repr__(self) -> str:
        return f"<Table {self.id}>"


class Shape:
    """What a record looks like: topic, Types of key and value, and whether it is a Debezium envelope.

    Compared by identity: a transform makes one output Shape per input Shape, at bind time.
    `partition` -1 leaves the choice to the partitioner. `kind` is one of data, heartbeat, transaction, message, schema.
    `typed_null`: a None value of this Shape is a null that has the schema `value`, which a format may write in its own
    way (`Format.null`), and not a tombstone. `added` are the envelope's names (`op`, `source.ts_ms`) of what an earlier
    transform put into the value, each with the field it now stands in. `slots` hold what each stage of the way out has
    made of the Shape, by the stage's place, so that it lives no longer than the table version that the Shape is of.
    """

    def __init__(
        self,
        topic: str,
        key: Type | None,
        value: Type | None,
        *,
        kind: str = "data",
        partition: int = -1,
        table: str = "",
        typed_null: bool = False,
        added: dict[str, str] | None = None,
    ) -> None:
        self.topic = topic
        self.key = key
        self.value = value
        self.kind = kind
        self.partition = partition
        self.table = table
        self.typed_null = typed_null
        self.added: dict[str, str] = added or {}
        self.slots: list[object] = []

    def keep(self, place: int, made: object) -> None:
        """Keep what the stage at this place of the way out has made of the Shape."""
        slots = self.slots
        while len(slots) <= place:
            slots.append(None)
        slots[place] = made

    def derive(self, topic: str, key: Type | None, value: Type | None) -> Shape:
        """A Shape that differs in topic, key and value; what a transform makes at bind time."""
        return Shape(
            topic,
            key,
            value,
            kind=self.kind,
            partition=self.partition,
            table=self.table,
            typed_null=self.typed_null,
            added=self.added,
        )


class Record:
    """What will be produced. `value` None is a tombstone (null value and null schema)."""

    def __init__(self, shape: Shape, key: object, value: object, headers: list[Header]) -> None:
        self.shape = shape
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = -1  # milliseconds since the epoch; -1: the producer's clock


# Change.op
CREATE: Final = "c"
UPDATE: Final = "u"
DELETE: Final = "d"
READ: Final = "r"
TRUNCATE: Final = "t"
MESSAGE: Final = "m"
BEGIN: Final = "BEGIN"  # transaction boundaries: only with provide.transaction.metadata
END: Final = "END"


class Change:
    """One row event, or one event of a pseudo-table.

    `source` are the values of the connector's source block in field order. `tx` is Debezium's transaction id of the
    event (empty: outside a transaction or metadata off). For BEGIN and END `ts_ms` is the time the record carries.
    """

    def __init__(
        self,
        table: Table,
        op: str,
        before: Row | None,
        after: Row | None,
        source: Row | None,
        tx: str = "",
        ts_ms: int = 0,
    ) -> None:
        self.table = table
        self.op = op
        self.before = before
        self.after = after
        self.source = source
        self.tx = tx
        self.ts_ms = ts_ms


def read_changes(table: Table, rows: list[Row], source: Row) -> list[Change]:
    """READ changes of rows that share a source block."""
    return [Change(table, READ, None, row, source) for row in rows]


class Batch:
    """Changes that were read together, and where to resume once all of them are in Kafka.

    `position` None: nothing to resume from moves (a batch of only heartbeats at an unknown position).
    `commits` is the number of source transactions that end in this batch, `last_us` the commit time in microseconds
    since the epoch of the last change (0: unknown), `size` the bytes that were read for it.
    """

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.position: object = None
        self.commits = 0
        self.last_us = 0
        self.size = 0
