"""Options of one transform: `cdc.settings` with the transforms' error code."""

from __future__ import annotations

from collections.abc import Mapping

from cdc import settings
from cdc.options import Option, Problem
from cdc.settings import REGEX, Settings
from transforms.errors import OPTION

__all__ = ["REGEX", "Settings", "read", "refuse"]

# Properties of the chain, which the engine reads; they may stand beside a transform's own.
_CHAIN = frozenset({"type", "predicate", "negate"})


def read(
    title: str, declared: tuple[Option, ...], given: dict[str, str], old: Mapping[str, str] | None = None
) -> Settings:
    """The options of the transform `title`, see `cdc.settings.read`. Raises ConfigError."""
    return settings.read(OPTION, title, declared, given, _CHAIN.__contains__, old)


def refuse(title: str, problems: list[Problem]) -> None:
    """Raise ConfigError for all of these problems; nothing when there are none."""
    settings.refuse(OPTION, title, problems)
