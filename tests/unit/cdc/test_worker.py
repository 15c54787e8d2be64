"""The worker's settings: where they come from, and what they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdc.errors import ConfigError
from cdc.options import Problem
from cdc.worker import JSON, WorkerConfig, from_environment, load


def test_defaults() -> None:
    worker = load(environment={})
    assert worker.bootstrap_servers == "localhost:9092"
    assert worker.offset_storage == "kafka"
    assert worker.offset_flush_interval_ms == 1000
    assert (worker.rest_host, worker.rest_port) == ("127.0.0.1", 8083)
    assert worker.converter("value") == (JSON, {})
    assert worker.warnings == []


def test_options_of_a_converter_apply_to_the_default_one() -> None:
    worker = load(assignments=["key.converter.schemas.enable=false"], environment={})
    assert worker.converter("key") == (JSON, {"schemas.enable": "false"})
    assert worker.converter("value") == (JSON, {})


def test_set_wins_over_environment_over_file_over_defaults(tmp_path: Path) -> None:
    file = tmp_path / "worker.properties"
    file.write_text("bootstrap.servers=file:1\ngroup.id=file\nrest.port=1\n")
    worker = load(file, ["bootstrap.servers=set:1"], {"BOOTSTRAP_SERVERS": "env:1", "GROUP_ID": "env"})
    assert worker.bootstrap_servers == "set:1"
    assert worker.group_id == "env"
    assert worker.rest_port == 1


def test_the_environment_of_the_connect_image() -> None:
    assert from_environment(
        {
            "BOOTSTRAP_SERVERS": "k:9092",
            "OFFSET_STORAGE_TOPIC": "offsets",
            "CONNECT_VALUE_CONVERTER_SCHEMAS_ENABLE": "false",
            "CONNECT_LOG4J_LOGGERS": "x",
            "VALUE_CONVERTER": JSON,
            "KEY_CONVERTER": "",
            "PATH": "/bin",
        }
    ) == {
        "bootstrap.servers": "k:9092",
        "offset.storage.topic": "offsets",
        "value.converter.schemas.enable": "false",
        "value.converter": JSON,
    }


def test_client_settings_are_layered() -> None:
    worker = WorkerConfig(
        {"security.protocol": "SSL", "producer.linger.ms": "7", "producer.batch.size": "1", "consumer.client.rack": "r"}
    )
    producer = worker.client_settings("producer", {"linger.ms": "9"})
    assert (producer["security.protocol"], producer["linger.ms"], producer["batch.size"]) == ("SSL", 9, 1)
    assert "client.rack" not in producer
    consumer = worker.client_settings("consumer")
    assert consumer["client.rack"] == "r"
    assert "linger.ms" not in consumer


def test_the_policy_of_overrides() -> None:
    worker = WorkerConfig({"connector.client.config.override.policy": "Principal"})
    worker.client_settings("producer", {"sasl.mechanism": "PLAIN"})
    with pytest.raises(ConfigError, match="does not allow"):
        worker.client_settings("producer", {"linger.ms": "1"})


@pytest.mark.parametrize(
    ("properties", "kind"),
    [
        ({"offset.storage.file.filename": "/tmp/x"}, "file"),
        ({"offset.storage": "memory"}, "memory"),
        ({"offset.storage": "org.apache.kafka.connect.storage.KafkaOffsetBackingStore"}, "kafka"),
        ({"offset.storage": "org.apache.kafka.connect.storage.FileOffsetBackingStore",
          "offset.storage.file.filename": "/tmp/x"}, "file"),
    ],
)  # fmt: skip
def test_offset_storage(properties: dict[str, str], kind: str) -> None:
    assert WorkerConfig(properties).offset_storage == kind


def test_listeners_are_understood() -> None:
    worker = WorkerConfig({"listeners": "http://:9090"})
    assert (worker.rest_host, worker.rest_port) == ("0.0.0.0", 9090)


def test_every_problem_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        WorkerConfig(
            {
                "rest.port": "x",
                "offset.storage": "file",
                "exactly.once.source.support": "enabled",
                "listeners": "https://:1",
                "producer.plugin.library.paths": "/x",
                "ssl.truststore.location": "/a.jks",
                "group.id": "${env:NO_SUCH_VARIABLE}",
            }
        )
    names = {problem.property for problem in caught.value.problems if isinstance(problem, Problem)}
    assert names == {
        "rest.port", "offset.storage.file.filename", "exactly.once.source.support", "listeners",
        "producer.plugin.library.paths", "ssl.truststore.location", "group.id",
    }  # fmt: skip


def test_unknown_and_ineffective_properties_are_said() -> None:
    warnings = WorkerConfig({"bootstrap.server": "x", "plugin.path": "/x", "status.storage.partitions": "5"}).warnings
    assert any("did you mean bootstrap.servers?" in warning for warning in warnings)
    assert any(warning.startswith("plugin.path changes nothing") for warning in warnings)
    assert len(warnings) == 2


def test_secrets_are_masked() -> None:
    worker = WorkerConfig({"sasl.jaas.config": 'x.PlainLoginModule required username="u" password="canary";'})
    assert all("canary" not in text for text, _ in worker.shown().values())
    assert any("canary" in secret for secret in worker.secrets())


@pytest.mark.parametrize("assignment", ["novalue", "=x"])
def test_a_wrong_assignment(assignment: str) -> None:
    with pytest.raises(ConfigError, match="key=value"):
        load(None, [assignment], {})
