"""The start of a connector that keeps a schema history: how long it takes to recover many tables.

The history is filled by the benchmark, in Debezium's form: both participants read the same records.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import participants
from tests.benchmarks.participants import (
    PLAIN_JSON,
    Counter,
    Servers,
    debezium_running,
    running,
    wait_until,
    write_history,
)


@dataclass(frozen=True)
class Recovery:
    """Seconds from the start (Debezium: from the request to resume) to the first record, also with one table only."""

    participant: str
    tables: int
    seconds: float
    alone: float


def headwater(servers: Servers, command: Path, tables: int) -> Recovery:
    """Headwater, from process start."""
    name = "history"
    database = servers.database
    counter = Counter(servers, name)
    config = servers.connector(name)
    taken: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)

        def run() -> AbstractContextManager[subprocess.Popen[bytes]]:
            return participants.headwater(servers, command, config, PLAIN_JSON, folder)

        with run() as process:
            wait_until(lambda: database.streams(name), "Headwater streams", running(process))
            database.execute(_insert(1))
            wait_until(lambda: counter.count() >= 1, "the first record", running(process))
        for n in (2, 3):
            if n == 3:
                write_history(servers, name, database.history_of(name, tables))
            database.execute(_insert(n))
            begin = time.monotonic()
            with run() as process:
                _arrives(counter, n, running(process))
                taken.append(time.monotonic() - begin)
    counter.close()
    return Recovery("Headwater", tables, taken[1], taken[0])


def debezium(servers: Servers, tables: int) -> Recovery:
    """Debezium, from the request to resume, in a warm JVM."""
    name = "history_debezium"
    connect, database = servers.connect, servers.database
    assert connect is not None
    counter = Counter(servers, name)
    taken: list[float] = []
    with debezium_running(servers, name) as alive:
        database.execute(_insert(1))
        wait_until(lambda: counter.count() >= 1, "the first record", alive)
        for n in (2, 3):
            connect.request("PUT", f"/connectors/{name}/stop")
            wait_until(lambda: connect.stopped(name), "Debezium has stopped", lambda: None)
            wait_until(lambda: database.let_go(name), "Debezium has let go", lambda: None)
            if n == 3:
                write_history(servers, name, database.history_of(name, tables))
            database.execute(_insert(n))
            begin = time.monotonic()
            connect.request("PUT", f"/connectors/{name}/resume")
            _arrives(counter, n, alive)
            taken.append(time.monotonic() - begin)
    counter.close()
    return Recovery("Debezium", tables, taken[1], taken[0])


def _insert(n: int) -> str:
    return f"INSERT INTO bench (id) VALUES ({n})"


def _arrives(counter: Counter, n: int, alive: Callable[[], None]) -> None:
    wait_until(lambda: counter.count() >= n, f"record {n}", alive, 0.005)
