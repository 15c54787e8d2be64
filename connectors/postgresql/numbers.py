"""Loaders of numbers, see values.py. Compiles (mypyc)."""

from __future__ import annotations

import sys
from typing import Final

from mypy_extensions import i64

# numeric holds up to 147,455 digits; Python refuses to read more than 4,300 unless told otherwise
sys.set_int_max_str_digits(0)

COMPILED: Final = not __file__.endswith(".py")


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
