"""Text of single values as Java writes it: JSON strings (Jackson), Double.toString, Float.toString, BigDecimal.

Knows no schema. Hot; compiles (mypyc).
"""

from __future__ import annotations

import math
import re
import struct
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Final

_ESCAPE: Final = re.compile(r"\\(?:\\|u00[01][0-9a-f])")
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")
_SINGLE: Final = struct.Struct("<f")


def quoted(value: str) -> str:
    """A JSON string: short forms for some control characters, \\u00XX in upper case for the others, the rest as it is.

    So Jackson writes text; as bytes it escapes characters beyond U+FFFF too, see `quoted_octets`.
    """
    text: str = encode_basestring(value)
    if "\\u" in text:
        return _ESCAPE.sub(_upper, text)
    return text


def quoted_octets(value: str) -> bytes:
    """A JSON string as Jackson writes it as UTF-8: a character beyond U+FFFF becomes two escaped surrogates."""
    text = quoted(value)
    if not text.isascii():
        text = _ASTRAL.sub(_surrogates, text)
    return text.encode("utf-8")


def _surrogates(match: re.Match[str]) -> str:
    code = ord(match.group()) - 0x10000
    return f"\\u{0xD800 + (code >> 10):04X}\\u{0xDC00 + (code & 0x3FF):04X}"


def _upper(match: re.Match[str]) -> str:
    text = match.group()
    return text if text == "\\\\" else "\\u" + text[2:].upper()


def double_text(value: float) -> str:
    """Double.toString of JDK 19 and later: the shortest decimal, with at least one digit after the point."""
    text = repr(value)
    size = value if value >= 0.0 else -value
    if 0.001 <= size < 10000000.0 or size == 0.0:
        return text
    if size != size:
        return "NaN"
    if size == math.inf:
        return "Infinity" if value > 0.0 else "-Infinity"
    return _scientific(text, value)


def float_text(value: float) -> str:
    """Float.toString of JDK 19 and later, of a value that is a 32-bit float."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0.0 else "-Infinity"
    size = abs(value)
    if size == 0.0:
        return repr(value)
    text = ""
    for digits in range(6 if size >= 1.1754944e-38 else 2, 10):
        text = f"{value:.{digits}g}"
        if _rounded(text) == value:
            break
    text = repr(float(text))
    if 0.001 <= size < 10000000.0:
        return text
    return _scientific(text, value)


def _rounded(text: str) -> float:
    try:
        rounded: float = _SINGLE.unpack(_SINGLE.pack(float(text)))[0]
    except OverflowError:
        return math.inf
    return rounded


def _scientific(text: str, value: float) -> str:
    """`text`, a repr, as d.dddE[-]n."""
    sign = ""
    if text.startswith("-"):
        sign = "-"
        text = text[1:]
    mantissa, _, power = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    digits = whole + fraction
    exponent = (int(power) if power else 0) + len(whole) - 1
    stripped = digits.lstrip("0")
    exponent -= len(digits) - len(stripped)
    digits = stripped.rstrip("0")
    if len(digits) == 1:
        # Java looks for the nearest decimal of two digits: 4.9E-324 where the shortest is 5e-324
        nearest = f"{abs(value):.1e}"
        digits = nearest[0] + nearest[2]
        exponent = int(nearest[4:])
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def decimal_value(unscaled: bytes, scale: int) -> Decimal:
    """The number of a Connect Decimal: big-endian two's complement, `scale` digits after the point."""
    number = int.from_bytes(unscaled, "big", signed=True)
    return Decimal((1 if number < 0 else 0, tuple(map(int, str(abs(number)))), -scale))


def decimal_text(unscaled: bytes, scale: int) -> str:
    """BigDecimal.toString."""
    return str(decimal_value(unscaled, scale))
