"""What is stored and what the server has: a place that is not there, rows that are not whole, XA transactions."""

from __future__ import annotations

import json
import logging

import pytest

from cdc.errors import DecodeError, PositionLost, SourceRefused
from cdc.model import Shape, Table
from connectors.mysql import errors
from connectors.mysql.rows import INCOMPLETE
from tests.servers.process import wait_for

TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, name varchar(100))"


def read_on(make, sql, **more):
    """A source that has read one row, its stored offset, and the history."""
    sql(TABLE)
    first = make(**more).begin()
    sql("INSERT INTO t VALUES (1, 'a')")
    first.read(1)
    offset = json.loads(json.dumps(first.positions[-1][1].offset()))
    first.source.close()
    return first, offset


def test_a_place_past_the_end_is_lost(sql, make):
    first, offset = read_on(make, sql)
    with pytest.raises(PositionLost, match="begun anew") as lost:
        make(history=first.history).source.open({**offset, "pos": 4_000_000_000})
    assert lost.value.code == errors.SERVER_BEHIND


def test_a_file_that_was_never_written_is_lost(sql, make):
    first, offset = read_on(make, sql)
    base = offset["file"].partition(".")[0]
    with pytest.raises(PositionLost, match="begun anew") as lost:
        make(history=first.history).source.open({**offset, "file": f"{base}.999999"})
    assert lost.value.code == errors.SERVER_BEHIND


@pytest.mark.parametrize("by", [-1, 7])
def test_a_place_that_is_not_an_event_is_lost(sql, make, by):
    first, offset = read_on(make, sql)
    sql("INSERT INTO t VALUES (2, 'b')")
    with pytest.raises(PositionLost, match="begun anew") as lost:
        make(history=first.history).source.open({**offset, "pos": offset["pos"] + by})
    assert lost.value.code == errors.SERVER_BEHIND


def test_gtids_that_another_place_has_are_lost(server, sql, make):
    """As after a reset: there are more transactions than were read, and at the stored place begins another one."""
    first, offset = read_on(make, sql)
    sql("INSERT INTO t VALUES (2, 'b')", "INSERT INTO t VALUES (3, 'c')")
    second = make(history=first.history).begin(offset)
    second.read(2)
    later = json.loads(json.dumps(second.positions[-1][1].offset()))
    second.source.close()
    for mixed in ({**later, "pos": offset["pos"], "file": offset["file"]}, {**offset, "pos": later["pos"]}):
        with pytest.raises(PositionLost, match="begun anew") as lost:
            make(history=first.history).source.open(mixed)
        assert lost.value.code == errors.SERVER_BEHIND


def test_a_place_of_another_server_does_not_matter_where_there_are_gtids(sql, make):
    first, offset = read_on(make, sql)
    sql("INSERT INTO t VALUES (2, 'b')")
    again = make(history=first.history).begin({**offset, "pos": 4_000_000_000, "headwater_server": "another"})
    assert again.read(1)[0].after == [2, "b"]


def test_a_row_that_is_not_whole_stops_or_is_left_out(sql, make, caplog):
    first, offset = read_on(make, sql)
    sql("SET SESSION binlog_row_image = 'MINIMAL'", "UPDATE t SET id = 5 WHERE id = 1")
    sql("INSERT INTO t VALUES (6, 'f')")
    strict = make(history=first.history).begin(offset)
    with pytest.raises(DecodeError, match="column name") as refused:
        strict.read(1)
    assert refused.value.code == INCOMPLETE
    lenient = make(history=first.history, event__processing__failure__handling__mode="warn").begin(offset)
    with caplog.at_level(logging.WARNING):
        assert lenient.read(1)[0].after == [6, "f"]
    assert "rows are left out" in caplog.text


def test_a_statement_from_another_database_is_not_passed_over(server, schema, sql, make):
    first, offset = read_on(make, sql)
    server.execute(
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "SET SESSION binlog_format = 'STATEMENT'",
        f"UPDATE `{schema}` . `t` SET name = 'x'",
    )
    again = make(history=first.history).begin(offset)
    with pytest.raises(SourceRefused) as refused:
        again.read(1)
    assert refused.value.code == errors.STATEMENT_LOGGED


def test_prepared_transactions_are_sent_once_and_have_their_boundaries(server, schema, sql, make, caplog):
    sql(TABLE)
    reading = make(provide__transaction__metadata=True)
    reading.source.transactions = Table("transaction", (), [], shape=Shape("t", None, None))
    reading.begin()
    for number, end in ((1, "COMMIT"), (2, "ROLLBACK")):
        xid = f"'{schema}{number}'"
        sql(f"XA START {xid}", f"INSERT INTO t VALUES ({number}, 'x')", f"XA END {xid}", f"XA PREPARE {xid}")
        wait_for(lambda xid=xid, end=end: _ended(sql, f"XA {end} {xid}"), "the session that prepared is gone")
    sql("INSERT INTO t VALUES (3, 'c')")
    with caplog.at_level(logging.WARNING):
        reading.read(5 if server.image == "mysql" else 9)
    ops = [change.op for change in reading.changes]
    prepared = ["c"] if server.image == "mysql" else ["BEGIN", "c", "END"]
    assert ops == [*prepared * 2, "BEGIN", "c", "END"]
    assert "rolled back after its changes were sent" in caplog.text
    assert [change.after[0] for change in reading.changes if change.op == "c"] == [1, 2, 3]


def _ended(sql, statement):
    try:
        sql(statement)
    except Exception as error:
        if error.args[0] == 1397:  # it is still the other session's
            return False
        raise
    return True
