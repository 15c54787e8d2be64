"""`cdc validate --connect` and the slot watch on a real server."""

import logging

import pytest

from cdc.errors import SourceRefused
from connectors.postgresql import slot
from connectors.postgresql.checks import check
from connectors.postgresql.connection import connect
from connectors.postgresql.replication import Replication
from connectors.postgresql.watch import SlotWatch
from tests.integration.postgresql.setup import config, until
from tests.servers.postgresql import PostgresServer


def found(problems):
    return {problem.property: problem.why for problem in problems}


def test_a_ready_database_has_no_problem(postgres, database):
    with postgres.connect(database) as sql:
        sql.execute("CREATE TABLE a (id int PRIMARY KEY)")
    assert check(config(postgres, database)) == []


def test_every_problem_is_told_at_once(postgres, database):
    role = f"poor_{database}"
    with postgres.connect(database) as sql:
        sql.execute("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int)")
        sql.execute("ALTER TABLE a ENABLE ROW LEVEL SECURITY")
        sql.execute(f"CREATE ROLE {role} LOGIN; GRANT SELECT ON a TO {role}")
        sql.execute("SELECT pg_create_physical_replication_slot(%s)", (f"s_{database}",))
    problems = check(config(postgres, database, database__user=role, publication__autocreate__mode="disabled"))
    texts = "\n".join(str(problem) for problem in problems)
    with postgres.connect() as sql:
        sql.execute("SELECT pg_drop_replication_slot(%s)", (f"s_{database}",))
    assert "may not replicate" in texts
    assert "may not read public.b" in texts
    assert "row-level security hides rows of public.a" in texts
    assert "HW-PG-015" in texts
    assert "publication.name" in texts
    assert "without a replica identity" in texts


def test_a_publication_that_leaves_tables_out_is_told(postgres, database):
    with postgres.connect(database) as sql:
        sql.execute("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)")
        sql.execute("CREATE PUBLICATION dbz_publication FOR TABLE a")
    assert "public.b" in found(check(config(postgres, database)))["publication.name"]


def test_no_captured_table_is_told(postgres, database):
    assert "no table" in found(check(config(postgres, database)))["table.include.list"]


@pytest.mark.parametrize(
    ("change", "code"),
    [({"database__dbname": "no_such_database"}, "HW-PG-004"), ({"database__user": "no_such_user"}, "HW-PG-003")],
)
def test_a_database_that_cannot_be_asked_says_why(postgres, database, change, code):
    with pytest.raises(SourceRefused) as caught:
        check(config(postgres, database, **change))
    assert caught.value.code == code


def test_wal_level_is_told():
    server = PostgresServer.private("18", wal_level="replica")
    try:
        name = server.create_database()
        with server.connect(name) as sql:
            sql.execute("CREATE TABLE a (id int PRIMARY KEY)")
        assert "wal_level is replica" in found(check(config(server, name)))["database.hostname"]
    finally:
        server.stop()


def test_the_watch_sees_what_an_idle_slot_holds_back(postgres, database, caplog):
    settings = config(postgres, database, slot__lag__warn__bytes=1, slot__lag__critical__bytes=1 << 40)
    with connect(settings, purpose="test") as sql:
        replication = Replication(settings)
        slot.create(replication, sql, settings.slot_name, seconds=30)
        replication.close()
        watch = SlotWatch(settings, period=0.02)
        with caplog.at_level(logging.WARNING):
            watch.start()
            try:
                until(lambda: watch.sample.get("slot_present") == 1.0, "a sample")
                before = watch.sample["slot_retained_bytes"]
                sql.execute("CREATE TABLE a AS SELECT generate_series(1, 1000) AS id")
                until(lambda: watch.sample["slot_retained_bytes"] > before, "retained bytes grow")
                assert watch.sample["slot_active"] == 0.0
                assert watch.sample["slot_wal_status"] == "reserved"
                assert watch.sample["slot_inactive_since"]
                slot.drop(sql, settings.slot_name)
                until(lambda: watch.sample.get("slot_present") == 0.0, "the slot's absence is seen")
            finally:
                watch.stop()
    warnings = [record for record in caplog.records if "slot.lag.warn.bytes" in record.getMessage()]
    assert len(warnings) == 1


def test_the_watch_survives_its_connection(postgres, database):
    settings = config(postgres, database)
    watch = SlotWatch(settings, period=0.02)
    watch.start()
    try:
        until(lambda: watch.samples > 0, "a sample")
        with postgres.connect() as sql:
            sql.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
                (f"headwater {database} slot watch",),
            )
        seen = watch.samples
        until(lambda: watch.samples > seen + 2, "samples go on")
    finally:
        watch.stop()
