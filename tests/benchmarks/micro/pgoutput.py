"""Microseconds per row of the decoder, plain and compiled: `python -m tests.benchmarks.micro.pgoutput`.

The compiled one is the wheel of the checkout (tools/compiled.py).
"""

from __future__ import annotations

import argparse
import shutil
import struct
import subprocess
import sys
import tempfile
import time

BATCH = 2000  # changes that are alive at once, as in the pipeline

# name, type OID, typmod, value
COLUMNS = [
    ("id", 20, -1, b"1234567890"),
    ("a", 23, -1, b"42"),
    ("b", 23, -1, b"-100000"),
    ("price", 1700, (12 << 16 | 2) + 4, b"12345.67"),
    ("created", 1184, -1, b"2026-11-21 13:12:20.123456+00"),
    ("name", 25, -1, b"a name of some length"),
    ("city", 25, -1, b"Amsterdam"),
    ("note", 25, -1, b"a note which is a little longer than the other texts of the row"),
    ("active", 16, -1, b"t"),
    ("score", 701, -1, b"0.123456789"),
]


def cell(value):
    return b"t" + struct.pack(">i", len(value)) + value


def decoder():
    """A Decoder with one table of ten columns, in a transaction."""
    from cdc.model import Column, KeyOf, Table, Type
    from connectors.postgresql import numbers, times, values
    from connectors.postgresql.pgoutput import Decoder
    from connectors.postgresql.plan import Plan

    loaders = {
        20: int,
        23: int,
        1700: numbers.Decimal(2),
        1184: times.ZonedTimestamp(6),
        25: values.text,
        16: values.boolean,
        701: float,
    }
    chosen = [loaders[oid] for _, oid, _, _ in COLUMNS]
    columns = [Column(name, Type("string")) for name, _, _, _ in COLUMNS]
    names = [name for name, _, _, _ in COLUMNS]
    table = Table("public.orders", ("public", "orders"), columns, columns[:1], KeyOf([0]))
    empty = [None] * len(chosen)
    plan = Plan(table, "public", "orders", names, chosen, chosen, empty, empty, [], [False] * len(chosen))
    made = Decoder(lambda relation: plan, ["v", "postgresql", "srv", 0, None, "db", *[None] * 10])
    relation = b"R" + struct.pack(">I", 16400) + b"public\0orders\0d" + struct.pack(">h", len(COLUMNS))
    for name, oid, typmod, _ in COLUMNS:
        relation += b"\x01" + name.encode() + b"\0" + struct.pack(">Ii", oid, typmod)
    made.feed(b"B" + struct.pack(">qqI", 10_000_000, 0, 700), 1000)
    made.feed(relation, 1000)
    return made


def measure(rounds: int) -> None:
    """Print microseconds per insert and per update with a whole old row."""
    made = decoder()
    kind = "plain" if sys.modules["connectors.postgresql.pgoutput"].__file__.endswith(".py") else "compiled"
    row = struct.pack(">h", len(COLUMNS)) + b"".join(cell(value) for _, _, _, value in COLUMNS)
    oid = struct.pack(">I", 16400)
    cases = {"insert": b"I" + oid + b"N" + row, "update, old row": b"U" + oid + b"O" + row + b"N" + row}
    for name, message in cases.items():
        best = float("inf")
        for _ in range(5):
            feed = made.feed
            start = time.process_time()
            for first in range(24_000_000, 24_000_000 + rounds, BATCH):
                made.changes = []
                for lsn in range(first, first + BATCH):
                    feed(message, lsn)
            best = min(best, time.process_time() - start)
            assert len(made.changes) == BATCH
        print(f"{kind:9} {name:16} {best / rounds * 1e6:6.2f} us ({len(COLUMNS)} columns)", flush=True)


def main() -> None:
    """Measure here, then in a subprocess on the compiled wheel."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50_000)
    parser.add_argument("--plain", action="store_true", help="leave out the compiled build")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    measure(options.rounds)
    if options.plain or options.here:
        return
    from tools import compiled

    with tempfile.TemporaryDirectory() as folder:  # away from the checkout, whose modules are plain
        measured = shutil.copy(__file__, folder)
        here = [compiled.environment(), measured, "--here", "--rounds", str(options.rounds)]
        subprocess.run(here, cwd=folder, check=True)


if __name__ == "__main__":
    main()
