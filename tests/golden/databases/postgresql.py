"""PostgreSQL: a database per scenario, a slot and a publication per run, positions that are LSNs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg

from tests.golden.databases import Database, Seen
from tests.golden.masks import Boundary, Json, Masks, TokenOf
from tests.golden.scenario import Run, Scenario
from tests.servers.postgresql import PostgresServer

SETTINGS = {"max_wal_senders": "150", "max_replication_slots": "150", "max_connections": "500"}
MARKER_SETUP = "CREATE SCHEMA golden; CREATE TABLE golden.marker (id text PRIMARY KEY, n int);"
MESSAGE_ID = re.compile(r"io\.debezium\.[\w.]+\$LogicalDecodingMessageId@[0-9a-f]+")


def _sequence(token: TokenOf, value: Json) -> Json:
    """The end of the commit before, and the row's own place."""
    try:
        parts = json.loads(str(value))
    except ValueError:
        return value
    return json.dumps([token(*pair) for pair in zip(("commit", "lsn"), parts, strict=False)], separators=(",", ":"))


def _transaction(token: TokenOf, value: Json) -> Json:
    txid, colon, lsn = str(value).partition(":")
    return f"<txkey:{txid}:{lsn}>" if lsn.isdigit() else f"{token('txid', txid)}{colon}{lsn}"


def _read_now(source: dict[str, Json], ts_ms: Json) -> Json:
    """The source block of a logical message; outside of a transaction its time may be that of the reading."""
    if source.get("txId") is not None or source.get("ts_ms") != ts_ms:
        return source
    return {name: "<now>" if name in ("ts_ms", "ts_us", "ts_ns") else item for name, item in source.items()}


def _unordered(collections: Json) -> Json:
    """Debezium names the collection of a logical message by the identity of a Java object, which orders them too."""
    text = MESSAGE_ID.sub("<message id>", json.dumps(collections))
    return sorted(json.loads(text), key=json.dumps)


def _whole(value: dict[str, Json]) -> dict[str, Json]:
    """An envelope or a transaction record, as far as logical messages are in it."""
    source = value.get("source")
    if value.get("op") == "m" and isinstance(source, dict):
        value = {**value, "source": _read_now(source, value.get("ts_ms"))}
    if "data_collections" in value and MESSAGE_ID.search(str(value["data_collections"])):
        value = {**value, "data_collections": _unordered(value["data_collections"])}
    return value


class PostgresSession:
    """The connection through which a scenario is streamed."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def run(self, step: str) -> None:
        """One transaction: statements that are sent together are one."""
        self._connection.execute(step)

    def _row(self, query: str) -> tuple[int, ...]:
        row = self._connection.execute(query).fetchone()
        assert row is not None
        return tuple(int(item) for item in row)

    def boundary(self) -> Boundary:
        """The end of the log, and a transaction id of its own."""
        return Boundary(
            *self._row(
                "SELECT pg_current_wal_insert_lsn() - '0/0', pg_current_xact_id()::text::bigint,"
                " (extract(epoch from clock_timestamp()) * 1000000)::bigint"
            )
        )

    def position(self) -> int:
        """The end of the log."""
        return self._row("SELECT pg_current_wal_insert_lsn() - '0/0'")[0]

    def ready(self, run: Run, side: str, seen: Seen) -> bool:
        """Whether its slot is read; a slot in the making is active too."""
        return bool(
            self._connection.execute(
                "SELECT true FROM pg_replication_slots s JOIN pg_stat_replication r ON r.pid = s.active_pid"
                " WHERE s.slot_name = %s AND r.state IN ('catchup', 'streaming')",
                (_slot(run, side),),
            ).fetchone()
        )


def _slot(run: Run, side: str) -> str:
    """The name of its slot and publication."""
    return f"{side}_{run.prefix}"


class PostgresDatabase(Database):
    """A PostgreSQL server with room for many slots."""

    MASKS = Masks(
        source={
            "version": "version",
            "ts_ms": "time_ms",
            "ts_us": "time_us",
            "ts_ns": "time_ns",
            "lsn": "lsn",
            "sequence": "sequence",
            "txId": "txid",
            "xmin": "txid",
            "origin_lsn": "any",
        },
        offset={
            "lsn": "lsn",
            "lsn_proc": "lsn",
            "lsn_commit": "commit",
            "txId": "txid",
            "ts_usec": "time_us",
            "xmin": "txid",
            "transaction_id": "txkey",
        },
        transaction=re.compile(r"\d+:\d+"),
        special={"sequence": _sequence, "txkey": _transaction},
        whole=_whole,
    )

    def __init__(self, server: PostgresServer) -> None:
        self.server = self._server = server

    @classmethod
    def start(cls, version: str) -> PostgresDatabase:
        """The server of a version. Raises Unavailable."""
        return cls(PostgresServer.private(version, **SETTINGS))

    @classmethod
    def title(cls, version: str) -> str:
        """As fixtures.py names it."""
        return f"PostgreSQL {version.replace('-', ' with ')}"

    @property
    def version(self) -> str:
        """The server's version."""
        return f"{self._server.server_version} ({self._server.origin})"

    def prepare(self, scenario: Scenario) -> None:
        """A fresh database with its setup."""
        self._server.drop_database(scenario.database)
        self._server.create_database(scenario.database)
        with self._server.connect(scenario.database) as connection:
            connection.execute(MARKER_SETUP)
            connection.execute(scenario.setup)

    @contextmanager
    def session(self, scenario: Scenario) -> Iterator[PostgresSession]:
        """A connection to it."""
        with self._server.connect(scenario.database) as connection:
            yield PostgresSession(connection)

    def remove(self, scenario: Scenario) -> None:
        """Drop it, with its slots."""
        self._server.drop_database(scenario.database)

    def stop(self) -> None:
        """Stop the server."""
        self._server.stop()

    @classmethod
    def properties(cls, run: Run, side: str) -> dict[str, str]:
        """Class, database, slot and publication."""
        return {
            "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
            "database.dbname": run.scenario.database,
            "plugin.name": "pgoutput",
            "slot.name": _slot(run, side),
            "publication.name": _slot(run, side),
        }

    @staticmethod
    def marker(scenario: Scenario) -> str:
        """It has a schema of its own."""
        return "golden.marker"

    @staticmethod
    def markers(scenario: Scenario) -> Mapping[str, str]:
        """The marker table has a schema of its own."""
        return {
            "table.include.list": r"golden\.marker",
            "schema.include.list": "golden",
            "column.include.list": r"golden\.marker\..*",
            "snapshot.include.collection.list": r"golden\.marker",
        }

    @staticmethod
    def reached(offset: Mapping[str, Json]) -> int:
        """Its LSN."""
        return int(str(offset.get("lsn", 0)))


DATABASE = PostgresDatabase
