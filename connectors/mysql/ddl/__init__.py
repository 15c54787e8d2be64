"""The tolerant parser of DDL: what a statement does to columns, keys, character sets and names of tables."""

from __future__ import annotations

from connectors.mysql.ddl.applied import DATABASE, DML, IGNORED, OTHER, SETTING, TABLE, Applied
from connectors.mysql.ddl.columns import Charsets
from connectors.mysql.ddl.schema import Schema

__all__ = ["DATABASE", "DML", "IGNORED", "OTHER", "SETTING", "TABLE", "Applied", "Charsets", "Schema"]
