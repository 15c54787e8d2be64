"""A value that cannot be converted: what the configuration says of it. Knows no connector. Compiles (mypyc).

Source: Debezium reference, event.converting.failure.handling.mode.
"""

from __future__ import annotations

import logging
from typing import Final

from cdc.errors import shown
from cdc.masks import Convert

FAIL: Final = "fail"


class Tally:
    """How many values of a connector could not be converted and were left null, since it began."""

    def __init__(self) -> None:
        self.values = 0


class Guard:
    """A converter that answers for a failure of the one it wraps: the column's stand-in for NULL, or ValueError."""

    def __init__(self, convert: Convert, null: object, name: str, mode: str, log: logging.Logger, tally: Tally) -> None:
        self._convert = convert
        self._instead = null
        self._name = name
        self._mode = mode  # event.converting.failure.handling.mode
        self._log = log
        self._tally = tally
        self._warned = False

    def __call__(self, value: object) -> object:
        try:
            return self._convert(value)
        except (ValueError, ArithmeticError, LookupError) as error:
            return self._failed(value, error)

    def _failed(self, value: object, error: Exception) -> object:
        """What stands for a value. Raises ValueError."""
        if self._mode == FAIL:
            raise ValueError(f"column {self._name}: {error}; value {_text(value)}") from error
        self._tally.values += 1
        if self._mode == "warn" and not self._warned:
            self._warned = True
            self._log.warning(
                "column %s: a value cannot be converted and is left null (%s), value %s; said once",
                self._name,
                error,
                _text(value),
            )
        return self._instead


def _text(value: object) -> str:
    return shown(value) if isinstance(value, bytes) else str(value)[:64]
