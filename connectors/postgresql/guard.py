"""The second try at a value that could not be converted. Knows no table and no protocol. Compiles (mypyc).

Source: Debezium reference, event.converting.failure.handling.mode.
"""

from __future__ import annotations

import logging

from connectors.postgresql.values import Loader

log = logging.getLogger("connectors.postgresql")


class Guard:
    """A loader that answers for a failure of the one it wraps: the column's stand-in for NULL, or ValueError.

    Text that is not valid UTF-8 (a database in SQL_ASCII) is kept, with replacement characters, as Java does.
    """

    def __init__(self, loader: Loader, null: object, name: str, mode: str) -> None:
        self._loader = loader
        self._instead = null
        self._name = name
        self._mode = mode  # event.converting.failure.handling.mode
        self._warned = False

    def __call__(self, data: bytes) -> object:
        try:
            return self._loader(data)
        except UnicodeDecodeError:
            return self._loader(data.decode("utf-8", "replace").encode("utf-8"))
        except (ValueError, ArithmeticError, LookupError) as error:
            if self._mode == "fail":
                raise ValueError(f"column {self._name}: {error}; value {shown(data)}") from error
            if self._mode == "warn" and not self._warned:
                self._warned = True
                log.warning(
                    "column %s: a value cannot be converted and is left null (%s), value %s; said once",
                    self._name,
                    error,
                    shown(data),
                )
            return self._instead


def shown(data: bytes) -> str:
    """Bytes for an error's text: the first 64 in hex."""
    return data[:64].hex() + ("..." if len(data) > 64 else "")
