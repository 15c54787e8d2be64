"""What a golden run needs of a database: one file per kind, found by the scenario's `kind`."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import ClassVar, Protocol

from tests.golden.masks import Boundary, Json, Masks
from tests.golden.scenario import Run, Scenario

JSON = "org.apache.kafka.connect.json.JsonConverter"
AVRO = "io.apicurio.registry.utils.converter.AvroConverter"
Seen = Callable[[str], int]


class Address(Protocol):
    """Where a server listens, and as whom to log in."""

    host: str
    port: int
    user: str
    password: str


class Session(Protocol):
    """The connection through which a scenario is streamed."""

    def run(self, step: str) -> None:
        """One transaction, or one statement that cannot run in a transaction."""

    def boundary(self) -> Boundary:
        """Where the log ends now."""

    def position(self) -> int:
        """Where the log ends now, as `Boundary.lsn`."""

    def ready(self, run: Run, side: str, seen: Seen) -> bool:
        """Whether what is written from now on will be delivered to a run; `seen` counts records with a text."""


class Database(ABC):
    """A server of one kind, with the databases of scenarios in it."""

    MASKS: ClassVar[Masks]
    server: Address

    @classmethod
    @abstractmethod
    def start(cls, version: str) -> Database:
        """The server of a scenario's `server`, started. Raises Unavailable."""

    @classmethod
    @abstractmethod
    def title(cls, version: str) -> str:
        """The server's name in the report of the servers."""

    @property
    @abstractmethod
    def version(self) -> str:
        """The server's version and where it comes from, for the report."""

    @abstractmethod
    def prepare(self, scenario: Scenario) -> None:
        """Make the scenario's database anew and run its setup."""

    @abstractmethod
    def session(self, scenario: Scenario) -> AbstractContextManager[Session]:
        """A connection to the scenario's database."""

    @abstractmethod
    def remove(self, scenario: Scenario) -> None:
        """Drop the scenario's database."""

    @abstractmethod
    def stop(self) -> None:
        """Stop the server."""

    @classmethod
    @abstractmethod
    def properties(cls, run: Run, side: str) -> dict[str, str]:
        """The properties of a connector that are of this kind alone; a run's options override them."""

    @staticmethod
    @abstractmethod
    def marker(scenario: Scenario) -> str:
        """The table of marks, as SQL names it: `id` is a text, `n` a number."""

    @staticmethod
    @abstractmethod
    def markers(scenario: Scenario) -> Mapping[str, str]:
        """What is added to a list of a configuration, so that the marker table is captured always."""

    @staticmethod
    @abstractmethod
    def reached(offset: Mapping[str, Json]) -> int:
        """The position of a stored offset, as `Session.position`."""


def kind(name: str) -> type[Database]:
    """The kind of database that a scenario names."""
    found: type[Database] = importlib.import_module(f"{__name__}.{name}").DATABASE
    return found


def connector(run: Run, side: str, server: Address, brokers: str, registry: str | None) -> dict[str, str]:
    """The connector file of a run on one side, named by the side's short name; `registry` is the native address."""
    database = kind(run.scenario.kind)
    options = run.filled(brokers)
    for name, marker in database.markers(run.scenario).items():
        if name in options:
            options[name] += f",{marker}"
    if run.config.avro:
        assert registry is not None
        for side_of in ("key", "value"):
            options |= {
                f"{side_of}.converter": AVRO,
                f"{side_of}.converter.apicurio.registry.url": registry,
                f"{side_of}.converter.apicurio.registry.auto-register": "true",
                f"{side_of}.converter.apicurio.registry.find-latest": "false",
                f"{side_of}.converter.apicurio.registry.as-confluent": "true",
                f"{side_of}.converter.apicurio.registry.use-id": "contentId",
                f"{side_of}.converter.apicurio.registry.headers.enabled": "false",
            }
    return {
        "name": run.prefix,
        "tasks.max": "1",
        "database.hostname": server.host,
        "database.port": str(server.port),
        "database.user": server.user,
        "database.password": server.password or "none",
        "topic.prefix": run.prefix,
        **database.properties(run, side),
        "poll.interval.ms": "50",
        "key.converter": JSON,
        "key.converter.schemas.enable": "true",
        "value.converter": JSON,
        "value.converter.schemas.enable": "true",
        **options,
    }
