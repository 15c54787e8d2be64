"""Mutated pgoutput streams: `python -m tests.fuzz.pgoutput --count 1000000 [--seed N]`.

The decoder may answer with a DecodeError or take the message, nothing else; and what it takes it takes whole: it must
not have read beyond the message's end.
"""

from __future__ import annotations

import argparse
import logging
import random
import time

from cdc.errors import BindError, DecodeError
from tests.pgoutput import (
    UNCHANGED,
    FakeCatalog,
    Stream,
    begin,
    column,
    commit,
    delete,
    insert,
    message,
    origin,
    relation,
    truncate,
    update,
)

WIDE = 16400
KEYLESS = 16500
HIDDEN = 16600
TYPES = [23, 20, 25, 1700, 16, 701, 1184, 1114, 1082, 1083, 17, 1007, 1009, 2950, 3802, 1186, 1562, 600, 869, 790]
VALUES: list[object] = [
    "1", "-9223372036854775808", "text é", "12.50", "t", "1.5e300", "2026-11-21 13:12:20.123456+00",
    "0044-03-15 12:00:00 BC", "infinity", "13:12:20.5", "\\x00ff", "{1,NULL,3}", '{"a,b",NULL,"\\"",{}}',
    "00000000-0000-0000-0000-000000000000", '{"a": [1]}', "1 year 2 mons -3 days 04:05:06.7", "101", "(1,2)",
    "10.0.0.1/8", "$1,234.50",
]  # fmt: skip
COLUMNS = [(f"c{index}", oid) for index, oid in enumerate(TYPES)]


def catalog() -> FakeCatalog:
    """The tables of the corpus."""
    found = FakeCatalog()
    found.add(WIDE, "wide", [column(name, oid) for name, oid in COLUMNS], key=["c0"])
    found.add(KEYLESS, "keyless", [column("a", 25)])
    found.add(HIDDEN, "hidden", [column("id", 25), column("v", 25), column("w", 23)], key=["id", "v"])
    return found


def corpus() -> list[bytes]:
    """Well-formed messages of every kind."""
    other = ["text", None, "1"]
    return [
        begin(9000),
        commit(9000, 9048),
        relation(WIDE, "wide", COLUMNS),
        relation(KEYLESS, "keyless", [("a", 25)], identity="f", key=1),
        relation(HIDDEN, "hidden", [("id", 25), ("v", 25), ("w", 23)]),
        insert(WIDE, *VALUES),
        insert(WIDE, *[None] * len(VALUES)),
        update(WIDE, VALUES),
        update(WIDE, [UNCHANGED] * len(VALUES), VALUES),
        update(WIDE, VALUES, ["1"] + [None] * (len(VALUES) - 1), kind=b"K"),
        delete(WIDE, *VALUES),
        insert(KEYLESS, "x" * 300),
        delete(KEYLESS, "x"),
        insert(HIDDEN, *other),
        update(HIDDEN, other, other),
        truncate(WIDE, KEYLESS, HIDDEN),
        message("prefix", b"content"),
        message("prefix", b"content", transactional=False),
        origin(77, "elsewhere"),
        b"Y\0\0\x40\x10public\0mood\0",
        b"S\0\0\2\xbc\1",
    ]


def mutated(choice: random.Random, samples: list[bytes]) -> bytes:
    """One message, changed in one to four places."""
    data = bytearray(choice.choice(samples))
    for _ in range(choice.randint(1, 4)):
        kind = choice.randrange(7)
        at = choice.randrange(len(data)) if data else 0
        if kind == 0 and data:
            data[at] = choice.randrange(256)
        elif kind == 1:
            del data[at:]
        elif kind == 2:
            del data[at : at + choice.randint(1, 8)]
        elif kind == 3:
            data[at:at] = choice.randbytes(choice.randint(1, 8))
        elif kind == 4:
            data[at : at + 4] = choice.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\0"))
        elif kind == 5:
            other = choice.choice(samples)
            cut = choice.randrange(len(other))
            data[at:] = other[cut:]
        elif data:
            data[at] ^= 1 << choice.randrange(8)
    return bytes(data)


def run(count: int, seed: int) -> tuple[int, int]:
    """Feed `count` mutated messages; how many were taken and how many refused."""
    choice = random.Random(seed)
    samples = corpus()
    taken = refused = 0
    known = catalog()
    while taken + refused < count:
        stream = Stream(
            known,
            column_mask_with_5_chars="public.hidden.v",
            column_exclude_list="public.hidden.id",
            event_converting_failure_handling_mode=choice.choice(("skip", "fail")),
            skipped_operations="none",
        )
        if choice.randrange(2):
            stream.decoder.resume(
                lsn_commit=choice.choice((0, 8000, 9048)),
                lsn_proc=choice.choice((0, 8100, 9048)),
                events=choice.choice((None, 0, 2)),
                tx_id=choice.choice((None, 700)),
                message_type=choice.choice((None, "INSERT", "COMMIT", "MESSAGE")),
            )
        stream.feed(*samples[:1], *samples[2:5])
        for _ in range(500):
            data = choice.choice(samples) if choice.randrange(4) == 0 else mutated(choice, samples)
            try:
                stream.feed(data)
            except (DecodeError, BindError):  # BindError: a Relation that does not fit its table
                refused += 1
            else:
                taken += 1
                for change in stream.changes():
                    check(change)
            if taken + refused >= count:
                break
    return taken, refused


def check(change) -> None:  # type: ignore[no-untyped-def]
    """Whether a change has the shape that it must have."""
    table = change.table
    for image in (change.before, change.after):
        if image is not None and table.shape is None:
            assert len(image) >= len(table.columns), f"{change.op} of {table.id}: {image}"
            if table.key_of is not None:
                assert len(table.key_of(image)) == len(table.key)


def main() -> None:
    """Fuzz and print the counts."""
    logging.disable()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=time.time_ns())
    options = parser.parse_args()
    print(f"fuzz pgoutput: {options.count} messages, seed {options.seed}", flush=True)
    taken, refused = run(options.count, options.seed)
    print(f"fuzz pgoutput: {taken} taken, {refused} refused with DecodeError")


if __name__ == "__main__":
    main()
