"""`python -m tests.golden.look SCENARIO.CONFIG [TEXT]`: the recorded records that hold a text, readably."""

from __future__ import annotations

import json
import sys

from tests.golden import recording


def main() -> int:
    """Print; exit status 1 without a recording."""
    scenario, _, config = sys.argv[1].partition(".")
    text = sys.argv[2] if len(sys.argv) > 2 else ""
    runs = recording.load(scenario)
    if not runs:
        print(f"no recording of {scenario}")
        return 1
    for name, run in runs.items():
        if config and name != config:
            continue
        for record in run.records:
            line = json.dumps(record, ensure_ascii=False)
            if text in line:
                print(f"{name}: {line}")
                for part in ("key", "value"):
                    side = record[part]
                    if isinstance(side, dict) and "schema" in side and text:
                        print(f"    {part} schema: {run.schemas[str(side['schema'])]}")
        print(f"{name}: offset {json.dumps(run.offset)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
