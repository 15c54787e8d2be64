"""The checker finds what it is there for: one record lost, moved, repeated or invented at a time."""

from __future__ import annotations

import itertools
import random

import pytest

from tests.faults.checker import Crash, Report, Seen, check
from tests.faults.postgresql import forbids

HISTORY = {
    ("t", "1"): [("c", 1, 1), ("u", 3, 3), ("d", 5, 5), ("c", 6, 6), ("u", 9, 9)],
    ("t", "2"): [("c", 2, 2), ("u", 4, 4), ("u", 7, 7), ("d", 8, 8)],
}
FINAL = {("t", "1"): {"id": 1, "v": 9}}


def stream() -> list[Seen]:
    """The records of HISTORY, each change a transaction of its own with its number as LSN."""
    rows = sorted((number, key, op) for (_, key), events in HISTORY.items() for op, number, _ in events)
    found: list[Seen] = []
    for number, key, op in rows:
        after: dict[str, object] | None = None if op == "d" else {"id": int(key), "v": number}
        found.append(Seen("t", key, op, 0 if op == "d" else number, after, tx=number, at=number, since=number - 1))
        if op == "d":
            found.append(Seen("t", key, None, 0, None, tx=number, at=number, since=number - 1))
    return placed(found)


def placed(records: list[Seen]) -> list[Seen]:
    """The same records with their places in the topic."""
    return [
        Seen(r.table, r.key, r.op, r.number, r.after, place=place, tx=r.tx, at=r.at, since=r.since)
        for place, r in enumerate(records)
    ]


def crash(offset: dict[str, object], ends: dict[tuple[str, int], int]) -> Crash:
    return Crash(offset, ends, forbids(offset))


def look(records: list[Seen], *crashes: Crash, horizon: int = 0) -> Report:
    return check(HISTORY, placed(records), FINAL, horizon=horizon, crashes=crashes)


def test_the_whole_history_is_found_to_be_whole() -> None:
    report = look(stream())

    assert report.findings == []
    assert (report.committed, report.records, report.repeats) == (9, 11, 0)


@pytest.mark.parametrize("index", [place for place, record in enumerate(stream()) if record.op is not None])
def test_each_single_lost_record_is_found(index: int) -> None:
    records = stream()
    del records[index]

    assert look(records).findings


def test_the_lost_change_is_named() -> None:
    records = [record for record in stream() if record.number != 4]
    report = look(records)

    assert report.lost == ["('t', '2'): u4 (change 2 of 4) is not in the topic"]
    assert len(report.reordered) == 1


@pytest.mark.parametrize("key", ["1", "2"])
def test_each_swap_of_two_changes_of_a_key_is_found(key: str) -> None:
    places = [place for place, record in enumerate(stream()) if record.key == key and record.op is not None]
    for first, second in itertools.pairwise(places):
        records = stream()
        records[first], records[second] = records[second], records[first]
        assert look(records).findings, (first, second)


@pytest.mark.parametrize("change", range(1, 9))
def test_going_back_after_a_restart_is_allowed_to_any_change(change: int) -> None:
    report = look(stream()[:-1] + [record for record in stream() if record.at >= change])

    assert report.findings == []


def test_going_back_and_not_coming_forward_again_is_found() -> None:
    records = stream()

    assert look(records + records[:3]).findings


def test_a_change_that_comes_only_in_a_jump_forward_is_found_although_it_comes_again() -> None:
    records = stream()
    early = next(record for record in records if record.number == 7)

    assert look([*records[:3], early, *records[3:]]).reordered


def test_a_rolled_back_change_is_found() -> None:
    records = [*stream(), Seen("t", "1", "u", 77, {"id": 1, "v": 77})]

    assert any("never committed" in line for line in look(records).wrong)


def test_a_key_of_a_rolled_back_transaction_is_found() -> None:
    assert look([*stream(), Seen("t", "3", "c", 77, {"id": 3, "v": 77})]).wrong


def test_a_wrong_value_is_found() -> None:
    records = stream()
    records[-1].after = {"id": 1, "v": 10}

    assert any("consumers end with" in line for line in look(records).wrong)


def test_a_missing_last_tombstone_is_found() -> None:
    records = stream()
    last = max(place for place, record in enumerate(records) if record.op is None)
    del records[last]

    assert any("no tombstone" in line for line in look(records).wrong)


def test_a_key_in_two_partitions_is_found() -> None:
    records = placed(stream())
    records[-1].partition = 1

    assert any("several partitions" in line for line in check(HISTORY, records, FINAL).wrong)


def test_snapshot_rows_stand_for_what_came_before_the_slot() -> None:
    later = [record for record in stream() if record.at > 4]
    rows = [Seen("t", "1", "r", 3, {"id": 1, "v": 3}), Seen("t", "2", "r", 4, {"id": 2, "v": 4})]

    assert look([*rows, *later], horizon=4).findings == []
    assert look([*rows, *later], horizon=2).lost
    assert look([*rows, *[record for record in later if record.number != 7]], horizon=4).lost


def test_a_repeat_of_what_lay_before_the_stored_offset_is_found() -> None:
    records = stream()
    died = crash({"lsn_commit": 6, "headwater_events": 0}, {("t", 0): len(records)})

    assert look(records + [record for record in records if record.since >= 6], died).findings == []
    assert len(look(records + [record for record in records if record.since >= 5], died).repeated) == 1


def test_a_repeat_inside_a_half_done_transaction_is_measured_by_its_rows() -> None:
    rows = [Seen("t", "1", "c", n, {"id": 1, "v": n}, tx=7, at=n, since=1) for n in (1, 2, 3)]
    events = {("t", "1"): [("c", 1, 7), ("c", 2, 7), ("c", 3, 7)]}
    died = crash({"lsn_commit": 1, "lsn": 2, "txId": 7, "headwater_events": 2}, {("t", 0): 3})
    final = {("t", "1"): {"id": 1, "v": 3}}

    assert check(events, placed([*rows, *rows[1:]]), final, crashes=[died]).findings == []
    assert len(check(events, placed([*rows, *rows]), final, crashes=[died]).repeated) == 1


def test_deletes_of_one_transaction_are_told_apart_after_a_jump_back() -> None:
    events = {("t", "1"): [("d", 2, 7), ("c", 3, 7), ("d", 4, 8), ("c", 5, 9)]}
    row = Seen("t", "1", "r", 5, {"v": 5})
    first = [Seen("t", "1", "d", 0, None, tx=7, at=20), Seen("t", "1", None, 0, None)]
    rest = [
        Seen("t", "1", "c", 3, {"v": 3}, tx=7, at=21),
        Seen("t", "1", "d", 0, None, tx=8, at=30),
        Seen("t", "1", None, 0, None),
        Seen("t", "1", "c", 5, {"v": 5}, tx=9, at=40),
    ]
    final = {("t", "1"): {"v": 5}}

    assert check(events, placed([row, *first, *rest]), final, horizon=1).findings == []
    assert check(events, placed([row, *rest]), final, horizon=1).lost == [
        "('t', '1'): d2 (change 1 of 4) is not in the topic"
    ]


def test_an_unfinished_snapshot_forbids_no_repeat() -> None:
    begun = crash({"lsn_commit": 6, "snapshot": "INITIAL", "snapshot_completed": False}, {("t", 0): 0})

    assert look(stream(), begun).repeated == []
    assert look(stream(), crash({"lsn_commit": 6}, {("t", 0): 0})).repeated


@pytest.mark.parametrize("seed", range(20))
def test_random_histories_with_restarts_are_whole_and_with_one_loss_are_not(seed: int) -> None:
    source = random.Random(seed)
    events: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
    log: list[Seen] = []
    present: set[str] = set()
    for number in range(1, 200):
        key = str(source.randrange(8))
        op = "c" if key not in present else source.choice("uud")
        (present.discard if op == "d" else present.add)(key)
        events.setdefault(("t", key), []).append((op, number, number))
        after: dict[str, object] | None = None if op == "d" else {"v": number}
        log.append(Seen("t", key, op, 0 if op == "d" else number, after, tx=number, at=number))
        if op == "d":
            log.append(Seen("t", key, None, 0, None))
    final = {("t", key): dict(last) for key in present if (last := newest(log, key)) is not None}
    changes = [
        [record, *log[place + 1 : place + 2]] if record.op == "d" else [record] for place, record in enumerate(log)
    ]
    changes = [records for records in changes if records[0].op is not None]
    written: list[Seen] = []
    at = 0
    while at < len(changes):
        step = source.randint(1, 30)
        written += [record for records in changes[at : at + step] for record in records]
        at += step
        if at < len(changes):
            at = max(0, at - source.randint(0, 20))
    assert check(events, placed(written), final).findings == []

    lost = source.choice([record for record in log if record.op is not None])
    assert check(events, placed([record for record in written if record is not lost]), final).findings


def newest(log: list[Seen], key: str) -> dict[str, object] | None:
    return next((record.after for record in reversed(log) if record.key == key and record.op is not None), None)
