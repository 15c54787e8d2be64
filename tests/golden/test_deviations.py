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
    assert covered("offset.lsn", "<commit:#3>", "<commit:#4>") == "offset-at-commit"
    assert covered("offset.lsn", "<commit:#4>", "<commit:#3>") is None
    assert covered("offset.transaction_id", "<txid:#3>", None) == "offset-at-commit"
    assert covered("offset.transaction_id", "<txid:#3>", "<txid:#4>") is None
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


def test_deviations_of_binlogs_cover_the_pair_that_they_describe_and_no_other() -> None:
    def covered(path: str, debezium: object, ours: object, table: str = "zeros", run: str = "mytypes.x") -> str | None:
        topic = f"p.g_mytypes.{table}-0"
        return next((each.id for each in DEVIATIONS if each.covers(run, topic, path, debezium, ours)), None)

    after = "value.payload.after"
    assert covered(f"{after}.d", 11323, -719162) == "two-digit-years"
    assert covered(f"{after}.dt6", 946684799999999, -59011459200000001) == "two-digit-years"
    assert covered(f"{after}.d", "2001-01-01Z", "0001-01-01Z") == "two-digit-years"
    assert covered(f"{after}.d", 11324, -719162) is None
    assert covered(f"{after}.d", "2001-01-02Z", "0001-01-01Z") is None
    assert covered(f"{after}.d", -683003, -683002) is None
    assert covered(f"{after}.d", None, "0001-01-01Z") is None
    assert covered(f"{after}.dt6", 978307200000000, None) == "two-digit-years"
    assert covered(f"{after}.dt6", 978307200000001, None) is None
    begin = "value.payload.ts_ms"
    assert covered(begin, "<clock:1700000000000>", "<clock:1700000001000>", "transaction", "matypes.x") == "begin-time"
    assert covered(begin, "<clock:1700000001000>", "<clock:1700000000000>", "transaction", "matypes.x") is None
    assert covered(f"{after}.y", 2000, 0) == "year-zero"
    assert covered(f"{after}.y", 2000, 1999) is None
    assert covered(f"{after}.ts3", "2020-01-02T03:04:05.12Z", "2020-01-02T03:04:05.120Z") == "timestamp-zeros"
    assert covered(f"{after}.ts3", "2020-01-02T03:04:05.12Z", "2020-01-02T03:04:05.121Z") is None
    assert covered(f"{after}.ts3", "2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z") is None
    assert covered(f"{after}.v[2]", "\x01float:3.0000001E10", "\x01float:3.0E10", "vectors") == "float-digits"
    assert covered(f"{after}.v[2]", "\x01float:3.0000001E10", "\x01float:3.1E10", "vectors") is None
    default = "value.schema.fields.after.fields"
    assert covered(f"{default}.cn.default", "it''s", "it's", "texts") == "escaped-default"
    assert covered(f"{default}.bin.default", "YWJcMFww", "YWIAAA==", "octets") == "escaped-default"
    assert covered(f"{default}.bin.default", "YWJcMFww", "YWIAAAA=", "octets") is None
    assert covered("offset.pos", "<commit:10>", "<commit:20>") == "offset-behind-transaction"
    assert covered("offset.pos", "<commit:20>", "<commit:10>") is None
    assert covered("offset.gtids", "<server>:1-<done:5>", "<server>:1-<done:6>") == "offset-behind-transaction"
    assert covered("offset.event", 2, "(absent)") == "offset-behind-transaction"
    assert covered("offset.event", 2, 3) is None
