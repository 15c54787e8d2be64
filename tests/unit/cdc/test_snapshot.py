"""Snapshot decisions and markers, over a source that serves rows from memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdc.errors import ConfigError
from cdc.model import Row, Table, Type, struct
from cdc.snapshot import Snapshot, plan


class Rows:
    """A Source of rows in memory: as much of the protocol as a snapshot needs."""

    info: Type = struct("source", [("snapshot", Type("string"))])

    def __init__(self, tables: dict[str, list[list[Row]]]) -> None:
        self._rows = tables
        self._tables = [Table(name, (name,), []) for name in tables]

    def tables(self) -> list[Table]:
        return self._tables

    def rows(self, table: Table) -> Iterator[list[Row]]:
        yield from self._rows[table.id]

    def estimate(self, table: Table) -> int:
        return 1

    def snapshot_source(self, table: Table, marker: str) -> Row:
        return [marker]

    def snapshot_position(self, *, last: bool, completed: bool) -> object:
        return (last, completed)


def markers(tables: dict[str, list[list[Row]]], threads: int = 1) -> list[tuple[str, object, object]]:
    snapshot = Snapshot(Rows(tables), threads)  # type: ignore[arg-type]
    found = []
    for batch in snapshot.batches():
        for change in batch.changes if batch is not None else ():
            assert change.after is not None
            assert change.source is not None
            found.append((change.table.id, change.after[0], change.source[0]))
    return found


def test_markers_of_two_tables() -> None:
    assert markers({"a": [[[1], [2]], [[3]]], "b": [[[4], [5], [6]]]}) == [
        ("a", 1, "first"),
        ("a", 2, "true"),
        ("a", 3, "last_in_data_collection"),
        ("b", 4, "first_in_data_collection"),
        ("b", 5, "true"),
        ("b", 6, "last"),
    ]


def test_the_only_row_is_last() -> None:
    assert markers({"a": [[[1]]]}) == [("a", 1, "last")]


def test_tables_of_one_row() -> None:
    assert markers({"a": [[[1]]], "b": [[[2]]], "c": [[[3]]]}) == [
        ("a", 1, "first"),
        ("b", 2, "last_in_data_collection"),
        ("c", 3, "last"),
    ]


def test_last_is_found_although_the_last_tables_are_empty() -> None:
    assert markers({"a": [[[1], [2]]], "b": [], "c": [[]]}) == [("a", 1, "first"), ("a", 2, "last")]


def test_first_is_in_the_first_table_or_nowhere() -> None:
    """As Debezium does: an empty first table takes the mark `first` with it."""
    assert markers({"a": [], "b": [[[1], [2], [3]]]}) == [
        ("b", 1, "first_in_data_collection"),
        ("b", 2, "true"),
        ("b", 3, "last"),
    ]


def test_a_snapshot_of_nothing_ends() -> None:
    assert markers({}) == []
    assert markers({"a": []}) == []


@pytest.mark.parametrize("threads", [2, 4])
def test_with_several_readers_every_row_comes_once_and_last_comes_last(threads: int) -> None:
    tables: dict[str, list[list[Row]]] = {
        name: [[[f"{name}{n}"] for n in range(part, part + 10)] for part in range(0, 100, 10)] for name in "abcdef"
    }
    found = markers(tables, threads)

    assert sorted(value for _, value, _ in found) == sorted(f"{name}{n}" for name in "abcdef" for n in range(100))
    assert [value for _, value, marker in found if marker == "first"] == ["a0"]
    assert [marker for _, _, marker in found].count("last") == 1
    assert found[-1][2] == "last"
    assert [marker for _, _, marker in found].count("last_in_data_collection") == 5


STREAMING: dict[str, object] = {"lsn": 1}
HALF: dict[str, object] = {"lsn": 1, "snapshot": "INITIAL", "snapshot_completed": False}
DONE: dict[str, object] = {"lsn": 1, "snapshot": "INITIAL", "snapshot_completed": True}


@pytest.mark.parametrize(
    ("mode", "offset", "data", "stream"),
    [
        ("always", STREAMING, True, True),
        ("initial", None, True, True),
        ("initial", HALF, True, True),
        ("initial", DONE, False, True),
        ("initial", STREAMING, False, True),
        ("initial_only", None, True, False),
        ("initial_only", DONE, False, False),
        ("no_data", None, False, True),
        ("when_needed", STREAMING, False, True),
        ("when_needed", None, True, True),
    ],
)
def test_plan(mode: str, offset: dict[str, object] | None, data: bool, stream: bool) -> None:
    made = plan(mode, offset)

    assert (made.data, made.stream) == (data, stream)


def test_a_half_snapshot_is_not_forgotten_by_a_mode_without_data() -> None:
    with pytest.raises(ConfigError, match="HW-SNAP-001"):
        plan("no_data", HALF)
