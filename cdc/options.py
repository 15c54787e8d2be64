"""Declarations of properties: one declaration feeds reading, validation, `cdc` help and the reference documentation.

Knows no property. Not pydantic: importing it and building a model of 150 fields takes longer than reading the file
(measured by tests/benchmarks/micro/startup.py), and the words of its errors are not an operator's.
"""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from cdc.regex import Untranslatable, java_regex

BOOLEAN: Final = "boolean"
INT: Final = "int"
STRING: Final = "string"
LIST: Final = "list"
ENUM: Final = "enum"
PASSWORD: Final = "password"
CLASS: Final = "class"
REGEX_LIST: Final = "list of regular expressions"

MASK: Final = "********"
# What to do about a part that shapes records and is not there: leaving it out would change what consumers receive.
LEAVE: Final = "Leave this connector to Kafka Connect until a version of Headwater has it"
# User and password in a URL: up to the last @ before the path, or behind `user:` when the password holds a slash.
_USERINFO: Final = re.compile(r"(?<=://)(?:[^\s/?#,\"']*|[^\s/?#,@:\"']+:(?!\d+[/?#])[^\s,\"']*)@")

# Kinds of notes, in the order of their weight.
IGNORED: Final = "ignored"
ATTENTION: Final = "please note"
TRANSLATED: Final = "read as something newer"
NO_EFFECT: Final = "without effect here"
COMMENT: Final = "taken for comments"
NOTE_KINDS: Final = (IGNORED, ATTENTION, TRANSLATED, NO_EFFECT, COMMENT)


def mask_urls(text: str) -> str:
    """The text with user and password of every URL masked."""
    return _USERINFO.sub(f"{MASK}@", text) if "://" in text else text


def url_secrets(text: str) -> list[str]:
    """User and password of every URL in a text, and the password alone."""
    found: list[str] = []
    for match in _USERINFO.finditer(text):
        userinfo = match.group(0)[:-1]
        found += [userinfo, *userinfo.split(":", 1)[1:]]
    return found


class Note(str):
    """Something to know about a file that stops nothing. `kind` is one of NOTE_KINDS, `property` what it is about."""

    kind: str
    property: str

    def __new__(cls, text: str, kind: str = ATTENTION, property: str = "") -> Note:
        """A note; it compares as its text."""
        made = super().__new__(cls, text)
        made.kind = kind
        made.property = property
        return made


class Problem:
    """One thing wrong with a configuration: property, its value (masked), why, what to do, nearest known name."""

    def __init__(self, property: str, value: str | None, why: str, remedy: str, did_you_mean: str = "") -> None:
        self.property = property
        self.value = None if value is None else mask_urls(value)
        self.why = mask_urls(why)
        self.remedy = remedy
        self.did_you_mean = did_you_mean

    def lines(self) -> list[str]:
        """For a terminal: one block."""
        value = "" if self.value is None else f" = {self.value}"
        found = [f"{self.property}{value}", f"  why:    {self.why}", f"  remedy: {self.remedy}"]
        if self.did_you_mean:
            found.append(f"  did you mean: {self.did_you_mean}")
        return found

    def __str__(self) -> str:
        value = "" if self.value is None else f"={self.value}"
        hint = f" (did you mean {self.did_you_mean}?)" if self.did_you_mean else ""
        return f"{self.property}{value}: {self.why}; {self.remedy}{hint}"

    def __repr__(self) -> str:
        return f"<Problem {self}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.property, self.value, self.why))


class Down(Problem):
    """Something that does not answer now; nothing is wrong with the configuration."""


class Broken:
    """Stands for a value that could not be had (a placeholder that nothing resolves), with the reason."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class Option:
    """One property. `default` is text as it would stand in a file; None: no default.

    `refused` says why any value but the default is refused; `refused_values` says it value by value. `effect` is
    empty for what works, else it says why an accepted property changes nothing here. `remedy` is what to do about a
    refused one, where removing it would change records. `own` marks properties that Debezium does not have.
    """

    def __init__(
        self,
        name: str,
        type: str,
        default: str | None,
        doc: str,
        choices: tuple[str, ...] = (),
        *,
        required: bool = False,
        minimum: int | None = None,
        refused: str = "",
        refused_values: Mapping[str, str] | None = None,
        remedy: str = "",
        effect: str = "",
        aliases: tuple[str, ...] = (),
        own: bool = False,
        section: str = "",
    ) -> None:
        self.name = name
        self.attribute = attribute(name)
        self.type = type
        self.default = default
        self.doc = doc
        self.choices = choices
        self.required = required
        self.minimum = minimum
        self.refused = refused
        self.refused_values = dict(refused_values or {})
        self.remedy = remedy
        self.effect = effect
        self.aliases = aliases
        self.own = own
        self.section = section

    def parse(self, text: str | None) -> object:
        """The value of a text. Raises ValueError saying what is wrong with it."""
        if self.type in (LIST, REGEX_LIST):
            return split_list(text or "")
        if text is None:
            return None
        if self.type not in (STRING, PASSWORD):
            text = text.strip()
        if self.type == BOOLEAN:
            word = text.lower()
            if word not in ("true", "false"):
                raise ValueError("must be true or false")
            return word == "true"
        if self.type == INT:
            return self._number(text)
        if self.type == ENUM:
            word = text.lower().replace("-", "_") if text.lower() not in self.choices else text.lower()
            if word not in self.choices:
                raise ValueError(f"must be one of {', '.join(self.choices)}")
            return word
        return text

    def _number(self, text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ValueError("must be a whole number") from None
        if self.minimum is not None and number < self.minimum:
            raise ValueError(f"must be at least {self.minimum}")
        return number

    def check(self, text: str) -> Problem | None:
        """What is wrong with a text that is set, None when nothing is."""
        shown = MASK if self.type == PASSWORD else text
        try:
            value = self.parse(text)
            if self.type == REGEX_LIST:
                for item in split_list(text):
                    java_regex(item)
        except Untranslatable as error:
            return Problem(self.name, shown, str(error), "Write the expression in another way")
        except ValueError as error:
            near = closest(text.strip().lower(), self.choices)
            return Problem(self.name, shown, str(error), self._expected(), near)
        reason = self.refused_values.get(str(value))
        if reason is None and self.refused and value != self.parse(self.default):
            reason = self.refused
        if reason is not None:
            remedy = f"Remove it or set {self.default}" if self.default is not None else "Remove it"
            return Problem(self.name, shown, reason, self.remedy or remedy)
        return None

    def _expected(self) -> str:
        usable = [choice for choice in self.choices if choice not in self.refused_values]
        if usable:
            return f"Use {', '.join(usable)}"
        if self.type == BOOLEAN:
            return "Use true or false"
        if self.default is not None:
            return f"Correct the value (default: {self.default})"
        return "Correct the value"


def attribute(name: str) -> str:
    """Attribute name of a property: `slot.name` -> `slot_name`."""
    return name.replace(".", "_").replace("-", "_")


def option(
    name: str,
    type: str,
    default: str | None,
    doc: str,
    choices: tuple[str, ...] = (),
    **more: Any,
) -> Any:
    """An Option in the body of a class of `Options`; typed as anything so that the attribute has its value's type."""
    return Option(name, type, default, doc, choices, **more)


def but(declared: Any, **changes: object) -> Any:
    """A declaration again, but for these attributes of the Option: in the body of a connector's class of `Options`."""
    assert isinstance(declared, Option)
    unknown = changes.keys() - vars(declared).keys()
    assert not unknown, f"an Option has no {', '.join(unknown)}"
    found = copy.copy(declared)
    vars(found).update(changes)
    return found


class Family:
    """Properties whose name carries a value, such as `column.mask.with.<n>.chars`.

    `pattern` recognises them (whole name). `check` returns what is wrong with (name, text), empty when nothing is.
    `known` are the last parts that names may have, where not every one is a member.
    """

    def __init__(
        self,
        template: str,
        pattern: str,
        doc: str,
        *,
        type: str = STRING,
        refused: str = "",
        remedy: str = "",
        effect: str = "",
        check: Callable[[str, str], str] | None = None,
        known: Iterable[str] = (),
        secret: bool = False,
        section: str = "",
    ) -> None:
        self.template = template
        self.pattern = pattern
        self.doc = doc
        self.type = type
        self.refused = refused
        self.remedy = remedy
        self.effect = effect
        self.check = check
        self.known = frozenset(name.lower() for name in known)
        self.secret = secret
        self.section = section

    def has(self, name: str) -> bool:
        """Whether a property is a member."""
        if re.fullmatch(self.pattern, name, re.DOTALL) is None:
            return False
        return not self.known or name.rpartition(".")[2].lower() in self.known

    def problem(self, name: str, text: str) -> Problem | None:
        """What is wrong with one member of the family."""
        shown = MASK if self.secret else text
        if self.refused:
            return Problem(name, shown, self.refused, self.remedy or "Remove it")
        try:
            if self.type == REGEX_LIST:
                for item in split_list(text):
                    java_regex(item)
            why = self.check(name, text) if self.check is not None else ""
        except Untranslatable as error:
            why = str(error)
        return Problem(name, shown, why, f"Correct it: {self.template}") if why else None


def split_list(text: str) -> list[str]:
    r"""Items of a comma-separated list, trimmed, empty ones left out; `\,` is a comma inside an item."""
    if "\\" not in text:
        return [item for part in text.split(",") if (item := part.strip())]
    items: list[str] = []
    current = ""
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\" and position + 1 < len(text):
            following = text[position + 1]
            current += "," if following == "," else character + following
            position += 2
            continue
        if character == ",":
            items.append(current.strip())
            current = ""
        else:
            current += character
        position += 1
    items.append(current.strip())
    return [item for item in items if item]


def closest(name: str, known: Iterable[str], likeness: float = 0.75) -> str:
    """The known name that a mistyped one most likely means, empty when none is near."""
    found = difflib.get_close_matches(name, list(known), 1, likeness)
    return found[0] if found else ""
