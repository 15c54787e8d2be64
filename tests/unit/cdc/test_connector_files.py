"""Connector files in the forms in which people have them."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest

from cdc.connector_files import load, load_all
from cdc.errors import ConfigError
from cdc.options import IGNORED, NO_EFFECT, TRANSLATED

POSTGRES = "io.debezium.connector.postgresql.PostgresConnector"


def written(tmp_path: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    file = tmp_path / name
    file.write_bytes(text.encode(encoding))
    return file


STRIMZI = """
apiVersion: v1
kind: Secret
metadata: {name: login}
---
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaConnector
metadata:
  name: first
spec:
  class: io.debezium.connector.postgresql.PostgresConnector
  tasksMax: 2
  state: paused
  config: {slot.name: a}
---
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaConnector
metadata: {name: second}
spec: {class: X, config: {connector.class: Y, tombstones.on.delete: false}}
"""


def test_resources_of_strimzi(tmp_path: Path) -> None:
    first, second = load_all(written(tmp_path, "all.yaml", STRIMZI))
    assert first.config == {"connector.class": POSTGRES, "tasks.max": 2, "slot.name": "a", "name": "first"}
    assert [(note.kind, note.property) for note in first.notes] == [(IGNORED, ""), (NO_EFFECT, "spec.state")]
    assert "Secret login" in first.notes[0]
    assert second.config == {"connector.class": "Y", "tombstones.on.delete": False, "name": "second"}


def test_a_list_of_resources(tmp_path: Path) -> None:
    items = [{"apiVersion": "v1", "kind": "KafkaConnector", "metadata": {"name": n}, "spec": {}} for n in "ab"]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    assert [one.name for one in load_all(written(tmp_path, "l.json", text))] == ["a", "b"]


def test_the_answer_of_a_connect_cluster(tmp_path: Path) -> None:
    def entry(name: str, type: str) -> dict[str, object]:
        config = {"connector.class": POSTGRES, "name": name}
        return {"info": {"name": name, "config": config, "tasks": [], "type": type}, "status": {"name": name}}

    text = json.dumps({"one": entry("one", "source"), "out": entry("out", "sink"), "two": entry("two", "source")})
    found = load_all(written(tmp_path, "cluster.json", text))
    assert [(one.name, one.config["connector.class"]) for one in found] == [("one", POSTGRES), ("two", POSTGRES)]
    assert "out is not a source connector" in found[0].notes[0]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ({"connectorName": "msk", "connectorConfiguration": {"a": "b"}, "kafkaCluster": {}}, ["msk"]),
        ({"connectorConfiguration": {"a": "b"}}, ["x"]),
        ([{"name": "a", "config": {"a": "b"}}, {"a": "b", "name": "c"}, {"a": "b"}], ["a", "c", "x-3"]),
        ([{"a": "b"}], ["x"]),
        ({"name": "n", "config": {"name": "inner", "a": "b"}, "tasks": []}, ["n"]),
        ({"name": "n", "a": "b"}, ["n"]),
    ],
)
def test_shapes(tmp_path: Path, content: object, names: list[str]) -> None:
    found = load_all(written(tmp_path, "x.json", json.dumps(content)))
    assert [one.name for one in found] == names
    assert all(one.config["a"] == "b" and one.config["name"] == one.name for one in found)


def test_json_with_comments_and_trailing_commas(tmp_path: Path) -> None:
    text = """{ // the connector
      "name": "n", /* and
      what it does */
      "config": { "url": "http://a//b/*c*/", "q": "a\\"//b", "l": ["x", ],
   # as in YAML
        "a": "1", // last
      },
    }"""
    found = load(written(tmp_path, "x.json", text))
    assert found.config == {"url": "http://a//b/*c*/", "q": 'a"//b', "l": ["x"], "a": "1", "name": "n"}
    assert "comments and trailing commas" in found.notes[0]


def test_a_property_that_stands_twice_is_noted_and_a_comment_is_not(tmp_path: Path) -> None:
    found = load(
        written(tmp_path, "x.json", '{"a": "1", "_comment": "x", "a": "2", "_comment": "y", "b": "1", "b": "1"}')
    )
    assert found.config["a"] == "2"
    assert found.notes == ["a stands there twice: the last one counts"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    assert load(written(tmp_path, "x.json", '{"a": "ä€"}', encoding)).config["a"] == "ä€"


def test_a_byte_order_mark_of_the_other_order(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(codecs.BOM_UTF16_BE + "a: ä".encode("utf-16-be"))
    assert load(file).config["a"] == "ä"


def test_properties_of_connect(tmp_path: Path) -> None:
    text = f"# standalone\nname=n\nconnector.class={POSTGRES}\ndatabase.password=a\\u0020b\n"
    expected = {"name": "n", "connector.class": POSTGRES, "database.password": "a b"}
    assert load(written(tmp_path, "x.properties", text)).config == expected
    assert load(written(tmp_path, "x.conf", text)).config == expected
    assert load(written(tmp_path, "l.properties", "name=ä", "latin-1")).name == "ä"


SERVER = f"""
debezium.sink.type=kafka
debezium.sink.kafka.producer.bootstrap.servers=b:9092
debezium.sink.kafka.producer.linger.ms=5
debezium.source.connector.class={POSTGRES}
debezium.source.topic.prefix=t
debezium.format.value=avro
debezium.format.value.schema.registry.url=http://r
debezium.format.key=json
debezium.format.schemas.enable=false
debezium.transforms=unwrap
debezium.transforms.unwrap.type=U
debezium.predicates=p
quarkus.log.level=INFO
"""


def test_properties_of_debezium_server(tmp_path: Path) -> None:
    found = load(written(tmp_path, "application.properties", SERVER))
    assert found.config == {
        "connector.class": POSTGRES,
        "topic.prefix": "t",
        "producer.override.linger.ms": "5",
        "value.converter": "io.confluent.connect.avro.AvroConverter",
        "value.converter.schema.registry.url": "http://r",
        "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "key.converter.schemas.enable": "false",
        "value.converter.schemas.enable": "false",
        "transforms": "unwrap",
        "transforms.unwrap.type": "U",
        "predicates": "p",
        "name": "application",
    }
    assert [note.kind for note in found.notes] == [TRANSLATED, NO_EFFECT]
    assert "debezium.sink.type" in found.notes[1]
    assert "quarkus.log.level" in found.notes[1]


def test_yaml_of_debezium_server(tmp_path: Path) -> None:
    text = (
        "debezium:\n  source:\n    connector.class: X\n    tombstones:\n      on.delete: false\n  sink: {type: kafka}\n"
    )
    assert load(written(tmp_path, "application.yaml", text)).config == {
        "connector.class": "X",
        "tombstones.on.delete": "false",
        "name": "application",
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.json", '{"a": "b" "c": "d"}'),
        ("x.json", "{"),
        ("x.json", ""),
        ("x.json", "[]"),
        ("x.json", '["a"]'),
        ("x.yaml", ""),
        ("x.yaml", "a: ["),
        ("x.yaml", "kind: KafkaConnect\napiVersion: v1\n"),
    ],
)
def test_files_without_a_connector(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(ConfigError, match="HW-CFG-003") as error:
        load_all(written(tmp_path, name, text))
    assert name in error.value.detail


def test_one_of_several_is_chosen_by_name(tmp_path: Path) -> None:
    file = written(tmp_path, "x.json", '[{"name": "orders"}, {"name": "stock"}]')
    assert load(file, "stock").name == "stock"
    with pytest.raises(ConfigError, match="orders, stock"):
        load(file)
    with pytest.raises(ConfigError, match="did you mean orders"):
        load(file, "order")
