"""Field names that Avro accepts (`field.name.adjustment.mode`). Knows no table.

Source: Debezium reference, "field.name.adjustment.mode": as for schema names, but a dot is not legal either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cdc.errors import BindError
from cdc.model import Column
from cdc.names import avro, avro_unicode, unchanged


def field_adjuster(mode: str) -> Callable[[str], str]:
    """The function from a field name to its adjusted form, for `none`, `avro` or `avro_unicode`."""
    if mode == "avro":
        return avro_field
    if mode == "avro_unicode":
        return avro_field_unicode
    return unchanged


def distinct(code: str, table_id: str, columns: Iterable[Column]) -> None:
    """Raise BindError with this code when two columns have one name, which an adjustment can bring about."""
    seen: set[str] = set()
    for column in columns:
        if column.name in seen:
            raise BindError(code, f"table {table_id}, field {column.name}")
        seen.add(column.name)


def avro_field(name: str) -> str:
    """As a schema name, a dot becomes `_`."""
    return avro(name).replace(".", "_")


def avro_field_unicode(name: str) -> str:
    """As a schema name, a dot becomes `_u002e`."""
    return avro_unicode(name).replace(".", "_u002e")
