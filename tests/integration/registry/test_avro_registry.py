"""The Avro format with a real schema registry (Apicurio through Confluent's interface)."""

import io
import json
import uuid

import fastavro
import pytest

from cdc.errors import SchemaError
from cdc.model import INT32, STRING, Type, struct
from schemas import avro
from schemas.registry import Access, Registry

ROW = struct("srv.inv.t.Value", [("id", Type(INT32)), ("name", Type(STRING, optional=True))], optional=True)
LONGER = struct(
    "srv.inv.t.Value",
    [("id", Type(INT32)), ("name", Type(STRING, optional=True)), ("more", Type(INT32, optional=True))],
    optional=True,
)
OTHER = struct("srv.inv.t.Value", [("id", Type(STRING)), ("name", Type(STRING, optional=True))], optional=True)


@pytest.fixture
def topic():
    return f"formats.{uuid.uuid4().hex}"


@pytest.fixture
def client(registry):
    client = Registry(Access([registry.url], retries=1, wait=0.1))
    yield client
    client.close()


def envelope(row):
    return struct("srv.inv.t.Envelope", [("before", row), ("after", row), ("op", Type(STRING))], version=2)


def bind(registry, type, topic, **options):
    given = {name.replace("_", "."): text for name, text in options.items()}
    return avro.create({"schema.registry.url": registry.url, **given}, False).bind(type, topic, is_key=False)


def test_a_consumer_reads_what_was_written(registry, client, topic):
    octets = bind(registry, envelope(ROW), topic)([None, [1, "x"], "c"])
    schema = client.schema(int.from_bytes(octets[1:5], "big"))
    read = fastavro.schemaless_reader(io.BytesIO(octets[5:]), fastavro.parse_schema(json.loads(schema)))
    assert read == {"before": None, "after": {"id": 1, "name": "x"}, "op": "c"}
    assert client.latest(f"{topic}-value")[0] == int.from_bytes(octets[1:5], "big")


def test_the_same_schema_has_the_same_id_and_a_new_one_another(registry, topic):
    first = bind(registry, envelope(ROW), topic)([None, [1, "x"], "c"])[:5]
    again = bind(registry, envelope(ROW), topic)([None, [1, "x"], "c"])[:5]
    longer = bind(registry, envelope(LONGER), topic)([None, [1, "x", 2], "c"])[:5]
    assert first == again
    assert first != longer


def test_an_incompatible_schema_is_refused(registry, client, topic):
    bind(registry, envelope(ROW), topic)
    client._call("PUT", f"/config/{topic}-value", f"{topic}-value", {"compatibility": "BACKWARD"})
    bind(registry, envelope(LONGER), topic)
    with pytest.raises(SchemaError) as caught:
        bind(registry, envelope(OTHER), topic)
    assert caught.value.code == "HW-REG-002"
    assert f"subject {topic}-value" in caught.value.detail


def test_without_registration_the_schema_must_be_there(registry, client, topic):
    with pytest.raises(SchemaError) as caught:
        bind(registry, envelope(ROW), topic, auto_register_schemas="false")
    assert caught.value.code == "HW-REG-005"
    octets = bind(registry, envelope(ROW), topic)([None, [1, "x"], "c"])
    assert bind(registry, envelope(ROW), topic, auto_register_schemas="false")([None, [1, "x"], "c"]) == octets
    latest = {"auto_register_schemas": "false", "use_latest_version": "true"}
    assert bind(registry, envelope(ROW), topic, **latest)([None, [1, "x"], "c"]) == octets
    with pytest.raises(SchemaError) as caught:
        bind(registry, envelope(LONGER), topic, **latest)
    assert caught.value.code == "HW-AVRO-003"
