"""Per-table composition: envelope -> transforms -> key and value bytes -> sink. Compiles (mypyc).

Everything that can be known once per Shape is looked up once per Shape; per event there is a plain path.
Knows no connector and no wire format.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable

from cdc.api import Encoder, Format, OnDelivery, Predicate, Sink, Step, Transform
from cdc.envelope import Adjust, data_shapes
from cdc.errors import SinkFull
from cdc.ledger import Entry
from cdc.model import (
    BEGIN,
    CREATE,
    DELETE,
    END,
    FLOAT32,
    FLOAT64,
    MESSAGE,
    TRUNCATE,
    UPDATE,
    Change,
    Header,
    Record,
    Row,
    Shape,
    Table,
    Type,
)
from cdc.topics import Topics
from cdc.transactions import TransactionMonitor

HeaderEncoder = Callable[["Type | None", object], "bytes | None"]
EncodedHeaders = list[tuple[str, bytes | None]]
TEXT = Type("string")

SHARED = 64  # so many changes of a batch share their processing time, a fraction of a millisecond

NEW_KEY = "__debezium.newkey"
OLD_KEY = "__debezium.oldkey"
NAN = b"NaN"


class Condition:
    """A predicate of a stage, resolved for one Shape."""

    def __init__(self, step: Step | None, always: bool, test: Callable[[Record], bool] | None, wanted: bool) -> None:
        self.step = step
        self.always = always
        self.test = test
        self.wanted = wanted


class Stage:
    """One transform of the chain, with its predicate: binds the transform once per Shape."""

    def __init__(self, name: str, transform: Transform, predicate: Predicate | None, negate: bool) -> None:
        self.name = name
        self._transform = transform
        self._predicate = predicate
        self._negate = negate
        self.place = 0  # in the chain; the outlet says it

    def apply(self, record: Record) -> Record | None:
        """The record after this stage, None when it is dropped."""
        slots = record.shape.slots
        made = slots[self.place] if len(slots) > self.place else None
        bound = made if isinstance(made, Condition) else self._bind(record.shape)
        step = bound.step
        if step is None:
            return record
        if not bound.always:
            test = bound.test
            if test is None or test(record) != bound.wanted:
                return record
        return step(record)

    def _bind(self, shape: Shape) -> Condition:
        always = True
        test: Callable[[Record], bool] | None = None
        if self._predicate is not None:
            answer = self._predicate.bind(shape)
            if isinstance(answer, bool):
                always = answer != self._negate
            else:
                always = False
                test = answer
        step = self._transform.bind(shape) if always or test is not None else None
        condition = Condition(step, always, test, not self._negate)
        shape.keep(self.place, condition)
        return condition


class Route:
    """How records of one final Shape are written."""

    def __init__(self, shape: Shape, encode_key: Encoder, encode_value: Encoder, null: bytes | None) -> None:
        self.topic = shape.topic
        self.partition = shape.partition
        self.encode_key = encode_key
        self.encode_value = encode_value
        self.null = null


class Held:
    """A finished record that waits for the others of its change."""

    def __init__(
        self, route: Route, key: bytes | None, value: bytes | None, headers: EncodedHeaders, timestamp: int
    ) -> None:
        self.route = route
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp


def no_value(value: object) -> bytes:
    """The encoder of a Shape that has no values, only nulls."""
    raise RuntimeError("a value was sent with a Shape of nulls")


class Outlet:
    """The way out of one pipeline: transforms, formats, sink, and the ledger entry that acknowledgements go to."""

    def __init__(
        self,
        stages: list[Stage],
        key_format: Format,
        value_format: Format,
        encode_header: HeaderEncoder,
        context: list[tuple[str, str]],
        sink: Sink,
        wait: Callable[[], None],
        prepare: Callable[[str], None],
    ) -> None:
        self._stages = stages
        self._key_format = key_format
        self._value_format = value_format
        self._encode_header = encode_header
        self.context: list[Header] = [(name, TEXT, value) for name, value in context]
        self.encoded_context: EncodedHeaders = [(name, encode_header(TEXT, value)) for name, value in context]
        self._send = sink.send
        self._wait = wait
        self._prepare = prepare
        for place, stage in enumerate(stages):
            stage.place = place
        self._place = len(stages)
        self._held: list[Held] | None = None
        self.direct = not stages
        self.dropped = 0
        self.sent = 0
        self.entry: Entry | None = None
        self.on_delivery: OnDelivery | None = None
        self.ts_ms: object = 0  # three objects that many envelopes hold: an encoder may know them again
        self.ts_us: object = 0
        self.ts_ns: object = 0

    def tick(self) -> None:
        """Take the processing time of the envelopes that follow."""
        now = time.time_ns()
        self.ts_ms = now // 1000000
        self.ts_us = now // 1000
        self.ts_ns = now

    def enter(self, entry: Entry) -> None:
        """Acknowledgements of the records sent from now on go to this entry."""
        self.entry = entry
        self.on_delivery = entry.ack

    def hold(self) -> None:
        """Keep the records that are sent from now on, until `release` or `discard`."""
        self._held = []

    def release(self) -> None:
        """Send what was held."""
        held, self._held = self._held, None
        for record in held or ():
            self.send(record.route, record.key, record.value, record.headers, record.timestamp)

    def discard(self) -> None:
        """Forget what was held."""
        self._held = None

    def route(self, shape: Shape) -> Route:
        """The encoders for a final Shape; binds formats (which may ask a registry) and makes the topic, once."""
        slots = shape.slots
        made = slots[self._place] if len(slots) > self._place else None
        if isinstance(made, Route):
            return made
        return self._bind(shape)

    def _bind(self, shape: Shape) -> Route:
        self._prepare(shape.topic)
        null: bytes | None = None
        if shape.typed_null and shape.value is not None:
            null = self._value_format.null(shape.value, shape.topic)
        route = Route(
            shape,
            self._key_format.bind(shape.key, shape.topic, is_key=True),
            no_value if shape.typed_null else self._value_format.bind(shape.value, shape.topic, is_key=False),
            null,
        )
        shape.keep(self._place, route)
        return route

    def emit(self, record: Record) -> None:
        """Run the chain over one record and send what is left of it."""
        for stage in self._stages:
            after = stage.apply(record)
            if after is None:
                self.dropped += 1
                return
            record = after
        route = self.route(record.shape)
        headers: EncodedHeaders = []
        for name, type, value in record.headers:
            headers.append((name, self._encode_header(type, value)))
        self.send(
            route,
            None if record.key is None else route.encode_key(record.key),
            route.null if record.value is None else route.encode_value(record.value),
            headers,
            record.timestamp,
        )

    def send(
        self, route: Route, key: bytes | None, value: bytes | None, headers: EncodedHeaders, timestamp: int = -1
    ) -> None:
        """Hand one finished record to the sink; waits while the sink is full."""
        if self._held is not None:
            self._held.append(Held(route, key, value, headers, timestamp))
            return
        entry = self.entry
        on_delivery = self.on_delivery
        if entry is None or on_delivery is None:
            raise RuntimeError("a record was sent outside of a ledger entry")
        while True:
            try:
                self._send(route.topic, route.partition, key, value, headers, timestamp, on_delivery)
            except SinkFull:
                self._wait()
            else:
                entry.outstanding += 1
                self.sent += 1
                return


def same_in_java(one: Row, other: Row) -> bool:
    """Whether two keys are the same for Java, and so as bytes: 0.0 and -0.0 differ, NaN is NaN."""
    return _bits(one) == _bits(other)


def _bits(value: object) -> object:
    """A value in which Python's equality is that of Java's Double.equals."""
    if isinstance(value, float):
        return struct.pack("<d", value) if value == value else NAN
    if isinstance(value, list):
        return [_bits(item) for item in value]
    if isinstance(value, dict):
        return [(key, _bits(item)) for key, item in value.items()]
    return value


def holds_float(type: Type) -> bool:
    """Whether a value of this type is, or contains, a number of floating point."""
    if type.kind == FLOAT32 or type.kind == FLOAT64:
        return True
    if type.element is not None and holds_float(type.element):
        return True
    return any(holds_float(field.type) for field in type.fields)


class Binding:
    """What becomes of the changes of one table version."""

    def __init__(
        self, table: Table, shape: Shape, truncate: Shape, outlet: Outlet, tombstones: bool, skipped: frozenset[str]
    ) -> None:
        self._table = table
        self._key_of = table.key_of if table.key is not None else None
        self._shape = shape
        self._truncate = truncate
        self._outlet = outlet
        self._tombstones = tombstones
        self._exact = table.key is not None and any(holds_float(column.type) for column in table.key)
        # of a changed key; other operations are skipped where they are read
        self._skip_delete = DELETE in skipped
        self._skip_create = CREATE in skipped
        self.moved = False  # the last change had another key
        self._route: Route | None = outlet.route(shape) if outlet.direct else None
        self._truncate_route: Route | None = None

    def send(self, change: Change, monitor: TransactionMonitor | None) -> int:
        """Send the records of a change. Returns the number of data events."""
        op = change.op
        source = change.source
        after = change.after
        before = change.before
        key: Row | None = None
        key_of = self._key_of
        if op == TRUNCATE:
            return self._truncated(change, self._block(change, monitor))
        if key_of is not None:
            if op == DELETE:
                if before is not None:
                    key = key_of(before)
            elif after is not None:
                key = key_of(after)
                if op == UPDATE and before is not None:
                    old = key_of(before)
                    if not (same_in_java(old, key) if self._exact else old == key):
                        return self._rekeyed(change, old, key, monitor)
        route = self._route
        outlet = self._outlet
        block = self._block(change, monitor)
        value: Row = [before, after, source, block, op, outlet.ts_ms, outlet.ts_us, outlet.ts_ns]
        if route is not None:
            encoded = None if key is None else route.encode_key(key)
            outlet.send(route, encoded, route.encode_value(value), outlet.encoded_context)
            if op == DELETE and self._tombstones:
                outlet.send(route, encoded, None, outlet.encoded_context)
            return 1
        # A tombstone shares its delete's headers, as in Debezium: what a transform adds to the one, the other has too.
        headers = outlet.context.copy()
        outlet.emit(Record(self._shape, key, value, headers))
        if op == DELETE and self._tombstones:
            outlet.emit(Record(self._shape, key, None, headers))
        return 1

    def _block(self, change: Change, monitor: TransactionMonitor | None) -> Row | None:
        """The transaction block of the next event of this table."""
        if monitor is None or not change.tx:
            return None
        return monitor.block(change.tx, self._table.id)

    def _truncated(self, change: Change, block: Row | None) -> int:
        outlet = self._outlet
        value: Row = [None, None, change.source, block, TRUNCATE, outlet.ts_ms, outlet.ts_us, outlet.ts_ns]
        outlet.emit(Record(self._truncate, None, value, outlet.context.copy()))
        return 1

    def _rekeyed(self, change: Change, old: Row, new: Row, monitor: TransactionMonitor | None) -> int:
        """A changed key: delete and tombstone of the old key, create of the new one, all at one position.

        skipped.operations leaves out the delete with its tombstone, the create, or both.
        """
        outlet = self._outlet
        shape = self._shape
        times: list[object] = [outlet.ts_ms, outlet.ts_us, outlet.ts_ns]
        events = 0
        self.moved = True
        if not self._skip_delete:
            events = 1
            block = self._block(change, monitor)
            moved: list[Header] = [(NEW_KEY, shape.key, new), *outlet.context]
            deleted: Row = [change.before, None, change.source, block, DELETE, *times]
            outlet.emit(Record(shape, old, deleted, moved))
            if self._tombstones:
                outlet.emit(Record(shape, old, None, moved))
        if not self._skip_create:
            events += 1
            created: Row = [None, change.after, change.source, self._block(change, monitor), CREATE, *times]
            outlet.emit(Record(shape, new, created, [(OLD_KEY, shape.key, old), *outlet.context]))
        return events


class Binder:
    """Makes the Binding of a table version on first use and sends changes through it."""

    def __init__(
        self,
        topics: Topics,
        info: Type,
        adjust: Adjust,
        outlet: Outlet,
        tombstones: bool,
        metadata: Table | None,
        skipped: frozenset[str] = frozenset(),
    ) -> None:
        self._skipped = skipped
        self._topics = topics
        self._info = info
        self._adjust = adjust
        self._outlet = outlet
        self._tombstones = tombstones
        self.monitor: TransactionMonitor | None = None if metadata is None else TransactionMonitor()
        self.creates = 0
        self.updates = 0
        self.deletes = 0

    def send(self, changes: list[Change]) -> int:
        """Send the records of these changes, in order. Returns the number of data events."""
        events = 0
        monitor = self.monitor
        outlet = self._outlet
        shared = 0
        for change in changes:
            if shared == 0:
                shared = SHARED
                outlet.tick()
            shared -= 1
            table = change.table
            if table.shape is not None:
                self._pseudo(change, table.shape)
                continue
            binding = table.binding
            if binding is None:
                binding = self._bind(table)
            if not isinstance(binding, Binding):
                raise RuntimeError(f"table {table.id} is bound by somebody else")
            events += binding.send(change, monitor)
            op = change.op
            if op == CREATE:
                self.creates += 1
            elif op == UPDATE:
                if binding.moved:  # what is left of a delete and a create
                    binding.moved = False
                    self.deletes += 0 if DELETE in self._skipped else 1
                    self.creates += 0 if CREATE in self._skipped else 1
                else:
                    self.updates += 1
            elif op == DELETE:
                self.deletes += 1
        return events

    def _bind(self, table: Table) -> Binding:
        topic = self._topics.data(table)
        shape, truncate = data_shapes(table, topic, self._info, self._adjust)
        binding = Binding(table, shape, truncate, self._outlet, self._tombstones, self._skipped)
        table.binding = binding
        return binding

    def _pseudo(self, change: Change, shape: Shape) -> None:
        key: object = change.before
        value: object = change.after
        monitor = self.monitor
        if monitor is not None and change.op in (BEGIN, END):
            key, value = monitor.boundary(change)
        elif change.op == MESSAGE and monitor is not None and change.tx and change.after is not None:
            change.after[3] = monitor.block(change.tx, "LOGICAL_DECODING_MESSAGE")
        headers = self._outlet.context.copy() if shape.kind == "schema" else []
        self._outlet.emit(Record(shape, key, value, headers))
