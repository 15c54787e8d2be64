"""Scenarios that MySQL and MariaDB have in common: one body, played on both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tests.golden.databases.mysql import statements
from tests.golden.scenario import Config, Scenario, Step

# the begin of the scenario's name, kind, version, share, and the marks of statements that it takes
SERVERS = {
    "my": ("my", "mysql", "9.7", 3, ("mysql", "mysql9")),
    "mynogtid": ("mynogtid", "mysql", "9.7-nogtid", 4, ("mysql", "mysql9")),
    "myfull": ("my", "mysql", "9.7-full", 0, ("mysql", "mysql9")),
    "my84": ("my84", "mysql", "8.4", 0, ("mysql",)),
    "my80": ("my80", "mysql", "8.0", 0, ("mysql",)),
    "ma": ("ma", "mariadb", "11.8", 3, ("mariadb",)),
    "mafull": ("ma", "mariadb", "11.8-full", 0, ("mariadb",)),
    "ma1011": ("ma1011", "mariadb", "10.11", 0, ("mariadb",)),
}
HISTORY = {
    "schema.history.internal": "io.debezium.storage.kafka.history.KafkaSchemaHistory",
    "schema.history.internal.kafka.topic": "{prefix}-history-{part}",
    "schema.history.internal.kafka.bootstrap.servers": "{brokers}",
}
OLDER = ("my84", "my80", "ma1011")
MARK = re.compile(r"/\*(mysql9?|mariadb)\*/")


def everywhere(
    topic: str,
    setup: str,
    stream: Sequence[Step],
    configs: Sequence[Config],
    *,
    servers: Sequence[str] = ("my", "ma"),
    older: Sequence[str] = (),
    shares: Mapping[str, int] = MappingProxyType({}),
    **only: Sequence[Config],
) -> list[Scenario]:
    """A scenario per server, named by both; `full` servers log the columns' metadata, so `topic` says that.

    DB in SQL and in options is the scenario's database. A statement that begins with `/*mysql*/`, `/*mysql9*/` or
    `/*mariadb*/` is for such servers; so are the configurations in `only`, by `my` or `ma`. On OLDER servers
    only the configurations that `older` names are played. `shares` are other ones than those of SERVERS.
    """
    found = []
    for server in (*servers, *(OLDER if older else ())):
        begin, kind, version, share, marks = SERVERS[server]
        name = f"{begin}{topic}"
        database = f"g_{name}"
        found.append(
            Scenario(
                name,
                _sql(setup, marks, database),
                tuple(_step(step, marks, database) for step in stream),
                tuple(
                    config.of(database)
                    for config in (*configs, *only.get(server, ()))
                    if server not in OLDER or config.name in older
                ),
                version,
                kind,
                shares.get(server, share),
            )
        )
    return found


def _sql(text: str, marks: Sequence[str], database: str) -> str:
    kept = [
        each
        for each in statements(text.replace("DB.", f"{database}.").replace("{DB}", database))
        if not (mark := MARK.match(each)) or mark[1] in marks
    ]
    return ";\n".join(kept)


def _step(step: Step, marks: Sequence[str], database: str) -> Step:
    return _sql(step, marks, database) if isinstance(step, str) else step
