"""Sink and offset store against a real broker."""

from __future__ import annotations

import time
import uuid

import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition

from cdc.errors import SinkFailed, StoreFailed
from cdc.kafka import KafkaSink, TopicRule, cleanup_policy, create_topic
from cdc.offsets import KafkaStore, offset_key
from tests.servers.kafka import KafkaBroker
from tests.servers.process import wait_for


def sink(kafka: KafkaBroker, **other: str | int) -> KafkaSink:
    return KafkaSink({"bootstrap.servers": kafka.bootstrap, **other})


def fresh() -> str:
    return f"t-{uuid.uuid4().hex[:12]}"


def store(kafka: KafkaBroker, own: KafkaSink, topic: str, key: bytes) -> KafkaStore:
    client = {"bootstrap.servers": kafka.bootstrap}
    return KafkaStore(own.producer, client, topic, key, partitions=5, replication=1)


def test_an_offset_survives_and_its_partition_is_javas(kafka: KafkaBroker) -> None:
    own, topic = sink(kafka), fresh()
    key = offset_key("orders", "srv")
    first = store(kafka, own, topic, key)
    assert first.load() is None

    for lsn in (1, 2, 3):
        first.save({"lsn": lsn})
    first.flush(10)

    assert first.durable == 3
    assert store(kafka, own, topic, key).load() == {"lsn": 3}
    assert store(kafka, own, topic, offset_key("other", "srv")).load() is None
    assert cleanup_policy(own.admin(), topic) == "compact"


def test_a_deleted_offset_is_gone(kafka: KafkaBroker) -> None:
    own, topic, key = sink(kafka), fresh(), offset_key("orders", "srv")
    first = store(kafka, own, topic, key)
    first.load()
    first.save({"lsn": 1})
    first.save(None)
    first.flush(10)

    assert store(kafka, own, topic, key).load() is None


def test_an_offsets_topic_that_kafka_would_empty_is_refused(kafka: KafkaBroker) -> None:
    own, topic = sink(kafka), fresh()
    create_topic(own.admin(), topic, TopicRule(1, 1, {"cleanup.policy": "delete"}))

    with pytest.raises(StoreFailed, match="HW-OFFSET-003"):
        store(kafka, own, topic, b"k").load()


def test_records_carry_key_value_headers_and_go_to_javas_partition(kafka: KafkaBroker) -> None:
    own, topic = sink(kafka), fresh()
    create_topic(own.admin(), topic, TopicRule(25, 1, {}))
    reports: list[object] = []
    own.send(
        topic, -1, b'["a",{"server":"b"}]', b"v", [("h", b"x"), ("n", None)], -1, lambda error, _: reports.append(error)
    )
    assert own.flush(10) == 0  # the first record of a topic travels alone
    own.send(topic, 7, None, None, [], 1234, lambda error, _: reports.append(error))
    assert own.flush(10) == 0
    assert reports == [None, None]

    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": topic, "auto.offset.reset": "earliest"})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(25)])
    found = {}
    deadline = time.monotonic() + 20
    while len(found) < 2 and time.monotonic() < deadline:
        message = consumer.poll(0.1)
        if message is not None and message.error() is None:
            found[message.partition()] = (message.key(), message.value(), message.headers(), message.timestamp())
    consumer.close()
    assert found[7][:3] == (None, None, None)
    assert found[7][3][1] == 1234
    [other] = [record for partition, record in found.items() if partition != 7]
    assert other[:3] == (b'["a",{"server":"b"}]', b"v", [("h", b"x"), ("n", None)])


def test_a_record_that_is_too_large_is_refused_by_name(kafka: KafkaBroker) -> None:
    own, topic = sink(kafka), fresh()

    with pytest.raises(SinkFailed, match=rf"HW-KAFKA-004.*{topic}.*2000000 bytes"):
        own.send(topic, -1, None, b"x" * 2_000_000, [], -1, lambda error, message: None)


def test_an_unreachable_broker_is_said_within_the_given_time() -> None:
    unreachable = KafkaSink({"bootstrap.servers": "127.0.0.1:1"})
    began = time.monotonic()

    with pytest.raises(SinkFailed, match=r"HW-KAFKA-001.*127\.0\.0\.1:1"):
        unreachable.check(1.0)
    assert time.monotonic() - began < 6


def test_a_topic_that_cannot_be_created_is_said(kafka: KafkaBroker) -> None:
    own = KafkaSink({"bootstrap.servers": kafka.bootstrap}, None, lambda topic: TopicRule(1, 9, {}))

    with pytest.raises(SinkFailed, match="HW-KAFKA-007"):
        own.prepare(fresh())


def test_every_outage_is_logged_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    broker = KafkaBroker.private()
    try:
        own = sink(broker, **{"statistics.interval.ms": 200, "reconnect.backoff.max.ms": 500})
        own.check(10)
        for outages in (1, 2):
            broker.kill()
            wait_for(lambda: _polled(own) and own.down_since > 0, f"outage {outages} is noticed")
            broker.restart()
            wait_for(lambda: _polled(own) and own.down_since == 0, f"the end of outage {outages} is noticed")
            assert [record.getMessage().count("records wait") for record in caplog.records].count(1) == outages
            assert [record.getMessage().count("Kafka is back") for record in caplog.records].count(1) == outages
        own.close()
    finally:
        broker.stop()


def _polled(own: KafkaSink) -> bool:
    own.poll(0.05)
    return True


def test_a_refusal_that_does_not_recur_stops_nothing(kafka: KafkaBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    own = sink(kafka)
    now = [1000.0]
    monkeypatch.setattr("cdc.kafka.time.monotonic", lambda: now[0])
    refusal = KafkaError(KafkaError.SASL_AUTHENTICATION_FAILED)
    own._on_error(refusal)
    now[0] += 60
    own.poll(0)
    for _ in range(2):
        own._on_error(refusal)
        now[0] += 11
    with pytest.raises(SinkFailed, match="HW-KAFKA-005"):
        own.poll(0)
