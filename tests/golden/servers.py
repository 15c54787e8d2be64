"""The servers of a golden run: started when the first scenario needs them, stopped together."""

from __future__ import annotations

from tests.golden.databases import Database, kind
from tests.golden.scenario import Scenario
from tests.servers.kafka import KafkaBroker
from tests.servers.registry import SchemaRegistry


class Servers:
    """Databases by kind and version, one broker for Headwater, one registry."""

    def __init__(self) -> None:
        self._databases: dict[tuple[str, str], Database] = {}
        self._kafka: KafkaBroker | None = None
        self._registry: SchemaRegistry | None = None

    def database(self, scenario: Scenario) -> Database:
        """The server of a scenario. Raises Unavailable."""
        key = scenario.kind, scenario.server
        if key not in self._databases:
            self._databases[key] = kind(scenario.kind).start(scenario.server)
        return self._databases[key]

    def kafka(self) -> KafkaBroker:
        """The broker. Raises Unavailable."""
        if self._kafka is None:
            self._kafka = KafkaBroker.start()
        return self._kafka

    def registry(self) -> SchemaRegistry:
        """The schema registry. Raises Unavailable."""
        if self._registry is None:
            self._registry = SchemaRegistry.private()
        return self._registry

    def stop(self) -> None:
        """Stop what was started."""
        for server in (*self._databases.values(), self._kafka, self._registry):
            if server is not None:
                server.stop()
