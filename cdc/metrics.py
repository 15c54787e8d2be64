"""What a connector counts, and how Prometheus sees it: Debezium's names and our own.

The pipeline adds plain numbers per batch; everything else happens when somebody scrapes. A scrape never asks the
database or Kafka. Source of Debezium's names: its JMX attributes under the exporter configuration of its examples,
`debezium_metrics_<Attribute>{plugin,name,context}`; -1 means unknown there.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client.core import Metric as Family

    from cdc.binding import Binder, Outlet
    from cdc.ledger import Entry
    from cdc.snapshot import Progress

GAUGE: Final = "gauge"
COUNTER: Final = "counter"
HISTOGRAM: Final = "histogram"
BOTH: Final = ("streaming", "snapshot")
STREAMING: Final = ("streaming",)
SNAPSHOT: Final = ("snapshot",)
HISTORY: Final = ("schema-history",)

LAG_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0)
STATES: Final = ("RUNNING", "RESTARTING", "FAILED", "STOPPED")


class Metric:
    """One exposed metric: name, kind, labels, meaning, and how a value is read from Metrics (None: collected apart).

    `health` is a key of the source's observations: a source that does not have it has not this metric. Without `read`
    the value is the observation.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        doc: str,
        read: Callable[[Metrics], float] | None = None,
        contexts: tuple[str, ...] = (),
        labels: tuple[str, ...] = (),
        health: str = "",
    ) -> None:
        self.name = name
        self.health = health
        self.kind = kind
        self.doc = doc
        self.read = read
        self.contexts = contexts
        self.labels = labels or (("plugin", "name", "context") if contexts else ("connector",))


class Metrics:
    """The numbers of one connector. Written by its thread, read by the scraper, without locks: each is one object."""

    def __init__(self, plugin: str, prefix: str, connector: str) -> None:
        self.plugin = plugin
        self.prefix = prefix
        self.connector = connector
        self.tags: dict[str, str] = {}  # custom.metric.tags
        self.task_state = "RUNNING"
        self.task_error = ""
        self.restarts = 0
        self.connected = False
        self.total = 0
        self.commits = 0
        self.erroneous = 0
        self.captured = 0
        self.acknowledged_events = 0
        self.last_event = 0.0  # time.time() of the last batch with events; 0: none yet
        self.behind_ms = -1.0
        self._lags: deque[float] = deque(maxlen=1000)
        self._buckets = [0] * (len(LAG_BUCKETS) + 1)
        self._lag_sum = 0.0
        self._offset_at = 0.0
        self._oldest: Callable[[], int] = lambda: 0
        self._counted: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
        self._binder: Binder | None = None
        self._outlet: Outlet | None = None
        self.health: Callable[[], dict[str, float | str]] = dict
        self._statistics = ""
        self._parsed: tuple[str, dict[str, Any]] = ("", {})
        self.queue_capacity = 0
        self._progress: Progress | None = None
        self._snapshot_began = 0.0
        self._snapshot_took = 0.0
        self.snapshot_running = False
        self.snapshot_completed = False
        self.snapshot_aborted = False
        self.snapshot_skipped = False

    def attach(self, binder: Binder, outlet: Outlet, outstanding: Callable[[], int]) -> None:
        """Read the counts of a pipeline's way out from now on; what earlier pipelines counted is kept."""
        self._counted = self.counts()
        self._binder, self._outlet, self._oldest = binder, outlet, outstanding

    def counts(self) -> tuple[int, int, int, int, int]:
        """Creates, updates, deletes, filtered records, sent records, since the process started."""
        base = self._counted
        binder, outlet = self._binder, self._outlet
        if binder is None or outlet is None:
            return base
        now = (binder.creates, binder.updates, binder.deletes, outlet.dropped, outlet.sent)
        return (base[0] + now[0], base[1] + now[1], base[2] + now[2], base[3] + now[3], base[4] + now[4])

    def batch(self, events: int, commits: int, last_us: int) -> None:
        """A batch was sent: data events in it, transactions that ended in it, commit time of its last change (us)."""
        self.commits += commits
        if events:
            self.total += events
            self.last_event = time.time()
        if last_us:
            self.behind_ms = max(0.0, time.time() * 1000 - last_us / 1000)
            self._lags.append(self.behind_ms)

    def acknowledged(self, entries: Iterable[Entry]) -> None:
        """Batches are wholly in Kafka."""
        now = time.time()
        for entry in entries:
            self.acknowledged_events += entry.events
            if entry.last_us and entry.events:
                lag = max(0.0, now - entry.last_us / 1e6)
                self._lag_sum += lag
                for number, bound in enumerate(LAG_BUCKETS):  # noqa: B007 - the number is used after the loop
                    if lag <= bound:
                        break
                else:
                    number = len(LAG_BUCKETS)
                self._buckets[number] += 1

    def offset_committed(self) -> None:
        """An offset is durable and confirmed."""
        self._offset_at = time.time()

    def snapshot_started(self, progress: Progress) -> None:
        """A snapshot begins; `progress` is read while it runs."""
        self._progress = progress
        self._snapshot_began = time.time()
        self.snapshot_running, self.snapshot_completed, self.snapshot_aborted = True, False, False
        self.captured = len(progress.tables)

    def snapshot_finished(self, *, aborted: bool) -> None:
        """It ended, complete or not."""
        self._snapshot_took = time.time() - self._snapshot_began
        self.snapshot_running = False
        self.snapshot_completed, self.snapshot_aborted = not aborted, aborted

    def statistics(self, text: str) -> None:
        """librdkafka's statistics, as it hands them over."""
        self._statistics = text

    # What the declarations below read.

    def since_event(self) -> float:
        """Milliseconds since the last event, -1 before the first."""
        return (time.time() - self.last_event) * 1000 if self.last_event else -1

    def lag(self, share: float) -> float:
        """A percentile of the last lags in milliseconds, -1 without any."""
        lags = sorted(self._lags)
        return lags[min(int(len(lags) * share), len(lags) - 1)] if lags else -1

    def mean_lag(self) -> float:
        """Mean of the last lags in milliseconds, -1 without any."""
        return sum(self._lags) / len(self._lags) if self._lags else -1

    def snapshot_seconds(self) -> float:
        """Duration of the snapshot, so far or in all."""
        return time.time() - self._snapshot_began if self.snapshot_running else self._snapshot_took

    def offset_age(self) -> float:
        """Seconds since an offset was last confirmed, -1 before the first."""
        return time.time() - self._offset_at if self._offset_at else -1

    def waiting(self) -> int:
        """Records that Kafka has not acknowledged yet."""
        return self._oldest()

    def remaining_capacity(self) -> float:
        """Room left in librdkafka's queue, in records."""
        return max(0, self.queue_capacity - self._oldest())

    def rows(self) -> dict[str, int]:
        """Rows read in the snapshot, by table."""
        return dict(self._progress.rows) if self._progress is not None else {}

    def remaining_tables(self) -> float:
        """Tables that the snapshot has not finished."""
        return self._progress.remaining if self._progress is not None else 0

    def client(self) -> dict[str, Any]:
        """librdkafka's last statistics, parsed."""
        text = self._statistics
        if text is not self._parsed[0]:
            self._parsed = (text, json.loads(text))
        return self._parsed[1]

    def histogram(self) -> tuple[list[tuple[str, float]], float]:
        """Cumulative buckets and sum of commit-to-acknowledgement times in seconds."""
        total = 0.0
        buckets = []
        for bound, count in zip([*map(str, LAG_BUCKETS), "+Inf"], self._buckets, strict=True):
            total += count
            buckets.append((bound, total))
        return buckets, self._lag_sum


def _none(metrics: Metrics) -> float:
    return 0


DEBEZIUM: Final = [
    Metric("MilliSecondsSinceLastEvent", GAUGE, "Time since the last event.", Metrics.since_event, BOTH),
    Metric("TotalNumberOfEventsSeen", GAUGE, "Data events, snapshot rows included.", lambda m: m.total, BOTH),
    Metric("TotalNumberOfCreateEventsSeen", GAUGE, "Inserts.", lambda m: m.counts()[0], BOTH),
    Metric("TotalNumberOfUpdateEventsSeen", GAUGE, "Updates.", lambda m: m.counts()[1], BOTH),
    Metric("TotalNumberOfDeleteEventsSeen", GAUGE, "Deletes.", lambda m: m.counts()[2], BOTH),
    Metric("NumberOfEventsFiltered", GAUGE, "Records that a transform dropped.", lambda m: m.counts()[3], BOTH),
    Metric(
        "NumberOfErroneousEvents", GAUGE, "Events that could not be turned into records.", lambda m: m.erroneous, BOTH
    ),
    Metric("QueueTotalCapacity", GAUGE, "Room of librdkafka's queue in records.", lambda m: m.queue_capacity, BOTH),
    Metric("QueueRemainingCapacity", GAUGE, "Room left in it.", Metrics.remaining_capacity, BOTH),
    Metric("Connected", GAUGE, "1 while the stream is open.", lambda m: m.connected, STREAMING),
    Metric(
        "MilliSecondsBehindSource", GAUGE, "Now less commit time at the last batch.", lambda m: m.behind_ms, STREAMING
    ),
    Metric("MilliSecondsBehindSourceMinValue", GAUGE, "Least of the last 1000.", lambda m: m.lag(0), STREAMING),
    Metric("MilliSecondsBehindSourceMaxValue", GAUGE, "Greatest of the last 1000.", lambda m: m.lag(1), STREAMING),
    Metric("MilliSecondsBehindSourceAverageValue", GAUGE, "Mean of the last 1000.", Metrics.mean_lag, STREAMING),
    Metric("MilliSecondsBehindSourceP50", GAUGE, "Median of the last 1000.", lambda m: m.lag(0.5), STREAMING),
    Metric("MilliSecondsBehindSourceP95", GAUGE, "95th percentile of the last 1000.", lambda m: m.lag(0.95), STREAMING),
    Metric("MilliSecondsBehindSourceP99", GAUGE, "99th percentile of the last 1000.", lambda m: m.lag(0.99), STREAMING),
    Metric("NumberOfCommittedTransactions", GAUGE, "Transactions read to their end.", lambda m: m.commits, STREAMING),
    Metric(
        "NumberOfUnchangedEventsSkipped",
        GAUGE,
        "-1: skip.messages.without.change is off.",
        lambda m: float(m.health().get("unchanged_skipped", -1)),
        STREAMING,
    ),
    Metric("TotalTableCount", GAUGE, "Tables of the snapshot.", lambda m: m.captured, SNAPSHOT),
    Metric("RemainingTableCount", GAUGE, "Tables not finished.", Metrics.remaining_tables, SNAPSHOT),
    Metric("SnapshotRunning", GAUGE, "1 while it runs.", lambda m: m.snapshot_running, SNAPSHOT),
    Metric("SnapshotPaused", GAUGE, "Always 0: an initial snapshot does not pause.", lambda m: 0, SNAPSHOT),
    Metric("SnapshotCompleted", GAUGE, "1 when it finished.", lambda m: m.snapshot_completed, SNAPSHOT),
    Metric("SnapshotAborted", GAUGE, "1 when it was broken off.", lambda m: m.snapshot_aborted, SNAPSHOT),
    Metric("SnapshotSkipped", GAUGE, "1 when none was needed.", lambda m: m.snapshot_skipped, SNAPSHOT),
    Metric("SnapshotDurationInSeconds", GAUGE, "How long it took, so far.", Metrics.snapshot_seconds, SNAPSHOT),
    Metric("RowsScanned", GAUGE, "Rows read, by table.", None, SNAPSHOT, ("plugin", "name", "context", "table")),
]
_GAUGES: Final = [  # MySQL's and MariaDB's: name, meaning, contexts, key of the source's observations
    ("BinlogPosition", "Where the stream is in the present file of the log.", STREAMING, "binlog_position"),
    ("IsGtidModeEnabled", "1 when the server has GTIDs.", STREAMING, "gtid_mode"),
    ("NumberOfSkippedEvents", "Events passed over because the configuration says so.", STREAMING, "binlog_left_out"),
    ("NumberOfRolledBackTransactions", "Logged with a rollback at the end.", STREAMING, "binlog_rolled_back"),
    ("HoldingGlobalLock", "1 while the snapshot holds the global read lock.", SNAPSHOT, "global_lock"),
    ("ChangesRecovered", "Records of the schema history that the start read.", HISTORY, "history_recovered"),
    ("ChangesApplied", "The same, and statements stored since.", HISTORY, "history_applied"),
    ("RecoveryStartTime", "When it was read, in seconds since 1970; 0: never.", HISTORY, "history_recovery_began"),
    ("MilliSecondsSinceLastRecoveredChange", "Since it was read, -1: never.", HISTORY, "history_recovered_ago_ms"),
    ("MilliSecondsSinceLastAppliedChange", "Since a statement was stored.", HISTORY, "history_applied_ago_ms"),
]
DEBEZIUM.extend(Metric(name, GAUGE, doc, None, contexts, health=key) for name, doc, contexts, key in _GAUGES)
DEBEZIUM.extend(
    [
        Metric(
            "NumberOfDisconnects",
            GAUGE,
            "Restarts after an error.",
            lambda m: m.restarts,
            STREAMING,
            health="gtid_mode",
        ),
        Metric(
            "NumberOfNotWellFormedTransactions",
            GAUGE,
            "Always 0: such a log stops.",
            _none,
            STREAMING,
            health="gtid_mode",
        ),
        Metric(
            "NumberOfLargeTransactions", GAUGE, "Always 0: nothing is buffered.", _none, STREAMING, health="gtid_mode"
        ),
    ]
)

OWN: Final = [
    Metric("cdc_build_info", GAUGE, "Always 1; version and build as labels.", None, (), ("version", "build")),
    Metric("cdc_task_state", GAUGE, "1 for the state the task is in.", None, (), ("connector", "state")),
    Metric("cdc_task_restarts_total", COUNTER, "Restarts after an error.", lambda m: m.restarts),
    Metric("cdc_records_sent_total", COUNTER, "Records handed to Kafka, tombstones included.", lambda m: m.counts()[4]),
    Metric("cdc_events_acknowledged_total", COUNTER, "Data events that Kafka has.", lambda m: m.acknowledged_events),
    Metric("cdc_inflight_records", GAUGE, "Records that Kafka has not acknowledged yet.", Metrics.waiting),
    Metric(
        "cdc_offset_commit_age_seconds", GAUGE, "Since an offset was last stored and confirmed.", Metrics.offset_age
    ),
    Metric(
        "cdc_source_commit_to_ack_seconds",
        HISTOGRAM,
        "From commit in the database to Kafka's acknowledgement, per batch.",
    ),
    Metric("cdc_slot_retained_wal_bytes", GAUGE, "Log that the slot holds back on the server."),
    Metric("cdc_slot_confirmed_lag_bytes", GAUGE, "Log behind the server's position that is not confirmed."),
    Metric(
        "cdc_slot_safe_wal_size_bytes", GAUGE, "Log that can still be written before the slot is lost; -1: no limit."
    ),
    Metric("cdc_slot_active", GAUGE, "1 while a reader holds the slot."),
    Metric("cdc_slot_inactive_seconds", GAUGE, "Since nobody reads the slot; 0 while active."),
    Metric(
        "cdc_slot_confirmed_age_seconds",
        GAUGE,
        "Since the confirmed position last moved while there was log to confirm.",
    ),
    Metric("cdc_slot_lag_level", GAUGE, "0 fine, 1 above slot.lag.warn.bytes, 2 above slot.lag.critical.bytes."),
    Metric("cdc_slot_wal_status", GAUGE, "1 for the slot's wal_status.", None, (), ("connector", "status")),
    Metric("cdc_tables_unpublished", GAUGE, "Captured tables that the publication lacks: their changes are not seen."),
    Metric(
        "cdc_values_unconverted_total",
        COUNTER,
        "Values that could not be converted and went out as null (event.converting.failure.handling.mode).",
        health="values_unconverted",
    ),
    Metric("cdc_binlog_kept", GAUGE, "1 while the server has the file of the stored position.", health="binlog_kept"),
    Metric(
        "cdc_binlog_behind_bytes", GAUGE, "Log behind the stored position, up to its end.", health="binlog_behind_bytes"
    ),
    Metric("cdc_binlog_behind_files", GAUGE, "Files of it after the position's.", health="binlog_behind_files"),
    Metric(
        "cdc_binlog_older_files",
        GAUGE,
        "Files before the position's that the server still has; 0: the next that it deletes is ours.",
        health="binlog_older_files",
    ),
    Metric(
        "cdc_binlog_expire_seconds",
        GAUGE,
        "After how long the server deletes a file; 0: never.",
        health="binlog_expire_seconds",
    ),
    Metric(
        "cdc_binlog_position_age_seconds",
        GAUGE,
        "Age of the stored position while its file may be deleted, else 0.",
        health="binlog_position_age_seconds",
    ),
    Metric(
        "cdc_binlog_lag_level",
        GAUGE,
        "0 fine, 1 and 2 above a threshold of binlog.lag.* or binlog.retention.* (warn, critical); 2 without the file.",
        health="binlog_lag_level",
    ),
    Metric("cdc_kafka_queue_records", GAUGE, "Records in librdkafka's queue."),
    Metric("cdc_kafka_queue_bytes", GAUGE, "Bytes in librdkafka's queue."),
    Metric("cdc_kafka_sent_bytes_total", COUNTER, "Bytes of records sent."),
    Metric("cdc_kafka_errors_total", COUNTER, "Requests that failed, all brokers."),
    Metric("cdc_kafka_retries_total", COUNTER, "Requests sent again, all brokers."),
    Metric("cdc_kafka_round_trip_seconds", GAUGE, "99th percentile of round trips.", None, (), ("connector", "broker")),
]

_SLOT: Final = {
    "cdc_slot_retained_wal_bytes": "slot_retained_bytes",
    "cdc_slot_confirmed_lag_bytes": "slot_confirmed_lag_bytes",
    "cdc_slot_safe_wal_size_bytes": "slot_safe_wal_bytes",
    "cdc_slot_active": "slot_active",
    "cdc_slot_inactive_seconds": "slot_inactive_since",
    "cdc_slot_confirmed_age_seconds": "slot_confirmed_age_seconds",
    "cdc_slot_lag_level": "slot_lag_level",
}


def slot_value(name: str, health: dict[str, float | str]) -> float | None:
    """What a `cdc_slot_*` metric shows of the slot watch's last sample, None when there is nothing to show."""
    if "slot_present" not in health:
        return None
    value = health.get(_SLOT[name])
    if name == "cdc_slot_inactive_seconds":
        return max(0.0, time.time() - value) if isinstance(value, int | float) else 0.0
    if name == "cdc_slot_safe_wal_size_bytes" and value is None:
        return -1.0
    return float(value) if isinstance(value, int | float) else None


Samples = Iterator[tuple[list[str], float]]


class Collector:
    """The Prometheus collector over all connectors of the process."""

    def __init__(self, connectors: list[Metrics], version: str, build: str) -> None:
        self._connectors = connectors
        self._tags = tuple(sorted({tag for source in connectors for tag in source.tags}))
        self._version = version
        self._build = build

    def collect(self) -> Iterator[Family]:
        """All families, read now."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        makers = {GAUGE: GaugeMetricFamily, COUNTER: CounterMetricFamily, HISTOGRAM: HistogramMetricFamily}
        for metric in (*DEBEZIUM, *OWN):
            name = f"debezium_metrics_{metric.name}" if metric.contexts else metric.name
            if metric.name == "cdc_build_info":
                build = GaugeMetricFamily(name, metric.doc, labels=metric.labels)
                build.add_metric([self._version, self._build], 1)
                yield build
                continue
            family: Any = makers[metric.kind](name, metric.doc, labels=(*metric.labels, *self._tags))
            for source in self._connectors:
                tags = [source.tags.get(tag, "") for tag in self._tags]
                if metric.kind == HISTOGRAM:
                    buckets, total = source.histogram()
                    family.add_metric([source.connector, *tags], buckets, total)
                    continue
                for labels, value in samples(metric, source):
                    family.add_metric([*labels, *tags], value)
            yield family


def samples(metric: Metric, source: Metrics) -> Samples:
    """Label values and value of each sample of a metric."""
    name = metric.name
    observed: object = None
    if metric.health:
        observed = source.health().get(metric.health)
        if not isinstance(observed, int | float):
            return
    if metric.contexts:
        for context in metric.contexts:
            labels = [source.plugin, source.prefix, context]
            if metric.read is not None:
                yield labels, float(metric.read(source))
            elif isinstance(observed, int | float):
                yield labels, float(observed)
            else:
                for table, rows in source.rows().items():
                    yield [*labels, table], float(rows)
    elif metric.read is not None:
        yield [source.connector], float(metric.read(source))
    elif isinstance(observed, int | float):
        yield [source.connector], float(observed)
    elif name == "cdc_task_state":
        for state in STATES:
            yield [source.connector, state], float(source.task_state == state)
    elif name in _SLOT:
        value = slot_value(name, source.health())
        if value is not None:
            yield [source.connector], value
    elif name == "cdc_slot_wal_status":
        status = source.health().get("slot_wal_status")
        if status:
            yield [source.connector, str(status)], 1.0
    elif name == "cdc_tables_unpublished":
        count = source.health().get("tables_unpublished")
        if isinstance(count, int | float):
            yield [source.connector], float(count)
    elif name.startswith("cdc_kafka_"):
        yield from _kafka(name, source)


def _kafka(name: str, source: Metrics) -> Samples:
    statistics = source.client()
    if not statistics:
        return
    brokers = [broker for broker in statistics.get("brokers", {}).values() if broker.get("nodeid", -1) >= 0]
    if name == "cdc_kafka_round_trip_seconds":
        for broker in brokers:
            yield [source.connector, str(broker["nodeid"])], broker["rtt"]["p99"] / 1e6
        return
    if name in _LIBRDKAFKA:
        value = statistics[_LIBRDKAFKA[name]]
    else:
        value = sum(broker[_LIBRDKAFKA_BROKERS[name]] for broker in brokers)
    yield [source.connector], float(value)


_LIBRDKAFKA: Final = {
    "cdc_kafka_queue_records": "msg_cnt",
    "cdc_kafka_queue_bytes": "msg_size",
    "cdc_kafka_sent_bytes_total": "txmsg_bytes",
}
_LIBRDKAFKA_BROKERS: Final = {"cdc_kafka_errors_total": "txerrs", "cdc_kafka_retries_total": "txretries"}
