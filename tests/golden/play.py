"""Headwater against the recordings: what replay and the tests share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tests.golden import recording
from tests.golden.canonical import canonical, rank
from tests.golden.compare import Verdict, compare
from tests.golden.headwater import Headwater
from tests.golden.oracle import schema_text
from tests.golden.scenario import Run, Scenario
from tests.golden.stage import Stage
from tests.servers.postgresql import PostgresServer
from tests.servers.registry import SchemaRegistry


def against_recording(
    scenario: Scenario,
    runs: Sequence[Run],
    server: PostgresServer,
    ours: Headwater,
    registry: SchemaRegistry | None,
) -> list[Verdict]:
    """Play a scenario through Headwater and compare each run with what Debezium made of it when it was recorded.

    Runs that Headwater refuses by name are left out (test_recordings.py proves that they are refused).
    """
    runs = [run for run in runs if not run.config.refused]
    recorded = recording.load(scenario.name)
    names = {run.config.name for run in runs}
    topics = {str(record["topic"]) for name, run in recorded.items() if name in names for record in run.records}
    played = Stage([ours]).play(scenario, server, runs, sorted(topics))
    verdicts = []
    for run in runs:
        outcome = played.outcomes[ours.name][run.name]
        if run.config.name not in recorded:
            verdicts.append(Verdict(run.name, failure="there is no recording: run tests.golden.record"))
            continue
        result = rank(
            canonical(
                outcome.records,
                outcome.offset,
                played.boundary,
                run.config.masks,
                schema_of=partial(schema_text, registry) if run.config.avro and registry else None,
                unordered=run.config.unordered,
            )
        )
        verdict = compare(run.name, recorded[run.config.name], result)
        verdict.failure = outcome.failure
        verdicts.append(verdict)
    return verdicts
