"""`make demo`: a small shop lives for ten seconds and you watch its changes arrive in Kafka.

Starts an embedded PostgreSQL and an embedded broker unless real ones are given, runs docs/examples/orders-cdc.json with
`cdc run`, and prints the records as a Kafka consumer received them.
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
from typing import Any

import psycopg
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from psycopg.conninfo import conninfo_to_dict

from tools.embedded import embedded_broker, embedded_postgres, free_port

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "docs" / "examples" / "orders-cdc.json"
LIFE_SECONDS = 10.0
BACKGROUND_ID = 1_000_000  # ids from here on are the background load, which is counted and not printed

SCHEMA = """
drop schema if exists shop cascade;
create schema shop;
create table shop.customers (id bigint primary key, name text not null, email text);
create table shop.orders (
    id bigint primary key, customer bigint not null references shop.customers, status text not null,
    total numeric(10,2) not null, placed timestamptz not null default now());
create table shop.order_items (
    order_id bigint references shop.orders on delete cascade, line int, article text, quantity int,
    primary key (order_id, line));
insert into shop.customers values (1, 'Ada Lovelace', 'ada@example.org'), (2, 'Alan Turing', null);
"""

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
            "alter table shop.orders add column carrier text",
            "update shop.orders set status = 'sent', carrier = 'pigeon' where id = 10",
        ],
    ),
    (
        "an item is taken back: delete, then tombstone",
        ["delete from shop.order_items where order_id = 10 and line = 2"],
    ),
    ("a customer gets another key: delete, tombstone, create", ["update shop.customers set id = 4 where id = 2"]),
]

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

    def __init__(self, bootstrap: str, prefix: str) -> None:
        super().__init__(daemon=True)
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

    @staticmethod
    def show(topic: str, key: dict[str, Any], envelope: dict[str, Any]) -> None:
        """One record, with what changed between before and after in front."""
        op = envelope["op"]
        before, after = envelope["before"], envelope["after"]
        row = after or before
        text = ", ".join(f"{name}={value!r}" for name, value in row.items())
        print(f"   {paint(f'{NAMES[op]:<9}', COLOURS[op])} {paint(topic, '1')} {key} {paint('->', '90')} {text}")
        source = envelope["source"]
        print("   " + paint(f"          lsn {source['lsn']}, transaction {source['txId']}", "90"))


class Shop(threading.Thread):
    """The background load: an order, an update and now and then a delete, about 200 transactions a second."""

    def __init__(self, dsn: str) -> None:
        super().__init__(daemon=True)
        self._dsn = dsn
        self.stop = threading.Event()
        self.transactions = 0

    def run(self) -> None:
        """Trade until stopped."""
        number = BACKGROUND_ID
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute("insert into shop.customers values (%s, 'background', null)", [number])
            while not self.stop.wait(0.004):
                number += 1
                with connection.transaction():
                    connection.execute(
                        "insert into shop.orders (id, customer, status, total) values (%s, %s, 'new', 9.99)",
                        [number, BACKGROUND_ID],
                    )
                    connection.execute("insert into shop.order_items values (%s, 1, 'thing', 1)", [number])
                connection.execute("update shop.orders set status = 'paid' where id = %s", [number])
                if number % 3 == 0:
                    connection.execute("delete from shop.orders where id = %s", [number])
                self.transactions += 2 + (number % 3 == 0)


def wait_for(condition: Any, what: str, seconds: float = 30.0) -> None:
    """Wait until `condition()` holds; says what did not happen otherwise."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"demo: {what} did not happen within {seconds:g} s")
        time.sleep(0.01)


def run(dsn: str, bootstrap: str) -> int:
    """The demo on given servers; 0 when everything that was done arrived."""
    info = conninfo_to_dict(dsn)
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(SCHEMA)
    prefix = json.loads(EXAMPLE.read_text())["config"]["topic.prefix"]
    home = tempfile.TemporaryDirectory(prefix="headwater-demo-")
    environment = {
        **os.environ,
        "DATABASE_HOSTNAME": str(info.get("host") or "localhost"),
        "DATABASE_PORT": str(info.get("port") or 5432),
        "DATABASE_USER": str(info.get("user") or "postgres"),
        "DATABASE_PASSWORD": str(info.get("password") or "postgres"),
        "DATABASE_DBNAME": str(info.get("dbname") or "postgres"),
        "BOOTSTRAP_SERVERS": bootstrap,
    }
    port = free_port()
    settings = {
        "offset.storage": "file",
        "offset.storage.file.filename": f"{home.name}/offsets.json",
        "key.converter.schemas.enable": "false",
        "value.converter.schemas.enable": "false",
        "rest.port": str(port),
    }
    command = [sys.executable, "-m", "cdc.cli", "run", str(EXAMPLE)]
    for name, value in settings.items():
        command += ["--set", f"{name}={value}"]
    log = Path(home.name) / "cdc.log"
    watcher = Watcher(bootstrap, prefix)
    watcher.start()
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT)
    shop = Shop(dsn)
    try:
        print(paint("\n1. The snapshot: rows that were there before", "1"))
        wait_for(
            lambda: (f"{prefix}.shop.customers", "r") in watcher.seen or process.poll() is not None, "the snapshot"
        )
        if process.poll() is not None:
            print(log.read_text())
            raise SystemExit("demo: cdc run ended early; its log is above")
        first = time.monotonic() - started
        shop.start()
        print(
            paint("\n2. The shop opens", "1"), f"(background load runs too; it is counted, not printed: {EXAMPLE.name})"
        )
        pause = LIFE_SECONDS / (len(STORY) + 1)
        with psycopg.connect(dsn) as connection:
            for title, statements in STORY:
                time.sleep(pause)
                print(f"\n {paint('*', '35')} {title}")
                for statement in statements:
                    print("   " + paint(statement, "35"))
                    connection.execute(statement)  # type: ignore[call-overload]
                connection.commit()
        time.sleep(pause)
        shop.stop.set()
        shop.join()
        time.sleep(0.3)
        with contextlib.suppress(Exception):
            seen = watcher.records
            time.sleep(0.3)
            wait_for(lambda: watcher.records == seen, "the end of the stream", 2)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        watcher.stop.set()
        watcher.join(10)
    summary(watcher, shop, first, code)
    expected = {(f"{prefix}.shop.{t}", op) for t, op in [("customers", "d"), ("orders", "u"), ("order_items", "d")]}
    missing = expected - watcher.seen
    if missing or code:
        print(log.read_text())
        print(f"demo: missing {missing or 'nothing'}, cdc ended with {code}", file=sys.stderr)
        return 1
    return 0


def summary(watcher: Watcher, shop: Shop, first: float, code: int) -> None:
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
    print(f"   commit to consumer    p50 {percentile(0.5):.1f} ms, p99 {percentile(0.99):.1f} ms")
    print(f"   start to first record {first:.2f} s (process start included)")
    print(f"   lag at the end        0 records, cdc ended with exit code {code}")
    print(paint("\nWhat to try next", "1"))
    print("   make demo PG='host=... user=... dbname=...' KAFKA=host:9092    the same on your servers")
    print("   .venv/bin/cdc validate docs/examples/orders-cdc.json           what is wrong with a file, all at once")
    print("   docs/tutorial.md                                               ten minutes from here to your own tables")


def main() -> int:
    """Run the demo on real or embedded servers."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--pg", help="DSN of a PostgreSQL with wal_level=logical (its schema `shop` is made anew)")
    parser.add_argument("--kafka", help="bootstrap servers")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        bootstrap = arguments.kafka or stack.enter_context(embedded_broker())
        dsn = arguments.pg or stack.enter_context(embedded_postgres())
        database = "yours" if arguments.pg else "embedded, version 18"
        broker = "yours" if arguments.kafka else "embedded mock cluster"
        print(f"PostgreSQL: {database}. Kafka: {broker}.")
        return run(dsn, bootstrap)


if __name__ == "__main__":
    sys.exit(main())
