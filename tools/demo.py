"""`make demo`: a small shop lives for ten seconds and you watch its changes arrive in Kafka.

Starts a database and an embedded broker unless real ones are given, runs a file of docs/examples with `cdc run`, and
prints the records as a Kafka consumer received them. What differs between databases is in demo_postgresql.py and
demo_mysql.py.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Protocol

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from tools.embedded import embedded_broker, free_port

ROOT = Path(__file__).resolve().parent.parent
LIFE_SECONDS = 10.0
BACKGROUND_ID = 1_000_000  # ids from here on are the background load, which is counted and not printed

STORY: list[tuple[str, list[str]]] = [
    ("a new customer", ["insert into shop.customers values (3, 'Grace Hopper', 'grace@example.org')"]),
    (
        "an order and its items, one transaction over two tables",
        [
            "insert into shop.orders (id, customer, status, total) values (10, 3, 'new', 49.90)",
            "insert into shop.order_items values (10, 1, 'nanosecond wire', 1), (10, 2, 'compiler', 2)",
        ],
    ),
    ("the order is paid", ["update shop.orders set status = 'paid' where id = 10"]),
    (
        "ALTER TABLE while it runs: the next record has the new column",
        [
            "alter table shop.orders add column carrier varchar(20)",
            "update shop.orders set status = 'sent', carrier = 'pigeon' where id = 10",
        ],
    ),
    (
        "an item is taken back: delete, then tombstone",
        ["delete from shop.order_items where order_id = 10 and line = 2"],
    ),
    ("a customer gets another key: delete, tombstone, create", ["update shop.customers set id = 4 where id = 2"]),
]


class Session(Protocol):
    """A connection to the database, not in autocommit."""

    def execute(self, statement: str) -> None:
        """Run a statement."""

    def commit(self) -> None:
        """End the transaction."""

    def close(self) -> None:
        """Disconnect."""


class Stage(Protocol):
    """A database with an empty shop, and the connector file for it."""

    label: str
    note: str  # on the times that are measured
    example: Path
    settings: dict[str, str]  # properties that the file has besides, with the embedded broker
    environment: dict[str, str]  # what the file asks for

    def session(self) -> Session:
        """A new connection."""

    def prepare(self) -> None:
        """Make the shop's tables anew, with two customers."""

    def place(self, source: dict[str, Any]) -> str:
        """Where a change was in the log, for people."""


COLOURS = {"c": "32", "r": "36", "u": "33", "d": "31", "t": "31"}
NAMES = {"c": "insert", "r": "read", "u": "update", "d": "delete", "t": "truncate"}


class Paint:
    """ANSI colours on a terminal, plain text otherwise."""

    def __init__(self) -> None:
        self.on = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def __call__(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self.on else text


paint = Paint()


class Watcher(threading.Thread):
    """A Kafka consumer of every topic of the demo: prints what belongs to the story, measures all."""

    def __init__(self, bootstrap: str, prefix: str, stage: Stage) -> None:
        super().__init__(daemon=True)
        self._stage = stage
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": f"headwater-demo-{os.getpid()}",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 5,
                "log_level": 0,
            }
        )
        self._prefix = f"{prefix}.shop."
        self._assigned: set[tuple[str, int]] = set()
        self.latencies: list[float] = []
        self.records = 0
        self.bytes = 0
        self.seen: set[tuple[str, str]] = set()
        self.stop = threading.Event()

    def run(self) -> None:
        """Receive until stopped; new topics are looked for ten times a second, without a consumer group."""
        look = 0.0
        while not self.stop.is_set():
            if time.monotonic() >= look:
                look = time.monotonic() + 0.1
                self._discover()
            message = self._consumer.poll(0.05)
            if message is not None and message.error() is None:
                self.take(message.topic(), message.key(), message.value())
        self._consumer.close()

    def _discover(self) -> None:
        topics = self._consumer.list_topics(timeout=5).topics
        found = {
            (name, partition)
            for name, topic in topics.items()
            if name.startswith(self._prefix)
            for partition in topic.partitions
        }
        new = [TopicPartition(name, partition, OFFSET_BEGINNING) for name, partition in found - self._assigned]
        if new:
            self._consumer.incremental_assign(new)
            self._assigned |= found

    def take(self, topic: str, key: bytes, value: bytes | None) -> None:
        """Account for one record, and print it when it is part of the story."""
        now = time.time() * 1_000_000
        self.records += 1
        self.bytes += len(value or b"") + len(key or b"")
        identity = json.loads(key)
        if value is None:
            if self._story(identity):
                print("   " + paint(f"{'tombstone':<9}", "90"), paint(topic, "1"), identity)
            return
        envelope: dict[str, Any] = json.loads(value)
        if envelope["op"] != "r":
            self.latencies.append((now - envelope["source"]["ts_us"]) / 1000)
        if self._story(identity):
            self.seen.add((topic, envelope["op"]))
            self.show(topic, identity, envelope)

    @staticmethod
    def _story(key: dict[str, Any]) -> bool:
        return int(next(iter(key.values()))) < BACKGROUND_ID

    def show(self, topic: str, key: dict[str, Any], envelope: dict[str, Any]) -> None:
        """One record, with what changed between before and after in front."""
        op = envelope["op"]
        before, after = envelope["before"], envelope["after"]
        row = after or before
        text = ", ".join(f"{name}={value!r}" for name, value in row.items())
        print(f"   {paint(f'{NAMES[op]:<9}', COLOURS[op])} {paint(topic, '1')} {key} {paint('->', '90')} {text}")
        print("   " + paint(f"          {self._stage.place(envelope['source'])}", "90"))


class Shop(threading.Thread):
    """The background load: an order, an update and now and then a delete, about 200 transactions a second."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(daemon=True)
        self._stage = stage
        self.stop = threading.Event()
        self.transactions = 0

    def run(self) -> None:
        """Trade until stopped."""
        number = BACKGROUND_ID
        session = self._stage.session()
        session.execute(f"insert into shop.customers values ({number}, 'background', null)")
        session.commit()
        while not self.stop.wait(0.004):
            number += 1
            session.execute(
                f"insert into shop.orders (id, customer, status, total) values ({number}, {BACKGROUND_ID}, 'new', 9.99)"
            )
            session.execute(f"insert into shop.order_items values ({number}, 1, 'thing', 1)")
            session.commit()
            session.execute(f"update shop.orders set status = 'paid' where id = {number}")
            session.commit()
            if number % 3 == 0:
                session.execute(f"delete from shop.order_items where order_id = {number}")
                session.execute(f"delete from shop.orders where id = {number}")
                session.commit()
            self.transactions += 2 + (number % 3 == 0)
        session.close()


def wait_for(condition: Any, what: str, seconds: float = 30.0) -> None:
    """Wait until `condition()` holds; says what did not happen otherwise."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"demo: {what} did not happen within {seconds:g} s")
        time.sleep(0.01)


def run(stage: Stage, bootstrap: str, *, embedded: bool) -> int:
    """The demo on a stage; 0 when everything that was done arrived."""
    stage.prepare()
    prefix = json.loads(stage.example.read_text())["config"]["topic.prefix"]
    home = tempfile.TemporaryDirectory(prefix="headwater-demo-")
    environment = {**os.environ, **stage.environment, "BOOTSTRAP_SERVERS": bootstrap}
    port = free_port()
    settings = {
        "offset.storage": "file",
        "offset.storage.file.filename": f"{home.name}/offsets.json",
        "key.converter.schemas.enable": "false",
        "value.converter.schemas.enable": "false",
        "rest.port": str(port),
    }
    file = stage.example
    if embedded and stage.settings:
        connector = json.loads(file.read_text())
        connector["config"].update({name: value.format(home=home.name) for name, value in stage.settings.items()})
        file = Path(home.name) / file.name
        file.write_text(json.dumps(connector))
    command = [sys.executable, "-m", "cdc.cli", "run", str(file)]
    for name, value in settings.items():
        command += ["--set", f"{name}={value}"]
    log = Path(home.name) / "cdc.log"
    watcher = Watcher(bootstrap, prefix, stage)
    watcher.start()
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT)
    shop = Shop(stage)
    try:
        print(paint("\n1. The snapshot: rows that were there before", "1"))
        wait_for(
            lambda: (f"{prefix}.shop.customers", "r") in watcher.seen or process.poll() is not None, "the snapshot"
        )
        if process.poll() is not None:
            raise SystemExit("demo: cdc run ended early; its log is above")
        first = time.monotonic() - started
        shop.start()
        print(
            paint("\n2. The shop opens", "1"),
            f"(background load runs too; it is counted, not printed: {stage.example.name})",
        )
        pause = LIFE_SECONDS / (len(STORY) + 1)
        session = stage.session()
        for title, statements in STORY:
            time.sleep(pause)
            print(f"\n {paint('*', '35')} {title}")
            for statement in statements:
                print("   " + paint(statement, "35"))
                session.execute(statement)
            session.commit()
        session.close()
        time.sleep(pause)
        shop.stop.set()
        shop.join()
        time.sleep(0.3)
        with contextlib.suppress(Exception):
            seen = watcher.records
            time.sleep(0.3)
            wait_for(lambda: watcher.records == seen, "the end of the stream", 2)
    except SystemExit:
        print(log.read_text())
        raise
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        watcher.stop.set()
        watcher.join(10)
    summary(watcher, shop, first, code, stage)
    expected = {(f"{prefix}.shop.{t}", op) for t, op in [("customers", "d"), ("orders", "u"), ("order_items", "d")]}
    missing = expected - watcher.seen
    if missing or code:
        print(log.read_text())
        print(f"demo: missing {missing or 'nothing'}, cdc ended with {code}", file=sys.stderr)
        return 1
    return 0


def summary(watcher: Watcher, shop: Shop, first: float, code: int, stage: Stage) -> None:
    """What was measured, and what to try next."""
    values = sorted(watcher.latencies)

    def percentile(share: float) -> float:
        return values[min(int(len(values) * share), len(values) - 1)] if values else 0.0

    print(paint("\nSummary", "1"))
    print(f"   records received      {watcher.records:,} ({watcher.bytes / 1e6:.1f} MB)")
    print(f"   transactions made     {shop.transactions + len(STORY):,}")
    print(
        f"   rate                  {len(values) / LIFE_SECONDS:,.0f} events/s over {LIFE_SECONDS:g} s, the shop's pace"
    )
    print(f"   commit to consumer    p50 {percentile(0.5):.1f} ms, p99 {percentile(0.99):.1f} ms{stage.note}")
    print(f"   start to first record {first:.2f} s (process start included)")
    print(f"   lag at the end        0 records, cdc ended with exit code {code}")
    print(paint("\nWhat to try next", "1"))
    print("   make demo DB=mysql, make demo DB=mariadb                       the same on another database")
    print("   make demo PG='host=... user=... dbname=...' KAFKA=host:9092    the same on your servers")
    print("   make demo DB=mysql SERVER=mysql://user:password@host:3306")
    print(f"   .venv/bin/cdc validate docs/examples/{stage.example.name:<26} what is wrong with a file, all at once")
    print("   docs/tutorial.md                                               ten minutes from here to your own tables")


def main() -> int:
    """Run the demo on real or embedded servers."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--db", default="postgresql", choices=("postgresql", "mysql", "mariadb"))
    parser.add_argument("--pg", help="DSN of a PostgreSQL with wal_level=logical (its schema `shop` is made anew)")
    parser.add_argument("--server", help="mysql://user:password@host:port (its database `shop` is made anew)")
    parser.add_argument("--kafka", help="bootstrap servers")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        stage: Stage
        if arguments.db == "postgresql":
            from tools.demo_postgresql import postgresql_stage

            stage = stack.enter_context(postgresql_stage(arguments.pg))
        else:
            from tools.demo_mysql import mysql_stage

            stage = stack.enter_context(mysql_stage(arguments.db, arguments.server))
        bootstrap = arguments.kafka or stack.enter_context(embedded_broker())
        print(f"{stage.label}. Kafka: {'yours' if arguments.kafka else 'embedded mock cluster'}.")
        return run(stage, bootstrap, embedded=not arguments.kafka)


if __name__ == "__main__":
    sys.exit(main())
