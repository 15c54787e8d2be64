"""PostgreSQL in the benchmark: its server, works, raw readers and connector file."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import psycopg

from tests.benchmarks.database import Database, Result, Sizes, Work, subprocess_result
from tests.servers.postgresql import PostgresServer, binaries

PUBLICATION = "bench"
SETTINGS = {
    "max_replication_slots": "64",
    "shared_buffers": "1GB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
    "jit": "off",
}
COLUMNS = """id bigint {key}, a int, b int, price numeric(12,2), created timestamptz,
    name text, city text, note text, active boolean, score double precision"""
ROWS = """SELECT i, i % 1000, -i, i * 1.07, timestamptz '2026-01-01 UTC' + i * interval '1 second 123456 microseconds',
    'customer number ' || i, 'Berlin', 'a note of some forty characters, like this', i % 2 = 0, i * 1.25 + 0.1
    FROM generate_series(1, {rows}) i"""
TABLE = f"CREATE TABLE bench ({COLUMNS.format(key='PRIMARY KEY')})"
WIDE = (
    ("int", "i % 1000"),
    ("bigint", "i::bigint * 1000003"),
    ("text", "'text of column ' || i"),
    ("numeric(12,2)", "i * 1.07"),
    ("timestamptz", "timestamptz '2026-01-01 UTC' + i * interval '1 second'"),
    ("double precision", "i * 1.25 + 0.1"),
)


class Postgresql(Database):
    """PostgreSQL 18."""

    def __init__(self) -> None:
        super().__init__(
            "PostgreSQL",
            "public.bench",
            {"raw": self._raw, "recvlogical": self._recvlogical},
            limit="pg_recvlogical",
            limit_head="recvl.",
            limit_bar=(0.9, 1.4),
            plain_bar=(1, 2),
        )
        self._server = PostgresServer.private("18", **SETTINGS)
        self._name = ""
        self._end = ""

    def stop(self) -> None:
        self._server.stop()

    def works(self, sizes: Sizes) -> list[Work]:
        one, many, updates, wide, full = (sizes.of(rows) for rows in (500_000, 100_000, 200_000, 100_000, 1_000_000))
        insert = "INSERT INTO bench " + ROWS
        procedure = f"""CREATE PROCEDURE write_rows() LANGUAGE plpgsql AS $$
            DECLARE r bench; BEGIN FOR r IN {ROWS.format(rows=many)}
            LOOP INSERT INTO bench SELECT (r).*; COMMIT; END LOOP; END $$"""
        types = ", ".join(f"c{n} {WIDE[n % len(WIDE)][0]}" for n in range(1, 60))
        values = ", ".join(WIDE[n % len(WIDE)][1] for n in range(1, 60))
        return [
            Work(
                1,
                f"one transaction of {one:,} rows, 10 columns",
                one,
                (TABLE,),
                (insert.format(rows=one),),
                rounds=3,
                times=(4, 6),
                peak=(150, 90),
            ),
            Work(2, f"{many:,} one-row transactions", many, (TABLE, procedure), ("CALL write_rows()",), times=(3, 5)),
            Work(
                3,
                f"{updates:,} updates, replica identity full",
                updates,
                (TABLE, "ALTER TABLE bench REPLICA IDENTITY FULL", insert.format(rows=updates)),
                ("UPDATE bench SET a = a + 1, note = note || '!'",),
                times=(3, 5),
            ),
            Work(
                4,
                f"{wide:,} rows of 60 columns",
                wide,
                (f"CREATE TABLE bench (c0 bigint PRIMARY KEY, {types})",),
                (f"INSERT INTO bench SELECT i, {values} FROM generate_series(1, {wide}) i",),
                times=(3, 5),
            ),
            Work(
                5,
                f"snapshot of {full:,} rows",
                full,
                (TABLE, insert.format(rows=full), "VACUUM ANALYZE bench"),
                snapshot=True,
                times=(2.5, 4),
                peak=(150, 90),
            ),
        ]

    def _sql(self) -> psycopg.Connection:
        return self._server.connect(self._name)

    def execute(self, *statements: str) -> list[tuple[object, ...]]:
        with self._sql() as sql:
            for statement in statements:
                cursor = sql.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def begin(self, work: Work | None) -> object:
        before, self._name = self._name, self._server.create_database()
        self.execute(*(work.prepare if work else (TABLE,)), f"CREATE PUBLICATION {PUBLICATION} FOR TABLE bench")
        return before

    def end(self, before: object) -> None:
        self._server.drop_database(self._name)
        self._name = str(before)

    def reserve(self, name: str) -> None:
        self.execute(f"SELECT pg_create_logical_replication_slot('{name}', 'pgoutput')")

    def write(self, work: Work) -> None:
        self._end = str(self.execute(*work.write, "SELECT pg_current_wal_lsn()")[0][0])
        self.execute("SELECT pg_logical_emit_message(false, 'bench', 'end')", "CHECKPOINT")

    def connector(self, name: str, bootstrap: str, **more: str) -> dict[str, str]:
        server = self._server
        return {
            "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
            "plugin.name": "pgoutput",
            "database.hostname": server.host,
            "database.port": str(server.port),
            "database.user": server.user,
            "database.password": server.password or "none",
            "database.dbname": self._name,
            "topic.prefix": name,
            "slot.name": name,
            "publication.name": PUBLICATION,
            "publication.autocreate.mode": "disabled",
            "table.include.list": "public.bench",
            "snapshot.mode": "no_data",
            **more,
        }

    def resume(self, name: str, folder: Path) -> dict[str, str]:
        return {}

    def handled(self, name: str, rows: int) -> int:
        """All or nothing: it is seen in the position that is confirmed."""
        row = self.execute(
            f"SELECT confirmed_flush_lsn >= '{self._end}'::pg_lsn FROM pg_replication_slots WHERE slot_name = '{name}'"
        )
        return rows if row and row[0][0] else 0

    def streams(self, name: str) -> bool:
        row = self.execute(
            "SELECT count(*) FROM pg_stat_replication JOIN pg_replication_slots ON pid = active_pid"
            f" WHERE slot_name = '{name}' AND state = 'streaming'"
        )
        return bool(row[0][0])

    def let_go(self, name: str) -> bool:
        row = self.execute(f"SELECT active FROM pg_replication_slots WHERE slot_name = '{name}'")
        return not row or not row[0][0]

    def release(self, name: str) -> None:
        self.execute(f"SELECT pg_drop_replication_slot('{name}')")

    def source(self) -> list[str]:
        return ["postgresql", self._server.dsn(self._name)]

    def _raw(self, mark: str, rows: int) -> Result:
        """The walsender into a reader that does nothing."""
        words = (self._server.dsn(self._name), mark, PUBLICATION, rows)
        return subprocess_result("walsender, drained", rows, "tests.benchmarks.postgresql_raw", *words)

    def _recvlogical(self, mark: str, rows: int) -> Result:
        """pg_recvlogical into a file that is thrown away."""
        program = binaries("18") / "pg_recvlogical"
        words = [program, "-d", self._server.dsn(self._name), "--slot", mark, "--start", "--no-loop", "-f", "-"]
        words += ["-o", "proto_version=1", "-o", f"publication_names={PUBLICATION}", f"--endpos={self._end}"]
        begin = time.monotonic()
        process = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, status, resources = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
        if status:
            raise RuntimeError(f"pg_recvlogical: {process.stderr.read().decode() if process.stderr else status}")
        cpu = resources.ru_utime + resources.ru_stime
        return Result("pg_recvlogical", rows, seconds, 0.0, cpu, resources.ru_maxrss / 1024)
