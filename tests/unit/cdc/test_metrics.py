"""Metrics as Prometheus sees them, over HTTP."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from cdc.http import LIVE, READY, HttpServer
from cdc.ledger import Ledger
from cdc.metrics import DEBEZIUM, OWN, Collector, Metrics

ROOT = Path(__file__).resolve().parents[3]
STATISTICS = json.dumps(
    {
        "msg_cnt": 3,
        "msg_size": 4,
        "txmsg_bytes": 5,
        "brokers": {
            "b": {"nodeid": 1, "txerrs": 1, "txretries": 2, "rtt": {"p99": 1500}},
            "boot": {"nodeid": -1, "txerrs": 9, "txretries": 9, "rtt": {"p99": 9}},
        },
    }
)


def scrape(*connectors: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector(list(connectors), "1.2", "plain"))
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }


def value(samples: dict[tuple[str, tuple[tuple[str, str], ...]], float], metric: str, /, **labels: str) -> float:
    return samples[metric, tuple(sorted(labels.items()))]


def full() -> Metrics:
    metrics = Metrics("postgres", "shop", "orders")
    metrics.statistics(STATISTICS)
    metrics.health = lambda: {
        "slot_present": 1.0,
        "slot_retained_bytes": 100.0,
        "slot_confirmed_lag_bytes": 50.0,
        "slot_confirmed_age_seconds": 2.0,
        "slot_active": 0.0,
        "slot_inactive_since": time.time() - 60,
        "slot_lag_level": 1.0,
        "slot_wal_status": "extended",
        "tables_unpublished": 2.0,
        **{metric.health: 1.0 for metric in (*DEBEZIUM, *OWN) if metric.health},
    }
    return metrics


def test_debeziums_names_and_labels() -> None:
    metrics = full()
    metrics.batch(7, 2, (time.time_ns() - 3_000_000_000) // 1000)
    metrics.connected = True
    samples = scrape(metrics)
    labels = {"plugin": "postgres", "name": "shop", "context": "streaming"}
    assert value(samples, "debezium_metrics_TotalNumberOfEventsSeen", **labels) == 7
    assert value(samples, "debezium_metrics_NumberOfCommittedTransactions", **labels) == 2
    assert value(samples, "debezium_metrics_Connected", **labels) == 1
    assert 3000 <= value(samples, "debezium_metrics_MilliSecondsBehindSource", **labels) < 60_000


def test_slot_and_client() -> None:
    samples = scrape(full())
    assert value(samples, "cdc_slot_retained_wal_bytes", connector="orders") == 100
    assert value(samples, "cdc_slot_safe_wal_size_bytes", connector="orders") == -1
    assert 60 <= value(samples, "cdc_slot_inactive_seconds", connector="orders") < 120
    assert value(samples, "cdc_slot_wal_status", connector="orders", status="extended") == 1
    assert value(samples, "cdc_tables_unpublished", connector="orders") == 2
    assert value(samples, "cdc_kafka_queue_records", connector="orders") == 3
    assert value(samples, "cdc_kafka_errors_total", connector="orders") == 1
    assert value(samples, "cdc_kafka_round_trip_seconds", connector="orders", broker="1") == 0.0015
    assert value(samples, "cdc_build_info", version="1.2", build="plain") == 1


def test_a_source_without_an_observation_has_not_the_metric() -> None:
    metrics = full()
    everything = metrics.health()
    metrics.health = lambda: {name: value for name, value in everything.items() if name != "binlog_behind_bytes"}
    names = {name for name, _ in scrape(metrics)}
    assert "cdc_binlog_behind_files" in names
    assert "cdc_binlog_behind_bytes" not in names


def test_updates_without_a_change_are_counted_where_they_are_skipped() -> None:
    labels = {"plugin": "postgres", "name": "shop", "context": "streaming"}
    metrics = Metrics("postgres", "shop", "orders")
    assert value(scrape(metrics), "debezium_metrics_NumberOfUnchangedEventsSkipped", **labels) == -1
    metrics.health = lambda: {"unchanged_skipped": 3.0}
    assert value(scrape(metrics), "debezium_metrics_NumberOfUnchangedEventsSkipped", **labels) == 3


def test_commit_to_acknowledgement_is_a_histogram() -> None:
    metrics = Metrics("postgres", "shop", "orders")
    entry = Ledger().open()
    entry.events = 1
    entry.last_us = (time.time_ns() - 2_000_000_000) // 1000
    metrics.acknowledged([entry])
    samples = scrape(metrics)
    name = "cdc_source_commit_to_ack_seconds"
    assert value(samples, f"{name}_bucket", connector="orders", le="1.0") == 0
    assert value(samples, f"{name}_bucket", connector="orders", le="5.0") == 1
    assert value(samples, f"{name}_bucket", connector="orders", le="+Inf") == 1
    assert 2 <= value(samples, f"{name}_sum", connector="orders") < 5


def test_tags_of_one_connector_are_labels_of_all() -> None:
    tagged, plain = Metrics("postgres", "a", "a"), Metrics("postgres", "b", "b")
    tagged.tags = {"team": "shop"}
    samples = scrape(tagged, plain)
    assert value(samples, "cdc_task_restarts_total", connector="a", team="shop") == 0
    assert value(samples, "cdc_task_restarts_total", connector="b", team="") == 0


def test_every_declared_metric_is_exposed() -> None:
    """A complete connector shows all of them; what is declared is also what the reference documents."""
    metrics = full()

    class Progress:
        tables = ("t",)
        rows = {"t": 1}
        remaining = 0

    metrics.snapshot_started(Progress())  # type: ignore[arg-type]
    names = {name for name, _ in scrape(metrics)}
    for metric in DEBEZIUM:
        assert f"debezium_metrics_{metric.name}" in names
    for metric in OWN:
        assert metric.name in names or f"{metric.name}_bucket" in names, metric.name


def test_alert_rules_use_metrics_that_exist() -> None:
    rules = yaml.safe_load((ROOT / "docs/examples/prometheus/alerts.yml").read_text())
    known = {f"debezium_metrics_{metric.name}" for metric in DEBEZIUM} | {metric.name for metric in OWN}
    known |= {"cdc_source_commit_to_ack_seconds_bucket"}
    alerts = set()
    for group in rules["groups"]:
        assert set(group) == {"name", "rules"}
        for rule in group["rules"]:
            assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
            assert rule["alert"] not in alerts
            alerts.add(rule["alert"])
            assert rule["labels"]["severity"] in ("page", "warning")
            assert rule["annotations"]["summary"]
            used = set(re.findall(r"\b(?:cdc|debezium_metrics)_\w+", rule["expr"]))
            assert used <= known, used - known
            assert rule["expr"].count("(") == rule["expr"].count(")")
            assert rule["expr"].count("{") == rule["expr"].count("}")
            runbook = rule["annotations"].get("runbook")
            assert runbook is None or (ROOT / runbook.split("#")[0]).exists()
    assert len(alerts) > 10


class State:
    """What the server under test answers."""

    live = True
    ready = True


@pytest.fixture
def state() -> State:
    return State()


@pytest.fixture
def url(state: State) -> Iterator[str]:
    server = HttpServer(
        "127.0.0.1",
        0,
        lambda: (state.live, {"status": "UP" if state.live else "DOWN"}),
        lambda: (state.ready, {"status": "UP" if state.ready else "DOWN"}),
        lambda accept: (b"page 1\n", "text/plain"),
    )
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.close()


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_health(url: str, state: State) -> None:
    for path in (*LIVE, *READY):
        assert get(url + path) == (200, b'{"status": "UP"}')
    state.ready = False
    assert all(get(url + path)[0] == 503 for path in READY)
    assert all(get(url + path)[0] == 200 for path in LIVE)
    state.live = False
    assert get(url + LIVE[0]) == (503, b'{"status": "DOWN"}')


def test_metrics_page_and_unknown_paths(url: str) -> None:
    assert get(url + "/metrics") == (200, b"page 1\n")
    assert get(url + "/metrics?x=1") == (200, b"page 1\n")
    assert get(url + "/etc/passwd")[0] == 404
