"""ALTER TABLE: the statement, and what it makes of a table.

The server does not go through the clauses one by one: drops and changes name the columns as they were before the
statement, columns that get no new place stay where they are, and only then those that are added or moved take theirs,
in the order of the text. Source: MySQL manual, "ALTER TABLE Statement"; MariaDB, "ALTER TABLE".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cdc.errors import DecodeError
from connectors.mysql.ddl import elements, errors, types
from connectors.mysql.ddl.columns import Charsets, ColumnText, read_column, read_default, settle_column
from connectors.mysql.ddl.create import (
    add_keys,
    charsets_of,
    is_row_bound,
    keys_of,
    row_bounds,
    with_key,
    with_periods,
    with_row_end,
    without_versions,
)
from connectors.mysql.ddl.elements import KeyText, TableOptions
from connectors.mysql.ddl.lexer import END
from connectors.mysql.ddl.reader import Reader
from connectors.mysql.tables import PRIMARY, ColumnDefinition, Index, TableDefinition

FIRST = ""  # a place: before all others; else the name of the column before it; None: no place was said


@dataclass(slots=True)
class Placed:
    """A column that is added or changed, and where it goes. `old` is the name of the column that it replaces."""

    column: ColumnText
    place: str | None
    old: str | None = None
    optional: bool = False  # IF NOT EXISTS, IF EXISTS


@dataclass(slots=True)
class AlterTable:
    """ALTER TABLE as written."""

    database: str | None
    name: str
    if_exists: bool = False
    placed: list[Placed] = field(default_factory=list)
    drops: list[tuple[str, bool]] = field(default_factory=list)  # column, IF EXISTS
    renames: list[tuple[str, str, bool]] = field(default_factory=list)
    defaults: list[tuple[str, str | None, bool, bool]] = field(default_factory=list)  # column, text, expression, set
    visible: list[tuple[str, bool]] = field(default_factory=list)
    keys: list[KeyText] = field(default_factory=list)
    dropped_keys: list[str] = field(default_factory=list)
    renamed_keys: list[tuple[str, str]] = field(default_factory=list)
    options: TableOptions = field(default_factory=TableOptions)
    drop_versioning: bool = False
    rename: tuple[str | None, str] | None = None
    makes: tuple[str | None, str] | None = None  # MariaDB: CONVERT PARTITION p TO TABLE t
    swallows: tuple[str | None, str] | None = None  # MariaDB: CONVERT TABLE t TO PARTITION p


def read_alter_table(reader: Reader) -> AlterTable:
    """Read what follows `ALTER TABLE`. Raises DecodeError for what is not known."""
    if_exists = reader.accept("IF", "EXISTS")
    alter = AlterTable(*reader.qualified(), if_exists=if_exists)
    _wait(reader)
    while not reader.at_end:
        _clause(reader, alter)
        if not reader.accept(",") and not reader.at_end and not _partitioning(reader):
            # table options follow each other without commas
            if not elements.read_option(reader, alter.options):
                raise reader.wrong("a comma or the end")
            reader.accept(",")
    return alter


def _wait(reader: Reader) -> None:
    """Read MariaDB's WAIT n or NOWAIT."""
    if reader.accept("WAIT"):
        reader.number()
    else:
        reader.accept("NOWAIT")


def _partitioning(reader: Reader) -> bool:
    return reader.sees("PARTITION", "BY") or reader.sees("REMOVE", "PARTITIONING")


def _clause(reader: Reader, alter: AlterTable) -> None:
    word = reader.accept_any(
        "ADD", "DROP", "CHANGE", "MODIFY", "RENAME", "ALTER", "CONVERT", "ORDER", "EXCHANGE", "PARTITION", "REMOVE",
        "REORGANIZE", "COALESCE", "TRUNCATE", "ANALYZE", "CHECK", "OPTIMIZE", "REBUILD", "REPAIR", "DISCARD", "IMPORT",
        "ENABLE", "DISABLE", "FORCE", "ALGORITHM", "LOCK", "WITHOUT", "SECONDARY_LOAD", "SECONDARY_UNLOAD",
    )  # fmt: skip
    if word == "ADD":
        _add(reader, alter)
    elif word == "DROP":
        _drop(reader, alter)
    elif word in ("CHANGE", "MODIFY"):
        _change(reader, alter, named=word == "CHANGE")
    elif word == "RENAME":
        _rename(reader, alter)
    elif word == "ALTER":
        _alter(reader, alter)
    elif word == "CONVERT":
        _convert(reader, alter)
    elif word == "ORDER":
        reader.expect("BY")
        _order(reader)
    elif word == "FORCE" or word.startswith("SECONDARY_"):
        pass
    elif word in ("ALGORITHM", "LOCK"):
        reader.accept("=")
        reader.take()
    elif word in ("ENABLE", "DISABLE"):
        reader.expect("KEYS")
    elif word == "WITHOUT":
        reader.expect("VALIDATION")
    elif word in ("DISCARD", "IMPORT") and reader.accept("TABLESPACE"):
        pass
    elif word in ("PARTITION", "REMOVE", "EXCHANGE"):
        reader.skip_statement()  # rows move between partitions or tables, no column changes
    elif word:
        reader.expect("PARTITION")
        reader.skip_statement()
    elif reader.accept("WITH", "VALIDATION"):
        pass
    elif not elements.read_option(reader, alter.options):
        raise reader.wrong("a clause of ALTER TABLE")


def _order(reader: Reader) -> None:
    """Read the columns of ORDER BY; a comma may also begin the next clause."""
    while True:
        reader.qualified("a column")
        reader.accept_any("ASC", "DESC")
        following = reader.ahead(2)
        if not reader.sees(",") or not (
            following.kind == END or following.text in (",", ";", ".") or following.word in ("ASC", "DESC")
        ):
            return
        reader.at += 1


def _place(reader: Reader) -> str | None:
    if reader.accept("FIRST"):
        return FIRST
    if reader.accept("AFTER"):
        return reader.column()
    return None


def _add(reader: Reader, alter: AlterTable) -> None:
    if reader.sees("PARTITION"):
        reader.skip_statement()
        return
    if reader.accept("SYSTEM", "VERSIONING"):
        alter.options.versioning = True
        return
    if elements.read_period(reader, alter.options):
        return
    if elements.begins_key(reader):
        key = elements.read_key(reader)
        if key is not None:
            alter.keys.append(key)
        return
    reader.accept("COLUMN")
    optional = reader.accept("IF", "NOT", "EXISTS")
    if reader.accept("("):
        while True:
            if elements.begins_key(reader):
                key = elements.read_key(reader)
                if key is not None:
                    alter.keys.append(key)
            elif not elements.read_period(reader, alter.options):
                name = reader.column()
                _place_column(reader, alter, Placed(read_column(reader, name), None, optional=optional))
            if not reader.accept(","):
                break
        reader.expect(")")
        return
    name = reader.column()
    column = read_column(reader, name)
    _place_column(reader, alter, Placed(column, _place(reader), optional=optional))


def _place_column(reader: Reader, alter: AlterTable, placed: Placed) -> None:
    alter.placed.append(placed)
    for key in keys_of(placed.column):
        key.if_not_exists = placed.optional
        alter.keys.append(key)


def _change(reader: Reader, alter: AlterTable, *, named: bool) -> None:
    reader.accept("COLUMN")
    optional = reader.accept("IF", "EXISTS")
    old = reader.column()
    name = reader.column() if named else old
    column = read_column(reader, name)
    _place_column(reader, alter, Placed(column, _place(reader), old, optional))


def _drop(reader: Reader, alter: AlterTable) -> None:
    if reader.sees("PARTITION"):
        reader.skip_statement()
    elif reader.accept("PRIMARY", "KEY"):
        alter.dropped_keys.append(PRIMARY)
    elif reader.accept("FOREIGN", "KEY") or reader.accept("CHECK"):
        reader.accept("IF", "EXISTS")
        reader.qualified("a constraint")
    elif reader.accept_any("INDEX", "KEY", "CONSTRAINT"):
        reader.accept("IF", "EXISTS")
        alter.dropped_keys.append(reader.identifier("an index"))
    elif reader.accept("SYSTEM", "VERSIONING"):
        alter.drop_versioning = True
    elif reader.accept("PERIOD", "FOR") or reader.accept("PERIOD", "IF", "EXISTS", "FOR"):
        reader.identifier("a period")
    else:
        reader.accept("COLUMN")
        optional = reader.accept("IF", "EXISTS")
        alter.drops.append((reader.column(), optional))
        reader.accept_any("RESTRICT", "CASCADE")


def _rename(reader: Reader, alter: AlterTable) -> None:
    if reader.accept("COLUMN"):
        optional = reader.accept("IF", "EXISTS")
        old = reader.identifier("a column")
        reader.expect("TO")
        alter.renames.append((old, reader.identifier("a column"), optional))
    elif reader.accept_any("INDEX", "KEY"):
        reader.accept("IF", "EXISTS")
        before = reader.identifier("an index")
        reader.expect("TO")
        alter.renamed_keys.append((before, reader.identifier("an index")))
    else:
        reader.accept_any("TO", "AS", "=")
        alter.rename = reader.qualified()


def _alter(reader: Reader, alter: AlterTable) -> None:
    if reader.accept_any("INDEX", "KEY", "CHECK", "CONSTRAINT"):
        reader.accept("IF", "EXISTS")
        reader.identifier()
        reader.accept("NOT")
        if not reader.accept_any("VISIBLE", "INVISIBLE", "ENFORCED", "IGNORED"):
            raise reader.wrong("VISIBLE, ENFORCED or IGNORED")
        return
    reader.accept("COLUMN")
    reader.accept("IF", "EXISTS")
    column = reader.identifier("a column")
    if reader.accept("DROP", "DEFAULT"):
        alter.defaults.append((column, None, False, False))
    elif reader.accept("SET", "DEFAULT"):
        text, expression = read_default(reader)
        alter.defaults.append((column, text, expression, True))
    else:
        reader.expect("SET")
        if not (word := reader.accept_any("VISIBLE", "INVISIBLE")):
            raise reader.wrong("DEFAULT, VISIBLE or INVISIBLE")
        alter.visible.append((column, word == "VISIBLE"))


def _convert(reader: Reader, alter: AlterTable) -> None:
    if reader.accept("PARTITION"):
        reader.identifier("a partition")
        reader.expect("TO", "TABLE")
        alter.makes = reader.qualified()
        reader.skip_statement()
        return
    if reader.accept("TABLE"):
        alter.swallows = reader.qualified()
        reader.skip_statement()
        return
    reader.expect("TO")
    if not (reader.accept("CHARACTER", "SET") or reader.accept("CHARSET") or reader.accept("CHAR", "SET")):
        raise reader.wrong("CHARACTER SET")
    charset = types.charset_name(reader)
    collation = types.charset_name(reader) if reader.accept("COLLATE") else None
    alter.options.convert = Charsets(charset, collation)


def alter_table(
    alter: AlterTable,
    table: TableDefinition,
    database_charsets: Charsets,
    *,
    mysql: bool,
    timestamps_null: bool,
    sql: str,
) -> TableDefinition:
    """What the statement makes of the table, its name apart. Raises DecodeError when it does not fit the table."""
    options = alter.options
    present = Charsets(table.charset, table.collation)
    target = options.convert
    if target is not None:  # a default character set in the same statement goes before it for the table alone
        target = Charsets(target.charset or database_charsets.charset, target.collation)
        present = target
    charsets = charsets_of(options, database_charsets if options.default_charset else present)
    changed = {placed.old.casefold(): placed for placed in alter.placed if placed.old is not None}
    dropped = {name.casefold(): optional for name, optional in alter.drops}
    renamed = {old.casefold(): new for old, new, _ in alter.renames}
    names: dict[str, str] = {}  # former name -> new one, of columns that stay
    columns: list[ColumnDefinition] = []
    moving: dict[int, ColumnDefinition] = {}  # by identity of the Placed

    _check_known(alter, table, sql)
    for column in table.columns:
        folded = column.name.casefold()
        if folded in dropped:
            continue
        if folded in changed:
            placed = changed[folded]
            made = _settle(placed, charsets, target, timestamps_null=timestamps_null)
            if target is not None and mysql and column.base.endswith("text") and made.base.endswith("text"):
                made = replace(made, base=types.converted(column.base, column.charset, made.charset))  # the old size
            names[column.name] = made.name
            columns.append(made)  # one that moves stays here until it is its turn: others may be put after it
            moving[id(placed)] = made
            continue
        kept = replace(column, name=renamed[folded]) if folded in renamed else column
        names[column.name] = kept.name
        columns.append(convert(kept, target) if target is not None else kept)
    for placed in alter.placed:
        if placed.old is not None and placed.place is None:
            continue
        if placed.old is None:
            if placed.optional and table.index(placed.column.name) >= 0:
                continue
            made = _settle(placed, charsets, target, timestamps_null=timestamps_null)
        elif id(placed) in moving:
            made = moving[id(placed)]
            columns = [column for column in columns if column is not made]
        else:
            continue  # IF EXISTS, and it does not
        columns.insert(_at(columns, placed.place, table, sql), made)
    columns = [_attributes(column, alter, names) for column in columns]
    indexes = tuple(_indexes(alter, table, names))
    made_table = replace(
        table,
        columns=tuple(columns),
        indexes=indexes,
        charset=charsets.charset,
        collation=charsets.collation,
        comment=table.comment if options.comment is None else options.comment,
    )
    if options.periods:
        made_table = replace(made_table, columns=with_periods(made_table.columns, options.periods))
    if options.versioning:
        made_table = replace(made_table, columns=made_table.columns + row_bounds(made_table.columns))
    if alter.drop_versioning:
        made_table = without_versions(made_table)
    keys = [key for key in alter.keys if not _skipped(key, alter, table)]
    primary = next((index for index in indexes if index.name == PRIMARY), None)
    if primary is not None:  # a changed column of the primary key stays NOT NULL
        bound = [name for name in primary.columns if made_table.index(name) >= 0]
        staying = made_table.indexes
        made_table = replace(add_keys(replace(made_table, indexes=()), [KeyText(PRIMARY, bound)]), indexes=staying)
    return with_key(with_row_end(add_keys(made_table, keys)))


def _settle(placed: Placed, charsets: Charsets, target: Charsets | None, *, timestamps_null: bool) -> ColumnDefinition:
    """A new or changed column; CONVERT TO in the same statement overrules what it says itself, save `binary`."""
    text = placed.column
    said = text.type.charset or types.charset_of(text.type.collation)
    if target is not None and said is not None and said != "binary":
        text = replace(text, type=replace(text.type, charset=target.charset, collation=target.collation, binary=False))
    return settle_column(text, charsets if target is None else target, timestamps_null=timestamps_null)


def _skipped(key: KeyText, alter: AlterTable, table: TableDefinition) -> bool:
    """Whether a key belongs to a column that IF NOT EXISTS did not add."""
    return key.if_not_exists and any(
        placed.optional and placed.old is None and placed.column.name in key.columns and table.index(name) >= 0
        for placed in alter.placed
        for name in key.columns
    )


def _check_known(alter: AlterTable, table: TableDefinition, sql: str) -> None:
    wanted = [name for name, optional in alter.drops if not optional]
    wanted += [placed.old for placed in alter.placed if placed.old is not None and not placed.optional]
    wanted += [old for old, _, optional in alter.renames if not optional]
    for name in wanted:
        if table.index(name) < 0:
            raise DecodeError(
                errors.CONTRADICTION,
                f"table {table.id} has no column {name}, only {', '.join(c.name for c in table.columns)}:"
                f" {errors.excerpt(sql)}",
            )


def _at(columns: list[ColumnDefinition], place: str | None, table: TableDefinition, sql: str) -> int:
    if place is None:
        return len(columns) - sum(is_row_bound(column) for column in columns)
    if place == FIRST:
        return 0
    folded = place.casefold()
    for position, column in enumerate(columns):
        if column.name.casefold() == folded:
            return position + 1
    raise DecodeError(errors.CONTRADICTION, f"table {table.id} has no column {place}: {errors.excerpt(sql)}")


def convert(column: ColumnDefinition, charsets: Charsets) -> ColumnDefinition:
    """A column after CONVERT TO CHARACTER SET."""
    if not column.is_text:
        return column
    national = column.type_name.startswith("N")  # its character set was utf8mb3 by its type
    return replace(
        column,
        base=types.converted(column.base, column.charset, charsets.charset),
        type_name=column.base.upper() if national else column.type_name,
        charset=charsets.charset,
        collation=charsets.collation,
        own_charset=False,
    )


def _attributes(column: ColumnDefinition, alter: AlterTable, names: dict[str, str]) -> ColumnDefinition:
    """Apply ALTER COLUMN SET DEFAULT, DROP DEFAULT, SET VISIBLE."""
    for name, text, expression, is_set in alter.defaults:
        if _same(name, column, names):
            column = replace(column, default=text, default_expression=expression, has_default=is_set)
    for name, visible in alter.visible:
        if _same(name, column, names):
            column = replace(column, invisible=not visible)
    return column


def _same(name: str, column: ColumnDefinition, names: dict[str, str]) -> bool:
    folded = name.casefold()
    return any(old.casefold() == folded and new == column.name for old, new in names.items())


def _indexes(alter: AlterTable, table: TableDefinition, names: dict[str, str]) -> list[Index]:
    """The indexes that stay, with the columns' new names; one whose last column is gone goes too."""
    gone = {name.casefold() for name in alter.dropped_keys}
    renamed = {old.casefold(): new for old, new in alter.renamed_keys}
    kept = []
    for index in table.indexes:
        if index.name.casefold() in gone:
            continue
        columns = tuple(names[name] for name in index.columns if name in names)
        if not columns and index.columns:
            continue
        kept.append(replace(index, name=renamed.get(index.name.casefold(), index.name), columns=columns))
    return kept
