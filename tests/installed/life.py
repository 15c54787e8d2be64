"""A whole life of a connector: snapshot, changes, metrics, an orderly end, offsets, restart."""

from __future__ import annotations

import contextlib
import io
import json
import re
import signal
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from tests.installed.databases import Shop
from tests.installed.installation import Installation, call
from tests.servers.kafka import KafkaBroker
from tests.servers.process import free_port, wait_for

TRANSFORMS = {
    "transforms": "few,unwrap,route",
    "transforms.few.type": "io.debezium.transforms.Filter",
    "transforms.few.language": "jsr223.groovy",
    "transforms.few.condition": "value.op == 'd' || value.after.id < 100",
    "transforms.few.predicate": "items",
    "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState",
    "transforms.unwrap.delete.tombstone.handling.mode": "rewrite",
    "transforms.unwrap.add.fields": "op",
    "transforms.unwrap.predicate": "items",
    "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter",
    "transforms.route.regex": r"(\w+)\..*\.item",
    "transforms.route.replacement": "$1.items",
    "predicates": "items",
    "predicates.items.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
    "predicates.items.pattern": r".*\.item",
}
AVRO = "io.confluent.connect.avro.AvroConverter"


class Life:
    """One connector of an installation: its file, its process, and the records of its topic."""

    def __init__(
        self, installation: Installation, name: str, shop: Shop, kafka: KafkaBroker, registry: str, folder: Path
    ) -> None:
        self.installation = installation
        self.port = free_port()
        self.records: list[tuple[Any, Any]] = []
        self._registry = registry
        self._log = folder / "log"
        files = folder / "config"
        files.mkdir()
        files.chmod(0o755)
        self.file = files / "connector.json"
        config = {
            **shop.config,
            **TRANSFORMS,
            "topic.prefix": name,
            "key.converter": AVRO,
            "key.converter.schema.registry.url": registry,
            "value.converter": AVRO,
            "value.converter.schema.registry.url": registry,
        }
        self.file.write_text(json.dumps({"name": name, "config": config}))
        self.file.chmod(0o644)
        self._settings = [f"bootstrap.servers={kafka.bootstrap}", f"offset.storage.topic={name}-offsets"]
        self._settings.append(f"rest.port={self.port}")
        self._process: subprocess.Popen[bytes] | None = None
        self._schemas: dict[int, Any] = {}
        self._topic = f"{name}.items"
        client = {"bootstrap.servers": kafka.bootstrap, "group.id": "unused", "enable.auto.commit": False}
        self._consumer = Consumer({**client, "allow.auto.create.topics": False})
        self._consumer.assign([TopicPartition(self._topic, 0, OFFSET_BEGINNING)])

    def cdc(self, *words: str, code: int = 0) -> str:
        """A command of `cdc`, to its end; what it printed."""
        settings = [word for setting in self._settings for word in ("--set", setting)]
        given = self.installation.words(self.file, *words, *(settings if "FILE" in words else ()))
        return call(given, self.installation.options(), code=code)

    def start(self) -> None:
        """`cdc run`, until it streams."""
        settings = [word for setting in self._settings for word in ("--set", setting)]
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                self.installation.words(self.file, "run", "FILE", *settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **self.installation.options(),  # type: ignore[call-overload]
            )
        wait_for(self._streams, "the stream", seconds=90)

    def stop(self) -> str:
        """End it in good order; its log."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(60)
        log = self._log.read_text()
        assert code == 0, log
        assert "Traceback" not in log, log
        return log

    def close(self) -> None:
        """End it, whatever it does."""
        self._consumer.close()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)

    def metrics(self) -> str:
        """The page of `/metrics`."""
        return self._page("metrics")

    def _page(self, name: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{name}", timeout=10) as answer:
            text: str = answer.read().decode()
            return text

    def _streams(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        with contextlib.suppress(OSError):
            return (
                re.search(r'^debezium_metrics_Connected\{.*"streaming".*\} 1', self.metrics(), re.MULTILINE) is not None
            )
        return False

    def receive(self, count: int) -> list[tuple[Any, Any]]:
        """Wait until the topic has had so many records, and take those that are new."""
        before = len(self.records)

        def look() -> bool:
            assert self._process is None or self._process.poll() is None, self._log.read_text()
            for message in self._consumer.consume(100, 0.1):
                if message.error() is None:
                    self.records.append((self._read(message.key()), self._read(message.value())))
            return len(self.records) >= count

        wait_for(look, f"{count} records", seconds=60)
        return self.records[before:]

    def _read(self, data: bytes | None) -> Any:
        if data is None:
            return None
        assert data[0] == 0
        number = int.from_bytes(data[1:5], "big")
        if number not in self._schemas:
            with urllib.request.urlopen(f"{self._registry}/schemas/ids/{number}", timeout=10) as answer:
                self._schemas[number] = fastavro.parse_schema(json.loads(json.load(answer)["schema"]))
        return fastavro.schemaless_reader(io.BytesIO(data[5:]), self._schemas[number], None)


def item(id: int, name: str, op: str, *, deleted: bool = False) -> tuple[Any, Any]:
    """A record of table item as its consumers see it."""
    return {"id": id}, {"id": id, "name": name, "__op": op, "__deleted": str(deleted).lower()}


def live(life: Life, shop: Shop, *, healthy: Callable[[], None] = lambda: None) -> None:
    """Live it; `healthy` is asked while the connector runs."""
    shop.execute(
        "create table item (id int primary key, name varchar(20) not null)",
        "insert into item values (1, 'pen'), (2, 'ink'), (100, 'not this one')",
    )
    assert "(compiled)" in life.cdc("version")
    assert "no problems (checked: file)" in life.cdc("validate", "FILE")
    assert "no problems (checked: file, database, Kafka" in life.cdc("validate", "--connect", "FILE")
    assert "no offset is stored" in life.cdc("offsets", "show", "FILE")

    life.start()
    assert life.receive(2) == [item(1, "pen", "r"), item(2, "ink", "r")]
    shop.execute("insert into item values (3, 'nib')", "insert into item values (101, 'nor this one')")
    shop.execute("update item set name = 'red ink' where id = 2", "delete from item where id = 1")
    changes = life.receive(5)
    assert changes[:2] == [item(3, "nib", "c"), item(2, "red ink", "u")]
    assert changes[2][0] == {"id": 1}
    assert (changes[2][1]["__op"], changes[2][1]["__deleted"]) == ("d", "true")
    page = life.metrics()
    wait_for(lambda: all(f"\n{name}{{" in life.metrics() for name in shop.metrics), f"metrics {shop.metrics}")
    assert re.search(r"^cdc_build_info\{.*compiled", page, re.MULTILINE), page[:2000]
    assert "process_resident_memory_bytes" in page
    healthy()
    life.stop()

    assert json.loads(life.cdc("offsets", "show", "FILE"))
    [stored] = json.loads(life.cdc("offsets", "export", "FILE"))["offsets"]
    assert stored["offset"]
    shop.execute("insert into item values (4, 'pad')")
    life.start()
    assert life.receive(6) == [item(4, "pad", "c")]
    life.stop()


def may_write_nothing(installation: Installation) -> None:
    """Its user is not root, and may write neither there nor at home."""
    code = (
        "import os, cdc; print(os.getuid(), *(os.access(path, os.W_OK)"
        " for path in (cdc.__path__[0], os.path.expanduser('~'))))"
    )
    uid, package, home = call(installation.python(code), installation.options()).split()
    assert uid != "0"
    assert (package, home) == ("False", "False")
