"""Rows events to Changes: hot, sans-I/O, compiles (mypyc). Knows no connection, no catalog and no configuration.

A Plan is made once per TABLE_MAP and table version: per column how long its cell is, what to do with it (an opcode that
the loop knows, else a converter to call). A row then costs one loop. Every length is checked; bytes that make no sense
raise DecodeError, with the table, the column and the place.

Source: MySQL source documentation, "Rows_event"; Debezium reference, "Data type mappings".
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from librt.strings import read_f32_le, read_f64_le, read_i16_le, read_i32_le, read_i64_le
from mypy_extensions import i64

from cdc.errors import STOP, DecodeError, define
from cdc.model import CREATE, DELETE, UPDATE, Change, Row, Table
from connectors.mysql import cells, charsets, json_binary, table_map, values
from connectors.mysql.errors import UNCONVERTIBLE_DATE
from connectors.mysql.events import Rows, TableMap
from connectors.mysql.octets import Octets

log = logging.getLogger("connectors.mysql")

MISFIT: Final = define(
    "HW-MY-105",
    STOP,
    "A row of the log does not fit what is known of its table",
    "The table was changed by a statement that the connector has not seen (binary log switched off for a session,"
    " schema history of another server). Use snapshot.mode=recovery to read the tables' structure anew, and make schema"
    " changes with the binary log on",
)
BROKEN_ROW: Final = define(
    "HW-MY-106",
    STOP,
    "A row of the binary log cannot be understood",
    "Nothing was skipped: the stored offset lies before it. Compare with what mysqlbinlog -vv says of this position",
)
UNCONVERTIBLE: Final = define(
    "HW-MY-107",
    STOP,
    "A value cannot be converted",
    "Correct the row, choose a handling mode that can hold the value, or set"
    " event.converting.failure.handling.mode=warn to leave the field null",
)

NO_BEFORE: Final = define(
    "HW-MY-108",
    STOP,
    "The log holds the difference of a JSON value only",
    "Set binlog_row_image=FULL on the server and in every session, or binlog_row_value_options='', and begin with a new"
    " snapshot of the table (snapshot.mode=when_needed, or an incremental one)",
)

INCOMPLETE: Final = define(
    "HW-MY-109",
    STOP,
    "A row in the log lacks columns",
    "A session wrote with binlog_row_image other than FULL: set FULL on the server and in every session, then remove"
    " the offset (`cdc offsets import --delete`) for a new snapshot; event.processing.failure.handling.mode=warn leaves"
    " such rows out",
)

Convert = Callable[[object], object]

SOURCE_ROW: Final = 14  # index of `row` in the source block, see source_info.py

# What is done with a cell.
SKIP: Final = 0
CONVERT: Final = 1  # to a log value, then the converter, if there is one
INT8: Final = 2
UINT8: Final = 3
INT16: Final = 4
UINT16: Final = 5
INT32: Final = 6
UINT32: Final = 7
INT64: Final = 8
TEXT: Final = 9  # UTF-8
OTHER_TEXT: Final = 10
BYTES: Final = 11
FLOAT32: Final = 12
FLOAT64: Final = 13
DECIMAL: Final = 14  # of at most 18 digits to Connect Decimal
DAYS: Final = 15
MICROS: Final = 16  # DATETIME
MILLIS: Final = 17  # DATETIME
ZONED: Final = 18  # TIMESTAMP
PADDED: Final = 19  # BINARY(n)
BOOLEAN: Final = 20  # TINYINT and BIT of one byte

_STEP: Final = 4  # added to a size, so that none is negative
_ABSENT: Final = -2
_NULL: Final = -1
_TEXTS: Final = (
    table_map.STRING,
    table_map.VARCHAR,
    table_map.VAR_STRING,
    table_map.BLOB,
    table_map.VARCHAR_COMPRESSED,
    table_map.BLOB_COMPRESSED,
)


class LogColumn:
    """What a Plan must know of one column of a table version; one per column of the log, in its order.

    Args:
        name: for errors.
        unsigned: of integer types.
        charset: MySQL's name of the character set of a text column, `binary` for bytes, "" where there is none.
        captured: False leaves the column out of the row.
        convert: log value (see values.py) to Connect value, None: the log value is it. Raises ValueError.
        null: what NULL and a zero date become.
        invalid: bytes that are no UTF-8 to what stands for them, None for null. Raises ValueError. Without it U+FFFD
            stands for each.
        absent: what a column that the row image does not carry becomes (binlog_row_image other than FULL), None: an
            error.
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
        invalid: Convert | None = None,
    ) -> None:
        self.name = name
        self.invalid = invalid
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
        if event.width != len(columns):
            raise DecodeError(
                MISFIT, f"table {table.id} has {len(columns)} columns, its rows {event.width} {place(event)}"
            )
        self.event = event
        self.table = table
        self.columns = columns
        self.hidden = hidden
        self.width = event.width
        self.sizes: list[int] = []  # bytes of the cell, or minus the bytes of the length in front of it
        self.texts: list[charsets.Text | None] = []  # how text is decoded, None: it is bytes
        self.converts = [column.convert for column in columns]
        self.nulls = [column.null for column in columns]
        self.blank: Row = [column.null for column in columns if column.captured]  # a row of nulls
        codes: list[int] = []
        for index, column in enumerate(columns):
            kind, meta = event.types[index], event.metadata[index]
            try:
                size = cells.fixed_size(kind, meta)
                self.sizes.append(size if size >= 0 else -cells.prefix_size(kind, meta))
            except ValueError as error:
                where = f"table {table.id}, column {column.name} {place(event)}"
                raise DecodeError(MISFIT, f"{error}: {where}") from error
            is_text = kind in _TEXTS and column.charset not in ("", charsets.BINARY)
            self.texts.append(charsets.text_of(column.charset) if is_text else None)
            codes.append(code_of(kind, meta, column))
        self.codes = bytes(codes)
        self.lenient = False  # dates that no calendar has become 1970-01-01
        self.steps = bytes(size + _STEP for size in self.sizes)  # `sizes` in a form that is quick to read
        self.simple = not hidden
        self.json_columns = [index for index, kind in enumerate(event.types) if kind == table_map.JSON]

    def strange(self, index: int, error: cells.InvalidDate) -> None:
        """A date that no calendar has, which becomes 1970-01-01 where that is allowed. Raises DecodeError."""
        where = f"table {self.table.id}, column {self.columns[index].name}"
        if not self.lenient:
            raise DecodeError(UNCONVERTIBLE_DATE, f"{where}: {error}")
        log.warning("%s: %s, 1970-01-01 is sent for it", where, error)

    def utf8(self, index: int, data: bytes) -> object:
        """UTF-8 as text; what stands for a value that is not valid, None for null. Raises ValueError."""
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            invalid = self.columns[index].invalid
            return data.decode("utf-8", "replace") if invalid is None else invalid(data)

    def log_value(self, index: int, data: bytes, first: int, end: int) -> object:
        """The log value of a column's cell; None for a zero date. Raises ValueError."""
        kind = self.event.types[index]
        meta = self.event.metadata[index]
        try:
            value = cells.log_value(kind, meta, self.columns[index].unsigned, data, first, end)
        except cells.InvalidDate as error:
            self.strange(index, error)
            return 0
        text = self.texts[index]
        if text is not None:
            assert isinstance(value, bytes)
            return text(value) if self.columns[index].charset not in charsets.UTF8 else self.utf8(index, value)
        if kind == table_map.STRING and isinstance(value, bytes) and len(value) < meta:
            return value.ljust(meta, b"\0")
        return value


def code_of(kind: int, meta: int, column: LogColumn) -> int:
    """What is done with a column's cells."""
    if not column.captured:
        return SKIP
    convert = column.convert
    if convert is not None:
        if convert is values.decimal and kind == table_map.NEWDECIMAL and meta >> 8 <= 18:
            return DECIMAL
        if convert is values.milliseconds and kind == table_map.DATETIME2:
            return MILLIS
        if isinstance(convert, values.ZonedTimestamp) and kind == table_map.TIMESTAMP2:
            return ZONED
        if convert is values.signed64 and kind == table_map.LONGLONG:
            return INT64
        if convert is values.boolean and (kind == table_map.TINY or (kind == table_map.BIT and meta <= 8)):
            return BOOLEAN
        return CONVERT
    if kind in (table_map.STRING, table_map.VARCHAR, table_map.VAR_STRING, table_map.BLOB):
        if column.charset in charsets.UTF8:
            return TEXT
        if column.charset not in ("", charsets.BINARY):
            return OTHER_TEXT
        return PADDED if kind == table_map.STRING else BYTES
    if kind == table_map.LONGLONG and column.unsigned:
        return CONVERT
    if kind in _SIGNED:
        return _SIGNED[kind] + (1 if column.unsigned else 0)
    return _PLAIN.get(kind, CONVERT)


_SIGNED: Final = {
    table_map.TINY: INT8,
    table_map.SHORT: INT16,
    table_map.LONG: INT32,
    table_map.LONGLONG: INT64,
}
_PLAIN: Final = {
    table_map.FLOAT: FLOAT32,
    table_map.DOUBLE: FLOAT64,
    table_map.DATE: DAYS,
    table_map.NEWDATE: DAYS,
    table_map.DATETIME2: MICROS,
    table_map.GEOMETRY: BYTES,
}


def place(event: TableMap) -> str:
    """Where a table's rows are, for errors."""
    return f"at {event.file or '?'}:{event.start}"


class Image:
    """A row image as it lies in the log: per column where its cell begins and ends."""

    def __init__(self, firsts: list[int], ends: list[int]) -> None:
        self.firsts = firsts  # _NULL, _ABSENT
        self.ends = ends


class Reader:
    """Decodes rows events; keeps counters.

    Args:
        skipped: operations that are not emitted (skipped.operations).
        unchanged: leave out updates that change no captured column (skip.messages.without.change).
    """

    def __init__(self, *, skipped: list[str] | None = None, unchanged: bool = False) -> None:
        self.skipped = 0  # rows of skipped operations
        self.unchanged = 0  # updates without a change
        skip = skipped or []
        self._skip_create = CREATE in skip
        self._skip_update = UPDATE in skip
        self._skip_delete = DELETE in skip
        self._skip_unchanged = unchanged
        self._pos = 0  # where the row that was read last ends
        self._column = -1  # that is being read, where it is known

    def read(self, event: Rows, plan: Plan, source: Row, first: int, tx: str, out: list[Change]) -> int:
        """Append the Changes of an event's rows from number `first` (0: all); returns the number of rows in the event.

        `source` is the source block of the event; each Change gets a copy with its row number at SOURCE_ROW.
        `tx` is Debezium's transaction id ("" without metadata). Raises DecodeError.
        """
        number = 0
        pos = event.first
        try:
            if plan.event is not event.table:
                raise ValueError("a plan of another table version")
            if plan.width != event.table.width:
                raise ValueError(f"a plan of {plan.width} columns")
            if event.op == CREATE:
                skip = self._skip_create
            elif event.op == DELETE:
                skip = self._skip_delete
            else:
                skip = self._skip_update
            whole = plan.simple and not event.partial and _complete(event.present, plan.width)
            if event.op == UPDATE:
                whole = whole and _complete(event.present_after, plan.width)
            while pos < event.stop:
                self._column = -1
                change = self._change(event, plan, pos, whole)
                if self._pos <= pos:
                    raise ValueError("a row without an end")
                pos = self._pos
                if number < first:
                    pass
                elif skip:
                    self.skipped += 1
                elif self._skip_unchanged and event.op == UPDATE and change.before == change.after:
                    self.unchanged += 1
                else:
                    block = source.copy()
                    block[SOURCE_ROW] = number
                    change.source = block
                    change.tx = tx
                    out.append(change)
                number += 1
        except DecodeError as error:
            raise DecodeError(error.code, f"{error.detail} {self._at(event, plan, number)}") from error
        except (ValueError, ArithmeticError, LookupError) as error:
            raise self._failed(event, plan, number, pos, error) from error
        return number

    def count(self, event: Rows, plan: Plan) -> int:
        """The number of rows in an event. Raises DecodeError."""
        number = 0
        pos = event.first
        try:
            while pos < event.stop:
                before = self._image(event, plan, pos, event.present, None)
                if event.op == UPDATE:
                    self._image(event, plan, self._pos, event.present_after, before)
                if self._pos <= pos:
                    raise ValueError("a row without an end")
                pos = self._pos
                number += 1
        except (ValueError, ArithmeticError, LookupError) as error:
            raise self._failed(event, plan, number, pos, error) from error
        return number

    def _change(self, event: Rows, plan: Plan, pos: int, whole: bool) -> Change:
        """The change at `pos`, without its source block; `whole`: all columns are there. Sets `_pos` to its end."""
        op = event.op
        if op != UPDATE:
            if whole:
                row = self._row(plan, event.body, pos, event.stop)
            else:
                row = self._row_of(plan, event.body, self._image(event, plan, pos, event.present, None), None)
            if op == CREATE:
                return Change(plan.table, CREATE, None, row, None)
            return Change(plan.table, DELETE, row, None, None)
        if whole:
            before = self._row(plan, event.body, pos, event.stop)
            after = self._row(plan, event.body, self._pos, event.stop)
            return Change(plan.table, UPDATE, before, after, None)
        old = self._image(event, plan, pos, event.present, None)
        before = self._row_of(plan, event.body, old, None)
        patches: dict[int, object] = {}
        new = self._image(event, plan, self._pos, event.present_after, old, patches)
        after = self._row_of(plan, event.body, new, patches)
        return Change(plan.table, UPDATE, before, after, None)

    def _row(self, plan: Plan, data: bytes, start: i64, limit: i64) -> Row:
        """The row at `start`, of which every column is there. Sets `_pos` to its end."""
        width: i64 = plan.width
        nulls: i64 = start
        pos: i64 = start + (width + 7) // 8
        if pos > limit:
            raise ValueError("cut off")
        row: Row = plan.blank.copy()
        at: i64 = 0  # in `row`
        codes = plan.codes
        steps = plan.steps
        index: i64 = 0
        while index < width:
            code: i64 = codes[index]
            bits: i64 = data[nulls + (index >> 3)]
            if bits >> (index & 7) & 1:
                if code != SKIP:
                    at += 1
                index += 1
                continue
            first: i64 = pos
            step: i64 = steps[index]
            size: i64 = step - _STEP
            if size >= 0:
                pos += size
            elif size == -1:
                length: i64 = data[pos]
                first += 1
                pos = first + length
            elif size == -2:
                length = i64(read_i16_le(data, pos)) & 0xFFFF
                first += 2
                pos = first + length
            else:
                length = i64(cells.whole(data, pos, pos - size))
                first -= size
                pos = first + length
            if pos > limit:
                self._column = index
                raise ValueError("cut off")
            value: object
            if code == INT32:
                value = int(read_i32_le(data, first))
            elif code == TEXT:
                value = self._text(plan, index, data[first:pos])
            elif code == INT64:
                value = int(read_i64_le(data, first))
            elif code == SKIP:
                index += 1
                continue
            elif code == CONVERT:
                self._column = index
                value = plan.log_value(index, data, first, pos)
                convert = plan.converts[index]
                if value is None:
                    value = plan.nulls[index]
                elif convert is not None:
                    value = convert(value)
            elif code == INT8:
                byte: i64 = data[first]
                value = int(byte - 256 if byte > 127 else byte)
            elif code == BOOLEAN:
                value = data[first] != 0
            elif code == UINT8:
                value = int(data[first])
            elif code == INT16:
                value = int(read_i16_le(data, first))
            elif code == UINT16:
                value = int(i64(read_i16_le(data, first)) & 0xFFFF)
            elif code == UINT32:
                value = int(i64(read_i32_le(data, first)) & 0xFFFFFFFF)
            elif code == FLOAT64:
                value = read_f64_le(data, first)
            elif code == FLOAT32:
                value = read_f32_le(data, first)
            elif code == BYTES:
                value = data[first:pos]
            elif code == DECIMAL:
                meta: i64 = i64(plan.event.metadata[index])
                scale: i64 = meta & 0xFF
                self._column = index
                value = _decimal(cells.small_decimal(data, first, size, (meta >> 8) - scale, scale))
            elif code == OTHER_TEXT:
                text = plan.texts[index]
                assert text is not None
                value = text(data[first:pos])
            elif code == PADDED:
                value = data[first:pos].ljust(plan.event.metadata[index], b"\0")
            else:
                self._column = index
                value = _moment(plan, index, code, data, first)
            row[at] = value
            at += 1
            index += 1
        self._pos = pos
        return row

    def _text(self, plan: Plan, index: int, data: bytes) -> object:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            self._column = index
            value = plan.utf8(index, data)
            return plan.nulls[index] if value is None else value

    def _image(
        self,
        event: Rows,
        plan: Plan,
        pos: int,
        present: bytes,
        old: Image | None,
        patches: dict[int, object] | None = None,
    ) -> Image:
        """Where the cells of the image at `pos` are; those that are not there are taken from `old`.

        An after image of a partial update may hold differences of JSON values: applied, they go into `patches`.
        Sets `_pos` to the end of the image.
        """
        data = event.body
        differing: list[bool] = [False] * plan.width
        if event.partial and old is not None:
            octets = Octets(data, pos, event.stop)
            if octets.packed() & 1:
                bits = octets.take((len(plan.json_columns) + 7) // 8)  # one for each, in the image or not
                for number, index in enumerate(plan.json_columns):
                    differing[index] = bits[number >> 3] >> (number & 7) & 1 == 1
            pos = octets.pos
        count = 0
        for index in range(plan.width):
            count += present[index >> 3] >> (index & 7) & 1
        octets = Octets(data, pos, event.stop)
        nulls = octets.take((count + 7) // 8)
        firsts: list[int] = []
        ends: list[int] = []
        number = 0
        for index in range(plan.width):
            self._column = index
            if present[index >> 3] >> (index & 7) & 1 == 0:
                firsts.append(_ABSENT if old is None else old.firsts[index])
                ends.append(_ABSENT if old is None else old.ends[index])
                continue
            null = nulls[number >> 3] >> (number & 7) & 1
            number += 1
            if null:
                firsts.append(_NULL)
                ends.append(_NULL)
                continue
            size = plan.sizes[index]
            if size < 0:
                size = int.from_bytes(octets.take(-size), "little")
            first = octets.skip(size)
            if differing[index]:
                assert old is not None
                if patches is not None:
                    patches[index] = _patched(data, first, octets.pos, old.firsts[index], old.ends[index])
            firsts.append(first)
            ends.append(octets.pos)
        self._pos = octets.pos
        return Image(firsts, ends)

    def _row_of(self, plan: Plan, data: bytes, image: Image, patches: dict[int, object] | None) -> Row:
        """The row of an image, with what only the key needs behind it."""
        row: Row = []
        for index, column in enumerate(plan.columns):
            if column.captured:
                row.append(self._cell(plan, data, image, patches, index, column.convert, column.null, column.absent))
        for hidden in plan.hidden:
            row.append(
                self._cell(plan, data, image, patches, hidden.column, hidden.convert, hidden.null, hidden.absent)
            )
        return row

    def _cell(
        self,
        plan: Plan,
        data: bytes,
        image: Image,
        patches: dict[int, object] | None,
        index: int,
        convert: Convert | None,
        null: object,
        absent: object,
    ) -> object:
        self._column = index
        first = image.firsts[index]
        if first == _ABSENT:
            if absent is None:  # null would be a value
                raise DecodeError(INCOMPLETE, "the column's value is not in the row's image")
            return absent
        if first == _NULL:
            return null
        value = patches.get(index) if patches else None
        if value is None:
            value = plan.log_value(index, data, first, image.ends[index])
        if value is None:
            return null
        return value if convert is None else convert(value)

    def _failed(self, event: Rows, plan: Plan, number: int, pos: int, error: Exception) -> DecodeError:
        """What is said of a row that cannot be read; a DecodeError of a converter keeps its own words."""
        shown = event.body[pos : pos + 64].hex()
        code = UNCONVERTIBLE if self._column >= 0 and not str(error).startswith("cut off") else BROKEN_ROW
        return DecodeError(code, f"{error} {self._at(event, plan, number)}: {shown}")

    def _at(self, event: Rows, plan: Plan, number: int) -> str:
        column = self._column
        named = f", column {plan.columns[column].name}" if 0 <= column < len(plan.columns) else ""
        return f"at {event.file or '?'}:{event.start}, row {number} of the event, table {plan.table.id}{named}"


def _complete(present: bytes, width: int) -> bool:
    """Whether a bitmap has all columns."""
    whole = width >> 3
    for index in range(whole):
        if present[index] != 0xFF:
            return False
    rest = width & 7
    return rest == 0 or present[whole] & ((1 << rest) - 1) == (1 << rest) - 1


def _decimal(number: i64) -> bytes:
    """The shortest big-endian two's complement."""
    if -128 <= number <= 127:
        return bytes((number & 0xFF,))
    return values.integer_bytes(number)


def _moment(plan: Plan, index: i64, code: i64, data: bytes, first: i64) -> object:
    """DATE, DATETIME or TIMESTAMP as its code says; the column's null for a zero one."""
    digits: i64 = i64(plan.event.metadata[index])
    moment: i64
    if code == DAYS:
        try:
            moment = cells.days(data, first)
        except cells.InvalidDate as error:
            plan.strange(index, error)
            moment = 0
    elif code == ZONED:
        moment = cells.timestamp2(data, first, digits)
        if moment == cells.NO_DATE:
            return plan.nulls[index]
        convert = plan.converts[index]
        assert isinstance(convert, values.ZonedTimestamp)
        return convert.text(moment)
    else:
        try:
            moment = cells.datetime2(data, first, digits)
        except cells.InvalidDate as error:
            plan.strange(index, error)
            moment = 0
    if moment == cells.NO_DATE:
        return plan.nulls[index]
    return int(moment // 1000 if code == MILLIS else moment)


def _patched(data: bytes, first: int, end: int, old_first: int, old_end: int) -> str:
    """The text of a JSON value after the differences that lie from `first` to `end`."""
    if old_first < 0:
        raise DecodeError(NO_BEFORE, "the value that it changes is not in the event")
    document = json_binary.tree(data[old_first:old_end])
    return json_binary.rendered(json_binary.patched(document, Octets(data, first, end)))
