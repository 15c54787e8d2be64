"""Column defaults: pg_get_expr's text to the text of a value. Knows no connection.

Source: Debezium reference, "Default column values"; tests/golden/scenarios/expressions.py. A literal becomes a schema
default, a function call the zero of its type; what else is computed (operators, CASE, a number behind a cast) has none.
"""

from __future__ import annotations

import re

_NAME = r"(?:\"(?:[^\"]|\"\")+\"|[A-Za-z_][\w$]*)"
_CAST = rf"(?:::{_NAME}(?:\.{_NAME})?[ \w]*(?:\([\d, ]+\))?[ \w]*(?:\[\])*)*"
_QUOTED = re.compile(rf"(?P<mark>[BXEbxe]?)'(?P<text>(?:[^']|'')*)'{_CAST}", re.DOTALL)
_NUMBER = re.compile(r"\(?(?P<text>[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)\)?")  # `(0)::bigint` is no literal to Debezium
_CALL = re.compile(r"\(?[A-Za-z0-9_.]+\(.*\)", re.DOTALL)  # at the head: more may follow
_KEYWORD = re.compile(
    r"CURRENT_(?:DATE|TIME|TIMESTAMP|USER|ROLE|CATALOG|SCHEMA)|LOCALTIME|LOCALTIMESTAMP|SESSION_USER|USER",
    re.IGNORECASE,
)
_WORD = re.compile(rf"(?P<text>true|false|NULL){_CAST}", re.IGNORECASE)


class Computed(Exception):
    """The default is not a literal."""


def is_call(expression: str) -> bool:
    """Whether a computed default is a function's value, or begins with one."""
    return _CALL.match(expression) is not None or _KEYWORD.fullmatch(expression) is not None


def constant(expression: str) -> str | None:
    """Text of a literal default, None for NULL. Raises Computed when it is an expression."""
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
