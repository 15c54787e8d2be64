"""Schema time: a MySQL or MariaDB column to its Connect type and to the converter of its values.

A `Mapping` says what a column becomes by the handling modes. Both readers, that of the log (rows.py) and that of a
snapshot's text (text_rows.py), deliver *log values* (see values.py), which the converter turns into Connect values.
One row of FAMILIES per type; a new type is a new row. Source: Debezium reference, "Data type mappings".
"""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable
from typing import Final, Protocol

from cdc.model import ARRAY, FLOAT32, Type, struct
from connectors.mysql import values
from connectors.mysql.tables import OCTETS, SPATIAL, ColumnDefinition
from schemas import types

Convert = Callable[[object], object]


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

    `type` is required (never optional) and has no default. `convert` makes a log value a Connect value, None: it is
    one. `fallback` stands for NULL, and for a zero date, where the schema allows no null; `always`: in every column,
    and for the default too (None: the schema allows null).
    """

    def __init__(
        self,
        type: Type,
        convert: Convert | None,
        fallback: object,
        *,
        text: bool = False,
        fallible: bool = False,
        always: bool = False,
    ) -> None:
        self.type = type
        self.convert = convert
        self.fallback = fallback
        self.text = text  # a character column: masks and truncations apply to it
        self.always = always
        self.fallible = fallible  # there are values that `convert` cannot represent: it raises ValueError

    def __repr__(self) -> str:
        return f"<Mapping {self.type!r}>"


Builder = Callable[[Modes, ColumnDefinition], Mapping]


class Family:
    """One row of the type table: the server's names (information_schema's DATA_TYPE), how it is built, its docs."""

    def __init__(self, names: tuple[str, ...], build: Builder, doc: str) -> None:
        self.names = names
        self.build = build
        self.doc = doc


def _integer(signed: Type, unsigned: Type) -> Builder:
    def build(modes: Modes, column: ColumnDefinition) -> Mapping:
        return Mapping(unsigned if column.unsigned else signed, None, 0)

    return build


def _tinyint(modes: Modes, column: ColumnDefinition) -> Mapping:
    """SHOW CREATE TABLE says tinyint(1) for BOOLEAN, so only a statement of the log makes a boolean, as in Debezium."""
    if column.type_name in ("BOOL", "BOOLEAN"):
        return Mapping(types.BOOL, values.boolean, False)
    return Mapping(types.SHORT, None, 0)


def _bigint(modes: Modes, column: ColumnDefinition) -> Mapping:
    if not column.unsigned:
        return Mapping(types.LONG, None, 0)
    if modes.unsigned == "precise" and column.type_name != "SERIAL":
        return Mapping(types.decimal(0, 20), values.decimal, b"\x00")
    return Mapping(types.LONG, values.signed64, 0)


def _bit(modes: Modes, column: ColumnDefinition) -> Mapping:
    length = column.length or 1
    if length == 1:
        return Mapping(types.BOOL, values.boolean, False)
    return Mapping(types.bits(length), values.Bits(length), b"")


def _decimal(modes: Modes, column: ColumnDefinition) -> Mapping:
    precision = column.length or 10
    scale = column.scale or 0
    if modes.decimal == "double":
        return Mapping(types.DOUBLE, values.DecimalDouble(scale), 0.0)
    if modes.decimal == "string":
        return Mapping(types.TEXT, values.DecimalText(scale), values.decimal_text(0, scale))
    return Mapping(types.decimal(scale, precision), values.decimal, b"\x00")


def _float(modes: Modes, column: ColumnDefinition) -> Mapping:
    """FLOAT(p) up to 24 bits is single; FLOAT(m,d) and more bits are declared double, as Debezium has it."""
    double = column.scale is not None or (column.length or 0) > 24
    return Mapping(types.DOUBLE if double else types.FLOAT, None, 0.0)


def _double(modes: Modes, column: ColumnDefinition) -> Mapping:
    """REAL in a statement of the log is single, as in Debezium; SHOW CREATE TABLE says double."""
    if column.type_name.startswith("REAL"):
        return Mapping(types.FLOAT, values.single, 0.0)
    return Mapping(types.DOUBLE, None, 0.0)


def _text(modes: Modes, column: ColumnDefinition) -> Mapping:
    if column.type_name == "JSON":  # MariaDB's, as a statement of the log names it; SHOW CREATE TABLE says longtext
        return Mapping(types.JSON, None, "{}")
    return Mapping(types.TEXT, None, "", text=True)


def _binary(modes: Modes, column: ColumnDefinition) -> Mapping:
    if modes.binary == "bytes":
        return Mapping(types.BINARY, None, b"")
    convert = {
        "hex": values.binary_hex,
        "base64": values.binary_base64,
        "base64-url-safe": values.binary_base64_url,
    }[modes.binary]
    return Mapping(types.TEXT, convert, "")


def _date(modes: Modes, column: ColumnDefinition) -> Mapping:
    if modes.time == "isostring":
        return Mapping(types.ISO_DATE, iso_date, "1970-01-01Z")
    return Mapping(types.CONNECT_DATE if modes.time == "connect" else types.DATE, None, 0)


def _time(modes: Modes, column: ColumnDefinition) -> Mapping:
    mode = modes.time
    if mode == "isostring":
        return Mapping(types.ISO_TIME, iso_time, "00:00:00Z", fallible=True)
    if mode == "connect":
        return Mapping(types.CONNECT_TIME, time_of_day, 0, fallible=True)
    if mode == "nanoseconds":
        return Mapping(types.NANO_TIME, values.nanoseconds, 0)
    return Mapping(types.MICRO_TIME, None, 0)


def _datetime(modes: Modes, column: ColumnDefinition) -> Mapping:
    mode = modes.time
    if mode == "isostring":
        return Mapping(types.ISO_TIMESTAMP, iso_timestamp, "1970-01-01T00:00:00Z")
    if mode == "connect":
        return Mapping(types.CONNECT_TIMESTAMP, values.milliseconds, 0)
    if mode == "nanoseconds":
        return Mapping(types.NANO_TIMESTAMP, values.nanoseconds, 0, fallible=True)
    if mode == "adaptive_time_microseconds" and (column.length or 0) <= 3:
        return Mapping(types.TIMESTAMP, values.milliseconds, 0)
    return Mapping(types.MICRO_TIMESTAMP, None, 0)


def _timestamp(modes: Modes, column: ColumnDefinition) -> Mapping:
    return Mapping(types.ZONED_TIMESTAMP, values.ZonedTimestamp(column.length or 0), "1970-01-01T00:00:00Z")


def _year(modes: Modes, column: ColumnDefinition) -> Mapping:
    # Deviation: 0000 stays 0; Debezium's time adjuster makes it 2000 in snapshots and 1900 in the stream.
    return Mapping(types.named("int32", "io.debezium.time.Year"), None, 0)


def allowed(labels: tuple[str, ...]) -> str:
    """The `allowed` parameter: labels joined by commas, a comma inside one escaped by a backslash."""
    return ",".join(label.replace(",", "\\,") for label in labels)


def _enum(modes: Modes, column: ColumnDefinition) -> Mapping:
    type = types.named("string", "io.debezium.data.Enum", {"allowed": allowed(column.labels)})
    return Mapping(type, values.Enum(list(column.labels)), "")


def _set(modes: Modes, column: ColumnDefinition) -> Mapping:
    type = types.named("string", "io.debezium.data.EnumSet", {"allowed": allowed(column.labels)})
    return Mapping(type, values.Set(list(column.labels)), "")


def _json(modes: Modes, column: ColumnDefinition) -> Mapping:
    return Mapping(types.JSON, None, "{}")


_GEOMETRY_TYPE: Final = struct(
    "io.debezium.data.geometry.Geometry",
    [("wkb", types.BINARY), ("srid", types.INT.replace(optional=True))],
    version=1,
    doc="Geometry",
)
_POINT_WKB: Final = bytes.fromhex("0101000000") + bytes(16)


def _geometry(modes: Modes, column: ColumnDefinition) -> Mapping:
    return Mapping(_GEOMETRY_TYPE, values.geometry, None, fallible=True, always=True)


def _point(modes: Modes, column: ColumnDefinition) -> Mapping:
    return Mapping(types.point(), values.point, [0.0, 0.0, _POINT_WKB, None], fallible=True)


def _vector(modes: Modes, column: ColumnDefinition) -> Mapping:
    type = Type(ARRAY, name="io.debezium.data.FloatVector", version=1, element=Type(FLOAT32))
    return Mapping(type, values.vector, [])


def _uuid(modes: Modes, column: ColumnDefinition) -> Mapping:
    return Mapping(types.UUID, uuid_text, "")


def _inet(modes: Modes, column: ColumnDefinition) -> Mapping:
    return Mapping(types.TEXT, inet_text, "")


def uuid_text(value: object) -> object:
    """MariaDB's UUID as text."""
    assert isinstance(value, bytes)
    return str(uuid.UUID(bytes=value))


def inet_text(value: object) -> object:
    """MariaDB's INET4 and INET6 as text, as the server writes it."""
    assert isinstance(value, bytes)
    if len(value) == 4:
        return socket.inet_ntop(socket.AF_INET, value)
    return socket.inet_ntop(socket.AF_INET6, value)


def time_of_day(value: object) -> object:
    """TIME as Connect Time: milliseconds of a day. Raises ValueError for what is none."""
    assert isinstance(value, int)
    if not 0 <= value < values.MICROS_PER_DAY:
        raise ValueError("not a time of day")
    return value // 1000


def iso_date(value: object) -> object:
    """DATE as text, in UTC."""
    assert isinstance(value, int)
    return f"{values.day_text(value)}Z"


def _fraction(micros: int) -> str:
    """Fraction of a second as Java's ISO formatters write it: without zeros at its end."""
    return f".{micros:06d}".rstrip("0") if micros else ""


def iso_time(value: object) -> object:
    """TIME as text, in UTC. Raises ValueError for what is no time of day."""
    assert isinstance(value, int)
    if not 0 <= value < values.MICROS_PER_DAY:
        raise ValueError("not a time of day")
    return f"{values.clock_text(value // 1_000_000)}{_fraction(value % 1_000_000)}Z"


def iso_timestamp(value: object) -> object:
    """DATETIME as text, in UTC."""
    assert isinstance(value, int)
    day, of_day = divmod(value, values.MICROS_PER_DAY)
    clock = values.clock_text(of_day // 1_000_000)
    return f"{values.day_text(day)}T{clock}{_fraction(of_day % 1_000_000)}Z"


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
        OCTETS,
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
    Family(("enum",), _enum, "string io.debezium.data.Enum"),
    Family(("set",), _set, "string io.debezium.data.EnumSet"),
    Family(("json",), _json, "string io.debezium.data.Json"),
    Family(
        SPATIAL,
        _geometry,
        "struct io.debezium.data.geometry.Geometry",
    ),
    Family(("point",), _point, "struct io.debezium.data.geometry.Point"),
    Family(("vector",), _vector, "array of float32 io.debezium.data.FloatVector"),
    Family(("uuid",), _uuid, "string io.debezium.data.Uuid (MariaDB)"),
    Family(("inet4",), _inet, "string (MariaDB)"),
    Family(("inet6",), _inet, "string (MariaDB)"),
)

_BY_NAME: Final = {name: family for family in FAMILIES for name in family.names}


def mapping(modes: Modes, column: ColumnDefinition) -> Mapping | None:
    """What a column becomes, None when its type is not known and the column is left out."""
    family = _BY_NAME.get(column.base)
    return None if family is None else family.build(modes, column)
