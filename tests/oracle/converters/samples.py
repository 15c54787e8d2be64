"""Random Connect schemas with values that fit them. Deterministic for a `random.Random`."""

from __future__ import annotations

import random
import struct as packing

from cdc.model import ARRAY, MAP, STRING, STRUCT, Type, struct
from schemas import types

CHARACTERS = "abc \"\\/\n\t\r\b\f\x00\x1f\x0b\x7f\u20ac\u00e9\U0001f600\u2028<>&'"
SCALARS = ("int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string", "bytes")
SEMANTIC = ("decimal", "date", "timestamp", "micros", "enum", "uuid")
NESTED = ("array", "map", "pairs", "struct", "struct")
PARAMETERS = {"__debezium.source.column.type": "INT4", "b": "c"}


class Samples:
    """Makes types and values."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._structs = 0

    def record(self, number: int) -> Type:
        """A struct of one to six fields."""
        fields = [(f"c{n}", self.type(2)) for n in range(self._chance.randint(1, 6))]
        return struct(f"x.y.Top{number}", fields, version=2)

    def type(self, depth: int, *, optional: bool = True) -> Type:
        """A type, nested at most `depth` deep, in a third of the cases with a default."""
        chance = self._chance
        kind = chance.choice(SCALARS + SEMANTIC + (NESTED if depth else ()))
        made = self._type(kind, depth).replace(optional=optional and chance.random() < 0.5)
        if made.kind != MAP and chance.random() < 0.3:
            default = self.value(made.replace(optional=False))
            if default != 0.0:
                made.default = default
        return made

    def _type(self, kind: str, depth: int) -> Type:
        chance = self._chance
        if kind == "decimal":
            return types.decimal(chance.choice([0, 2, 5]), chance.choice([None, 10, 38]))
        if kind == "date":
            return chance.choice([types.CONNECT_DATE, types.CONNECT_TIME])
        if kind == "timestamp":
            return types.CONNECT_TIMESTAMP
        if kind == "micros":
            return types.MICRO_TIMESTAMP
        if kind == "enum":
            return types.enum(["a", "b"])
        if kind == "uuid":
            return types.UUID
        if kind == "array":
            return Type(ARRAY, element=self.type(depth - 1))
        if kind == "map":
            return Type(MAP, keys=Type(STRING, optional=chance.random() < 0.2), element=self.type(depth - 1))
        if kind == "pairs":
            return Type(MAP, keys=Type("int32"), element=self.type(depth - 1))
        if kind == STRUCT:
            self._structs += 1
            number = self._structs
            name = chance.choice([None, f"a.b.S{number}", f"a.b.c.T{number}", f"U{number}"])
            fields = [(f"f{n}", self.type(depth - 1)) for n in range(chance.randint(0, 4))]
            return struct(name, fields, version=chance.choice([None, 1, 2]), doc=chance.choice([None, "a doc"]))
        return Type(kind, doc=chance.choice([None, None, 'some "doc"']), parameters=chance.choice([None, PARAMETERS]))

    def value(self, type: Type) -> object:
        """A value; null now and then where it is allowed."""
        chance = self._chance
        if type.optional and chance.random() < 0.35:
            return None
        if type.kind == ARRAY and type.element is not None:
            return [self.value(type.element) for _ in range(chance.randint(0, 3))]
        if type.kind == MAP and type.element is not None and type.keys is not None:
            key = self._text() if type.keys.kind == STRING else chance.randint(0, 9)
            return {key: self.value(type.element)} if chance.random() < 0.6 else {}
        if type.kind == STRUCT:
            return [self.value(field.type) for field in type.fields]
        return self._scalar(type)

    def _scalar(self, type: Type) -> object:
        chance = self._chance
        name = (type.name or "").rpartition(".")[2]
        if name == "Decimal":
            number = chance.choice([0, 1, -1, 127, 128, -128, -129, chance.randint(-(10**12), 10**12)])
            return number.to_bytes((number + (number < 0)).bit_length() // 8 + 1, "big", signed=True)
        if type is types.CONNECT_DATE or name == "Date":
            return chance.randint(-10000, 50000)
        if name == "Time":
            return chance.randint(0, 86_399_999)
        if name == "Timestamp":
            return chance.randint(-(10**12), 10**13)
        if type.kind == "boolean":
            return chance.random() < 0.5
        if type.kind == STRING:
            return self._text()
        if type.kind == "bytes":
            return chance.randbytes(chance.randint(0, 12))
        if type.kind == "float32":
            return chance.choice([1.5, 0.10000000149011612, self._float("<f", 1e30)])
        if type.kind == "float64":
            few = [1e10, 1e-5, 1e7, 9999999.0, 0.001, 0.0001, 123456.75, -1e300, 5e-324, 1e22]
            return chance.choice([chance.choice(few), round(chance.uniform(1, 1000), 2), self._float("<d", 1e300)])
        bits = int(type.kind[3:])
        edge = 2 ** (bits - 1)
        few_numbers = [0, 1, -1, 63, 64, -64, -65, edge - 1, -edge]
        return chance.choice([chance.choice(few_numbers), chance.randint(-edge, edge - 1)])

    def _text(self) -> str:
        return "".join(self._chance.choices(CHARACTERS, k=self._chance.randint(0, 6)))

    def _float(self, form: str, limit: float) -> float:
        while True:
            value: float = packing.unpack(form, self._chance.randbytes(packing.calcsize(form)))[0]
            if value == value and 0 < abs(value) < limit:
                return value
