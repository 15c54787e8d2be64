"""What a trial needs of a database: one class per connector (postgresql.py, mysql.py), one object per trial."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from tests.faults.checker import Seen

TABLES = ("account", "item", "wide")
KEY_COLUMNS = {"account": ("id",), "item": ("a", "b"), "wide": ("id",)}
LONG = 9000  # characters that PostgreSQL stores out of line (TOAST)


class Database(ABC):
    """One trial's tables on a server: made, connected to, broken. Connections are of the DB API.

    `schema` is what stands before the tables' names, in SQL and in topics. `user` is who the connector logs in as.
    """

    kind: ClassVar[str]  # as in `make faults DB=...`
    streaming: ClassVar[str]  # the log's line once the connector streams
    begun: ClassVar[str]  # the log's line once a snapshot's place in the log is fixed
    lost: ClassVar[str]  # the codes of a connection that breaks or cannot be had
    wrong_password: ClassVar[str]  # code
    gone: ClassVar[tuple[type[Exception], ...]]  # what a statement raises when the server goes away
    setup: ClassVar[Sequence[str]]  # makes the tables, `{schema}` before their names

    def __init__(self, server: Any, prefix: str, schema: str) -> None:
        self.server = server
        self.prefix = prefix
        self.schema = schema
        self.user = str(server.user)
        self.password = "not-asked-for"

    @classmethod
    @abstractmethod
    def start(cls, version: str = "", /, **settings: object) -> Any:
        """A private server, of the newest version unless told. Raises Unavailable."""

    @abstractmethod
    def drop(self) -> None:
        """Remove what was made."""

    @abstractmethod
    def connect(self, *, autocommit: bool = True) -> Any:
        """A connection. Raises one of `gone`."""

    @abstractmethod
    def closed(self, connection: Any) -> bool:
        """Whether a connection is of no use any more."""

    @abstractmethod
    def properties(self, kafka: str) -> dict[str, str]:
        """The connector's properties that are the database's."""

    @abstractmethod
    def token(self, cursor: Any, audit: Sequence[Sequence[object]]) -> object:
        """By what an open transaction will be known, before its commit."""

    @abstractmethod
    def committed(self, cursor: Any, token: object) -> bool | None:
        """Whether a transaction was committed; None: it is not decided yet."""

    @abstractmethod
    def bulk(self, cursor: Any, base: int, first: int, rows: int) -> None:
        """Insert accounts with ids from base + first on and numbers from first on, with their audit."""

    @abstractmethod
    def rows(self, cursor: Any, table: str) -> Iterator[dict[str, object]]:
        """The rows of a table as consumers have them."""

    @abstractmethod
    def origin(self, source: Mapping[str, Any]) -> dict[str, Any]:
        """`tx`, `at` and `since` of checker.Seen, from a record's source block."""

    @abstractmethod
    def forbids(self, offset: Mapping[str, object]) -> Callable[[Seen], bool]:
        """Whether a record repeats what a stored offset says is done with."""

    @abstractmethod
    def unfinished(self, offset: Mapping[str, object]) -> bool:
        """Whether a stored offset is one of a snapshot that has not ended."""

    @abstractmethod
    def check_crash(self, offset: Mapping[str, object]) -> None:
        """Look at what the server holds when the connector has died. Raises AssertionError."""

    @abstractmethod
    def reading(self) -> bool:
        """Whether the server sends its log to the connector."""

    @abstractmethod
    def terminate(self, *, stream: bool = False) -> int:
        """End the connector's connections, or its stream alone; how many."""

    @abstractmethod
    def numeric_note(self) -> None:
        """Make account.note an integer, which no reader of the old schema can read."""

    @abstractmethod
    def login(self, password: str) -> AbstractContextManager[str]:
        """A user with this password, who may do all that the connector needs; the name."""

    def execute(self, *statements: str) -> None:
        """Run statements, each by itself."""
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def value(self, statement: str, *arguments: object) -> object:
        """The first value that a statement gives, None without a row."""
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement, arguments or None)
            row = cursor.fetchone()
            return row[0] if row is not None else None

    def history(self) -> dict[tuple[str, str], list[tuple[str, int, int]]]:
        """Per (table, key): its committed changes as (op, number, transaction), in order. From the audit alone."""
        found: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT tab, k, op, v, tx FROM {self.schema}.audit ORDER BY v, op DESC")
            for table, key, op, number, tx in cursor.fetchall():
                found.setdefault((str(table), str(key)), []).append((str(op), int(number), int(tx)))
        return found

    def final(self) -> dict[tuple[str, str], dict[str, object]]:
        """Per (table, key): the row as it stands."""
        found: dict[tuple[str, str], dict[str, object]] = {}
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            for table in TABLES:
                for row in self.rows(cursor, table):
                    found[(table, key_text(tuple(row[column] for column in KEY_COLUMNS[table])))] = row
        return found


def key_text(key: Sequence[object]) -> str:
    """The audit's form of a key."""
    return "|".join(str(part) for part in key)
