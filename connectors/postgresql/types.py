"""Schema time: PostgreSQL types to Connect types and loaders. One row of FAMILIES per type; a new type is a new row.

Source: Debezium reference, "Data type mappings". Where this differs from Debezium on purpose a comment says
`Deviation`, and docs/compatibility.md lists it.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Sequence
from typing import Final, Protocol

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
    STRUCT,
    Type,
    struct,
)
from connectors.postgresql import binary, numbers, structures, times, values
from connectors.postgresql.catalog import FIRST_USER_OID, TypeDescription
from connectors.postgresql.values import Loader
from schemas import types


class Settings(Protocol):
    """The properties that choose representations."""

    decimal_handling_mode: str
    time_precision_mode: str
    binary_handling_mode: str
    interval_handling_mode: str
    hstore_handling_mode: str
    money_fraction_digits: int
    include_unknown_datatypes: bool
    unavailable_value_placeholder: str


class TypeLookup(Protocol):
    """What is needed of the catalog."""

    def types(self, oids: list[int]) -> list[TypeDescription]:
        """Types by OID; those that are gone are left out."""


class Modes:
    """Settings, prepared. `placeholder` and `placeholder_text` stand for a TOASTed value that the log does not hold."""

    def __init__(self, config: Settings) -> None:
        self.decimal = config.decimal_handling_mode
        self.time = config.time_precision_mode
        self.binary = config.binary_handling_mode
        self.interval = config.interval_handling_mode
        self.hstore = config.hstore_handling_mode
        self.money_digits = int(config.money_fraction_digits)
        self.unknown = config.include_unknown_datatypes
        given = config.unavailable_value_placeholder
        self.placeholder = bytes.fromhex(given[4:]) if given.startswith("hex:") else given.encode()
        self.placeholder_text = self.placeholder.decode("utf-8", "replace")


class NoDefault:
    """Marks a type whose columns get no schema default."""


NO_DEFAULT: Final = NoDefault()


class Mapping:
    """What a type becomes.

    `type` is required (never optional) and has no default. `fallback` stands for NULL where the schema allows none.
    `zero` is the default of a column whose default is a function's value, NO_DEFAULT where no default is ever in a
    schema.
    `placeholder` stands for an unchanged TOASTed value; None: none exists, the value is null then.
    `element_optional` says whether an array of it may hold null by schema, `always_optional` that the schema allows
    null for a NOT NULL column too.
    """

    def __init__(
        self,
        type: Type,
        loader: Loader,
        fallback: object,
        *,
        zero: object = NO_DEFAULT,
        placeholder: object = None,
        element_optional: bool = True,
        always_optional: bool = False,
    ) -> None:
        self.type = type
        self.loader = loader
        self.fallback = fallback
        self.zero = zero
        self.placeholder = placeholder
        self.element_optional = element_optional
        self.always_optional = always_optional


Builder = Callable[[Modes, int], Mapping]


class Family:
    """One row of the type table: PostgreSQL's names (pg_type.typname), how it is built, its line in the docs."""

    def __init__(self, names: tuple[str, ...], build: Builder, doc: str) -> None:
        self.names = names
        self.build = build
        self.doc = doc


def _fixed(type: Type, loader: Loader, fallback: object, zero: object = NO_DEFAULT) -> Builder:
    """A type that no setting changes and that is never TOASTed."""
    mapping = Mapping(type, loader, fallback, zero=zero)
    return lambda modes, typmod: mapping


def _text(type: Type = types.TEXT, zero: object = NO_DEFAULT, *, element_optional: bool = True) -> Builder:
    """A type whose text goes out as it stands."""

    def build(modes: Modes, typmod: int) -> Mapping:
        return Mapping(
            type,
            values.text,
            "",
            zero=zero,
            placeholder=modes.placeholder_text,
            element_optional=element_optional,
        )

    return build


def _numeric(modes: Modes, typmod: int) -> Mapping:
    if modes.decimal == "double":
        return Mapping(types.DOUBLE, float, 0.0, zero=0.0)
    if modes.decimal == "string":
        loader = numbers.DecimalText(max(numeric_size(typmod)[1], 0) if typmod >= 4 else 0)
        return Mapping(types.TEXT, loader, loader(b"0"), zero=loader(b"0"), placeholder=modes.placeholder_text)
    if typmod < 4:
        # Deviation: an unchanged TOASTed number is the placeholder's bytes, where Debezium emits null.
        return Mapping(
            types.variable_scale_decimal(),
            numbers.variable_decimal,
            [0, b"\x00"],
            placeholder=[0, modes.placeholder],
        )
    precision, scale = numeric_size(typmod)
    if scale < 0:
        # Deviation: Debezium reads a negative scale as 2048 more and pads with that many zeros. The value is whole.
        precision, scale = precision - scale, 0
    return Mapping(
        types.decimal(scale, precision), numbers.Decimal(scale), b"\x00", zero=b"\x00", placeholder=modes.placeholder
    )


def numeric_size(typmod: int) -> tuple[int, int]:
    """Precision and scale of a constrained numeric; the scale may be negative (PostgreSQL 15 and later)."""
    packed = typmod - 4
    return packed >> 16 & 0xFFFF, ((packed & 0x7FF) ^ 1024) - 1024


def _money(modes: Modes, typmod: int) -> Mapping:
    loader = numbers.Money(modes.money_digits, modes.decimal)
    if modes.decimal == "double":
        return Mapping(types.DOUBLE, loader, 0.0)
    if modes.decimal == "string":
        return Mapping(types.TEXT, loader, f"{0:.{modes.money_digits}f}")
    return Mapping(types.decimal(modes.money_digits, None), loader, b"\x00")


def _bytea(modes: Modes, typmod: int) -> Mapping:
    if modes.binary == "bytes":
        return Mapping(types.BINARY, binary.binary, b"", placeholder=modes.placeholder)
    loader = {
        "hex": binary.binary_hex,
        "base64": binary.binary_base64,
        "base64-url-safe": binary.binary_base64_url,
    }[modes.binary]
    # Deviation: Debezium emits null for an unchanged TOASTed value in the two base64 modes.
    return Mapping(types.TEXT, loader, "", placeholder=modes.placeholder_text)


def _bit(modes: Modes, typmod: int) -> Mapping:
    if typmod == 1:
        return Mapping(types.BOOL, values.boolean, False, zero=False)
    return Mapping(types.bits(typmod), binary.bits, b"", zero=b"", placeholder=modes.placeholder)


def _varbit(modes: Modes, typmod: int) -> Mapping:
    if typmod == 1:
        return Mapping(types.BOOL, values.boolean, False, zero=False)
    length = typmod if typmod > 0 else 2_147_483_647
    return Mapping(types.bits(length), binary.bits, b"", zero=b"", placeholder=modes.placeholder)


def _date(modes: Modes, typmod: int) -> Mapping:
    if modes.time == "isostring":
        return Mapping(types.ISO_DATE, times.iso_date, "1970-01-01Z", zero="1970-01-01Z")
    return Mapping(types.CONNECT_DATE if modes.time == "connect" else types.DATE, times.date, 0, zero=0)


def _time(modes: Modes, typmod: int) -> Mapping:
    mode = modes.time
    if mode == "isostring":
        return Mapping(types.ISO_TIME, times.iso_time, "00:00:00Z", zero="00:00:00Z")
    if mode == "connect":
        return Mapping(types.CONNECT_TIME, times.time_ms, 0, zero=0)
    if mode == "nanoseconds":
        return Mapping(types.NANO_TIME, times.time_ns, 0, zero=0)
    if mode == "adaptive" and 0 <= typmod <= 3:
        return Mapping(types.TIME, times.time_ms, 0, zero=0)
    return Mapping(types.MICRO_TIME, times.time_us, 0, zero=0)


def _timestamp(modes: Modes, typmod: int) -> Mapping:
    mode = modes.time
    if mode == "isostring":
        return Mapping(types.ISO_TIMESTAMP, times.iso_timestamp, "1970-01-01T00:00:00Z", zero="1970-01-01T00:00:00Z")
    if mode == "connect":
        return Mapping(types.CONNECT_TIMESTAMP, times.timestamp_ms, 0, zero=0)
    if mode == "nanoseconds":
        return Mapping(types.NANO_TIMESTAMP, times.timestamp_ns, 0, zero=0)
    if mode in ("adaptive", "adaptive_time_microseconds") and 0 <= typmod <= 3:
        return Mapping(types.TIMESTAMP, times.timestamp_ms, 0, zero=0)
    return Mapping(types.MICRO_TIMESTAMP, times.timestamp_us, 0, zero=0)


def _timestamptz(modes: Modes, typmod: int) -> Mapping:
    digits = typmod if 0 <= typmod <= 6 else 6
    loader = times.ZonedTimestamp(digits)
    return Mapping(types.ZONED_TIMESTAMP, loader, "1970-01-01T00:00:00Z", zero=loader(b"1970-01-01 00:00:00+00"))


def _interval(modes: Modes, typmod: int) -> Mapping:
    if modes.interval == "string":
        return Mapping(types.INTERVAL, times.interval_iso, "P0Y0M0DT0H0M0S", zero="P0Y0M0DT0H0M0S")
    return Mapping(types.MICRO_DURATION, times.interval_us, 0, zero=0)


def _hstore(modes: Modes, typmod: int) -> Mapping:
    mark = modes.placeholder_text
    if modes.hstore == "map":
        return Mapping(
            types.map_of(types.TEXT, types.TEXT.replace(optional=True)), structures.hstore, {}, placeholder={mark: mark}
        )
    return Mapping(types.JSON, structures.hstore_json, "{}", placeholder=f'{{"{mark}":"{mark}"}}')


def _geometry(name: str) -> Builder:
    type = struct(
        f"io.debezium.data.geometry.{name}",
        [("wkb", types.BINARY), ("srid", types.INT.replace(optional=True))],
        version=1,
        doc="Geometry" if name == "Geometry" else "Geography",
    )
    empty = bytes.fromhex("010700000000000000")  # GEOMETRYCOLLECTION EMPTY

    def build(modes: Modes, typmod: int) -> Mapping:
        # Deviation: for an unchanged TOASTed shape `wkb` is the placeholder's bytes, where Debezium emits null.
        return Mapping(
            type,
            structures.geometry,
            [empty, None],
            placeholder=[modes.placeholder, None],
            always_optional=name == "Geometry",
        )

    return build


def _vector(name: str, kind: str) -> Builder:
    type = Type(ARRAY, name=f"io.debezium.data.{name}", version=1, element=Type(kind))

    def build(modes: Modes, typmod: int) -> Mapping:
        return Mapping(type, structures.vector, [], placeholder=[float(byte) for byte in modes.placeholder])

    return build


_SPARSE = struct(
    "io.debezium.data.SparseDoubleVector",
    [("dimensions", types.SHORT), ("vector", types.map_of(types.SHORT, types.DOUBLE))],
    version=1,
    doc="Sparse double vector",
)
_NIL_UUID = "00000000-0000-0000-0000-000000000000"

FAMILIES: Final[tuple[Family, ...]] = (
    Family(("bool",), _fixed(types.BOOL, values.boolean, False, False), "boolean"),
    Family(("int2",), _fixed(types.SHORT, int, 0, 0), "int16"),
    Family(("int4",), _fixed(types.INT, int, 0, 0), "int32"),
    Family(("int8",), _fixed(types.LONG, int, 0, 0), "int64"),
    Family(("oid",), _fixed(types.LONG, int, 0), "int64"),
    Family(("float4",), _fixed(types.FLOAT, float, 0.0, 0.0), "float32"),
    Family(("float8",), _fixed(types.DOUBLE, float, 0.0, 0.0), "float64"),
    Family(("numeric",), _numeric, "Decimal, VariableScaleDecimal without precision; double; string"),
    Family(("money",), _money, "Decimal of money.fraction.digits; double; string"),
    Family(("text", "varchar", "bpchar"), _text(zero=""), "string"),
    Family(("char", "name"), _text(), "string"),
    Family(("citext",), _text(), "string"),
    Family(("isbn",), _text(), "string"),
    Family(("inet", "cidr", "macaddr", "macaddr8"), _text(), "string"),
    Family(("int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange"), _text(), "string"),
    Family(("json", "jsonb"), _text(types.JSON, "{}"), "string io.debezium.data.Json"),
    Family(("xml",), _text(types.XML, ""), "string io.debezium.data.Xml"),
    Family(("uuid",), _text(types.UUID, _NIL_UUID), "string io.debezium.data.Uuid"),
    Family(("ltree",), _text(types.LTREE), "string io.debezium.data.Ltree"),
    Family(("tsvector",), _text(types.TSVECTOR, element_optional=False), "string io.debezium.data.Tsvector"),
    Family(("bytea",), _bytea, "bytes, or string by binary.handling.mode"),
    Family(("bit",), _bit, "boolean for bit(1), else bytes io.debezium.data.Bits"),
    Family(("varbit",), _varbit, "boolean for varbit(1), else bytes io.debezium.data.Bits"),
    Family(("date",), _date, "int32 io.debezium.time.Date, or by time.precision.mode"),
    Family(("time",), _time, "int32 io.debezium.time.Time up to 3 digits, else MicroTime, or by time.precision.mode"),
    Family(
        ("timetz",),
        _fixed(types.ZONED_TIME, times.zoned_time, "00:00:00Z"),
        "string io.debezium.time.ZonedTime",
    ),
    Family(
        ("timestamp",),
        _timestamp,
        "int64 io.debezium.time.Timestamp up to 3 digits, else MicroTimestamp, or by time.precision.mode",
    ),
    Family(("timestamptz",), _timestamptz, "string io.debezium.time.ZonedTimestamp"),
    Family(("interval",), _interval, "int64 io.debezium.time.MicroDuration, or string by interval.handling.mode"),
    Family(
        ("point",),
        _fixed(types.point(), structures.point, structures.point(b"(0,0)")),
        "struct io.debezium.data.geometry.Point",
    ),
    Family(("hstore",), _hstore, "string io.debezium.data.Json, or map by hstore.handling.mode"),
    Family(("geometry",), _geometry("Geometry"), "struct io.debezium.data.geometry.Geometry"),
    Family(("geography",), _geometry("Geography"), "struct io.debezium.data.geometry.Geography"),
    Family(("vector",), _vector("DoubleVector", FLOAT64), "array of float64 io.debezium.data.DoubleVector"),
    Family(("halfvec",), _vector("FloatVector", FLOAT32), "array of float32 io.debezium.data.FloatVector"),
    Family(
        ("sparsevec",),
        lambda modes, typmod: Mapping(_SPARSE, structures.sparse_vector, [0, {}], placeholder=[0, {}]),
        "struct io.debezium.data.SparseDoubleVector",
    ),
)

_BY_NAME: Final = {name: family for family in FAMILIES for name in family.names}
_MOMENT: Final = re.compile(r"\d{4,}-\d\d-\d\d(?: \S+)?")
_BLANK_SEPARATED: Final = ("int2vector", "oidvector")  # arrays by catalog, but not in their text


def _enum(modes: Modes, labels: list[str], seen: Sequence[str]) -> Mapping:
    """`seen` are labels of rows: one that was renamed since is in none of the catalog's."""
    labels = [*labels, *(label for label in seen if label not in labels)]
    return Mapping(
        types.enum(labels),
        values.Label(labels),
        "",
        zero="",
        placeholder=modes.placeholder_text,
        element_optional=False,
    )


def _gone(modes: Modes) -> Mapping:
    """A type that the catalog no longer has (DROP TYPE, DROP DOMAIN, DROP EXTENSION): the value's text."""
    return Mapping(types.TEXT, values.text, "", placeholder=modes.placeholder_text)


def _unknown(modes: Modes) -> Mapping | None:
    """include.unknown.datatypes: the value's text, as binary. Debezium's driver writes some texts in another way."""
    if not modes.unknown:
        return None
    loader = binary.RawBinary(modes.binary)
    if modes.binary == "bytes":
        return Mapping(types.BINARY, loader, b"", placeholder=modes.placeholder)
    return Mapping(types.TEXT, loader, "", placeholder=modes.placeholder_text)


def _array(modes: Modes, element: Mapping, delimiter: str) -> Mapping:
    # Deviation: Debezium leaves out arrays of money, name, interval, varbit, xml, point and domains, makes nulls of
    # bit(n)[], and rounds time[] to milliseconds.
    type = element.type.replace(optional=element.element_optional)
    return Mapping(
        types.array(type),
        structures.Array(element.loader, delimiter.encode(), element.element_optional),
        [],
        placeholder=_array_placeholder(modes, element),
    )


def _java_bytes(octets: bytes) -> list[object]:
    """Octets as Java's signed bytes, which is what Debezium makes numbers of."""
    return [octet - 256 if octet > 127 else octet for octet in octets]


def _array_placeholder(modes: Modes, element: Mapping) -> list[object]:
    kind = element.type.kind
    if element.type.name == types.UUID.name:
        digest = hashlib.md5(modes.placeholder, usedforsecurity=False).digest()
        return [str(uuid.UUID(bytes=digest, version=3))]
    if kind in (INT16, INT32, INT64):
        return _java_bytes(modes.placeholder)
    if kind in (FLOAT32, FLOAT64):
        return [float(octet - 256 if octet > 127 else octet) for octet in modes.placeholder]
    if kind == STRING:
        return [element.placeholder if element.placeholder is not None else modes.placeholder_text]
    if kind == BYTES:
        return [element.placeholder if element.placeholder is not None else modes.placeholder]
    if kind in (STRUCT, MAP, ARRAY):
        return [element.placeholder]
    assert kind == BOOLEAN
    return [None]


class TypeRegistry:
    """Types of one database. The server's own are remembered; others are looked up anew after `refresh`."""

    def __init__(self, config: Settings) -> None:
        self._modes = Modes(config)
        self._known: dict[int, TypeDescription] = {}
        self._before: dict[int, TypeDescription] = {}  # what was known at the last refresh

    def refresh(self) -> None:
        """Look up user-defined types anew: a label may have been added to an enum. One that is gone stays as it was."""
        self._before = {**self._before, **self._known}
        self._known = {oid: found for oid, found in self._known.items() if oid < FIRST_USER_OID}

    def load(self, catalog: TypeLookup, oids: list[int]) -> None:
        """Look up types and what they are made of."""
        wanted = {oid for oid in oids if oid not in self._known}
        while wanted:
            found = catalog.types(sorted(wanted))
            there = {description.oid for description in found}
            found += [self._before[oid] for oid in sorted(wanted - there) if oid in self._before]
            wanted = set()
            for description in found:
                self._known[description.oid] = description
            for description in found:
                for part in (description.element, description.base):
                    if part and part not in self._known:
                        wanted.add(part)

    def description(self, oid: int) -> TypeDescription | None:
        """A type that was looked up, None when it does not exist."""
        return self._known.get(oid)

    def root(self, oid: int, typmod: int) -> tuple[TypeDescription | None, int]:
        """The type under a domain, and its modifier."""
        found = self._known.get(oid)
        while found is not None and found.kind == "d":
            if found.base_typmod >= 0:
                typmod = found.base_typmod
            found = self._known.get(found.base)
        return found, typmod

    def mapping(self, oid: int, typmod: int, seen: Sequence[str] = ()) -> Mapping | None:
        """What a type becomes, None when its columns are left out. `seen`: labels of an enum that rows hold."""
        found, typmod = self.root(oid, typmod)
        modes = self._modes
        if found is None:
            return _gone(modes)
        if found.element and found.name not in _BLANK_SEPARATED:
            element = self._element(found.element, typmod, seen)
            return _unknown(modes) if element is None else _array(modes, element, found.delimiter)
        if found.kind == "e":
            return _enum(modes, found.labels, seen)
        if found.kind in ("b", "r"):
            family = _BY_NAME.get(found.name)
            if family is not None:
                return family.build(modes, typmod)
        return _unknown(modes)

    def _element(self, oid: int, typmod: int, seen: Sequence[str]) -> Mapping | None:
        """Mapping of an array's elements: unknown ones make the whole array unknown."""
        found, typmod = self.root(oid, typmod)
        if found is None:
            return None
        if found.kind == "e":
            return _enum(self._modes, found.labels, seen)
        if found.element and found.name not in _BLANK_SEPARATED:  # an array of a domain over an array
            inner = self._element(found.element, typmod, seen)
            return None if inner is None else _array(self._modes, inner, found.delimiter)
        family = _BY_NAME.get(found.name) if found.kind in ("b", "r") else None
        return None if family is None else family.build(self._modes, typmod)

    def default(self, mapping: Mapping, text: str) -> object:
        """The schema default for the text of a constant. Raises ValueError."""
        if mapping.type.kind == BOOLEAN:
            return values.boolean(text.encode())
        if _MOMENT.fullmatch(text) is None:
            return mapping.loader(text.encode())
        # a date where a timestamp belongs, or the other way round: the literal of another type, cast to this one
        for form in (text, f"{text} 00:00:00", f"{text}+00", f"{text} 00:00:00+00"):
            try:
                return mapping.loader(form.encode())
            except ValueError:
                continue
        return mapping.loader(text.partition(" ")[0].encode())
