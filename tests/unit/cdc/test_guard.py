"""A value that cannot be converted, by event.converting.failure.handling.mode."""

from __future__ import annotations

import logging

import pytest

from cdc.guard import Guard, Tally

log = logging.getLogger("tests.guard")


def test_a_value_that_can_be_converted_is_converted():
    assert Guard(int, None, "db.t.a", "fail", log, Tally())("17") == 17


def test_fail_says_which_column_and_value():
    with pytest.raises(ValueError, match=r"column db\.t\.a: .*; value 7b00$"):
        Guard(int, None, "db.t.a", "fail", log, Tally())(b"{\0")


def test_warn_leaves_it_null_counts_it_and_says_so_once(caplog):
    tally = Tally()
    guard = Guard(int, 0, "db.t.a", "warn", log, tally)

    assert [guard("x"), guard("8"), guard("y")] == [0, 8, 0]
    assert tally.values == 2
    assert [record.getMessage().count("column db.t.a") for record in caplog.records] == [1]


def test_skip_leaves_it_null_and_says_nothing(caplog):
    assert Guard({}.__getitem__, None, "db.t.a", "skip", log, Tally())("x") is None
    assert not caplog.records
