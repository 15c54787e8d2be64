"""Schema parameters of column.propagate.source.type: the source's type as PostgreSQL's JDBC driver describes it.

Source: Debezium reference, "column.propagate.source.type"; lengths and scales as observed.
"""

from __future__ import annotations

from typing import Final

from connectors.postgresql.catalog import FIRST_USER_OID, TypeDescription

UNLIMITED: Final = 2_147_483_647
UNCONSTRAINED: Final = 131_089  # digits of numeric without precision; the driver has 0 for the column of a SELECT
_PREFIX: Final = "__debezium.source.column."

# type: (length, scale)
_FIXED: Final = {
    "bool": (1, 0),
    "int2": (5, 0),
    "int4": (10, 0),
    "int8": (19, 0),
    "oid": (10, 0),
    "float4": (8, 8),
    "float8": (17, 17),
    "date": (13, 0),
    "char": (1, 0),
}
# type: length without fraction; the scale is the number of its digits, 6 when not declared
_TIMES: Final = {"time": 8, "timetz": 14, "timestamp": 22, "timestamptz": 28, "interval": 49}
_SERIAL: Final = {"int2": "smallserial", "int4": "serial", "int8": "bigserial"}


def propagated(
    column: str,
    declared: TypeDescription,
    root: TypeDescription | None,
    typmod: int,
    comment: str | None,
    *,
    read: bool,
    serial: bool,
) -> dict[str, str]:
    """The parameters, in Debezium's order. `typmod` is that of the root type.

    `read` says that the column comes from a SELECT; the driver describes those a little differently.
    """
    name = declared.name
    if read and declared.oid >= FIRST_USER_OID and declared.schema not in ("pg_catalog", "public"):
        name = f'"{declared.schema}"."{declared.name}"'
    if serial:
        name = _SERIAL.get(name, name)
    found = {f"{_PREFIX}type": name.upper()}
    length, scale = size(root, typmod, read)
    found[f"{_PREFIX}length"] = str(length)
    if scale is not None:
        found[f"{_PREFIX}scale"] = str(scale)
    if comment:
        found[f"{_PREFIX}comment"] = comment
    found[f"{_PREFIX}name"] = column
    return found


def size(root: TypeDescription | None, typmod: int, read: bool) -> tuple[int, int | None]:
    """Length and scale of a column, scale None where the driver has none."""
    declared = root.name if root is not None else ""
    name = declared.removeprefix("_")  # an array has the size of its elements
    if name in _FIXED:
        return _FIXED[name]
    if name in _TIMES:
        if name == "interval":
            return 49, typmod & 0xFFFF if typmod >= 0 and typmod & 0xFFFF <= 6 else 6
        digits = typmod if 0 <= typmod <= 6 else 6
        return _TIMES[name] + (digits + 1 if digits else 0), digits
    if name == "numeric":
        if typmod < 4:
            return (0, None) if read and name == declared else (UNCONSTRAINED, 0)
        return typmod - 4 >> 16 & 0xFFFF, (typmod - 4) & 0x7FF
    if name in ("varchar", "bpchar") and typmod > 4:
        return typmod - 4, 0
    if name in ("bit", "varbit") and typmod > 0:
        return typmod, 0
    return UNLIMITED, 0
