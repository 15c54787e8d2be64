"""Error codes of the transforms and predicates. Each is declared here once."""

from __future__ import annotations

from cdc.errors import STOP, define
from cdc.options import LEAVE

OPTION = define(
    "HW-SMT-001",
    STOP,
    "An option of a transform is wrong",
    "Correct the property; the reference of the transform lists what it may hold",
)
NOT_YET = define(
    "HW-SMT-002",
    STOP,
    "A transform is known but not yet available",
    LEAVE,
)
CONDITION = define(
    "HW-SMT-003",
    STOP,
    "A condition lies outside of the expressions that are understood",
    "Rewrite it with what docs/how-to/transforms.md lists",
)
FIELD = define(
    "HW-SMT-004",
    STOP,
    "A transform names a field that the record does not have",
    "Correct the name, or keep the transform away from this topic with topic.regex or a predicate",
)
EVALUATION = define(
    "HW-SMT-005",
    STOP,
    "A transform cannot be applied to a record",
    "Let the condition expect this record: navigate with ?., compare with null first, or use topic.regex",
)
