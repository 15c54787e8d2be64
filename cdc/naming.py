"""Field names that Avro accepts (`field.name.adjustment.mode`). Knows no table.

Source: Debezium reference, "field.name.adjustment.mode": as for schema names, but a dot is not legal either.
"""

from __future__ import annotations

from collections.abc import Callable

from cdc.names import avro, avro_unicode, unchanged


def field_adjuster(mode: str) -> Callable[[str], str]:
    """The function from a field name to its adjusted form, for `none`, `avro` or `avro_unicode`."""
    if mode == "avro":
        return avro_field
    if mode == "avro_unicode":
        return avro_field_unicode
    return unchanged


def avro_field(name: str) -> str:
    """As a schema name, a dot becomes `_`."""
    return avro(name).replace(".", "_")


def avro_field_unicode(name: str) -> str:
    """As a schema name, a dot becomes `_u002e`."""
    return avro_unicode(name).replace(".", "_u002e")
