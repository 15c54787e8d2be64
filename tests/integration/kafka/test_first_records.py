"""The first records of a new topic, while its broker is not yet its leader: nothing is lost, nothing taken on trust."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from cdc.api import Receipt
from cdc.errors import SinkFull
from cdc.history import KafkaHistory
from cdc.kafka import DEFAULTS, FORCED, KafkaSink
from cdc.ledger import UNPROVEN, Ledger
from tests.integration.kafka.refusing_broker import NOT_LEADER, ROUND_TRIP_MS, RefusingBroker, library

TOPIC = "shop.public.orders"
OTHER = "shop.public.items"
RECORDS = [b"first", b"second", b"third"]


@pytest.fixture
def broker() -> Iterator[RefusingBroker]:
    path = library()
    if path is None:
        pytest.skip("the client carries no librdkafka of its own, so its mock cluster cannot be reached")
    broker = RefusingBroker(path)
    broker.create(TOPIC)
    broker.create(OTHER)
    yield broker
    broker.close()


def values(bootstrap: str, number: int) -> list[bytes | None]:
    """The first `number` records of the topic."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "test"})
    consumer.assign([TopicPartition(TOPIC, 0, OFFSET_BEGINNING)])
    found = [message.value() for message in consumer.consume(number, 20)]
    consumer.close()
    return found


def end(bootstrap: str) -> int:
    """The number of records in the topic."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "test"})
    _, high = consumer.get_watermark_offsets(TopicPartition(TOPIC, 0), timeout=10)
    consumer.close()
    return high


def test_nothing_of_a_new_topic_is_lost_when_the_first_batch_is_refused(broker: RefusingBroker) -> None:
    broker.refuse(NOT_LEADER)
    sink = KafkaSink({"bootstrap.servers": broker.bootstrap, "linger.ms": 0})
    ledger = Ledger()
    entry = ledger.open()
    full = 0

    for value in RECORDS:
        deadline = time.monotonic() + 20
        while True:
            try:
                sink.send(TOPIC, -1, None, value, [], -1, entry.ack)
            except SinkFull:
                full += 1
                sink.poll(0.02)
                assert time.monotonic() < deadline
            else:
                entry.outstanding += 1
                break
    assert sink.flush(20) == 0

    assert ledger.error is None
    assert entry.outstanding == 0
    assert full > 0, "the second record waits for the first"
    assert values(broker.bootstrap, len(RECORDS)) == RECORDS


def test_what_librdkafka_takes_for_delivered_without_an_offset_is_not_believed(broker: RefusingBroker) -> None:
    """Without the wait for the first record: the client reports success for a record that is not in the topic."""
    producer = Producer({**DEFAULTS, **FORCED, "bootstrap.servers": broker.bootstrap, "linger.ms": 0})
    producer.produce(OTHER, b"the producer has its id, and a connection")
    assert producer.flush(20) == 0
    producer.list_topics(TOPIC, timeout=10)
    broker.refuse(NOT_LEADER)
    ledger = Ledger()
    entry = ledger.open()
    entry.outstanding = 2
    errors: list[object] = []

    def delivered(error: object, receipt: Receipt) -> None:
        errors.append(error)
        entry.ack(error, receipt)

    producer.produce(TOPIC, RECORDS[0], on_delivery=delivered)  # type: ignore[arg-type]
    deadline = time.monotonic() + ROUND_TRIP_MS / 2000
    while time.monotonic() < deadline:  # the first batch leaves alone, and its answer is still under way
        producer.poll(0.005)
    producer.produce(TOPIC, RECORDS[1], on_delivery=delivered)  # type: ignore[arg-type]
    assert producer.flush(20) == 0

    assert end(broker.bootstrap) == 1, "librdkafka closes the hole by itself now: cdc.kafka.First may go"
    assert errors == [None, None], "the client says that both were delivered"
    assert entry.outstanding == 1
    assert ledger.error == UNPROVEN


def test_a_refused_record_of_the_schema_history_is_not_lost(broker: RefusingBroker) -> None:
    history = KafkaHistory(TOPIC, {"bootstrap.servers": broker.bootstrap})
    history.append(RECORDS[0])
    history.flush(20)
    broker.refuse(NOT_LEADER)

    history.append(RECORDS[1])
    assert history._producer is not None
    deadline = time.monotonic() + ROUND_TRIP_MS / 2000
    while time.monotonic() < deadline:  # its batch leaves alone, and the refusal is still under way
        history._producer.poll(0.005)
    history.append(RECORDS[2])
    history.flush(20)

    assert list(history.records()) == RECORDS
    history.close()
