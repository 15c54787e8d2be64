"""The servers of the trials, private because trials stop and kill them."""

from __future__ import annotations

from typing import Any

from tests.faults.database import Database
from tests.faults.mysql import Mariadb, Mysql
from tests.faults.postgresql import Postgresql
from tests.servers.kafka import KafkaBroker
from tests.servers.registry import SchemaRegistry

DATABASES: dict[str, type[Database]] = {kind.kind: kind for kind in (Postgresql, Mysql, Mariadb)}


class Servers:
    """Started when first asked for. `kind` is that of the database, one of DATABASES, `version` that of its server."""

    def __init__(
        self, kind: str = "postgresql", version: str = "", *, server: Any = None, kafka: KafkaBroker | None = None
    ) -> None:
        self.kind = kind
        self.version = version
        self._server = server
        self._kafka = kafka
        self._registry: SchemaRegistry | None = None

    def use(self, kind: str) -> None:
        """Go on with another kind of database."""
        if kind != self.kind and self._server is not None:
            self._server.stop()
            self._server = None
        self.kind = kind

    def start(self, **settings: object) -> Any:
        """A further database server with settings, which its user stops. Raises Unavailable."""
        return DATABASES[self.kind].start(self.version, **settings)

    @property
    def server(self) -> Any:
        """The database server."""
        if self._server is None:
            self._server = self.start()
        return self._server

    def database(self, prefix: str) -> Database:
        """Fresh tables on the server."""
        return DATABASES[self.kind](self.server, prefix)  # type: ignore[call-arg]

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
        for server in (self._server, self._kafka, self._registry):
            if server is not None:
                server.stop()
        self._server = self._kafka = self._registry = None
