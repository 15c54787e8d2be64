"""Faults of MySQL in short."""

from __future__ import annotations

from tests.faults.share import Share


class TestMysql(Share):
    kind = "mysql"
    title = "MySQL"
    points = ("saving",)
    doings = ("streaming",)
    faults = (
        "stream-terminated",
        "log-begun-anew-and-grown-beyond",
        "network-cut-in-the-middle-of-an-event",
        "ddl-while-down",
        "xa-transaction-prepared-before-the-snapshot",
        "failover-to-a-replica",
        "server-id-taken",
    )
