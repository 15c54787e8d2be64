"""The error of a value that does not fit its schema, and where in the record it stands."""

from __future__ import annotations

from cdc.errors import SchemaError
from schemas.errors import FORMAT_VALUE


def mismatch(expected: str, value: object) -> SchemaError:
    """A value of the wrong Python type."""
    return SchemaError(FORMAT_VALUE, f"expected {expected}, got {type(value).__name__}")


def located(where: str, error: Exception) -> SchemaError:
    """The error with its place before it; a SchemaError that is about something else stays as it is."""
    if not isinstance(error, SchemaError):
        return SchemaError(FORMAT_VALUE, f"{where}: {error}")
    return SchemaError(FORMAT_VALUE, f"{where}: {error.detail}") if error.code == FORMAT_VALUE else error
