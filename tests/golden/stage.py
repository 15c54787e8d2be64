"""Plays a scenario: the database, the sides that watch it, the streamed part, and what each side made of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import psycopg

from tests.golden.canonical import Boundary
from tests.golden.scenario import MARKER_SETUP, Await, Run, Scenario, Sync
from tests.golden.topics import Raw, TopicReader
from tests.servers.postgresql import PostgresServer


class Side(Protocol):
    """One of the two: Debezium or Headwater."""

    name: str  # short, part of slot names
    reader: TopicReader
    patience: float  # seconds without any progress after which it is taken for stuck

    def start(self, runs: Sequence[Run], server: PostgresServer) -> None:
        """Start the connectors of one scenario."""

    def failure(self, run: Run) -> str | None:
        """Why a connector does not run, None while it does."""

    def stop(self, runs: Sequence[Run]) -> None:
        """Stop the connectors in an orderly way; their last offsets are in the offsets topic then."""


@dataclass
class Outcome:
    """What one side wrote for one run."""

    records: list[Raw] = field(default_factory=list)
    offset: bytes | None = None
    offset_key: bytes | None = None
    failure: str | None = None


@dataclass
class Played:
    """A scenario that was played: its boundary, and an outcome by side and run name."""

    boundary: Boundary
    outcomes: dict[str, dict[str, Outcome]]


class Stage:
    """Plays scenarios on one server, one after another."""

    def __init__(self, sides: Sequence[Side], say: Callable[[str], None] = lambda text: None) -> None:
        self._sides = sides
        self._say = say

    def play(
        self, scenario: Scenario, server: PostgresServer, runs: Sequence[Run], topics: Sequence[str] = ()
    ) -> Played:
        """Play the runs of one scenario at the same time on every side; `topics` are made before (it is quicker)."""
        outcomes = {side.name: {run.name: Outcome() for run in runs} for side in self._sides}
        self._prepare(scenario, server)
        for side in self._sides:
            side.reader.begin([run.prefix for run in runs])
            for run in runs:
                if run.config.topics:
                    side.reader.create([f"{run.prefix}.{name}" for name in run.config.topics], run.config.partitions)
            partitioned = {f"{run.prefix}.{name}" for run in runs for name in run.config.topics}
            if set(topics) - partitioned:
                side.reader.create(set(topics) - partitioned, 1)
        started = time.monotonic()
        try:
            with server.connect(scenario.database) as connection:
                for side in self._sides:
                    side.start(runs, server)
                for side in self._sides:
                    self._all(side, runs, outcomes, lambda side, run: self._ready(connection, side, run), "get ready")
                ready = time.monotonic()
                boundary = self._boundary(connection)
                self._stream(scenario, connection, runs, outcomes)
                last = self._marker(connection)
                for side in self._sides:
                    self._all(side, runs, outcomes, self._ended, "deliver the end of the stream")
                    side.stop(runs)
                    self._offsets(side, runs, outcomes, last)
        finally:
            for side in self._sides:
                side.stop(runs)
        for side in self._sides:
            records = side.reader.take([run.prefix for run in runs])
            for run in runs:
                outcome = outcomes[side.name][run.name]
                outcome.offset = side.reader.offsets.get(run.prefix)
                outcome.offset_key = side.reader.keys.get(run.prefix)
                outcome.records = records.get(run.prefix, [])
        server.drop_database(scenario.database)
        self._say(f"{scenario.name}: ready in {ready - started:.1f} s, streamed in {time.monotonic() - ready:.1f} s")
        return Played(boundary, outcomes)

    @staticmethod
    def _prepare(scenario: Scenario, server: PostgresServer) -> None:
        server.drop_database(scenario.database)
        server.create_database(scenario.database)
        with server.connect(scenario.database) as connection:
            connection.execute(MARKER_SETUP)
            connection.execute(scenario.setup)

    def _all(
        self,
        side: Side,
        runs: Sequence[Run],
        outcomes: dict[str, dict[str, Outcome]],
        fact: Callable[[Side, Run], bool],
        what: str,
    ) -> None:
        """Wait until the fact holds for every run that has not failed; those for which it does not have failed."""
        mine = outcomes[side.name]
        waiting = [run for run in runs if mine[run.name].failure is None]
        checked = time.monotonic()

        def done() -> bool:
            nonlocal waiting, checked
            still = [run for run in waiting if not fact(side, run)]
            if len(still) < len(waiting):
                side.reader.progress += 1
            waiting = still
            if waiting and time.monotonic() - checked > 2:
                checked = time.monotonic()
                for run in list(waiting):
                    failure = side.failure(run)
                    if failure is not None:
                        mine[run.name].failure = failure
                        waiting.remove(run)
            return not waiting

        if not side.reader.until(done, patience=side.patience):
            for run in waiting:
                mine[run.name].failure = side.failure(run) or f"did not {what}"

    @staticmethod
    def _ready(connection: psycopg.Connection, side: Side, run: Run) -> bool:
        if run.config.start is not None:
            return side.reader.marks[run.prefix][run.config.start] > 0
        row = connection.execute(
            "SELECT true FROM pg_replication_slots s JOIN pg_stat_replication r ON r.pid = s.active_pid"
            " WHERE s.slot_name = %s AND r.state IN ('catchup', 'streaming')",  # a slot in the making is active too
            (run.slot(side.name),),
        ).fetchone()
        return row is not None

    @staticmethod
    def _boundary(connection: psycopg.Connection) -> Boundary:
        row = connection.execute(
            "SELECT pg_current_wal_insert_lsn() - '0/0', pg_current_xact_id()::text::bigint,"
            " (extract(epoch from clock_timestamp()) * 1000000)::bigint"
        ).fetchone()
        assert row is not None
        return Boundary(int(row[0]), int(row[1]), int(row[2]))

    def _stream(
        self,
        scenario: Scenario,
        connection: psycopg.Connection,
        runs: Sequence[Run],
        outcomes: dict[str, dict[str, Outcome]],
    ) -> None:
        number = 0
        for step in scenario.stream:
            if isinstance(step, str):
                connection.execute(step)
                continue
            if isinstance(step, Sync):
                number += 1
                text, count = f"golden-sync-{number}", 1
                connection.execute("INSERT INTO golden.marker VALUES (%s, 1)", (text,))
                connection.execute("UPDATE golden.marker SET n = 2 WHERE id = %s", (text,))
            else:
                assert isinstance(step, Await)
                text, count = step.text, step.count

            def seen(side: Side, run: Run, text: str = text, count: int = count) -> bool:
                return run.config.start is not None or side.reader.marks[run.prefix][text] >= count

            for side in self._sides:
                self._all(side, runs, outcomes, seen, f"deliver {text}")

    @staticmethod
    def _marker(connection: psycopg.Connection) -> tuple[int, int]:
        """Write the end; the positions before its insert and before its update."""
        positions = []
        for statement in (
            "INSERT INTO golden.marker VALUES ('golden-end', 1)",
            "UPDATE golden.marker SET n = 2 WHERE id = 'golden-end'",
        ):
            row = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchone()
            assert row is not None
            positions.append(int(row[0]))
            connection.execute(statement)
        return positions[0], positions[1]

    @staticmethod
    def _ended(side: Side, run: Run) -> bool:
        text, count = run.config.end
        return side.reader.marks[run.prefix][text] >= count

    @staticmethod
    def _offsets(
        side: Side, runs: Sequence[Run], outcomes: dict[str, dict[str, Outcome]], last: tuple[int, int]
    ) -> None:
        """Wait until the last offsets are stored."""
        import json

        def stored(run: Run) -> bool:
            value = side.reader.offsets.get(run.prefix)
            if value is None:
                return False
            offset = json.loads(value)
            if run.config.start is not None:
                return bool(offset.get("snapshot_completed"))
            return int(offset.get("lsn", 0)) >= last[0 if "u" in run.config.skipped else 1]

        mine = outcomes[side.name]
        side.reader.until(
            lambda: all(mine[run.name].failure is not None or stored(run) for run in runs), patience=10, limit=30
        )
