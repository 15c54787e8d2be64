"""Our converters against recordings of Java's: every byte equal."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cdc.errors import CdcError
from schemas import avro, connect, headers, string
from schemas import json as json_converter
from schemas.avro_schema import Mapping, schema_text

RECORDED = Path(__file__).parent / "converters" / "recorded.jsonl.gz"
JSON_OPTIONS = {option.name for option in json_converter.OPTIONS}


def load() -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(RECORDED.read_bytes()).decode().split("\n") if line]


SAMPLES = load()


def parsed(sample: dict[str, Any]) -> tuple[Any, Any]:
    message = json.loads(sample["message"])
    type = connect.parse(message["schema"])
    return type, connect.value_of(type, message["payload"])


def mapping(options: dict[str, str]) -> Mapping:
    return Mapping(
        meta_data=options.get("connect.meta.data") != "false",
        scrub="scrub.invalid.names" in options,
        optional_map_keys="allow.optional.map.keys" in options,
        discard_type_doc_default="discard.type.doc.default" in options,
    )


def test_there_are_samples_of_every_kind() -> None:
    text = "".join(sample["message"] for sample in SAMPLES)
    assert len(SAMPLES) > 300
    for word in ("Decimal", "float", '"map"', '"array"', "connect.data.Timestamp", "Enum", '"default"'):
        assert word in text
    assert any("avro_error" in sample for sample in SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=range(len(SAMPLES)))
def test_bytes_are_those_of_java(sample: dict[str, Any]) -> None:
    type, value = parsed(sample)
    options = sample["options"]
    own = {name: text for name, text in options.items() if name in JSON_OPTIONS}
    if "json_error" in sample:
        with pytest.raises(CdcError):
            json_converter.create(own, False).bind(type, "t", is_key=False)(value)
    else:
        assert json_converter.create(own, False).bind(type, "t", is_key=False)(value).decode() == sample["json"]
    assert string.create({}, False).bind(type, "t", is_key=False)(value).decode() == sample["string"]
    assert headers.encode_header(type, value) == sample["header"].encode()
    if "avro_error" in sample:
        with pytest.raises(CdcError):
            schema_text(type, mapping(options))
    else:
        assert schema_text(type, mapping(options)) == sample["avro"]
        octets = avro.encoder(type, "t", 7, mapping(options)).encode(value)
        assert octets[:5] == b"\x00\x00\x00\x00\x07"
        assert base64.b64encode(octets[5:]).decode() == sample["binary"]
