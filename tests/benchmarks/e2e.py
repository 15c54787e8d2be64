"""The benchmark: `make bench [DB=mysql]`, or `python -m tests.benchmarks.e2e [--db mysql] [--work 1,2] [--quick]`.

Every participant in one run on one machine, so that the ratios mean something. Each is measured several times, in turn,
and its fastest round counts: the speed of a shared machine wanders by more than what is compared. Prints a table,
compares it with the bars and writes `build/bench.json` (`build/bench-mysql.json`). Ends with 1 when a bar that must be
reached is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from tests.benchmarks import history, moments, participants, report
from tests.benchmarks.database import Database, Result, Sizes, Work
from tests.benchmarks.mysql import Mariadb, Mysql
from tests.benchmarks.participants import AVRO, PLAIN_JSON, Servers
from tests.benchmarks.postgresql import Postgresql
from tests.servers.cache import Unavailable
from tests.servers.connect import ConnectWorker
from tests.servers.kafka import KafkaBroker
from tests.servers.registry import SchemaRegistry
from tools import compiled

ROOT = Path(__file__).resolve().parents[2]
DATABASES: dict[str, Callable[[], Database]] = {"postgresql": Postgresql, "mysql": Mysql, "mariadb": Mariadb}
OURS = ("null", "json", "avro", "plain")
Found = TypeVar("Found")


def say(text: str) -> None:
    """Progress."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


class Bench:
    """One run."""

    def __init__(self, servers: Servers, commands: dict[str, Path], only: list[str], rounds: int | None) -> None:
        self.servers = servers
        self.database = servers.database
        self._given_rounds = rounds
        self.commands = commands
        self.only = only
        self.results: dict[int, list[Result]] = {}

    def takes_part(self, name: str, work: Work | None = None) -> bool:
        """Whether a participant was asked for, its servers are there, and the work says something of it."""
        if name == "debezium" and self.servers.connect is None:
            return False
        if name == "avro" and self.servers.registry is None:
            return False
        return name in self.only and (work is None or name not in work.without)

    def rounds(self, work: Work) -> int:
        """How often each participant is measured."""
        return self._given_rounds or work.rounds

    def work(self, work: Work) -> None:
        """One work, all participants."""
        say(f"({work.number}) {work.title}")
        before = self.database.begin(work)
        try:
            self.results[work.number] = []
            if work.snapshot:
                for number in range(self.rounds(work)):
                    self._snapshots(work, number)
            else:
                self._streams(work)
        finally:
            self.database.end(before)

    def warm_up(self, work: Work) -> None:
        """Let the JVMs of broker and Debezium compile before anybody is measured."""
        say("warming up the broker")
        participants.warm_broker(self.servers, 2 * work.rows)
        if self.takes_part("debezium"):
            say("warming up Debezium")

            def write() -> None:
                self.database.write(work)

            self._in_database(lambda: participants.debezium(self.servers, "warm", write, work.rows), work)

    def _add(self, work: Work, result: Result) -> None:
        """Keep the fastest of each participant."""
        results = self.results[work.number]
        found = next((n for n, one in enumerate(results) if one.participant == result.participant), None)
        if found is None:
            results.append(result)
        elif result.rate > results[found].rate:
            results[found] = result
        say(
            f"    {result.participant:28} {result.rate:9,.0f} rows/s  first {result.first:5.2f} s"
            f"  {result.per_million:6.2f} CPU s/M  {result.peak:7.0f} MB"
        )

    def _mark(self, name: str, work: Work, number: int) -> str:
        return f"{name}_{work.number}_{number}"

    def _streams(self, work: Work) -> None:
        database = self.database
        names = [name for name in (*database.readers, *OURS) if self.takes_part(name, work)]
        for number in range(self.rounds(work)):
            for name in names:
                database.reserve(self._mark(name, work, number))

        def write() -> None:
            database.write(work)
            size = database.log_bytes()
            if size:
                say(f"    {size / 2**20:,.1f} MiB in the log")

        if self.takes_part("debezium", work):
            self._debezium(work, 0, write)
        else:
            write()
        for number in range(self.rounds(work)):
            for name in names:
                if name == "plain" and number:
                    continue  # far from what it is compared with
                mark = self._mark(name, work, number)
                reader = database.readers.get(name)
                self._add(work, reader(mark, work.rows) if reader else self._headwater(name, mark, work))
                participants.wait_until(lambda: database.let_go(mark), f"{mark} is free", lambda: None)  # noqa: B023
                database.release(mark)
        if self.takes_part("debezium", work):
            # another round in a database of its own: it is given its backlog while it is stopped
            for number in range(1, self.rounds(work)):
                self._in_database(lambda: self._debezium(work, number, write), work)  # noqa: B023

    def _debezium(self, work: Work, number: int, write: Callable[[], None]) -> None:
        mark = self._mark("debezium", work, number)
        self._add(work, participants.debezium(self.servers, mark, write, work.rows))

    def _headwater(self, name: str, mark: str, work: Work) -> Result:
        labels = {
            "null": "Headwater to nothing",
            "json": "Headwater to Kafka, JSON",
            "avro": "Headwater to Kafka, Avro",
            "plain": "Headwater, plain Python",
        }
        settings = dict(AVRO if name == "avro" else PLAIN_JSON)
        if name == "null":
            settings.update({"headwater.sink": "null", "offset.flush.interval.ms": "50"})
        command = self.commands["plain" if name == "plain" else "compiled"]
        return participants.backlog(self.servers, labels[name], command, mark, work, settings)

    def _snapshots(self, work: Work, number: int) -> None:
        for name in ("json", "avro", "plain"):
            if self.takes_part(name, work) and not (name == "plain" and number):
                self._add(work, self._headwater(name, self._mark(name, work, number), work))
        if self.takes_part("debezium", work):
            mark = self._mark("debezium", work, number)
            self._add(work, participants.debezium_snapshot(self.servers, mark, work.rows))

    def latency(self, seconds: int) -> list[moments.Latency]:
        """Work 6; not for a log whose times are whole seconds."""
        if not self.database.stamped:
            return []
        found = []
        if self.takes_part("json"):
            say(f"(6) latency, {moments.RATE} transactions per second for {seconds} s")
            found.append(self._in_database(lambda: moments.latency(self.servers, self.commands["compiled"], seconds)))
        if self.takes_part("debezium"):
            found.append(self._in_database(lambda: moments.debezium_latency(self.servers, seconds)))
        for one in found:
            say(f"    {one.participant:28} p50 {one.p50:.1f} ms  p99 {one.p99:.1f} ms  {one.seen} of {one.expected}")
        return found

    def starts(self, times: int) -> list[float]:
        """Process start to first record."""
        if not self.takes_part("json"):
            return []
        say("start to first streamed record")
        found = self._in_database(lambda: moments.starts(self.servers, self.commands["compiled"], times))
        say("    " + ", ".join(f"{seconds:.2f}" for seconds in found) + " s")
        return found

    def histories(self, tables: int) -> list[history.Recovery]:
        """Start with the history of many tables, where the database needs one."""
        if not self.database.history:
            return []
        say(f"(9) start with a history of {tables:,} tables")
        found = []
        if self.takes_part("json"):
            command = self.commands["compiled"]
            found.append(self._in_database(lambda: history.headwater(self.servers, command, tables)))
        if self.takes_part("debezium"):
            found.append(self._in_database(lambda: history.debezium(self.servers, tables)))
        for one in found:
            say(f"    {one.participant:28} {one.seconds:.2f} s, {one.alone:.2f} s with one table")
        return found

    def _in_database(self, act: Callable[[], Found], work: Work | None = None) -> Found:
        """Do something in a database of its own."""
        before = self.database.begin(work)
        try:
            return act()
        finally:
            self.database.end(before)


def start_servers(stack: contextlib.ExitStack, database: str, only: list[str]) -> Servers:
    """The database, Kafka, and the registry and Connect when somebody needs them and they can be had."""
    say("starting servers")
    measured = DATABASES[database]()
    stack.callback(measured.stop)
    kafka = KafkaBroker.private(heap="1g", optimised=True)
    stack.callback(kafka.stop)
    servers = Servers(measured, kafka, None, None)
    try:
        if "avro" in only:
            servers.registry = SchemaRegistry.private()
            stack.callback(servers.registry.stop)
        if "debezium" in only:
            servers.connect = ConnectWorker.start(kafka.bootstrap)
            stack.callback(servers.connect.stop)
    except Unavailable as error:
        say(f"left out: {error}")
    return servers


def main() -> int:
    """See the module's head."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.e2e")
    parser.add_argument("--db", default="postgresql", choices=list(DATABASES))
    parser.add_argument("--work", help="numbers of the works, comma-separated; 0: only start to first record")
    parser.add_argument("--only", help="participants, comma-separated")
    parser.add_argument("--rounds", type=int, help="measurements of each participant (1 with --quick)")
    parser.add_argument("--rows", type=int, help="rows of every work")
    parser.add_argument("--gib", type=float, help="size of the large transactions (MySQL; 2, or 0.25 with --quick)")
    parser.add_argument(
        "--tables", type=int, help="tables of the schema history (MySQL; 10,000, or 2,000 with --quick)"
    )
    parser.add_argument("--quick", action="store_true", help="a fifth of the rows")
    parser.add_argument("--command", type=Path, help="the compiled `cdc` to measure instead of the wheel's")
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    sizes = Sizes(given.rows, given.quick, given.gib or (0.25 if given.quick else 2.0))
    named = "bench.json" if given.db == "postgresql" else f"bench-{given.db}.json"
    output = given.output or ROOT / "build" / named
    commands = {"plain": ROOT / ".venv" / "bin" / "cdc"}
    if given.command:
        commands["compiled"] = given.command.absolute()
    elif not given.only or set(given.only.split(",")) & {"null", "json", "avro"}:
        commands["compiled"] = compiled.environment().with_name("cdc")
    with contextlib.ExitStack() as stack:
        servers = start_servers(stack, given.db, given.only.split(",") if given.only else ["avro", "debezium"])
        database = servers.database
        everybody = [*database.readers, *OURS, "debezium"]
        only = given.only.split(",") if given.only else everybody
        if set(only) - set(everybody):
            parser.error(f"unknown participants {set(only) - set(everybody)}; there are {', '.join(everybody)}")
        works = database.works(sizes)
        numbers = [int(number) for number in given.work.split(",")] if given.work else range(1, 10)
        bench = Bench(servers, commands, only, given.rounds or (1 if given.quick else None))
        bench.warm_up(database.works(Sizes(50_000 if given.quick else 200_000))[0])
        starts = bench.starts(3 if given.quick else 7)
        for work in works:
            if work.number in numbers:
                bench.work(work)
        latencies = bench.latency(5 if given.quick else 30) if 6 in numbers else []
        histories = bench.histories(given.tables or (2_000 if given.quick else 10_000)) if 9 in numbers else []
        found = report.Report(database, bench.results, works, latencies, starts, histories)
    print(found.text())
    output.parent.mkdir(exist_ok=True)
    output.write_text(
        json.dumps(
            {
                "results": {str(number): [asdict(one) for one in many] for number, many in bench.results.items()},
                "latency": [asdict(one) for one in latencies],
                "starts": starts,
                "histories": [asdict(one) for one in histories],
                "bars": [asdict(bar) for bar in found.bars()],
            },
            indent=2,
        )
    )
    return 1 if any(bar.verdict == "MISS" for bar in found.bars()) else 0


if __name__ == "__main__":
    sys.exit(main())
