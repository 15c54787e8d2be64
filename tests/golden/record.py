"""`python -m tests.golden.record [--only NAME ...]`: what real Debezium makes of the scenarios, into recordings/."""

from __future__ import annotations

import argparse
import shutil
import sys
import time

from tests.golden import recording
from tests.golden.canonical import Canonical, rank
from tests.golden.oracle import Debezium
from tests.golden.play import result
from tests.golden.scenario import Run
from tests.golden.scenarios import chosen
from tests.golden.servers import Servers
from tests.golden.stage import Stage


def main() -> int:
    """Record; exit status 1 when a configuration failed in Debezium, which is not saved then."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="scenario or scenario.config names")
    parser.add_argument("--show", action="store_true", help="print the records too")
    parser.add_argument("--dry", action="store_true", help="save nothing")
    parser.add_argument("--log", help="copy the worker's log to this file")
    arguments = parser.parse_args()
    servers = Servers()
    oracle = Debezium(servers.registry())
    failed = []
    count = configs = 0
    try:
        stage = Stage([oracle], say=lambda text: print(text, flush=True))
        for scenario, runs in chosen(arguments.only):
            started = time.monotonic()
            played = stage.play(scenario, servers.database(scenario), runs)
            results: dict[str, Canonical] = {}
            for run in runs:
                outcome = played.outcomes[oracle.name][run.name]
                if outcome.failure is not None:
                    failed.append(f"{run.name}: {outcome.failure}")
                    print(f"FAILED {failed[-1][:600]}", flush=True)
                    continue
                results[run.config.name] = rank(result(run, outcome, played.boundary, servers.registry()))
                if outcome.offset is None:
                    print(f"  {run.name}: no stored offset")
                if arguments.show:
                    show(run, results[run.config.name])
            number = sum(len(made.records) for made in results.values())
            count, configs = count + number, configs + len(results)
            print(
                f"{scenario.name}: {number} records of {len(results)} configurations,"
                f" {time.monotonic() - started:.1f} s",
                flush=True,
            )
            if not arguments.dry:
                if len(results) < len(scenario.configs):
                    known = {config.name for config in scenario.configs}
                    kept = {name: run for name, run in recording.load(scenario.name).items() if name in known}
                    results = {**kept, **results}
                recording.save(scenario.name, results)
    finally:
        if arguments.log:
            shutil.copy(oracle.worker.log, arguments.log)
        oracle.close()
        servers.stop()
    print(f"{count} records of {configs} configurations; {len(failed)} failed")
    for item in failed:
        print(f"  {item[:300]}")
    return 1 if failed else 0


def show(run: Run, made: Canonical) -> None:
    """Print the records of one run."""
    import json

    for record in made.records:
        key, value = record["key"], record["value"]
        print(
            f"  {run.config.name} {record['topic']}-{record['partition']}"
            f" key={json.dumps(key.get('payload', key.get('text')) if isinstance(key, dict) else None)}"
            f" value={json.dumps(value.get('payload', value.get('text')) if isinstance(value, dict) else None)}"
            f" headers={json.dumps(record['headers'])}"
        )
    print(f"  {run.config.name} offset={json.dumps(made.offset)}")


if __name__ == "__main__":
    sys.exit(main())
