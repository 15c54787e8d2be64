"""Dates that no calendar has (sql_mode=ALLOW_INVALID_DATES) and dates with zeros, from snapshot and stream alike."""

from __future__ import annotations

from typing import Any

import pytest

from cdc.errors import DecodeError
from connectors.mysql.errors import UNCONVERTIBLE_DATE

COLUMNS = "id int PRIMARY KEY, d date, s datetime, f datetime(6), n date NOT NULL"


def insert(sql: Any, number: int, date: str) -> None:
    sql(
        "SET sql_mode = 'ALLOW_INVALID_DATES'",
        f"INSERT INTO t VALUES ({number}, '{date}', '{date} 10:11:12', '{date} 10:11:12.5', '{date}')",
    )


def test_they_stop_or_are_the_epoch(sql: Any, make: Any) -> None:
    """As in Debezium, which stops too, and with event.processing.failure.handling.mode=warn has 0 for them."""
    sql(f"CREATE TABLE t ({COLUMNS})")
    insert(sql, 1, "2023-02-30")
    strict = make()
    strict.source.open(None)
    with pytest.raises(DecodeError) as refused:
        strict.snapshot()
    assert refused.value.code == UNCONVERTIBLE_DATE
    assert "column d: 2023-02-30 is no date" in refused.value.detail
    strict.source.close()
    lenient = make(event__processing__failure__handling__mode="warn")
    lenient.source.open(None)
    assert lenient.snapshot()[0][1] == [1, 0, 0, 0, 0]
    lenient.source.start()
    again = make(history=lenient.history).begin(lenient.source.snapshot_position(last=True, completed=True).offset())
    insert(sql, 2, "2023-02-30")
    insert(sql, 3, "2023-02-28")
    assert lenient.read(2)[0].after == [2, 0, 0, 0, 0]
    assert lenient.changes[1].after[1] == 19416
    with pytest.raises(DecodeError) as stopped:
        again.read(1)
    assert stopped.value.code == UNCONVERTIBLE_DATE


@pytest.mark.parametrize("date", ["0000-01-01", "2020-00-10", "2020-10-00", "0000-00-00"])
def test_zeros_are_null(sql: Any, make: Any, date: str) -> None:
    sql(f"CREATE TABLE t ({COLUMNS})")
    insert(sql, 1, date)
    reading = make()
    reading.source.open(None)
    rows = [row for _, row in reading.snapshot()]
    reading.source.start()
    insert(sql, 2, date)
    streamed = reading.read(1)[0].after
    assert rows[0][1:] == streamed[1:] == [None, None, None, 0]
