"""The semantic types of Kafka Connect and Debezium: one constructor per schema name. Knows no database."""

from __future__ import annotations

from cdc.model import (
    ARRAY,
    BOOLEAN,
    BYTES,
    FLOAT32,
    FLOAT64,
    INT16,
    INT32,
    INT64,
    MAP,
    STRING,
    Type,
    struct,
)


def decimal(scale: int, precision: int | None) -> Type:
    """org.apache.kafka.connect.data.Decimal; without precision the parameter is absent (money)."""
    parameters = {"scale": str(scale)}
    if precision is not None:
        parameters["connect.decimal.precision"] = str(precision)
    return Type(BYTES, name="org.apache.kafka.connect.data.Decimal", version=1, parameters=parameters)


def variable_scale_decimal() -> Type:
    """io.debezium.data.VariableScaleDecimal: numeric without declared precision."""
    return struct(
        "io.debezium.data.VariableScaleDecimal",
        [("scale", Type(INT32)), ("value", Type(BYTES))],
        version=1,
        doc="Variable scaled decimal",
    )


def named(kind: str, name: str, parameters: dict[str, str] | None = None) -> Type:
    """A named primitive of version 1, e.g. named(INT64, "io.debezium.time.MicroTimestamp")."""
    return Type(kind, name=name, version=1, parameters=parameters)


def bits(length: int) -> Type:
    """io.debezium.data.Bits: little-endian bit string."""
    return named(BYTES, "io.debezium.data.Bits", {"length": str(length)})


def enum(labels: list[str]) -> Type:
    """io.debezium.data.Enum."""
    return named(STRING, "io.debezium.data.Enum", {"allowed": ",".join(labels)})


def array(element: Type) -> Type:
    """An unnamed array."""
    return Type(ARRAY, element=element)


def map_of(keys: Type, element: Type) -> Type:
    """An unnamed map."""
    return Type(MAP, keys=keys, element=element)


def point() -> Type:
    """io.debezium.data.geometry.Point."""
    return struct(
        "io.debezium.data.geometry.Point",
        [
            ("x", Type(FLOAT64)),
            ("y", Type(FLOAT64)),
            ("wkb", Type(BYTES, optional=True)),
            ("srid", Type(INT32, optional=True)),
        ],
        version=1,
        doc="Geometry (POINT)",
    )


BOOL = Type(BOOLEAN)
SHORT = Type(INT16)
INT = Type(INT32)
LONG = Type(INT64)
FLOAT = Type(FLOAT32)
DOUBLE = Type(FLOAT64)
TEXT = Type(STRING)
BINARY = Type(BYTES)
DATE = named(INT32, "io.debezium.time.Date")
TIME = named(INT32, "io.debezium.time.Time")
MICRO_TIME = named(INT64, "io.debezium.time.MicroTime")
NANO_TIME = named(INT64, "io.debezium.time.NanoTime")
TIMESTAMP = named(INT64, "io.debezium.time.Timestamp")
MICRO_TIMESTAMP = named(INT64, "io.debezium.time.MicroTimestamp")
NANO_TIMESTAMP = named(INT64, "io.debezium.time.NanoTimestamp")
ZONED_TIME = named(STRING, "io.debezium.time.ZonedTime")
ZONED_TIMESTAMP = named(STRING, "io.debezium.time.ZonedTimestamp")
ISO_DATE = named(STRING, "io.debezium.time.IsoDate")
ISO_TIME = named(STRING, "io.debezium.time.IsoTime")
ISO_TIMESTAMP = named(STRING, "io.debezium.time.IsoTimestamp")
MICRO_DURATION = named(INT64, "io.debezium.time.MicroDuration")
INTERVAL = named(STRING, "io.debezium.time.Interval")
CONNECT_DATE = named(INT32, "org.apache.kafka.connect.data.Date")
CONNECT_TIME = named(INT32, "org.apache.kafka.connect.data.Time")
CONNECT_TIMESTAMP = named(INT64, "org.apache.kafka.connect.data.Timestamp")
JSON = named(STRING, "io.debezium.data.Json")
XML = named(STRING, "io.debezium.data.Xml")
UUID = named(STRING, "io.debezium.data.Uuid")
LTREE = named(STRING, "io.debezium.data.Ltree")
TSVECTOR = named(STRING, "io.debezium.data.Tsvector")
