"""Values of a stored offset: JSON that we wrote, Debezium, or a person with an editor. Knows no connector."""

from __future__ import annotations


def number(offset: dict[str, object], key: str) -> int:
    """A number, which may be told in digits; 0 without."""
    value = offset.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isdigit():
        return int(value)
    return 0


def snapshot_kind(offset: dict[str, object]) -> str | None:
    """The kind of snapshot that the offset was made in, None outside of one; before Debezium 3.0 it was `true`."""
    value = offset.get("snapshot")
    if value is True or value == "true":
        return "INITIAL"
    return value if isinstance(value, str) else None
