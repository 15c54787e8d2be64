"""AvroConverter: schema text, encoding, subjects and what is refused."""

import json

import pytest

from cdc.errors import ConfigError, SchemaError
from cdc.model import FLOAT32, INT16, INT32, INT64, STRING, Type, struct
from schemas import avro, types
from schemas.avro_match import difference
from schemas.avro_schema import Mapping, schema_text, scrubbed
from schemas.subjects import Subjects, strategy, subject_name

VALUE = struct("srv.inv.t.Value", [("id", Type(INT32)), ("s", Type(STRING, optional=True))], optional=True)


def fields(type, **options):
    return json.loads(schema_text(type, Mapping(**options)))["fields"]


def test_envelope_text():
    envelope = struct("srv.inv.t.Envelope", [("before", VALUE), ("after", VALUE), ("op", Type(STRING))], version=2)
    assert schema_text(envelope) == (
        '{"type":"record","name":"Envelope","namespace":"srv.inv.t","fields":[{"name":"before","type":["null",'
        '{"type":"record","name":"Value","fields":[{"name":"id","type":"int"},{"name":"s","type":["null","string"],'
        '"default":null}],"connect.name":"srv.inv.t.Value"}],"default":null},{"name":"after","type":["null","Value"],'
        '"default":null},{"name":"op","type":"string"}],"connect.version":2,"connect.name":"srv.inv.t.Envelope"}'
    )


def test_snapshot_field_of_the_source_block():
    snapshot = types.enum(["true", "false"]).replace(optional=True, default="false")
    text = schema_text(struct("a.S", [("snapshot", snapshot)]))
    assert (
        '{"name":"snapshot","type":[{"type":"string","connect.version":1,"connect.parameters":{"allowed":'
        '"true,false"},"connect.default":"false","connect.name":"io.debezium.data.Enum"},"null"],"default":"false"}'
    ) in text


@pytest.mark.parametrize(
    ("type", "text"),
    [
        (Type(INT16), '{"type":"int","connect.type":"int16"}'),
        (
            types.decimal(2, 10),
            '{"type":"bytes","scale":2,"precision":10,"connect.version":1,"connect.parameters":{"scale":"2",'
            '"connect.decimal.precision":"10"},"connect.name":"org.apache.kafka.connect.data.Decimal",'
            '"logicalType":"decimal"}',
        ),
        (
            types.decimal(2, None),
            '{"type":"bytes","scale":2,"precision":64,"connect.version":1,"connect.parameters":{"scale":"2"},'
            '"connect.name":"org.apache.kafka.connect.data.Decimal","logicalType":"decimal"}',
        ),
        (
            types.CONNECT_TIMESTAMP,
            '{"type":"long","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Timestamp",'
            '"logicalType":"timestamp-millis"}',
        ),
        (types.DATE, '{"type":"int","connect.version":1,"connect.name":"io.debezium.time.Date"}'),
        (types.map_of(Type(STRING), Type(INT32)), '{"type":"map","values":"int"}'),
        (
            types.map_of(Type(INT32), Type(STRING)),
            '{"type":"array","items":{"type":"record","name":"MapEntry","namespace":"io.confluent.connect.avro",'
            '"fields":[{"name":"key","type":"int"},{"name":"value","type":"string"}]}}',
        ),
        (
            struct(None, [("a", Type(INT32))]),
            '{"type":"record","name":"ConnectDefault","namespace":"io.confluent.connect.avro","fields":'
            '[{"name":"a","type":"int"}]}',
        ),
        (Type("bytes", default=b"\x00\xe9"), '{"type":"bytes","connect.default":"\\u0000é"}'),
        (
            Type(STRING, doc="d", version=1, name="n"),
            '{"type":"string","connect.doc":"d","connect.version":1,"connect.name":"n"}',
        ),
    ],
)
def test_texts(type, text):
    assert schema_text(type) == text


def test_defaults_of_fields():
    made = fields(
        struct(
            "a.S",
            [
                ("required", Type(INT32, default=5)),
                ("optional", Type(INT32, optional=True, default=5)),
                ("single", Type(FLOAT32, default=0.10000000149011612)),
                ("array", types.array(Type(INT32, optional=True)).replace(default=[1])),
            ],
        )
    )
    assert made[0] == {"name": "required", "type": {"type": "int", "connect.default": 5}, "default": 5}
    assert made[1] == {"name": "optional", "type": [{"type": "int", "connect.default": 5}, "null"], "default": 5}
    assert made[2]["default"] == 0.10000000149011612
    assert made[2]["type"]["connect.default"] == 0.1
    assert "default" not in made[3]  # Avro allows the first branch of a union only, AvroData leaves it out


def test_meta_data_can_be_left_out():
    assert fields(struct("a.S", [("d", types.DATE)]), meta_data=False) == [{"name": "d", "type": "int"}]


@pytest.mark.parametrize("name", ["col one", "9col", "a-b", "", "é"])
def test_illegal_field_names_are_refused_with_the_remedy(name):
    with pytest.raises(SchemaError, match=r"field\.name\.adjustment\.mode=avro") as caught:
        schema_text(struct("a.S", [(name, Type(INT32))]))
    assert caught.value.code == "HW-AVRO-001"
    assert repr(name) in caught.value.detail


@pytest.mark.parametrize("name", ["my-srv.t.Value", "srv.9x.Value", "a b", "a..b"])
def test_illegal_schema_names_are_refused_with_the_remedy(name):
    with pytest.raises(SchemaError, match=r"schema\.name\.adjustment\.mode=avro"):
        schema_text(struct(name, [("a", Type(INT32))]))


def test_names_can_be_scrubbed():
    assert scrubbed("abc+-.*_") == "abc_2B____"
    assert scrubbed("abc  def") == "abc__def"
    assert scrubbed("0abc.def") == "x0abc_def"
    assert scrubbed("ok_1") == "ok_1"
    assert [field["name"] for field in fields(struct("a-b.S-1", [("c d", Type(INT32))]), scrub=True)] == ["c_d"]


def test_two_definitions_of_one_record_are_refused():
    one = struct("a.T", [("x", Type(INT32))])
    other = struct("a.T", [("y", Type(INT32))])
    with pytest.raises(SchemaError) as caught:
        schema_text(struct("a.S", [("one", one), ("other", other)]))
    assert caught.value.code == "HW-AVRO-002"


def test_null_becomes_the_default_unless_told_otherwise():
    type = struct("a.S", [("a", Type(STRING, optional=True, default="x")), ("b", Type(STRING, optional=True))])
    assert avro.encoder(type, "t", 1, Mapping()).encode([None, None])[5:] == b"\x00\x02x\x00"
    assert avro.encoder(type, "t", 1, Mapping(ignore_defaults=True)).encode([None, None])[5:] == b"\x02\x00"


def test_null_in_a_required_field_is_an_error_that_names_it():
    encoder = avro.encoder(struct("a.S", [("row", VALUE)]), "t", 1, Mapping())
    with pytest.raises(SchemaError, match=r"topic t: a\.S\.row: srv\.inv\.t\.Value: field id is null"):
        encoder.encode([[None, "x"]])
    assert encoder.encode([[1, None, "hidden"]])[5:] == b"\x02\x02\x00"


@pytest.mark.parametrize(
    ("type", "value"),
    [
        (Type(INT32), 2**31),
        (Type(INT64), 2**63),
        (Type(INT64), "1"),
        (Type(INT64), True),
        (Type(STRING), b"x"),
        (Type("boolean"), 0),
        (Type("float64"), 1),
        (types.array(Type(INT32)), "x"),
    ],
)
def test_a_value_that_does_not_fit_is_an_error_that_names_its_field(type, value):
    with pytest.raises(SchemaError, match=r"topic t: a\.S(\.f)?: ") as caught:
        avro.encoder(struct("a.S", [("f", type)]), "t", 1, Mapping()).encode([value])
    assert caught.value.code == "HW-FMT-002"


def test_repeated_source_values_are_written_each_time():
    source = struct("a.Source", [("v", Type(STRING)), ("o", Type(STRING, optional=True, default="false"))])
    encoder = avro.encoder(struct("a.E", [("source", source)]), "t", 1, Mapping())
    version, one, two = "1", "x", "y"
    for optional, octets in ((one, b"\x00\x02x"), (one, b"\x00\x02x"), (None, b"\x00\x0afalse"), (two, b"\x00\x02y")):
        assert encoder.encode([[version, optional]])[5:] == b"\x021" + octets


class Memory:
    """A registry in memory."""

    def __init__(self, latest=""):
        self.calls = []
        self.text = latest

    def register(self, subject, schema, *, normalize):
        self.calls.append(("register", subject, normalize))
        return 11

    def lookup(self, subject, schema, *, normalize):
        self.calls.append(("lookup", subject, normalize))
        return 12

    def latest(self, subject):
        self.calls.append(("latest", subject))
        return 13, self.text

    def schema(self, schema_id):
        self.calls.append(("schema", schema_id))
        return self.text


def settings(**options):
    from schemas.settings import read

    given = {name.replace("_", "."): text for name, text in options.items()}
    return read(avro.OPTIONS, {"schema.registry.url": "http://localhost:1", **given}, "AvroConverter")


def bound(registry, type=VALUE, named="TopicNameStrategy", **options):
    form = avro.AvroFormat(Subjects(registry, settings(**options)), strategy(named), Mapping())
    return form.bind(type, "t", is_key=False)


def test_schemas_are_registered_once():
    registry = Memory()
    form = avro.AvroFormat(Subjects(registry, settings()), "TopicNameStrategy", Mapping())
    assert form.bind(VALUE, "t", is_key=False)([1, "x"])[:5] == b"\x00\x00\x00\x00\x0b"
    form.bind(VALUE, "t", is_key=False)
    form.bind(VALUE, "t", is_key=True)
    assert registry.calls == [("register", "t-value", False), ("register", "t-key", False)]


def test_keyless_records_ask_nothing():
    registry = Memory()
    encoder = bound(registry, None)
    assert registry.calls == []
    with pytest.raises(SchemaError):
        encoder("x")


def test_lookup_without_registration():
    registry = Memory()
    assert bound(registry, auto_register_schemas="false", normalize_schemas="true")([1, "x"])[4] == 12
    assert registry.calls == [("lookup", "t-value", True)]


def test_latest_version_and_schema_id_must_give_the_same_bytes():
    text = schema_text(VALUE, Mapping(meta_data=False))
    assert bound(Memory(text), auto_register_schemas="false", use_latest_version="true")([1, "x"])[4] == 13
    assert bound(Memory(text), auto_register_schemas="false", use_schema_id="14")([1, "x"])[4] == 14
    other = json.loads(text)
    other[1]["fields"].pop()
    with pytest.raises(SchemaError, match="lacks s") as caught:
        bound(Memory(json.dumps(other)), auto_register_schemas="false", use_latest_version="true")
    assert caught.value.code == "HW-AVRO-003"


def test_subject_names():
    full = "io.confluent.kafka.serializers.subject.TopicRecordNameStrategy"
    assert subject_name(strategy(full), "t", "a.R", False) == "t-a.R"
    assert subject_name("RecordNameStrategy", "t", "a.R", True) == "a.R"
    assert subject_name("TopicNameStrategy", "t", None, True) == "t-key"
    with pytest.raises(SchemaError):
        subject_name("RecordNameStrategy", "t", None, True)
    with pytest.raises(ConfigError):
        strategy("com.example.Mine")
    registry = Memory()
    bound(registry, VALUE.replace(optional=False), "RecordNameStrategy")
    assert registry.calls == [("register", "srv.inv.t.Value", False)]


@pytest.mark.parametrize(
    ("theirs", "found"),
    [
        ({"type": "record", "name": "b.Other", "fields": [{"name": "x", "type": {"type": "int", "p": 1}}]}, None),
        (
            {"type": "record", "name": "R", "fields": [{"name": "x", "type": "long"}]},
            "at x the registered type is",
        ),
        ({"type": "record", "name": "R", "fields": [{"name": "y", "type": "int"}]}, "lacks x and has y"),
        ("int", "the registered type is int"),
    ],
)
def test_difference(theirs, found):
    ours = {"type": "record", "name": "R", "namespace": "a", "fields": [{"name": "x", "type": "int"}]}
    answer = difference(ours, theirs)
    assert answer is None if found is None else found in answer


def test_difference_follows_names():
    row = {"type": "record", "name": "V", "fields": [{"name": "x", "type": "int"}]}
    ours = {
        "type": "record",
        "name": "E",
        "namespace": "a",
        "fields": [{"name": "b", "type": ["null", row]}, {"name": "c", "type": ["null", "V"]}],
    }
    theirs = json.loads(json.dumps(ours).replace('"V"]', '"a.V"]'))
    assert difference(ours, theirs) is None
    theirs["fields"][1]["type"][1] = "string"
    assert "at c" in difference(ours, theirs)


def test_every_wrong_option_is_named():
    with pytest.raises(ConfigError) as caught:
        avro.create({"basic.auth.credentials.source": "SASL_INHERIT", "auto.register.schemas": "yes"}, False)
    assert [problem.property for problem in caught.value.problems] == [
        "schema.registry.url",
        "auto.register.schemas",
        "basic.auth.credentials.source",
    ]
