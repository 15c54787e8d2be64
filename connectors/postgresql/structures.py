"""Loaders of values that are made of values: shapes, vectors, maps, arrays. See values.py. Compiles (mypyc)."""

from __future__ import annotations

import binascii
import json
import re
import struct
from typing import Final

from cdc.model import Row
from connectors.postgresql.values import Loader

SHORT_MAX: Final = 32_767

_PAIR: Final = re.compile(rb'"((?:[^"\\]|\\.)*)"=>(?:"((?:[^"\\]|\\.)*)"|NULL)(?:, |$)', re.DOTALL)
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
_POINT: Final = re.compile(rb"\(([^,]+),([^)]+)\)")


def point(data: bytes) -> object:
    """point as [x, y, WKB, SRID]."""
    match = _POINT.fullmatch(data)
    if match is None:
        raise ValueError("not a point")
    x, y = float(match.group(1)), float(match.group(2))
    return [x, y, struct.pack("<BIdd", 1, 1, x, y), None]


def geometry(data: bytes) -> object:
    """PostGIS geometry or geography, hex of EWKB, as [WKB, SRID]; the bytes stay as they are."""
    wkb = binascii.unhexlify(data)
    if len(wkb) < 5:
        raise ValueError("not a geometry")
    order = "<" if wkb[0] == 1 else ">"
    (kind,) = struct.unpack_from(order + "I", wkb, 1)
    if kind & 0x20000000:
        (srid,) = struct.unpack_from(order + "i", wkb, 5)
        return [wkb, srid]
    return [wkb, None]


def vector(data: bytes) -> object:
    """pgvector's vector and halfvec: a list of floats."""
    inner = data[1:-1]
    return [float(item) for item in inner.split(b",")] if inner else []


def sparse_vector(data: bytes) -> object:
    """pgvector's sparsevec `{1:0.5,3:2}/5` as [dimensions, {index: value}]. Raises ValueError beyond 16 bits."""
    inner, _, dimensions = data.rpartition(b"/")
    found: dict[int, float] = {}
    if len(inner) > 2:
        for item in inner[1:-1].split(b","):
            index, _, value = item.partition(b":")
            found[int(index)] = float(value)
    size = int(dimensions)
    if size > SHORT_MAX:  # no index is larger
        raise ValueError(f"a vector of {size} dimensions: the schema's int16 ends at {SHORT_MAX}")
    return [size, found]


def hstore_map(data: bytes) -> dict[str, str | None]:
    """hstore as a map. Raises ValueError."""
    found: dict[str, str | None] = {}
    at = 0
    while at < len(data):
        match = _PAIR.match(data, at)
        if match is None:
            raise ValueError("not an hstore")
        key = _plain(match.group(1))
        value = match.group(2)
        found[key] = None if value is None else _plain(value)
        at = match.end()
    return found


def _plain(data: bytes) -> str:
    return (_ESCAPED.sub(rb"\1", data) if b"\\" in data else data).decode("utf-8")


def hstore(data: bytes) -> object:
    """hstore as a map."""
    return hstore_map(data)


def hstore_json(data: bytes) -> object:
    """hstore as the text of a JSON object."""
    return json.dumps(hstore_map(data), ensure_ascii=False, separators=(",", ":"))


class Array:
    """Any array: its elements in order.

    Deviation: a Connect array has one dimension, and Debezium makes a list of nulls of a nested array. Here its
    elements come out one after the other (row-major), as `unnest` shows them.
    """

    def __init__(self, element: Loader, delimiter: bytes, nulls: bool) -> None:
        self._element = element
        self._delimiter = delimiter
        self._nulls = nulls  # the schema allows null elements

    def __call__(self, data: bytes) -> object:
        start = 0
        if data[:1] == b"[":  # lower bounds: [0:2]={1,2,3}
            start = data.index(b"=") + 1
        if data[start : start + 1] != b"{" or data[-1:] != b"}":
            raise ValueError("not an array")
        inner = data[start + 1 : -1]
        if not inner:
            return []
        element = self._element
        if b'"' not in inner and b"{" not in inner and b"\\" not in inner:
            found: Row = []
            for item in inner.split(self._delimiter):
                found.append(None if item == b"NULL" else element(item))
        else:
            found = self._nested(inner)
        if not self._nulls and None in found:
            raise ValueError("the schema of this array allows no null element")
        return found

    def _nested(self, inner: bytes) -> Row:
        """With quotes, backslashes or braces."""
        element = self._element
        delimiter = self._delimiter[0]
        found: Row = []
        at = 0
        size = len(inner)
        while at < size:
            byte = inner[at]
            if byte == 0x7B or byte == 0x7D or byte == delimiter:
                at += 1
            elif byte == 0x22:
                end = at + 1
                escaped = False
                while end < size and inner[end] != 0x22:
                    if inner[end] == 0x5C:
                        escaped = True
                        end += 1
                    end += 1
                if end >= size:
                    raise ValueError("an array's quotes do not close")
                item = inner[at + 1 : end]
                found.append(element(_ESCAPED.sub(rb"\1", item) if escaped else item))
                at = end + 1
            else:
                end = at
                escaped = False
                while end < size and inner[end] != delimiter and inner[end] != 0x7D:
                    if inner[end] == 0x5C:
                        escaped = True
                        end += 1
                    end += 1
                item = inner[at:end]
                if item == b"NULL":
                    found.append(None)
                else:
                    found.append(element(_ESCAPED.sub(rb"\1", item) if escaped else item))
                at = end
        return found
