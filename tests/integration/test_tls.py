"""TLS and SASL as a connector file and a worker file ask for them, with servers that take nothing else."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from cdc.cli import main
from tests.servers.certificates import Authority
from tests.servers.kafka import KafkaBroker
from tests.servers.postgresql import PostgresServer
from tests.servers.process import unprivileged, wait_for

PASSWORD = "canary-s3cret"
JAAS = "org.apache.kafka.common.security"

pytestmark = pytest.mark.usefixtures("root_logger")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def other_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("other"))


@pytest.fixture(scope="module")
def broker(authority: Authority) -> Iterator[KafkaBroker]:
    """A broker with a listener for passwords and one for client certificates, both over TLS."""
    made = KafkaBroker.private(
        {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(authority.store("127.0.0.1")),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(authority.file),
            "listener.name.ssl.ssl.client.auth": "required",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{JAAS}.scram.ScramLoginModule required;",
            "listener.name.sasl_ssl.plain.sasl.jaas.config": (
                f'{JAAS}.plain.PlainLoginModule required user_headwater="{PASSWORD}";'
            ),
        },
        ["SASL_SSL", "SSL"],
        format_arguments=["--add-scram", f"SCRAM-SHA-512=[name=headwater,password={PASSWORD}]"],
    )
    yield made
    made.stop()


@pytest.fixture(scope="module")
def database(authority: Authority) -> Iterator[PostgresServer]:
    """A server that refuses connections without TLS."""
    server = PostgresServer.private("18-contrib")
    try:
        for source, name in zip(authority.issue("127.0.0.1", "localhost"), ("server.key", "server.crt"), strict=True):
            shutil.copy(source, server.data / name)
            owner = unprivileged()
            if owner:
                os.chown(server.data / name, owner["user"], owner["group"])
        (server.data / "pg_hba.conf").write_text(
            "hostssl all all 127.0.0.1/32 trust\nhostssl replication all 127.0.0.1/32 trust\n"
        )
        server.restart(ssl="on")
        with server.connect() as sql:
            sql.execute("CREATE TABLE item (id int PRIMARY KEY); INSERT INTO item VALUES (1)")
        yield server
    finally:
        server.stop()


@pytest.fixture
def connector(database: PostgresServer, authority: Authority, topic_prefix: str, tmp_path: Path) -> Path:
    file = tmp_path / "connector.json"
    config = {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "database.hostname": "127.0.0.1",
        "database.port": str(database.port),
        "database.user": database.user,
        "database.password": PASSWORD,
        "database.dbname": "postgres",
        "database.sslmode": "verify-full",
        "database.sslrootcert": str(authority.file),
        "topic.prefix": topic_prefix,
        "slot.name": topic_prefix,
        "publication.name": topic_prefix,
        "publication.autocreate.mode": "filtered",
        "table.include.list": "public.item",
        "plugin.name": "pgoutput",
    }
    file.write_text(json.dumps({"name": topic_prefix, "config": config}))
    return file


def worker(folder: Path, broker: KafkaBroker, authority: Authority, way: str, password: str = PASSWORD) -> Path:
    """A worker file for one way to the broker: scram, plain, certificate."""
    lines = ["ssl.truststore.type=PEM", f"ssl.truststore.location={authority.file}"]
    if way == "certificate":
        lines += [
            f"bootstrap.servers={broker.addresses['SSL']}",
            "security.protocol=SSL",
            "ssl.keystore.type=PEM",
            f"ssl.keystore.location={authority.store('client@headwater.example')}",
        ]
    else:
        mechanism, module = {
            "scram": ("SCRAM-SHA-512", "scram.ScramLoginModule"),
            "plain": ("PLAIN", "plain.PlainLoginModule"),
        }[way]
        lines += [
            f"bootstrap.servers={broker.addresses['SASL_SSL']}",
            "security.protocol=SASL_SSL",
            f"sasl.mechanism={mechanism}",
            f'sasl.jaas.config={JAAS}.{module} required username="headwater" password="{password}";',
        ]
    file = folder / f"{way}.properties"
    file.write_text("\n".join(lines) + "\n")
    file.chmod(0o600)
    return file


def validated(connector: Path, worker: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["validate", "--connect", str(connector), "--worker", str(worker)])
    shown = capsys.readouterr()
    assert PASSWORD not in shown.out + shown.err
    return code, shown.out


@pytest.mark.parametrize("way", ["scram", "plain", "certificate"])
def test_records_pass_through_tls(
    way: str, connector: Path, broker: KafkaBroker, authority: Authority, topic_prefix: str, tmp_path: Path
) -> None:
    log = tmp_path / "cdc.log"
    words = ["run", connector, "--worker", worker(tmp_path, broker, authority, way)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "cdc.cli",
                *map(str, words),
                "--set",
                f"offset.storage.topic={topic_prefix}-offsets",
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    reader = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": topic_prefix})
    reader.assign([TopicPartition(f"{topic_prefix}.public.item", 0, 0)])
    found: list[bytes] = []

    def arrived() -> bool:
        assert process.poll() is None, log.read_text()
        message = reader.poll(0.2)
        if message is not None and message.error() is None:
            found.append(message.value() or b"")
        return bool(found)

    try:
        wait_for(arrived, "the row", seconds=60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0, log.read_text()
    finally:
        process.kill()
        reader.close()
    assert json.loads(found[0])["payload"]["after"] == {"id": 1}
    assert PASSWORD not in log.read_text()


def test_an_authority_that_nobody_knows_is_refused(
    connector: Path,
    broker: KafkaBroker,
    authority: Authority,
    other_authority: Authority,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    content = json.loads(connector.read_text())
    content["config"]["connection.validation.timeout.ms"] = "5000"
    connector.write_text(json.dumps(content))
    code, out = validated(connector, worker(tmp_path, broker, other_authority, "scram"), capsys)
    assert code == 2
    assert "HW-KAFKA-005" in out
    assert "certificate" in out
    content["config"]["database.sslrootcert"] = str(other_authority.file)
    connector.write_text(json.dumps(content))
    code, out = validated(connector, worker(tmp_path, broker, authority, "scram"), capsys)
    assert code == 2
    assert "HW-PG-007" in out
    assert "HW-KAFKA-" not in out


@pytest.mark.parametrize("way", ["scram", "plain"])
def test_a_wrong_password_is_refused(
    way: str,
    connector: Path,
    broker: KafkaBroker,
    authority: Authority,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out = validated(connector, worker(tmp_path, broker, authority, way, "wrong"), capsys)
    assert code == 2
    assert "HW-KAFKA-005" in out
    assert "authentication" in out.lower()
