"""`cdc run` with MySQL and MariaDB into real Kafka: records, topics, offsets, the schema history topic, restarts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from confluent_kafka import Consumer

from cdc.cli import main
from tests.integration.mysql.setup import properties
from tests.servers.process import wait_for

pytestmark = pytest.mark.usefixtures("root_logger")


class Topics:
    """Everything that is in the topics of one prefix, as JSON: (topic, key, value, headers)."""

    def __init__(self, bootstrap, prefix):
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": prefix,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "topic.metadata.refresh.interval.ms": 500,
            }
        )
        self._consumer.subscribe([f"^{prefix}.*"])
        self._seen = set()  # a rebalance for a new topic reads the others again
        self.records = []

    def more(self):
        for message in self._consumer.consume(500, 0.2):
            place = (message.topic(), message.partition(), message.offset())
            if message.error() is None and place not in self._seen:
                self._seen.add(place)
                key, value = (None if text is None else json.loads(text) for text in (message.key(), message.value()))
                self.records.append((message.topic(), key, value, dict(message.headers() or ())))
        return self.records

    def of(self, topic):
        return [record for record in self.records if record[0] == topic]

    def close(self):
        self._consumer.close()


@pytest.fixture
def topics(kafka, schema):
    found = Topics(kafka.bootstrap, schema)
    yield found
    found.close()


class Running:
    """A `cdc run`."""

    def __init__(self, file, settings, log):
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cdc.cli", "run", str(file), *settings],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": os.getcwd()},
            )

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0, self.log.read_text()[-3000:]

    def kill(self):
        self.process.kill()
        self.process.wait(30)


@pytest.fixture
def run(kafka, server, schema, tmp_path):
    """Starts `cdc run` on the fresh database; the second start resumes."""
    started = []

    def start(**more):
        found = properties(
            server,
            schema,
            schema__history__internal="io.debezium.storage.kafka.history.KafkaSchemaHistory",
            schema__history__internal__kafka__topic=f"history-{schema}",
            schema__history__internal__kafka__bootstrap__servers=kafka.bootstrap,
            **more,
        )
        found["database.server.id"] = 777_000 + len(started)
        file = tmp_path / "connector.json"
        file.write_text(json.dumps({"name": schema, "config": found}))
        settings = [
            "--set", f"bootstrap.servers={kafka.bootstrap}", "--set", f"offset.storage.topic=offsets-{schema}",
            "--set", "key.converter.schemas.enable=false", "--set", "value.converter.schemas.enable=false",
            "--set", "offset.flush.interval.ms=200", "--set", "rest.port=0",
        ]  # fmt: skip
        started.append(Running(file, settings, tmp_path / "log"))
        started[-1].file, started[-1].settings = file, settings
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.kill()


def test_from_snapshot_through_ddl_and_restarts_to_kafka(server, schema, sql, run, topics, capsys):
    """A stop in order and a kill in between: every change arrives, in order, decoded by the table of its time."""
    sql("CREATE TABLE t (id int PRIMARY KEY, name varchar(20))", "INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    first = run()
    topic = f"{schema}.{schema}.t"
    wait_for(lambda: topics.more() and len(topics.of(topic)) >= 2, "the snapshot in Kafka", seconds=90)
    sql(
        "UPDATE t SET name = 'c' WHERE id = 2", "ALTER TABLE t ADD COLUMN n int DEFAULT 3", "DELETE FROM t WHERE id = 1"
    )
    wait_for(lambda: topics.more() and len(topics.of(topic)) >= 5, "update, delete and tombstone", seconds=60)
    first.stop()
    sql("ALTER TABLE t DROP COLUMN name", "INSERT INTO t VALUES (3, 4)")
    second = run()
    wait_for(lambda: topics.more() and len(topics.of(topic)) >= 6, "what happened meanwhile", seconds=90)
    second.kill()
    sql("INSERT INTO t VALUES (5, 6)")
    third = run()
    wait_for(lambda: topics.more() and topics.of(topic)[-1][1] == {"id": 5}, "the insert after the kill", seconds=90)
    third.stop()

    found = [(key, value and (value["op"], value["before"], value["after"])) for _, key, value, _ in topics.of(topic)]
    assert found[:6] == [
        ({"id": 1}, ("r", None, {"id": 1, "name": "a"})),
        ({"id": 2}, ("r", None, {"id": 2, "name": "b"})),
        ({"id": 2}, ("u", {"id": 2, "name": "b"}, {"id": 2, "name": "c"})),
        ({"id": 1}, ("d", {"id": 1, "name": "a", "n": 3}, None)),
        ({"id": 1}, None),
        ({"id": 3}, ("c", None, {"id": 3, "n": 4})),
    ]
    assert found[-1] == ({"id": 5}, ("c", None, {"id": 5, "n": 6}))
    source = topics.of(topic)[0][2]["source"]
    assert (source["snapshot"], source["db"], source["table"]) == ("first", schema, "t")
    assert topics.of(topic)[1][2]["source"]["snapshot"] == "last"
    assert topics.of(topic)[2][2]["source"]["snapshot"] == "false"
    assert topics.of(topic)[2][3]["__debezium.context.connectorName"] == server.kind.lower().encode()
    told = [(key, value["ddl"].split()[0]) for _, key, value, _ in topics.of(schema)]
    assert ({"databaseName": schema}, "ALTER") in told
    # What was sent last before the kill may come again: its offset was not stored yet.
    assert [word for _, word in told].count("ALTER") in (2, 3)
    assert main(["offsets", "show", str(third.file), *third.settings]) == 0
    offset = json.loads(capsys.readouterr().out)
    assert offset["file"]
    assert offset["gtids"]
    assert "snapshot" not in offset


def test_validate_asks_the_server(server, schema, sql, run, kafka, tmp_path, capsys):
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    file = tmp_path / "connector.json"
    found = properties(server, schema)
    file.write_text(json.dumps(found))
    kafka_at = f"bootstrap.servers={kafka.bootstrap}"
    assert main(["validate", "--connect", str(file), "--set", kafka_at]) == 0, capsys.readouterr().out
    capsys.readouterr()
    server.execute(
        f"CREATE USER IF NOT EXISTS u_{schema} IDENTIFIED BY 'p'", f"GRANT SELECT ON {schema}.* TO u_{schema}"
    )
    found |= {"database.user": f"u_{schema}", "database.password": "p", "database.server.id": 1}
    file.write_text(json.dumps(found))
    assert main(["validate", "--connect", str(file), "--set", kafka_at]) == 2
    out = capsys.readouterr().out
    for word in ("REPLICATION SLAVE", "RELOAD", "database.server.id"):
        assert word in out
    server.execute(f"DROP USER u_{schema}")
