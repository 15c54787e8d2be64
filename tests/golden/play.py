"""Headwater against the recordings: what replay and the tests share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from tests.golden import recording
from tests.golden.canonical import Canonical, canonical, rank
from tests.golden.compare import Verdict, compare
from tests.golden.databases import Database, kind
from tests.golden.headwater import Headwater
from tests.golden.masks import Boundary
from tests.golden.oracle import schema_text
from tests.golden.scenario import Run, Scenario
from tests.golden.stage import Outcome, Played, Stage
from tests.servers.registry import SchemaRegistry

MOST = 320  # topics at a time; a broker of one node is busy with a thousand new ones for minutes


def against_recording(
    scenario: Scenario,
    runs: Sequence[Run],
    database: Database,
    ours: Headwater,
    registry: SchemaRegistry | None,
) -> list[Verdict]:
    """Play a scenario through Headwater and compare each run with what Debezium made of it when it was recorded.

    Runs that Headwater refuses by name are left out (test_recordings.py proves that they are refused).
    """
    runs = [run for run in runs if not run.config.refused]
    recorded = recording.load(scenario.name)
    verdicts = []
    for group in groups(runs, recorded):
        topics = set().union(*(topics_of(recorded, run) for run in group))
        played = Stage([ours]).play(scenario, database, group, sorted(topics))
        verdicts += [verdict(run, played, recorded, ours, registry) for run in group]
    return verdicts


def topics_of(recorded: Mapping[str, Canonical], run: Run) -> set[str]:
    """The topics of one run's recording."""
    found = recorded.get(run.config.name)
    return {str(record["topic"]) for record in found.records} if found else set()


def groups(runs: Sequence[Run], recorded: Mapping[str, Canonical]) -> list[list[Run]]:
    """Runs that are played at the same time: as many as have MOST topics together, and one at least."""
    found: list[list[Run]] = []
    size = 0
    for run in runs:
        own = len(topics_of(recorded, run))
        if not found or size + own > MOST:
            found.append([])
            size = 0
        found[-1].append(run)
        size += own
    return found


def verdict(
    run: Run, played: Played, recorded: Mapping[str, Canonical], ours: Headwater, registry: SchemaRegistry | None
) -> Verdict:
    """What one run was compared with its recording."""
    outcome = played.outcomes[ours.name][run.name]
    if run.config.name not in recorded:
        return Verdict(run.name, failure="there is no recording: run tests.golden.record")
    found = compare(run.name, recorded[run.config.name], rank(result(run, outcome, played.boundary, registry)))
    found.failure = outcome.failure
    return found


def result(run: Run, outcome: Outcome, boundary: Boundary, registry: SchemaRegistry | None) -> Canonical:
    """What one side made of a run; recordings have it ranked."""
    return canonical(
        outcome.records,
        outcome.offset,
        boundary,
        run.config.masks,
        kind(run.scenario.kind).MASKS,
        schema_of=partial(schema_text, registry) if run.config.avro and registry else None,
        unordered=run.config.unordered,
    )
