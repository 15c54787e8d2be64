"""Numbers and strings written straight into a byte buffer, for JSON and for Avro. Hot; compiles (mypyc).

Where the plain interpreter has a quicker way than a loop over bytes, the branch on COMPILED takes it; the unit suite
runs both. Knows no schema.
"""

from __future__ import annotations

from binascii import b2a_base64
from typing import Final

from librt.strings import BytesWriter, read_i64_le
from mypy_extensions import i64, u8

from schemas.text import quoted_octets

COMPILED: Final = not __file__.endswith(".py")
_ZEROS: Final = b"00000000000000000000"
_LOWEST: Final = -(2**63)
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_HIGHEST: Final = 2**63 - 1
# for the plain interpreter: 14 bits as two bytes of an Avro number, with more to follow, and as the last ones
_MORE: Final = [] if COMPILED else [bytes((n & 127 | 128, n >> 7 | 128)) for n in range(16384)]
_LAST: Final = [] if COMPILED else [bytes((n & 127 | 128, n >> 7)) if n > 127 else bytes((n,)) for n in range(16384)]


def put_decimal(out: BytesWriter, number: int) -> None:
    """A whole number of 64 bits in decimal. Raises ValueError beyond."""
    if not COMPILED or number == _LOWEST:
        if not _LOWEST <= number <= _HIGHEST:
            raise ValueError(f"{number} has more than 64 bits")
        out.write(b"%d" % number)
        return
    value: i64 = number
    if value < 0:
        out.append(45)
        value = -value
    size: i64 = 1
    bound: i64 = 10
    while size < 19 and value >= bound:
        size += 1
        bound *= 10
    end: i64 = len(out)
    end += size
    out.write(_ZEROS)
    out.truncate(end)
    while value >= 10:
        rest: i64 = value // 10
        end -= 1
        out[end] = u8(48 + value - rest * 10)
        value = rest
    out[end - 1] = u8(48 + value)


def put_double(out: BytesWriter, value: float) -> bool:
    """A float64 with few decimals as Double.toString writes it; False: it is none, and nothing was written.

    n / 10**k is rounded correctly, and no two decimals of up to 15 digits are the same float64: so the first k for
    which it gives the value back has its shortest digits.
    """
    size = -value if value < 0.0 else value
    if not 0.001 <= size < 10000000.0:
        return False
    decimals: i64 = 1
    power: i64 = 10
    while decimals <= 6:
        number: i64 = i64(int(size * float(power) + 0.5))
        if float(number) / float(power) == size:
            if value < 0.0:
                out.append(45)
            whole: i64 = number // power
            put_decimal(out, whole)
            out.append(46)
            rest: i64 = number - whole * power
            while power > 1:
                power = power // 10
                digit: i64 = rest // power
                out.append(u8(48 + digit))
                rest -= digit * power
            return True
        decimals += 1
        power *= 10
    return False


def put_base64(out: BytesWriter, data: bytes) -> None:
    """base64 with padding; what is long is left to the library."""
    size: i64 = len(data)
    if not COMPILED or size > 24:
        out.write(b2a_base64(data, newline=False))
        return
    at: i64 = 0
    while at < size:
        left: i64 = size - at
        word: i64 = i64(data[at]) << 16
        if left > 1:
            word |= i64(data[at + 1]) << 8
        if left > 2:
            word |= i64(data[at + 2])
        out.append(_BASE64[word >> 18])
        out.append(_BASE64[(word >> 12) & 63])
        out.append(_BASE64[(word >> 6) & 63] if left > 1 else 61)
        out.append(_BASE64[word & 63] if left > 2 else 61)
        at += 3


def put_quoted(out: BytesWriter, value: str) -> None:
    """A JSON string. Raises UnicodeEncodeError on a lone surrogate."""
    if not COMPILED:
        out.write(quoted_octets(value))
        return
    out.append(34)
    octets = value.encode("utf-8")
    start: i64 = len(out)
    out.write(octets)
    size: i64 = len(octets)
    at: i64 = 0
    while at + 8 <= size:
        if _special(read_i64_le(octets, at)):
            break
        at += 8
    if at + 8 > size >= 8 and not _special(read_i64_le(octets, size - 8)):
        at = size
    while at < size:
        byte: i64 = octets[at]
        if byte < 32 or byte == 34 or byte == 92 or byte >= 240:
            out.truncate(start + at)
            _put_escaped(out, octets, at)
            break
        at += 1
    out.append(34)


def _special(word: i64) -> bool:
    """Whether one of eight bytes is below 32, a quote, a backslash, or the first of four bytes of UTF-8."""
    ones: i64 = 0x0101010101010101  # a Final times 92 would be an object, unpacked each time
    quote: i64 = word ^ (ones * 34)
    backslash: i64 = word ^ (ones * 92)
    found: i64 = (word - ones * 32) & ~word
    found |= (quote - ones) & ~quote
    found |= (backslash - ones) & ~backslash
    found |= word & (word << 1) & (word << 2) & (word << 3)
    return found >> 7 & ones != 0


def _put_escaped(out: BytesWriter, octets: bytes, start: i64) -> None:
    """`octets` from `start`, UTF-8, with JSON's escapes as Jackson writes them."""
    size: i64 = len(octets)
    at: i64 = start
    while at < size:
        byte: i64 = octets[at]
        at += 1
        if byte >= 240:
            # four bytes of UTF-8 to two surrogates
            code: i64 = (byte & 7) << 18
            second: i64 = octets[at]
            third: i64 = octets[at + 1]
            fourth: i64 = octets[at + 2]
            at += 3
            code += ((second & 63) << 12) + ((third & 63) << 6) + (fourth & 63) - 0x10000
            _put_escape(out, 0xD800 + (code >> 10))
            _put_escape(out, 0xDC00 + (code & 0x3FF))
            continue
        if byte >= 32 and byte != 34 and byte != 92:
            out.append(u8(byte))
            continue
        short: i64 = 0
        if byte == 34 or byte == 92:
            short = byte
        elif byte == 10:
            short = 110
        elif byte == 13:
            short = 114
        elif byte == 9:
            short = 116
        elif byte == 8:
            short = 98
        elif byte == 12:
            short = 102
        if short:
            out.append(92)
            out.append(u8(short))
        else:
            _put_escape(out, byte)


def _put_escape(out: BytesWriter, code: i64) -> None:
    """\\uXXXX in upper case."""
    out.append(92)
    out.append(117)
    shift: i64 = 12
    while shift >= 0:
        digit: i64 = (code >> shift) & 15
        out.append(u8(48 + digit if digit < 10 else 55 + digit))
        shift -= 4


def put_long(out: BytesWriter, number: int) -> None:
    """Avro's int and long: zigzag, seven bits per byte. Raises ValueError beyond 64 bits."""
    if not COMPILED:
        if not _LOWEST <= number <= _HIGHEST:
            raise ValueError(f"{number} has more than 64 bits")
        rest = number * 2 if number >= 0 else -number * 2 - 1
        if rest < 128:
            out.append(rest)
            return
        octets = b""
        while rest > 16383:
            octets += _MORE[rest & 16383]
            rest >>= 14
        out.write(octets + _LAST[rest])
        return
    value: i64 = number
    sign: i64 = value >> 63
    value = (value << 1) ^ sign
    while value & -128 != 0:
        out.append(u8(value & 127 | 128))
        value = (value >> 7) & 0x01FFFFFFFFFFFFFF
    out.append(u8(value))


def put_utf8(out: BytesWriter, value: str) -> None:
    """Avro's string: length in bytes, UTF-8. Raises UnicodeEncodeError on a lone surrogate."""
    octets = value.encode("utf-8")
    put_long(out, len(octets))
    out.write(octets)
