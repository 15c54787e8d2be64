"""The loop over fakes of our own: order of acknowledgement, offset and confirmation; back-pressure; stop; failures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import KafkaError

from cdc.api import Encoder, OnDelivery
from cdc.binding import Binder, Outlet
from cdc.envelope import heartbeat_table
from cdc.errors import InternalError, PositionLost, SchemaError, SinkFull, SourceLost, StoreFailed
from cdc.metrics import Metrics
from cdc.model import CREATE, UPDATE, Batch, Change, Column, Row, Table, Type, struct
from cdc.offsets import NOT_COMPACTED, NOT_READ, NOT_WRITTEN
from cdc.pipeline import Aborted, Control, Pipeline
from cdc.topics import Topics
from schemas.errors import FORMAT_VALUE

GONE = NOT_COMPACTED  # any final code and any other will do here
CUT = NOT_READ
TEXT = Type("string")
INFO = struct("source", [("at", Type("int64"))])


class Settings:
    """As much of the configuration as the loop and the names read."""

    snapshot_mode = "no_data"
    snapshot_mode_configuration_based_snapshot_data = False
    snapshot_mode_configuration_based_start_stream = False
    snapshot_mode_configuration_based_snapshot_on_data_error = False
    snapshot_max_threads = 1
    snapshot_delay_ms = 0
    streaming_delay_ms = 0
    heartbeat_interval_ms = 0
    topic_prefix = "t"
    event_processing_failure_handling_mode = "fail"
    topic_delimiter = "."
    topic_heartbeat_prefix = "__debezium-heartbeat"
    topic_heartbeat_name = None
    topic_transaction = "transaction"
    topic_naming_strategy = ""
    NAMED_BY = "Schema"


BEGUN: dict[str, object] = {"lsn": 1}  # an offset that is stored before a test begins


class At:
    """A position that is a number."""

    def __init__(self, number: int, snapshot: str = "") -> None:
        self.number = number
        self.snapshot = snapshot

    def offset(self) -> dict[str, object]:
        if not self.snapshot:
            return {"lsn": self.number}
        return {"lsn": self.number, "snapshot": "INITIAL", "snapshot_completed": self.snapshot == "completed"}


class FakeSource:
    """Serves batches of numbered changes from a list; an exception in the list is raised, a function is called."""

    connector = "fake"
    plugin = "fake"
    info = INFO

    def __init__(self, events: list[str], batches: list[object], control: Control) -> None:
        self.events = events
        self.batches = batches
        self.control = control
        self.refusals: list[BaseException] = []
        self.table = Table("s.t", ("s", "t"), [Column("v", TEXT)], [Column("v", TEXT)], lambda row: row[:1])
        self.snapshot_rows: list[object] = []
        self.opened: list[dict[str, object] | None] = []
        self.kept = 0

    def open(self, offset: dict[str, object] | None) -> None:
        self.opened.append(offset)
        if self.refusals:
            raise self.refusals.pop(0)

    def tables(self) -> list[Table]:
        return [self.table]

    def rows(self, table: Table) -> Iterator[list[Row]]:
        for item in self.snapshot_rows:
            if isinstance(item, BaseException):
                raise item
            if callable(item):
                item()
            else:
                yield [[item]]

    def statements(self) -> list[Change]:
        return []

    def estimate(self, table: Table) -> int:
        return -1

    def snapshot_source(self, table: Table, marker: str) -> Row:
        return [0]

    def snapshot_position(self, *, last: bool, completed: bool) -> At:
        return At(1, "completed" if completed else "running")

    def end_snapshot(self) -> None:
        self.events.append("end_snapshot")

    def start(self) -> At:
        self.events.append("start")
        return At(0)

    def poll(self, timeout: float) -> Batch | None:
        if not self.batches:
            if timeout >= 0.2:  # nothing is in flight and nothing waits to be stored: the end of the test
                self.control.stop()
            return None
        item = self.batches.pop(0)
        if isinstance(item, BaseException):
            raise item
        if callable(item):
            item()
            return None
        assert isinstance(item, Batch)
        return item

    def batch(self, position: int, *values: str) -> Batch:
        made = Batch()
        made.position = At(position)
        made.commits = 1
        made.changes = [Change(self.table, CREATE, None, [value], [position]) for value in values]
        return made

    def confirm(self, position: object) -> None:
        assert isinstance(position, At)
        self.events.append(f"confirm {position.number}")

    def keepalive(self) -> None:
        self.kept += 1

    def heartbeat(self) -> None:
        self.events.append("heartbeat query")

    def health(self) -> dict[str, float | str]:
        return {}

    def close(self, *, drop: bool = False) -> None:
        self.events.append("close and drop" if drop else "close")


class FakeSink:
    """Holds records until `poll`, which acknowledges them one by one while `open`; `room` records fit."""

    def __init__(self, events: list[str]) -> None:
        self.events = events
        self.waiting: list[tuple[str, OnDelivery]] = []
        self.room = 1000
        self.open = True
        self.refuse = ""
        self.polled: Callable[[], None] = lambda: None

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
        if len(self.waiting) >= self.room:
            self.events.append("full")
            raise SinkFull
        name = (value or b"").decode()
        self.events.append(f"send {name}")
        self.waiting.append((name, on_delivery))

    def poll(self, timeout: float) -> None:
        self.polled()
        while self.open and self.waiting:
            name, on_delivery = self.waiting.pop(0)
            if name == self.refuse:
                on_delivery(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE), Receipt())
            else:
                self.events.append(f"ack {name}")
                on_delivery(None, Receipt())

    def flush(self, timeout: float) -> int:
        return len(self.waiting)

    def prepare(self, topic: str) -> None: ...

    def close(self) -> None: ...


class Receipt:
    """Where a record went."""

    def topic(self) -> str:
        return "t"

    def offset(self) -> int:
        return 0


class FakeStore:
    """Offsets that become durable when `settle` is called, at once while `eager`."""

    def __init__(self, events: list[str], offset: dict[str, object] | None) -> None:
        self.events = events
        self.offset = offset
        self.started = 0
        self.durable = 0
        self.eager = True
        self.full = 0
        self.fails = False

    def load(self) -> dict[str, object] | None:
        return self.offset

    def save(self, offset: dict[str, object] | None) -> int:
        if self.fails:
            raise StoreFailed(NOT_WRITTEN, "test")
        if self.full:
            self.full -= 1
            raise SinkFull
        if offset is None:
            self.events.append("remove")
            self.offset = None
            return self.started
        mark = "" if "snapshot" not in offset else " done" if offset["snapshot_completed"] else " snapshot"
        self.events.append(f"save {offset['lsn']}{mark}")
        self.offset = offset
        self.started += 1
        if self.eager:
            self.settle()
        return self.started

    def settle(self) -> None:
        self.durable = self.started

    def flush(self, timeout: float) -> None:
        self.settle()

    def close(self) -> None: ...


class Value:
    """A format that writes the first column of `after`, or the only value there is."""

    def bind(self, type: Type | None, topic: str, *, is_key: bool) -> Callable[[object], bytes]:
        if is_key or topic.startswith("__"):
            return lambda value: b"beat"
        return lambda value: str((value[1] or value[0])[0]).encode()  # type: ignore[index]


class Rig:
    """A pipeline with all its fakes."""

    def __init__(
        self, *, flush_seconds: float = 0.0, offset: dict[str, object] | None = BEGUN, **settings: object
    ) -> None:
        self.events: list[str] = []
        self.control = Control()
        self.settings = Settings()
        for name, value in settings.items():
            assert hasattr(self.settings, name)
            setattr(self.settings, name, value)
        self.source = FakeSource(self.events, [], self.control)
        self.sink = FakeSink(self.events)
        self.store = FakeStore(self.events, offset)
        self.pipeline = Pipeline(
            self.settings,
            self.source,
            self.sink,
            self.store,
            Metrics("fake", "t", "fake"),
            self.control,
            heartbeat_table("__beat"),
            flush_seconds,
        )
        self.outlet = Outlet(
            [], Value(), Value(), lambda type, value: None, [], self.sink, self.pipeline.wait, lambda topic: None
        )
        self.pipeline.connect(
            self.outlet, Binder(Topics(self.settings), INFO, lambda name: name, self.outlet, False, None)
        )

    def feed(self, *batches: object) -> None:
        self.source.batches.extend(batches)

    def of(self, *verbs: str) -> list[str]:
        return [event for event in self.events if event.split()[0] in verbs]


@pytest.fixture
def rig() -> Rig:
    return Rig()


class Refusing(Value):
    """Encodes every key but `bad`."""

    def bind(self, type: Type | None, topic: str, *, is_key: bool) -> Encoder:
        encode = super().bind(type, topic, is_key=is_key)

        def encoded(value: object) -> bytes:
            if is_key and value == ["bad"]:
                raise SchemaError(FORMAT_VALUE, "bad")
            return encode(value)

        return encoded


def test_a_change_whose_second_record_cannot_be_written_is_left_out_whole(rig: Rig) -> None:
    rig = Rig(event_processing_failure_handling_mode="warn")
    rig.outlet = Outlet(
        [], Refusing(), Value(), lambda type, value: None, [], rig.sink, rig.pipeline.wait, lambda topic: None
    )
    rig.pipeline.connect(rig.outlet, Binder(Topics(rig.settings), INFO, lambda name: name, rig.outlet, False, None))
    batch = rig.source.batch(5, "a")
    batch.changes.insert(0, Change(rig.source.table, UPDATE, ["good"], ["bad"], [5]))
    rig.feed(batch)
    rig.pipeline.run()

    assert rig.of("send") == ["send a"]


def test_a_batch_is_sent_then_acknowledged_then_stored_then_confirmed(rig: Rig) -> None:
    rig.feed(rig.source.batch(5, "a", "b"))
    rig.pipeline.run()

    assert rig.of("send", "ack", "save", "confirm", "close") == [
        "send a",
        "send b",
        "ack a",
        "ack b",
        "save 5",
        "confirm 5",
        "close and drop",
    ]


def test_an_offset_that_is_not_durable_is_not_confirmed(rig: Rig) -> None:
    rig.store.eager = False
    seen: list[str] = []

    def look() -> None:
        seen.extend(rig.of("save", "confirm"))
        rig.store.settle()

    rig.feed(rig.source.batch(5, "a"), lambda: None, lambda: None, look)
    rig.pipeline.run()

    assert seen == ["save 5"]
    assert rig.of("confirm") == ["confirm 5"]


def test_the_same_offset_again_is_confirmed_only_when_its_write_is_durable() -> None:
    rig = Rig(heartbeat_interval_ms=1)
    rig.store.eager = False
    seen: list[str] = []
    beats = threading.Event()

    def look() -> None:
        if len(rig.of("heartbeat")) < 4:
            beats.wait(0.002)
            rig.source.batches.insert(0, look)
            return
        seen.extend(rig.of("save", "confirm"))
        rig.settings.heartbeat_interval_ms = 0
        rig.store.settle()

    rig.feed(rig.source.batch(5, "a"), look)
    rig.pipeline.run()

    assert seen == ["save 5"]
    assert rig.of("confirm")[-1] == "confirm 5"


def test_a_store_without_room_confirms_nothing_and_is_asked_again(rig: Rig) -> None:
    rig.store.full = 3
    rig.feed(rig.source.batch(5, "a"), rig.source.batch(6, "b"))
    rig.pipeline.run()

    assert rig.of("save", "confirm") == ["save 6", "confirm 6"]


def test_the_stored_offset_waits_for_the_flush_interval_and_a_stop_stores_at_once() -> None:
    rig = Rig(flush_seconds=3600)
    rig.feed(rig.source.batch(5, "a"), lambda: None, rig.source.batch(6, "b"), lambda: None, rig.control.stop)
    rig.pipeline.run()

    assert rig.of("save") == ["save 5", "save 6"]
    assert rig.events.index("send b") > rig.events.index("save 5")
    assert rig.of("confirm")[-1] == "confirm 6"


def test_nothing_is_read_while_the_sink_is_full_and_the_database_hears_from_us(rig: Rig) -> None:
    rig.sink.room = 2
    rig.sink.open = False
    left = [25]

    def later() -> None:
        left[0] -= 1
        rig.sink.open = left[0] <= 0

    rig.sink.polled = later
    rig.feed(rig.source.batch(5, "a", "b", "c", "d"), rig.source.batch(6, "e"))
    rig.pipeline.run()

    assert rig.events.count("full") >= 20
    assert rig.source.kept >= 20
    assert rig.of("ack") == ["ack a", "ack b", "ack c", "ack d", "ack e"]
    assert rig.events.index("send e") > rig.events.index("ack b")


def test_a_batch_that_waits_for_room_is_not_stored_although_all_of_it_so_far_is_acknowledged(rig: Rig) -> None:
    rig.sink.room = 1
    rig.feed(rig.source.batch(5, "a", "b", "c"))
    rig.pipeline.run()

    assert rig.events.index("save 5") > rig.events.index("ack c")
    assert rig.of("save") == ["save 5"]


def test_a_long_wait_for_kafka_keeps_no_list_of_batches_without_records(rig: Rig) -> None:
    rig.sink.open = False
    sizes: list[int] = []

    def release() -> None:
        sizes.append(len(rig.pipeline._ledger))
        rig.sink.open = True

    rig.feed(rig.source.batch(1, "a"), *(rig.source.batch(n) for n in range(2, 1000)), release)
    rig.pipeline.run()

    assert sizes == [1]
    assert rig.of("save")[-1] == "save 999"
    assert rig.events.index("ack a") < rig.events.index(rig.of("save")[0])


def test_a_refused_record_ends_the_run_and_nothing_at_or_after_it_is_stored(rig: Rig) -> None:
    rig.sink.refuse = "b"
    rig.feed(rig.source.batch(5, "a"), rig.source.batch(6, "b"), rig.source.batch(7, "c"))
    with pytest.raises(Exception, match="HW-KAFKA-004"):
        rig.pipeline.run()

    assert rig.of("save") == ["save 5"]
    assert set(rig.of("confirm")) <= {"confirm 5"}


def test_what_kafka_had_before_a_refused_record_is_stored(rig: Rig) -> None:
    rig.sink.refuse = "b"
    rig.sink.open = False

    def release() -> None:
        rig.sink.open = True

    rig.feed(rig.source.batch(5, "a"), rig.source.batch(6, "b"), rig.source.batch(7, "c"), release)
    with pytest.raises(Exception, match="HW-KAFKA-004"):
        rig.pipeline.run()

    assert rig.of("save", "confirm") == ["save 5"]


def test_a_lost_connection_still_stores_what_kafka_has_and_confirms_nothing(rig: Rig) -> None:
    rig.sink.open = False
    turns = [0]

    def later() -> None:
        turns[0] += 1
        rig.sink.open = turns[0] > 3

    rig.sink.polled = later
    rig.feed(rig.source.batch(5, "a"), rig.source.batch(6, "b"), SourceLost(CUT, "test"))
    with pytest.raises(SourceLost):
        rig.pipeline.run()

    assert rig.of("save", "confirm") == ["save 6"]


def test_a_bug_is_told_with_its_place_in_the_log_and_what_kafka_has_is_stored(rig: Rig) -> None:
    rig.feed(rig.source.batch(5, "a"), rig.source.batch(6, "b"), ZeroDivisionError("a bug"))
    with pytest.raises(InternalError, match=r"while streaming after .*6.*: ZeroDivisionError: a bug \(at "):
        rig.pipeline.run()

    assert rig.of("save")[-1] == "save 6"


def test_a_store_that_fails_ends_the_run_without_a_confirmation(rig: Rig) -> None:
    rig.store.fails = True
    rig.feed(rig.source.batch(5, "a"))
    with pytest.raises(StoreFailed):
        rig.pipeline.run()

    assert rig.of("confirm") == []


def test_a_second_stop_leaves_at_once_and_stores_nothing_more(rig: Rig) -> None:
    rig.sink.open = False

    def twice() -> None:
        rig.control.stop()
        rig.control.stop()

    rig.feed(rig.source.batch(5, "a"), twice)
    with pytest.raises(Aborted):
        rig.pipeline.run()

    assert rig.of("save", "confirm") == []


def test_a_second_stop_is_heard_while_the_sink_is_full(rig: Rig) -> None:
    rig.sink.open = False
    rig.sink.room = 1
    turns = [0]

    def later() -> None:
        turns[0] += 1
        if turns[0] in (3, 5):
            rig.control.stop()

    rig.sink.polled = later
    rig.feed(rig.source.batch(5, "a", "b"))
    with pytest.raises(Aborted):
        rig.pipeline.run()

    assert rig.of("save") == []


def test_a_stop_gives_up_on_a_kafka_that_takes_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdc.pipeline.DRAIN_SECONDS", 0.05)
    rig.sink.open = False
    rig.sink.room = 1
    rig.sink.polled = rig_stop_once(rig)
    rig.feed(rig.source.batch(5, "a", "b"))
    with pytest.raises(Aborted):
        rig.pipeline.run()

    assert rig.of("save", "confirm") == []


def rig_stop_once(rig: Rig) -> Callable[[], None]:
    def stop() -> None:
        if not rig.control.stopping:
            rig.control.stop()

    return stop


def test_a_stop_delivers_what_was_read(rig: Rig) -> None:
    rig.sink.open = False
    turns = [0]

    def later() -> None:
        turns[0] += 1
        rig.sink.open = turns[0] > 5

    rig.sink.polled = later
    rig.feed(rig.source.batch(5, "a"), rig.control.stop, rig.source.batch(6, "never read"))
    rig.pipeline.run()

    assert rig.of("send", "ack", "save", "confirm") == ["send a", "ack a", "save 5", "confirm 5"]


def test_a_heartbeat_repeats_the_newest_position_after_its_records(rig: Rig) -> None:
    rig = Rig(heartbeat_interval_ms=1)
    beats = threading.Event()

    def pause() -> None:
        beats.wait(0.003)

    rig.feed(rig.source.batch(5, "a"), pause, pause, rig.control.stop)
    rig.pipeline.run()

    assert "send beat" in rig.events
    assert rig.events.index("send beat") > rig.events.index("send a")
    assert rig.of("save") == ["save 5"]


def test_where_the_stream_begins_is_durable_before_the_first_poll() -> None:
    rig = Rig(offset=None)
    rig.store.eager = False
    rig.store.full = 2
    turns = [0]

    def later() -> None:
        turns[0] += 1
        if turns[0] == 5:
            rig.events.append("durable")
            rig.store.settle()

    rig.sink.polled = later
    rig.feed(lambda: rig.events.append("poll"))
    rig.pipeline.run()

    assert rig.of("start", "save", "durable", "confirm", "poll") == ["start", "save 0", "durable", "confirm 0", "poll"]


def test_a_stop_before_the_first_poll_stores_where_the_stream_begins() -> None:
    rig = Rig(offset=None)
    rig.store.eager = False
    rig.sink.polled = rig.control.stop
    rig.feed(rig.source.batch(5, "a"))
    rig.pipeline.run()

    assert rig.of("send", "save", "confirm") == ["save 0", "confirm 0"]


def test_nothing_is_read_when_where_the_stream_begins_cannot_be_stored() -> None:
    rig = Rig(offset=None)
    rig.store.fails = True
    rig.feed(rig.source.batch(5, "a"))
    with pytest.raises(StoreFailed):
        rig.pipeline.run()

    assert rig.of("send") == []


def test_a_lost_position_is_final() -> None:
    rig = Rig()
    rig.source.refusals = [PositionLost(GONE, "test")]
    with pytest.raises(PositionLost):
        rig.pipeline.run()

    assert rig.source.opened == [{"lsn": 1}]
    assert rig.of("start", "save") == []


def test_a_lost_position_takes_a_new_snapshot_with_when_needed() -> None:
    rig = Rig(snapshot_mode="when_needed")
    rig.source.refusals = [PositionLost(GONE, "test")]
    rig.source.snapshot_rows = ["x", "y"]
    rig.feed(rig.source.batch(9, "a"))
    rig.pipeline.run()

    assert rig.source.opened == [{"lsn": 1}, None]
    assert rig.of("ack") == ["ack x", "ack y", "ack a"]
    assert rig.of("save")[-2:] == ["save 1 done", "save 9"]


@pytest.mark.parametrize(
    ("mode", "policy", "events"), [("when_needed", "retry", ["save 5", "remove"]), ("initial", "stop", ["save 5"])]
)
def test_a_position_that_is_lost_while_streaming_is_forgotten_with_when_needed(
    mode: str, policy: str, events: list[str]
) -> None:
    rig = Rig(snapshot_mode=mode)
    rig.feed(rig.source.batch(5, "a"), lambda: None, rig.source.batch(6, "b"), PositionLost(GONE, "test"))
    with pytest.raises((PositionLost, StoreFailed)) as caught:
        rig.pipeline.run()

    assert caught.value.policy == policy
    assert [event for event in rig.of("save", "remove") if event != "save 6"] == events
    assert (rig.of("save", "remove")[-1] == "remove") is (mode == "when_needed")


def test_the_snapshot_is_complete_only_when_kafka_has_every_row() -> None:
    rig = Rig(offset=None, snapshot_mode="initial")
    rig.source.snapshot_rows = ["x", "y", "z"]
    rig.pipeline.run()

    events = rig.of("ack", "save", "start")
    assert events.index("save 1 done") > events.index("ack z")
    assert events.index("start") > events.index("save 1 done")
    assert all(event == "save 1 snapshot" for event in rig.of("save")[:-1])


def test_a_stop_in_the_snapshot_leaves_it_unfinished() -> None:
    rig = Rig(offset=None, snapshot_mode="initial")
    rig.source.snapshot_rows = ["x", "y", rig.control.stop, *(str(n) for n in range(500))]
    rig.pipeline.run()

    assert "save 1 done" not in rig.events
    assert "start" not in rig.events
    assert "end_snapshot" in rig.events


def test_a_failing_reader_leaves_the_snapshot_unfinished() -> None:
    rig = Rig(offset=None, snapshot_mode="initial")
    rig.source.snapshot_rows = ["x", "y", SourceLost(CUT, "test")]
    with pytest.raises(SourceLost):
        rig.pipeline.run()

    assert "save 1 done" not in rig.events
    assert "start" not in rig.events
    assert "end_snapshot" in rig.events


def test_a_stop_after_the_last_row_with_kafka_away_leaves_the_snapshot_unfinished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cdc.pipeline.DRAIN_SECONDS", 0.05)
    rig = Rig(offset=None, snapshot_mode="initial")
    rig.source.snapshot_rows = ["x", "y"]
    rig.sink.open = False
    turns = [0]

    def later() -> None:
        turns[0] += 1
        if turns[0] == 20:
            rig.control.stop()

    rig.sink.polled = later
    rig.pipeline.run()

    assert rig.of("save", "start", "close") == ["save 1 snapshot", "close"]


def test_an_unfinished_snapshot_is_taken_again_from_the_beginning() -> None:
    rig = Rig(offset={"lsn": 1, "snapshot": "INITIAL", "snapshot_completed": False}, snapshot_mode="initial")
    rig.source.snapshot_rows = ["x"]
    rig.pipeline.run()

    assert rig.source.opened == [{"lsn": 1, "snapshot": "INITIAL", "snapshot_completed": False}]
    assert rig.of("ack") == ["ack x"]


def test_an_unfinished_snapshot_whose_slot_is_gone_begins_anew() -> None:
    rig = Rig(offset={"lsn": 1, "snapshot": "INITIAL", "snapshot_completed": False}, snapshot_mode="initial")
    rig.source.refusals = [PositionLost(GONE, "test")]
    rig.source.snapshot_rows = ["x"]
    rig.pipeline.run()

    assert rig.source.opened[1:] == [None]
    assert rig.of("ack") == ["ack x"]


def test_no_row_of_a_snapshot_is_sent_before_it_is_stored_that_it_has_begun() -> None:
    rig = Rig(offset=None, snapshot_mode="initial")
    rig.store.eager = False
    turns = [0]

    def later() -> None:
        turns[0] += 1
        if turns[0] == 5:
            assert rig.of("send") == []
            rig.store.settle()
            rig.store.eager = True

    rig.sink.polled = later
    rig.source.snapshot_rows = ["x"]
    rig.pipeline.run()

    assert turns[0] > 5
    assert rig.events.index("save 1 snapshot") < rig.events.index("send x")


def test_the_delay_before_the_snapshot_keeps_the_databases_patience() -> None:
    rig = Rig(offset=None, snapshot_mode="initial", snapshot_delay_ms=600)
    rig.source.snapshot_rows = ["x"]
    rig.pipeline.run()

    assert rig.source.kept >= 2
    assert rig.of("ack") == ["ack x"]
