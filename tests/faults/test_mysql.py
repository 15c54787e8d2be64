"""Faults of MySQL in short."""

from __future__ import annotations

from tests.faults.share import Share


class TestMysql(Share):
    kind = "mysql"
    title = "MySQL 9.7"
    points = ("saving",)
    doings = ("streaming",)
    faults = (
        "stream-terminated",
        "ddl-while-down",
        "xa-transaction-prepared-before-the-snapshot",
        "server-id-taken",
    )
