"""`python -m tests.golden.serve`: a broker that stays until interrupted, so that replays start quickly.

Prints the line to paste into another shell. PostgreSQL takes a second to start and is private to each replay.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType

from tests.servers.kafka import KafkaBroker


class Stopped(Exception):
    """A signal asked to end."""


def stop(number: int, frame: FrameType | None) -> None:
    """End the wait."""
    raise Stopped


def main() -> int:
    """Serve until SIGINT or SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    broker = KafkaBroker.private()
    try:
        print(f"export HEADWATER_TEST_KAFKA={broker.bootstrap}", flush=True)
        while True:
            signal.pause()
    except Stopped:
        return 0
    finally:
        broker.stop()


if __name__ == "__main__":
    sys.exit(main())
