"""Faults of MariaDB in short."""

from __future__ import annotations

from tests.faults.share import Share


class TestMariadb(Share):
    kind = "mariadb"
    title = "MariaDB"
    points = ("snapshot-last", "before-save")
    faults = (
        "server-restarted",
        "stream-terminated",
        "log-begun-anew-and-grown-beyond",
        "network-cut-in-the-middle-of-an-event",
        "ddl-while-down",
        "xa-transactions",
        "failover-to-a-replica",
    )
