"""What a server may do to our sessions: limits, statements that it ends, tables that go or break meanwhile."""

from __future__ import annotations

import contextlib
import logging
import select
import threading
from pathlib import Path

import pymysql
import pytest

from cdc.errors import SourceLost, SourceRefused
from connectors.mysql import errors
from tests.integration.mysql.setup import reading_of
from tests.servers.process import wait_for

LIMITS = {
    "MySQL": ("max_execution_time = 1", "sql_select_limit = 3", "lock_wait_timeout = 1"),
    "MariaDB": (
        "max_statement_time = 0.001",
        "idle_transaction_timeout = 1",
        "idle_readonly_transaction_timeout = 1",
        "idle_write_transaction_timeout = 1",
        "sql_select_limit = 3",
        "lock_wait_timeout = 1",
    ),
}
FOR_BOTH = (
    "wait_timeout = 1",
    "interactive_timeout = 1",
    "net_read_timeout = 1",
    "net_write_timeout = 1",
    "sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,PAD_CHAR_TO_FULL_LENGTH'",
    "time_zone = '-11:00'",
    "sql_safe_updates = 1",
    "sql_auto_is_null = 1",
    "autocommit = 0",
    "character_set_results = latin1",
    "character_set_client = latin1",
    "lc_messages = 'de_DE'",
    "init_connect = 'SET time_zone = ''+03:00'', sql_mode = ''ANSI'', sql_select_limit = 2'",
    "group_concat_max_len = 4",
)


def _ended(connection):
    """Whether the server has hung up, found without a word to it."""
    ready, _, _ = select.select([connection._sock], [], [], 0)
    return bool(ready)


@pytest.fixture
def limited(server):
    """A server of its own all of whose settings are against us, and a connection to which they do not apply."""
    own = type(server).private(server.version)
    connection = own.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute("CREATE USER plain IDENTIFIED BY 'headwater'")  # to whom init_connect applies
            cursor.execute(
                "GRANT SELECT, INSERT, UPDATE, RELOAD, SHOW DATABASES, LOCK TABLES, REPLICATION SLAVE,"
                " REPLICATION CLIENT ON *.* TO plain"
            )
            for setting in (*FOR_BOTH, *LIMITS[server.kind]):
                cursor.execute(f"SET GLOBAL {setting}")
            yield own, cursor
    finally:
        connection.close()
        own.stop()


def test_no_setting_of_the_server_changes_what_is_read(limited):
    """Snapshot, stream and heartbeat are as without the limits."""
    server, cursor = limited
    cursor.execute("CREATE DATABASE app")
    cursor.execute(
        "CREATE TABLE app.t (id int PRIMARY KEY, s varchar(20), c char(5), ts timestamp NULL) CHARSET utf8mb4"
    )
    cursor.execute("CREATE TABLE app.heart (n int)")
    cursor.execute("INSERT INTO app.heart VALUES (1)")
    for number in range(9):
        cursor.execute(f"INSERT INTO app.t VALUES ({number}, '\u00e9\u6f22', 'a', '2024-01-02 03:04:05')")
    reading = reading_of(
        server,
        "app",
        database__user="plain",
        heartbeat__interval__ms=1000,
        heartbeat__action__query="UPDATE app.heart SET n = n + 1",
        table__include__list="app.t",
    )
    try:
        reading.source.open(None)
        (table,) = reading.source.tables()
        canary = server.connect(None, user="plain", password="headwater")
        wait_for(lambda: _ended(canary), "a connection that waits is ended after the second that is the limit")
        rows = [row for part in reading.source.rows(table) for row in part]
        assert rows == [[number, "\u00e9\u6f22", "a", "2024-01-02T03:04:05Z"] for number in range(9)]
        reading.source.heartbeat()
        reading.source.start()
        canary = server.connect(None, user="plain", password="headwater")
        wait_for(lambda: _ended(canary), "a connection that waits is ended")
        cursor.execute("SELECT n FROM app.heart")
        assert cursor.fetchall() == ((2,),)
        cursor.execute("DELETE FROM app.t WHERE id = 1")
        assert [change.op for change in reading.read(1)] == ["d"]
    finally:
        reading.source.close()


def test_a_setting_that_is_refused_is_named(monkeypatch, make):
    from connectors.mysql import connection

    monkeypatch.setattr(connection, "_LIMITS", ("lock_wait_timeout = 'much'",))
    with pytest.raises(SourceRefused, match="lock_wait_timeout") as refused:
        make().source.open(None)
    assert refused.value.code == errors.SETTING_REFUSED


def test_a_setting_that_the_server_does_not_know_is_left_out(monkeypatch, make):
    from connectors.mysql import connection

    monkeypatch.setattr(connection, "_LIMITS", ("no_such_limit = 1", "lock_wait_timeout = 77"))
    made = connection.connect(make().source._config, purpose="a test")
    try:
        assert connection.query(made, "SELECT @@lock_wait_timeout, @@sql_mode", "looking") == [(77, "")]
    finally:
        made.close()


@pytest.mark.parametrize("statement", ["DROP TABLE b", "DROP TABLE b; CREATE TABLE other.t (id int)"])
def test_a_table_that_is_dropped_before_its_turn_is_left_out(server, schema, sql, make, caplog, statement):
    sql(*(f"CREATE TABLE {name} (id int PRIMARY KEY)" for name in "abc"), "INSERT INTO c VALUES (1)")
    reading = make()
    reading.source.open(None)
    tables = {table.id.rpartition(".")[2]: table for table in reading.source.tables()}
    sql("CREATE DATABASE IF NOT EXISTS other", *statement.split(";"), "DROP DATABASE other")
    with caplog.at_level(logging.WARNING):
        rows = {name: [row for part in reading.source.rows(table) for row in part] for name, table in tables.items()}
    assert rows == {"a": [], "b": [], "c": [[1]]}
    assert f"table {schema}.b was dropped before the snapshot read it" in caplog.text


@pytest.mark.parametrize(
    "statement",
    [
        "RENAME TABLE b TO d",
        "ALTER TABLE b DROP v",
        "ALTER TABLE b ADD w int",
        "TRUNCATE TABLE b",
        "RENAME TABLE b TO _b_del, _b_gho TO b",
        "DROP TABLE b; CREATE TABLE b (id int PRIMARY KEY, v int)",
    ],
)
def test_a_table_that_changes_before_its_turn_has_the_snapshot_taken_again(server, sql, make, statement):
    sql("CREATE TABLE _b_gho (id int PRIMARY KEY, v int)", "INSERT INTO _b_gho VALUES (1, 1)")

    def next_second(table):  # in which the server remembers that a table was made
        ((past,),) = sql(
            "SELECT SYSDATE() > CREATE_TIME FROM information_schema.TABLES"
            f" WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '{table}'"
        )
        return past

    wait_for(lambda: next_second("_b_gho"), "the next second")
    sql("CREATE TABLE b (id int PRIMARY KEY, v int)", "INSERT INTO b VALUES (1, 1), (2, 2)")
    wait_for(lambda: next_second("b"), "the next second")
    reading = make()
    reading.source.open(None)
    tables = {table.id.rpartition(".")[2]: table for table in reading.source.tables()}
    sql(*statement.split(";"))
    with pytest.raises(SourceLost) as lost:
        list(reading.source.rows(tables["b"]))
    assert lost.value.code == errors.TABLE_CHANGED


@pytest.mark.parametrize("how", ["killed", "limited"])
def test_a_statement_that_the_server_ends_is_run_again(server, schema, sql, make, how):
    sql("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)")
    limit = "max_statement_time = 1" if server.kind == "MariaDB" else "max_execution_time = 1000"
    reading = make(
        snapshot__select__statement__overrides=f"{schema}.t",
        database__initial__statements=f"SET {limit}" if how == "limited" else "",
        **{f"snapshot.select.statement.overrides.{schema}.t": f"SELECT id FROM {schema}.t WHERE SLEEP(60) = 0"},
    )
    reading.source.open(None)
    (table,) = reading.source.tables()
    failed = []

    def read():
        try:
            list(reading.source.rows(table))
        except SourceLost as error:
            failed.append(error.code)

    thread = threading.Thread(target=read)
    thread.start()

    def kill():
        found = sql("SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE '%t WHERE SLEEP(60)%'")
        for (number,) in found:
            if number != 0:
                with contextlib.suppress(pymysql.Error):
                    sql(f"KILL QUERY {number}")
        return bool(failed)

    wait_for(kill if how == "killed" else lambda: bool(failed), "the statement ends")
    thread.join()
    assert failed == [errors.INTERRUPTED]


def test_a_lock_that_is_held_is_waited_for_again(server, schema, sql, make):
    sql("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    reading = make(snapshot__lock__timeout__ms=1000)
    reading.source.open(None)
    holder = server.connect(schema, autocommit=False)
    try:
        with holder.cursor() as cursor:
            cursor.execute("LOCK TABLES t WRITE")
            with pytest.raises(SourceLost) as lost:
                reading.source.tables()
    finally:
        holder.close()
    assert lost.value.code == errors.LOCK_WAITED


@pytest.mark.parametrize("captured", [False, True])
def test_a_broken_table_matters_only_where_it_is_captured(server, captured, caplog):
    """Its file is gone from the data directory."""
    own = type(server).private(server.version)
    reading = None
    try:
        own.execute("CREATE DATABASE app", "CREATE TABLE app.broken (id int PRIMARY KEY) ENGINE=MyISAM")
        own.execute("CREATE TABLE app.t (id int PRIMARY KEY)", "INSERT INTO app.t VALUES (1)", "FLUSH TABLES")
        folder = Path(own.home) / "data" / "app"
        for file in folder.glob("broken.*"):
            if file.suffix in (".MYI", ".MYD"):
                file.unlink()
        reading = reading_of(own, "app", table__include__list="app.t" + (",app.broken" if captured else ""))
        reading.source.open(None)
        if captured:
            with pytest.raises(SourceRefused, match=r"app\.broken") as refused:
                reading.source.tables()
            assert refused.value.code == errors.TABLE_BROKEN
        else:
            with caplog.at_level(logging.WARNING):
                assert reading.snapshot() == [("app.t", [1])]
            assert "table app.broken is not captured, and its structure cannot be read" in caplog.text
    finally:
        if reading is not None:
            reading.source.close()
        own.stop()
