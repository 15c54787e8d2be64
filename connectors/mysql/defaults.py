"""Column defaults: the literal of a DEFAULT clause to the default of a Connect schema. Knows no connection.

Source: Debezium reference, "Default values": a constant becomes a schema default, an expression none. A zero date and
CURRENT_TIMESTAMP are the epoch in a NOT NULL column and no default in another; the latter is it in every DATETIME.
"""

from __future__ import annotations

import decimal
import logging
import re
from typing import Final

from connectors.mysql import text_rows
from connectors.mysql.tables import INTEGERS, ColumnDefinition
from connectors.mysql.types import Mapping

log = logging.getLogger("connectors.mysql")

EPOCH: Final = "1970-01-01 00:00:00"  # what Debezium's schema history has for CURRENT_TIMESTAMP
_NOW: Final = re.compile(r"(?:current_timestamp|now|localtime|localtimestamp)\b.*", re.IGNORECASE | re.DOTALL)
_BITS: Final = re.compile(r"b'([01]*)'|0b([01]+)", re.IGNORECASE)
_HEX: Final = re.compile(r"x'([0-9a-f]*)'|0x([0-9a-f]+)", re.IGNORECASE)
_TEMPORAL: Final = ("date", "datetime", "timestamp", "time", "year")
_TOO_LARGE: Final = 9_223_372_036_854_775_807


def schema_default(mapping: Mapping, column: ColumnDefinition) -> object:
    """The default of a column's schema, None without one."""
    text = column.default
    if not column.has_default or text is None or column.generated is not None:
        return None
    if mapping.always:
        return mapping.fallback
    if column.default_expression:
        if column.base in ("timestamp", "datetime") and _NOW.match(text.strip("() ")):
            return None if column.nullable and column.base == "timestamp" else mapping.fallback
        return None
    if column.base == "timestamp" and column.nullable and text == EPOCH:
        return None  # Debezium does not tell this literal from CURRENT_TIMESTAMP
    try:
        return _constant(mapping, column, text)
    except (ValueError, ArithmeticError, LookupError) as error:
        log.warning("default %s of column %s is left out: %s", text, column.name, error)
        return None


def _constant(mapping: Mapping, column: ColumnDefinition, text: str) -> object:
    base = column.base
    if base in ("enum", "set") or column.is_text:
        return text
    value: object
    if base in INTEGERS:
        value = _whole(text)
        if base == "bigint" and column.unsigned and mapping.type.kind == "int64":
            return min(_whole(text), _TOO_LARGE)
    elif base == "bit":
        # SHOW CREATE TABLE has b'101', of which the digits are left
        value = int(text, 2) if text and not text.strip("01") else _whole(text)
    elif base == "year":
        year = int(text)
        value = year + 2000 if 0 < year < 70 else year + 1900 if 70 <= year < 100 else year
    elif base == "decimal":
        value = _unscaled(text, column.scale or 0)
    elif base in ("float", "double"):
        value = float(text)
    elif base in _TEMPORAL:
        value = _moment(base, text)
        if value is None:
            return None if column.nullable else mapping.fallback
    elif base in ("binary", "varbinary"):
        value = _octets(text)
    else:
        return None
    return value if mapping.convert is None else mapping.convert(value)


def _whole(text: str) -> int:
    found = _BITS.fullmatch(text)
    if found is not None:
        return int(found.group(1) or found.group(2) or "0", 2)
    found = _HEX.fullmatch(text)
    if found is not None:
        return int(found.group(1) or found.group(2) or "0", 16)
    if text.lower() in ("true", "false"):
        return int(text.lower() == "true")
    try:
        return int(text)
    except ValueError:
        return round(float(text))


def _unscaled(text: str, scale: int) -> int:
    """A decimal literal as its unscaled number, rounded half up as the server does."""
    exact = decimal.Decimal(text).quantize(
        decimal.Decimal(1).scaleb(-scale), decimal.ROUND_HALF_UP, decimal.Context(prec=80)
    )
    return int(exact.scaleb(scale, decimal.Context(prec=80)))


def _moment(base: str, text: str) -> int | None:
    """A literal of a date or time as log value; None for one with a zero in month or day."""
    data = text.encode()
    try:
        if base == "date":
            return text_rows.days(data[:10])
        if base == "time":
            return _time(text)
        if len(data) == 10:
            data += b" 00:00:00"
        value = text_rows.datetime(data)
    except text_rows.ZeroDate:
        return None
    assert isinstance(value, int)
    return value


def _time(text: str) -> int:
    """A time literal; the short forms `hh:mm` and `hhmmss` too."""
    if ":" not in text:
        whole, _, fraction = text.partition(".")
        sign = "-" if whole.startswith("-") else ""
        digits = whole.lstrip("-").rjust(6, "0")
        text = f"{sign}{digits[:-4]}:{digits[-4:-2]}:{digits[-2:]}" + (f".{fraction}" if fraction else "")
    elif text.count(":") == 1:
        text += ":00"
    value = text_rows.time(text.encode())
    assert isinstance(value, int)
    return value


def _octets(text: str) -> bytes:
    found = _HEX.fullmatch(text)
    if found is not None:
        return bytes.fromhex(found.group(1) or found.group(2) or "")
    return text.encode("utf-8")
