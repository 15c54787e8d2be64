"""TABLE_MAP: the columns of a table as the log has them, with what binlog_row_metadata adds. Sans-I/O.

Source: MySQL source documentation, "Table_map_event"; MariaDB, "TABLE_MAP_EVENT".
"""

from __future__ import annotations

from typing import Final

from connectors.mysql.events import TableMap
from connectors.mysql.octets import Octets

# Column types of the log.
DECIMAL: Final = 0
TINY: Final = 1
SHORT: Final = 2
LONG: Final = 3
FLOAT: Final = 4
DOUBLE: Final = 5
NULL: Final = 6
TIMESTAMP: Final = 7
LONGLONG: Final = 8
INT24: Final = 9
DATE: Final = 10
TIME: Final = 11
DATETIME: Final = 12
YEAR: Final = 13
NEWDATE: Final = 14
VARCHAR: Final = 15
BIT: Final = 16
TIMESTAMP2: Final = 17
DATETIME2: Final = 18
TIME2: Final = 19
TYPED_ARRAY: Final = 20
BLOB_COMPRESSED: Final = 140  # MariaDB
VARCHAR_COMPRESSED: Final = 141  # MariaDB
VECTOR: Final = 242
JSON: Final = 245
NEWDECIMAL: Final = 246
ENUM: Final = 247
SET: Final = 248
TINY_BLOB: Final = 249
MEDIUM_BLOB: Final = 250
LONG_BLOB: Final = 251
BLOB: Final = 252
VAR_STRING: Final = 253
STRING: Final = 254
GEOMETRY: Final = 255

_NO_METADATA: Final = (TINY, SHORT, LONG, NULL, TIMESTAMP, LONGLONG, INT24, DATE, TIME, DATETIME, YEAR, NEWDATE)
_ONE_BYTE: Final = (FLOAT, DOUBLE, TIMESTAMP2, DATETIME2, TIME2, VECTOR, JSON, BLOB, GEOMETRY, BLOB_COMPRESSED)
_LITTLE: Final = (VARCHAR, VARCHAR_COMPRESSED)
_TWO_BYTES: Final = (BIT, NEWDECIMAL, ENUM, SET, STRING, VAR_STRING)
_NUMERIC: Final = (TINY, SHORT, INT24, LONG, LONGLONG, NEWDECIMAL, FLOAT, DOUBLE, YEAR)
_LABELLED: Final = (ENUM, SET)
# Which columns have a place in the lists of collations: MySQL's and MariaDB's differ.
_MYSQL_TEXTS: Final = (STRING, VAR_STRING, VARCHAR, BLOB, VECTOR)
_MARIADB_TEXTS: Final = (STRING, VAR_STRING, VARCHAR, BLOB, VARCHAR_COMPRESSED, BLOB_COMPRESSED, GEOMETRY)

# Kinds of optional metadata.
_SIGNEDNESS: Final = 1
_DEFAULT_CHARSET: Final = 2
_COLUMN_CHARSET: Final = 3
_COLUMN_NAME: Final = 4
_SET_LABELS: Final = 5
_ENUM_LABELS: Final = 6
_GEOMETRY_TYPE: Final = 7
_PRIMARY_KEY: Final = 8
_PRIMARY_KEY_PREFIX: Final = 9
_LABELLED_DEFAULT_CHARSET: Final = 10
_LABELLED_COLUMN_CHARSET: Final = 11
_VISIBILITY: Final = 12
_DIMENSIONS: Final = 13


def decode(octets: Octets, table_id: int, mariadb: bool) -> TableMap:
    """The event behind its table id and flags. Raises ValueError."""
    texts = _MARIADB_TEXTS if mariadb else _MYSQL_TEXTS
    database = octets.terminated(octets.u8())
    table = octets.terminated(octets.u8())
    width = octets.packed()
    types = list(octets.take(width))
    size = octets.packed()
    first = octets.skip(size)
    fields = Octets(octets.data, first, first + size)
    metadata: list[int] = []
    for index, kind in enumerate(types):
        found, number = _metadata(kind, fields)
        types[index] = found
        metadata.append(number)
    if fields.left:
        raise ValueError(f"{fields.left} bytes of metadata too many")
    nulls = octets.take((width + 7) // 8)
    event = TableMap(table_id, database, table, types, metadata)
    event.nullable = [nulls[index >> 3] >> (index & 7) & 1 == 1 for index in range(width)]
    while octets.left:
        kind = octets.u8()
        size = octets.packed()
        first = octets.skip(size)
        _optional(event, kind, Octets(octets.data, first, first + size), texts)
    return event


def _metadata(kind: int, fields: Octets) -> tuple[int, int]:
    """Real type and metadata of a column."""
    if kind in _NO_METADATA:
        return kind, 0
    if kind in _ONE_BYTE:
        return kind, fields.u8()
    if kind in _LITTLE:
        return kind, fields.u16()
    if kind not in _TWO_BYTES:
        raise ValueError(f"column type {kind} is not known")
    first = fields.u8()
    second = fields.u8()
    if kind == BIT:  # bits, bytes
        return kind, second * 8 + first
    if kind == NEWDECIMAL:  # precision, scale
        return kind, first << 8 | second
    if kind in _LABELLED:
        return kind, second
    if kind == STRING:
        if first & 0x30 != 0x30:  # the length's high bits, inverted
            return first | 0x30, second | (first & 0x30 ^ 0x30) << 4
        return first, second
    return kind, first << 8 | second


def _bits(octets: Octets, count: int) -> list[bool]:
    """So many bits, the highest of a byte first."""
    data = octets.take((count + 7) // 8)
    return [data[index >> 3] >> (7 - (index & 7)) & 1 == 1 for index in range(count)]


def _of_kinds(event: TableMap, kinds: tuple[int, ...]) -> list[int]:
    return [index for index, kind in enumerate(event.types) if kind in kinds]


def _numbers(octets: Octets) -> list[int]:
    found: list[int] = []
    while octets.left:
        found.append(octets.packed())
    return found


def _collations(event: TableMap, kinds: tuple[int, ...], numbers: list[int], *, default: bool) -> None:
    """Collations of the columns of these kinds: one default and exceptions by index, or one for each."""
    columns = _of_kinds(event, kinds)
    if event.collations is None:
        event.collations = [-1] * event.width
    collations = event.collations
    if not default:
        if len(numbers) != len(columns):
            raise ValueError(f"{len(numbers)} collations for {len(columns)} columns")
        for column, number in zip(columns, numbers, strict=True):
            collations[column] = number
        return
    if len(numbers) % 2 != 1:
        raise ValueError("a default collation without its exceptions")
    for column in columns:
        collations[column] = numbers[0]
    for position in range(1, len(numbers), 2):
        if numbers[position] >= len(columns):
            raise ValueError(f"a collation of text column {numbers[position]} of {len(columns)}")
        collations[columns[numbers[position]]] = numbers[position + 1]


def _labels(event: TableMap, kind: int, octets: Octets) -> None:
    if event.labels is None:
        event.labels = [None] * event.width
    labels = event.labels
    for column in _of_kinds(event, (kind,)):
        labels[column] = [octets.text(octets.packed()) for _ in range(octets.packed())]


def _optional(event: TableMap, kind: int, octets: Octets, texts: tuple[int, ...]) -> None:
    """One field of the optional metadata. One that is not known is left alone, as the format's makers want it."""
    if kind == _SIGNEDNESS:
        columns = _of_kinds(event, _NUMERIC)
        unsigned = [False] * event.width
        for column, bit in zip(columns, _bits(octets, len(columns)), strict=True):
            unsigned[column] = bit
        event.unsigned = unsigned
    elif kind == _DEFAULT_CHARSET:
        _collations(event, texts, _numbers(octets), default=True)
    elif kind == _COLUMN_CHARSET:
        _collations(event, texts, _numbers(octets), default=False)
    elif kind == _LABELLED_DEFAULT_CHARSET:
        _collations(event, _LABELLED, _numbers(octets), default=True)
    elif kind == _LABELLED_COLUMN_CHARSET:
        _collations(event, _LABELLED, _numbers(octets), default=False)
    elif kind == _COLUMN_NAME:
        names = [octets.text(octets.packed()) for _ in range(event.width)]
        event.names = names
    elif kind == _SET_LABELS:
        _labels(event, SET, octets)
    elif kind == _ENUM_LABELS:
        _labels(event, ENUM, octets)
    elif kind == _GEOMETRY_TYPE:
        event.geometry_types = _numbers(octets)
    elif kind == _PRIMARY_KEY:
        event.key = _numbers(octets)
        event.key_prefixes = [0] * len(event.key)
    elif kind == _PRIMARY_KEY_PREFIX:
        numbers = _numbers(octets)
        if len(numbers) % 2:
            raise ValueError("a key column without its prefix")
        event.key = numbers[::2]
        event.key_prefixes = numbers[1::2]
    elif kind == _VISIBILITY:
        event.visible = _bits(octets, event.width)
    elif kind == _DIMENSIONS:
        event.dimensions = _numbers(octets)
    if event.key is not None and any(column >= event.width for column in event.key):
        raise ValueError("a key column that is not there")
