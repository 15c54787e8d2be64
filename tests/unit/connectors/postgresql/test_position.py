"""Positions and Debezium's offset JSON."""

import json

import pytest

from cdc.errors import SourceRefused
from connectors.postgresql.position import PostgresPosition, parse


def test_streaming_offset_has_debeziums_keys_in_debeziums_order():
    position = PostgresPosition(
        lsn=28404168, lsn_proc=28404168, lsn_commit=28404000, tx_id=842, ts_us=1700000000000001, message_type="INSERT"
    )
    keys = [key for key in position.offset() if not key.startswith("headwater_")]
    assert keys == ["lsn_proc", "messageType", "lsn_commit", "lsn", "txId", "ts_usec"]


def test_commit_and_processed_positions_are_absent_until_known():
    offset = PostgresPosition(lsn=5, tx_id=1, ts_us=7).offset()
    assert "lsn_commit" not in offset
    assert "lsn_proc" not in offset
    assert "snapshot" not in offset


def test_snapshot_offset_has_debeziums_keys_in_debeziums_order():
    position = PostgresPosition(lsn=27867496, tx_id=766, ts_us=3, snapshot="INITIAL")
    keys = [key for key in position.offset() if not key.startswith("headwater_")]
    assert keys == ["last_snapshot_record", "lsn", "txId", "ts_usec", "snapshot", "snapshot_completed"]


def test_an_offset_survives_json():
    position = PostgresPosition(
        lsn=1 << 62, lsn_proc=1 << 62, lsn_commit=12, tx_id=3, ts_us=4, message_type="UPDATE", events=9, xmin=700,
        system="77", timeline=2,
    )  # fmt: skip
    assert parse(json.loads(json.dumps(position.offset()))).offset() == position.offset()


def test_the_old_boolean_snapshot_mark_is_read():
    assert parse({"lsn": 1, "snapshot": True}).snapshot == "INITIAL"


def test_an_offset_without_position_is_refused_by_code():
    with pytest.raises(SourceRefused) as caught:
        parse({"txId": 1, "ts_usec": 2})
    assert caught.value.code == "HW-PG-033"


def test_inside_a_transaction_only_the_last_whole_one_is_flushed():
    position = PostgresPosition(lsn=200, lsn_proc=200, lsn_commit=100, events=3)
    assert position.flush() == 100
    assert position.done() == 200


def test_a_row_that_lies_before_the_last_commit_does_not_move_the_start_back():
    assert PostgresPosition(lsn=90, lsn_proc=90, lsn_commit=100, events=1).done() == 100


def test_between_transactions_everything_is_flushed():
    assert PostgresPosition(lsn=300, lsn_proc=300, lsn_commit=300, message_type="COMMIT").flush() == 300


def test_of_debeziums_offset_only_its_last_commit_is_flushed():
    assert parse({"lsn": 200, "lsn_proc": 200, "lsn_commit": 100}).flush() == 100
    assert parse({"lsn": 200, "lsn_proc": 200}).flush() == 0
