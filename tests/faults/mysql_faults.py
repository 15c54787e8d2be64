"""The faults that only MySQL and MariaDB have: log, GTIDs, fail-over, DDL, schema history. See frame.py."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator

import pymysql
from confluent_kafka import OFFSET_END, TopicPartition

from tests.faults.checker import Report
from tests.faults.frame import Faults, alone, pause
from tests.faults.kill import kills_in_the_stream
from tests.faults.mysql import Mysql
from tests.faults.servers import Servers
from tests.faults.trial import Trial
from tests.servers.process import wait_for
from tests.servers.proxy import Proxy

XA_UNKNOWN = 1397
fault = Faults()
fault_of_mysql = Faults()


def of(trial: Trial) -> Mysql:
    """The trial's database."""
    assert isinstance(trial.database, Mysql)
    return trial.database


def without_gtids(servers: Servers) -> contextlib.AbstractContextManager[Servers]:
    """A database server for one fault, which knows a file and a position only."""
    return alone(servers, gtid_mode="OFF", enforce_gtid_consistency="OFF")


# The log


@fault.down
def log_purged_while_down(trial: Trial, full: bool) -> Report:
    """Final: what was committed meanwhile cannot be had. `when_needed` takes a new snapshot."""
    return _purged(trial, "HW-MY-011")


@fault_of_mysql
def log_purged_while_down_without_gtids(servers: Servers, full: bool) -> Report:
    """The same where a file and a position are all there is."""
    with without_gtids(servers) as own, Trial(own) as trial:
        trial.rests()
        return _purged(trial, "HW-MY-010")


def _purged(trial: Trial, code: str) -> Report:
    trial.marker()
    of(trial).purge()
    trial.refuses(code, 3)
    return trial.retaken()


@fault_of_mysql
def kill_9_without_gtids(servers: Servers, full: bool) -> Report:
    """Resuming by file and position."""
    with without_gtids(servers) as own:
        return kills_in_the_stream(own, 10 if full else 3, 4)


@fault.down
def log_begun_anew_while_down(trial: Trial, full: bool) -> Report:
    """The server has fewer transactions than were read."""
    of(trial).reset()
    trial.marker()
    trial.refuses("HW-MY-012", 3)
    return trial.retaken()


@fault
def log_begun_anew_and_grown_beyond(servers: Servers, full: bool) -> Report:
    """The server has all the numbers of the transactions that were read, but they are other transactions."""
    with alone(servers) as own, Trial(own) as trial:
        trial.rests()
        done = trial.workload.committed
        of(trial).reset()
        trial.database.execute(f"CREATE TABLE {trial.database.schema}.other (id int PRIMARY KEY)")
        trial.marker()
        with contextlib.closing(trial.database.connect()) as connection, connection.cursor() as cursor:
            for number in range(2 * done + 200):
                cursor.execute(f"INSERT INTO {trial.database.schema}.other VALUES ({number})")
        trial.refuses("HW-MY-012", 3)
        return trial.retaken()


@fault
def log_rotated_all_the_time(servers: Servers, full: bool) -> Report:
    """New files under load, with kills."""
    with Trial(servers) as trial:
        trial.begin(200)
        for number in range(40 if full else 10):
            trial.database.execute("FLUSH BINARY LOGS")
            pause(0.2)
            if number % 4 == 3:
                trial.kill()
                trial.connector.start()
        return trial.verdict(seconds=120)


# The network


@fault
def network_cut_in_the_middle_of_an_event(servers: Servers, full: bool) -> Report:
    """The connection breaks after any number of bytes, in the snapshot and in the stream."""
    source = random.Random(3)
    moment = threading.Event()
    with contextlib.closing(Proxy(servers.server.host, servers.server.port)) as proxy, Trial(servers) as trial:
        trial.connector.config["database.port"] = str(proxy.port)
        trial.fill(4000)
        proxy.cut_after(100_000)
        trial.connector.start()
        trial.began()
        assert proxy.cuts == 1, "the snapshot was not cut"
        trial.workload.start()
        for _ in range(40 if full else 8):
            proxy.cut_after(source.choice((1, 3, 50, 400, 3000, 20_000, 100_000)))
            moment.wait(source.uniform(0, 2))
        wait_for(lambda: proxy.cuts > 4, "cuts", seconds=60)
        proxy.cut_after(1_000_000_000)
        return trial.verdict(seconds=120)


@fault
def network_silent(servers: Servers, full: bool) -> Report:
    """No packet comes and none is refused: the heartbeats that do not come tell it."""
    with contextlib.closing(Proxy(servers.server.host, servers.server.port)) as proxy, Trial(servers) as trial:
        trial.connector.config["database.port"] = str(proxy.port)
        trial.connector.config["connect.keep.alive.interval.ms"] = "1000"
        trial.connector.config["connect.timeout.ms"] = "3000"
        trial.runs()
        proxy.freeze()
        trial.connector.says("HW-MY-001.*silent.*Next try")
        proxy.thaw()
        return trial.verdict(seconds=120)


# DDL and the schema history


@fault.down
def ddl_while_down(trial: Trial, full: bool) -> Report:
    """Columns come, move and go, and a table is replaced by a copy, as online schema change tools do it."""
    source = random.Random(11)
    schema = trial.database.schema
    for statement in (
        "ALTER TABLE {0}.account ADD COLUMN a1 int NOT NULL DEFAULT 7 FIRST",
        "ALTER TABLE {0}.account ADD COLUMN a2 varchar(10) DEFAULT 'x' AFTER id",
        "ALTER TABLE {0}.account MODIFY COLUMN v bigint NOT NULL AFTER note",
        "ALTER TABLE {0}.item RENAME COLUMN v TO w",
        "ALTER TABLE {0}.item RENAME COLUMN w TO v",
        "CREATE TABLE {0}.wide_new LIKE {0}.wide",
        "ALTER TABLE {0}.wide_new ADD COLUMN more int AFTER id",
        "INSERT INTO {0}.wide_new (id, v, pad) SELECT id, v, pad FROM {0}.wide",
        "RENAME TABLE {0}.wide TO {0}.wide_old, {0}.wide_new TO {0}.wide",
        "DROP TABLE {0}.wide_old",
        "ALTER TABLE {0}.account DROP COLUMN a1",
        "RENAME TABLE {0}.account TO {0}.other, {0}.other TO {0}.account",
    ):
        trial.database.execute(statement.format(schema))
        if "wide_new " not in statement and "RENAME COLUMN v" not in statement:
            for _ in range(3):
                trial.workload.once(source, 40)
    trial.connector.start()
    return trial.verdict(values=False)


@fault
def ddl_under_load(servers: Servers, full: bool) -> Report:
    """Tables change under the load while the connector is killed."""
    with Trial(servers) as trial:
        trial.begin(200)
        for number in range(20 if full else 5):
            trial.database.execute(
                f"ALTER TABLE {trial.database.schema}.account ADD COLUMN a{number} int DEFAULT {number} FIRST",
                f"ALTER TABLE {trial.database.schema}.item ADD COLUMN a{number} varchar(5) DEFAULT 'é'",
            )
            pause(0.3)
            trial.kill()
            trial.connector.start()
            trial.database.execute(f"ALTER TABLE {trial.database.schema}.account DROP COLUMN a{number}")
        return trial.verdict(seconds=120, values=False)


@fault.running
def ddl_that_is_not_understood(trial: Trial, full: bool) -> None:
    """The stream stops before it; told to, it goes on without that statement."""
    schema = trial.database.schema
    with trial.workload.held():
        trial.database.execute(
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "SET SESSION binlog_format = 'STATEMENT'",
            f"CREATE TABLE {schema}.copy SELECT id, v FROM {schema}.account",
        )
    trial.refused("HW-MY-201", 1)
    trial.refuses("HW-MY-201", 1)
    trial.connector.start(schema_history_internal_skip_unparseable_ddl="true")


@fault
def ddl_with_a_table_that_is_not_known(servers: Servers, full: bool) -> Report:
    """The history holds the captured databases only, and a table is made like one of another."""
    with Trial(servers) as trial:
        schema = trial.database.schema
        trial.database.execute(f"CREATE DATABASE {schema}_2", f"CREATE TABLE {schema}_2.form (id int PRIMARY KEY)")
        try:
            trial.runs()
            trial.database.execute(f"CREATE TABLE {schema}.copy LIKE {schema}_2.form")
            trial.refused("HW-MY-202", 1)
            trial.connector.start(schema_history_internal_skip_unparseable_ddl="true")
            return trial.verdict()
        finally:
            trial.database.execute(f"DROP DATABASE {schema}_2")


@fault.down
def history_topic_deleted(trial: Trial, full: bool) -> None:
    """Without it there is no guessing; told that no table has changed, it is taken anew."""
    trial.marker()
    _delete_topic(trial)
    _history_lost(trial)


@fault.down
def history_topic_emptied(trial: Trial, full: bool) -> None:
    """As by a retention that deletes."""
    trial.marker()
    _empty_topic(trial, OFFSET_END)
    _history_lost(trial)


@fault.down
def history_topic_truncated(trial: Trial, full: bool) -> None:
    """Its older half is gone: rows of a table that it does not have stop the stream."""
    trial.marker()
    _empty_topic(trial, 10)  # of a dozen: CREATE TABLE account is among them
    trial.refuses("HW-MY-020", 3)
    _recovered(trial)


@fault.running
def history_topic_deleted_while_running(trial: Trial, full: bool) -> None:
    """The next statement makes it anew, without what was in it: the next start does not guess."""
    _delete_topic(trial)
    trial.database.execute(f"CREATE TABLE {trial.database.schema}.more (id int PRIMARY KEY)")
    trial.connector.says("HW-(HISTORY|KAFKA|MY)-")
    trial.refused("HW-MY-0(20|22)", 3)
    _recovered(trial)


def _history_lost(trial: Trial) -> None:
    trial.refuses("HW-MY-022", 3)
    _recovered(trial)


def _recovered(trial: Trial) -> None:
    trial.connector.start(snapshot_mode="recovery")
    trial.connector.streaming()
    trial.delivered()
    trial.kill()
    trial.connector.start()


def _delete_topic(trial: Trial) -> None:
    topic = trial.connector.config["schema.history.internal.kafka.topic"]
    admin = trial.servers.kafka.admin()  # its futures end with it
    for future in admin.delete_topics([topic]).values():
        future.result(30)


def _empty_topic(trial: Trial, before: int) -> None:
    topic = trial.connector.config["schema.history.internal.kafka.topic"]
    admin = trial.servers.kafka.admin()
    for future in admin.delete_records([TopicPartition(topic, 0, before)]).values():
        future.result(30)


# What sessions do


@fault.running
def row_image_changed_in_a_session(trial: Trial, full: bool) -> Report:
    """Rows without all their columns are not passed on as if they were whole."""
    return _session(trial, "SET SESSION binlog_row_image = 'MINIMAL'", "HW-MY-109", 1)


@fault.running
def format_changed_in_a_session(trial: Trial, full: bool) -> Report:
    """A statement does not say which rows it changed."""
    return _session(trial, "SET SESSION binlog_format = 'STATEMENT'", "HW-MY-019", 3)


def _session(trial: Trial, setting: str, code: str, exit_code: int) -> Report:
    trial.workload.stop()
    schema = trial.database.schema
    change = trial.workload.reserve(1)
    key = trial.database.value(f"SELECT id FROM {schema}.account ORDER BY id LIMIT 1")
    trial.database.execute(
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        setting,
        "START TRANSACTION",
        f"INSERT INTO {schema}.audit (v, op, tab, k) VALUES ({change}, 'u', 'account', '{key}')",
        f"UPDATE {schema}.account SET v = {change} WHERE id = {key}",
        "COMMIT",
    )
    trial.refused(code, exit_code)
    trial.refuses(code, exit_code)
    trial.marker()
    of(trial).purge()  # the remedy: a new snapshot, for which the log with the row must not be had any more
    return trial.retaken()


@fault.running
def xa_transactions(trial: Trial, full: bool) -> None:
    """Prepared in one session, committed in another, with kills in between."""
    for number in range(10 if full else 3):
        trial.delivered()
        xid = _prepare_xa(trial, number)
        if number % 2:
            trial.kill()
            trial.connector.start()
            trial.delivered()
        _commit_xa(trial, xid)


@fault.filled
def xa_transaction_prepared_before_the_snapshot(trial: Trial, full: bool) -> None:
    """It is in the log already and in no table yet: the snapshot waits for it."""
    xid = _prepare_xa(trial, 0)
    trial.connector.start()
    trial.connector.says("HW-MY-035.*Next try")
    _commit_xa(trial, xid)
    trial.began()
    trial.workload.start()


def _prepare_xa(trial: Trial, number: int) -> str:
    """Prepare a transaction in a session that ends; its name."""
    xid = f"'{trial.prefix}','{number}'"
    change = trial.workload.reserve(1)
    key = 90_000_000 + number
    schema = trial.database.schema
    trial.database.execute(
        f"XA START {xid}",
        f"INSERT INTO {schema}.audit (v, op, tab, k) VALUES ({change}, 'c', 'account', '{key}')",
        f"INSERT INTO {schema}.account (id, v) VALUES ({key}, {change})",
        f"XA END {xid}",
        f"XA PREPARE {xid}",
    )
    return xid


def _commit_xa(trial: Trial, xid: str) -> None:
    """Commit it in another session, which can once the one that prepared it is gone."""

    def done() -> bool:
        try:
            trial.database.execute(f"XA COMMIT {xid}")
        except pymysql.err.MySQLError as error:
            if error.args[0] == XA_UNKNOWN:  # it is still the other session's
                return False
            raise
        return True

    trial.wait(done, "the session that prepared is gone")


@fault
def kill_9_with_compressed_transactions(servers: Servers, full: bool) -> Report:
    """The stored offset counts events inside of what the server compressed."""
    with contextlib.ExitStack() as stack:
        return kills_in_the_stream(
            servers, 10 if full else 3, 3, lambda trial: stack.enter_context(of(trial).compressed())
        )


@fault
def big_transaction_interrupted(servers: Servers, full: bool) -> Report:
    """Killed again and again inside of one transaction: it goes on where it was."""
    return _big(servers, full)


@fault
def big_compressed_transaction_interrupted(servers: Servers, full: bool) -> Report:
    """The same inside of a compressed one."""
    return _big(servers, full, compressed=True)


def _big(servers: Servers, full: bool, *, compressed: bool = False) -> Report:
    rows = 200_000 if full else 40_000
    with Trial(servers) as trial, of(trial).compressed() if compressed else contextlib.nullcontext():
        trial.runs()
        trial.workload.delay = 0.5
        trial.bulk(rows)
        inside = 0
        for number in range(8 if full else 4):
            before = trial.topics.written()
            trial.wait(lambda before=before: trial.topics.written() > before + rows // 40, "rows of it", 60)  # type: ignore[misc]
            if number % 2:
                trial.connector.kill()
            else:  # what is stored is all that was sent: one row too many left out at the next start is lost
                trial.stopped()
            offset = trial.crashed().offset or {}
            inside += bool(offset.get("headwater_events"))
            trial.connector.start()
        assert inside > 1, f"{inside} offsets were inside of the transaction"
        return trial.verdict(seconds=240)


# Other servers and other readers


@contextlib.contextmanager
def with_replica(servers: Servers) -> Iterator[tuple[Trial, Mysql]]:
    """A trial on a server of its own, and the same tables on its replica."""
    with (
        alone(servers, server_id=1) as own,
        alone(servers, server_id=2, log_slave_updates="ON" if servers.kind == "mariadb" else None) as second,
        Trial(own) as trial,
    ):
        replica = object.__new__(type(of(trial)))
        replica.__dict__.update(of(trial).__dict__)
        replica.server = second.server
        replica.execute(*replica.follow(own.server))
        yield trial, replica


def catch_up(trial: Trial, replica: Mysql) -> None:
    """Wait until the replica has all that is committed on the server."""
    gtids = of(trial).executed()
    trial.wait(lambda: replica.caught_up(gtids), "the replica has everything", 60)


def move(trial: Trial, replica: Mysql) -> None:
    """The load and the connector go to the replica, which is promoted; the former server is dead."""
    trial.database.server.kill()
    replica.execute(replica.stop_following)
    trial.database.server = replica.server
    trial.connector.config["database.port"] = str(replica.server.port)


def errant(trial: Trial, replica: Mysql) -> None:
    """A transaction of the replica's own, while it is one."""
    replica.session = replica.errant
    trial.marker(database=replica)


@fault
def failover_to_a_replica(servers: Servers, full: bool) -> Report:
    """With transactions of the replica's own: they are sent like all others, and nothing else changes."""
    with with_replica(servers) as (trial, replica):
        trial.runs()
        errant(trial, replica)
        trial.delivered()
        trial.kill()
        pause(1)
        with trial.workload.held():
            catch_up(trial, replica)
            move(trial, replica)
            trial.marker()
        trial.connector.start()
        trial.delivered()
        for _ in range(3):
            trial.kill()
            trial.connector.start()
        return trial.verdict(seconds=120)


@fault
def failover_to_a_replica_that_purged_its_own(servers: Servers, full: bool) -> Report:
    """Transactions of the replica's own cannot be had from it any more."""
    with with_replica(servers) as (trial, replica):
        trial.begin(200)
        errant(trial, replica)
        trial.delivered()
        trial.workload.stop()
        trial.delivered()
        trial.kill()
        catch_up(trial, replica)
        replica.purge()
        move(trial, replica)
        trial.refuses("HW-MY-011", 3)
        return trial.retaken()


@fault
def failover_to_a_replica_that_lags(servers: Servers, full: bool) -> Report:
    """What was already read is not there yet: it stops, and goes on once the replica has it."""
    with with_replica(servers) as (trial, replica):
        trial.runs()
        replica.execute(replica.stop_following)
        trial.delivered()
        trial.workload.stop()
        trial.delivered()
        trial.stopped()
        trial.refuses("HW-MY-012", 3, database_port=str(replica.server.port))
        replica.execute("START REPLICA")
        catch_up(trial, replica)
        move(trial, replica)
        trial.connector.start()
        return trial.verdict(seconds=120)


@fault.running
def server_id_taken(trial: Trial, full: bool) -> Report:
    """The same connector runs twice: one ends the other's stream, with a code; when one is gone all is well."""
    with trial.second() as second:
        second.start()
        second.streaming()
        trial.connector.says("HW-MY-014.*Next try")
        second.kill()
        return trial.verdict(seconds=120, in_order=False)
