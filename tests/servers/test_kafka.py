"""The broker starts, keeps what it acknowledged over a kill, and the registry speaks Confluent's interface."""

import json
import urllib.request

from confluent_kafka import Consumer, Producer, TopicPartition

from tests.servers.cache import Unavailable
from tests.servers.fixtures import missing
from tests.servers.kafka import KafkaBroker
from tests.servers.registry import SchemaRegistry


def read_one(bootstrap: str, topic: str) -> bytes | None:
    """The first record of partition 0."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "none", "enable.auto.commit": False})
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        message = consumer.poll(30)
        return None if message is None or message.error() else message.value()
    finally:
        consumer.close()


def write_one(bootstrap: str, topic: str) -> None:
    """One record, acknowledged by the broker."""
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all"})
    producer.produce(topic, b"value", partition=0)
    assert producer.flush(30) == 0


def test_broker_takes_and_gives(kafka: KafkaBroker, topic_prefix: str) -> None:
    write_one(kafka.bootstrap, topic_prefix)
    assert read_one(kafka.bootstrap, topic_prefix) == b"value"


def test_killed_broker_comes_back_with_its_data() -> None:
    try:
        broker = KafkaBroker.private()
    except Unavailable as error:
        missing("Kafka", str(error))
        raise
    try:
        write_one(broker.bootstrap, "kept")
        broker.kill()
        broker.restart()
        assert read_one(broker.bootstrap, "kept") == b"value"
    finally:
        broker.stop()


def test_registry_registers_a_schema(registry: SchemaRegistry, topic_prefix: str) -> None:
    request = urllib.request.Request(
        f"{registry.url}/subjects/{topic_prefix}-value/versions",
        method="POST",
        data=json.dumps({"schema": '"string"'}).encode(),
        headers={"Content-Type": "application/vnd.schemaregistry.v1+json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        number = json.load(answer)["id"]
    with urllib.request.urlopen(f"{registry.url}/schemas/ids/{number}", timeout=10) as answer:
        assert json.load(answer)["schema"] == '"string"'
