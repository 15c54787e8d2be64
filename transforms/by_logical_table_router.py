"""ByLogicalTableRouter: sends the changes of several tables to one topic and tells their keys apart.

Source: Debezium reference, "Topic routing". Records of every kind whose topic matches are routed and get the key
field, heartbeats too; only change events have their schemas renamed.
"""

from __future__ import annotations

import logging
from typing import Final

from cdc.api import Step
from cdc.errors import BindError
from cdc.model import STRING as TEXT
from cdc.model import STRUCT, Field, Record, Shape, Type
from cdc.names import schema_name_adjuster
from cdc.options import BOOLEAN, ENUM, INT, STRING, Option, Problem
from cdc.parts import TRANSFORM
from transforms.errors import EVALUATION, FIELD
from transforms.replacement import Replacement
from transforms.settings import REGEX, read, refuse

log = logging.getLogger(__name__)

# ToLogicalTopicRouter is the name after Debezium 3.6.
ALIASES = ("io.debezium.transforms.ByLogicalTableRouter", "io.debezium.transforms.ToLogicalTopicRouter")
KINDS: Final = (TRANSFORM,)
OPTIONS = (
    Option("topic.regex", REGEX, None, "Java regular expression that the whole topic name must match", required=True),
    Option(
        "topic.replacement",
        STRING,
        None,
        "New topic name; $1 or ${name} stand for groups of topic.regex",
        required=True,
    ),
    Option("key.enforce.uniqueness", BOOLEAN, "true", "Add a field to the key that tells the tables apart"),
    Option("key.field.name", STRING, "__dbz__physicalTableIdentifier", "Name of the field added to the key"),
    Option(
        "key.field.regex",
        REGEX,
        None,
        "Java regular expression over the old topic name, from which the value of the key field is made; without it, "
        "or where it does not match, the value is the old topic name",
    ),
    Option("key.field.replacement", STRING, None, "Value of the key field, with the groups of key.field.regex"),
    Option(
        "schema.name.adjustment.mode",
        ENUM,
        "none",
        "How the new schema names are made legal for Avro",
        ("none", "avro", "avro_unicode"),
    ),
    Option(
        "logical.table.cache.size",
        INT,
        "16",
        "Size of a cache that Debezium needs",
        effect="a table is looked at once and stays known",
    ),
)


class ByLogicalTableRouter:
    """Transform: matching topics get a new name, their keys a field, their schemas the names of the new topic."""

    def __init__(
        self, topic: Replacement, key_field: str, identifier: Replacement | None, unique: bool, adjustment: str
    ) -> None:
        self._topic = topic
        self._key_field = key_field
        self._identifier = identifier
        self._unique = unique
        self._adjust = schema_name_adjuster(adjustment)

    def bind(self, shape: Shape) -> Step | None:
        """The step for one table. Raises BindError when the key has a field of that name, or is no struct."""
        topic = self._topic.apply(shape.topic)
        if topic is None:
            return None
        if not topic:
            log.warning("ByLogicalTableRouter: topic %s would get an empty name and keeps its own", shape.topic)
            return None
        identifier = None if self._identifier is None else self._identifier.apply(shape.topic)
        target = shape.derive(topic, self._key(shape, topic), self._value(shape.value, topic))
        width = -1 if shape.key is None or not self._unique else len(shape.key.fields)
        return Route(target, width, shape.topic if identifier is None else identifier).step

    def _key(self, shape: Shape, topic: str) -> Type | None:
        key = shape.key
        if key is None:
            return None
        if key.kind != STRUCT:
            raise BindError(EVALUATION, f"ByLogicalTableRouter: the key of topic {shape.topic} is no struct")
        fields = key.fields
        if self._unique:
            if key.index(self._key_field) >= 0:
                raise BindError(
                    FIELD,
                    f"ByLogicalTableRouter: the key of topic {shape.topic} already has a field {self._key_field}",
                    "Set key.field.name to another name",
                )
            fields = (*fields, Field(self._key_field, Type(TEXT)))
        return key.replace(name=self._adjust(f"{topic}.Key"), fields=fields)

    def _value(self, value: Type | None, topic: str) -> Type | None:
        if value is None or value.name is None or not value.name.endswith(".Envelope"):
            return value
        row = value.fields[value.index("before")].type.replace(name=self._adjust(f"{topic}.Value"))
        fields = tuple(Field(field.name, row) if field.name in ("before", "after") else field for field in value.fields)
        return value.replace(name=self._adjust(f"{topic}.Envelope"), fields=fields)


class Route:
    """The step for one Shape. `width` is the number of fields of the old key, -1 when none is added."""

    def __init__(self, shape: Shape, width: int, identifier: str) -> None:
        self._shape = shape
        self._width = width
        self._identifier = identifier

    def step(self, record: Record) -> Record | None:
        """The record with its new topic, key and schemas. Tombstones too."""
        key = record.key
        if self._width >= 0 and isinstance(key, list):
            record.key = [*key[: self._width], self._identifier]
        record.shape = self._shape
        record.headers = record.headers.copy()
        return record


def create(options: dict[str, str], class_name: str = "") -> ByLogicalTableRouter:
    """The transform for these options. Raises ConfigError."""
    title = "ByLogicalTableRouter"
    settings = read(title, OPTIONS, options)
    identifier: Replacement | None = None
    regex = settings.text("key.field.regex").strip()
    replacement = settings.text("key.field.replacement")
    if regex:
        if not replacement.strip():
            why = "key.field.regex is set and says nothing without it"
            refuse(title, [Problem("key.field.replacement", replacement or None, why, "Set it, for example to $1")])
        identifier = Replacement(title, "key.field.regex", regex, "key.field.replacement", replacement)
    topic = Replacement(
        title, "topic.regex", settings.text("topic.regex"), "topic.replacement", settings.text("topic.replacement")
    )
    return ByLogicalTableRouter(
        topic,
        settings.text("key.field.name"),
        identifier,
        settings.flag("key.enforce.uniqueness"),
        settings.text("schema.name.adjustment.mode"),
    )
