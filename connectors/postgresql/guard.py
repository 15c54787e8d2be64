"""The second try at a value that could not be converted. Knows no table and no protocol. Compiles (mypyc)."""

from __future__ import annotations

import logging
import re
from typing import Final

from cdc.guard import Guard, Tally
from cdc.masks import Convert


class TextGuard(Guard):
    """A Guard for values that come as text, which in a database in SQL_ASCII need not be UTF-8.

    `escape` keeps such bytes as headwater.invalid.text.handling.mode=escape says, in keys too.
    """

    def __init__(
        self, convert: Convert, null: object, name: str, mode: str, log: logging.Logger, tally: Tally, *, escape: bool
    ) -> None:
        super().__init__(convert, null, name, mode, log, tally)
        self._escape = escape

    def _failed(self, value: object, error: Exception) -> object:
        if self._escape and isinstance(error, UnicodeDecodeError) and isinstance(value, bytes):
            return _escaped(super().__call__(_marked(value)))
        return super()._failed(value, error)


# A byte that is not valid goes through the conversion as one character of these: in an array or a composite value a
# backslash has a meaning.
_MARKS: Final = 0x10FF00
_MARK: Final = re.compile(f"[{chr(_MARKS + 0x80)}-{chr(_MARKS + 0xFF)}]")


def _marked(value: bytes) -> bytes:
    return "".join(
        chr(_MARKS + (ord(letter) & 0xFF)) if 0xDC80 <= ord(letter) <= 0xDCFF else letter
        for letter in value.decode("utf-8", "surrogateescape")
    ).encode("utf-8")


def _escaped(value: object) -> object:
    """As cdc.texts.decode has them: `\\xHH`."""
    if isinstance(value, str):
        return _MARK.sub(lambda found: f"\\x{ord(found.group()) & 0xFF:02x}", value)
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    if isinstance(value, dict):
        return {_escaped(key): _escaped(item) for key, item in value.items()}
    return value
