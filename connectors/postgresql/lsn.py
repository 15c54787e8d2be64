"""A place in PostgreSQL's log, as a number and as PostgreSQL writes it. Source: PostgreSQL manual, "pg_lsn Type"."""

from __future__ import annotations


def lsn_text(lsn: int) -> str:
    """PostgreSQL's way to write a log position: `16/B374D848`."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


def lsn_number(text: str) -> int:
    """A log position as a number."""
    high, _, low = text.partition("/")
    return (int(high, 16) << 32) | int(low, 16)
