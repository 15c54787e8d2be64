"""Everything that can be said about a connector's file before it runs: every problem at once."""

from __future__ import annotations

import importlib
import re
from typing import Any

from cdc.app import connector_module
from cdc.config import Config, load
from cdc.errors import CdcError, ConfigError
from cdc.logs import SECRETS
from cdc.options import Problem
from cdc.parts import find
from cdc.settings import problems_of
from cdc.worker import WorkerConfig


class Report:
    """What was found about one file: problems, and notes that stop nothing."""

    def __init__(self, path: str, name: str) -> None:
        self.path = path
        self.name = name
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.checked: list[str] = ["file"]

    def lines(self) -> list[str]:
        """For a terminal."""
        found = [f"{self.path}: note: {note}" for note in self.notes]
        for problem in self.problems:
            found.extend(["", *problem.lines()])
        checked = ", ".join(self.checked)
        if self.problems:
            count = len(self.problems)
            found.extend(["", f"{self.path}: {count} problem{'s' if count > 1 else ''} (checked: {checked})"])
        else:
            found.append(f"{self.path}: no problems (checked: {checked})")
        return found

    def json(self) -> dict[str, Any]:
        """For a program."""
        return {
            "file": self.path,
            "name": self.name,
            "problems": [vars(problem) for problem in self.problems],
            "notes": self.notes,
            "checked": self.checked,
        }


def check(path: str, worker: WorkerConfig, *, connect: bool) -> Report:
    """Check a file, and with `connect` what it points to. Raises ConfigError when the file cannot be read."""
    file = load(path)
    report = Report(path, file.name)
    resolved = worker.resolve(file.config)
    try:
        module = connector_module(resolved)
    except ConfigError as error:
        name = str(file.config.get("connector.class", "")) or None
        report.problems.append(Problem("connector.class", name, error.detail, error.remedy))
        return report
    config: Config = module.configure(resolved, strict=False)
    for secret in config.secrets():
        SECRETS.add(secret)
    report.problems.extend(config.problems)
    report.notes.extend(config.warnings)
    _parts(config, worker, report)
    if connect and not config.problems:
        _database(module.__name__, config, report)
        _kafka(config, worker, report)
    return report


def _parts(config: Config, worker: WorkerConfig, report: Report) -> None:
    """Classes and options of transforms, predicates and converters."""
    for kind, steps in (("transforms", config.chain), ("predicates", config.conditions)):
        for step in steps:
            if not step.type:
                continue
            try:
                find("transforms", step.type).create(step.options, step.type)
            except ConfigError as error:
                owner = f"{kind}.{step.name}"
                report.problems.extend(problems_of(error, owner, f"{owner}.type"))
    for which in ("key", "value", "header"):
        name, options = config.converter(which) or worker.converter(which)
        try:
            find("schemas", name).create(options, which == "key")
        except ConfigError as error:
            report.problems.extend(problems_of(error, f"{which}.converter", f"{which}.converter"))


def _database(package: str, config: Config, report: Report) -> None:
    checks = importlib.import_module(f"{package}.checks")
    report.checked.append("database")
    try:
        report.problems.extend(checks.check(config, report.notes))
    except CdcError as error:
        why = f"{error.code} {error.detail}"
        report.problems.append(Problem("database.hostname", config.database_hostname, why, error.remedy))


def _kafka(config: Config, worker: WorkerConfig, report: Report) -> None:
    from cdc.kafka import KafkaSink

    report.checked.append("Kafka")
    try:
        sink = KafkaSink(worker.client_settings("producer", config.overrides("producer")))
        try:
            sink.check(min(10.0, config.connection_validation_timeout_ms / 1000))
        finally:
            sink.close()
    except ConfigError as error:
        report.problems.extend(error.problems or [Problem("connector", None, error.detail, error.remedy)])
    except CdcError as error:
        shown = re.sub(r"\s+", " ", worker.bootstrap_servers)
        report.problems.append(Problem("bootstrap.servers", shown, f"{error.code} {error.detail}", error.remedy))
