"""Scenarios that MySQL and MariaDB have in common: one body, played on both."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.golden.databases.mysql import statements
from tests.golden.scenario import Config, Scenario, Step

# kind, version, share, and the marks of statements that it takes
SERVERS = {
    "my": ("mysql", "9.7", 1, ("mysql", "mysql9")),
    "mynogtid": ("mysql", "9.7-nogtid", 4, ("mysql", "mysql9")),
    "my84": ("mysql", "8.4", 0, ("mysql",)),
    "my80": ("mysql", "8.0", 0, ("mysql",)),
    "ma": ("mariadb", "11.8", 2, ("mariadb",)),
    "ma1011": ("mariadb", "10.11", 0, ("mariadb",)),
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
    **only: Sequence[Config],
) -> list[Scenario]:
    """A scenario per server, named by both.

    DB in SQL and in options is the scenario's database. A statement that begins with `/*mysql*/`, `/*mysql9*/` or
    `/*mariadb*/` is for such servers; so are the configurations in `only`, by `my` or `ma`. On OLDER servers
    only the configurations that `older` names are played.
    """
    found = []
    for server in (*servers, *(OLDER if older else ())):
        kind, version, share, marks = SERVERS[server]
        name = f"{server}{topic}"
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
                share,
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
