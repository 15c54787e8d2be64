"""Topic names by Debezium's naming strategies. Knows no database: a table gives its name parts.

Source: Debezium reference, "Topic naming" (AbstractTopicNamingStrategy and its subclasses).
"""

from __future__ import annotations

import re
from typing import ClassVar, Protocol

from cdc.model import Table
from cdc.names import underscores, utf16_units

MAX_LENGTH = 249  # Kafka's limit for a topic name, in characters
_INVALID = re.compile(r"[^A-Za-z0-9._-]")
_INVALID_UNICODE = re.compile(r"[^A-Za-z0-9.-]")


class Names(Protocol):
    """The configuration that names depend on."""

    topic_prefix: str
    topic_delimiter: str
    topic_heartbeat_prefix: str
    topic_heartbeat_name: str | None
    topic_transaction: str
    topic_naming_strategy: str
    NAMED_BY: ClassVar[str]


def sanitise(name: str) -> str:
    """A legal topic name: an underscore for each UTF-16 unit of every other character, cut to 249 characters."""
    return _legal(_INVALID.sub(underscores, name))


def sanitise_unicode(name: str) -> str:
    """As `sanitise`, but each UTF-16 unit, of `_` itself too, becomes `_u` and its four hex digits."""
    return _legal(_INVALID_UNICODE.sub(_escapes, name))


def _escapes(match: re.Match[str]) -> str:
    return "".join(f"_u{unit:04x}" for unit in utf16_units(match.group()))


def _legal(name: str) -> str:
    if name == ".":
        return "_"
    if name == "..":
        return "__"
    return name[:MAX_LENGTH]


class Topics:
    """Names of all topics of one connector."""

    def __init__(self, config: Names) -> None:
        self._prefix = config.topic_prefix
        self._delimiter = config.topic_delimiter
        self._sanitise = sanitise_unicode if "Unicode" in config.topic_naming_strategy else sanitise
        # Debezium's Default strategies name database and table, the Schema strategies schema and table; a table id of
        # PostgreSQL has no database there, one of MySQL no schema
        other = ".Default" if config.NAMED_BY == "Schema" else ".Schema"
        self._table_only = other in config.topic_naming_strategy
        self.heartbeat = config.topic_heartbeat_name or self._sanitise(
            self._join(config.topic_heartbeat_prefix, self._prefix)
        )
        self.schema_changes = self._prefix  # as it is, in every strategy
        self.transaction = self._sanitise(self._join(self._prefix, config.topic_transaction))

    def data(self, table: Table) -> str:
        """Topic of a table's changes."""
        parts = table.parts[-1:] if self._table_only else table.parts
        return self._sanitise(self._join(self._prefix, *parts))

    def _join(self, *parts: str) -> str:
        return self._delimiter.join(part for part in parts if part.strip())
