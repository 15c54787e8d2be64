"""Everything that can be said about a connector before it runs: every problem at once, then what to know besides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cdc.app import Parts, client_problems, connector_module, strict_problems
from cdc.config import Config
from cdc.connector_files import ConnectorFile, load_all
from cdc.errors import ConfigError
from cdc.logs import SECRETS
from cdc.options import NOTE_KINDS, Note, Problem
from cdc.settings import problems_of
from cdc.worker import WorkerConfig


class Report:
    """What was found about one connector: problems, what is down, and notes that stop nothing."""

    def __init__(self, path: str, name: str, notes: list[Note] | None = None) -> None:
        self.path = path
        self.name = name
        self.problems: list[Problem] = []
        self.down: list[Problem] = []  # what does not answer now: nothing is wrong with the file
        self.notes: list[Note] = list(notes or [])
        self.checked: list[str] = ["file"]

    def title(self) -> str:
        """The file, and the connector where its name does not say the same."""
        return self.path if self.name in ("", Path(self.path).stem) else f"{self.path} ({self.name})"

    def lines(self) -> list[str]:
        """For a terminal: problems, notes by weight, one line that sums up."""
        title = self.title()
        found: list[str] = []
        for problem in (*self.problems, *self.down):
            found.extend([*problem.lines(), ""])
        for kind in NOTE_KINDS:
            notes = list(dict.fromkeys(str(note) for note in self.notes if note.kind == kind))
            if notes:
                found.append(f"{title}: {kind}:")
                found.extend(f"  - {note}" for note in notes)
        checked = ", ".join(self.checked)
        count = len(self.problems)
        counts = [f"{count} problem{'s' if count > 1 else ''}"] if count else []
        if self.down:
            counts.append(f"{len(self.down)} not reachable")
        found.append(f"{title}: {' and '.join(counts) or 'no problems'} (checked: {checked})")
        return found

    def json(self) -> dict[str, Any]:
        """For a program."""
        return {
            "file": self.path,
            "name": self.name,
            "problems": [vars(problem) for problem in self.problems],
            "down": [vars(problem) for problem in self.down],
            "notes": [str(note) for note in sorted(self.notes, key=lambda note: NOTE_KINDS.index(note.kind))],
            "checked": self.checked,
        }


def check_file(path: str, worker: WorkerConfig, *, connect: bool, strict: bool = False) -> list[Report]:
    """Check every connector of a file. One that cannot be read is a report of its own."""
    try:
        files = load_all(path)
    except ConfigError as error:
        report = Report(path, "")
        report.problems.append(Problem(path, None, error.detail.removeprefix(f"{path}: "), error.remedy))
        return [report]
    return [check(file, worker, connect=connect, strict=strict) for file in files]


def check(file: ConnectorFile, worker: WorkerConfig, *, connect: bool, strict: bool = False) -> Report:
    """Check a connector, and with `connect` what it points to. `strict`: what would be ignored is a problem."""
    report = Report(file.path, file.name, file.notes)
    resolved = worker.resolve(file.config)
    try:
        module = connector_module(resolved)
    except ConfigError as error:
        report.problems.extend(problems_of(error, "connector.class", "connector.class"))
        return report
    config: Config = module.configure(resolved, strict=False)
    for secret in config.secrets():
        SECRETS.add(secret)
    parts = Parts(config, worker)
    for problem in (*config.problems, *parts.problems, *client_problems(config, worker)):
        if problem not in report.problems:
            report.problems.append(problem)
    report.notes += [*config.warnings, *parts.notes]
    if strict:
        report.problems += strict_problems(report.notes)
    if connect and not report.problems:
        from cdc.reachability import look

        look(module.__name__, config, worker, report)
    return report
