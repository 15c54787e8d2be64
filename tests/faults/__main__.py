"""`python -m tests.faults`: every fault, crash point and kill on real servers, as a table. Not 0 on any loss."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import traceback
from collections.abc import Callable

from cdc.failpoints import NAMES
from tests.faults.checker import Report
from tests.faults.kill import crash_point, kills_in_the_snapshot, kills_in_the_stream
from tests.faults.lists import faults_of
from tests.faults.servers import DATABASES, Servers
from tests.faults.trial import Trial

DECODERS = {"postgresql": "pgoutput", "mysql": "binlog", "mariadb": "binlog"}  # modules of tests.fuzz


def trials(servers: Servers, kills: int, full: bool) -> dict[str, Callable[[], Report]]:
    """Everything there is for the present database, by name."""
    found: dict[str, Callable[[], Report]] = {}
    for name in NAMES:
        found[f"crash-{name}"] = lambda name=name: crash_point(servers, name)  # type: ignore[misc]
    for name, fault in faults_of(servers.kind).items():
        found[name] = lambda fault=fault: fault(servers, full)  # type: ignore[misc]
    in_snapshot = max(1, kills // 10)
    found["kill-9-in-the-snapshot"] = lambda: kills_in_the_snapshot(servers, in_snapshot)
    found["kill-9-with-offsets-in-a-file"] = lambda: kills_in_the_stream(
        servers, in_snapshot, 2, Trial.offsets_in_a_file
    )
    found["kill-9-in-the-stream"] = lambda: kills_in_the_stream(servers, kills - 2 * in_snapshot)
    return found


def main() -> int:
    """Run what was asked for; the number of trials that failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--db", choices=list(DATABASES), action="append", help="one kind of database; all unless given")
    parser.add_argument("--version", default="", help="of the server of one --db; the newest unless given")
    parser.add_argument("--kills", type=int, default=100, help="how many times kill -9 (a tenth of them in snapshots)")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="trials whose name has this in it")
    parser.add_argument("--quick", action="store_true", help="short outages, few rows")
    parser.add_argument("--fuzz", type=int, default=1_000_000, help="mutated messages for the decoder; 0: none")
    parser.add_argument("--list", action="store_true", help="only show the names")
    arguments = parser.parse_args()
    if arguments.version and len(arguments.db or ()) != 1:
        parser.error("--version is that of one --db")
    servers = Servers(version=arguments.version)
    failed = count = 0
    began = time.monotonic()
    try:
        for kind in arguments.db or DATABASES:
            servers.use(kind)
            chosen = {
                f"{kind} {name}": trial
                for name, trial in trials(servers, arguments.kills, not arguments.quick).items()
                if not arguments.only or any(part in name for part in arguments.only)
            }
            count += len(chosen)
            if arguments.list:
                print("\n".join(chosen))
                continue
            print(f"{'trial':56} {'seconds':>8}  result", flush=True)
            for name, trial in chosen.items():
                failed += run(name, trial)
    finally:
        servers.stop()
    if arguments.list:
        return 0
    if arguments.fuzz and (not arguments.only or "fuzz" in arguments.only):
        for decoder in dict.fromkeys(DECODERS[kind] for kind in arguments.db or DATABASES):
            count += 1
            failed += fuzz(decoder, arguments.fuzz)
    print(f"{count - failed} of {count} kept the promise, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


def run(name: str, trial: Callable[[], Report]) -> int:
    """One line of the table; 1 when it failed."""
    start = time.monotonic()
    try:
        report = trial()
        bad = bool(report.findings)
        text = f"{'LOST' if bad else 'ok'}: {report.summary()}"
    except (AssertionError, TimeoutError) as error:
        bad = True
        text = f"FAILED: {error}"
    except Exception as error:
        traceback.print_exc()
        bad = True
        text = f"FAILED: {type(error).__name__}: {error}"
    print(f"{name:56} {time.monotonic() - start:8.1f}  {text}", flush=True)
    return int(bad)


def fuzz(decoder: str, count: int) -> int:
    """A decoder on mutated messages; 1 when it failed."""
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-m", f"tests.fuzz.{decoder}", "--count", str(count)], check=False)
    name = f"decoder-fuzz {decoder}"
    print(f"{name:56} {time.monotonic() - start:8.1f}  {'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
    return int(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
