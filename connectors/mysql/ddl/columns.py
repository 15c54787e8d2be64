"""One column definition of CREATE TABLE or ALTER TABLE: data type and attributes -> ColumnDefinition.

Source: MySQL manual, "CREATE TABLE"; MariaDB, "CREATE TABLE" (also its generated columns, system versioning, and
options of storage engines). What does not concern the column's values is read and dropped; an attribute that is not
known is an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connectors.mysql.charsets import BINARY, text_of
from connectors.mysql.ddl import types
from connectors.mysql.ddl.lexer import BITS, HEX, INTRODUCERS, NAME, NUMBER, STRING, WORD
from connectors.mysql.ddl.reader import Reader
from connectors.mysql.ddl.types import DataType
from connectors.mysql.tables import MARIADB, ROW_END, ROW_START, STORED, VIRTUAL, ColumnDefinition

_NOW: Final = ("CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP", "SYSDATE")
_ACTIONS: Final = ("RESTRICT", "CASCADE", "NO", "SET")


@dataclass(slots=True)
class ColumnText:
    """A column definition as written."""

    name: str
    type: DataType
    null: bool | None = None  # said; None: nothing was said
    default: str | None = None
    has_default: bool = False
    default_expression: bool = False
    on_update: bool = False
    auto_increment: bool = False
    generated: str | None = None
    versioned: bool = False  # MariaDB: WITH SYSTEM VERSIONING, which makes the whole table so
    invisible: bool = False
    comment: str | None = None
    srid: int | None = None
    primary: bool = False
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Charsets:
    """The table's character set and collation, that a column inherits."""

    charset: str | None
    collation: str | None


def read_column(reader: Reader, name: str) -> ColumnText:
    """Read what follows the column's name. Raises DecodeError for what is not known."""
    column = ColumnText(name, types.read_type(reader))
    if column.type.serial:
        column.null, column.auto_increment, column.unique = False, True, True
    while _attribute(reader, column):
        pass
    return column


def _attribute(reader: Reader, column: ColumnText) -> bool:
    """Read one attribute; False when none comes next."""
    token = reader.next
    if token.kind != WORD:
        # MariaDB: an option of the storage engine, quoted: `option`='value'
        if token.kind == NAME and reader.ahead(1).text == "=":
            reader.at += 2
            reader.skip_value()
            return True
        return False
    if token.word in _FLAGS:
        reader.at += 1
        _FLAGS[token.word](reader, column)
        return True
    if token.word in ("FIRST", "AFTER"):
        return False
    if token.word == "CHARACTER" or token.word in ("CHARSET", "BINARY", "BYTE", "ASCII", "UNICODE"):
        types.read_charset(reader, column.type)
        return True
    if reader.ahead(1).text == "=" and reader.ahead(1).kind != STRING:
        reader.at += 2
        reader.skip_value()
        return True
    return False


def _not(reader: Reader, column: ColumnText) -> None:
    if reader.accept_any("SECONDARY", "ENFORCED", "INVISIBLE"):
        return
    reader.expect("NULL")
    column.null = False


def _null(reader: Reader, column: ColumnText) -> None:
    column.null = True


def _default(reader: Reader, column: ColumnText) -> None:
    column.has_default = True
    column.default, column.default_expression = read_default(reader)
    if column.default_expression and reader.dialect.flavor == MARIADB and reader.sees("ON", "UPDATE"):
        _on(reader, column)
        column.on_update = False  # Debezium's grammar of MariaDB takes it for a part of the default


def read_default(reader: Reader) -> tuple[str | None, bool]:
    """Read the value after DEFAULT: its text without quotes, and whether it is an expression."""
    start = reader.at
    token = reader.take()
    if token.kind in (STRING, NUMBER):
        return token.text, False  # a COLLATE behind it is the column's
    if token.kind == BITS:
        return token.text, False
    if token.kind == HEX:
        return reader.source(start), True
    if token.kind == WORD and token.word in INTRODUCERS and reader.next.kind in (HEX, BITS):
        text = _introduced(token.word[1:].lower(), types.octets(reader.take()))
        return (reader.source(start), True) if text is None else (text, False)
    if token.text in ("+", "-") and reader.next.kind == NUMBER:
        number = reader.take().text
        return ("-" if token.text == "-" else "") + number, False
    if token.text == "(":
        reader.at = start
        inner = reader.skip_parentheses()
        return f"({inner})", True
    if token.kind == WORD:
        if token.word == "NULL":
            return None, False
        if token.word in ("TRUE", "FALSE"):
            return token.text, False
        if token.word in ("DATE", "TIME", "TIMESTAMP") and reader.next.kind == STRING:
            return reader.take().text, False
        if token.word in _NOW:
            if reader.sees("("):
                reader.skip_parentheses()
            return _now(reader.source(start)), True
        if token.word == "NEXT":  # MariaDB: NEXT VALUE FOR sequence
            reader.expect("VALUE", "FOR")
            reader.qualified("a sequence")
            return reader.source(start), True
    if token.kind in (WORD, NAME):  # MariaDB: a function without parentheses around it
        while reader.accept("."):
            reader.identifier("a function")
        if reader.sees("("):
            reader.skip_parentheses()
        return reader.source(start), True
    reader.at = start
    raise reader.wrong("a default value")


def _introduced(charset: str, data: bytes) -> str | None:
    """The text of a literal like `_latin1 X'e9'`; None: bytes, which are no text of this character set or of any."""
    text = text_of(charset)(types.padded(data, charset))
    return None if charset == BINARY or "\ufffd" in text else text


def _now(source: str) -> str:
    """CURRENT_TIMESTAMP under one name, with its fraction digits."""
    digits = "".join(character for character in source if character.isdigit())
    return f"CURRENT_TIMESTAMP({digits})" if digits and digits != "0" else "CURRENT_TIMESTAMP"


def _on(reader: Reader, column: ColumnText) -> None:
    reader.accept("ON")
    if reader.accept("UPDATE"):
        reader.identifier("CURRENT_TIMESTAMP")
        if reader.sees("("):
            reader.skip_parentheses()
        column.on_update = True
        return
    reader.expect("DELETE")
    _action(reader)


def _action(reader: Reader) -> None:
    if reader.accept("NO"):
        reader.expect("ACTION")
    elif reader.accept("SET"):
        reader.take()
    else:
        reader.take()


def _auto_increment(reader: Reader, column: ColumnText) -> None:
    column.auto_increment = True


def _unique(reader: Reader, column: ColumnText) -> None:
    reader.accept("KEY")
    column.unique = True


def _primary(reader: Reader, column: ColumnText) -> None:
    reader.accept("KEY")
    column.primary = True


def _key(reader: Reader, column: ColumnText) -> None:
    column.primary = True


def _comment(reader: Reader, column: ColumnText) -> None:
    reader.accept("=")
    column.comment = reader.string("a comment")


def _collate(reader: Reader, column: ColumnText) -> None:
    reader.accept("=")
    column.type.collation = types.charset_name(reader)


def _one_value(reader: Reader, column: ColumnText) -> None:
    reader.accept("=")
    reader.skip_value()


def _visible(reader: Reader, column: ColumnText) -> None:
    column.invisible = False


def _invisible(reader: Reader, column: ColumnText) -> None:
    column.invisible = True


def _generated(reader: Reader, column: ColumnText) -> None:
    if reader.accept("BY"):  # GENERATED BY DEFAULT AS IDENTITY is no syntax of these servers
        raise reader.wrong("ALWAYS")
    reader.expect("ALWAYS", "AS")
    _as(reader, column)


def _as(reader: Reader, column: ColumnText) -> None:
    if reader.accept("ROW"):
        if not (bound := reader.accept_any("START", "END")):
            raise reader.wrong("START or END")
        column.generated = ROW_START if bound == "START" else ROW_END
        return
    reader.skip_parentheses()
    column.generated = VIRTUAL


def _virtual(reader: Reader, column: ColumnText) -> None:
    column.generated = VIRTUAL


def _stored(reader: Reader, column: ColumnText) -> None:
    column.generated = STORED


def _references(reader: Reader, column: ColumnText) -> None:
    skip_references(reader)


def skip_references(reader: Reader) -> None:
    """Read a REFERENCES clause after its first word: foreign keys change nothing of a row."""
    reader.qualified()
    if reader.sees("("):
        reader.skip_parentheses()
    while True:
        if reader.accept("MATCH"):
            reader.take()
        elif reader.sees("ON", "DELETE") or (reader.sees("ON", "UPDATE") and reader.ahead(2).word in _ACTIONS):
            reader.at += 2
            _action(reader)
        else:
            return


def _constraint(reader: Reader, column: ColumnText) -> None:
    if not reader.sees("CHECK"):
        reader.identifier("a constraint")
    reader.expect("CHECK")
    _check(reader, column)


def _check(reader: Reader, column: ColumnText) -> None:
    skip_check(reader)


def skip_check(reader: Reader) -> None:
    """Read a CHECK clause after its first word."""
    reader.skip_parentheses()
    if reader.sees("NOT", "ENFORCED"):
        reader.at += 2
    else:
        reader.accept("ENFORCED")


def _srid(reader: Reader, column: ColumnText) -> None:
    reader.accept("=")
    column.srid = reader.number()


def _serial(reader: Reader, column: ColumnText) -> None:
    reader.expect("DEFAULT", "VALUE")
    column.null, column.auto_increment, column.unique = False, True, True


def _compressed(reader: Reader, column: ColumnText) -> None:
    if reader.accept("="):
        reader.skip_value()


def _with(reader: Reader, column: ColumnText) -> None:
    if reader.accept(
        "COMPRESSION_DICTIONARY"
    ):  # Percona Server: COLUMN_FORMAT COMPRESSED WITH COMPRESSION_DICTIONARY d
        reader.identifier("a dictionary")
        return
    reader.expect("SYSTEM", "VERSIONING")
    column.versioned = True


def _without(reader: Reader, column: ColumnText) -> None:
    reader.expect("SYSTEM", "VERSIONING")


_FLAGS: Final = {
    "NOT": _not,
    "NULL": _null,
    "DEFAULT": _default,
    "ON": _on,
    "AUTO_INCREMENT": _auto_increment,
    "UNIQUE": _unique,
    "PRIMARY": _primary,
    "KEY": _key,
    "COMMENT": _comment,
    "COLLATE": _collate,
    "COLUMN_FORMAT": _one_value,
    "STORAGE": _one_value,
    "ENGINE_ATTRIBUTE": _one_value,
    "SECONDARY_ENGINE_ATTRIBUTE": _one_value,
    "VISIBLE": _visible,
    "INVISIBLE": _invisible,
    "GENERATED": _generated,
    "AS": _as,
    "VIRTUAL": _virtual,
    "STORED": _stored,
    "PERSISTENT": _stored,
    "REFERENCES": _references,
    "CONSTRAINT": _constraint,
    "CHECK": _check,
    "SRID": _srid,
    "REF_SYSTEM_ID": _srid,
    "SERIAL": _serial,
    "COMPRESSED": _compressed,
    "WITH": _with,
    "WITHOUT": _without,
}


def settle_column(text: ColumnText, table: Charsets, *, timestamps_null: bool = True) -> ColumnDefinition:
    """The column as the server holds it, in a table of this character set."""
    kind = text.type
    charset, collation = kind.charset, kind.collation
    own = charset is not None or collation is not None
    base = kind.base
    if base in ("char", "varchar", "enum", "set") or base.endswith("text"):
        if charset is None and collation is not None:
            charset = types.charset_of(collation) or table.charset
        if charset is None:
            charset = table.charset
            collation = collation or table.collation
        if kind.binary and charset is not None and charset != "binary":
            collation, own = f"{charset}_bin", True
        base = types.settle(base, kind.length, charset)
    else:
        charset = collation = None
        own = False
        base = types.settle(base, kind.length, None)
    null = text.null
    if text.auto_increment or text.primary:
        null = False
    if null is None:
        null = base != "timestamp" or timestamps_null or text.generated is not None
    return ColumnDefinition(
        name=text.name,
        base=base,
        type_name=kind.name,
        length=kind.length,
        scale=kind.scale,
        unsigned=kind.unsigned,
        zerofill=kind.zerofill,
        nullable=null,
        charset=charset,
        collation=collation,
        own_charset=own,
        labels=tuple(types.label_text(label, charset) for label in kind.labels),
        default=text.default,
        has_default=text.has_default,
        default_expression=text.default_expression,
        auto_increment=text.auto_increment,
        on_update=text.on_update,
        generated=text.generated,
        invisible=text.invisible,
        comment=text.comment,
        srid=text.srid,
    )
