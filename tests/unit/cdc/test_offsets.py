"""Offsets in Connect's bytes and in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdc.errors import StoreFailed
from cdc.offsets import FileStore, offset_key, offset_value


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
