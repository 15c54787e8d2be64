"""Values of a SELECT's text, as they stand in the bytes of a row."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mysql.text_rows import Decimal, ZeroDate, moment

EPOCH = datetime.datetime(1970, 1, 1)


@given(number=st.integers(-(10**40), 10**40), scale=st.integers(0, 30))
def test_a_decimal_of_any_size(number, scale):
    digits = str(abs(number)).rjust(scale + 1, "0")
    text = "-" * (number < 0) + (f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits)
    data = f"9{text}9".encode()

    assert Decimal(scale).read(data, 1, len(data) - 1) == Decimal(scale)(text.encode()) == number


@pytest.mark.parametrize(("text", "found"), [("7", 700), ("-7.5", -750), ("0", 0), ("-0.01", -1), (".5", 50)])
def test_a_decimal_with_fewer_digits_than_its_scale(text, found):
    assert Decimal(2).read(text.encode(), 0, len(text)) == found


@pytest.mark.parametrize("text", ["", "-", "1.2.3", "1e5", "1.234", "+1", "1 "])
def test_what_is_no_decimal(text):
    with pytest.raises(ValueError, match=r"not a decimal|fraction digits"):
        Decimal(2).read(text.encode(), 0, len(text))


@given(at=st.datetimes(), digits=st.integers(0, 6))
def test_a_moment_with_any_number_of_fraction_digits(at, digits):
    fraction = f".{at.microsecond:06}"[: digits + 1] if digits else ""
    cut = 10 ** (6 - digits)
    expected = (at.replace(microsecond=at.microsecond // cut * cut) - EPOCH) // datetime.timedelta(microseconds=1)
    text = f"{at:%H:%M:%S}"
    data = f"1{at.year:04}-{at.month:02}-{at.day:02} {text}{fraction}1".encode()

    assert moment(data, 1, len(data) - 1) == expected


def test_what_is_finer_than_a_microsecond_is_cut_off():
    assert moment(b"1970-01-01 00:00:00.1234567", 0, 27) == 123_456


@pytest.mark.parametrize("text", ["2020-01-01", "2020-0x-01 00:00:00", "2020-01-01 00:00:0", "2020-01-01 00:00:00.1x"])
def test_what_is_no_moment(text):
    with pytest.raises(ValueError, match="not a "):
        moment(text.encode(), 0, len(text))


def test_a_moment_with_a_zero_in_its_date():
    with pytest.raises(ZeroDate):
        moment(b"2020-00-01 00:00:00", 0, 19)
