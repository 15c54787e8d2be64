"""Names and values of older versions whose meaning is certain. Declarations only; `cdc.config` reads them.

A connector adds its own in `Config.OLD_NAMES`, `OLD_PREFIXES` and `OLD_VALUES`. Source: Debezium's release notes.
"""

from __future__ import annotations

from typing import Final

OLD_NAMES: Final = {
    "database.server.name": "topic.prefix",
    "database.whitelist": "database.include.list",
    "database.blacklist": "database.exclude.list",
    "table.whitelist": "table.include.list",
    "table.blacklist": "table.exclude.list",
    "column.whitelist": "column.include.list",
    "column.blacklist": "column.exclude.list",
    "schema.whitelist": "schema.include.list",
    "schema.blacklist": "schema.exclude.list",
    "message.prefix.whitelist": "message.prefix.include.list",
    "message.prefix.blacklist": "message.prefix.exclude.list",
    "rows.fetch.size": "snapshot.fetch.size",
    "event.deserialization.failure.handling.mode": "event.processing.failure.handling.mode",
    "toasted.value.placeholder": "unavailable.value.placeholder",
    "slot.drop_on_stop": "slot.drop.on.stop",
    "sanitize.field.names": "field.name.adjustment.mode",
    "database.history": "schema.history.internal",
    "database.history.store.only.monitored.tables.ddl": "schema.history.internal.store.only.captured.tables.ddl",
    "schema.history.internal.store.only.monitored.tables.ddl": "schema.history.internal.store.only.captured.tables.ddl",
}

# Beginnings of names; only for connectors that have properties under the newer one.
OLD_PREFIXES: Final = {"database.history.": "schema.history.internal."}

OLD_VALUES: Final = {
    ("snapshot.mode", "never"): "no_data",
    ("snapshot.mode", "schema_only"): "no_data",
    ("snapshot.mode", "exported"): "initial",
    ("field.name.adjustment.mode", "true"): "avro",
    ("field.name.adjustment.mode", "false"): "none",
}
