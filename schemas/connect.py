"""Kafka Connect schemas as JSON, in the member order of Kafka's JsonConverter. Knows no payload encoding.

Source: Kafka Connect, JsonConverter; Debezium reference, "Change event values".
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from typing import Any, Final

from cdc.model import ARRAY, BYTES, FLOAT32, FLOAT64, MAP, STRUCT, Field, Type
from schemas.text import quoted_octets

DefaultText = Callable[[Type, object], str]

NAMES: Final[dict[str, str]] = {
    "int8": "int8",
    "int16": "int16",
    "int32": "int32",
    "int64": "int64",
    "float32": "float",
    "float64": "double",
    "boolean": "boolean",
    "string": "string",
    "bytes": "bytes",
    "array": "array",
    "map": "map",
    "struct": "struct",
}
_SINGLE: Final = struct.Struct("<f")
_KINDS: Final[dict[str, str]] = {name: kind for kind, name in NAMES.items()}


def _quoted(value: str) -> str:
    return quoted_octets(value).decode()


def schema_json(type: Type, default_text: DefaultText) -> str:
    """The JSON of a schema; `default_text` writes a default as the converter would write it in a payload."""
    return "{" + _members(type, default_text) + "}"


def _members(type: Type, default_text: DefaultText) -> str:
    parts = [f'"type":"{NAMES[type.kind]}"']
    if type.kind == ARRAY and type.element is not None:
        parts.append(f'"items":{schema_json(type.element, default_text)}')
    elif type.kind == MAP and type.element is not None and type.keys is not None:
        parts.append(f'"keys":{schema_json(type.keys, default_text)}')
        parts.append(f'"values":{schema_json(type.element, default_text)}')
    elif type.kind == STRUCT:
        fields = [f'{{{_members(field.type, default_text)},"field":{_quoted(field.name)}}}' for field in type.fields]
        parts.append(f'"fields":[{",".join(fields)}]')
    parts.append('"optional":true' if type.optional else '"optional":false')
    if type.name is not None:
        parts.append(f'"name":{_quoted(type.name)}')
    if type.version is not None:
        parts.append(f'"version":{type.version}')
    if type.doc is not None:
        parts.append(f'"doc":{_quoted(type.doc)}')
    if type.parameters is not None:
        pairs = [f"{_quoted(name)}:{_quoted(value)}" for name, value in type.parameters.items()]
        parts.append(f'"parameters":{{{",".join(pairs)}}}')
    if type.default is not None:
        parts.append(f'"default":{default_text(type, type.default)}')
    return ",".join(parts)


def parse(schema: dict[str, Any]) -> Type:
    """The Type of a schema in JsonConverter's form (as json.loads gives it). Raises KeyError, ValueError."""
    kind = _KINDS[schema["type"]]
    result = Type(
        kind,
        optional=schema.get("optional", False),
        name=schema.get("name"),
        version=schema.get("version"),
        doc=schema.get("doc"),
        parameters=schema.get("parameters"),
        element=parse(schema["items"]) if kind == ARRAY else parse(schema["values"]) if kind == MAP else None,
        keys=parse(schema["keys"]) if kind == MAP else None,
        fields=tuple(Field(field["field"], parse(field)) for field in schema.get("fields", [])),
    )
    if schema.get("default") is not None:
        result.default = value_of(result, schema["default"])
    return result


def value_of(type: Type, payload: Any) -> object:
    """The physical value of a payload in JsonConverter's form (decimals as BASE64)."""
    if payload is None:
        return None
    if type.kind == BYTES:
        return base64.b64decode(payload)
    if type.kind == FLOAT32:
        single: float = _SINGLE.unpack(_SINGLE.pack(float(payload)))[0]
        return single
    if type.kind == FLOAT64:
        return float(payload)
    if type.kind == ARRAY and type.element is not None:
        element = type.element
        return [value_of(element, item) for item in payload]
    if type.kind == MAP and type.element is not None and type.keys is not None:
        pairs = payload.items() if isinstance(payload, dict) else payload
        return {_hashable(value_of(type.keys, key)): value_of(type.element, item) for key, item in pairs}
    if type.kind == STRUCT:
        return [value_of(field.type, payload.get(field.name)) for field in type.fields]
    result: object = payload
    return result


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
