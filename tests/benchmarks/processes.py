"""What a process costs: CPU seconds and peak memory, from /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """CPU seconds since its start (user and system, all threads) and peak resident megabytes."""

    cpu: float
    peak: float


def usage(pid: int) -> Usage:
    """Of a running process. Raises ProcessLookupError when it is gone."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        raise ProcessLookupError(pid) from None
    peak = 0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            peak = int(line.split()[1])
    return Usage((int(words[11]) + int(words[12])) / TICKS, peak / 1024)
