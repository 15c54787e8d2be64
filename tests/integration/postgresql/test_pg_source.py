"""The source on a real server: snapshot and stream without gap or repeat, resuming, confirming."""

import functools
import json
import threading
import time

import pytest

from cdc.errors import PositionLost, SourceLost, SourceRefused
from cdc.model import Shape, Table
from connectors.postgresql import slot
from connectors.postgresql.source import PostgresSource
from tests.integration.postgresql.setup import config, until
from tests.integration.reading import Reading

TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, name text)"


@pytest.fixture
def make(postgres, database, sources):
    """Makes sources on the fresh database."""
    return functools.partial(sources, postgres, database)


@pytest.fixture
def sql(postgres, database):
    with postgres.connect(database) as connection:
        connection.execute(TABLE)
        yield connection


def started(source, offset=None):
    source.open(offset)
    source.end_snapshot()
    source.start()
    return Reading(source)


def stored(position):
    """An offset as a store gives it back."""
    return json.loads(json.dumps(position.offset()))


def insert(sql, first, last):
    sql.execute("INSERT INTO t SELECT i, 'row ' || i FROM generate_series(%s::int, %s::int) i", (first, last))


class Writer:
    """Inserts rows one by one, in transactions of two, until told to stop."""

    def __init__(self, postgres, database, first):
        self.last = first - 1
        self._stop = threading.Event()
        self._connection = postgres.connect(database)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            with self._connection.transaction():
                insert(self._connection, self.last + 1, self.last + 1)
                insert(self._connection, self.last + 2, self.last + 2)
            self.last += 2

    def stop(self):
        self._stop.set()
        self._thread.join()
        self._connection.close()


@pytest.mark.parametrize("slot_exists", [False, True])
@pytest.mark.parametrize("version", ["16", "18"])
def test_snapshot_and_stream_have_every_row_once(version, slot_exists, request):
    """Rows are written all the time, before, during and after the snapshot."""
    postgres = request.getfixturevalue("postgres" if version == "18" else "postgres16")
    database = postgres.create_database()
    try:
        with postgres.connect(database) as sql:
            sql.execute(TABLE)
            insert(sql, 1, 5000)
            sql.execute("CREATE PUBLICATION dbz_publication FOR ALL TABLES")
            settings = config(postgres, database)
            if slot_exists:
                sql.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (settings.slot_name,))
        writer = Writer(postgres, database, 5001)
        source = PostgresSource(settings)
        try:
            until(lambda: writer.last > 5100, "the writer writes")
            source.open(None)
            reading = Reading(source)
            rows = reading.snapshot()
            seen = {row[0] for _, row in rows}
            assert len(seen) == len(rows)
            source.start()
            until(lambda: writer.last > 5100 + len(seen) - 5000, "the writer writes on")
            writer.stop()
            reading.read(writer.last - len(rows))
        finally:
            writer.stop()
            source.close()
        ids = reading.values()
        assert len(ids) == len(set(ids))
        assert seen | set(ids) == set(range(1, writer.last + 1))
        assert not seen & set(ids)
        assert ids == sorted(ids)
    finally:
        postgres.drop_database(database)


def test_several_readers_see_one_point(make, sql, postgres, database):
    sql.execute("CREATE TABLE u (id bigint PRIMARY KEY)")
    insert(sql, 1, 10)
    source = make()
    source.open(None)
    tables = source.tables()
    with sql.transaction():
        insert(sql, 11, 20)
        sql.execute("INSERT INTO u SELECT generate_series(11, 20)")
    counts = {table.id: sum(len(rows) for rows in source.rows(table)) for table in tables}
    assert counts == {"public.t": 10, "public.u": 0}


def test_resuming_between_transactions_repeats_nothing(make, sql):
    reading = started(make())
    insert(sql, 1, 3)
    reading.read(3)
    offset = stored(reading.between)
    reading.source.close()
    insert(sql, 4, 6)
    again = started(make(), offset)
    again.read(3)
    assert again.values() == [4, 5, 6]


@pytest.mark.parametrize("copied", [False, True], ids=["inserted", "copied"])
def test_resuming_inside_a_transaction_repeats_and_misses_nothing(make, sql, copied):
    """Rows of one COPY share a log position, so that alone cannot tell where to go on."""
    reading = started(make(max__batch__size=16, max__queue__size=32))
    insert(sql, 1, 10)
    if copied:
        with sql.cursor().copy("COPY t (id, name) FROM STDIN") as copy:
            for number in range(11, 211):
                copy.write_row((number, "x"))
    else:
        insert(sql, 11, 210)
    insert(sql, 211, 220)
    reading.read(220)
    assert reading.values() == list(range(1, 221))
    inside = [(count, position) for count, position in reading.positions if position.events]
    assert len(inside) > 5
    reading.source.close()
    for count, position in inside[:: max(1, len(inside) // 5)]:
        again = started(make(max__batch__size=16, max__queue__size=32), stored(position))
        again.read(220 - count)
        assert again.values() == list(range(count + 1, 221))
        again.source.close()


def test_a_debezium_offset_inside_a_transaction_is_taken_over(make, sql):
    reading = started(make(max__batch__size=4, max__queue__size=8))
    insert(sql, 1, 10)
    for number in range(11, 31):
        sql.execute("BEGIN") if number == 11 else None
        insert(sql, number, number)
    sql.execute("COMMIT")
    reading.read(30)
    inside = [(count, position) for count, position in reading.positions if position.events and count > 10]
    reading.source.close()
    for count, position in inside:
        offset = {key: value for key, value in stored(position).items() if not key.startswith("headwater_")}
        again = started(make(), offset)
        again.read(30 - count)
        assert again.values() == list(range(count + 1, 31))
        again.source.close()


def test_a_debezium_offset_at_the_last_row_of_a_transaction_is_taken_over(make, sql):
    reading = started(make())
    insert(sql, 1, 1)
    insert(sql, 2, 2)
    reading.read(2)
    source = reading.changes[1].source
    names = [field.name for field in reading.source.info.fields]
    sequence = json.loads(source[names.index("sequence")])
    lsn = source[names.index("lsn")]
    tx_id = source[names.index("txId")]
    reading.source.close()
    insert(sql, 3, 3)
    offset = {"lsn_proc": lsn, "messageType": "INSERT", "lsn_commit": int(sequence[0]), "lsn": lsn, "txId": tx_id}
    again = started(make(), offset)
    again.read(1)
    assert again.values() == [3]


def test_interleaved_transactions_come_in_commit_order_and_resume(make, sql, postgres, database):
    reading = started(make(max__batch__size=1, max__queue__size=2))
    with postgres.connect(database) as other:
        other.execute("BEGIN")
        insert(other, 1, 2)
        insert(sql, 3, 4)
        insert(other, 5, 6)
        other.execute("COMMIT")
    reading.read(6)
    expected = [3, 4, 1, 2, 5, 6]
    assert reading.values() == expected
    reading.source.close()
    for count, position in reading.positions:
        again = started(make(), stored(position))
        if count < 6:
            again.read(6 - count)
        assert again.values() == expected[count:]
        again.source.close()


def test_confirming_moves_the_slot_and_never_into_an_open_transaction(make, sql):
    source = make(max__batch__size=4, max__queue__size=8)
    reading = started(source)
    insert(sql, 1, 1)
    reading.read(1)
    between = reading.between
    source.confirm(between)

    def confirmed():
        return slot.read(sql, source._config.slot_name)[0].confirmed_flush

    until(lambda: confirmed() == between.lsn_commit, "the slot follows")
    insert(sql, 2, 60)
    while not (reading.positions[-1][1].events and len(reading.changes) > 10):
        reading.poll()
    source.confirm(reading.positions[-1][1])
    source._send_status(source._replication, 0)
    reading.read(60)
    assert confirmed() == between.lsn_commit
    source.confirm(reading.between)
    until(lambda: confirmed() == reading.between.lsn_commit, "the slot follows again")


def test_manual_flush_mode_confirms_nothing(make, sql):
    source = make(lsn__flush__mode="manual")
    reading = started(source)
    before = slot.read(sql, source._config.slot_name)[0].confirmed_flush
    insert(sql, 1, 1)
    reading.read(1)
    source.confirm(reading.between)
    source._send_status(source._replication, 0)
    insert(sql, 2, 2)
    reading.read(2)
    assert slot.read(sql, source._config.slot_name)[0].confirmed_flush == before


def test_an_idle_database_follows_its_busy_neighbours(make, sql, postgres):
    source = make(heartbeat__interval__ms=50, status__update__interval__ms=100)
    reading = started(source)
    insert(sql, 1, 1)
    reading.read(1)
    source.confirm(reading.between)
    neighbour = postgres.create_database()
    try:
        with postgres.connect(neighbour) as busy:
            busy.execute("CREATE TABLE n AS SELECT generate_series(1, 10000) AS id")
            row = busy.execute("SELECT pg_current_wal_flush_lsn()::text").fetchone()
        target = slot.lsn_number(row[0])

        def followed():
            batch = reading.poll()
            if batch is not None and batch.position is not None:
                assert batch.changes == []
                source.confirm(batch.position)
            return slot.read(sql, source._config.slot_name)[0].confirmed_flush >= target

        until(followed, "the slot of the idle database follows the log")
    finally:
        postgres.drop_database(neighbour)
    insert(sql, 2, 2)
    reading.read(2)
    assert reading.values() == [1, 2]
    offset = stored([position for count, position in reading.positions if count == 1][-1])
    source.close()
    again = started(make(), offset)
    again.read(1)
    assert again.values() == [2]


def slotless(make, sql):
    """An offset whose slot is gone, and the name of the slot."""
    reading = started(make())
    insert(sql, 1, 1)
    reading.read(1)
    offset = stored(reading.between)
    name = reading.source._config.slot_name
    reading.source.close()
    until(lambda: not slot.read(sql, name)[0].active, "the slot is free")
    slot.drop(sql, name)
    return offset, name


def test_a_missing_slot_with_an_offset_is_not_made_anew(make, sql):
    offset, name = slotless(make, sql)
    with pytest.raises(PositionLost) as caught:
        make().open(offset)
    assert caught.value.code == "HW-PG-011"
    assert slot.read(sql, name)[0] is None


def test_a_recreated_slot_is_noticed(make, sql):
    offset, name = slotless(make, sql)
    insert(sql, 2, 2)
    sql.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (name,))
    with pytest.raises(PositionLost) as caught:
        make().open(offset)
    assert caught.value.code == "HW-PG-013"
    again = started(make(offset__mismatch__strategy="trust_slot"), offset)
    insert(sql, 3, 3)
    again.read(1)
    assert again.values() == [3]


@pytest.mark.parametrize(
    ("change", "code"),
    [({"headwater_system": "4711"}, "HW-PG-017"), ({"lsn_proc": 1 << 60, "lsn": 1 << 60}, "HW-PG-018")],
)
def test_another_history_is_noticed(make, sql, change, code):
    reading = started(make())
    insert(sql, 1, 1)
    reading.read(1)
    offset = stored(reading.between)
    reading.source.close()
    with pytest.raises(PositionLost) as caught:
        make().open({**offset, **change})
    assert caught.value.code == code


def test_a_slot_in_use_is_told_with_its_holder_and_tried_again(make, sql, database):
    first = started(make())
    second = make()
    insert(sql, 1, 1)
    offset = stored(first.read(1) and first.between)
    second.open(offset)
    with pytest.raises(SourceLost) as caught:
        second.start()
    assert caught.value.code == "HW-PG-014"
    assert f"headwater {database} stream" in caught.value.detail
    third = make(slot__max__retries=50)
    third.open(offset)
    first.source.close()
    third.start()


def test_a_cut_connection_is_lost_and_resumed(make, sql, database):
    reading = started(make())
    insert(sql, 1, 2)
    reading.read(2)
    offset = stored(reading.between)
    sql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
        (f"headwater {database} stream",),
    )
    insert(sql, 3, 4)

    def cut():
        try:
            reading.poll()
        except SourceLost as error:
            return error
        return None

    assert until(cut, "the cut is noticed").code == "HW-PG-001"
    reading.source.open(offset)
    reading.source.start()
    again = Reading(reading.source)
    again.read(2)
    assert again.values() == [3, 4]


def test_a_dropped_publication_stops_the_source(make, sql):
    reading = started(make())
    insert(sql, 1, 1)
    reading.read(1)
    sql.execute("DROP PUBLICATION dbz_publication")
    reading.source._watch.look(members=True)
    with pytest.raises(SourceRefused) as caught:
        until(reading.poll, "the missing publication is noticed")
    assert caught.value.code == "HW-PG-019"


def test_a_table_taken_out_of_the_publication_stops_the_source(make, sql):
    reading = started(make(publication__autocreate__mode="filtered"))
    sql.execute("CREATE TABLE other (id int PRIMARY KEY)")
    sql.execute("ALTER PUBLICATION dbz_publication SET TABLE other")
    reading.source._watch.look(members=True)
    with pytest.raises(SourceRefused) as caught:
        until(reading.poll, "the missing table is noticed")
    assert caught.value.code == "HW-PG-022"
    assert "public.t" in caught.value.detail


def test_a_table_taken_out_of_the_publication_and_put_back_stops_the_source(make, sql):
    reading = started(make(publication__autocreate__mode="filtered"))
    sql.execute("CREATE TABLE other (id int PRIMARY KEY)")
    sql.execute("ALTER PUBLICATION dbz_publication ADD TABLE other")
    seen = reading.source._watch.looks
    reading.source._watch.look(members=True)
    until(lambda: reading.source._watch.looks > seen, "the watch looks")
    reading.poll()
    sql.execute("ALTER PUBLICATION dbz_publication DROP TABLE t")
    insert(sql, 1, 1)
    sql.execute("ALTER PUBLICATION dbz_publication ADD TABLE t")
    reading.source._watch.look(members=True)
    with pytest.raises(SourceRefused) as caught:
        until(reading.poll, "the other membership is noticed")
    assert caught.value.code == "HW-PG-040"
    assert "public.t" in caught.value.detail


def test_a_dropped_table_is_no_fault_of_the_publication(make, sql):
    sql.execute("CREATE TABLE gone (id int PRIMARY KEY)")
    reading = started(make())
    sql.execute("DROP TABLE gone")
    seen = reading.source._watch.looks
    reading.source._watch.look(members=True)
    until(lambda: reading.source._watch.looks > seen, "the watch looks")
    reading.poll()
    insert(sql, 1, 1)
    reading.read(1)


def test_the_server_keeps_a_source_that_reads_nothing(make, sql, database):
    """The sink is full: nothing is polled, more is waiting than buffers hold, and the server's patience is short."""
    sql.execute(f"ALTER DATABASE {database} SET wal_sender_timeout = '1500ms'")
    insert(sql, 0, 0)
    source = make(status__update__interval__ms=10000)
    source.open(None)
    source.end_snapshot()
    insert(sql, 1, 100_000)
    source.start()
    reading = Reading(source)
    until(lambda: reading.poll() and reading.changes, "the first rows")
    done = threading.Event()
    for _ in range(40):
        source.keepalive()
        done.wait(0.1)
    reading.read(100_000, 60)
    assert reading.values() == list(range(1, 100_001))


def test_the_slot_is_dropped_on_an_orderly_stop_when_told(make, sql):
    source = make(slot__drop__on__stop="true")
    started(source)
    source.close()
    name = source._config.slot_name
    assert slot.read(sql, name)[0] is not None
    again = make(slot__drop__on__stop="true")
    started(again)
    again.close(drop=True)
    assert slot.read(sql, name)[0] is None


def test_heartbeat_action_query_runs_and_its_missing_table_is_final(make, sql):
    sql.execute("CREATE TABLE beat (id int PRIMARY KEY, n int)")
    query = "INSERT INTO beat VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = beat.n + 1"
    reading = started(make(heartbeat__action__query=query))
    reading.source.heartbeat()
    reading.source.heartbeat()
    assert sql.execute("SELECT n FROM beat").fetchone() == (2,)
    assert [change.op for change in reading.read(2)] == ["c", "u"]
    sql.execute("DROP TABLE beat")
    with pytest.raises(SourceRefused) as caught:
        reading.source.heartbeat()
    assert caught.value.code == "HW-PG-031"


def test_a_failing_heartbeat_statement_is_only_logged(make, sql, caplog):
    reading = started(make(heartbeat__action__query="SELECT 1 / 0"))
    reading.source.heartbeat()
    assert "division by zero" in caplog.text


def test_a_structure_that_changes_in_mid_stream_makes_a_new_table(make, sql):
    reading = started(make())
    insert(sql, 1, 1)
    sql.execute("ALTER TABLE t ADD COLUMN more int DEFAULT 7")
    insert(sql, 2, 2)
    first, second = reading.read(2)
    assert [column.name for column in first.table.columns] == ["id", "name"]
    assert [column.name for column in second.table.columns] == ["id", "name", "more"]
    assert second.after == [2, "row 2", 7]
    assert first.table is not second.table


def test_every_operation_arrives(make, sql):
    reading = started(make(skipped__operations="none"))
    insert(sql, 1, 1)
    sql.execute("UPDATE t SET name = 'new'")
    sql.execute("DELETE FROM t")
    sql.execute("TRUNCATE t")
    changes = reading.read(4)
    assert [change.op for change in changes] == ["c", "u", "d", "t"]


def test_the_position_after_a_transaction_is_its_commit(make, sql):
    reading = started(make())
    insert(sql, 1, 1)
    reading.read(1)
    position = reading.between
    assert position.message_type == "COMMIT"
    assert position.lsn == position.lsn_proc == position.lsn_commit
    assert position.system == reading.source._system.id


def test_nothing_is_said_when_nothing_happens(make, sql):
    reading = started(make())
    assert reading.poll(0.05) is None


def test_a_locked_table_delays_the_stream_and_does_not_break_it(make, sql, postgres, database, caplog):
    """DDL that runs long holds a lock that look-ups of defaults wait for; the server must go on hearing from us."""
    sql.execute(f"ALTER DATABASE {database} SET wal_sender_timeout = '1500ms'")
    sql.execute("ALTER TABLE t ADD COLUMN more text DEFAULT 7::text")
    reading = started(make())
    insert(sql, 1, 1)
    with postgres.connect(database) as other:
        other.execute("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        timer = threading.Timer(2.5, other.execute, ("COMMIT",))
        timer.start()
        reading.read(1)
        timer.join()
    assert "waiting to read its structure" in caplog.text
    insert(sql, 2, 2)
    reading.read(2)
    assert reading.values() == [1, 2]


def test_xmin_is_fetched_when_told(make, sql):
    reading = started(make(xmin__fetch__interval__ms=20))
    names = [field.name for field in reading.source.info.fields]
    until(lambda: reading.poll() or reading.source._capture.decoder.xmin, "the slot's xmin is read")
    insert(sql, 1, 1)
    (change,) = reading.read(1)
    assert change.source[names.index("xmin")] > 0
    assert reading.between.offset()["xmin"] > 0


def test_logical_messages_between_transactions_arrive_once(make, sql):
    reading = started(make())
    sql.execute("SELECT pg_logical_emit_message(false, 'one', 'a')")
    sql.execute("SELECT pg_logical_emit_message(true, 'two', 'b')")
    insert(sql, 1, 1)
    changes = reading.read(3)
    assert [change.op for change in changes] == ["m", "m", "c"]
    assert [change.before for change in changes[:2]] == [["one"], ["two"]]
    reading.source.close()
    for count, position in reading.positions:
        again = started(make(), stored(position))
        if count < 3:
            again.read(3 - count)
        assert [change.op for change in again.changes] == ["m", "m", "c"][count:]
        again.source.close()


def test_transaction_boundaries_arrive_when_asked_for_and_once(make, sql):
    def traced(offset=None):
        source = make(max__batch__size=2, max__queue__size=4)
        source.transactions = Table("transaction", (), [], shape=Shape("topic", None, None, kind="transaction"))
        return started(source, offset)

    reading = traced()
    insert(sql, 1, 3)
    insert(sql, 4, 4)
    changes = reading.read(8)
    operations = ["BEGIN", "c", "c", "c", "END", "BEGIN", "c", "END"]
    assert [change.op for change in changes] == operations
    assert len({change.tx.partition(":")[0] for change in changes[:5]}) == 1
    reading.source.close()
    for count, position in reading.positions:
        again = traced(stored(position))
        if count < 8:
            again.read(8 - count)
        assert [change.op for change in again.changes] == operations[count:]
        again.source.close()


def test_tls_that_the_server_does_not_have_is_told(make, sql):
    with pytest.raises(SourceRefused) as caught:
        make(database__sslmode="require").open(None)
    assert caught.value.code == "HW-PG-007"


def test_the_password_is_in_no_message(make, sql, caplog):
    source = make(database__password="very-secret-word", database__port=1)
    with pytest.raises(SourceLost) as caught:
        source.open(None)
    assert "very-secret-word" not in str(caught.value) + repr(caught.value) + caplog.text


def test_one_change_is_not_delayed(make, sql):
    """The median of single changes, from commit to poll, is far below what gathering many would cost."""
    reading = started(make())
    insert(sql, 1, 1)
    reading.read(1)
    waits = []
    for number in range(2, 52):
        insert(sql, number, number)
        begun = time.perf_counter()
        while len(reading.changes) < number:
            reading.poll(0.25)
        waits.append(time.perf_counter() - begun)
    assert sorted(waits)[25] < 0.02
