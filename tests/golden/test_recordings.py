"""Headwater makes of every scenario what Debezium 3.6.3 made of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.golden import recording
from tests.golden.compare import report
from tests.golden.databases import Database, connector, kind
from tests.golden.headwater import Headwater, command
from tests.golden.play import against_recording
from tests.golden.scenario import Run, Scenario
from tests.golden.scenarios import scenarios
from tests.golden.servers import Servers
from tests.servers import fixtures
from tests.servers.cache import Unavailable
from tests.servers.kafka import KafkaBroker
from tests.servers.registry import SchemaRegistry


class Nowhere:
    """The address of no server."""

    host, port, user, password = "h", 1, "u", "p"


@pytest.fixture(scope="module")
def golden_servers() -> Iterator[Servers]:
    """Servers of all kinds, each started when a scenario needs it."""
    servers = Servers()
    yield servers
    servers.stop()


@pytest.fixture(scope="module")
def headwater(kafka: KafkaBroker, registry: SchemaRegistry) -> Iterator[Headwater]:
    """Our side."""
    side = Headwater(kafka.bootstrap, registry, patience=45)
    yield side
    side.close()


def quick(scenario: Scenario) -> list[Run]:
    """The runs of a scenario but those that another plays with the same SQL; replay and live play them all."""
    twice = {run.config.name for each in scenarios() if each.name == f"{scenario.name}on16" for run in quick(each)}
    kept = scenario.configs[:: scenario.share]
    return [Run(scenario, config) for config in kept if config.name not in twice]


@pytest.mark.parametrize(
    "scenario", [scenario for scenario in scenarios() if scenario.share], ids=lambda scenario: scenario.name
)
def test_scenario_is_what_debezium_makes_of_it(
    scenario: Scenario, golden_servers: Servers, headwater: Headwater
) -> None:
    verdicts = against_recording(
        scenario, quick(scenario), database(golden_servers, scenario), headwater, headwater.registry
    )
    assert all(verdict.clean for verdict in verdicts), report(verdicts, limit=5)
    assert sum(verdict.total for verdict in verdicts) > 0


def database(servers: Servers, scenario: Scenario) -> Database:
    """The server of a scenario, or a visible skip."""
    name = kind(scenario.kind).title(scenario.server)
    try:
        found = servers.database(scenario)
    except Unavailable as error:
        fixtures.missing(name, str(error))
        raise
    fixtures.used(name, found.version)
    return found


def test_every_scenario_is_recorded() -> None:
    for scenario in scenarios():
        assert {config.name for config in scenario.configs} == set(recording.load(scenario.name)), scenario.name


@pytest.mark.parametrize("kinds", [("postgresql",), ("mysql", "mariadb")], ids="+".join)
def test_recordings_are_as_many_as_promised(kinds: tuple[str, ...]) -> None:
    chosen = [scenario for scenario in scenarios() if scenario.kind in kinds]
    runs = [run for scenario in chosen for run in recording.load(scenario.name).values()]
    assert len(runs) >= 150
    assert sum(len(run.records) for run in runs) >= 3000


@pytest.mark.parametrize(
    "run",
    [Run(scenario, config) for scenario in scenarios() for config in scenario.configs if config.refused],
    ids=lambda run: run.name,
)
def test_what_is_left_out_is_refused_by_name(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "connector.json"
    file.write_text(json.dumps(connector(run, "hw", Nowhere(), "h:1", None)))
    done = subprocess.run([command(), "validate", str(file)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert run.config.refused in done.stdout + done.stderr
