"""The benchmark's table and its bars: what must be reached, what is aimed at (2 cores, all on one machine)."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from tests.benchmarks.database import Database, Result, Work
from tests.benchmarks.history import Recovery
from tests.benchmarks.moments import Latency


@dataclass(frozen=True)
class Bar:
    """One bar: `more` means that more is better."""

    what: str
    value: float
    must: float
    aim: float | None
    unit: str
    more: bool

    def _reaches(self, bar: float) -> bool:
        return self.value >= bar if self.more else self.value <= bar

    @property
    def verdict(self) -> str:
        """AIM, ok or MISS."""
        if self.aim is not None and self._reaches(self.aim):
            return "AIM"
        return "ok" if self._reaches(self.must) else "MISS"


class Report:
    """Renders the results of a run."""

    def __init__(
        self,
        database: Database,
        results: dict[int, list[Result]],
        works: list[Work],
        latencies: list[Latency],
        starts: list[float],
        histories: list[Recovery],
    ) -> None:
        self._database = database
        self._results = results
        self._works = {work.number: work for work in works}
        self._latencies = latencies
        self._starts = starts
        self._histories = histories

    def _find(self, work: int, participant: str) -> Result | None:
        for result in self._results.get(work, []):
            if result.participant == participant:
                return result
        return None

    def bars(self) -> list[Bar]:
        """Every bar that this run can speak about."""
        bars: list[Bar] = []
        database = self._database
        forms = ("JSON", "Avro")
        for number in sorted(self._results):
            times = self._works[number].times
            debezium = self._find(number, "Debezium")
            for form in forms:
                ours = self._find(number, f"Headwater to Kafka, {form}")
                if times and debezium and ours:
                    bars.append(Bar(f"({number}) {form} : Debezium", ours.rate / debezium.rate, *times, "x", True))
        limit = self._find(1, database.limit)
        for form in forms:
            ours = self._find(1, f"Headwater to Kafka, {form}")
            if ours and limit and database.limit_bar:
                ratio = ours.rate / limit.rate
                bars.append(Bar(f"(1) {form} : {database.limit}", ratio, *database.limit_bar, "x", True))
        for form in forms:
            ours = self._find(1, f"Headwater to Kafka, {form}")
            if ours:
                bars.append(Bar(f"(1) {form} CPU per million", ours.per_million, 12, 6, "s", False))
        for number in sorted(self._results):
            peak = self._works[number].peak
            peaks = [one.peak for one in self._results[number] if one.participant.startswith("Headwater to K")]
            if peaks and peak:
                bars.append(Bar(f"({number}) peak memory", max(peaks), *peak, "MB", False))
        plain, debezium = self._find(1, "Headwater, plain Python"), self._find(1, "Debezium")
        if plain and debezium and database.plain_bar:
            ratio = plain.rate / debezium.rate
            bars.append(Bar("(1) plain Python : Debezium", ratio, *database.plain_bar, "x", True))
        if self._starts:
            bars.append(Bar("start to first record", statistics.median(self._starts), 0.8, 0.4, "s", False))
        bars += [
            Bar("(6) p99 commit to consumer", latency.p99, 30, 10, "ms", False)
            for latency in self._latencies
            if latency.participant.startswith("Headwater")
        ]
        bars += [
            Bar(f"(9) start, history of {one.tables:,} tables", one.seconds, 5, 1, "s", False)
            for one in self._histories
            if one.participant.startswith("Headwater")
        ]
        return bars

    def text(self) -> str:
        """The tables."""
        lines: list[str] = []
        head = f"{'':30}{'rows/s':>10}{'streaming':>11}{'first s':>9}{'CPU s/M':>9}{'peak MB':>9}"
        head += f"{': Debezium':>12}{': ' + self._database.limit_head:>10}"
        for number, results in sorted(self._results.items()):
            lines += ["", f"({number}) {self._works[number].title}", head]
            debezium, limit = self._find(number, "Debezium"), self._find(number, self._database.limit)
            for one in results:
                streaming = f"{one.streaming:,.0f}" if one.first else ""
                first = f"{one.first:.2f}" if one.first else ""
                against = f"{one.rate / debezium.rate:.2f} x" if debezium else ""
                raw = f"{one.rate / limit.rate:.2f} x" if limit else ""
                lines.append(
                    f"{one.participant:30}{one.rate:10,.0f}{streaming:>11}{first:>9}{one.per_million:9.2f}"
                    f"{one.peak:9.0f}{against:>12}{raw:>10}"
                )
        if self._latencies:
            lines += ["", "(6) milliseconds from commit to consumer, 1,000 transactions per second"]
            lines.append(f"{'':30}{'p50':>8}{'p99':>8}{'p99.9':>8}{'max':>8}{'CPU':>7}{'records':>16}")
            for late in self._latencies:
                lines.append(
                    f"{late.participant:30}{late.p50:8.1f}{late.p99:8.1f}{late.p999:8.1f}{late.longest:8.1f}"
                    f"{late.cpu:7.0%}{f'{late.seen} of {late.expected}':>16}"
                )
        if self._starts:
            lines += ["", "seconds from process start to the first streamed record: "]
            lines[-1] += ", ".join(f"{seconds:.2f}" for seconds in self._starts)
        for one in self._histories:
            lines += [
                "",
                f"(9) {one.participant}: {one.seconds:.2f} s from start to the first record with a history of",
            ]
            lines[-1] += f" {one.tables:,} tables, {one.alone:.2f} s with one table"
        bars = self.bars()
        if bars:
            lines += ["", f"{'':34}{'':>10}  {'must':>9}{'aim':>9}"]
        for bar in bars:
            sign = ">=" if bar.more else "<="
            aim = "" if bar.aim is None else f"{sign} {bar.aim:g}"
            lines.append(
                f"{bar.what:34}{f'{bar.value:.2f} {bar.unit}':>10}  {f'{sign} {bar.must:g}':>9}{aim:>9}  {bar.verdict}"
            )
        return "\n".join(lines)
