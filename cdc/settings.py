"""Options of one part (transform, converter, custom converter), read and checked by its declaration. Knows no part."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from cdc.errors import ConfigError
from cdc.options import Option, Problem, closest
from cdc.regex import Untranslatable, java_regex

REGEX = "regular expression"

log = logging.getLogger(__name__)


class Settings:
    """Values of the declared options of one part."""

    def __init__(self, values: dict[str, object], given: frozenset[str]) -> None:
        self._values = values
        self.given = given

    def text(self, name: str) -> str:
        """Text of an option; empty when it is not set and has no default."""
        value = self._values[name]
        return "" if value is None else str(value)

    def word(self, name: str) -> str:
        """Value of an enumeration in lower case; empty when it is not set and has no default."""
        return self.text(name).strip().lower()

    def flag(self, name: str) -> bool:
        """Truth of a boolean option."""
        return self._values[name] is True

    def number(self, name: str) -> int:
        """Value of an int option, 0 when it is not set and has no default."""
        value = self._values[name]
        return value if isinstance(value, int) else 0

    def items(self, name: str) -> list[str]:
        """Items of a list option."""
        value = self._values[name]
        return [str(item) for item in value] if isinstance(value, list) else []


def read(
    code: str,
    title: str,
    declared: tuple[Option, ...],
    given: dict[str, str],
    gone: Mapping[str, str] | None = None,
    beside: Callable[[str], bool] = lambda name: False,
) -> Settings:
    """The options of the part `title`. Raises ConfigError with this code and every problem at once.

    `gone` are options of old versions with the reason why they are refused; `beside` says of an option that is not
    declared that others read it.
    """
    problems: list[Problem] = []
    values: dict[str, object] = {}
    known = [option.name for option in declared]
    for option in declared:
        text = given.get(option.name)
        if text is not None:
            problem = option.check(text)
            if problem is None and option.type == REGEX:
                problem = _regex_problem(option.name, text)
            if problem is not None:
                problems.append(problem)
                values[option.name] = None
                continue
            if option.effect and option.parse(text) != option.parse(option.default):
                log.info("%s: option %s changes nothing: %s", title, option.name, option.effect)
        if option.required and (text is None or not text.strip()):
            problems.append(Problem(option.name, text, f"{title} needs it", f"Set it: {option.doc}"))
        values[option.name] = option.parse(option.default if text is None else text)
    for name, text in given.items():
        if name in known or beside(name):
            continue
        if gone is not None and name in gone:
            problems.append(Problem(name, text, f"{title} no longer has this option", gone[name]))
            continue
        remedy = f"Its options are {', '.join(known)}" if known else "Remove it: there are no options"
        problems.append(Problem(name, text, f"{title} has no such option", remedy, closest(name, known)))
    refuse(code, title, problems)
    return Settings(values, frozenset(given))


def refuse(code: str, title: str, problems: list[Problem]) -> None:
    """Raise ConfigError for all of these problems; nothing when there are none."""
    if problems:
        raise ConfigError(code, f"{title}: {'; '.join(str(problem) for problem in problems)}", problems=problems)


def problems_of(error: ConfigError, owner: str, itself: str) -> list[Problem]:
    """What is wrong with a part, by the names of the connector's file: `pattern` of `transforms.route` in full.

    An error about no option of the part is about the property `itself`, which names the part.
    """
    return [
        Problem(f"{owner}.{found.property}", found.value, found.why, found.remedy, found.did_you_mean)
        for found in error.problems
    ] or [Problem(itself, None, error.detail, error.remedy)]


def _regex_problem(name: str, text: str) -> Problem | None:
    try:
        java_regex(text)
    except Untranslatable as error:
        return Problem(name, text, str(error), "Write the expression in another way")
    return None
