"""Reads what both sides write: every topic of the golden runs on one broker, sorted by run."""

from __future__ import annotations

import contextlib
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

PREFIX = re.compile(r"g_[a-z0-9]+_[a-z0-9]+")
HISTORY = "-history-"  # in the name of a topic of the schema history: what it tells is not delivered yet
MARK = re.compile(rb"golden-[a-z0-9-]+")


class Raw(NamedTuple):
    """One record as it lies in Kafka."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    timestamp_type: int

    @classmethod
    def of(cls, message: Message) -> Raw:
        """A record as a consumer received it."""
        return cls(
            message.topic() or "",
            message.partition() or 0,
            message.offset() or 0,
            message.key(),
            message.value(),
            tuple(message.headers() or ()),
            message.timestamp()[0],
        )


class TopicReader:
    """Follows all topics whose name holds a run's prefix, and an offsets topic when it has one."""

    def __init__(self, bootstrap: str, offsets_topic: str | None = None) -> None:
        self.bootstrap = bootstrap
        self.offsets_topic = offsets_topic
        self.marks: dict[str, Counter[str]] = defaultdict(Counter)
        self.offsets: dict[str, bytes | None] = {}
        self.keys: dict[str, bytes] = {}
        self.progress = 0
        self._assigned: set[tuple[str, int]] = set()
        self._wanted: set[str] = set()
        self._refresh_at = 0.0
        self._consumer = self._new_consumer()

    def _new_consumer(self) -> Consumer:
        return Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "golden",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 50,
                "allow.auto.create.topics": False,
                "isolation.level": "read_committed",
                "log_level": 0,
            }
        )

    def admin(self) -> AdminClient:
        """A client for topics."""
        return AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})

    def begin(self, prefixes: Iterable[str]) -> None:
        """Follow the topics of these runs, from their first record; topics of earlier times are deleted before."""
        wanted = set(prefixes)
        self._delete(wanted)
        for prefix in wanted:
            self.marks.pop(prefix, None)
            self.offsets.pop(prefix, None)
        self._wanted = wanted

    def create(self, topics: Iterable[str], partitions: int) -> None:
        """Make topics with a number of partitions, as soon as their predecessors are gone."""
        admin = self.admin()  # its futures end with it
        wanted = set(topics)
        deadline = time.monotonic() + 60
        while wanted:
            new = [NewTopic(topic, num_partitions=partitions, replication_factor=1) for topic in sorted(wanted)]
            for topic, future in admin.create_topics(new, request_timeout=60).items():
                try:
                    future.result()
                    wanted.discard(topic)
                except KafkaException as error:
                    if error.args[0].name() != "TOPIC_ALREADY_EXISTS" or time.monotonic() > deadline:
                        raise

    @staticmethod
    def _run_of(topic: str) -> str | None:
        found = PREFIX.search(topic.replace("_u005f", "_"))  # as the Unicode naming strategies write it
        return found.group(0) if found else None

    def _refresh(self) -> None:
        began = time.monotonic()
        if began < self._refresh_at:
            return
        new = []
        try:
            topics = self._consumer.list_topics(timeout=10).topics
        except KafkaException:
            return  # a busy machine: the next time
        finally:
            took = time.monotonic() - began
            self._refresh_at = time.monotonic() + max(0.3, 3 * took)
        for name, topic in topics.items():
            if self._run_of(name) not in self._wanted and name != self.offsets_topic:
                continue
            for partition in topic.partitions:
                if (name, partition) not in self._assigned:
                    self._assigned.add((name, partition))
                    new.append(TopicPartition(name, partition, OFFSET_BEGINNING))
        if new:
            self._consumer.incremental_assign(new)

    def poll(self, timeout: float = 0.1) -> None:
        """Read what has come."""
        self._refresh()
        if not self._assigned:
            time.sleep(timeout)
            return
        for message in self._consumer.consume(2000, timeout):
            if message.error():
                if message.error().retriable() or message.error().name() == "UNKNOWN_TOPIC_OR_PART":
                    continue
                raise KafkaException(message.error())
            topic = message.topic() or ""
            self.progress += 1
            if topic == self.offsets_topic:
                self._offset(message.key(), message.value())
                continue
            prefix = self._run_of(topic)
            if prefix is None or HISTORY in topic:
                continue
            found = set(MARK.findall(message.value() or b"")) | set(MARK.findall(message.key() or b""))
            self.marks[prefix].update(mark.decode() for mark in found)

    def _offset(self, key: bytes | None, value: bytes | None) -> None:
        found = PREFIX.search((key or b"").decode(errors="replace"))
        if found:
            self.offsets[found.group(0)] = value
            self.keys[found.group(0)] = key or b""

    def take(self, prefixes: Iterable[str]) -> dict[str, list[Raw]]:
        """All records of these runs, in the order of each partition, and the last `offsets`; their topics are deleted,
        because every look at what topics there are costs more with each.

        The one that follows finds topics while it reads, and assigning a topic to a consumer can drop what it has
        fetched of others: good enough for a mark, not for a comparison. So a new one is assigned all of them once.
        """
        wanted = set(prefixes)
        self._wanted -= wanted
        done = [item for item in self._assigned if self._run_of(item[0]) in wanted]
        if done:
            self._assigned.difference_update(done)
            self._consumer.incremental_unassign([TopicPartition(*item) for item in done])
        found = self._whole(lambda topic: self._run_of(topic) in wanted)
        self._delete(wanted)
        return found

    def _delete(self, prefixes: set[str]) -> None:
        admin = self.admin()  # its futures end with it
        old = [name for name in admin.list_topics(timeout=30).topics if self._run_of(name) in prefixes]
        if old:
            for future in admin.delete_topics(old).values():
                future.result()

    def read(self, topics: Iterable[str]) -> dict[str, list[Raw]]:
        """The records of some topics now, by run, and the last `offsets`."""
        wanted = set(topics)
        return self._whole(wanted.__contains__)

    def write(self, records: Sequence[tuple[str, bytes | None, bytes | None]]) -> None:
        """Add records (topic, key, value); topics that are not there are made with one partition."""
        new = [NewTopic(topic, num_partitions=1, replication_factor=1) for topic in {record[0] for record in records}]
        admin = self.admin()  # its futures end with it
        for future in admin.create_topics(new).values():
            with contextlib.suppress(KafkaException):  # it is there
                future.result()
        producer = Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "enable.idempotence": True,
                "partitioner": "murmur2",  # as the clients of both sides, so that the last of a key is the last
                "log_level": 0,
            }
        )
        for topic, key, value in records:
            producer.produce(topic, value, key)
        assert producer.flush(60) == 0, "the broker does not take records"

    def _whole(self, wanted: Callable[[str], bool]) -> dict[str, list[Raw]]:
        consumer = self._new_consumer()
        ends: dict[tuple[str, int], int] = {}
        for name, topic in consumer.list_topics(timeout=30).topics.items():
            if wanted(name) or name == self.offsets_topic:
                for partition in topic.partitions:
                    _, high = consumer.get_watermark_offsets(TopicPartition(name, partition), timeout=30)
                    if high > 0:
                        ends[name, partition] = high
        consumer.assign([TopicPartition(*where, OFFSET_BEGINNING) for where in ends])
        records: dict[str, list[Raw]] = defaultdict(list)
        next_offset = dict.fromkeys(ends, 0)
        deadline = time.monotonic() + 120
        while any(next_offset[where] < end for where, end in ends.items()):
            assert time.monotonic() < deadline, "the broker does not give the records up to the end that it names"
            for message in consumer.consume(2000, 0.2):
                if message.error():
                    raise KafkaException(message.error())
                raw = Raw.of(message)
                if raw.topic == self.offsets_topic:
                    next_offset[raw.topic, raw.partition] = raw.offset + 1
                    self._offset(raw.key, raw.value)
                    continue
                assert raw.offset == next_offset[raw.topic, raw.partition], f"{raw.topic} has a gap at {raw.offset}"
                next_offset[raw.topic, raw.partition] += 1
                prefix = self._run_of(raw.topic)
                assert prefix is not None
                records[prefix].append(raw)
        consumer.close()
        for found in records.values():
            found.sort(key=lambda raw: (raw.topic, raw.partition, raw.offset))
        return records

    def until(self, done: Callable[[], bool], *, patience: float, limit: float = 600) -> bool:
        """Read until `done`, or until nothing happened for `patience` seconds; whether it is done."""
        started = last = time.monotonic()
        seen = self.progress
        while not done():
            self.poll()
            now = time.monotonic()
            if self.progress != seen:
                seen, last = self.progress, now
            if now - last > patience or now - started > limit:
                return False
        return True

    def close(self) -> None:
        """Let go."""
        self._consumer.close()
