"""What a scenario is: a database's setup, what is then streamed, and the connector configurations that watch it.

A scenario's database holds an empty table `golden.marker`, which is always captured. Rows of it tell where the stream
stands: their ids start with `golden-`, and so does every other text that a step waits for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MARKER_SETUP = "CREATE SCHEMA golden; CREATE TABLE golden.marker (id text PRIMARY KEY, n int);"
CLASS = "io.debezium.connector.postgresql.PostgresConnector"
JSON = "org.apache.kafka.connect.json.JsonConverter"
AVRO = "io.apicurio.registry.utils.converter.AvroConverter"


@dataclass(frozen=True)
class Await:
    """A step that waits until every configuration has delivered `count` records that hold `text`."""

    text: str
    count: int = 1


@dataclass(frozen=True)
class Sync:
    """A step that waits until every configuration has delivered what was written before it."""


SYNC = Sync()
Step = str | Await | Sync


@dataclass(frozen=True)
class Config:
    """One connector configuration of a scenario.

    `options` override the defaults of `connector`. `start` is a text of the last snapshot record, for connectors that
    never stream; without it a connector is ready when its slot is read. `end` is a text and the number of records that
    hold it. `masks` name flattened fields and headers with values that differ from run to run, by the kind of
    `canonical.KINDS`. `partitions` of the topics when more than one (`topics` are then made before the start).
    `unordered` compares the records of a topic as a set. `live` False: not run at the same time as Debezium (it writes
    into the database itself). `avro` uses Apicurio's AvroConverter. `refused` is the property that Headwater refuses by
    name in this configuration until its issue lands; it is counted apart.
    """

    name: str
    options: Mapping[str, str] = field(default_factory=dict)
    start: str | None = None
    end: tuple[str, int] = ("golden-end", 2)
    masks: Mapping[str, str] = field(default_factory=dict)
    partitions: int = 1
    topics: tuple[str, ...] = ()
    unordered: bool = False
    live: bool = True
    avro: bool = False
    refused: str = ""

    @property
    def skipped(self) -> set[str]:
        """Operations that are not delivered."""
        return set(self.options.get("skipped.operations", "t").split(","))


@dataclass(frozen=True)
class Scenario:
    """One database with what happens in it. `server` is the version of PostgresServer, `stream` one step per item:
    a text is one transaction (or one statement that cannot run in a transaction).
    """

    name: str
    setup: str
    stream: tuple[Step, ...]
    configs: tuple[Config, ...]
    server: str = "18"

    @property
    def database(self) -> str:
        """The name of its database."""
        return f"g_{self.name}"


@dataclass(frozen=True)
class Run:
    """One configuration of one scenario."""

    scenario: Scenario
    config: Config

    @property
    def name(self) -> str:
        """`scenario.config`."""
        return f"{self.scenario.name}.{self.config.name}"

    @property
    def prefix(self) -> str:
        """Its topic prefix, which is the connector's name too."""
        return f"g_{self.scenario.name}_{self.config.name}"

    def slot(self, side: str) -> str:
        """The name of its slot and publication on one side."""
        return f"{side}_{self.prefix}"

    def connector(
        self, side: str, *, host: str, port: int, user: str, password: str, registry: str | None
    ) -> dict[str, str]:
        """The connector file."""
        options = dict(self.config.options)
        for name, marker in (
            ("table.include.list", r"golden\.marker"),
            ("schema.include.list", "golden"),
            ("column.include.list", r"golden\.marker\..*"),
            ("snapshot.include.collection.list", r"golden\.marker"),
        ):
            if name in options:
                options[name] += f",{marker}"
        if self.config.avro:
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
            "name": self.prefix,
            "connector.class": CLASS,
            "tasks.max": "1",
            "database.hostname": host,
            "database.port": str(port),
            "database.user": user,
            "database.password": password or "none",
            "database.dbname": self.scenario.database,
            "topic.prefix": self.prefix,
            "plugin.name": "pgoutput",
            "slot.name": self.slot(side),
            "publication.name": self.slot(side),
            "poll.interval.ms": "50",
            "key.converter": JSON,
            "key.converter.schemas.enable": "true",
            "value.converter": JSON,
            "value.converter.schemas.enable": "true",
            **options,
        }
