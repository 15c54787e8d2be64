"""How long the imports of a start take, each in a fresh process: `python -m tests.benchmarks.micro.startup`."""

from __future__ import annotations

import subprocess
import sys

STEPS = (
    ("command line, worker settings", "import cdc.cli, cdc.worker"),
    ("and the connector's properties", "import cdc.cli, cdc.worker, connectors.postgresql.config"),
    ("and everything `cdc run` needs", "import cdc.cli, cdc.worker, cdc.app, cdc.kafka, connectors.postgresql.source"),
    ("pydantic alone, for comparison", "import pydantic; pydantic.BaseModel"),
)


def main(rounds: int = 5) -> None:
    """Print the best of some rounds, in milliseconds."""
    for title, statement in STEPS:
        script = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
        times = [
            float(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)
            for _ in range(rounds)
        ]
        print(f"{title:<34} {min(times) * 1000:6.0f} ms")


if __name__ == "__main__":
    main()
