"""Schema names that Avro accepts (`schema.name.adjustment.mode`). Knows no table and no topic rule.

Source: Debezium reference, "schema.name.adjustment.mode"; a name is adjusted as one string, so only its very first
character counts as a beginning.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_BAD_FIRST = re.compile(r"\A[^A-Za-z_]")
_BAD = re.compile(r"[^A-Za-z0-9_.]")
_BAD_UNICODE = re.compile(r"\A[^A-Za-z]|[^A-Za-z0-9.]")


def schema_name_adjuster(mode: str) -> Callable[[str], str]:
    """The function from a name to its adjusted form, for `none`, `avro` or `avro_unicode`."""
    if mode == "avro":
        return avro
    if mode == "avro_unicode":
        return avro_unicode
    return unchanged


def unchanged(name: str) -> str:
    """The name itself."""
    return name


def avro(name: str) -> str:
    """Characters that are not legal become `_`; a digit at the beginning stays, after a `_`."""
    if name[:1].isascii() and name[:1].isdigit():
        name = "_" + name
    return _BAD.sub(underscores, _BAD_FIRST.sub(underscores, name))


def avro_unicode(name: str) -> str:
    """Characters that are not legal, and `_`, become `_u` and hex digits, per UTF-16 unit; two are padded to four."""
    return _BAD_UNICODE.sub(_escapes, name)


def underscores(match: re.Match[str]) -> str:
    """A `_` for each UTF-16 unit of what was found, as Java's regular expressions replace it."""
    return "_" * len(utf16_units(match.group()))


def _escapes(match: re.Match[str]) -> str:
    return "".join(f"_u{unit:04x}" if unit < 0x100 else f"_u{unit:x}" for unit in utf16_units(match.group()))


def utf16_units(text: str) -> list[int]:
    """The characters as Java counts them: one beyond U+FFFF is two."""
    encoded = text.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(encoded[at : at + 2], "big") for at in range(0, len(encoded), 2)]
