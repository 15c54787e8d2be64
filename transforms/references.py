"""References to fields of a change envelope, as `add.fields` and `add.headers` write them.

`op`, `source.ts_ms`, `transaction.id:txid`: a struct's name may stand before the field's, a new name after a colon.
Source: Debezium reference, "New record state extraction", `add.fields`.
"""

from __future__ import annotations

from cdc.errors import BindError
from cdc.model import STRUCT, Type
from cdc.options import Problem
from transforms.errors import FIELD

# A name alone belongs to one of these; every other one to the source block, else to the envelope.
_ENVELOPE = frozenset({"op", "ts_ms", "ts_us", "ts_ns"})
_TRANSACTION = frozenset({"id", "total_order", "data_collection_order"})

Place = tuple[Type, int, int, int]


class Reference:
    """One reference. `name` is that of the new field or header, `struct` empty where the envelope itself is meant."""

    def __init__(self, text: str, struct: str, field: str, name: str) -> None:
        self.text = text
        self.struct = struct
        self.field = field
        self.name = name

    def names(self) -> list[str]:
        """How the field is written in terms of the envelope: as referred to, and with its struct."""
        written = self.text.split(":")[0].strip()
        full = f"{self.struct}.{self.field}" if self.struct else self.field
        return [written] if written == full else [written, full]

    def resolve(self, envelope: Type, topic: str) -> Place | None:
        """Type of the new field and where its value is: parent, field in it, else field of the envelope.

        None when there is no such field. Raises BindError when there is no such struct.
        """
        parent = -1
        type = envelope
        if self.struct:
            parent = envelope.index(self.struct)
            if parent < 0 or envelope.fields[parent].type.kind != STRUCT:
                structs = ", ".join(field.name for field in envelope.fields if field.type.kind == STRUCT)
                detail = f"ExtractNewRecordState: {self.text}: records of topic {topic} have no struct {self.struct}"
                raise BindError(FIELD, f"{detail} (there are: {structs})")
            type = envelope.fields[parent].type
        field = type.index(self.field)
        if field >= 0:
            return _optional(type.fields[field].type), parent, field, -1
        top = envelope.index(self.field)
        return (_optional(envelope.fields[top].type), parent, -1, top) if top >= 0 else None


def references(items: list[str], prefix: str, option: str, problems: list[Problem]) -> list[Reference]:
    """The references of an option; what is wrong with them is added to `problems`."""
    found: list[Reference] = []
    for item in items:
        path, _, alias = item.partition(":")
        struct, _, field = path.strip().partition(".")
        alias = alias.strip()
        if not path.strip() or ":" in alias or "." in field or (":" in item and not alias) or path.endswith("."):
            why = f"{item!r} is no reference to a field"
            problems.append(Problem(option, item, why, "Write name, struct.name, or either with :new_name"))
            continue
        if field:
            found.append(Reference(item, struct, field, prefix + (alias or f"{struct}_{field}")))
            continue
        name = struct
        struct = "" if name in _ENVELOPE else "transaction" if name in _TRANSACTION else "source"
        found.append(Reference(item, struct, name, prefix + (alias or name)))
    return found


def _optional(type: Type) -> Type:
    return type.without_default().replace(optional=True)
