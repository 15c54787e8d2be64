"""Recordings of Debezium's output: one compressed file per scenario, kept in git."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from tests.golden.canonical import Canonical

FOLDER = Path(__file__).parent / "recordings"


def path(scenario: str) -> Path:
    """The file of a scenario."""
    return FOLDER / f"{scenario}.jsonl.gz"


def save(scenario: str, runs: dict[str, Canonical]) -> None:
    """Write all runs of a scenario. The file's bytes depend on nothing but them."""
    lines = []
    known: set[str] = set()
    for name, run in sorted(runs.items()):
        lines.append({"config": name, "offset": run.offset})
        for number, text in run.schemas.items():
            if number not in known:
                known.add(number)
                lines.append({"schema": number, "text": text})
        lines += [{"record": record} for record in run.records]
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    FOLDER.mkdir(exist_ok=True)
    with path(scenario).open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.encode())


def load(scenario: str) -> dict[str, Canonical]:
    """The runs of a scenario by configuration; empty when it was never recorded."""
    if not path(scenario).exists():
        return {}
    runs: dict[str, Canonical] = {}
    schemas: dict[str, str] = {}
    current = Canonical(schemas, [], None)
    with gzip.open(path(scenario), "rt", encoding="utf-8") as file:
        for line in file:
            item = json.loads(line)
            if "config" in item:
                current = runs[item["config"]] = Canonical(schemas, [], item["offset"])
            elif "schema" in item:
                schemas[item["schema"]] = item["text"]
            else:
                current.records.append(item["record"])
    return runs
