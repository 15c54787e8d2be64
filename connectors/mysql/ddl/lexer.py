"""SQL text of MySQL and MariaDB -> tokens. Knows words, quotes, numbers and comments, and no statement.

Source: MySQL manual, "Language Structure"; MariaDB, "Comment Syntax". A versioned comment (`/*!80016 ... */`,
`/*M!100401 ... */`) is code where the server that wrote the log is of that version or newer, and a comment otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cdc.errors import DecodeError
from connectors.mysql.ddl import errors
from connectors.mysql.tables import MARIADB, MYSQL

WORD: Final = "word"  # an unquoted name or keyword; `text` as written, `word` in upper case
NAME: Final = "name"  # an identifier and never a keyword: quoted, or beside a dot; `text` without quotes
STRING: Final = "string"  # `text` is the value, escapes resolved
NUMBER: Final = "number"
HEX: Final = "hex"  # `text` are the hex digits
BITS: Final = "bits"  # `text` are the binary digits
PUNCTUATION: Final = "punctuation"
END: Final = "end"

REAL_AS_FLOAT: Final = 1  # bits of sql_mode, as in the status variable of QUERY events
ANSI_QUOTES: Final = 4
ORACLE: Final = 1 << 9  # MariaDB; MySQL has no such mode any more
NO_BACKSLASH_ESCAPES: Final = 1 << 20

NEWEST: Final = 999_999  # a version number that no comment exceeds

_TOKEN = re.compile(
    r"""(?P<space>[ \t\n\r\f\v\x00]+)
      | (?P<comment>--(?=[\x00-\x20]|$)[^\n]*|\#[^\n]*)
      | (?P<open>/\*(?:M?!\d{0,6})?)
      | (?P<close>\*/)
      | (?P<quote>'|"|`)
      | (?P<hex>0x[0-9a-fA-F]+(?![\w$]))
      | (?P<bits>0b[01]+(?![\w$]))
      | (?P<number>(?:\d+\.\d*|(?<![\w$`"'])\.\d+)(?:[eE][+-]?\d+)?(?![\w$])|\d+[eE][+-]?\d+(?![\w$])|\d+(?![\w$]))
      | (?P<word>[0-9A-Za-z_$@\x80-\U0010ffff]+)
      | (?P<punctuation>:=|<=>|<<|>>|<=|>=|<>|!=|\|\||&&|->>|->|.)
    """,
    re.VERBOSE | re.DOTALL,
)

_ESCAPES: Final = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_QUOTED: Final = {  # (quote, backslash escapes) -> the rest of the literal with its closing quote
    ("'", True): re.compile(r"((?:[^'\\]|\\.|'')*)'", re.DOTALL),
    ("'", False): re.compile(r"((?:[^']|'')*)'", re.DOTALL),
    ('"', True): re.compile(r'((?:[^"\\]|\\.|"")*)"', re.DOTALL),
    ('"', False): re.compile(r'((?:[^"]|"")*)"', re.DOTALL),
    ("`", False): re.compile(r"((?:[^`]|``)*)`", re.DOTALL),
}
_BEFORE_NAME = re.compile(r"\.[0-9A-Za-z_$\x80-\U0010ffff]")
_COMMENT_END = re.compile(r"\*/")


@dataclass(slots=True)
class Token:
    """One token; `start` and `end` are its place in the text."""

    kind: str
    text: str
    start: int
    end: int
    word: str = ""  # of a WORD: in upper case
    mark: str = ""  # what grammar compares: a WORD's `word`, punctuation's `text`


@dataclass(frozen=True, slots=True)
class Dialect:
    """What decides how a text is read: the flavour, the version as 80036 or 110806, and sql_mode's bits."""

    flavor: str = MYSQL
    version: int = NEWEST
    sql_mode: int = 0

    def executes(self, marker: str) -> bool:
        """Whether the content of a comment that opens with `marker` is code: `/*!50100`, `/*M!`."""
        mariadb = self.flavor == MARIADB
        if marker == "/*":
            return False
        digits = marker.partition("!")[2]
        if marker.startswith("/*M"):
            return mariadb and (not digits or int(digits) <= self.version)
        if not digits:
            return True
        number = int(digits)
        if mariadb and 50_700 <= number <= 99_999:
            return False
        return number <= self.version


def tokenize(text: str, dialect: Dialect) -> list[Token]:
    """All tokens of a text, the last one END. Raises DecodeError for an open quote or comment."""
    tokens: list[Token] = []
    position, length, inside = 0, len(text), 0
    ansi = bool(dialect.sql_mode & ANSI_QUOTES)
    escapes = not dialect.sql_mode & NO_BACKSLASH_ESCAPES
    match = _TOKEN.match
    while position < length:
        found = match(text, position)
        if found is None:
            raise _broken(text, position, "a character that no token begins with")
        kind, start, position = str(found.lastgroup), position, found.end()
        if kind in ("space", "comment"):
            continue
        if kind == "open":
            position, opened = _comment(text, start, found.group(), dialect)
            inside += opened
        elif kind == "close":
            if not inside:
                raise _broken(text, start, "the end of a comment that was not opened")
            inside -= 1
        elif kind == "quote":
            token = _quoted(text, start, ansi=ansi, escapes=escapes)
            position = token.end
            _string_with_prefix(tokens, token, text)
        else:
            piece = found.group()
            if kind == "word" and (text[start - 1 : start] == "." or _BEFORE_NAME.match(text, position)):
                tokens.append(Token(NAME, piece, start, position))  # the servers look up no keyword beside a dot
            elif kind == "word":
                word = piece.upper()
                tokens.append(Token(WORD, piece, start, position, word, word))
            elif kind == PUNCTUATION:
                tokens.append(Token(PUNCTUATION, piece, start, position, "", piece))
            elif kind in ("hex", "bits"):
                tokens.append(Token(kind, piece[2:], start, position))
            else:
                tokens.append(Token(kind, piece, start, position))
    tokens.append(Token(END, "", length, length))
    return tokens


def _comment(text: str, start: int, marker: str, dialect: Dialect) -> tuple[int, int]:
    """Where to go on, and whether (1 or 0) the comment's content is code that is now read."""
    digits = marker.partition("!")[2]
    if digits and len(digits) < 5:
        marker = marker[: len(marker) - len(digits)]  # a number that is part of the code
    if dialect.executes(marker):
        return start + len(marker), 1
    depth, position = 1, start + 2
    nested = marker != "/*"  # only versioned comments contain others
    while depth:
        close = _COMMENT_END.search(text, position)
        if close is None:
            raise _broken(text, start, "a comment that does not end")
        inner = text.find("/*", position, close.start()) if nested else -1
        if inner >= 0:
            depth, position = depth + 1, inner + 2
        else:
            depth, position = depth - 1, close.end()
    return position, 0


def _quoted(text: str, start: int, *, ansi: bool, escapes: bool) -> Token:
    quote = text[start]
    identifier = quote == "`" or (quote == '"' and ansi)
    # A double-quoted identifier has no backslash escapes, a string has them unless sql_mode says no.
    found = _QUOTED[(quote, escapes and not identifier)].match(text, start + 1)
    if found is None:
        raise _broken(text, start, f"a quote {quote} that does not end")
    value = found.group(1).replace(quote + quote, quote) if quote + quote in found.group(1) else found.group(1)
    if escapes and not identifier and "\\" in value:
        value = unescape(found.group(1), quote)
    return Token(NAME if identifier else STRING, value, start, found.end())


def unescape(raw: str, quote: str) -> str:
    """Resolve backslash escapes and doubled quotes in one pass; `\\%` and `\\_` keep their backslash."""
    pieces: list[str] = []
    position = 0
    while position < len(raw):
        character = raw[position]
        if character == "\\" and position + 1 < len(raw):
            following = raw[position + 1]
            pieces.append("\\" + following if following in "%_" else _ESCAPES.get(following, following))
            position += 2
        elif character == quote:
            pieces.append(quote)
            position += 2
        else:
            pieces.append(character)
            position += 1
    return "".join(pieces)


def _string_with_prefix(tokens: list[Token], token: Token, text: str) -> None:
    """Append a string; the prefixes N, X, B and _charset join it, and adjacent strings become one."""
    if token.kind != STRING or not tokens:
        tokens.append(token)
        return
    before = tokens[-1]
    adjacent = before.end == token.start
    if before.kind == WORD and adjacent and before.word in ("N", "X", "B"):
        kind = {"N": STRING, "X": HEX, "B": BITS}[before.word]
        tokens[-1] = Token(kind, token.text, before.start, token.end)
    elif before.kind == WORD and before.word in INTRODUCERS:
        tokens[-1] = Token(STRING, token.text, before.start, token.end)
    elif before.kind == STRING:
        tokens[-1] = Token(STRING, before.text + token.text, before.start, token.end)
    else:
        tokens.append(token)


_CHARSETS: Final = (
    "ARMSCII8", "ASCII", "BIG5", "BINARY", "CP1250", "CP1251", "CP1256", "CP1257", "CP850", "CP852", "CP866", "CP932",
    "DEC8", "EUCJPMS", "EUCKR", "GB18030", "GB2312", "GBK", "GEOSTD8", "GREEK", "HEBREW", "HP8", "KEYBCS2", "KOI8R",
    "KOI8U", "LATIN1", "LATIN2", "LATIN5", "LATIN7", "MACCE", "MACROMAN", "SJIS", "SWE7", "TIS620", "UCS2", "UJIS",
    "UTF16", "UTF16LE", "UTF32", "UTF8", "UTF8MB3", "UTF8MB4",
)  # fmt: skip
INTRODUCERS: Final = frozenset(f"_{name}" for name in _CHARSETS)


def _broken(text: str, position: int, what: str) -> DecodeError:
    return DecodeError(errors.NOT_UNDERSTOOD, f"{what} at character {position + 1} of: {errors.excerpt(text)}")
