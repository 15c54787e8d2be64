"""`python -m tests.golden.serve`: a broker that stays until interrupted, so that replays start quickly.

Prints the line to paste into another shell. PostgreSQL takes a second to start and is private to each replay.
"""

from __future__ import annotations

import signal
import sys

from tests.servers.kafka import KafkaBroker


def main() -> int:
    """Serve until SIGINT or SIGTERM."""
    broker = KafkaBroker.private()
    print(f"export HEADWATER_TEST_KAFKA={broker.bootstrap}", flush=True)
    try:
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        broker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
