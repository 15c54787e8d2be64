"""A server whose log is another one than the stored offset is of: a fail-over that lost changes, a restored copy."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cdc.errors import PositionLost
from connectors.postgresql.source import PostgresSource
from tests.integration.postgresql.setup import config, until
from tests.integration.reading import Reading
from tests.servers.postgresql import PostgresServer

Start = Callable[..., Reading]


@pytest.fixture
def primary() -> Iterator[PostgresServer]:
    own = PostgresServer.private("18")
    own.create_database("shop")
    execute(own, "CREATE TABLE t (id bigint PRIMARY KEY, name text)")
    yield own
    own.stop()


@pytest.fixture
def start(sources: Callable[..., PostgresSource]) -> Start:
    """Starts to stream from a server's table."""

    def begin(server: PostgresServer, offset: dict[str, object] | None = None) -> Reading:
        return Reading(sources(server, "shop", slot__failover="true")).begin(offset)

    return begin


def execute(server: PostgresServer, *statements: str) -> None:
    with server.connect("shop") as sql:
        for statement in statements:
            sql.execute(statement)


def insert(server: PostgresServer, *ids: int) -> None:
    execute(server, *(f"INSERT INTO t VALUES ({number}, 'x')" for number in ids))


def ask(server: PostgresServer, query: str) -> Any:
    with server.connect("shop") as sql:
        row = sql.execute(query).fetchone()
    return None if row is None else row[0]


def stored(reading: Reading, *, confirm: bool = True) -> dict[str, object]:
    """The offset after what was read, as a store gives it back."""
    if confirm:
        reading.source.confirm(reading.between)
    return json.loads(json.dumps(reading.between.offset()))  # type: ignore[no-any-return]


def first(primary: PostgresServer, start: Start) -> Reading:
    """A stream that has read one row, which is confirmed."""
    reading = start(primary)
    insert(primary, 1)
    reading.read(1)
    stored(reading)
    return reading


def grow(server: PostgresServer, offset: dict[str, object]) -> None:
    """Let the log grow past an offset, with changes of the table."""
    done = max(int(str(offset[key])) for key in ("lsn", "lsn_proc", "lsn_commit"))
    numbers = iter(range(1000, 100_000))

    def past() -> bool:
        insert(server, *(next(numbers) for _ in range(10)))
        return bool(ask(server, f"SELECT pg_current_wal_lsn() - '0/0'::pg_lsn > {done + 4096}"))

    until(past, "the log is longer")


def copied(server: PostgresServer, tmp_path: Path) -> Path:
    """A copy of the data of a server that is stopped for it."""
    server.shutdown()
    shutil.copytree(server.data, tmp_path / "copy")
    server.restart()
    return tmp_path / "copy"


def restored(server: PostgresServer, copy: Path) -> None:
    server.shutdown()
    owner = server.data.stat()
    shutil.rmtree(server.data)
    shutil.copytree(copy, server.data)
    for path in (server.data, *server.data.rglob("*")):
        shutil.chown(path, owner.st_uid, owner.st_gid)
    server.restart()


def idled(reading: Reading, server: PostgresServer) -> dict[str, object]:
    """The offset after the log went on without a change of the database."""
    reading.source._advance_seconds = 0.0
    before = (reading.between or reading.source._begin).done()
    with server.connect() as sql:
        sql.execute("CREATE TABLE other AS SELECT generate_series(1, 1000) AS n")
    until(
        lambda: reading.poll() and reading.positions and reading.between.done() > before + 20_000,
        "the idle log goes on",
    )
    return stored(reading, confirm=False)


def refused(reading: Reading) -> PositionLost:
    with pytest.raises(PositionLost) as caught:
        until(lambda: reading.poll() and False, "the other log is noticed")
    return caught.value


def test_a_failover_that_lost_what_was_read_is_refused_and_one_that_lost_nothing_goes_on(
    primary: PostgresServer, start: Start
) -> None:
    reading = first(primary, start)
    standby = primary.standby()
    syncing = standby.connect()  # a slot is temporary, and its session's, until it is usable
    try:
        synced = "SELECT count(*) = 1 FROM pg_replication_slots WHERE synced AND NOT temporary"

        def replayed() -> None:
            end = ask(primary, "SELECT pg_current_wal_lsn()::text")
            until(lambda: ask(standby, f"SELECT pg_last_wal_replay_lsn() >= '{end}'"), "the standby has all of it")

        def slot_there() -> bool:
            number = len(reading.changes) + 1
            insert(primary, number)
            reading.read(number)
            stored(reading)
            replayed()
            ask(primary, "SELECT pg_log_standby_snapshot()::text")
            syncing.execute("SELECT pg_sync_replication_slots()")
            return bool(ask(standby, synced))

        until(slot_there, "the standby has the slot", 60)
        here = stored(reading)
        replayed()
        execute(standby, "ALTER SYSTEM SET primary_conninfo = ''")
        ask(standby, "SELECT pg_reload_conf()")
        until(lambda: not ask(standby, "SELECT count(*) FROM pg_stat_wal_receiver"), "the standby is cut off")
        idle = idled(reading, primary)
        insert(primary, 5000)
        reading.read(len(reading.changes) + 1)
        beyond = stored(reading)
        reading.source.close()
        primary.kill()
        assert ask(standby, "SELECT pg_promote()")
        grow(standby, beyond)

        with pytest.raises(PositionLost) as caught:
            start(standby, beyond)
        assert caught.value.code == "HW-PG-055"
        assert "timeline 2 left timeline 1 at" in caught.value.detail
        for offset in (here, idle):
            again = start(standby, offset)
            again.read(1)
            assert again.values()[0] == 1000
            again.source.close()  # a shutdown waits for what a walsender has not confirmed
    finally:
        syncing.close()
        standby.stop()


def test_a_restored_copy_whose_log_grew_past_the_offset_is_noticed(
    primary: PostgresServer, start: Start, tmp_path: Path
) -> None:
    reading = first(primary, start)
    reading.source.close()
    copy = copied(primary, tmp_path)
    insert(primary, 2, 3)
    reading = start(primary, stored(reading, confirm=False))
    reading.read(2)
    offset = stored(reading)
    reading.source.close()
    restored(primary, copy)
    grow(primary, offset)
    error = refused(start(primary, offset))
    assert error.code == "HW-PG-055"
    assert "in the log of the stored offset" in error.detail


def test_a_restored_copy_is_noticed_when_only_an_idle_log_went_on(
    primary: PostgresServer, start: Start, tmp_path: Path
) -> None:
    reading = first(primary, start)
    reading.source.close()
    offset = stored(reading, confirm=False)
    copy = copied(primary, tmp_path)
    reading = start(primary, offset)
    offset = idled(reading, primary)
    reading.source.close()
    restored(primary, copy)
    grow(primary, offset)
    assert refused(start(primary, offset)).code == "HW-PG-055"


def test_what_was_not_confirmed_is_sent_again_and_recognised(primary: PostgresServer, start: Start) -> None:
    reading = start(primary)
    insert(primary, 1, 2, 3)
    reading.read(3)
    offset = stored(reading, confirm=False)
    reading.source.close()
    assert str(offset["headwater_commit"]).endswith(str(offset["ts_usec"]))
    again = start(primary, offset)
    insert(primary, 4)
    again.read(1)
    assert again.values() == [4]
    assert again.source._capture.decoder.repeated == 3


def test_a_standby_that_is_promoted_while_it_is_read_goes_on(primary: PostgresServer) -> None:
    execute(primary, "CREATE PUBLICATION dbz_publication FOR ALL TABLES")
    standby = primary.standby()
    source = PostgresSource(config(standby, "shop"))
    opening = threading.Thread(target=source.open, args=(None,))
    try:
        opening.start()  # a slot of a standby waits for what its primary says of its transactions
        until(lambda: ask(primary, "SELECT pg_log_standby_snapshot()") and not opening.is_alive(), "there is a slot")
        source.end_snapshot()
        source.start()
        reading = Reading(source)
        insert(primary, 1)
        reading.read(1)
        assert ask(standby, "SELECT pg_promote()")
        grow(standby, stored(reading))
        reading.read(3)
        offset = stored(reading)
        source.close()
        source.open(offset)
        source.start()
        insert(standby, 99_999)
        again = Reading(source)
        until(lambda: again.poll() and 99_999 in again.values(), "the stream goes on")
        assert again.values()[0] == (reading.values()[-1] + 1 if len(again.changes) > 1 else 99_999)
    finally:
        opening.join(20)
        source.close()
        standby.stop()
