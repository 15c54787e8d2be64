"""Schema time: a MySQL or MariaDB column to its Connect type and to the form in which both decoders deliver values.

A `Mapping` says what a column becomes by the handling modes. `form` names the representation: the binlog's row
decoder (rows.py) and the snapshot's text loaders (text_values.py) both make exactly that. One row of FAMILIES per
type; a new type is a new row. Source: Debezium reference, "How MySQL connectors map data types".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from cdc.model import ARRAY, FLOAT32, Type, struct
from schemas import types

# Forms: what a decoder delivers. `digits`, `scale`, `length`, `encoding`, `labels` are attributes of the Mapping.
INTEGER: Final = "integer"  # int, signed unless `unsigned`
WRAPPED: Final = "wrapped"  # BIGINT UNSIGNED as a signed 64-bit int: values above 2^63-1 wrap
BOOLEAN: Final = "boolean"  # bool of an integer or BIT(1): false is 0
FLOAT: Final = "float"  # float
DECIMAL: Final = "decimal"  # bytes: unscaled value at `scale`, minimal big-endian two's complement
DECIMAL_TEXT: Final = "decimal text"  # str, exactly `scale` fraction digits, no exponent
DECIMAL_DOUBLE: Final = "decimal double"  # float of a decimal
BITS: Final = "bits"  # bytes, little-endian, `length` bits rounded up to whole bytes
TEXT: Final = "text"  # str, decoded by `encoding`
BINARY: Final = "binary"  # bytes, right-padded with zero bytes to `length` when that is not 0 (BINARY(n))
HEX: Final = "hex"  # the same as lower-case hex text
BASE64: Final = "base64"  # the same as base64 text
BASE64_URL: Final = "base64 url"  # the same as base64 text of the URL-safe alphabet, padded
DATE: Final = "date"  # int: days since 1970-01-01; None for a zero or partial date
DATE_ISO: Final = "date iso"  # str `2020-01-02Z`
TIME_MILLIS: Final = "time millis"  # int, may be negative or beyond a day
TIME_MICROS: Final = "time micros"
TIME_NANOS: Final = "time nanos"
TIME_ISO: Final = "time iso"  # str `01:02:03Z`
DATETIME_MILLIS: Final = "datetime millis"  # int since 1970-01-01 of the wall clock; None for a zero or partial date
DATETIME_MICROS: Final = "datetime micros"
DATETIME_NANOS: Final = "datetime nanos"
DATETIME_ISO: Final = "datetime iso"  # str `2020-01-02T03:04:05Z`
TIMESTAMP: Final = "timestamp"  # str `2020-01-02T03:04:05.123Z`, UTC, exactly `digits` fraction digits; None for zero
YEAR: Final = "year"  # int
ENUM: Final = "enum"  # str, a label of `labels` (plain); index 0 is ""
SET: Final = "set"  # str, labels joined by commas in the order of declaration
JSON: Final = "json"  # str
GEOMETRY: Final = "geometry"  # [wkb bytes, srid int or None]; MySQL's value is 4 bytes SRID and WKB
POINT: Final = "point"  # [x, y, wkb, srid]
VECTOR: Final = "vector"  # list of float
UUID_TEXT: Final = "uuid text"  # str of MariaDB's UUID, stored as 16 bytes
INET4: Final = "inet4"  # str of MariaDB's INET4, stored as 4 bytes
INET6: Final = "inet6"  # str of MariaDB's INET6, stored as 16 bytes


class Settings(Protocol):
    """The properties that choose representations."""

    decimal_handling_mode: str
    time_precision_mode: str
    binary_handling_mode: str
    bigint_unsigned_handling_mode: str
    enable_time_adjuster: bool


class ColumnLike(Protocol):
    """What is needed of a column of a table version.

    `type` is the type's name in upper case without length and attributes (`INT`, `DOUBLE PRECISION`). `length` and
    `scale` are the declared numbers, None without. `labels` are those of ENUM and SET, unquoted. `charset` is resolved
    (column, table, database, server).
    """

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def length(self) -> int | None: ...
    @property
    def scale(self) -> int | None: ...
    @property
    def unsigned(self) -> bool: ...
    @property
    def charset(self) -> str | None: ...
    @property
    def labels(self) -> tuple[str, ...]: ...


class Modes:
    """Settings, prepared."""

    def __init__(self, config: Settings) -> None:
        self.decimal = config.decimal_handling_mode
        self.time = config.time_precision_mode
        self.binary = config.binary_handling_mode
        self.unsigned = config.bigint_unsigned_handling_mode
        self.adjust_years = config.enable_time_adjuster


class Mapping:
    """What a column becomes.

    `type` is required (never optional) and has no default. `fallback` stands for NULL, and for a zero date, where the
    schema allows no null. The numbers are those of the form; `charset` is MySQL's name, empty where there is none.
    """

    def __init__(
        self,
        type: Type,
        form: str,
        fallback: object,
        *,
        unsigned: bool = False,
        digits: int = 0,
        scale: int = 0,
        length: int = 0,
        charset: str = "",
        labels: tuple[str, ...] = (),
    ) -> None:
        self.type = type
        self.form = form
        self.fallback = fallback
        self.unsigned = unsigned
        self.digits = digits
        self.scale = scale
        self.length = length
        self.charset = charset
        self.labels = labels

    def __repr__(self) -> str:
        return f"<Mapping {self.form} {self.type!r}>"


Builder = Callable[[Modes, ColumnLike], Mapping]


class Family:
    """One row of the type table: names in SQL, how it is built, its line in the docs."""

    def __init__(self, names: tuple[str, ...], build: Builder, doc: str) -> None:
        self.names = names
        self.build = build
        self.doc = doc


def _integer(signed: Type, unsigned: Type) -> Builder:
    def build(modes: Modes, column: ColumnLike) -> Mapping:
        return Mapping(unsigned if column.unsigned else signed, INTEGER, 0, unsigned=column.unsigned)

    return build


def _boolean(modes: Modes, column: ColumnLike) -> Mapping:
    return Mapping(types.BOOL, BOOLEAN, False)


def _bigint(modes: Modes, column: ColumnLike) -> Mapping:
    unsigned = column.unsigned or column.type == "SERIAL"
    if unsigned and modes.unsigned == "precise" and column.type != "SERIAL":
        return Mapping(types.decimal(0, 20), DECIMAL, b"\x00", unsigned=True)
    return Mapping(types.LONG, WRAPPED if unsigned else INTEGER, 0, unsigned=unsigned)


def _bit(modes: Modes, column: ColumnLike) -> Mapping:
    length = column.length or 1
    if length == 1:
        return Mapping(types.BOOL, BOOLEAN, False, length=1)
    return Mapping(types.bits(length), BITS, b"", length=length)


def _decimal(modes: Modes, column: ColumnLike) -> Mapping:
    precision = 10 if not column.length else column.length
    scale = column.scale or 0
    if modes.decimal == "double":
        return Mapping(types.DOUBLE, DECIMAL_DOUBLE, 0.0, scale=scale, length=precision)
    if modes.decimal == "string":
        zero = f"{0:.{scale}f}"
        return Mapping(types.TEXT, DECIMAL_TEXT, zero, scale=scale, length=precision)
    return Mapping(types.decimal(scale, precision), DECIMAL, b"\x00", scale=scale, length=precision)


def _float(modes: Modes, column: ColumnLike) -> Mapping:
    """FLOAT(p) up to 24 bits is single; FLOAT(m,d) and more bits are declared double, as Debezium has it."""
    double = column.scale is not None or (column.length or 0) > 24
    return Mapping(types.DOUBLE if double else types.FLOAT, FLOAT, 0.0)


def _double(modes: Modes, column: ColumnLike) -> Mapping:
    return Mapping(types.DOUBLE, FLOAT, 0.0)


def _real(modes: Modes, column: ColumnLike) -> Mapping:
    return Mapping(types.FLOAT, FLOAT, 0.0)


def _text(modes: Modes, column: ColumnLike) -> Mapping:
    return Mapping(types.TEXT, TEXT, "", charset=column.charset or "")


def _national(modes: Modes, column: ColumnLike) -> Mapping:
    return Mapping(types.TEXT, TEXT, "", charset=column.charset or "utf8mb3")


def _binary(modes: Modes, column: ColumnLike) -> Mapping:
    length = (column.length or 1) if column.type == "BINARY" else 0
    if modes.binary == "bytes":
        return Mapping(types.BINARY, BINARY, b"", length=length)
    form = {"hex": HEX, "base64": BASE64, "base64-url-safe": BASE64_URL}[modes.binary]
    return Mapping(types.TEXT, form, "", length=length)


def _date(modes: Modes, column: ColumnLike) -> Mapping:
    if modes.time == "isostring":
        return Mapping(types.ISO_DATE, DATE_ISO, "1970-01-01Z")
    return Mapping(types.CONNECT_DATE if modes.time == "connect" else types.DATE, DATE, 0)


def _time(modes: Modes, column: ColumnLike) -> Mapping:
    digits = column.length or 0
    mode = modes.time
    if mode == "isostring":
        return Mapping(types.ISO_TIME, TIME_ISO, "00:00:00Z", digits=digits)
    if mode == "connect":
        return Mapping(types.CONNECT_TIME, TIME_MILLIS, 0, digits=digits)
    if mode == "nanoseconds":
        return Mapping(types.NANO_TIME, TIME_NANOS, 0, digits=digits)
    if mode == "adaptive" and digits <= 3:
        return Mapping(types.TIME, TIME_MILLIS, 0, digits=digits)
    return Mapping(types.MICRO_TIME, TIME_MICROS, 0, digits=digits)


def _datetime(modes: Modes, column: ColumnLike) -> Mapping:
    digits = column.length or 0
    mode = modes.time
    if mode == "isostring":
        return Mapping(types.ISO_TIMESTAMP, DATETIME_ISO, "1970-01-01T00:00:00Z", digits=digits)
    if mode == "connect":
        return Mapping(types.CONNECT_TIMESTAMP, DATETIME_MILLIS, 0, digits=digits)
    if mode == "nanoseconds":
        return Mapping(types.NANO_TIMESTAMP, DATETIME_NANOS, 0, digits=digits)
    if mode in ("adaptive", "adaptive_time_microseconds") and digits <= 3:
        return Mapping(types.TIMESTAMP, DATETIME_MILLIS, 0, digits=digits)
    return Mapping(types.MICRO_TIMESTAMP, DATETIME_MICROS, 0, digits=digits)


def _timestamp(modes: Modes, column: ColumnLike) -> Mapping:
    return Mapping(types.ZONED_TIMESTAMP, TIMESTAMP, "1970-01-01T00:00:00Z", digits=column.length or 0)


def _year(modes: Modes, column: ColumnLike) -> Mapping:
    return Mapping(types.named("int32", "io.debezium.time.Year"), YEAR, 0)


def allowed(labels: tuple[str, ...]) -> str:
    """The `allowed` parameter: labels joined by commas, a comma inside one escaped by a backslash."""
    return ",".join(label.replace(",", "\\,") for label in labels)


def _labelled(name: str, form: str) -> Builder:
    def build(modes: Modes, column: ColumnLike) -> Mapping:
        labels = tuple(column.labels)
        type = types.named("string", name, {"allowed": allowed(labels)})
        return Mapping(type, form, "", labels=labels, charset=column.charset or "")

    return build


def _json(modes: Modes, column: ColumnLike) -> Mapping:
    return Mapping(types.JSON, JSON, "{}", charset="utf8mb4")


_GEOMETRY_TYPE: Final = struct(
    "io.debezium.data.geometry.Geometry",
    [("wkb", types.BINARY), ("srid", types.INT.replace(optional=True))],
    version=1,
    doc="Geometry",
)
_EMPTY_WKB: Final = bytes.fromhex("010700000000000000")  # GEOMETRYCOLLECTION EMPTY
_POINT_WKB: Final = bytes.fromhex("0101000000") + bytes(16)


def _geometry(modes: Modes, column: ColumnLike) -> Mapping:
    return Mapping(_GEOMETRY_TYPE, GEOMETRY, [_EMPTY_WKB, None])


def _point(modes: Modes, column: ColumnLike) -> Mapping:
    return Mapping(types.point(), POINT, [0.0, 0.0, _POINT_WKB, None])


def _vector(modes: Modes, column: ColumnLike) -> Mapping:
    type = Type(ARRAY, name="io.debezium.data.FloatVector", version=1, element=Type(FLOAT32))
    return Mapping(type, VECTOR, [])


def _stored(form: str) -> Builder:
    def build(modes: Modes, column: ColumnLike) -> Mapping:
        return Mapping(types.TEXT, form, "")

    return build


FAMILIES: Final[tuple[Family, ...]] = (
    Family(("BOOL", "BOOLEAN"), _boolean, "boolean (only while its CREATE or ALTER is streamed; else TINYINT)"),
    Family(("TINYINT", "INT1"), _integer(types.SHORT, types.SHORT), "int16"),
    Family(("SMALLINT", "INT2"), _integer(types.SHORT, types.INT), "int16; UNSIGNED int32"),
    Family(("MEDIUMINT", "INT3", "MIDDLEINT"), _integer(types.INT, types.INT), "int32"),
    Family(("INT", "INTEGER", "INT4"), _integer(types.INT, types.LONG), "int32; UNSIGNED int64"),
    Family(("BIGINT", "INT8", "SERIAL"), _bigint, "int64; UNSIGNED by bigint.unsigned.handling.mode"),
    Family(("BIT",), _bit, "boolean for BIT(1), else bytes io.debezium.data.Bits"),
    Family(("DECIMAL", "DEC", "NUMERIC", "FIXED"), _decimal, "Decimal; double; string"),
    Family(("FLOAT", "FLOAT4"), _float, "float32; float64 for FLOAT(25..53) and FLOAT(m,d)"),
    Family(("DOUBLE", "DOUBLE PRECISION", "FLOAT8"), _double, "float64"),
    Family(("REAL",), _real, "float32"),
    Family(
        (
            "CHAR",
            "CHARACTER",
            "VARCHAR",
            "CHARACTER VARYING",
            "CHAR VARYING",
            "VARCHARACTER",
            "TINYTEXT",
            "TEXT",
            "MEDIUMTEXT",
            "LONGTEXT",
            "LONG",
            "LONG VARCHAR",
        ),
        _text,
        "string",
    ),
    Family(
        (
            "NCHAR",
            "NVARCHAR",
            "NATIONAL CHAR",
            "NATIONAL CHARACTER",
            "NATIONAL VARCHAR",
            "NATIONAL CHARACTER VARYING",
            "NATIONAL CHAR VARYING",
            "NCHAR VARCHAR",
            "NCHAR VARYING",
        ),
        _national,
        "string",
    ),
    Family(
        ("BINARY", "VARBINARY", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "LONG VARBINARY", "CHAR BYTE"),
        _binary,
        "bytes, or string by binary.handling.mode",
    ),
    Family(("DATE",), _date, "int32 io.debezium.time.Date, or by time.precision.mode"),
    Family(("TIME",), _time, "int64 io.debezium.time.MicroTime, or by time.precision.mode"),
    Family(
        ("DATETIME",),
        _datetime,
        "int64 io.debezium.time.Timestamp up to 3 digits, else MicroTimestamp, or by time.precision.mode",
    ),
    Family(("TIMESTAMP",), _timestamp, "string io.debezium.time.ZonedTimestamp"),
    Family(("YEAR",), _year, "int32 io.debezium.time.Year"),
    Family(("ENUM",), _labelled("io.debezium.data.Enum", ENUM), "string io.debezium.data.Enum"),
    Family(("SET",), _labelled("io.debezium.data.EnumSet", SET), "string io.debezium.data.EnumSet"),
    Family(("JSON",), _json, "string io.debezium.data.Json"),
    Family(
        (
            "GEOMETRY",
            "LINESTRING",
            "POLYGON",
            "MULTIPOINT",
            "MULTILINESTRING",
            "MULTIPOLYGON",
            "GEOMETRYCOLLECTION",
            "GEOMCOLLECTION",
        ),
        _geometry,
        "struct io.debezium.data.geometry.Geometry",
    ),
    Family(("POINT",), _point, "struct io.debezium.data.geometry.Point"),
    Family(("VECTOR",), _vector, "array of float32 io.debezium.data.FloatVector"),
    Family(("UUID",), _stored(UUID_TEXT), "string (MariaDB)"),
    Family(("INET4",), _stored(INET4), "string (MariaDB)"),
    Family(("INET6",), _stored(INET6), "string (MariaDB)"),
)

_BY_NAME: Final = {name: family for family in FAMILIES for name in family.names}


def mapping(modes: Modes, column: ColumnLike) -> Mapping | None:
    """What a column becomes, None when its type is not known and the column is left out."""
    family = _BY_NAME.get(column.type)
    return None if family is None else family.build(modes, column)
