"""The binlog watch and what a scrape shows: bytes behind, files, retention, thresholds."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest

from cdc.metrics import DEBEZIUM, OWN, Metrics, samples
from tests.servers.process import wait_for


def scraped(reading: Any) -> dict[str, float]:
    metrics = Metrics("mysql", "p", "c")
    metrics.health = reading.source.health
    return {
        metric.name: value for metric in (*DEBEZIUM, *OWN) if metric.health for _, value in samples(metric, metrics)
    }


def looked(reading: Any) -> dict[str, float]:
    """The metrics after a new look at the server."""
    watch = reading.source.watch
    before = watch.samples
    watch.look()
    wait_for(lambda: watch.samples > before + 1 or watch.look(), "the watch looks again")
    return scraped(reading)


def test_what_is_not_delivered_is_measured(server: Any, sql: Any, make: Any, caplog: pytest.LogCaptureFixture) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, x longtext)")
    reading = make(binlog__lag__warn__bytes=10_000, binlog__lag__critical__bytes=1_000_000)
    reading.source.open(None)
    reading.snapshot()
    reading.source.start()
    quiet = looked(reading)
    assert quiet["cdc_binlog_kept"] == 1
    assert quiet["cdc_binlog_behind_files"] == 0
    assert quiet["cdc_binlog_lag_level"] == 0
    assert quiet["cdc_binlog_position_age_seconds"] == 0
    sql(f"INSERT INTO t VALUES (1, '{'x' * 50_000}')")
    with caplog.at_level(logging.WARNING, "connectors.mysql"):
        warned = looked(reading)
    assert warned["cdc_binlog_behind_bytes"] > 50_000
    assert warned["cdc_binlog_lag_level"] == 1
    assert any("bytes behind the log's end" in record.getMessage() for record in caplog.records)
    sql(f"INSERT INTO t VALUES (2, '{'x' * 1_000_000}')")
    assert looked(reading)["cdc_binlog_lag_level"] == 2
    reading.read(2)
    reading.source.confirm(reading.positions[-1][1])
    done = looked(reading)
    assert done["cdc_binlog_lag_level"] == 0
    assert done["cdc_binlog_behind_bytes"] < 50_000
    assert done["BinlogPosition"] > 1_000_000


def test_a_position_grows_old(server: Any, sql: Any, make: Any) -> None:
    """The server deletes files by their age; what is in the file that is written to is safe."""
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    reading = make(binlog__retention__warn__percent=1, binlog__retention__critical__percent=90)
    reading.source.open(None)
    reading.snapshot()
    reading.source.start()
    with server.globally(binlog_expire_logs_seconds=1000):
        begin = reading.source.watch.position
        begin.ts_sec = int(time.time()) - 500
        sql("INSERT INTO t VALUES (1)")
        assert looked(reading)["cdc_binlog_lag_level"] == 0
        server.execute("FLUSH BINARY LOGS")
        old = looked(reading)
        assert 500 <= old["cdc_binlog_position_age_seconds"] < 600
        assert old["cdc_binlog_expire_seconds"] == 1000
        assert old["cdc_binlog_behind_files"] == 1
        assert old["cdc_binlog_lag_level"] == 1
        begin.ts_sec -= 500
        assert looked(reading)["cdc_binlog_lag_level"] == 2


def test_a_file_that_is_gone_is_said(server: Any, sql: Any, make: Any, caplog: pytest.LogCaptureFixture) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    reading = make()
    reading.source.open(None)
    reading.snapshot()
    reading.source.start()
    server.execute("FLUSH BINARY LOGS")
    sql("INSERT INTO t VALUES (1)")
    reading.read(1)  # the stream has left the file; only the stored position is in it
    newest, _ = server.log_end()
    wait_for(
        lambda: (
            server.execute(f"PURGE BINARY LOGS TO '{newest}'") is not None
            and server.execute("SHOW BINARY LOGS")[0][0] == newest
        ),
        "the server purges its log",
    )
    with caplog.at_level(logging.ERROR, "connectors.mysql"):
        gone = looked(reading)
    assert gone["cdc_binlog_kept"] == 0
    assert gone["cdc_binlog_lag_level"] == 2
    assert any("no longer has" in record.getMessage() for record in caplog.records)


def test_debeziums_names(server: Any, sql: Any, make: Any) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY)")
    reading = make()
    reading.source.open(None)
    reading.snapshot()
    assert scraped(reading)["HoldingGlobalLock"] == 0
    reading.source.start()
    sql("ALTER TABLE t ADD x int", "INSERT INTO t VALUES (1, 1)")
    reading.read(1)
    found = scraped(reading)
    assert found["IsGtidModeEnabled"] == 1
    assert found["ChangesApplied"] >= 1
    assert 0 <= found["MilliSecondsSinceLastAppliedChange"] < 60_000
    assert found["NumberOfSkippedEvents"] == found["NumberOfRolledBackTransactions"] == 0
    assert found["NumberOfDisconnects"] == 0
    offset = reading.positions[-1][1].offset()
    again = make(history=reading.history).begin(offset)
    assert scraped(again)["ChangesRecovered"] >= 1
