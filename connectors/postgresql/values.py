"""PostgreSQL's text output to Kafka Connect values: what a row costs. Compiles (mypyc).

A *loader* is a callable from the bytes of one value to its Connect value, chosen once per column by types.py. Loaders
rely on the session settings of connection.py (ISO dates, UTC, hex bytea, C locale for money). A value that has no
representation raises ValueError. Knows no catalog, no configuration and no protocol.

Source: PostgreSQL manual, "Data Types"; Debezium reference, "Data type mappings".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import struct
import sys
from collections.abc import Callable
from typing import Final

from mypy_extensions import i64

from cdc.model import Row

# numeric holds up to 147,455 digits; Python refuses to read more than 4,300 unless told otherwise
sys.set_int_max_str_digits(0)

Loader = Callable[[bytes], object]

MICROS_PER_DAY: Final = 86_400_000_000
MICROS_PER_MONTH: Final = 2_629_800_000_000  # 365.25 / 12 days, Debezium's average
INFINITE_MICROS: Final = 9_223_372_036_825_200_000  # pgjdbc's infinity, which Debezium emits
MINUS_INFINITE_MICROS: Final = -9_223_372_036_832_400_000
LONG_MAX: Final = 9_223_372_036_854_775_807
LONG_MIN: Final = -9_223_372_036_854_775_808
# Deviation: Debezium emits -622191234 in snapshots and -2147472692 in the stream for date 'infinity'.
INFINITE_DAYS: Final = 2_147_483_647
MINUS_INFINITE_DAYS: Final = -2_147_483_648

COMPILED: Final = not __file__.endswith(".py")
_INFINITY: Final = b"infinity"
_MINUS_INFINITY: Final = b"-infinity"
_INFINITIES: Final = (b"infinity", b"-infinity")
_CACHE: Final = 4096
_ZEROS: Final = ("", "0", "00", "000", "0000", "00000", "000000")

_days: dict[bytes, int] = {}
_DATE: Final = re.compile(rb"(\d{4,7})-(\d\d)-(\d\d)( BC)?")
_TIMESTAMP: Final = re.compile(
    rb"(\d{4,7}-\d\d-\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-]\d\d(?::\d\d(?::\d\d)?)?)?( BC)?"
)
_TIME: Final = re.compile(rb"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-]\d\d(?::\d\d(?::\d\d)?)?)?")
_INTERVAL: Final = re.compile(
    rb"(?:([+-]?\d+) years? ?)?(?:([+-]?\d+) mons? ?)?(?:([+-]?\d+) days? ?)?"
    rb"(?:([+-])?(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?"
)
_PAIR: Final = re.compile(rb'"((?:[^"\\]|\\.)*)"=>(?:"((?:[^"\\]|\\.)*)"|NULL)(?:, |$)', re.DOTALL)
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
_POINT: Final = re.compile(rb"\(([^,]+),([^)]+)\)")
_OCTAL: Final = re.compile(rb"\\(\\|[0-3][0-7][0-7])")


def text(data: bytes) -> object:
    """Text as it stands."""
    return data.decode("utf-8")


def boolean(data: bytes) -> object:
    """`t` or `f`; `1` and `0` of bit(1)."""
    first = data[0]
    if first == 0x74 or first == 0x31:
        return True
    if first == 0x66 or first == 0x30:
        return False
    raise ValueError("not a boolean")


# Binary


def octets(data: bytes) -> bytes:
    """bytea in hex or escape form."""
    if data[:2] == b"\\x":
        return binascii.unhexlify(data[2:])
    if b"\\" not in data:
        return data
    return _OCTAL.sub(_unescape_octal, data)


def _unescape_octal(match: re.Match[bytes]) -> bytes:
    found = match.group(1)
    return found if found == b"\\" else bytes((int(found, 8),))


def binary(data: bytes) -> object:
    """bytea as bytes."""
    return octets(data)


def binary_hex(data: bytes) -> object:
    """bytea as lower-case hex."""
    if data[:2] == b"\\x":
        return data[2:].decode("ascii")
    return octets(data).hex()


def binary_base64(data: bytes) -> object:
    """bytea as base64."""
    return base64.b64encode(octets(data)).decode("ascii")


def binary_base64_url(data: bytes) -> object:
    """bytea as base64 of the URL-safe alphabet, padded."""
    return base64.urlsafe_b64encode(octets(data)).decode("ascii")


class RawBinary:
    """A value of an unknown type: its text as bytes, in the form that binary.handling.mode asks for."""

    def __init__(self, mode: str) -> None:
        self._mode = mode

    def __call__(self, data: bytes) -> object:
        return encode_binary(data, self._mode)


def encode_binary(data: bytes, mode: str) -> object:
    """Bytes in the form of binary.handling.mode."""
    if mode == "hex":
        return data.hex()
    if mode == "base64":
        return base64.b64encode(data).decode("ascii")
    if mode == "base64-url-safe":
        return base64.urlsafe_b64encode(data).decode("ascii")
    return data


# Numbers


def integer_bytes(number: int) -> bytes:
    """Java's BigInteger.toByteArray: the shortest big-endian two's complement."""
    return number.to_bytes((number if number >= 0 else ~number).bit_length() // 8 + 1, "big", signed=True)


class Decimal:
    """numeric(p, s) as Connect Decimal: the unscaled number at `scale`."""

    def __init__(self, scale: int) -> None:
        self._scale = scale

    def __call__(self, data: bytes) -> object:
        point = len(data) - 1 - self._scale
        if point > 0 and data[point] == 0x2E:
            number = _unscaled(data) if COMPILED and len(data) <= 18 else int(data.replace(b".", b""))
        else:
            number = rescaled(data, self._scale)
        if number >= 0:
            return number.to_bytes(number.bit_length() // 8 + 1, "big")
        return integer_bytes(number)


def _unscaled(data: bytes) -> int:
    """The digits of a decimal of at most 18 bytes without its point. Raises ValueError."""
    number: i64 = 0
    size: i64 = len(data)
    at: i64 = 0
    negative = data[0] == 0x2D
    if negative:
        at = 1
    while at < size:
        digit: i64 = data[at]
        digit -= 48
        if 0 <= digit <= 9:
            number = number * 10 + digit
        elif digit != -2:  # the point
            raise ValueError("not a decimal")
        at += 1
    return -number if negative else number


def rescaled(data: bytes, scale: int) -> int:
    """The unscaled number of a plain decimal text at another scale, half away from zero. Raises ValueError."""
    whole, _, fraction = data.partition(b".")
    if len(fraction) <= scale:
        return int(whole + fraction + b"0" * (scale - len(fraction)))
    number = int(whole + fraction)
    divisor: int = 10 ** (len(fraction) - scale)
    quotient, remainder = divmod(abs(number), divisor)
    if remainder * 2 >= divisor:
        quotient += 1
    return -quotient if number < 0 else quotient


def variable_decimal(data: bytes) -> object:
    """numeric without precision as VariableScaleDecimal: [scale, unscaled], trailing zeros of the fraction gone."""
    whole, _, fraction = data.partition(b".")
    fraction = fraction.rstrip(b"0")
    return [len(fraction), integer_bytes(int(whole + fraction))]


def decimal_text(data: bytes) -> object:
    """numeric as PostgreSQL writes it; Debezium's words for what is no number."""
    found = data.decode("ascii")
    if found == "NaN":
        return "NAN"
    if found == "Infinity":
        return "POSITIVE_INFINITY"
    if found == "-Infinity":
        return "NEGATIVE_INFINITY"
    return found


def money_text(data: bytes) -> bytes:
    """money of any locale as a plain decimal: `-$1,234.50` and `(1.234,50 EUR)` give -1234.50."""
    negative = b"-" in data or b"(" in data
    separator = max(data.rfind(b"."), data.rfind(b","))
    digits = bytearray()
    fraction = 0
    for index in range(len(data)):
        byte = data[index]
        if 48 <= byte <= 57:
            digits.append(byte)
            if separator >= 0 and index > separator:
                fraction += 1
    if not digits:
        raise ValueError("not an amount of money")
    if fraction > 2:  # the last separator was one of thousands
        fraction = 0
    plain = bytes(digits)
    if fraction:
        plain = plain[:-fraction] + b"." + plain[-fraction:]
    return b"-" + plain if negative else plain


class DecimalText:
    """numeric(p, s) as text with all digits of its scale; a default may be written with fewer."""

    def __init__(self, scale: int) -> None:
        self._scale = scale

    def __call__(self, data: bytes) -> object:
        point = data.find(b".")
        missing = self._scale - (len(data) - point - 1 if point >= 0 else 0)
        if missing <= 0 or not data[-1:].isdigit():
            return decimal_text(data)
        return (data + (b"" if point >= 0 else b".") + b"0" * missing).decode("ascii")


class Money:
    """money as Connect Decimal of `scale`, double or string."""

    def __init__(self, scale: int, mode: str) -> None:
        self._scale = scale
        self._mode = mode

    def __call__(self, data: bytes) -> object:
        plain = money_text(data)
        if self._mode == "double":
            return float(plain)
        if self._mode == "string":
            return plain.decode("ascii")
        return integer_bytes(rescaled(plain, self._scale))


class Bits:
    """bit(n), varbit(n): little-endian bytes, at least `size` of them."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __call__(self, data: bytes) -> object:
        if not data:
            return b"\x00" * self._size
        number = int(data, 2)
        size = (number.bit_length() + 7) // 8
        return number.to_bytes(size if size > self._size else self._size, "little")


# Dates and times


def civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a date of the proleptic Gregorian calendar; year 0 is 1 BC."""
    if month <= 2:
        year -= 1
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def days(data: bytes) -> int:
    """Days since the epoch of `YYYY-MM-DD`. Raises ValueError."""
    found = _days.get(data)
    if found is not None:
        return found
    match = _DATE.fullmatch(data)
    if match is None:
        raise ValueError("not a date")
    year = int(match.group(1))
    found = civil(1 - year if match.group(4) else year, int(match.group(2)), int(match.group(3)))
    if len(_days) >= _CACHE:
        _days.clear()
    _days[data] = found
    return found


def date(data: bytes) -> object:
    """date as days since the epoch."""
    if data == _INFINITY:
        return INFINITE_DAYS
    if data == _MINUS_INFINITY:
        return MINUS_INFINITE_DAYS
    return days(data)


def iso_year(data: bytes, bc: bool) -> str:
    """A date's text with the year as ISO 8601 and Java write it: `-0043` is 44 BC, `+10000` has a sign."""
    found = data.decode("ascii")
    cut = found.index("-")
    if not bc and cut == 4:
        return found
    year = int(found[:cut])
    if bc:
        year = 1 - year
    if year < 0:
        return f"-{-year:04d}{found[cut:]}"
    return f"+{year}{found[cut:]}" if year > 9999 else f"{year:04d}{found[cut:]}"


def iso_date(data: bytes) -> object:
    """date as `YYYY-MM-DDZ`."""
    if data == _INFINITY:
        return "+292278994-08-16Z"
    if data == _MINUS_INFINITY:
        return "-292275055-05-17Z"
    match = _DATE.fullmatch(data)
    if match is None:
        raise ValueError("not a date")
    return iso_year(data[:-3] if match.group(4) else data, match.group(4) is not None) + "Z"


def _clock(data: bytes, at: int) -> int:
    """Microseconds of `HH:MM:SS[.ffffff]` from `at` on, whose colons are in place; ends where the digits end."""
    seconds = (
        (data[at] * 10 + data[at + 1] - 528) * 3600
        + (data[at + 3] * 10 + data[at + 4] - 528) * 60
        + data[at + 6] * 10
        + data[at + 7]
        - 528
    )
    at += 8
    size = len(data)
    if at >= size or data[at] != 0x2E:
        return seconds * 1_000_000
    fraction = 0
    unit = 100_000
    at += 1
    while at < size:
        digit = data[at] - 48
        if digit < 0 or digit > 9:
            break
        fraction += digit * unit
        unit //= 10
        at += 1
    return seconds * 1_000_000 + fraction


def _zone(data: bytes | None) -> int:
    """Microseconds east of UTC of `+HH[:MM[:SS]]`."""
    if not data:
        return 0
    parts = data[1:].split(b":")
    seconds = 0
    unit = 3600
    for part in parts:
        seconds += int(part) * unit
        unit //= 60
    return (-seconds if data[:1] == b"-" else seconds) * 1_000_000


def timestamp_micros(data: bytes) -> int:
    """timestamp, with or without time zone, as microseconds since the epoch. Raises ValueError."""
    size = len(data)
    if (
        19 <= size <= 26
        and data[4] == 0x2D
        and data[10] == 0x20
        and data[13] == 0x3A
        and data[16] == 0x3A
        and 48 <= data[size - 1] <= 57
        and (size == 19 or (data[19] == 0x2E and data[size - 3] not in b"+-:"))
    ):
        return days(data[:10]) * MICROS_PER_DAY + _clock(data, 11)
    if data == _INFINITY:
        return INFINITE_MICROS
    if data == _MINUS_INFINITY:
        return MINUS_INFINITE_MICROS
    match = _TIMESTAMP.fullmatch(data)
    if match is None:
        raise ValueError("not a timestamp")
    day = days(match.group(1) + (match.group(7) or b""))
    return day * MICROS_PER_DAY + _clock(data, match.start(2)) - _zone(match.group(6))


def timestamp_us(data: bytes) -> object:
    """timestamp as microseconds. Raises ValueError in the last 30 of the years that PostgreSQL knows."""
    micros = timestamp_micros(data)
    if micros > LONG_MAX:
        raise ValueError("a time after 294247 does not fit into microseconds")
    return micros


def timestamp_ms(data: bytes) -> object:
    """timestamp as milliseconds, rounded down."""
    return timestamp_micros(data) // 1000


def timestamp_ns(data: bytes) -> object:
    """timestamp as nanoseconds. Raises ValueError outside of the years 1677 to 2262."""
    micros = timestamp_micros(data)
    if micros == INFINITE_MICROS:
        return LONG_MAX
    if micros == MINUS_INFINITE_MICROS:
        return LONG_MIN
    nanos = micros * 1000
    if not LONG_MIN <= nanos <= LONG_MAX:
        raise ValueError("a time before 1677 or after 2262 does not fit into nanoseconds")
    return nanos


def iso_timestamp(data: bytes) -> object:
    """timestamp as ISO 8601 of UTC, fraction only as long as it is."""
    return _iso(data, -1)


class ZonedTimestamp:
    """timestamptz as ISO 8601 of UTC with exactly `digits` digits of fraction."""

    def __init__(self, digits: int) -> None:
        self._digits = digits
        # What to write behind a text of 19 to 26 characters, which has up to 6 digits of fraction.
        self._ends: list[str] = []
        for have in (0, 0, 1, 2, 3, 4, 5, 6):
            dot = "." if have == 0 and digits else ""
            self._ends.append(f"{dot}{_ZEROS[max(digits - have, 0)]}Z")

    def __call__(self, data: bytes) -> object:
        size = len(data) - 22
        if (
            0 <= size <= 7
            and data[4] == 0x2D
            and data[10] == 0x20
            and data[size + 19] == 0x2B
            and data.endswith(b"+00")
        ):
            found = data.decode("ascii")
            if size <= 1 or size - 1 <= self._digits:
                return f"{found[:10]}T{found[11 : size + 19]}{self._ends[size]}"
        return _iso(data, self._digits)


def _iso(data: bytes, digits: int) -> str:
    """A timestamp's ISO text; `digits` of fraction, -1: as many as needed."""
    if data in _INFINITIES:
        return data.decode("ascii")
    match = _TIMESTAMP.fullmatch(data)
    if match is None:
        raise ValueError("not a timestamp")
    if _zone(match.group(6)) != 0:
        day, of_day = divmod(timestamp_micros(data), MICROS_PER_DAY)
        return f"{date_text(day)}T{clock_text(of_day, digits)}Z"
    of_day = _clock(data, match.start(2))
    return f"{iso_year(match.group(1), match.group(7) is not None)}T{clock_text(of_day, digits)}Z"


def date_text(day: int) -> str:
    """ISO text of a day since the epoch."""
    shifted = day + 719468
    era = shifted // 146097
    of_era = shifted - era * 146097
    of_years = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * of_years + of_years // 4 - of_years // 100)
    month = (5 * of_year + 2) // 153
    of_month = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    year = of_years + era * 400 + (1 if month <= 2 else 0)
    if year < 0:
        return f"-{-year:04d}-{month:02d}-{of_month:02d}"
    return f"{'+' if year > 9999 else ''}{year:04d}-{month:02d}-{of_month:02d}"


def clock_text(micros: int, digits: int) -> str:
    """`HH:MM:SS` and the fraction: `digits` of it, or with -1 as many as needed."""
    seconds, fraction = divmod(micros, 1_000_000)
    found = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if digits < 0:
        return f"{found}.{fraction:06d}".rstrip("0") if fraction else found
    return f"{found}.{fraction:06d}"[: 9 + digits] if digits else found


def time_micros(data: bytes) -> int:
    """time as microseconds of the day. Raises ValueError."""
    if len(data) < 8 or data[2] != 0x3A or data[5] != 0x3A:
        raise ValueError("not a time")
    return _clock(data, 0)


def time_us(data: bytes) -> object:
    """time as microseconds."""
    return time_micros(data)


def time_ms(data: bytes) -> object:
    """time as milliseconds."""
    return time_micros(data) // 1000


def time_ns(data: bytes) -> object:
    """time as nanoseconds."""
    return time_micros(data) * 1000


def iso_time(data: bytes) -> object:
    """time as `HH:MM:SS[.f]Z`."""
    return clock_text(time_micros(data), -1) + "Z"


def zoned_time(data: bytes) -> object:
    """timetz, moved to UTC, as `HH:MM:SS[.f]Z`."""
    match = _TIME.fullmatch(data)
    if match is None:
        raise ValueError("not a time with zone")
    return clock_text((_clock(data, 0) - _zone(match.group(5))) % MICROS_PER_DAY, -1) + "Z"


def interval_parts(data: bytes) -> tuple[int, int, int, int]:
    """Years, months, days and microseconds of an interval in the style `postgres`. Raises ValueError."""
    match = _INTERVAL.fullmatch(data)
    if match is None or not data:
        raise ValueError("not an interval")
    micros = 0
    if match.group(5):
        fraction = (match.group(8) or b"").ljust(6, b"0")
        seconds = int(match.group(5)) * 3600 + int(match.group(6)) * 60 + int(match.group(7))
        micros = seconds * 1_000_000 + int(fraction)
        if match.group(4) == b"-":
            micros = -micros
    return int(match.group(1) or 0), int(match.group(2) or 0), int(match.group(3) or 0), micros


def interval_us(data: bytes) -> object:
    """interval as microseconds, a month being 365.25 / 12 days."""
    if data == _INFINITY:
        return LONG_MAX
    if data == _MINUS_INFINITY:
        return LONG_MIN
    years, months, day, micros = interval_parts(data)
    return (years * 12 + months) * MICROS_PER_MONTH + day * MICROS_PER_DAY + micros


def interval_iso(data: bytes) -> object:
    """interval as ISO 8601 with every part: `P1Y2M3DT4H5M6.789S`."""
    if data in _INFINITIES:
        return data.decode("ascii")
    years, months, day, micros = interval_parts(data)
    sign = "-" if micros < 0 else ""
    seconds, fraction = divmod(abs(micros), 1_000_000)
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    last = f"{seconds}.{fraction:06d}".rstrip("0") if fraction else str(seconds)
    return (
        f"P{years}Y{months}M{day}D"
        f"T{sign if hours else ''}{hours}H{sign if minutes else ''}{minutes}M{sign if last != '0' else ''}{last}S"
    )


# Structures


def point(data: bytes) -> object:
    """point as [x, y, WKB, SRID]."""
    match = _POINT.fullmatch(data)
    if match is None:
        raise ValueError("not a point")
    x, y = float(match.group(1)), float(match.group(2))
    return [x, y, struct.pack("<BIdd", 1, 1, x, y), None]


def geometry(data: bytes) -> object:
    """PostGIS geometry or geography, hex of EWKB, as [WKB, SRID]; the bytes stay as they are."""
    wkb = binascii.unhexlify(data)
    if len(wkb) < 5:
        raise ValueError("not a geometry")
    order = "<" if wkb[0] == 1 else ">"
    (kind,) = struct.unpack_from(order + "I", wkb, 1)
    if kind & 0x20000000:
        (srid,) = struct.unpack_from(order + "i", wkb, 5)
        return [wkb, srid]
    return [wkb, None]


def vector(data: bytes) -> object:
    """pgvector's vector and halfvec: a list of floats."""
    inner = data[1:-1]
    return [float(item) for item in inner.split(b",")] if inner else []


def sparse_vector(data: bytes) -> object:
    """pgvector's sparsevec `{1:0.5,3:2}/5` as [dimensions, {index: value}]."""
    inner, _, dimensions = data.rpartition(b"/")
    found: dict[int, float] = {}
    if len(inner) > 2:
        for item in inner[1:-1].split(b","):
            index, _, value = item.partition(b":")
            found[int(index)] = float(value)
    return [int(dimensions), found]


def hstore_map(data: bytes) -> dict[str, str | None]:
    """hstore as a map. Raises ValueError."""
    found: dict[str, str | None] = {}
    at = 0
    while at < len(data):
        match = _PAIR.match(data, at)
        if match is None:
            raise ValueError("not an hstore")
        key = _plain(match.group(1))
        value = match.group(2)
        found[key] = None if value is None else _plain(value)
        at = match.end()
    return found


def _plain(data: bytes) -> str:
    return (_ESCAPED.sub(rb"\1", data) if b"\\" in data else data).decode("utf-8")


def hstore(data: bytes) -> object:
    """hstore as a map."""
    return hstore_map(data)


def hstore_json(data: bytes) -> object:
    """hstore as the text of a JSON object."""
    return json.dumps(hstore_map(data), ensure_ascii=False, separators=(",", ":"))


class Array:
    """Any array: its elements in order.

    Deviation: a Connect array has one dimension, and Debezium makes a list of nulls of a nested array. Here its
    elements come out one after the other (row-major), as `unnest` shows them.
    """

    def __init__(self, element: Loader, delimiter: bytes, nulls: bool) -> None:
        self._element = element
        self._delimiter = delimiter
        self._nulls = nulls  # the schema allows null elements

    def __call__(self, data: bytes) -> object:
        start = 0
        if data[:1] == b"[":  # lower bounds: [0:2]={1,2,3}
            start = data.index(b"=") + 1
        if data[start : start + 1] != b"{" or data[-1:] != b"}":
            raise ValueError("not an array")
        inner = data[start + 1 : -1]
        if not inner:
            return []
        element = self._element
        if b'"' not in inner and b"{" not in inner and b"\\" not in inner:
            found: Row = []
            for item in inner.split(self._delimiter):
                found.append(None if item == b"NULL" else element(item))
        else:
            found = self._nested(inner)
        if not self._nulls and None in found:
            raise ValueError("the schema of this array allows no null element")
        return found

    def _nested(self, inner: bytes) -> Row:
        """With quotes, backslashes or braces."""
        element = self._element
        delimiter = self._delimiter[0]
        found: Row = []
        at = 0
        size = len(inner)
        while at < size:
            byte = inner[at]
            if byte == 0x7B or byte == 0x7D or byte == delimiter:
                at += 1
            elif byte == 0x22:
                end = at + 1
                escaped = False
                while end < size and inner[end] != 0x22:
                    if inner[end] == 0x5C:
                        escaped = True
                        end += 1
                    end += 1
                if end >= size:
                    raise ValueError("an array's quotes do not close")
                item = inner[at + 1 : end]
                found.append(element(_ESCAPED.sub(rb"\1", item) if escaped else item))
                at = end + 1
            else:
                end = at
                escaped = False
                while end < size and inner[end] != delimiter and inner[end] != 0x7D:
                    if inner[end] == 0x5C:
                        escaped = True
                        end += 1
                    end += 1
                item = inner[at:end]
                if item == b"NULL":
                    found.append(None)
                else:
                    found.append(element(_ESCAPED.sub(rb"\1", item) if escaped else item))
                at = end
        return found


# What is done to values of a column


def utf16_cut(value: str, length: int) -> str:
    """The first `length` characters as Java counts them (UTF-16 units)."""
    if len(value) <= length // 2 or value.isascii():
        return value[:length]
    return value.encode("utf-16-le", "surrogatepass")[: length * 2].decode("utf-16-le", "replace")


class Truncated:
    """column.truncate.to.<n>.chars."""

    def __init__(self, loader: Loader, length: int) -> None:
        self._loader = loader
        self._length = length

    def __call__(self, data: bytes) -> object:
        return self.apply(self._loader(data))

    def apply(self, value: object) -> object:
        """The same for a value that is there already."""
        return utf16_cut(value, self._length) if isinstance(value, str) else value


class Masked:
    """column.mask.with.<n>.chars: always the same asterisks, whatever the value; for NULL too."""

    def __init__(self, length: int) -> None:
        self.value = "*" * length

    def __call__(self, data: bytes) -> object:
        return self.value


class Hashed:
    """column.mask.hash: hex digest of salt and value, cut to the column's length (0: no limit).

    Version 1 digests the string as Java's ObjectOutputStream writes it, version 2 its UTF-8 bytes.
    """

    def __init__(self, loader: Loader, algorithm: str, salt: str, version: int, length: int) -> None:
        self._loader = loader
        self._salted = hashlib.new(algorithm, salt.encode())
        self._version = version
        self._length = length

    def __call__(self, data: bytes) -> object:
        return self.apply(self._loader(data))

    def apply(self, value: object) -> object:
        """The same for a value that is there already."""
        if not isinstance(value, str):
            return value
        digest = self._salted.copy()
        digest.update(java_serialised(value) if self._version == 1 else value.encode("utf-8", "surrogatepass"))
        found: str = digest.hexdigest()
        return found[: self._length] if self._length else found


def java_serialised(value: str) -> bytes:
    """A java.lang.String as ObjectOutputStream writes it."""
    units = value.encode("utf-16-be", "surrogatepass")
    encoded = bytearray()
    for at in range(0, len(units), 2):
        unit = units[at] << 8 | units[at + 1]
        if 0 < unit < 0x80:
            encoded.append(unit)
        elif unit < 0x800:
            encoded += bytes((0xC0 | unit >> 6, 0x80 | unit & 0x3F))
        else:
            encoded += bytes((0xE0 | unit >> 12, 0x80 | unit >> 6 & 0x3F, 0x80 | unit & 0x3F))
    size = len(encoded)
    if size <= 0xFFFF:
        return b"\xac\xed\x00\x05\x74" + size.to_bytes(2, "big") + bytes(encoded)
    return b"\xac\xed\x00\x05\x7c" + size.to_bytes(8, "big") + bytes(encoded)
