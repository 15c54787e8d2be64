"""Where the versions of tables are kept: a Kafka topic, a file, memory. Knows no database and no content.

A record is one JSON text; records are only ever added. Source: Debezium's KafkaSchemaHistory (one partition, no key,
kept for ever) and FileSchemaHistory (one record per line).
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource  # type: ignore[attr-defined]

from cdc.errors import RETRY, STOP, StoreFailed, define
from cdc.kafka import FORCED, Settings, TopicRule, create_topic, failure

log = logging.getLogger("cdc.history")

NOT_WRITTEN = define(
    "HW-HISTORY-001",
    RETRY,
    "The schema history could not be written",
    "Check the topic or file (space, permissions, ACLs); no change after the statement is sent meanwhile",
)
NOT_READ = define(
    "HW-HISTORY-002",
    RETRY,
    "The schema history could not be read",
    "Check that the topic's partition has a leader and that this client may read it, or the file's permissions",
)
PARTITIONS = define(
    "HW-HISTORY-003",
    STOP,
    "The schema history topic has several partitions",
    "The order of its records is their meaning: name a topic with one partition, and take the schema anew with"
    " snapshot.mode=recovery",
)

KEPT: Final = {"cleanup.policy": "delete", "retention.ms": str(2**63 - 1), "retention.bytes": "-1"}
_FIVE_YEARS_MS: Final = 5 * 365 * 24 * 3600 * 1000
_ABSENT: Final = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC)


class KafkaHistory:
    """Records in partition 0 of a topic. `silence` is the longest wait in seconds while nothing arrives."""

    def __init__(
        self,
        topic: str,
        client: Settings,
        *,
        producer: Settings | None = None,
        consumer: Settings | None = None,
        replication: int = -1,
        silence: float = 10.0,
    ) -> None:
        self._topic = topic
        self._client = dict(client)
        self._producer_settings = dict(producer or {})
        self._consumer_settings = dict(consumer or {})
        self._replication = replication
        self._silence = silence
        self._producer: Producer | None = None
        self._waiting = 0
        self._error: KafkaError | None = None

    @property
    def where(self) -> str:
        """For messages."""
        return f"topic {self._topic}"

    def create(self) -> None:
        """Make the topic unless it exists. Raises SinkFailed."""
        create_topic(AdminClient(dict(self._client)), self._topic, TopicRule(1, self._replication, dict(KEPT)))

    def check(self) -> None:
        """Warn when Kafka will delete records by age or size."""
        admin = AdminClient(dict(self._client))
        resource = ConfigResource(ConfigResource.Type.TOPIC, self._topic)
        try:
            for future in admin.describe_configs([resource], request_timeout=15).values():
                settings = future.result()
        except KafkaException as error:
            log.info("%s: its settings cannot be read: %s", self.where, error.args[0].str())
            return
        age = int(settings["retention.ms"].value)
        size = int(settings["retention.bytes"].value)
        if 0 <= age < _FIVE_YEARS_MS or size >= 0:
            log.warning(
                "%s deletes the schema history: retention.ms=%d, retention.bytes=%d; set both to -1",
                self.where,
                age,
                size,
            )

    def _consumer(self) -> Consumer:
        return Consumer(
            {
                **self._client,
                **self._consumer_settings,
                "group.id": f"headwater-history-{os.getpid()}",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 20,
                "fetch.message.max.bytes": 16 * 1024 * 1024,
                "queued.max.messages.kbytes": 65536,
                "allow.auto.create.topics": False,
            }
        )

    def _partitions(self, consumer: Consumer) -> int | None:
        """Number of partitions, None when there is no such topic. Waits for a leader."""
        deadline = time.monotonic() + 60.0
        while True:
            try:
                metadata = consumer.list_topics(self._topic, timeout=10).topics[self._topic]
            except KafkaException as error:
                raise failure(error.args[0], f"schema history {self.where}") from None
            if metadata.error is None and metadata.partitions:
                if len(metadata.partitions) != 1:
                    raise StoreFailed(PARTITIONS, f"{self.where} has {len(metadata.partitions)}")
                return 1
            if metadata.error is not None and metadata.error.code() in _ABSENT:
                return None
            if metadata.error is not None and not metadata.error.retriable():
                raise failure(metadata.error, f"schema history {self.where}")
            if time.monotonic() > deadline:
                raise StoreFailed(NOT_READ, f"{self.where} has no leader")
            time.sleep(0.1)

    def records(self) -> Iterator[bytes]:
        """All records from the first on; none when there is no topic. Raises StoreFailed, SinkFailed."""
        consumer = self._consumer()
        try:
            if self._partitions(consumer) is None:
                return
            consumer.assign([TopicPartition(self._topic, 0, OFFSET_BEGINNING)])
            deadline = time.monotonic() + self._silence
            while True:
                messages = consumer.consume(2000, 0.01)  # it waits for all 2000, behind the end of the topic too
                for message in messages:
                    error = message.error()
                    if error is None:
                        value = message.value()
                        if value is not None:
                            yield value
                    elif error.code() == KafkaError._PARTITION_EOF:
                        return
                    elif not error.retriable():
                        raise failure(error, f"schema history {self.where}")
                if messages:
                    deadline = time.monotonic() + self._silence
                elif time.monotonic() > deadline:
                    raise StoreFailed(NOT_READ, f"{self.where}: nothing for {self._silence:g} s before its end")
        except KafkaException as error:
            raise failure(error.args[0], f"schema history {self.where}") from None
        finally:
            consumer.close()

    def append(self, record: bytes) -> None:
        """Start to write a record; it is safe after `flush`."""
        if self._producer is None:
            # one batch at a time: of two to a new partition the first can be lost unnoticed (see cdc.kafka.First)
            alone: Settings = {**FORCED, "max.in.flight": 1}
            self._producer = Producer({**self._client, "linger.ms": 1, **self._producer_settings, **alone})
        while True:
            try:
                self._producer.produce(self._topic, record, partition=0, on_delivery=self._delivered)
            except BufferError:
                self._producer.poll(0.05)
                continue
            except KafkaException as error:
                raise StoreFailed(NOT_WRITTEN, f"{self.where}: {error.args[0].str()}") from None
            self._waiting += 1
            self._producer.poll(0)
            return

    def _delivered(self, error: KafkaError | None, message: object) -> None:
        if error is None:
            self._waiting -= 1
        else:
            self._error = error

    def flush(self, timeout: float) -> None:
        """Wait until every record is safe. Raises StoreFailed when it is not after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while self._producer is not None and self._waiting and self._error is None:
            if time.monotonic() > deadline:
                break
            self._producer.poll(0.05)
        if self._error is not None:
            raise StoreFailed(NOT_WRITTEN, f"{self.where}: {self._error.str()}")
        if self._waiting:
            raise StoreFailed(NOT_WRITTEN, f"{self.where}: no answer within {timeout:g} s")

    def close(self) -> None:
        """Let go, without waiting."""
        if self._producer is not None:
            self._producer.purge(in_queue=True, in_flight=True, blocking=False)
            self._producer.poll(0)
            self._producer = None
        self._waiting = 0  # the next start of the task begins anew
        self._error = None


class FileHistory:
    """Records in a file, one per line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._unsafe = False

    @property
    def where(self) -> str:
        """For messages."""
        return f"file {self._path}"

    def create(self) -> None:
        """Make the file unless it exists. Raises StoreFailed."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        except OSError as error:
            raise StoreFailed(NOT_WRITTEN, f"{self.where}: {error.strerror}") from error

    def check(self) -> None:
        """Nothing deletes it."""

    def records(self) -> Iterator[bytes]:
        """All records. A last line without its end is one whose writing was cut off: it was never safe."""
        try:
            with self._path.open("rb") as file:
                for line in file:
                    if line.endswith(b"\n") and line.strip():
                        yield line
                    elif line.strip():
                        log.warning("%s ends with a record that was not written to its end; it is left out", self.where)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreFailed(NOT_READ, f"{self.where}: {error.strerror}") from error

    def append(self, record: bytes) -> None:
        """Write a record; it is safe after `flush`."""
        try:
            if self._file is None:
                self._file = self._open()
            self._file.write(record + b"\n")
        except OSError as error:
            raise StoreFailed(NOT_WRITTEN, f"{self.where}: {error.strerror}") from error
        self._unsafe = True

    def _open(self) -> BinaryIO:
        """The file, without a last line that was cut off."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+b")
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            if file.read(1) != b"\n":
                file.seek(0)
                file.truncate(file.read().rfind(b"\n") + 1)
        return file

    def flush(self, timeout: float) -> None:
        """Write through to the disk."""
        if self._file is None or not self._unsafe:
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise StoreFailed(NOT_WRITTEN, f"{self.where}: {error.strerror}") from error
        self._unsafe = False

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


class MemoryHistory:
    """Records that end with the process: for trials and tests."""

    def __init__(self) -> None:
        self._records: list[bytes] = []

    @property
    def where(self) -> str:
        """For messages."""
        return "memory"

    def create(self) -> None:
        """Nothing to make."""

    def check(self) -> None:
        """Nothing deletes it."""

    def records(self) -> Iterator[bytes]:
        """All records."""
        return iter(tuple(self._records))

    def append(self, record: bytes) -> None:
        """Keep a record."""
        self._records.append(record)

    def flush(self, timeout: float) -> None:
        """Nothing to wait for."""

    def close(self) -> None:
        """Nothing to let go."""
