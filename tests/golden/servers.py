"""The servers of a golden run: started when the first scenario needs them, stopped together."""

from __future__ import annotations

from tests.servers.kafka import KafkaBroker
from tests.servers.postgresql import PostgresServer
from tests.servers.registry import SchemaRegistry

SETTINGS = {"max_wal_senders": "150", "max_replication_slots": "150", "max_connections": "500"}


class Servers:
    """PostgreSQL servers by version, one broker for Headwater, one registry."""

    def __init__(self) -> None:
        self._postgres: dict[str, PostgresServer] = {}
        self._kafka: KafkaBroker | None = None
        self._registry: SchemaRegistry | None = None

    def postgres(self, version: str) -> PostgresServer:
        """The server of a version. Raises Unavailable."""
        if version not in self._postgres:
            self._postgres[version] = PostgresServer.private(version, **SETTINGS)
        return self._postgres[version]

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
        for server in (*self._postgres.values(), self._kafka, self._registry):
            if server is not None:
                server.stop()
