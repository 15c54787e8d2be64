"""Versions of tables as Debezium's schema history writes them, both ways, and the recovery of all tables at a position.

Source: Debezium 3.6, HistoryRecord and JsonTableChangeSerializer (as its file store writes them). What Debezium's form
has no place for (names of indexes, collations, invisible columns) goes into the table's `attributes`, which Debezium
keeps and does not interpret. Knows no store: records are bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, cast

import msgspec

from cdc.errors import STOP, CdcError, DecodeError, StoreFailed, define
from connectors.mysql.ddl import DATABASE, Applied, Schema
from connectors.mysql.ddl.columns import Charsets, ColumnText, settle_column
from connectors.mysql.ddl.lexer import Dialect, unescape
from connectors.mysql.ddl.reader import Reader
from connectors.mysql.ddl.types import DataType, read_type, settle
from connectors.mysql.defaults import EPOCH
from connectors.mysql.tables import ALTER, CREATE, DROP, TRUNCATE, ColumnDefinition, Index, TableChange, TableDefinition

UNREADABLE = define(
    "HW-MY-204",
    STOP,
    "A record of the schema history cannot be understood",
    "The topic or file holds something else, or was cut: take the schema anew with snapshot.mode=recovery",
)

ATTRIBUTE: Final = "headwater"  # name of the table attribute that holds what Debezium's form does not

_JDBC: Final = {  # first word of the type name -> java.sql.Types
    "TINYINT": 5, "INT1": 5, "SMALLINT": 5, "INT2": 5, "MEDIUMINT": 4, "INT3": 4, "MIDDLEINT": 4, "INT": 4,
    "INTEGER": 4, "INT4": 4, "BIGINT": -5, "INT8": -5, "REAL": 7, "DOUBLE": 8, "FLOAT8": 8, "FLOAT": 6, "FLOAT4": 6,
    "DECIMAL": 3, "DEC": 3, "FIXED": 3, "NUMERIC": 2, "NUMBER": 3, "BIT": -7, "BOOL": 16, "BOOLEAN": 16, "YEAR": 4,
    "DATE": 91, "TIME": 92, "DATETIME": 93, "TIMESTAMP": 2014, "BINARY": -2, "VARBINARY": -3, "RAW": -3,
    "TINYBLOB": 2004, "BLOB": 2004, "MEDIUMBLOB": 2004, "LONGBLOB": 2004, "CHAR": 1, "CHARACTER": 1, "VARCHAR": 12,
    "VARCHARACTER": 12, "VARCHAR2": 12, "CLOB": 12, "TINYTEXT": 12, "TEXT": 12, "MEDIUMTEXT": 12, "LONGTEXT": 12,
    "ENUM": 1, "SET": 1, "NCHAR": -15, "NVARCHAR": -9,
}  # fmt: skip
_OTHER: Final = 1111
_NCHAR: Final = -15
_NVARCHAR: Final = -9

Position = dict[str, object]


@lru_cache(maxsize=4096)
def jdbc_type(type_name: str) -> int:
    """The java.sql.Types number of a type name."""
    words = type_name.split()
    if not words:
        return _OTHER
    first, rest = words[0], words[1:]
    if first == "NATIONAL" or (first == "NCHAR" and rest and rest[0] != "BINARY"):
        return _NVARCHAR if "VARYING" in rest or any(word.startswith("VAR") for word in rest) else _NCHAR
    if first == "LONG":
        return 2004 if rest[:1] == ["VARBINARY"] else 12
    if first in ("CHAR", "CHARACTER") and "VARYING" in rest:
        return 12
    return _JDBC.get(first, _OTHER)


def column_length(column: ColumnDefinition) -> int | None:
    """`length` as Debezium's parser sets it: 1 of ENUM, BIT and NCHAR, labels and commas of a SET, none of BOOLEAN."""
    if column.base == "enum":
        return 1
    if column.base == "set":
        return max(0, 2 * len(column.labels) - 1)
    if column.type_name in ("BOOL", "BOOLEAN"):
        return None
    if column.length is None and (column.base == "bit" or jdbc_type(column.type_name) == _NCHAR):
        return 1
    return None if column.length is None else min(column.length, 2**31 - 1)


def column_charset(column: ColumnDefinition) -> str | None:
    """`charsetName`: of character columns only, not of MariaDB's JSON; NCHAR is always utf8."""
    if jdbc_type(column.type_name) in (_NCHAR, _NVARCHAR):
        return "utf8"
    return column.charset if jdbc_type(column.type_name) in (1, 12) else None


_ESCAPES: Final = str.maketrans({"\\": r"\\", "'": "''", "\0": r"\0", "\n": r"\n", "\r": r"\r"})  # as the server's


def default_text(column: ColumnDefinition) -> str | None:
    """`defaultValueExpression`: a literal with its escapes, the epoch for the present time, no other expression."""
    if not column.default_expression:
        return None if column.default is None else column.default.translate(_ESCAPES)
    return EPOCH if (column.default or "").startswith("CURRENT_TIMESTAMP") else None


def quoted_label(label: str) -> str:
    """A label of ENUM or SET as it stands in the statement."""
    escaped = label.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def table_id(database: str, name: str) -> str:
    """`"database"."table"`, as Debezium's history and schema change topic name a table."""
    parts = (part.replace('"', '""') for part in (database, name))
    return ".".join(f'"{part}"' for part in parts)


def parse_table_id(text: str) -> tuple[str, str]:
    """The database and table of such an id. Raises StoreFailed."""
    parts: list[str] = []
    rest = text
    while rest:
        if rest.startswith('"'):
            end = 1
            while (end := rest.find('"', end)) >= 0 and rest[end + 1 : end + 2] == '"':
                end += 2
            if end < 0:
                break
            parts.append(rest[1:end].replace('""', '"'))
            rest = rest[end + 1 :]
        else:
            part, dot, rest = rest.partition(".")
            parts.append(part)
            rest = dot + rest
        if rest.startswith("."):
            rest = rest[1:]
            if not rest:
                parts.append("")
    if len(parts) != 2:
        raise StoreFailed(UNREADABLE, f"the table id {text!r} is not a database and a table")
    return parts[0], parts[1]


# Writing


def _column(column: ColumnDefinition, position: int) -> dict[str, object]:
    written: dict[str, object] = {
        "name": column.name,
        "jdbcType": jdbc_type(column.type_name),
        "typeName": column.type_name,
        "typeExpression": column.type_name,
        "charsetName": column_charset(column),
    }
    length = column_length(column)
    if length is not None:
        written["length"] = length
    if column.scale is not None:
        written["scale"] = column.scale
    written["position"] = position
    written["optional"] = column.nullable
    written["autoIncremented"] = written["generated"] = column.auto_increment or column.on_update
    written["comment"] = column.comment
    written["hasDefaultValue"] = column.has_default or column.nullable
    default = default_text(column)
    if default is not None:
        written["defaultValueExpression"] = default
    written["enumValues"] = [quoted_label(label) for label in column.labels]
    return written


def _plain_base(column: ColumnDefinition) -> str:
    """The type that the column's words and length alone make; another one is what CONVERT TO has left."""
    base = column.type_name.lower()
    return settle(base, column.length, column.charset)


def _extra(table: TableDefinition) -> dict[str, object]:
    """What Debezium's form has no place for; empty when there is nothing."""
    extra: dict[str, object] = {}
    if table.collation is not None:
        extra["collation"] = table.collation
    indexes = [
        [index.name, list(index.columns), index.functional]
        for index in table.indexes
        if index.unique and index.name != "PRIMARY"
    ]
    if indexes:
        extra["unique"] = indexes
        extra["primary"] = any(index.name == "PRIMARY" for index in table.indexes)
    columns: dict[str, object] = {}
    for column in table.columns:
        own: dict[str, object] = {}
        if column.collation is not None and column.collation != table.collation:
            own["collation"] = column.collation
        if column.base.endswith(("text", "blob")) and column.base != _plain_base(column):
            own["base"] = column.base
        if column.type_name == "JSON" and column.charset not in (None, "utf8mb4"):
            own["charset"] = column.charset
        if column.generated is not None:
            own["generated"] = column.generated
        if column.invisible:
            own["invisible"] = True
        if column.srid is not None:
            own["srid"] = column.srid
        if column.has_default and column.default_expression:
            own["default"] = column.default
        if own:
            columns[column.name] = own
    if columns:
        extra["columns"] = columns
    return extra


def _table(table: TableDefinition) -> dict[str, object]:
    extra = _extra(table)
    attributes = [{"name": ATTRIBUTE, "value": _compact(extra)}] if extra else []
    return {
        "defaultCharsetName": table.charset,
        "primaryKeyColumnNames": list(table.key),
        "columns": [_column(column, position) for position, column in enumerate(table.columns, 1)],
        "attributes": attributes,
    }


def _change(change: TableChange) -> dict[str, object]:
    written: dict[str, object] = {"type": change.kind, "id": table_id(change.database, change.name)}
    if change.previous is not None:
        written["previousId"] = table_id(*change.previous)
    if change.table is not None and change.kind != DROP:
        written["table"] = _table(change.table)
        written["comment"] = change.table.comment
    return written


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def encode(
    server: str, position: Position, ts_ms: int, database: str, ddl: str, changes: Iterable[TableChange]
) -> bytes:
    """One record of the history. `server` is topic.prefix, `position` the offset object, `ts_ms` the present time."""
    record = {
        "source": {"server": server},
        "position": position,
        "ts_ms": ts_ms,
        "databaseName": database,
        "ddl": ddl,
        "tableChanges": [_change(change) for change in changes],
    }
    return msgspec.json.encode(record)


@dataclass(frozen=True, slots=True)
class SchemaEvent:
    """What one record of the history and of the schema change topic is about."""

    database: str
    sql: str
    changes: tuple[TableChange, ...]


def events(applied: Applied) -> list[SchemaEvent]:
    """The records of a statement: one for each table that it changes, else one for the statement.

    TRUNCATE makes none (it is a change of rows), nor does dropping a database make one for each of its tables.
    """
    if applied.kind == DATABASE:
        return [SchemaEvent(applied.database, applied.sql, ())]
    changes = [change for change in applied.changes if change.kind != TRUNCATE]
    if not changes:
        return [] if applied.changes else [SchemaEvent(applied.database, applied.sql, ())]
    return [SchemaEvent(change.database, change.sql or applied.sql, (change,)) for change in changes]


# Reading


class _ColumnJson(msgspec.Struct):
    name: str
    typeName: str
    charsetName: str | None = None
    length: int | None = None
    scale: int | None = None
    optional: bool = True
    autoIncremented: bool = False
    comment: str | None = None
    hasDefaultValue: bool = False
    defaultValueExpression: str | None = None
    enumValues: list[str] | None = None


class _AttributeJson(msgspec.Struct):
    name: str
    value: str | None = None


class _TableJson(msgspec.Struct):
    columns: list[_ColumnJson]
    defaultCharsetName: str | None = None
    primaryKeyColumnNames: list[str] | None = None
    attributes: list[_AttributeJson] | None = None


class _ChangeJson(msgspec.Struct):
    type: str
    id: str
    previousId: str | None = None
    table: msgspec.Raw = msgspec.Raw()
    comment: str | None = None


class _SourceJson(msgspec.Struct):
    server: str | None = None


class _RecordJson(msgspec.Struct):
    source: _SourceJson
    position: msgspec.Raw
    databaseName: str | None = None
    ddl: str | None = None
    tableChanges: list[_ChangeJson] | None = None


_record = msgspec.json.Decoder(_RecordJson)
_table_json = msgspec.json.Decoder(_TableJson)
_object = msgspec.json.Decoder(dict[str, object])


@lru_cache(maxsize=8192)
def _data_type(name: str, length: int | None, scale: int | None, labels: tuple[str, ...], dialect: Dialect) -> DataType:
    """The data type that Debezium names with words and numbers apart."""
    words = name.split()
    sign = [word for word in words if word in ("SIGNED", "UNSIGNED", "ZEROFILL")]
    binary = [word for word in words[1:] if word == "BINARY"]
    stem = " ".join(
        word for position, word in enumerate(words) if word not in sign and not (position and word == "BINARY")
    )
    if stem in ("ENUM", "SET"):
        sizes = f"({','.join(labels)})"
    elif length is None or stem in ("BOOL", "BOOLEAN"):
        sizes = ""
    else:
        sizes = f"({length})" if scale is None else f"({length},{scale})"
    found = read_type(Reader(" ".join([stem + sizes, *sign, *binary]), dialect))
    found.words = words
    return found


class StoredTable:
    """A table version in the history's JSON; decoded when it is needed, as most never are."""

    def __init__(self, schema: Schema, database: str, name: str, raw: bytes, comment: str | None) -> None:
        self._dialect = Dialect(schema.flavor, schema.version)
        self._database = database
        self._name = name
        self._raw = raw
        self._comment = comment

    def load(self) -> TableDefinition:
        """The table. Raises StoreFailed."""
        where = f"table {self._database}.{self._name}"
        try:
            table = _table_json.decode(self._raw)
            extra = _extras(table)
            collation = cast("str | None", extra.get("collation"))
            charsets = Charsets(table.defaultCharsetName, collation)
            columns = tuple(self._column(column, charsets, extra.get("columns", {})) for column in table.columns)
        except (msgspec.MsgspecError, DecodeError, KeyError, TypeError, ValueError) as error:
            raise StoreFailed(UNREADABLE, f"{where}: {error}") from error
        key = tuple(table.primaryKeyColumnNames or ())
        return TableDefinition(
            self._database,
            self._name,
            columns,
            key,
            _indexes(key, extra),
            table.defaultCharsetName,
            collation,
            self._comment,
        )

    def _column(self, column: _ColumnJson, table: Charsets, extras: object) -> ColumnDefinition:
        extra = cast("dict[str, object]", cast("dict[str, object]", extras).get(column.name, {}))
        kind = _data_type(column.typeName, column.length, column.scale, tuple(column.enumValues or ()), self._dialect)
        charset = (
            kind.charset if kind.charset is not None or column.charsetName == table.charset else column.charsetName
        )
        temporal = kind.base in ("timestamp", "datetime")
        text = ColumnText(
            column.name,
            kind.with_charset(charset),
            null=column.optional,
            auto_increment=column.autoIncremented and not temporal,
            on_update=column.autoIncremented and temporal,
            comment=column.comment,
            generated=cast("str | None", extra.get("generated")),
            invisible=bool(extra.get("invisible")),
            srid=cast("int | None", extra.get("srid")),
        )
        if "default" in extra:
            text.has_default, text.default, text.default_expression = True, cast("str | None", extra["default"]), True
        elif column.defaultValueExpression is not None:
            text.has_default, text.default = True, _unescaped(column.defaultValueExpression)
        elif column.hasDefaultValue:
            text.has_default = True
        made = settle_column(text, table)
        if "charset" in extra:
            made = replace(made, charset=cast("str | None", extra["charset"]), collation=None)
        if "base" in extra or "collation" in extra:
            base, collation = extra.get("base", made.base), extra.get("collation", made.collation)
            made = replace(made, base=cast("str", base), collation=cast("str | None", collation))
        return made


def _unescaped(text: str) -> str:
    """The value of a literal's inner text."""
    return unescape(text, "'") if "\\" in text or "''" in text else text


def _extras(table: _TableJson) -> dict[str, object]:
    for attribute in table.attributes or ():
        if attribute.name == ATTRIBUTE and attribute.value:
            return _object.decode(attribute.value)
    return {}


def _indexes(key: tuple[str, ...], extra: dict[str, object]) -> tuple[Index, ...]:
    """The unique indexes. Of a record that names none, as those of Debezium, the key is taken for the primary key."""
    written = cast("list[tuple[str, list[str], bool]]", extra.get("unique", []))
    unique = [Index(name, tuple(columns), True, functional) for name, columns, functional in written]
    primary = [Index("PRIMARY", key)] if key and extra.get("primary", True) else []
    return (*primary, *unique)


def recover(
    schema: Schema,
    records: Iterable[bytes],
    server: str,
    covered: Callable[[Position], bool],
    *,
    prefer_ddl: bool = False,
    skip: Callable[[CdcError], None] | None = None,
    where: str = "",
) -> int:
    """Put all tables into `schema` as they were at a position; the number of records that were applied.

    `covered` says of a record's position whether it lies at or before the one to resume at. `skip` takes the error of
    a statement that is not understood (skip.unparseable.ddl); None raises it. Raises StoreFailed, DecodeError.
    """
    count = applied = 0
    last: bytes | None = None
    reached = False
    for line in records:
        count += 1
        try:
            record = _record.decode(line)
            if record.source.server != server:
                continue
            raw = bytes(record.position)
            if raw != last:  # the records of a snapshot share their position
                last, reached = raw, covered(_object.decode(raw))
        except msgspec.MsgspecError as error:
            place = f"{where}, " if where else ""
            raise StoreFailed(UNREADABLE, f"{place}record {count}: {error}: {line[:200]!r}") from error
        if not reached:
            continue
        applied += 1
        changes = record.tableChanges or []
        if changes and (not prefer_ddl or any(change.previousId is not None for change in changes)):
            _put(schema, changes)  # old versions of Debezium wrote a part of a RENAME as `ddl`
        elif record.ddl:
            try:
                schema.apply(record.databaseName or "", record.ddl)
            except DecodeError as error:
                if skip is None:
                    raise
                skip(error)
    return applied


def _put(schema: Schema, changes: list[_ChangeJson]) -> None:
    for change in changes:
        database, name = parse_table_id(change.id)
        if change.previousId is not None:
            schema.remove(*parse_table_id(change.previousId))
        if change.type == DROP:
            schema.remove(database, name)
        elif change.type in (CREATE, ALTER) and schema.wanted(database, name):
            raw = bytes(change.table)
            if raw and raw != b"null":
                schema.put_stored(database, name, StoredTable(schema, database, name, raw, change.comment))
