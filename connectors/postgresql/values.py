"""PostgreSQL's text output to Kafka Connect values: what a row costs. Compiles (mypyc).

A *loader* is a callable from the bytes of one value to its Connect value, chosen once per column by types.py. Loaders
rely on the session settings of connection.py (ISO dates, UTC, hex bytea, C locale for money). A value that has no
representation raises ValueError. Knows no catalog, no configuration and no protocol. Here are the plainest; the others
are in binary.py, numbers.py, times.py, structures.py, and what is done to a loaded value in cdc/masks.py.

Source: PostgreSQL manual, "Data Types"; Debezium reference, "Data type mappings".
"""

from __future__ import annotations

from collections.abc import Callable

Loader = Callable[[bytes], object]


class Newer(Exception):
    """A value says that the table's plan is of another time than the row.

    `label` is an enum's label that the plan does not know; empty: NULL where the plan allows none. `index` is the
    value's place in the row.
    """

    def __init__(self, label: str, index: int = -1) -> None:
        super().__init__(label)
        self.label = label
        self.index = index


class Label:
    """Loader of an enum. Raises Newer for a label that is not among `labels`."""

    def __init__(self, labels: list[str]) -> None:
        self._known = {label.encode(): label for label in labels}

    def __call__(self, data: bytes) -> object:
        label = self._known.get(data)
        if label is None:
            raise Newer(data.decode("utf-8", "replace"))
        return label


def text(data: bytes) -> object:
    """Text as it stands."""
    return data.decode("utf-8")


def boolean(data: bytes) -> object:
    """`t` or `f`; `1` and `0` of bit(1)."""
    first = data[0]
    if first == 0x74 or first == 0x31:
        return True
    if first == 0x66 or first == 0x30:
        return False
    raise ValueError("not a boolean")
