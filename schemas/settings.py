"""Options of one converter: `cdc.settings` with the formats' error code.

Option names are those of the Java class that a converter stands for, without `key.converter.` or `value.converter.`.
"""

from __future__ import annotations

import logging

from cdc import settings
from cdc.options import Option, closest
from cdc.settings import Settings
from schemas.errors import FORMAT_OPTION

__all__ = ["Settings", "read"]

log = logging.getLogger(__name__)


def read(declared: tuple[Option, ...], given: dict[str, str], converter: str) -> Settings:
    """The options of `converter`, see `cdc.settings.read`. Raises ConfigError.

    An unknown option is ignored as Kafka Connect does (files carry options of other converters), but named in the log.
    """

    def ignored(name: str) -> bool:
        near = closest(name, (option.name for option in declared))
        hint = f"; did you mean {near}?" if near else ""
        log.warning("%s: option %s is not known and is ignored%s", converter, name, hint)
        return True

    return settings.read(FORMAT_OPTION, converter, declared, given, beside=ignored)
