"""TinyIntOneToBooleanConverter: TINYINT(1) as boolean, in snapshots and in the stream."""

from __future__ import annotations

from cdc.filters import Names
from cdc.options import BOOLEAN, Option
from connectors.mysql import values
from connectors.mysql.custom_converters import class_names, names, options, selector
from connectors.mysql.tables import ColumnDefinition
from connectors.mysql.types import Mapping
from schemas import types

ALIASES = class_names("TinyIntOneToBooleanConverter")
OPTIONS = (
    selector("selector", None, "The columns; all of the type without it"),
    Option("length.checker", BOOLEAN, "true", "Only TINYINT(1); `false`: every TINYINT that the selector chooses"),
)


class TinyIntOneToBoolean:
    """The converter; `chosen` None: every column."""

    def __init__(self, chosen: Names | None, one: bool) -> None:
        self._chosen = chosen
        self._one = one

    def mapping(self, name: str, column: ColumnDefinition, ordinary: Mapping) -> Mapping | None:
        """A boolean that is true for numbers above 0."""
        if column.type_name not in ("TINYINT", "TINYINT UNSIGNED") or (self._one and column.length != 1):
            return None
        if self._chosen is not None and not self._chosen.match(name):
            return None
        return Mapping(types.BOOL, values.positive, False)


def create(given: dict[str, str]) -> TinyIntOneToBoolean:
    """The converter of these options. Raises ConfigError."""
    settings = options("TinyIntOneToBooleanConverter", OPTIONS, given)
    return TinyIntOneToBoolean(
        names(settings, "selector") if settings.text("selector") else None, settings.flag("length.checker")
    )
