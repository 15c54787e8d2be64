"""The replication slot on a real server."""

import psycopg
import pytest

from cdc.errors import PositionLost, SourceLost, SourceRefused
from connectors.postgresql import slot
from connectors.postgresql.checks import check
from connectors.postgresql.connection import connect
from connectors.postgresql.position import PostgresPosition
from connectors.postgresql.replication import Replication
from connectors.postgresql.source import PostgresSource
from tests.integration.postgresql.setup import config, until


@pytest.fixture
def made(postgres, database):
    """Configuration, ordinary connection, replication connection."""
    settings = config(postgres, database)
    sql = connect(settings, purpose="test")
    replication = Replication(settings)
    yield settings, sql, replication
    replication.close()
    sql.close()


def test_a_new_slot_exports_a_snapshot_at_its_consistent_point(made):
    settings, sql, replication = made
    point, exported = slot.create(replication, sql, settings.slot_name, seconds=30)
    found, current = slot.read(sql, settings.slot_name)
    assert exported
    assert found.plugin == "pgoutput"
    assert found.confirmed_flush == point
    assert current >= point
    sql.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    sql.execute(f"SET TRANSACTION SNAPSHOT '{exported}'")
    sql.execute("COMMIT")


def test_a_failover_slot_is_marked_as_one(made):
    settings, sql, replication = made
    slot.create(replication, sql, settings.slot_name, seconds=30, failover=True)
    assert slot.read(sql, settings.slot_name)[0].failover


def test_a_slot_that_waits_for_a_transaction_times_out_and_names_it(made, postgres, database):
    settings, sql, replication = made
    with postgres.connect(database) as other:
        holder = other.info.backend_pid
        other.execute("CREATE TABLE busy (id int)")
        other.execute("BEGIN")
        other.execute("INSERT INTO busy VALUES (1)")
        with pytest.raises(SourceLost) as caught:
            slot.create(replication, sql, settings.slot_name, seconds=0.5)
        other.execute("ROLLBACK")
    assert caught.value.code == "HW-PG-016"
    assert f"pid {holder}" in caught.value.detail
    assert replication.identify().id  # the connection is still of use


def test_an_active_slot_is_told_with_its_holder(made, postgres, database):
    settings, sql, replication = made
    sql.execute(f"CREATE PUBLICATION {settings.publication_name}")
    point, _ = slot.create(replication, sql, settings.slot_name, seconds=30)
    replication.start(settings.slot_name, point, slot.stream_options(settings, replication.version))
    second = Replication(settings)
    try:
        with pytest.raises(psycopg.Error) as caught:
            second.start(settings.slot_name, point, slot.stream_options(settings, second.version))
    finally:
        second.close()
    error = slot.unusable(caught.value, settings.slot_name, sql)
    assert error.code == "HW-PG-014"
    assert f"headwater {database} stream" in error.detail


def test_a_foreign_slot_is_refused(made, postgres, database):
    settings, sql, _ = made
    sql.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (settings.slot_name,))
    found, _ = slot.read(sql, settings.slot_name)
    with pytest.raises(SourceRefused) as caught:
        slot.check(found, "another_database")
    assert caught.value.code == "HW-PG-015"
    slot.check(found, database)


@pytest.mark.parametrize("version", ["postgres", "postgres16"])
def test_a_two_phase_slot_is_refused_by_name_until_it_is_none(version, request):
    server = request.getfixturevalue(version)
    database = server.create_database()
    settings = config(server, database)
    name = settings.slot_name
    with server.connect(database) as sql:
        sql.execute("CREATE TABLE t (id int PRIMARY KEY)")
        sql.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput', false, true)", (name,))
    source = PostgresSource(settings)
    try:
        with pytest.raises(SourceRefused, match=f"slot {name} was made with two_phase") as caught:
            source.open(None)
        assert caught.value.code == "HW-PG-015"
        assert [problem.property for problem in check(settings)] == ["slot.name"]
        if version == "postgres":  # the remedy
            with psycopg.connect(server.dsn(database), autocommit=True, replication="database") as walsender:
                walsender.execute(f'ALTER_REPLICATION_SLOT "{name}" (TWO_PHASE false)')
            assert check(settings) == []
            source.open(None)
    finally:
        source.close()
        server.drop_database(database)


def moved(sql, name):
    """Advance the slot past some log; the slot's new confirmed position."""
    sql.execute("SELECT pg_logical_emit_message(true, 'x', 'y')")
    sql.execute("SELECT pg_replication_slot_advance(%s, pg_current_wal_lsn())", (name,))
    return slot.read(sql, name)[0]


@pytest.fixture
def ahead(made):
    """A slot that is ahead of an offset, and that offset."""
    settings, sql, replication = made
    point, _ = slot.create(replication, sql, settings.slot_name, seconds=30)
    return moved(sql, settings.slot_name), PostgresPosition(lsn=point, lsn_proc=point, lsn_commit=point), sql


@pytest.mark.parametrize("strategy", ["", "trust_offset"])
def test_a_slot_ahead_of_the_offset_is_not_gone_over(ahead, strategy):
    found, position, sql = ahead
    with pytest.raises(PositionLost) as caught:
        slot.reconcile(found, position, strategy, sql)
    assert caught.value.code == "HW-PG-013"


@pytest.mark.parametrize("strategy", ["trust_slot", "trust_greater_lsn", "no_validation"])
def test_a_slot_ahead_of_the_offset_is_trusted_when_told(ahead, strategy):
    found, position, sql = ahead
    assert slot.reconcile(found, position, strategy, sql).done() == found.confirmed_flush


@pytest.mark.parametrize("strategy", ["trust_offset", "trust_greater_lsn"])
def test_a_slot_behind_the_offset_is_advanced_when_told(made, strategy):
    settings, sql, replication = made
    slot.create(replication, sql, settings.slot_name, seconds=30)
    found, _ = slot.read(sql, settings.slot_name)
    sql.execute("SELECT pg_logical_emit_message(true, 'x', 'y')")
    _, current = slot.read(sql, settings.slot_name)
    position = PostgresPosition(lsn=current, lsn_proc=current, lsn_commit=current)
    assert slot.reconcile(found, position, strategy, sql) is position
    assert slot.read(sql, settings.slot_name)[0].confirmed_flush == current


@pytest.mark.parametrize("strategy", ["", "no_validation", "trust_slot"])
def test_a_slot_behind_the_offset_is_normal(made, strategy):
    settings, sql, replication = made
    slot.create(replication, sql, settings.slot_name, seconds=30)
    found, current = slot.read(sql, settings.slot_name)
    position = PostgresPosition(lsn=current + 100, lsn_proc=current + 100)
    assert slot.reconcile(found, position, strategy, sql) is position
    assert slot.read(sql, settings.slot_name)[0].confirmed_flush == found.confirmed_flush


def test_dropping_is_quiet_when_there_is_nothing(made):
    settings, sql, replication = made
    slot.drop(sql, settings.slot_name)
    slot.create(replication, sql, settings.slot_name, seconds=30)
    slot.drop(sql, settings.slot_name)
    assert until(lambda: slot.read(sql, settings.slot_name)[0] is None, "the slot is gone")
