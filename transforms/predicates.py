"""The predicates of Kafka Connect: TopicNameMatches, HasHeaderKey, RecordIsTombstone.

Source: Kafka Connect reference, "Predicates". `negate` belongs to the chain and is applied by the engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from cdc.api import Predicate
from cdc.model import Record, Shape
from cdc.options import STRING, Option
from cdc.parts import PREDICATE
from cdc.regex import java_regex
from transforms.settings import REGEX, read

_PREFIX: Final = "org.apache.kafka.connect.transforms.predicates."
TOPIC_NAME_MATCHES: Final = _PREFIX + "TopicNameMatches"
HAS_HEADER_KEY: Final = _PREFIX + "HasHeaderKey"
RECORD_IS_TOMBSTONE: Final = _PREFIX + "RecordIsTombstone"

ALIASES = (TOPIC_NAME_MATCHES, HAS_HEADER_KEY, RECORD_IS_TOMBSTONE)
KINDS: Final = (PREDICATE,)
OPTIONS_OF: dict[str, tuple[Option, ...]] = {
    TOPIC_NAME_MATCHES: (
        Option("pattern", REGEX, None, "Java regular expression that the whole topic name must match", required=True),
    ),
    HAS_HEADER_KEY: (Option("name", STRING, None, "Name of a header that the record must have", required=True),),
    RECORD_IS_TOMBSTONE: (),
}
OPTIONS = tuple(option for options in OPTIONS_OF.values() for option in options)


class TopicNameMatches:
    """True for records of matching topics; known when a Shape is bound."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def bind(self, shape: Shape) -> bool | Callable[[Record], bool]:
        """Whether the topic matches as a whole."""
        return self._pattern.fullmatch(shape.topic) is not None


class HasHeaderKey:
    """True for records that have a header of this name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def bind(self, shape: Shape) -> bool | Callable[[Record], bool]:
        """Decided per record."""
        return self._test

    def _test(self, record: Record) -> bool:
        name = self._name
        return any(header[0] == name for header in record.headers)


class RecordIsTombstone:
    """True for records without a value."""

    def bind(self, shape: Shape) -> bool | Callable[[Record], bool]:
        """Decided per record."""
        return _is_tombstone


def _is_tombstone(record: Record) -> bool:
    return record.value is None


def create(options: dict[str, str], class_name: str) -> Predicate:
    """The predicate that a class name stands for. Raises ConfigError."""
    settings = read(class_name.rsplit(".", 1)[-1], OPTIONS_OF[class_name], options)
    if class_name == TOPIC_NAME_MATCHES:
        return TopicNameMatches(java_regex(settings.text("pattern")))
    if class_name == HAS_HEADER_KEY:
        return HasHeaderKey(settings.text("name"))
    return RecordIsTombstone()
