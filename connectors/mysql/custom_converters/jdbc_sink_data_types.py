"""JdbcSinkDataTypesConverter: one form in snapshots and in the stream of types that a JDBC sink makes tables from."""

from __future__ import annotations

import logging

from cdc.filters import Names
from cdc.options import BOOLEAN, Option
from connectors.mysql import values
from connectors.mysql.custom_converters import class_names, names, options, selector
from connectors.mysql.tables import INTEGERS, OCTETS, ColumnDefinition
from connectors.mysql.types import Mapping
from schemas import types

log = logging.getLogger("connectors.mysql")

ALIASES = class_names("JdbcSinkDataTypesConverter")
OPTIONS = (
    selector("selector.boolean", None, "Columns that become int16, 1 or 0"),
    selector("selector.real", None, "Columns that become float64"),
    selector("selector.string", None, "Columns that become string, with their character set as a parameter"),
    Option("treat.real.as.double", BOOLEAN, "true", "float64 for selector.real; `false`: float32"),
)


class JdbcSinkDataTypes:
    """The converter."""

    def __init__(self, booleans: Names, reals: Names, strings: Names, double: bool) -> None:
        self._booleans = booleans
        self._reals = reals
        self._strings = strings
        self._double = double

    def mapping(self, name: str, column: ColumnDefinition, ordinary: Mapping) -> Mapping | None:
        """The form that a selector asks for; of several the first: boolean, real, string."""
        found: Mapping | None = None
        if self._booleans.match(name):
            if column.base in INTEGERS or (column.base == "bit" and (column.length or 1) == 1):
                found = Mapping(types.SHORT, values.one_or_zero, 0)
        elif self._reals.match(name):
            if column.base in ("float", "double", *INTEGERS):
                found = (
                    Mapping(types.DOUBLE, values.double, 0.0)
                    if self._double
                    else Mapping(types.FLOAT, values.single, 0.0)
                )
        elif self._strings.match(name):
            found = self._string(column, ordinary)
        else:
            return None
        if found is None:
            log.warning("JdbcSinkDataTypesConverter changes nothing of column %s, which is %s", name, column.type_name)
        return found

    def _string(self, column: ColumnDefinition, ordinary: Mapping) -> Mapping | None:
        charset = {} if column.charset is None else {"__debezium.source.column.character_set": column.charset}
        type = types.TEXT.replace(parameters=charset)
        if column.base in OCTETS:
            return Mapping(type, values.utf8, "")
        if column.is_text:
            return Mapping(type, ordinary.convert, "", text=ordinary.text)
        if column.base in INTEGERS:
            return Mapping(type, values.digits, "")
        return None


def create(given: dict[str, str]) -> JdbcSinkDataTypes:
    """The converter of these options. Raises ConfigError."""
    settings = options("JdbcSinkDataTypesConverter", OPTIONS, given)
    return JdbcSinkDataTypes(
        names(settings, "selector.boolean"),
        names(settings, "selector.real"),
        names(settings, "selector.string"),
        settings.flag("treat.real.as.double"),
    )
