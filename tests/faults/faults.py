"""The list of faults: each breaks one thing on real servers, reads the coded error, mends the cause, and compares.

A fault is a function that takes Servers and returns the checker's Report; what is wrong otherwise is an AssertionError.
`full` means the long form: more rows, longer outages.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable

from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType

from tests.faults.checker import Report
from tests.faults.servers import Servers
from tests.faults.trial import Trial
from tests.servers.postgresql import PostgresServer

Fault = Callable[[Servers, bool], Report]
FAULTS: dict[str, Fault] = {}
MEGABYTE = 1024 * 1024
DROP_SLOT = "SELECT pg_drop_replication_slot('{name}')"
DROP_PUBLICATION = "DROP PUBLICATION {name}"


def fault(function: Fault) -> Fault:
    """Enter a fault in the list under its name."""
    FAULTS[function.__name__.replace("_", "-")] = function
    return function


def pause(seconds: float) -> None:
    """How long an outage lasts is part of the fault; nothing is waited for."""
    threading.Event().wait(seconds)


# Kafka


@fault
def kafka_stopped_with_rows_waiting(servers: Servers, full: bool) -> Report:
    """Memory stays bounded, the slot stays alive, and it catches up by itself."""
    rows, seconds = (1_000_000, 30.0) if full else (60_000, 4.0)
    with Trial(servers) as trial:
        trial.begin(200)
        trial.delivered()
        before = trial.connector.rss()
        servers.kafka.shutdown()
        highest = 0
        try:
            trial.bulk(rows)
            beat = threading.Event()
            for _ in range(int(seconds / 0.5)):
                beat.wait(0.5)
                highest = max(highest, trial.connector.rss())
            active = trial.value("SELECT active FROM pg_replication_slots WHERE slot_name = %s", trial.slot)
            assert active is True, "the slot is not active any more while Kafka is away"
        finally:
            servers.kafka.restart()
        report = trial.verdict(seconds=240)
        grown = (highest - before) / MEGABYTE
        assert grown < 160, f"memory grew by {grown:.0f} MB while Kafka was away"
        return report


@fault
def kafka_killed(servers: Servers, full: bool) -> Report:
    """The broker dies and comes back."""
    with Trial(servers) as trial:
        trial.begin(200)
        for _ in range(3 if full else 1):
            trial.delivered()
            servers.kafka.kill()
            pause(1)
            servers.kafka.restart()
        return trial.verdict(seconds=120)


@fault
def kafka_frozen(servers: Servers, full: bool) -> Report:
    """The broker stands still and goes on: nothing is acknowledged twice in another order."""
    with Trial(servers) as trial:
        trial.begin(200)
        trial.delivered()
        os.kill(servers.kafka.pid, signal.SIGSTOP)
        try:
            pause(20 if full else 3)
        finally:
            os.kill(servers.kafka.pid, signal.SIGCONT)
        return trial.verdict(seconds=120)


@fault
def kafka_unreachable_at_start(servers: Servers, full: bool) -> Report:
    """A coded error, tried again without end."""
    with Trial(servers) as trial:
        trial.fill(200)
        trial.workload.start()
        servers.kafka.shutdown()
        try:
            trial.connector.start()
            trial.connector.says("HW-KAFKA-001.*Next try")
        finally:
            servers.kafka.restart()
        trial.began()
        return trial.verdict(seconds=120)


@fault
def topic_unknown(servers: Servers, full: bool) -> Report:
    """Nobody makes the topics; once somebody does, all is delivered."""
    with Trial(servers) as trial:
        for name in ("partitions", "replication.factor"):
            del trial.connector.config[f"topic.creation.default.{name}"]
        trial.fill(200)
        trial.connector.start()
        trial.workload.start()
        trial.connector.says("HW-KAFKA-003.*Next try")
        topics = [NewTopic(f"{trial.prefix}.load.{table}", 2, 1) for table in ("account", "item", "wide")]
        admin = servers.kafka.admin()  # its futures end with it
        for future in admin.create_topics(topics).values():
            future.result(30)
        trial.began()
        return trial.verdict(seconds=120)


@fault
def record_too_large_for_the_producer(servers: Servers, full: bool) -> Report:
    """Refused before it is sent."""
    return _too_large(servers, {})


@fault
def record_too_large_for_the_topic(servers: Servers, full: bool) -> Report:
    """Refused by the broker, with others in flight."""
    return _too_large(servers, {"producer.override.max.request.size": "4000000"})


def _too_large(servers: Servers, settings: dict[str, str]) -> Report:
    with Trial(servers) as trial:
        trial.connector.config.update(settings)
        trial.begin(200)
        trial.delivered()
        trial.marker(note=os.urandom(900_000).hex())
        trial.refused("HW-KAFKA-004", 4)
        trial.connector.start()
        trial.refused("HW-KAFKA-004", 4)
        _set_topic(servers.kafka.admin(), f"{trial.prefix}.load.account", "max.message.bytes", "4000000")
        trial.connector.config["producer.override.max.request.size"] = "4000000"
        trial.connector.start()
        return trial.verdict(seconds=120, in_order=False)


def _set_topic(admin: AdminClient, topic: str, name: str, value: str) -> None:
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(30)


@fault
def offsets_topic_not_compacted(servers: Servers, full: bool) -> Report:
    """Kafka would delete the only record of where to resume."""
    with Trial(servers) as trial:
        topic = f"{trial.prefix}-offsets"
        admin = servers.kafka.admin()
        for future in admin.create_topics([NewTopic(topic, 1, 1)]).values():
            future.result(30)
        trial.connector.worker["offset.storage.topic"] = topic
        trial.fill(200)
        trial.connector.start()
        trial.refused("HW-OFFSET-003", 4)
        _set_topic(admin, topic, "cleanup.policy", "compact")
        trial.begin()
        return trial.verdict()


# PostgreSQL: what passes by itself


@fault
def postgres_restarted(servers: Servers, full: bool) -> Report:
    """It resumes by itself."""
    with Trial(servers) as trial:
        trial.begin(200)
        for _ in range(3 if full else 1):
            trial.delivered()
            servers.postgres.restart()
            trial.connector.says("HW-PG-00[12].*Next try")
        return trial.verdict(seconds=120)


@fault
def postgres_crashed(servers: Servers, full: bool) -> Report:
    """As after the failure of its machine."""
    with Trial(servers) as trial:
        trial.begin(200)
        trial.delivered()
        servers.postgres.kill()
        trial.connector.says("HW-PG-00[12].*Next try")
        servers.postgres.restart()
        return trial.verdict(seconds=120)


@fault
def backend_terminated(servers: Servers, full: bool) -> Report:
    """pg_terminate_backend of every connection of the connector, again and again."""
    with Trial(servers) as trial:
        trial.begin(200)
        for _ in range(10 if full else 3):
            trial.delivered()
            cut = trial.value(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE '%%stream'"
                " AND datname = %s",
                trial.database,
            )
            assert cut == 1, f"{cut} replication connections"
        report = trial.verdict(seconds=120)
        assert "HW-PG-001" in trial.connector.output.read_text()
        return report


@fault
def connections_cut_at_random(servers: Servers, full: bool) -> Report:
    """Every connection of the connector, in every phase of its start, of the snapshot and of the stream."""
    source = random.Random(5)
    with Trial(servers) as trial:
        trial.fill(4000)
        trial.connector.start(snapshot_max_threads="2")
        moment = threading.Event()
        for _ in range(100 if full else 25):
            moment.wait(source.choice((0.02, 0.05, 0.1, 0.2, 0.3, 0.7)))
            _cut(trial)
        trial.workload.start()
        trial.delivered()
        trial.horizon = trial.workload.newest
        for _ in range(100 if full else 10):
            moment.wait(source.uniform(0, 1.5))
            _cut(trial)
        return trial.verdict(seconds=120)


def _cut(trial: Trial) -> None:
    """End every connection of the connector, which must live on."""
    trial.value(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name <> '' AND datname = %s",
        trial.database,
    )
    assert trial.connector.alive(), trial.connector.tail()


@fault
def slot_in_use(servers: Servers, full: bool) -> Report:
    """A second instance waits, says who holds the slot, and takes over when the first one dies."""
    with Trial(servers) as trial:
        trial.begin(200)
        trial.delivered()
        second = trial.second()
        try:
            second.start()
            second.says("HW-PG-014.*held by process")
            trial.kill()
            second.streaming()
            trial.connector, second = second, trial.connector
            return trial.verdict()
        finally:
            second.close()


# PostgreSQL: what a person must mend


@fault
def wrong_password(servers: Servers, full: bool) -> Report:
    """Final, and the password is not in the log."""
    with Trial(servers) as trial:
        with trial.sql() as connection:
            connection.execute(f"CREATE ROLE {trial.prefix} SUPERUSER REPLICATION LOGIN PASSWORD 'right-one'".encode())
        access = servers.postgres.data / "pg_hba.conf"
        before = access.read_text()
        access.write_text(
            f"host all {trial.prefix} 127.0.0.1/32 scram-sha-256\n"
            f"host replication {trial.prefix} 127.0.0.1/32 scram-sha-256\n{before}"
        )
        try:
            trial.value("SELECT pg_reload_conf()")
            trial.fill(200)
            trial.connector.config["database.user"] = trial.prefix
            trial.connector.config["database.password"] = "wrong-one"
            trial.connector.start()
            trial.refused("HW-PG-003", 3)
            assert "wrong-one" not in trial.connector.output.read_text()
            trial.connector.config["database.password"] = "right-one"
            trial.begin()
            return trial.verdict()
        finally:
            access.write_text(before)
            trial.value("SELECT pg_reload_conf()")
            trial.connector.close()
            trial.drop_role()


@fault
def wrong_database(servers: Servers, full: bool) -> Report:
    """Final."""
    with Trial(servers) as trial:
        trial.fill(200)
        trial.connector.start(database_dbname="no_such_database")
        trial.refused("HW-PG-004", 3)
        trial.begin()
        return trial.verdict()


@fault
def wal_level_replica(servers: Servers, full: bool) -> Report:
    """Final; after the server is set up and restarted it works."""
    own = Servers(kafka=servers.kafka, postgres=PostgresServer.private("18", wal_level="replica"))
    try:
        with Trial(own) as trial:
            trial.fill(200)
            trial.connector.start()
            trial.refused("HW-PG-008", 3)
            own.postgres.restart(wal_level="logical")
            trial.begin()
            return trial.verdict()
    finally:
        own.postgres.stop()


@fault
def slot_dropped_while_down(servers: Servers, full: bool) -> Report:
    """Final: what was committed meanwhile cannot be had. `when_needed` takes a new snapshot."""
    return _broken(servers, "HW-PG-011", _retaken, DROP_SLOT)


@fault
def slot_made_anew_while_down(servers: Servers, full: bool) -> Report:
    """PostgreSQL would silently leave out what lies between the stored offset and the new slot."""
    create = "SELECT pg_create_logical_replication_slot('{name}', 'pgoutput')"
    return _broken(servers, "HW-PG-013", _retaken, DROP_SLOT, create)


@fault
def wal_removed(servers: Servers, full: bool) -> Report:
    """max_slot_wal_keep_size has cost the slot its log."""
    with Trial(servers) as trial:
        _quiet(trial)
        trial.value_only("ALTER SYSTEM SET max_slot_wal_keep_size = '16MB'")
        try:
            trial.value("SELECT pg_reload_conf()")
            trial.marker()
            for _ in range(8):
                trial.value("SELECT pg_logical_emit_message(false, 'faults', 'x')")
                trial.value("SELECT pg_switch_wal()")
            trial.value_only("CHECKPOINT")
            status = trial.value("SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s", trial.slot)
            assert status == "lost", f"wal_status {status}"
            trial.connector.start()
            trial.refused("HW-PG-012", 3)
            return _retaken(trial)
        finally:
            trial.value_only("ALTER SYSTEM RESET max_slot_wal_keep_size")
            trial.value("SELECT pg_reload_conf()")


@fault
def publication_dropped_while_down(servers: Servers, full: bool) -> Report:
    """Without publication.autocreate: final. A publication that is made later does not decode the time before it."""
    return _broken(servers, "HW-PG-019", _anew, DROP_PUBLICATION, publication_autocreate_mode="disabled")


@fault
def publication_dropped_while_down_with_autocreate(servers: Servers, full: bool) -> Report:
    """Making it again must not hide that changes from before it are not decoded."""
    return _broken(servers, "HW-PG-019", _anew, DROP_PUBLICATION)


@fault
def publication_made_anew_while_down(servers: Servers, full: bool) -> Report:
    """The same name and the same tables, but PostgreSQL 18 silently leaves out what was committed in between."""
    create = "CREATE PUBLICATION {name} FOR TABLE load.account, load.item, load.wide"
    return _broken(servers, "HW-PG-038", _retaken, DROP_PUBLICATION, create)


@fault
def publication_dropped_while_streaming(servers: Servers, full: bool) -> Report:
    """The stream ends with a coded error; nothing after the drop is confirmed."""
    with Trial(servers) as trial:
        _settled(trial)
        trial.value_only(DROP_PUBLICATION.format(name=trial.prefix))
        trial.marker()
        trial.refused("HW-PG-019", 3, seconds=90)
        return _anew(trial)


@fault
def table_not_in_the_publication(servers: Servers, full: bool) -> Report:
    """A table that is to be captured by name, and that the publication leaves out."""
    with Trial(servers) as trial:
        trial.fill(200)
        trial.value_only(f"CREATE PUBLICATION {trial.prefix} FOR TABLE load.account, load.item")
        trial.connector.start(publication_autocreate_mode="disabled")
        trial.refused("HW-PG-039", 3)
        trial.value_only(f"ALTER PUBLICATION {trial.prefix} ADD TABLE load.wide")
        trial.begin()
        return trial.verdict()


def _settled(trial: Trial) -> None:
    """Load, and all of it delivered."""
    trial.begin(200)
    trial.delivered()
    trial.workload.stop()
    trial.delivered()


def _quiet(trial: Trial) -> None:
    """Load, all of it delivered, and an orderly stop."""
    _settled(trial)
    code = trial.connector.stop()
    assert code == 0, f"SIGTERM ended with {code}: {trial.connector.tail()}"


def _broken(
    servers: Servers, code: str, mend: Callable[[Trial], Report], statement: str, then: str = "", **properties: str
) -> Report:
    """Break slot or publication while the connector is down: it refuses to start with `code`, `mend` is the remedy.

    A row is committed between the two statements; in both `{name}` is the slot and the publication.
    """
    with Trial(servers) as trial:
        _quiet(trial)
        trial.value_only(statement.format(name=trial.prefix))
        trial.marker()
        if then:
            trial.value_only(then.format(name=trial.prefix))
        trial.connector.start(**properties)
        trial.refused(code, 3)
        return mend(trial)


def _retaken(trial: Trial) -> Report:
    trial.connector.config["snapshot.mode"] = "when_needed"
    trial.connector.start()
    trial.began()
    trial.horizon = trial.workload.newest
    report = trial.verdict()
    assert "takes a new snapshot" in trial.connector.output.read_text()
    return report


def _anew(trial: Trial) -> Report:
    """What the remedy of a broken publication says: a new slot, and a new snapshot."""
    trial.connector.close()
    trial.value("SELECT pg_drop_replication_slot(%s)", trial.slot)
    return _retaken(trial)


# The registry


@fault
def registry_down(servers: Servers, full: bool) -> Report:
    """Tried again without end; schemas that are known need no registry."""
    with Trial(servers) as trial:
        trial.avro(servers.registry.url)
        servers.registry.kill()
        try:
            trial.fill(200)
            trial.connector.start()
            trial.workload.start()
            trial.connector.says("HW-REG-001.*Next try")
        finally:
            servers.registry.restart()
        trial.began()
        return trial.verdict(seconds=120)


@fault
def registry_refuses_a_schema(servers: Servers, full: bool) -> Report:
    """409: final, with the registry's words; once the level is relaxed all is delivered."""
    with Trial(servers) as trial:
        trial.avro(servers.registry.url)
        _settled(trial)
        trial.compatibility(servers.registry.url, "BACKWARD")
        trial.value_only("ALTER TABLE load.account ALTER COLUMN note TYPE int USING length(note)")
        trial.marker(note="7")
        trial.refused("HW-REG-002", 4)
        trial.compatibility(servers.registry.url, "NONE")
        trial.connector.start()
        return trial.verdict(values=False)


# Ends


@fault
def sigterm_under_load(servers: Servers, full: bool) -> Report:
    """What was read is delivered and stored: after an orderly stop nothing is repeated."""
    with Trial(servers) as trial:
        trial.begin(200)
        for _ in range(10 if full else 3):
            trial.delivered()
            code = trial.connector.stop(20)
            assert code == 0, f"SIGTERM ended with {code}: {trial.connector.tail()}"
            trial.connector.start()
            trial.connector.streaming()
        report = trial.verdict()
        assert report.repeats == 0, f"{report.repeats} repeats after orderly stops"
        return report


@fault
def second_signal(servers: Servers, full: bool) -> Report:
    """With Kafka standing still an orderly stop waits; a second signal ends it at once."""
    with Trial(servers) as trial:
        trial.begin(200)
        trial.delivered()
        os.kill(servers.kafka.pid, signal.SIGSTOP)
        try:
            pause(0.5)
            trial.connector.process.send_signal(signal.SIGTERM)
            trial.connector.says("stopping")
            pause(1)
            assert trial.connector.alive(), "it did not wait for Kafka"
            trial.connector.process.send_signal(signal.SIGTERM)
            trial.connector.ended(8)
        finally:
            os.kill(servers.kafka.pid, signal.SIGCONT)
        trial.crashed()
        trial.connector.start()
        return trial.verdict(seconds=120)


@fault
def stop_while_kafka_is_away(servers: Servers, full: bool) -> Report:
    """An orderly stop ends by itself although Kafka takes nothing."""
    with Trial(servers) as trial:
        trial.begin(200)
        trial.delivered()
        servers.kafka.shutdown()
        try:
            trial.bulk(20_000)
            pause(1)
            trial.connector.process.send_signal(signal.SIGTERM)
            trial.connector.ended(45)
        finally:
            servers.kafka.restart()
        trial.crashed()
        trial.connector.start()
        return trial.verdict(seconds=120)
