"""The error tree and what the engine does about each.

CdcError
 +-- ConfigError          a property is wrong; every problem at once             final
 +-- SourceLost           the connection broke or the server is restarting       retry
 +-- SourceRefused        the database refuses us for a reason a person must mend final (some: retry)
 |    +-- PositionLost    slot, WAL or binlog of our position is gone            final; snapshot with when_needed
 +-- DecodeError          bytes of the log that cannot be understood             final
 +-- BindError            a transform or format cannot serve a record's shape    final
 +-- SchemaError          the registry refuses a schema, a name is not legal     final
 +-- RegistryLost         the registry does not answer                           retry
 +-- SinkFull             no room; poll and try again                            wait
 +-- SinkFailed           Kafka refused a record or cannot be reached            by code
 +-- StoreFailed          offsets cannot be read or written                      by code
 +-- InternalError        whatever else: a bug                                   final

Every error carries a stable code (`HW-...`), what happened and where, and a remedy; docs/reference/errors.md has a
section per code, generated from CODES.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from cdc.options import Down, Problem

RETRY: Final = "retry"
STOP: Final = "stop"


class Code:
    """One documented error: its stable code, policy, title and remedy."""

    def __init__(self, code: str, policy: str, title: str, remedy: str) -> None:
        self.code = code
        self.policy = policy
        self.title = title
        self.remedy = remedy


CODES: dict[str, Code] = {}


def define(code: str, policy: str, title: str, remedy: str) -> str:
    """Declare an error code. A code is declared once, here or beside the code that raises it; returns the code."""
    if code in CODES:
        raise ValueError(f"error code {code} is declared twice")
    CODES[code] = Code(code, policy, title, remedy)
    return code


class CdcError(Exception):
    """Base of all: `code` is a key of CODES, `detail` says what happened and where, in one line."""

    def __init__(self, code: str, detail: str, remedy: str = "") -> None:
        entry = CODES[code]
        self.code = code
        self.detail = detail
        self.remedy = remedy or entry.remedy
        self.policy = entry.policy
        super().__init__(f"{code} {entry.title}: {detail}. {self.remedy}")


class ConfigError(CdcError):
    """A property is wrong. `problems` lists every one."""

    def __init__(self, code: str, detail: str, remedy: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(code, detail, remedy)
        self.problems = list(problems)


class SourceLost(CdcError):
    """The connection to the database broke; reconnect and resume."""


class SourceRefused(CdcError):
    """The database refuses us."""


class PositionLost(SourceRefused):
    """The log no longer holds our position."""


class DecodeError(CdcError):
    """Bytes that cannot be understood: never skipped."""


class BindError(CdcError):
    """A transform, a key rule or a format cannot serve a shape."""


class SchemaError(CdcError):
    """A schema is refused."""


class RegistryLost(CdcError):
    """The schema registry does not answer."""


class InternalError(CdcError):
    """An exception without a code: a bug, told with its place."""


class SinkFull(Exception):
    """No room for another record; not an error: the engine polls and tries again."""


class SinkFailed(CdcError):
    """Kafka refused a record."""


class StoreFailed(CdcError):
    """Offsets could not be read or written."""


INTERNAL: Final = define(
    "HW-INTERNAL-001",
    STOP,
    "An internal error",
    "Nothing behind it is confirmed, so nothing is lost. It is a bug: report this line and what `cdc version` prints."
    " log.level=DEBUG shows the whole stack",
)
_OURS: Final = ("cdc", "connectors", "schemas", "transforms")
_FRAMES: Final = 4


def coded(error: BaseException, doing: str) -> CdcError:
    """The error itself when it has a code, else an InternalError with what was done and where in the code it came up.

    The stack goes to the log at DEBUG.
    """
    if isinstance(error, CdcError):
        return error
    logging.getLogger("cdc").debug("while %s", doing, exc_info=error)
    text = " ".join(str(error).split())
    named = type(error).__name__ + (f": {text[:300]}" if text else "")
    return InternalError(INTERNAL, f"while {doing}: {named} (at {_place(error)})")


def _place(error: BaseException) -> str:
    """Where an exception came up, innermost first: modules and lines of ours, and of the library that raised it."""
    frames: list[tuple[str, int]] = []
    at = error.__traceback__
    while at is not None:
        frames.append((str(at.tb_frame.f_globals.get("__name__", "?")), at.tb_lineno))
        at = at.tb_next
    frames.reverse()
    chosen = frames[:1] + [frame for frame in frames[1:] if frame[0].split(".")[0] in _OURS]
    return ", ".join(f"{module}:{line}" for module, line in chosen[:_FRAMES]) or "an unknown place"


def shown(data: bytes) -> str:
    """Bytes for an error's text: the first 64 in hex."""
    return data[:64].hex() + ("..." if len(data) > 64 else "")


def problem_of(error: CdcError, property: str, value: str | None = None, *, wrong: bool = False) -> Problem:
    """An error of something that a property points to; `Down` when it may work again by itself and is not `wrong`."""
    kind = Problem if wrong or error.policy != RETRY else Down
    return kind(property, value, f"{error.code} {CODES[error.code].title}: {error.detail}", error.remedy)
