"""From commit to consumer: a writer that commits at a steady rate, and a consumer in a process of its own.

`python -m tests.benchmarks.latency write RATE SECONDS DATABASE WORDS` (the words of Database.source) and
`... read BOOTSTRAP TOPIC ROWS` (prints one JSON line; `ready` before it, when the consumer waits for records). The
commit's time is the one in the record's source block, `ts_us`, of the same machine's clock. The first second is not
counted: connections and caches warm up.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable

from confluent_kafka import OFFSET_END, Consumer, TopicPartition

STAMP = re.compile(rb'"source":\{[^}]*"ts_us":(\d+)')


def insert_into(kind: str, words: list[str]) -> Callable[[int], object]:
    """What writes the row of a number, in a transaction of its own."""
    if kind == "postgresql":
        import psycopg

        cursor = psycopg.connect(words[0], autocommit=True).cursor()
        insert = "INSERT INTO bench SELECT %s, 1, 2, 3.5, now(), 'name', 'Berlin', 'a note', true, 0.5"
        return lambda n: cursor.execute(insert, (n,), prepare=True)
    import pymysql

    host, port, user, password, database = words
    connection = pymysql.connect(
        host=host, port=int(port), user=user, password=password, database=database, autocommit=True
    )
    rows = connection.cursor()
    statement = "INSERT INTO bench VALUES (%s, 1, 2, 3.5, now(), 'name', 'Berlin', 'a note', true, 0.5)"
    return lambda n: rows.execute(statement, (n,))


def write(rate: int, seconds: int, kind: str, words: list[str]) -> None:
    """One-row transactions, `rate` per second."""
    late = 0
    insert = insert_into(kind, words)
    begin = time.monotonic()
    for n in range(rate * seconds):
        wait = begin + n / rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        elif wait < -0.1:
            late += 1
        insert(n)
    print(json.dumps({"late": late, "seconds": time.monotonic() - begin}))


def read(bootstrap: str, topic: str, rows: int) -> None:
    """Consume `rows` records and print percentiles of commit to consumer, in milliseconds."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "latency", "enable.auto.commit": False, "fetch.wait.max.ms": 1000}
    )
    consumer.assign([TopicPartition(topic, 0, OFFSET_END)])
    consumer.poll(1.0)
    print("ready", flush=True)
    taken: list[float] = []
    seen = 0
    newest = time.monotonic()
    begin = 0
    while seen < rows and time.monotonic() - newest < 20:
        for message in consumer.consume(1000, 0.002):
            now = time.time_ns() // 1000
            if message.error() is not None:
                continue
            newest = time.monotonic()
            found = STAMP.search(message.value() or b"")
            seen += 1
            if found is None:
                continue
            stamp = int(found.group(1))
            begin = begin or stamp
            if stamp - begin > 1_000_000:
                taken.append((now - stamp) / 1000)
    consumer.close()
    taken.sort()

    def at(share: float) -> float:
        return taken[min(len(taken) - 1, int(len(taken) * share))] if taken else float("nan")

    print(json.dumps({"seen": seen, "p50": at(0.5), "p99": at(0.99), "p999": at(0.999), "max": at(1.0)}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5:])
    else:
        read(sys.argv[2], sys.argv[3], int(sys.argv[4]))
