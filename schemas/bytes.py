"""Byte strings as they are: Kafka's ByteArrayConverter; Debezium's BinaryDataConverter with a delegate for the rest.

Source: Kafka Connect, ByteArrayConverter; Debezium reference, "Outbox event router", binary payloads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cdc.api import Encoder, Format
from cdc.config import under
from cdc.errors import ConfigError, SchemaError
from cdc.model import BYTES, Type
from cdc.options import CLASS, Option
from cdc.parts import CONVERTER, HEADERS, find
from cdc.settings import problems_of
from schemas.errors import FORMAT_SCHEMA, FORMAT_VALUE
from schemas.settings import read

NAME: Final = "bytes"
ALIASES: Final = (
    "org.apache.kafka.connect.converters.ByteArrayConverter",
    "io.debezium.converters.BinaryDataConverter",
    "io.debezium.converters.ByteArrayConverter",
    "io.debezium.converters.ByteBufferConverter",
)
KINDS: Final = (CONVERTER, HEADERS)
HeaderEncoder = Callable[["Type | None", object], "bytes | None"]
DELEGATE: Final = "delegate.converter.type"
OPTIONS: Final = (
    Option(
        DELEGATE,
        CLASS,
        None,
        "Converter for records that are no byte strings (heartbeats, for instance); its options follow as"
        " delegate.converter.type.<option>. Without it they are refused.",
    ),
)


class BytesEncoder:
    """Hands byte strings on."""

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def encode(self, value: object) -> bytes:
        """The value itself."""
        if value is None:
            return b""
        if not isinstance(value, bytes):
            raise SchemaError(FORMAT_VALUE, f"topic {self._topic}: expected bytes, got {type(value).__name__}")
        return value


class BytesFormat:
    """The converter: a Format."""

    def __init__(self, delegate: Format | None) -> None:
        self._delegate = delegate

    def bind(self, type: Type | None, topic: str, *, is_key: bool) -> Encoder:
        """The encoder for values of this Type. Raises SchemaError unless it is bytes or there is a delegate."""
        if type is None or type.kind == BYTES:
            return BytesEncoder(topic).encode
        if self._delegate is not None:
            return self._delegate.bind(type, topic, is_key=is_key)
        part = "key" if is_key else "value"
        raise SchemaError(
            FORMAT_SCHEMA,
            f"topic {topic}: the {part} is {type!r}, ByteArrayConverter writes bytes only",
            f"Choose another converter, or io.debezium.converters.BinaryDataConverter with {DELEGATE}",
        )

    def null(self, type: Type, topic: str) -> bytes | None:
        """A null that has a schema, as the delegate writes it."""
        return None if self._delegate is None else self._delegate.null(type, topic)

    def encode_header(self, type: Type | None, value: object) -> bytes | None:
        """Bytes of a header. Raises SchemaError unless it is bytes or there is a delegate for headers."""
        if value is None:
            return None
        if type is None or type.kind == BYTES:
            return BytesEncoder("headers").encode(value)
        delegated: HeaderEncoder | None = getattr(self._delegate, "encode_header", None)
        if delegated is None:
            raise SchemaError(FORMAT_SCHEMA, f"the header is {type!r}, the header converter writes bytes only")
        return delegated(type, value)


def create(options: dict[str, str], is_key: bool) -> BytesFormat:
    """The Format for converter options without their prefix. Raises ConfigError."""
    own = {name: text for name, text in options.items() if not name.startswith(f"{DELEGATE}.")}
    name = read(OPTIONS, own, "ByteArrayConverter").text(DELEGATE)
    if not name:
        return BytesFormat(None)
    try:
        return BytesFormat(find("schemas", name, CONVERTER).create(under(options, f"{DELEGATE}."), is_key))
    except ConfigError as error:
        problems = problems_of(error, DELEGATE, DELEGATE)
        raise ConfigError(error.code, error.detail, error.remedy, problems) from None
