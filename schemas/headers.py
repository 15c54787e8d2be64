"""Kafka Connect's SimpleHeaderConverter: headers as text, structs and lists in a form near JSON.

Source: Kafka Connect, SimpleHeaderConverter and Values.convertToString.
"""

from __future__ import annotations

import base64
from typing import Final

from cdc.api import Encoder
from cdc.errors import SchemaError
from cdc.model import ARRAY, FLOAT32, MAP, STRUCT, Type
from cdc.options import Option
from cdc.parts import HEADERS
from schemas import java
from schemas.errors import FORMAT_VALUE
from schemas.settings import read
from schemas.text import decimal_text, double_text, float_text

NAME: Final = "headers"
ALIASES: Final = ("org.apache.kafka.connect.storage.SimpleHeaderConverter",)
KINDS: Final = (HEADERS,)
OPTIONS: Final[tuple[Option, ...]] = ()
_TEXT: Final = Type("string")


def encode_header(type: Type | None, value: object) -> bytes | None:
    """Bytes of a header; null stays null. Raises SchemaError when the value does not fit its type."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode()
    return _text(type or _TEXT, value, False).encode()


def _text(type: Type, value: object, embedded: bool) -> str:
    if value is None:
        return "null"
    kind = type.kind
    if isinstance(value, str):
        return _quoted(value) if embedded else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        ms = java.milliseconds(type, value)
        return str(value) if ms is None else java.iso_text(ms)
    if isinstance(value, float):
        return float_text(value) if kind == FLOAT32 else double_text(value)
    if isinstance(value, bytes):
        if type.name == java.DECIMAL:
            return decimal_text(value, java.scale(type))
        text = base64.b64encode(value).decode()
        return f'"{text}"' if embedded else text
    if kind == ARRAY and isinstance(value, list) and type.element is not None:
        element = type.element
        return "[" + ",".join([_text(element, item, True) for item in value]) + "]"
    if kind == MAP and isinstance(value, dict) and type.element is not None and type.keys is not None:
        pairs = [f"{_text(type.keys, key, True)}:{_text(type.element, item, True)}" for key, item in value.items()]
        return "{" + ",".join(pairs) + "}"
    if kind == STRUCT and isinstance(value, list):
        parts: list[str] = []
        for field, item in zip(type.fields, value, strict=False):
            item = field.type.default if item is None else item
            parts.append(f"{_quoted(field.name)}:{_text(field.type, item, True)}")
        return "{" + ",".join(parts) + "}"
    raise SchemaError(FORMAT_VALUE, f"header of {type!r}: got {value.__class__.__name__}")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class HeaderEncoder:
    """Encodes values of one Type."""

    def __init__(self, type: Type | None) -> None:
        self._type = type

    def encode(self, value: object) -> bytes:
        """Bytes of a value; a null is empty text."""
        return encode_header(self._type, value) or b""


class SimpleHeaders:
    """The converter. It is for headers; as a Format it writes the same text."""

    def bind(self, type: Type | None, topic: str, *, is_key: bool) -> Encoder:
        """The encoder for values of this Type."""
        return HeaderEncoder(type).encode

    def encode_header(self, type: Type | None, value: object) -> bytes | None:
        """Bytes of a header."""
        return encode_header(type, value)


def create(options: dict[str, str], is_key: bool) -> SimpleHeaders:
    """The converter for options without their prefix. Raises ConfigError."""
    read(OPTIONS, options, "SimpleHeaderConverter")
    return SimpleHeaders()
