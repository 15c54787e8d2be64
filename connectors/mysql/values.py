"""Values of the log to Kafka Connect values: what a converter costs. Compiles (mypyc).

A *log value* is what `rows` reads for a column without a converter; snapshots bring their text to the same terms:

| MySQL type                      | log value                                                                    |
|---------------------------------|------------------------------------------------------------------------------|
| TINYINT .. BIGINT               | int, signed or not as the column is                                          |
| FLOAT, DOUBLE                   | float                                                                        |
| DECIMAL(p, s)                   | int: the unscaled number at scale s                                          |
| BIT(n)                          | int                                                                          |
| YEAR                            | int, 0 for 0000                                                              |
| DATE                            | int: days since 1970-01-01                                                   |
| DATETIME, TIMESTAMP             | int: microseconds since 1970-01-01, DATETIME read as UTC                     |
| TIME                            | int: microseconds, negative too                                              |
| CHAR, VARCHAR, TEXT             | str, decoded with the column's character set                                 |
| BINARY, VARBINARY, BLOB         | bytes, BINARY padded to its length                                           |
| ENUM                            | int: index, 1 is the first label, 0 the empty error value                    |
| SET                             | int: bit set, bit 0 is the first label                                       |
| JSON                            | str                                                                          |
| GEOMETRY                        | bytes: SRID (4, little-endian), then WKB                                     |
| VECTOR(n)                       | list of float; MariaDB: bytes, four for each                                 |
| UUID, INET4, INET6 (MariaDB)    | bytes                                                                        |

NULL and dates with a zero in month or day never reach a converter: they become the column's `null`.
A converter raises ValueError for what has no representation. Knows no catalog and no protocol.

Source: Debezium reference, "Data type mappings" of the MySQL connector.
"""

from __future__ import annotations

import base64
import struct
from typing import Final

from mypy_extensions import i64

from cdc.errors import DecodeError
from connectors.mysql.ddl.errors import CONTRADICTION

MICROS_PER_DAY: Final = 86_400_000_000
LONG_MAX: Final = 9_223_372_036_854_775_807
LONG_MIN: Final = -9_223_372_036_854_775_808
_CACHE: Final = 4096
_days: dict[int, str] = {}
_MINUTES: Final = [f"T{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440)]
_SECONDS: Final = [f"{second:02d}" for second in range(60)]
_THOUSANDS: Final = [f"{number:03d}" for number in range(1000)]


_GROUP_BYTES: Final = (0, 1, 1, 2, 2, 3, 3, 4, 4, 4)  # of so many digits


def decimal_size(precision: int, scale: int) -> int:
    """Bytes of a DECIMAL in the log: nine digits are four bytes."""
    whole = precision - scale
    if whole < 0:
        raise ValueError(f"a decimal of {precision} digits with {scale} behind the point")
    return whole // 9 * 4 + _GROUP_BYTES[whole % 9] + scale // 9 * 4 + _GROUP_BYTES[scale % 9]


def decimal_of(data: bytes, first: int, end: int, precision: int, scale: int) -> int:
    """The unscaled number of a DECIMAL in the log. Raises ValueError."""
    size = decimal_size(precision, scale)
    if size == 0 or first + size > end:
        raise ValueError("a decimal that is cut off")
    octets = bytearray(data[first : first + size])
    negative = octets[0] & 0x80 == 0
    octets[0] ^= 0x80
    if negative:
        for index in range(size):
            octets[index] ^= 0xFF
    whole = precision - scale
    groups = [whole % 9] + [9] * (whole // 9) + [9] * (scale // 9) + [scale % 9]
    number = 0
    at = 0
    for digits in groups:
        if digits:
            width = _GROUP_BYTES[digits]
            number = number * 10**digits + int.from_bytes(octets[at : at + width], "big")
            at += width
    return -number if negative else number


def integer_bytes(number: int) -> bytes:
    """Java's BigInteger.toByteArray: the shortest big-endian two's complement."""
    return number.to_bytes((number if number >= 0 else ~number).bit_length() // 8 + 1, "big", signed=True)


def decimal(value: object) -> object:
    """DECIMAL as Connect Decimal."""
    assert isinstance(value, int)
    return integer_bytes(value)


class DecimalText:
    """DECIMAL as text with all digits of its scale."""

    def __init__(self, scale: int) -> None:
        self._scale = scale

    def __call__(self, value: object) -> object:
        assert isinstance(value, int)
        return decimal_text(value, self._scale)


def decimal_text(number: int, scale: int) -> str:
    """An unscaled number as plain text."""
    if scale <= 0:
        return str(number)
    digits = str(abs(number)).rjust(scale + 1, "0")
    return f"{'-' if number < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"


class DecimalDouble:
    """DECIMAL as double."""

    def __init__(self, scale: int) -> None:
        self._scale = scale

    def __call__(self, value: object) -> object:
        assert isinstance(value, int)
        return float(decimal_text(value, self._scale))


def signed64(value: object) -> object:
    """BIGINT UNSIGNED in a signed 64-bit number; wraps, as Debezium's mode `long` does."""
    assert isinstance(value, int)
    return value - (1 << 64) if value > LONG_MAX else value


def milliseconds(value: object) -> object:
    """DATETIME, TIME: microseconds to whole milliseconds, towards minus infinity."""
    assert isinstance(value, int)
    return value // 1000


def nanoseconds(value: object) -> object:
    """Microseconds to nanoseconds. Raises ValueError for a time outside of the years 1677 to 2262."""
    assert isinstance(value, int)
    nanos = value * 1000
    if not LONG_MIN <= nanos <= LONG_MAX:
        raise ValueError("a time before 1677 or after 2262 does not fit into nanoseconds")
    return nanos


def day_text(day: int) -> str:
    """A day since 1970-01-01 as `YYYY-MM-DD`."""
    found = _days.get(day)
    if found is None:
        shifted = day + 719468
        era = shifted // 146097
        of_era = shifted - era * 146097
        year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
        of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
        month = (5 * of_year + 2) // 153
        year = year_of_era + era * 400 + (1 if month >= 10 else 0)
        found = f"{year:04d}-{month + 3 if month < 10 else month - 9:02d}-{of_year - (153 * month + 2) // 5 + 1:02d}"
        if len(_days) >= _CACHE:
            _days.clear()
        _days[day] = found
    return found


def clock_text(seconds: int) -> str:
    """Seconds of a day as `hh:mm:ss`."""
    minutes = seconds // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds % 60:02d}"


class ZonedTimestamp:
    """TIMESTAMP(n) as ISO 8601 text in UTC with n digits of the second's fraction."""

    def __init__(self, digits: int) -> None:
        self.digits = digits

    def __call__(self, value: object) -> object:
        assert isinstance(value, int)
        return self.text(value)

    def text(self, micros: i64) -> str:
        """A moment in microseconds since 1970-01-01."""
        second: i64 = micros // 1_000_000
        day: i64 = second // 86400
        of_day: i64 = second - day * 86400
        minute: i64 = of_day // 60
        date = day_text(day)
        clock = _MINUTES[minute]
        seconds = _SECONDS[of_day - minute * 60]
        digits: i64 = self.digits
        if digits == 0:
            return f"{date}{clock}{seconds}Z"
        fraction: i64 = micros - second * 1_000_000
        upper: i64 = fraction // 1000
        first, last = _THOUSANDS[upper], _THOUSANDS[fraction - upper * 1000]
        if digits == 6:
            return f"{date}{clock}{seconds}.{first}{last}Z"
        return f"{date}{clock}{seconds}.{(first + last)[:digits]}Z"


def boolean(value: object) -> object:
    """BIT(1) or a number as boolean."""
    assert isinstance(value, int)
    return value != 0


def positive(value: object) -> object:
    """Whether a number is above 0."""
    assert isinstance(value, int)
    return value > 0


def one_or_zero(value: object) -> object:
    """1 for a number above 0, else 0."""
    assert isinstance(value, int)
    return 1 if value > 0 else 0


def double(value: object) -> object:
    """A number as float."""
    assert isinstance(value, (int, float))
    return float(value)


def single(value: object) -> object:
    """A number as a float of four bytes, infinity when it is too large."""
    assert isinstance(value, (int, float))
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def digits(value: object) -> object:
    """A whole number as text."""
    return str(value)


def utf8(value: object) -> object:
    """Bytes as text; what is no UTF-8 becomes U+FFFD, as in Java."""
    assert isinstance(value, bytes)
    return value.decode("utf-8", "replace")


class Bits:
    """BIT(n): little-endian bytes."""

    def __init__(self, length: int) -> None:
        self._size = (length + 7) // 8

    def __call__(self, value: object) -> object:
        assert isinstance(value, int)
        return value.to_bytes(self._size, "little")


class Enum:
    """ENUM: the label of an index; index 0 is "". Raises DecodeError for an index without a label.

    A comma in a label has a backslash before it, as Debezium streams it (its snapshots have none).
    """

    def __init__(self, labels: list[str]) -> None:
        self._labels = ["", *[label.replace(",", "\\,") for label in labels]]

    def __call__(self, value: object) -> object:
        assert isinstance(value, int)
        if value >= len(self._labels):
            raise DecodeError(CONTRADICTION, f"ENUM index {value}, known are {len(self._labels) - 1} labels")
        return self._labels[value]


class Set:
    """SET: labels of the set bits in the order of the declaration, joined by commas.

    Raises DecodeError for a bit without a label.
    """

    def __init__(self, labels: list[str]) -> None:
        self._labels = labels
        self._texts: dict[int, str] = {}

    def __call__(self, value: object) -> object:
        assert isinstance(value, int)
        found = self._texts.get(value)
        if found is None:
            if value >> len(self._labels):
                raise DecodeError(CONTRADICTION, f"SET bits {value:b}, known are {len(self._labels)} labels")
            found = ",".join(label for bit, label in enumerate(self._labels) if value >> bit & 1)
            if len(self._texts) >= _CACHE:
                self._texts.clear()
            self._texts[value] = found
        return found


def binary_hex(value: object) -> object:
    """Bytes as lower-case hex."""
    assert isinstance(value, bytes)
    return value.hex()


def binary_base64(value: object) -> object:
    """Bytes as base64."""
    assert isinstance(value, bytes)
    return base64.b64encode(value).decode("ascii")


def binary_base64_url(value: object) -> object:
    """Bytes as base64 of the URL-safe alphabet, padded."""
    assert isinstance(value, bytes)
    return base64.urlsafe_b64encode(value).decode("ascii")


def vector(value: object) -> object:
    """VECTOR: numbers of four bytes each, which MariaDB logs as they are."""
    if not isinstance(value, bytes):
        return value
    if len(value) % 4:
        raise ValueError(f"a vector of {len(value)} bytes")
    return list(struct.unpack(f"<{len(value) // 4}f", value))


def _srid(value: bytes) -> int | None:
    """The SRID, which the schema has as a signed number, None where it is 0."""
    return int.from_bytes(value[:4], "little", signed=True) or None


def geometry(value: object) -> object:
    """GEOMETRY as [wkb, srid]."""
    assert isinstance(value, bytes)
    if len(value) < 9:
        raise ValueError("not a geometry")
    return [value[4:], _srid(value)]


def point(value: object) -> object:
    """POINT as [x, y, wkb, srid]."""
    assert isinstance(value, bytes)
    if len(value) != 25 or value[4] not in (0, 1):
        raise ValueError("not a point")
    order = "<" if value[4] == 1 else ">"
    if struct.unpack_from(order + "I", value, 5)[0] != 1:
        raise ValueError("not a point")
    x, y = struct.unpack_from(order + "dd", value, 9)
    return [x, y, value[4:], _srid(value)]
