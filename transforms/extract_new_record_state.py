"""ExtractNewRecordState: puts the new row in the place of the change envelope.

Source: Debezium reference, "New record state extraction"; what it leaves open was observed on Debezium 3.6.3.
Records that are no change envelopes pass unchanged; truncations are dropped.
"""

from __future__ import annotations

import logging
from typing import Final

from cdc.api import Step
from cdc.errors import BindError
from cdc.model import STRING as TEXT
from cdc.model import STRUCT, Field, Header, Record, Row, Shape, Type
from cdc.options import BOOLEAN, ENUM, IGNORED, LIST, STRING, TRANSLATED, Option, Problem
from cdc.parts import TRANSFORM
from cdc.settings import note
from transforms.errors import EVALUATION, FIELD
from transforms.references import Reference, references
from transforms.settings import read, refuse

log = logging.getLogger(__name__)

TITLE: Final = "ExtractNewRecordState"
DROP: Final = "drop"
TOMBSTONE: Final = "tombstone"
REWRITE: Final = "rewrite"
REWRITE_WITH_TOMBSTONE: Final = "rewrite-with-tombstone"
DELETE_TO_TOMBSTONE: Final = "delete-to-tombstone"
DELETED: Final = "__deleted"
KEPT: Final = 1000  # topics that a column has named, and lists of fields that a header has

# Forms of a record from which fields can be dropped.
UPSERT: Final = "upsert"
DELETE: Final = "delete"
NOTHING: Final = "nothing"

ALIASES = ("io.debezium.transforms.ExtractNewRecordState", "io.debezium.transforms.UnwrapFromEnvelope")
KINDS: Final = (TRANSFORM,)
OPTIONS = (
    Option(
        "delete.tombstone.handling.mode",
        ENUM,
        TOMBSTONE,
        "What becomes of a delete and of the tombstone after it: drop both; tombstone leaves one record with a null "
        "value that keeps its schema; rewrite leaves the old row with __deleted=true, rewrite-with-tombstone also the "
        "tombstone; delete-to-tombstone turns the delete itself into a tombstone",
        (DROP, TOMBSTONE, REWRITE, REWRITE_WITH_TOMBSTONE, DELETE_TO_TOMBSTONE),
    ),
    Option("add.fields", LIST, "", "Envelope fields to add to the row: op, source.ts_ms, or name:new_name"),
    Option("add.fields.prefix", STRING, "__", "Prefix of the added fields"),
    Option("add.headers", LIST, "", "Envelope fields to add as headers, written like add.fields"),
    Option("add.headers.prefix", STRING, "__", "Prefix of the added headers"),
    Option("route.by.field", STRING, "", "Column whose text becomes the topic name"),
    Option("drop.fields.header.name", STRING, None, "Header that lists the names of fields to leave out"),
    Option("drop.fields.from.key", BOOLEAN, "false", "Leave the listed fields out of the key too"),
    Option(
        "drop.fields.keep.schema.compatible", BOOLEAN, "true", "Leave out only those of the listed that are optional"
    ),
    Option(
        "replace.null.with.default",
        BOOLEAN,
        "true",
        "In the two rewrite modes, a null in a column that has a default becomes the default",
    ),
    Option("operation.header", BOOLEAN, None, "Removed in Debezium 1.3; translated to op in add.headers"),
    Option("add.source.fields", LIST, "", "Removed in Debezium 1.3; translated to add.fields"),
    Option("drop.tombstones", BOOLEAN, None, "Removed in Debezium 3.0; translated to delete.tombstone.handling.mode"),
    Option(
        "delete.handling.mode",
        ENUM,
        None,
        "Removed in Debezium 3.0; translated to delete.tombstone.handling.mode",
        ("drop", "none", "rewrite"),
    ),
)
# (drop.tombstones, delete.handling.mode) of Debezium before 3.0, whose defaults were true and drop.
OLD_MODES: dict[tuple[bool, str], str] = {
    (True, "drop"): DROP,
    (True, "none"): TOMBSTONE,
    (True, "rewrite"): REWRITE,
    (False, "drop"): DELETE_TO_TOMBSTONE,
    (False, "none"): DELETE_TO_TOMBSTONE,  # was a null value and then the tombstone: the tombstone is what is left
    (False, "rewrite"): REWRITE_WITH_TOMBSTONE,
}


class Plan:
    """The options of the transform, as its steps need them."""

    def __init__(
        self,
        mode: str,
        fields: list[Reference],
        headers: list[Reference],
        route_by: str,
        drop_header: str,
        drop_from_key: bool,
        keep_compatible: bool,
        replace_null: bool,
    ) -> None:
        self.mode = mode
        self.fields = fields
        self.headers = headers
        self.route_by = route_by
        self.drop_header = drop_header
        self.drop_from_key = drop_from_key
        self.keep_compatible = keep_compatible
        self.replace_null = replace_null
        self.rewrite = mode in (REWRITE, REWRITE_WITH_TOMBSTONE)
        self.keep_tombstone = mode == REWRITE_WITH_TOMBSTONE
        self.null_headers: list[Header] = [
            (reference.name, Type(TEXT), "d") for reference in headers if reference.field == "op"
        ]


class ExtractNewRecordState:
    """Transform: a change becomes its row; see OPTIONS for deletes and what can be added."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._missing: set[str] = set()

    def bind(self, shape: Shape) -> Step | None:
        """The step for one table. Raises BindError for fields that do not exist or exist twice."""
        value = shape.value
        if value is None or value.kind != STRUCT or value.name is None or not value.name.endswith(".Envelope"):
            return Passing(self._plan).step if shape.kind == "data" else None
        for reference in self._plan.fields + self._plan.headers:
            if reference.resolve(value, shape.topic) is None and reference.text not in self._missing:
                self._missing.add(reference.text)
                log.warning("%s: %s is no field of the records and is not added", TITLE, reference.text)
        return Unwrap(self._plan, shape, value).step


class Passing:
    """The step for records that are no envelope: only their tombstones are looked at."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def step(self, record: Record) -> Record | None:
        """The record as it is; a tombstone by the mode."""
        if record.value is not None:
            return record
        record.headers.extend(self._plan.null_headers)
        return record if self._plan.keep_tombstone else None


class Getter:
    """Reads one referenced field: `parent` and `field` are indexes, parent -1 is the envelope itself.

    `top` >= 0: the field is absent from the parent and is read from the envelope, where the parent is not null.
    """

    def __init__(self, name: str, type: Type, parent: int, field: int, top: int) -> None:
        self.name = name
        self.type = type
        self.parent = parent
        self.field = field
        self.top = top

    def get(self, envelope: Row) -> object:
        """The value, null where the parent is null."""
        if self.parent < 0:
            return envelope[self.field]
        parent = envelope[self.parent]
        if not isinstance(parent, list):
            return None
        return envelope[self.top] if self.top >= 0 else parent[self.field]


class Cut:
    """What is left of a struct after fields were dropped; `type` is the struct itself when none was."""

    def __init__(self, type: Type, names: frozenset[str], compatible: bool) -> None:
        kept: list[int] = []
        for position, field in enumerate(type.fields):
            if field.name not in names or (compatible and not field.type.optional):
                kept.append(position)
        self.kept = kept
        self.defaults = [type.fields[position].type.default for position in kept]
        self.whole = len(kept) == len(type.fields)
        self.type = type
        if not self.whole:
            self.type = type.replace(optional=False, fields=tuple(type.fields[position] for position in kept))

    def apply(self, row: Row) -> Row:
        """The values that are left; nulls of fields with a default become the default, as ReplaceField does."""
        if self.whole:
            return row
        values: Row = []
        for position, default in zip(self.kept, self.defaults, strict=True):
            value = row[position]
            values.append(default if value is None else value)
        return values


class Dropping:
    """What `drop.fields.header.name` does to the records of one topic whose header lists the same names.

    `value` is None for records without a value.
    """

    def __init__(self, key: Cut | None, value: Cut | None, shape: Shape) -> None:
        self.key = key
        self.value = value
        self.shape = shape

    def apply(self, record: Record) -> None:
        """Leave the fields out and set the Shape, which already counts on the fields that are added afterwards."""
        row = record.key
        if self.key is not None and isinstance(row, list):
            record.key = self.key.apply(row)
        row = record.value
        if self.value is not None and isinstance(row, list):
            record.value = self.value.apply(row)
        record.shape = self.shape


class Unwrap:
    """The step for the change envelopes of one Shape."""

    def __init__(self, plan: Plan, shape: Shape, envelope: Type) -> None:
        self._plan = plan
        self._mode = plan.mode
        self._rewrite = plan.rewrite
        self._before = envelope.index("before")
        self._after = envelope.index("after")
        self._row = envelope.fields[self._after].type
        self._width = len(self._row.fields)
        self._source = shape
        self._fields = _getters(plan.fields, envelope)
        self._headers = _getters(plan.headers, envelope)
        self._defaults: list[tuple[int, object]] = []
        if plan.rewrite and plan.replace_null:
            for position, field in enumerate(self._row.fields):
                if field.type.default is not None:
                    self._defaults.append((position, field.type.default))
        self._plain = self._row.replace(optional=False, fields=self._flattened(added=False))
        self._full = self._row.replace(optional=False, fields=self._flattened(added=True))
        self._added = {name: getter.name for reference, getter in self._fields for name in reference.names()}
        if plan.rewrite:
            self._added["deleted"] = DELETED
        self._shape = self._derive(shape.topic, shape.key, self._full)
        self._null_shape = self._derive(shape.topic, shape.key, self._row)
        self._null_shape.typed_null = True
        self._routed: dict[str, tuple[Shape, Shape]] = {shape.topic: (self._shape, self._null_shape)}
        self._dropping: dict[tuple[Shape, str, frozenset[str]], Dropping] = {}
        self._route = -1
        if plan.route_by:
            self._route = _routing_field(self._row, plan.route_by, shape.topic)

    def _flattened(self, *, added: bool) -> tuple[Field, ...]:
        fields = list(self._row.fields)
        if self._rewrite:
            fields.append(Field(DELETED, Type(TEXT, optional=True)))
        if added:
            fields += [Field(getter.name, getter.type) for _, getter in self._fields]
        names = [field.name for field in fields]
        for name in names:
            if names.count(name) > 1:
                raise BindError(
                    FIELD,
                    f"{TITLE}: the value of topic {self._source.topic} would have two fields {name}",
                    "Give the added field another name (add.fields=name:new_name) or another add.fields.prefix",
                )
        return tuple(fields)

    def _derive(self, topic: str, key: Type | None, value: Type) -> Shape:
        shape = self._source.derive(topic, key, value)
        shape.added = {**shape.added, **self._added}
        return shape

    def step(self, record: Record) -> Record | None:
        """The flattened record; None where the mode drops it."""
        envelope = record.value
        if envelope is None:
            record.headers.extend(self._plan.null_headers)
            record.shape = self._shape
            return record if self._plan.keep_tombstone else None
        if not isinstance(envelope, list):
            raise BindError(EVALUATION, f"{TITLE}: a value of topic {self._source.topic} is no change event")
        for _, getter in self._headers:
            record.headers.append((getter.name, getter.type, getter.get(envelope)))
        after = envelope[self._after]
        if not isinstance(after, list):
            before = envelope[self._before]
            return self._delete(record, envelope, before) if isinstance(before, list) else None
        row = self._rewritten(after, "false")
        shape = self._shape
        if self._route >= 0:
            shape = self._route_to(row[self._route])[0]
        for _, getter in self._fields:
            row.append(getter.get(envelope))
        record.value = row
        record.shape = shape
        if self._plan.drop_header:
            self._drop(record, UPSERT)
        return record

    def _rewritten(self, image: Row, deleted: str) -> Row:
        row = image[: self._width]
        if self._rewrite:
            for position, default in self._defaults:
                if row[position] is None:
                    row[position] = default
            row.append(deleted)
        return row

    def _delete(self, record: Record, envelope: Row, before: Row) -> Record | None:
        if self._mode == DROP:
            return None
        # The tombstone that follows shares the header list; what a later transform adds must not reach it.
        record.headers = record.headers.copy()
        shapes = self._route_to(before[self._route]) if self._route >= 0 else (self._shape, self._null_shape)
        if not self._rewrite:
            record.value = None
            record.shape = shapes[1] if self._mode == TOMBSTONE else shapes[0]
            if self._plan.drop_header:
                self._drop(record, NOTHING)
            return record
        record.value = self._rewritten(before, "true")
        record.shape = shapes[0]
        if self._plan.drop_header:
            self._drop(record, DELETE)
        row = record.value
        if isinstance(row, list):
            for _, getter in self._fields:
                row.append(getter.get(envelope))
        return record

    def _route_to(self, name: object) -> tuple[Shape, Shape]:
        """Shapes of rows and of typed nulls on the topic that a column names; blank names keep the topic."""
        topic = name if isinstance(name, str) and name.strip() else self._source.topic
        shapes = self._routed.get(topic)
        if shapes is None:
            null = self._derive(topic, self._source.key, self._row)
            null.typed_null = True
            shapes = (self._derive(topic, self._source.key, self._full), null)
            if len(self._routed) >= KEPT:
                self._routed.clear()
            self._routed[topic] = shapes
        return shapes

    def _drop(self, record: Record, form: str) -> None:
        """Leave out the fields that the header names."""
        names = self._listed(record)
        if not names:
            return
        shape = record.shape
        dropping = self._dropping.get((shape, form, names))
        if dropping is None:
            dropping = self._bind_dropping(shape, form, names)
            if len(self._dropping) >= KEPT:
                self._dropping.clear()
            self._dropping[shape, form, names] = dropping
        dropping.apply(record)

    def _bind_dropping(self, shape: Shape, form: str, names: frozenset[str]) -> Dropping:
        compatible = self._plan.keep_compatible
        key: Cut | None = None
        key_type = shape.key
        if self._plan.drop_from_key and key_type is not None:
            key = Cut(key_type, names, compatible)
            key_type = key.type
        if form == NOTHING or shape.value is None:
            return Dropping(
                key, None, shape if key is None or key.whole else shape.derive(shape.topic, key_type, shape.value)
            )
        # An insert or update loses fields after others were added to it, a delete before.
        value = Cut(self._full if form == UPSERT else self._plain, names, compatible)
        type = value.type
        if form == DELETE:
            type = type.replace(fields=(*type.fields, *(Field(getter.name, getter.type) for _, getter in self._fields)))
        if value.whole and (key is None or key.whole):
            return Dropping(key, value, shape)
        return Dropping(key, value, shape.derive(shape.topic, key_type, type))

    def _listed(self, record: Record) -> frozenset[str]:
        for name, _, value in record.headers:
            if name != self._plan.drop_header:
                continue
            if value is None:
                return frozenset()
            if not isinstance(value, list):
                raise BindError(
                    EVALUATION,
                    f"{TITLE}: header {name} of a record of topic {self._source.topic} is no list of names",
                    "Set drop.fields.header.name to a header that holds an array of strings",
                )
            return frozenset(str(item) for item in value)
        return frozenset()


def _getters(wanted: list[Reference], envelope: Type) -> list[tuple[Reference, Getter]]:
    found: list[tuple[Reference, Getter]] = []
    for reference in wanted:
        place = reference.resolve(envelope, "")
        if place is not None:
            type, parent, field, top = place
            found.append((reference, Getter(reference.name, type, parent, field, top)))
    return found


def _routing_field(row: Type, name: str, topic: str) -> int:
    position = row.index(name)
    if position < 0:
        names = ", ".join(field.name for field in row.fields)
        raise BindError(FIELD, f"{TITLE}: route.by.field {name} is no column of topic {topic} (there are: {names})")
    kind = row.fields[position].type.kind
    if kind != TEXT:
        raise BindError(FIELD, f"{TITLE}: route.by.field {name} of topic {topic} is {kind}, not text")
    return position


def _modern(options: dict[str, str]) -> dict[str, str]:
    """The options with those of Debezium before 1.3 that added fields and headers translated."""
    found = dict(options)
    added = {"add.headers": "op"} if found.pop("operation.header", "false").strip().lower() == "true" else {}
    if sources := found.pop("add.source.fields", "").strip():
        added["add.fields"] = sources
    for name, text in added.items():
        found[name] = ",".join(item for item in (found.get(name, ""), text) if item)
        old = "operation.header" if name == "add.headers" else "add.source.fields"
        note(f"{old} is an old option: it is read as {name}={found[name]}", TRANSLATED, old)
    return found


def create(options: dict[str, str], class_name: str = "") -> ExtractNewRecordState:
    """The transform for these options. Raises ConfigError."""
    settings = read(TITLE, OPTIONS, _modern(options))
    mode = settings.text("delete.tombstone.handling.mode")
    old = settings.given & {"drop.tombstones", "delete.handling.mode"}
    if old and "delete.tombstone.handling.mode" in settings.given:
        for name in sorted(old):
            note(f"{name} is ignored: delete.tombstone.handling.mode={mode} replaces it", IGNORED, name)
    elif old:
        tombstones = settings.flag("drop.tombstones") or "drop.tombstones" not in old
        handling = settings.text("delete.handling.mode") or "drop"
        mode = OLD_MODES[tombstones, handling]
        text = f"drop.tombstones={str(tombstones).lower()} and delete.handling.mode={handling}"
        read_as = f"delete.tombstone.handling.mode={mode}"
        note(f"{sorted(old)[0]} is an old option: {text} are read as {read_as}", TRANSLATED, sorted(old)[0])
    problems: list[Problem] = []
    fields = references(settings.items("add.fields"), settings.text("add.fields.prefix"), "add.fields", problems)
    headers = references(settings.items("add.headers"), settings.text("add.headers.prefix"), "add.headers", problems)
    names = [reference.name for reference in fields]
    for name in sorted({name for name in names if names.count(name) > 1}):
        why = f"the field {name} would be added twice"
        problems.append(Problem("add.fields", options["add.fields"], why, "Name it once, or give it a name of its own"))
    refuse(TITLE, problems)
    return ExtractNewRecordState(
        Plan(
            mode,
            fields,
            headers,
            settings.text("route.by.field"),
            settings.text("drop.fields.header.name").strip(),
            settings.flag("drop.fields.from.key"),
            settings.flag("drop.fields.keep.schema.compatible"),
            settings.flag("replace.null.with.default"),
        )
    )
