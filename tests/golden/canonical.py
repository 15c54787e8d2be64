"""Brings the records of one run into a form that can be kept and compared.

A value that differs from run to run by its nature is replaced by a token `<kind:value>`; which fields these are is
enumerated here and nowhere else:

| where                                         | fields                                                        |
|-----------------------------------------------|---------------------------------------------------------------|
| envelope, schema change, heartbeat            | ts_ms, ts_us, ts_ns: the time of processing                   |
| source block, stored offset (also in a record | what the database's `MASKS` name (databases/*.py)             |
| of the schema history, as `position`)         |                                                               |
| transaction block and transaction records     | id, ts_ms                                                     |
| headers                                       | __debezium.context.runId                                      |
| flattened records and headers                 | what the configuration's `masks` name                         |

Positions and times from before the streamed part (of the snapshot, of the slot) become `<lsn:before>` and so on: the
two sides have slots of their own. Later ones stay exact between sides that read the same log at the same time; for a
recording they become ordinals (`rank`).
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable, Mapping

import fastavro

from tests.golden.masks import Boundary, Json, Masks
from tests.golden.topics import Raw

FLOAT = "\x01float:"
ORDINAL = ("lsn", "commit", "txid", "done", "file", "time_us", "time_ns", "time_ms")
TOKEN = re.compile(rf"<({'|'.join(ORDINAL)}):(\d+)>")
PLAIN = re.compile(r"<(clock|thread|place):(?:\d+|before)>")  # whole seconds, whatever number a connection has
TXKEY = re.compile(r"<txkey:(\d+):(\d+)>")
SchemaOf = Callable[[int], str]


class Canonical:
    """The records of one run in canonical form: `schemas` by id, `records`, `offset`."""

    def __init__(self, schemas: dict[str, str], records: list[dict[str, Json]], offset: Json) -> None:
        self.schemas = schemas
        self.records = records
        self.offset = offset


class Masker:
    """Replaces what differs by nature."""

    def __init__(self, boundary: Boundary, names: Mapping[str, str], masks: Masks) -> None:
        self._boundary = boundary
        self._names = names
        self._masks = masks

    def token(self, kind: str, value: Json) -> Json:
        """The token of one value; null stays null."""
        if value is None:
            return None
        if kind in ("version", "any"):
            return f"<{kind}>"
        if kind in self._masks.special:
            return self._masks.special[kind](self.token, value)
        try:
            number = int(str(value))
        except ValueError:
            return value
        if kind == "now":
            return f"<now>{'' if isinstance(value, int) else ' text'}"
        second = self._boundary.time_us // 1_000_000
        before = {
            "lsn": number <= self._boundary.lsn,
            "commit": number <= self._boundary.lsn,
            "txid": number <= self._boundary.txid,  # which is the boundary's own
            "time_ms": number < self._boundary.time_us // 1000,
            "time_us": number < self._boundary.time_us,
            "time_ns": number // 1000 < self._boundary.time_us,
            "clock": number // 10 ** max(0, len(str(number)) - 10) <= second,  # of any unit, for this century
            "done": number <= self._boundary.txid,
            "thread": False,
        }[kind]
        return f"<{kind}:{'before' if before else number}>"

    def payload(self, value: Json, topic: str, *, top: bool = True) -> Json:
        """A key or value with its tokens in place of what differs."""
        if isinstance(value, list):
            return [self.payload(item, topic, top=False) for item in value]
        if not isinstance(value, dict):
            return value
        kinds: Mapping[str, str] = {}
        names = set(value)
        if {"connector", "ts_ms", "db"} <= names:
            kinds = self._masks.source
            value = self._masks.prepared(value)
        elif {"op", "source"} <= names or {"ddl", "tableChanges"} <= names:
            kinds = {"ts_ms": "now", "ts_us": "now", "ts_ns": "now"}
            if isinstance(position := value.get("position"), dict):
                value = {**value, "position": self.history(position)}
        elif {"id", "total_order", "data_collection_order"} == names:
            kinds = {"id": "txkey"}
        elif {"status", "id", "event_count"} <= names:
            kinds = {"id": "txkey", "ts_ms": self._masks.time}
        elif top and names == {"id"} and self._masks.transaction.fullmatch(str(value["id"])):
            kinds = {"id": "txkey"}
        elif "heartbeat" in topic and names == {"ts_ms"}:
            kinds = {"ts_ms": "now"}
        value = self._masks.whole(value)
        result: dict[str, Json] = {}
        for name, item in value.items():
            kind = kinds.get(name) or (self._names.get(name) if top else None)
            if kind is not None:
                result[name] = self.token(kind, item)
            else:
                result[name] = self.payload(item, topic, top=False)
        return result

    def header(self, name: str, value: bytes | None) -> Json:
        """A header's value as text."""
        if value is None:
            return None
        if name == "__debezium.context.runId":
            return "<runId>"
        text = value.decode("utf-8", "backslashreplace")
        kind = self._names.get(name)
        return text if kind is None else self.token(kind, text)

    def offset(self, value: bytes | None) -> Json:
        """A stored offset."""
        if value is None:
            return None
        parsed = json.loads(value)
        return self.stored(parsed) if isinstance(parsed, dict) else parsed

    def history(self, position: dict[str, Json]) -> Json:
        """The position of a record of the schema history: no ordinals, for it is before a statement or behind it."""
        return json.loads(re.sub("<(?:commit|done):", "<place:", json.dumps(self.stored(position))))

    def stored(self, parsed: dict[str, Json]) -> Json:
        """A stored offset that was read."""
        kinds = dict(self._masks.offset)
        if parsed.get("messageType") == "COMMIT":
            kinds["lsn"] = kinds["lsn_proc"] = "commit"
        parsed = self._masks.prepared(parsed)
        return {name: self.token(kinds[name], item) if name in kinds else item for name, item in parsed.items()}


class Reader:
    """Takes keys and values apart into schema and payload, both ways in which they are written (JSON, Avro)."""

    def __init__(self, schema_of: SchemaOf | None = None) -> None:
        self.schemas: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._last: dict[str, str] = {}
        self._schema_of = schema_of
        self._avro: dict[int, tuple[str, object]] = {}

    def _intern(self, text: str) -> str:
        known = self._ids.get(text)
        if known is None:
            known = hashlib.sha256(text.encode()).hexdigest()[:12]
            self._ids[text] = known
            self.schemas[known] = text
        return known

    def read(self, data: bytes, where: str, masker: Masker, topic: str) -> dict[str, Json]:
        """Schema id and masked payload."""
        if self._schema_of is not None and data[:1] == b"\0":
            return self._read_avro(data, masker, topic)
        text = data.decode()
        result: dict[str, Json] = {}
        if text.startswith('{"schema":') and not text.startswith('{"schema":null'):
            last = self._last.get(where)
            if last is not None and text.startswith(last, 10) and text.startswith(',"payload":', 10 + len(last)):
                end = 10 + len(last)
            else:
                _, end = json.JSONDecoder().raw_decode(text, 10)
                self._last[where] = text[10:end]
            result["schema"] = self._intern(text[10:end])
            body = text[end + len(',"payload":') : -1]
        else:
            body = text
        try:
            payload = json.loads(body, parse_float=lambda number: FLOAT + number)
        except ValueError:
            return {"text": text}
        if jackson(payload) != body:
            result["bytes"] = body
        result["payload"] = masker.payload(payload, topic)
        if "bytes" in result and result["payload"] != payload:
            result["bytes"] = "(not as Jackson writes it)"
        return result

    def _read_avro(self, data: bytes, masker: Masker, topic: str) -> dict[str, Json]:
        assert self._schema_of is not None
        number = int.from_bytes(data[1:5], "big")
        if number not in self._avro:
            text = self._schema_of(number)
            self._avro[number] = (text, fastavro.parse_schema(plain(json.loads(text))))
        text, parsed = self._avro[number]
        stream = io.BytesIO(data[5:])
        payload = fastavro.schemaless_reader(stream, parsed, None)  # type: ignore[arg-type]
        result: dict[str, Json] = {"schema": self._intern(text)}
        if stream.read():
            result["bytes"] = "(bytes behind the value)"
        result["payload"] = masker.payload(plain_value(payload), topic)
        return result


def plain(schema: Json) -> Json:
    """An Avro schema without logical types, so that values stay what they are on the wire."""
    if isinstance(schema, dict):
        return {name: plain(item) for name, item in schema.items() if name != "logicalType"}
    if isinstance(schema, list):
        return [plain(item) for item in schema]
    return schema


def plain_value(value: Json) -> Json:
    """An Avro value in JSON: bytes as base64, floats as text."""
    if isinstance(value, dict):
        return {name: plain_value(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain_value(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float):
        return FLOAT + repr(value)
    return value


def jackson(value: Json) -> str:
    """JSON text as Jackson writes it, floats as they were read."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = re.sub(r'"\\u0001float:([^"]*)"', r"\1", text)
    return re.sub(r"\\u00([01])([a-f])", lambda found: f"\\u00{found[1]}{found[2].upper()}", text)


def canonical(
    raws: list[Raw],
    offset: bytes | None,
    boundary: Boundary,
    names: Mapping[str, str],
    masks: Masks,
    *,
    schema_of: SchemaOf | None = None,
    unordered: bool = False,
) -> Canonical:
    """The records and the last stored offset of one run, masked; positions and times are exact."""
    reader = Reader(schema_of)
    masker = Masker(boundary, names, masks)
    records: list[dict[str, Json]] = []
    for raw in raws:
        record: dict[str, Json] = {"topic": raw.topic, "partition": raw.partition}
        record["key"] = None if raw.key is None else reader.read(raw.key, f"{raw.topic} key", masker, raw.topic)
        record["value"] = None if raw.value is None else reader.read(raw.value, raw.topic, masker, raw.topic)
        record["headers"] = [[name, masker.header(name, value)] for name, value in raw.headers]
        record["timestamp"] = raw.timestamp_type
        if "heartbeat" in raw.topic and records and records[-1] == record:
            continue  # as many as time has passed
        records.append(record)
    if unordered:
        records.sort(key=lambda record: (str(record["topic"]), json.dumps(record, sort_keys=True)))
    return Canonical(reader.schemas, records, masker.offset(offset))


def rank(result: Canonical) -> Canonical:
    """Positions, transaction ids and times as ordinals among those of the run: what a recording holds.

    Ends of commits are counted apart from the positions of rows: whether the next row begins where a commit ends
    depends on what the server writes into its log in between.
    """
    text = json.dumps([result.records, result.offset], ensure_ascii=False)
    text = PLAIN.sub(r"<\1>", text)
    values: dict[str, set[int]] = {kind: set() for kind in ORDINAL}
    for kind, number in TOKEN.findall(text):
        values[kind].add(int(number))
    values["time_us"] |= {number // 1000 for number in values["time_ns"]}
    keys: dict[int, set[int]] = {}
    for txid, lsn in TXKEY.findall(text):
        keys.setdefault(int(txid), set()).add(int(lsn))
        values["txid"].add(int(txid))
    ranks = {
        kind: {number: index for index, number in enumerate(sorted(values[kind]), 1)}
        for kind in ("lsn", "commit", "txid", "done", "file", "time_us")
    }

    def ordinal(found: re.Match[str]) -> str:
        kind, number = found[1], int(found[2])
        if kind == "time_ms":
            return "<time_ms>"  # two commits may fall into one millisecond
        if kind == "time_ns":
            return f"<time_ns:#{ranks['time_us'][number // 1000]}+{number % 1000}>"
        return f"<{kind}:#{ranks[kind][number]}>"

    def key(found: re.Match[str]) -> str:
        txid, lsn = int(found[1]), int(found[2])
        return f"<txkey:#{ranks['txid'][txid]}:#{sorted(keys[txid]).index(lsn) + 1}>"

    records, offset = json.loads(TXKEY.sub(key, TOKEN.sub(ordinal, text)))
    return Canonical(result.schemas, records, offset)
