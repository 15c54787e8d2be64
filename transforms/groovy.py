"""What Groovy means by equal, less, true and by the methods of texts, lists and maps. Knows no record.

Values are null, bool, int, float, Decimal, str, bytes, list and dict. Source: observed on Groovy 4.0.28; the cases are
kept in tests/unit/transforms/test_groovy.py. Deviation: equality inside of lists compares numbers by value, where
Java wants the same class too (docs/compatibility).
"""

from __future__ import annotations

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from struct import pack, unpack
from typing import Final

from cdc.model import FLOAT32, STRUCT, Type
from cdc.regex import java_regex

DECIMAL: Final = "org.apache.kafka.connect.data.Decimal"
VARIABLE_SCALE_DECIMAL: Final = "io.debezium.data.VariableScaleDecimal"

_EXACT: Final = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
_WHITE: Final = "".join(chr(code) for code in range(33))  # what Java's trim() takes away


class Unfit(Exception):
    """A value with which an operation cannot be done, where Groovy throws."""


def needs_loading(type: Type) -> bool:
    """Whether the physical value of this type differs from the value that conditions compare."""
    if type.element is not None and needs_loading(type.element):
        return True
    return type.kind == FLOAT32 or type.name in (DECIMAL, VARIABLE_SCALE_DECIMAL)


def load(type: Type, value: object) -> object:
    """The value that conditions compare, from the physical one: decimals as numbers, float32 with their precision."""
    if value is None:
        return None
    if type.name == DECIMAL and isinstance(value, bytes):
        return decimal(value, int((type.parameters or {}).get("scale", "0")))
    if type.name == VARIABLE_SCALE_DECIMAL and isinstance(value, list):
        scale, unscaled = value[0], value[1]
        if isinstance(scale, int) and isinstance(unscaled, bytes):
            return decimal(unscaled, scale)
    if type.kind == FLOAT32 and isinstance(value, float):
        return single(value)
    if type.element is not None and isinstance(value, list):
        return [load(type.element, item) for item in value]
    if type.kind == STRUCT and isinstance(value, list):
        return value[: len(type.fields)]
    return value


def single(value: float) -> float:
    """A double with the precision of Java's float."""
    try:
        rounded: float = unpack("f", pack("f", value))[0]
    except OverflowError:
        return value
    return rounded


def decimal(unscaled: bytes, scale: int) -> Decimal:
    """The exact number of a Connect Decimal."""
    return Decimal(int.from_bytes(unscaled, "big", signed=True)).scaleb(-scale, _EXACT)


def is_number(value: object) -> bool:
    """Whether a value is a Java number; true and false are not."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _order_of_numbers(left: object, right: object) -> int:
    """-1, 0 or 1. With a float on either side both are doubles; a NaN is the largest and equal to itself."""
    if isinstance(left, float) or isinstance(right, float):
        first, second = _double(left), _double(right)
        if first != first or second != second:
            return int(first != first) - int(second != second)
        return int(first > second) - int(first < second)
    if isinstance(left, int | Decimal) and isinstance(right, int | Decimal):
        return int(left > right) - int(left < right)
    raise Unfit("not numbers")


def _double(value: object) -> float:
    if isinstance(value, int | float | Decimal):
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    raise Unfit("not a number")


def equal(left: object, right: object) -> bool:
    """`==`: null equals null only, numbers by value, anything else only its own kind."""
    if left is None or right is None:
        return left is right
    if isinstance(left, str):
        if isinstance(right, str):
            return left == right
        return is_number(right) and len(left) == 1 and _order_of_numbers(ord(left), right) == 0
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if is_number(left):
        if isinstance(right, str):
            return equal(right, left)
        return is_number(right) and _order_of_numbers(left, right) == 0
    if isinstance(left, bytes):
        left = _signed(left)
    if isinstance(right, bytes):
        right = _signed(right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(equal(a, b) for a, b in zip(left, right, strict=True))
    return left == right


def _signed(value: bytes) -> list[object]:
    return [byte - 256 if byte > 127 else byte for byte in value]


def order(left: object, right: object) -> int:
    """`<=>`: -1, 0 or 1; null is less than everything. Raises Unfit for kinds that have no order among each other."""
    if type(left) is int and type(right) is int:
        return int(left > right) - int(left < right)
    if type(left) is Decimal and (type(right) is int or type(right) is Decimal):
        return int(left > right) - int(left < right)
    if left is None or right is None:
        return int(left is not None) - int(right is not None)
    if isinstance(left, str) and isinstance(right, str):
        if left.isascii() or right.isascii():
            return int(left > right) - int(left < right)
        first, second = left.encode("utf-16-be", "surrogatepass"), right.encode("utf-16-be", "surrogatepass")
        return int(first > second) - int(first < second)
    if isinstance(left, bool) and isinstance(right, bool):
        return int(left) - int(right)
    if isinstance(left, str) and len(left) == 1 and is_number(right):
        return _order_of_numbers(ord(left), right)
    if isinstance(right, str) and len(right) == 1 and is_number(left):
        return _order_of_numbers(left, ord(right))
    if is_number(left) and is_number(right):
        return _order_of_numbers(left, right)
    raise Unfit(f"{describe(left)} and {describe(right)} cannot be ordered")


def truth(value: object) -> bool:
    """Groovy truth: null, false, zero, NaN, and empty texts, lists and maps are false."""
    if isinstance(value, float):
        return value == value and value != 0.0
    return bool(value)


def text_of(value: object) -> str:
    """toString() of a text, whole number, decimal or boolean. Raises Unfit for the rest."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    raise Unfit(f"{describe(value)} has no text form here")


def length(value: object) -> int:
    """size() of a text (in UTF-16 units, as Java counts), list, map or bytes."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode("utf-16-be", "surrogatepass")) // 2
    if isinstance(value, list | dict | bytes):
        return len(value)
    raise Unfit(f"{describe(value)} has no size")


def invoke(name: str, target: object, argument: object) -> object:
    """The result of a method of a value that is not null. Raises Unfit where Groovy throws."""
    if name in ("size", "length"):
        return length(target)
    if name == "isEmpty":
        return length(target) == 0
    if name == "toString":
        return text_of(target)
    if name == "equals":
        return equal(target, argument)
    if name == "containsKey" and isinstance(target, dict):
        return argument in target
    if name == "contains" and isinstance(target, list):
        return any(equal(item, argument) for item in target)
    if not isinstance(target, str):
        raise Unfit(f"{describe(target)} has no method {name}")
    if name == "toLowerCase":
        return target.lower()
    if name == "toUpperCase":
        return target.upper()
    if name == "trim":
        return target.strip(_WHITE)
    if name == "equalsIgnoreCase":
        return isinstance(argument, str) and target.upper().lower() == argument.upper().lower()
    if not isinstance(argument, str):
        raise Unfit(f"{name} needs a text, not {describe(argument)}")
    if name == "contains":
        return argument in target
    if name == "startsWith":
        return target.startswith(argument)
    if name == "endsWith":
        return target.endswith(argument)
    if name == "indexOf":
        return target.find(argument)
    if name == "matches":
        return java_regex(argument).fullmatch(target) is not None
    raise Unfit(f"{describe(target)} has no method {name}")


def describe(value: object) -> str:
    """What kind of value it is, for errors; never the value itself, which may be confidential."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "a text"
    if is_number(value):
        return "a number"
    if isinstance(value, bytes):
        return "bytes"
    return "a map" if isinstance(value, dict) else "a list or struct"
