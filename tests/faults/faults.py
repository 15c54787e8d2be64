"""The faults that every database shares: each breaks one thing, reads the coded error, mends the cause, and compares.

See frame.py for what a fault is; what is wrong otherwise than the checker's Report tells is an AssertionError.
`full` means the long form: more rows, longer outages. What only one database has is in postgresql_faults, mysql_faults.
"""

from __future__ import annotations

import os
import random
import re
import signal
import threading

from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType

from tests.faults.checker import Report
from tests.faults.database import TABLES
from tests.faults.frame import Faults, away, frozen, pause
from tests.faults.servers import Servers
from tests.faults.trial import Trial

MEGABYTE = 1024 * 1024
fault = Faults()


# Kafka


@fault.running
def kafka_stopped_with_rows_waiting(trial: Trial, full: bool) -> Report:
    """Memory stays bounded, the connection stays alive, and it catches up by itself."""
    rows, seconds = (1_000_000, 30.0) if full else (25_000, 3.0)
    before = trial.connector.rss()
    highest = 0
    with away(trial.servers.kafka):
        trial.bulk(rows)
        for _ in range(int(seconds / 0.5)):
            pause(0.5)
            highest = max(highest, trial.connector.rss())
        assert trial.database.reading(), "the server sends nothing any more while Kafka is away"
    report = trial.verdict(seconds=240)
    grown = (highest - before) / MEGABYTE
    assert grown < 160, f"memory grew by {grown:.0f} MB while Kafka was away"
    return report


@fault.running
def kafka_killed(trial: Trial, full: bool) -> None:
    """The broker dies and comes back."""
    for _ in range(3 if full else 1):
        trial.delivered()
        trial.servers.kafka.kill()
        pause(1)
        trial.servers.kafka.restart()


@fault.running
def kafka_frozen(trial: Trial, full: bool) -> None:
    """The broker stands still and goes on: nothing is acknowledged twice in another order."""
    with frozen(trial.servers.kafka):
        pause(20 if full else 3)


@fault.filled
def kafka_unreachable_at_start(trial: Trial, full: bool) -> None:
    """A coded error, tried again without end."""
    trial.workload.start()
    with away(trial.servers.kafka):
        trial.connector.start()
        trial.connector.says("HW-KAFKA-001.*Next try")
    trial.began()


@fault.filled
def topic_unknown(trial: Trial, full: bool) -> None:
    """Nobody makes the topics; once somebody does, all is delivered."""
    for name in ("partitions", "replication.factor"):
        del trial.connector.config[f"topic.creation.default.{name}"]
    if not full:  # else the client waits for a topic for half a minute
        trial.connector.config["producer.override.topic.metadata.propagation.max.ms"] = "3000"
    trial.connector.start()
    trial.workload.start()
    trial.connector.says("HW-KAFKA-003.*Next try")
    topics = [NewTopic(trial.topics.name(table), 2, 1) for table in TABLES]
    admin = trial.servers.kafka.admin()  # its futures end with it
    for future in admin.create_topics(topics).values():
        future.result(30)
    trial.began()


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
        trial.runs()
        trial.marker(note=os.urandom(900_000).hex())
        trial.refused("HW-KAFKA-004", 4)
        trial.refuses("HW-KAFKA-004", 4)
        _set_topic(servers.kafka.admin(), trial.topics.name("account"), "max.message.bytes", "4000000")
        trial.connector.config["producer.override.max.request.size"] = "4000000"
        trial.connector.start()
        return trial.verdict(seconds=120, in_order=False)


def _set_topic(admin: AdminClient, topic: str, name: str, value: str) -> None:
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(30)


@fault.filled
def offsets_topic_not_compacted(trial: Trial, full: bool) -> None:
    """Kafka would delete the only record of where to resume."""
    topic = f"{trial.prefix}-offsets"
    admin = trial.servers.kafka.admin()
    for future in admin.create_topics([NewTopic(topic, 1, 1)]).values():
        future.result(30)
    trial.connector.worker["offset.storage.topic"] = topic
    trial.refuses("HW-OFFSET-003", 4)
    _set_topic(admin, topic, "cleanup.policy", "compact")
    trial.begin()


# The database


@fault.running
def server_restarted(trial: Trial, full: bool) -> None:
    """It resumes by itself."""
    for _ in range(3 if full else 1):
        trial.delivered()
        trial.servers.server.restart()
        trial.connector.says(f"({trial.database.lost}).*Next try")


@fault.running
def server_crashed(trial: Trial, full: bool) -> None:
    """As after the failure of its machine."""
    trial.servers.server.kill()
    trial.connector.says(f"({trial.database.lost}).*Next try")
    trial.servers.server.restart()


@fault.running
def stream_terminated(trial: Trial, full: bool) -> Report:
    """The server ends the stream at the word of its administrator, again and again."""
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


@fault.filled
def wrong_password(trial: Trial, full: bool) -> Report:
    """Final, and the password is not in the log."""
    with trial.database.login("right-one") as user:
        trial.connector.config["database.user"] = user
        trial.connector.config["database.password"] = "wrong-one"
        trial.refuses(trial.database.wrong_password, 3)
        assert "wrong-one" not in trial.connector.output.read_text()
        trial.connector.config["database.password"] = "right-one"
        trial.begin()
        report = trial.verdict()
        trial.connector.close()
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
        trial.settles()
        trial.compatibility(servers.registry.url, "BACKWARD")
        trial.database.numeric_note()
        trial.marker(note=7)
        trial.refused("HW-REG-002", 4)
        trial.compatibility(servers.registry.url, "NONE")
        trial.connector.start()
        return trial.verdict(values=False)


# Ends


@fault.running
def sigterm_under_load(trial: Trial, full: bool) -> Report:
    """What was read is delivered and stored: after an orderly stop nothing is repeated."""
    for _ in range(10 if full else 3):
        trial.delivered()
        trial.stopped(20)
        trial.connector.start()
        trial.connector.streaming()
    report = trial.verdict()
    assert report.repeats == 0, f"{report.repeats} repeats after orderly stops"
    return report


@fault.running
def second_signal(trial: Trial, full: bool) -> None:
    """With Kafka standing still an orderly stop waits; a second signal ends it at once."""
    with frozen(trial.servers.kafka):
        pause(0.5)
        trial.connector.process.send_signal(signal.SIGTERM)
        trial.connector.says("stopping")
        pause(1)
        assert trial.connector.alive(), "it did not wait for Kafka"
        trial.connector.process.send_signal(signal.SIGTERM)
        trial.connector.ended(8)
    trial.crashed()
    trial.connector.start()


@fault.running
def stop_while_kafka_is_away(trial: Trial, full: bool) -> None:
    """An orderly stop ends by itself although Kafka takes nothing."""
    with away(trial.servers.kafka):
        trial.bulk(20_000)
        pause(1)
        trial.connector.process.send_signal(signal.SIGTERM)
        trial.connector.ended(45)
    trial.crashed()
    trial.connector.start()
