"""Filter: keeps the records for which a condition is true.

Source: Debezium reference, "Message filtering". The condition is Groovy; docs/how-to/transforms.md lists what of it is
understood. It is parsed at validation, bound once per Shape, and never handed to an interpreter.
"""

from __future__ import annotations

import re
from typing import Final

from cdc.api import Step
from cdc.errors import BindError
from cdc.model import STRUCT, Record, Shape
from cdc.options import ENUM, STRING, Option, Problem
from cdc.parts import TRANSFORM
from cdc.regex import java_regex
from transforms.condition import Condition
from transforms.errors import EVALUATION
from transforms.groovy import Unfit
from transforms.nodes import Const, Node
from transforms.settings import REGEX, read, refuse

TITLE: Final = "Filter"
GROOVY: Final = "jsr223.groovy"

ALIASES = ("io.debezium.transforms.Filter",)
KINDS: Final = (TRANSFORM,)
OPTIONS = (
    Option("language", STRING, None, "Language of the condition: jsr223.groovy", required=True),
    Option("condition", STRING, None, "A record stays when this is true for it", required=True),
    Option("topic.regex", REGEX, None, "Only topics whose whole name matches are filtered; without it all are"),
    Option(
        "null.handling.mode",
        ENUM,
        "keep",
        "What becomes of records without a value: keep, drop, or evaluate the condition with value null",
        ("drop", "keep", "evaluate"),
    ),
)

# Fields of the source block that say where a record comes from.
_PLACE: Final = ("lsn", "sequence", "gtid", "file", "pos", "row", "txId")


class Filter:
    """Transform: drops the records for which the condition is false."""

    def __init__(self, condition: Condition, topics: re.Pattern[str] | None, nulls: str) -> None:
        self._condition = condition
        self._topics = topics
        self._nulls = nulls

    def bind(self, shape: Shape) -> Step | None:
        """The step for one Shape, None when all of its records stay. Raises BindError for names it does not have."""
        if self._topics is not None and self._topics.fullmatch(shape.topic) is None:
            return None
        nulls: Node = Const(self._nulls == "keep")
        if self._nulls == "evaluate":
            nulls = self._condition.bind(shape, tombstone=True)
        # Of some Shapes there are only nulls: nothing is asked of the fields that they have no values for.
        node = nulls if shape.typed_null or shape.value is None else self._condition.bind(shape)
        if isinstance(node, Const) and isinstance(nulls, Const) and node.value and nulls.value:
            return None
        return Sieve(self._condition, shape, node, nulls).step


class Sieve:
    """The step for one Shape."""

    def __init__(self, condition: Condition, shape: Shape, node: Node, nulls: Node) -> None:
        self._condition = condition
        self._shape = shape
        self._node = node
        self._nulls = nulls

    def step(self, record: Record) -> Record | None:
        """The record when the condition is true. Raises BindError when it cannot be evaluated."""
        node = self._node if record.value is not None else self._nulls
        try:
            result = node.get(record)
        except Unfit as error:
            raise self._error(record, str(error)) from None
        if result is True:
            return record
        if result is False:
            return None
        raise self._error(record, "the condition gives neither true nor false")

    def _error(self, record: Record, what: str) -> BindError:
        shape = self._shape
        table = f" of table {shape.table}" if shape.table else ""
        detail = f"{TITLE}: {what}, for a record of topic {shape.topic}{table}{_place(record)}"
        return BindError(EVALUATION, f"{detail} (condition: {self._condition.text})")


def _place(record: Record) -> str:
    """Key and source position of a record, as far as it still carries them."""
    found = "" if record.key is None else f", key {record.key!r}"
    type, value = record.shape.value, record.value
    position = -1 if type is None else type.index("source")
    if type is None or position < 0 or not isinstance(value, list) or not isinstance(value[position], list):
        return found
    source = type.fields[position].type
    if source.kind != STRUCT:
        return found
    for name in _PLACE:
        field = source.index(name)
        if field >= 0 and value[position][field] is not None:
            found += f", {name} {value[position][field]}"
    return found


def create(options: dict[str, str], class_name: str = "") -> Filter:
    """The transform for these options. Raises ConfigError."""
    settings = read(TITLE, OPTIONS, options)
    language = settings.text("language").strip()
    if language != GROOVY:
        why = "conditions in this language are not understood"
        if not language.startswith(("jsr223.", "wasm.")):
            why = "this is no language of a condition"
        remedy = f"Write the condition in Groovy and set language={GROOVY}"
        refuse(TITLE, [Problem("language", language, why, remedy)])
    topics = settings.text("topic.regex").strip()
    return Filter(
        Condition(settings.text("condition"), TITLE, "condition"),
        java_regex(topics) if topics else None,
        settings.text("null.handling.mode"),
    )
