"""Logical messages (pg_logical_emit_message): the shape of their records and which prefixes are wanted.

Source: Debezium reference, "PostgreSQL logical decoding messages".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cdc.filters import Names, wanted
from cdc.model import BYTES, INT64, STRING, TRANSACTION_BLOCK, Shape, Table, Type, struct
from connectors.postgresql.binary import RawBinary
from connectors.postgresql.source_info import source_info
from connectors.postgresql.values import Loader

ID = "LOGICAL_DECODING_MESSAGE"  # Deviation: Debezium names a Java object's address in transaction metadata


class Properties(Protocol):
    """The properties that logical messages depend on."""

    topic_prefix: str
    binary_handling_mode: str
    message_prefix_include_list: list[str]
    message_prefix_exclude_list: list[str]


class Messages:
    """Logical messages (pg_logical_emit_message): their pseudo-table, which prefixes are wanted, and their content."""

    def __init__(self, table: Table, wanted: Callable[[str], bool], content: Loader) -> None:
        self.table = table
        self.wanted = wanted
        self.content = content


def messages(config: Properties) -> Messages:
    """The pseudo-table of logical messages and its filter."""
    mode = config.binary_handling_mode
    content = Type(BYTES if mode == "bytes" else STRING, optional=True)
    prefix = Type(STRING, optional=True)
    body = struct("io.debezium.connector.postgresql.Message", [("prefix", prefix), ("content", content)], version=1)
    value = struct(
        "io.debezium.connector.postgresql.MessageValue",
        [
            ("op", Type(STRING)),
            ("ts_ms", Type(INT64, optional=True)),
            ("source", source_info()),
            ("transaction", TRANSACTION_BLOCK),
            ("message", body),
        ],
        version=1,
    )
    key = struct("io.debezium.connector.postgresql.MessageKey", [("prefix", prefix)], version=1)
    shape = Shape(f"{config.topic_prefix}.message", key, value, kind="message", table=ID)
    include = Names(config.message_prefix_include_list)
    exclude = Names(config.message_prefix_exclude_list)
    return Messages(Table(ID, (), [], shape=shape), lambda found: wanted(include, exclude, found), RawBinary(mode))
