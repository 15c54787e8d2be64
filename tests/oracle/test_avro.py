"""Our Avro bytes as fastavro reads and writes them, over random schemas and values."""

from __future__ import annotations

import io
import json
import random
from typing import Any

import fastavro
import pytest

from cdc.errors import SchemaError
from cdc.model import ARRAY, MAP, STRUCT, Type
from schemas import avro
from schemas.avro_schema import Mapping, schema_text
from schemas.errors import AVRO_CLASH
from tests.oracle.converters.samples import Samples

MAPPING = Mapping()


def as_read(type: Type, value: Any, field: bool = False) -> Any:
    """What a reader of the record has for a value: structs as dicts, the default where a field is null."""
    if value is None and field and type.default is not None:
        value = type.default
    if value is None:
        return None
    if type.kind == STRUCT:
        return {member.name: as_read(member.type, item, True) for member, item in zip(type.fields, value, strict=True)}
    if type.kind == ARRAY and type.element is not None:
        return [as_read(type.element, item) for item in value]
    if type.kind == MAP and type.element is not None and type.keys is not None:
        if MAPPING.is_map(type):
            return {key: as_read(type.element, item) for key, item in value.items()}
        return [{"key": key, "value": as_read(type.element, item)} for key, item in value.items()]
    return value


def without_logical_types(schema: Any) -> Any:
    """The schema with the physical types only, so that fastavro gives back what was written."""
    if isinstance(schema, list):
        return [without_logical_types(branch) for branch in schema]
    if isinstance(schema, dict):
        return {name: without_logical_types(part) for name, part in schema.items() if name != "logicalType"}
    return schema


@pytest.mark.parametrize("seed", range(40))
def test_fastavro_reads_what_was_written_and_writes_the_same(seed: int) -> None:
    samples = Samples(random.Random(1000 + seed))
    compared = 0
    for number in range(25):
        type = samples.record(number)
        value = samples.value(type)
        try:
            schema = without_logical_types(json.loads(schema_text(type, MAPPING)))
        except SchemaError as error:
            if error.code != AVRO_CLASH:  # two maps with number keys and different values
                raise
            continue
        schema = fastavro.parse_schema(schema)
        octets = avro.encoder(type, "t", 258, MAPPING).encode(value)
        assert octets[:5] == b"\x00\x00\x00\x01\x02"
        expected = as_read(type, value)
        assert fastavro.schemaless_reader(io.BytesIO(octets[5:]), schema) == expected
        out = io.BytesIO()
        fastavro.schemaless_writer(out, schema, expected)
        assert out.getvalue() == octets[5:]
        compared += 1
    assert compared > 10
