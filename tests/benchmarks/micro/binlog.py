"""Microseconds per row of the binlog decoder, plain and compiled: `python -m tests.benchmarks.micro.binlog`.

The compiled modules are built from copies in a temporary directory; nothing of the checkout is touched.
"""

from __future__ import annotations

import argparse
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import tomllib
import zlib
from pathlib import Path

ROOT = Path.cwd()
PER_EVENT = 80  # rows in one event, as binlog_row_event_max_size makes them

NOTE = b"a note which is a little longer than the other texts of the row"

# name, log type, metadata, cell
COLUMNS = [
    ("id", 8, b"", struct.pack("<q", 1234567890)),
    ("a", 3, b"", struct.pack("<i", 42)),
    ("b", 3, b"", struct.pack("<i", -100000)),
    ("price", 246, b"\x0c\x02", bytes.fromhex("80000030" + "3943")),
    ("created", 18, b"\x06", bytes.fromhex("99b26a30c501e240")),
    ("updated", 17, b"\x03", struct.pack(">IH", 1_704_164_645, 1230)),
    ("name", 15, struct.pack("<H", 200), b"\x15a name of some length"),
    ("note", 252, b"\x02", struct.pack("<H", len(NOTE)) + NOTE),
    ("active", 1, b"", b"\x01"),
    ("score", 5, b"\x08", struct.pack("<d", 0.123456789)),
]


class Log:
    """Events with sizes, positions and checksums that are right."""

    def __init__(self) -> None:
        self.position = 4

    def event(self, kind: int, body: bytes) -> bytes:
        """One event; the position goes on."""
        size = 19 + len(body) + 4
        self.position += size
        made = struct.pack("<IBIIIH", 1_704_164_645, kind, 1, size, self.position & 0xFFFFFFFF, 0) + body
        return made + struct.pack("<I", zlib.crc32(made))

    def described(self) -> bytes:
        """FORMAT_DESCRIPTION."""
        return self.event(15, struct.pack("<H50sIB", 4, b"9.7.4", 0, 19) + bytes(42) + b"\x01")

    def mapped(self) -> bytes:
        """TABLE_MAP of the table."""
        metadata = b"".join(column[2] for column in COLUMNS)
        types = bytes(column[1] for column in COLUMNS)
        head = struct.pack("<IHH", 77, 0, 1) + b"\x01d\0\x01t\0" + bytes((len(COLUMNS),)) + types
        return self.event(19, head + bytes((len(metadata),)) + metadata + b"\xff\x03")

    def rows(self, count: int, *, update: bool = False) -> bytes:
        """A rows event of so many inserts or updates."""
        row = b"\0\0" + b"".join(column[3] for column in COLUMNS)
        head = struct.pack("<IHHH", 77, 0, 1, 2) + bytes((len(COLUMNS),)) + b"\xff\x03" * (2 if update else 1)
        return self.event(31 if update else 30, head + row * (count * (2 if update else 1)))

    def begun(self, number: int) -> bytes:
        """GTID."""
        return self.event(33, b"\1" + bytes(16) + struct.pack("<QBqq", number, 2, 0, 1) + bytes(7))

    def asked(self) -> bytes:
        """BEGIN."""
        return self.event(2, struct.pack("<IIBHH", 9, 0, 1, 0, 7) + b"\x04\xff\0\xff\0\xff\0" + b"d\0BEGIN")

    def committed(self) -> bytes:
        """XID."""
        return self.event(16, struct.pack("<Q", 5))


def logs(rounds: int) -> dict[str, tuple[int, list[bytes]]]:
    """Per case the number of rows and the events."""
    inserted, updated, single = Log(), Log(), Log()
    found: dict[str, tuple[int, list[bytes]]] = {}
    for name, log, update in (("insert", inserted, False), ("update", updated, True)):
        packets = [log.described(), log.begun(1), log.asked()]
        for _ in range(rounds // PER_EVENT):
            packets += [log.mapped(), log.rows(PER_EVENT, update=update)]
        found[name] = (rounds // PER_EVENT * PER_EVENT, [*packets, log.committed()])
    packets = [single.described()]
    for number in range(rounds // 8):
        packets += [single.begun(number + 1), single.asked(), single.mapped(), single.rows(1), single.committed()]
    found["one-row transaction"] = (rounds // 8, packets)
    return found


def read(packets: list[bytes]) -> int:
    """Decode all of it; the number of changes."""
    from cdc.model import Table
    from connectors.mysql import rows, values
    from connectors.mysql.binlog import Decoder
    from connectors.mysql.events import Rows, TableMap

    converts = {"price": values.decimal, "updated": values.ZonedTimestamp(3)}
    table = Table("d.t", ("d", "t"), [])
    columns = [
        rows.LogColumn(name, charset="utf8mb4" if name in ("name", "note") else "", convert=converts.get(name))
        for name, _, _, _ in COLUMNS
    ]
    decoder, reader = Decoder("mysql-bin.000001"), rows.Reader()
    source: list[object] = [None] * 17
    count = 0
    for packet in packets:
        event = decoder.feed(packet)
        if isinstance(event, Rows):
            changes: list[object] = []
            assert event.table.plan is not None
            reader.read(event, event.table.plan, source, 0, "", changes)
            count += len(changes)
        elif isinstance(event, TableMap) and not event.planned:
            event.planned = True
            event.plan = rows.Plan(event, table, columns, [])
    return count


def measure(rounds: int) -> None:
    """Print microseconds per row and rows per second."""
    from connectors.mysql import rows

    kind = "plain" if rows.__file__.endswith(".py") else "compiled"
    for name, (count, packets) in logs(rounds).items():
        best = float("inf")
        for _ in range(5):
            start = time.process_time()
            assert read(packets) == count
            best = min(best, time.process_time() - start)
        speed = f"{best / count * 1e6:6.2f} us, {count / best:9,.0f}/s"
        print(f"{kind:9} {name:20} {speed} ({len(COLUMNS)} columns)", flush=True)


def build(folder: Path) -> None:
    """Copies of the packages, with the hot modules of this connector compiled."""
    sys.path.insert(0, str(ROOT))
    from hatch_build import compile_in

    for package in ("cdc", "connectors", "schemas"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    modules = configured["hooks"]["custom"]["modules"]
    compile_in(folder, ["cdc/model.py", *[name for name in modules if name.startswith("connectors/mysql/")]])


def main() -> None:
    """Measure here, then in a subprocess on the compiled copies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40_000)
    parser.add_argument("--plain", action="store_true", help="leave out the compiled build")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    measure(options.rounds)
    if options.plain or options.here:
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        shutil.copy(__file__, folder / "measured.py")
        subprocess.run(
            [sys.executable, "measured.py", "--here", "--rounds", str(options.rounds)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            check=True,
        )


if __name__ == "__main__":
    main()
