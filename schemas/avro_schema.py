"""Avro schema text of a Connect schema, equal to the text of Confluent's AvroData. Knows no registry and no value.

The registry compares schemas as text: one property in another place would make a new version of every subject when a
topic is taken over. So the order of everything here is AvroData's and that of Avro's own printer.
Source: Confluent schema registry, AvroData.fromConnectSchema; Apache Avro 1.11, Schema.toString.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote_plus

from cdc.errors import SchemaError
from cdc.model import ARRAY, BYTES, FLOAT32, FLOAT64, MAP, STRING, STRUCT, Type
from schemas.errors import AVRO_CLASH, AVRO_NAME, FORMAT_SCHEMA
from schemas.text import double_text, float_text, quoted

NAMESPACE: Final = "io.confluent.connect.avro"
DECIMAL: Final = "org.apache.kafka.connect.data.Decimal"
LOGICAL: Final = {
    "org.apache.kafka.connect.data.Date": "date",
    "org.apache.kafka.connect.data.Time": "time-millis",
    "org.apache.kafka.connect.data.Timestamp": "timestamp-millis",
}
DEFAULT_PRECISION: Final = 64
_KINDS: Final = {
    "int8": "int",
    "int16": "int",
    "int32": "int",
    "int64": "long",
    "float32": "float",
    "float64": "double",
    "boolean": "boolean",
    "string": "string",
    "bytes": "bytes",
}
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_]")
_FLAG: Final = NAMESPACE + ".field.default"


class Mapping:
    """AvroData's options that change the schema, and `ignore_defaults` that changes what a null becomes."""

    def __init__(
        self,
        *,
        meta_data: bool = True,
        enhanced: bool = False,
        scrub: bool = False,
        optional_map_keys: bool = False,
        discard_type_doc_default: bool = False,
        ignore_defaults: bool = False,
    ) -> None:
        self.meta_data = meta_data
        self.enhanced = enhanced
        self.scrub = scrub
        self.optional_map_keys = optional_map_keys
        self.discard_type_doc_default = discard_type_doc_default
        self.ignore_defaults = ignore_defaults

    def is_map(self, type: Type) -> bool:
        """Whether a Connect map is an Avro map; else it is an array of entries."""
        keys = type.keys
        return keys is not None and keys.kind == STRING and (not keys.optional or self.optional_map_keys)


class Single:
    """A 32-bit float in a default: a property spells it as such, the default of a field as a double."""

    def __init__(self, value: float) -> None:
        self.value = value


class AvroField:
    """A field of an Avro record; `default` is JSON as Python holds it, `has_default` tells null from none."""

    def __init__(self, name: str, node: Node, doc: str | None, default: object, has_default: bool) -> None:
        self.name = name
        self.node = node
        self.doc = doc
        self.default = default
        self.has_default = has_default


class Node:
    """An Avro schema: its kind, what the kind needs, and properties in the order they were added."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = ""
        self.namespace: str | None = None
        self.doc: str | None = None
        self.fields: list[AvroField] = []
        self.branches: list[Node] = []  # of a union; the element of an array or map
        self.properties: dict[str, object] = {}

    @property
    def full_name(self) -> str:
        """Name with namespace."""
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


def schema_text(type: Type, mapping: Mapping | None = None) -> str:
    """Avro schema of a Connect schema. Raises SchemaError on a name that Avro does not allow."""
    return _Printer().text(schema_node(type, mapping or Mapping()), None)


def schema_node(type: Type, mapping: Mapping) -> Node:
    """The schema as a tree."""
    return _Translation(mapping).node(type)


def scrubbed(name: str) -> str:
    """AvroData's scrub.invalid.names: URL-encoded, a leading digit after an x, the rest replaced by underscores."""
    if not name or _NAME.fullmatch(name):
        return name
    encoded = quote_plus(name, safe="*-._").replace("~", "%7E")
    if encoded[0] in "0123456789":
        encoded = "x" + encoded
    return _UNFIT.sub("_", encoded)


class _Translation:
    """One run of AvroData.fromConnectSchema: which structs were seen, how many had no name."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._seen: dict[str, Node] = {}
        self._unnamed = 0

    def node(self, type: Type) -> Node:
        if type.kind == STRUCT and type.optional:
            union = Node("union")
            union.branches = [Node("null"), self._again(type.replace(optional=False))]
            return union
        base = self._base(type)
        self._describe(base, type)
        return self._optional(type, base)

    def _again(self, type: Type) -> Node:
        """As `node`, but a struct whose name was seen is that one (AvroData: fromConnectSchemaWithCycle)."""
        if type.name is not None and type.name in self._seen:
            return self._optional(type, self._seen[type.name])
        return self.node(type)

    def _optional(self, type: Type, base: Node) -> Node:
        if not type.optional:
            return base
        union = Node("union")
        union.branches = [base, Node("null")] if type.default is not None else [Node("null"), base]
        return union

    def _base(self, type: Type) -> Node:
        kind = type.kind
        if kind == STRUCT:
            return self._record(type)
        if kind == ARRAY and type.element is not None:
            node = Node("array")
            node.branches = [self._again(type.element)]
            return node
        if kind == MAP and type.element is not None and type.keys is not None:
            if self._mapping.is_map(type):
                node = Node("map")
                node.branches = [self._again(type.element)]
                return node
            return self._entries(type, type.keys, type.element)
        if kind not in _KINDS:
            raise SchemaError(FORMAT_SCHEMA, f"type {type!r}")
        parameters = type.parameters or {}
        if self._mapping.enhanced and kind == STRING and NAMESPACE + ".Enum" in parameters:
            raise SchemaError(FORMAT_SCHEMA, f"an Avro enum ({type!r}) with enhanced.avro.schema.support=true")
        node = Node(_KINDS[kind])
        if kind == BYTES and type.name == DECIMAL:
            node.properties["scale"] = int(parameters["scale"])
            node.properties["precision"] = int(parameters.get("connect.decimal.precision", DEFAULT_PRECISION))
        return node

    def _record(self, type: Type) -> Node:
        mapping = self._mapping
        parameters = type.parameters or {}
        node = Node("record")
        if type.name is not None:
            self._seen[type.name] = node
        self._name(node, type.name)
        node.doc = parameters.get(
            "connect.record.doc" if mapping.discard_type_doc_default else NAMESPACE + ".record.doc"
        )
        names: dict[str, str] = {}
        for field in type.fields:
            name = scrubbed(field.name) if mapping.scrub else field.name
            if not _NAME.fullmatch(name):
                raise SchemaError(
                    AVRO_NAME,
                    f"field {field.name!r} of {type.name or 'a struct'}",
                    "Set field.name.adjustment.mode=avro",
                )
            if name in names:
                raise SchemaError(
                    AVRO_CLASH,
                    f"fields {names[name]!r} and {field.name!r} of {type.name or 'a struct'} are both {name}",
                    "Set field.name.adjustment.mode=avro_unicode",
                )
            names[name] = field.name
            doc = None if mapping.discard_type_doc_default else parameters.get(f"{NAMESPACE}.field.doc.{field.name}")
            node.fields.append(self._field(name, field.type, doc))
        return node

    def _entries(self, type: Type, keys: Type, element: Type) -> Node:
        entry = Node("record")
        if type.name is None:
            entry.name = "MapEntry"
            entry.namespace = NAMESPACE
        else:
            self._name(entry, type.name)
            entry.properties["connect.internal.type"] = "MapEntry"
        entry.fields = [self._field("key", keys, None), self._field("value", element, None)]
        node = Node("array")
        node.branches = [entry]
        return node

    def _field(self, name: str, type: Type, doc: str | None) -> AvroField:
        node = self.node(type)
        if self._mapping.discard_type_doc_default:
            doc = type.doc
        if type.default is None:
            return AvroField(name, node, doc, None, type.optional)
        default = self._default(type, type.default)
        return AvroField(name, node, doc, default, _fits(node, default))

    def _name(self, node: Node, name: str | None) -> None:
        if name is None:
            self._unnamed += 1
            node.name = "ConnectDefault" + (str(self._unnamed) if self._unnamed > 1 else "")
            node.namespace = NAMESPACE
            return
        namespace, dot, last = name.rpartition(".")
        if self._mapping.scrub:
            last = scrubbed(last)
            namespace = ".".join(scrubbed(part) for part in namespace.split("."))
        for part in [*(namespace.split(".") if dot else ()), last]:
            if not _NAME.fullmatch(part):
                raise SchemaError(
                    AVRO_NAME, f"schema name {name!r}, at {part!r}", "Set schema.name.adjustment.mode=avro"
                )
        node.name = last
        node.namespace = namespace or None

    def _describe(self, node: Node, type: Type) -> None:
        mapping = self._mapping
        properties = node.properties
        parameters = type.parameters
        if mapping.meta_data:
            if type.doc is not None:
                properties["connect.doc"] = type.doc
            if type.version is not None:
                properties["connect.version"] = type.version
            if parameters is not None:
                shown = {
                    name: value
                    for name, value in parameters.items()
                    if mapping.discard_type_doc_default or name != _FLAG
                }
                if shown:
                    properties["connect.parameters"] = shown
            if type.default is not None and (mapping.discard_type_doc_default or _FLAG not in (parameters or {})):
                properties["connect.default"] = self._default(type, type.default)
            if type.name is not None:
                properties["connect.name"] = type.name
            if type.kind in ("int8", "int16"):
                properties["connect.type"] = type.kind
        if type.name == DECIMAL:
            properties["logicalType"] = "decimal"
        elif type.name in LOGICAL:
            properties["logicalType"] = LOGICAL[type.name]
        for name, value in (parameters or {}).items():
            if name.startswith("avro"):
                properties[name] = value

    def _default(self, type: Type, value: object) -> object:
        """A default as JSON."""
        if value is None:
            return None
        if type.kind == FLOAT32 and isinstance(value, float):
            return Single(value)
        if type.kind == FLOAT64 and isinstance(value, float):
            return value
        if isinstance(value, bytes):
            return value.decode("latin-1")
        if type.kind == ARRAY and isinstance(value, list) and type.element is not None:
            return [self._default(type.element, item) for item in value]
        if type.kind == MAP and isinstance(value, dict) and type.element is not None and type.keys is not None:
            pairs = [
                (
                    self._default(type.keys, list(key) if isinstance(key, tuple) else key),
                    self._default(type.element, item),
                )
                for key, item in value.items()
            ]
            return (
                {str(key): item for key, item in pairs}
                if self._mapping.is_map(type)
                else [list(pair) for pair in pairs]
            )
        if type.kind == STRUCT and isinstance(value, list):
            result: dict[str, object] = {}
            for field, item in zip(type.fields, value, strict=False):
                name = scrubbed(field.name) if self._mapping.scrub else field.name
                result[name] = self._default(field.type, field.type.default if item is None else item)
            return result
        return value


def _fits(node: Node, default: object) -> bool:
    """Whether Avro takes this default; AvroData leaves an unfit one out."""
    kind = node.kind
    if kind == "union":
        return _fits(node.branches[0], default)
    if kind == "null":
        return default is None
    if kind in ("string", "bytes"):
        return isinstance(default, str)
    if kind in ("int", "long"):
        return isinstance(default, int) and not isinstance(default, bool)
    if kind in ("float", "double"):
        return isinstance(default, (Single, float, int)) and not isinstance(default, bool)
    if kind == "boolean":
        return isinstance(default, bool)
    if kind == "array":
        return isinstance(default, list) and all(_fits(node.branches[0], item) for item in default)
    if kind == "map":
        return isinstance(default, dict) and all(_fits(node.branches[0], item) for item in default.values())
    if not isinstance(default, dict):
        return False
    return all(
        _fits(field.node, default[field.name]) if field.name in default else field.has_default for field in node.fields
    )


class _Printer:
    """Avro's Schema.toString: a named schema in full the first time, by its name afterwards."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def text(self, node: Node, namespace: str | None) -> str:
        """`namespace` is the one of the enclosing record."""
        kind = node.kind
        if kind == "union":
            return "[" + ",".join([self.text(branch, namespace) for branch in node.branches]) + "]"
        if kind == "record":
            return self._record(node, namespace)
        if kind == "array":
            body = f'"type":"array","items":{self.text(node.branches[0], namespace)}'
        elif kind == "map":
            body = f'"type":"map","values":{self.text(node.branches[0], namespace)}'
        elif node.properties:
            body = f'"type":"{kind}"'
        else:
            return f'"{kind}"'
        return "{" + body + _properties(node) + "}"

    def _record(self, node: Node, namespace: str | None) -> str:
        own = node.full_name
        known = self._texts.get(own)
        if known is not None:
            if known and known != _Printer().text(node, None):
                raise SchemaError(AVRO_CLASH, f"record {own} occurs with two definitions")
            return quoted(node.name if node.namespace == namespace else own)
        self._texts[own] = ""
        self._texts[own] = _Printer._whole(node)
        body = f'"type":"record","name":{quoted(node.name)}'
        if node.namespace != namespace:
            body += f',"namespace":{quoted(node.namespace or "")}'
        if node.doc is not None:
            body += f',"doc":{quoted(node.doc)}'
        fields = [self._field(field, node.namespace) for field in node.fields]
        return "{" + body + f',"fields":[{",".join(fields)}]' + _properties(node) + "}"

    @staticmethod
    def _whole(node: Node) -> str:
        printer = _Printer()
        printer._texts[node.full_name] = ""
        fields = [printer._field(field, node.namespace) for field in node.fields]
        body = f'"type":"record","name":{quoted(node.name)}'
        if node.namespace:
            body += f',"namespace":{quoted(node.namespace)}'
        if node.doc is not None:
            body += f',"doc":{quoted(node.doc)}'
        return "{" + body + f',"fields":[{",".join(fields)}]' + _properties(node) + "}"

    def _field(self, field: AvroField, namespace: str | None) -> str:
        text = f'{{"name":{quoted(field.name)},"type":{self.text(field.node, namespace)}'
        if field.doc is not None:
            text += f',"doc":{quoted(field.doc)}'
        if field.has_default:
            text += f',"default":{_json(field.default, False)}'
        return text + "}"


def _properties(node: Node) -> str:
    return "".join([f",{quoted(name)}:{_json(value, True)}" for name, value in node.properties.items()])


def _json(value: object, single: bool) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (float, Single)):
        if isinstance(value, Single):
            text = float_text(value.value) if single else double_text(value.value)
        else:
            text = double_text(value)
        return text if text[-1] <= "9" else f'"{text}"'
    if isinstance(value, list):
        return "[" + ",".join([_json(item, single) for item in value]) + "]"
    if isinstance(value, dict):
        return "{" + ",".join([f"{quoted(str(name))}:{_json(item, single)}" for name, item in value.items()]) + "}"
    raise SchemaError(FORMAT_SCHEMA, f"a default of type {type(value).__name__}")
