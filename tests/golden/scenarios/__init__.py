"""All scenarios. A module here lists its own in SCENARIOS; modules are found by name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

from tests.golden.scenario import Run, Scenario


def scenarios() -> list[Scenario]:
    """All scenarios, by name."""
    found: list[Scenario] = []
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        found += importlib.import_module(module.name).SCENARIOS
    names = [scenario.name for scenario in found]
    assert len(set(names)) == len(names), "two scenarios have one name"
    return sorted(found, key=lambda scenario: scenario.name)


def chosen(names: Sequence[str], *, live: bool = False) -> list[tuple[Scenario, list[Run]]]:
    """Scenarios and runs by `scenario` or `scenario.config` names, in their order; all without a name."""
    result = []
    unknown = set(names)
    for scenario in scenarios():
        runs = []
        for config in scenario.configs:
            run = Run(scenario, config)
            unknown -= {scenario.name, run.name}
            if (not names or scenario.name in names or run.name in names) and (config.live or not live):
                runs.append(run)
        if runs:
            result.append((scenario, runs))
    if unknown:
        known = ", ".join(scenario.name for scenario in scenarios())
        raise SystemExit(f"no such scenario: {', '.join(sorted(unknown))}; known: {known}")
    order = {name.partition(".")[0]: number for number, name in reversed(list(enumerate(names)))}
    return sorted(result, key=lambda item: order.get(item[0].name, 0))
