"""What a deliberate difference is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

ABSENT = "(absent)"


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


def pairs(*expected: tuple[object, object]) -> Callable[[object, object], bool]:
    """A test for exactly these pairs of Debezium's value and ours; True and 1 are not the same here."""
    texts = {json.dumps(pair) for pair in expected}
    return lambda debezium, ours: json.dumps((debezium, ours)) in texts


def hidden(debezium: object, ours: object) -> bool:
    """A text, or null, and our mask of five characters."""
    return isinstance(debezium, str | None) and ours == "*****"


def absent(debezium: object, ours: object) -> bool:
    """Debezium has nothing there."""
    return debezium == ABSENT
