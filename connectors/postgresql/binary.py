"""Loaders of bytes and bits. See values.py. Compiles (mypyc)."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

_OCTAL: Final = re.compile(rb"\\(\\|[0-3][0-7][0-7])")


def octets(data: bytes) -> bytes:
    """bytea in hex or escape form."""
    if data[:2] == b"\\x":
        return binascii.unhexlify(data[2:])
    if b"\\" not in data:
        return data
    return _OCTAL.sub(_unescape_octal, data)


def _unescape_octal(match: re.Match[bytes]) -> bytes:
    found = match.group(1)
    return found if found == b"\\" else bytes((int(found, 8),))


def binary(data: bytes) -> object:
    """bytea as bytes."""
    return octets(data)


def binary_hex(data: bytes) -> object:
    """bytea as lower-case hex."""
    if data[:2] == b"\\x":
        return data[2:].decode("ascii")
    return octets(data).hex()


def binary_base64(data: bytes) -> object:
    """bytea as base64."""
    return base64.b64encode(octets(data)).decode("ascii")


def binary_base64_url(data: bytes) -> object:
    """bytea as base64 of the URL-safe alphabet, padded."""
    return base64.urlsafe_b64encode(octets(data)).decode("ascii")


class RawBinary:
    """A value of an unknown type: its text as bytes, in the form that binary.handling.mode asks for."""

    def __init__(self, mode: str) -> None:
        self._mode = mode

    def __call__(self, data: bytes) -> object:
        return encode_binary(data, self._mode)


def encode_binary(data: bytes, mode: str) -> object:
    """Bytes in the form of binary.handling.mode."""
    if mode == "hex":
        return data.hex()
    if mode == "base64":
        return base64.b64encode(data).decode("ascii")
    if mode == "base64-url-safe":
        return base64.urlsafe_b64encode(data).decode("ascii")
    return data


def bits(data: bytes) -> object:
    """bit(n), varbit(n): little-endian bytes up to the highest bit that is set, as Java's BitSet gives them."""
    number = int(data, 2) if data else 0
    return number.to_bytes((number.bit_length() + 7) // 8, "little")
