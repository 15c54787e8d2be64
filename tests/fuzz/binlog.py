"""Mutated binary logs: `python -m tests.fuzz.binlog --count 1000000 [--seed N]`.

The decoder may answer with a DecodeError or take the event, nothing else. Events of the recorded logs are changed
(bits, bytes, cuts, pieces of other events, sizes), given a right size and checksum again, and decoded with their rows
and payloads.
"""

from __future__ import annotations

import argparse
import random
import struct
import time
import zlib
from pathlib import Path

from cdc.errors import DecodeError
from cdc.model import Table
from connectors.mysql import binlog, charsets, json_binary, rows, values
from connectors.mysql.events import Payload, Rows, TableMap
from tests.binlogs import DOCUMENTS, SOURCE, in_file

FOLDER = Path(__file__).parent.parent / "unit/connectors/mysql/binlogs"
INTERESTING = [
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xfc\xff\xff",
    b"\xfd\xff\xff\xff",
    b"\xfe" + b"\xff" * 8,
    b"\xff" * 4,
]
CONVERTERS = {
    1: values.boolean, 8: values.signed64, 16: values.Bits(12), 17: values.ZonedTimestamp(3), 18: values.milliseconds,
    246: values.decimal, 247: values.Enum(["x", "y,z"]), 248: values.Set(["p", "q", "r"]), 255: values.point,
}  # fmt: skip


def corpus() -> list[list[bytes]]:
    """The events of each recorded log; the first one describes it."""
    return [in_file(path) for path in sorted(FOLDER.glob("*.gz"))]


def plan(event: TableMap, converted: bool) -> rows.Plan:
    """A plan of whatever the table map says."""
    columns = []
    for index, kind in enumerate(event.types):
        collation = event.collations[index] if event.collations else 45
        columns.append(
            rows.LogColumn(
                f"c{index}",
                unsigned=index % 3 == 0,
                charset=charsets.charset_of(collation) or "utf8mb4",
                captured=index % 7 != 6,
                convert=CONVERTERS.get(kind) if converted else None,
                absent="absent",
            )
        )
    hidden = [rows.Hidden(0, None, None, "absent")] if converted and event.width else []
    return rows.Plan(event, Table("d.t", ("d", "t"), []), columns, hidden)


def mutated(data: bytes, r: random.Random, others: list[bytes]) -> bytes:
    """An event with some of its body changed, its size and checksum right again in most cases."""
    checked = zlib.crc32(data[:-4]) == struct.unpack_from("<I", data, len(data) - 4)[0]
    body = bytearray(data[:-4] if checked else data)
    for _ in range(r.choice([1, 1, 1, 2, 3, 8])):
        low = 19 if r.random() < 0.95 else 4
        if len(body) <= low:
            break
        at = r.randrange(low, len(body))
        kind = r.randrange(6)
        if kind == 0:
            body[at] ^= 1 << r.randrange(8)
        elif kind == 1:
            body[at] = r.randrange(256)
        elif kind == 2:
            del body[at : at + r.randint(1, 8)]
        elif kind == 3:
            piece = r.choice(INTERESTING)
            body[at : at + len(piece) * r.randrange(2)] = piece
        elif kind == 4:
            other = r.choice(others)
            start = r.randrange(len(other))
            body[at:at] = other[start : start + r.randint(1, 40)]
        else:
            del body[at:]
    if r.random() < 0.99 and len(body) >= 13:
        struct.pack_into("<I", body, 9, len(body) + (4 if checked else 0))
    if checked:
        body += struct.pack("<I", zlib.crc32(body)) if r.random() < 0.99 else b"junk"
    return bytes(body)


class Victim:
    """A decoder in the middle of a log, whose next event is mutated."""

    def __init__(self, log: list[bytes]) -> None:
        self.decoder = binlog.Decoder("log.000001")
        self.reader = rows.Reader()
        self.decoder.feed(log[0])
        self.maps = [packet for packet in log if packet[4] == 19]

    def take(self, data: bytes, converted: bool) -> None:
        """Decode an event and all that is in it."""
        if self.maps and data[4:5] != b"\x13":
            self.decoder.feed(self.maps[0])
        event = self.decoder.feed(data)
        self.look(event, converted)
        if isinstance(event, Payload):
            for inner in self.decoder.unpack(event):
                self.look(inner, converted)

    def look(self, event: object, converted: bool) -> None:
        """Rows of an event."""
        if isinstance(event, TableMap):
            plan(event, converted)
        if isinstance(event, Rows):
            made = plan(event.table, converted)
            found: list[object] = []
            count = self.reader.read(event, made, SOURCE, 0, "", found)
            assert count == len(found)
            assert count == self.reader.count(event, made)


def run(count: int, seed: int) -> tuple[int, int]:
    """Mutate and decode so many events; how many were taken and how many refused."""
    r = random.Random(seed)
    logs = corpus()
    every = [packet for log in logs for packet in log]
    documents = [bytes.fromhex(text) for text, _ in DOCUMENTS]
    taken = refused = 0
    for number in range(count):
        if number % 50 == 0:
            log = logs[number // 50 % len(logs)]
            victim = Victim(log)
        try:
            if number % 5 == 4:
                data = bytearray(r.choice(documents))
                for _ in range(r.randint(1, 4)):
                    data[r.randrange(len(data))] = r.choice([0, 255, r.randrange(256)])
                json_binary.text(bytes(data[: r.choice([len(data), r.randint(1, len(data))])]))
            else:
                victim.take(mutated(r.choice(log), r, every), r.random() < 0.5)
            taken += 1
        except DecodeError:
            refused += 1
        except ValueError:
            if number % 5 != 4:
                raise
            refused += 1
    return taken, refused


def main() -> None:
    """Fuzz and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=time.time_ns())
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {'compiled' if not binlog.__file__.endswith('.py') else 'plain'}")
    start = time.monotonic()
    taken, refused = run(arguments.count, arguments.seed)
    print(f"{taken} taken, {refused} refused, {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
