"""Primitives in the byte buffer."""

import base64
import io
import json

import pytest
from fastavro._write_py import BinaryEncoder
from hypothesis import example, given
from hypothesis import strategies as st
from librt.strings import BytesWriter

from schemas.text import double_text, quoted_octets
from schemas.wire import put_base64, put_decimal, put_double, put_long, put_quoted, put_utf8

LONGS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 63, 64, -64, -65, 8191, 8192, 2**63 - 1, -(2**63)])


def written(put, value):
    out = BytesWriter()
    out.write(b"head")
    put(out, value)
    octets = out.getvalue()
    assert octets.startswith(b"head")
    return octets[4:]


@given(LONGS)
def test_decimal_is_what_str_gives(number):
    assert written(put_decimal, number) == str(number).encode()


@given(LONGS)
def test_long_is_what_fastavro_writes(number):
    out = io.BytesIO()
    BinaryEncoder(out).write_long(number)
    assert written(put_long, number) == out.getvalue()


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**70])
def test_more_than_64_bits_are_refused(number):
    for put in (put_long, put_decimal):
        with pytest.raises(ValueError, match=r"large|64 bits"):
            written(put, number)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_quoted_is_json_and_jackson(text):
    octets = written(put_quoted, text)
    assert json.loads(octets) == text
    assert octets == quoted_octets(text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_utf8_is_what_fastavro_writes(text):
    out = io.BytesIO()
    BinaryEncoder(out).write_utf8(text)
    assert written(put_utf8, text) == out.getvalue()


def test_a_lone_surrogate_is_an_error():
    for put in (put_quoted, put_utf8):
        with pytest.raises(UnicodeEncodeError):
            written(put, "a\ud800")


@given(
    st.one_of(
        st.floats(),
        st.builds(lambda digits, places: digits / 10**places, st.integers(-(10**9), 10**9), st.integers(0, 9)),
    )
)
@example(0.001)
@example(0.1 + 0.2)
@example(9999999.5)
@example(-0.0)
@example(1234567.654321)
def test_a_double_is_written_as_java_does_or_not_at_all(value):
    out = BytesWriter()
    if put_double(out, value):
        assert out.getvalue().decode() == double_text(value)
    else:
        assert out.getvalue() == b""
        assert not (0.001 <= abs(value) < 10**7 and round(value, 6) == value)


@given(st.binary(max_size=40))
def test_base64_is_the_librarys(data):
    assert written(put_base64, data) == base64.b64encode(data)
