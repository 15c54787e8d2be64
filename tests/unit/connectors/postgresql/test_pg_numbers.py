"""Numbers that are read in place are those that the library reads."""

import decimal
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cdc.digits import float_number, whole_number
from connectors.postgresql.numbers import Decimal, _unscaled

DIGITS = st.from_regex(rb"-?\d{0,17}(\.\d{0,17})?", fullmatch=True)


def bits(value):
    return struct.pack(">d", value)


@given(st.one_of(st.floats(allow_nan=False).map(lambda value: repr(value).encode()), DIGITS))
@example(b"-0")
@example(b"NaN")
@example(b"-Infinity")
@example(b"1e-07")
@example(b"0.000000000000001")
@example(b"999999999999999")
@example(b"1.2.3")
@example(b"")
@example(b"-")
def test_a_float_is_the_librarys(data):
    padded = b"x" + data + b"9"
    try:
        expected = float(data)
    except ValueError:
        with pytest.raises(ValueError, match="float"):
            float_number(padded, 1, 1 + len(data))
        return
    assert bits(float_number(padded, 1, 1 + len(data))) == bits(expected)


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_whole_number_is_the_librarys(number):
    data = b"7" + str(number).encode() + b"7"
    assert whole_number(data, 1, len(data) - 1) == number


@pytest.mark.parametrize("data", [b"", b"-", b"1x", b"1.0", b"- 1"])
def test_what_is_no_whole_number_is_an_error(data):
    with pytest.raises(ValueError, match=r"number|literal"):
        whole_number(data, 0, len(data))


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=2))
def test_a_decimal_keeps_its_value(number):
    text = f"{number:.2f}".encode()
    made = Decimal(2)(text)
    assert decimal.Decimal(int.from_bytes(made, "big", signed=True)).scaleb(-2) == number
    assert _unscaled(text) == int(text.replace(b".", b""))
