"""Faults of MySQL in short."""

from __future__ import annotations

from tests.faults.share import Share


class TestMysql(Share):
    kind = "mysql"
    title = "MySQL"
    points = ("snapshot", "sent", "saving")
    faults = (
        "server-restarted",
        "stream-terminated",
        "log-begun-anew-and-grown-beyond",
        "network-cut-in-the-middle-of-an-event",
        "ddl-while-down",
        "history-topic-emptied",
        "xa-transaction-prepared-before-the-snapshot",
        "big-compressed-transaction-interrupted",
        "failover-to-a-replica",
        "server-id-taken",
    )
