"""Faults of MariaDB in short."""

from __future__ import annotations

from tests.faults.share import Share


class TestMariadb(Share):
    kind = "mariadb"
    title = "MariaDB 11.8"
    points = ("before-save",)
    doings = ("streaming",)
    faults = ("ddl-while-down", "xa-transactions")
