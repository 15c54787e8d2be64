"""Column defaults: pg_get_expr's text to the text of a value. Knows no connection.

Source: Debezium reference, "Default column values". A constant becomes a schema default, anything computed (a
function, an operator) the zero of its type, as Debezium does.
"""

from __future__ import annotations

import re

_NAME = r"(?:\"(?:[^\"]|\"\")+\"|[A-Za-z_][\w$]*)"
_CAST = rf"(?:::{_NAME}(?:\.{_NAME})?[ \w]*(?:\([\d, ]+\))?[ \w]*(?:\[\])*)*"
_QUOTED = re.compile(rf"(?P<mark>[BXEbxe]?)'(?P<text>(?:[^']|'')*)'{_CAST}", re.DOTALL)
_NUMBER = re.compile(rf"\(?(?P<text>[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)\)?{_CAST}")
_WORD = re.compile(rf"(?P<text>true|false|NULL){_CAST}", re.IGNORECASE)


class Computed(Exception):
    """The default is not a constant."""


def constant(expression: str) -> str | None:
    """Text of a constant default, None for NULL. Raises Computed when it is an expression."""
    found = _stripped(expression)
    match = _WORD.fullmatch(found)
    if match is not None:
        word = match.group("text").lower()
        return None if word == "null" else word
    match = _NUMBER.fullmatch(found)
    if match is not None:
        return match.group("text")
    match = _QUOTED.fullmatch(found)
    if match is None:
        raise Computed(expression)
    text = match.group("text").replace("''", "'")
    mark = match.group("mark").lower()
    if mark == "e":
        return re.sub(r"\\(.)", r"\1", text)
    if mark == "x":
        return "".join(f"{int(digit, 16):04b}" for digit in text)
    return text


def _stripped(expression: str) -> str:
    """Without the parentheses around all of it: `('-1'::integer)::bigint` has none such, `(5)` has."""
    found = expression.strip()
    while found.startswith("("):
        depth = 0
        quoted = False
        for at, character in enumerate(found):
            if character == "'":
                quoted = not quoted
            elif not quoted and character == "(":
                depth += 1
            elif not quoted and character == ")":
                depth -= 1
                if depth == 0:
                    inner = found[1:at]
                    rest = found[at + 1 :]
                    break
        else:
            return found
        if rest and not rest.startswith("::"):
            return found
        found = inner.strip() + rest
    return found
