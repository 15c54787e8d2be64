"""The records of the schema change topic (`include.schema.changes`): their types and values.

Source: Debezium 3.6, ConnectTableChangeSerializer and SchemaFactory, as observed. Unlike in the history, what is
absent is null.
"""

from __future__ import annotations

from cdc.model import ARRAY, BOOLEAN, INT32, INT64, STRING, Row, Shape, Type, struct
from connectors.mysql.history import (
    SchemaEvent,
    column_charset,
    column_length,
    default_text,
    jdbc_type,
    quoted_label,
    table_id,
)
from connectors.mysql.tables import DROP, ColumnDefinition, TableChange, TableDefinition

_STRING = Type(STRING)
_OPTIONAL_STRING = Type(STRING, optional=True)
_INT32 = Type(INT32)
_OPTIONAL_INT32 = Type(INT32, optional=True)
_OPTIONAL_BOOLEAN = Type(BOOLEAN, optional=True)

COLUMN = struct(
    "io.debezium.connector.schema.Column",
    [
        ("name", _STRING),
        ("jdbcType", _INT32),
        ("nativeType", _OPTIONAL_INT32),
        ("typeName", _STRING),
        ("typeExpression", _OPTIONAL_STRING),
        ("charsetName", _OPTIONAL_STRING),
        ("length", _OPTIONAL_INT32),
        ("scale", _OPTIONAL_INT32),
        ("position", _INT32),
        ("optional", _OPTIONAL_BOOLEAN),
        ("autoIncremented", _OPTIONAL_BOOLEAN),
        ("generated", _OPTIONAL_BOOLEAN),
        ("comment", _OPTIONAL_STRING),
        ("defaultValueExpression", _OPTIONAL_STRING),
        ("enumValues", Type(ARRAY, optional=True, element=_STRING)),
    ],
    version=1,
)
TABLE = struct(
    "io.debezium.connector.schema.Table",
    [
        ("defaultCharsetName", _OPTIONAL_STRING),
        ("primaryKeyColumnNames", Type(ARRAY, optional=True, element=_STRING)),
        ("columns", Type(ARRAY, element=COLUMN)),
        ("comment", _OPTIONAL_STRING),
    ],
    version=1,
    optional=True,
)
CHANGE = struct(
    "io.debezium.connector.schema.Change",
    [("type", _STRING), ("id", _STRING), ("table", TABLE)],
    version=1,
)


def shape(topic: str, connector: str, source: Type) -> Shape:
    """The Shape of the topic's records; `connector` is mysql or mariadb, `source` the Struct of its source block."""
    prefix = f"io.debezium.connector.{connector}"
    key = struct(f"{prefix}.SchemaChangeKey", [("databaseName", _STRING)], version=1)
    value = struct(
        f"{prefix}.SchemaChangeValue",
        [
            ("source", source),
            ("ts_ms", Type(INT64)),
            ("databaseName", _OPTIONAL_STRING),
            ("schemaName", _OPTIONAL_STRING),
            ("ddl", _OPTIONAL_STRING),
            ("tableChanges", Type(ARRAY, element=CHANGE)),
        ],
        version=1,
    )
    return Shape(topic, key, value, kind="schema", partition=0)


def key(event: SchemaEvent) -> Row:
    """The key of a record."""
    return [event.database]


def value(event: SchemaEvent, source: Row, ts_ms: int) -> Row:
    """The value of a record. `source` is the source block, `ts_ms` the present time in milliseconds."""
    return [source, ts_ms, event.database, None, event.sql, [_change(change) for change in event.changes]]


def _change(change: TableChange) -> Row:
    table = None if change.table is None or change.kind == DROP else _table(change.table)
    return [change.kind, table_id(change.database, change.name), table]


def _table(table: TableDefinition) -> Row:
    columns = [_column(column, position) for position, column in enumerate(table.columns, 1)]
    return [table.charset, list(table.key), columns, table.comment]


def _column(column: ColumnDefinition, position: int) -> Row:
    return [
        column.name,
        jdbc_type(column.type_name),
        None,
        column.type_name,
        column.type_name,
        column_charset(column),
        column_length(column),
        column.scale,
        position,
        column.nullable,
        column.auto_increment or column.on_update,
        column.auto_increment or column.on_update,
        column.comment,
        default_text(column),
        [quoted_label(label) for label in column.labels] if column.labels else None,
    ]
