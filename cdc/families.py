"""Properties whose names carry a value. Declarations only."""

from __future__ import annotations

import re
from typing import Final

from cdc.options import REGEX_LIST, Family

HASH_ALGORITHMS: Final = {
    "md5": "md5",
    "sha1": "sha1",
    "sha": "sha1",
    "sha224": "sha224",
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
    "sha3224": "sha3_224",
    "sha3256": "sha3_256",
    "sha3384": "sha3_384",
    "sha3512": "sha3_512",
}

HASH_PATTERN: Final = re.compile(r"column\.mask\.hash(\.v2)?\.([^.]+)\.with\.salt\.(.+)", re.DOTALL)


def hash_algorithm(name: str) -> str | None:
    """hashlib's name of a Java MessageDigest algorithm, None when there is none."""
    return HASH_ALGORITHMS.get(re.sub(r"[-_/]", "", name).lower())


def _check_hash(name: str, text: str) -> str:
    found = HASH_PATTERN.fullmatch(name)
    if found is None or hash_algorithm(found.group(2)) is None:
        return f"the digest is not known (known: {', '.join(sorted(HASH_ALGORITHMS))})"
    return ""


FAMILIES: Final = (
    Family(
        "column.mask.with.<n>.chars",
        r"column\.mask\.with\.\d+\.chars",
        "Columns whose text is replaced by n asterisks, null too.",
        type=REGEX_LIST,
        section="Values",
    ),
    Family(
        "column.truncate.to.<n>.chars",
        r"column\.truncate\.to\.\d+\.chars",
        "Columns whose text is cut to n characters.",
        type=REGEX_LIST,
        section="Values",
    ),
    Family(
        "column.mask.hash.[v2.]<algorithm>.with.salt.<salt>",
        r"column\.mask\.hash\.(v2\.)?[^.]+\.with\.salt\..+",
        "Columns whose text is replaced by the hexadecimal digest of salt and text. Without `v2` the text is hashed in"
        " Java's serialised form.",
        type=REGEX_LIST,
        check=_check_hash,
        section="Values",
    ),
    Family(
        "column.<mask|truncate>.<anything else>",
        r"column\.(mask|truncate)\..+",
        "A mask or truncation that is written in another way than the three above.",
        refused="no mask or truncation has this name, and the columns would go out in clear",
        remedy="Write column.mask.with.<n>.chars, column.mask.hash.v2.<algorithm>.with.salt.<salt> or"
        " column.truncate.to.<n>.chars, <n> being a number",
        section="Values",
    ),
    Family(
        "snapshot.select.statement.overrides.<table>",
        r"snapshot\.select\.statement\.overrides\..+",
        "The SELECT that replaces the one of a table's snapshot; it must return the captured columns.",
        section="Snapshot",
    ),
    Family(
        "snapshot.max.threads.multiplier.<table>",
        r"snapshot\.max\.threads\.multiplier\..+",
        "Chunks of one table.",
        effect="a table is read by one connection at a time; the rows are the same",
        section="Snapshot",
    ),
    Family(
        "topic.creation.<group>.<property>",
        r"topic\.creation\.(?!groups$|enable$)[^.]+\..+",
        "Settings of topics that do not exist yet: `partitions`, `replication.factor` (-1: the broker's default),"
        " `include`, `exclude`, and any topic property. The group `default` is for all others.",
        section="Topics",
    ),
    Family(
        "topic.<regex property>",
        r"topic\.(regex|replacement|key\.enforce\.uniqueness|key\.field\.(name|regex|replacement))",
        "Properties of the regex naming strategies.",
        effect="only the regex naming strategies read them",
        section="Topics",
    ),
    Family(
        "producer.override.<property>",
        r"producer\.override\..+",
        "A property of the Kafka producer, in Java's names.",
        secret=False,
        section="Kafka Connect",
    ),
    Family(
        "admin.override.<property>",
        r"admin\.override\..+",
        "A property of the Kafka admin client, in Java's names.",
        effect="topics are made with the producer's connection settings",
        section="Kafka Connect",
    ),
    Family(
        "consumer.override.<property>",
        r"consumer\.override\..+",
        "A property of the Kafka consumer, in Java's names.",
        effect="a source connector consumes only its own offsets",
        section="Kafka Connect",
    ),
    Family(
        "transforms.<name>.<option>",
        r"transforms\.[^.]+\..+",
        "`type`, `predicate`, `negate` and the options of a transform (reference: transforms).",
        section="Kafka Connect",
    ),
    Family(
        "predicates.<name>.<option>",
        r"predicates\.[^.]+\..+",
        "`type` and the options of a predicate.",
        section="Kafka Connect",
    ),
    Family(
        "<key|value|header>.converter.<option>",
        r"(key|value|header)\.converter\..+",
        "An option of a converter.",
        section="Kafka Connect",
    ),
    Family(
        "errors.deadletterqueue.<property>",
        r"errors\.deadletterqueue\..+",
        "Dead letter queue.",
        effect="Kafka Connect knows it for sink connectors only",
        section="Errors",
    ),
    Family(
        "signal.<channel property>",
        r"signal\.(kafka|consumer|file).*",
        "Properties of signal channels.",
        effect="those channels are refused when they are switched on",
        section="Signals and notifications",
    ),
)
