"""Custom converters: what replaces the ordinary form of columns that a selector chooses.

One module per converter: `ALIASES` are the Java class names that it stands for, `OPTIONS` its options, and
`create(options)` makes it. Source: Debezium reference, "Custom converters" of the MySQL connector.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cdc.config import INVALID
from cdc.filters import Names
from cdc.options import Option, Problem, split_list
from cdc.settings import REGEX, Settings, read, refuse
from connectors.mysql.tables import ColumnDefinition
from connectors.mysql.types import Mapping


class CustomConverter(Protocol):
    """Decides once per column of a table version."""

    def mapping(self, name: str, column: ColumnDefinition, ordinary: Mapping) -> Mapping | None:
        """What the column `name` (database.table.column) becomes, None: what it was."""


def class_names(name: str) -> tuple[str, ...]:
    """The class in its packages of now and of before."""
    return tuple(f"io.debezium.connector.{package}.converters.{name}" for package in ("binlog", "mysql", "mariadb"))


def selector(name: str, default: str | None, doc: str) -> Option:
    """An option that chooses columns."""
    return Option(
        name, REGEX, default, f"{doc}: Java regular expressions, separated by commas, of database.table.column"
    )


def options(
    title: str, declared: tuple[Option, ...], given: dict[str, str], beside: Callable[[str], bool] = lambda name: False
) -> Settings:
    """The options of a converter. Raises ConfigError with every problem."""
    return read(INVALID, title, declared, given, beside=beside)


def names(settings: Settings, name: str) -> Names:
    """The columns that an option chooses; none when it is not set."""
    return Names(split_list(settings.text(name)))


def refuse_all(title: str, problems: list[Problem]) -> None:
    """Raise ConfigError when there are problems."""
    refuse(INVALID, title, problems)
