"""A condition, parsed once and bound once per Shape: names are resolved to field indexes, parts that the Shape decides
are decided. What a Shape does not have is refused when it is bound, with the names that it has.

Knows no operator's configuration; transforms.filter does.
"""

from __future__ import annotations

import logging
from typing import Final

from cdc.errors import BindError, ConfigError
from cdc.model import ARRAY, BOOLEAN, BYTES, MAP, STRING, STRUCT, Record, Shape, Type
from cdc.options import Problem
from cdc.regex import java_regex
from transforms import nodes
from transforms.errors import CONDITION, EVALUATION, FIELD
from transforms.expression import (
    Binary,
    Call,
    Choice,
    Element,
    Expression,
    Items,
    Literal,
    Negation,
    Outside,
    Property,
    Root,
    parse,
)
from transforms.groovy import DECIMAL, VARIABLE_SCALE_DECIMAL, Unfit, is_number, needs_loading
from transforms.nodes import Const, Failing, Node
from transforms.words import GETTERS

log = logging.getLogger(__name__)

_TEXT_METHODS: Final = frozenset(
    {"endsWith", "equalsIgnoreCase", "indexOf", "length", "matches", "startsWith", "toLowerCase", "toUpperCase", "trim"}
)
_BOOLEAN_METHODS: Final = frozenset(
    {"contains", "containsKey", "endsWith", "equals", "equalsIgnoreCase", "isEmpty", "matches", "startsWith"}
)
_TEXT_RESULTS: Final = frozenset({"toLowerCase", "toUpperCase", "trim", "toString"})
_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "contains": (STRING, ARRAY),
    "containsKey": (MAP,),
    "isEmpty": (STRING, ARRAY, MAP),
    "size": (STRING, ARRAY, MAP, BYTES),
}
_JAVA: Final = {
    "int8": "Byte",
    "int16": "Short",
    "int32": "Integer",
    "int64": "Long",
    "float32": "Float",
    "float64": "Double",
}
_LITERAL_SUFFIX: Final = {"Long": "L", "Double": "d", "Float": "f", "BigDecimal": "g"}
_ANY_RECORD: Final = Record(Shape("", None, None), None, None, [])


class Schema(Node):
    """keySchema, valueSchema or schema(): only its name, version and fields can be asked for."""

    def __init__(self, schema: Type) -> None:
        super().__init__()
        self.schema = schema


class SchemaField(Node):
    """A field of a schema: only whether it is there."""

    def get(self, record: Record) -> object:
        return True


class Condition:
    """A parsed condition. `option` and `title` name the property and the transform in errors."""

    def __init__(self, text: str, title: str, option: str) -> None:
        try:
            self.tree = parse(text)
        except Outside as error:
            problem = Problem(option, text, str(error), "docs/how-to/transforms.md lists what is understood")
            raise ConfigError(CONDITION, f"{title}: {error}", problems=[problem]) from None
        self.text = text
        self.title = title
        self._told: set[str] = set()

    def bind(self, shape: Shape, *, tombstone: bool = False) -> Node:
        """The tree for the records of a Shape, or for its tombstones. A Const when the Shape decides.

        Raises BindError when a part that every record needs cannot be evaluated.
        """
        binder = Binder(self, shape, tombstone)
        node = binder.bind(self.tree, not tombstone)
        type = node.type
        if (isinstance(node, Const) and not node.boolean) or (type is not None and type.kind != BOOLEAN):
            what = "a value" if type is None else _say(type)
            return binder.fail(f"the condition gives {what}, neither true nor false", self.tree, not tombstone)
        return node

    def where(self, expression: Expression) -> str:
        """The place of an expression in the text, counted from 1."""
        return f"at position {expression.position + 1} of the condition"

    def tell(self, message: str) -> None:
        """Log something once."""
        if message not in self._told:
            self._told.add(message)
            log.warning("%s: %s", self.title, message)


class Binder:
    """Binds one condition to one Shape. `sure` says that every record reaches the part that is bound."""

    def __init__(self, condition: Condition, shape: Shape, tombstone: bool) -> None:
        self._condition = condition
        self._shape = shape
        self._tombstone = tombstone

    def fail(self, what: str, expression: Expression, sure: bool, code: str = EVALUATION) -> Node:
        """What stands for a part that cannot be bound: an error at once, or when a record reaches it."""
        condition = self._condition
        detail = f"{what}, {condition.where(expression)}"
        if sure:
            topic = self._shape.topic
            raise BindError(code, f"{condition.title}: {detail} ({condition.text}), for records of topic {topic}")
        return Failing(detail)

    def bind(self, expression: Expression, sure: bool) -> Node:
        """The node of an expression."""
        if isinstance(expression, Literal):
            return Const(expression.value, expression.kind)
        if isinstance(expression, Root):
            return self._root(expression)
        if isinstance(expression, Binary):
            return self._binary(expression, sure)
        if isinstance(expression, Negation):
            operand = self._truth(self.bind(expression.operand, sure))
            return self._fold(nodes.Not(operand), expression, sure, operand)
        if isinstance(expression, Property):
            return self._property(expression, expression.target, expression.name, expression.safe, sure)
        if isinstance(expression, Call):
            return self._call(expression, sure)
        if isinstance(expression, Element):
            return self._element(expression, sure)
        if isinstance(expression, Choice):
            return self._choice(expression, sure)
        if isinstance(expression, Items):
            return Const([item.value for item in expression.items])
        return self.fail("an expression of an unknown kind", expression, True)

    def _root(self, expression: Root) -> Node:
        shape = self._shape
        name = expression.name
        if name == "topic":
            return Const(shape.topic)
        if name == "headers":
            return nodes.Headers()
        if name == "key":
            return Const(None) if shape.key is None else nodes.Key(shape.key)
        if name == "keySchema":
            return Const(None) if shape.key is None else Schema(shape.key)
        if self._tombstone and (name == "value" or not shape.typed_null):
            return Const(None)
        if shape.value is None:
            return Const(None)
        return Schema(shape.value) if name == "valueSchema" else nodes.Value(shape.value)

    # -- operators -------------------------------------------------------------------------------------------------

    def _binary(self, expression: Binary, sure: bool) -> Node:
        operator = expression.operator
        if operator in ("&&", "||"):
            return self._both(expression, sure)
        left = self._operand(expression.left, sure)
        if operator in ("in", "!in"):
            return self._in(expression, left, sure)
        right = self._operand(expression.right, sure)
        reason = self._condition.where(expression)
        if operator == "==~":
            pattern = right.value if isinstance(right, Const) else None
            if not isinstance(pattern, str):
                return Const(False)
            return self._fold(nodes.Match(left, java_regex(pattern), reason), expression, sure, left)
        if operator in ("==", "!="):
            return self._equality(expression, left, right, operator == "==", sure)
        for side in (left, right):
            if isinstance(side, Schema | SchemaField | nodes.Headers | nodes.HeaderOf):
                return self.fail(f"{operator} cannot compare schemas or headers", expression, sure)
        return self._fold(nodes.Order(left, right, operator, reason), expression, sure, left, right)

    def _equality(self, expression: Binary, left: Node, right: Node, wanted: bool, sure: bool) -> Node:
        for side, other in ((left, right), (right, left)):
            if isinstance(side, Schema | SchemaField | nodes.Headers):
                if isinstance(other, Const) and other.value is None:
                    return Const(not wanted)
                return self.fail("schemas and headers can only be compared with null", expression, sure)
        if isinstance(right, Const) and isinstance(right.value, str) and _is(left.type, STRING):
            return nodes.EqualText(left, right.value, wanted)
        if isinstance(left, Const) and isinstance(left.value, str) and _is(right.type, STRING):
            return nodes.EqualText(right, left.value, wanted)
        return self._fold(nodes.Equal(left, right, wanted), expression, sure, left, right)

    def _both(self, expression: Binary, sure: bool) -> Node:
        left = self._truth(self.bind(expression.left, sure))
        decisive = expression.operator == "||"
        if isinstance(left, Const):
            if left.value == decisive:
                return Const(decisive)
            return self._truth(self.bind(expression.right, sure))
        right = self._truth(self.bind(expression.right, False))
        return nodes.Or(left, right) if decisive else nodes.And(left, right)

    def _in(self, expression: Binary, left: Node, sure: bool) -> Node:
        right = self._operand(expression.right, sure)
        reason = self._condition.where(expression)
        node: Node
        if isinstance(expression.right, Items):
            self._note_classes(left, [Const(item.value, item.kind) for item in expression.right.items], expression)
            node = nodes.OneOf(left, [item.value for item in expression.right.items])
            node = self._fold(node, expression, sure, left)
        elif isinstance(right, Failing):
            node = right
        elif right.type is not None and right.type.kind != ARRAY:
            node = self.fail(f"in needs a list on its right side, not {_say(right.type)}", expression, sure)
        else:
            node = nodes.Within(left, right, f"in needs a list on its right side, {reason}")
        return self._fold(nodes.Not(node), expression, sure, node) if expression.operator == "!in" else node

    def _choice(self, expression: Choice, sure: bool) -> Node:
        if expression.yes is None:
            value = self._operand(expression.condition, sure)
            if isinstance(value, Const):
                return value if self._truth(value).get(_ANY_RECORD) else self._operand(expression.no, sure)
            return nodes.Otherwise(value, self._operand(expression.no, False), _is(value.type, STRUCT))
        condition = self._truth(self.bind(expression.condition, sure))
        if isinstance(condition, Const):
            return self._operand(expression.yes if condition.value else expression.no, sure)
        return nodes.Choose(condition, self._operand(expression.yes, False), self._operand(expression.no, False))

    def _truth(self, node: Node) -> Node:
        if node.boolean:
            return node
        if isinstance(node, Failing):
            return node
        if isinstance(node, Schema | SchemaField):
            return Const(True)
        if _is(node.type, STRUCT) or isinstance(node, nodes.HeaderOf):
            return nodes.Present(node)
        truth = nodes.Truth(node)
        return Const(truth.get(_ANY_RECORD)) if isinstance(node, Const) else truth

    def _operand(self, expression: Expression, sure: bool) -> Node:
        """The node as a value that can be compared."""
        node = self.bind(expression, sure)
        type = node.type
        if type is None or not (needs_loading(type) or type.kind == STRUCT):
            return node
        if type.name == DECIMAL and type.kind == BYTES:
            return nodes.DecimalOf(node, type, int((type.parameters or {}).get("scale", "0")))
        return nodes.Loaded(node, type)

    def _fold(self, node: Node, expression: Expression, sure: bool, *operands: Node) -> Node:
        """The value of a node whose operands are all decided."""
        if not all(isinstance(operand, Const) for operand in operands):
            return node
        try:
            return Const(node.get(_ANY_RECORD))
        except Unfit as error:
            return self.fail(str(error), expression, sure)

    # -- navigation ------------------------------------------------------------------------------------------------

    def _property(self, expression: Expression, target: Expression, name: str, safe: bool, sure: bool) -> Node:
        flattened = self._flattened(expression)
        if flattened is not None:
            return flattened
        node = self.bind(target, sure)
        if isinstance(node, Failing):
            return node
        if isinstance(node, Const):
            return self._property_of_constant(node, expression, name, safe, sure)
        if isinstance(node, Schema):
            return self._schema_property(node, expression, name, sure)
        if isinstance(node, nodes.Headers):
            return nodes.HeaderOf(name)
        where = self._condition.where(expression)
        if isinstance(node, nodes.HeaderOf):
            if name != "value":
                return self.fail(f"a header has a value and no {name}", expression, sure)
            return nodes.HeaderValue(node.name, safe, (), where)
        if isinstance(node, nodes.HeaderValue):
            return nodes.HeaderValue(node.name, node.safe, (*node.path, (name, safe)), where)
        type = node.type
        if type is None:
            return self.fail(f"{name} cannot be read from this value", expression, sure)
        if type.kind == MAP:
            return nodes.EntryOf(node, name, type.element, safe, f"null has no entry {name}, {where}")
        if type.kind != STRUCT:
            return self.fail(f"{_say(type)} has no field {name}", expression, sure)
        position = type.index(name)
        if position < 0:
            return self.fail(f"there is no field {name} ({_fields(type)})", expression, sure, FIELD)
        field = type.fields[position].type
        if isinstance(node, nodes.Value) and not self._tombstone:
            return nodes.ValueField(position, field, field.default)
        return nodes.FieldOf(node, position, field, field.default, safe, f"null has no field {name}, {where}")

    def _property_of_constant(self, node: Const, expression: Expression, name: str, safe: bool, sure: bool) -> Node:
        if node.value is not None:
            return self.fail(f"a value of the condition has no field {name}", expression, sure)
        return Const(None) if safe else self.fail(f"null has no field {name}", expression, sure)

    def _flattened(self, expression: Expression) -> Node | None:
        """A field that an earlier transform took out of the envelope, by the name it had there."""
        path: list[str] = []
        step: Expression = expression
        while not isinstance(step, Root):
            if isinstance(step, Property):
                path.append(step.name)
                step = step.target
            elif isinstance(step, Call) and step.name in GETTERS:
                path.append(_argument(step))
                step = step.target
            else:
                return None
        type = self._shape.value
        if step.name != "value" or type is None or self._tombstone or type.index(path[-1]) >= 0:
            return None
        written = ".".join(reversed(path))
        name = self._shape.added.get(written)
        if name is None:
            return None
        position = type.index(name)
        if position < 0:
            return None
        self._condition.tell(
            f"value.{written} of topic {self._shape.topic} is read from value.{name}, which an earlier transform added"
        )
        field = type.fields[position].type
        return nodes.ValueField(position, field, field.default)

    def _schema_property(self, node: Schema, expression: Expression, name: str, sure: bool) -> Node:
        if name == "name":
            return Const(node.schema.name)
        if name == "version":
            return Const(node.schema.version, "Integer")
        return self.fail(f"a schema has a name and a version and no {name}", expression, sure)

    def _element(self, expression: Element, sure: bool) -> Node:
        node = self.bind(expression.target, sure)
        type = node.type
        where = self._condition.where(expression)
        if isinstance(node, Failing):
            return node
        if isinstance(node, Const) or (type is not None and type.kind not in (ARRAY, STRING)):
            what = "a value of the condition" if type is None else _say(type)
            return self.fail(f"{what} has no element {expression.index}", expression, sure)
        element = type if _is(type, STRING) else None if type is None else type.element
        return nodes.ElementOf(node, expression.index, element, f"null has no element {expression.index}, {where}")

    # -- methods ---------------------------------------------------------------------------------------------------

    def _call(self, expression: Call, sure: bool) -> Node:
        name = expression.name
        if name in GETTERS:
            return self._getter(expression, sure)
        node = self.bind(expression.target, sure)
        if isinstance(node, Failing):
            return node
        if name in ("name", "version", "field", "schema", "value"):
            return self._schema_call(node, expression, sure)
        if isinstance(node, Schema | SchemaField | nodes.HeaderOf):
            return self.fail(f"a schema or header has no method {name}", expression, sure)
        if isinstance(node, nodes.Headers) and name == "containsKey":
            return nodes.Present(nodes.HeaderOf(_argument(expression)))
        if isinstance(node, Const) and node.value is None:
            return Const(None) if expression.safe else self.fail(f"null has no method {name}", expression, sure)
        type = node.type
        if type is not None and not _has_method(type, name):
            return self.fail(f"{_say(type)} has no method {name}", expression, sure)
        argument = self._operand(expression.arguments[0], sure) if expression.arguments else None
        if type is not None and needs_loading(type):
            node = nodes.Loaded(node, type)
        if name == "equals" and argument is not None:
            self._note_classes(node, [argument], expression)
        method = nodes.Method(
            name,
            node,
            argument,
            name in _BOOLEAN_METHODS and not expression.safe,
            Type(STRING, optional=True) if name in _TEXT_RESULTS else None,
            expression.safe,
            self._condition.where(expression),
        )
        if name in _BOOLEAN_METHODS and expression.safe:
            method.type = Type(BOOLEAN, optional=True)
        operands = (node,) if argument is None else (node, argument)
        return self._fold(method, expression, sure, *operands)

    def _getter(self, expression: Call, sure: bool) -> Node:
        name = _argument(expression)
        node = self._property(expression, expression.target, name, expression.safe, sure)
        wanted = GETTERS[expression.name]
        if wanted and node.type is not None and node.type.kind != wanted:
            return self.fail(f"the field {name} is {_say(node.type)}, not {wanted}", expression, sure)
        if expression.name == "getWithoutDefault" and isinstance(node, nodes.FieldOf | nodes.ValueField):
            node.default = None
        return node

    def _schema_call(self, node: Node, expression: Call, sure: bool) -> Node:
        name = expression.name
        if isinstance(node, nodes.HeaderOf) and name == "value":
            return nodes.HeaderValue(node.name, expression.safe, (), self._condition.where(expression))
        if name == "schema" and _is(node.type, STRUCT) and node.type is not None:
            return Schema(node.type)
        if isinstance(node, Schema):
            if name == "field":
                return SchemaField() if node.schema.index(_argument(expression)) >= 0 else Const(None)
            return self._schema_property(node, expression, name, sure)
        if isinstance(node, Const) and node.value is None and expression.safe:
            return node
        what = "null" if isinstance(node, Const) and node.value is None else "this value"
        return self.fail(f"{what} has no method {name}", expression, sure)

    def _note_classes(self, left: Node, items: list[Node], expression: Expression) -> None:
        """Say where Groovy would find no element equal, because its numbers are of another class."""
        java = _java(left)
        kinds = {_java(item) for item in items if isinstance(item, Const) and is_number(item.value)}
        if not java or not kinds or java in kinds:
            return
        suffix = _LITERAL_SUFFIX.get(java, "")
        write = f"; write the numbers with {suffix} to make both agree" if suffix else ""
        self._condition.tell(
            f"{self._condition.where(expression)}, numbers are compared by value; Debezium's Groovy finds "
            f"{java} and {' or '.join(sorted(kinds))} never equal here{write}"
        )


def _is(type: Type | None, kind: str) -> bool:
    return type is not None and type.kind == kind and type.name != VARIABLE_SCALE_DECIMAL


def _argument(expression: Call) -> str:
    first = expression.arguments[0]
    return str(first.value) if isinstance(first, Literal) else ""


def _java(node: Node) -> str:
    if isinstance(node, Const):
        return node.kind
    if node.type is None:
        return ""
    return "BigDecimal" if node.type.name == DECIMAL else _JAVA.get(node.type.kind, "")


def _has_method(type: Type, name: str) -> bool:
    if name in _TEXT_METHODS:
        return type.kind == STRING
    if name == "toString":
        return type.kind in (STRING, BOOLEAN) or type.kind.startswith("int") or type.name == DECIMAL
    if type.name == DECIMAL and name in _KINDS:
        return False
    return type.kind in _KINDS.get(name, (type.kind,))


def _say(type: Type) -> str:
    return "text" if type.kind == STRING else type.name or f"{type.kind}"


def _fields(type: Type) -> str:
    return f"there are: {', '.join(field.name for field in type.fields)}"
