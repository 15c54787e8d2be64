"""The text of `sasl.jaas.config`: a login module, its control flag and its options. Knows no module.

Java reads it with a StreamTokenizer: quotes of either kind, C comments, escapes; a word may hold letters, digits and
`. - _ $`. Source: Kafka, JaasConfig; Java, java.io.StreamTokenizer.
"""

from __future__ import annotations

import re
from typing import Final

_ESCAPES: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_OCTAL: Final = re.compile(r"[0-3][0-7]{0,2}|[4-7][0-7]?")
_FLAGS: Final = ("required", "requisite", "sufficient", "optional")


class BadJaas(ValueError):
    """The text is not a login that Java could read; says why, never with a value."""


def login(text: str) -> tuple[str, dict[str, str]]:
    """Class name of the login module and its options. Raises BadJaas."""
    tokens = _tokens(text)
    if not tokens or tokens[0][0] != "word":
        raise BadJaas("it does not begin with the class of a login module")
    module = tokens[0][1]
    if len(tokens) < 2 or tokens[1][1].lower() not in _FLAGS:
        raise BadJaas(f"a control flag must follow the class of the login module: {module} required ...;")
    options: dict[str, str] = {}
    at = 2
    while at < len(tokens) and tokens[at] != ("sign", ";"):
        kind, key = tokens[at]
        if kind == "sign":
            raise BadJaas(f"{key!r} stands where an option is expected; a value with such a character needs quotes")
        if at + 2 >= len(tokens) or tokens[at + 1] != ("sign", "=") or tokens[at + 2][0] == "sign":
            raise BadJaas(f'the option {key} has no value that can be read; write {key}="..."')
        if tokens[at + 2][0] == "number":
            raise BadJaas(f'the value of {key} begins like a number and needs quotes: {key}="..."')
        options[key] = tokens[at + 2][1]
        at += 3
    if at + 1 < len(tokens):
        raise BadJaas("there is more than one login module in it")
    return module, options


def _tokens(text: str) -> list[tuple[str, str]]:
    """Pairs (word, text, number or sign; the token) as Java's StreamTokenizer gives them to Kafka."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        character = text[at]
        if character <= " ":
            at += 1
        elif text.startswith("//", at) or text.startswith("/*", at):
            end = text.find("\n" if text[at + 1] == "/" else "*/", at + 2)
            at = len(text) if end < 0 else end + (1 if text[at + 1] == "/" else 2)
        elif character == "/":  # StreamTokenizer's own comment character: the rest of the line
            end = text.find("\n", at)
            at = len(text) if end < 0 else end + 1
        elif character in "\"'":
            value, at = _quoted(text, at)
            found.append(("text", value))
        elif character in "0123456789." or (character == "-" and text[at + 1 : at + 2].isdigit()):
            start = at
            at += 1
            while at < len(text) and text[at] in "0123456789.":
                at += 1
            found.append(("number", text[start:at]))
        elif _in_word(character):
            start = at
            while at < len(text) and _in_word(text[at]):
                at += 1
            found.append(("word", text[start:at]))
        else:
            found.append(("sign", character))
            at += 1
    return found


def _in_word(character: str) -> bool:
    return character in "._-$" or "0" <= character <= "9" or "a" <= character.lower() <= "z" or character >= "\xa0"


def _quoted(text: str, at: int) -> tuple[str, int]:
    """The content of a quoted text and where it ends; like Java's, a line's end ends it too."""
    quote = text[at]
    at += 1
    found: list[str] = []
    while at < len(text) and text[at] not in (quote, "\n", "\r"):
        character = text[at]
        at += 1
        if character == "\\" and at < len(text):
            character = text[at]
            octal = _OCTAL.match(text, at)
            if octal is not None:
                character = chr(int(octal.group(), 8))
                at = octal.end()
            else:
                character = _ESCAPES.get(character, character)
                at += 1
        found.append(character)
    return "".join(found), at + 1
