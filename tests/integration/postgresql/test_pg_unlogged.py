"""What has rows and no log, or cannot be captured at all: read as far as it goes, and told."""

import functools

import pytest

from cdc.errors import SourceRefused
from connectors.postgresql.checks import check
from tests.integration.postgresql.setup import config, until
from tests.integration.reading import Reading

SETUP = """
CREATE TABLE a (id int PRIMARY KEY);
INSERT INTO a VALUES (1);
CREATE UNLOGGED TABLE u (id int PRIMARY KEY);
INSERT INTO u VALUES (1), (2);
CREATE TABLE p (id int) PARTITION BY RANGE (id);
CREATE UNLOGGED TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
INSERT INTO p VALUES (3);
CREATE VIEW v AS SELECT * FROM a;
CREATE MATERIALIZED VIEW m AS SELECT * FROM a;
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE f (id int) SERVER s
"""


@pytest.fixture
def make(postgres, database, sources):
    with postgres.connect(database) as sql:
        sql.execute(SETUP)
        sql.execute("CREATE TEMPORARY TABLE t (id int)")
        yield functools.partial(sources, postgres, database), sql


@pytest.mark.parametrize("mode", ["all_tables", "filtered", "no_tables"])
@pytest.mark.parametrize("listed", ["", r"public\.(a|u|v|m|f),pg_temp_.*"])
def test_rows_of_unlogged_tables_are_read_and_their_missing_stream_is_told(make, caplog, mode, listed):
    build, sql = make
    if mode == "no_tables":
        sql.execute("CREATE PUBLICATION dbz_publication FOR TABLE a")
    more = {"table__include__list": listed, "table__ignore__builtin": "false"} if listed else {}
    source = build(publication__autocreate__mode=mode, schema__exclude__list="pg_catalog,information_schema", **more)
    source.open(None)
    reading = Reading(source)
    rows = [("public.a", [1]), ("public.u", [1]), ("public.u", [2])]
    partitioned = [] if listed else [("public.p", [3]), ("public.p1", [3])]
    assert sorted(reading.snapshot()) == sorted([*rows, *partitioned])
    assert (
        f"no log and never arrive: {'public.u' if listed else 'public.p1, public.u'}; a snapshot reads" in caplog.text
    )
    assert ("only tables can be captured" in caplog.text) == bool(listed)
    if listed:
        assert "public.f is a foreign table, public.m is a materialized view, public.v is a view" in caplog.text
        assert ".t is a temporary table" in caplog.text
    source.start()
    sql.execute("INSERT INTO u VALUES (4)")
    sql.execute("INSERT INTO a VALUES (5)")
    assert [(change.table.id, change.after) for change in reading.read(1)] == [("public.a", [5])]


def test_validate_notes_them(make, postgres, database):
    notes = []
    settings = config(postgres, database, table__include__list=r"public\.(a|u|v|f)")
    assert check(settings, notes) == []
    assert notes == [
        "public.u is unlogged: a snapshot reads its rows, its changes never arrive",
        "public.f is a foreign table, it is left out",
        "public.v is a view, it is left out",
    ]


def test_a_table_that_becomes_unlogged_stops_the_source(make):
    build, sql = make
    reading = Reading(build()).begin()
    sql.execute("ALTER TABLE a SET UNLOGGED")
    reading.source._watch.look(members=True)
    with pytest.raises(SourceRefused, match=r"made unlogged .*: public\.a") as caught:
        until(reading.poll, "the table without a log is noticed")
    assert caught.value.code == "HW-PG-022"


def test_a_table_that_becomes_logged_streams(make):
    build, sql = make
    reading = Reading(build()).begin()
    sql.execute("ALTER TABLE u SET LOGGED")
    sql.execute("INSERT INTO u VALUES (7)")
    assert reading.read(1)[-1].after == [7]
