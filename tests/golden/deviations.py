"""Where Headwater differs from Debezium on purpose. Each is a line of docs/compatibility.md too."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Deviation:
    """`runs`, `topics` and `paths` are regular expressions that match the whole text; `values` decides on both values.

    A run is `scenario.config`, a topic `topic-partition`, a path what `compare` prints (`value.payload.after.v`).
    """

    id: str
    reason: str
    runs: str = ".*"
    topics: str = ".*"
    paths: str = ".*"
    values: Callable[[object, object], bool] | None = None

    def covers(self, run: str, topic: str, path: str, debezium: object, ours: object) -> bool:
        """Whether a difference is this one."""
        return (
            re.fullmatch(self.runs, run) is not None
            and re.fullmatch(self.topics, topic) is not None
            and re.fullmatch(self.paths, path, re.DOTALL) is not None
            and (self.values is None or self.values(debezium, ours))
        )


ABSENT = "(absent)"
DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        "offset-keys",
        "stored offsets carry keys of our own that Debezium ignores",
        paths=r"offset\.headwater_.*",
        values=lambda debezium, ours: debezium == ABSENT,
    ),
    Deviation(
        "offset-at-commit",
        "the stored offset is that of the commit behind the last record, so that the slot does not trail by one",
        paths=r"offset\.(lsn|lsn_proc|lsn_commit|messageType)",
        values=lambda debezium, ours: ours == "COMMIT" or str(ours).startswith("<commit:"),
    ),
)
