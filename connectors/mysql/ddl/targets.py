"""Which tables a statement writes to: INSERT, REPLACE, UPDATE, DELETE, LOAD DATA and what calls routines.

Tells what stands in the text; triggers, views, foreign keys and routines of the server are reach.py's.
Source: MySQL manual, "Data Manipulation Statements"; MariaDB, "Data Manipulation".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connectors.mysql.ddl.lexer import NAME, WORD, Dialect, tokenize
from connectors.mysql.ddl.reader import Reader
from connectors.mysql.tables import MARIADB

Name = tuple[str, str]  # database and table

_JOINS: Final = ("JOIN", "INNER", "CROSS", "NATURAL", "STRAIGHT_JOIN")
_SIDES: Final = ("LEFT", "RIGHT")  # functions too
_AFTER: Final = ("SET", "WHERE", "ORDER", "LIMIT", "USING", "GROUP", "HAVING")
_FULL_JOIN: Final = 120_000  # the version of MariaDB from which FULL may be a kind of join; a name before and in MySQL
_HINTS: Final = ("USE", "FORCE", "IGNORE")
_READS: Final = ("SELECT", "VALUES", "TABLE", "WITH", "DO", "HANDLER", "(")


@dataclass(frozen=True, slots=True)
class Written:
    """`targets` are the tables written to; `words` all names in the statement, in lower case: what it may call."""

    targets: frozenset[Name]
    words: frozenset[str]


def words_of(text: str, dialect: Dialect) -> frozenset[str]:
    """Every name and word of a text, in lower case. Raises DecodeError."""
    return frozenset(token.text.lower() for token in tokenize(text, dialect) if token.kind in (WORD, NAME))


def written(text: str, database: str, dialect: Dialect) -> Written:
    """What a statement that was run in `database` writes to. Raises DecodeError where that cannot be told."""
    reader = Reader(text, dialect)
    while reader.accept("SET", "STATEMENT"):  # MariaDB
        while not reader.at_end and not reader.accept("FOR"):
            reader.at += 1
    targets = _Targets(reader, database).read()
    words = frozenset(token.text.lower() for token in reader.tokens if token.kind in (WORD, NAME))
    return Written(frozenset(targets), words)


class _Targets:
    """Reads one statement as far as its targets stand in it."""

    def __init__(self, reader: Reader, database: str) -> None:
        self._reader = reader
        self._database = database
        dialect = reader.dialect
        self._mariadb = dialect.flavor == MARIADB
        self._sides = (*_SIDES, "FULL") if self._mariadb and dialect.version >= _FULL_JOIN else _SIDES
        self._after = (*_AFTER, "RETURNING") if self._mariadb else _AFTER
        self._tables: dict[str, Name] = {}  # of table references: by alias or name

    def read(self) -> list[Name]:
        reader = self._reader
        if reader.accept("WITH"):
            self._common_tables()
        if reader.accept_any("INSERT", "REPLACE"):
            self._skip("LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE")
            reader.accept("INTO")
            return [self._name()]
        if reader.accept("LOAD"):
            while not reader.at_end and not reader.accept("INTO", "TABLE"):
                reader.at += 1
            return [self._name()]
        if reader.accept("UPDATE"):
            self._skip("LOW_PRIORITY", "IGNORE")
            self._references()
            return self._assigned()
        if reader.accept("DELETE"):
            return self._deleted()
        if any(reader.sees(word) for word in _READS):
            return []
        raise reader.wrong("a statement whose targets are known")

    def _skip(self, *words: str) -> None:
        while self._reader.accept_any(*words):
            pass

    def _full(self, database: str | None, name: str) -> Name:
        return (self._database if database is None else database, name)

    def _name(self) -> Name:
        return self._full(*self._reader.qualified())

    def _common_tables(self) -> None:
        reader = self._reader
        reader.accept("RECURSIVE")
        while True:
            reader.identifier()
            if reader.sees("("):
                reader.skip_parentheses()
            reader.expect("AS")
            reader.skip_parentheses()
            if not reader.accept(","):
                return

    def _deleted(self) -> list[Name]:
        reader = self._reader
        self._skip("LOW_PRIORITY", "QUICK", "IGNORE")
        if self._mariadb:
            reader.accept("HISTORY")
        first = reader.accept("FROM")
        names = [self._deleted_name()]
        while reader.accept(","):
            names.append(self._deleted_name())
        if first and not reader.accept("USING"):
            if len(names) != 1:
                raise reader.wrong("USING")
            return [self._full(*names[0])]
        if not first:
            reader.expect("FROM")
        self._references()
        return [self._referenced(*name) for name in names]

    def _deleted_name(self) -> tuple[str | None, str]:
        """`table`, `database.table`, each with `.*` at its end."""
        reader = self._reader
        parts = [reader.identifier()]
        while reader.accept("."):
            if reader.accept("*"):
                break
            parts.append(reader.identifier())
        if len(parts) > 2:
            raise reader.wrong("a table")
        return (None, parts[0]) if len(parts) == 1 else (parts[0], parts[1])

    def _referenced(self, database: str | None, name: str) -> Name:
        """The table behind an alias or a name."""
        if database is None:
            found = self._tables.get(name.lower())
            if found is None:
                raise self._reader.wrong(f"a table that is called {name}")
            return found
        return (database, name)

    def _references(self) -> None:
        """Table references up to what follows them."""
        reader = self._reader
        while True:
            self._reference()
            while True:
                if reader.accept("ON"):
                    self._expression()
                elif reader.accept("USING"):
                    reader.skip_parentheses()
                else:
                    break
            if not self._joined():
                return

    def _joined(self) -> bool:
        """Whether another table follows; what joins it is read."""
        reader = self._reader
        if reader.accept(","):
            return True
        found = False
        while self._joins():
            reader.at += 1
            found = True
        return found

    def _joins(self) -> bool:
        reader = self._reader
        if any(reader.sees(word) for word in _JOINS) or reader.sees("OUTER", "JOIN"):
            return True
        return any(reader.sees(side) for side in self._sides) and reader.ahead(1).mark in ("JOIN", "OUTER")

    def _reference(self) -> None:
        reader = self._reader
        reader.accept("LATERAL")
        found: Name | None = None
        name = ""
        if reader.sees("("):
            if reader.ahead(1).mark in ("SELECT", "VALUES", "WITH", "TABLE", "("):
                reader.skip_parentheses()
            else:
                reader.at += 1
                self._references()
                reader.expect(")")
                return
        elif reader.next.kind == WORD and reader.ahead(1).mark == "(":  # JSON_TABLE
            reader.at += 1
            reader.skip_parentheses()
        else:
            found = self._name()
            name = found[1]
            if reader.accept("PARTITION"):
                reader.skip_parentheses()
        if reader.accept("FOR"):
            raise reader.wrong("a table as it is now")
        if reader.accept("AS") or self._alias_follows():
            name = reader.identifier("an alias")
            if reader.sees("("):
                reader.skip_parentheses()
        while any(reader.sees(hint) for hint in _HINTS) and reader.ahead(1).mark in ("INDEX", "KEY"):
            reader.at += 2
            while not reader.sees("("):
                if reader.at_end:
                    raise reader.wrong("names of indexes")
                reader.at += 1
            reader.skip_parentheses()
        if found is not None:
            self._tables[name.lower()] = found

    def _alias_follows(self) -> bool:
        reader = self._reader
        if reader.next.kind == NAME:
            return True
        if reader.next.kind != WORD or self._joins():
            return False
        return reader.next.word not in (*self._after, *_HINTS, "ON", *self._sides, "OUTER")

    def _expression(self) -> None:
        """An expression up to a comma, a join or the next clause."""
        reader = self._reader
        while not reader.at_end and not reader.sees(",") and not reader.sees(")"):
            if reader.sees("("):
                reader.skip_parentheses()
            elif self._joins() or any(reader.sees(word) for word in self._after):
                return
            else:
                reader.at += 1

    def _assigned(self) -> list[Name]:
        """The tables of `SET a.b = ...`; a column without its table may be one of every table."""
        reader = self._reader
        reader.expect("SET")
        every = list(self._tables.values())
        targets: list[Name] = []
        while True:
            parts = [reader.identifier("a column")]
            while reader.accept("."):
                parts.append(reader.identifier("a column"))
            if not reader.accept_any("=", ":="):
                raise reader.wrong("=")
            if len(parts) == 1:
                targets += every
            else:
                targets.append(self._referenced(None if len(parts) == 2 else parts[-3], parts[-2]))
            self._expression()
            if not reader.accept(","):
                return targets
