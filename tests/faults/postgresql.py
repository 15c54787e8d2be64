"""PostgreSQL as a Database of the trials."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import psycopg

from tests.faults.checker import Seen
from tests.faults.database import Database
from tests.servers.postgresql import PostgresServer

CLASS = "io.debezium.connector.postgresql.PostgresConnector"


class Postgresql(Database):
    """A database with a slot and a publication of the prefix's name."""

    kind = "postgresql"
    streaming = "streaming from slot"
    begun = "created (replication|temporary) slot"
    lost = "HW-PG-00[12]"
    wrong_password = "HW-PG-003"
    gone = (psycopg.OperationalError,)
    setup: ClassVar[Sequence[str]] = (
        "CREATE SCHEMA {schema}",
        "CREATE TABLE {schema}.account (id int PRIMARY KEY, v bigint NOT NULL, note text)",
        "CREATE TABLE {schema}.item (a int, b text, v bigint NOT NULL, PRIMARY KEY (a, b))",
        "ALTER TABLE {schema}.item REPLICA IDENTITY FULL",
        "CREATE TABLE {schema}.wide (id bigint PRIMARY KEY, v bigint NOT NULL, pad text)",
        "ALTER TABLE {schema}.wide ALTER COLUMN pad SET STORAGE EXTERNAL",
        "CREATE TABLE {schema}.audit (v bigint NOT NULL, op text NOT NULL, tab text NOT NULL, k text NOT NULL,"
        " tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint)",
    )

    def __init__(self, server: PostgresServer, prefix: str) -> None:
        super().__init__(server, prefix, "load")
        self.name = server.create_database()
        self.execute(*(statement.format(schema=self.schema) for statement in self.setup))

    @classmethod
    def start(cls, version: str = "", /, **settings: object) -> PostgresServer:
        """PostgreSQL 18 or 16."""
        return PostgresServer.private(version or "18", **settings)

    def drop(self) -> None:
        """The database with its slots."""
        with contextlib.suppress(psycopg.Error):
            self.server.drop_database(self.name)

    def connect(self, *, autocommit: bool = True) -> Any:
        """A connection of psycopg."""
        return psycopg.connect(self.server.dsn(self.name), connect_timeout=5, autocommit=autocommit)

    def closed(self, connection: Any) -> bool:
        """As psycopg says."""
        return bool(connection.closed)

    def properties(self, kafka: str) -> dict[str, str]:
        """Slot and publication of its own."""
        return {
            "connector.class": CLASS,
            "plugin.name": "pgoutput",
            "database.hostname": self.server.host,
            "database.port": str(self.server.port),
            "database.user": self.user,
            "database.password": self.password,
            "database.dbname": self.name,
            "slot.name": self.prefix,
            "publication.name": self.prefix,
            "publication.autocreate.mode": "filtered",
            "slot.retry.delay.ms": "200",
        }

    def token(self, cursor: Any, audit: Sequence[Sequence[object]]) -> object:
        """The transaction's number."""
        return cursor.execute("SELECT pg_current_xact_id()::text").fetchone()[0]

    def committed(self, cursor: Any, token: object) -> bool | None:
        """By the transaction's status."""
        row = cursor.execute("SELECT pg_xact_status(%s::text::xid8)", (token,)).fetchone()
        return None if row is None or row[0] == "in progress" else bool(row[0] == "committed")

    def bulk(self, cursor: Any, base: int, first: int, rows: int) -> None:
        """From generate_series."""
        for text in (
            "INSERT INTO load.account (id, v, note) SELECT %s + n, %s + n, repeat('n', 60)"
            " FROM generate_series(0, %s - 1) n",
            "INSERT INTO load.audit (tab, op, k, v) SELECT 'account', 'c', (%s + n)::text, %s + n"
            " FROM generate_series(0, %s - 1) n",
        ):
            cursor.execute(text, (base + first, first, rows))

    def rows(self, cursor: Any, table: str) -> Iterator[dict[str, object]]:
        """As JSON."""
        for (row,) in cursor.execute(f"SELECT to_jsonb(t) FROM {self.schema}.{table} t"):
            yield row

    def origin(self, source: Mapping[str, Any]) -> dict[str, Any]:
        """Transaction, LSN, and the LSN of the commit before."""
        last_commit = json.loads(source["sequence"])[0] if source.get("sequence") else None
        return {"tx": source.get("txId") or 0, "at": source.get("lsn") or 0, "since": int(last_commit or 0)}

    def forbids(self, offset: Mapping[str, object]) -> Callable[[Seen], bool]:
        """See `forbids`."""
        return forbids(offset)

    def unfinished(self, offset: Mapping[str, object]) -> bool:
        """Its key says it."""
        return not offset.get("snapshot_completed", True)

    def check_crash(self, offset: Mapping[str, object]) -> None:
        """The server must not have been told to forget more than is stored."""
        confirmed = self.value(
            "SELECT (confirmed_flush_lsn - '0/0')::int8 FROM pg_replication_slots WHERE slot_name = %s", self.prefix
        )
        places = [place for name in ("lsn", "lsn_proc", "lsn_commit") if isinstance(place := offset.get(name), int)]
        if places and isinstance(confirmed, int):
            assert confirmed <= max(places), f"the server was told to forget up to {confirmed}, stored is {offset}"

    def reading(self) -> bool:
        """Whether the slot is active."""
        return self.value("SELECT active FROM pg_replication_slots WHERE slot_name = %s", self.prefix) is True

    def terminate(self, *, stream: bool = False) -> int:
        """pg_terminate_backend."""
        whose = "application_name LIKE %s" if stream else "application_name <> %s"
        cut = self.value(
            f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {whose} AND datname = %s",
            "%stream" if stream else "",
            self.name,
        )
        assert isinstance(cut, int)
        return cut

    def numeric_note(self) -> None:
        """The length takes the text's place."""
        self.execute("ALTER TABLE load.account ALTER COLUMN note TYPE int USING length(note)")

    @contextlib.contextmanager
    def login(self, password: str) -> Iterator[str]:
        """A role whose password is asked for."""
        self.execute(f"CREATE ROLE {self.prefix} SUPERUSER REPLICATION LOGIN PASSWORD '{password}'")
        access = self.server.data / "pg_hba.conf"
        before = access.read_text()
        access.write_text(
            f"host all {self.prefix} 127.0.0.1/32 scram-sha-256\n"
            f"host replication {self.prefix} 127.0.0.1/32 scram-sha-256\n{before}"
        )
        try:
            self.value("SELECT pg_reload_conf()")
            yield self.prefix
        finally:
            access.write_text(before)
            self.value("SELECT pg_reload_conf()")
            self.execute(
                f"REASSIGN OWNED BY {self.prefix} TO CURRENT_USER",
                f"DROP OWNED BY {self.prefix}",
                f"DROP ROLE {self.prefix}",
            )


def forbids(offset: Mapping[str, object]) -> Callable[[Seen], bool]:
    """Everything is done with that was committed up to the stored commit, and of a half-done transaction its begin."""
    if offset.get("snapshot") and not offset.get("snapshot_completed"):
        return lambda record: False
    last_commit = _number(offset.get("lsn_commit")) or _number(offset.get("lsn_proc"))
    inside = _number(offset.get("headwater_events")) > 0
    tx, lsn = _number(offset.get("txId")), _number(offset.get("lsn"))

    def done(record: Seen) -> bool:
        if not last_commit or record.op in (None, "r"):
            return False
        if record.since < last_commit:
            return bool(record.since)
        return inside and record.tx == tx and record.at < lsn

    return done


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
