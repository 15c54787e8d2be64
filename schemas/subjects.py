"""Which schema id a key or value is written under: subject names, and how the registry is asked for the id.

Knows no HTTP. Source: Confluent schema registry, subject name strategies and serializer settings.
"""

from __future__ import annotations

import json
import logging
from typing import Final, Protocol

from cdc.errors import ConfigError, SchemaError
from schemas.avro_match import difference
from schemas.errors import AVRO_SCHEMA, FORMAT_SCHEMA, REGISTRY_OPTION
from schemas.settings import Settings

log = logging.getLogger(__name__)

STRATEGIES: Final = (
    "io.confluent.kafka.serializers.subject.TopicNameStrategy",
    "io.confluent.kafka.serializers.subject.RecordNameStrategy",
    "io.confluent.kafka.serializers.subject.TopicRecordNameStrategy",
)


class Schemas(Protocol):
    """What is needed of a registry."""

    def register(self, subject: str, schema: str, *, normalize: bool) -> int:
        """Id of a schema, registered when it is new."""

    def lookup(self, subject: str, schema: str, *, normalize: bool) -> int:
        """Id of a registered schema."""

    def latest(self, subject: str) -> tuple[int, str]:
        """Id and text of a subject's latest schema."""

    def schema(self, schema_id: int) -> str:
        """Text of the schema of an id."""

    def reach(self) -> None:
        """Prove that the registry answers."""


def strategy(name: str) -> str:
    """TopicNameStrategy, RecordNameStrategy or TopicRecordNameStrategy. Raises ConfigError for another class."""
    short = name.strip().rpartition(".")[2]
    known = [candidate.rpartition(".")[2] for candidate in STRATEGIES]
    if short not in known:
        raise ConfigError(REGISTRY_OPTION, f"subject name strategy {name}: known are {', '.join(known)}")
    return short


def subject_name(strategy: str, topic: str, record: str | None, is_key: bool) -> str:
    """Subject of a schema; `record` is the full name of an Avro record, None for another schema."""
    if strategy == "TopicNameStrategy":
        return f"{topic}-key" if is_key else f"{topic}-value"
    if record is None:
        part = "key" if is_key else "value"
        raise SchemaError(
            FORMAT_SCHEMA,
            f"the {part} of topic {topic} is no record and has no name for {strategy}",
            "Use TopicNameStrategy for it",
        )
    return record if strategy == "RecordNameStrategy" else f"{topic}-{record}"


KEPT = 1000  # ids: as many as Confluent's schemas.cache.config


class Subjects:
    """Finds schema ids in a registry by the converter's settings. The ids of the newest schemas are kept."""

    def __init__(self, schemas: Schemas, values: Settings) -> None:
        self._schemas = schemas
        self._register = values.flag("auto.register.schemas")
        self._latest = values.flag("use.latest.version")
        self._normalize = values.flag("normalize.schemas")
        fixed = values.text("use.schema.id")
        self._fixed = int(fixed) if fixed else -1
        self._ids: dict[tuple[str, str], int] = {}
        if self._register and (self._latest or self._fixed >= 0):
            other = "use.latest.version" if self._latest else "use.schema.id"
            log.warning("%s has no effect while auto.register.schemas=true, as in Confluent's converter", other)

    def resolve(self, schema: str, topic: str, strategy: str, is_key: bool) -> int:
        """Id to write `schema` under. Raises SchemaError, RegistryLost."""
        parsed = json.loads(schema)
        subject = subject_name(strategy, topic, _record_name(parsed), is_key)
        known = self._ids.get((subject, schema))
        if known is not None:
            return known
        if self._register:
            found = self._schemas.register(subject, schema, normalize=self._normalize)
        elif self._fixed >= 0:
            found = self._fixed
            self._match(parsed, self._schemas.schema(found), f"schema id {found}, for subject {subject}")
        elif self._latest:
            found, text = self._schemas.latest(subject)
            self._match(parsed, text, f"latest schema of subject {subject} (id {found})")
        else:
            found = self._schemas.lookup(subject, schema, normalize=self._normalize)
        if len(self._ids) >= KEPT:
            self._ids.clear()
        self._ids[(subject, schema)] = found
        return found

    def reach(self) -> None:
        """Prove that the registry answers. Raises RegistryLost, SchemaError."""
        self._schemas.reach()

    def _match(self, schema: object, registered: str, where: str) -> None:
        found = difference(schema, json.loads(registered))
        if found is not None:
            raise SchemaError(AVRO_SCHEMA, f"{where}: {found}")


def _record_name(schema: object) -> str | None:
    if not isinstance(schema, dict) or schema.get("type") != "record":
        return None
    namespace = schema.get("namespace")
    return f"{namespace}.{schema['name']}" if namespace else str(schema["name"])
