"""The types of MariaDB are those of MySQL, some of which only one of the two has."""

from __future__ import annotations

from connectors.mysql.types import FAMILIES

__all__ = ["FAMILIES"]
