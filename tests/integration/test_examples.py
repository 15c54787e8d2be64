"""Three operators' connector files, exactly as they stand in docs/examples, on a real PostgreSQL and a real Kafka."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from psycopg.conninfo import conninfo_to_dict

from tests.servers.kafka import KafkaBroker
from tests.servers.postgresql import PostgresServer
from tests.servers.process import wait_for

CANARY = "canary-7f3a"  # a password that must appear nowhere
EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


class Operator:
    """`cdc run FILE` on a fresh database, and what arrives in Kafka."""

    def __init__(self, dsn: str, kafka: KafkaBroker, folder: Path, file: Path) -> None:
        info = conninfo_to_dict(dsn)
        self.sql = psycopg.connect(dsn, autocommit=True)
        self.sql.execute(
            f"drop role if exists headwater_canary; create role headwater_canary superuser login password '{CANARY}'"
        )
        values = {
            "host": str(info.get("host") or "127.0.0.1"),
            "port": str(info.get("port") or 5432),
            "user": "headwater_canary",
            "password": CANARY,
            "dbname": str(info["dbname"]),
        }
        names = {
            "host": "PG_HOST",
            "port": "PG_PORT",
            "user": "PG_USER",
            "password": "PG_PASSWORD",
            "dbname": "PG_DATABASE",
        }
        self.environment = {**os.environ, **{names[key]: value for key, value in values.items()}}
        self.values = values
        self.log = folder / "cdc.log"
        self._kafka = kafka
        self._file = file
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._consumer = Consumer(
            {"bootstrap.servers": kafka.bootstrap, "group.id": "unused", "enable.auto.commit": False}
        )
        self._assigned: set[str] = set()
        self.records: list[tuple[str, Any, Any]] = []

    def start(self) -> None:
        command = [sys.executable, "-m", "cdc.cli", "run", str(self._file)]
        for setting in (
            f"bootstrap.servers={self._kafka.bootstrap}",
            f"offset.storage.file.filename={self._folder}/offsets.json",
            "rest.port=0",
        ):
            command += ["--set", setting]
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(command, env=self.environment, stdout=output, stderr=subprocess.STDOUT)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        def look() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, self.log.read_text()
            self._receive()
            return condition()

        wait_for(look, what, seconds=60)

    def _receive(self) -> None:
        topics = self._consumer.list_topics(timeout=10).topics
        prefix = json.loads(self._file.read_text())["config"]["topic.prefix"]
        mine = {name for name in topics if name.startswith((f"{prefix}.", f"__debezium-heartbeat.{prefix}"))}
        new = [
            TopicPartition(name, partition, OFFSET_BEGINNING)
            for name in mine - self._assigned
            for partition in topics[name].partitions
        ]
        if new:
            self._consumer.incremental_assign(new)
            self._assigned |= mine
        for message in self._consumer.consume(200, 0.1):
            if message.error() is None:
                key, value = message.key(), message.value()
                self.records.append(
                    (message.topic(), key and json.loads(key), None if value is None else json.loads(value))
                )

    def stop(self) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(40)

    def close(self) -> None:
        self._consumer.close()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)
        assert CANARY not in self.log.read_text()
        self.sql.close()


def payload(value: Any) -> Any:
    """The payload of a JSON value with or without schema."""
    return value["payload"] if isinstance(value, dict) and set(value) == {"schema", "payload"} else value


@pytest.fixture
def operator(
    postgres: PostgresServer, database: str, kafka: KafkaBroker, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Operator]:
    made = Operator(postgres.dsn(database), kafka, tmp_path, request.param)
    yield made
    made.close()


@pytest.mark.parametrize("operator", [EXAMPLES / "inventory-cdc.json"], indirect=True)
def test_secrets_from_the_environment_and_a_logical_table(operator: Operator) -> None:
    operator.sql.execute(
        "create schema inventory; create table inventory.products_shard_1 (id int primary key, name text);"
        "create table inventory.products_shard_2 (id int primary key, name text);"
        "create table inventory.stock_levels (id int primary key, level int);"
        "insert into inventory.products_shard_1 values (1, 'a')"
    )
    operator.start()
    operator.until(lambda: len(operator.records) >= 1, "the snapshot")
    operator.sql.execute("insert into inventory.products_shard_2 values (1, 'b')")
    operator.sql.execute("insert into inventory.stock_levels values (1, 5)")
    operator.sql.execute("delete from inventory.products_shard_2 where id = 1")
    operator.until(lambda: len(operator.records) >= 5, "five records")

    products = [(key, value) for topic, key, value in operator.records if topic == "inventory.inventory.products"]
    assert [(key, value and value["op"]) for key, value in products if key["shard"] == "1"] == [
        ({"id": 1, "shard": "1"}, "r")
    ]
    assert [value and value["op"] for key, value in products if key == {"id": 1, "shard": "2"}] == ["c", "d", None]
    [stock] = [value for topic, _, value in operator.records if topic == "inventory.inventory.stock_levels"]
    assert stock["after"] == {"id": 1, "level": 5}
    assert operator.stop() == 0


@pytest.mark.parametrize("operator", [EXAMPLES / "billing-cdc.json"], indirect=True)
def test_secrets_from_a_file_and_a_heartbeat_query(operator: Operator, tmp_path: Path) -> None:
    operator.sql.execute(
        "create schema billing; create table billing.accounts (id int primary key, iban text, balance numeric(12,2),"
        " opened timestamp(6)); create table billing.heartbeat (id int primary key, beat timestamptz);"
        "create publication billing_publication for table billing.accounts, billing.heartbeat"
    )
    secrets = tmp_path / "billing.properties"
    secrets.write_text("".join(f"{key}={value}\n" for key, value in operator.values.items()))
    mounted = tmp_path / "billing-cdc.json"  # the secrets' file stands elsewhere on this machine; nothing else changes
    mounted.write_text(operator._file.read_text().replace("/etc/headwater/billing.properties", str(secrets)))
    operator._file = mounted
    operator.start()
    operator.until(lambda: "streaming from" in operator.log.read_text(), "streaming")
    operator.sql.execute("insert into billing.accounts values (1, 'DE02', 12.30, '2026-01-02 03:04:05.678901')")
    operator.until(
        lambda: (
            {topic for topic, _, _ in operator.records}
            >= {"billing.billing.accounts", "billing.billing.heartbeat", "__debezium-heartbeat.billing"}
        ),
        "an account, the heartbeat's row and a heartbeat",
    )

    [account] = [payload(value) for topic, _, value in operator.records if topic == "billing.billing.accounts"]
    assert account["after"] == {"id": 1, "iban": "*" * 8, "balance": "12.30", "opened": 1767323045678}
    beat = next(payload(value) for topic, _, value in operator.records if topic == "__debezium-heartbeat.billing")
    assert set(beat) == {"ts_ms"}
    assert operator.stop() == 0


@pytest.mark.parametrize("operator", [EXAMPLES / "crm-cdc.json"], indirect=True)
def test_route_unwrap_filter(operator: Operator) -> None:
    operator.sql.execute(
        "create schema crm; create table crm.contacts (id int primary key, name text);"
        "create table crm.companies (id int primary key); insert into crm.contacts values (1, 'snapshot')"
    )
    operator.start()
    operator.until(lambda: "streaming from" in operator.log.read_text(), "streaming")
    operator.sql.execute("insert into crm.contacts values (2, 'Ada')")
    operator.sql.execute("delete from crm.contacts where id = 2")
    operator.until(lambda: len(operator.records) >= 3, "insert, delete, tombstone")

    found = [(topic, payload(key), payload(value)) for topic, key, value in operator.records]
    assert {topic for topic, _, _ in found} == {"crm.contacts.v1"}
    insert, delete, tombstone = (value for _, _, value in found)
    assert {**insert, "__source_ts_ms": 0} == {
        "id": 2, "name": "Ada", "__deleted": "false", "__op": "c", "__source_ts_ms": 0,
    }  # fmt: skip
    assert (delete["id"], delete["__deleted"], delete["__op"]) == (2, "true", "d")
    assert tombstone is None
    assert len(re.findall(r"value\.op", operator.log.read_text())) >= 1, "the log says how the name was understood"
    assert operator.stop() == 0
