"""The data type of a column as SQL writes it -> the server's own type, length, sign and character set.

Source: MySQL manual, "Data Types"; MariaDB, "Data Types" (also those of sql_mode=ORACLE). `type_name` keeps the words
of the statement as Debezium's DataTypeResolver joins them, since schema history and source-type parameters carry them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from connectors.mysql.charsets import text_of
from connectors.mysql.ddl.lexer import BITS, HEX, NAME, ORACLE, REAL_AS_FLOAT, STRING, WORD, Token
from connectors.mysql.ddl.reader import Reader
from connectors.mysql.tables import MARIADB

_NUMBERS: Final = {
    "TINYINT": "tinyint",
    "INT1": "tinyint",
    "SMALLINT": "smallint",
    "INT2": "smallint",
    "MEDIUMINT": "mediumint",
    "INT3": "mediumint",
    "MIDDLEINT": "mediumint",
    "INT": "int",
    "INTEGER": "int",
    "INT4": "int",
    "BIGINT": "bigint",
    "INT8": "bigint",
    "DECIMAL": "decimal",
    "DEC": "decimal",
    "NUMERIC": "decimal",
    "FIXED": "decimal",
    "FLOAT": "float",
    "FLOAT4": "float",
    "DOUBLE": "double",
    "FLOAT8": "double",
    "REAL": "double",
}
_PLAIN: Final = {  # word -> base; a length may follow, and neither sign nor character set
    "BIT": "bit",
    "DATE": "date",
    "TIME": "time",
    "DATETIME": "datetime",
    "TIMESTAMP": "timestamp",
    "YEAR": "year",
    "BINARY": "binary",
    "VARBINARY": "varbinary",
    "TINYBLOB": "tinyblob",
    "BLOB": "blob",
    "MEDIUMBLOB": "mediumblob",
    "LONGBLOB": "longblob",
    "JSON": "json",
    "GEOMETRY": "geometry",
    "POINT": "point",
    "LINESTRING": "linestring",
    "POLYGON": "polygon",
    "MULTIPOINT": "multipoint",
    "MULTILINESTRING": "multilinestring",
    "MULTIPOLYGON": "multipolygon",
    "GEOMETRYCOLLECTION": "geometrycollection",
    "GEOMCOLLECTION": "geometrycollection",
    "VECTOR": "vector",
    "UUID": "uuid",
    "INET4": "inet4",
    "INET6": "inet6",
    "XMLTYPE": "xmltype",
}
_TEXTS: Final = {
    "TINYTEXT": "tinytext",
    "TEXT": "text",
    "MEDIUMTEXT": "mediumtext",
    "LONGTEXT": "longtext",
    "CHAR": "char",
    "CHARACTER": "char",
    "VARCHAR": "varchar",
    "VARCHARACTER": "varchar",
    "ENUM": "enum",
    "SET": "set",
}
_TO_BINARY: Final = {
    "char": "binary",
    "varchar": "varbinary",
    "tinytext": "tinyblob",
    "text": "blob",
    "mediumtext": "mediumblob",
    "longtext": "longblob",
}
_TO_TEXT: Final = {binary: text for text, binary in _TO_BINARY.items()}
_BLOB_LIMITS: Final = ((255, "tiny"), (65_535, ""), (16_777_215, "medium"), (4_294_967_295, "long"))  # octets

_WIDTHS: Final = {  # most octets of a character; what is not here: 1
    "utf8mb4": 4, "utf8mb3": 3, "utf8": 3, "utf16": 4, "utf16le": 4, "utf32": 4, "ucs2": 2, "gb18030": 4, "big5": 2,
    "cp932": 2, "sjis": 2, "euckr": 2, "gb2312": 2, "gbk": 2, "ujis": 3, "eucjpms": 3,
}  # fmt: skip

_UNITS: Final = {
    "ucs2": 2,
    "utf16": 2,
    "utf16le": 2,
    "utf32": 4,
}  # the fewest octets of a character; what is not here: 1

NATIONAL: Final = "utf8mb3"  # of NCHAR; Debezium's history says utf8


@dataclass(slots=True)
class DataType:
    """A data type as written, before the table's character set is known."""

    base: str
    words: list[str] = field(default_factory=list)
    length: int | None = None
    scale: int | None = None
    unsigned: bool = False
    zerofill: bool = False
    charset: str | None = None  # said here
    collation: str | None = None  # said here
    binary: bool = False  # the BINARY attribute: the character set's _bin collation
    labels: tuple[str | bytes, ...] = ()  # bytes: of a hexadecimal literal, in the column's character set
    serial: bool = False

    @property
    def name(self) -> str:
        """As Debezium's history names it."""
        return " ".join(self.words)

    def with_charset(self, charset: str | None) -> DataType:
        """The same type with another character set said."""
        return DataType(
            self.base, self.words, self.length, self.scale, self.unsigned, self.zerofill, charset, self.collation,
            self.binary, self.labels, self.serial,
        )  # fmt: skip


def read_type(reader: Reader) -> DataType:
    """Read a data type with its length, sign and character set. Raises DecodeError for one that is not known."""
    start = reader.at
    qualified = reader.ahead(1).mark == "." and reader.ahead(2).kind in (WORD, NAME)
    if qualified:
        reader.at += 2  # MariaDB: mariadb_schema.date
    token = reader.take()
    word = token.text.upper() if qualified else token.word
    if word:
        if word in _NUMBERS:
            return _number(reader, word)
        if reader.dialect.sql_mode & ORACLE and (found := _oracle(reader, word)) is not None:
            return found
        if word in ("NATIONAL", "NCHAR", "NVARCHAR"):
            return _national(reader, word)
        if word in _TEXTS:
            return _text(reader, word)
        if word in _PLAIN:
            return _plain(reader, word)
        if word in ("BOOL", "BOOLEAN"):
            return DataType("tinyint", [word], length=1)
        if word == "SERIAL":
            return DataType("bigint", ["BIGINT", "UNSIGNED"], unsigned=True, serial=True)
        if word == "LONG":
            return _long(reader)
        if (found := _maria(reader, word)) is not None:
            return found
    reader.at = start
    raise reader.wrong("a data type")


def _number(reader: Reader, word: str) -> DataType:
    base = _NUMBERS[word]
    if word == "REAL" and reader.dialect.sql_mode & REAL_AS_FLOAT:
        base = "float"
    found = DataType(base, [word])
    if reader.accept("PRECISION"):
        found.words.append("PRECISION")
    if reader.accept("("):
        found.length = reader.number()
        if reader.accept(","):
            found.scale = reader.number()
        reader.expect(")")
    signs: list[str] = []
    while sign := reader.accept_any("SIGNED", "UNSIGNED", "ZEROFILL"):
        signs.append(sign)
    found.zerofill = "ZEROFILL" in signs
    found.unsigned = found.zerofill or "UNSIGNED" in signs  # ZEROFILL implies UNSIGNED
    if reader.dialect.flavor == MARIADB:
        found.words += [word for word in ("SIGNED", "UNSIGNED", "ZEROFILL") if word in signs]
    elif found.zerofill:
        found.words += ["UNSIGNED", "ZEROFILL"]
    elif signs:
        found.words.append(signs[-1])
    if base == "decimal":
        found.length = found.length or 10
        found.scale = found.scale or 0
    elif word in ("FLOAT", "FLOAT4") and found.scale is None and (found.length or 0) > 24:
        found.base = "double"
    return found


def _plain(reader: Reader, word: str) -> DataType:
    found = DataType(_PLAIN[word], [word])
    if reader.accept("("):
        found.length = reader.number()
        reader.expect(")")
    if found.base == "json" and reader.dialect.flavor == MARIADB:
        found.base, found.charset, found.collation = "longtext", "utf8mb4", "utf8mb4_bin"
    elif word == "BLOB" and found.length is not None:
        found.base = _blob(found.length) + "blob"
    elif word == "YEAR":
        while reader.accept_any("UNSIGNED", "ZEROFILL", "SIGNED"):
            pass
    elif word == "DATE" and reader.dialect.sql_mode & ORACLE and reader.ahead(-2).text != ".":
        found.base = "datetime"
    return found


def _text(reader: Reader, word: str) -> DataType:
    found = DataType(_TEXTS[word], [word])
    if word in ("CHAR", "CHARACTER") and reader.accept("VARYING"):
        found.base = "varchar"
        found.words.append("VARYING")
    if found.base in ("enum", "set"):
        reader.expect("(")
        labels: list[str | bytes] = [_label(reader)]
        while reader.accept(","):
            labels.append(_label(reader))
        reader.expect(")")
        found.labels = tuple(labels)
    elif reader.accept("("):
        found.length = reader.number()
        reader.expect(")")
    read_charset(reader, found)
    return found


def _label(reader: Reader) -> str | bytes:
    """One label of ENUM or SET."""
    if reader.next.kind in (HEX, BITS):
        return octets(reader.take())
    return reader.string("a label")


def label_text(label: str | bytes, charset: str | None) -> str:
    """A label of a column of this character set; the server drops spaces at its end."""
    text = label if isinstance(label, str) else text_of(charset or "")(padded(label, charset or ""))
    return text.rstrip(" ")


def padded(data: bytes, charset: str) -> bytes:
    """The bytes of a literal as the server pads them to whole characters."""
    unit = _UNITS.get(charset, 1)
    return data.rjust(-(-len(data) // unit) * unit, b"\0")


def octets(token: Token) -> bytes:
    """The bytes of a hexadecimal or binary literal."""
    number = int(token.text or "0", 16 if token.kind == HEX else 2)
    size = (len(token.text) + 1) // 2 if token.kind == HEX else (len(token.text) + 7) // 8
    return number.to_bytes(size, "big")


def _national(reader: Reader, word: str) -> DataType:
    words = [word]
    base = "varchar" if word == "NVARCHAR" else "char"
    if more := reader.accept_any("VARCHAR", "VARCHARACTER", "CHAR", "CHARACTER"):
        words.append(more)
        base = "varchar" if more.startswith("VAR") else base
    if reader.accept("VARYING"):
        words.append("VARYING")
        base = "varchar"
    found = DataType(base, words, charset=NATIONAL)
    if reader.accept("("):
        found.length = reader.number()
        reader.expect(")")
    if reader.accept("BINARY"):
        found.words.append("BINARY")
        found.binary = True
    return found


def _long(reader: Reader) -> DataType:
    if reader.accept("VARBINARY"):
        return DataType("mediumblob", ["LONG", "VARBINARY"])
    found = DataType("mediumtext", ["LONG"])
    if word := reader.accept_any("VARCHAR", "VARCHARACTER", "CHAR", "CHARACTER"):
        found.words.append(word)
        if reader.accept("VARYING"):
            found.words.append("VARYING")
    read_charset(reader, found)
    return found


def _maria(reader: Reader, word: str) -> DataType | None:
    """MariaDB knows Oracle's names of types in every mode, where they are no other type."""
    if reader.dialect.flavor != MARIADB or word not in ("NUMBER", "RAW", "VARCHAR2", "CLOB"):
        return None
    return _oracle(reader, word)


def _oracle(reader: Reader, word: str) -> DataType | None:
    if word == "NUMBER":
        found = DataType("double", [word])
        if reader.accept("("):
            found.base, found.length, found.scale = "decimal", reader.number(), 0
            if reader.accept(","):
                found.scale = reader.number()
            reader.expect(")")
        return found
    if word == "RAW":
        found = DataType("varbinary", [word])
        reader.expect("(")
        found.length = reader.number()
        reader.expect(")")
        return found
    if word == "BLOB" and not reader.sees("("):
        return DataType("longblob", [word])
    if word in ("VARCHAR2", "CLOB"):
        found = DataType("varchar" if word == "VARCHAR2" else "longtext", [word])
        if reader.accept("("):
            found.length = reader.number()
            reader.expect(")")
        read_charset(reader, found)
        return found
    return None


_CHARSET_WORDS: Final = ("CHARACTER", "CHAR", "CHARSET", "BINARY", "BYTE", "ASCII", "UNICODE", "COMPRESSED")


def read_charset(reader: Reader, found: DataType) -> None:
    """Read what may follow a character type: BINARY, BYTE, ASCII, UNICODE, CHARACTER SET x. COLLATE is an attribute."""
    while reader.next.word in _CHARSET_WORDS:
        if reader.accept("CHARACTER", "SET") or reader.accept("CHAR", "SET") or reader.accept("CHARSET"):
            reader.accept("=")
            found.charset = charset_name(reader)
        elif reader.accept("BINARY"):
            found.words.append("BINARY")
            found.binary = True
        elif reader.accept("BYTE"):
            found.charset = "binary"
        elif reader.accept("ASCII"):
            found.charset = "latin1"
        elif reader.accept("UNICODE"):
            found.charset = "ucs2"
        elif reader.accept("COMPRESSED"):  # MariaDB
            if reader.accept("="):
                reader.skip_value()
        else:
            return


def charset_name(reader: Reader) -> str | None:
    """Read the name of a character set or collation, in lower case; None for DEFAULT."""
    token = reader.next
    name = token.text if token.kind == STRING else reader.identifier("a character set")
    if token.kind == STRING:
        reader.at += 1
    return None if token.kind == WORD and token.word == "DEFAULT" else name.lower()


def charset_of(collation: str | None) -> str | None:
    """The character set that a collation belongs to; None when it goes with several (MariaDB: uca1400_ai_ci)."""
    if collation is None or collation.startswith("uca1400"):
        return None
    return collation.partition("_")[0]


def width_of(charset: str | None) -> int:
    """Most octets of one character."""
    return _WIDTHS.get(charset or "", 1)


def _blob(octets: int) -> str:
    for limit, size in _BLOB_LIMITS:
        if octets <= limit:
            return size
    return "long"


def settle(base: str, length: int | None, charset: str | None) -> str:
    """The type that the server makes of a character type once its character set is known.

    TEXT(n) takes the smallest type that holds n characters, a VARCHAR that is too long becomes a text (without strict
    mode, else the statement had failed), and the character set `binary` makes binary types.
    """
    if base == "text" and length is not None:
        base = _blob(length * width_of(charset)) + "text"
    elif base == "varchar" and length is not None and length * width_of(charset) > 65_535:
        size = _blob(length * width_of(charset))
        base = (size if size != "tiny" else "") + "text"
    elif base == "varbinary" and length is not None and length > 65_535:
        base = _blob(length) + "blob"
    return _TO_BINARY.get(base, base) if charset == "binary" else base


def converted(base: str, before: str | None, after: str | None) -> str:
    """The type after CONVERT TO CHARACTER SET: a text grows so that as many characters fit as before."""
    text = _TO_TEXT.get(base, base)
    if text.endswith("text") and width_of(after) > width_of(before):
        for limit, size in _BLOB_LIMITS:
            if text == size + "text":
                text = _blob(limit // width_of(before) * width_of(after)) + "text"
                break
    return _TO_BINARY.get(text, text) if after == "binary" else text
