"""Whether the log's own description of a table fits the one that the schema history has. Sans-I/O.

TABLE_MAP says of each column its type, digits and sizes, always; binlog_row_metadata=MINIMAL (MySQL's default) adds
signs and character sets, FULL names, labels and the primary key. What is there is compared, once for each version.
Lengths of texts, nullability and comments are not: rows are read the same whatever they are.
Source: MySQL source documentation, "Table_map_event"; MariaDB, "TABLE_MAP_EVENT".
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from connectors.mysql import table_map as log
from connectors.mysql.charsets import UTF8, charset_of
from connectors.mysql.events import TableMap
from connectors.mysql.tables import INTEGERS, ROW_END, ROW_START, SPATIAL, ColumnDefinition, TableDefinition, key_of

_VARIABLE: Final = (log.VARCHAR, log.VAR_STRING, log.VARCHAR_COMPRESSED)
_LARGE: Final = (log.BLOB, log.BLOB_COMPRESSED)
_TYPES: Final[dict[str, tuple[int, ...]]] = {
    "tinyint": (log.TINY,),
    "smallint": (log.SHORT,),
    "mediumint": (log.INT24,),
    "int": (log.LONG,),
    "bigint": (log.LONGLONG,),
    "decimal": (log.NEWDECIMAL, log.DECIMAL),
    "float": (log.FLOAT,),
    "double": (log.DOUBLE,),
    "bit": (log.BIT,),
    "year": (log.YEAR,),
    "date": (log.DATE, log.NEWDATE),
    "time": (log.TIME2, log.TIME),
    "datetime": (log.DATETIME2, log.DATETIME),
    "timestamp": (log.TIMESTAMP2, log.TIMESTAMP),
    "char": (log.STRING,),
    "binary": (log.STRING,),
    "varchar": _VARIABLE,
    "varbinary": _VARIABLE,
    "json": (log.JSON, log.BLOB),
    "enum": (log.ENUM,),
    "set": (log.SET,),
    **dict.fromkeys(("tinyblob", "blob", "mediumblob", "longblob"), _LARGE),
    **dict.fromkeys(("tinytext", "text", "mediumtext", "longtext"), _LARGE),
    **dict.fromkeys(("point", *SPATIAL), (log.GEOMETRY,)),
}
_TEMPORAL: Final = (log.TIME2, log.DATETIME2, log.TIMESTAMP2)
_LENGTH_BYTES: Final = {"tiny": 1, "": 2, "medium": 3, "long": 4}
_NAMES: Final = {kind: base for base, kinds in reversed(_TYPES.items()) for kind in reversed(kinds)}
_BEYOND: Final = re.compile("[\U00010000-\U0010ffff]")


def contradiction(event: TableMap, table: TableDefinition) -> str:
    """The first thing that differs, both sides named; empty: nothing does."""
    if event.width != len(table.columns):
        known = ", ".join(column.name for column in table.columns)
        logged = f" ({', '.join(event.names)})" if event.names is not None else ""
        return f"rows of {event.width} columns{logged}, {len(table.columns)} are known ({known})"
    for index, column in enumerate(table.columns):
        found = _column(event, index, column)
        if found:
            return f"column {index + 1}, {column.name}: the log has {found[0]}, known is {found[1]}"
    if event.key is not None:
        logged_key = [table.columns[index].name for index in event.key]
        known_key = _server_key(table)
        if [name.casefold() for name in logged_key] != [name.casefold() for name in known_key]:
            return f"the log has the primary key ({', '.join(logged_key)}), known is ({', '.join(known_key)})"
    return ""


def labelled(event: TableMap, table: TableDefinition) -> TableDefinition:
    """The table with the log's labels, where SHOW CREATE TABLE has `?` for characters beyond U+FFFF."""
    if event.labels is None:
        return table
    columns = list(table.columns)
    for index, column in enumerate(columns):
        labels = event.labels[index]
        if labels is not None and column.charset in UTF8 and tuple(labels) != column.labels:
            columns[index] = replace(column, labels=tuple(labels))
    return table if tuple(columns) == table.columns else replace(table, columns=tuple(columns))


def _server_key(table: TableDefinition) -> tuple[str, ...]:
    """The key as the server has it: the row bounds of a versioned table are NOT NULL there."""
    if not any(column.generated == ROW_END for column in table.columns):
        return table.key
    nullable = {one.name for one in table.columns if one.nullable and one.generated not in (ROW_START, ROW_END)}
    return key_of(table.indexes, nullable) or table.key


def _column(event: TableMap, index: int, column: ColumnDefinition) -> tuple[str, str] | None:
    """What the log has and what is known of a column, None when they agree."""
    kind, meta = event.types[index], event.metadata[index]
    if event.names is not None and event.names[index].casefold() != column.name.casefold():
        return f"the name {event.names[index]}", f"the name {column.name}"
    base = column.base
    fitting = _TYPES.get(base)
    if fitting is None:
        return None
    if kind not in fitting:
        return _NAMES.get(kind, f"type {kind}"), base
    if kind == log.NEWDECIMAL:
        precision = 10 if column.length is None else column.length
        if (meta >> 8, meta & 0xFF) != (precision, column.scale or 0):
            return f"decimal({meta >> 8},{meta & 0xFF})", f"decimal({precision},{column.scale or 0})"
    elif kind == log.BIT:
        if meta != (column.length or 1):
            return f"bit({meta})", f"bit({column.length or 1})"
    elif kind in _TEMPORAL:
        if meta != (column.length or 0):
            return f"{base}({meta})", f"{base}({column.length or 0})"
    elif kind in _LARGE and base.endswith(("text", "blob")):
        wanted = _LENGTH_BYTES[base.removesuffix("text").removesuffix("blob")]
        if meta != wanted:
            return f"lengths of {meta} bytes", f"{base}, with {wanted}"
    if event.unsigned is not None and base in INTEGERS and event.unsigned[index] != column.unsigned:
        signs = ("signed", "unsigned")
        return f"{signs[event.unsigned[index]]} {base}", f"{signs[column.unsigned]} {base}"
    return _texts(event, index, column)


def _texts(event: TableMap, index: int, column: ColumnDefinition) -> tuple[str, str] | None:
    """As `_column`, of a character set and of labels."""
    if event.collations is not None and event.collations[index] >= 0:
        logged = _alias(charset_of(event.collations[index]))
        known = _alias(column.charset or "") if column.is_text else "binary"
        if logged and known and logged != known and column.base != "json":
            return f"the character set {logged}", f"{known}"
    labels = event.labels[index] if event.labels is not None else None
    if labels is not None and column.labels:
        comparable = column.charset in UTF8
        shown = tuple(_BEYOND.sub("?", label) for label in labels)  # as SHOW CREATE TABLE has them
        if len(labels) != len(column.labels) or (comparable and column.labels not in (tuple(labels), shown)):
            return f"the labels {', '.join(labels)}", f"{', '.join(column.labels)}"
    return None


def _alias(charset: str) -> str:
    return "utf8mb3" if charset == "utf8" else charset
