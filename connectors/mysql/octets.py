"""Reading numbers and texts out of an event's bytes, every length checked. Compiles (mypyc).

What does not fit raises ValueError; the decoder makes a DecodeError of it that names the event and its place.
"""

from __future__ import annotations

from librt.strings import read_i16_le, read_i32_le, read_i64_le
from mypy_extensions import i64


class Octets:
    """Bytes from `pos` to `end` of `data`, read from front to back."""

    def __init__(self, data: bytes, pos: int, end: int) -> None:
        if not 0 <= pos <= end <= len(data):
            raise ValueError("cut off")
        self.data = data
        self.pos = pos
        self.end = end

    @property
    def left(self) -> int:
        """Bytes that are not read yet."""
        return self.end - self.pos

    def skip(self, size: int) -> int:
        """Go on by so many bytes; where they begin."""
        pos = self.pos
        if size < 0 or size > self.end - pos:
            raise ValueError(f"cut off: {size} bytes wanted at {pos}, {self.end - pos} there")
        self.pos = pos + size
        return pos

    def take(self, size: int) -> bytes:
        """So many bytes."""
        pos = self.skip(size)
        return self.data[pos : pos + size]

    def u8(self) -> int:
        """One byte."""
        return self.data[self.skip(1)]

    def u16(self) -> int:
        """Two bytes, little-endian, as every number here."""
        found: int = read_i16_le(self.data, self.skip(2))
        return found & 0xFFFF

    def u24(self) -> int:
        """Three bytes."""
        return int.from_bytes(self.take(3), "little")

    def u32(self) -> int:
        """Four bytes."""
        found: int = read_i32_le(self.data, self.skip(4))
        return found & 0xFFFFFFFF

    def u48(self) -> int:
        """Six bytes."""
        at = self.skip(6)
        low: i64 = i64(read_i32_le(self.data, at)) & 0xFFFFFFFF
        high: i64 = i64(read_i16_le(self.data, at + 4)) & 0xFFFF
        return high << 32 | low

    def u56(self) -> int:
        """Seven bytes."""
        low = self.u48()
        return self.u8() << 48 | low

    def u64(self) -> int:
        """Eight bytes."""
        found: int = read_i64_le(self.data, self.skip(8))
        return found if found >= 0 else found + (1 << 64)

    def packed(self) -> int:
        """A length-encoded number: one byte up to 250, else 0xfc, 0xfd, 0xfe and 2, 3, 8 bytes."""
        first = self.u8()
        if first < 251:
            return first
        if first == 252:
            return self.u16()
        if first == 253:
            return self.u24()
        if first == 254:
            return self.u64()
        raise ValueError(f"0x{first:02x} begins no packed number")

    def variable(self) -> int:
        """A number of MySQL's serialization library: as many 1 bits at the low end as bytes follow."""
        first = self.u8()
        more = 0
        while more < 8 and first >> more & 1:
            more += 1
        if more == 8:
            return self.u64()
        return int.from_bytes(self.take(more), "little") << (7 - more) | first >> (more + 1)

    def variable_signed(self) -> int:
        """The same with a sign, which stands in the lowest bit."""
        found = self.variable()
        return ~(found >> 1) if found & 1 else found >> 1

    def text(self, size: int) -> str:
        """So many bytes of UTF-8; what is none is replaced."""
        return self.take(size).decode("utf-8", "replace")

    def terminated(self, size: int) -> str:
        """A text of so many bytes and a zero byte."""
        found = self.text(size)
        if self.u8() != 0:
            raise ValueError("a text without its zero byte")
        return found
