"""What stands in the topics of one prefix, as records that the checker understands."""

from __future__ import annotations

import io
import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import fastavro
import msgspec
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from tests.faults.checker import Seen
from tests.faults.database import KEY_COLUMNS, TABLES, Database, key_text

END_SECONDS = 60
STALL_SECONDS = 5.0
LONGEST = 10  # times the patience, however much comes


class Topics:
    """Reads on from where it stopped. `records` are all so far, in order per partition."""

    def __init__(self, bootstrap: str, database: Database) -> None:
        self._database = database
        self._bootstrap = bootstrap
        self._consumer = self._connect()
        self.registry = ""  # address of the registry when values are Avro
        self._schemas: dict[int, object] = {}
        self.records: list[Seen] = []
        self.numbers: set[int] = set()
        self._next: dict[tuple[str, int], int] = {}  # by table and partition: the offset read next
        self._newest = 0.0  # time.monotonic() of the newest record

    def _connect(self) -> Consumer:
        return Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                "group.id": "faults",
                "enable.auto.commit": False,
                "allow.auto.create.topics": False,
                "fetch.wait.max.ms": 20,
                "topic.metadata.refresh.interval.ms": 500,
                "reconnect.backoff.max.ms": 500,
                "log_level": 0,
            }
        )

    def name(self, table: str) -> str:
        """The topic of a table."""
        return f"{self._database.prefix}.{self._database.schema}.{table}"

    def close(self) -> None:
        """Let go."""
        self._consumer.close()

    def ends(self) -> dict[tuple[str, int], int]:
        """The end of every partition by table, once it stands still (a last request may be under way)."""
        before: dict[tuple[str, int], int] = {}
        while True:
            now = self._ends()
            if now == before:
                return now
            before = now
            time.sleep(0.05)

    def written(self) -> int:
        """How many records there are, at this moment."""
        return sum(self._ends().values())

    def _ends(self) -> dict[tuple[str, int], int]:
        deadline = time.monotonic() + 30
        while True:
            try:
                return {place: self._end(place) for table in TABLES for place in self._places(table)}
            except KafkaException:  # no leader yet, or the broker is coming back
                if time.monotonic() > deadline:
                    raise
                self._consumer.close()
                self._consumer = self._connect()
                time.sleep(0.1)

    def _places(self, table: str) -> list[tuple[str, int]]:
        topic = self.name(table)
        metadata = self._consumer.list_topics(topic, timeout=10).topics[topic]
        return [] if metadata.error is not None else [(table, partition) for partition in metadata.partitions]

    def _end(self, place: tuple[str, int]) -> int:
        partition = TopicPartition(self.name(place[0]), place[1])
        return int(self._consumer.get_watermark_offsets(partition, timeout=10)[1])

    def read(self, enough: Callable[[], bool] | None = None, seconds: float = END_SECONDS) -> None:
        """Read to the present end of every partition, or on until it is enough.

        Raises TimeoutError when nothing new came for so many seconds, or too much of it without an end.
        """
        begin = self._newest = time.monotonic()
        while True:
            self._to(self._ends(), seconds)
            if enough is None or enough():
                return
            now = time.monotonic()
            if now - self._newest > seconds or now - begin > LONGEST * seconds:
                waited = f"{now - begin:.0f} s, the last {now - self._newest:.0f} without a new record"
                raise TimeoutError(f"not in Kafka after {waited}; {len(self.records)} records are there")
            time.sleep(0.05)

    def _to(self, ends: dict[tuple[str, int], int], seconds: float) -> None:
        behind = {place for place, end in ends.items() if self._next.get(place, 0) < end}
        if not behind:
            return
        self._assign(behind)
        asked = time.monotonic()
        while behind and time.monotonic() - self._newest < seconds:
            silent = time.monotonic() - max(asked, self._newest)
            if silent > STALL_SECONDS:  # what it knows of a broker that was gone can be stale
                self._consumer.close()
                self._consumer = self._connect()
                self._assign(behind)
                asked = time.monotonic()
            for message in self._consumer.consume(1000, 0.2):
                if message.error() is not None:
                    continue
                table = str(message.topic()).rpartition(".")[2]
                place = (table, int(message.partition() or 0))
                offset = int(message.offset() or 0)
                if offset < self._next.get(place, 0):
                    continue
                self._newest = time.monotonic()
                self._next[place] = offset + 1
                self._take(table, place[1], offset, message.key(), message.value())
            behind = {place for place in behind if self._next.get(place, 0) < ends[place]}

    def _assign(self, places: set[tuple[str, int]]) -> None:
        self._consumer.assign(
            [
                TopicPartition(self.name(table), number, self._next.get((table, number), OFFSET_BEGINNING))
                for table, number in places
            ]
        )

    def _take(self, table: str, partition: int, offset: int, key: bytes | None, value: bytes | None) -> None:
        fields = msgspec.json.decode(key or b"null")
        text = key_text(tuple(fields[column] for column in KEY_COLUMNS[table]))
        if value is None:
            self.records.append(Seen(table, text, None, 0, None, partition=partition, place=offset))
            return
        record = self._avro(value) if value[0] == 0 else msgspec.json.decode(value)
        source = record["source"]
        after = record["after"]
        number = after["v"] if after is not None else 0
        previous = (record["before"] or {}).get("v") or 0
        self.numbers.add(number)
        self.records.append(
            Seen(
                table,
                text,
                record["op"],
                number,
                after,
                partition=partition,
                place=offset,
                previous=previous if record["op"] == "d" else 0,
                **self._database.origin(source),
            )
        )

    def _avro(self, value: bytes) -> Any:
        number = int.from_bytes(value[1:5], "big")
        schema = self._schemas.get(number)
        if schema is None:
            with urllib.request.urlopen(f"{self.registry}/schemas/ids/{number}", timeout=10) as answer:
                schema = self._schemas[number] = fastavro.parse_schema(json.loads(json.load(answer)["schema"]))
        return fastavro.schemaless_reader(io.BytesIO(value[5:]), schema, None)
