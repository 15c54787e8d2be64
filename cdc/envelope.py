"""Shapes of the records that the engine makes: change envelope, key, heartbeat, transaction metadata.

Source: Debezium reference, "Data change events", "Heartbeat", "Transaction metadata".
"""

from __future__ import annotations

from collections.abc import Callable

from cdc.model import ARRAY, INT64, STRING, TRANSACTION_BLOCK, Shape, Table, Type, struct

Adjust = Callable[[str], str]


def data_shapes(table: Table, topic: str, info: Type, adjust: Adjust) -> tuple[Shape, Shape]:
    """Shape of a table's change records and Shape of its truncate records, which have no key."""
    row = struct(adjust(f"{topic}.Value"), [(column.name, column.type) for column in table.columns], optional=True)
    envelope = struct(
        adjust(f"{topic}.Envelope"),
        [
            ("before", row),
            ("after", row),
            ("source", info),
            ("transaction", TRANSACTION_BLOCK),
            ("op", Type(STRING)),
            ("ts_ms", Type(INT64, optional=True)),
            ("ts_us", Type(INT64, optional=True)),
            ("ts_ns", Type(INT64, optional=True)),
        ],
        version=2,
    )
    key = None
    if table.key is not None:
        key = struct(adjust(f"{topic}.Key"), [(column.name, column.type) for column in table.key])
    return Shape(topic, key, envelope, table=table.id), Shape(topic, None, envelope, table=table.id)


def heartbeat_table(topic: str) -> Table:
    """Pseudo-table of heartbeats: key [server name], value [time in milliseconds since the epoch]."""
    shape = Shape(
        topic,
        struct("io.debezium.connector.common.ServerNameKey", [("serverName", Type(STRING))], version=1),
        struct("io.debezium.connector.common.Heartbeat", [("ts_ms", Type(INT64))], version=1),
        kind="heartbeat",
        partition=0,
    )
    return Table("heartbeat", (), [], shape=shape)


def transaction_table(topic: str) -> Table:
    """Pseudo-table of transaction boundaries."""
    collection = struct(
        "event.collection",
        [("data_collection", Type(STRING)), ("event_count", Type(INT64))],
        version=1,
        optional=True,
    )
    value = struct(
        "io.debezium.connector.common.TransactionMetadataValue",
        [
            ("status", Type(STRING)),
            ("id", Type(STRING)),
            ("event_count", Type(INT64, optional=True)),
            ("data_collections", Type(ARRAY, element=collection, optional=True)),
            ("ts_ms", Type(INT64)),
        ],
        version=1,
    )
    key = struct("io.debezium.connector.common.TransactionMetadataKey", [("id", Type(STRING))], version=1)
    return Table("transaction", (), [], shape=Shape(topic, key, value, kind="transaction"))
