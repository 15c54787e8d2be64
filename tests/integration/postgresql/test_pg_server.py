"""What happens to the server itself: shut down, restarted, crashed, and giving the slot up."""

import json
import threading
import time

import pytest

from cdc.errors import PositionLost, SourceLost
from connectors.postgresql import slot
from connectors.postgresql.source import PostgresSource
from tests.integration.postgresql.setup import config, until
from tests.integration.reading import Reading
from tests.servers.postgresql import PostgresServer


@pytest.fixture
def server():
    """A server of its own that may be stopped, with a small log and little patience for slots."""
    own = PostgresServer.private(
        "18", max_slot_wal_keep_size="1MB", min_wal_size="32MB", max_wal_size="32MB", wal_keep_size="0"
    )
    yield own
    own.stop()


@pytest.fixture
def source(server):
    name = server.create_database("shop")
    with server.connect(name) as sql:
        sql.execute("CREATE TABLE t (id bigint PRIMARY KEY, name text)")
    made = PostgresSource(config(server, name))
    yield made
    made.close()


def started(source, offset=None):
    source.open(offset)
    source.end_snapshot()
    source.start()
    return Reading(source)


def insert(server, *ids):
    with server.connect("shop") as sql:
        for number in ids:
            sql.execute("INSERT INTO t VALUES (%s, 'x')", (number,))


def broken(reading):
    try:
        batch = reading.poll()
        if batch is not None and batch.position is not None:
            reading.source.confirm(batch.position)
    except SourceLost as error:
        return error
    return None


@pytest.mark.parametrize("crash", [False, True], ids=["fast shutdown", "crash"])
def test_a_restart_is_survived_without_gap_or_repeat(server, source, crash):
    reading = started(source)
    insert(server, 1, 2)
    reading.read(2)
    source.confirm(reading.between)
    offset = json.loads(json.dumps(reading.between.offset()))
    begun = time.monotonic()
    if crash:
        server.kill()
        error = until(lambda: broken(reading), "the crash is noticed")
        server.restart()
    else:
        restart = threading.Thread(target=server.restart)
        restart.start()
        error = until(lambda: broken(reading), "the shutdown is noticed")
        restart.join()
    assert error.policy == "retry"
    assert time.monotonic() - begun < 15  # a fast shutdown waits for what a walsender has not confirmed
    insert(server, 3)

    def again():
        try:
            return started(source, offset)
        except SourceLost:
            return None

    resumed = until(again, "the server is back")
    resumed.read(1)
    assert resumed.values() == [3]


def test_a_slot_that_the_server_gave_up_is_told_and_can_be_made_anew(server, source):
    reading = started(source)
    insert(server, 1)
    reading.read(1)
    offset = json.loads(json.dumps(reading.between.offset()))
    source.close()
    name = source._config.slot_name
    with server.connect("shop") as sql:

        def given_up():
            sql.execute("INSERT INTO t SELECT i, repeat('x', 2000) FROM generate_series(10, 10000) i")
            sql.execute("TRUNCATE t")
            sql.execute("SELECT pg_switch_wal()")
            sql.execute("CHECKPOINT")
            return slot.read(sql, name)[0].lost

        until(given_up, "the slot is lost", 60)
    with pytest.raises(PositionLost) as caught:
        source.open(offset)
    assert caught.value.code == "HW-PG-012"
    assert "wal_removed" in caught.value.detail
    insert(server, 5)
    source.open(None)  # as snapshot.mode=when_needed does
    reading = Reading(source)
    assert [row[0] for _, row in reading.snapshot()] == [5]
    source.start()
    insert(server, 6)
    reading.read(1)
    assert reading.values() == [6]
