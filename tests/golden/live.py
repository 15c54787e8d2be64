"""`python -m tests.golden.live [NAME ...]`: Debezium and Headwater on the same server at the same time, compared.

Each has a slot and a broker of its own; positions, transaction ids and commit times must be the same number for number.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.golden import recording
from tests.golden.canonical import Canonical
from tests.golden.compare import Verdict, compare, report
from tests.golden.headwater import Headwater
from tests.golden.oracle import Debezium
from tests.golden.play import groups, result
from tests.golden.scenario import Run
from tests.golden.scenarios import chosen
from tests.golden.servers import Servers
from tests.golden.stage import Played, Stage
from tests.servers.registry import SchemaRegistry


def main() -> int:
    """Run; exit status 1 when something differs that should not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="scenario or scenario.config; all without")
    parser.add_argument("--limit", type=int, default=10, help="kinds of difference to print per configuration")
    arguments = parser.parse_args()
    servers = Servers()
    verdicts: list[Verdict] = []
    registry = servers.registry()
    oracle = Debezium(registry)
    try:
        ours = Headwater(servers.kafka().bootstrap, registry)
        stage = Stage([oracle, ours])
        for scenario, every in chosen(arguments.names, live=True):
            runs = [run for run in every if not run.config.refused]
            started = time.monotonic()
            for group in groups(runs, recording.load(scenario.name)):
                played = stage.play(scenario, servers.database(scenario), group)
                verdicts += [live_verdict(run, played, oracle.name, ours.name, registry) for run in group]
            clean = sum(verdict.clean for verdict in verdicts[-len(runs) :])
            print(f"{scenario.name}: clean {clean} of {len(runs)}, {time.monotonic() - started:.1f} s", flush=True)
        print(report(verdicts, limit=arguments.limit))
        ours.close()
    finally:
        oracle.close()
        servers.stop()
    return 0 if all(verdict.clean for verdict in verdicts) else 1


def live_verdict(run: Run, played: Played, oracle: str, ours: str, registry: SchemaRegistry) -> Verdict:
    """What one run was on both sides, compared."""

    def side(name: str) -> Canonical:
        return result(run, played.outcomes[name][run.name], played.boundary, registry)

    found = compare(run.name, side(oracle), side(ours))
    failures = [f"{name}: {outcomes[run.name].failure}" for name, outcomes in played.outcomes.items()]
    found.failure = "; ".join(text for text in failures if not text.endswith(": None")) or None
    return found


if __name__ == "__main__":
    sys.exit(main())
