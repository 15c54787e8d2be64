"""Compares what stands in Kafka with what was committed. Knows no server: lists in, findings out.

The promise is at least once: for each key the records are its history from the first change to the last, in which the
reader may go back (after a restart) but never forward over a change. What is repeated must lie after the offset that
was stored when the connector was killed.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Event = tuple[str, int, int]  # op (c, u, d), number of the change, transaction
KeyOf = tuple[str, str]  # table, key
UNAVAILABLE = "__debezium_unavailable_value"


class Seen:
    """One record of a table's topic. `op` None is a tombstone."""

    def __init__(
        self,
        table: str,
        key: str,
        op: str | None,
        number: int,
        after: dict[str, object] | None,
        *,
        partition: int = 0,
        place: int = 0,
        tx: int | str = 0,
        at: Any = 0,
        since: int = 0,
        previous: int = 0,
    ) -> None:
        self.table = table
        self.key = key
        self.op = op
        self.number = number
        self.after = after
        self.partition = partition
        self.place = place  # offset in its partition
        self.tx = tx  # the transaction, as the database names it
        self.at = at  # place in the database's log; those of one transaction can be compared
        self.since = since  # place of the commit before this record's transaction; 0: none known
        self.previous = previous  # number of the change that made the row that is gone; 0: none known

    def __repr__(self) -> str:
        return f"{self.op}{self.number} at {self.table}[{self.partition}]@{self.place} tx {self.tx} at {self.at}"


class Crash:
    """What was durable when the connector died: the stored offset, and the end of every partition (by table).

    `forbids` says of a record whether that offset says that it is done with.
    """

    def __init__(
        self,
        offset: Mapping[str, object] | None,
        ends: Mapping[tuple[str, int], int],
        forbids: Callable[[Seen], bool] = lambda record: False,
    ) -> None:
        self.offset = offset
        self.ends = ends
        self.forbids = forbids


class Report:
    """What was found. `lost`, `reordered`, `repeated`, `wrong` are sentences; none means that the promise was kept."""

    def __init__(self) -> None:
        self.lost: list[str] = []
        self.reordered: list[str] = []
        self.repeated: list[str] = []
        self.wrong: list[str] = []
        self.committed = 0  # changes of the history that had to be there
        self.records = 0
        self.repeats = 0  # records that were there before

    @property
    def findings(self) -> list[str]:
        """Every sentence."""
        return [*self.lost, *self.reordered, *self.repeated, *self.wrong]

    def summary(self) -> str:
        """One line."""
        found = self.findings
        text = (
            f"{self.committed} changes, {self.records} records, {self.repeats} repeats; {len(self.lost)} lost,"
            f" {len(self.reordered)} out of order, {len(self.repeated)} forbidden repeats, {len(self.wrong)} wrong"
        )
        return text + "".join(f"\n    {line}" for line in found[:10])


def check(
    history: Mapping[KeyOf, Sequence[Event]],
    records: Iterable[Seen],
    final: Mapping[KeyOf, Mapping[str, object]],
    *,
    horizon: int = 0,
    crashes: Sequence[Crash] = (),
) -> Report:
    """Compare. Changes up to number `horizon` were committed before the stream began: a snapshot may stand for them.

    `records` are in order per partition. A key's records must be in one partition.
    """
    report = Report()
    by_key: dict[KeyOf, list[Seen]] = {}
    for record in records:
        report.records += 1
        by_key.setdefault((record.table, record.key), []).append(record)
        for number, crash in enumerate(crashes):
            end = crash.ends.get((record.table, record.partition), 0)
            if record.place >= end and crash.forbids(record):
                report.repeated.append(f"{record} although crash {number} had stored {crash.offset}")
                break
    for key, events in history.items():
        report.committed += sum(1 for event in events if event[1] > horizon)
        _check_key(key, events, by_key.pop(key, []), final.get(key), horizon, report)
    for key, seen in by_key.items():
        report.wrong.append(f"{key}: {len(seen)} records of a key that was never committed, first {seen[0]}")
    return report


def _check_key(
    key: KeyOf,
    events: Sequence[Event],
    seen: Sequence[Seen],
    final: Mapping[str, object] | None,
    horizon: int,
    report: Report,
) -> None:
    if len({record.partition for record in seen}) > 1:
        report.wrong.append(f"{key}: records in several partitions")
    deletes = _deletes(events, seen)
    after = {event[1]: following[1] for event, following in itertools.pairwise(events)}
    places: dict[tuple[str, int], int] = {}
    for index, (op, number, _) in enumerate(events):
        places[(op, number)] = index
        if op != "d":
            places[("r", number)] = index
    reached = [False] * len(events)
    at = -1  # index in the history of the newest record
    state: dict[str, object] | None = None
    # Of what was committed before the slot, nothing need be there: the history may begin at any point up to there.
    start = -1
    for index, event in enumerate(events):
        if event[1] <= horizon:
            start = index
    for record in seen:
        if record.op is None:
            if at >= 0 and events[at][0] != "d":
                report.reordered.append(f"{key}: a tombstone after {events[at]}, {record}")
            continue
        number = record.number
        if record.op == "d":
            number = after.get(record.previous, 0) if record.previous else deletes.get((record.tx, record.at), 0)
        place = places.get((record.op, number))
        if place is None:
            report.wrong.append(f"{key}: {record} was never committed")
            continue
        following = max(at, start) + 1
        if place > following and record.op != "r":
            report.reordered.append(f"{key}: {record} comes while {events[following]} has not come yet")
        at = place
        if reached[at]:
            report.repeats += 1
        reached[at] = reached[at] or record.op != "r"  # a row of a snapshot does not stand for the change
        state = _apply(state, record)
    for index, (op, number, _) in enumerate(events):
        if number > horizon and not reached[index]:
            report.lost.append(f"{key}: {op}{number} (change {index + 1} of {len(events)}) is not in the topic")
    if seen and at != len(events) - 1 and (reached[-1] or events[-1][1] <= horizon):
        report.reordered.append(f"{key}: the last record is {seen[-1]}, the last change {events[-1]}")
    if seen and at != len(events) - 1:
        return  # said above: lost, or out of order
    if seen and events[-1][0] == "d" and seen[-1].op is not None:
        repeated = any(record.op is None for record in seen)
        (report.reordered if repeated else report.wrong).append(f"{key}: no tombstone after the last delete")
    if state is None and final is None:
        return
    if state is None or final is None or not _same(state, final):
        if not seen and final is None:
            return
        report.wrong.append(f"{key}: consumers end with {_short(state)}, the table has {_short(final)}")


def _deletes(events: Sequence[Event], seen: Sequence[Seen]) -> dict[tuple[int | str, Any], int]:
    """The numbers of a key's deletes by transaction and place: a record of a delete carries no number.

    Places grow inside a transaction, so the deletes of one transaction are told apart by their order.
    """
    committed: dict[int | str, list[int]] = {}
    for op, number, tx in events:
        if op == "d":
            committed.setdefault(tx, []).append(number)
    found: dict[tuple[int | str, Any], int] = {}
    for tx, at in sorted({(record.tx, record.at) for record in seen if record.op == "d" and not record.previous}):
        numbers = committed.get(tx)
        if numbers:
            found[(tx, at)] = numbers.pop(0)
    return found


def _apply(state: dict[str, object] | None, record: Seen) -> dict[str, object] | None:
    if record.op == "d" or record.after is None:
        return None
    after = dict(record.after)
    for name, value in after.items():
        if value == UNAVAILABLE and state is not None:
            after[name] = state.get(name)
    return after


def _same(state: Mapping[str, object], final: Mapping[str, object]) -> bool:
    """Whether a consumer has the row. A value out of line that a changed key did not carry along is not known."""
    return state.keys() == final.keys() and all(
        value in (final[name], UNAVAILABLE) and type(value) is type(final[name]) for name, value in state.items()
    )


def _short(row: Mapping[str, object] | None) -> str:
    text = json.dumps(row)
    return text if len(text) < 200 else f"{text[:200]}..."
