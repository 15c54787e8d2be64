"""Times that a person waits for: commit to consumer under a steady load, process start to first record."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.participants import (
    PLAIN_JSON,
    Counter,
    Servers,
    debezium_running,
    headwater,
    running,
    wait_until,
)
from tests.benchmarks.processes import usage

RATE = 1000  # transactions per second


@dataclass(frozen=True)
class Latency:
    """Milliseconds from commit to consumer; CPU seconds of the participant's process per second of load."""

    participant: str
    p50: float
    p99: float
    p999: float
    longest: float
    cpu: float
    seen: int
    expected: int


def _load(servers: Servers, topic: str, seconds: int) -> dict[str, float]:
    """Start the consumer, write, wait for the consumer's figures."""
    rows = RATE * seconds
    here = [sys.executable, "-m", "tests.benchmarks.latency"]
    reader = subprocess.Popen(
        [*here, "read", servers.kafka.bootstrap, topic, str(rows)], stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout is not None
    if reader.stdout.readline().strip() != "ready":
        raise RuntimeError("the consumer did not start")
    words = ["write", str(RATE), str(seconds), *servers.database.source()]
    subprocess.run([*here, *words], check=True, capture_output=True)
    text, _ = reader.communicate(timeout=60)
    found: dict[str, float] = json.loads(text)
    return found


def _latency(label: str, found: dict[str, float], cpu: float, seconds: int) -> Latency:
    return Latency(
        label,
        found["p50"],
        found["p99"],
        found["p999"],
        found["max"],
        cpu / seconds,
        int(found["seen"]),
        RATE * seconds,
    )


def latency(servers: Servers, command: Path, seconds: int) -> Latency:
    """Headwater under RATE transactions per second."""
    name = "latency"
    database = servers.database
    counter = Counter(servers, name)
    config = servers.connector(name)
    with (
        tempfile.TemporaryDirectory() as folder,
        headwater(servers, command, config, PLAIN_JSON, Path(folder)) as process,
    ):
        wait_until(lambda: database.streams(name), "Headwater streams", running(process))
        before = usage(process.pid).cpu
        found = _load(servers, database.topic(name), seconds)
        cpu = usage(process.pid).cpu - before
    counter.close()
    return _latency("Headwater to Kafka, JSON", found, cpu, seconds)


def debezium_latency(servers: Servers, seconds: int) -> Latency:
    """Debezium under the same load."""
    name = "latency_debezium"
    counter = Counter(servers, name)
    assert servers.connect is not None
    with debezium_running(servers, name):
        before = usage(servers.connect.pid).cpu
        found = _load(servers, servers.database.topic(name), seconds)
        cpu = usage(servers.connect.pid).cpu - before
    counter.close()
    return _latency("Debezium", found, cpu, seconds)


def starts(servers: Servers, command: Path, times: int) -> list[float]:
    """Seconds from the start of the process to the first streamed record in Kafka, resuming from a stored offset."""
    name = "starts"
    database = servers.database
    counter = Counter(servers, name)
    config = servers.connector(name)
    insert = "INSERT INTO bench (id) SELECT coalesce(max(id), 0) + 1 FROM bench"
    with tempfile.TemporaryDirectory() as folder:
        with headwater(servers, command, config, PLAIN_JSON, Path(folder)) as process:
            wait_until(lambda: database.streams(name), "Headwater streams", running(process))
            database.execute(insert)
            _reached(counter, 1, process)
        taken: list[float] = []
        for n in range(2, times + 2):
            database.execute(insert)
            begin = time.monotonic()
            with headwater(servers, command, config, PLAIN_JSON, Path(folder)) as process:
                _reached(counter, n, process)
                taken.append(time.monotonic() - begin)
    counter.close()
    return taken


def _reached(counter: Counter, rows: int, process: subprocess.Popen[bytes]) -> None:
    wait_until(lambda: counter.count() >= rows, f"record {rows} arrives", running(process), 0.002)


def median(values: list[float]) -> float:
    """The middle one."""
    return statistics.median(values)
