"""The comparison itself: it finds what it should find, and masks nothing else."""

from __future__ import annotations

import json

import pytest

from tests.golden.canonical import Canonical, canonical, rank
from tests.golden.compare import compare
from tests.golden.databases.mysql import MysqlDatabase, position, statements
from tests.golden.databases.postgresql import PostgresDatabase
from tests.golden.masks import Boundary
from tests.golden.topics import Raw

BOUNDARY = Boundary(lsn=1000, txid=50, time_us=1_000_000)
SCHEMA = '{"type":"struct","fields":[{"type":"int32","optional":false,"field":"id"}],"optional":false}'


def envelope(**changes: object) -> dict[str, object]:
    """The payload of an insert."""
    source = {
        "version": "3.6.3.Final",
        "connector": "postgresql",
        "name": "p",
        "ts_ms": 1001,
        "snapshot": "false",
        "db": "d",
        "sequence": '["900","1100"]',
        "ts_us": 1_001_000,
        "ts_ns": 1_001_000_000,
        "schema": "public",
        "table": "t",
        "txId": 51,
        "lsn": 1100,
        "xmin": None,
        "origin": None,
        "origin_lsn": None,
    }
    value = {"before": None, "after": {"id": 1, "v": 1.5}, "source": source, "transaction": None, "op": "c"}
    value |= {"ts_ms": 5, "ts_us": 5, "ts_ns": 5}
    value |= changes
    return value


def raw(payload: object, *, schema: str = SCHEMA, **changes: object) -> Raw:
    """A record of topic g_a_b.t."""
    value = f'{{"schema":{schema},"payload":{json.dumps(payload, separators=(",", ":"))}}}'.encode()
    record = Raw("g_a_b.t", 0, 0, b'{"id":1}', value, (("h", b"x"), ("__debezium.context.runId", b"r")), 1)
    return record._replace(**changes)


def made(*records: Raw, offset: bytes | None = None, ranked: bool = True) -> Canonical:
    """The canonical form."""
    result = canonical(list(records), offset, BOUNDARY, {}, PostgresDatabase.MASKS)
    return rank(result) if ranked else result


def paths(left: Canonical, right: Canonical) -> list[str]:
    """Where two runs differ."""
    return [difference.path for difference in compare("a.b", left, right).differences]


def test_same_records_are_equal() -> None:
    verdict = compare("a.b", made(raw(envelope())), made(raw(envelope())))
    assert (verdict.equal, verdict.total, verdict.clean) == (1, 1, True)


def test_processing_time_version_and_run_are_masked() -> None:
    other = envelope(ts_ms=9, ts_us=9, ts_ns=9)
    other["source"]["version"] = "0.1"  # type: ignore[index]
    changed = raw(other, headers=(("h", b"x"), ("__debezium.context.runId", b"q")))
    assert paths(made(raw(envelope())), made(changed)) == []


def test_positions_are_ordinals_in_a_recording_and_exact_in_live_mode() -> None:
    later = envelope()
    later["source"] = {**later["source"], "lsn": 2200, "sequence": '["800","2200"]', "txId": 77}  # type: ignore[dict-item]
    assert paths(made(raw(envelope())), made(raw(later))) == []
    found = paths(made(raw(envelope()), ranked=False), made(raw(later), ranked=False))
    assert found == ["value.payload.source.sequence", "value.payload.source.txId", "value.payload.source.lsn"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"after": {"id": 2, "v": 1.5}}, "value.payload.after.id"),
        ({"after": {"id": "1", "v": 1.5}}, "value.payload.after.id"),
        ({"after": {"id": True, "v": 1.5}}, "value.payload.after.id"),
        ({"after": {"id": 1, "v": 1.50000001}}, "value.payload.after.v"),
        ({"after": {"v": 1.5, "id": 1}}, "value.payload.after (order)"),
        ({"after": {"id": 1}}, "value.payload.after.v"),
        ({"op": "u"}, "value.payload.op"),
        ({"ts_ms": "5"}, "value.payload.ts_ms"),
    ],
)
def test_a_different_value_is_found(changes: dict[str, object], path: str) -> None:
    assert paths(made(raw(envelope())), made(raw(envelope(**changes)))) == [path]


def test_a_different_schema_key_header_partition_or_timestamp_is_found() -> None:
    left = made(raw(envelope()))
    schema = SCHEMA.replace("int32", "int64")
    assert paths(left, made(raw(envelope(), schema=schema))) == ["value.schema.fields.id.type"]
    assert paths(left, made(raw(envelope(), key=b'{"id":2}'))) == ["key.payload.id"]
    assert paths(left, made(raw(envelope(), key=None))) == ["key"]
    assert paths(left, made(raw(envelope(), headers=(("h", b"y"), ("__debezium.context.runId", b"r"))))) == [
        "headers.h"
    ]
    assert paths(left, made(raw(envelope(), headers=()))) == ["headers (names)"]
    assert paths(left, made(raw(envelope(), timestamp_type=2))) == ["timestamp"]
    assert set(paths(left, made(raw(envelope(), partition=1)))) == {"record"}


def test_schema_fields_in_another_order_are_found() -> None:
    one = SCHEMA.replace("}]", '},{"type":"string","optional":true,"field":"v"}]')
    fields = one.index("[") + 1, one.index("]")
    parts = one[fields[0] : fields[1]].split("},")
    other = one[: fields[0]] + parts[1] + "," + parts[0] + "}" + one[fields[1] :]
    found = paths(made(raw(envelope(), schema=one)), made(raw(envelope(), schema=other)))
    assert found == ["value.schema.fields (order)"]


def test_missing_and_additional_records_are_found() -> None:
    one, two = raw(envelope()), raw(envelope(after={"id": 2, "v": 2.5}), offset=1)
    assert paths(made(one, two), made(one)) == ["record"]
    assert paths(made(one), made(one, two)) == ["record"]
    verdict = compare("a.b", made(one, two), made(two))
    assert (verdict.equal, verdict.total) == (1, 2)


def test_json_that_jackson_does_not_write_is_found() -> None:
    spaced = raw(envelope())
    value = spaced.value or b""
    assert paths(made(raw(envelope())), made(spaced._replace(value=value.replace(b'"op":"c"', b'"op": "c"')))) == [
        "value.bytes"
    ]


def test_offsets_are_compared() -> None:
    left = made(raw(envelope()), offset=b'{"lsn":1100,"messageType":"INSERT"}')
    assert paths(left, made(raw(envelope()), offset=b'{"lsn":900,"messageType":"INSERT"}')) == ["offset.lsn"]
    assert paths(left, made(raw(envelope()), offset=b'{"lsn":1100,"messageType":"UPDATE"}')) == ["offset.messageType"]
    assert paths(left, made(raw(envelope()), offset=None)) == ["offset"]


SERVER = "3e11fa47-71ca-11e1-9e33-c80aa9429562"


def binlog(
    *, file: str = "mysql-bin.000003", pos: int = 500, gtid: int = 12, thread: int = 7, ts: int = 9
) -> Canonical:
    """One record of MySQL and its offset, exact."""
    source = {
        "version": "3.6.1.Final",
        "connector": "mysql",
        "name": "p",
        "ts_ms": ts * 1000,
        "snapshot": "false",
        "db": "d",
        "sequence": None,
        "ts_us": ts * 1_000_000,
        "ts_ns": ts * 1_000_000_000,
        "table": "t",
        "server_id": 1,
        "gtid": f"{SERVER}:{gtid}",
        "file": file,
        "pos": pos,
        "row": 0,
        "thread": thread,
        "query": None,
    }
    offset = {"ts_sec": ts, "file": file, "pos": pos, "gtids": f"{SERVER}:1-{gtid}"}
    boundary = Boundary(position("mysql-bin.000003", 400), 10, 2_000_000_000)
    record = raw(envelope(source=source))
    return canonical([record], json.dumps(offset).encode(), boundary, {}, MysqlDatabase.MASKS)


def test_positions_in_a_binlog_are_ordinals_in_a_recording_and_exact_in_live_mode() -> None:
    other = binlog(file="mysql-bin.000004", pos=4, gtid=13, thread=8)
    assert paths(rank(binlog()), rank(other)) == []
    assert paths(binlog(), other) == [
        "value.payload.source.gtid",
        "value.payload.source.file",
        "value.payload.source.pos",
        "value.payload.source.thread",
        "offset.file",
        "offset.pos",
        "offset.gtids",
    ]
    assert paths(rank(binlog()), rank(binlog(pos=400))) == [
        "value.payload.source.file",
        "value.payload.source.pos",
        "offset.file",
        "offset.pos",
    ]
    assert paths(rank(binlog()), rank(binlog(gtid=10))) == ["value.payload.source.gtid", "offset.gtids"]


def test_positions_in_the_schema_history_are_exact_in_live_mode() -> None:
    def history(ddl: str = "DROP TABLE t", **position: object) -> Raw:
        place = {"ts_sec": 3, "file": "mysql-bin.000009", "pos": 4, "gtids": "0-1-60", "server_id": 1} | position
        value = {"position": place, "ts_ms": 5, "ddl": ddl, "tableChanges": []}
        return raw(value, topic="g_a_b-history-1")

    def both(other: Raw, *, ranked: bool) -> list[str]:
        sides = [canonical([each], None, BOUNDARY, {}, MysqlDatabase.MASKS) for each in (history(), other)]
        return paths(*[rank(side) if ranked else side for side in sides])

    later = history(pos=5, gtids="0-1-61")
    assert both(later, ranked=False) == ["value.payload.position.pos", "value.payload.position.gtids"]
    assert both(later, ranked=True) == []
    assert both(history(server_id=2), ranked=True) == ["value.payload.position.server_id"]
    assert both(history(ddl="DROP TABLE u"), ranked=True) == ["value.payload.ddl"]


def test_statements_end_at_a_semicolon_outside_of_quotes() -> None:
    text = "INSERT INTO t VALUES ('a;b', \"c;\"); /* d; */ UPDATE `e;f` SET g = 'h''i;';\n SELECT 1"
    assert statements(text) == [
        "INSERT INTO t VALUES ('a;b', \"c;\")",
        "/* d; */ UPDATE `e;f` SET g = 'h''i;'",
        "SELECT 1",
    ]
