"""The source of MariaDB is that of MySQL; the engine imports it by this name ahead of time."""

from __future__ import annotations

from connectors.mysql.source import BinlogSource

__all__ = ["BinlogSource"]
