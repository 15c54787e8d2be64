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
    Deviation(
        "bit-array",
        "bit(n)[] is an array of Bits; Debezium has a single Bits column that is always null",
        topics=r".*\.a_bit-\d+",
        paths=r"value\..*",
    ),
    Deviation(
        "array-omitted",
        "arrays of money, name, interval, varbit, xml and point are emitted; Debezium leaves the columns out",
        topics=r".*\.(a_interval|a_money|a_name|a_point|a_varbit|x_xmlarray)-\d+",
        paths=r"value\..*",
        values=lambda debezium, ours: debezium == ABSENT,
    ),
    Deviation(
        "array-fraction",
        "time[] and timetz[] keep fractions of a second that Debezium cuts off",
        topics=r".*\.(a_time|a_timetz)-\d+",
        paths=r"value\.payload\..*",
    ),
    Deviation(
        "array-nested",
        "an array of several dimensions is a flat list of its elements; Debezium has nulls or Java object addresses",
        topics=r".*\.square-\d+",
        paths=r"value\.payload\..*",
    ),
    Deviation(
        "array-ltree",
        "ltree[] holds its values; Debezium has null",
        topics=r".*\.x_ltreearray-\d+",
        paths=r"value\.payload\..*",
        values=lambda debezium, ours: debezium is None,
    ),
    Deviation(
        "array-numeric-size",
        "column.propagate.source.type gives numeric[] without precision the length 0 of numeric; Debezium has 131089"
        ", a constant of its driver",
        topics=r".*\.a_numericplain-\d+",
        paths=r"value\.schema\..*__debezium\.source\.column\.(length|scale)",
    ),
    Deviation(
        "message-collection",
        "logical messages are counted as LOGICAL_DECODING_MESSAGE; Debezium has a Java object's address",
        paths=r".*data_collection.*",
        values=lambda debezium, ours: "LogicalDecodingMessage" in str(debezium),
    ),
    Deviation(
        "generated-unpublished",
        "generated columns that the publication does not carry are left out of the snapshot too, so that snapshot and"
        " stream have one schema",
        topics=r".*\.(generateds|virtuals)-\d+",
        paths=r"value\..*\.b",
        values=lambda debezium, ours: ours == ABSENT,
    ),
    Deviation(
        "enum-labels",
        "a label that was added to an enum is in the schema at once; Debezium's type registry is stale",
        topics=r".*\.enums-\d+",
        paths=r"value\.schema\..*allowed",
    ),
    Deviation(
        "default-expression",
        "a column default that is an expression is the zero of its type; Debezium has a quoted part of its text",
        topics=r".*\.defaults-\d+",
        paths=r"value\.schema\..*\.(default|type)",
    ),
    Deviation(
        "array-domain",
        "arrays of domains are emitted; Debezium leaves them out, or has bytes with include.unknown.datatypes",
        topics=r".*\.domains-\d+",
        paths=r"value\..*",
    ),
    Deviation(
        "toast-placeholder",
        "an unchanged TOASTed numeric, date[] or textual bytea is the placeholder in its form; Debezium has null",
        topics=r".*\.(big_byt|big_byta|big_nums|big_dates)-\d+",
        paths=r"value\.payload\..*",
        values=lambda debezium, ours: debezium is None,
    ),
    Deviation(
        "mask-all-text",
        "masks, hashes and truncation hold for every column whose value is text (json, jsonb, tsvector too)",
        runs=r"toast\.masked",
    ),
    Deviation(
        "bits-zero",
        "a bit string of zeros has its bytes; Debezium has none",
        topics=r".*\.t_bit\w*-\d+",
        paths=r"value\.payload\..*",
        values=lambda debezium, ours: debezium == "",
    ),
    Deviation(
        "name-streamed",
        "columns of type name hold their value when streamed; Debezium has null or an empty text",
        topics=r".*\.t_name-\d+",
        paths=r"value\.payload\..*",
        values=lambda debezium, ours: debezium in (None, ""),
    ),
    Deviation(
        "dates-extreme",
        "dates before Christ, infinite dates and timestamps, and 24:00:00 are the same in snapshot and stream",
        topics=r".*\.(t_date|t_datefar|t_datex|t_timemax|t_timestampx|t_timestamp3x|t_timestampbc)-\d+",
        paths=r"value\.payload\.(before|after)\..*",
    ),
)
