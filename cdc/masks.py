"""What the configuration does to the values of a column: cut, mask, hash. Knows no connector. Compiles (mypyc).

Source: Debezium reference, `column.truncate.to.<n>.chars`, `column.mask.with.<n>.chars`, `column.mask.hash.*`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

Convert = Callable[[Any], object]  # from what the server sends to the value


def utf16_cut(value: str, length: int) -> str:
    """The first `length` characters as Java counts them (UTF-16 units)."""
    if len(value) <= length // 2 or value.isascii():
        return value[:length]
    return value.encode("utf-16-le", "surrogatepass")[: length * 2].decode("utf-16-le", "replace")


class Truncated:
    """column.truncate.to.<n>.chars, behind a converter (None: the value is as it should be): characters, or bytes."""

    def __init__(self, convert: Convert | None, length: int) -> None:
        self._convert = convert
        self._length = length

    def __call__(self, value: object) -> object:
        return self.apply(value if self._convert is None else self._convert(value))

    def apply(self, value: object) -> object:
        """The same for a converted value."""
        if isinstance(value, str):
            return utf16_cut(value, self._length)
        return value[: self._length] if isinstance(value, bytes) else value


class Masked:
    """column.mask.with.<n>.chars: always the same asterisks, whatever the value; for NULL too."""

    def __init__(self, length: int) -> None:
        self.value = "*" * length

    def __call__(self, value: object) -> object:
        return self.value


class Hashed:
    """column.mask.hash: hex digest of salt and value, cut to the column's length (0: no limit).

    Version 1 digests the string as Java's ObjectOutputStream writes it, version 2 its UTF-8 bytes.
    """

    def __init__(self, convert: Convert | None, algorithm: str, salt: str, version: int, length: int) -> None:
        self._convert = convert
        self._salted = hashlib.new(algorithm, salt.encode())
        self._version = version
        self._length = length

    def __call__(self, value: object) -> object:
        return self.apply(value if self._convert is None else self._convert(value))

    def apply(self, value: object) -> object:
        """The same for a converted value."""
        if not isinstance(value, str):
            return value
        digest = self._salted.copy()
        digest.update(java_serialised(value) if self._version == 1 else value.encode("utf-8", "surrogatepass"))
        found: str = digest.hexdigest()
        return found[: self._length] if self._length else found


def java_serialised(value: str) -> bytes:
    """A java.lang.String as ObjectOutputStream writes it."""
    units = value.encode("utf-16-be", "surrogatepass")
    encoded = bytearray()
    for at in range(0, len(units), 2):
        unit = units[at] << 8 | units[at + 1]
        if 0 < unit < 0x80:
            encoded.append(unit)
        elif unit < 0x800:
            encoded += bytes((0xC0 | unit >> 6, 0x80 | unit & 0x3F))
        else:
            encoded += bytes((0xE0 | unit >> 12, 0x80 | unit >> 6 & 0x3F, 0x80 | unit & 0x3F))
    size = len(encoded)
    if size <= 0xFFFF:
        return b"\xac\xed\x00\x05\x74" + size.to_bytes(2, "big") + bytes(encoded)
    return b"\xac\xed\x00\x05\x7c" + size.to_bytes(8, "big") + bytes(encoded)
