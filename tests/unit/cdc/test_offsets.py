"""Offsets in Connect's bytes and in a file."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from cdc.app import stored_offset
from cdc.errors import SinkFull, StoreFailed
from cdc.offsets import FileStore, KafkaStore, MemoryStore, offset_key, offset_value
from cdc.worker import WorkerConfig
from connectors.mysql import configure


def test_key_and_value_are_connects_bytes() -> None:
    assert offset_key("orders", "srv") == b'["orders",{"server":"srv"}]'
    assert offset_value({"lsn": 1, "snapshot": "INITIAL"}) == b'{"lsn":1,"snapshot":"INITIAL"}'


def test_a_file_keeps_the_offsets_of_several_connectors(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "offsets.json"
    first, second = FileStore(path, offset_key("a", "x")), FileStore(path, offset_key("b", "y"))
    assert first.load() is None

    first.save({"lsn": 1})
    second.save({"lsn": 2})
    first.save({"lsn": 3})

    assert FileStore(path, offset_key("a", "x")).load() == {"lsn": 3}
    assert second.load() == {"lsn": 2}
    assert [child.name for child in path.parent.iterdir()] == ["offsets.json"]


def test_a_deleted_offset_is_gone(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "offsets.json", offset_key("a", "x"))
    store.save({"lsn": 1})
    store.save(None)

    assert store.load() is None


def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "offsets.json"
    path.write_text("{broken")
    store = FileStore(path, offset_key("a", "x"))

    with pytest.raises(StoreFailed, match="HW-OFFSET-001"):
        store.load()
    with pytest.raises(StoreFailed, match="HW-OFFSET-001"):
        store.save({"lsn": 1})
    assert path.read_text() == "{broken"


def test_connectors_that_store_at_once_into_one_file_keep_each_others_offsets(tmp_path: Path) -> None:
    path = tmp_path / "offsets.json"
    stores = [FileStore(path, offset_key(f"c{number}", "x")) for number in range(6)]

    def save(store: FileStore) -> None:
        for lsn in range(1, 21):
            store.save({"lsn": lsn})

    threads = [threading.Thread(target=save, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [store.load() for store in stores] == [{"lsn": 20}] * 6


class FullProducer:
    """A producer whose queue has no room for the first `times` records."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.written: list[bytes] = []

    def produce(self, topic: str, value: bytes, key: bytes, on_delivery: object) -> None:
        if self.times:
            self.times -= 1
            raise BufferError
        self.written.append(value)


def test_an_offset_that_the_producer_has_no_room_for_is_not_counted_as_written() -> None:
    producer = FullProducer(1)
    store = KafkaStore(producer, {}, "offsets", b"key")  # type: ignore[arg-type]
    with pytest.raises(SinkFull):
        store.save({"lsn": 1})
    assert (store.started, store.durable) == (0, 0)

    assert store.save({"lsn": 2}) == 1
    assert producer.written == [b'{"lsn":2}']
    assert store.durable == 0


def test_a_trial_without_kafka_begins_at_the_offset_in_the_file_and_leaves_it(tmp_path: Path) -> None:
    path = tmp_path / "offsets.json"
    config = configure(
        {
            "name": "orders",
            "connector.class": "io.debezium.connector.mysql.MySqlConnector",
            "topic.prefix": "srv",
            "database.hostname": "h",
            "database.user": "u",
            "database.server.id": 1,
        }
    )
    trial = {"headwater.sink": "null", "offset.storage.file.filename": str(path)}
    assert stored_offset(config, WorkerConfig(trial)) is None

    FileStore(path, offset_key("orders", "srv")).save({"file": "b.1", "pos": 4})
    store = MemoryStore(stored_offset(config, WorkerConfig(trial)))
    assert store.load() == {"file": "b.1", "pos": 4}
    store.save({"file": "b.1", "pos": 900})

    assert FileStore(path, offset_key("orders", "srv")).load() == {"file": "b.1", "pos": 4}
    assert stored_offset(config, WorkerConfig({"headwater.sink": "null"})) is None
