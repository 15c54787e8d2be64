"""The errors of DDL and of the schema history, with their codes."""

from __future__ import annotations

from typing import Final

from cdc.errors import STOP, define

NOT_UNDERSTOOD = define(
    "HW-MY-201",
    STOP,
    "A statement that may change tables is not understood",
    "Report the statement; to go on without it set schema.history.internal.skip.unparseable.ddl=true and take the"
    " schema anew with snapshot.mode=recovery, as the tables that it changes are then not known",
)
UNKNOWN_TABLE = define(
    "HW-MY-202",
    STOP,
    "A statement changes a table that the schema history does not know",
    "The history misses an earlier statement: take the schema anew with snapshot.mode=recovery. Where it leaves out the"
    " databases or tables that are not captured, the statement may name one of those: pass over it with"
    " schema.history.internal.skip.unparseable.ddl=true",
)
CONTRADICTION = define(
    "HW-MY-203",
    STOP,
    "The binary log contradicts the table as the schema history knows it",
    "The history is not that of this server, or a statement was not logged (sql_log_bin=0): snapshot.mode=recovery"
    " takes the structure anew, which is right when nothing was altered since the stored offset; else take a new"
    " snapshot",
)

_LONGEST: Final = 300


def excerpt(sql: str) -> str:
    """A statement in one line, cut where it is long: what an error shows."""
    line = " ".join(sql.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}... ({len(sql)} characters)"
