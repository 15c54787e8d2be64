"""A cursor over the tokens of one text: what every part of the parser asks and skips. Knows no statement."""

from __future__ import annotations

from cdc.errors import DecodeError
from connectors.mysql.ddl import errors
from connectors.mysql.ddl.lexer import BITS, END, HEX, NAME, NUMBER, PUNCTUATION, STRING, WORD, Dialect, Token, tokenize


class Reader:
    """Reads tokens of one text forward; `at` is the index of the next one."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text = text
        self.dialect = dialect
        self.tokens = tokenize(text, dialect)
        self.at = 0
        self.begun = 0  # start in the text of the statement that is being read

    @property
    def next(self) -> Token:
        """The next token; END at the end of the text."""
        return self.tokens[self.at]

    def ahead(self, count: int) -> Token:
        """A token further on."""
        place = self.at + count
        return self.tokens[place] if place < len(self.tokens) else self.tokens[-1]

    def take(self) -> Token:
        """The next token, read."""
        token = self.tokens[self.at]
        if token.kind != END:
            self.at += 1
        return token

    def sees(self, *words: str) -> bool:
        """Whether the next tokens are these words (unquoted) or punctuation."""
        if self.tokens[self.at].mark != words[0]:
            return False
        return len(words) == 1 or all(self.ahead(place).mark == word for place, word in enumerate(words))

    def accept(self, *words: str) -> bool:
        """Read these words when they come next."""
        if not self.sees(*words):
            return False
        self.at += len(words)
        return True

    def accept_any(self, *words: str) -> str:
        """Read one of these words when it comes next; empty when none does."""
        found = self.tokens[self.at].mark
        if found and found in words:
            self.at += 1
            return found
        return ""

    def expect(self, *words: str) -> None:
        """Read these words. Raises DecodeError when something else comes."""
        if not self.accept(*words):
            raise self.wrong(" ".join(words))

    def identifier(self, what: str = "a name") -> str:
        """Read a name, quoted or not. A string stands for one where MySQL allows it (aliases, old dumps)."""
        token = self.next
        if token.kind not in (WORD, NAME, STRING):
            raise self.wrong(what)
        self.at += 1
        return token.text

    def qualified(self, what: str = "a table name") -> tuple[str | None, str]:
        """Read `name`, `database.name` or `.name`."""
        self.accept(".")
        first = self.identifier(what)
        if self.accept("."):
            return first, self.identifier(what)
        return None, first

    def column(self) -> str:
        """Read a column's name; the server takes `table.column` and `.column` too."""
        name = self.qualified("a column")[1]
        return self.identifier("a column") if self.accept(".") else name

    def string(self, what: str = "a string") -> str:
        """Read a string literal."""
        if self.next.kind != STRING:
            raise self.wrong(what)
        return self.take().text

    def number(self) -> int:
        """Read a whole number; of a decimal number the whole part, as the server does in a length."""
        token = self.next
        if token.kind == HEX:
            self.at += 1
            return int(token.text or "0", 16)
        if token.kind != NUMBER or "e" in token.text.lower():
            raise self.wrong("a number")
        self.at += 1
        return int(token.text.partition(".")[0] or "0")

    @property
    def at_end(self) -> bool:
        """Whether the statement ends here."""
        token = self.tokens[self.at]
        return token.kind == END or token.mark == ";"

    def skip_parentheses(self) -> str:
        """Read a parenthesis with all it contains; its text without the outer signs."""
        start = self.next.end
        self.expect("(")
        depth = 1
        while depth:
            token = self.take()
            if token.kind == END:
                raise self.wrong("a closing parenthesis")
            if token.kind == PUNCTUATION:
                depth += (token.text == "(") - (token.text == ")")
        return self.text[start : self.tokens[self.at - 1].start]

    def skip_value(self) -> None:
        """Read one value: a name, a literal, a signed number, a parenthesis."""
        if self.sees("("):
            self.skip_parentheses()
            return
        self.accept_any("+", "-")
        if self.next.kind not in (WORD, NAME, STRING, NUMBER, HEX, BITS):
            raise self.wrong("a value")
        self.at += 1

    def skip_statement(self) -> None:
        """Read to the end of the statement."""
        while not self.at_end:
            self.at += 1

    def skip_item(self) -> None:
        """Read to the next comma outside of parentheses, or to the end of the statement or of its parenthesis."""
        while not self.at_end and not self.sees(",") and not self.sees(")"):
            if self.sees("("):
                self.skip_parentheses()
            else:
                self.at += 1

    def source(self, start: int) -> str:
        """The text from token number `start` up to the next token."""
        if start >= self.at:
            return ""
        return self.text[self.tokens[start].start : self.tokens[self.at - 1].end]

    def wrong(self, expected: str) -> DecodeError:
        """The error that something else was expected here."""
        token = self.next
        found = "the end" if token.kind == END else f"`{self.text[token.start : token.end][:60]}`"
        return DecodeError(
            errors.NOT_UNDERSTOOD,
            f"expected {expected}, found {found} at character {token.start - self.begun + 1} of:"
            f" {errors.excerpt(self.text[self.begun :])}",
        )
