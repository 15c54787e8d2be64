"""JsonConverter: bytes of keys and values."""

import json

import pytest

from cdc.errors import ConfigError, SchemaError
from cdc.model import ARRAY, BOOLEAN, BYTES, FLOAT64, INT32, INT64, MAP, STRING, Type, struct
from schemas import connect, types
from schemas import json as converter

ROW = struct("t.Value", [("id", Type(INT64)), ("name", Type(STRING, optional=True))], optional=True)
ENVELOPE = struct("t.Envelope", [("before", ROW), ("after", ROW), ("op", Type(STRING))], version=2)
PLAIN = {"schemas.enable": "false"}


def encode(type, value, **options):
    given = {name.replace("_", "."): text for name, text in options.items()}
    return converter.create({**PLAIN, **given}, False).bind(type, "t", is_key=False)(value).decode()


def test_schema_and_payload():
    key = struct("t.Key", [("id", Type(INT32, default=0))])
    octets = converter.create({}, True).bind(key, "t", is_key=True)([7])
    assert octets == (
        b'{"schema":{"type":"struct","fields":[{"type":"int32","optional":false,"default":0,"field":"id"}],'
        b'"optional":false,"name":"t.Key"},"payload":{"id":7}}'
    )


def test_members_of_a_schema_are_in_order():
    type = Type(STRING, optional=True, name="n", version=3, doc="d", parameters={"b": "1", "a": "2"}, default="x")
    text = converter.create({}, False).bind(type, "t", is_key=False)("v").decode()
    assert text == (
        '{"schema":{"type":"string","optional":true,"name":"n","version":3,"doc":"d",'
        '"parameters":{"b":"1","a":"2"},"default":"x"},"payload":"v"}'
    )


def test_schema_comes_back_from_its_json():
    type = struct(
        "s",
        [
            ("a", Type(ARRAY, element=types.decimal(2, 9), optional=True, doc="doc")),
            ("m", Type(MAP, keys=Type(STRING), element=Type(FLOAT64, default=1.5))),
            ("e", types.enum(["x", "y"]).replace(default="x")),
            ("d", types.decimal(2, 9).replace(default=b"\x01")),
            ("row", ROW),
        ],
        version=1,
    )
    message = json.loads(
        converter.create({}, False).bind(type, "t", is_key=False)([[b"\x01"], {"k": None}, None, None, None])
    )
    assert connect.parse(message["schema"]) == type


def test_envelope_is_positional_and_ignores_hidden_values():
    assert encode(ENVELOPE, [None, [1, None, "hidden"], "c"]) == (
        '{"before":null,"after":{"id":1,"name":null},"op":"c"}'
    )


def test_field_names_are_escaped():
    assert encode(struct("s", [('a "b"', Type(INT32))]), [1]) == '{"a \\"b\\"":1}'


def test_struct_without_fields():
    assert encode(struct("s", []), []) == "{}"


def test_null_becomes_the_default_unless_told_otherwise():
    type = struct("s", [("a", Type(STRING, optional=True, default="x")), ("b", Type(INT32, optional=True))])
    assert encode(type, [None, None]) == '{"a":"x","b":null}'
    assert encode(type, [None, None], replace_null_with_default="false") == '{"a":null,"b":null}'


def test_null_in_a_required_field_is_an_error_that_names_it():
    with pytest.raises(SchemaError, match=r"topic t: t\.Envelope\.after: t\.Value: field id is null") as caught:
        encode(ENVELOPE, [None, [None, "x"], "c"])
    assert caught.value.code == "HW-FMT-002"


@pytest.mark.parametrize(
    ("type", "value"),
    [
        (Type(INT32), "1"),
        (Type(INT32), True),
        (Type(STRING), 1),
        (Type(BOOLEAN), 1),
        (Type(FLOAT64), 1),
        (Type(BYTES), "x"),
        (types.array(Type(INT32)), (1,)),
        (types.map_of(Type(STRING), Type(INT32)), {1: 1}),
        (struct("inner", [("x", Type(INT32))]), []),
    ],
)
def test_a_value_of_another_type_is_an_error_that_names_its_field(type, value):
    encoder = converter.create(PLAIN, False).bind(struct("s", [("ok", Type(INT32)), ("f", type)]), "t", is_key=False)
    with pytest.raises(SchemaError, match=r"topic t: .*(s\.f|inner)"):
        encoder([1, value])
    assert encoder([1, None]) if type.optional else True


def test_an_encoder_is_of_use_after_an_error():
    encoder = converter.create(PLAIN, False).bind(ENVELOPE, "t", is_key=False)
    with pytest.raises(SchemaError):
        encoder([None, ["x", "y"], "c"])
    assert encoder([None, [1, "y"], "c"]) == b'{"before":null,"after":{"id":1,"name":"y"},"op":"c"}'


def test_values():
    assert encode(types.decimal(2, 9), b"\x30\x39") == '"MDk="'
    assert encode(types.decimal(2, 9), b"\x30\x39", decimal_format="NUMERIC") == "123.45"
    assert encode(Type(BYTES), b"") == '""'
    assert encode(types.array(Type(INT32, optional=True)), [1, None]) == "[1,null]"
    assert encode(types.array(Type(INT32)), []) == "[]"
    assert encode(types.map_of(Type(STRING), Type(INT32)), {"a": 1, "b": 2}) == '{"a":1,"b":2}'
    assert encode(types.map_of(Type(STRING), Type(INT32)), {}) == "{}"
    assert encode(types.map_of(Type(INT32), Type(STRING)), {1: "x"}) == '[[1,"x"]]'
    assert encode(Type(FLOAT64), float("nan")) == '"NaN"'
    assert encode(Type(FLOAT64), float("-inf")) == '"-Infinity"'
    assert encode(Type(FLOAT64), 1e10) == "1.0E10"
    assert encode(Type(BOOLEAN), False) == "false"
    assert encode(Type(STRING), "é😀") == '"é\\uD83D\\uDE00"'


def test_repeated_source_values_are_written_each_time():
    source = struct("Source", [("v", Type(STRING)), ("n", Type(INT64)), ("o", Type(STRING, optional=True))])
    encoder = converter.create(PLAIN, False).bind(struct("E", [("source", source)]), "t", is_key=False)
    version, number = "1.0", 10**12
    for optional in ("a", "a", None, "b", "a"):
        expected = json.dumps({"source": {"v": version, "n": number, "o": optional}}, separators=(",", ":"))
        assert encoder([[version, number, optional]]).decode() == expected
    assert encoder([["2.0", number, None]]) == b'{"source":{"v":"2.0","n":1000000000000,"o":null}}'


def test_keyless_records_have_no_schema():
    encoder = converter.create({}, True).bind(None, "t", is_key=True)
    assert encoder(None) == b'{"schema":null,"payload":null}'
    with pytest.raises(SchemaError):
        encoder("x")


def test_headers():
    form = converter.create({}, False)
    assert form.encode_header(Type(STRING), "x") == b'{"schema":{"type":"string","optional":false},"payload":"x"}'
    assert form.encode_header(None, None) is None


def test_every_wrong_option_is_named():
    with pytest.raises(ConfigError) as caught:
        converter.create({"schemas.enable": "yes", "decimal.format": "TEXT"}, False)
    assert [problem.property for problem in caught.value.problems] == ["schemas.enable", "decimal.format"]


def test_an_unknown_option_is_named_in_the_log(caplog):
    converter.create({"schema.enable": "false"}, False)
    assert (
        "schema.enable is not an option of JsonConverter and is ignored, as Debezium does; did you mean schemas.enable?"
        in caplog.text
    )
