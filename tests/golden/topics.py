"""Reads what both sides write: every topic of the golden runs on one broker, sorted by run."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

PREFIX = re.compile(r"g_[a-z0-9]+_[a-z0-9]+")
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


class TopicReader:
    """Follows all topics whose name holds a run's prefix, and an offsets topic when it has one."""

    def __init__(self, bootstrap: str, offsets_topic: str | None = None) -> None:
        self.bootstrap = bootstrap
        self.offsets_topic = offsets_topic
        self.records: dict[str, list[Raw]] = defaultdict(list)
        self.marks: dict[str, Counter[str]] = defaultdict(Counter)
        self.offsets: dict[str, bytes | None] = {}
        self.keys: dict[str, bytes] = {}
        self.progress = 0
        self._assigned: set[tuple[str, int]] = set()
        self._wanted: set[str] = set()
        self._refreshed = 0.0
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
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
        admin = self.admin()
        old = [name for name in admin.list_topics(timeout=10).topics if self._run_of(name) in wanted]
        if old:
            for future in admin.delete_topics(old).values():
                future.result()
        for prefix in wanted:
            self.records.pop(prefix, None)
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
        if time.monotonic() - self._refreshed < 0.3:
            return
        self._refreshed = time.monotonic()
        new = []
        try:
            topics = self._consumer.list_topics(timeout=10).topics
        except KafkaException:
            return  # a busy machine: the next time
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
            assert prefix is not None
            key, value = message.key(), message.value()
            self.records[prefix].append(
                Raw(
                    topic,
                    message.partition() or 0,
                    message.offset() or 0,
                    key,
                    value,
                    tuple(message.headers() or ()),
                    message.timestamp()[0],
                )
            )
            found = set(MARK.findall(value or b"")) | set(MARK.findall(key or b""))
            self.marks[prefix].update(mark.decode() for mark in found)

    def _offset(self, key: bytes | None, value: bytes | None) -> None:
        found = PREFIX.search((key or b"").decode(errors="replace"))
        if found:
            self.offsets[found.group(0)] = value
            self.keys[found.group(0)] = key or b""

    def take(self, prefix: str) -> list[Raw]:
        """The records of one run, in the order of each partition; its topics are followed no longer."""
        records = self.records.pop(prefix, [])
        self.marks.pop(prefix, None)
        self._wanted.discard(prefix)
        done = [item for item in self._assigned if self._run_of(item[0]) == prefix]
        if done:
            self._assigned.difference_update(done)
            self._consumer.incremental_unassign([TopicPartition(*item) for item in done])
        records.sort(key=lambda raw: (raw.topic, raw.partition, raw.offset))
        for topic, partition in self._gaps(records):
            records = [raw for raw in records if (raw.topic, raw.partition) != (topic, partition)]
            records += self._again(topic, partition)
        records.sort(key=lambda raw: (raw.topic, raw.partition, raw.offset))
        assert not self._gaps(records), "a topic has gaps"
        return records

    @staticmethod
    def _gaps(records: list[Raw]) -> list[tuple[str, int]]:
        """Partitions of which this reader missed records: offsets without transactions are 0, 1, 2, ..."""
        expected: dict[tuple[str, int], int] = defaultdict(int)
        missed = []
        for raw in records:
            where = (raw.topic, raw.partition)
            if raw.offset != expected[where] and where not in missed:
                missed.append(where)
            expected[where] = raw.offset + 1
        return missed

    def _again(self, topic: str, partition: int) -> list[Raw]:
        """A whole partition, read by a consumer that is assigned nothing else: assigning more topics to one that
        consumes in batches can drop what it has fetched.
        """
        consumer = Consumer(
            {"bootstrap.servers": self.bootstrap, "group.id": "golden", "enable.auto.commit": False, "log_level": 0}
        )
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
        _, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        found: list[Raw] = []
        deadline = time.monotonic() + 30
        while len(found) < high and time.monotonic() < deadline:
            found += [
                Raw(
                    topic,
                    partition,
                    message.offset() or 0,
                    message.key(),
                    message.value(),
                    tuple(message.headers() or ()),
                    message.timestamp()[0],
                )
                for message in consumer.consume(500, 0.5)
                if message.error() is None
            ]
        consumer.close()
        return found

    def drain(self, prefixes: Iterable[str], *, quiet: float = 0.7, limit: float = 30) -> None:
        """Read on until every topic of these runs is read to its end and nothing has come for `quiet` seconds.

        The end of a stream is seen in one topic; what was sent before it to others may become visible after it.
        """
        wanted = set(prefixes)
        deadline = time.monotonic() + limit
        last, seen = time.monotonic(), self.progress
        while time.monotonic() < deadline:
            self._refreshed = 0.0
            self.poll()
            if self.progress != seen:
                last, seen = time.monotonic(), self.progress
            elif time.monotonic() - last > quiet and self._at_end(wanted):
                return

    def _at_end(self, prefixes: set[str]) -> bool:
        newest: dict[tuple[str, int], int] = {}
        for prefix in prefixes:
            for raw in self.records.get(prefix, ()):
                newest[raw.topic, raw.partition] = max(raw.offset, newest.get((raw.topic, raw.partition), -1))
        for topic, partition in self._assigned:
            if self._run_of(topic) in prefixes:
                _, high = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
                if newest.get((topic, partition), -1) < high - 1:
                    return False
        return True

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
