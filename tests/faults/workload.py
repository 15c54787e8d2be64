"""A seeded load that writes down what it commits: several sessions, three tables, an audit row per change.

Every change has a number of its own, drawn while the buckets of its keys are locked: in order of the numbers the audit
is the history of each key. Rolled-back transactions burn numbers that must never be seen.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import threading
from collections.abc import Iterator
from typing import Any

from tests.faults.database import KEY_COLUMNS, LONG, TABLES, Database, key_text

BUCKETS = 24
KEYS = 40  # keys per table and bucket

Key = tuple[object, ...]
Statement = tuple[str, tuple[object, ...]]


class Bucket:
    """Some keys of every table, their present rows, and the lock that gives their changes an order."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.lock = threading.Lock()
        self.rows: dict[str, set[Key]] = {table: set() for table in TABLES}

    def key(self, table: str, number: int) -> Key:
        """One of the bucket's keys of a table."""
        identity = self.number * KEYS + number
        return (identity, f"b{identity % 7}") if table == "item" else (identity,)


class Workload:
    """Sessions that change rows until stopped; after a fault they connect again."""

    def __init__(self, database: Database, seed: int, sessions: int = 4) -> None:
        self.database = database
        self._numbers: Iterator[int] = itertools.count(1)
        self._buckets = [Bucket(number) for number in range(BUCKETS)]
        self._stop = threading.Event()
        self.delay = 0.0  # seconds that a session waits after each transaction
        self.committed = 0  # transactions
        self.changes = 0
        self.errors: list[BaseException] = []
        self.newest = 0  # highest number drawn
        self._threads = [
            threading.Thread(target=self._session, args=(random.Random(f"{seed}/{number}"),), daemon=True)
            for number in range(sessions)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the transactions that run. Raises what a session raised."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        if self.errors:
            raise self.errors[0]

    def once(self, source: random.Random, rows: int) -> None:
        """One transaction of about this many changes on a connection of its own."""
        with contextlib.closing(self.database.connect(autocommit=False)) as connection:
            self._transaction(connection, source, rows)

    def _session(self, source: random.Random) -> None:
        connection: Any = None
        try:
            while not self._stop.wait(self.delay):
                try:
                    if connection is None or self.database.closed(connection):
                        connection = self.database.connect(autocommit=False)
                    rows = source.choice((1, 1, 1, 2, 3, 5, 10, 40))
                    if source.random() < 0.01:
                        rows = source.randint(100, 500)
                    self._transaction(connection, source, rows)
                except self.database.gone:  # the server went away: a fault, not our failure
                    connection = None
                    self._stop.wait(0.1)
        except BaseException as error:
            self.errors.append(error)
        finally:
            if connection is not None:
                self._hang_up(connection)

    def _hang_up(self, connection: Any) -> None:
        with contextlib.suppress(Exception):  # it is broken already
            connection.close()

    def _transaction(self, connection: Any, source: random.Random, rows: int) -> None:
        chosen = sorted(source.sample(range(BUCKETS), k=1 + min(3, rows // 4)))
        buckets = [self._buckets[number] for number in chosen]
        for bucket in buckets:
            bucket.lock.acquire()
        try:
            after = {bucket.number: {table: set(keys) for table, keys in bucket.rows.items()} for bucket in buckets}
            audit: list[tuple[object, ...]] = []
            statements: list[Statement] = []
            for _ in range(rows):
                bucket = source.choice(buckets)
                self._change(source, bucket, after[bucket.number], statements, audit)
            if self._commit(connection, statements, audit, keep=source.random() >= 0.05):
                for bucket in buckets:
                    bucket.rows = after[bucket.number]
                self.committed += 1
                self.changes += len(audit)
        finally:
            for bucket in buckets:
                bucket.lock.release()

    def _change(
        self,
        source: random.Random,
        bucket: Bucket,
        present: dict[str, set[Key]],
        statements: list[Statement],
        audit: list[tuple[object, ...]],
    ) -> None:
        table = source.choice(TABLES)
        key = bucket.key(table, source.randrange(KEYS))
        rows = present[table]
        where = " AND ".join(f"{column} = %s" for column in KEY_COLUMNS[table])
        columns = ", ".join(KEY_COLUMNS[table])
        places = ", ".join("%s" for _ in key)
        number = self._next()
        if key not in rows:
            extra, value = self._extra(source, table)
            names = f"{columns}, v{extra}"
            marks = f"{places}, %s" + (", %s" if extra else "")
            statements.append(
                (f"INSERT INTO {self.database.schema}.{table} ({names}) VALUES ({marks})", (*key, number, *value))
            )
            audit.append((number, table, "c", key_text(key)))
            rows.add(key)
            return
        dice = source.random()
        if dice < 0.6:
            extra, value = self._extra(source, table) if source.random() < 0.3 else ("", ())
            assign = "v = %s" + (f", {extra[2:]} = %s" if extra else "")
            statements.append(
                (f"UPDATE {self.database.schema}.{table} SET {assign} WHERE {where}", (number, *value, *key))
            )
            audit.append((number, table, "u", key_text(key)))
            return
        if dice < 0.85:
            statements.append((f"DELETE FROM {self.database.schema}.{table} WHERE {where}", key))
            audit.append((number, table, "d", key_text(key)))
            rows.discard(key)
            if source.random() < 0.5:
                again = self._next()
                statements.append(
                    (f"INSERT INTO {self.database.schema}.{table} ({columns}, v) VALUES ({places}, %s)", (*key, again))
                )
                audit.append((again, table, "c", key_text(key)))
                rows.add(key)
            return
        other = bucket.key(table, source.randrange(KEYS))
        if other in rows:
            return
        assign = ", ".join(f"{column} = %s" for column in KEY_COLUMNS[table])
        statements.append(
            (f"UPDATE {self.database.schema}.{table} SET {assign}, v = %s WHERE {where}", (*other, number, *key))
        )
        audit.append((number, table, "d", key_text(key)))
        audit.append((number, table, "c", key_text(other)))
        rows.discard(key)
        rows.add(other)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """A time in which no transaction is at work."""
        for bucket in self._buckets:
            bucket.lock.acquire()
        try:
            yield
        finally:
            for bucket in self._buckets:
                bucket.lock.release()

    def reserve(self, count: int) -> int:
        """Numbers for changes that are made elsewhere; the first of them."""
        with self.held():
            first = next(self._numbers)
            self._numbers = itertools.count(first + count)
            self.newest = first + count - 1
            return first

    def _next(self) -> int:
        number = next(self._numbers)
        self.newest = number
        return number

    def _extra(self, source: random.Random, table: str) -> tuple[str, tuple[object, ...]]:
        if table == "account":
            return ", note", (source.choice((None, "", "é \\ \t \n", "x" * 40)),)
        if table == "wide":
            return ", pad", (source.choice("abc") * (LONG if source.random() < 0.2 else 20),)
        return "", ()

    def _commit(
        self,
        connection: Any,
        statements: list[Statement],
        audit: list[tuple[object, ...]],
        *,
        keep: bool,
    ) -> bool:
        """Run the statements; whether they are committed, which after a cut connection the server is asked for."""
        database = self.database
        token: object = None
        try:
            with connection.cursor() as cursor:
                if audit:
                    marks = ", ".join("(%s, %s, %s, %s)" for _ in audit)
                    values = [value for line in audit for value in line]
                    cursor.execute(f"INSERT INTO {database.schema}.audit (v, tab, op, k) VALUES {marks}", values)
                for text, arguments in statements:
                    cursor.execute(text, arguments)
                token = database.token(cursor, audit)
            if keep:
                connection.commit()
            else:
                connection.rollback()
        except database.gone:
            self._hang_up(connection)
            return keep and token is not None and self._was_committed(token)
        return keep

    def _was_committed(self, token: object) -> bool:
        while True:
            try:
                with contextlib.closing(self.database.connect()) as connection, connection.cursor() as cursor:
                    found = self.database.committed(cursor, token)
                    if found is not None:
                        return found
            except self.database.gone:
                pass
            threading.Event().wait(0.1)
