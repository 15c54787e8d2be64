"""Transforms and predicates that exist for Kafka Connect and Debezium and are not here yet: refused by name.

Source: the references of Kafka Connect and Debezium. A line leaves this table when its module arrives.
"""

from __future__ import annotations

from typing import Final, NoReturn

from cdc.errors import CODES, ConfigError
from cdc.options import Problem
from cdc.parts import TRANSFORM
from transforms.errors import NOT_YET

_CONNECT: Final = "org.apache.kafka.connect.transforms."
_DEBEZIUM: Final = "io.debezium."

# Connect's own that come for keys and for values, written ...$Key and ...$Value.
_VARIANTS = (
    "Cast",
    "ExtractField",
    "Flatten",
    "HeaderFrom",
    "HoistField",
    "InsertField",
    "MaskField",
    "ReplaceField",
    "SetSchemaMetadata",
    "TimestampConverter",
)
_SINGLE = ("DropHeaders", "Filter", "InsertHeader", "TimestampRouter", "ValueToKey")
_DEBEZIUM_CLASSES = (
    "transforms.ContentBasedRouter",
    "transforms.EnforceRecordSize",
    "transforms.ExtractChangedRecordState",
    "transforms.ExtractSchemaToNewRecord",
    "transforms.GeometryFormatTransformer",
    "transforms.HeaderToValue",
    "transforms.SchemaChangeEventFilter",
    "transforms.SwapGeometryCoordinates",
    "transforms.TimezoneConverter",
    "transforms.VectorToJsonConverter",
    "transforms.openlineage.OpenLineage",
    "transforms.outbox.EventRouter",
    "transforms.partitions.PartitionRouting",
    "transforms.tracing.ActivateTracingSpan",
    "connector.postgresql.transforms.DecodeLogicalDecodingMessageContent",
    "connector.postgresql.transforms.timescaledb.TimescaleDb",
    "connector.mysql.transforms.ReadToInsertEvent",
    "ai.embeddings.FieldToEmbedding",
    "ai.docling.FieldToDocling",
)
_OTHER_SOURCES = {
    "io.debezium.connector.mongodb.transforms.ExtractNewDocumentState": "it is for MongoDB",
    "io.debezium.connector.mongodb.transforms.outbox.MongoEventRouter": "it is for MongoDB",
}
_LATER: Final = "it is known and not available in this version"
KINDS: Final = (TRANSFORM,)

REFUSED: dict[str, str] = {
    **{
        name: _LATER
        for plain in _VARIANTS
        for name in (f"{_CONNECT}{plain}", f"{_CONNECT}{plain}$Key", f"{_CONNECT}{plain}$Value")
    },
    **{f"{_CONNECT}{name}": _LATER for name in _SINGLE},
    **{f"{_DEBEZIUM}{name}": _LATER for name in _DEBEZIUM_CLASSES},
    **_OTHER_SOURCES,
}


def create(options: dict[str, str], class_name: str = "") -> NoReturn:
    """Refuses the class. Raises ConfigError."""
    remedy = CODES[NOT_YET].remedy
    raise ConfigError(NOT_YET, class_name, problems=[Problem("", class_name, REFUSED[class_name], remedy)])
