"""All tables at one position of the log.

Knows no connection and no history: the source puts tables in (snapshot, recovery) and applies the text of QUERY events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Protocol

from connectors.mysql.ddl.applied import OTHER, Applied
from connectors.mysql.ddl.columns import Charsets
from connectors.mysql.ddl.lexer import END, NEWEST, Dialect
from connectors.mysql.ddl.reader import Reader
from connectors.mysql.ddl.statement import Statements
from connectors.mysql.tables import MYSQL, TableDefinition

SYSTEM_DATABASES: Final = frozenset(("mysql", "information_schema", "performance_schema", "sys"))


class Stored(Protocol):
    """A table version that is decoded when it is asked for."""

    def load(self) -> TableDefinition:
        """The table."""


def _not_system(database: str, name: str) -> bool:
    return database.lower() not in SYSTEM_DATABASES


def _statement_text(sql: str, begin: int, reader: Reader, *, whole: bool) -> str:
    """The text of a statement as Debezium tells it: from its first token to its last one, without what is around it."""
    end = reader.next.start if reader.next.kind != END else len(sql)
    if not whole:
        last = reader.tokens[reader.at - 1].end
        if "/*" not in sql[begin:last] or sql[last:end].lstrip().startswith(("-- ", "#")):
            return sql[begin:last]
    return sql[begin:end].strip()


class Schema:
    """The tables by database and name.

    `wanted` says which tables are kept at all; others are neither known nor reported. `case` is the server's
    lower_case_table_names; `comments` whether comments are kept (include.schema.comments).
    """

    def __init__(
        self,
        flavor: str = MYSQL,
        version: int = NEWEST,
        *,
        case: int = 0,
        charset: str | None = "utf8mb4",
        collation: str | None = None,
        wanted: Callable[[str, str], bool] = _not_system,
        comments: bool = True,
    ) -> None:
        self.flavor = flavor
        self.version = version
        self.case = case
        self.server = Charsets(charset, collation)
        self.wanted = wanted
        self.comments = comments
        self.databases: dict[str, Charsets] = {}
        self._tables: dict[tuple[str, str], TableDefinition | Stored] = {}
        self.temporary: set[tuple[str, str]] = set()

    def get(self, database: str, name: str) -> TableDefinition | None:
        """The present version of a table; the same object until a statement changes it."""
        key = self.key(database, name)
        found = self._tables.get(key)
        if found is None or isinstance(found, TableDefinition):
            return found
        table = found.load()
        self._tables[key] = table
        return table

    def put(self, table: TableDefinition) -> None:
        """Set the version of a table."""
        self._tables[self.key(table.database, table.name)] = table

    def put_stored(self, database: str, name: str, stored: Stored) -> None:
        """Set the version of a table that is decoded later."""
        self._tables[self.key(database, name)] = stored

    def remove(self, database: str, name: str) -> None:
        """Forget a table."""
        self._tables.pop(self.key(database, name), None)

    def names(self) -> list[tuple[str, str]]:
        """(database, name) of all tables, in lower case where the server folds names."""
        return list(self._tables)

    def tables(self) -> Iterator[TableDefinition]:
        """All tables."""
        for database, name in list(self._tables):
            table = self.get(database, name)
            if table is not None:
                yield table

    def __len__(self) -> int:
        return len(self._tables)

    def key(self, database: str, name: str) -> tuple[str, str]:
        """How a table is found: names in lower case where the server folds them."""
        return (database.lower(), name.lower()) if self.case else (database, name)

    def fold(self, text: str) -> str:
        """A name as the server stores it."""
        return text.lower() if self.case == 1 else text

    def charsets(self, database: str) -> Charsets:
        """Character set and collation of a database, else the server's."""
        return self.databases.get(self.key(database, "")[0], self.server)

    def apply(
        self,
        database: str,
        sql: str,
        sql_mode: int = 0,
        *,
        server: Charsets | None = None,
        timestamps_null: bool = True,
    ) -> list[Applied]:
        """Apply the statements of a text, run in `database`; one result for each.

        `sql_mode`, `server` (the session's collation_server) and `timestamps_null` (explicit_defaults_for_timestamp)
        come from the QUERY event. Raises DecodeError for a statement that may change a table and is not understood;
        those before it in the same text stay applied.
        """
        reader = Reader(sql, Dialect(self.flavor, self.version, sql_mode))
        done: list[Applied] = []
        statement = Statements(self, reader, database, server or self.server, timestamps_null)
        while reader.next.kind != END:
            if reader.accept(";"):
                continue
            begin = reader.next.start
            reader.begun = begin
            applied = statement.read()
            if not reader.at_end:
                raise reader.wrong("the end of the statement")
            applied.sql = _statement_text(sql, begin, reader, whole=applied.kind == OTHER)
            done.append(applied)
        return done
