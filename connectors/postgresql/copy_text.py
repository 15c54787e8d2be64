"""Rows of COPY ... TO STDOUT in text format: taken apart and loaded. Knows no connection. Compiles (mypyc).

Source: PostgreSQL manual, "COPY, Text Format". Loaders are those of streaming, which get the same text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cdc.digits import float_number, whole_number
from connectors.postgresql.plan import FLOAT, INTEGER, STRING, code_of
from connectors.postgresql.values import Loader, Newer

_NULL: Final = b"\\N"
_ESCAPES: Final = {
    0x62: b"\b",
    0x66: b"\f",
    0x6E: b"\n",
    0x72: b"\r",
    0x74: b"\t",
    0x76: b"\v",
}


def unescape(field: bytes) -> bytes:
    """The text of a field that has backslashes. Raises ValueError when it ends in one."""
    parts: list[bytes] = []
    start = 0
    while True:
        at = field.find(b"\\", start)
        if at < 0:
            parts.append(field[start:])
            return b"".join(parts)
        if at + 1 >= len(field):
            raise ValueError("a field of COPY ends in a backslash")
        parts.append(field[start:at])
        mark = field[at + 1]
        known = _ESCAPES.get(mark)
        parts.append(field[at + 1 : at + 2] if known is None else known)
        start = at + 2


class RowReader:
    """Lines of one table to rows.

    `nulls` stands for NULL per column (a fallback where the schema allows no null), `guarded` are the loaders of a
    second try after a value could not be converted; they answer or raise ValueError. `required` says which columns the
    schema allows no null in. `first` is the name of the first column, by which an error names the row. Raises Newer for
    a row that does not fit the plan.
    """

    def __init__(
        self,
        loaders: list[Loader],
        nulls: list[object],
        guarded: list[Loader],
        required: list[bool],
        first: str = "",
    ) -> None:
        self._first = first
        self._loaders = loaders
        self._nulls = nulls
        self._guarded = guarded
        self._required = required
        self._width = len(loaders)
        self._codes = [code_of(loader) for loader in loaders]
        self._careful: RowReader | None = None  # made when it is needed
        self._read = 0  # bytes of the rows of the present list

    def fill(
        self, get: Callable[[int], tuple[int, memoryview]], rows: list[list[object]], count: int, size: int
    ) -> int:
        """Append rows to `rows` until it has `count`, or about `size` bytes were read for it. Raises ValueError.

        `get` is psycopg's get_copy_data. Returns 1 when the list is full (the next call begins another), 0 when nothing
        more has arrived, -1 at the end.
        """
        while len(rows) < count and self._read < size:
            length, view = get(1)
            if length <= 0:
                return 0 if length == 0 else -1
            self._read += length
            rows.append(self.row(bytes(view)))
        self._read = 0
        return 1

    def row(self, line: bytes) -> list[object]:
        """Values of one line (with or without its newline). Raises ValueError on what cannot be understood."""
        try:
            return self._values(line)
        except (ValueError, ArithmeticError, LookupError):
            return self._slowly(line)

    def _slowly(self, line: bytes) -> list[object]:
        careful = self._careful
        if careful is None:
            careful = self._careful = RowReader(self._guarded, self._nulls, self._guarded, self._required)
        try:
            return careful._values(line)
        except (ValueError, ArithmeticError, LookupError) as error:
            value = line.split(b"\t")[0].rstrip(b"\n")[:64].decode("utf-8", "backslashreplace")
            raise ValueError(f"{error}; in the row with {self._first}={value}") from error

    def _values(self, line: bytes) -> list[object]:
        loaders = self._loaders
        if line.endswith(b"\n"):
            line = line[:-1]
        fields = line.split(b"\t") if self._width else []
        if len(fields) != self._width:
            raise ValueError(f"a row of COPY has {len(fields)} fields, {self._width} were asked for")
        values: list[object] = []
        index = 0
        if b"\\" in line:
            nulls = self._nulls
            for field in fields:
                if field == _NULL:
                    if self._required[index]:
                        raise Newer("", index)
                    values.append(nulls[index])
                elif b"\\" in field:
                    values.append(loaders[index](unescape(field)))
                else:
                    values.append(loaders[index](field))
                index += 1
        else:
            for field, loader, code in zip(fields, loaders, self._codes):  # noqa: B905 - compiles to a plain loop
                if code == STRING:
                    values.append(field.decode("utf-8"))
                elif code == INTEGER:
                    values.append(whole_number(field, 0, len(field)))
                elif code == FLOAT:
                    values.append(float_number(field, 0, len(field)))
                else:
                    values.append(loader(field))
        return values
