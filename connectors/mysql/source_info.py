"""The `source` block of MySQL's and MariaDB's changes. Source: Debezium reference, "Change event values: source"."""

from __future__ import annotations

from typing import ClassVar, Final, Protocol

from cdc.model import DEBEZIUM_VERSION, INT32, INT64, SNAPSHOT_MARKER, STRING, Row, Type, struct

# Places in the block.
TS_MS: Final = 3
SNAPSHOT: Final = 4
DATABASE: Final = 5
TS_US: Final = 7
TS_NS: Final = 8
TABLE: Final = 9
SERVER_ID: Final = 10
GTID: Final = 11
FILE: Final = 12
POS: Final = 13
ROW: Final = 14
THREAD: Final = 15
QUERY: Final = 16


class Names(Protocol):
    """The properties that the block repeats."""

    topic_prefix: str
    CONNECTOR: ClassVar[str]


def source_info(connector: str) -> Type:
    """Type of the block of `mysql` or `mariadb`."""
    text, number = Type(STRING), Type(INT64)
    optional_text, optional_number = Type(STRING, optional=True), Type(INT64, optional=True)
    return struct(
        f"io.debezium.connector.{connector}.Source",
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
            ("table", optional_text),
            ("server_id", number),
            ("gtid", optional_text),
            ("file", text),
            ("pos", number),
            ("row", Type(INT32)),
            ("thread", optional_number),
            ("query", optional_text),
        ],
        version=1,
    )


def source_template(config: Names) -> Row:
    """A block with what never changes filled in; who reads the log copies it and adds the rest."""
    return [
        DEBEZIUM_VERSION,
        config.CONNECTOR,
        config.topic_prefix,
        0,
        None,  # snapshot: the schema's default, false
        "",
        None,
        0,
        0,
        None,
        0,
        None,
        "",
        0,
        0,
        None,
        None,
    ]


def snapshot_row(
    config: Names, database: str, table: str | None, marker: str, seconds: int, file: str, pos: int
) -> Row:
    """The block of snapshot rows; `marker` is one of SNAPSHOT_VALUES, `seconds` the snapshot's time since 1970."""
    block = source_template(config)
    block[TS_MS] = seconds * 1000
    block[SNAPSHOT] = marker
    block[DATABASE] = database
    block[TS_US] = seconds * 1_000_000
    block[TS_NS] = seconds * 1_000_000_000
    block[TABLE] = table
    block[FILE] = file
    block[POS] = pos
    return block
