"""Rows of a SELECT in the text protocol: bytes to rows of Connect values. Compiles (mypyc). Knows no connection.

A *loader* is a callable from the bytes of one value to its Connect value, chosen once per column by `loader`. Text
comes in its column's character set, as in the log (`character_set_results` is NULL): see `RowReader.written_in`.
Source: MySQL source documentation, "Text Resultset".
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Final

from mypy_extensions import i64

from cdc.digits import digits, float_number, whole_number
from cdc.errors import DecodeError
from cdc.masks import Hashed, Masked, Truncated
from cdc.model import Row
from connectors.mysql.cells import NO_DATE, InvalidDate, checked_days
from connectors.mysql.charsets import charset_of, text_of
from connectors.mysql.errors import ROWS_UNREADABLE, UNCONVERTIBLE_DATE, VALUE

Loader = Callable[[bytes], object]
Convert = Callable[[object], object]

_AS_IT_IS: Final = ("", "binary", "utf8mb4", "utf8mb3", "ascii")  # character sets of text that is read as UTF-8
_TIME: Final = re.compile(rb"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?")
_CACHE: Final = 4096
_TOO_FINE: Final = "more fraction digits than the column has"
_EPOCH: Final = b"1970-01-01 00:00:00.000000"
_days: dict[bytes, int] = {}


def days(data: bytes) -> int:
    """A date as days since 1970-01-01. Raises ZeroDate for one with a zero in it, InvalidDate, ValueError."""
    found = _days.get(data)
    if found is not None:
        return found
    if len(data) != 10:
        raise ValueError("not a date")
    year, month, day = int(data[0:4]), int(data[5:7]), int(data[8:10])
    found = int(checked_days(year, month, day))
    if found == NO_DATE:
        raise ZeroDate
    if len(_days) >= _CACHE:
        _days.clear()
    _days[data] = found
    return found


class ZeroDate(ValueError):
    """A date with a zero in year, month or day, which becomes the column's null."""


def text(data: bytes) -> object:
    """Characters."""
    return data.decode("utf-8")


def integer(data: bytes) -> object:
    """A whole number."""
    return int(data)


def number(data: bytes) -> object:
    """A floating point number."""
    return float(data)


def single(data: bytes) -> object:
    """A floating point number of four bytes, as the log has it."""
    return struct.unpack("<f", struct.pack("<f", float(data)))[0]


def octets(data: bytes) -> object:
    """Bytes as they are."""
    return data


def bits(data: bytes) -> object:
    """BIT(n) as a number."""
    return int.from_bytes(data, "big")


def date(data: bytes) -> object:
    """DATE as days."""
    return days(data)


def datetime(data: bytes) -> object:
    """DATETIME and TIMESTAMP as microseconds."""
    return int(moment(data, 0, len(data)))


def moment(data: bytes, first: i64, end: i64) -> i64:
    """`YYYY-MM-DD hh:mm:ss.ffffff` as microseconds since 1970-01-01. Raises as `days`."""
    if end - first < 19:
        raise ValueError("not a date and time")
    year, month, day = (
        digits(data, first, first + 4),
        digits(data, first + 5, first + 7),
        digits(data, first + 8, first + 10),
    )
    found = checked_days(year, month, day)
    if found == NO_DATE:
        raise ZeroDate
    hours, minutes = digits(data, first + 11, first + 13), digits(data, first + 14, first + 16)
    seconds: i64 = (hours * 60 + minutes) * 60 + digits(data, first + 17, first + 19)
    micros: i64 = (found * 86400 + seconds) * 1_000_000
    at: i64 = first + 20
    if at < end:
        last: i64 = min(end, at + 6)  # what is finer is cut off
        fraction: i64 = digits(data, at, last)
        while last < at + 6:
            fraction *= 10
            last += 1
        micros += fraction
    return micros


def time(data: bytes) -> object:
    """TIME as microseconds, negative too."""
    found = _TIME.fullmatch(data)
    if found is None:
        raise ValueError("not a time")
    sign, hours, minutes, seconds, fraction = found.groups()
    micros = (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * 1_000_000
    if fraction:
        micros += int(fraction.ljust(6, b"0"))
    return -micros if sign else micros


class Decimal:
    """DECIMAL as its unscaled number."""

    def __init__(self, scale: int) -> None:
        self._scale = scale

    def __call__(self, data: bytes) -> int:
        whole, _, fraction = data.partition(b".")
        if len(fraction) > self._scale:
            raise ValueError(_TOO_FINE)
        return int(whole + fraction.ljust(self._scale, b"0"))

    def read(self, data: bytes, first: i64, end: i64) -> int:
        """The number that stands in `data` there."""
        scale: i64 = self._scale
        if end - first > 18:  # may be beyond 64 bits
            return self(data[first:end])
        at: i64 = first
        negative = first < end and data[first] == 45
        if negative:
            at += 1
        if at >= end:
            raise ValueError("not a decimal")
        number: i64 = 0
        missing: i64 = -1  # digits of the fraction that are not there; -1: no point so far
        while at < end:
            byte: i64 = data[at]
            at += 1
            if 48 <= byte <= 57:
                number = number * 10 + byte - 48
            elif byte == 46 and missing < 0:
                missing = scale - (end - at)
                if missing < 0:
                    raise ValueError(_TOO_FINE)
            else:
                raise ValueError("not a decimal")
        found: int = -number if negative else number
        if missing < 0:
            missing = scale
        return found * 10 ** int(missing) if missing else found


def vector(data: bytes) -> object:
    """VECTOR as floats."""
    return list(struct.unpack(f"<{len(data) // 4}f", data))


class Decoded:
    """Text of another character set than UTF-8, and the loader of that text."""

    def __init__(self, charset: str, loader: Loader) -> None:
        self._text = text_of(charset)
        self._loader = None if loader is text else loader

    def __call__(self, data: bytes) -> object:
        found = self._text(data)
        return found if self._loader is None else self._loader(found.encode("utf-8"))


class Applied:
    """Text with a mask applied."""

    def __init__(self, mask: Truncated | Masked | Hashed) -> None:
        self._mask = mask

    def __call__(self, data: bytes) -> object:
        mask = self._mask
        return mask.value if isinstance(mask, Masked) else mask.apply(data.decode("utf-8"))


class Converted:
    """A loader and the converter of its log value."""

    def __init__(self, loader: Loader, convert: Convert) -> None:
        self.loader = loader
        self.convert = convert

    def __call__(self, data: bytes) -> object:
        return self.convert(self.loader(data))


# What is done with a value in place, without calling its loader.
CALL: Final = 0
TEXT: Final = 1
INTEGER: Final = 2
NUMBER: Final = 3
MOMENT: Final = 4
DECIMAL: Final = 5
COMPILED: Final = not __file__.endswith(".py")


def code_of(loader: Loader) -> int:
    """What is done with a column's values."""
    if isinstance(loader, Decimal):
        return DECIMAL
    if loader is datetime:
        return MOMENT
    return TEXT if loader is text else INTEGER if loader is integer else NUMBER if loader is number else CALL


class RowReader:
    """Takes the bytes of a result set after its column definitions; gives rows.

    `done` is set by the packet that ends the result set, `error` holds the server's error packet. Raises DecodeError.

    Args:
        loaders: one per column.
        nulls: what NULL, and a zero date, become, per column.
        where: table, for errors.
    """

    def __init__(self, loaders: list[Loader], nulls: list[object], where: str, names: list[str]) -> None:
        self._loaders = loaders
        self._converts: list[Convert | None] = [None] * len(loaders)
        self._codes = bytes(len(loaders))
        if COMPILED:  # else calling is quicker than looking what there is to do
            self._converts = [loader.convert if isinstance(loader, Converted) else None for loader in loaders]
            self._loaders = [loader.loader if isinstance(loader, Converted) else loader for loader in loaders]
            self._codes = bytes([code_of(loader) for loader in self._loaders])
        self._nulls = nulls
        self._where = where
        self._names = names
        self.invalid: list[Convert | None] = [None] * len(loaders)  # bytes that are no UTF-8 to what stands for them
        self._rest = b""
        self._long = b""  # packets of a row that has more than 16 MiB
        self.lenient = False  # dates that no calendar has become 1970-01-01
        self.done = False
        self.error = b""

    def written_in(self, collations: list[int]) -> None:
        """Take the ids of the columns' collations, in which the server sends their text."""
        codes = bytearray(self._codes)
        for column, collation in enumerate(collations[: len(self._loaders)]):
            charset = charset_of(collation)
            if charset in _AS_IT_IS:
                continue
            loader = self._loaders[column]
            if isinstance(loader, Converted) and loader.loader is text:
                self._loaders[column] = Converted(Decoded(charset, text), loader.convert)
            elif loader is text or isinstance(loader, Applied):
                self._loaders[column] = Decoded(charset, loader)
                codes[column] = CALL
        self._codes = bytes(codes)

    def feed(self, data: bytes) -> list[Row]:
        """Rows that are whole now."""
        buffer = self._rest + data if self._rest else data
        rows: list[Row] = []
        at = 0
        end = len(buffer)
        while end - at >= 4:
            size = buffer[at] | buffer[at + 1] << 8 | buffer[at + 2] << 16
            start = at + 4
            stop = start + size
            if stop > end:
                break
            at = stop
            if size == 0xFFFFFF:
                self._long += buffer[start:stop]
                continue
            if self._long:
                whole = self._long + buffer[start:stop]
                self._long = b""
                rows.append(self._row(whole, 0, len(whole)))
                continue
            if size == 0:
                raise self._malformed("an empty packet")
            first = buffer[start]
            if first == 0xFE and size < 9:
                self.done = True
                break
            if first == 0xFF:
                self.done = True
                self.error = buffer[start:stop]
                break
            rows.append(self._row(buffer, start, stop))
        self._rest = buffer[at:]
        return rows

    def _row(self, data: bytes, at: int, stop: int) -> Row:
        row = self._nulls.copy()
        codes = self._codes
        column = 0
        for loader in self._loaders:
            if at >= stop:
                raise self._malformed("a row with too few values")
            size = data[at]
            at += 1
            if size >= 0xFB:
                if size == 0xFB:
                    column += 1
                    continue
                width = 2 if size == 0xFC else 3 if size == 0xFD else 8
                size = int.from_bytes(data[at : at + width], "little")
                at += width
            after = at + size
            if after > stop:
                raise self._malformed("a value that is longer than its packet")
            code = codes[column]
            try:
                value: object
                if code == TEXT:
                    value = data[at:after].decode("utf-8")
                elif code == INTEGER:
                    value = whole_number(data, at, after)
                elif code == NUMBER:
                    value = float_number(data, at, after)
                elif code == MOMENT:
                    value = int(moment(data, at, after))
                elif code == DECIMAL:
                    assert isinstance(loader, Decimal)
                    value = loader.read(data, at, after)
                else:
                    value = loader(data[at:after])
                convert = self._converts[column]
                row[column] = value if convert is None else convert(value)
            except UnicodeDecodeError:
                self._text(row, column, data[at:after])
            except ZeroDate:
                pass  # null, as the row has it
            except InvalidDate as strange:  # a name of its own: mypyc gives a name one type
                if not self.lenient:
                    name = f"table {self._where}, column {self._names[column]}"
                    raise DecodeError(UNCONVERTIBLE_DATE, f"{name}: {strange}") from strange
                row[column] = self._epoch(column, after - at)
            except (ValueError, ArithmeticError, LookupError) as error:
                shown = data[at : min(after, at + 64)].hex()
                raise self._malformed(f"column {self._names[column]}: {error}; value {shown}") from error
            at = after
            column += 1
        if at != stop:
            raise self._malformed("a row with too many values")
        return row

    def _text(self, row: Row, column: int, data: bytes) -> None:
        """Put what stands for text that is no UTF-8 into a row, which has the column's null so far."""
        invalid = self.invalid[column]
        if invalid is None:
            raise self._malformed(f"column {self._names[column]}: no UTF-8; value {data[:64].hex()}")
        try:
            value = invalid(data)
        except ValueError as error:
            first = f" ({self._names[0]}={str(row[0])[:64]})" if column else ""
            raise DecodeError(VALUE, f"table {self._where}, a row{first}: {error}") from error
        if value is None:
            return
        loader = self._loaders[column]
        convert = loader.convert if isinstance(loader, Converted) else self._converts[column]
        row[column] = value if convert is None else convert(value)

    def _epoch(self, column: int, size: int) -> object:
        """What stands for a date that no calendar has."""
        value = self._loaders[column](_EPOCH[:size])
        convert = self._converts[column]
        return value if convert is None else convert(value)

    def _malformed(self, what: str) -> DecodeError:
        return DecodeError(ROWS_UNREADABLE, f"table {self._where}: {what}")
