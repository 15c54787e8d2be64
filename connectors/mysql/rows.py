"""Rows events to Changes: hot, sans-I/O, compiles (mypyc). Knows no connection, no catalog and no configuration.

A Plan is made once per TABLE_MAP and table version: per column what to do (an opcode that the loop knows, else a
converter to call). A row then costs one loop. Every length is checked; bytes that make no sense raise DecodeError.

Source: MySQL source documentation, "Rows_event"; Debezium reference, "Data type mappings".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cdc.model import Change, Row, Table
    from connectors.mysql.events import Rows, TableMap

Convert = Callable[[object], object]

SOURCE_ROW: Final = 14  # index of `row` in the source block, see source_info.py


class LogColumn:
    """What a Plan must know of one column of a table version; one per column of the log, in its order.

    Args:
        name: for errors.
        unsigned: of integer types.
        charset: MySQL's name of the character set of a text column, `binary` for bytes, "" where there is none.
        captured: False leaves the column out of the row.
        convert: log value (see values.py) to Connect value, None: the log value is it. Raises ValueError.
        null: what NULL and a zero date become.
        absent: what a column that the row image does not carry becomes (binlog_row_image other than FULL).
    """

    def __init__(
        self,
        name: str,
        *,
        unsigned: bool = False,
        charset: str = "",
        captured: bool = True,
        convert: Convert | None = None,
        null: object = None,
        absent: object = None,
    ) -> None:
        self.name = name
        self.unsigned = unsigned
        self.charset = charset
        self.captured = captured
        self.convert = convert
        self.null = null
        self.absent = absent


class Hidden:
    """A value that rows carry behind those of the table's columns, for the key: a column left out or masked."""

    def __init__(self, column: int, convert: Convert | None, null: object, absent: object = None) -> None:
        self.column = column  # index in the log's rows
        self.convert = convert
        self.null = null
        self.absent = absent


class Plan:
    """How rows of one TABLE_MAP and table version are decoded.

    A row is the values of the captured columns in the log's order, then one per Hidden. Raises DecodeError when the
    columns do not fit the TABLE_MAP.
    """

    def __init__(self, event: TableMap, table: Table, columns: list[LogColumn], hidden: list[Hidden]) -> None:
        self.event = event
        self.table = table
        self.columns = columns
        self.hidden = hidden


class Reader:
    """Decodes rows events; keeps counters.

    Args:
        skipped: operations that are not emitted (skipped.operations).
        unchanged: leave out updates that change no captured column (skip.messages.without.change).
    """

    def __init__(self, *, skipped: list[str] | None = None, unchanged: bool = False) -> None:
        self.skipped = 0  # rows of skipped operations
        self.unchanged = 0  # updates without a change
        self._skip = skipped or []
        self._skip_unchanged = unchanged

    def read(self, event: Rows, plan: Plan, source: Row, first: int, tx: str, out: list[Change]) -> int:
        """Append the Changes of an event's rows from number `first` (0: all); returns the number of rows in the event.

        `source` is the source block of the event; each Change gets a copy with its row number at SOURCE_ROW.
        `tx` is Debezium's transaction id ("" without metadata). Raises DecodeError.
        """
        raise NotImplementedError
