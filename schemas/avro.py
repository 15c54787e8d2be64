"""Avro as Confluent's AvroConverter writes it: a zero byte, the schema's id, Avro binary. Hot; compiles (mypyc).

One tree of writers is made per Connect schema; it writes fields by position, so no names are looked up per event. The
registry is asked once per schema, when a format is bound.
Source: Apache Avro specification, "Binary encoding"; Confluent schema registry, AvroConverter and AvroData.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from librt.strings import BytesWriter, write_f32_le, write_f64_le
from mypy_extensions import u8

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
from cdc.parts import CONVERTER
from schemas.avro_schema import Mapping, schema_text
from schemas.errors import FORMAT_SCHEMA, FORMAT_VALUE
from schemas.misfit import located, mismatch
from schemas.registry_options import CLIENT_OPTIONS
from schemas.settings import Settings, read
from schemas.subjects import STRATEGIES, Schemas, Subjects, strategy
from schemas.wire import put_long, put_utf8

NAME: Final = "avro"
ALIASES: Final = ("io.confluent.connect.avro.AvroConverter",)
KINDS: Final = (CONVERTER,)
OPTIONS: Final = (
    *CLIENT_OPTIONS,
    Option(
        "key.subject.name.strategy",
        kinds.STRING,
        STRATEGIES[0],
        "How the subject of a key is named: by topic, by record name, or by both.",
    ),
    Option("value.subject.name.strategy", kinds.STRING, STRATEGIES[0], "The same for a value."),
    Option(
        "connect.meta.data",
        kinds.BOOLEAN,
        "true",
        "Write names, versions, parameters and defaults of the Connect schema as connect.* properties.",
    ),
    Option(
        "enhanced.avro.schema.support",
        kinds.BOOLEAN,
        "false",
        "Changes nothing for the types that connectors make: their enumerations are strings in both settings.",
    ),
    Option(
        "scrub.invalid.names",
        kinds.BOOLEAN,
        "false",
        "Replace characters that Avro does not allow in names, by AvroData's rule.",
    ),
    Option("allow.optional.map.keys", kinds.BOOLEAN, "false", "Write maps with optional string keys as Avro maps."),
    Option("discard.type.doc.default", kinds.BOOLEAN, "false", "Write `doc` of fields from the Connect schema's doc."),
    Option(
        "ignore.default.for.nullables",
        kinds.BOOLEAN,
        "false",
        "Write null where a field with a default is null. When false the default is written instead.",
    ),
    Option(
        "schemas.cache.config", kinds.INT, "1000", "Bound of the cache.", effect="schemas are kept per table version"
    ),
    Option("schemas.cache.size", kinds.INT, "1000", "Bound of the cache.", effect="schemas are kept per table version"),
    Option("flatten.singleton.unions", kinds.BOOLEAN, "true", "How records are read.", effect="nothing is read here"),
    Option(
        "generalized.sum.type.support",
        kinds.BOOLEAN,
        "false",
        "Sum types as Avro unions and enumerations.",
        refused="connectors make no sum types",
    ),
)

# what a RecordWriter does with a field itself, without asking its writer
OTHER: Final = 0
LONG: Final = 1
TEXT: Final = 2

NO_BRANCH: Final = -1


class Writer:
    """Writes values of one Type as Avro binary."""

    def __init__(self) -> None:
        self.code = OTHER
        self.branch = NO_BRANCH  # byte that chooses the value's branch of a union with null; -1: no union
        self.null: bytes | None = None  # what stands for a null element; None: a null is not allowed
        # as the field of a record:
        self.name = ""
        self.next: Writer | None = None
        self.null_field: bytes | None = None  # what stands for a null field: a null, or the default
        self.last: object = None  # the last value, compared by identity
        self.octets: bytes | None = None  # its encoding, made when it is seen a second time

    def write(self, out: BytesWriter, value: object) -> None:
        """The encoding of a value that is not None, without its branch. Raises SchemaError, ValueError."""
        raise NotImplementedError

    def put(self, out: BytesWriter, value: object) -> None:
        """The encoding of a value that may be None, with its branch."""
        if value is None:
            null = self.null
            if null is None:
                raise SchemaError(FORMAT_VALUE, "null where the schema does not allow it")
            out.write(null)
            return
        if self.branch >= 0:
            out.append(u8(self.branch))
        self.write(out, value)

    def render(self, value: object) -> bytes:
        """The encoding of a value that is not None, with its branch, apart."""
        out = BytesWriter()
        self.put(out, value)
        return out.getvalue()


class NothingWriter(Writer):
    """no schema: nothing can be written"""

    def write(self, out: BytesWriter, value: object) -> None:
        raise mismatch("null", value)


class IntWriter(Writer):
    """int8, int16, int32 as Avro int"""

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise mismatch("an integer", value)
        if not -2147483648 <= value <= 2147483647:
            raise ValueError(f"{value} has more than 32 bits")
        put_long(out, value)


class LongWriter(Writer):
    """int64 as Avro long"""

    def __init__(self) -> None:
        super().__init__()
        self.code = LONG

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise mismatch("an integer", value)
        put_long(out, value)


class TextWriter(Writer):
    """string"""

    def __init__(self) -> None:
        super().__init__()
        self.code = TEXT

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, str):
            raise mismatch("a string", value)
        put_utf8(out, value)


class BinaryWriter(Writer):
    """bytes, decimals included"""

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, bytes):
            raise mismatch("bytes", value)
        put_long(out, len(value))
        out.write(value)


class BooleanWriter(Writer):
    """boolean"""

    def write(self, out: BytesWriter, value: object) -> None:
        if value is True:
            out.append(1)
        elif value is False:
            out.append(0)
        else:
            raise mismatch("a boolean", value)


class DoubleWriter(Writer):
    """float64"""

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, float):
            raise mismatch("a float", value)
        write_f64_le(out, value)


class FloatWriter(Writer):
    """float32"""

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, float):
            raise mismatch("a float", value)
        write_f32_le(out, value)


class ArrayWriter(Writer):
    """array: one block of items and the empty block"""

    def __init__(self, element: Writer) -> None:
        super().__init__()
        self._element = element

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, list):
            raise mismatch("a list", value)
        element = self._element
        if value:
            put_long(out, len(value))
            for item in value:
                element.put(out, item)
        out.append(0)


class MapWriter(Writer):
    """map with string keys"""

    def __init__(self, element: Writer) -> None:
        super().__init__()
        self._element = element

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, dict):
            raise mismatch("a dict", value)
        element = self._element
        if value:
            put_long(out, len(value))
            for key, item in value.items():
                if not isinstance(key, str):
                    raise mismatch("a string as map key", key)
                put_utf8(out, key)
                element.put(out, item)
        out.append(0)


class EntriesWriter(Writer):
    """map with other keys: an array of records of key and value"""

    def __init__(self, keys: Writer, element: Writer) -> None:
        super().__init__()
        self._keys = keys
        self._element = element

    def write(self, out: BytesWriter, value: object) -> None:
        if not isinstance(value, dict):
            raise mismatch("a dict", value)
        if value:
            put_long(out, len(value))
            for key, item in value.items():
                self._keys.put(out, list(key) if isinstance(key, tuple) else key)
                self._element.put(out, item)
        out.append(0)


class RecordWriter(Writer):
    """struct: a list of values in field order; more values than fields are allowed and ignored.

    With `remember`, the last value of each field is kept and compared by identity, and its bytes are used again: a
    source block repeats the same strings from event to event.
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
        try:
            for item in value:
                if writer is None:
                    break
                if item is None:
                    self._null(out, writer)
                else:
                    branch = writer.branch
                    if branch >= 0:
                        out.append(u8(branch))
                    code = writer.code
                    if code == TEXT and isinstance(item, str):
                        put_utf8(out, item)
                    elif code == LONG and isinstance(item, int) and not isinstance(item, bool):
                        put_long(out, item)
                    else:
                        self._field(out, writer, item)
                writer = writer.next
        except (OverflowError, ValueError) as error:
            raise self._unfit(writer, error) from None

    def _write_again(self, out: BytesWriter, value: list[object]) -> None:
        writer = self._first
        for item in value:
            if writer is None:
                break
            if item is None:
                self._null(out, writer)
            elif item is not writer.last or writer.code == OTHER:
                if writer.branch >= 0:
                    out.append(u8(writer.branch))
                self._field(out, writer, item)
                writer.last = item
                writer.octets = None
            else:
                octets = writer.octets
                if octets is None:
                    octets = writer.octets = writer.render(item)
                out.write(octets)
            writer = writer.next

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


_PLAIN: Final[dict[str, type[Writer]]] = {
    INT8: IntWriter,
    INT16: IntWriter,
    INT32: IntWriter,
    INT64: LongWriter,
    STRING: TextWriter,
    BYTES: BinaryWriter,
    BOOLEAN: BooleanWriter,
    FLOAT64: DoubleWriter,
    FLOAT32: FloatWriter,
}


def writer(type: Type, mapping: Mapping, nested: bool = False) -> Writer:
    """The writer for a Type."""
    made = _writer(type, mapping, nested)
    # an optional struct is [null, record] even when it has a default; every other optional with default is [T, null]
    default_first = type.default is not None and type.kind != STRUCT
    if type.optional:
        made.branch = 0 if default_first else 2
        made.null = b"\x02" if default_first else b"\x00"
        made.null_field = made.null
    if type.default is not None and not mapping.ignore_defaults:
        made.null_field = made.render(type.default)
    return made


def _writer(type: Type, mapping: Mapping, nested: bool) -> Writer:
    kind = type.kind
    plain = _PLAIN.get(kind)
    if plain is not None:
        return plain()
    if kind == ARRAY and type.element is not None:
        return ArrayWriter(writer(type.element, mapping))
    if kind == MAP and type.element is not None and type.keys is not None:
        if mapping.is_map(type):
            return MapWriter(writer(type.element, mapping))
        keys = writer(type.keys, mapping)
        return EntriesWriter(keys, writer(type.element, mapping))
    if kind == STRUCT:
        writers = [writer(field.type, mapping, True) for field in type.fields]
        return RecordWriter(type, writers, nested and not type.optional)
    raise SchemaError(FORMAT_SCHEMA, f"type {type!r}")


class AvroEncoder:
    """Encodes values of one Type on one topic, under one schema id."""

    def __init__(self, topic: str, writer: Writer, schema_id: int) -> None:
        self._topic = topic
        self._writer = writer
        self._prefix = b"\x00" + schema_id.to_bytes(4, "big")
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
        return out.getvalue()


def encoder(type: Type | None, topic: str, schema_id: int, mapping: Mapping) -> AvroEncoder:
    """The encoder of values of a Type; Type None (no schema) refuses every value."""
    return AvroEncoder(topic, NothingWriter() if type is None else writer(type, mapping), schema_id)


class AvroFormat:
    """The converter: a Format."""

    def __init__(self, subjects: Subjects, strategy: str, mapping: Mapping, registry_urls: str = "") -> None:
        self.registry_urls = registry_urls
        self._subjects = subjects
        self._strategy = strategy
        self._mapping = mapping

    def bind(self, type: Type | None, topic: str, *, is_key: bool) -> Encoder:
        """The encoder for values of this Type; asks the registry for the id of its schema.

        Type None (no schema) asks nothing and allows no value.
        """
        if type is None:
            return encoder(None, topic, 0, self._mapping).encode
        text = schema_text(type, self._mapping)
        schema_id = self._subjects.resolve(text, topic, self._strategy, is_key)
        return encoder(type, topic, schema_id, self._mapping).encode

    def null(self, type: Type, topic: str) -> bytes | None:
        """A null is Kafka's null, also when it has a schema."""
        return None

    def reach(self) -> None:
        """Prove that the registry answers. Raises RegistryLost, SchemaError."""
        self._subjects.reach()


def create(options: dict[str, str], is_key: bool) -> AvroFormat:
    """The Format for converter options without their prefix. Raises ConfigError."""
    from schemas.registry import connect  # an HTTP client that only this converter needs

    return with_registry(options, is_key, connect)


def with_registry(options: dict[str, str], is_key: bool, connect: Callable[[Settings], Schemas]) -> AvroFormat:
    """As `create`, with a registry that `connect` makes of the options. Raises ConfigError."""
    values = read(OPTIONS, options, "AvroConverter")
    mapping = Mapping(
        meta_data=values.flag("connect.meta.data"),
        enhanced=values.flag("enhanced.avro.schema.support"),
        scrub=values.flag("scrub.invalid.names"),
        optional_map_keys=values.flag("allow.optional.map.keys"),
        discard_type_doc_default=values.flag("discard.type.doc.default"),
        ignore_defaults=values.flag("ignore.default.for.nullables"),
    )
    named = values.text("key.subject.name.strategy" if is_key else "value.subject.name.strategy")
    urls = ",".join(values.items("schema.registry.url"))
    return AvroFormat(Subjects(connect(values), values), strategy(named), mapping, urls)
