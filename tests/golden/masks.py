"""What differs from run to run by its nature, named by each database for its records, replaced by canonical.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Json = object


@dataclass(frozen=True)
class Boundary:
    """Where the streamed part begins: position, transaction id, commit time in microseconds since the epoch."""

    lsn: int
    txid: int
    time_us: int


TokenOf = Callable[[str, Json], Json]
Special = Callable[[TokenOf, Json], Json]


@dataclass(frozen=True)
class Masks:
    """`source` and `offset` name fields and their kinds, `special` are kinds that one database has alone.

    `transaction` is a transaction's id, `time` the kind of its time. `prepared` brings a source block or an offset into
    a form whose fields are of those kinds; `whole` does so with an envelope.
    """

    source: Mapping[str, str]
    offset: Mapping[str, str]
    transaction: re.Pattern[str]
    time: str = "time_ms"
    special: Mapping[str, Special] = field(default_factory=dict)
    prepared: Callable[[dict[str, Json]], dict[str, Json]] = lambda value: value
    whole: Callable[[dict[str, Json]], dict[str, Json]] = lambda value: value
