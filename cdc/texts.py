"""Text with bytes that its character set does not know. Knows no connector. Compiles (mypyc)."""

from __future__ import annotations


def decode(data: bytes, codec: str, *, escape: bool) -> str:
    """Bytes as text. `escape` keeps a byte that is not valid as `\\xHH`; else it raises UnicodeDecodeError."""
    return data.decode(codec, "backslashreplace" if escape else "strict")


class Text:
    """A converter from bytes to text, as headwater.invalid.text.handling.mode says."""

    def __init__(self, codec: str, mode: str) -> None:
        self._codec = codec
        self._escape = mode == "escape"

    def __call__(self, value: object) -> object:
        assert isinstance(value, bytes)
        return decode(value, self._codec, escape=self._escape)
