"""The command line against real servers: validation that asks them, metrics and health while it runs, offsets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg.conninfo import conninfo_to_dict

from cdc.cli import main
from tests.servers.kafka import KafkaBroker
from tests.servers.postgresql import PostgresServer
from tests.servers.process import wait_for
from tools.embedded import free_port

CANARY = "canary-s3cret"

pytestmark = pytest.mark.usefixtures("root_logger")


@pytest.fixture
def connector(postgres: PostgresServer, database: str, topic_prefix: str, tmp_path: Path) -> Path:
    dsn = postgres.dsn(database)
    info = conninfo_to_dict(dsn)
    with psycopg.connect(dsn, autocommit=True) as sql:
        sql.execute("create table item (id int primary key, name text); insert into item values (1, 'a')")
    file = tmp_path / "connector.json"
    file.write_text(
        json.dumps(
            {
                "name": topic_prefix,
                "config": {
                    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
                    "database.hostname": str(info.get("host") or "127.0.0.1"),
                    "database.port": str(info.get("port") or 5432),
                    "database.user": str(info.get("user") or "postgres"),
                    "database.password": str(info.get("password") or CANARY),
                    "database.dbname": str(info["dbname"]),
                    "plugin.name": "pgoutput",
                    "slot.name": topic_prefix,
                    "publication.name": topic_prefix,
                    "publication.autocreate.mode": "filtered",
                    "table.include.list": "public.item",
                    "custom.metric.tags": "team=shop",
                },
            }
        )
    )
    return file


def change(file: Path, name: str, value: str) -> None:
    content = json.loads(file.read_text())
    content["config"][name] = value
    file.write_text(json.dumps(content))


def test_validate_asks_the_database_and_kafka(
    connector: Path, kafka: KafkaBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["validate", "--connect", str(connector), "--set", f"bootstrap.servers={kafka.bootstrap}"])
    out = capsys.readouterr().out
    assert code == 0, out
    assert "checked: file, database, Kafka" in out


def test_validate_says_what_the_servers_refuse(connector: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(connector, "publication.autocreate.mode", "disabled")
    change(connector, "connection.validation.timeout.ms", "1500")
    nobody = f"bootstrap.servers=127.0.0.1:{free_port()}"
    assert main(["validate", "--connect", str(connector), "--set", nobody]) == 2
    out = capsys.readouterr().out
    assert "publication" in out
    assert "HW-KAFKA-001" in out
    change(connector, "database.dbname", "no_such_database")
    assert main(["validate", "--connect", str(connector), "--set", nobody]) == 2
    assert "no_such_database" in capsys.readouterr().out


class Running:
    """A `cdc run` with its HTTP port."""

    def __init__(self, connector: Path, kafka: KafkaBroker, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "cdc.log"
        self.settings = [
            "--set",
            f"bootstrap.servers={kafka.bootstrap}",
            "--set",
            f"offset.storage.topic={folder.name}",
        ]
        command = [sys.executable, "-m", "cdc.cli", "run", str(connector), *self.settings, "--set", f"rest.port={port}"]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, "LOG_LEVEL": "debug"}
            )

    def samples(self) -> dict[str, float]:
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        assert CANARY not in text
        return {
            f"{sample.name}/{sample.labels.get('context') or sample.labels.get('state') or ''}": sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=10) as answer:
                assert json.load(answer)["status"] == "UP"
            return self.samples()["debezium_metrics_Connected/streaming"] == 1
        except OSError:
            return False


@pytest.fixture
def running(connector: Path, kafka: KafkaBroker, tmp_path: Path) -> Iterator[Running]:
    made = Running(connector, kafka, tmp_path)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait(10)


def test_metrics_health_offsets_and_an_orderly_end(
    running: Running,
    connector: Path,
    postgres: PostgresServer,
    database: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wait_for(running.ready, "the stream", seconds=60)
    with psycopg.connect(postgres.dsn(database), autocommit=True) as sql:
        sql.execute("insert into item values (2, 'b')")
    wait_for(lambda: running.samples()["debezium_metrics_TotalNumberOfCreateEventsSeen/streaming"] >= 1, "the insert")
    wait_for(lambda: running.samples().get("cdc_slot_active/") == 1, "the slot watch", seconds=30)
    wait_for(lambda: "process_resident_memory_bytes/" in running.samples(), "process metrics")
    samples = running.samples()
    assert samples["cdc_task_state/RUNNING"] == 1
    assert samples["cdc_slot_retained_wal_bytes/"] >= 0
    assert samples["cdc_tables_unpublished/"] == 0
    assert samples["debezium_metrics_SnapshotCompleted/snapshot"] == 1

    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(40) == 0, running.log.read_text()
    assert CANARY not in running.log.read_text()
    assert main(["offsets", "show", str(connector), *running.settings]) == 0
    assert json.loads(capsys.readouterr().out)["lsn_proc"] > 0
    assert main(["offsets", "export", str(connector), *running.settings]) == 0
    exported = json.loads(capsys.readouterr().out)["offsets"]
    assert exported[0]["partition"] == {"server": json.loads(connector.read_text())["name"]}
