"""Kafka Connect's StringConverter: what Java's toString gives. Knows no JSON.

A Struct prints as `Struct{id=1,name=x}` without its null fields; bytes inside of one print as the buffer they are in
Java and not as their content.
Source: Kafka Connect, StringConverter, Struct.toString.
"""

from __future__ import annotations

from typing import Final

from cdc.api import Encoder
from cdc.errors import SchemaError
from cdc.model import ARRAY, BYTES, FLOAT32, MAP, STRUCT, Type
from cdc.options import ENUM, Option
from cdc.parts import CONVERTER, HEADERS
from schemas import java
from schemas.errors import FORMAT_VALUE
from schemas.settings import read
from schemas.text import decimal_text, double_text, float_text

NAME: Final = "string"
ALIASES: Final = ("org.apache.kafka.connect.storage.StringConverter",)
KINDS: Final = (CONVERTER, HEADERS)
OPTIONS: Final = tuple(
    Option(name, ENUM, "utf-8", "Encoding of the text; only UTF-8.", ("utf-8", "utf8", "utf_8"))
    for name in ("converter.encoding",)
)


def to_string(type: Type, value: object) -> str:
    """Java's String.valueOf of a value. Raises SchemaError when it does not fit its type."""
    if value is None:
        return "null"
    kind = type.kind
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        ms = java.milliseconds(type, value)
        return str(value) if ms is None else java.date_text(ms)
    if isinstance(value, float):
        return float_text(value) if kind == FLOAT32 else double_text(value)
    if kind == BYTES and isinstance(value, bytes):
        if type.name == java.DECIMAL:
            return decimal_text(value, java.scale(type))
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    if kind == ARRAY and isinstance(value, list) and type.element is not None:
        element = type.element
        return "[" + ", ".join([to_string(element, item) for item in value]) + "]"
    if kind == MAP and isinstance(value, dict) and type.element is not None and type.keys is not None:
        pairs = [f"{to_string(type.keys, key)}={to_string(type.element, item)}" for key, item in value.items()]
        return "{" + ", ".join(pairs) + "}"
    if kind == STRUCT and isinstance(value, list):
        pairs = [
            f"{field.name}={to_string(field.type, item)}"
            for field, item in zip(type.fields, value, strict=False)
            if item is not None
        ]
        return "Struct{" + ",".join(pairs) + "}"
    raise SchemaError(FORMAT_VALUE, f"{type!r}: got {value.__class__.__name__}")


class StringEncoder:
    """Encodes values of one Type."""

    def __init__(self, type: Type) -> None:
        self._type = type

    def encode(self, value: object) -> bytes:
        """Bytes of a value; a null without record around it is empty text."""
        return b"" if value is None else to_string(self._type, value).encode()


class StringFormat:
    """The converter: a Format."""

    def bind(self, type: Type | None, topic: str, *, is_key: bool) -> Encoder:
        """The encoder for values of this Type."""
        return StringEncoder(type or Type("string")).encode

    def null(self, type: Type, topic: str) -> bytes | None:
        """A null is Kafka's null, also when it has a schema."""
        return None

    def encode_header(self, type: Type | None, value: object) -> bytes | None:
        """Bytes of a header."""
        return None if value is None else to_string(type or Type("string"), value).encode()


def create(options: dict[str, str], is_key: bool) -> StringFormat:
    """The Format for converter options without their prefix. Raises ConfigError."""
    read(OPTIONS, options, "StringConverter")
    return StringFormat()
