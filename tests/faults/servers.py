"""The servers of the trials, private because trials stop and kill them."""

from __future__ import annotations

from tests.servers.kafka import KafkaBroker
from tests.servers.postgresql import PostgresServer
from tests.servers.registry import SchemaRegistry


class Servers:
    """Started when first asked for."""

    def __init__(self, postgres: PostgresServer | None = None, kafka: KafkaBroker | None = None) -> None:
        self._postgres = postgres
        self._kafka = kafka
        self._registry: SchemaRegistry | None = None

    @property
    def postgres(self) -> PostgresServer:
        """PostgreSQL 18."""
        if self._postgres is None:
            self._postgres = PostgresServer.private("18")
        return self._postgres

    @property
    def kafka(self) -> KafkaBroker:
        """A broker that makes no topics by itself."""
        if self._kafka is None:
            self._kafka = KafkaBroker.private({"auto.create.topics.enable": "false", "num.partitions": "3"})
        return self._kafka

    @property
    def registry(self) -> SchemaRegistry:
        """A schema registry."""
        if self._registry is None:
            self._registry = SchemaRegistry.private()
        return self._registry

    def stop(self) -> None:
        """End them and remove their data."""
        for server in (self._postgres, self._kafka, self._registry):
            if server is not None:
                server.stop()
        self._postgres = self._kafka = self._registry = None
