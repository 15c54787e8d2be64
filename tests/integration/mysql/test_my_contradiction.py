"""A table that is not as the schema history has it: an ALTER that was not logged stops the stream, both sides named."""

from __future__ import annotations

from typing import Any

import pytest

from cdc.errors import DecodeError
from connectors.mysql.ddl.errors import CONTRADICTION

COLUMNS = (
    "id int PRIMARY KEY, u int unsigned, d decimal(8,2), t time(3), b bit(9), x tinytext, l varchar(9) CHARACTER SET"
    " latin1, e enum('a','b'), s set('p','q')"
)
# What is altered without the log, what is said of it, and what must be in the log for it to be seen.
UNLOGGED = [
    ("DROP COLUMN u", "8 columns", "NO_LOG"),
    ("MODIFY u bigint unsigned", "the log has bigint, known is int", "NO_LOG"),
    ("MODIFY d decimal(8,3)", "the log has decimal(8,3), known is decimal(8,2)", "NO_LOG"),
    ("MODIFY t time(6)", "the log has time(6), known is time(3)", "NO_LOG"),
    ("MODIFY b bit(10)", "bit(10), known is bit(9)", "NO_LOG"),
    ("MODIFY x mediumtext", "column 6, x: the log has lengths of 3 bytes", "NO_LOG"),
    ("MODIFY u int", "signed int, known is unsigned int", "MINIMAL"),
    ("MODIFY l varchar(9) CHARACTER SET utf8mb4", "the character set utf8mb4, known is latin1", "MINIMAL"),
    ("MODIFY e enum('b','a')", "the labels b, a, known is a, b", "FULL"),
    ("MODIFY s set('p','q','r')", "the labels p, q, r", "FULL"),
    ("RENAME COLUMN u TO v", "the name v, known is the name u", "FULL"),
    ("DROP PRIMARY KEY, ADD PRIMARY KEY (u)", "the primary key (u), known is (id)", "FULL"),
]


@pytest.mark.parametrize(("alter", "said", "metadata"), UNLOGGED)
def test_an_alter_without_the_log(
    server: Any, schema: str, sql: Any, make: Any, alter: str, said: str, metadata: str
) -> None:
    if metadata == "NO_LOG" and server.kind == "MySQL":
        metadata = "MINIMAL"  # the least that it has
    with server.globally(binlog_row_metadata=f"'{metadata}'"):
        sql(f"CREATE TABLE t ({COLUMNS})", "INSERT INTO t (id, u) VALUES (1, 1)")
        reading = make()
        reading.source.open(None)
        reading.snapshot()
        reading.source.start()
        sql("INSERT INTO t (id, u, l, e, s) VALUES (2, 2, 'l', 'b', 'p,q')")
        assert reading.read(1)[0].after[:2] == [2, 2]
        sql(
            "SET sql_log_bin = 0",
            f"ALTER TABLE t {alter}",
            "SET sql_log_bin = 1",
            "SET sql_mode = ''",
            "INSERT INTO t SET id = 3",
        )
        with pytest.raises(DecodeError) as stopped:
            reading.read(2)
    assert stopped.value.code == CONTRADICTION
    assert said in stopped.value.detail
    assert f"table {schema}.t" in stopped.value.detail
    assert len(reading.changes) == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [("2, 'c', 'x'", "ENUM index 3, known are 2 labels"), ("2, 'a', 'x,z'", "SET bits 101, known are 2 labels")],
)
def test_a_value_without_a_label(server: Any, schema: str, sql: Any, make: Any, values: str, said: str) -> None:
    with server.globally(binlog_row_metadata="'MINIMAL'"):
        sql("CREATE TABLE t (id int PRIMARY KEY, e enum('a','b') NOT NULL, s set('x','y'))")
        reading = make()
        reading.source.open(None)
        reading.snapshot()
        reading.source.start()
        sql(
            "SET sql_log_bin = 0",
            "ALTER TABLE t MODIFY e enum('a','b','c') NOT NULL, MODIFY s set('x','y','z')",
            "SET sql_log_bin = 1",
            "INSERT INTO t VALUES (1, 'b', 'x,y')",
        )
        assert reading.read(1)[0].after == [1, "b", "x,y"]
        sql(f"INSERT INTO t VALUES ({values})")
        with pytest.raises(DecodeError) as stopped:
            reading.read(2)
    assert stopped.value.code == CONTRADICTION
    assert said in stopped.value.detail
    assert f"table {schema}.t, column" in stopped.value.detail


def test_a_set_of_64_labels(sql: Any, make: Any) -> None:
    labels = [f"l{number}" for number in range(64)]
    listed = ",".join(f"'{label}'" for label in labels)
    sql(f"CREATE TABLE t (id int PRIMARY KEY, s set({listed}))")
    reading = make().begin()
    sql(f"INSERT INTO t VALUES (1, '{','.join(labels)}'), (2, 'l63'), (3, '')")
    assert [change.after[1] for change in reading.read(3)] == [",".join(labels), "l63", ""]
