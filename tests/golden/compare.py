"""Compares records in canonical form: topic, partition, key, value, field order, schema, headers, offset."""

from __future__ import annotations

import difflib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.golden.canonical import Canonical
from tests.golden.deviations import DEVIATIONS, Deviation
from tests.golden.masks import Json

ABSENT = "(absent)"
FOLLOWING = ("<lsn:", "<commit:", "<txid:", "<txkey:", "<time_us:", "<time_ns:")


@dataclass(frozen=True)
class Difference:
    """One place where ours is not Debezium's. `path` reads like `value.payload.after.v`."""

    run: str
    topic: str
    index: int
    path: str
    debezium: Json
    ours: Json

    def __str__(self) -> str:
        return (
            f"{self.run} {self.topic}[{self.index}] {self.path}\n    Debezium:  {short(self.debezium)}\n"
            f"    Headwater: {short(self.ours)}"
        )


@dataclass
class Verdict:
    """The comparison of one run. `deviations` are differences that are deliberate, by deviation id."""

    run: str
    total: int = 0
    equal: int = 0
    deviating: int = 0
    differences: list[Difference] = field(default_factory=list)
    deviations: Counter[str] = field(default_factory=Counter)
    failure: str | None = None

    @property
    def clean(self) -> bool:
        """Whether every record is equal or differs deliberately."""
        return not self.differences and self.failure is None


def short(value: Json, size: int = 600) -> str:
    """A value on one line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= size else text[:size] + f"... ({len(text)} characters)"


def compare(run: str, debezium: Canonical, ours: Canonical) -> Verdict:
    """Compare one run record by record. Records are paired within their topic and partition."""
    verdict = Verdict(run)
    expected, actual = _by_topic(debezium), _by_topic(ours)
    same_number = {topic: len(records) for topic, records in expected.items()} == {
        topic: len(records) for topic, records in actual.items()
    }
    for topic in sorted(set(expected) | set(actual)):
        for index, left, right in _paired(expected.get(topic, []), actual.get(topic, [])):
            verdict.total += left is not None
            found = list(_records(debezium, left, ours, right))
            if not same_number:  # ordinals shift with every missing record: not worth a line
                found = [item for item in found if not _ordinal(item[1]) or not _ordinal(item[2])]
            open_, deliberate = _sorted(verdict, [Difference(run, topic, index, *item) for item in found])
            if left is not None and not open_:
                verdict.deviating += deliberate
                verdict.equal += not deliberate
    found = list(_values("offset", debezium.offset, ours.offset))
    if not same_number:
        found = [item for item in found if not _ordinal(item[1]) or not _ordinal(item[2])]
    _sorted(verdict, [Difference(run, "(stored offset)", 0, *item) for item in found])
    return verdict


def _sorted(verdict: Verdict, found: list[Difference]) -> tuple[bool, bool]:
    open_ = deliberate = False
    for difference in found:
        deviation = deliberately(difference)
        if deviation is None:
            open_ = True
            verdict.differences.append(difference)
        else:
            deliberate = True
            verdict.deviations[deviation.id] += 1
    return open_, deliberate


def deliberately(difference: Difference) -> Deviation | None:
    """The deviation that a difference belongs to."""
    return next(
        (
            deviation
            for deviation in DEVIATIONS
            if deviation.covers(difference.run, difference.topic, difference.path, difference.debezium, difference.ours)
        ),
        None,
    )


def _ordinal(value: Json) -> bool:
    return isinstance(value, str) and any(token in value for token in FOLLOWING)


def _by_topic(run: Canonical) -> dict[str, list[dict[str, Json]]]:
    topics: dict[str, list[dict[str, Json]]] = defaultdict(list)
    for record in run.records:
        topics[f"{record['topic']}-{record['partition']}"].append(record)
    return topics


def _signature(record: dict[str, Json]) -> str:
    def payload(part: Json) -> Json:
        return part.get("payload", part.get("text")) if isinstance(part, dict) else None

    value = payload(record["value"])
    if isinstance(value, dict) and "op" in value:
        source = value.get("source")
        snapshot = source.get("snapshot") if isinstance(source, dict) else None
        value = [value["op"], snapshot, value.get("before"), value.get("after")]
    elif isinstance(value, dict) and "tableChanges" in value:
        value = [value["databaseName"], value["ddl"]]
    return json.dumps([payload(record["key"]), value], ensure_ascii=False)


Pair = tuple[int, "dict[str, Json] | None", "dict[str, Json] | None"]


def _paired(expected: list[dict[str, Json]], actual: list[dict[str, Json]]) -> Iterator[Pair]:
    if len(expected) == len(actual):
        yield from zip(range(len(expected)), expected, actual, strict=True)
        return
    left, right = [_signature(item) for item in expected], [_signature(item) for item in actual]
    for _, a, b, c, d in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for step in range(max(b - a, d - c)):
            yield (
                a + step,
                expected[a + step] if a + step < b else None,
                actual[c + step] if c + step < d else None,
            )


Found = tuple[str, Json, Json]


def _records(
    debezium: Canonical, left: dict[str, Json] | None, ours: Canonical, right: dict[str, Json] | None
) -> Iterator[Found]:
    if left is None or right is None:
        yield "record", ABSENT if left is None else _summary(left), ABSENT if right is None else _summary(right)
        return
    for part in ("key", "value"):
        yield from _part(part, debezium, left[part], ours, right[part])
    yield from _headers(left["headers"], right["headers"])
    yield from _values("timestamp", left["timestamp"], right["timestamp"])


def _summary(record: dict[str, Json]) -> Json:
    def payload(part: Json) -> Json:
        return part.get("payload", part.get("text")) if isinstance(part, dict) else None

    return {"key": payload(record["key"]), "value": payload(record["value"])}


def _part(part: str, debezium: Canonical, left: Json, ours: Canonical, right: Json) -> Iterator[Found]:
    if not isinstance(left, dict) or not isinstance(right, dict):
        if left != right:
            yield part, left, right
        return
    for name in ("text", "bytes"):
        if left.get(name) != right.get(name):
            yield f"{part}.{name}", left.get(name, ABSENT), right.get(name, ABSENT)
    if left.get("schema") != right.get("schema"):
        yield from _schemas(
            f"{part}.schema",
            debezium.schemas.get(str(left.get("schema")), "null"),
            ours.schemas.get(str(right.get("schema")), "null"),
        )
    yield from _values(f"{part}.payload", left.get("payload"), right.get("payload"))


def _schemas(path: str, left: str, right: str) -> Iterator[Found]:
    found = list(_values(path, _named(json.loads(left)), _named(json.loads(right))))
    if found:
        yield from found
    else:
        yield f"{path} (text)", left, right


def _named(schema: Json) -> Json:
    """A schema with its list of fields as an object by name, for readable paths."""
    if isinstance(schema, list):
        return [_named(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Json] = {}
    for name, item in schema.items():
        if name == "fields" and isinstance(item, list):
            result[name] = {str(child.get("field", child.get("name"))): _named(child) for child in item}
        else:
            result[name] = _named(item)
    return result


def _headers(left: Json, right: Json) -> Iterator[Found]:
    assert isinstance(left, list)
    assert isinstance(right, list)
    names = [name for name, _ in left], [name for name, _ in right]
    if names[0] != names[1]:
        yield "headers (names)", names[0], names[1]
        return
    for (name, expected), (_, actual) in zip(left, right, strict=True):
        if expected != actual:
            yield f"headers.{name}", expected, actual


def _values(path: str, left: Json, right: Json) -> Iterator[Found]:
    if type(left) is type(right) and left == right and (not isinstance(left, dict) or str(left) == str(right)):
        return
    if isinstance(left, dict) and isinstance(right, dict):
        for name in left:
            if name not in right:
                yield f"{path}.{name}", left[name], ABSENT
            else:
                yield from _values(f"{path}.{name}", left[name], right[name])
        for name in right:
            if name not in left:
                yield f"{path}.{name}", ABSENT, right[name]
        common = [name for name in left if name in right], [name for name in right if name in left]
        if common[0] != common[1]:
            yield f"{path} (order)", common[0], common[1]
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right) and not _counts(path):
        for index, (expected, actual) in enumerate(zip(left, right, strict=True)):
            yield from _values(f"{path}[{index}]", expected, actual)
    elif type(left) is not type(right) or left != right:
        yield path, left, right


def _counts(path: str) -> bool:
    """Whether it is the list of counts at the end of a transaction, whose items are compared as a whole."""
    return path.endswith(".data_collections")


def report(verdicts: list[Verdict], *, limit: int = 20) -> str:
    """What the comparison found, readably: each run, its first differences, and the sum."""
    lines = []
    for verdict in verdicts:
        mark = "ok  " if verdict.clean else "DIFF"
        lines.append(f"{mark} {verdict.run}: equal {verdict.equal} of {verdict.total}" + _deliberate(verdict))
        if verdict.failure:
            lines.append(f"    failed: {verdict.failure}")
        kinds = Counter((difference.path, str(difference.topic)) for difference in verdict.differences)
        shown: Counter[tuple[str, str]] = Counter()
        printed = 0
        for difference in verdict.differences:
            kind = (difference.path, str(difference.topic))
            shown[kind] += 1
            if shown[kind] > 1 or printed >= (2 if verdict.failure else limit):
                continue
            printed += 1
            more = f"  (and {kinds[kind] - 1} more like it)" if kinds[kind] > 1 else ""
            lines.append("  " + str(difference).replace("\n", "\n  ") + more)
        if len(kinds) > printed:
            lines.append(f"  ... and {len(kinds) - printed} more kinds of difference")
    total, equal = sum(item.total for item in verdicts), sum(item.equal for item in verdicts)
    deviations: Counter[str] = Counter()
    for verdict in verdicts:
        deviations.update(verdict.deviations)
    lines.append("")
    reasons = {deviation.id: deviation.reason for deviation in DEVIATIONS if deviations[deviation.id]}
    lines += [f"deliberate: {name}: {deviations[name]} times: {reason}" for name, reason in reasons.items()]
    clean = sum(verdict.clean for verdict in verdicts)
    deviating = sum(verdict.deviating for verdict in verdicts)
    lines.append(f"equal {equal} of {total} records ({deviating} more deviate deliberately);")
    lines.append(f"clean {clean} of {len(verdicts)} configurations")
    return "\n".join(lines)


def _deliberate(verdict: Verdict) -> str:
    return f", {verdict.deviating} deliberately different" if verdict.deviating else ""
