"""Microseconds per record of each transform, plain and compiled: `python -m tests.benchmarks.micro.transforms`.

A record is a change of a table of ten columns. What is timed is the step alone, as the engine calls it; a fresh
Record is made for each call and the time of that is taken off.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
COMPILED = [
    "cdc/model.py",
    *[
        f"transforms/{name}.py"
        for name in (
            "by_logical_table_router",
            "condition",
            "extract_new_record_state",
            "filter",
            "groovy",
            "nodes",
            "references",
            "regex_router",
        )
    ],
]
RUNS = 40
RECORDS = 5_000


def steps():
    """Name of each measured transform and its step, with the Shape and a maker of records."""
    from cdc.model import BOOLEAN, FLOAT64, INT32, INT64, STRING, TRANSACTION_BLOCK, Shape, Type, struct
    from schemas import types
    from transforms import by_logical_table_router, extract_new_record_state, regex_router
    from transforms import filter as filtering

    columns = [
        ("id", Type(INT64)),
        ("a", Type(INT32, optional=True)),
        ("b", Type(INT32, optional=True)),
        ("price", types.decimal(2, 12).replace(optional=True)),
        ("created", types.named(STRING, "io.debezium.time.ZonedTimestamp").replace(optional=True)),
        ("name", Type(STRING, optional=True)),
        ("city", Type(STRING, optional=True)),
        ("note", Type(STRING, optional=True, default="none")),
        ("active", Type(BOOLEAN, optional=True)),
        ("score", Type(FLOAT64, optional=True)),
    ]
    row = struct("b.public.orders.Value", columns, optional=True)
    text, long, some = Type(STRING), Type(INT64), Type(INT64, optional=True)
    names = ["version", "connector", "name", "snapshot", "db", "schema", "table", "lsn", "ts_ms"]
    source = struct("Source", [(name, long if name in ("lsn", "ts_ms") else text) for name in names])
    fields = [("before", row), ("after", row), ("source", source), ("transaction", TRANSACTION_BLOCK)]
    envelope = struct(
        "b.public.orders.Envelope", [*fields, ("op", text), ("ts_ms", some), ("ts_us", some), ("ts_ns", some)]
    )
    shape = Shape("b.public.orders", struct("b.public.orders.Key", [("id", long)]), envelope, table="public.orders")
    after = [1, 2, 3, b"\x04\xd2", "2026-01-01T00:00:00Z", "some name", "some city", None, True, 1.5]
    block = ["3.6.3.Final", "postgresql", "b", "false", "db", "public", "orders", 123456789, 1700000000000]
    value = [None, after, block, None, "c", 1, 2, 3]

    def condition(text: str):
        return filtering.create({"language": "jsr223.groovy", "condition": text})

    unwrap = extract_new_record_state.create
    transforms = {
        "RegexRouter": regex_router.create({"regex": "b.(.*)", "replacement": "$1"}),
        "ByLogicalTableRouter": by_logical_table_router.create({"topic.regex": "b.(.*)", "topic.replacement": "$1"}),
        "ExtractNewRecordState": unwrap({}),
        "ExtractNewRecordState, 3 added": unwrap({"add.fields": "op,table,source.ts_ms"}),
        "ExtractNewRecordState, rewrite, 3 added, 2 headers": unwrap(
            {
                "delete.tombstone.handling.mode": "rewrite",
                "add.fields": "op,table,source.ts_ms",
                "add.headers": "op,lsn",
            }
        ),
        "Filter value.op != 'r'": condition("value.op != 'r'"),
        "Filter decimal and regex": condition("value.after.price > 10 && value.after.name ==~ /some.*/"),
        "Filter in list": condition("value.source.table in ['orders', 'items'] && value.after.id > 0"),
    }
    return transforms, shape, value


def measure() -> None:
    """Print one line per transform."""
    from cdc.model import Record

    transforms, shape, value = steps()
    key = [1]

    def rate(step) -> float:
        """CPU microseconds per record, of the best of many short runs: other processes disturb those least."""
        best = 1e9
        for _ in range(RUNS):
            started = time.process_time()
            if step is None:
                for _ in range(RECORDS):
                    Record(shape, key, value, [])
            else:
                for _ in range(RECORDS):
                    step(Record(shape, key, value, []))
            best = min(best, (time.process_time() - started) / RECORDS)
        return best * 1e6

    floor = rate(None)
    for name, transform in transforms.items():
        step = transform.bind(shape)
        assert step is not None
        print(f"{name:54} {rate(step) - floor:7.3f} us/record", flush=True)


def compiled() -> None:
    """The same with the hot modules compiled in a copy."""
    with tempfile.TemporaryDirectory() as folder:
        for package in ("cdc", "transforms", "schemas"):
            shutil.copytree(
                ROOT / package, Path(folder) / package, ignore=shutil.ignore_patterns("*.so", "__pycache__")
            )
        shutil.copytree(ROOT / "tests/benchmarks", Path(folder) / "tests/benchmarks")
        environment = {**os.environ, "PYTHONPATH": folder, "MYPYPATH": folder}
        command = [str(Path(sys.executable).parent / "mypyc"), *COMPILED]
        built = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if built.returncode:
            sys.exit(built.stdout[-3000:] + built.stderr[-3000:])
        subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.micro.transforms", "--plain"],
            cwd=folder,
            env=environment,
            check=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plain", action="store_true", help="only as this interpreter imports the modules")
    if not parser.parse_args().plain:
        print("compiled:")
        compiled()
        print("plain:")
    measure()


if __name__ == "__main__":
    main()
