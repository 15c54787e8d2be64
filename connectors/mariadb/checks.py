"""The checks of MariaDB are those of MySQL."""

from __future__ import annotations

from connectors.mysql.checks import check

__all__ = ["check"]
