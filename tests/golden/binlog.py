"""Scenarios that MySQL and MariaDB have in common: one body, played on both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from tests.golden.databases.mysql import statements
from tests.golden.scenario import Config, Scenario, Step

SERVERS = {  # the begin of the scenario's name, kind, version, share
    "my": ("my", "mysql", "9.7", 1),
    "mynogtid": ("mynogtid", "mysql", "9.7-nogtid", 4),
    "myfull": ("my", "mysql", "9.7-full", 0),
    "ma": ("ma", "mariadb", "11.8", 2),
    "mafull": ("ma", "mariadb", "11.8-full", 0),
}

HISTORY = {
    "schema.history.internal": "io.debezium.storage.kafka.history.KafkaSchemaHistory",
    "schema.history.internal.kafka.topic": "{prefix}-history-{part}",
    "schema.history.internal.kafka.bootstrap.servers": "{brokers}",
}


def everywhere(
    topic: str,
    setup: str,
    stream: Sequence[Step],
    configs: Sequence[Config],
    *,
    servers: Sequence[str] = ("my", "ma"),
    shares: Mapping[str, int] = MappingProxyType({}),
    **only: Sequence[Config],
) -> list[Scenario]:
    """A scenario per server, named by both; `full` servers log the columns' metadata, so `topic` says that.

    DB in SQL and in options is the scenario's database. A statement that begins with `/*mysql*/` or `/*mariadb*/` is
    for that kind; so are the configurations in `only`, by `my` or `ma`. `shares` are other ones than those of SERVERS.
    """
    found = []
    for server in servers:
        begin, kind, version, share = SERVERS[server]
        name = f"{begin}{topic}"
        database = f"g_{name}"
        found.append(
            Scenario(
                name,
                _sql(setup, kind, database),
                tuple(_step(step, kind, database) for step in stream),
                tuple(_config(config, database) for config in (*configs, *only.get(server, ()))),
                version,
                kind,
                shares.get(server, share),
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


def _config(config: Config, database: str) -> Config:
    return replace(
        config,
        options={
            name.replace("DB.", f"{database}."): value.replace("DB\\.", f"{database}\\.").replace("DB.", f"{database}.")
            for name, value in config.options.items()
        },
    )
