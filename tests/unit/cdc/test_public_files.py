"""Connector files as people write them: valid as they are, refused rightly, or waiting for a feature.

`connector_files/index.tsv` has a line per file. Their shapes are those of files in public; their names are ours.
A refusal that no rule below explains fails the test.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from cdc.options import Problem
from cdc.validation import check_file
from cdc.worker import WorkerConfig

FOLDER = Path(__file__).parent / "connector_files"
BAR = 0.95  # of the files that are not refused rightly: valid once every feature below is there


class Rule(NamedTuple):
    """Problems of a property with a reason, and the name under which they are counted."""

    name: str
    property: str
    why: str


# The file is wrong, or needs a class that only its writer has.
RIGHT = (
    Rule("class of one's own", r"(transforms\.|\w+\.type).*", "class of your own|no class of this name"),
    Rule("not JSON", r".*\.json", "Expecting"),
    Rule("gap in a placeholder", r".*", "the path is missing|has no path"),
    Rule("value of another database", r"snapshot\.locking\.mode", "must be one of"),
    Rule("mask that does not exist", r"column\.mask\..*", "in clear"),
    Rule("number of the replica is missing", r"database\.server\.id", "required"),
    Rule("Java key store", r".*store\.location", "JKS"),
)
# A feature that a later version has.
WAITS = (
    Rule("transforms and converters", r"transforms\..*\.type", "known and not available"),
    Rule("transforms and converters", r"(key|value)\.converter.*", "known and not available|only the Confluent"),
    Rule("signals and notifications", r"(signal|notification)\..*", "not available yet"),
    Rule("service", r"openlineage\..*", "not available yet"),
    Rule("service", r"schema\.history\.internal", "store is not available"),
    Rule("service", r".*\.sasl\..*", "AWS_MSK_IAM|IAMLoginModule|Java classes"),
    Rule("exactly-once", r"exactly\.once\..*|.*transactional\.id", "exactly-once"),
)


class Entry(NamedTuple):
    """One line of the index."""

    file: str
    form: str
    verdict: str
    right: str
    waits: str


def entries() -> list[Entry]:
    with (FOLDER / "index.tsv").open(encoding="utf-8", newline="") as lines:
        return [Entry(*row) for row in csv.reader(lines, delimiter="\t")][1:]


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the secrets that the files name, as a cluster would mount them."""
    folder = tmp_path_factory.mktemp("secrets")
    login = {"user": "shop", "password": "p4ssword", "host": "db", "port": "5432", "name": "shop"}
    text = "".join(f"{key}={value}\n" for key, value in login.items())
    (folder / "login.properties").write_text(text)
    (folder / "shop-login.properties").write_text(text)
    (folder / "kafka.properties").write_text("client.properties/password=p4ssword\n")
    mounted = folder / "shop" / "login"
    mounted.mkdir(parents=True)
    for key, value in login.items():
        (mounted / key).write_text(value)
    return folder


def problems(entry: Entry, secrets: Path, folder: Path) -> list[Problem]:
    """What `cdc validate` finds in a file, the worker naming the folder of its secrets."""
    file = folder / entry.file
    file.write_bytes((FOLDER / entry.file).read_bytes().replace(b"SECRETS", str(secrets).encode()))
    providers = ("secrets", "secretManager", "secretsmanager", "securepass")
    worker = WorkerConfig({f"config.providers.{name}.param.directory": str(secrets) for name in providers})
    reports = check_file(str(file), worker, connect=False)
    assert len(reports) == 1
    assert all(problem.why and problem.remedy for problem in reports[0].problems)
    return reports[0].problems


def names(rules: tuple[Rule, ...], problem: Problem) -> set[str]:
    return {
        rule.name
        for rule in rules
        if re.fullmatch(rule.property, problem.property) and re.search(rule.why, problem.why)
    }


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.file)
def test_a_file_is_valid_or_refused_for_the_reasons_in_the_index(
    entry: Entry, secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIVER_QUIVER_TULIP_REGISTRY_VIOLIN", "http://registry:8081")
    right: set[str] = set()
    waits: set[str] = set()
    for problem in problems(entry, secrets, tmp_path):
        found = names(RIGHT, problem), names(WAITS, problem)
        assert len(found[0] | found[1]) == 1, f"a refusal in neither list: {problem!r}"
        right |= found[0]
        waits |= found[1]
    assert "; ".join(sorted(right)) == entry.right
    assert "; ".join(sorted(waits)) == entry.waits
    assert entry.verdict == ("refused" if right else "waits" if waits else "valid")


def test_enough_files_are_valid_once_the_features_are_there() -> None:
    found = entries()
    assert {entry.file for entry in found} == {file.name for file in FOLDER.iterdir()} - {"index.tsv"}
    counts = Counter(entry.verdict for entry in found)
    assert counts == {"valid": 81, "waits": 31, "refused": 12}
    features = Counter(name for entry in found if entry.verdict == "waits" for name in entry.waits.split("; "))
    assert features == {"transforms and converters": 24, "signals and notifications": 5, "service": 4}
    assert set(features) <= {rule.name for rule in WAITS}
    outside = len(found) - counts["refused"]
    assert (counts["valid"] + counts["waits"]) / outside >= BAR


def test_the_files_come_in_several_forms() -> None:
    forms = Counter(entry.form for entry in entries())
    assert forms == {"JSON": 114, "Strimzi resource": 6, "Debezium Server properties": 4}
