"""Whether two Avro schemas give the same bytes for the same values, whatever their names and properties are.

Knows no registry and no value.
"""

from __future__ import annotations

from typing import Final

_NAMED: Final = ("record", "enum", "fixed")


def difference(ours: object, theirs: object) -> str | None:
    """The first difference that matters to the bytes or to the field names, as text; None when there is none.

    Both are schemas as json.loads gives them.
    """
    return _Comparison().find(ours, theirs, "", "", "")


class _Comparison:
    """One comparison: the named schemas of both sides by full name."""

    def __init__(self) -> None:
        self._ours: dict[str, object] = {}
        self._theirs: dict[str, object] = {}
        self._entered: set[tuple[int, int]] = set()

    def find(self, ours: object, theirs: object, our_space: str, their_space: str, path: str) -> str | None:
        """The first difference below `path`; the spaces are the enclosing namespaces."""
        ours = _resolved(ours, self._ours, our_space)
        theirs = _resolved(theirs, self._theirs, their_space)
        where = f"at {path or 'the top'}"
        if isinstance(ours, list) and isinstance(theirs, list):
            if len(ours) != len(theirs):
                return f"{where} the union has {len(theirs)} branches, the record needs {len(ours)}"
            for mine, other in zip(ours, theirs, strict=True):
                found = self.find(mine, other, our_space, their_space, path)
                if found is not None:
                    return found
            return None
        our_type, their_type = _kind(ours), _kind(theirs)
        if our_type != their_type:
            return f"{where} the registered type is {their_type}, the record has {our_type}"
        if not isinstance(ours, dict) or not isinstance(theirs, dict):
            return None
        if our_type == "array":
            return self.find(ours["items"], theirs["items"], our_space, their_space, path + "[]")
        if our_type == "map":
            return self.find(ours["values"], theirs["values"], our_space, their_space, path + "{}")
        if our_type == "fixed" and ours["size"] != theirs["size"]:
            return f"{where} the size differs"
        if our_type == "enum" and ours["symbols"] != theirs["symbols"]:
            return f"{where} the symbols differ"
        if our_type == "record":
            return self._record(ours, theirs, our_space, their_space, path)
        return None

    def _record(
        self, ours: dict[str, object], theirs: dict[str, object], our_space: str, their_space: str, path: str
    ) -> str | None:
        mark = (id(ours), id(theirs))
        if mark in self._entered:
            return None
        self._entered.add(mark)
        our_space = _enter(ours, self._ours, our_space)
        their_space = _enter(theirs, self._theirs, their_space)
        our_fields, their_fields = _fields(ours), _fields(theirs)
        our_names = [str(field["name"]) for field in our_fields]
        their_names = [str(field["name"]) for field in their_fields]
        where = f"at {path or 'the top'}"
        if our_names != their_names:
            missing = [name for name in our_names if name not in their_names]
            extra = [name for name in their_names if name not in our_names]
            what = [f"lacks {', '.join(missing)}"] if missing else []
            what += [f"has {', '.join(extra)} which the record has not"] if extra else []
            return f"{where} the registered schema {' and '.join(what) or 'has the fields in another order'}"
        for mine, other in zip(our_fields, their_fields, strict=True):
            name = str(mine["name"])
            found = self.find(mine["type"], other["type"], our_space, their_space, f"{path}.{name}" if path else name)
            if found is not None:
                return found
        return None


def _fields(record: dict[str, object]) -> list[dict[str, object]]:
    fields = record["fields"]
    return [field for field in fields if isinstance(field, dict)] if isinstance(fields, list) else []


def _enter(record: dict[str, object], known: dict[str, object], space: str) -> str:
    """Note a record under its full name; its namespace."""
    name = str(record["name"])
    if "." in name:
        full = name
    else:
        namespace = str(record.get("namespace", space) or "")
        full = f"{namespace}.{name}" if namespace else name
    known[full] = record
    return full.rpartition(".")[0]


def _resolved(schema: object, known: dict[str, object], space: str) -> object:
    if isinstance(schema, str):
        full = schema if "." in schema or not space else f"{space}.{schema}"
        return known.get(full, known.get(schema, schema))
    if isinstance(schema, dict) and isinstance(schema["type"], (dict, list)):
        return _resolved(schema["type"], known, space)
    if isinstance(schema, dict) and schema["type"] not in (*_NAMED, "array", "map"):
        return _resolved(schema["type"], known, space)
    return schema


def _kind(schema: object) -> str:
    if isinstance(schema, list):
        return "union"
    return str(schema["type"]) if isinstance(schema, dict) else str(schema)
