"""Primitives in the byte buffer."""

import io
import json

import pytest
from fastavro._write_py import BinaryEncoder
from hypothesis import given
from hypothesis import strategies as st
from librt.strings import BytesWriter

from schemas.text import quoted_octets
from schemas.wire import put_decimal, put_long, put_quoted, put_utf8

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
