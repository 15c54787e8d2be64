"""The schema history in a topic of a real broker."""

from __future__ import annotations

import logging
import time
import uuid

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource

from cdc.errors import StoreFailed
from cdc.history import KafkaHistory
from cdc.kafka import TopicRule, create_topic
from connectors.mysql.ddl import Schema
from connectors.mysql.history import encode, events, recover
from tests.servers.kafka import KafkaBroker
from tests.servers.process import wait_for

TABLES = 10_000
TABLE = (
    "CREATE TABLE `t{}` (`id` bigint unsigned NOT NULL AUTO_INCREMENT, `a` varchar(100) NOT NULL, `b` varchar(20)"
    " DEFAULT NULL, `c` decimal(10,2) DEFAULT '0.00', `d` datetime(6) DEFAULT NULL, `e` timestamp NULL, `f` int,"
    " `g` enum('a','b'), `h` json, `i` text, PRIMARY KEY (`id`), UNIQUE KEY `a` (`a`)) DEFAULT CHARSET=utf8mb4"
)


def history(kafka: KafkaBroker, topic: str = "") -> KafkaHistory:
    return KafkaHistory(topic or f"h-{uuid.uuid4().hex[:12]}", {"bootstrap.servers": kafka.bootstrap}, replication=1)


def test_records_come_back_in_order_to_another_process(kafka: KafkaBroker) -> None:
    topic = f"h-{uuid.uuid4().hex[:12]}"
    first = history(kafka, topic)
    assert list(first.records()) == []

    first.create()
    for number in range(5000):
        first.append(b'{"n":%d}' % number)
    first.flush(30)
    first.close()

    second = history(kafka, topic)
    assert list(second.records()) == [b'{"n":%d}' % number for number in range(5000)]


def known(admin: AdminClient, topic: str) -> bool:
    """Whether the broker has taken up a topic that was made."""
    return bool(admin.list_topics(topic, timeout=10).topics[topic].partitions)


def test_the_topic_is_kept_for_ever(kafka: KafkaBroker) -> None:
    topic = f"h-{uuid.uuid4().hex[:12]}"
    history(kafka, topic).create()
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    wait_for(lambda: known(admin, topic), "the topic is known")

    (future,) = admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, topic)]).values()  # type: ignore[attr-defined]
    settings = future.result()

    assert settings["cleanup.policy"].value == "delete"
    assert settings["retention.ms"].value == str(2**63 - 1)
    assert settings["retention.bytes"].value == "-1"
    assert len(admin.list_topics(topic).topics[topic].partitions) == 1


def test_a_topic_that_forgets_is_warned_of(kafka: KafkaBroker, caplog: pytest.LogCaptureFixture) -> None:
    topic = f"h-{uuid.uuid4().hex[:12]}"
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    create_topic(admin, topic, TopicRule(1, 1, {"retention.ms": "1000000"}))
    wait_for(lambda: known(admin, topic), "the topic is known")

    with caplog.at_level(logging.WARNING, "cdc.history"):
        history(kafka, topic).check()

    assert "retention.ms=1000000" in caplog.text


def test_a_topic_of_several_partitions_is_refused(kafka: KafkaBroker) -> None:
    topic = f"h-{uuid.uuid4().hex[:12]}"
    create_topic(AdminClient({"bootstrap.servers": kafka.bootstrap}), topic, TopicRule(3, 1, {}))

    with pytest.raises(StoreFailed) as caught:
        list(history(kafka, topic).records())

    assert caught.value.code == "HW-HISTORY-003"


def test_ten_thousand_tables_are_recovered_in_seconds(kafka: KafkaBroker, record_property) -> None:  # type: ignore[no-untyped-def]
    written, schema = history(kafka), Schema()
    written.create()
    (applied,) = schema.apply("d", TABLE.format(0))
    (event,) = events(applied)
    record = encode("srv", {"file": "b.1", "pos": 4}, 0, "d", event.sql, event.changes)
    for number in range(TABLES):
        written.append(record.replace(b'\\"t0\\"', b'\\"t%d\\"' % number))
    written.flush(60)

    begun = time.perf_counter()
    back = Schema()
    count = recover(back, written.records(), "srv", lambda position: True)
    seconds = time.perf_counter() - begun

    record_property("seconds", seconds)
    print(f"{TABLES} tables, {len(record) * TABLES / 1e6:.0f} MB: {seconds:.2f} s")
    assert (count, len(back)) == (TABLES, TABLES)
    assert back.get("d", "t9999") is not None
    assert seconds < 5
