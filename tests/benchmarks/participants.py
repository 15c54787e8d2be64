"""Those who are measured: each takes a backlog from a mark of its own, one after the other, never two at once.

A rate is rows by the time from the start of the participant (for Debezium: from the request to resume, in a warm JVM)
to the moment the last record is where it belongs: in Kafka, visible to consumers; counted, for the raw readers.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import NewTopic

from tests.benchmarks.database import LONGEST, Database, Result, Work
from tests.benchmarks.processes import usage
from tests.servers.connect import ConnectWorker
from tests.servers.kafka import KafkaBroker
from tests.servers.registry import SchemaRegistry

AVRO = {
    f"{part}.converter{name}": value
    for part in ("key", "value")
    for name, value in (("", "io.confluent.connect.avro.AvroConverter"), (".schema.registry.url", "{registry}"))
}
PLAIN_JSON = {
    f"{part}.converter{name}": value
    for part in ("key", "value")
    for name, value in (("", "org.apache.kafka.connect.json.JsonConverter"), (".schemas.enable", "false"))
}


@dataclass
class Servers:
    """What a run needs; started by those who need it first, stopped together."""

    database: Database
    kafka: KafkaBroker
    registry: SchemaRegistry | None
    connect: ConnectWorker | None

    def connector(self, name: str, **more: str) -> dict[str, str]:
        """The connector file that Headwater and Debezium share."""
        return self.database.connector(name, self.kafka.bootstrap, **more)


class Counter:
    """Counts the records of a topic by its end offset."""

    def __init__(self, servers: Servers, name: str) -> None:
        topic = self._topic = servers.database.topic(name)
        admin = servers.kafka.admin()
        for future in admin.create_topics([NewTopic(topic, 1, 1)]).values():
            future.result()
        self._consumer = Consumer({"bootstrap.servers": servers.kafka.bootstrap, "group.id": "bench"})
        self._wait_until_known()

    def _wait_until_known(self) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                self.count()
                return
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def count(self) -> int:
        """Records that a consumer can see."""
        low, high = self._consumer.get_watermark_offsets(TopicPartition(self._topic, 0), timeout=10)
        return int(high - low)

    def close(self) -> None:
        """Let go."""
        self._consumer.close()


def until(count: Callable[[], int], rows: int, begin: float, alive: Callable[[], None]) -> tuple[float, float]:
    """Seconds from `begin` to the first and to the last of `rows`."""
    first = 0.0
    while True:
        seen = count()
        now = time.monotonic() - begin
        if seen and not first:
            first = now
        if seen >= rows:
            return first, now
        if now > LONGEST:
            raise TimeoutError(f"{seen} of {rows} records after {LONGEST:.0f} s")
        alive()
        time.sleep(0.01)


def warm_broker(servers: Servers, records: int) -> None:
    """Produce records of the benchmark's size to a topic of their own, in thousands of requests: a JVM compiles what
    is called often.
    """
    settings = {
        "bootstrap.servers": servers.kafka.bootstrap,
        "enable.idempotence": True,
        "compression.type": "lz4",
        "linger.ms": 1,
        "batch.num.messages": 100,
    }
    producer = Producer(settings)
    value = b"".join(b'"field%d":%d,' % (n, n * 7919) for n in range(30))
    for n in range(records):
        while True:
            try:
                producer.produce("warm-up", value, b"%d" % n)
                break
            except BufferError:
                producer.poll(0.05)
    producer.flush(60)


def write_history(servers: Servers, name: str, records: list[bytes]) -> None:
    """Add records to a participant's schema history."""
    if not records:
        return
    producer = Producer({"bootstrap.servers": servers.kafka.bootstrap, "enable.idempotence": True, "linger.ms": 5})
    topic = servers.database.history.format(name=name)
    for record in records:
        while True:
            try:
                producer.produce(topic, record, partition=0)
                break
            except BufferError:
                producer.poll(0.05)
    if producer.flush(60):
        raise TimeoutError(f"topic {topic}")


# Headwater


@contextlib.contextmanager
def headwater(
    servers: Servers, command: Path, config: dict[str, str], settings: dict[str, str], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """`cdc run` while the block runs; its log, in `folder`, is shown when it fails."""
    file = folder / "connector.json"
    file.write_text(json.dumps({"name": config["topic.prefix"], "config": config}))
    given = {
        "bootstrap.servers": servers.kafka.bootstrap,
        "offset.storage.topic": "bench-offsets",
        "offset.storage.replication.factor": "1",
        "offset.storage.partitions": "1",
        "rest.port": "0",
        **settings,
    }
    words = [str(command), "run", str(file)]
    for key, value in given.items():
        words += ["--set", f"{key}={value}"]
    log = folder / "log"
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    environment.pop("PYTHONPATH", None)
    with log.open("wb") as output:
        process = subprocess.Popen(words, stdout=output, stderr=output, cwd=folder, env=environment)
    try:
        yield process
    except BaseException:
        sys.stderr.write(log.read_text(errors="replace")[-4000:])
        raise
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def running(process: subprocess.Popen[bytes]) -> Callable[[], None]:
    """A check that a process still runs."""

    def check() -> None:
        if process.poll() is not None:
            raise RuntimeError(f"cdc ended with {process.returncode}")

    return check


def backlog(servers: Servers, label: str, command: Path, name: str, work: Work, settings: dict[str, str]) -> Result:
    """Headwater from a mark with a backlog (or a full table, to snapshot) into Kafka, or into nothing."""
    database = servers.database
    settings = {
        name: value.format(registry=servers.registry.url if servers.registry else "")
        for name, value in settings.items()
    }
    counter = None if settings.get("headwater.sink") == "null" else Counter(servers, name)
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as home:
        folder = Path(home)
        if work.snapshot:
            config = servers.connector(name, **{"snapshot.mode": "initial_only"})
        else:
            config, settings = servers.connector(name), {**settings, **database.resume(name, folder)}
            write_history(servers, name, database.structure(name))

        def count() -> int:
            return counter.count() if counter else database.handled(name, work.rows)

        begin = time.monotonic()
        with headwater(servers, command, config, settings, folder) as process:
            first, seconds = until(count, work.rows, begin, running(process))
            cost = usage(process.pid)
    if counter is not None:
        counter.close()
    return Result(label, work.rows, seconds, first if counter else 0.0, cost.cpu, cost.peak)


# Debezium


@contextlib.contextmanager
def debezium_running(servers: Servers, name: str, **more: str) -> Iterator[Callable[[], None]]:
    """A connector on Connect, streaming unless it snapshots only; yields a check that it has not failed."""
    connect = servers.connect
    assert connect is not None
    database = servers.database
    checked = [0.0]

    def alive() -> None:
        if time.monotonic() - checked[0] > 2:
            checked[0] = time.monotonic()
            trace = connect.failure(name)
            if trace:
                raise RuntimeError(trace)

    connect.create(name, {**servers.connector(name), **PLAIN_JSON, **more})
    try:
        if "snapshot.mode" not in more:
            wait_until(lambda: database.streams(name), "Debezium streams", alive)
        yield alive
    finally:
        connect.delete(name)
        wait_until(lambda: not connect.status(name), "Debezium is deleted", lambda: None)
        wait_until(lambda: database.let_go(name), "Debezium has gone", lambda: None)


def debezium(servers: Servers, name: str, write: Callable[[], None], rows: int) -> Result:
    """Debezium on Connect: stopped while `write` makes the backlog, then resumed."""
    connect = servers.connect
    assert connect is not None
    database = servers.database
    counter = Counter(servers, name)
    nudge = database.nudge()
    with debezium_running(servers, name) as alive:
        if nudge:
            database.execute(nudge)
            wait_until(lambda: counter.count() == 1, "Debezium has a position", alive)
        connect.request("PUT", f"/connectors/{name}/stop")
        wait_until(lambda: connect.stopped(name), "Debezium has stopped", lambda: None)
        wait_until(lambda: database.let_go(name), "Debezium has let go", alive)
        write()
        already = counter.count()
        before = usage(connect.pid)
        begin = time.monotonic()
        connect.request("PUT", f"/connectors/{name}/resume")
        first, seconds = until(lambda: counter.count() - already, rows, begin, alive)
        after = usage(connect.pid)
    counter.close()
    return Result("Debezium", rows, seconds, first, after.cpu - before.cpu, after.peak)


def debezium_snapshot(servers: Servers, name: str, rows: int) -> Result:
    """Debezium on Connect, from the request to make the connector."""
    connect = servers.connect
    assert connect is not None
    counter = Counter(servers, name)
    before = usage(connect.pid)
    begin = time.monotonic()
    with debezium_running(servers, name, **{"snapshot.mode": "initial_only"}) as alive:
        first, seconds = until(counter.count, rows, begin, alive)
        after = usage(connect.pid)
    counter.close()
    return Result("Debezium", rows, seconds, first, after.cpu - before.cpu, after.peak)


def wait_until(fact: Callable[[], bool], what: str, alive: Callable[[], None], every: float = 0.05) -> None:
    """Wait for a fact, at most 90 seconds. Raises TimeoutError."""
    deadline = time.monotonic() + 90
    while not fact():
        alive()
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(every)
