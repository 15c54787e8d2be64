"""Faults of PostgreSQL in short."""

from __future__ import annotations

from cdc.failpoints import NAMES
from tests.faults.share import Share


class TestPostgresql(Share):
    kind = "postgresql"
    title = "PostgreSQL 18"
    points = NAMES
    faults = (
        "kafka-stopped-with-rows-waiting",
        "topic-unknown",
        "record-too-large-for-the-producer",
        "server-restarted",
        "stream-terminated",
        "slot-in-use",
        "wrong-password",
        "wrong-database",
        "slot-dropped-while-down",
        "slot-made-anew-while-down",
        "wal-removed",
        "publication-dropped-while-down-with-autocreate",
        "table-not-in-the-publication",
        "failover-to-a-standby-that-was-behind",
        "registry-refuses-a-schema",
        "sigterm-under-load",
        "second-signal",
    )
