"""One trial: a database under load, a connector that something happens to, and the verdict."""

from __future__ import annotations

import contextlib
import json
import random
import re
import tempfile
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from cdc.offsets import FileStore, offset_key, read_offsets
from tests.faults.checker import Crash, Report, check
from tests.faults.connector import Connector
from tests.faults.database import TABLES, Database
from tests.faults.servers import Servers
from tests.faults.topics import Topics
from tests.faults.workload import Workload
from tests.servers.process import wait_for

OFFSETS = "faults-offsets"
MARKER = 10_000_000  # ids from here on are marker rows


class Trial:
    """A fresh database, prefix and connector. Use as a context manager."""

    def __init__(self, servers: Servers, seed: int = 1, *, sessions: int = 4) -> None:
        self.servers = servers
        self.prefix = f"f{uuid.uuid4().hex[:10]}"
        self._folder = tempfile.TemporaryDirectory(prefix="headwater-faults-")
        self.database = servers.database(self.prefix)
        self.workload = Workload(self.database, seed, sessions)
        self.workload.delay = 0.02
        self.topics = Topics(servers.kafka.bootstrap, self.database)
        self.crashes: list[Crash] = []
        self.horizon = 0
        self._markers = 0
        tables = "|".join(TABLES)
        self.connector = Connector(
            Path(self._folder.name),
            self.prefix,
            {
                **self.database.properties(servers.kafka.bootstrap),
                "topic.prefix": self.prefix,
                "table.include.list": rf"{self.database.schema}\.({tables})",
                "retriable.restart.connector.wait.ms": "1000",
                "topic.creation.default.partitions": "3",
                "topic.creation.default.replication.factor": "1",
                "snapshot.fetch.size": "100",
                "max.batch.size": "200",
                "key.converter": "org.apache.kafka.connect.json.JsonConverter",
                "key.converter.schemas.enable": "false",
                "value.converter": "org.apache.kafka.connect.json.JsonConverter",
                "value.converter.schemas.enable": "false",
            },
            {
                "bootstrap.servers": servers.kafka.bootstrap,
                "offset.storage.topic": OFFSETS,
                "offset.storage.partitions": "1",
                "offset.flush.interval.ms": "200",
                "rest.port": "0",
                "log.format": "text",
            },
            self.database.streaming,
        )

    def __enter__(self) -> Trial:
        return self

    def __exit__(self, *exception: object) -> None:
        self.connector.close()
        if exception[0] is not None:
            with contextlib.suppress(BaseException):
                self.workload.stop()
            print(self.connector.tail())
        self.topics.close()
        self.database.drop()
        self._folder.cleanup()

    def begin(self, rows: int = 0) -> None:
        """Start the connector, wait until it streams, then start the load. `rows` are there before."""
        if rows:
            self.fill(rows)
        self.connector.start()
        self.began()
        self.workload.start()

    def began(self) -> None:
        """Wait until the connector streams. What was committed before may be there as rows of the snapshot alone."""
        self.connector.streaming()
        self.horizon = self.workload.newest

    def runs(self) -> None:
        """Load, and a connector that delivers it."""
        self.begin(200)
        self.delivered()

    def settles(self) -> None:
        """Load, and all of it delivered."""
        self.runs()
        self.workload.stop()
        self.delivered()

    def rests(self) -> None:
        """Load, all of it delivered, and an orderly stop."""
        self.settles()
        self.stopped()

    def offsets_in_a_file(self) -> None:
        """Keep offsets in a file instead of Kafka."""
        del self.connector.worker["offset.storage.topic"], self.connector.worker["offset.storage.partitions"]
        self.connector.worker["offset.storage.file.filename"] = str(Path(self._folder.name) / "offsets.json")

    def fill(self, rows: int) -> None:
        """Rows that a snapshot reads, with their audit."""
        source = random.Random(7)
        while self.workload.changes < rows:
            self.workload.once(source, 300)
        self.horizon = self.workload.newest

    def stored(self) -> dict[str, object] | None:
        """The stored offset."""
        key = offset_key(self.prefix, self.prefix)
        file = self.connector.worker.get("offset.storage.file.filename")
        if file:
            return FileStore(Path(file), key).load()
        client: dict[str, str | int | float] = {"bootstrap.servers": self.servers.kafka.bootstrap}
        value = read_offsets(client, OFFSETS, lambda admin: None).get(key)
        return None if value is None else json.loads(value)

    def crashed(self) -> Crash:
        """Note what is durable now that the connector is dead."""
        ends = self.topics.ends()
        offset = self.stored()
        crash = Crash(offset, ends)
        if offset is not None:
            self.database.check_crash(offset)
            crash.forbids = self.database.forbids(offset)
        self.crashes.append(crash)
        return crash

    def kill(self) -> Crash:
        """kill -9, and what is durable then."""
        self.connector.kill()
        return self.crashed()

    def bulk(self, rows: int) -> None:
        """Commit many rows at once, with their audit."""
        first = self.workload.reserve(rows)
        with contextlib.closing(self.database.connect(autocommit=False)) as connection, connection.cursor() as cursor:
            self.database.bulk(cursor, 2 * MARKER, first, rows)
            connection.commit()

    def marker(self, note: str | int | None = None, database: Database | None = None) -> int:
        """Commit a marker row, on another server when that is given; its number."""
        self._markers += 1
        number = self.workload._next()
        key = MARKER + self._markers
        schema = self.database.schema
        on = database or self.database
        with contextlib.closing(on.connect(autocommit=False)) as connection, connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {schema}.audit (v, tab, op, k) VALUES (%s, 'account', 'c', %s)", (number, str(key))
            )
            cursor.execute(f"INSERT INTO {schema}.account (id, v, note) VALUES (%s, %s, %s)", (key, number, note))
            connection.commit()
        return number

    def delivered(self, seconds: float = 60) -> None:
        """Commit a marker and wait until it is in Kafka."""
        number = self.marker()

        def there() -> bool:
            if number in self.topics.numbers:
                return True
            if not self.connector.alive():
                raise AssertionError(
                    f"the connector ended with {self.connector.process.returncode}: {self.connector.tail()}"
                )
            return False

        try:
            self.topics.read(there, seconds)
        except TimeoutError as error:
            raise AssertionError(f"{error}: {self.connector.tail()}") from error

    def refused(self, code: str, exit_code: int, seconds: float = 60) -> None:
        """The connector ends by itself, with one error that has this code, a cause and a remedy."""
        ended = self.connector.ended(seconds)
        lines = [line for line in self.connector.log().splitlines() if re.search(code, line)]
        assert lines, f"ended with {ended} without {code}: {self.connector.tail()}"
        assert ended == exit_code, f"ended with {ended}, not {exit_code}: {self.connector.tail()}"
        errors = [line for line in self.connector.log().splitlines() if re.search(r"^\S+ ERROR ", line)]
        assert len(errors) <= 1, f"{len(errors)} errors: {errors}"

    def refuses(self, code: str, exit_code: int, **overrides: str) -> None:
        """The connector is started and refused; see Connector.start."""
        self.connector.start(**overrides)
        self.refused(code, exit_code)

    def stopped(self, seconds: float = 60) -> None:
        """An orderly stop."""
        code = self.connector.stop(seconds)
        if code != 0:
            raise AssertionError(f"SIGTERM ended with {code}: {self.connector.tail()}")

    @contextlib.contextmanager
    def second(self) -> Iterator[Connector]:
        """The same connector once more, for a second process."""
        folder = Path(self._folder.name) / "second"
        folder.mkdir()
        connector = self.connector
        second = Connector(folder, connector.name, connector.config, connector.worker, self.database.streaming)
        try:
            yield second
        finally:
            second.close()

    def avro(self, registry: str) -> None:
        """Write values with the Avro converter."""
        config = self.connector.config
        del config["value.converter.schemas.enable"]
        config["value.converter"] = "io.confluent.connect.avro.AvroConverter"
        config["value.converter.schema.registry.url"] = registry
        self.topics.registry = registry

    def compatibility(self, registry: str, level: str) -> None:
        """Set the level of the account topic's value subject."""
        request = urllib.request.Request(
            f"{registry}/config/{self.topics.name('account')}-value",
            method="PUT",
            data=json.dumps({"compatibility": level}).encode(),
            headers={"Content-Type": "application/vnd.schemaregistry.v1+json"},
        )
        urllib.request.urlopen(request, timeout=10).close()

    def verdict(self, *, seconds: float = 60, in_order: bool = True, values: bool = True) -> Report:
        """End load and connector in an orderly way, then compare everything.

        Not `in_order`: Kafka took records after one that it refused. Not `values`: a column changed its type.
        """
        self.workload.stop()
        self.delivered(seconds)
        self.stopped()
        report = self.compare()
        if not in_order:
            report.reordered = []
        if not values:
            report.wrong = [line for line in report.wrong if "consumers end with" not in line]
        return report

    def retaken(self) -> Report:
        """What cannot be had any more is read anew, once the user asks for it. Then the verdict."""
        self.connector.config["snapshot.mode"] = "when_needed"
        self.connector.start()
        self.began()
        self.horizon = self.workload.newest
        report = self.verdict()
        assert "takes a new snapshot" in self.connector.output.read_text()
        return report

    def compare(self) -> Report:
        """Compare what is in Kafka with what was committed."""
        self.topics.read()
        return check(
            self.database.history(),
            self.topics.records,
            self.database.final(),
            horizon=self.horizon,
            crashes=self.crashes,
        )

    def wait(self, fact: Callable[[], bool], what: str, seconds: float = 30) -> None:
        """Wait for a fact. Raises AssertionError with the connector's log."""
        try:
            wait_for(fact, what, seconds=seconds)
        except TimeoutError as error:
            raise AssertionError(f"{error}: {self.connector.tail()}") from error
