"""Those who are measured: each takes a backlog from its own slot, one after the other, never two at once.

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

import psycopg
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import NewTopic

from tests.benchmarks.processes import usage
from tests.servers.connect import ConnectWorker
from tests.servers.kafka import KafkaBroker
from tests.servers.postgresql import PostgresServer, binaries
from tests.servers.registry import SchemaRegistry

LONGEST = 600.0  # seconds that one participant may take
PUBLICATION = "bench"
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


@dataclass(frozen=True)
class Result:
    """One measurement. `first` is the time to the first row, `cpu` of the participant's own process, `peak` in MB."""

    participant: str
    rows: int
    seconds: float
    first: float
    cpu: float
    peak: float

    @property
    def rate(self) -> float:
        """Rows per second, over the whole time."""
        return self.rows / self.seconds

    @property
    def streaming(self) -> float:
        """Rows per second between the first row and the last."""
        return self.rows / max(1e-9, self.seconds - self.first)

    @property
    def per_million(self) -> float:
        """CPU seconds per million rows."""
        return self.cpu / self.rows * 1e6


@dataclass
class Servers:
    """What a run needs; started by those who need it first, stopped together."""

    postgres: PostgresServer
    kafka: KafkaBroker
    registry: SchemaRegistry | None
    connect: ConnectWorker | None
    database: str = ""

    def sql(self) -> psycopg.Connection:
        """A connection to the database of the present work."""
        return self.postgres.connect(self.database)


class Counter:
    """Counts the records of a topic by its end offset."""

    def __init__(self, servers: Servers, topic: str) -> None:
        self._topic = topic
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


# Raw readers


def raw(servers: Servers, slot: str, rows: int, gathers: bool = True) -> Result:
    """The walsender into a reader that does nothing."""
    words = [sys.executable, "-m", "tests.benchmarks.raw", servers.postgres.dsn(servers.database), slot, PUBLICATION]
    words += [str(rows)] + ([] if gathers else ["plain"])
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=LONGEST)
    found = json.loads(done.stdout)
    return Result("walsender, drained", rows, found["seconds"], found["first"], found["cpu"], found["peak"])


def recvlogical(servers: Servers, slot: str, rows: int, end: str) -> Result:
    """pg_recvlogical into a file that is thrown away."""
    program = binaries("18") / "pg_recvlogical"
    words = [program, "-d", servers.postgres.dsn(servers.database), "--slot", slot, "--start", "--no-loop", "-f", "-"]
    words += ["-o", "proto_version=1", "-o", f"publication_names={PUBLICATION}", f"--endpos={end}"]
    begin = time.monotonic()
    process = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, resources = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    if status:
        raise RuntimeError(f"pg_recvlogical: {process.stderr.read().decode() if process.stderr else status}")
    cpu = resources.ru_utime + resources.ru_stime
    return Result("pg_recvlogical", rows, seconds, 0.0, cpu, resources.ru_maxrss / 1024)


# Headwater


def connector(servers: Servers, name: str, **more: str) -> dict[str, str]:
    """The connector file that Headwater and Debezium share."""
    postgres = servers.postgres
    return {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "plugin.name": "pgoutput",
        "database.hostname": postgres.host,
        "database.port": str(postgres.port),
        "database.user": postgres.user,
        "database.password": postgres.password or "none",
        "database.dbname": servers.database,
        "topic.prefix": name,
        "slot.name": name,
        "publication.name": PUBLICATION,
        "publication.autocreate.mode": "disabled",
        "table.include.list": "public.bench",
        "snapshot.mode": "no_data",
        **more,
    }


@contextlib.contextmanager
def headwater(
    servers: Servers, command: Path, config: dict[str, str], settings: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """`cdc run` while the block runs; its log is shown when it fails."""
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        file = Path(folder) / "connector.json"
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
        log = Path(folder) / "log"
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


def backlog(
    servers: Servers,
    label: str,
    command: Path,
    slot: str,
    rows: int,
    settings: dict[str, str],
    end: str = "",
    snapshot: bool = False,
) -> Result:
    """Headwater from a slot with a backlog (or a full table, to snapshot) into Kafka; into nothing with `end`.

    With the null sink the end is seen in the position that is confirmed to the slot.
    """
    config = connector(servers, slot, **({"snapshot.mode": "initial_only"} if snapshot else {}))
    settings = {
        name: value.format(registry=servers.registry.url if servers.registry else "")
        for name, value in settings.items()
    }
    into_kafka = settings.get("headwater.sink") != "null"
    counter = Counter(servers, f"{slot}.public.bench") if into_kafka else None
    with servers.sql() as sql:

        def confirmed() -> int:
            row = sql.execute(
                "SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s", (end, slot)
            ).fetchone()
            return rows if row is not None and row[0] else 0

        begin = time.monotonic()
        with headwater(servers, command, config, settings) as process:
            first, seconds = until(counter.count if counter else confirmed, rows, begin, running(process))
            cost = usage(process.pid)
    if counter is not None:
        counter.close()
    return Result(label, rows, seconds, first if counter else 0.0, cost.cpu, cost.peak)


# Debezium


@contextlib.contextmanager
def debezium_running(servers: Servers, name: str, **more: str) -> Iterator[Callable[[], None]]:
    """A connector on Connect, streaming unless it snapshots only; yields a check that it has not failed."""
    connect = servers.connect
    assert connect is not None
    checked = [0.0]

    def alive() -> None:
        if time.monotonic() - checked[0] > 2:
            checked[0] = time.monotonic()
            trace = connect.failure(name)
            if trace:
                raise RuntimeError(trace)

    connect.create(name, {**connector(servers, name), **PLAIN_JSON, **more})
    try:
        if "snapshot.mode" not in more:
            _until(lambda: _streams(servers, name), "Debezium streams", alive)
        yield alive
    finally:
        connect.delete(name)
        _until(lambda: not _streams(servers, name), "Debezium has gone", lambda: None)


def debezium(servers: Servers, name: str, write: Callable[[], None], rows: int) -> Result:
    """Debezium on Connect: stopped while `write` makes the backlog, then resumed."""
    connect = servers.connect
    assert connect is not None
    counter = Counter(servers, f"{name}.public.bench")
    with debezium_running(servers, name) as alive:
        connect.request("PUT", f"/connectors/{name}/stop")
        _until(lambda: not _streams(servers, name), "Debezium has stopped", alive)
        write()
        before = usage(connect.pid)
        begin = time.monotonic()
        connect.request("PUT", f"/connectors/{name}/resume")
        first, seconds = until(counter.count, rows, begin, alive)
        after = usage(connect.pid)
    counter.close()
    return Result("Debezium", rows, seconds, first, after.cpu - before.cpu, after.peak)


def debezium_snapshot(servers: Servers, name: str, rows: int) -> Result:
    """Debezium on Connect, from the request to make the connector."""
    connect = servers.connect
    assert connect is not None
    counter = Counter(servers, f"{name}.public.bench")
    before = usage(connect.pid)
    begin = time.monotonic()
    with debezium_running(servers, name, **{"snapshot.mode": "initial_only"}) as alive:
        first, seconds = until(counter.count, rows, begin, alive)
        after = usage(connect.pid)
    counter.close()
    return Result("Debezium", rows, seconds, first, after.cpu - before.cpu, after.peak)


def _streams(servers: Servers, slot: str) -> bool:
    with servers.sql() as sql:
        row = sql.execute("SELECT active FROM pg_replication_slots WHERE slot_name = %s", (slot,)).fetchone()
    return row is not None and bool(row[0])


def drop_slot(servers: Servers, slot: str) -> None:
    """Remove a slot once its walsender has noticed that the reader left."""
    _until(lambda: not _streams(servers, slot), f"slot {slot} is free", lambda: None)
    with servers.sql() as sql:
        sql.execute("SELECT pg_drop_replication_slot(%s)", (slot,))


def _until(fact: Callable[[], bool], what: str, alive: Callable[[], None]) -> None:
    deadline = time.monotonic() + 90
    while not fact():
        alive()
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.05)
