"""The names that a condition may use: variables and methods. One place for parser, binder and documentation."""

from __future__ import annotations

from typing import Final

ROOTS: Final = ("value", "key", "topic", "headers", "valueSchema", "keySchema")
SCHEMA_PROPERTIES: Final = ("name", "version")

# Getters of Kafka Connect's Struct and the kind of field each reads; the empty kind is any.
GETTERS: Final[dict[str, str]] = {
    "get": "",
    "getWithoutDefault": "",
    "getInt8": "int8",
    "getInt16": "int16",
    "getInt32": "int32",
    "getInt64": "int64",
    "getFloat32": "float32",
    "getFloat64": "float64",
    "getBoolean": "boolean",
    "getString": "string",
    "getBytes": "bytes",
    "getArray": "array",
    "getMap": "map",
    "getStruct": "struct",
}

# Methods and how many arguments they take.
METHODS: Final[dict[str, tuple[int, ...]]] = {
    "contains": (1,),
    "containsKey": (1,),
    "endsWith": (1,),
    "equals": (1,),
    "equalsIgnoreCase": (1,),
    "field": (1,),
    "indexOf": (1,),
    "isEmpty": (0,),
    "length": (0,),
    "matches": (1,),
    "name": (0,),
    "schema": (0,),
    "size": (0,),
    "startsWith": (1,),
    "toLowerCase": (0,),
    "toString": (0,),
    "toUpperCase": (0,),
    "trim": (0,),
    "value": (0,),
    "version": (0,),
    **dict.fromkeys(GETTERS, (1,)),
}
