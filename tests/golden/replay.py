"""`python -m tests.golden.replay NAME ...`: one scenario (or scenario.config) through Headwater, against its recording.

Prints every kind of difference once, readably. `--keep` leaves connector files and logs behind and says where.
With HEADWATER_TEST_KAFKA set (see `python -m tests.golden.serve`) it takes a second or two.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time

from tests.golden.compare import report
from tests.golden.headwater import Headwater
from tests.golden.play import against_recording
from tests.golden.scenarios import chosen
from tests.golden.servers import Servers


def main() -> int:
    """Replay; exit status 1 when something differs that should not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="scenario or scenario.config; all without")
    parser.add_argument("--limit", type=int, default=20, help="kinds of difference to print per configuration")
    parser.add_argument("--patience", type=float, default=60, help="seconds without progress before giving up")
    parser.add_argument("--keep", help="folder to keep connector files and logs in")
    arguments = parser.parse_args()
    servers = Servers()
    verdicts = []
    selected = chosen(arguments.names)
    avro = any(run.config.avro for _, runs in selected for run in runs)
    try:
        registry = servers.registry() if avro else None
        ours = Headwater(servers.kafka().bootstrap, registry, patience=arguments.patience)
        for scenario, runs in selected:
            started = time.monotonic()
            found = against_recording(scenario, runs, servers.database(scenario), ours, registry)
            verdicts += found
            clean = sum(verdict.clean for verdict in found)
            print(f"{scenario.name}: clean {clean} of {len(found)}, {time.monotonic() - started:.1f} s", flush=True)
        print(report(verdicts, limit=arguments.limit))
        if arguments.keep:
            shutil.copytree(ours.home, arguments.keep, dirs_exist_ok=True)
        ours.close()
    finally:
        servers.stop()
    return 0 if all(verdict.clean for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
