"""The source on real servers: snapshot and stream without gap or repeat, DDL in mid-stream, resuming, refusing."""

from __future__ import annotations

import json
import os
import threading

import pytest

from cdc.errors import PositionLost, SourceLost, SourceRefused
from cdc.model import Shape, Table
from connectors.mysql import errors
from tests.integration.mysql.setup import reading_of
from tests.servers.fixtures import also_older, every_version
from tests.servers.process import wait_for

TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, name varchar(100))"


def stored(position):
    """An offset as a store gives it back."""
    return json.loads(json.dumps(position.offset()))


def insert(sql, first, last):
    sql("INSERT INTO t VALUES " + ", ".join(f"({number}, 'row {number}')" for number in range(first, last + 1)))


class Writer:
    """Inserts rows in transactions of two, until told to stop."""

    def __init__(self, server, schema, first):
        self.last = first - 1
        self._stop = threading.Event()
        self._connection = server.connect(schema, autocommit=False)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        with self._connection.cursor() as cursor:
            while not self._stop.is_set():
                for number in (self.last + 1, self.last + 2):
                    cursor.execute("INSERT INTO t VALUES (%s, %s)", (number, f"row {number}"))
                self._connection.commit()
                self.last += 2

    def stop(self):
        self._stop.set()
        self._thread.join()
        self._connection.close()


@also_older("mode", ["minimal", "extended", "none"], ["minimal"])
def test_snapshot_and_stream_have_every_row(server, schema, sql, make, mode):
    """Rows are written all the time, before, during and after the snapshot; with locks each arrives once."""
    sql(TABLE)
    insert(sql, 1, 2000)
    reading = make(snapshot__locking__mode=mode)
    writer = Writer(server, schema, 2001)
    try:
        wait_for(lambda: writer.last > 2020, "the writer writes")
        reading.source.open(None)
        rows = reading.snapshot()
        position = reading.source.snapshot_position(last=True, completed=True)
        if server.kind == "MySQL":  # what was read without a lock may be of two moments
            assert bool(position.server) == (mode != "none")
        seen = {row[0] for _, row in rows}
        assert len(seen) == len(rows) >= 2020
        reading.source.start()
        wait_for(lambda: writer.last > len(seen) + 20, "the writer writes on")
    finally:
        writer.stop()
    reading.read(writer.last - len(rows))
    ids = reading.values()
    assert len(ids) == len(set(ids))
    assert seen | set(ids) == set(range(1, writer.last + 1))
    if mode != "none":
        assert not seen & set(ids)


def test_several_readers_see_the_same_moment(server, schema, sql, make):
    for name in ("a", "b", "c"):
        sql(f"CREATE TABLE {name} (id int PRIMARY KEY)", f"INSERT INTO {name} VALUES (1), (2)")
    reading = make(snapshot__max__threads=3)
    reading.source.open(None)
    tables = reading.source.tables()
    iterators = [reading.source.rows(table) for table in tables]
    sql("INSERT INTO c VALUES (3)", "DELETE FROM b")
    assert [[row[0] for rows in each for row in rows] for each in iterators] == [[1, 2]] * 3
    reading.source.start()
    assert [change.op for change in reading.read(3)] == ["c", "d", "d"]


@every_version
def test_a_row_is_the_same_from_snapshot_and_stream(sql, make):
    columns = (
        "id int PRIMARY KEY, ti tinyint, tu tinyint unsigned, si smallint, mi mediumint unsigned, iu int unsigned,"
        " bi bigint, bu bigint unsigned, de decimal(20,5), fl float, do double, b1 bit(1), b9 bit(9), ch char(5),"
        " vc varchar(20) character set latin1, tx text, bn binary(6), vb varbinary(9), bl blob, da date, tm time(3),"
        " dt datetime, d6 datetime(6), ts timestamp(2) NULL, yr year, en enum('x','y','z'), st set('p','q','r'),"
        " ge geometry, po point"
    )
    values = (
        "(%d, -128, 255, -32768, 16777215, 4294967295, -9223372036854775808, 18446744073709551615,"
        " '-123456789012345.67891', 1.25, -2.5e100, b'1', b'101010101', 'ab', 'Zo\u00eb', 'caf\u00e9 \U0001f600', 'ab',"
        " x'00ff7f', x'deadbeef', '1999-12-31', '-12:34:56.789', '2024-02-29 23:59:59', '0001-01-01 00:00:00.000001',"
        " '2038-01-19 03:14:07.12', 2155, 'z', 'r,p', ST_GeomFromText('LINESTRING(0 0, 1 2)'),"
        " ST_GeomFromText('POINT(3 4)'))"
    )
    sql(f"CREATE TABLE t ({columns})", f"INSERT INTO t VALUES {values % 1}", "INSERT INTO t (id) VALUES (2)")
    reading = make()
    reading.source.open(None)
    rows = [row for _, row in reading.snapshot()]
    reading.source.start()
    sql(f"INSERT INTO t VALUES {values % 3}", "DELETE FROM t WHERE id = 2")
    changes = reading.read(2)
    assert changes[0].after == [3, *rows[0][1:]]
    assert changes[-1].before == rows[1]
    names = [column.name for column in reading.tables[0].columns]
    got = dict(zip(names, rows[0], strict=True))
    assert got["bu"] == -1
    assert got["b9"] == b"\x55\x01"
    assert got["bn"] == b"ab\0\0\0\0"
    assert got["vc"] == "Zo\u00eb"
    assert got["tx"] == "caf\u00e9 \U0001f600"
    assert got["tm"] == -45_296_789_000
    assert got["ts"] == "2038-01-19T03:14:07.12Z"
    assert got["st"] == "p,r"
    assert got["po"][:2] == [3.0, 4.0]


@every_version
def test_ddl_in_mid_stream_changes_the_rows_from_there_on(schema, sql, make):
    sql(TABLE, "INSERT INTO t VALUES (1, 'a')")
    reading = make()
    reading.source.open(None)
    reading.snapshot()
    reading.source.start()
    sql(
        "INSERT INTO t VALUES (2, 'b')",
        "ALTER TABLE t ADD COLUMN n int NOT NULL DEFAULT 5 FIRST, DROP COLUMN name",
        "INSERT INTO t VALUES (6, 3)",
        "RENAME TABLE t TO u",
        "UPDATE u SET n = 7 WHERE id = 2",
        "CREATE TABLE v (id int PRIMARY KEY, flag boolean)",
        "INSERT INTO v VALUES (1, true)",
        "DROP TABLE v",
        "INSERT INTO u VALUES (8, 4)",
    )
    changes = reading.read(5)
    assert [(change.table.id.split(".")[1], change.after) for change in changes] == [
        ("t", [2, "b"]),
        ("t", [6, 3]),
        ("u", [7, 2]),
        ("v", [1, True]),
        ("u", [8, 4]),
    ]
    assert changes[1].table.key_of([6, 3]) == [3]
    told = [(change.after[4].upper(), [entry[0] for entry in change.after[5]]) for change in reading.statements]
    assert [(text.split()[0], kinds) for text, kinds in told[-4:]] == [
        ("ALTER", ["ALTER"]),
        ("RENAME", ["ALTER"]),
        ("CREATE", ["CREATE"]),
        ("DROP", ["DROP"]),
    ]
    assert all(change.before == [schema] for change in reading.statements[-4:])


@also_older("batch", [1, 100], [100])
def test_a_restart_anywhere_repeats_and_misses_nothing(sql, make, batch):
    """Also in the middle of a transaction of several rows events, and before a DDL that is read again."""
    sql(TABLE)
    first = make(max__batch__size=batch)
    first.begin()
    wide = "x" * 90
    sql(
        "INSERT INTO t VALUES " + ", ".join(f"({number}, '{wide}')" for number in range(1, 401)),
        "UPDATE t SET name = 'y' WHERE id <= 3",
        "ALTER TABLE t ADD COLUMN n int",
        "INSERT INTO t VALUES (500, 'z', 1)",
    )
    whole = [(change.op, change.before, change.after) for change in first.read(404)]
    inside = [item for item in first.positions if item[1].events]
    assert inside, "the transaction came in several batches"
    chosen = [*inside, *(item for item in first.positions if not item[1].events)]
    for number, position in chosen:
        again = make(history=first.history).begin(stored(position))
        if number < len(whole):
            again.read(len(whole) - number)
        assert [(change.op, change.before, change.after) for change in again.changes] == whole[number:]
        again.source.close()


@pytest.mark.parametrize("server", ["mysql"], indirect=True)
def test_a_compressed_transaction_of_more_than_one_packet(server, schema, sql, make):
    """It is unpacked while it arrives, and a restart within it repeats and misses nothing."""
    rows = 180
    sql("CREATE TABLE t (id bigint PRIMARY KEY, b mediumblob)")
    first = make().begin()
    connection = server.connect(schema, autocommit=False)
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION binlog_transaction_compression = ON")
        for number in range(1, rows + 1):
            cursor.execute("INSERT INTO t VALUES (%s, %s)", (number, os.urandom(100_000)))
    connection.commit()
    connection.close()
    written = sql("SELECT id, b FROM t ORDER BY id")
    assert [tuple(change.after) for change in first.read(rows)] == list(written)
    inside = [item for item in first.positions if item[1].events]
    assert inside, "the payload came in several batches"
    number, position = inside[len(inside) // 2]
    again = make(history=first.history).begin(stored(position))
    assert [tuple(change.after) for change in again.read(rows - number)] == list(written)[number:]


def test_transactions_have_their_boundaries(sql, make):
    sql(TABLE)
    reading = make(provide__transaction__metadata=True)
    reading.source.transactions = Table("transaction", (), [], shape=Shape("t", None, None))
    reading.begin()
    sql("INSERT INTO t VALUES (1, 'a'), (2, 'b')", "DELETE FROM t WHERE id = 1")
    changes = reading.read(7)
    assert [change.op for change in changes] == ["BEGIN", "c", "c", "END", "BEGIN", "d", "END"]
    assert len({change.tx for change in changes[:4]}) == 1
    assert changes[0].tx != changes[4].tx
    assert changes[1].source[11] == changes[1].tx


def test_truncate_is_a_change_when_it_is_wanted(sql, make):
    sql(TABLE, "INSERT INTO t VALUES (1, 'a')")
    reading = make(skipped__operations="none").begin()
    sql("TRUNCATE TABLE t", "INSERT INTO t VALUES (2, 'b')")
    assert [change.op for change in reading.read(2)] == ["t", "c"]


def test_without_the_history_there_is_no_guessing(sql, make):
    sql(TABLE)
    first = make().begin()
    insert(sql, 1, 2)
    first.read(2)
    with pytest.raises(SourceRefused) as refused:
        make().source.open(stored(first.positions[-1][1]))
    assert refused.value.code == errors.HISTORY_MISSING
    again = make(snapshot__mode="recovery").begin(stored(first.positions[-1][1]))
    insert(sql, 3, 3)
    assert again.read(1)[0].after == [3, "row 3"]


@every_version
def test_a_purged_log_is_not_passed_over(server, sql, make):
    sql(TABLE)
    first = make().begin()
    insert(sql, 1, 1)
    first.read(1)
    offset = stored(first.positions[-1][1])
    insert(sql, 2, 2)
    server.execute("FLUSH BINARY LOGS")
    file, _ = server.log_end()
    first.source.close()
    wait_for(lambda: _purged(server, file), "the server purges its log")
    with pytest.raises(PositionLost) as lost:
        make(history=first.history).source.open(offset)
    assert lost.value.code == errors.GTIDS_GONE


def _purged(server, file):
    server.execute(f"PURGE BINARY LOGS TO '{file}'")
    return server.execute("SHOW BINARY LOGS")[0][0] == file


def test_masks_keys_and_column_lists(schema, sql, make):
    sql("CREATE TABLE t (id int, secret varchar(20), name varchar(20) NOT NULL, note text, UNIQUE KEY (name))")
    sql("INSERT INTO t VALUES (1, 'hidden', 'ann', 'long text')")
    more = {
        "column.mask.with.3.chars": f"{schema}.t.secret",
        "column.truncate.to.4.chars": f"{schema}.t.note",
        "column.exclude.list": f"{schema}.t.name",
    }
    reading = make(**more)
    reading.source.open(None)
    rows = [row for _, row in reading.snapshot()]
    reading.source.start()
    sql("UPDATE t SET id = 2")
    (change,) = reading.read(1)
    assert rows[0][:3] == [1, "***", "long"]
    assert change.after[:3] == [2, "***", "long"]
    assert [column.name for column in change.table.columns] == ["id", "secret", "note"]
    assert change.table.key_of(change.after) == change.table.key_of(rows[0]) == ["ann"]


def test_the_connector_of_the_other_kind_is_refused(server, schema, make):
    other = "MariaDB" if server.kind == "MySQL" else "MySQL"
    clone = type("Other", (), {**{k: getattr(server, k) for k in ("host", "port", "user", "password")}, "kind": other})
    reading = reading_of(clone, schema)
    with pytest.raises(SourceRefused) as refused:
        reading.source.open(None)
    assert refused.value.code == errors.SERVER_KIND


def test_a_table_that_is_changed_under_the_snapshot_begins_it_anew(sql, make):
    sql("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    reading = make()
    reading.source.open(None)
    (table,) = reading.source.tables()
    sql("ALTER TABLE t ADD COLUMN a int, ALGORITHM=COPY")
    with pytest.raises(SourceLost) as caught:
        list(reading.source.rows(table))
    assert caught.value.code == errors.TABLE_CHANGED
    reading.source.end_snapshot()

    reading.source.open(None)
    assert [row for _, row in reading.snapshot()] == [[1, None]]
