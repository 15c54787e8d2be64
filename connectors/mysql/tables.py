"""What a table of MySQL or MariaDB looks like at one position of the log: its columns, its key, its character set.

Knows no SQL text, no bytes and no Connect types. A TableDefinition is immutable: DDL makes a new one. The facts are the
server's (information_schema.columns), the words in `type_name` are those of the statement, because Debezium's schema
history and its source-type parameters carry them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

MYSQL: Final = "mysql"
MARIADB: Final = "mariadb"

VIRTUAL: Final = "virtual"
STORED: Final = "stored"
ROW_START: Final = "row start"  # MariaDB: when a version of a row of a table WITH SYSTEM VERSIONING began
ROW_END: Final = "row end"  # and when it ended: a part of every unique key of the table

CHARACTER_TYPES: Final = frozenset(
    ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"),
)
"""The `base` of columns that have a character set and a collation."""

INTEGERS: Final = ("tinyint", "smallint", "mediumint", "int", "bigint")
"""The `base` of columns that hold whole numbers."""

OCTETS: Final = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob")
"""The `base` of columns that hold bytes."""

SPATIAL: Final = (
    "geometry",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geometrycollection",
    "geomcollection",
)
"""The `base` of columns that hold a geometry, but for `point`, which has a form of its own."""


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """One column as the server holds it.

    `base` is the server's data type in lower case (information_schema's DATA_TYPE, without aliases): tinyint, smallint,
    mediumint, int, bigint, decimal, float, double, bit, year, date, time, datetime, timestamp, char, varchar, binary,
    varbinary, tinyblob .. longblob, tinytext .. longtext, enum, set, json, geometry, point, linestring, polygon,
    multipoint, multilinestring, multipolygon, geometrycollection, vector, uuid, inet4, inet6.
    `type_name` is how the statement names it, in upper case with its sign: `INT UNSIGNED`, `BOOLEAN`, `NCHAR VARYING`.
    """

    name: str
    base: str
    type_name: str = ""
    length: int | None = None  # declared: characters, digits, bits, octets; for time types the fraction digits
    scale: int | None = None  # digits behind the point
    unsigned: bool = False
    zerofill: bool = False
    nullable: bool = True
    charset: str | None = None  # in force, also when inherited; None: not a character column
    collation: str | None = None  # in force where it is known; None: the default one of `charset`
    own_charset: bool = False  # whether `charset` was said for this column, not inherited
    labels: tuple[str, ...] = ()  # of enum and set, without quotes
    default: str | None = None  # the literal's text without quotes, or the text of an expression
    has_default: bool = False  # False: no DEFAULT clause; True with `default` None: DEFAULT NULL
    default_expression: bool = False  # `default` is to be evaluated: CURRENT_TIMESTAMP, (uuid())
    auto_increment: bool = False
    on_update: bool = False  # ON UPDATE CURRENT_TIMESTAMP, which Debezium calls auto-incremented too
    generated: str | None = None  # VIRTUAL, STORED, ROW_START or ROW_END; None: an ordinary column
    invisible: bool = False
    comment: str | None = None
    srid: int | None = None  # of a spatial column that is restricted to one

    @property
    def is_text(self) -> bool:
        """Whether values are characters of `charset`."""
        return self.base in CHARACTER_TYPES


PRIMARY: Final = "PRIMARY"
"""The name of a primary key's index."""


@dataclass(frozen=True, slots=True)
class Index:
    """One index; the primary key's name is PRIMARY. `columns` are names, without prefix lengths."""

    name: str
    columns: tuple[str, ...]
    unique: bool = True
    functional: bool = False  # some part is an expression: never a key of records


def key_of(indexes: tuple[Index, ...], nullable: set[str]) -> tuple[str, ...]:
    """The primary key's columns, else those of the first unique index that has none of these nullable columns."""
    chosen: tuple[str, ...] = ()
    for index in indexes:
        if index.name == PRIMARY:
            return index.columns
        if not chosen and index.unique and not index.functional and not nullable.intersection(index.columns):
            chosen = index.columns
    return chosen


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """One version of a table.

    `key` are the columns that identify a row: the primary key, else the first unique index whose columns are all
    NOT NULL, as Debezium chooses; empty: none. Compared by value; the source compares by identity to see a new version.
    """

    database: str
    name: str
    columns: tuple[ColumnDefinition, ...] = ()
    key: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()  # in order of definition; after a recovery from history only the unique ones
    charset: str | None = None  # default of new columns
    collation: str | None = None
    comment: str | None = None

    @property
    def id(self) -> str:
        """`database.table`, as in Debezium's messages and filters."""
        return f"{self.database}.{self.name}"

    def index(self, column: str) -> int:
        """Position of a column by name, 0-based; -1: there is none. Column names ignore case, as the server does."""
        wanted = column.casefold()
        for position, candidate in enumerate(self.columns):
            if candidate.name == column or candidate.name.casefold() == wanted:
                return position
        return -1

    def column(self, name: str) -> ColumnDefinition | None:
        """A column by name."""
        position = self.index(name)
        return None if position < 0 else self.columns[position]

    def with_columns(self, columns: tuple[ColumnDefinition, ...]) -> TableDefinition:
        """A version that has other columns."""
        return replace(self, columns=columns)


@dataclass(frozen=True, slots=True)
class TableChange:
    """What one statement did to one table: what the history and the schema change topic say.

    `kind` is CREATE, ALTER, DROP or TRUNCATE. `table` None: a drop (or a truncate of a table that is not known).
    `previous` is the former (database, name) of a renamed table. `sql` is what Debezium says of this table alone where
    a statement changes several; empty: the statement's own text.
    """

    kind: str
    database: str
    name: str
    table: TableDefinition | None = None
    previous: tuple[str, str] | None = None
    sql: str = ""


CREATE: Final = "CREATE"
ALTER: Final = "ALTER"
DROP: Final = "DROP"
TRUNCATE: Final = "TRUNCATE"
