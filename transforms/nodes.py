"""A condition bound to one Shape: a small tree of objects that read a record by field index. Never eval.

Knows no syntax and no Shape; transforms.condition builds the tree.
"""

from __future__ import annotations

import re

from cdc.model import Record, Type
from transforms.groovy import Unfit, decimal, equal, invoke, load, order, text_of, truth


class Node:
    """A value of a record. `type` None: not known before the record is there. `boolean`: always true or false."""

    def __init__(self, type: Type | None = None, boolean: bool = False) -> None:
        self.type = type
        self.boolean = boolean

    def get(self, record: Record) -> object:
        """The value. Raises Unfit."""
        raise NotImplementedError


class Const(Node):
    """A value that the condition or the Shape decides."""

    def __init__(self, value: object, kind: str = "") -> None:
        super().__init__(None, isinstance(value, bool))
        self.value = value
        self.kind = kind  # Java class of a number literal

    def get(self, record: Record) -> object:
        return self.value


class Failing(Node):
    """A part that cannot be evaluated for this Shape, in a place that is not always reached."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason

    def get(self, record: Record) -> object:
        raise Unfit(self.reason)


class Value(Node):
    """The value of the record."""

    def get(self, record: Record) -> object:
        return record.value


class Key(Node):
    """The key of the record."""

    def get(self, record: Record) -> object:
        return record.key


class FieldOf(Node):
    """A field of a struct by index; a null field gives its default, as Struct.get does."""

    def __init__(self, target: Node, index: int, type: Type, default: object, safe: bool, reason: str) -> None:
        super().__init__(type)
        self._target = target
        self._index = index
        self.default = default
        self._safe = safe
        self._reason = reason

    def get(self, record: Record) -> object:
        struct = self._target.get(record)
        if isinstance(struct, list):
            value = struct[self._index]
            return self.default if value is None else value
        if self._safe and struct is None:
            return None
        raise Unfit(self._reason)


class ValueField(Node):
    """A field of the value itself, which is not null where this is asked: `FieldOf` in one call."""

    def __init__(self, index: int, type: Type, default: object) -> None:
        super().__init__(type)
        self._index = index
        self.default = default

    def get(self, record: Record) -> object:
        value = record.value
        if not isinstance(value, list):
            raise Unfit("the value is no struct")
        field: object = value[self._index]
        return self.default if field is None else field


class EntryOf(Node):
    """An entry of a map by key; null when there is none."""

    def __init__(self, target: Node, key: str, type: Type | None, safe: bool, reason: str) -> None:
        super().__init__(type)
        self._target = target
        self._key = key
        self._safe = safe
        self._reason = reason

    def get(self, record: Record) -> object:
        entries = self._target.get(record)
        if isinstance(entries, dict):
            value: object = entries.get(self._key)
            return value
        if self._safe and entries is None:
            return None
        raise Unfit(self._reason)


class ElementOf(Node):
    """An element of a list; beyond its end null, negative from its end."""

    def __init__(self, target: Node, index: int, type: Type | None, reason: str) -> None:
        super().__init__(type)
        self._target = target
        self._index = index
        self._reason = reason

    def get(self, record: Record) -> object:
        items = self._target.get(record)
        if isinstance(items, list):
            if -len(items) <= self._index < len(items):
                value: object = items[self._index]
                return value
            if self._index >= 0:
                return None
            raise Unfit(f"a list of {len(items)} has no element {self._index}")
        if isinstance(items, str):
            if -len(items) <= self._index < len(items):
                return items[self._index]
            raise Unfit(f"a text of {len(items)} characters has no character {self._index}")
        raise Unfit(self._reason)


class Loaded(Node):
    """A physical value as conditions compare it."""

    def __init__(self, target: Node, type: Type) -> None:
        super().__init__(type)
        self._target = target
        self._load_as = type

    def get(self, record: Record) -> object:
        return load(self._load_as, self._target.get(record))


class DecimalOf(Node):
    """A Connect Decimal as a number: `Loaded` for the commonest of its types."""

    def __init__(self, target: Node, type: Type, scale: int) -> None:
        super().__init__(type)
        self._target = target
        self._scale = scale

    def get(self, record: Record) -> object:
        unscaled = self._target.get(record)
        return decimal(unscaled, self._scale) if isinstance(unscaled, bytes) else unscaled


class Headers(Node):
    """The headers of the record: size(), isEmpty()."""

    def get(self, record: Record) -> object:
        return {name: value for name, _, value in record.headers}


class HeaderOf(Node):
    """One header: whether it is there. Of several with one name the last counts."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def get(self, record: Record) -> object:
        for header in reversed(record.headers):
            if header[0] == self.name:
                return header[0]
        return None


class HeaderValue(Node):
    """The value of a header, or what a path of (name, null-safe) leads to in it. Its type is known per record."""

    def __init__(self, name: str, safe: bool, path: tuple[tuple[str, bool], ...], reason: str) -> None:
        super().__init__()
        self.name = name
        self.safe = safe
        self.path = path
        self._reason = reason

    def get(self, record: Record) -> object:
        for name, type, value in reversed(record.headers):
            if name == self.name:
                return self._walk(type, value)
        if self.safe:
            return None
        raise Unfit(f"{self._reason}: the record has no header {self.name}")

    def _walk(self, type: Type | None, value: object) -> object:
        for name, safe in self.path:
            if value is None:
                if safe:
                    return None
                raise Unfit(f"{self._reason}: null has no field {name}")
            position = -1 if type is None else type.index(name)
            if type is None or position < 0 or not isinstance(value, list):
                raise Unfit(f"{self._reason}: header {self.name} has no field {name}")
            type = type.fields[position].type
            value = value[position]
            if value is None:
                value = type.default
        return value if type is None else load(type, value)


class Truth(Node):
    """Groovy truth of a value."""

    def __init__(self, target: Node) -> None:
        super().__init__(None, True)
        self._target = target

    def get(self, record: Record) -> object:
        return truth(self._target.get(record))


class Present(Node):
    """Groovy truth of a struct: whether it is not null."""

    def __init__(self, target: Node) -> None:
        super().__init__(None, True)
        self._target = target

    def get(self, record: Record) -> object:
        return self._target.get(record) is not None


class Not(Node):
    """The contrary of a boolean."""

    def __init__(self, operand: Node) -> None:
        super().__init__(None, True)
        self.operand = operand

    def get(self, record: Record) -> object:
        return not self.operand.get(record)


class And(Node):
    """Both of two booleans; the second is only asked when the first is true."""

    def __init__(self, left: Node, right: Node) -> None:
        super().__init__(None, True)
        self._left = left
        self._right = right

    def get(self, record: Record) -> object:
        return bool(self._left.get(record)) and bool(self._right.get(record))


class Or(Node):
    """Either of two booleans; the second is only asked when the first is false."""

    def __init__(self, left: Node, right: Node) -> None:
        super().__init__(None, True)
        self._left = left
        self._right = right

    def get(self, record: Record) -> object:
        return bool(self._left.get(record)) or bool(self._right.get(record))


class Choose(Node):
    """One of two values, by a boolean."""

    def __init__(self, condition: Node, yes: Node, no: Node) -> None:
        super().__init__(None, yes.boolean and no.boolean)
        self._condition = condition
        self._yes = yes
        self._no = no

    def get(self, record: Record) -> object:
        return self._yes.get(record) if self._condition.get(record) else self._no.get(record)


class Otherwise(Node):
    """A value where it is true, else another."""

    def __init__(self, value: Node, no: Node, struct: bool) -> None:
        super().__init__(None, value.boolean and no.boolean)
        self._value = value
        self._no = no
        self._struct = struct

    def get(self, record: Record) -> object:
        value = self._value.get(record)
        if self._struct:
            return self._no.get(record) if value is None else value
        return value if truth(value) else self._no.get(record)


class Equal(Node):
    """`==` and `!=`."""

    def __init__(self, left: Node, right: Node, wanted: bool) -> None:
        super().__init__(None, True)
        self._left = left
        self._right = right
        self._wanted = wanted

    def get(self, record: Record) -> object:
        return equal(self._left.get(record), self._right.get(record)) == self._wanted


class EqualText(Node):
    """`==` and `!=` of a text field and a text of the condition."""

    def __init__(self, left: Node, text: str, wanted: bool) -> None:
        super().__init__(None, True)
        self._left = left
        self._text = text
        self._wanted = wanted

    def get(self, record: Record) -> object:
        return (self._left.get(record) == self._text) == self._wanted


class Order(Node):
    """`<`, `<=`, `>`, `>=`: true when the order is one of two."""

    def __init__(self, left: Node, right: Node, operator: str, reason: str) -> None:
        super().__init__(None, True)
        self._left = left
        self._right = right
        self._less = operator in ("<", "<=")
        self._or_equal = operator in ("<=", ">=")
        self._reason = reason

    def get(self, record: Record) -> object:
        left = self._left.get(record)
        right = self._right.get(record)
        try:
            found = order(left, right)
        except Unfit as error:
            raise Unfit(f"{error}, {self._reason}") from None
        if found == 0:
            return self._or_equal
        return (found < 0) == self._less


class OneOf(Node):
    """`in` a list of the condition; texts and null are looked up, the rest is compared one by one."""

    def __init__(self, target: Node, items: list[object]) -> None:
        super().__init__(None, True)
        self._target = target
        self._items = items
        self._texts = frozenset(item for item in items if isinstance(item, str))
        self._all_texts = all(item is None or isinstance(item, str) for item in items)
        self._has_null = None in items

    def get(self, record: Record) -> object:
        value = self._target.get(record)
        if value is None:
            return self._has_null
        if self._all_texts and isinstance(value, str):
            return value in self._texts
        return any(equal(value, item) for item in self._items)


class Within(Node):
    """`in` a list of the record."""

    def __init__(self, target: Node, items: Node, reason: str) -> None:
        super().__init__(None, True)
        self._target = target
        self._items = items
        self._reason = reason

    def get(self, record: Record) -> object:
        value = self._target.get(record)
        items = self._items.get(record)
        if not isinstance(items, list):
            raise Unfit(self._reason)
        return any(equal(value, item) for item in items)


class Match(Node):
    """`==~`: whether the whole text matches; null does not."""

    def __init__(self, target: Node, pattern: re.Pattern[str], reason: str) -> None:
        super().__init__(None, True)
        self._target = target
        self._pattern = pattern
        self._reason = reason

    def get(self, record: Record) -> object:
        value = self._target.get(record)
        if value is None:
            return False
        try:
            return self._pattern.fullmatch(text_of(value)) is not None
        except Unfit as error:
            raise Unfit(f"{error}, {self._reason}") from None


class Method(Node):
    """A method of a value."""

    def __init__(
        self, name: str, target: Node, argument: Node | None, boolean: bool, type: Type | None, safe: bool, reason: str
    ) -> None:
        super().__init__(type, boolean)
        self._name = name
        self._target = target
        self._argument = argument
        self._safe = safe
        self._reason = reason

    def get(self, record: Record) -> object:
        target = self._target.get(record)
        if target is None:
            if self._safe:
                return None
            raise Unfit(f"null has no method {self._name}, {self._reason}")
        argument = None if self._argument is None else self._argument.get(record)
        try:
            return invoke(self._name, target, argument)
        except Unfit as error:
            raise Unfit(f"{error}, {self._reason}") from None
