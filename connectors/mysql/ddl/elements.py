"""The elements of a table definition that are not columns: keys, constraints, table options, partitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from connectors.mysql.ddl import types
from connectors.mysql.ddl.columns import Charsets, skip_check, skip_references
from connectors.mysql.ddl.lexer import NAME, STRING, WORD
from connectors.mysql.ddl.reader import Reader
from connectors.mysql.tables import MARIADB, PRIMARY

_INDEX_OPTIONS: Final = frozenset(
    (
        "USING", "TYPE", "KEY_BLOCK_SIZE", "COMMENT", "VISIBLE", "INVISIBLE", "WITH", "ENGINE_ATTRIBUTE",
        "SECONDARY_ENGINE_ATTRIBUTE", "IGNORED", "NOT", "CLUSTERING", "DISTANCE", "M",
    )
)  # fmt: skip
_OPTIONS: Final = frozenset(  # table options whose sign of equality may be left out
    (
        "ENGINE", "TYPE", "AUTOEXTEND_SIZE", "AUTO_INCREMENT", "AVG_ROW_LENGTH", "CHECKSUM", "TABLE_CHECKSUM",
        "COMPRESSION", "CONNECTION", "DELAY_KEY_WRITE", "ENCRYPTION", "ENGINE_ATTRIBUTE", "INSERT_METHOD",
        "KEY_BLOCK_SIZE", "MAX_ROWS", "MIN_ROWS", "PACK_KEYS", "PASSWORD", "ROW_FORMAT", "SECONDARY_ENGINE",
        "SECONDARY_ENGINE_ATTRIBUTE", "STATS_AUTO_RECALC", "STATS_PERSISTENT", "STATS_SAMPLE_PAGES", "STORAGE",
        "TABLESPACE", "TRANSACTIONAL", "PAGE_CHECKSUM", "SEQUENCE", "UNION", "ENCRYPTED", "ENCRYPTION_KEY_ID",
        "PAGE_COMPRESSED", "PAGE_COMPRESSION_LEVEL", "NODEGROUP", "IETF_QUOTES", "RAID_TYPE", "RAID_CHUNKS",
        "RAID_CHUNKSIZE",
    )
)  # fmt: skip


@dataclass(slots=True)
class KeyText:
    """A key as written. `name` empty: the server makes one. `usable` False: a part is an expression."""

    name: str
    columns: list[str]
    unique: bool = True
    usable: bool = True
    if_not_exists: bool = False


@dataclass(slots=True)
class TableOptions:
    """What is said about the whole table; None: nothing was said."""

    charset: str | None = None
    collation: str | None = None
    convert: Charsets | None = None  # CONVERT TO CHARACTER SET: what all columns become
    default_charset: bool = False  # DEFAULT: the database's
    comment: str | None = None
    versioning: bool = False  # MariaDB: WITH SYSTEM VERSIONING
    periods: list[str] = field(default_factory=list)  # MariaDB: columns of PERIOD FOR, which become NOT NULL


def read_key(reader: Reader) -> KeyText | None:
    """Read one key or constraint of a table, without ADD; None for one that makes no index.

    The caller has seen that one comes (`begins_key`).
    """
    name = ""
    if reader.accept("CONSTRAINT"):
        reader.accept("IF", "NOT", "EXISTS")
        if reader.next.kind == NAME or (reader.next.kind == WORD and reader.next.word not in _KEY_WORDS):
            name = reader.identifier()
    if reader.accept("PRIMARY", "KEY"):
        return _unique(reader, PRIMARY)
    if reader.accept("UNIQUE"):
        reader.accept_any("INDEX", "KEY")
        return _unique(reader, name)
    if reader.accept("FOREIGN", "KEY"):
        reader.accept("IF", "NOT", "EXISTS")
        if not reader.sees("("):
            reader.identifier()
        reader.skip_parentheses()
        reader.expect("REFERENCES")
        skip_references(reader)
        return None
    if reader.accept("CHECK"):
        skip_check(reader)
        return None
    if reader.accept_any("FULLTEXT", "SPATIAL", "VECTOR"):
        reader.accept_any("INDEX", "KEY")
    elif not reader.accept_any("INDEX", "KEY"):
        raise reader.wrong("a key or a constraint")
    found = _unique(reader, "")
    found.unique = False
    return found


_VECTOR_RESERVED: Final = 110_700
_KEY_WORDS: Final = ("PRIMARY", "UNIQUE", "FOREIGN", "CHECK")


def begins_key(reader: Reader) -> bool:
    """Whether a key or constraint comes next, and not a column, which may be called VECTOR before MariaDB 11.7."""
    token = reader.next
    if token.kind != WORD:
        return False
    if token.word == "VECTOR":
        dialect = reader.dialect
        reserved = dialect.flavor == MARIADB and dialect.version >= _VECTOR_RESERVED
        return reserved or reader.ahead(1).word in ("INDEX", "KEY")
    return token.word in (
        "PRIMARY", "UNIQUE", "INDEX", "KEY", "FULLTEXT", "SPATIAL", "CONSTRAINT", "FOREIGN", "CHECK",
    )  # fmt: skip


def _unique(reader: Reader, name: str) -> KeyText:
    """Read `[IF NOT EXISTS] [name] [USING type] (parts) [options]`."""
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    if not reader.sees("(") and not _algorithm(reader):
        given = reader.identifier("an index")
        name = name if name == PRIMARY else given
    skip_algorithm(reader)
    found = read_parts(reader, name)
    found.if_not_exists = if_not_exists
    skip_index_options(reader)
    return found


def _algorithm(reader: Reader) -> bool:
    """Whether USING or TYPE with an algorithm comes next; TYPE alone may be a name."""
    if reader.sees("TYPE"):
        return reader.ahead(1).word in ("BTREE", "HASH", "RTREE")
    return reader.sees("USING")


def skip_algorithm(reader: Reader) -> None:
    """Read USING or TYPE with the algorithm of an index, when it comes next."""
    if _algorithm(reader):
        reader.at += 2


def read_parts(reader: Reader, name: str) -> KeyText:
    """Read the key parts: columns, maybe with a prefix length and a direction, or expressions."""
    found = KeyText(name, [])
    reader.expect("(")
    while True:
        if reader.sees("("):
            reader.skip_parentheses()
            found.usable = False
        else:
            column = reader.identifier("a column")
            if reader.sees("."):  # table.column
                reader.at += 1
                column = reader.identifier("a column")
            if reader.accept("WITHOUT", "OVERLAPS"):  # MariaDB: application-time period
                found.usable = False
            else:
                found.columns.append(column)
            if reader.sees("("):
                reader.skip_parentheses()  # a prefix length: unique in its beginning is unique in the whole
        reader.accept_any("ASC", "DESC")
        if not reader.accept(","):
            break
    reader.expect(")")
    return found


def skip_index_options(reader: Reader) -> None:
    """Read options of an index."""
    while True:
        token = reader.next
        if token.kind == WORD and token.word in _INDEX_OPTIONS:
            reader.at += 1
            if token.word in ("VISIBLE", "INVISIBLE", "IGNORED"):
                continue
            if token.word == "NOT":
                reader.expect("IGNORED")
            elif token.word == "WITH":
                reader.expect("PARSER")
                reader.identifier()
            else:
                reader.accept("=")
                reader.skip_value()
        elif token.kind in (WORD, NAME) and reader.ahead(1).text == "=" and reader.ahead(1).kind != STRING:
            reader.at += 2
            reader.skip_value()
        else:
            return


def read_option(reader: Reader, options: TableOptions) -> bool:
    """Read one table option; False when none comes next."""
    token = reader.next
    if token.kind not in (WORD, NAME):
        return False
    start = reader.at
    default = reader.accept("DEFAULT")
    if reader.accept("CHARACTER", "SET") or reader.accept("CHARSET") or reader.accept("CHAR", "SET"):
        reader.accept("=")
        options.charset = types.charset_name(reader)
        options.default_charset = options.charset is None
        return True
    if reader.accept("COLLATE"):
        reader.accept("=")
        options.collation = types.charset_name(reader)
        return True
    if default:
        reader.at = start
        return False
    if reader.accept("COMMENT"):
        reader.accept("=")
        options.comment = reader.string("a comment")
        return True
    if reader.accept("DATA", "DIRECTORY") or reader.accept("INDEX", "DIRECTORY"):
        reader.accept("=")
        reader.skip_value()
        return True
    if reader.accept("WITH", "SYSTEM", "VERSIONING"):
        options.versioning = True
        return True
    if reader.accept("START", "TRANSACTION"):
        return True
    named = token.kind == WORD and token.word in _OPTIONS
    if named or (reader.ahead(1).text == "=" and reader.ahead(1).kind != STRING):
        reader.at += 1
        reader.accept("=")
        reader.skip_value()
        if token.word == "TABLESPACE" and reader.accept("STORAGE"):
            reader.take()
        return True
    return False


def read_period(reader: Reader, options: TableOptions) -> bool:
    """Read MariaDB's `PERIOD [IF NOT EXISTS] FOR name (start, end)`; False when it does not come next."""
    if not reader.accept("PERIOD", "FOR") and not reader.accept("PERIOD", "IF", "NOT", "EXISTS", "FOR"):
        return False
    reader.identifier("a period")
    reader.expect("(")
    options.periods.append(reader.identifier("a column"))
    reader.expect(",")
    options.periods.append(reader.identifier("a column"))
    reader.expect(")")
    return True
