"""The second try at a value that could not be converted. Knows no table and no protocol. Compiles (mypyc)."""

from __future__ import annotations

import logging

from cdc.guard import Guard
from cdc.masks import Convert
from cdc.texts import decode


class TextGuard(Guard):
    """A Guard for values that come as text, which in a database in SQL_ASCII need not be UTF-8.

    `escape` keeps such bytes as headwater.invalid.text.handling.mode=escape says, in keys too.
    """

    def __init__(
        self, convert: Convert, null: object, name: str, mode: str, log: logging.Logger, *, escape: bool
    ) -> None:
        super().__init__(convert, null, name, mode, log)
        self._escape = escape

    def _failed(self, value: object, error: Exception) -> object:
        if self._escape and isinstance(error, UnicodeDecodeError) and isinstance(value, bytes):
            return self._convert(decode(value, "utf-8", escape=True).encode("utf-8"))
        return super()._failed(value, error)
