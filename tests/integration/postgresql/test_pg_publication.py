"""The publication on a real server."""

import logging

import pytest

from cdc.errors import SourceRefused
from cdc.filters import TableFilter
from connectors.postgresql import publication
from connectors.postgresql.connection import connect
from connectors.postgresql.source import PostgresSource
from tests.integration.postgresql.setup import config

TABLES = """
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int);
CREATE SCHEMA "Odd schema"; CREATE TABLE "Odd schema"."t""x" (id int PRIMARY KEY);
CREATE TABLE part (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
"""


@pytest.fixture
def server(postgres, database):
    """(makes a configuration, connection, captured tables of it)."""
    with postgres.connect(database) as sql:
        sql.execute(TABLES)

    def make(**more):
        settings = config(postgres, database, **more)
        sql = connect(settings, purpose="test")
        opened.append(sql)
        chosen = TableFilter(settings)
        return settings, sql, [t for t in publication.relations(sql) if chosen.includes(t.schema, t.name)]

    opened = []
    yield make
    for sql in opened:
        sql.close()


def ensure(made, standby=False):
    settings, sql, captured = made
    return publication.ensure(sql, settings, captured, standby=standby)


def members(made):
    return {f"{s}.{t}" for s, t in publication.members(made[1], made[0].publication_name)}


def test_all_tables_covers_everything_and_warns_of_tables_that_can_no_longer_change(server, caplog):
    made = server()
    with caplog.at_level(logging.WARNING):
        assert ensure(made).all_tables
    assert members(made) == {"public.a", "public.b", 'Odd schema.t"x', "public.part_1"}
    assert "public.b" in caplog.text
    assert "public.a" not in caplog.text


def test_filtered_names_the_captured_tables(server):
    made = server(publication__autocreate__mode="filtered", table__include__list="public\\.a,Odd schema\\..*")
    assert not ensure(made).all_tables
    assert members(made) == {"public.a", 'Odd schema.t"x'}


def test_filtered_follows_the_captured_tables(server):
    ensure(server(publication__autocreate__mode="filtered", table__include__list="public.a"))
    made = server(publication__autocreate__mode="filtered", table__include__list="public.b")
    ensure(made)
    assert members(made) == {"public.b"}


def test_filtered_without_any_table_is_refused(server):
    with pytest.raises(SourceRefused) as caught:
        ensure(server(publication__autocreate__mode="filtered", table__include__list="public.nothing"))
    assert caught.value.code == "HW-PG-021"


def test_filtered_over_all_tables_is_refused(server):
    ensure(server())
    with pytest.raises(SourceRefused) as caught:
        ensure(server(publication__autocreate__mode="filtered"))
    assert caught.value.code == "HW-PG-020"


def test_no_tables_makes_an_empty_one(server):
    made = server(publication__autocreate__mode="no_tables")
    ensure(made)
    assert members(made) == set()


def test_disabled_needs_it_and_uses_it(server):
    made = server(publication__autocreate__mode="disabled")
    with pytest.raises(SourceRefused) as caught:
        ensure(made)
    assert caught.value.code == "HW-PG-019"
    made[1].execute("CREATE PUBLICATION dbz_publication FOR TABLE a")
    ensure(made)
    assert members(made) == {"public.a"}


def test_an_existing_one_is_left_alone(server):
    made = server(publication__autocreate__mode="all_tables")
    made[1].execute("CREATE PUBLICATION dbz_publication FOR TABLE a")
    ensure(made)
    assert members(made) == {"public.a"}


def test_a_standby_cannot_make_one(server):
    with pytest.raises(SourceRefused) as caught:
        ensure(server(), standby=True)
    assert caught.value.code == "HW-PG-024"


def test_options_follow_skipped_operations_and_the_partition_root(server):
    made = server(skipped__operations="t,d", publish__via__partition__root="true")
    found = ensure(made)
    assert found.operations == "insert,update"
    assert found.via_root
    assert "public.part" in members(made)
    assert "public.part_1" not in members(made)


def test_the_default_of_skipped_operations_does_not_narrow_it(server):
    assert ensure(server()).operations == "insert,update,delete,truncate"


def test_what_it_leaves_out_is_found(server):
    made = server(publication__autocreate__mode="no_tables")
    ensure(made)
    made[1].execute("ALTER PUBLICATION dbz_publication ADD TABLE a, part")
    covered = publication.members(made[1], "dbz_publication")
    assert {t.id for t in publication.unpublished(made[2], covered, False)} == {"public.b", 'Odd schema.t"x'}


def test_replica_identities_are_set_as_told(server):
    made = server(replica__identity__autoset__values="public\\.a:FULL,public.b:NOTHING,.*part.*:INDEX part_1_pkey")
    settings, sql, captured = made
    publication.set_identities(sql, settings, [t for t in captured if t.name in ("a", "b", "part_1")])
    found = {t.name: t.identity for t in publication.relations(sql)}
    assert (found["a"], found["b"], found["part_1"]) == ("f", "n", "i")


def test_an_identity_that_cannot_be_set_is_told(server):
    settings, sql, captured = server(replica__identity__autoset__values="public.a:INDEX nothing_like_it")
    with pytest.raises(SourceRefused) as caught:
        publication.set_identities(sql, settings, captured)
    assert caught.value.code == "HW-PG-032"


def test_a_user_without_rights_gets_a_coded_error(postgres, database):
    with postgres.connect(database) as sql:
        sql.execute("CREATE TABLE a (id int PRIMARY KEY)")
        sql.execute(f"CREATE ROLE poor_{database} LOGIN REPLICATION")
    settings = config(postgres, database, database__user=f"poor_{database}")
    with connect(settings, purpose="test") as sql, pytest.raises(SourceRefused) as caught:
        publication.ensure(sql, settings, publication.relations(sql), standby=False)
    assert caught.value.code == "HW-PG-021"


def test_a_locked_table_delays_the_start_and_does_not_end_it(postgres, database):
    with postgres.connect(database) as sql, postgres.connect(database) as holder:
        sql.execute("CREATE TABLE t (id int PRIMARY KEY)")
        holder.execute("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        more = {"publication__autocreate__mode": "filtered", "internal__create__slot__command__timeout": "1"}
        source = PostgresSource(config(postgres, database, **more))
        try:
            with pytest.raises(SourceRefused) as caught:
                source.open(None)
            assert (caught.value.code, caught.value.policy) == ("HW-PG-027", "retry")
            holder.execute("ROLLBACK")
            source.open(None)
        finally:
            source.close()
