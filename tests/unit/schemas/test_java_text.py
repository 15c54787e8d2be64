"""Spelling of single values as Java has it."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.text import decimal_text, double_text, float_text, quoted, quoted_octets


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (-2.5, "-2.5"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (1e10, "1.0E10"),
        (1e-5, "1.0E-5"),
        (1.5e300, "1.5E300"),
        (1e16, "1.0E16"),
        (123456789012345680.0, "1.2345678901234568E17"),
        (5e-324, "4.9E-324"),
        (2e23, "2.0E23"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (math.nan, "NaN"),
    ],
)
def test_double_is_spelled_as_java_does(value, text):
    assert double_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (1.0, "1.0"),
        (3.4028234663852886e38, "3.4028235E38"),
        (1.401298464324817e-45, "1.4E-45"),
        (16777216.0, "1.6777216E7"),
        (0.001, "0.001"),
        (-123.456, "-123.456"),
        (1e10, "1.0E10"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (0.0, "0.0"),
    ],
)
def test_float_is_spelled_as_java_does(value, text):
    single = struct.unpack("<f", struct.pack("<f", value))[0]
    assert float_text(single) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_double_text_gives_the_value_back(value):
    assert float(double_text(value)) == value


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_float_text_gives_the_value_back_with_nine_digits_at_most(value):
    text = float_text(value)
    assert struct.unpack("<f", struct.pack("<f", float(text)))[0] == value
    digits = text.split("E")[0].lstrip("-").replace(".", "").strip("0")
    assert len(digits) <= 9


@given(st.floats())
def test_no_double_has_a_python_spelling(value):
    assert "e" not in double_text(value)


def test_escapes_are_those_of_jackson():
    assert quoted('a"\\\b\t\n\f\r\x00\x1f\x7f/é€') == '"a\\"\\\\\\b\\t\\n\\f\\r\\u0000\\u001F\x7f/é€"'


def test_a_backslash_before_u_is_no_escape():
    assert quoted("\\u001f \x1f") == '"\\\\u001f \\u001F"'


def test_characters_beyond_the_first_plane_are_escaped_in_bytes_only():
    assert quoted("😀") == '"😀"'
    assert quoted_octets("é😀") == '"é\\uD83D\\uDE00"'.encode()


@pytest.mark.parametrize(
    ("octets", "scale", "text"),
    [
        (b"\x30\x39", 2, "123.45"),
        (b"\xcf\xc7", 2, "-123.45"),
        (b"\x00", 2, "0.00"),
        (b"\x01", 10, "1E-10"),
        (b"\x01", -3, "1E+3"),
        (b"\x7f", 0, "127"),
    ],
)
def test_decimals_are_spelled_as_java_does(octets, scale, text):
    assert decimal_text(octets, scale) == text
