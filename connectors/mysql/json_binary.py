"""MySQL's binary JSON to text as Debezium prints it, and differences of it applied. Compiles (mypyc).

A document is read into a tree of dict (keys in the server's order), list and str, where a str is the finished text of
a scalar. Every offset is checked; no document makes the reader follow more values than it can hold.

Source: MySQL source documentation, json_binary.h and json_diff.h; Debezium's output for the text's form: compact, a
double in plain notation, decimals and times as what they are, other opaque values in base64.
"""

from __future__ import annotations

import base64
import re
from decimal import Decimal
from typing import Final

from librt.strings import read_f64_le, read_i16_le, read_i32_le, read_i64_le

from connectors.mysql import table_map
from connectors.mysql.octets import Octets
from connectors.mysql.values import decimal_of, decimal_text

Node = object  # dict[str, Node], list[Node] or str

_DEPTH: Final = 100  # the server's own limit
_SMALL_OBJECT: Final = 0
_LARGE_OBJECT: Final = 1
_SMALL_ARRAY: Final = 2
_LARGE_ARRAY: Final = 3
_LITERAL: Final = 4
_INT16: Final = 5
_UINT16: Final = 6
_INT32: Final = 7
_UINT32: Final = 8
_INT64: Final = 9
_UINT64: Final = 10
_DOUBLE: Final = 11
_STRING: Final = 12
_OPAQUE: Final = 15

_LITERALS: Final = ("null", "true", "false")
_SPECIAL: Final = re.compile(r'["\\\x00-\x1f]')
_ESCAPES: Final = {
    **{code: f"\\u{code:04X}" for code in range(32)},
    0x08: "\\b",
    0x09: "\\t",
    0x0A: "\\n",
    0x0C: "\\f",
    0x0D: "\\r",
    0x22: '\\"',
    0x5C: "\\\\",
}

REPLACE: Final = 0
INSERT: Final = 1
REMOVE: Final = 2
_LEG: Final = re.compile(r'\.([^.\[" ]+)|\."((?:[^"\\]|\\.)*)"|\[(\d+)\]')


def text(data: bytes) -> str:
    """A document as text. Raises ValueError. No bytes at all are the server's null."""
    return rendered(tree(data))


def tree(data: bytes) -> Node:
    """A document as a tree. Raises ValueError."""
    if not data:
        return "null"
    return _Document(data).value(data[0], 1, 0)


def quoted(string: str) -> str:
    """A JSON string."""
    if _SPECIAL.search(string) is not None:
        string = string.translate(_ESCAPES)
    return f'"{string}"'


def rendered(node: Node) -> str:
    """A tree as text."""
    if isinstance(node, str):
        return node
    if isinstance(node, dict):
        return "{" + ",".join([f"{quoted(key)}:{rendered(value)}" for key, value in node.items()]) + "}"
    assert isinstance(node, list)
    return "[" + ",".join([rendered(value) for value in node]) + "]"


def double_text(number: float) -> str:
    """A double in plain notation: short where Java's Double.toString is plain, else all its digits."""
    size = abs(number)
    if 1e-3 <= size < 1e7 or size == 0:
        return repr(number)
    if size != size or size == float("inf"):
        raise ValueError("a number that JSON does not have")
    return f"{Decimal(number):f}"


class _Document:
    """The bytes of one document."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._budget = len(data) + 1  # values that it can hold

    def value(self, kind: int, at: int, depth: int) -> Node:
        """The value of a kind that begins at `at`."""
        data = self._data
        self._budget -= 1
        if self._budget < 0 or depth > _DEPTH or at > len(data):
            raise ValueError("a JSON value that is nested in itself")
        if kind <= _LARGE_ARRAY:
            return self._container(kind, at, depth)
        if kind == _STRING:
            size, first = self._length(at)
            return quoted(self._bytes(first, size).decode("utf-8", "replace"))
        if kind in (_INT64, _UINT64):
            self._bytes(at, 8)
            number: int = read_i64_le(data, at)
            return str(number + (1 << 64) if kind == _UINT64 and number < 0 else number)
        if kind == _DOUBLE:
            self._bytes(at, 8)
            return double_text(read_f64_le(data, at))
        if kind == _OPAQUE:
            self._bytes(at, 1)
            size, first = self._length(at + 1)
            return _opaque(data[at], self._bytes(first, size))
        return self._inlined(kind, at)

    def _inlined(self, kind: int, at: int) -> str:
        """A literal or a small number."""
        data = self._data
        if kind == _LITERAL:
            code = self._bytes(at, 1)[0]
            if code > 2:
                raise ValueError(f"a JSON literal 0x{code:02x}")
            return _LITERALS[code]
        if kind in (_INT16, _UINT16):
            self._bytes(at, 2)
            short: int = read_i16_le(data, at)
            return str(short & 0xFFFF if kind == _UINT16 else short)
        if kind in (_INT32, _UINT32):
            self._bytes(at, 4)
            number: int = read_i32_le(data, at)
            # Deviation: Debezium prints unsigned numbers above 2147483647 as negative ones
            return str(number & 0xFFFFFFFF if kind == _UINT32 else number)
        raise ValueError(f"a JSON value of kind 0x{kind:02x}")

    def _bytes(self, at: int, size: int) -> bytes:
        if at < 0 or size < 0 or at + size > len(self._data):
            raise ValueError("a JSON value that is cut off")
        return self._data[at : at + size]

    def _length(self, at: int) -> tuple[int, int]:
        """A length of seven bits a byte; it and where it ends."""
        size = 0
        for index in range(5):
            byte = self._bytes(at + index, 1)[0]
            size |= (byte & 0x7F) << (7 * index)
            if byte & 0x80 == 0:
                return size, at + index + 1
        raise ValueError("a JSON length that does not end")

    def _number(self, at: int, width: int) -> int:
        """An offset, a size or a count of two or four bytes."""
        if width == 2:
            short: int = read_i16_le(self._data, at)
            return short & 0xFFFF
        number: int = read_i32_le(self._data, at)
        return number & 0xFFFFFFFF

    def _container(self, kind: int, start: int, depth: int) -> Node:
        width = 2 if kind in (_SMALL_OBJECT, _SMALL_ARRAY) else 4
        keyed = kind <= _LARGE_OBJECT
        self._bytes(start, 2 * width)
        count = self._number(start, width)
        size = self._number(start + width, width)
        at = start + 2 * width
        values_at = at + count * (width + 2) if keyed else at
        if size > len(self._data) - start or values_at + count * (1 + width) > start + size:
            raise ValueError("a JSON container that is cut off")
        found: dict[str, Node] = {}
        items: list[Node] = []
        for index in range(count):
            entry = values_at + index * (1 + width)
            code = self._data[entry]
            if _LITERAL <= code <= _UINT16 or (width == 4 and (code in (_INT32, _UINT32))):
                value: Node = self._inlined(code, entry + 1)
            else:
                offset = self._number(entry + 1, width)
                if offset >= size:
                    raise ValueError("a JSON value outside of its container")
                value = self.value(code, start + offset, depth + 1)
            if keyed:
                key_at = start + self._number(at + index * (width + 2), width)
                key_size = self._number(at + index * (width + 2) + width, 2)
                found[self._bytes(key_at, key_size).decode("utf-8", "replace")] = value
            else:
                items.append(value)
        return found if keyed else items


def _opaque(kind: int, data: bytes) -> str:
    """A value that JSON has no type for."""
    if kind == table_map.NEWDECIMAL or kind == table_map.DECIMAL:
        if len(data) < 2:
            raise ValueError("a decimal in JSON that is cut off")
        return decimal_text(decimal_of(data, 2, len(data), data[0], data[1]), data[1])
    if kind not in _TEMPORAL:
        return f'"{base64.b64encode(data).decode("ascii")}"'
    if len(data) != 8:
        raise ValueError("a time in JSON that is cut off")
    packed: int = read_i64_le(data, 0)
    # Deviation: Debezium reads the hours, minutes and fraction of a negative time wrongly
    sign = "-" if packed < 0 else ""
    packed = abs(packed)
    micros = packed & 0xFFFFFF
    seconds = packed >> 24
    clock = f"{seconds >> 6 & 63:02d}:{seconds & 63:02d}"
    if micros:
        clock += f".{micros:06d}".rstrip("0")
    if kind == table_map.TIME or kind == table_map.TIME2:
        return f'"{sign}{seconds >> 12 & 0x3FF:02d}:{clock}"'
    months = seconds >> 22 & 0x1FFFF
    day = f"{months // 13:04d}-{months % 13:02d}-{seconds >> 17 & 31:02d}"
    if kind == table_map.DATE or kind == table_map.NEWDATE:
        return f'"{day}"'
    return f'"{day} {seconds >> 12 & 31:02d}:{clock}"'


_TEMPORAL: Final = (
    table_map.DATE,
    table_map.NEWDATE,
    table_map.TIME,
    table_map.TIME2,
    table_map.DATETIME,
    table_map.DATETIME2,
    table_map.TIMESTAMP,
    table_map.TIMESTAMP2,
)


# Differences (binlog_row_value_options=PARTIAL_JSON)


def patched(document: Node, octets: Octets) -> Node:
    """A tree with the differences in `octets` applied; the tree is changed. Raises ValueError."""
    while octets.left:
        operation = octets.u8()
        legs = _legs(octets.text(octets.packed()))
        value: Node = None
        if operation in (REPLACE, INSERT):
            value = tree(octets.take(octets.packed()))
        elif operation != REMOVE:
            raise ValueError(f"operation {operation} of a JSON difference is not known")
        if not legs:
            if operation != REPLACE:
                raise ValueError("a JSON difference that inserts or removes the document")
            document = value
            continue
        parent = document
        for leg in legs[:-1]:
            parent = _child(parent, leg)
        _change(parent, legs[-1], operation, value)
    return document


def _legs(path: str) -> list[str | int]:
    """A path `$.a."b c"[3]` as keys and indexes."""
    if not path.startswith("$"):
        raise ValueError(f"a JSON path {path!r}")
    legs: list[str | int] = []
    at = 1
    while at < len(path):
        match = _LEG.match(path, at)
        if match is None:
            raise ValueError(f"a JSON path {path!r}")
        plain, name, index = match.group(1), match.group(2), match.group(3)
        if index is not None:
            legs.append(int(index))
        elif plain is not None:
            legs.append(str(plain))
        else:
            legs.append(_unquoted(str(name)))
        at = match.end()
    return legs


def _unquoted(name: str) -> str:
    """A quoted key of a path without its escapes."""
    if "\\" not in name:
        return name
    found: list[str] = []
    at = 0
    while at < len(name):
        character = name[at]
        at += 1
        if character == "\\":
            character = name[at]
            at += 1
            if character == "u":
                character = chr(int(name[at : at + 4], 16))
                at += 4
            else:
                character = _UNESCAPES.get(character, character)
        found.append(character)
    return "".join(found)


_UNESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def _child(parent: Node, leg: str | int) -> Node:
    if isinstance(leg, str) and isinstance(parent, dict) and leg in parent:
        return parent[leg]
    if isinstance(leg, int) and isinstance(parent, list) and leg < len(parent):
        return parent[leg]
    raise ValueError(f"a JSON difference of {leg!r}, which is not in the document before")


def _change(parent: Node, leg: str | int, operation: int, value: Node) -> None:
    if isinstance(leg, int):
        if not isinstance(parent, list):
            raise ValueError("a JSON difference of an element of what is no array")
        if operation == INSERT:
            parent.insert(leg, value)
            return
        _child(parent, leg)
        if operation == REPLACE:
            parent[leg] = value
        else:
            del parent[leg]
        return
    if not isinstance(parent, dict):
        raise ValueError("a JSON difference of a member of what is no object")
    if operation == REMOVE:
        _child(parent, leg)
        del parent[leg]
        return
    if operation == REPLACE:
        _child(parent, leg)
    new = leg not in parent
    parent[leg] = value
    if new:  # the server keeps members by the length of their keys, then by their bytes
        members = sorted(parent.items(), key=_member_order)
        parent.clear()
        parent.update(members)


def _member_order(member: tuple[str, Node]) -> tuple[int, bytes]:
    key = member[0].encode("utf-8")
    return len(key), key
