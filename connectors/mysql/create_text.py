"""What SHOW CREATE TABLE prints -> the text of the statement. Knows no statement.

Older versions of MariaDB print the bytes of a binary default as they are, between quotes: no character set has them.
Newer ones, and MySQL, print them as hexadecimal literals (`x'ff00ff'`), and so they are read here.
"""

from __future__ import annotations

import re
from typing import Final

from cdc.errors import SourceRefused, shown
from connectors.mysql import errors
from connectors.mysql.ddl.lexer import unescape

_QUOTED: Final = re.compile(rb"`(?:[^`]|``)*`|'((?:[^'\\]|\\.|'')*)'", re.DOTALL)


def statement_of(data: bytes, table: str) -> str:
    """The statement; a literal whose bytes are no UTF-8 becomes a hexadecimal one. Raises SourceRefused."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    statement = _QUOTED.sub(_literal, data)
    try:
        return statement.decode("utf-8")
    except UnicodeDecodeError as error:
        near = statement[max(0, error.start - 24) : error.start + 24]
        raise SourceRefused(
            errors.CATALOGUE_TEXT,
            f"SHOW CREATE TABLE of {table} has the byte 0x{statement[error.start]:02x} outside of a literal;"
            f" around it, in hex: {shown(near)}",
        ) from None


def _literal(found: re.Match[bytes]) -> bytes:
    """A quoted text as it is, or in hex."""
    raw: bytes | None = found.group(1)
    if raw is None:
        return found.group()
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        value = unescape(raw.decode("latin-1"), "'").encode("latin-1")  # each byte is one character, and back
        return b"x'" + value.hex().encode() + b"'"
    return found.group()
