"""Kafka Connect's JsonConverter: `{"schema":...,"payload":...}` or the payload alone. Hot; compiles (mypyc).

The bytes are those of Java: Jackson's escaping and no spaces, Double.toString, base64 for bytes, members in schema
order. One tree of writers is made per schema; the schema text is written once. Knows no registry.
Source: Kafka Connect, JsonConverter; Debezium reference, "Change event values".
"""

from __future__ import annotations

from typing import Final

from librt.strings import BytesWriter

from cdc import options as kinds
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
from cdc.options import Option
from cdc.parts import CONVERTER, HEADERS
from schemas.connect import schema_json
from schemas.errors import FORMAT_SCHEMA, FORMAT_VALUE
from schemas.misfit import located, mismatch
from schemas.settings import read
from schemas.text import decimal_text, double_text, float_text, quoted_octets
from schemas.wire import COMPILED, put_base64, put_decimal, put_double, put_quoted

NAME: Final = "json"
ALIASES: Final = ("org.apache.kafka.connect.json.JsonConverter",)
KINDS: Final = (CONVERTER, HEADERS)
OPTIONS: Final = (
    Option("schemas.enable", kinds.BOOLEAN, "true", "Write the schema into every key and value."),
    Option(
        "decimal.format",
        kinds.ENUM,
        "base64",
        "How Connect decimals are written: BASE64 (unscaled bytes) or NUMERIC (a JSON number).",
        ("base64", "numeric"),
    ),
    Option(
        "replace.null.with.default",
        kinds.BOOLEAN,
        "true",
        "Write the default of a field that has one when its value is null. Set it to false to see the nulls.",
    ),
    Option("schemas.cache.size", kinds.INT, "1000", "Bound of the cache.", effect="schemas are kept per table version"),
    Option("schema.content", kinds.STRING, None, "How records are read.", effect="nothing is read here"),
)

DECIMAL: Final = "org.apache.kafka.connect.data.Decimal"
_TIMES: Final = ("ts_ms", "ts_us", "ts_ns")

# what a StructWriter does with a field itself, without asking its writer
OTHER: Final = 0
INT: Final = 1
TEXT: Final = 2
REPEATED: Final = 3  # an integer that is often the same object as the time before: the envelope's times

QUOTE: Final = 34
COMMA: Final = 44
COLON: Final = 58
OPEN_ARRAY: Final = 91
CLOSE_ARRAY: Final = 93
OPEN_OBJECT: Final = 123
CLOSE_OBJECT: Final = 125


class Writer:
    """Writes values of one Type as JSON."""

    def __init__(self) -> None:
        self.null: bytes | None = b"null"  # what stands for a null; None: a null is not allowed
        self.code = OTHER
        # as the field of a struct:
        self.name = ""
        self.prefix = b""  # `,"name":`
        self.null_field: bytes | None = None  # `,"name":null`, or with the default
        self.next: Writer | None = None
        self.last: object = None  # the last value, compared by identity
        self.octets: bytes | None = None  # its prefix and JSON, made when it is seen a second time

    def write(self, out: BytesWriter, value: object) -> None:
        """JSON of a value that is not None. Raises SchemaError when the value is of another type."""
        raise NotImplementedError

    def put(self, out: BytesWriter, value: object) -> None:
        """JSON of a value that may be None."""
        if value is not None:
            self.write(out, value)
            return
        null = self.null
        if null is None:
            raise SchemaError(FORMAT_VALUE, "null where the schema has neither null nor a default")
        out.write(null)

    def render(self, value: object) -> bytes:
        """JSON of a value that is not None, apart."""
        out = BytesWriter()
        self.write(out, value)
        return out.getvalue()


class NothingWriter(Writer):
    """no schema: null alone"""

    def write(self, out: BytesWriter, value: object) -> None:
        raise mismatch("null", value)


class IntWriter(Writer):
    """int8 to int64, dates and times included"""

    def __init__(self) -> None:
        super().__init__()
        self.code = INT

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise mismatch("an integer", value)
        put_decimal(out, value)


class TimeWriter(IntWriter):
    """one of an envelope's times, `ts_ms`, `ts_us`, `ts_ns`: its text is kept for the next envelope"""

    def __init__(self) -> None:
        super().__init__()
        self.code = REPEATED

    def write(self, out: BytesWriter, value: object) -> None:
        octets = self.render(value)
        out.write(octets)
        self.last = value
        self.octets = octets

    def render(self, value: object) -> bytes:
        out = BytesWriter()
        super().write(out, value)
        return out.getvalue()


class TextWriter(Writer):
    """string"""

    def __init__(self) -> None:
        super().__init__()
        self.code = TEXT

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, str):
            raise mismatch("a string", value)
        put_quoted(out, value)


class BooleanWriter(Writer):
    """boolean"""

    def write(self, out: BytesWriter, value: object) -> None:
        if value is True:
            out.write(b"true")
        elif value is False:
            out.write(b"false")
        else:
            raise mismatch("a boolean", value)


class DoubleWriter(Writer):
    """float64; what is not a number is written as a string, as Jackson does"""

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, float):
            raise mismatch("a float", value)
        if not COMPILED or not put_double(out, value):
            out.write(_number(double_text(value)).encode("utf-8"))


class FloatWriter(Writer):
    """float32"""

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, float):
            raise mismatch("a float", value)
        out.write(_number(float_text(value)).encode("utf-8"))


class BinaryWriter(Writer):
    """bytes, in base64"""

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, bytes):
            raise mismatch("bytes", value)
        out.append(QUOTE)
        put_base64(out, value)
        out.append(QUOTE)


class DecimalWriter(Writer):
    """Connect Decimal as a JSON number"""

    def __init__(self, scale: int) -> None:
        super().__init__()
        self._scale = scale

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, bytes):
            raise mismatch("bytes", value)
        out.write(decimal_text(value, self._scale).encode("utf-8"))


class ArrayWriter(Writer):
    """array"""

    def __init__(self, element: Writer) -> None:
        super().__init__()
        self._element = element

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, list):
            raise mismatch("a list", value)
        element = self._element
        before = OPEN_ARRAY
        for item in value:
            out.append(before)
            element.put(out, item)
            before = COMMA
        if not value:
            out.append(OPEN_ARRAY)
        out.append(CLOSE_ARRAY)


class MapWriter(Writer):
    """map with string keys: an object"""

    def __init__(self, element: Writer) -> None:
        super().__init__()
        self._element = element

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, dict):
            raise mismatch("a dict", value)
        element = self._element
        before = OPEN_OBJECT
        for key, item in value.items():
            if not isinstance(key, str):
                raise mismatch("a string as map key", key)
            out.append(before)
            put_quoted(out, key)
            out.append(COLON)
            element.put(out, item)
            before = COMMA
        if not value:
            out.append(OPEN_OBJECT)
        out.append(CLOSE_OBJECT)


class PairsWriter(Writer):
    """map with keys that are not strings: an array of pairs"""

    def __init__(self, keys: Writer, element: Writer) -> None:
        super().__init__()
        self._keys = keys
        self._element = element

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, dict):
            raise mismatch("a dict", value)
        before = OPEN_ARRAY
        for key, item in value.items():
            out.append(before)
            out.append(OPEN_ARRAY)
            self._keys.put(out, list(key) if isinstance(key, tuple) else key)
            out.append(COMMA)
            self._element.put(out, item)
            out.append(CLOSE_ARRAY)
            before = COMMA
        if not value:
            out.append(OPEN_ARRAY)
        out.append(CLOSE_ARRAY)


class StructWriter(Writer):
    """struct: a list of values in field order; more values than fields are allowed and ignored.

    With `remember`, the last value of each plain field is kept and compared by identity, and its bytes are used
    again: a source block repeats the same strings from event to event.
    """

    def __init__(self, type: Type, writers: list[Writer], remember: bool) -> None:
        super().__init__()
        self._name = type.name or "struct"
        self._remember = remember
        self._count = len(writers)
        # a chain and not a list: its links need no type check when they are followed
        self._first: Writer | None = writers[0] if writers else None
        for index, (field, writer) in enumerate(zip(type.fields, writers, strict=True)):
            writer.name = field.name
            writer.prefix = (b"," if index else b"{") + quoted_octets(field.name) + b":"
            writer.null_field = None if writer.null is None else writer.prefix + writer.null
            if index:
                writers[index - 1].next = writer

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, list):
            raise mismatch("a list", value)
        if len(value) < self._count:
            raise SchemaError(FORMAT_VALUE, f"{self._name}: {len(value)} values for {self._count} fields")
        if self._remember:
            self._write_again(out, value)
            return
        writer = self._first
        if writer is None:
            out.append(OPEN_OBJECT)
        try:
            for item in value:
                if writer is None:
                    break
                if item is None:
                    self._null(out, writer)
                else:
                    out.write(writer.prefix)
                    code = writer.code
                    if code == TEXT and isinstance(item, str):
                        put_quoted(out, item)
                    elif code == INT and isinstance(item, int) and not isinstance(item, bool):
                        put_decimal(out, item)
                    elif code == REPEATED and item is writer.last:
                        out.write(writer.octets or b"")
                    else:
                        self._field(out, writer, item)
                writer = writer.next
        except (OverflowError, ValueError) as error:
            raise self._unfit(writer, error) from None
        out.append(CLOSE_OBJECT)

    def _write_again(self, out: BytesWriter, value: list[object]) -> None:
        writer = self._first
        if writer is None:
            out.append(OPEN_OBJECT)
        for item in value:
            if writer is None:
                break
            if item is None:
                self._null(out, writer)
            elif item is not writer.last or writer.code == OTHER:
                out.write(writer.prefix)
                self._field(out, writer, item)
                writer.last = item
                writer.octets = None
            else:
                octets = writer.octets
                if octets is None:
                    octets = writer.octets = writer.prefix + writer.render(item)
                out.write(octets)
            writer = writer.next
        out.append(CLOSE_OBJECT)

    def _unfit(self, writer: Writer | None, error: Exception) -> SchemaError:
        return located(f"{self._name}.{'' if writer is None else writer.name}", error)

    def _null(self, out: BytesWriter, writer: Writer) -> None:
        null = writer.null_field
        if null is None:
            raise SchemaError(
                FORMAT_VALUE, f"{self._name}: field {writer.name} is null, but required and without default"
            )
        out.write(null)

    def _field(self, out: BytesWriter, writer: Writer, value: object) -> None:
        try:
            writer.write(out, value)
        except (SchemaError, OverflowError, ValueError) as error:
            raise self._unfit(writer, error) from None


def _number(text: str) -> str:
    return '"' + text + '"' if text[-1] > "9" else text


_PLAIN: Final[dict[str, type[Writer]]] = {
    INT8: IntWriter,
    INT16: IntWriter,
    INT32: IntWriter,
    INT64: IntWriter,
    STRING: TextWriter,
    BOOLEAN: BooleanWriter,
    FLOAT64: DoubleWriter,
    FLOAT32: FloatWriter,
}


def writer(type: Type, numeric: bool, replace_null: bool, nested: bool = False) -> Writer:
    """The writer for a Type. `numeric`: decimals as numbers; `replace_null`: null becomes the default."""
    made = _writer(type, numeric, replace_null, nested)
    if replace_null and type.default is not None:
        made.null = made.render(type.default)
    elif not type.optional:
        made.null = None
    return made


def _writer(type: Type, numeric: bool, replace_null: bool, nested: bool) -> Writer:
    kind = type.kind
    plain = _PLAIN.get(kind)
    if plain is not None:
        return plain()
    if kind == BYTES:
        if numeric and type.name == DECIMAL:
            return DecimalWriter(int((type.parameters or {}).get("scale", "0")))
        return BinaryWriter()
    if kind == ARRAY and type.element is not None:
        return ArrayWriter(writer(type.element, numeric, replace_null))
    if kind == MAP and type.element is not None and type.keys is not None:
        element = writer(type.element, numeric, replace_null)
        if type.keys.kind == STRING:
            return MapWriter(element)
        return PairsWriter(writer(type.keys, numeric, replace_null), element)
    if kind == STRUCT:
        writers = [writer(field.type, numeric, replace_null, True) for field in type.fields]
        if not nested:
            for index, field in enumerate(type.fields):
                if field.name in _TIMES and isinstance(writers[index], IntWriter):
                    time = TimeWriter()
                    time.null = writers[index].null
                    writers[index] = time
        return StructWriter(type, writers, nested and not type.optional)
    raise SchemaError(FORMAT_SCHEMA, f"type {type!r}")


class JsonEncoder:
    """Encodes values of one Type on one topic."""

    def __init__(self, topic: str, writer: Writer, prefix: str, suffix: str) -> None:
        self._topic = topic
        self._writer = writer
        self._prefix = prefix.encode()
        self._suffix = suffix.encode()
        self._out = BytesWriter()  # used again and again: one encoder belongs to one thread

    def encode(self, value: object) -> bytes:
        """Bytes of a value. Raises SchemaError with topic and field when it does not fit the schema."""
        out = self._out
        out.truncate(0)
        out.write(self._prefix)
        try:
            self._writer.put(out, value)
        except (SchemaError, OverflowError, ValueError) as error:
            raise located(f"topic {self._topic}", error) from None
        out.write(self._suffix)
        return out.getvalue()


class JsonFormat:
    """The converter: a Format."""

    def __init__(self, schemas: bool, numeric: bool, replace_null: bool) -> None:
        self._schemas = schemas
        self._numeric = numeric
        self._replace_null = replace_null
        self._headers: dict[Type | None, Encoder] = {}

    def bind(self, type: Type | None, topic: str, *, is_key: bool) -> Encoder:
        """The encoder for values of this Type. Type None (no schema) allows null only."""
        if type is None:
            null = NothingWriter()
            prefix, suffix = ('{"schema":null,"payload":', "}") if self._schemas else ("", "")
            return JsonEncoder(topic, null, prefix, suffix).encode
        made = writer(type, self._numeric, self._replace_null)
        if not self._schemas:
            return JsonEncoder(topic, made, "", "").encode
        schema = schema_json(type, self._default_text)
        return JsonEncoder(topic, made, f'{{"schema":{schema},"payload":', "}").encode

    def null(self, type: Type, topic: str) -> bytes | None:
        """A null that has a schema: JSON's null, with the schema around it when schemas are written."""
        return self.bind(type, topic, is_key=False)(None)

    def encode_header(self, type: Type | None, value: object) -> bytes | None:
        """Bytes of a header, in the same form as a value."""
        if type is None and value is None:
            return None
        encode = self._headers.get(type)
        if encode is None:
            encode = self._headers[type] = self.bind(type, "headers", is_key=False)
        return encode(value)

    def _default_text(self, type: Type, value: object) -> str:
        return writer(type, self._numeric, self._replace_null).render(value).decode()


def create(options: dict[str, str], is_key: bool) -> JsonFormat:
    """The Format for converter options without their prefix. Raises ConfigError."""
    values = read(OPTIONS, options, "JsonConverter")
    return JsonFormat(
        values.flag("schemas.enable"),
        values.word("decimal.format") == "numeric",
        values.flag("replace.null.with.default"),
    )
