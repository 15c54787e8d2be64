"""Brings the records of one run into a form that can be kept and compared.

A value that differs from run to run by its nature is replaced by a token `<kind:value>`; which fields these are is
enumerated here and nowhere else:

| where                                         | fields                                                        |
|-----------------------------------------------|---------------------------------------------------------------|
| envelope, logical message, heartbeat          | ts_ms, ts_us, ts_ns: the time of processing                   |
| source block of a message outside of a        |                                                               |
| transaction, when it has the message's ts_ms  | ts_ms, ts_us, ts_ns: the time of processing too               |
| source block                                  | version, ts_ms, ts_us, ts_ns, lsn, sequence, txId, xmin       |
| transaction block and transaction records     | id, ts_ms; name of a logical message among data_collections   |
| headers                                       | __debezium.context.runId                                      |
| stored offset                                 | lsn, lsn_proc, lsn_commit, txId, ts_usec, xmin, transaction_id |
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
from dataclasses import dataclass

import fastavro

from tests.golden.topics import Raw

KINDS = ("version", "now", "time_ms", "time_us", "time_ns", "lsn", "commit", "txid", "sequence", "txkey", "any")
FLOAT = "\x01float:"
SOURCE = {
    "version": "version",
    "ts_ms": "time_ms",
    "ts_us": "time_us",
    "ts_ns": "time_ns",
    "lsn": "lsn",
    "sequence": "sequence",
    "txId": "txid",
    "xmin": "txid",
    "origin_lsn": "any",
}
OFFSET = {
    "lsn": "lsn",
    "lsn_proc": "lsn",
    "lsn_commit": "commit",
    "txId": "txid",
    "ts_usec": "time_us",
    "xmin": "txid",
    "transaction_id": "txkey",
}
TOKEN = re.compile(r"<(lsn|commit|txid|time_us|time_ns|time_ms):(\d+)>")
TRANSACTION = re.compile(r"\d+:\d+")
MESSAGE_ID = re.compile(r"io\.debezium\.[\w.]+\$LogicalDecodingMessageId@[0-9a-f]+")
TXKEY = re.compile(r"<txkey:(\d+):(\d+)>")
Json = object
SchemaOf = Callable[[int], str]


@dataclass(frozen=True)
class Boundary:
    """Where the streamed part begins: position, transaction id, commit time in microseconds since the epoch."""

    lsn: int
    txid: int
    time_us: int


class Canonical:
    """The records of one run in canonical form: `schemas` by id, `records`, `offset`."""

    def __init__(self, schemas: dict[str, str], records: list[dict[str, Json]], offset: Json) -> None:
        self.schemas = schemas
        self.records = records
        self.offset = offset


class Masker:
    """Replaces what differs by nature."""

    def __init__(self, boundary: Boundary, names: Mapping[str, str]) -> None:
        self._boundary = boundary
        self._names = names

    def token(self, kind: str, value: Json) -> Json:
        """The token of one value; null stays null."""
        if value is None:
            return None
        if kind in ("version", "any"):
            return f"<{kind}>"
        if kind == "sequence":
            try:
                parts = json.loads(str(value))
            except ValueError:
                return value
            kinds = ("commit", "lsn")
            return json.dumps([self.token(*pair) for pair in zip(kinds, parts, strict=False)], separators=(",", ":"))
        if kind == "txkey":
            txid, colon, lsn = str(value).partition(":")
            return f"<txkey:{txid}:{lsn}>" if lsn.isdigit() else f"{self.token('txid', txid)}{colon}{lsn}"
        try:
            number = int(str(value))
        except ValueError:
            return value
        if kind == "now":
            return f"<now>{'' if isinstance(value, int) else ' text'}"
        before = {
            "lsn": number <= self._boundary.lsn,
            "commit": number <= self._boundary.lsn,
            "txid": number <= self._boundary.txid,  # which is the boundary's own
            "time_ms": number < self._boundary.time_us // 1000,
            "time_us": number < self._boundary.time_us,
            "time_ns": number // 1000 < self._boundary.time_us,
        }[kind]
        return f"<{kind}:{'before' if before else number}>"

    def payload(self, value: Json, topic: str, *, top: bool = True) -> Json:
        """A key or value with its tokens in place of what differs."""
        if isinstance(value, list):
            return [self.payload(item, topic, top=False) for item in value]
        if not isinstance(value, dict):
            return value
        kinds: dict[str, str] = {}
        names = set(value)
        if {"connector", "ts_ms", "db"} <= names:
            kinds = SOURCE
        elif {"op", "source"} <= names:
            kinds = {"ts_ms": "now", "ts_us": "now", "ts_ns": "now"}
        elif {"id", "total_order", "data_collection_order"} == names:
            kinds = {"id": "txkey"}
        elif {"status", "id", "event_count"} <= names:
            kinds = {"id": "txkey", "ts_ms": "time_ms"}
        elif top and names == {"id"} and TRANSACTION.fullmatch(str(value["id"])):
            kinds = {"id": "txkey"}
        elif "heartbeat" in topic and names == {"ts_ms"}:
            kinds = {"ts_ms": "now"}
        if value.get("op") == "m" and isinstance(value.get("source"), dict):
            value = {**value, "source": _read_now(value["source"], value.get("ts_ms"))}
        if "data_collections" in names and MESSAGE_ID.search(str(value["data_collections"])):
            value = {**value, "data_collections": _unordered(value["data_collections"])}
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
        if not isinstance(parsed, dict):
            return parsed
        kinds = dict(OFFSET)
        if parsed.get("messageType") == "COMMIT":
            kinds["lsn"] = kinds["lsn_proc"] = "commit"
        return {name: self.token(kinds[name], item) if name in kinds else item for name, item in parsed.items()}


def _read_now(source: dict[str, Json], ts_ms: Json) -> Json:
    """The source block of a logical message; outside of a transaction its time may be that of the reading."""
    if source.get("txId") is not None or source.get("ts_ms") != ts_ms:
        return source
    return {name: "<now>" if name in ("ts_ms", "ts_us", "ts_ns") else item for name, item in source.items()}


def _unordered(collections: Json) -> Json:
    """Debezium names the collection of a logical message by the identity of a Java object, which orders them too."""
    text = MESSAGE_ID.sub("<message id>", json.dumps(collections))
    return sorted(json.loads(text), key=json.dumps)


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
    *,
    schema_of: SchemaOf | None = None,
    unordered: bool = False,
) -> Canonical:
    """The records and the last stored offset of one run, masked; positions and times are exact."""
    reader = Reader(schema_of)
    masker = Masker(boundary, names)
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
    values: dict[str, set[int]] = {kind: set() for kind in ("lsn", "commit", "txid", "time_us", "time_ns", "time_ms")}
    for kind, number in TOKEN.findall(text):
        values[kind].add(int(number))
    values["time_us"] |= {number // 1000 for number in values["time_ns"]}
    keys: dict[int, set[int]] = {}
    for txid, lsn in TXKEY.findall(text):
        keys.setdefault(int(txid), set()).add(int(lsn))
        values["txid"].add(int(txid))
    ranks = {
        kind: {number: index for index, number in enumerate(sorted(values[kind]), 1)}
        for kind in ("lsn", "commit", "txid", "time_us")
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
