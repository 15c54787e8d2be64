"""The contract between the engine and its parts, on one screen. Knows no part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from cdc.model import Batch, Change, Record, Row, Shape, Table, Type


class Position(Protocol):
    """A place in a source's log, opaque to the engine."""

    def offset(self) -> dict[str, object]:
        """Debezium's offset JSON object for this position."""


class Source(Protocol):
    """A database's log. One thread calls everything but `rows`, which snapshot readers call from theirs."""

    connector: str  # Debezium's connector name in the source block: postgresql, mysql, mariadb
    plugin: str  # the plugin label of Debezium's metrics: postgres, mysql, mariadb
    info: Type  # Struct of the source block
    transactions: Table | None  # pseudo-table of BEGIN and END changes; the engine sets it before `start`

    def equip(self, history: History, topic: str) -> None:
        """Where versions of tables are stored, and the topic of schema changes. Before `open`.

        Called for connectors whose files name a schema history; other sources have no use for it.
        """

    def open(self, offset: dict[str, object] | None) -> None:
        """Connect and make ready (publication, slot), at a stored offset or None. Raises PositionLost, SourceLost."""

    def tables(self) -> list[Table]:
        """Tables to read in a snapshot, in order. After `open`."""

    def rows(self, table: Table) -> Iterator[list[Row]]:
        """All rows of one table at the snapshot's point, in lists of bounded size. Called from a reader's thread."""

    def statements(self) -> list[Change]:
        """Changes to send before the snapshot's rows: the statements that make its tables. After `tables`."""

    def estimate(self, table: Table) -> int:
        """Expected number of rows, for progress only; -1 unknown."""

    def snapshot_source(self, table: Table, marker: str) -> Row:
        """Source block of a snapshot row; marker: first, first_in_data_collection, true, last_..., last."""

    def snapshot_position(self, *, last: bool, completed: bool) -> Position:
        """Position that is stored while the snapshot runs, and with its last row."""

    def end_snapshot(self) -> None:
        """Let go of what the snapshot held (transaction, locks, connections). Also after a failed one."""

    def start(self) -> Position:
        """Begin to stream, from the opened offset or from the snapshot's point, else from now on; returns where."""

    def poll(self, timeout: float) -> Batch | None:
        """The next changes, waiting at most `timeout` seconds when there are none. Raises SourceLost, DecodeError."""

    def confirm(self, position: Position) -> None:
        """Tell the database that everything up to here is safe in Kafka, offset included."""

    def keepalive(self) -> None:
        """Answer the database while nothing is polled (snapshot running, sink full). Cheap; call it often."""

    def heartbeat(self) -> None:
        """Run heartbeat.action.query on a connection of its own."""

    def health(self) -> dict[str, float | str]:
        """Last observations of the log's retention (slot watch), gathered on a side connection. Never blocks."""

    def close(self, *, drop: bool = False) -> None:
        """Disconnect; `drop` on an orderly stop lets the source apply slot.drop.on.stop. Never raises."""


Step = Callable[[Record], "Record | None"]


class Transform(Protocol):
    """A single-message transform. Made once from its options, bound once per Shape."""

    def bind(self, shape: Shape) -> Step | None:
        """The function for records of this Shape, None when it leaves them alone.

        The function may change the Record in place, must set `record.shape` to a Shape made at bind time when key,
        value or topic differ, and returns None to drop it. Raises BindError when the shape
        cannot be served (unknown field).
        """


class Predicate(Protocol):
    """A condition on records (Kafka Connect `predicates`)."""

    def bind(self, shape: Shape) -> bool | Callable[[Record], bool]:
        """True or False when the Shape decides, else the function that decides per record."""


Encoder = Callable[[object], bytes]


class Format(Protocol):
    """A converter: how a key or value is written."""

    def bind(self, type: Type | None, topic: str, *, is_key: bool) -> Encoder:
        """The encoder for values of this type on this topic. May ask a registry. Raises SchemaError, RegistryLost.

        A key of type None (keyless table) encodes to nothing: the engine never calls the encoder for it.
        """

    def null(self, type: Type, topic: str) -> bytes | None:
        """What a null value that has this type is written as (`Shape.typed_null`); None: as Kafka's null."""


class Receipt(Protocol):
    """What a sink says of a record that it has delivered, or could not."""

    def topic(self) -> str | None:
        """The topic it went to."""

    def offset(self) -> int | None:
        """Where it lies in its partition; None when the sink does not know, which proves nothing."""


OnDelivery = Callable[[object, Receipt], None]  # called with an error or None, and the record


class Sink(Protocol):
    """Where records go."""

    def send(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes | None]],
        timestamp: int,
        on_delivery: OnDelivery,
    ) -> None:
        """Accept one record. Raises SinkFull when there is no room (call `poll` and try again)."""

    def poll(self, timeout: float) -> None:
        """Run acknowledgements. Raises SinkFailed when a record cannot be delivered."""

    def flush(self, timeout: float) -> int:
        """Wait until all is delivered; the number of records that are not."""

    def prepare(self, topic: str) -> None:
        """Make sure that a topic exists, as far as the configuration asks for it. Raises SinkFailed."""

    def close(self) -> None:
        """Let go, without waiting."""


class Store(Protocol):
    """Durable offsets of one connector. `save` starts a numbered write, `durable` is the last one that is safe."""

    started: int
    durable: int

    def load(self) -> dict[str, object] | None:
        """The stored offset object, None when there is none. Raises StoreFailed."""

    def save(self, offset: dict[str, object] | None) -> int:
        """Start to write, None to delete; returns the number of the write. Raises StoreFailed."""

    def flush(self, timeout: float) -> None:
        """Wait until every write is durable. Raises StoreFailed."""

    def close(self) -> None:
        """Let go."""


class History(Protocol):
    """Durable versions of tables of one connector: JSON records that are only ever added."""

    @property
    def where(self) -> str:
        """The topic or file, for messages."""

    def create(self) -> None:
        """Make the topic or file unless it exists. Raises StoreFailed, SinkFailed."""

    def check(self) -> None:
        """Warn when its settings let records be deleted."""

    def records(self) -> Iterator[bytes]:
        """All records from the first on; none when nothing was ever stored. Raises StoreFailed."""

    def append(self, record: bytes) -> None:
        """Start to write a record. Raises StoreFailed."""

    def flush(self, timeout: float) -> None:
        """Wait until every record is safe. Raises StoreFailed."""

    def close(self) -> None:
        """Let go."""
