"""Options of one part (transform, converter, custom converter), read and checked by its declaration. Knows no part."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar

from cdc.errors import ConfigError
from cdc.options import IGNORED, NO_EFFECT, TRANSLATED, Note, Option, Problem, closest
from cdc.regex import Untranslatable, java_regex

REGEX = "regular expression"

log = logging.getLogger(__name__)

_NOTES: ContextVar[list[Note] | None] = ContextVar("notes", default=None)


@contextlib.contextmanager
def noting(owner: str) -> Iterator[list[Note]]:
    """Collect what the parts made here note about their options, by the names of the connector's file."""
    found: list[Note] = []
    token = _NOTES.set(found)
    try:
        yield found
    finally:
        _NOTES.reset(token)
        found[:] = [Note(f"{owner}.{note}", note.kind, f"{owner}.{note.property}") for note in found]


def note(text: str, kind: str, option: str) -> None:
    """Say something about an option; `text` begins with its name."""
    found = _NOTES.get()
    if found is None:
        log.warning("%s", text)
    else:
        found.append(Note(text, kind, option))


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
    beside: Callable[[str], bool] = lambda name: False,
    old: Mapping[str, str] | None = None,
) -> Settings:
    """The options of the part `title`. Raises ConfigError with this code and every problem at once.

    An option that is not declared is ignored as Kafka Connect and Debezium do, and noted; `beside` says which of
    them others read. `old` are names of older versions and what they are called now.
    """
    problems: list[Problem] = []
    values: dict[str, object] = {}
    given = _translated(given, old or {})
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
                note(f"{option.name} changes nothing here: {option.effect}", NO_EFFECT, option.name)
        if option.required and (text is None or not text.strip()):
            near = closest(option.name, [name for name in given if name not in known])
            remedy = f"Set it: {option.doc}"
            problems.append(
                Problem(option.name, text, f"{title} needs it", remedy, near and f"{option.name} for {near}")
            )
        values[option.name] = option.parse(option.default if text is None else text)
    for name in given:
        if name not in known and not beside(name):
            near = closest(name, known)
            hint = f"; did you mean {near}?" if near else ""
            note(f"{name} is not an option of {title} and is ignored, as Debezium does{hint}", IGNORED, name)
    refuse(code, title, problems)
    return Settings(values, frozenset(given))


def _translated(given: dict[str, str], old: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in given.items():
        current = old.get(name, name)
        if current != name:
            if current in given:
                note(f"{name} is an old name of {current}, which is set too: it is ignored", IGNORED, name)
                continue
            note(f"{name} is an old name of {current}: it is read as that", TRANSLATED, name)
        found[current] = text
    return found


def refuse(code: str, title: str, problems: list[Problem]) -> None:
    """Raise ConfigError for all of these problems; nothing when there are none."""
    if problems:
        raise ConfigError(code, f"{title}: {'; '.join(str(problem) for problem in problems)}", problems=problems)


def problems_of(error: ConfigError, owner: str, itself: str) -> list[Problem]:
    """What is wrong with a part, by the names of the connector's file: `pattern` of `transforms.route` in full.

    An error about no option of the part is about the property `itself`, which names the part.
    """
    return [
        Problem(
            f"{owner}.{found.property}" if found.property else itself,
            found.value,
            found.why,
            found.remedy,
            found.did_you_mean,
        )
        for found in error.problems
    ] or [Problem(itself, None, error.detail, error.remedy)]


def _regex_problem(name: str, text: str) -> Problem | None:
    try:
        java_regex(text)
    except Untranslatable as error:
        return Problem(name, text, str(error), "Write the expression in another way")
    return None
