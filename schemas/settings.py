"""Reads and checks a converter's options against their declaration. Knows no converter.

Option names are those of the Java class that a converter stands for, without `key.converter.` or `value.converter.`.
"""

from __future__ import annotations

import logging

from cdc.errors import ConfigError
from cdc.options import Option, Problem, closest, split_list
from schemas.errors import FORMAT_OPTION

log = logging.getLogger(__name__)


class Settings:
    """The options of one converter, checked; texts as they stand in the file, or the defaults."""

    def __init__(self, values: dict[str, str | None]) -> None:
        self._values = values

    def text(self, name: str) -> str | None:
        """Text of an option, None when it is not set and has no default."""
        return self._values[name]

    def word(self, name: str) -> str:
        """Value of an enumeration in lower case, empty when it is not set."""
        return (self._values[name] or "").strip().lower()

    def flag(self, name: str) -> bool:
        """Truth of a boolean option."""
        return self.word(name) == "true"

    def number(self, name: str) -> int:
        """Value of an int option, 0 when it is not set."""
        return int(self._values[name] or "0")

    def items(self, name: str) -> list[str]:
        """Items of a list option."""
        return split_list(self._values[name] or "")


def read(declared: tuple[Option, ...], given: dict[str, str], converter: str) -> Settings:
    """Check `given` against the declaration; raises ConfigError with every problem at once.

    An unknown option is ignored as Kafka Connect does (files carry options of other converters), but named in the log.
    """
    problems: list[object] = []
    values: dict[str, str | None] = {}
    for option in declared:
        text = given.get(option.name)
        values[option.name] = option.default if text is None else text
        if text is None:
            if option.required:
                problems.append(Problem(option.name, None, "is required", option.doc))
            continue
        problem = option.check(text)
        if problem is not None:
            problems.append(problem)
        elif option.effect:
            log.info("%s: option %s changes nothing: %s", converter, option.name, option.effect)
    if problems:
        raise ConfigError(FORMAT_OPTION, f"{converter}: {'; '.join(map(str, problems))}", problems=problems)
    names = [option.name for option in declared]
    for name in given:
        if name not in names:
            near = closest(name, names)
            hint = f"; did you mean {near}?" if near else ""
            log.warning("%s: option %s is not known and is ignored%s", converter, name, hint)
    return Settings(values)
