"""One cell of a row in the log to its log value (see values.py). Hot, compiles (mypyc). Knows no table and no plan.

A cell lies in `data` from `first` to `end`; how long it is depends on the type alone (`fixed_size`) or on a length in
front of it (`prefix_size`). Source: MySQL source documentation, "Table_map_event", table of column types.
"""

from __future__ import annotations

import zlib
from typing import Final

from librt.strings import read_f32_le, read_f64_le, read_i32_be, read_i32_le, read_i64_le
from mypy_extensions import i64

from connectors.mysql import json_binary, table_map
from connectors.mysql.values import decimal_of, decimal_size, vector

_FIXED: Final = {
    table_map.TINY: 1,
    table_map.SHORT: 2,
    table_map.INT24: 3,
    table_map.LONG: 4,
    table_map.LONGLONG: 8,
    table_map.FLOAT: 4,
    table_map.DOUBLE: 8,
    table_map.YEAR: 1,
    table_map.DATE: 3,
    table_map.NEWDATE: 3,
    table_map.TIME: 3,
    table_map.TIMESTAMP: 4,
    table_map.DATETIME: 8,
    table_map.NULL: 0,
}
_TEMPORAL: Final = {table_map.TIME2: 3, table_map.TIMESTAMP2: 4, table_map.DATETIME2: 5}
_LENGTHS: Final = (table_map.STRING, table_map.VARCHAR, table_map.VAR_STRING, table_map.VARCHAR_COMPRESSED)
_BLOBS: Final = (
    table_map.BLOB,
    table_map.GEOMETRY,
    table_map.JSON,
    table_map.VECTOR,
    table_map.BLOB_COMPRESSED,
)
_LARGEST: Final = 1 << 32


def fixed_size(kind: int, meta: int) -> int:
    """Bytes of a cell of this type; -1: a length stands in front of it. Raises ValueError."""
    found = _FIXED.get(kind)
    if found is not None:
        return found
    if kind in _TEMPORAL:
        if meta > 6:
            raise ValueError(f"a time with {meta} digits of a second's fraction")
        return _TEMPORAL[kind] + (meta + 1) // 2
    if kind == table_map.NEWDECIMAL:
        return decimal_size(meta >> 8, meta & 0xFF)
    if kind == table_map.BIT:
        if meta > 64:
            raise ValueError(f"a BIT of {meta} bits")
        return (meta + 7) // 8
    if kind == table_map.ENUM or kind == table_map.SET:
        if not 1 <= meta <= 8:
            raise ValueError(f"an ENUM or SET of {meta} bytes")
        return meta
    return -1


def prefix_size(kind: int, meta: int) -> int:
    """Bytes of the length in front of a cell of this type. Raises ValueError for a type that is not known."""
    if kind in _LENGTHS:
        return 2 if meta > 255 else 1
    if kind in _BLOBS:
        if not 1 <= meta <= 4:
            raise ValueError(f"a length of {meta} bytes")
        return meta
    raise ValueError(f"column type {kind} is not known")


def whole(data: bytes, first: i64, end: i64) -> int:
    """An unsigned number, little-endian."""
    return int.from_bytes(data[first:end], "little")


def civil_days(year: i64, month: i64, day: i64) -> i64:
    """Days since 1970-01-01 of a date of the proleptic Gregorian calendar."""
    if month <= 2:
        year -= 1
        month += 12
    era: i64 = year // 400
    of_era: i64 = year - era * 400
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + (153 * (month - 3) + 2) // 5 + day - 719469


_MONTH_DAYS: Final = b"\0\x1f\x1d\x1f\x1e\x1f\x1e\x1f\x1f\x1e\x1f\x1e\x1f"
NO_DATE: Final = -(1 << 62)  # a zero in year, month or day


class InvalidDate(ValueError):
    """A date that no calendar has (2023-02-30), which servers store with sql_mode=ALLOW_INVALID_DATES."""


def checked_days(year: i64, month: i64, day: i64) -> i64:
    """Days since 1970-01-01; NO_DATE for a date with a zero in it. Raises InvalidDate for what no calendar has."""
    if month == 0 or day == 0 or year == 0:
        return NO_DATE
    if month > 12 or day > i64(_MONTH_DAYS[month]) or year > 9999:
        raise InvalidDate(f"{year:04}-{month:02}-{day:02} is no date")
    if month == 2 and day == 29 and (year % 4 != 0 or (year % 100 == 0 and year % 400 != 0)):
        raise InvalidDate(f"{year:04}-{month:02}-{day:02} is no date")
    return civil_days(year, month, day)


def days(data: bytes, first: i64) -> i64:
    """DATE: days since 1970-01-01, or NO_DATE."""
    low: i64 = data[first]
    middle: i64 = data[first + 1]
    high: i64 = data[first + 2]
    packed: i64 = low | middle << 8 | high << 16
    return checked_days(packed >> 9, packed >> 5 & 15, packed & 31)


def _fraction(data: bytes, first: i64, digits: i64) -> i64:
    """The fraction of a second behind a temporal cell, in microseconds."""
    if digits == 0:
        return 0
    found: i64 = data[first]
    if digits <= 2:
        found *= 10_000
    elif digits <= 4:
        second: i64 = data[first + 1]
        found = (found << 8 | second) * 100
    else:
        next: i64 = data[first + 1]
        last: i64 = data[first + 2]
        found = found << 16 | next << 8 | last
    if found > 999_999:
        raise ValueError("a fraction of more than a second")
    return found


def datetime2(data: bytes, first: i64, digits: i64) -> i64:
    """DATETIME(n): microseconds since 1970-01-01, or NO_DATE."""
    high: i64 = data[first]
    low: i64 = i64(read_i32_be(data, first + 1)) & 0xFFFFFFFF
    packed: i64 = (high << 32 | low) - 0x8000000000
    if packed < 0:
        raise ValueError("a negative date")
    months: i64 = packed >> 22
    day = checked_days(months // 13, months % 13, packed >> 17 & 31)
    if day == NO_DATE:
        return NO_DATE
    hours: i64 = packed >> 12 & 31
    minutes: i64 = packed >> 6 & 63
    seconds: i64 = packed & 63
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError(f"{hours}:{minutes}:{seconds} is no time of day")
    clock: i64 = (hours * 60 + minutes) * 60 + seconds
    return (day * 86400 + clock) * 1_000_000 + _fraction(data, first + 5, digits)


def timestamp2(data: bytes, first: i64, digits: i64) -> i64:
    """TIMESTAMP(n): microseconds since 1970-01-01, or NO_DATE for the zero one."""
    seconds: i64 = i64(read_i32_be(data, first)) & 0xFFFFFFFF
    fraction: i64 = _fraction(data, first + 4, digits)
    if seconds == 0 and fraction == 0:
        return NO_DATE
    return seconds * 1_000_000 + fraction


def time2(data: bytes, first: i64, digits: i64) -> i64:
    """TIME(n): microseconds, with a sign."""
    packed: i64 = 0
    bits: i64 = (digits + 1) // 2 * 8
    end: i64 = first + 3 + bits // 8
    at: i64 = first
    while at < end:
        byte: i64 = data[at]
        packed = packed << 8 | byte
        at += 1
    one: i64 = 1
    packed -= (one << 23) << bits
    negative = packed < 0
    if negative:
        packed = -packed
    fraction: i64 = packed & ((one << bits) - 1)
    if bits == 8:
        fraction *= 10_000
    elif bits == 16:
        fraction *= 100
    seconds: i64 = packed >> bits
    clock: i64 = ((seconds >> 12 & 0x3FF) * 60 + (seconds >> 6 & 63)) * 60 + (seconds & 63)
    found: i64 = clock * 1_000_000 + fraction
    return -found if negative else found


def small_decimal(data: bytes, first: i64, size: i64, whole_digits: i64, scale: i64) -> i64:
    """The unscaled number of a DECIMAL of at most 18 digits."""
    at: i64 = first
    top: i64 = data[first]
    flip: i64 = 0
    if top & 0x80 == 0:
        flip = 0xFF
    number: i64 = 0
    leading: i64 = whole_digits % 9
    groups: i64 = whole_digits // 9 + scale // 9
    turn: i64 = 0
    last: i64 = groups + 1
    while turn <= last:
        digits: i64 = 9
        if turn == 0:
            digits = leading
        elif turn == last:
            digits = scale % 9
        turn += 1
        if digits == 0:
            continue
        width: i64 = 4
        power: i64 = 1_000_000_000
        if digits < 9:
            width = (digits + 1) // 2
            if digits == 7 or digits == 8:
                width = 4
            power = i64(_POWERS[digits])
        group: i64 = 0
        while width > 0:
            byte: i64 = data[at]
            if at == first:
                byte ^= 0x80
            group = group << 8 | (byte ^ flip)
            at += 1
            width -= 1
        number = number * power + group
    if at != first + size:
        raise ValueError("a decimal of another size")
    return -number if flip else number


_POWERS: Final = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000]


def inflated(data: bytes) -> bytes:
    """A value of MariaDB's compressed columns: how, the length in big-endian order, the content."""
    if not data:
        return data
    how = data[0]
    if how == 0:
        return data[1:]
    width = how & 7
    if how >> 4 != 8 or width == 0 or width > 4:
        raise ValueError(f"a column compressed in a way 0x{how:02x} that is not known")
    length = int.from_bytes(data[1 : 1 + width], "big")
    unpacker = zlib.decompressobj(-15 if how & 8 else 15)
    try:
        found = unpacker.decompress(data[1 + width :], min(length + 1, _LARGEST))
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(found) != length:
        raise ValueError("a compressed value of another length")
    return found


def _old_datetime(data: bytes, first: int) -> int | None:
    """DATETIME of before MySQL 5.6: its digits as a number."""
    number: int = read_i64_le(data, first)
    if number < 0:
        raise ValueError("a negative date")
    date, clock = divmod(number, 1_000_000)
    day: int = checked_days(date // 10_000, date // 100 % 100, date % 100)
    if day == NO_DATE:
        return None
    return (day * 86400 + clock // 10_000 * 3600 + clock // 100 % 100 * 60 + clock % 100) * 1_000_000


def _old_time(data: bytes, first: int) -> int:
    """TIME of before MySQL 5.6: its digits as a number, with a sign."""
    number = int.from_bytes(data[first : first + 3], "little", signed=True)
    size = abs(number)
    seconds = size // 10_000 * 3600 + size // 100 % 100 * 60 + size % 100
    return seconds * (-1_000_000 if number < 0 else 1_000_000)


def log_value(kind: int, meta: int, unsigned: bool, data: bytes, first: int, end: int) -> object:
    """The log value of any type but text, which is bytes here; None for a zero date. Raises ValueError."""
    if kind in _LENGTHS or kind in _BLOBS:
        if kind == table_map.JSON:
            return json_binary.text(data[first:end])
        if kind == table_map.VECTOR:
            return vector(data[first:end])
        if kind == table_map.BLOB_COMPRESSED or kind == table_map.VARCHAR_COMPRESSED:
            return inflated(data[first:end])
        return data[first:end]
    if end > len(data):
        raise ValueError("a value that is cut off")
    if kind == table_map.NEWDECIMAL:
        return decimal_of(data, first, end, meta >> 8, meta & 0xFF)
    if kind == table_map.FLOAT:
        return read_f32_le(data, first)
    if kind == table_map.DOUBLE:
        return read_f64_le(data, first)
    if kind == table_map.YEAR:
        year = data[first]
        return 1900 + year if year else 0
    if kind == table_map.BIT:
        return int.from_bytes(data[first:end], "big")
    if kind == table_map.ENUM or kind == table_map.SET:
        return whole(data, first, end)
    if kind in _INTEGERS:
        return int.from_bytes(data[first:end], "little", signed=not unsigned)
    if kind == table_map.TIME2:
        return time2(data, first, meta)
    if kind == table_map.TIME:
        return _old_time(data, first)
    if kind == table_map.DATETIME:
        return _old_datetime(data, first)
    moment: int
    if kind == table_map.DATE or kind == table_map.NEWDATE:
        moment = days(data, first)
    elif kind == table_map.DATETIME2:
        moment = datetime2(data, first, meta)
    elif kind == table_map.TIMESTAMP2:
        moment = timestamp2(data, first, meta)
    elif kind == table_map.TIMESTAMP:
        seconds: int = read_i32_le(data, first)
        moment = (seconds & 0xFFFFFFFF) * 1_000_000 if seconds else NO_DATE
    else:
        return None  # NULL has no value
    return None if moment == NO_DATE else moment


_INTEGERS: Final = (table_map.TINY, table_map.SHORT, table_map.INT24, table_map.LONG, table_map.LONGLONG)
