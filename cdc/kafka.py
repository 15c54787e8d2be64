"""Kafka as a Sink, through confluent-kafka. Knows no record format and no database.

The producer never gives up on a record by itself: a record that times out alone would leave a hole that later ones
jump over. What Kafka refuses for good stops the pipeline with a coded error; nothing at or after it is confirmed.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic  # type: ignore[attr-defined]

from cdc.api import OnDelivery, Receipt
from cdc.errors import RETRY, STOP, SinkFailed, SinkFull, define

log = logging.getLogger("cdc.kafka")

Settings = Mapping[str, str | int | float]  # librdkafka's property names

UNREACHABLE = define(
    "HW-KAFKA-001",
    RETRY,
    "Kafka cannot be reached",
    "Check bootstrap.servers, the network and that a broker runs; Headwater tries again by itself and loses nothing",
)
REFUSED = define(
    "HW-KAFKA-002",
    STOP,
    "Kafka refused a record",
    "Mend the cause that Kafka names, then start again: everything from this record on is sent again",
)
UNKNOWN_TOPIC = define(
    "HW-KAFKA-003",
    RETRY,
    "The topic does not exist and the broker does not create it",
    "Create the topic, set topic.creation.default.partitions and topic.creation.default.replication.factor,"
    " or allow auto.create.topics.enable on the broker",
)
TOO_LARGE = define(
    "HW-KAFKA-004",
    STOP,
    "A record is larger than Kafka accepts",
    "Raise producer.override.max.request.size and the topic's max.message.bytes (the broker's message.max.bytes),"
    " or leave out or truncate the column (column.exclude.list, column.truncate.to.N.chars)",
)
UNAUTHORIZED = define(
    "HW-KAFKA-005",
    RETRY,
    "Kafka does not authorise this client",
    "Check the SASL and TLS settings and the ACLs: Write, Describe and Create on the topics",
)
FENCED = define(
    "HW-KAFKA-006",
    STOP,
    "Another producer took over",
    "Two instances run with the same identity; stop one of them",
)
NOT_CREATED = define(
    "HW-KAFKA-007",
    RETRY,
    "A topic could not be created",
    "Check topic.creation.* (replication factor against the number of brokers) and the Create ACL",
)

SEQUENCE_BROKEN = define(
    "HW-KAFKA-008",
    RETRY,
    "Kafka no longer knows the producer's sequence",
    "Nothing to do: a new producer sends again what was not acknowledged. If it recurs, look for data loss in Kafka",
)

NOT_PROVEN = define(
    "HW-KAFKA-009",
    RETRY,
    "Kafka's client calls a record delivered and does not know where",
    "Nothing to do: everything from the last stored offset on is sent again by a new producer",
)

FORCED: dict[str, str | int | float] = {
    "acks": "all",
    "enable.idempotence": True,
    "partitioner": "murmur2_random",
    "message.timeout.ms": 0,
}
DEFAULTS: dict[str, str | int | float] = {
    "compression.type": "lz4",
    "linger.ms": 5,  # as Kafka 4 has it; with less, broker and consumers spend their time on requests
    "queue.buffering.max.kbytes": 4096,  # what waits here has left the processor's cache
    "queue.buffering.max.messages": 50000,
    "topic.metadata.propagation.max.ms": 30000,
    "statistics.interval.ms": 5000,
    "log.connection.close": False,
}

_CODES = {
    KafkaError.MSG_SIZE_TOO_LARGE: TOO_LARGE,
    KafkaError.RECORD_LIST_TOO_LARGE: TOO_LARGE,
    KafkaError.UNKNOWN_TOPIC_OR_PART: UNKNOWN_TOPIC,
    KafkaError._UNKNOWN_TOPIC: UNKNOWN_TOPIC,
    KafkaError._UNKNOWN_PARTITION: UNKNOWN_TOPIC,
    KafkaError.TOPIC_AUTHORIZATION_FAILED: UNAUTHORIZED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: UNAUTHORIZED,
    KafkaError.SASL_AUTHENTICATION_FAILED: UNAUTHORIZED,
    KafkaError._AUTHENTICATION: UNAUTHORIZED,
    KafkaError._FENCED: FENCED,
    KafkaError._FATAL: SEQUENCE_BROKEN,
    KafkaError._INCONSISTENT: SEQUENCE_BROKEN,
    KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER: SEQUENCE_BROKEN,
    KafkaError.DUPLICATE_SEQUENCE_NUMBER: SEQUENCE_BROKEN,
    KafkaError.INVALID_PRODUCER_EPOCH: SEQUENCE_BROKEN,
    KafkaError.INVALID_PRODUCER_ID_MAPPING: SEQUENCE_BROKEN,
    KafkaError.UNKNOWN_PRODUCER_ID: SEQUENCE_BROKEN,
    KafkaError._SSL: UNAUTHORIZED,
    KafkaError._MSG_TIMED_OUT: UNREACHABLE,
    KafkaError.BROKER_NOT_AVAILABLE: UNREACHABLE,
    KafkaError.KAFKA_STORAGE_ERROR: UNREACHABLE,
    KafkaError.LEADER_NOT_AVAILABLE: UNREACHABLE,
    KafkaError.NETWORK_EXCEPTION: UNREACHABLE,
    KafkaError.NOT_ENOUGH_REPLICAS: UNREACHABLE,
    KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND: UNREACHABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION: UNREACHABLE,
    KafkaError.REQUEST_TIMED_OUT: UNREACHABLE,
    KafkaError._ALL_BROKERS_DOWN: UNREACHABLE,
    KafkaError._TRANSPORT: UNREACHABLE,
    KafkaError._TIMED_OUT: UNREACHABLE,
    KafkaError._RESOLVE: UNREACHABLE,
    KafkaError._PURGE_QUEUE: UNREACHABLE,
    KafkaError._PURGE_INFLIGHT: UNREACHABLE,
}


AUTH_SECONDS = 10.0  # refusals that go on for longer stop the producer
AUTH_QUIET_SECONDS = 30.0  # a refusal after as long without one is a new one; the client tries every 10 s at least
_UP = re.compile(r'"state":\s*"UP"')


def failure(error: KafkaError, where: str) -> SinkFailed:
    """The coded error for what Kafka said, with the place it happened."""
    code = _CODES.get(error.code(), UNREACHABLE if error.retriable() else REFUSED)
    return SinkFailed(code, f"{where}: {error.str()}")


class TopicRule:
    """One group of `topic.creation.*`: partitions, replication factor (-1: the broker's default), topic config."""

    def __init__(self, partitions: int, replication: int, settings: dict[str, str]) -> None:
        self.partitions = partitions
        self.replication = replication
        self.settings = settings


class First:
    """The first record of a topic: later ones are taken once Kafka has it.

    A broker that is not yet the leader of a new partition refuses one batch and may accept the next, whatever its
    sequence number; with one batch in flight there is no next.
    """

    def __init__(self, topic: str, known: set[str], on_delivery: OnDelivery) -> None:
        self._topic = topic
        self._known = known
        self._on_delivery = on_delivery

    def delivered(self, error: object, receipt: Receipt) -> None:
        """Its delivery report."""
        if error is None:
            self._known.add(self._topic)
        self._on_delivery(error, receipt)


class KafkaSink:
    """A producer with acks=all, idempotence and Java's partitioner."""

    def __init__(
        self,
        settings: Settings,
        on_statistics: Callable[[str], None] | None = None,
        rule: Callable[[str], TopicRule | None] | None = None,
    ) -> None:
        self._settings = {**DEFAULTS, **settings, **FORCED}
        largest = int(self._settings.get("message.max.bytes", 1_000_000))
        room = int(self._settings["queue.buffering.max.kbytes"])
        self._settings["queue.buffering.max.kbytes"] = max(room, 2 * largest // 1024)  # else it would wait for ever
        self._rule = rule
        self._fatal: KafkaError | None = None
        self._admin: AdminClient | None = None  # made when a topic is
        self._auth: KafkaError | None = None  # the newest refusal of our credentials
        self._auth_since = 0.0  # time.monotonic() of the first of the refusals that follow each other
        self._auth_last = 0.0
        self._on_statistics = on_statistics
        self.down_since = 0.0  # time.monotonic() of the first sign that no broker answers; 0: connected
        config: dict[str, object] = dict(self._settings)
        config["error_cb"] = self._on_error
        config["logger"] = logging.getLogger("cdc.kafka.client")
        config["stats_cb"] = self._statistics
        try:
            self.producer = Producer(config)
        except KafkaException as error:
            raise SinkFailed(REFUSED, f"producer settings: {error.args[0].str()}") from None
        self._produce = self.producer.produce
        self._known: set[str] = set()  # topics that hold a record of this producer
        self._first: set[str] = set()  # topics to which one was sent
        self.capacity = int(self._settings["queue.buffering.max.messages"])  # records

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._fatal = error
        elif error.code() in (KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED, KafkaError._SSL):
            now = time.monotonic()
            if now - self._auth_last > AUTH_QUIET_SECONDS:
                self._auth_since = now
            self._auth = error
            self._auth_last = now
        elif error.code() == KafkaError._ALL_BROKERS_DOWN and not self.down_since:
            self.down_since = time.monotonic()
            log.warning("%s; records wait and are sent when it is back", failure(error, "bootstrap.servers"))

    def _statistics(self, text: str) -> None:
        """librdkafka's statistics, which say too that a broker answers again."""
        if self.down_since and _UP.search(text) is not None:
            log.warning("Kafka is back after %.0f s", time.monotonic() - self.down_since)
            self.down_since = 0.0
        if self._on_statistics is not None:
            self._on_statistics(text)

    def check(self, timeout: float) -> None:
        """Prove that a broker answers within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                self.producer.list_topics(timeout=min(2.0, timeout))
            except KafkaException as error:
                self.producer.poll(0)
                if self._auth is not None:
                    raise failure(self._auth, str(self._settings.get("bootstrap.servers"))) from None
                if time.monotonic() >= deadline:
                    raise failure(error.args[0], str(self._settings.get("bootstrap.servers"))) from None
            else:
                self.down_since = 0.0
                return

    def send(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes | None]],
        timestamp: int,
        on_delivery: OnDelivery,
    ) -> None:
        """Hand a record to librdkafka; SinkFull when its queue has no room, or the topic's first is on its way."""
        first = topic not in self._known
        if first:
            if topic in self._first:
                raise SinkFull
            on_delivery = First(topic, self._known, on_delivery).delivered
        try:
            if headers or timestamp > 0:
                self._produce(topic, value, key, partition, on_delivery, None, max(timestamp, 0), headers)  # type: ignore[arg-type]
            else:  # the client parses what is given, even when it is empty
                self._produce(topic, value, key, partition, on_delivery)
        except BufferError:
            raise SinkFull from None
        except KafkaException as error:
            reason = error.args[0]
            size = len(value or b"") + len(key or b"")
            raise failure(reason, f"topic {topic}, key {key!r:.200}, {size} bytes") from None
        if first:
            self._first.add(topic)

    def poll(self, timeout: float) -> None:
        """Run delivery reports. Raises SinkFailed on a fatal producer error, or when authentication keeps failing."""
        self.producer.poll(timeout)
        if self._fatal is not None:
            raise failure(self._fatal, "producer")
        if self._auth is not None and self._auth_last - self._auth_since > AUTH_SECONDS:
            raise failure(self._auth, "producer")

    def flush(self, timeout: float) -> int:
        """Wait for all deliveries; the number of records still undelivered after `timeout` seconds."""
        remaining: int = self.producer.flush(timeout)
        return remaining

    def prepare(self, topic: str) -> None:
        """Create the topic when topic.creation.* has a rule for it."""
        rule = self._rule(topic) if self._rule is not None else None
        if rule is None:
            return
        create_topic(self.admin(), topic, rule)

    def admin(self) -> AdminClient:
        """An admin client with the connection settings of the producer."""
        if self._admin is None:
            keep = ("bootstrap.", "security.", "sasl.", "ssl.", "client.id", "test.mock", "socket.")
            self._admin = AdminClient({name: value for name, value in self._settings.items() if name.startswith(keep)})
        return self._admin

    def close(self) -> None:
        """Drop what is queued and in flight, without waiting for the network."""
        self.producer.purge(in_queue=True, in_flight=True, blocking=False)
        self.producer.poll(0)


def create_topic(admin: AdminClient, topic: str, rule: TopicRule) -> None:
    """Create a topic unless it exists. Raises SinkFailed when Kafka refuses."""
    new = NewTopic(topic, rule.partitions, rule.replication, config=rule.settings)
    for future in admin.create_topics([new], request_timeout=15).values():
        try:
            future.result()
            log.info("created topic %s with %d partition(s) %s", topic, rule.partitions, rule.settings or "")
        except KafkaException as error:
            reason = error.args[0]
            if reason.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise SinkFailed(NOT_CREATED, f"topic {topic}: {reason.str()}") from None


def cleanup_policy(admin: AdminClient, topic: str) -> str:
    """The cleanup.policy of a topic."""
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    for future in admin.describe_configs([resource], request_timeout=15).values():
        return str(future.result()["cleanup.policy"].value)
    return ""


class Nowhere:
    """The receipt of the null sink."""

    def topic(self) -> str:
        """No topic."""
        return ""

    def offset(self) -> int:
        """Not lost."""
        return 0


class NullSink:
    """Takes everything and acknowledges it at once: for `cdc bench`-like measurements of all that is before Kafka."""

    def __init__(self) -> None:
        self.count = 0
        self.bytes = 0
        self.capacity = 0
        self._receipt = Nowhere()

    def send(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes | None]],
        timestamp: int,
        on_delivery: OnDelivery,
    ) -> None:
        """Count and acknowledge."""
        self.count += 1
        self.bytes += len(value) if value is not None else 0
        on_delivery(None, self._receipt)

    def poll(self, timeout: float) -> None:
        """Nothing to run."""

    def flush(self, timeout: float) -> int:
        """Nothing waits."""
        return 0

    def prepare(self, topic: str) -> None:
        """No topics here."""

    def close(self) -> None:
        """Nothing to let go."""
