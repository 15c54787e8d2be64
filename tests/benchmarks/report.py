"""The benchmark's table and its bars: what must be reached, what is aimed at (2 cores, all on one machine)."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from tests.benchmarks.moments import Latency
from tests.benchmarks.participants import Result
from tests.benchmarks.works import Work


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
        self, results: dict[int, list[Result]], works: list[Work], latencies: list[Latency], starts: list[float]
    ) -> None:
        self._results = results
        self._titles = {work.number: work.title for work in works}
        self._latencies = latencies
        self._starts = starts

    def _find(self, work: int, participant: str) -> Result | None:
        for result in self._results.get(work, []):
            if result.participant == participant:
                return result
        return None

    def bars(self) -> list[Bar]:
        """Every bar that this run can speak about."""
        bars: list[Bar] = []
        times = {1: (4, 6), 2: (3, 5), 3: (3, 5), 4: (3, 5), 5: (2.5, 4)}
        for work, (must, aim) in times.items():
            debezium = self._find(work, "Debezium")
            for form in ("JSON", "Avro"):
                ours = self._find(work, f"Headwater to Kafka, {form}")
                if debezium and ours:
                    ratio = ours.rate / debezium.rate
                    bars.append(Bar(f"({work}) {form} : Debezium", ratio, must, aim, "x", True))
        limit = self._find(1, "pg_recvlogical")
        for form in ("JSON", "Avro"):
            ours = self._find(1, f"Headwater to Kafka, {form}")
            if ours and limit:
                bars.append(Bar(f"(1) {form} : pg_recvlogical", ours.rate / limit.rate, 0.9, 1.4, "x", True))
        for form in ("JSON", "Avro"):
            ours = self._find(1, f"Headwater to Kafka, {form}")
            if ours:
                bars.append(Bar(f"(1) {form} CPU per million", ours.per_million, 12, 6, "s", False))
        for work in (1, 5):
            peaks = [one.peak for one in self._results.get(work, []) if one.participant.startswith("Headwater to K")]
            if peaks:
                bars.append(Bar(f"({work}) peak memory", max(peaks), 150, 90, "MB", False))
        plain, debezium = self._find(1, "Headwater, plain Python"), self._find(1, "Debezium")
        if plain and debezium:
            bars.append(Bar("(1) plain Python : Debezium", plain.rate / debezium.rate, 1, 2, "x", True))
        if self._starts:
            bars.append(Bar("start to first record", statistics.median(self._starts), 0.8, 0.4, "s", False))
        bars += [
            Bar("(6) p99 commit to consumer", latency.p99, 30, 10, "ms", False)
            for latency in self._latencies
            if latency.participant.startswith("Headwater")
        ]
        return bars

    def text(self) -> str:
        """The tables."""
        lines: list[str] = []
        head = f"{'':30}{'rows/s':>10}{'streaming':>11}{'first s':>9}{'CPU s/M':>9}{'peak MB':>9}"
        head += f"{': Debezium':>12}{': recvl.':>10}"
        for number, results in sorted(self._results.items()):
            lines += ["", f"({number}) {self._titles[number]}", head]
            debezium, limit = self._find(number, "Debezium"), self._find(number, "pg_recvlogical")
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
