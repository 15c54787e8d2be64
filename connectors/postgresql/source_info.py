"""The `source` block of PostgreSQL's changes. Source: Debezium reference, "Change event values: source"."""

from __future__ import annotations

from typing import Protocol

from cdc.model import DEBEZIUM_VERSION, INT64, SNAPSHOT_MARKER, STRING, Row, Type, struct


class Names(Protocol):
    """The properties that the block repeats."""

    topic_prefix: str
    database_dbname: str


def source_info() -> Type:
    """Type of the block."""
    text, number = Type(STRING), Type(INT64)
    optional_text, optional_number = Type(STRING, optional=True), Type(INT64, optional=True)
    return struct(
        "io.debezium.connector.postgresql.Source",
        [
            ("version", text),
            ("connector", text),
            ("name", text),
            ("ts_ms", number),
            ("snapshot", SNAPSHOT_MARKER),
            ("db", text),
            ("sequence", optional_text),
            ("ts_us", optional_number),
            ("ts_ns", optional_number),
            ("schema", text),
            ("table", text),
            ("txId", optional_number),
            ("lsn", optional_number),
            ("xmin", optional_number),
            ("origin", optional_text),
            ("origin_lsn", optional_number),
        ],
        version=1,
    )


def source_template(config: Names) -> Row:
    """A block with what never changes filled in; the decoder copies it and adds the rest."""
    return [
        DEBEZIUM_VERSION,
        "postgresql",
        config.topic_prefix,
        0,
        None,  # snapshot: the schema's default, false
        config.database_dbname,
        None,
        0,
        0,
        "",
        "",
        None,
        None,
        None,
        None,
        None,
    ]


def snapshot_row(
    config: Names, schema: str, table: str, marker: str, ts_us: int, tx_id: int | None, lsn: int, lsn_commit: int
) -> Row:
    """The block of snapshot rows; `marker` is one of SNAPSHOT_VALUES, `ts_us` the snapshot's time in microseconds."""
    block = source_template(config)
    last = f'"{lsn_commit}"' if lsn_commit else "null"
    block[3] = ts_us // 1000
    block[4] = marker
    block[6] = f'[{last},"{lsn}"]'
    block[7] = ts_us
    block[8] = ts_us * 1000
    block[9] = schema
    block[10] = table
    block[11] = tx_id or None
    block[12] = lsn
    return block
