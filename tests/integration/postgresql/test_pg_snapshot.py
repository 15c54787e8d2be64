"""What a snapshot reads, on a real server."""

import json

import pytest

from cdc.errors import SourceLost, SourceRefused
from tests.integration.reading import Reading


@pytest.fixture
def snapshot(postgres, database, sources):
    """Takes a snapshot with some properties; the reading, with its rows in `taken`."""

    def take(setup, **more):
        with postgres.connect(database) as sql:
            sql.execute(setup)
        source = sources(postgres, database, **more)
        source.open(None)
        reading = Reading(source)
        reading.taken = reading.snapshot()
        return reading

    return take


SETUP = """
CREATE TABLE a (id int PRIMARY KEY, t text); INSERT INTO a SELECT i, 'x' || i FROM generate_series(1, 3) i;
CREATE TABLE b (id int PRIMARY KEY, t text); INSERT INTO b SELECT i, 'y' || i FROM generate_series(1, 5) i;
CREATE TABLE empty (id int PRIMARY KEY); ANALYZE
"""


def order(reading):
    return [table.id for table in reading.tables]


def test_every_captured_table_is_read_by_name(snapshot):
    reading = snapshot(SETUP)
    assert order(reading) == ["public.a", "public.b", "public.empty"]
    assert [row for name, row in reading.taken if name == "public.a"] == [[1, "x1"], [2, "x2"], [3, "x3"]]
    assert len(reading.taken) == 8


@pytest.mark.parametrize(
    ("mode", "expected"), [("ascending", ["empty", "a", "b"]), ("descending", ["b", "a", "empty"])]
)
def test_tables_are_ordered_by_rows_when_told(snapshot, mode, expected):
    assert order(snapshot(SETUP, snapshot__tables__order__by__row__count=mode)) == [f"public.{n}" for n in expected]


def test_the_include_list_orders(snapshot):
    reading = snapshot(SETUP, table__include__list="public.b,public\\.a")
    assert order(reading) == ["public.b", "public.a"]


def test_the_list_of_tables_with_data_chooses_and_does_not_order(snapshot):
    reading = snapshot(SETUP, snapshot__include__collection__list="public.b,public\\.a")
    assert order(reading) == ["public.a", "public.b"]


def test_an_override_replaces_the_select(snapshot):
    reading = snapshot(
        SETUP,
        snapshot__select__statement__overrides="public.a",
        snapshot__select__statement__overrides__public__a="SELECT t, id FROM public.a WHERE id > 1 -- not the first\n;",
    )
    assert [row for name, row in reading.taken if name == "public.a"] == [[2, "x2"], [3, "x3"]]


def test_texts_that_need_escapes_and_nulls_survive(snapshot):
    texts = ["", "\\", "\\N", "tab\tnew\nline\rreturn\b\f\v", "ü€𝄞", "x" * 100_000, None]
    values = ", ".join(f"({n}, " + ("NULL" if t is None else "E'" + t.replace("\\", "\\\\") + "'") + ")"
                       for n, t in enumerate(texts))  # fmt: skip
    reading = snapshot(f"CREATE TABLE a (id int PRIMARY KEY, t text); INSERT INTO a VALUES {values}")
    assert [row[1] for _, row in reading.taken] == texts


def test_partitions_are_read_under_both_names(snapshot):
    """As Debezium does: once as the parent's rows, once as the partition's."""
    reading = snapshot(
        "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);"
        "CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10); INSERT INTO p VALUES (1)"
    )
    assert reading.taken == [("public.p", [1]), ("public.p_1", [1])]


def test_many_rows_come_in_bounded_lists(snapshot, postgres, database):
    reading = snapshot("CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a SELECT generate_series(1, 10001)")
    assert len(reading.taken) == 10001
    reading.source.open(None)
    (table,) = reading.source.tables()
    assert max(len(rows) for rows in reading.source.rows(table)) <= 2000


def test_a_reader_may_leave_in_the_middle(snapshot):
    reading = snapshot("CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a SELECT generate_series(1, 100000)")
    reading.source.open(None)
    (table,) = reading.source.tables()
    rows = reading.source.rows(table)
    next(rows)
    rows.close()
    assert sum(len(rows) for rows in reading.source.rows(table)) == 100000


def test_shared_locks_hold_until_the_end(snapshot, postgres, database):
    reading = snapshot(SETUP, snapshot__locking__mode="shared")
    source = reading.source
    source.open(None)
    source.tables()
    with postgres.connect(database) as sql:
        sql.execute("SET lock_timeout = '100ms'")
        with pytest.raises(Exception, match="lock timeout"):
            sql.execute("ALTER TABLE a ADD COLUMN more int")
        source.end_snapshot()
        sql.execute("SET lock_timeout = '10s'")
        sql.execute("ALTER TABLE a ADD COLUMN more int")


def test_a_lock_that_cannot_be_had_is_tried_again(snapshot, postgres, database):
    reading = snapshot(SETUP, snapshot__locking__mode="shared", snapshot__lock__timeout__ms=100)
    reading.source.close()
    with postgres.connect(database) as sql:
        sql.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = %s", (database,)
        )
        reading.source.open(None)
        sql.execute("BEGIN; LOCK TABLE a IN ACCESS EXCLUSIVE MODE")
        with pytest.raises((SourceRefused, SourceLost)) as caught:
            reading.source.tables()
    assert caught.value.code == "HW-PG-027"
    assert caught.value.policy == "retry"


def test_hidden_rows_are_an_error_and_not_left_out(snapshot, postgres, database):
    role = f"poor_{database}"
    setup = f"""{SETUP}; CREATE ROLE {role} LOGIN REPLICATION; CREATE PUBLICATION dbz_publication FOR ALL TABLES;
        GRANT SELECT ON a, b TO {role}; ALTER TABLE a ENABLE ROW LEVEL SECURITY"""
    with pytest.raises(SourceRefused) as caught:
        snapshot(setup, database__user=role, table__include__list="public.a")
    assert caught.value.code == "HW-PG-026"
    assert "public.a" in caught.value.detail


def test_a_table_that_may_not_be_read_is_an_error(snapshot, database):
    role = f"poor_{database}"
    setup = f"{SETUP}; CREATE ROLE {role} LOGIN REPLICATION; CREATE PUBLICATION dbz_publication FOR ALL TABLES"
    with pytest.raises(SourceRefused) as caught:
        snapshot(setup, database__user=role, table__include__list="public.b")
    assert caught.value.code == "HW-PG-025"


def test_source_block_and_offset_are_debeziums(snapshot):
    reading = snapshot(SETUP)
    source = reading.source
    source.open(None)
    table = source.tables()[0]
    names = [field.name for field in source.info.fields]
    block = dict(zip(names, source.snapshot_source(table, "first"), strict=True))
    position = source.snapshot_position(last=False, completed=False)
    offset = position.offset()
    assert block["snapshot"] == "first"
    assert block["schema"] == "public"
    assert block["table"] == "a"
    assert block["lsn"] == offset["lsn"]
    assert block["txId"] == offset["txId"]
    assert json.loads(block["sequence"]) == [None, str(offset["lsn"])]
    assert block["ts_us"] == offset["ts_usec"]
    assert (offset["snapshot"], offset["last_snapshot_record"], offset["snapshot_completed"]) == (
        "INITIAL",
        False,
        False,
    )
    last = source.snapshot_position(last=True, completed=True).offset()
    assert (last["last_snapshot_record"], last["snapshot_completed"]) == (True, True)
    assert "lsn_proc" not in offset


def test_a_snapshot_offset_is_where_streaming_goes_on(snapshot, postgres, database):
    reading = snapshot(SETUP)
    source = reading.source
    source.open(None)
    source.tables()
    offset = json.loads(json.dumps(source.snapshot_position(last=True, completed=True).offset()))
    source.close()
    with postgres.connect(database) as sql:
        sql.execute("INSERT INTO a VALUES (100, 'after')")
    source.open(offset)
    source.start()
    again = Reading(source)
    again.read(1)
    assert again.values() == [100]


def test_estimates_are_the_planners(snapshot):
    reading = snapshot(SETUP)
    assert [reading.source.estimate(table) for table in reading.tables][:2] == [3, 5]


CHANGED = """
CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1);
CREATE TABLE b (id int PRIMARY KEY, t text); INSERT INTO b SELECT i, 'y' FROM generate_series(1, 5) i;
CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
INSERT INTO p VALUES (1), (11)
"""


@pytest.fixture
def waiting(postgres, database, sources):
    """A snapshot that has begun and has read nothing, and a connection."""
    with postgres.connect(database) as sql:
        sql.execute(CHANGED)

        def begin(offset=None, **more):
            more = {"publish__via__partition__root": "true", "table__exclude__list": "public.p1,public.p2", **more}
            source = sources(postgres, database, **more)
            source.open(offset)
            return source, {table.id.removeprefix("public."): table for table in source.tables()}

        yield begin, sql


def rows(source, table):
    return [row for found in source.rows(table) for row in found]


@pytest.mark.parametrize(
    ("statement", "table", "why"),
    [
        ("ALTER TABLE b ALTER id TYPE bigint", "b", "rewritten"),
        ("ALTER TABLE b ADD v float8 DEFAULT random()", "b", "rewritten"),
        ("TRUNCATE b", "b", "rewritten"),
        ("CLUSTER b USING b_pkey", "b", "rewritten"),
        ("VACUUM FULL b", "b", "rewritten"),
        ("ALTER TABLE p1 SET UNLOGGED", "p", "p1 was rewritten"),
        ("TRUNCATE p2", "p", "p2 was rewritten"),
        ("ALTER TABLE p DETACH PARTITION p2", "p", "detached"),
        ("ALTER TABLE b RENAME t TO u", "b", "does not exist"),
        ("ALTER TABLE b DROP t", "b", "does not exist"),
        ("ALTER TABLE b DROP t; ALTER TABLE b ADD t text DEFAULT 'z'", "b", "column t was altered"),
        ("ALTER TABLE b ALTER t TYPE varchar(9)", "b", "(rewritten|altered)"),
        ("ALTER TABLE b RENAME TO c", "b", "does not exist"),
        ("ALTER TABLE b RENAME TO c; CREATE TABLE b (id int PRIMARY KEY, t text)", "b", "public.c now"),
    ],
)
def test_a_table_that_changed_before_its_turn_makes_the_snapshot_begin_anew(waiting, statement, table, why):
    begin, sql = waiting
    source, tables = begin()
    for one in statement.split("; "):
        sql.execute(one)
    assert rows(source, tables["a"]) == [[1]]
    with pytest.raises(SourceLost, match=why) as caught:
        rows(source, tables[table])
    assert (caught.value.code, caught.value.policy) == ("HW-PG-045", "retry")
    offset = json.loads(json.dumps(source.snapshot_position(last=False, completed=False).offset()))
    source.close()

    again, tables = begin(offset)
    found = {name: len(rows(again, each)) for name, each in tables.items()}
    expected = {"TRUNCATE b": {"b": 0}, "TRUNCATE p2": {"p": 1}, "ALTER TABLE p DETACH PARTITION p2": {"p": 1}}
    if "TO c" in statement:
        expected[statement] = {"b": 0, "c": 5} if "CREATE" in statement else {"b": None, "c": 5}
    wanted = {"a": 1, "b": 5, "p": 2, **expected.get(statement, {})}
    assert found == {name: count for name, count in wanted.items() if count is not None}


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE b ADD v int DEFAULT 3",
        "ALTER TABLE b ALTER t SET NOT NULL",
        "GRANT SELECT ON b TO public",
        "CREATE INDEX ON b (t)",
        "ANALYZE b",
        "CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30)",
    ],
)
def test_a_change_that_hides_no_rows_does_not_matter(waiting, statement):
    begin, sql = waiting
    source, tables = begin()
    sql.execute(statement)
    assert {name: len(rows(source, each)) for name, each in tables.items()} == {"a": 1, "b": 5, "p": 2}


def test_a_table_that_is_dropped_before_its_turn_is_left_out(waiting, caplog):
    begin, sql = waiting
    source, tables = begin()
    sql.execute("DROP TABLE b; DROP TABLE p2")
    assert {name: len(rows(source, each)) for name, each in tables.items()} == {"a": 1, "b": 0, "p": 1}
    assert "table public.b was dropped before the snapshot read it" in caplog.text
    assert "table public.p: partitions were dropped" in caplog.text


def test_a_null_from_before_set_not_null_stays_null(waiting):
    begin, sql = waiting
    sql.execute("INSERT INTO b VALUES (9, NULL)")
    source, tables = begin()
    sql.execute("UPDATE b SET t = '' WHERE id = 9")
    sql.execute("ALTER TABLE b ALTER t SET NOT NULL")
    assert rows(source, tables["b"])[-1] == [9, None]


@pytest.mark.parametrize("ending", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_statement_that_is_ended_is_tried_again(waiting, ending, database):
    begin, sql = waiting
    sql.execute("INSERT INTO b SELECT i, repeat('x', 1000) FROM generate_series(100, 30000) i")
    source, tables = begin()
    reading = source.rows(tables["b"])
    next(reading)
    query = f"SELECT {ending}(pid) FROM pg_stat_activity WHERE datname = %s AND query LIKE 'COPY%%'"
    assert sql.execute(query, (database,)).fetchall() == [(True,)]
    with pytest.raises(SourceLost) as caught:
        list(reading)
    assert caught.value.policy == "retry"
