"""Every deliberate difference is told to users."""

from __future__ import annotations

import re
from pathlib import Path

from tests.golden.deviations import DEVIATIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "compatibility.md"


def test_every_deviation_has_its_line_in_the_documentation() -> None:
    text = PAGE.read_text()
    missing = [deviation.id for deviation in DEVIATIONS if f"| `{deviation.id}` | {deviation.reason} |" not in text]
    assert missing == []


def test_no_deviation_covers_a_missing_record_or_a_whole_value() -> None:
    whole = [({"a": 1}, {"a": 2}), ({"a": 1}, None), ({"a": 1}, "(absent)"), ("(absent)", {"a": 1})]
    for deviation in DEVIATIONS:
        for path in ("record", "key", "value", "value.schema", "value.payload", "value.payload.after", "headers.x"):
            if re.fullmatch(deviation.paths, path, re.DOTALL):
                assert deviation.values is not None, (deviation.id, path)
                assert not any(deviation.values(*pair) for pair in whole), (deviation.id, path)


def test_deviations_cover_the_pair_that_they_describe_and_no_other() -> None:
    def covered(path: str, debezium: object, ours: object, topic: str = "p.public.t-0", run: str = "a.b") -> str | None:
        return next((each.id for each in DEVIATIONS if each.covers(run, topic, path, debezium, ours)), None)

    assert covered("offset.lsn_commit", "<commit:#3>", "<commit:#4>") == "offset-at-commit"
    assert covered("offset.lsn_commit", "<commit:#3>", "<commit:#5>") is None
    assert covered("offset.lsn", "<lsn:#3>", "<commit:#9>") == "offset-at-commit"
    assert covered("offset.lsn", "<lsn:#3>", "<lsn:#4>") is None
    one = [{"data_collection": "public.a", "event_count": 2}, {"data_collection": "public.b", "event_count": 1}]
    counts = "value.payload.data_collections"
    assert covered(counts, one, one[::-1]) == "collection-order"
    assert covered(counts, one, [one[0], {"data_collection": "public.b", "event_count": 2}]) is None
    messages = [{"data_collection": "<message id>", "event_count": 1}] * 2
    ours = {"data_collection": "LOGICAL_DECODING_MESSAGE", "event_count": 2}
    assert covered(counts, [*messages, one[0]], [ours, one[0]]) == "message-collection"
    assert covered(counts, messages, [{**ours, "event_count": 1}]) is None
    assert (
        covered("value.schema.fields.after.fields.title.optional", True, False, "p.public.items-0", "ddl.x") is not None
    )
    assert covered("value.schema.fields.after.fields.title.optional", False, True, "p.public.items-0", "ddl.x") is None
