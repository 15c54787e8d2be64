"""Plays a scenario: the database, the sides that watch it, the streamed part, and what each side made of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from tests.golden.databases import Address, Database, Session
from tests.golden.masks import Boundary
from tests.golden.scenario import Await, Restart, Run, Scenario, Sync
from tests.golden.topics import Raw, TopicReader


class Side(Protocol):
    """One of the two: Debezium or Headwater."""

    name: str  # short, part of slot names
    reader: TopicReader
    patience: float  # seconds without any progress after which it is taken for stuck

    def start(self, runs: Sequence[Run], server: Address) -> None:
        """Start the connectors of one scenario."""

    def failure(self, run: Run) -> str | None:
        """Why a connector does not run, None while it does."""

    def stop(self, runs: Sequence[Run]) -> None:
        """Stop the connectors in an orderly way; their last offsets are in the offsets topic then."""


@dataclass
class Outcome:
    """What one side wrote for one run. `given` counts the records of a topic that are not its own, by topic."""

    records: list[Raw] = field(default_factory=list)
    given: dict[str, int] = field(default_factory=dict)
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

    def play(self, scenario: Scenario, database: Database, runs: Sequence[Run], topics: Sequence[str] = ()) -> Played:
        """Play the runs of one scenario at the same time on every side; `topics` are made before (it is quicker)."""
        outcomes = {side.name: {run.name: Outcome() for run in runs} for side in self._sides}
        database.prepare(scenario)
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
            with database.session(scenario) as session:
                for side in self._sides:
                    side.start(runs, database.server)
                for side in self._sides:
                    self._all(side, runs, outcomes, lambda side, run: self._ready(session, side, run), "get ready")
                ready = time.monotonic()
                boundary = session.boundary()
                self._stream(scenario, database, session, runs, outcomes)
                last = self._marker(session, database.marker(scenario), "golden-end")
                for side in self._sides:
                    self._all(side, runs, outcomes, self._ended, "deliver the end of the stream")
                    side.stop(runs)
                    self._offsets(side, runs, outcomes, last, database)
        finally:
            for side in self._sides:
                side.stop(runs)
        for side in self._sides:
            records = side.reader.take([run.prefix for run in runs])
            for run in runs:
                outcome = outcomes[side.name][run.name]
                outcome.offset = side.reader.offsets.get(run.prefix)
                outcome.offset_key = side.reader.keys.get(run.prefix)
                outcome.records = [
                    raw for raw in records.get(run.prefix, ()) if raw.offset >= outcome.given.get(raw.topic, 0)
                ]
        database.remove(scenario)
        self._say(f"{scenario.name}: ready in {ready - started:.1f} s, streamed in {time.monotonic() - ready:.1f} s")
        return Played(boundary, outcomes)

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
    def _ready(session: Session, side: Side, run: Run) -> bool:
        seen = side.reader.marks[run.prefix]
        if run.config.start is not None:
            return seen[run.config.start] > 0
        return session.ready(run, side.name, seen.__getitem__)

    def _stream(
        self,
        scenario: Scenario,
        database: Database,
        session: Session,
        runs: Sequence[Run],
        outcomes: dict[str, dict[str, Outcome]],
    ) -> None:
        number = 0
        marker = database.marker(scenario)
        for step in scenario.stream:
            if isinstance(step, str):
                session.run(step)
                continue
            last = 0, 0
            if isinstance(step, (Sync, Restart)):
                number += 1
                text, count = f"golden-sync-{number}", 1 if isinstance(step, Sync) else 2
                last = self._marker(session, marker, text)
            else:
                assert isinstance(step, Await)
                text, count = step.text, step.count

            def seen(side: Side, run: Run, text: str = text, count: int = count) -> bool:
                return run.config.start is not None or side.reader.marks[run.prefix][text] >= count

            for side in self._sides:
                self._all(side, runs, outcomes, seen, f"deliver {text}")
            if isinstance(step, Restart):
                runs = self._restart(runs, outcomes, last, database)

    def _restart(
        self, runs: Sequence[Run], outcomes: dict[str, dict[str, Outcome]], last: tuple[int, int], database: Database
    ) -> list[Run]:
        """Stop every connector, and start it on the offset and the history that the other side has; the next parts."""
        for side in self._sides:
            side.stop(runs)
            self._offsets(side, runs, outcomes, last, database)
        following = [replace(run, part=run.part + 1) for run in runs]
        histories = {side.name: side.reader.read(run.history for run in runs if run.history) for side in self._sides}
        for side, other in zip(self._sides, (*self._sides[1:], self._sides[0]), strict=True):
            given: list[tuple[str, bytes | None, bytes | None]] = []
            for run in following:
                outcome = outcomes[side.name][run.name]
                if run.history is not None:
                    history = histories[other.name].get(run.prefix, [])
                    given += [(run.history, raw.key, raw.value) for raw in history]
                    outcome.given[run.history] = len(history)
                key, offset = side.reader.keys.get(run.prefix), other.reader.offsets.get(run.prefix)
                given.append((str(side.reader.offsets_topic), key, offset))
            side.reader.write(given)
            side.start([run for run in following if outcomes[side.name][run.name].failure is None], database.server)
        return following

    @staticmethod
    def _marker(session: Session, marker: str, text: str) -> tuple[int, int]:
        """Write a mark; the positions before its insert and before its update."""
        positions = []
        for statement in marks(marker, text):
            positions.append(session.position())
            session.run(statement)
        return positions[0], positions[1]

    @staticmethod
    def _ended(side: Side, run: Run) -> bool:
        text, count = run.config.end
        return side.reader.marks[run.prefix][text] >= count

    @staticmethod
    def _offsets(
        side: Side,
        runs: Sequence[Run],
        outcomes: dict[str, dict[str, Outcome]],
        last: tuple[int, int],
        database: Database,
    ) -> None:
        """Wait until the last offsets are stored."""
        import json

        def stored(run: Run) -> bool:
            value = side.reader.offsets.get(run.prefix)
            if value is None:
                return False
            offset = json.loads(value)
            if run.config.start is not None:
                return bool(offset.get("snapshot_completed")) or "snapshot" not in offset
            return database.reached(offset) >= last[0 if "u" in run.config.skipped else 1]

        mine = outcomes[side.name]
        side.reader.until(
            lambda: all(mine[run.name].failure is not None or stored(run) for run in runs), patience=10, limit=30
        )


def marks(table: str, text: str) -> tuple[str, str]:
    """The statements that put a mark into the stream: an insert and an update, each a transaction."""
    return f"INSERT INTO {table} VALUES ('{text}', 1)", f"UPDATE {table} SET n = 2 WHERE id = '{text}'"
