"""The benchmark: `make bench`, or `python -m tests.benchmarks.e2e [--work 1,2] [--only json,debezium] [--quick]`.

Every participant in one run on one machine, so that the ratios mean something. Each is measured several times, in turn,
and its fastest round counts: the speed of a shared machine wanders by more than what is compared. Prints a table,
compares it with the bars and writes `build/bench.json`. Ends with 1 when a bar that must be reached is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks import moments, participants, report
from tests.benchmarks.participants import AVRO, PLAIN_JSON, PUBLICATION, Result, Servers
from tests.benchmarks.works import Work, works
from tests.servers.cache import Unavailable
from tests.servers.connect import ConnectWorker
from tests.servers.kafka import KafkaBroker
from tests.servers.postgresql import PostgresServer
from tests.servers.registry import SchemaRegistry
from tools import compiled

ROOT = Path(__file__).resolve().parents[2]
EVERYBODY = ("raw", "recvlogical", "null", "json", "avro", "plain", "debezium")
SETTINGS = {
    "max_replication_slots": "64",
    "shared_buffers": "1GB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
    "jit": "off",
}


def say(text: str) -> None:
    """Progress."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


class Bench:
    """One run."""

    def __init__(self, servers: Servers, commands: dict[str, Path], only: list[str], rounds: int | None) -> None:
        self.servers = servers
        self._given_rounds = rounds
        self.commands = commands
        self.only = only
        self.results: dict[int, list[Result]] = {}

    def takes_part(self, name: str) -> bool:
        """Whether a participant was asked for and its servers are there."""
        if name == "debezium" and self.servers.connect is None:
            return False
        if name == "avro" and self.servers.registry is None:
            return False
        return name in self.only

    def rounds(self, work: Work) -> int:
        """How often each participant is measured."""
        return self._given_rounds or work.rounds

    def work(self, work: Work) -> None:
        """One work, all participants."""
        say(f"({work.number}) {work.title}")
        servers = self.servers
        servers.database = servers.postgres.create_database()
        try:
            with servers.sql() as sql:
                work.prepare(sql, work.rows)
                sql.execute(f"CREATE PUBLICATION {PUBLICATION} FOR TABLE bench")
            self.results[work.number] = []
            if work.snapshot:
                for number in range(self.rounds(work)):
                    self._snapshots(work, number)
            else:
                self._streams(work)
        finally:
            servers.postgres.drop_database(servers.database)

    def warm_up(self, rows: int) -> None:
        """Let the JVMs of broker and Debezium compile before anybody is measured."""
        say("warming up the broker")
        participants.warm_broker(self.servers, 2 * rows)
        if self.takes_part("debezium"):
            say("warming up Debezium")
            work = works(rows, False)[0]

            def write() -> None:
                with self.servers.sql() as sql:
                    work.write(sql, rows)

            self._in_database(lambda: participants.debezium(self.servers, "warm", write, rows))

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

    def _slot(self, name: str, work: Work, number: int) -> str:
        return f"{name}_{work.number}_{number}"

    def _streams(self, work: Work) -> None:
        servers = self.servers
        slots = [name for name in EVERYBODY if self.takes_part(name) and name != "debezium"]
        with servers.sql() as sql:
            for number in range(self.rounds(work)):
                for name in slots:
                    sql.execute(
                        "SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (self._slot(name, work, number),)
                    )
        end = ""

        def write() -> None:
            nonlocal end
            with servers.sql() as sql:
                work.write(sql, work.rows)
                row = sql.execute("SELECT pg_current_wal_lsn()").fetchone()
                assert row is not None
                end = str(row[0])
                sql.execute("SELECT pg_logical_emit_message(false, 'bench', 'end')")
                sql.execute("CHECKPOINT")

        if self.takes_part("debezium"):
            self._add(work, participants.debezium(servers, self._slot("debezium", work, 0), write, work.rows))
        else:
            write()
        for number in range(self.rounds(work)):
            for name in slots:
                if name == "plain" and number:
                    continue  # far from what it is compared with
                slot = self._slot(name, work, number)
                self._add(work, self._one(name, slot, work, end))
                participants.drop_slot(servers, slot)
        if self.takes_part("debezium"):
            for number in range(1, self.rounds(work)):
                self._debezium_again(work, number)

    def _debezium_again(self, work: Work, number: int) -> None:
        """Another round of Debezium, in a database of its own: it is given its backlog while it is stopped."""

        def write() -> None:
            with self.servers.sql() as sql:
                work.write(sql, work.rows)
                sql.execute("CHECKPOINT")

        slot = self._slot("debezium", work, number)
        self._in_database(lambda: self._add(work, participants.debezium(self.servers, slot, write, work.rows)), work)

    def _one(self, name: str, slot: str, work: Work, end: str) -> Result:
        servers, rows = self.servers, work.rows
        if name == "raw":
            return participants.raw(servers, slot, rows)
        if name == "recvlogical":
            return participants.recvlogical(servers, slot, rows, end)
        return self._headwater(name, slot, work, end)

    def _headwater(self, name: str, slot: str, work: Work, end: str = "") -> Result:
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
        return participants.backlog(
            self.servers, labels[name], command, slot, work.rows, settings, end, snapshot=work.snapshot
        )

    def _snapshots(self, work: Work, number: int) -> None:
        for name in ("json", "avro", "plain"):
            if self.takes_part(name) and not (name == "plain" and number):
                self._add(work, self._headwater(name, self._slot(name, work, number), work))
        if self.takes_part("debezium"):
            slot = self._slot("debezium", work, number)
            self._add(work, participants.debezium_snapshot(self.servers, slot, work.rows))

    def latency(self, seconds: int) -> list[moments.Latency]:
        """Work 6."""
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

    def _in_database(self, act, work=None):  # type: ignore[no-untyped-def]
        servers, before = self.servers, self.servers.database
        servers.database = servers.postgres.create_database()
        try:
            with servers.sql() as sql:
                (work or works(None, True)[0]).prepare(sql, work.rows if work else 0)
                sql.execute(f"CREATE PUBLICATION {PUBLICATION} FOR TABLE bench")
            return act()
        finally:
            servers.postgres.drop_database(servers.database)
            servers.database = before


def start_servers(stack: contextlib.ExitStack, only: list[str]) -> Servers:
    """PostgreSQL, Kafka, and the registry and Connect when somebody needs them and they can be had."""
    say("starting servers")
    postgres = PostgresServer.private("18", **SETTINGS)
    stack.callback(postgres.stop)
    kafka = KafkaBroker.private(heap="1g")
    stack.callback(kafka.stop)
    servers = Servers(postgres, kafka, None, None)
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
    parser.add_argument("--work", default="1,2,3,4,5,6", help="numbers of the works; 0: only start to first record")
    parser.add_argument("--only", default=",".join(EVERYBODY), help="participants")
    parser.add_argument("--rounds", type=int, help="measurements of each participant (1 with --quick)")
    parser.add_argument("--rows", type=int, help="rows of every work")
    parser.add_argument("--quick", action="store_true", help="a fifth of the rows")
    parser.add_argument("--command", type=Path, help="the compiled `cdc` to measure instead of the wheel's")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "bench.json")
    given = parser.parse_args()
    only = given.only.split(",")
    unknown = set(only) - set(EVERYBODY)
    if unknown:
        parser.error(f"unknown participants {sorted(unknown)}; there are {', '.join(EVERYBODY)}")
    numbers = [int(number) for number in given.work.split(",")]
    commands = {"plain": ROOT / ".venv" / "bin" / "cdc"}
    if given.command:
        commands["compiled"] = given.command.absolute()
    elif set(only) & {"null", "json", "avro"}:
        commands["compiled"] = compiled.environment().with_name("cdc")
    with contextlib.ExitStack() as stack:
        servers = start_servers(stack, only)
        bench = Bench(servers, commands, only, given.rounds or (1 if given.quick else None))
        starts = bench.starts(3 if given.quick else 7)
        bench.warm_up(50_000 if given.quick else 200_000)
        for work in works(given.rows, given.quick):
            if work.number in numbers:
                bench.work(work)
        latencies = bench.latency(5 if given.quick else 30) if 6 in numbers else []
    found = report.Report(bench.results, works(given.rows, given.quick), latencies, starts)
    print(found.text())
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text(
        json.dumps(
            {
                "results": {str(number): [asdict(one) for one in many] for number, many in bench.results.items()},
                "latency": [asdict(one) for one in latencies],
                "starts": starts,
                "bars": [asdict(bar) for bar in found.bars()],
            },
            indent=2,
        )
    )
    return 1 if any(bar.verdict == "MISS" for bar in found.bars()) else 0


if __name__ == "__main__":
    sys.exit(main())
