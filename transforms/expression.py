"""A safe subset of Groovy expressions: text to tree. Knows no record and evaluates nothing.

Everything that is not listed in docs/how-to/transforms.md is refused with its position, never read in another sense.
Source: the Groovy language documentation (syntax, operators), observed on Groovy 4.0.28.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from cdc.regex import Untranslatable, java_regex
from transforms.groovy import single
from transforms.words import METHODS, ROOTS, SCHEMA_PROPERTIES

DEPTH: Final = 50  # nested parentheses and operators; more is no condition that a person wrote

_NAME = re.compile(r"[^\W\d]\w*")
_NUMBER = re.compile(
    r"(?P<hex>0[xX][0-9a-fA-F_]+)(?P<hexkind>[lLgGiI]?)"
    r"|(?P<digits>[0-9][0-9_]*)(?P<rest>(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?)(?P<kind>[lLgGiIdDfF]?)"
)
_SYMBOLS = ("==~", "===", "!==", "<=>", "?.", "?:", "&&", "||", "==", "!=", "<=", ">=", "=~", "..", "->")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "s": " ", "\\": "\\", "'": "'", '"': '"', "$": "$"}
_INSTEAD = {
    "and": "write &&",
    "or": "write ||",
    "not": "write !",
    "instanceof": "compare values instead",
    "as": "compare values instead",
    "new": "nothing can be created in a condition",
    "def": "a condition is one expression",
    "if": "a condition is one expression; use ? :",
    "assert": "a condition is one expression",
}


class Outside(ValueError):
    """A text that is not in the subset; says what and where."""

    def __init__(self, what: str, position: int, text: str) -> None:
        line = text.count("\n", 0, position) + 1
        column = position - (text.rfind("\n", 0, position) + 1) + 1
        where = f"position {position + 1}" if line == 1 else f"line {line}, column {column}"
        super().__init__(f"{what}, at {where} of the condition")
        self.position = position


class Expression:
    """A node of the tree. `position` is the index of its first character or operator in the text."""

    def __init__(self, position: int) -> None:
        self.position = position


class Literal(Expression):
    """null, true, false, a number or a text. `kind` is the Java class that Groovy gives it, for numbers."""

    def __init__(self, position: int, value: object, kind: str = "") -> None:
        super().__init__(position)
        self.value = value
        self.kind = kind


class Items(Expression):
    """A list literal."""

    def __init__(self, position: int, items: list[Literal]) -> None:
        super().__init__(position)
        self.items = items


class Root(Expression):
    """One of the variables: value, key, valueSchema, keySchema, topic, headers."""

    def __init__(self, position: int, name: str) -> None:
        super().__init__(position)
        self.name = name


class Property(Expression):
    """`target.name`, `target?.name`, `target['name']`."""

    def __init__(self, position: int, target: Expression, name: str, safe: bool) -> None:
        super().__init__(position)
        self.target = target
        self.name = name
        self.safe = safe


class Element(Expression):
    """`target[2]`."""

    def __init__(self, position: int, target: Expression, index: int) -> None:
        super().__init__(position)
        self.target = target
        self.index = index


class Call(Expression):
    """`target.method(arguments)`."""

    def __init__(self, position: int, target: Expression, name: str, arguments: list[Expression], safe: bool) -> None:
        super().__init__(position)
        self.target = target
        self.name = name
        self.arguments = arguments
        self.safe = safe


class Negation(Expression):
    """`!operand`."""

    def __init__(self, position: int, operand: Expression) -> None:
        super().__init__(position)
        self.operand = operand


class Binary(Expression):
    """`left operator right`, with one of && || == != < <= > >= in !in ==~."""

    def __init__(self, position: int, operator: str, left: Expression, right: Expression) -> None:
        super().__init__(position)
        self.operator = operator
        self.left = left
        self.right = right


class Choice(Expression):
    """`condition ? yes : no`; `yes` None is `condition ?: no`."""

    def __init__(self, position: int, condition: Expression, yes: Expression | None, no: Expression) -> None:
        super().__init__(position)
        self.condition = condition
        self.yes = yes
        self.no = no


class Token:
    """A piece of the text: kind is name, number, string, symbol or end."""

    def __init__(self, kind: str, text: str, position: int, value: object = None, java: str = "") -> None:
        self.kind = kind
        self.text = text
        self.position = position
        self.value = value
        self.java = java


class Lexer:
    """Cuts a text into tokens. A `/` begins a slashy string where an operand can stand."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._operand = True  # whether an operand can come next

    def tokens(self) -> list[Token]:
        """All tokens, the last of kind end. Raises Outside."""
        found: list[Token] = []
        while True:
            self._skip()
            token = self._next()
            found.append(token)
            if token.kind == "end":
                return found
            closes = token.kind in ("name", "number", "string") or token.text in (")", "]")
            self._operand = not closes or token.text in ("in", "return")

    def _refuse(self, what: str, position: int) -> Outside:
        return Outside(what, position, self._text)

    def _skip(self) -> None:
        text = self._text
        while self._at < len(text):
            if text[self._at].isspace():
                self._at += 1
            elif text.startswith("//", self._at) and not self._operand:
                end = text.find("\n", self._at)
                self._at = len(text) if end < 0 else end
            elif text.startswith("/*", self._at):
                end = text.find("*/", self._at + 2)
                if end < 0:
                    raise self._refuse("a comment without an end", self._at)
                self._at = end + 2
            elif text.startswith("//", self._at):
                end = text.find("\n", self._at)
                self._at = len(text) if end < 0 else end
            else:
                return

    def _next(self) -> Token:
        text, at = self._text, self._at
        if at >= len(text):
            return Token("end", "", at)
        character = text[at]
        if character in "'\"" or (character == "/" and self._operand):
            return self._string()
        if text.startswith("$/", at):
            raise self._refuse("dollar slashy strings are not supported", at)
        if "0" <= character <= "9":
            return self._number()
        if found := _NAME.match(text, at):
            self._at = found.end()
            return Token("name", found.group(), at)
        if re.compile(r"!in\b").match(text, at):
            self._at += 3
            return Token("symbol", "!in", at)
        for symbol in _SYMBOLS:
            if text.startswith(symbol, at):
                self._at += len(symbol)
                return Token("symbol", symbol, at)
        self._at += 1
        return Token("symbol", character, at)

    def _number(self) -> Token:
        at = self._at
        found = _NUMBER.match(self._text, at)
        if found is None:
            raise self._refuse("a number that cannot be read", at)
        self._at = found.end()
        if (follow := self._text[self._at : self._at + 1]) and (follow.isalnum() or follow == "_"):
            raise self._refuse(f"{self._text[at : self._at + 1]!r} is no number", at)
        written = found.group()
        if found["hex"]:
            kind = found["hexkind"].upper()
            return Token("number", written, at, *self._whole(int(found["hex"].replace("_", ""), 16), kind, at))
        digits = found["digits"].replace("_", "")
        rest = found["rest"].replace("_", "")
        kind = found["kind"].upper()
        if kind in ("D", "F") or rest:
            if kind in ("L", "I"):
                raise self._refuse(f"{written!r} is no number", at)
            if kind == "F":
                return Token("number", written, at, single(float(digits + rest)), "Float")
            if kind == "D":
                return Token("number", written, at, float(digits + rest), "Double")
            return Token("number", written, at, Decimal(digits + rest), "BigDecimal")
        octal = len(digits) > 1 and digits[0] == "0"
        if octal and not set(digits) <= set("01234567"):
            raise self._refuse(f"{written!r} is no octal number", at)
        return Token("number", written, at, *self._whole(int(digits, 8 if octal else 10), kind, at))

    def _whole(self, value: int, kind: str, position: int) -> tuple[int, str]:
        limits = {"I": ("Integer", 31), "L": ("Long", 63)}
        if kind in limits and value >= 1 << limits[kind][1]:
            raise self._refuse(f"{value} is too large for the letter after it", position)
        if kind == "G":
            return value, "BigInteger"
        if kind:
            return value, limits[kind][0]
        return value, "Integer" if value < 1 << 31 else "Long" if value < 1 << 63 else "BigInteger"

    def _string(self) -> Token:
        text, start = self._text, self._at
        quote = text[start]
        if text.startswith(quote * 3, start) and quote != "/":
            quote *= 3
        at = start + len(quote)
        value = ""
        while not text.startswith(quote, at):
            if at >= len(text) or (len(quote) == 1 and quote != "/" and text[at] == "\n"):
                raise self._refuse("a string without an end", start)
            character = text[at]
            if character == "$" and quote[0] in '"/' and re.compile(r"\$[{\w]").match(text, at):
                raise self._refuse("values inside of a string ($...) are not supported", at)
            if character != "\\":
                value += character
                at += 1
                continue
            if quote == "/":
                value += "/" if text.startswith("\\/", at) else "\\"
                at += 2 if text.startswith("\\/", at) else 1
                continue
            piece, at = self._escape(at)
            value += piece
        if not value and quote == "/":
            raise self._refuse("an empty slashy string", start)
        self._at = at + len(quote)
        return Token("string", text[start : self._at], start, value)

    def _escape(self, at: int) -> tuple[str, int]:
        text = self._text
        if found := re.compile(r"\\u+([0-9a-fA-F]{4})").match(text, at):
            return chr(int(found.group(1), 16)), found.end()
        if text.startswith("\\\n", at):
            return "", at + 2
        letter = text[at + 1 : at + 2]
        if letter not in _ESCAPES or not letter:
            raise self._refuse(f"the escape \\{letter} in a string (write \\\\ for a backslash, or /.../)", at)
        return _ESCAPES[letter], at + 2


class Parser:
    """Recursive descent over the tokens, in Groovy's order of precedence."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = Lexer(text).tokens()
        self._at = 0
        self._depth = 0

    def parse(self) -> Expression:
        """The tree of the whole text. Raises Outside."""
        if self._token().text == "return":
            self._at += 1
        tree = self._choice()
        self._accept(";")
        token = self._token()
        if token.kind != "end":
            raise self._unexpected(token)
        return tree

    def _token(self) -> Token:
        return self._tokens[self._at]

    def _accept(self, *symbols: str) -> Token | None:
        token = self._token()
        if token.kind == "symbol" and token.text in symbols:
            self._at += 1
            return token
        return None

    def _expect(self, symbol: str) -> Token:
        token = self._accept(symbol)
        if token is None:
            found = self._token()
            raise self._refuse(f"{symbol} is missing before {found.text or 'the end'!s}", found.position)
        return token

    def _refuse(self, what: str, position: int) -> Outside:
        return Outside(what, position, self._text)

    def _unexpected(self, token: Token) -> Outside:
        if token.kind == "end":
            return self._refuse("an expression is missing", token.position)
        if token.kind == "name":
            if token.text in _INSTEAD:
                return self._refuse(f"{token.text} is not supported ({_INSTEAD[token.text]})", token.position)
            return self._refuse(f"{token.text!r} does not belong here", token.position)
        if token.kind == "symbol":
            hints = {"=": "; == compares", "===": "; use ==", "!==": "; use !=", "=~": "; ==~ matches the whole text"}
            hints |= {"&": "; use &&", "|": "; use ||"}
            return self._refuse(f"{token.text} is not supported{hints.get(token.text, '')}", token.position)
        return self._refuse(f"{token.text} does not belong here", token.position)

    def _choice(self) -> Expression:
        self._depth += 1
        if self._depth > DEPTH:
            raise self._refuse("the condition is nested too deeply", self._token().position)
        condition = self._or()
        if token := self._accept("?:"):
            condition = Choice(token.position, condition, None, self._choice())
        elif token := self._accept("?"):
            yes = self._choice()
            self._expect(":")
            condition = Choice(token.position, condition, yes, self._choice())
        self._depth -= 1
        return condition

    def _or(self) -> Expression:
        left = self._and()
        while token := self._accept("||"):
            left = Binary(token.position, "||", left, self._and())
        return left

    def _and(self) -> Expression:
        left = self._equality()
        while token := self._accept("&&"):
            left = Binary(token.position, "&&", left, self._equality())
        return left

    def _equality(self) -> Expression:
        left = self._relation()
        while token := self._accept("==", "!=", "==~"):
            start = self._token().position
            right = self._relation()
            if token.text == "==~":
                self._check_regex(right, start)
            left = Binary(token.position, token.text, left, right)
        return left

    def _relation(self) -> Expression:
        left = self._unary()
        token = self._accept("<", "<=", ">", ">=", "!in")
        if token is None and self._token().kind == "name" and self._token().text == "in":
            token = self._token()
            self._at += 1
        if token is None:
            return left
        right = self._unary()
        if token.text in ("in", "!in") and isinstance(right, Literal):
            raise self._refuse("in needs a list on its right side", right.position)
        if self._token().text in ("<", "<=", ">", ">=", "in", "!in"):
            raise self._refuse("comparisons cannot be chained; join them with &&", self._token().position)
        return Binary(token.position, token.text, left, right)

    def _unary(self) -> Expression:
        if token := self._accept("!"):
            self._depth += 1
            if self._depth > DEPTH:
                raise self._refuse("the condition is nested too deeply", token.position)
            operand = self._unary()
            self._depth -= 1
            return Negation(token.position, operand)
        if token := self._accept("-", "+"):
            number = self._token()
            if number.kind != "number":
                raise self._refuse(f"{token.text} is only supported before a number", token.position)
            self._at += 1
            value = number.value
            if token.text == "-" and isinstance(value, int | float | Decimal):
                value = -value
            return self._postfix(Literal(token.position, value, number.java))
        return self._postfix(self._primary())

    def _primary(self) -> Expression:
        token = self._token()
        self._at += 1
        if token.kind in ("number", "string"):
            return Literal(token.position, token.value, token.java)
        if token.kind == "name":
            constants: dict[str, object] = {"null": None, "true": True, "false": False}
            if token.text in constants:
                return Literal(token.position, constants[token.text])
            if token.text in ROOTS:
                return Root(token.position, token.text)
            if token.text in _INSTEAD:
                raise self._unexpected(token)
            raise self._refuse(
                f"{token.text!r} is not known here (there are: {', '.join(ROOTS)})",
                token.position,
            )
        if token.kind == "symbol" and token.text == "(":
            inner = self._choice()
            self._expect(")")
            return inner
        if token.kind == "symbol" and token.text == "[":
            return self._items(token.position)
        raise self._unexpected(token)

    def _items(self, position: int) -> Items:
        items: list[Literal] = []
        while not self._accept("]"):
            item = self._unary()
            if not isinstance(item, Literal):
                raise self._refuse("a list may hold only texts, numbers, true, false and null", item.position)
            items.append(item)
            if not self._accept(","):
                self._expect("]")
                break
        return Items(position, items)

    def _postfix(self, target: Expression) -> Expression:
        while True:
            if token := self._accept("[" if not isinstance(target, Literal) else ""):
                target = self._subscript(target, token.position)
                continue
            if self._token().text == "(" and self._token().kind == "symbol":
                raise self._refuse("only methods of a value can be called", self._token().position)
            dot = self._accept(".", "?.")
            if dot is None:
                return target
            name = self._token()
            self._at += 1
            if name.kind == "string":
                target = Property(name.position, target, str(name.value), dot.text == "?.")
                continue
            if name.kind != "name":
                raise self._refuse(f"a name is missing after {dot.text}", name.position)
            if self._accept("("):
                target = self._call(target, name, dot.text == "?.")
            else:
                target = Property(name.position, target, name.text, dot.text == "?.")
            self._check_schema(target)

    def _subscript(self, target: Expression, position: int) -> Expression:
        start = self._token().position
        index = self._unary()
        self._expect("]")
        if isinstance(index, Literal) and isinstance(index.value, str):
            return Property(position, target, index.value, False)
        if isinstance(index, Literal) and isinstance(index.value, int) and not isinstance(index.value, bool):
            return Element(position, target, index.value)
        raise self._refuse("an index must be a text or a whole number", start)

    def _call(self, target: Expression, name: Token, safe: bool) -> Call:
        arguments: list[Expression] = []
        while not self._accept(")"):
            arguments.append(self._choice())
            if not self._accept(","):
                self._expect(")")
                break
        counts = METHODS.get(name.text)
        if counts is None:
            methods = ", ".join(sorted(METHODS))
            raise self._refuse(f"the method {name.text} is not supported (there are: {methods})", name.position)
        if len(arguments) not in counts:
            expected = " or ".join(str(count) for count in counts)
            raise self._refuse(f"{name.text} takes {expected} arguments, not {len(arguments)}", name.position)
        if name.text == "matches":
            self._check_regex(arguments[0], arguments[0].position)
        if name.text.startswith("get") or name.text in ("containsKey", "field"):
            first = arguments[0]
            if not isinstance(first, Literal) or not isinstance(first.value, str):
                raise self._refuse(f"{name.text} needs a name in quotes", first.position)
        return Call(name.position, target, name.text, arguments, safe)

    def _check_schema(self, target: Expression) -> None:
        if isinstance(target, Property) and isinstance(target.target, Root):
            root = target.target.name
            if root in ("valueSchema", "keySchema") and target.name not in SCHEMA_PROPERTIES:
                names = ", ".join(SCHEMA_PROPERTIES)
                raise self._refuse(f"{root}.{target.name} is not supported (there are: {names})", target.position)

    def _check_regex(self, pattern: Expression, start: int) -> None:
        if not isinstance(pattern, Literal) or not isinstance(pattern.value, str | None):
            raise self._refuse("a regular expression must be written out, in quotes or as /.../", start)
        try:
            java_regex(pattern.value or "")
        except Untranslatable as error:
            raise self._refuse(str(error), start) from None


def parse(text: str) -> Expression:
    """The tree of a condition. Raises Outside, naming what is not understood and its position."""
    return Parser(text).parse()
