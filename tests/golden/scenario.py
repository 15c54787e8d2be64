"""What a scenario is: a database's setup, what is then streamed, and the connector configurations that watch it.

A scenario's database holds a table for marks, which is always captured. Rows of it tell where the stream stands: their
ids start with `golden-`, and so does every other text that a step waits for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Await:
    """A step that waits until every configuration has delivered `count` records that hold `text`."""

    text: str
    count: int = 1


@dataclass(frozen=True)
class Sync:
    """A step that waits until every configuration has delivered what was written before it."""


@dataclass(frozen=True)
class Restart:
    """A step that stops every connector when it has delivered what was written before, and starts it again: each side
    on the offsets and the schema history that the other has written. One side alone goes on with its own.
    """


SYNC = Sync()
RESTART = Restart()
Step = str | Await | Sync | Restart


@dataclass(frozen=True)
class Config:
    """One connector configuration of a scenario.

    `options` override the defaults of `connector`; in their values {prefix} is the topic prefix, {part} the number of
    the start and {brokers} the address of the side's Kafka. `start` is a text of the last snapshot record, for
    connectors that never stream; without it a connector is ready when its slot is read. `end` is a text and the number
    of records that hold it. `masks` name flattened fields and headers with values that differ from run to run, by the
    kind of canonical.py. `partitions` of the topics when more than one (`topics` are then made before the start).
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

    def of(self, schema: str) -> Config:
        """With a schema or database for DB, in the names and values of options."""
        pairs = ((_of(name, schema), _of(value, schema)) for name, value in self.options.items())
        return replace(self, options=dict(pairs))


def _of(text: str, schema: str) -> str:
    return text.replace("DB.", f"{schema}.").replace("DB\\.", f"{schema}\\.")


@dataclass(frozen=True)
class Scenario:
    """One database with what happens in it. `kind` is a module of databases/, `server` a version that it knows,
    `stream` one step per item: a text is one transaction (or one statement that cannot run in a transaction). `make
    test` plays every `share`-th configuration, none for 0: another scenario has the same SQL, or there are too many.
    """

    name: str
    setup: str
    stream: tuple[Step, ...]
    configs: tuple[Config, ...]
    server: str = "18"
    kind: str = "postgresql"
    share: int = 1

    @property
    def database(self) -> str:
        """The name of its database."""
        return f"g_{self.name}"


@dataclass(frozen=True)
class Run:
    """One configuration of one scenario. `part` counts its starts."""

    scenario: Scenario
    config: Config
    part: int = 1

    @property
    def name(self) -> str:
        """`scenario.config`."""
        return f"{self.scenario.name}.{self.config.name}"

    @property
    def prefix(self) -> str:
        """Its topic prefix, which is the connector's name too."""
        return f"g_{self.scenario.name}_{self.config.name}"

    def filled(self, brokers: str) -> dict[str, str]:
        """The options of its configuration; `brokers` is the address of Kafka."""
        words = {"{prefix}": self.prefix, "{part}": str(self.part), "{brokers}": brokers}
        options = dict(self.config.options)
        for word, text in words.items():
            options = {name: value.replace(word, text) for name, value in options.items()}
        return options

    @property
    def history(self) -> str | None:
        """The topic of the schema history that its configuration names."""
        return self.filled("").get("schema.history.internal.kafka.topic")
