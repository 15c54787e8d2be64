"""Records of one table as the engine makes them: envelope, key, headers; and steps to put them through."""

from __future__ import annotations

import pytest

from cdc.api import Transform
from cdc.model import INT32, INT64, STRING, TRANSACTION_BLOCK, Header, Record, Row, Shape, Type, struct
from schemas import types

ROW = struct(
    "srv.inv.t.Value",
    [
        ("id", Type(INT32, default=0)),
        ("a", Type(STRING, optional=True, default="dflt")),
        ("topic_name", Type(STRING, optional=True)),
        ("price", types.decimal(2, 10).replace(optional=True)),
        ("note", Type(STRING)),
    ],
    optional=True,
)
SOURCE = struct(
    "io.debezium.connector.postgresql.Source",
    [
        ("version", Type(STRING)),
        ("snapshot", types.enum(["true", "last", "false"]).replace(optional=True, default="false")),
        ("ts_ms", Type(INT64)),
        ("table", Type(STRING)),
        ("lsn", Type(INT64, optional=True)),
    ],
    version=1,
)
ENVELOPE = struct(
    "srv.inv.t.Envelope",
    [
        ("before", ROW),
        ("after", ROW),
        ("source", SOURCE),
        ("transaction", TRANSACTION_BLOCK),
        ("op", Type(STRING)),
        ("ts_ms", Type(INT64, optional=True)),
        ("ts_us", Type(INT64, optional=True)),
        ("ts_ns", Type(INT64, optional=True)),
    ],
    version=2,
)
KEY = struct("srv.inv.t.Key", [("id", Type(INT32, default=0))])
HEARTBEAT = struct("io.debezium.connector.common.Heartbeat", [("ts_ms", Type(INT64))], version=1)


class Chain:
    """Transforms in a row, each bound once per Shape, as the engine runs them."""

    def __init__(self, *transforms: Transform) -> None:
        self._transforms = transforms
        self._steps: dict[tuple[int, Shape], object] = {}
        self.binds = 0

    def run(self, record: Record | None) -> Record | None:
        for number, transform in enumerate(self._transforms):
            if record is None:
                return None
            key = (number, record.shape)
            if key not in self._steps:
                self.binds += 1
                self._steps[key] = transform.bind(record.shape)
            step = self._steps[key]
            if step is not None:
                record = step(record)
        return record


class Table:
    """The table srv.inv.t and its records."""

    def __init__(self) -> None:
        self.shape = Shape("srv.inv.t", KEY, ENVELOPE, table="inv.t")
        self.truncations = Shape("srv.inv.t", None, ENVELOPE, table="inv.t")
        self.heartbeats = Shape(
            "__debezium-heartbeat.srv",
            struct("io.debezium.connector.common.ServerNameKey", [("serverName", Type(STRING))], version=1),
            HEARTBEAT,
            kind="heartbeat",
            partition=0,
        )

    def row(self, id: int = 1, a: str | None = None, topic: str | None = "routed") -> Row:
        """A row with a hidden value at its end, as decoders may leave one."""
        return [id, a, topic, (150).to_bytes(2, "big"), "x", "hidden"]

    def record(
        self,
        op: str,
        before: Row | None,
        after: Row | None,
        *,
        tx: Row | None = None,
        headers: list[Header] | None = None,
    ) -> Record:
        source: Row = ["3.6.3.Final", None, 4, "t", 99]
        value: Row = [before, after, source, tx, op, 5, 5000, 5000000]
        shape = self.truncations if op == "t" else self.shape
        own = [("ctx", Type(STRING), "c")] if headers is None else headers
        return Record(shape, None if op == "t" else [1], value, own)

    def create(self) -> Record:
        return self.record("c", None, self.row(), tx=["7:1", 1, 1])

    def delete(self) -> Record:
        return self.record("d", self.row(), None)

    def tombstone(self, headers: list[Header] | None = None) -> Record:
        return Record(self.shape, [1], None, [("ctx", Type(STRING), "c")] if headers is None else headers)

    def truncate(self) -> Record:
        return self.record("t", None, None)

    def heartbeat(self) -> Record:
        return Record(self.heartbeats, ["srv"], [1], [])


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def chain() -> type[Chain]:
    return Chain
