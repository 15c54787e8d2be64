"""CREATE TABLE: the statement, and the table that it makes.

Source: MySQL manual, "CREATE TABLE Statement"; MariaDB, "CREATE TABLE".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from cdc.errors import DecodeError
from connectors.mysql.ddl import elements, errors
from connectors.mysql.ddl.columns import Charsets, ColumnText, read_column, settle_column
from connectors.mysql.ddl.elements import KeyText, TableOptions
from connectors.mysql.ddl.reader import Reader
from connectors.mysql.ddl.types import charset_of
from connectors.mysql.tables import PRIMARY, ROW_END, ROW_START, ColumnDefinition, Index, TableDefinition, key_of

_BOUNDS: Final = {ROW_START: "row_start", ROW_END: "row_end"}  # the server's names for those that have none


@dataclass(slots=True)
class CreateTable:
    """CREATE TABLE as written."""

    database: str | None
    name: str
    if_not_exists: bool = False
    or_replace: bool = False
    temporary: bool = False
    like: tuple[str | None, str] | None = None
    select: bool = False  # columns come from a query, which is not read
    columns: list[ColumnText] = field(default_factory=list)
    keys: list[KeyText] = field(default_factory=list)
    options: TableOptions = field(default_factory=TableOptions)


def read_create_table(reader: Reader, *, or_replace: bool, temporary: bool) -> CreateTable:
    """Read what follows `CREATE TABLE`. Raises DecodeError for what is not known."""
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    database, name = reader.qualified()
    create = CreateTable(database, name, if_not_exists, or_replace, temporary)
    if reader.accept("LIKE"):
        create.like = reader.qualified()
        reader.skip_statement()
        return create
    if reader.sees("(", "LIKE"):
        reader.at += 2
        create.like = reader.qualified()
        reader.expect(")")
        return create
    if reader.sees("(") and not _query(reader, 1):
        reader.expect("(")
        while True:
            _element(reader, create)
            if not reader.accept(","):
                break
        reader.expect(")")
    while elements.read_option(reader, create.options):
        reader.accept(",")
    if reader.accept("PARTITION", "BY"):
        while not reader.at_end and not _query(reader, 0):
            if reader.sees("("):
                reader.skip_parentheses()
            else:
                reader.at += 1
    if _query(reader, 0):
        create.select = True
        reader.skip_statement()
    if not reader.at_end:
        raise reader.wrong("a table option or the end")
    return create


def _query(reader: Reader, offset: int) -> bool:
    """Whether a query comes at this token."""
    word = reader.ahead(offset).word
    if word in ("SELECT", "VALUES", "TABLE", "AS", "IGNORE", "REPLACE"):
        return True
    if word == "WITH":
        return reader.ahead(offset + 1).word != "SYSTEM"
    return reader.ahead(offset).text == "(" and reader.ahead(offset + 1).word in ("SELECT", "WITH", "VALUES", "TABLE")


def _element(reader: Reader, create: CreateTable) -> None:
    if elements.begins_key(reader):
        key = elements.read_key(reader)
        if key is not None:
            create.keys.append(key)
    elif not elements.read_period(reader, create.options):
        name = reader.column()
        column = read_column(reader, name)
        create.columns.append(column)
        create.keys.extend(keys_of(column))
    if not reader.sees(",") and not reader.sees(")"):
        raise reader.wrong("a column attribute, a comma or a parenthesis")


def keys_of(column: ColumnText) -> list[KeyText]:
    """The keys that a column's own attributes make."""
    keys = []
    if column.primary:
        keys.append(KeyText(PRIMARY, [column.name]))
    if column.unique:
        keys.append(KeyText("", [column.name]))
    return keys


def make_table(
    create: CreateTable, database: str, name: str, inherited: Charsets, *, timestamps_null: bool, sql: str
) -> TableDefinition:
    """The table that a CREATE TABLE makes. Raises DecodeError when its columns come from a query."""
    if create.select:
        raise DecodeError(
            errors.NOT_UNDERSTOOD,
            f"table {database}.{name} takes columns from a query, as logged with binlog_format=STATEMENT:"
            f" {errors.excerpt(sql)}",
        )
    charsets = charsets_of(create.options, inherited)
    columns = tuple(settle_column(column, charsets, timestamps_null=timestamps_null) for column in create.columns)
    columns = with_periods(columns, create.options.periods)
    if create.options.versioning or any(column.versioned for column in create.columns):
        columns += row_bounds(columns)
    table = TableDefinition(
        database, name, columns, charset=charsets.charset, collation=charsets.collation, comment=create.options.comment
    )
    return add_keys(table, create.keys)


def charsets_of(options: TableOptions, inherited: Charsets) -> Charsets:
    """Character set and collation of a table: what its options say, else what it inherits."""
    if options.charset is not None:
        return Charsets(options.charset, options.collation)
    if options.collation is not None:
        return Charsets(charset_of(options.collation) or inherited.charset, options.collation)
    return inherited


def with_periods(columns: tuple[ColumnDefinition, ...], periods: list[str]) -> tuple[ColumnDefinition, ...]:
    """The columns, those of an application's period NOT NULL; row bounds, which are so too, are not for Debezium."""
    bounds = {name.casefold() for name in periods}
    return tuple(
        not_null(column) if column.name.casefold() in bounds and column.generated not in _BOUNDS else column
        for column in columns
    )


def is_row_bound(column: ColumnDefinition) -> bool:
    """Whether a column is one of the hidden row_start and row_end, which stay behind all others."""
    return column.invisible and column.generated in _BOUNDS and column.name in _BOUNDS.values()


def row_bounds(columns: tuple[ColumnDefinition, ...]) -> tuple[ColumnDefinition, ...]:
    """MariaDB's row_start and row_end of a table WITH SYSTEM VERSIONING that does not name them itself."""
    if any(column.generated in _BOUNDS for column in columns):
        return ()
    return tuple(
        ColumnDefinition(name, "timestamp", "TIMESTAMP", length=6, nullable=False, generated=bound, invisible=True)
        for bound, name in _BOUNDS.items()
    )


def without_versions(table: TableDefinition) -> TableDefinition:
    """The table after DROP SYSTEM VERSIONING: no hidden bounds; named ones are left to the statement's own drops."""
    end = next((column.name for column in table.columns if column.generated == ROW_END), None)
    columns = tuple(
        replace(column, generated=None) if column.generated in _BOUNDS else column
        for column in table.columns
        if not is_row_bound(column)
    )
    indexes = tuple(
        replace(index, columns=tuple(column for column in index.columns if column != end)) if index.unique else index
        for index in table.indexes
    )
    return replace(table, columns=columns, indexes=indexes)


def with_row_end(table: TableDefinition) -> TableDefinition:
    """The table, the end of a row's version in each of its unique keys when it has one, as the server has it."""
    end = next((column.name for column in table.columns if column.generated == ROW_END), None)
    if end is None:
        return table
    indexes = tuple(
        replace(index, columns=(*index.columns, end)) if index.unique and end not in index.columns else index
        for index in table.indexes
    )
    return table if indexes == table.indexes else replace(table, indexes=indexes)


def add_keys(table: TableDefinition, keys: list[KeyText]) -> TableDefinition:
    """Add keys in order: their columns' names as the table has them, names for those without, NOT NULL of a primary."""
    indexes = list(table.indexes)
    columns = table.columns
    for key in keys:
        positions = [table.index(column) for column in key.columns]
        if -1 in positions:
            missing = key.columns[positions.index(-1)]
            raise DecodeError(errors.CONTRADICTION, f"table {table.id} has no column {missing} for the key {key.name}")
        taken = {index.name.casefold() for index in indexes}
        if key.if_not_exists and key.name.casefold() in taken:
            continue
        name = key.name or _free_name(key, taken)
        names = tuple(columns[position].name for position in positions)
        if name == PRIMARY:
            indexes = [index for index in indexes if index.name != PRIMARY]  # one that was only assumed
            columns = tuple(
                not_null(column) if position in positions else column for position, column in enumerate(columns)
            )
        indexes.append(Index(name, names, key.unique, not key.usable))
    return with_key(with_row_end(replace(table, columns=columns, indexes=tuple(indexes))))


def not_null(column: ColumnDefinition) -> ColumnDefinition:
    """The column, NOT NULL; it loses a default of NULL."""
    if not column.nullable:
        return column
    null_default = column.has_default and column.default is None
    return replace(column, nullable=False, has_default=column.has_default and not null_default)


def _free_name(key: KeyText, taken: set[str]) -> str:
    """The name that the server gives: the first column's, with _2, _3 .. when it is taken."""
    stem = key.columns[0] if key.columns and key.usable else "functional_index"
    if stem.casefold() not in taken and stem.casefold() != "primary":
        return stem
    number = 2
    while f"{stem}_{number}".casefold() in taken:
        number += 1
    return f"{stem}_{number}"


def with_key(table: TableDefinition) -> TableDefinition:
    """The same table with `key` chosen anew from its indexes."""
    chosen = key_of(table.indexes, {column.name for column in table.columns if column.nullable})
    return table if chosen == table.key else replace(table, key=chosen)
