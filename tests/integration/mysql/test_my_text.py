"""Text with bytes that its character set does not know: the snapshot and the stream make the same of it."""

from __future__ import annotations

import logging
import shutil

import pytest

from cdc.errors import DecodeError
from connectors.mysql import errors
from connectors.mysql.rows import UNCONVERTIBLE

CONVERTING = "event__converting__failure__handling__mode"
KEPT = "headwater__invalid__text__handling__mode"


@pytest.fixture(params=["utf8mb4", "utf8mb3"])
def broken(request, server, schema, sql):
    """A table `t` whose first row has `caf`, the byte E9, in `name` and in `must`, as an old release left it."""
    charset = request.param
    length = 12 // (4 if charset == "utf8mb4" else 3)
    columns = "id int PRIMARY KEY, name varchar({0}), must varchar({0}) NOT NULL, n int"
    sql(
        f"CREATE TABLE old ({columns.format(12)}) ENGINE = MyISAM CHARACTER SET latin1",
        f"CREATE TABLE t ({columns.format(length)}) ENGINE = MyISAM CHARACTER SET {charset}",
        "INSERT INTO old VALUES (1, x'636166E9', x'636166E9', 1), (2, 'ok', 'ok', 1)",
        "FLUSH TABLES old, t",
    )
    folder = server.home / "data" / schema
    for name in ("MYD", "MYI"):
        shutil.copyfile(folder / f"old.{name}", folder / f"t.{name}")
    sql("FLUSH TABLES t", "DROP TABLE old")
    ((found,),) = sql("SELECT HEX(name) FROM t WHERE id = 1")
    assert found == "636166E9"


def changed(make, sql, schema, **more):
    """Rows of the snapshot, and the change of an update of the first row."""
    reading = make(**more)
    reading.source.open(None)
    rows = [row for name, row in reading.snapshot() if name == f"{schema}.t"]
    reading.source.start()
    sql("UPDATE t SET n = n + 1 WHERE id = 1")
    (change,) = reading.read(1)
    return rows, change


def test_by_default_it_is_null_and_said(broken, make, sql, schema, caplog):
    with caplog.at_level(logging.WARNING):
        rows, change = changed(make, sql, schema)
    assert rows == [[1, None, "", 1], [2, "ok", "ok", 1]]
    assert (change.before, change.after) == ([1, None, "", 1], [1, None, "", 2])
    said = [record.getMessage() for record in caplog.records if "cannot be converted" in record.getMessage()]
    assert sorted(line.partition(":")[0] for line in said) == [f"column {schema}.t.must", f"column {schema}.t.name"]
    assert all("636166e9" in line for line in said)


def test_bytes_are_kept_as_escapes(broken, make, sql, schema):
    mask = {"column__truncate__to__2__chars": rf"{schema}\.t\.must"}
    rows, change = changed(make, sql, schema, **{KEPT: "escape"}, **mask)
    assert rows == [[1, r"caf\xe9", "ca", 1], [2, "ok", "ok", 1]]
    assert (change.before, change.after) == ([1, r"caf\xe9", "ca", 1], [1, r"caf\xe9", "ca", 2])


def test_it_stops_with_the_row_and_the_column(broken, make, sql, schema):
    reading = make(**{CONVERTING: "fail"})
    reading.source.open(None)
    with pytest.raises(
        DecodeError, match=rf"{schema}\.t, a row \(id=1\): column {schema}\.t\.name: .*636166e9"
    ) as first:
        reading.snapshot()
    assert first.value.code == errors.VALUE
    reading = make(**{CONVERTING: "fail", "snapshot__mode": "no_data"}).begin()
    sql("UPDATE t SET n = n + 1 WHERE id = 1")
    with pytest.raises(DecodeError, match=rf"column {schema}\.t\.name: .*row 0 of the event.*, column name") as second:
        reading.read(1)
    assert second.value.code == UNCONVERTIBLE


def test_no_key_is_made_up(broken, make, sql, schema):
    reading = make(message__key__columns=rf"{schema}\.t:name")
    reading.source.open(None)
    with pytest.raises(DecodeError, match=r"\.t\.name: ") as refused:
        reading.snapshot()
    assert refused.value.code == errors.VALUE
