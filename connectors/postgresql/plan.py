"""How rows of one table version are decoded, and what their key is. Plain data, hot. Compiles (mypyc).

Made by planner.py, read by pgoutput.py and the snapshot reader.
"""

from __future__ import annotations

from typing import Final

from cdc.model import Table
from connectors.postgresql import values
from connectors.postgresql.numbers import COMPILED
from connectors.postgresql.values import Loader

# What is done with a column in place, without calling its loader.
CALL: Final = 0
STRING: Final = 1
INTEGER: Final = 2
BOOLEAN: Final = 3
LEFT_OUT: Final = 4
FLOAT: Final = 5


class Hidden:
    """A value that rows carry behind those of the table's columns, for the key: a column that is left out or masked."""

    def __init__(self, column: int, loader: Loader, null: object, placeholder: object, required: bool) -> None:
        self.column = column  # index in the log's rows
        self.required = required
        self.loader = loader
        self.null = null
        self.placeholder = placeholder


class Plan:
    """How rows of one table version are decoded.

    `loaders` has an entry per column in the log's order, None for a column that is left out; `guarded` the same for the
    second try after a value could not be converted. `nulls` (what NULL becomes), `placeholders` (what an unchanged
    TOASTed value becomes) and `required` (whether there can be no NULL) have an entry per column of `table`. A row is
    the values of the table's columns, then one per Hidden.
    """

    def __init__(
        self,
        table: Table,
        schema: str,
        name: str,
        names: list[str],
        loaders: list[Loader | None],
        guarded: list[Loader | None],
        nulls: list[object],
        placeholders: list[object],
        hidden: list[Hidden],
        required: list[bool],
    ) -> None:
        self.table = table
        self.schema = schema
        self.name = name
        self.names = names
        self.loaders = loaders
        self.guarded = guarded
        self.nulls = nulls
        self.placeholders = placeholders
        self.hidden = hidden
        self.required = required
        self.width = len(loaders)
        self.codes = [code_of(loader) for loader in loaders]

    def logged(self, index: int) -> str:
        """The name in the log of the column whose value is at `index` of a row."""
        if index >= len(self.required):
            return self.names[self.hidden[index - len(self.required)].column]
        return [name for name, loader in zip(self.names, self.loaders, strict=True) if loader is not None][index]


def code_of(loader: Loader | None) -> int:
    """CALL, STRING, INTEGER, BOOLEAN, FLOAT or LEFT_OUT."""
    if loader is None:
        return LEFT_OUT
    if not COMPILED:  # then calling is quicker than looking what there is to do
        return CALL
    if loader is values.text:
        return STRING
    if loader is int:
        return INTEGER
    if loader is values.boolean:
        return BOOLEAN
    if loader is float:
        return FLOAT
    return CALL
