"""Numbers written in digits, as databases send them as text: `int` and `float` in place. Hot; compiles (mypyc)."""

from __future__ import annotations

from mypy_extensions import i64


def whole_number(data: bytes, first: i64, end: i64) -> int:
    """Digits of a whole number. Raises ValueError."""
    if end - first > 18:
        return int(data[first:end])
    at: i64 = first
    negative = data[first] == 0x2D if first < end else False
    if negative:
        at += 1
    if at >= end:
        raise ValueError("not a whole number")
    number = digits(data, at, end)
    return -number if negative else number


def digits(data: bytes, first: i64, end: i64) -> i64:
    """Up to 18 digits without a sign. Raises ValueError."""
    number: i64 = 0
    at: i64 = first
    while at < end:
        digit: i64 = data[at]
        digit -= 48
        if digit < 0 or digit > 9:
            raise ValueError("not a whole number")
        number = number * 10 + digit
        at += 1
    return number


def float_number(data: bytes, first: i64, end: i64) -> float:
    """A number with a fraction: one of at most 15 digits is exactly one division. Raises ValueError."""
    at: i64 = first
    negative = data[first] == 0x2D if first < end else False
    if negative:
        at += 1
    number: i64 = 0
    digits: i64 = 0
    power: i64 = 0  # 0: no point so far
    while at < end:
        byte: i64 = data[at]
        at += 1
        if 48 <= byte <= 57 and digits < 15:
            digits += 1
            number = number * 10 + byte - 48
            power *= 10
        elif byte == 0x2E and power == 0:
            power = 1
        else:
            return float(data[first:end])
    if digits == 0:
        return float(data[first:end])
    found = float(number) / float(power) if power > 1 else float(number)
    return -found if negative else found
