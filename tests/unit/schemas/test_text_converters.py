"""StringConverter, SimpleHeaderConverter, ByteArrayConverter."""

import pytest

from cdc.errors import ConfigError, SchemaError
from cdc.model import BYTES, FLOAT32, FLOAT64, INT32, INT64, STRING, Type, struct
from schemas import bytes as byte_converter
from schemas import headers, java, string, types

KEY = struct(
    "t.Key",
    [("id", Type(INT32)), ("name", Type(STRING, optional=True)), ("s", Type(STRING, optional=True, default="d"))],
)


def text(type, value):
    return string.create({}, False).bind(type, "t", is_key=False)(value).decode()


def header(type, value):
    return headers.create({}, False).encode_header(type, value).decode()


def test_struct_prints_without_its_nulls():
    assert text(KEY, [1, "x", None]) == "Struct{id=1,name=x}"
    assert text(KEY, [1, None, None]) == "Struct{id=1}"


@pytest.mark.parametrize(
    ("type", "value", "expected"),
    [
        (Type(STRING), "a,b", "a,b"),
        (Type(INT64), -5, "-5"),
        (Type("boolean"), True, "true"),
        (Type(FLOAT64), 1e10, "1.0E10"),
        (Type(FLOAT32), 0.10000000149011612, "0.1"),
        (types.decimal(2, 9), b"\x30\x39", "123.45"),
        (types.array(Type(STRING, optional=True)), ["a", None], "[a, null]"),
        (types.map_of(Type(STRING), Type(INT32)), {"a": 1, "b": 2}, "{a=1, b=2}"),
        (Type(BYTES), b"abc", "java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]"),
        (types.CONNECT_TIMESTAMP, 1_000_000_000_000, "Sun Sep 09 01:46:40 UTC 2001"),
        (types.CONNECT_DATE, -1, "Wed Dec 31 00:00:00 UTC 1969"),
        (types.DATE, 5, "5"),
    ],
)
def test_values_print_as_in_java(type, value, expected):
    assert text(type, value) == expected


def test_header_of_a_struct():
    assert header(KEY, [1, 'x"\\', None]) == '{"id":1,"name":"x\\"\\\\","s":"d"}'


@pytest.mark.parametrize(
    ("type", "value", "expected"),
    [
        (Type(STRING), 'a"b', 'a"b'),
        (None, "plain", "plain"),
        (Type(INT32), 7, "7"),
        (types.array(Type(STRING)), ["a", "b"], '["a","b"]'),
        (types.map_of(Type(STRING), Type(INT32)), {"a": 1}, '{"a":1}'),
        (Type(BYTES), b"abc", "YWJj"),
        (struct("s", [("b", Type(BYTES))]), [b"abc"], '{"b":"YWJj"}'),
        (types.CONNECT_DATE, 11574, "2001-09-09"),
        (types.CONNECT_TIME, 3_723_004, "01:02:03.004Z"),
        (types.CONNECT_TIMESTAMP, 1_000_000_000_123, "2001-09-09T01:46:40.123Z"),
    ],
)
def test_headers_are_text(type, value, expected):
    assert header(type, value) == expected


def test_a_null_header_stays_null():
    assert headers.encode_header(Type(STRING), None) is None


@pytest.mark.parametrize(
    ("days", "date"), [(0, (1970, 1, 1)), (-719_468, (0, 3, 1)), (19_782, (2024, 2, 29)), (2_932_896, (9999, 12, 31))]
)
def test_civil(days, date):
    assert java.civil(days) == date


def test_bytes_are_handed_on():
    form = byte_converter.create({}, False)
    assert form.bind(Type(BYTES), "t", is_key=False)(b"\x00\xff") == b"\x00\xff"
    with pytest.raises(SchemaError, match="topic t: the key is struct"):
        form.bind(KEY, "t", is_key=True)
    with pytest.raises(SchemaError):
        form.bind(Type(BYTES), "t", is_key=False)("text")


def test_other_records_go_to_the_delegate():
    form = byte_converter.create(
        {
            "delegate.converter.type": "org.apache.kafka.connect.json.JsonConverter",
            "delegate.converter.type.schemas.enable": "false",
        },
        False,
    )
    assert form.bind(KEY, "t", is_key=False)([1, None, "x"]) == b'{"id":1,"name":null,"s":"x"}'
    assert form.bind(Type(BYTES), "t", is_key=False)(b"raw") == b"raw"
    assert form.encode_header(Type(STRING), "x") == b'"x"'
    assert form.encode_header(Type(BYTES), b"raw") == b"raw"
    with pytest.raises(ConfigError) as error:
        byte_converter.create({"delegate.converter.type": "com.example.Mine"}, False)
    assert [problem.property for problem in error.value.problems] == ["delegate.converter.type"]


def test_headers_that_are_no_byte_strings_need_a_delegate_for_headers():
    avro = {
        "delegate.converter.type": "io.confluent.connect.avro.AvroConverter",
        "delegate.converter.type.schema.registry.url": "http://127.0.0.1:9",
    }
    for options in ({}, avro):
        with pytest.raises(SchemaError, match="HW-FMT-003"):
            byte_converter.create(options, False).encode_header(Type(STRING), "x")


def test_only_utf8_is_written():
    with pytest.raises(ConfigError):
        string.create({"converter.encoding": "UTF-16"}, False)
    string.create({"converter.encoding": "UTF-8"}, False)
