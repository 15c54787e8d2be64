"""One trial: a database under load, a connector that something happens to, and the verdict."""

from __future__ import annotations

import contextlib
import json
import random
import re
import tempfile
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path

import psycopg

from cdc.offsets import FileStore, offset_key, read_offsets
from tests.faults.checker import Crash, Report, check
from tests.faults.connector import Connector
from tests.faults.servers import Servers
from tests.faults.topics import Topics
from tests.faults.workload import SETUP, Workload, final_rows, history
from tests.servers.process import wait_for

OFFSETS = "faults-offsets"
CLASS = "io.debezium.connector.postgresql.PostgresConnector"
MARKER = 10_000_000  # ids from here on are marker rows


class Trial:
    """A fresh database, prefix, slot and publication. Use as a context manager."""

    def __init__(self, servers: Servers, seed: int = 1, *, sessions: int = 4) -> None:
        self.servers = servers
        self.prefix = f"f{uuid.uuid4().hex[:10]}"
        self.slot = self.prefix
        self.database = servers.postgres.create_database()
        self._folder = tempfile.TemporaryDirectory(prefix="headwater-faults-")
        with self.sql() as connection:
            connection.execute(SETUP)
        self.workload = Workload(self.transactional, seed, sessions)
        self.workload.delay = 0.02
        self.topics = Topics(servers.kafka.bootstrap, self.prefix)
        self.crashes: list[Crash] = []
        self.horizon = 0
        self._markers = 0
        postgres = servers.postgres
        self.connector = Connector(
            Path(self._folder.name),
            self.prefix,
            {
                "connector.class": CLASS,
                "plugin.name": "pgoutput",
                "database.hostname": postgres.host,
                "database.port": str(postgres.port),
                "database.user": postgres.user,
                "database.password": postgres.password if postgres.origin != "private" else "not-asked-for",
                "database.dbname": self.database,
                "topic.prefix": self.prefix,
                "slot.name": self.slot,
                "publication.name": self.prefix,
                "publication.autocreate.mode": "filtered",
                "table.include.list": r"load\.(account|item|wide)",
                "slot.retry.delay.ms": "200",
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
        with contextlib.suppress(psycopg.Error):
            self.servers.postgres.drop_database(self.database)
        self._folder.cleanup()

    def sql(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection in autocommit mode."""
        return self.servers.postgres.connect(self.database)

    def transactional(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection for the sessions of the load."""
        return psycopg.connect(self.servers.postgres.dsn(self.database), connect_timeout=5)

    def value(self, statement: str, *arguments: object) -> object:
        """The first value that a statement gives, None without a row."""
        with self.sql() as connection:
            row = connection.execute(statement.encode(), arguments).fetchone()
            return row[0] if row is not None else None

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
        crash = Crash(self.stored(), ends)
        confirmed = self.value(
            "SELECT (confirmed_flush_lsn - '0/0')::int8 FROM pg_replication_slots WHERE slot_name = %s", self.slot
        )
        offset = crash.offset or {}
        places = [place for name in ("lsn", "lsn_proc", "lsn_commit") if isinstance(place := offset.get(name), int)]
        if places and isinstance(confirmed, int):
            assert confirmed <= max(places), f"the server was told to forget up to {confirmed}, stored is {offset}"
        self.crashes.append(crash)
        return crash

    def kill(self) -> Crash:
        """kill -9, and what is durable then."""
        self.connector.kill()
        return self.crashed()

    def bulk(self, rows: int) -> None:
        """Commit many rows at once, with their audit."""
        first = self.workload.reserve(rows)
        with self.sql() as connection, connection.transaction():
            for text in (
                "INSERT INTO load.account (id, v, note) SELECT %s + n, %s + n, repeat('n', 60)"
                " FROM generate_series(0, %s - 1) n",
                "INSERT INTO load.audit (change, op, key, v) SELECT 'account', 'c', (%s + n)::text, %s + n"
                " FROM generate_series(0, %s - 1) n",
            ):
                connection.execute(text, (2 * MARKER + first, first, rows))

    def marker(self, note: str | None = None) -> int:
        """Commit a marker row; its number."""
        self._markers += 1
        number = self.workload._next()
        with self.sql() as connection, connection.transaction():
            connection.execute(
                "INSERT INTO load.account (id, v, note) VALUES (%s, %s, "
                + ("%s" if note is None or not note.isdigit() else "%s::int")
                + ")",
                (MARKER + self._markers, number, note),
            )
            connection.execute(
                "INSERT INTO load.audit (v, change, op, key) VALUES (%s, 'account', 'c', %s)",
                (number, str(MARKER + self._markers)),
            )
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

    def second(self) -> Connector:
        """The same connector once more, as a second process."""
        folder = Path(self._folder.name) / "second"
        folder.mkdir()
        return Connector(folder, self.connector.name, self.connector.config, self.connector.worker)

    def value_only(self, statement: str) -> None:
        """Run a statement that gives no row."""
        with self.sql() as connection:
            connection.execute(statement.encode())

    def drop_role(self) -> None:
        """Remove the role of the trial's name and what it owns."""
        self.value_only(f"REASSIGN OWNED BY {self.prefix} TO CURRENT_USER")
        self.value_only(f"DROP OWNED BY {self.prefix}")
        self.value_only(f"DROP ROLE {self.prefix}")

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
            f"{registry}/config/{self.prefix}.load.account-value",
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
        code = self.connector.stop()
        if code != 0:
            raise AssertionError(f"SIGTERM ended with {code}: {self.connector.tail()}")
        report = self.compare()
        if not in_order:
            report.reordered = []
        if not values:
            report.wrong = [line for line in report.wrong if "consumers end with" not in line]
        return report

    def compare(self) -> Report:
        """Compare what is in Kafka with what was committed."""
        self.topics.read()
        with self.sql() as connection:
            return check(
                history(connection),
                self.topics.records,
                final_rows(connection),
                horizon=self.horizon,
                crashes=self.crashes,
            )

    def wait(self, fact: Callable[[], bool], what: str, seconds: float = 30) -> None:
        """Wait for a fact. Raises AssertionError with the connector's log."""
        try:
            wait_for(fact, what, seconds=seconds)
        except TimeoutError as error:
            raise AssertionError(f"{error}: {self.connector.tail()}") from error
