"""Times that a person waits for: commit to consumer under a steady load, process start to first record."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.participants import PLAIN_JSON, Counter, Servers, connector, debezium_running, headwater, running
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
    dsn = servers.postgres.dsn(servers.database)
    subprocess.run([*here, "write", dsn, str(RATE), str(seconds)], check=True, capture_output=True)
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
    counter = Counter(servers, f"{name}.public.bench")
    config = connector(servers, name)
    with headwater(servers, command, config, PLAIN_JSON) as process:
        _streaming(servers, name, running(process))
        before = usage(process.pid).cpu
        found = _load(servers, f"{name}.public.bench", seconds)
        cpu = usage(process.pid).cpu - before
    counter.close()
    return _latency("Headwater to Kafka, JSON", found, cpu, seconds)


def debezium_latency(servers: Servers, seconds: int) -> Latency:
    """Debezium under the same load."""
    name = "latency_debezium"
    counter = Counter(servers, f"{name}.public.bench")
    assert servers.connect is not None
    with debezium_running(servers, name):
        before = usage(servers.connect.pid).cpu
        found = _load(servers, f"{name}.public.bench", seconds)
        cpu = usage(servers.connect.pid).cpu - before
    counter.close()
    return _latency("Debezium", found, cpu, seconds)


def starts(servers: Servers, command: Path, times: int) -> list[float]:
    """Seconds from the start of the process to the first streamed record in Kafka, resuming from a stored offset."""
    name = "starts"
    counter = Counter(servers, f"{name}.public.bench")
    config = connector(servers, name)
    insert = "INSERT INTO bench (id) SELECT coalesce(max(id), 0) + 1 FROM bench"
    with servers.sql() as sql:
        with headwater(servers, command, config, PLAIN_JSON) as process:
            _streaming(servers, name, running(process))
            sql.execute(insert)
            _reached(counter, 1, running(process))
        taken: list[float] = []
        for n in range(2, times + 2):
            sql.execute(insert)
            begin = time.monotonic()
            with headwater(servers, command, config, PLAIN_JSON) as process:
                _reached(counter, n, running(process))
                taken.append(time.monotonic() - begin)
    counter.close()
    return taken


def median(values: list[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def _reached(counter: Counter, rows: int, alive: Callable[[], None]) -> None:
    deadline = time.monotonic() + 60
    while counter.count() < rows:
        alive()
        if time.monotonic() > deadline:
            raise TimeoutError(f"record {rows} did not arrive")
        time.sleep(0.002)


def _streaming(servers: Servers, slot: str, alive: Callable[[], None]) -> None:
    deadline = time.monotonic() + 60
    with servers.sql() as sql:
        while True:
            row = sql.execute(
                "SELECT count(*) FROM pg_stat_replication JOIN pg_replication_slots ON pid = active_pid"
                " WHERE slot_name = %s AND state = 'streaming'",
                (slot,),
            ).fetchone()
            if row is not None and row[0]:
                return
            alive()
            if time.monotonic() > deadline:
                raise TimeoutError(f"slot {slot} does not stream")
            time.sleep(0.02)
