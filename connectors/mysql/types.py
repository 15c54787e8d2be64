"""Schema time: a MySQL or MariaDB column to its Connect type and to the form in which both decoders deliver values.

A `Mapping` says what a column becomes by the handling modes. `form` names the representation: the binlog's row
decoder (rows.py) and the snapshot's text loaders (text_values.py) both make exactly that. One row of FAMILIES per
type; a new type is a new row. Source: Debezium reference, "How MySQL connectors map data types".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from cdc.model import ARRAY, FLOAT32, Type, struct
from connectors.mysql.tables import ColumnDefinition
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


Builder = Callable[[Modes, ColumnDefinition], Mapping]


class Family:
    """One row of the type table: the server's names (information_schema's DATA_TYPE), how it is built, its docs."""

    def __init__(self, names: tuple[str, ...], build: Builder, doc: str) -> None:
        self.names = names
        self.build = build
        self.doc = doc


def _integer(signed: Type, unsigned: Type) -> Builder:
    def build(modes: Modes, column: ColumnDefinition) -> Mapping:
        return Mapping(unsigned if column.unsigned else signed, INTEGER, 0, unsigned=column.unsigned)

    return build


def _tinyint(modes: Modes, column: ColumnDefinition) -> Mapping:
    """SHOW CREATE TABLE says tinyint(1) for BOOLEAN, so only a statement of the log makes a boolean, as in Debezium."""
    if column.type_name in ("BOOL", "BOOLEAN"):
        return Mapping(types.BOOL, BOOLEAN, False)
    return Mapping(types.SHORT, INTEGER, 0, unsigned=column.unsigned)


def _bigint(modes: Modes, column: ColumnDefinition) -> Mapping:
    unsigned = column.unsigned
    if unsigned and modes.unsigned == "precise" and column.type_name != "SERIAL":
        return Mapping(types.decimal(0, 20), DECIMAL, b"\x00", unsigned=True)
    return Mapping(types.LONG, WRAPPED if unsigned else INTEGER, 0, unsigned=unsigned)


def _bit(modes: Modes, column: ColumnDefinition) -> Mapping:
    length = column.length or 1
    if length == 1:
        return Mapping(types.BOOL, BOOLEAN, False, length=1)
    return Mapping(types.bits(length), BITS, b"", length=length)


def _decimal(modes: Modes, column: ColumnDefinition) -> Mapping:
    precision = 10 if not column.length else column.length
    scale = column.scale or 0
    if modes.decimal == "double":
        return Mapping(types.DOUBLE, DECIMAL_DOUBLE, 0.0, scale=scale, length=precision)
    if modes.decimal == "string":
        zero = f"{0:.{scale}f}"
        return Mapping(types.TEXT, DECIMAL_TEXT, zero, scale=scale, length=precision)
    return Mapping(types.decimal(scale, precision), DECIMAL, b"\x00", scale=scale, length=precision)


def _float(modes: Modes, column: ColumnDefinition) -> Mapping:
    """FLOAT(p) up to 24 bits is single; FLOAT(m,d) and more bits are declared double, as Debezium has it."""
    double = column.scale is not None or (column.length or 0) > 24
    return Mapping(types.DOUBLE if double else types.FLOAT, FLOAT, 0.0)


def _double(modes: Modes, column: ColumnDefinition) -> Mapping:
    return Mapping(types.FLOAT if column.type_name.startswith("REAL") else types.DOUBLE, FLOAT, 0.0)


def _text(modes: Modes, column: ColumnDefinition) -> Mapping:
    return Mapping(types.TEXT, TEXT, "", charset=column.charset or "")


def _binary(modes: Modes, column: ColumnDefinition) -> Mapping:
    length = (column.length or 1) if column.base == "binary" else 0
    if modes.binary == "bytes":
        return Mapping(types.BINARY, BINARY, b"", length=length)
    form = {"hex": HEX, "base64": BASE64, "base64-url-safe": BASE64_URL}[modes.binary]
    return Mapping(types.TEXT, form, "", length=length)


def _date(modes: Modes, column: ColumnDefinition) -> Mapping:
    if modes.time == "isostring":
        return Mapping(types.ISO_DATE, DATE_ISO, "1970-01-01Z")
    return Mapping(types.CONNECT_DATE if modes.time == "connect" else types.DATE, DATE, 0)


def _time(modes: Modes, column: ColumnDefinition) -> Mapping:
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


def _datetime(modes: Modes, column: ColumnDefinition) -> Mapping:
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


def _timestamp(modes: Modes, column: ColumnDefinition) -> Mapping:
    return Mapping(types.ZONED_TIMESTAMP, TIMESTAMP, "1970-01-01T00:00:00Z", digits=column.length or 0)


def _year(modes: Modes, column: ColumnDefinition) -> Mapping:
    return Mapping(types.named("int32", "io.debezium.time.Year"), YEAR, 0)


def allowed(labels: tuple[str, ...]) -> str:
    """The `allowed` parameter: labels joined by commas, a comma inside one escaped by a backslash."""
    return ",".join(label.replace(",", "\\,") for label in labels)


def _labelled(name: str, form: str) -> Builder:
    def build(modes: Modes, column: ColumnDefinition) -> Mapping:
        labels = tuple(column.labels)
        type = types.named("string", name, {"allowed": allowed(labels)})
        return Mapping(type, form, "", labels=labels, charset=column.charset or "")

    return build


def _json(modes: Modes, column: ColumnDefinition) -> Mapping:
    return Mapping(types.JSON, JSON, "{}", charset="utf8mb4")


_GEOMETRY_TYPE: Final = struct(
    "io.debezium.data.geometry.Geometry",
    [("wkb", types.BINARY), ("srid", types.INT.replace(optional=True))],
    version=1,
    doc="Geometry",
)
_EMPTY_WKB: Final = bytes.fromhex("010700000000000000")  # GEOMETRYCOLLECTION EMPTY
_POINT_WKB: Final = bytes.fromhex("0101000000") + bytes(16)


def _geometry(modes: Modes, column: ColumnDefinition) -> Mapping:
    return Mapping(_GEOMETRY_TYPE, GEOMETRY, [_EMPTY_WKB, None])


def _point(modes: Modes, column: ColumnDefinition) -> Mapping:
    return Mapping(types.point(), POINT, [0.0, 0.0, _POINT_WKB, None])


def _vector(modes: Modes, column: ColumnDefinition) -> Mapping:
    type = Type(ARRAY, name="io.debezium.data.FloatVector", version=1, element=Type(FLOAT32))
    return Mapping(type, VECTOR, [])


def _stored(form: str) -> Builder:
    def build(modes: Modes, column: ColumnDefinition) -> Mapping:
        return Mapping(types.TEXT, form, "")

    return build


FAMILIES: Final[tuple[Family, ...]] = (
    Family(("tinyint",), _tinyint, "int16; boolean where a streamed statement says BOOL or BOOLEAN"),
    Family(("smallint",), _integer(types.SHORT, types.INT), "int16; UNSIGNED int32"),
    Family(("mediumint",), _integer(types.INT, types.INT), "int32"),
    Family(("int",), _integer(types.INT, types.LONG), "int32; UNSIGNED int64"),
    Family(("bigint",), _bigint, "int64; UNSIGNED by bigint.unsigned.handling.mode"),
    Family(("bit",), _bit, "boolean for BIT(1), else bytes io.debezium.data.Bits"),
    Family(("decimal",), _decimal, "Decimal; double; string"),
    Family(("float",), _float, "float32; float64 for FLOAT(25..53) and FLOAT(m,d)"),
    Family(("double",), _double, "float64; REAL in a streamed statement float32"),
    Family(("char", "varchar", "tinytext", "text", "mediumtext", "longtext"), _text, "string"),
    Family(
        ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"),
        _binary,
        "bytes, or string by binary.handling.mode",
    ),
    Family(("date",), _date, "int32 io.debezium.time.Date, or by time.precision.mode"),
    Family(("time",), _time, "int64 io.debezium.time.MicroTime, or by time.precision.mode"),
    Family(
        ("datetime",),
        _datetime,
        "int64 io.debezium.time.Timestamp up to 3 digits, else MicroTimestamp, or by time.precision.mode",
    ),
    Family(("timestamp",), _timestamp, "string io.debezium.time.ZonedTimestamp"),
    Family(("year",), _year, "int32 io.debezium.time.Year"),
    Family(("enum",), _labelled("io.debezium.data.Enum", ENUM), "string io.debezium.data.Enum"),
    Family(("set",), _labelled("io.debezium.data.EnumSet", SET), "string io.debezium.data.EnumSet"),
    Family(("json",), _json, "string io.debezium.data.Json"),
    Family(
        (
            "geometry",
            "linestring",
            "polygon",
            "multipoint",
            "multilinestring",
            "multipolygon",
            "geometrycollection",
            "geomcollection",
        ),
        _geometry,
        "struct io.debezium.data.geometry.Geometry",
    ),
    Family(("point",), _point, "struct io.debezium.data.geometry.Point"),
    Family(("vector",), _vector, "array of float32 io.debezium.data.FloatVector"),
    Family(("uuid",), _stored(UUID_TEXT), "string (MariaDB)"),
    Family(("inet4",), _stored(INET4), "string (MariaDB)"),
    Family(("inet6",), _stored(INET6), "string (MariaDB)"),
)

_BY_NAME: Final = {name: family for family in FAMILIES for name in family.names}


def mapping(modes: Modes, column: ColumnDefinition) -> Mapping | None:
    """What a column becomes, None when its type is not known and the column is left out."""
    family = _BY_NAME.get(column.base)
    return None if family is None else family.build(modes, column)
