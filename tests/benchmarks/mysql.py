"""MySQL and MariaDB in the benchmark: their server, works, raw readers and connector file.

A mark is the position of the log before the last `write`; Headwater is given it as a stored offset, in a file.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import time
import urllib.request
from pathlib import Path

from cdc.offsets import offset_key
from connectors.mysql.ddl import Schema
from connectors.mysql.history import encode, events
from tests.benchmarks.database import Database, Result, Sizes, Work, subprocess_result
from tests.servers.mariadb import MariadbServer
from tests.servers.mysql import MysqlServer
from tests.servers.process import free_port

SETTINGS = {
    "innodb-buffer-pool-size": "1G",
    "max-allowed-packet": "1G",
    "max-binlog-size": "1G",
}
COLUMNS = """id BIGINT PRIMARY KEY, a INT, b INT, price DECIMAL(12,2), created TIMESTAMP(6) NULL,
    name VARCHAR(100), city VARCHAR(60), note TEXT, active BOOLEAN, score DOUBLE"""
TABLE = f"CREATE TABLE bench ({COLUMNS})"
VALUES = """{n}, {n} % 1000, -{n}, {n} * 1.07, TIMESTAMP'2026-01-01 00:00:00' + INTERVAL {n} * 1123456 MICROSECOND,
    CONCAT('customer number ', {n}), 'Berlin', {note}, {n} % 2 = 0, {n} * 1.25 + 0.1"""
NOTE = "'a note of some forty characters, like this'"
LONG_NOTE = "REPEAT(HEX(RANDOM_BYTES(120)), 4)"  # unlike each other, and compressible to an eighth
LONG_ROW = 1090  # bytes of a row with it in the log
NUMBERS = "bench_numbers"  # a database with the numbers from 1 on, which is not in the log
COMPRESSED = "SET SESSION binlog_transaction_compression = ON"
SENT = re.compile(rb"^cdc_records_sent_total(?:\{.*\})? (\S+)$", re.MULTILINE)
_server_ids = itertools.count(40_000)


def rows_of(number: int, note: str = NOTE) -> str:
    """An INSERT of so many rows."""
    values = VALUES.format(n="n", note=note.format(n="n"))
    return f"INSERT INTO bench SELECT {values} FROM {NUMBERS}.numbers WHERE n <= {number}"


def _offset(file: str, place: int, gtids: str) -> dict[str, object]:
    """A stored offset."""
    return {"file": file, "pos": place, **({"gtids": gtids} if gtids else {})}


class Mysql(Database):
    """MySQL 9.7."""

    SERVER: type[MysqlServer] = MysqlServer
    CLASS = "io.debezium.connector.mysql.MySqlConnector"
    history = "history-{name}"

    def __init__(self) -> None:
        super().__init__(
            self.SERVER.kind,
            "",
            {"raw": self._raw, "library": self._library},
            limit="mysql-replication, reading",
            limit_head="library",
        )
        self._server = self.SERVER.private(**SETTINGS)
        self._name = ""
        self._begin: tuple[str, int, str] = ("", 0, "")  # file, position, GTIDs
        self._end: tuple[str, int, str] = ("", 0, "")
        self._numbers = 0
        self._port = 0  # of the metrics of the participant that runs

    def stop(self) -> None:
        self._server.stop()

    def works(self, sizes: Sizes) -> list[Work]:
        one, many, packed, full = (sizes.of(rows) for rows in (500_000, 100_000, 500_000, 1_000_000))
        long = int(sizes.gib * 2**30) // LONG_ROW
        procedure = f"""CREATE PROCEDURE write_rows(total INT) BEGIN DECLARE i INT DEFAULT 1;
            WHILE i <= total DO INSERT INTO bench SELECT {VALUES.format(n="i", note=NOTE)}; SET i = i + 1; END WHILE;
            END"""
        large = f"one transaction of {sizes.gib:g} GiB in the log"
        few = ("raw", "library", "null", "avro", "plain", "debezium")
        return [
            Work(
                1,
                f"one transaction of {one:,} rows, 10 columns",
                one,
                (TABLE,),
                (rows_of(one),),
                rounds=3,
                times=(5, 10),
                peak=(150, 90),
            ),
            Work(
                2,
                f"{many:,} one-row transactions",
                many,
                (TABLE, procedure),
                (f"CALL write_rows({many})",),
                times=(2.5, 4),
            ),
            Work(
                3,
                f"one compressed transaction of {packed:,} rows",
                packed,
                (TABLE,),
                (COMPRESSED, rows_of(packed)),
                times=(5, 10),
                without=("library",),
            ),
            Work(
                4, f"snapshot of {full:,} rows", full, (TABLE, rows_of(full)), (), True, times=(2.5, 4), peak=(150, 90)
            ),
            Work(5, large, long, (TABLE,), (rows_of(long, LONG_NOTE),), rounds=1, peak=(200, 100), without=few),
            Work(
                7,
                f"{large}, compressed",
                long,
                (TABLE,),
                (COMPRESSED, rows_of(long, LONG_NOTE)),
                rounds=1,
                peak=(200, 100),
                without=few,
            ),
        ]

    def execute(self, *statements: str) -> list[tuple[object, ...]]:
        return list(self._server.execute(*statements, database=self._name or None))

    def _count_to(self, largest: int) -> None:
        """Have the numbers up to this one."""
        if not self._numbers:
            self.execute(
                "SET SESSION sql_log_bin = 0",
                f"CREATE DATABASE {NUMBERS}",
                f"CREATE TABLE {NUMBERS}.numbers (n INT PRIMARY KEY)",
                f"INSERT INTO {NUMBERS}.numbers VALUES (1)",
            )
            self._numbers = 1
        while self._numbers < largest:
            self.execute(
                "SET SESSION sql_log_bin = 0",
                f"INSERT INTO {NUMBERS}.numbers SELECT n + {self._numbers} FROM {NUMBERS}.numbers",
            )
            self._numbers *= 2

    def begin(self, work: Work | None) -> object:
        before = (self._name, self.table)
        if work:
            self._count_to(work.rows)
        self._name = self._server.create_database()
        self.table = f"{self._name}.bench"
        self.execute(*(work.prepare if work else (TABLE,)))
        return before

    def end(self, before: object) -> None:
        assert isinstance(before, tuple)
        self.let_go("")
        self._server.drop_database(self._name)
        self._name, self.table = before
        if not self._name:
            self.execute("FLUSH BINARY LOGS", f"PURGE BINARY LOGS TO '{self._position()[0]}'")

    def reserve(self, name: str) -> None:
        """Every mark is where the last `write` began."""

    def write(self, work: Work) -> None:
        self.execute("FLUSH BINARY LOGS")
        self._begin = self._position()
        self.execute(*work.write)
        self._end = self._position()

    def _position(self) -> tuple[str, int, str]:
        """Where the log ends."""
        file, pos, *_ = self.execute("SHOW BINARY LOG STATUS")[0]
        gtids = self.execute("SELECT @@GLOBAL.gtid_executed")[0][0]
        return str(file), int(str(pos)), "".join(str(gtids).split())

    def connector(self, name: str, bootstrap: str, **more: str) -> dict[str, str]:
        server = self._server
        return {
            "connector.class": self.CLASS,
            "database.hostname": server.host,
            "database.port": str(server.port),
            "database.user": server.user,
            "database.password": server.password,
            "database.server.id": str(next(_server_ids)),
            "topic.prefix": name,
            "table.include.list": self.table.replace(".", "\\."),
            "snapshot.mode": "no_data",
            "schema.history.internal.kafka.topic": self.history.format(name=name),
            "schema.history.internal.kafka.bootstrap.servers": bootstrap,
            **more,
        }

    def resume(self, name: str, folder: Path) -> dict[str, str]:
        offset = _offset(*self._begin)
        stored = folder / "offsets.json"
        stored.write_text(json.dumps({offset_key(name, name).decode(): offset}))
        self._port = free_port()
        return {"offset.storage.file.filename": str(stored), "rest.port": str(self._port)}

    def structure(self, name: str) -> list[bytes]:
        return self._history(name, self._begin, self._name, [TABLE])

    def handled(self, name: str, rows: int) -> int:
        time.sleep(0.05)  # an answer costs the participant some milliseconds
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=10) as answer:
                found = SENT.search(answer.read())
        except OSError:
            return 0
        return int(float(found.group(1))) if found else 0

    def _dumps(self) -> list[tuple[object, ...]]:
        return [row for row in self.execute("SHOW PROCESSLIST") if str(row[4]).startswith("Binlog Dump")]

    def streams(self, name: str) -> bool:
        return bool(self._dumps())

    def let_go(self, name: str) -> bool:
        """A dump whose reader is gone lives on until there is something to send."""
        found = self._dumps()
        for row in found:
            self.execute(f"KILL {row[0]}")
        return not found

    def release(self, name: str) -> None:
        self.let_go(name)

    def nudge(self) -> str:
        return "INSERT INTO bench (id) VALUES (-1)"

    def source(self) -> list[str]:
        server = self._server
        return [self.label.lower(), server.host, str(server.port), server.user, server.password, self._name]

    def history_of(self, name: str, tables: int) -> list[bytes]:
        """As a snapshot writes them: for each table a DROP and a CREATE."""
        statements = [
            text
            for n in range(tables)
            for text in (f"DROP TABLE IF EXISTS `table_{n}`", f"CREATE TABLE `table_{n}` ({COLUMNS})")
        ]
        return self._history(name, self._position(), "warehouse", statements)

    def _history(self, name: str, place: tuple[str, int, str], database: str, statements: list[str]) -> list[bytes]:
        """The records of statements."""
        position = {"ts_sec": 1, **_offset(*place)}
        version = 110800 if self.SERVER is MariadbServer else 90700
        schema = Schema(self.label.lower(), version, charset="utf8mb4", collation="utf8mb4_0900_ai_ci")
        return [
            encode(name, position, 1, event.database, event.sql, event.changes)
            for text in statements
            for applied in schema.apply(database, text)
            for event in events(applied)
        ]

    def log_bytes(self) -> int:
        """Size of the last work in the log, when it is in one file."""
        return self._end[1] - self._begin[1]

    def _reader(self, how: str, label: str, rows: int) -> Result:
        server = self._server
        words = [how, server.host, server.port, server.user, server.password, *self._begin[:2], self._end[1], rows]
        return subprocess_result(label, rows, "tests.benchmarks.mysql_raw", *words, next(_server_ids), os.getpid())

    def _raw(self, mark: str, rows: int) -> Result:
        """The dump into a reader that does nothing."""
        return self._reader("drain", "binlog dump, drained", rows)

    def _library(self, mark: str, rows: int) -> Result:
        """The Python library that decodes the log, reading the rows."""
        return self._reader("library", self.limit, rows)


class Mariadb(Mysql):
    """MariaDB 11.8."""

    SERVER = MariadbServer
    stamped = False
    CLASS = "io.debezium.connector.mariadb.MariaDbConnector"

    def works(self, sizes: Sizes) -> list[Work]:
        """Those of MySQL, without its compression of transactions."""
        return [work for work in super().works(sizes) if COMPRESSED not in work.write]

    def _position(self) -> tuple[str, int, str]:
        file, pos, *_ = self.execute("SHOW MASTER STATUS")[0]
        return str(file), int(str(pos)), ""
