"""Options of one converter: `cdc.settings` with the formats' error code.

Option names are those of the Java class that a converter stands for, without `key.converter.` or `value.converter.`.
"""

from __future__ import annotations

from cdc import settings
from cdc.options import Option
from cdc.settings import Settings
from schemas.errors import FORMAT_OPTION

__all__ = ["Settings", "read"]


def read(declared: tuple[Option, ...], given: dict[str, str], converter: str) -> Settings:
    """The options of `converter`, see `cdc.settings.read`. Raises ConfigError."""
    return settings.read(FORMAT_OPTION, converter, declared, given)
