"""Options of a converter: one declaration for reading, validation and the reference documentation.

Knows no converter. Option names are those of the Java class that a converter stands for, without the prefix
`key.converter.` or `value.converter.`.
"""

from __future__ import annotations

import difflib
import logging
from typing import Final

from cdc.errors import ConfigError
from schemas.errors import FORMAT_OPTION

log = logging.getLogger(__name__)

BOOLEAN: Final = "boolean"
INT: Final = "int"
STRING: Final = "string"
LIST: Final = "list"
PASSWORD: Final = "password"


class Option:
    """One option: its Java name, type, default (as text, None: no default), what it does and what it may hold."""

    def __init__(
        self, name: str, type: str, default: str | None, doc: str, choices: tuple[str, ...] = (), effect: bool = True
    ) -> None:
        self.name = name
        self.type = type
        self.default = default
        self.doc = doc
        self.choices = choices
        self.effect = effect  # False: accepted because Java has it, nothing here depends on it


class Values:
    """The options of one converter, read and checked."""

    def __init__(self, values: dict[str, str | None]) -> None:
        self._values = values

    def text(self, name: str) -> str | None:
        """Text of an option, None when it is not set and has no default."""
        return self._values[name]

    def flag(self, name: str) -> bool:
        """Truth of a boolean option."""
        return (self._values[name] or "").strip().lower() == "true"

    def number(self, name: str) -> int:
        """Value of an int option that has a default."""
        return int(self._values[name] or "0")

    def items(self, name: str) -> list[str]:
        """Items of a list option."""
        return [item.strip() for item in (self._values[name] or "").split(",") if item.strip()]


def unknown(declared: tuple[Option, ...], given: dict[str, str]) -> list[str]:
    """Names in `given` that no option declares."""
    names = {option.name for option in declared}
    return [name for name in given if name not in names]


def read(declared: tuple[Option, ...], given: dict[str, str], converter: str) -> Values:
    """Check `given` against the declaration; raises ConfigError with every problem at once.

    An unknown option is ignored as Kafka Connect does, but named in the log.
    """
    problems: list[str] = []
    values: dict[str, str | None] = {}
    for option in declared:
        text = given.get(option.name, option.default)
        values[option.name] = text
        if text is None:
            continue
        problem = _problem(option, text)
        if problem:
            problems.append(f"{option.name}: {problem}")
        elif not option.effect and option.name in given:
            log.info("%s: option %s is accepted and changes nothing here", converter, option.name)
    if problems:
        raise ConfigError(FORMAT_OPTION, f"{converter}: {'; '.join(problems)}", problems=list(problems))
    for name in unknown(declared, given):
        near = difflib.get_close_matches(name, [option.name for option in declared], 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        log.warning("%s: option %s is not known and is ignored%s", converter, name, hint)
    return Values(values)


def _problem(option: Option, text: str) -> str:
    if option.type == BOOLEAN and text.strip().lower() not in ("true", "false"):
        return f"{text!r} is not true or false"
    if option.type == INT:
        try:
            int(text)
        except ValueError:
            return f"{text!r} is not a whole number"
    if option.choices and text.strip().lower() not in {choice.lower() for choice in option.choices}:
        return f"{text!r} is not one of {', '.join(option.choices)}"
    return ""
