"""What a statement reaches beyond the tables that it names: views, triggers, foreign keys and routines of the server.

Answers for statements that were logged as text: whether they can have changed a captured table. The server is asked as
it is now. Source: MySQL manual, "INFORMATION_SCHEMA Tables"; MariaDB, "Information Schema Tables".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from cdc.errors import DecodeError, SourceRefused
from connectors.mysql.connection import Connection, literal, query
from connectors.mysql.ddl.lexer import Dialect
from connectors.mysql.ddl.targets import Name, Written, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_DOING: Final = "looking for what a logged statement may have changed"
_WITHOUT_TRIGGERS: Final = ("mysql", "performance_schema", "information_schema")  # databases
_PASSING_ON: Final = ("mrg_myisam", "spider", "federated", "connect", "sequence")  # engines that write elsewhere
_QUIET: Final = "('CASCADE', 'SET NULL', 'SET DEFAULT')"
_DYNAMIC: Final = frozenset(("prepare", "execute"))
_ROUTINES: Final = (
    "SELECT ROUTINE_NAME, ROUTINE_DEFINITION FROM information_schema.ROUTINES"
    " WHERE ROUTINE_SCHEMA NOT IN ('sys', 'mysql')"
)
_EVERYWHERE: Final = "*.*"


class Reach:
    """Asks one server. `forget` what it said when objects may have changed.

    Args:
        connection: an open connection.
        dialect: how its texts are read.
    """

    def __init__(self, connection: Callable[[], Connection], dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect
        self._answers: dict[tuple[frozenset[Name], frozenset[str]], str] = {}
        self._routines: dict[str, list[str | None]] | None = None

    def forget(self) -> None:
        """Objects of the server may have changed."""
        self._answers.clear()
        self._routines = None

    def why(self, found: Written, captured: Iterable[Name], is_captured: Callable[[str, str], bool]) -> str:
        """Why a statement may have changed a captured table, though none is its target; empty: it has not.

        `captured` are the captured tables that are known. Raises SourceLost.
        """
        try:
            routines = self._known_routines()
            named = frozenset(word for word in found.words if word in routines)
            if (found.targets, named) not in self._answers:
                self._answers[found.targets, named] = self._find(found.targets, named, captured, is_captured)
        except SourceRefused as error:
            return error.detail
        return self._answers[found.targets, named]

    def _find(
        self,
        targets: frozenset[Name],
        named: frozenset[str],
        captured: Iterable[Name],
        is_captured: Callable[[str, str], bool],
    ) -> str:
        sql = self._connection()
        databases = {database for database, _ in targets if database.lower() not in _WITHOUT_TRIGGERS}
        lacking = _lacking(sql, databases)
        if lacking:
            return f"the user may not see what hangs on the table (GRANT {lacking} to it)"
        names = frozenset(name.lower() for _, name in captured)
        texts = [(f"routine {name}", body) for name in named for body in self._known_routines()[name]]
        waiting, seen = list(targets), set(targets)
        while waiting:
            database, table = waiting.pop()
            if is_captured(database, table):
                return f"foreign keys lead to {database}.{table}"
            where = f"TABLE_SCHEMA = {literal(database)} AND TABLE_NAME = {literal(table)}"
            rows = query(sql, f"SELECT TABLE_TYPE, ENGINE FROM information_schema.TABLES WHERE {where}", _DOING)
            if not rows:
                return f"{database}.{table} is not there any more"
            kind, engine = (str(part or "") for part in rows[0])
            if kind not in ("BASE TABLE", "SYSTEM VERSIONED") or engine.lower() in _PASSING_ON:
                return f"{database}.{table} is no table with rows of its own ({kind}, {engine or 'no engine'})"
            triggers = (
                f"SELECT TRIGGER_NAME, ACTION_STATEMENT FROM information_schema.TRIGGERS"
                f" WHERE EVENT_OBJECT_SCHEMA = {literal(database)} AND EVENT_OBJECT_TABLE = {literal(table)}"
            )
            texts += [(f"trigger {name}", str(body)) for name, body in query(sql, triggers, _DOING)]
            children = (
                "SELECT CONSTRAINT_SCHEMA, TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS"
                f" WHERE UNIQUE_CONSTRAINT_SCHEMA = {literal(database)} AND REFERENCED_TABLE_NAME = {literal(table)}"
                f" AND (DELETE_RULE IN {_QUIET} OR UPDATE_RULE IN {_QUIET})"
            )
            for schema, name in query(sql, children, _DOING):
                child = (str(schema), str(name))
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)
        return self._bodies(texts, names)

    def _bodies(self, texts: list[tuple[str, str | None]], captured: frozenset[str]) -> str:
        """Why one of these bodies, or a routine that it names, may write to a captured table."""
        routines = self._known_routines()
        seen: set[str] = set()
        while texts:
            what, text = texts.pop()
            if text is None:
                return f"the user may not see {what}"
            try:
                words = words_of(text, self._dialect)
            except DecodeError as error:
                return f"{what} is not understood: {error.detail}"
            if words & _DYNAMIC:
                return f"{what} makes statements of its own (PREPARE)"
            if words & captured:
                return f"{what} names {', '.join(sorted(words & captured)[:5])}"
            for name in words & routines.keys() - seen:
                seen.add(name)
                texts += [(f"routine {name}", body) for body in routines[name]]
        return ""

    def _known_routines(self) -> dict[str, list[str | None]]:
        """Bodies of all routines by name in lower case. Names occur in several databases."""
        if self._routines is None:
            self._routines = {}
            for name, body in query(self._connection(), _ROUTINES, _DOING):
                self._routines.setdefault(str(name).lower(), []).append(None if body is None else str(body))
        return self._routines


def _lacking(sql: Connection, databases: set[str]) -> str:
    """The privileges that the user lacks to see triggers of these databases, and routines; empty: none."""
    granted: dict[str, set[str]] = {}
    for (line,) in query(sql, "SHOW GRANTS", _DOING):
        match = re.match(r"GRANT (.+?) ON (\*\.\*|`(?:[^`]|``)+`\.\*) TO ", str(line))
        if match is not None:
            words = {word.strip().upper() for word in match.group(1).split(",")}
            granted.setdefault(match.group(2), set()).update(words)

    def has(*wanted: str, where: str = _EVERYWHERE) -> bool:
        return bool(granted.get(where, set()).intersection((*wanted, "ALL PRIVILEGES")))

    if not has("SELECT", "SHOW_ROUTINE", "SHOW CREATE ROUTINE"):
        return "SELECT ON *.*"
    for database in sorted(databases):
        pattern = "`" + database.replace("`", "``") + "`.*"
        if not has("TRIGGER") and not has("TRIGGER", where=pattern):
            return f"TRIGGER ON {pattern}"
    return ""
