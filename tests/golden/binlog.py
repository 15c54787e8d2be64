"""Scenarios that MySQL and MariaDB have in common: one body, played on both."""

from __future__ import annotations

from collections.abc import Sequence

from tests.golden.databases.mysql import statements
from tests.golden.scenario import Config, Scenario, Step

SERVERS = {
    "my": ("mysql", "9.7", 1),
    "mynogtid": ("mysql", "9.7-nogtid", 4),
    "ma": ("mariadb", "11.8", 2),
}


def everywhere(
    topic: str,
    setup: str,
    stream: Sequence[Step],
    configs: Sequence[Config],
    *,
    servers: Sequence[str] = ("my", "ma"),
    **only: Sequence[Config],
) -> list[Scenario]:
    """A scenario per server, named by both.

    DB in SQL and in options is the scenario's database. A statement that begins with `/*mysql*/` or `/*mariadb*/` is
    for that kind; so are the configurations in `only`, by `my` or `ma`.
    """
    found = []
    for server in servers:
        kind, version, share = SERVERS[server]
        name = f"{server}{topic}"
        database = f"g_{name}"
        found.append(
            Scenario(
                name,
                _sql(setup, kind, database),
                tuple(_step(step, kind, database) for step in stream),
                tuple(config.of(database) for config in (*configs, *only.get(server, ()))),
                version,
                kind,
                share,
            )
        )
    return found


def _sql(text: str, kind: str, database: str) -> str:
    other = "/*mariadb*/" if kind == "mysql" else "/*mysql*/"
    kept = [
        each
        for each in statements(text.replace("DB.", f"{database}.").replace("{DB}", database))
        if not each.startswith(other)
    ]
    return ";\n".join(kept)


def _step(step: Step, kind: str, database: str) -> Step:
    return _sql(step, kind, database) if isinstance(step, str) else step
