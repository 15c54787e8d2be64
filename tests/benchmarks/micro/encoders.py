"""Microseconds per envelope of a 10-column table, plain and compiled: `python -m tests.benchmarks.micro.encoders`.

The compiled modules are built from copies in a temporary directory; nothing of the checkout is touched.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
COMPILED = ["schemas/text.py", "schemas/wire.py", "schemas/json.py", "schemas/avro.py"]


def envelope():
    """Type of the envelope and a function that makes the n-th event."""
    from cdc.model import BOOLEAN, FLOAT64, INT32, INT64, STRING, TRANSACTION_BLOCK, Type, struct
    from schemas import types

    columns = [
        ("id", Type(INT64)),
        ("a", Type(INT32, optional=True)),
        ("b", Type(INT32, optional=True)),
        ("price", types.decimal(2, 12).replace(optional=True)),
        ("created", types.named("string", "io.debezium.time.ZonedTimestamp").replace(optional=True)),
        ("name", Type(STRING, optional=True)),
        ("city", Type(STRING, optional=True)),
        ("note", Type(STRING, optional=True)),
        ("active", Type(BOOLEAN, optional=True)),
        ("score", Type(FLOAT64, optional=True)),
    ]
    row = struct("bench.public.orders.Value", columns, optional=True)
    snapshot = types.enum(["true", "first", "last", "false", "incremental"]).replace(optional=True, default="false")
    text, long = Type(STRING), Type(INT64)
    some_text, some_long = Type(STRING, optional=True), Type(INT64, optional=True)
    source = struct(
        "io.debezium.connector.postgresql.Source",
        [
            ("version", text),
            ("connector", text),
            ("name", text),
            ("ts_ms", long),
            ("snapshot", snapshot),
            ("db", text),
            ("sequence", some_text),
            ("ts_us", some_long),
            ("ts_ns", some_long),
            ("schema", text),
            ("table", text),
            ("txId", some_long),
            ("lsn", some_long),
            ("xmin", some_long),
            ("origin", some_text),
            ("origin_lsn", some_long),
        ],
        version=1,
    )
    type = struct(
        "bench.public.orders.Envelope",
        [
            ("before", row),
            ("after", row),
            ("source", source),
            ("transaction", TRANSACTION_BLOCK),
            ("op", text),
            ("ts_ms", some_long),
            ("ts_us", some_long),
            ("ts_ns", some_long),
        ],
        version=2,
    )

    def event(n: int) -> list[object]:
        now = 1_795_000_000_000_000_000 + n * 1000
        after = [
            n,
            n % 1000,
            -n,
            (123456 + n).to_bytes(4, "big"),
            f"2026-11-21T12:00:{n % 60:02d}.123456Z",
            f"customer number {n}",
            "Berlin",
            "a note of some forty characters, like this",
            n % 2 == 0,
            n * 1.25 + 0.1,
        ]
        sequence = f'["{n}","{n + 5}"]'
        start = 1_795_000_000_000 + n // 100
        block = ["3.6.3.Final", "postgresql", "bench", start, None, "shop", sequence, start * 1000]
        block += [start * 1_000_000, "public", "orders", 777, 23456789 + n, None, None, None]
        return [None, after, block, None, "c", now // 1000000, now // 1000, now]

    return type, event


def measure(encode: Callable[[object], bytes], events: list[list[object]], runs: int) -> float:
    """The best of `runs`, in microseconds per event."""
    best = 1e9
    for _ in range(runs):
        start = time.perf_counter()
        for event in events:
            encode(event)
        best = min(best, (time.perf_counter() - start) / len(events))
    return best * 1e6


def report(label: str) -> None:
    type, make = envelope()
    # source blocks repeat their constant strings, as a connector's do
    events = [make(n) for n in range(20000)]
    shared = events[0][2]
    for event in events:
        block = event[2]
        for index in (0, 1, 2, 5, 9, 10):
            block[index] = shared[index]
    import schemas.json

    kind = "compiled" if schemas.json.__file__.endswith((".so", ".pyd")) else "plain"
    for schemas_enable in ("false", "true"):
        encode = schemas.json.create({"schemas.enable": schemas_enable}, False).bind(type, "t", is_key=False)
        size = len(encode(events[0]))
        print(
            f"{kind:9} json schemas={schemas_enable:5} {measure(encode, events, 5):6.2f} us  {size} bytes", flush=True
        )
    try:
        import schemas.avro
    except ImportError:
        return
    encode = schemas.avro.encoder(type, "t", 1, schemas.avro.Mapping()).encode
    size = len(encode(events[0]))
    print(f"{kind:9} avro               {measure(encode, events, 5):6.2f} us  {size} bytes", flush=True)


def build(into: Path) -> None:
    """Copies of the packages in `into`, the hot modules compiled in place."""
    for package in ("cdc", "schemas"):
        shutil.copytree(ROOT / package, into / package, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    modules = ["cdc/model.py", *COMPILED]
    present = [module for module in modules if (into / module).exists()]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("mypyc")), *present],
        cwd=into,
        env={**os.environ, "MYPYPATH": str(into)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout[-4000:] + done.stderr[-4000:])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--in", dest="where", help="measure the packages of this directory")
    parser.add_argument("--plain", action="store_true", help="only the plain modules")
    arguments = parser.parse_args()
    if arguments.where:
        report(arguments.where)
        return
    report("plain")
    if arguments.plain:
        return
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        environment = {**os.environ, "PYTHONPATH": folder}
        subprocess.run([sys.executable, "-P", __file__, "--in", folder], cwd=folder, env=environment, check=True)


if __name__ == "__main__":
    main()
