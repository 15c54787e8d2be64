"""The faults that every database shares: each breaks one thing, reads the coded error, mends the cause, and compares.

A fault is a function that takes Servers and returns the checker's Report; what is wrong otherwise is an AssertionError.
`full` means the long form: more rows, longer outages. What only one database has is in postgresql_faults, mysql_faults.
"""

from __future__ import annotations

import os
import random
import re
import signal
import threading
from collections.abc import Callable

from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType

from tests.faults.checker import Report
from tests.faults.database import TABLES
from tests.faults.servers import Servers
from tests.faults.trial import Trial

Fault = Callable[[Servers, bool], Report]
MEGABYTE = 1024 * 1024


class Faults(dict[str, Fault]):
    """Faults by name; as a decorator it enters one."""

    def __call__(self, function: Fault) -> Fault:
        """Enter a fault under its name."""
        self[function.__name__.replace("_", "-")] = function
        return function


fault = Faults()


def pause(seconds: float) -> None:
    """How long an outage lasts is part of the fault; nothing is waited for."""
    threading.Event().wait(seconds)


# Kafka


@fault
def kafka_stopped_with_rows_waiting(servers: Servers, full: bool) -> Report:
    """Memory stays bounded, the connection stays alive, and it catches up by itself."""
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
            assert trial.database.reading(), "the server sends nothing any more while Kafka is away"
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
        if not full:  # else the client waits for a topic for half a minute
            trial.connector.config["producer.override.topic.metadata.propagation.max.ms"] = "3000"
        trial.fill(200)
        trial.connector.start()
        trial.workload.start()
        trial.connector.says("HW-KAFKA-003.*Next try")
        topics = [NewTopic(trial.topics.name(table), 2, 1) for table in TABLES]
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
        _set_topic(servers.kafka.admin(), trial.topics.name("account"), "max.message.bytes", "4000000")
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


# The database


@fault
def server_restarted(servers: Servers, full: bool) -> Report:
    """It resumes by itself."""
    with Trial(servers) as trial:
        trial.begin(200)
        for _ in range(3 if full else 1):
            trial.delivered()
            servers.server.restart()
            trial.connector.says(f"({trial.database.lost}).*Next try")
        return trial.verdict(seconds=120)


@fault
def server_crashed(servers: Servers, full: bool) -> Report:
    """As after the failure of its machine."""
    with Trial(servers) as trial:
        trial.begin(200)
        trial.delivered()
        servers.server.kill()
        trial.connector.says(f"({trial.database.lost}).*Next try")
        servers.server.restart()
        return trial.verdict(seconds=120)


@fault
def stream_terminated(servers: Servers, full: bool) -> Report:
    """The server ends the stream at the word of its administrator, again and again."""
    with Trial(servers) as trial:
        trial.begin(200)
        for _ in range(10 if full else 3):
            trial.delivered()
            cut = trial.database.terminate(stream=True)
            assert cut == 1, f"{cut} replication connections"
        report = trial.verdict(seconds=120)
        assert re.search(trial.database.lost, trial.connector.output.read_text())
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
    trial.database.terminate()
    assert trial.connector.alive(), trial.connector.tail()


@fault
def wrong_password(servers: Servers, full: bool) -> Report:
    """Final, and the password is not in the log."""
    with Trial(servers) as trial, trial.database.login("right-one") as user:
        trial.fill(200)
        trial.connector.config["database.user"] = user
        trial.connector.config["database.password"] = "wrong-one"
        trial.connector.start()
        trial.refused(trial.database.wrong_password, 3)
        assert "wrong-one" not in trial.connector.output.read_text()
        trial.connector.config["database.password"] = "right-one"
        trial.begin()
        report = trial.verdict()
        trial.connector.close()
        return report


def settled(trial: Trial) -> None:
    """Load, and all of it delivered."""
    trial.begin(200)
    trial.delivered()
    trial.workload.stop()
    trial.delivered()


def quiet(trial: Trial) -> None:
    """Load, all of it delivered, and an orderly stop."""
    settled(trial)
    code = trial.connector.stop()
    assert code == 0, f"SIGTERM ended with {code}: {trial.connector.tail()}"


def retaken(trial: Trial) -> Report:
    """What cannot be had any more is read anew, once the user asks for it."""
    trial.connector.config["snapshot.mode"] = "when_needed"
    trial.connector.start()
    trial.began()
    trial.horizon = trial.workload.newest
    report = trial.verdict()
    assert "takes a new snapshot" in trial.connector.output.read_text()
    return report


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
        settled(trial)
        trial.compatibility(servers.registry.url, "BACKWARD")
        trial.database.numeric_note()
        trial.marker(note=7)
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
