"""ZeroDateFallbackConverter: null or a value of one's own in place of dates that no calendar has (0000-00-00)."""

from __future__ import annotations

import datetime
import re

from cdc.filters import Names
from cdc.options import LIST, STRING, Option, Problem
from connectors.mysql import values
from connectors.mysql.custom_converters import class_names, names, options, refuse_all, selector
from connectors.mysql.tables import ColumnDefinition
from connectors.mysql.types import Mapping, iso_timestamp
from schemas import types

TITLE = "ZeroDateFallbackConverter"
ALIASES = class_names(TITLE)
OPTIONS = (
    selector("selector", ".*", "The columns"),
    Option("target.types", LIST, "DATE,DATETIME,TIMESTAMP", "The types whose columns are converted"),
    Option("fallback.date", STRING, "NULL", "What a zero date becomes, `2000-01-31` or `NULL`"),
    Option("fallback.datetime", STRING, "NULL", "The same for DATETIME, `2000-01-31 00:00:00` or `NULL`"),
    Option("fallback.timestamp", STRING, "NULL", "The same for TIMESTAMP, `2000-01-31T00:00:00Z` or `NULL`"),
    Option(
        "column.<database>.<table>.<column>.fallback", STRING, None, "What it becomes in this column, in the same forms"
    ),
)

_OWN = re.compile(r"column\.(.+)\.fallback")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_FORMS = {"date": "2000-01-31", "datetime": "2000-01-31 00:00:00", "timestamp": "2000-01-31T00:00:00Z"}


class ZeroDateFallback:
    """The converter. `fallbacks` are texts by type, `own` those of single columns; None is null."""

    def __init__(self, chosen: Names, targets: list[str], fallbacks: dict[str, str | None], own: dict[str, str | None]):
        self._chosen = chosen
        self._targets = targets
        self._fallbacks = fallbacks
        self._own = own

    def mapping(self, name: str, column: ColumnDefinition, ordinary: Mapping) -> Mapping | None:
        """The type in its form without time.precision.mode, with the fallback for null and for the default."""
        base = column.base
        if base not in self._targets or not self._chosen.match(name):
            return None
        text = self._own.get(name, self._fallbacks[base])
        fallback = None if text is None else _value(base, text)
        if base == "date":
            return Mapping(types.DATE, None, fallback, always=True)
        if base == "timestamp":
            return Mapping(types.ZONED_TIMESTAMP, iso_timestamp, fallback, always=True)
        if (column.length or 0) > 3:
            micros = fallback * 1000 if isinstance(fallback, int) else None
            return Mapping(types.MICRO_TIMESTAMP, None, micros, always=True)
        return Mapping(types.TIMESTAMP, values.milliseconds, fallback, always=True)


def _value(base: str, text: str) -> int | str:
    """The Connect value of a fallback. Raises ValueError."""
    if base == "date":
        return (datetime.date.fromisoformat(text) - _EPOCH.date()).days
    if base == "datetime":
        moment = datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=datetime.UTC)
        return (moment - _EPOCH) // datetime.timedelta(milliseconds=1)
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("without an offset")
    return str(iso_timestamp((moment - _EPOCH) // datetime.timedelta(microseconds=1)))


def _given(text: str) -> str | None:
    text = text.strip()
    return None if not text or text.upper() == "NULL" else text


def create(given: dict[str, str]) -> ZeroDateFallback:
    """The converter of these options. Raises ConfigError."""
    settings = options(TITLE, OPTIONS, given, lambda name: _OWN.fullmatch(name) is not None)
    targets = [target.lower() for target in settings.items("target.types")]
    problems = [
        Problem("target.types", target, "it is no type with zero dates", "Use DATE, DATETIME, TIMESTAMP")
        for target in targets
        if target not in _FORMS
    ]
    fallbacks = {base: _given(settings.text(f"fallback.{base}")) for base in _FORMS}
    own = {found[1]: _given(text) for name, text in given.items() if (found := _OWN.fullmatch(name))}
    for base, text in fallbacks.items():
        if text is not None and not _fits(base, text):
            problems.append(Problem(f"fallback.{base}", text, "it cannot be read", f"Write {_FORMS[base]} or NULL"))
    for column, text in own.items():
        if text is not None and not any(_fits(base, text) for base in _FORMS):
            forms = ", ".join(_FORMS.values())
            problems.append(Problem(f"column.{column}.fallback", text, "it cannot be read", f"Write one of {forms}"))
    refuse_all(TITLE, problems)
    return ZeroDateFallback(names(settings, "selector"), targets, fallbacks, own)


def _fits(base: str, text: str) -> bool:
    try:
        _value(base, text)
    except ValueError:
        return False
    return True
