"""Which Headwater this is: its version, and whether its hot modules run compiled. Imports nothing at module level."""

from __future__ import annotations

VERSION = "0.1.0"


def compiled() -> bool:
    """Whether the modules that pyproject.toml lists as hot run as machine code (mypyc)."""
    from cdc import model

    return not str(model.__file__).endswith(".py")
