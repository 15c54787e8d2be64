"""The second try at a value that could not be converted. Knows no table and no protocol. Compiles (mypyc)."""

from __future__ import annotations

from cdc.guard import Guard


class TextGuard(Guard):
    """A Guard that keeps text which is not valid UTF-8 (a database in SQL_ASCII), with replacement characters.

    So does Java.
    """

    def _failed(self, value: object, error: Exception) -> object:
        if isinstance(error, UnicodeDecodeError) and isinstance(value, bytes):
            return self._convert(value.decode("utf-8", "replace").encode("utf-8"))
        return super()._failed(value, error)
