"""Kafka Connect's JsonConverter: `{"schema":...,"payload":...}` or the payload alone. Hot; compiles (mypyc).

The bytes are those of Java: Jackson's escaping and no spaces, Double.toString, base64 for bytes, members in schema
order. One tree of writers is made per schema; the schema text is written once. Knows no registry.
Source: Kafka Connect, JsonConverter; Debezium reference, "Change event values".
"""

from __future__ import annotations

from binascii import b2a_base64
from typing import Final

from cdc.api import Encoder
from cdc.errors import SchemaError
from cdc.model import (
    ARRAY,
    BOOLEAN,
    BYTES,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    MAP,
    STRING,
    STRUCT,
    Type,
)
from schemas.connect import schema_json
from schemas.errors import FORMAT_SCHEMA, FORMAT_VALUE
from schemas.options import BOOLEAN as FLAG
from schemas.options import INT as NUMBER
from schemas.options import STRING as TEXT
from schemas.options import Option, read
from schemas.text import decimal_text, double_text, float_text, quoted

NAME: Final = "json"
ALIASES: Final = ("org.apache.kafka.connect.json.JsonConverter",)
OPTIONS: Final = (
    Option("schemas.enable", FLAG, "true", "Write the schema into every key and value."),
    Option(
        "decimal.format",
        TEXT,
        "BASE64",
        "How Connect decimals are written: BASE64 (unscaled bytes) or NUMERIC (a JSON number).",
        ("BASE64", "NUMERIC"),
    ),
    Option(
        "replace.null.with.default",
        FLAG,
        "true",
        "Write the default of a field that has one when its value is null. Set it to false to see the nulls.",
    ),
    Option("schemas.cache.size", NUMBER, "1000", "Schemas are kept per table version.", effect=False),
    Option("schema.content", TEXT, None, "Used only when reading.", effect=False),
)

DECIMAL: Final = "org.apache.kafka.connect.data.Decimal"
_INTEGERS: Final = (INT8, INT16, INT32, INT64)

# what a StructWriter does with a field itself, without asking its writer
_OTHER: Final = 0
_INT: Final = 1
_TEXT: Final = 2


class Writer:
    """Writes values of one Type as JSON text."""

    def __init__(self) -> None:
        self.null: str | None = "null"  # what stands for a null; None: a null is not allowed
        self.code = _OTHER

    def text(self, value: object) -> str:
        """JSON of a value that is not None. Raises SchemaError when the value is of another type."""
        raise NotImplementedError

    def any_text(self, value: object) -> str:
        """JSON of a value that may be None."""
        if value is not None:
            return self.text(value)
        null = self.null
        if null is None:
            raise SchemaError(FORMAT_VALUE, "null where the schema has neither null nor a default")
        return null


class IntWriter(Writer):
    """int8 to int64, dates and times included."""

    def __init__(self) -> None:
        super().__init__()
        self.code = _INT

    def text(self, value: object) -> str:
        if type(value) is not int:
            raise _mismatch("an integer", value)
        return str(value)


class TextWriter(Writer):
    """string"""

    def __init__(self) -> None:
        super().__init__()
        self.code = _TEXT

    def text(self, value: object) -> str:
        if not isinstance(value, str):
            raise _mismatch("a string", value)
        return quoted(value)


class BooleanWriter(Writer):
    """boolean"""

    def text(self, value: object) -> str:
        if value is True:
            return "true"
        if value is False:
            return "false"
        raise _mismatch("a boolean", value)


class DoubleWriter(Writer):
    """float64; what is not a number is written as a string, as Jackson does"""

    def text(self, value: object) -> str:
        if not isinstance(value, float):
            raise _mismatch("a float", value)
        return _number(double_text(value))


class FloatWriter(Writer):
    """float32"""

    def text(self, value: object) -> str:
        if not isinstance(value, float):
            raise _mismatch("a float", value)
        return _number(float_text(value))


class BytesWriter(Writer):
    """bytes, in base64"""

    def text(self, value: object) -> str:
        if not isinstance(value, bytes):
            raise _mismatch("bytes", value)
        return '"' + b2a_base64(value, newline=False).decode("ascii") + '"'


class DecimalWriter(Writer):
    """Connect Decimal as a JSON number"""

    def __init__(self, scale: int) -> None:
        super().__init__()
        self._scale = scale

    def text(self, value: object) -> str:
        if not isinstance(value, bytes):
            raise _mismatch("bytes", value)
        return decimal_text(value, self._scale)


class ArrayWriter(Writer):
    """array"""

    def __init__(self, element: Writer) -> None:
        super().__init__()
        self._element = element

    def text(self, value: object) -> str:
        if not isinstance(value, list):
            raise _mismatch("a list", value)
        element = self._element
        return "[" + ",".join([element.any_text(item) for item in value]) + "]"


class MapWriter(Writer):
    """map with string keys: an object"""

    def __init__(self, element: Writer) -> None:
        super().__init__()
        self._element = element

    def text(self, value: object) -> str:
        if not isinstance(value, dict):
            raise _mismatch("a dict", value)
        element = self._element
        return "{" + ",".join([quoted(str(key)) + ":" + element.any_text(item) for key, item in value.items()]) + "}"


class PairsWriter(Writer):
    """map with keys that are not strings: an array of pairs"""

    def __init__(self, keys: Writer, element: Writer) -> None:
        super().__init__()
        self._keys = keys
        self._element = element

    def text(self, value: object) -> str:
        if not isinstance(value, dict):
            raise _mismatch("a dict", value)
        keys = self._keys
        element = self._element
        pairs = [
            "[" + keys.any_text(list(key) if isinstance(key, tuple) else key) + "," + element.any_text(item) + "]"
            for key, item in value.items()
        ]
        return "[" + ",".join(pairs) + "]"


class StructWriter(Writer):
    """struct: a list of values in field order; more values than fields are allowed and ignored.

    With `remember`, the last value of each field and its text are kept and compared by identity: a source block
    repeats the same strings from event to event.
    """

    def __init__(self, type: Type, names: list[str], writers: list[Writer], remember: bool) -> None:
        super().__init__()
        self._name = type.name or "struct"
        self._fields = names
        self._count = len(names)
        self._prefixes = [("{" if not index else ",") + quoted(name) + ":" for index, name in enumerate(names)]
        self._writers = writers
        self._codes = [writer.code for writer in writers]
        self._nulls = [writer.null for writer in writers]
        self._remember = remember
        self._values: list[object] = [None] * len(names)
        self._texts: list[str] = [""] * len(names)

    def text(self, value: object) -> str:
        if not isinstance(value, list):
            raise _mismatch("a list", value)
        count = self._count
        if len(value) < count:
            raise SchemaError(FORMAT_VALUE, f"{self._name}: {len(value)} values for {count} fields")
        if count == 0:
            return "{}"
        if self._remember:
            return self._remembered(value)
        parts: list[str] = []
        prefixes = self._prefixes
        codes = self._codes
        for index in range(count):
            parts.append(prefixes[index])
            item = value[index]
            if item is None:
                parts.append(self._null(index))
            elif codes[index] == _INT and type(item) is int:
                parts.append(str(item))
            else:
                parts.append(self._field(index, item))
        parts.append("}")
        return "".join(parts)

    def _remembered(self, value: list[object]) -> str:
        parts: list[str] = []
        prefixes = self._prefixes
        values = self._values
        texts = self._texts
        for index in range(self._count):
            item = value[index]
            parts.append(prefixes[index])
            if item is None:
                parts.append(self._null(index))
            elif item is values[index]:
                parts.append(texts[index])
            else:
                text = self._field(index, item)
                parts.append(text)
                if self._codes[index] != _OTHER:
                    values[index] = item
                    texts[index] = text
        parts.append("}")
        return "".join(parts)

    def _null(self, index: int) -> str:
        null = self._nulls[index]
        if null is None:
            raise SchemaError(
                FORMAT_VALUE, f"{self._name}: field {self._fields[index]} is null, but required and without default"
            )
        return null

    def _field(self, index: int, value: object) -> str:
        try:
            return self._writers[index].text(value)
        except SchemaError as error:
            if error.code != FORMAT_VALUE:
                raise
            raise SchemaError(FORMAT_VALUE, f"{self._name}.{self._fields[index]}: {error.detail}") from None


def _number(text: str) -> str:
    return '"' + text + '"' if text[-1] > "9" else text


def _mismatch(expected: str, value: object) -> SchemaError:
    return SchemaError(FORMAT_VALUE, f"expected {expected}, got {type(value).__name__}")


def writer(type: Type, numeric: bool, replace_null: bool, nested: bool = False) -> Writer:
    """The writer for a Type. `numeric`: decimals as numbers; `replace_null`: null becomes the default."""
    made = _writer(type, numeric, replace_null, nested)
    if replace_null and type.default is not None:
        made.null = made.text(type.default)
    elif not type.optional:
        made.null = None
    return made


def _writer(type: Type, numeric: bool, replace_null: bool, nested: bool) -> Writer:
    kind = type.kind
    if kind in _INTEGERS:
        return IntWriter()
    if kind == STRING:
        return TextWriter()
    if kind == BOOLEAN:
        return BooleanWriter()
    if kind == FLOAT64:
        return DoubleWriter()
    if kind == FLOAT32:
        return FloatWriter()
    if kind == BYTES:
        if numeric and type.name == DECIMAL:
            return DecimalWriter(int((type.parameters or {}).get("scale", "0")))
        return BytesWriter()
    if kind == ARRAY and type.element is not None:
        return ArrayWriter(writer(type.element, numeric, replace_null))
    if kind == MAP and type.element is not None and type.keys is not None:
        element = writer(type.element, numeric, replace_null)
        if type.keys.kind == STRING:
            return MapWriter(element)
        return PairsWriter(writer(type.keys, numeric, replace_null), element)
    if kind == STRUCT:
        writers = [writer(field.type, numeric, replace_null, True) for field in type.fields]
        return StructWriter(type, [field.name for field in type.fields], writers, nested and not type.optional)
    raise SchemaError(FORMAT_SCHEMA, f"type {type!r}")


class JsonEncoder:
    """Encodes values of one Type on one topic."""

    def __init__(self, topic: str, writer: Writer, prefix: str, suffix: str) -> None:
        self._topic = topic
        self._writer = writer
        self._prefix = prefix.encode()
        self._suffix = suffix.encode()

    def encode(self, value: object) -> bytes:
        """Bytes of a value. Raises SchemaError with topic and field when it does not fit the schema."""
        try:
            payload = self._writer.any_text(value).encode()
        except SchemaError as error:
            if error.code != FORMAT_VALUE:
                raise
            raise SchemaError(FORMAT_VALUE, f"topic {self._topic}: {error.detail}") from None
        except UnicodeEncodeError as error:
            raise SchemaError(FORMAT_VALUE, f"topic {self._topic}: text with a lone surrogate: {error}") from error
        if self._prefix:
            return self._prefix + payload + self._suffix
        return payload


class JsonFormat:
    """The converter: a Format."""

    def __init__(self, schemas: bool, numeric: bool, replace_null: bool) -> None:
        self._schemas = schemas
        self._numeric = numeric
        self._replace_null = replace_null

    def bind(self, type: Type | None, topic: str, *, is_key: bool) -> Encoder:
        """The encoder for values of this Type. Type None (no schema) allows null only."""
        if type is None:
            null = Writer()
            prefix, suffix = ('{"schema":null,"payload":', "}") if self._schemas else ("", "")
            return JsonEncoder(topic, null, prefix, suffix).encode
        made = writer(type, self._numeric, self._replace_null)
        if not self._schemas:
            return JsonEncoder(topic, made, "", "").encode
        schema = schema_json(type, self._default_text)
        return JsonEncoder(topic, made, f'{{"schema":{schema},"payload":', "}").encode

    def _default_text(self, type: Type, value: object) -> str:
        return writer(type, self._numeric, self._replace_null).text(value)


def create(options: dict[str, str], is_key: bool) -> JsonFormat:
    """The Format for converter options without their prefix. Raises ConfigError."""
    values = read(OPTIONS, options, "JsonConverter")
    return JsonFormat(
        values.flag("schemas.enable"),
        (values.text("decimal.format") or "").strip().upper() == "NUMERIC",
        values.flag("replace.null.with.default"),
    )
