r"""Which tables and columns are captured, what their keys are, what happens to their values. Knows no database.

Names are matched as Debezium matches them: regular expressions in Java's syntax, comma-separated (`\,` is a comma),
the whole name (`schema.table`, `schema.table.column`), without regard to case.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from cdc.errors import STOP, ConfigError, define
from cdc.families import HASH_PATTERN, hash_algorithm
from cdc.options import split_list
from cdc.regex import java_regex

log = logging.getLogger("cdc.filters")

TOO_MANY_TABLES = define(
    "HW-CFG-006",
    STOP,
    "More tables are captured than the guardrail allows",
    "Narrow table.include.list, or raise guardrail.collections.max",
)

MASK: Final = "mask"
TRUNCATE: Final = "truncate"
HASH: Final = "hash"
PROPAGATE: Final = "propagate"

SYSTEM_SCHEMAS: Final = ("pg_catalog", "information_schema", "pg_toast")


class Names:
    """A list of expressions: matches a name when one of them matches all of it."""

    def __init__(self, expressions: Iterable[str]) -> None:
        self._patterns = [java_regex(expression, ignore_case=True) for expression in expressions]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def match(self, name: str) -> bool:
        """Whether one of the expressions matches the whole name."""
        return any(pattern.fullmatch(name) is not None for pattern in self._patterns)


def wanted(include: Names, exclude: Names, name: str) -> bool:
    """Debezium's rule: with an include list what it matches, else all that the exclude list does not."""
    return include.match(name) if include else not exclude.match(name)


class TableSettings(Protocol):
    """The properties that choose tables."""

    table_include_list: list[str]
    table_exclude_list: list[str]
    table_ignore_builtin: bool


class TableFilter:
    """Captured tables by schema and table lists; `schemas` and `tables` are also of use one by one.

    `area` is what the connector calls the first part of a table's name, `builtin` are the server's own areas.
    """

    def __init__(self, config: TableSettings, area: str = "schema", builtin: tuple[str, ...] = SYSTEM_SCHEMAS) -> None:
        self._builtin = builtin
        self._schemas = Names(getattr(config, f"{area}_include_list", []))
        self._not_schemas = Names(getattr(config, f"{area}_exclude_list", []))
        self._tables = Names(config.table_include_list)
        self._not_tables = Names(config.table_exclude_list)
        self._ignore_builtin = config.table_ignore_builtin

    def schema(self, schema: str) -> bool:
        """Whether tables of a schema may be captured."""
        if self._ignore_builtin and (schema in self._builtin or schema.startswith(("pg_temp_", "pg_toast_temp_"))):
            return False
        return wanted(self._schemas, self._not_schemas, schema)

    def includes(self, schema: str, table: str) -> bool:
        """Whether a table is captured."""
        return self.schema(schema) and wanted(self._tables, self._not_tables, f"{schema}.{table}")


class GuardSettings(Protocol):
    """The properties of the guardrail."""

    guardrail_collections_max: int
    guardrail_collections_limit_action: str


def guard(config: GuardSettings, tables: Sequence[str]) -> None:
    """`guardrail.collections.max`: too many captured tables are an error, or a line in the log."""
    most = config.guardrail_collections_max
    if not 0 < most < len(tables):
        return
    detail = f"{len(tables)} tables are captured, guardrail.collections.max is {most}"
    if config.guardrail_collections_limit_action == "fail":
        raise ConfigError(TOO_MANY_TABLES, detail)
    log.warning("%s", detail)


class ColumnSettings(Protocol):
    """The properties that choose columns."""

    column_include_list: list[str]
    column_exclude_list: list[str]


class ColumnFilter:
    """Columns that are kept in values."""

    def __init__(self, config: ColumnSettings) -> None:
        self._include = Names(config.column_include_list)
        self._exclude = Names(config.column_exclude_list)

    @property
    def everything(self) -> bool:
        """Whether no list is set."""
        return not self._include and not self._exclude

    def includes(self, schema: str, table: str, column: str) -> bool:
        """Whether a column is kept."""
        return self.everything or wanted(self._include, self._exclude, f"{schema}.{table}.{column}")


class MessageKeyColumns:
    """`message.key.columns`: key columns chosen by table."""

    def __init__(self, text: str | None) -> None:
        self._rules = key_rules(text) if text else []

    def columns(self, schema: str, table: str, columns: Iterable[str]) -> list[str]:
        """Key columns of a table out of `columns`, in the order of the expressions; empty: none apply."""
        if not self._rules:
            return []
        found: list[str] = []
        names = list(columns)
        for rule in self._rules:
            for name in names:
                if name not in found and rule.fullmatch(f"{schema}.{table}.{name}"):
                    found.append(name)
        return found


def key_rules(text: str) -> list[re.Pattern[str]]:
    """One expression per column of `tableRegex:column1,column2;...`. Raises ValueError."""
    found: list[re.Pattern[str]] = []
    for part in text.split(";"):
        if not part.strip():
            continue
        table, colon, columns = part.strip().rpartition(":")
        names = split_list(columns)
        if not colon or not table.strip() or not names:
            raise ValueError(f"{part.strip()!r} is not of the form tableRegex:column1,column2")
        found.extend(java_regex(f"(?:{table.strip()})\\.(?:{name})", ignore_case=True) for name in names)
    return found


class Rule:
    """What happens to the values of a column.

    `kind` mask: text becomes `length` asterisks, null too. truncate: text is cut to `length` characters. hash: text
    becomes the hex digest of `salt` and text by hashlib's `algorithm`; `version` 1 hashes Java's serialised string, 2
    its UTF-8 bytes. propagate: the schema tells the source's type. `length` is 0 where it has no meaning.
    """

    def __init__(self, kind: str, length: int = 0, algorithm: str = "", salt: str = "", version: int = 0) -> None:
        self.kind = kind
        self.length = length
        self.algorithm = algorithm
        self.salt = salt
        self.version = version

    def __repr__(self) -> str:
        return f"<Rule {self.kind} {self.length or self.algorithm}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rule) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.kind, self.length, self.algorithm, self.salt, self.version))


class RuleSettings(Protocol):
    """The properties that rules come from."""

    raw: dict[str, str]
    column_propagate_source_type: list[str]
    datatype_propagate_source_type: list[str]


class ColumnRules:
    """Masks, truncations, hashes and propagated types by column.

    Of truncate, mask and hash only the first that matches applies, in this order (Debezium: ColumnMappers). There a
    propagated type counts as one of them and can switch a hash off, so that the plain text goes out; here it never
    does.
    """

    def __init__(self, config: RuleSettings) -> None:
        self._values: list[tuple[Names, Rule]] = []
        for kind, pattern in (
            (TRUNCATE, r"column\.truncate\.to\.(\d+)\.chars"),
            (MASK, r"column\.mask\.with\.(\d+)\.chars"),
        ):
            for name, text in config.raw.items():
                if found := re.fullmatch(pattern, name):
                    self._values.append((Names(split_list(text)), Rule(kind, int(found.group(1)))))
        for name, text in config.raw.items():
            if found := HASH_PATTERN.fullmatch(name):
                algorithm = hash_algorithm(found.group(2)) or ""
                rule = Rule(HASH, 0, algorithm, found.group(3), 2 if found.group(1) else 1)
                self._values.append((Names(split_list(text)), rule))
        self._columns = Names(config.column_propagate_source_type)
        self._types = Names(config.datatype_propagate_source_type)

    def for_column(self, full_name: str, type_name: str, table: str | None = None) -> list[Rule]:
        """Rules of a column `schema.table.column` of a type; `table` is needed where the column's name has a dot."""
        found: list[Rule] = []
        for names, rule in self._values:
            if names.match(full_name):
                found.append(rule)
                break
        table = full_name.rpartition(".")[0] if table is None else table
        if self._columns.match(full_name) or self._types.match(f"{table}.{type_name}"):
            found.append(Rule(PROPAGATE))
        return found
