"""Stores for offsets: a Kafka topic in Connect's bytes, a file, memory. Knows no database.

Source: Kafka Connect, OffsetStorageWriter and KafkaOffsetBackingStore: the key is the JSON array
`["<connector name>",{"server":"<topic.prefix>"}]`, the value the offset object as schemaless JSON.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from cdc.errors import RETRY, STOP, SinkFull, StoreFailed, define
from cdc.kafka import Settings, TopicRule, cleanup_policy, create_topic, failure

log = logging.getLogger("cdc.offsets")

READ_SECONDS = 60.0  # longest time for reading the offsets topic
_NOT_READY = (KafkaError.LEADER_NOT_AVAILABLE, KafkaError.NOT_LEADER_FOR_PARTITION)

UNREADABLE = define(
    "HW-OFFSET-001",
    STOP,
    "The stored offset cannot be read",
    "Restore the offset with `cdc offsets import`, or remove it with `cdc offsets import --delete` to begin anew",
)
NOT_WRITTEN = define(
    "HW-OFFSET-002",
    RETRY,
    "The offset could not be written",
    "Check the offsets topic or file (space, permissions, ACLs); nothing is confirmed to the database meanwhile",
)
NOT_READ = define(
    "HW-OFFSET-004",
    RETRY,
    "The offsets topic could not be read",
    "Check that its partitions have a leader and that this client may read it; it is tried again, and nothing is read"
    " from the database meanwhile",
)
NOT_COMPACTED = define(
    "HW-OFFSET-003",
    STOP,
    "The offsets topic is not compacted",
    "Set cleanup.policy=compact on the topic, else Kafka deletes the only record of where to resume",
)


def offset_key(connector: str, server: str) -> bytes:
    """The record key of a connector's offset, byte for byte as Connect writes it."""
    return json.dumps([connector, {"server": server}], separators=(",", ":"), ensure_ascii=False).encode()


def offset_value(offset: Mapping[str, object]) -> bytes:
    """The record value of an offset."""
    return json.dumps(offset, separators=(",", ":"), ensure_ascii=False).encode()


class KafkaStore:
    """Offsets of one connector in Connect's offsets topic.

    `save` only starts a write; `durable` counts the writes that Kafka has acknowledged, in order.
    """

    def __init__(
        self,
        producer: Producer,
        client: Settings,
        topic: str,
        key: bytes,
        *,
        partitions: int = 25,
        replication: int = -1,
    ) -> None:
        self._producer = producer
        self._client = dict(client)
        self._topic = topic
        self._key = key
        self._partitions = partitions
        self._replication = replication
        self._error: KafkaError | None = None
        self._ahead: dict[bytes, bytes] | None = None  # read, and not yet asked for
        self.started = 0
        self.durable = 0

    def read_ahead(self) -> None:
        """Read now what `load` returns the next time; at a start other things go on meanwhile. Raises as `load`."""
        self._ahead = read_offsets(self._client, self._topic, self._create)

    def load(self) -> dict[str, object] | None:
        """Read the whole topic and keep the last value of our key; creates the topic when it is missing."""
        if self._ahead is None:
            self.read_ahead()
        values, self._ahead = self._ahead or {}, None
        value = values.get(self._key)
        return None if value is None else parse(value, self._topic)

    def _create(self, admin: AdminClient) -> None:
        rule = TopicRule(self._partitions, self._replication, {"cleanup.policy": "compact"})
        create_topic(admin, self._topic, rule)

    def save(self, offset: dict[str, object] | None) -> int:
        """Start to write; returns the number that `durable` reaches once it is safe. None deletes the offset.

        Raises SinkFull when the producer's queue has no room: nothing was started then.
        """
        if self._error is not None:
            raise StoreFailed(NOT_WRITTEN, f"topic {self._topic}: {self._error.str()}")
        value = None if offset is None else offset_value(offset)
        try:
            self._producer.produce(self._topic, value, self._key, on_delivery=self._delivered)
        except BufferError:
            raise SinkFull from None
        except KafkaException as error:
            raise failure(error.args[0], f"offsets topic {self._topic}") from None
        self.started += 1
        return self.started

    def _delivered(self, error: KafkaError | None, message: object) -> None:
        if error is None:
            self.durable += 1
        else:
            self._error = error

    def flush(self, timeout: float) -> None:
        """Wait until everything saved is durable. Raises StoreFailed when it is not after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while self.durable < self.started and self._error is None and time.monotonic() < deadline:
            self._producer.poll(0.02)
        if self.durable < self.started:
            reason = self._error.str() if self._error is not None else f"no answer within {timeout:g} s"
            raise StoreFailed(NOT_WRITTEN, f"topic {self._topic}: {reason}")

    def close(self) -> None:
        """The producer is the sink's: nothing to let go."""


class FileStore:
    """Offsets of any number of connectors in one JSON file: an object from key text to offset object."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key.decode()
        self.started = 0
        self.durable = 0

    def load(self) -> dict[str, object] | None:
        """Our offset in the file, None when there is no file or no entry."""
        value = self._all().get(self._key)
        if value is None or isinstance(value, dict):
            return value
        raise StoreFailed(UNREADABLE, f"file {self._path}: the entry of {self._key} is not an object")

    def _all(self) -> dict[str, object]:
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StoreFailed(UNREADABLE, f"file {self._path}: {error.strerror}") from error
        return {} if not text.strip() else parse(text, str(self._path))

    def save(self, offset: dict[str, object] | None) -> int:
        """Write the file anew, durably: temporary file, fsync, rename, fsync of the folder."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX)  # other connectors write their offsets into the same file
                self._write(offset)
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise StoreFailed(NOT_WRITTEN, f"file {self._path}: {error.strerror}") from error
        self.started += 1
        self.durable = self.started
        return self.started

    def _write(self, offset: dict[str, object] | None) -> None:
        content = self._all()
        if offset is None:
            content.pop(self._key, None)
        else:
            content[self._key] = offset
        temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            file.write(json.dumps(content, indent=1, ensure_ascii=False).encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)

    def flush(self, timeout: float) -> None:
        """Every save is durable when it returns."""

    def close(self) -> None:
        """Nothing is held open."""


class MemoryStore:
    """Offsets that end with the process: for trials and tests."""

    def __init__(self, offset: dict[str, object] | None = None) -> None:
        self._offset = offset
        self.started = 0
        self.durable = 0

    def load(self) -> dict[str, object] | None:
        """The offset last saved, at first the one that was given."""
        return self._offset

    def save(self, offset: dict[str, object] | None) -> int:
        """Keep it."""
        self._offset = offset
        self.started += 1
        self.durable = self.started
        return self.started

    def flush(self, timeout: float) -> None:
        """Nothing to wait for."""

    def close(self) -> None:
        """Nothing to let go."""


def parse(text: bytes, where: str) -> dict[str, object]:
    """The JSON object in `text`. Raises StoreFailed naming `where`."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise StoreFailed(UNREADABLE, f"{where}: not JSON ({error})") from None
    if not isinstance(value, dict):
        raise StoreFailed(UNREADABLE, f"{where}: not a JSON object")
    return value


def read_offsets(client: Settings, topic: str, create: Callable[[AdminClient], None]) -> dict[bytes, bytes]:
    """Last value of every key of an offsets topic (deleted ones left out); `create` makes it when it is missing."""
    settings: dict[str, str | int | float] = {
        **client,
        "group.id": f"headwater-offsets-{os.getpid()}",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "fetch.wait.max.ms": 20,
        "allow.auto.create.topics": False,
    }
    consumer = Consumer(settings)
    admin = AdminClient(dict(client))  # one for the whole read: every client takes threads and a thread-local key
    values: dict[bytes, bytes | None] = {}
    try:
        deadline = time.monotonic() + READ_SECONDS
        while True:
            metadata = consumer.list_topics(topic, timeout=10).topics[topic]
            if metadata.error is None and metadata.partitions:
                break
            if time.monotonic() > deadline:
                raise StoreFailed(
                    NOT_READ, f"topic {topic}: {metadata.error.str() if metadata.error else 'no partitions'}"
                )
            if metadata.error is None or metadata.error.code() in _NOT_READY:
                time.sleep(0.1)
            elif metadata.error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC):
                create(admin)  # it is read in any case: another may have made and filled it
                time.sleep(0.05)
            else:
                raise failure(metadata.error, f"offsets topic {topic}")
        if cleanup_policy(admin, topic).find("compact") < 0:
            raise StoreFailed(NOT_COMPACTED, f"topic {topic}")
        waiting = set(metadata.partitions)
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in waiting])
        while waiting:
            if time.monotonic() > deadline:
                raise StoreFailed(NOT_READ, f"topic {topic}: no answer from partitions {sorted(waiting)}")
            for message in consumer.consume(500, 0.01):  # it waits for all 500, behind the end of the topic too
                error = message.error()
                if error is None:
                    values[message.key() or b""] = message.value()
                elif error.code() == KafkaError._PARTITION_EOF:
                    waiting.discard(message.partition())
                elif not error.retriable():
                    raise failure(error, f"offsets topic {topic}")
    except KafkaException as error:
        raise failure(error.args[0], f"offsets topic {topic}") from None
    finally:
        consumer.close()
    return {key: value for key, value in values.items() if value is not None}
