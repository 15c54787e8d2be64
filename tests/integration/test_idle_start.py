"""A stream that began on an idle server: what comes after a stop or a kill is there at the next start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from confluent_kafka import Consumer

from tests.integration.mysql import setup as mysql_setup
from tests.integration.postgresql import setup as postgresql_setup
from tests.servers.kafka import KafkaBroker
from tests.servers.process import wait_for

ANCHORED = "stored where the stream begins"
SERVERS = ("postgres", "mysql", "mariadb")


@pytest.fixture(params=SERVERS)
def idle(request: pytest.FixtureRequest) -> Iterator[tuple[dict[str, Any], Callable[[str], None]]]:
    """Properties of a connector for an empty table `t`, and a function that runs a statement in its database."""
    server = request.getfixturevalue(request.param)
    name = server.create_database()
    if request.param == "postgres":

        def execute(statement: str) -> None:
            with psycopg.connect(server.dsn(name), autocommit=True) as sql:
                sql.execute(statement.encode())

        found = postgresql_setup.properties(server, name)
    else:

        def execute(statement: str) -> None:
            server.execute(statement, database=name)

        found = mysql_setup.properties(server, name)
        found["schema.history.internal"] = "io.debezium.storage.file.history.FileSchemaHistory"
    execute("CREATE TABLE t (id int PRIMARY KEY)")
    yield found, execute
    if request.param == "postgres":
        with psycopg.connect(server.dsn(), autocommit=True) as sql:
            sql.execute(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = %s", [name]
            )
    server.drop_database(name)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[[dict[str, Any], dict[str, str]], tuple[subprocess.Popen[bytes], Path]]]:
    """Starts `cdc run`; each start has a log of its own."""
    started: list[subprocess.Popen[bytes]] = []

    def start(properties: dict[str, Any], worker: dict[str, str]) -> tuple[subprocess.Popen[bytes], Path]:
        file, log = tmp_path / "connector.json", tmp_path / f"log{len(started)}"
        file.write_text(json.dumps({"name": "idle", "config": properties}))
        command = [sys.executable, "-m", "cdc.cli", "run", str(file)]
        for name, value in {**worker, "rest.port": "0"}.items():
            command += ["--set", f"{name}={value}"]
        with log.open("wb") as output:
            started.append(
                subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, "PYTHONPATH": os.getcwd()})
            )
        return started[-1], log

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait(30)


@pytest.mark.parametrize(
    ("mode", "store", "ending", "schema_changes"),
    [
        ("no_data", "kafka", signal.SIGTERM, True),
        ("no_data", "file", signal.SIGKILL, False),
        ("configuration_based", "file", signal.SIGTERM, False),
        ("configuration_based", "kafka", signal.SIGKILL, True),
    ],
)
def test_rows_between_an_idle_run_and_the_next_are_read(
    idle: tuple[dict[str, Any], Callable[[str], None]],
    kafka: KafkaBroker,
    run: Callable[[dict[str, Any], dict[str, str]], tuple[subprocess.Popen[bytes], Path]],
    tmp_path: Path,
    mode: str,
    store: str,
    ending: signal.Signals,
    schema_changes: bool,
) -> None:
    properties, execute = idle
    prefix = properties["topic.prefix"]
    properties["snapshot.mode"] = mode
    properties["snapshot.mode.configuration.based.start.stream"] = True
    if "schema.history.internal" in properties:
        properties["schema.history.internal.file.filename"] = str(tmp_path / "history")
        properties["include.schema.changes"] = schema_changes
    kept = {"kafka": ("offset.storage.topic", f"offsets-{prefix}")}
    name, value = kept.get(store, ("offset.storage.file.filename", str(tmp_path / "offsets")))
    worker = {"bootstrap.servers": kafka.bootstrap, name: value}

    process, log = run(properties, worker)
    wait_for(lambda: ANCHORED in log.read_text(), "the offset of the idle stream", seconds=60)
    process.send_signal(ending)
    process.wait(60)
    execute("INSERT INTO t VALUES (1), (2)")
    process, log = run(properties, worker)

    consumer = Consumer(
        {
            "bootstrap.servers": kafka.bootstrap,
            "group.id": prefix,
            "auto.offset.reset": "earliest",
            "topic.metadata.refresh.interval.ms": 500,
        }
    )
    consumer.subscribe([f"^{prefix}[.].*[.]t$"])
    found: list[int] = []

    def read() -> bool:
        for message in consumer.consume(100, 0.2):
            if message.error() is None:
                value = json.loads(message.value())
                found.append(value["payload"]["after"]["id"])
        return len(found) >= 2

    try:
        wait_for(read, f"the rows of the time between; {log}", seconds=30)
    finally:
        consumer.close()
    assert found == [1, 2]
