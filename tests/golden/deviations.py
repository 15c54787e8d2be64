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
    Deviation(
        "offset-order",
        "the order of keys in a stored offset is that of a Java HashMap and means nothing",
        paths=r"offset \(order\)",
    ),
    Deviation(
        "offset-transaction",
        "the stored offset's transaction_id names the transaction of the commit that the offset stands at",
        paths=r"offset\.transaction_id",
    ),
    Deviation(
        "excluded-key",
        "a key column that is left out of the value keeps its key schema and value in the stream; in Debezium it turns"
        " optional, loses its default and holds 0 for some events",
        runs=r"columns\.(keyexcluded|unchanged)|ddl\.included",
        paths=r"key\.(schema\.fields\.\w+\.(optional|default)|payload\.\w+)",
    ),
    Deviation(
        "streamed-comments",
        "include.schema.comments holds for streamed records too; Debezium has comments in the snapshot only",
        runs=r"columns\.comments",
        paths=r"value\.schema\..*\.(doc|parameters|parameters\.__debezium\.source\.column\.comment)",
    ),
    Deviation(
        "catalog-of-the-moment",
        "nullability, defaults and lengths are read from the catalog when a relation is announced, and may be newer"
        " than the change; which state is found is a matter of moments on both sides",
        runs=r"ddl\..*",
        paths=r"value\.schema\..*(optional|default|type|length)",
    ),
    Deviation(
        "row-count-order",
        "snapshot.tables.order.by.row.count orders PostgreSQL tables too, by the planner's estimate",
        runs=r"snapshots\.(ascending|descending)",
        paths=r"value\.payload\.source\.snapshot",
    ),
)
