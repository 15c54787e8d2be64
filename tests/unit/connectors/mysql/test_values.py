"""Log values to Connect values, cells to log values, character sets."""

from __future__ import annotations

import datetime
import random

import pytest

from cdc.errors import DecodeError
from connectors.mysql import cells, charsets, table_map, values
from connectors.mysql.ddl.errors import CONTRADICTION


@pytest.mark.parametrize(
    ("precision", "scale", "data", "number"),
    [
        (14, 4, "810DFB38D204D2", 12345678901234),
        (14, 4, "7EF204C72DFB2D", -12345678901234),
        (5, 2, "800000", 0),
        (1, 0, "89", 9),
        (1, 1, "89", 9),
        (9, 9, "BB9AC9FF", 999999999),
        (18, 0, "BB9AC9FF3B9AC9FF", 999999999999999999),
        (18, 9, "C46535FF00000001", 0x446535FF * 10**9 + 1),
    ],
)
def test_decimals(precision, scale, data, number):
    octets = bytes.fromhex(data)
    assert values.decimal_of(octets, 0, len(octets), precision, scale) == number
    if precision <= 18:
        assert cells.small_decimal(octets, 0, len(octets), precision - scale, scale) == number


def written(number, precision, scale):
    """A decimal as the log has it, by another way than the reader's."""
    digits = str(abs(number)).rjust(precision, "0")
    whole, fraction = digits[: precision - scale], digits[precision - scale :]
    size = {0: 0, 1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 4, 8: 4, 9: 4}
    groups = [whole[: len(whole) % 9]] + [whole[at : at + 9] for at in range(len(whole) % 9, len(whole), 9)]
    groups += [fraction[at : at + 9] for at in range(0, len(fraction), 9)]
    data = bytearray(b"".join(int(group).to_bytes(size[len(group)], "big") for group in groups if group))
    data[0] ^= 0x80
    return bytes(byte ^ 0xFF for byte in data) if number < 0 else bytes(data)


def test_random_decimals():
    r = random.Random(7)
    for _ in range(3000):
        precision = r.randint(1, 65)
        scale = r.randint(0, min(precision, 30))
        number = r.randint(-(10**precision) + 1, 10**precision - 1)
        data = written(number, precision, scale)
        assert values.decimal_size(precision, scale) == len(data)
        assert values.decimal_of(b"x" + data, 1, len(data) + 1, precision, scale) == number
        if precision <= 18:
            assert cells.small_decimal(b"x" + data, 1, len(data), precision - scale, scale) == number


def test_days_of_all_years():
    day = datetime.date(1, 1, 1)
    epoch = datetime.date(1970, 1, 1)
    while day < datetime.date(9999, 1, 1):
        data = (day.year << 9 | day.month << 5 | day.day).to_bytes(3, "little")
        assert cells.days(data, 0) == (day - epoch).days
        assert values.day_text((day - epoch).days) == day.isoformat()
        day += datetime.timedelta(days=331)


def test_dates_that_are_none():
    for year, month, day in ((0, 0, 0), (2020, 0, 1), (2020, 1, 0), (0, 5, 5)):
        data = (year << 9 | month << 5 | day).to_bytes(3, "little")
        assert cells.log_value(table_map.DATE, 0, False, data, 0, 3) is None
    for year, month, day in ((2020, 2, 30), (2021, 2, 29), (1900, 2, 29), (2020, 13, 1)):
        data = (year << 9 | month << 5 | day).to_bytes(3, "little")
        with pytest.raises(ValueError, match="is no date"):
            cells.days(data, 0)


def test_old_temporal_types():
    assert (
        cells.log_value(table_map.TIME, 0, False, (-1_02_03).to_bytes(3, "little", signed=True), 0, 3) == -3_723_000_000
    )
    data = (20200102030405).to_bytes(8, "little")
    assert cells.log_value(table_map.DATETIME, 0, False, data, 0, 8) == 1_577_934_245_000_000
    assert cells.log_value(table_map.DATETIME, 0, False, bytes(8), 0, 8) is None
    assert cells.log_value(table_map.TIMESTAMP, 0, False, (86400).to_bytes(4, "little"), 0, 4) == 86_400_000_000
    assert cells.log_value(table_map.TIMESTAMP, 0, False, bytes(4), 0, 4) is None


def test_converters():
    assert values.decimal(-129) == b"\xff\x7f"
    assert values.DecimalText(2)(-5) == "-0.05"
    assert values.DecimalText(0)(12) == "12"
    assert values.DecimalDouble(2)(-150) == -1.5
    assert values.signed64(18446744073709551615) == -1
    assert values.signed64(5) == 5
    assert values.milliseconds(-1) == -1
    assert values.nanoseconds(2) == 2000
    assert values.ZonedTimestamp(0)(0) == "1970-01-01T00:00:00Z"
    assert values.ZonedTimestamp(6)(-1) == "1969-12-31T23:59:59.999999Z"
    assert values.ZonedTimestamp(2)(1_577_934_245_678_901) == "2020-01-02T03:04:05.67Z"
    assert values.boolean(0) is False
    assert values.Bits(12)(0b101010101010) == b"\xaa\x0a"
    assert values.Enum(["a", "b,c"])(2) == "b\\,c"
    assert values.Enum(["a"])(0) == ""
    assert values.Set(["a", "b", "c"])(5) == "a,c"
    for convert, value in ((values.Enum(["a"]), 2), (values.Set(["a", "b"]), 5)):
        with pytest.raises(DecodeError, match="known are") as refused:
            convert(value)
        assert refused.value.code == CONTRADICTION
    assert values.binary_hex(b"\x0f") == "0f"
    assert values.binary_base64(b"\xff\xfe") == "//4="
    assert values.binary_base64_url(b"\xff\xfe") == "__4="
    assert values.vector(b"\0\0\x80?\0\0\0@") == [1.0, 2.0]
    place = bytes(4) + b"\x01\x01\0\0\0" + bytes(16)
    assert values.point(place) == [0.0, 0.0, place[4:], None]
    assert values.geometry(b"\xe6\x10\0\0" + place[4:]) == [place[4:], 4326]
    for convert, value in ((values.point, b"x"), (values.geometry, b"x"), (values.vector, b"x")):
        with pytest.raises(ValueError, match=r"not a|a vector of"):
            convert(value)


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("latin1", b"\x80\x81\xe9", "€\x81é"),
        ("utf8mb4", "ö😀".encode(), "ö😀"),
        ("utf8mb3", b"\xc3", "\ufffd"),
        ("swe7", b"[\\]{", "ÄÖÅä"),
        ("keybcs2", b"\x80\x9f\xe0", "\u010c\u0165\u03b1"),
        ("koi8u", b"\x95\xa4", "•є"),
        ("greek", b"\xa1\xe1", "\u02bd\u03b1"),
        ("geostd8", b"\x80\xc0\xfd", "€ა№"),
        ("armscii8", b"\xb2\xfe\xff", "\u0531\u2019'"),
        ("gbk", "漢".encode("gbk"), "漢"),
        ("sjis", "漢ﾊ".encode("shift_jis"), "漢ﾊ"),
        ("utf16le", "é".encode("utf-16-le"), "é"),
        ("ucs2", "é".encode("utf-16-be"), "é"),
        ("nobody knows", b"\xc3\xa9", "é"),
    ],
)
def test_character_sets(charset, data, text):
    assert charsets.text_of(charset)(data) == text


def test_collations():
    assert charsets.charset_of(255) == "utf8mb4"
    assert charsets.charset_of(2304) == "utf8mb4"
    assert charsets.charset_of(63) == "binary"
    assert charsets.charset_of(8) == "latin1"
    assert charsets.charset_of(99999) == ""
    assert charsets.statement_text(b"\xe9", 8) == "é"
    assert charsets.statement_text(b"\xc3\xa9", -1) == "é"
