"""What becomes of a change: records, tombstones, key changes, transforms, transaction blocks."""

from __future__ import annotations

import gc
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from cdc.api import Encoder, Predicate, Step, Transform
from cdc.binding import Binder, Outlet, Stage
from cdc.envelope import transaction_table
from cdc.errors import SinkFull
from cdc.ledger import Ledger
from cdc.model import Change, Column, Record, Row, Shape, Table, Type, struct
from cdc.topics import Topics

INFO = struct("source", [("lsn", Type("int64"))])


class Plain:
    """A Format that writes Python's repr of the values of the struct, under the struct's name."""

    def bind(self, type: Type | None, topic: str, *, is_key: bool) -> Encoder:
        return lambda value: f"{type.name if type else None}{value}".encode()


class Memory:
    """A Sink that keeps what it is given; full for the first `full` calls."""

    def __init__(self, full: int = 0) -> None:
        self.records: list[tuple[str, int, bytes | None, bytes | None, list[str]]] = []
        self.full = full

    def send(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes | None]],
        timestamp: int,
        on_delivery: Callable[[object, object], None],
    ) -> None:
        if self.full:
            self.full -= 1
            raise SinkFull
        self.records.append((topic, partition, key, value, [name for name, _ in headers]))

    def poll(self, timeout: float) -> None: ...
    def flush(self, timeout: float) -> int:
        return 0

    def prepare(self, topic: str) -> None: ...
    def close(self) -> None: ...


class Bench:
    """A binder over a memory sink."""

    def __init__(
        self,
        stages: list[Stage] | None = None,
        *,
        tombstones: bool = True,
        metadata: bool = False,
        full: int = 0,
        context: list[tuple[str, str]] | None = None,
        skipped: frozenset[str] = frozenset(),
    ) -> None:
        self.sink = Memory(full)
        self.waits = 0
        self.outlet = Outlet(
            stages or [],
            Plain(),
            Plain(),
            lambda type, value: str(value).encode(),
            context or [],
            self.sink,
            self._wait,
            self.sink.prepare,
        )
        topics = Topics(
            SimpleNamespace(
                topic_prefix="srv",
                topic_delimiter=".",
                topic_heartbeat_prefix="hb",
                topic_heartbeat_name=None,
                topic_transaction="transaction",
                topic_naming_strategy="",
                NAMED_BY="Schema",
            )
        )
        self.transactions = transaction_table(topics.transaction) if metadata else None
        self.binder = Binder(topics, INFO, lambda name: name, self.outlet, tombstones, self.transactions, skipped)
        self.ledger = Ledger()

    def _wait(self) -> None:
        self.waits += 1

    def send(self, *changes: Change) -> list[tuple[str, int, bytes | None, bytes | None, list[str]]]:
        self.entry = self.ledger.open()
        self.outlet.enter(self.entry)
        self.events = self.binder.send(list(changes))
        return self.sink.records


def orders(keyed: bool = True) -> Table:
    columns = [Column("id", Type("int32")), Column("note", Type("string", optional=True))]
    return Table("shop.orders", ("shop", "orders"), columns, columns[:1] if keyed else None, lambda row: row[:1])


def test_an_insert_is_one_record_with_key_and_envelope() -> None:
    bench = Bench(context=[("h", "v")])
    [(topic, partition, key, value, headers)] = bench.send(Change(orders(), "c", None, [1, "x"], [7]))

    assert (topic, partition, key) == ("srv.shop.orders", -1, b"srv.shop.orders.Key[1]")
    assert value is not None
    assert value.startswith(b"srv.shop.orders.Envelope[None, [1, 'x'], [7], None, 'c', ")
    assert headers == ["h"]
    assert (bench.entry.outstanding, bench.events) == (1, 1)


def test_a_delete_is_followed_by_a_tombstone() -> None:
    records = Bench().send(Change(orders(), "d", [1, None], None, [7]))

    assert [(key, value is None) for _, _, key, value, _ in records] == [
        (b"srv.shop.orders.Key[1]", False),
        (b"srv.shop.orders.Key[1]", True),
    ]


def test_tombstones_can_be_off() -> None:
    assert len(Bench(tombstones=False).send(Change(orders(), "d", [1, None], None, [7]))) == 1


def test_a_keyless_delete_has_a_tombstone_without_key() -> None:
    records = Bench().send(Change(orders(keyed=False), "d", [1, None], None, [7]))

    assert [(key, value is None) for _, _, key, value, _ in records] == [(None, False), (None, True)]


def test_a_changed_key_is_delete_tombstone_create() -> None:
    bench = Bench(context=[("c", "1")])
    records = bench.send(Change(orders(), "u", [1, "x"], [2, "x"], [7]))

    assert [(key, headers) for _, _, key, _, headers in records] == [
        (b"srv.shop.orders.Key[1]", ["__debezium.newkey", "c"]),
        (b"srv.shop.orders.Key[1]", ["__debezium.newkey", "c"]),
        (b"srv.shop.orders.Key[2]", ["__debezium.oldkey", "c"]),
    ]
    assert records[1][3] is None
    assert b"'d'" in (records[0][3] or b"")
    assert b"[None, [2, 'x'], [7], None, 'c', " in (records[2][3] or b"")
    assert bench.events == 2


def test_a_changed_key_is_a_create_when_deletes_are_skipped() -> None:
    bench = Bench(skipped=frozenset("d"))
    records = bench.send(Change(orders(), "u", [1, "x"], [2, "x"], [7]))

    assert [(key, headers) for _, _, key, _, headers in records] == [(b"srv.shop.orders.Key[2]", ["__debezium.oldkey"])]


def test_an_update_that_keeps_its_key_is_one_record() -> None:
    assert len(Bench().send(Change(orders(), "u", [1, "x"], [1, "y"], [7]))) == 1
    assert len(Bench().send(Change(orders(), "u", None, [1, "y"], [7]))) == 1


def test_a_truncate_has_no_key() -> None:
    [(_, _, key, value, _)] = Bench().send(Change(orders(), "t", None, None, [7]))

    assert key is None
    assert b"'t'" in (value or b"")


def test_a_full_sink_is_waited_for_and_the_record_sent_once() -> None:
    bench = Bench(full=3)

    assert len(bench.send(Change(orders(), "c", None, [1, "x"], [7]))) == 1
    assert bench.waits == 3
    assert bench.entry.outstanding == 1


def test_transaction_metadata_counts_in_total_and_per_table() -> None:
    bench = Bench(metadata=True)
    meta, first, second = bench.transactions, orders(), orders()
    second.id = "shop.items"
    assert meta is not None

    records = bench.send(
        Change(meta, "BEGIN", None, None, None, "9:1", 100),
        Change(first, "c", None, [1, "x"], [7], "9:1"),
        Change(second, "c", None, [1, "x"], [7], "9:2"),
        Change(first, "c", None, [2, "x"], [7], "9:3"),
        Change(meta, "END", None, None, None, "9:4", 200),
    )

    values = [value or b"" for _, _, _, value, _ in records]
    assert values[0].endswith(b"['BEGIN', '9:1', None, None, 100]")
    assert [b"['9:1', 1, 1]" in values[1], b"['9:2', 2, 1]" in values[2], b"['9:3', 3, 2]" in values[3]] == [True] * 3
    assert values[4].endswith(b"['END', '9:4', 3, [['shop.orders', 2], ['shop.items', 1]], 200]")
    assert records[0][0] == "srv.transaction"


class Rename(Transform):
    """Moves records to another topic and counts its binds."""

    def __init__(self) -> None:
        self.binds = 0

    def bind(self, shape: Shape) -> Step | None:
        self.binds += 1
        moved = Shape("moved", shape.key, shape.value)

        def step(record: Record) -> Record | None:
            record.shape = moved
            return record

        return step


class Tombstones(Predicate):
    """True for tombstones, decided per record."""

    def bind(self, shape: Shape) -> bool | Callable[[Record], bool]:
        return lambda record: record.value is None


class Never(Predicate):
    """False for every shape."""

    def bind(self, shape: Shape) -> bool | Callable[[Record], bool]:
        return False


@pytest.mark.parametrize(
    ("predicate", "negate", "topics"),
    [
        (None, False, ["moved", "moved"]),
        (Tombstones(), False, ["srv.shop.orders", "moved"]),
        (Tombstones(), True, ["moved", "srv.shop.orders"]),
        (Never(), False, ["srv.shop.orders", "srv.shop.orders"]),
        (Never(), True, ["moved", "moved"]),
    ],
)
def test_a_stage_applies_where_its_predicate_holds(
    predicate: Predicate | None, negate: bool, topics: list[str]
) -> None:
    bench = Bench([Stage("t", Rename(), predicate, negate)])

    assert [record[0] for record in bench.send(Change(orders(), "d", [1, None], None, [7]))] == topics


def test_a_transform_is_bound_once_per_shape() -> None:
    rename, table = Rename(), orders()
    bench = Bench([Stage("t", rename, None, False)])
    row: Row = [1, "x"]
    bench.send(*(Change(table, "c", None, row, [7]) for _ in range(5)))

    assert rename.binds == 1


def test_a_dropped_record_leaves_nothing_to_wait_for() -> None:
    class Drop(Transform):
        def bind(self, shape: Shape) -> Step | None:
            return lambda record: None

    bench = Bench([Stage("t", Drop(), None, False)])

    assert bench.send(Change(orders(), "c", None, [1, "x"], [7])) == []
    assert (bench.entry.outstanding, bench.outlet.dropped) == (0, 1)


def measured() -> Table:
    columns = [Column("d", Type("float64")), Column("note", Type("string", optional=True))]
    return Table("shop.measured", ("shop", "measured"), columns, columns[:1], lambda row: row[:1])


NAN = float("nan")


@pytest.mark.parametrize(
    ("old", "new", "events"), [(0.0, -0.0, 2), (-0.0, -0.0, 1), (NAN, float("nan"), 1), (1.5, 1.5, 1), (1.5, NAN, 2)]
)
def test_keys_of_floating_point_are_equal_when_javas_are(old: float, new: float, events: int) -> None:
    bench = Bench()
    bench.send(Change(measured(), "u", [old, "x"], [new, "y"], [7]))
    assert bench.events == events
    assert len(bench.sink.records) == (3 if events == 2 else 1)


@pytest.mark.parametrize(
    ("skipped", "events", "records", "counted"),
    [("", 2, 3, (1, 0, 1)), ("c", 1, 2, (0, 0, 1)), ("d", 1, 1, (1, 0, 0)), ("cd", 0, 0, (0, 0, 0))],
)
def test_skipped_operations_hold_for_the_parts_of_a_changed_key(
    skipped: str, events: int, records: int, counted: tuple[int, int, int]
) -> None:
    bench = Bench(skipped=frozenset(skipped))
    bench.send(Change(orders(), "u", [1, "x"], [2, "x"], [7]))
    assert bench.events == events
    assert len(bench.sink.records) == records
    assert (bench.binder.creates, bench.binder.updates, bench.binder.deletes) == counted


class Renaming:
    """A transform that derives a Shape per Shape."""

    def bind(self, shape: Shape) -> Step | None:
        derived = shape.derive(f"{shape.topic}.x", shape.key, shape.value)

        def step(record: Record) -> Record:
            record.shape = derived
            return record

        return step


def test_nothing_of_former_table_versions_is_kept() -> None:
    bench = Bench([Stage("a", Renaming(), None, False), Stage("b", Renaming(), None, False)])
    bench.send(Change(orders(), "c", None, [1, "x"], [7]))
    before = len([each for each in gc.get_objects() if isinstance(each, Shape)])
    for number in range(300):
        bench.send(Change(orders(), "c", None, [number, "x"], [7]))
    gc.collect()
    assert len([each for each in gc.get_objects() if isinstance(each, Shape)]) <= before + 6
    assert len(bench.sink.records) == 301


def test_records_that_are_held_go_out_together_or_not_at_all() -> None:
    bench = Bench()
    bench.entry = bench.ledger.open()
    bench.outlet.enter(bench.entry)
    bench.outlet.hold()
    bench.binder.send([Change(orders(), "u", [1, "x"], [2, "x"], [7])])
    assert bench.sink.records == []
    bench.outlet.discard()
    bench.outlet.hold()
    bench.binder.send([Change(orders(), "c", None, [3, "x"], [7])])
    bench.outlet.release()
    assert [record[2] for record in bench.sink.records] == [b"srv.shop.orders.Key[3]"]
