"""What a connector's file points to, asked now: database, Kafka, the brokers of the schema history, the registry."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from cdc.app import Parts, history_settings
from cdc.errors import CdcError, ConfigError, problem_of
from cdc.kafka import UNAUTHORIZED
from cdc.options import Down, Problem

if TYPE_CHECKING:
    from cdc.config import Config
    from cdc.validation import Report
    from cdc.worker import WorkerConfig

_LONGEST_SECONDS = 10.0


def look(package: str, config: Config, worker: WorkerConfig, report: Report) -> None:
    """Ask everything and note in the report what is wrong and what does not answer."""
    seconds = min(_LONGEST_SECONDS, config.connection_validation_timeout_ms / 1000)
    checks = importlib.import_module(f"{package}.checks")

    def database() -> list[Problem]:
        found: list[Problem] = checks.check(config, report.notes)
        return found

    _ask(report, "database", "database.hostname", config.database_hostname, database)
    settings = worker.client_settings("producer", config.overrides("producer"))
    servers = re.sub(r"\s+", "", str(settings["bootstrap.servers"]))
    _ask(report, "Kafka", "bootstrap.servers", servers, lambda: _brokers(settings, seconds))
    history = history_settings(config, worker)
    if history:
        clients = {**history["admin"], **history["producer"]}
        name = "schema.history.internal.kafka.bootstrap.servers"
        other = re.sub(r"\s+", "", str(clients["bootstrap.servers"]))
        if {**settings, "client.id": ""} != {**clients, "client.id": ""}:
            _ask(report, "Kafka of the schema history", name, other, lambda: _brokers(clients, seconds))
    parts = Parts(config, worker)
    asked: set[str] = set()
    for which, converter in zip(("key", "value"), parts.converters, strict=False):
        urls = getattr(converter, "registry_urls", "")
        if urls and urls not in asked:
            asked.add(urls)
            _ask(report, "schema registry", f"{which}.converter", urls, converter.reach)


def _ask(
    report: Report, what: str, property: str, value: str | None, check: Callable[[], list[Problem] | None]
) -> None:
    report.checked.append(what)
    found: list[Problem] = []
    try:
        found = check() or []
    except ConfigError as error:
        found = error.problems or [problem_of(error, property, value)]
    except CdcError as error:
        # A running connector waits for a password to be set right; here it is wrong.
        found = [problem_of(error, property, value, wrong=error.code == UNAUTHORIZED)]
    report.down += [problem for problem in found if isinstance(problem, Down)]
    report.problems += [problem for problem in found if not isinstance(problem, Down)]


def _brokers(settings: dict[str, str | int | float], seconds: float) -> None:
    from cdc.kafka import KafkaSink

    sink = KafkaSink(settings)
    try:
        sink.check(seconds)
    finally:
        sink.close()
