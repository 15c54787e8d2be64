"""What of the server is captured, and the structure of its tables: read, remembered in the history, told to consumers.

Decides what is stored of a statement and what goes to the schema change topic. Owns no connection.
Source: Debezium reference, "Schema history topic", "Schema change topic".
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from cdc.api import History
from cdc.errors import CdcError, SourceRefused
from cdc.filters import Names, TableFilter
from cdc.model import Change, Row, Table, Type
from connectors.mysql import errors, history, schema_changes, server
from connectors.mysql.config import SYSTEM_DATABASES
from connectors.mysql.connection import Connection, error_number, identifier, literal, octets, query
from connectors.mysql.create_text import statement_of
from connectors.mysql.ddl import DATABASE, DML, IGNORED, TABLE, Applied, Schema
from connectors.mysql.planner import Planner, TablePlan
from connectors.mysql.position import BinlogPosition
from connectors.mysql.server import Server
from connectors.mysql.snapshot_reader import quoted
from connectors.mysql.source_info import SNAPSHOT, snapshot_row, source_info, source_template
from connectors.mysql.tables import TableChange

if TYPE_CHECKING:
    from connectors.mysql.connection import AnyConfig

log = logging.getLogger("connectors.mysql")

FLUSH_SECONDS: Final = 30.0  # longest wait for the history
STATEMENT: Final = "STATEMENT"  # op of a schema change record; it counts as no data event
_NO_TABLE: Final = 1146
_TABLES: Final = (
    "SELECT TABLE_NAME FROM information_schema.TABLES"
    " WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND TABLE_SCHEMA = "
)
_ROWS: Final = "SELECT TABLE_NAME, COALESCE(TABLE_ROWS, -1) FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
_DATABASES: Final = (
    "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA"
)


class Found:
    """One table of the server and its estimated number of rows, -1 unknown."""

    def __init__(self, database: str, name: str) -> None:
        self.database = database
        self.name = name
        self.rows = -1

    @property
    def id(self) -> str:
        """`database.table`."""
        return f"{self.database}.{self.name}"


class Capture:
    """One connector's view of the server's tables; `schema` are the tables where the stream stands."""

    def __init__(self, config: AnyConfig) -> None:
        self._config = config
        self.tables = TableFilter(config, "database", SYSTEM_DATABASES)
        self.planner = Planner(config)
        self.info: Type = source_info(config.CONNECTOR)
        self.template: Row = source_template(config)
        self.schema = Schema()
        self.history: History | None = None
        self.statements: list[Change] = []  # schema changes that wait to be sent
        self.recovered = 0  # records of the history that the last start read
        self.recovery_began = 0.0  # seconds since 1970, as the next two; 0: never
        self.recovered_at = 0.0
        self.applied_at = 0.0  # when a statement was last stored
        self.applied = 0  # records of the history: recovered and stored since
        self._topic: Table | None = None
        self._only_tables = bool(config.schema_history_internal_store_only_captured_tables_ddl)
        self._only_databases = bool(config.schema_history_internal_store_only_captured_databases_ddl)
        self._chosen = [Names([text]) for text in config.snapshot_include_collection_list]
        self._listed = [Names([text]) for text in config.table_include_list]
        self.overrides = {name.lower(): text for name, text in config.select_overrides.items()}

    def equip(self, store: History, topic: str) -> None:
        """Where versions are stored, and the topic of schema changes."""
        self.history = store
        if self._config.include_schema_changes:
            shape = schema_changes.shape(topic, self._config.CONNECTOR, self.info)
            self._topic = Table("schema", (), [], shape=shape)

    def store(self) -> History:
        """The history."""
        if self.history is None:
            raise RuntimeError("the source was not equipped with a schema history")
        return self.history

    def new_schema(self, found: Server) -> Schema:
        """A schema without tables, for this server."""
        return Schema(
            "mariadb" if found.mariadb else "mysql",
            found.number,
            case=found.case,
            charset=found.charset,
            collation=found.collation,
            wanted=self._wanted,
            comments=bool(self._config.schema_comments),
        )

    def _wanted(self, database: str, name: str) -> bool:
        """Whether versions of a table are remembered."""
        if database.lower() in SYSTEM_DATABASES and not self.tables.includes(database, name):
            return False
        if self._only_tables:
            return self.tables.includes(database, name)
        return not self._only_databases or self.tables.schema(database)

    # The server's tables

    def look(self, sql: Connection) -> list[Found]:
        """Every table of the server that is captured or remembered, by name. Raises SourceLost, SourceRefused.

        By database: asked about all, MariaDB opens every view of its own schemas, and doing that on several connections
        at the same time ended it (11.8.9).
        """
        names = sorted(str(row[0]) for row in query(sql, _DATABASES, "listing the databases"))
        found = []
        for database in names:
            if database.lower() in SYSTEM_DATABASES and not self.tables.schema(database):
                continue
            rows = query(sql, _TABLES + literal(database), "listing the tables")
            found += [Found(database, name) for name in sorted(str(row[0]) for row in rows)]
        found = [one for one in found if self._wanted(one.database, one.name)]
        return self._as_listed(found) if self._only_tables else found

    def captured(self, found: Iterable[Found]) -> list[Found]:
        """Those that are captured."""
        return [one for one in found if self.tables.includes(one.database, one.name)]

    def for_snapshot(self, sql: Connection, captured: list[Found]) -> list[Found]:
        """The tables with data to read, in order: by rows when told, else that of table.include.list, else by name.

        Raises SourceLost, SourceRefused.
        """
        chosen = self._as_listed(captured)
        if self._chosen:
            chosen = [one for one in chosen if any(names.match(one.id) for names in self._chosen)]
        for database in dict.fromkeys(one.database for one in chosen):
            counts: dict[object, int] = dict(query(sql, _ROWS + literal(database), "counting rows"))
            for one in chosen:
                if one.database == database:
                    one.rows = int(counts.get(one.name, -1))
        order = str(self._config.snapshot_tables_order_by_row_count)
        if order != "disabled":
            chosen = sorted(chosen, key=lambda one: max(one.rows, 0), reverse=order == "descending")
        return chosen

    def _as_listed(self, tables: list[Found]) -> list[Found]:
        """Tables in the order of table.include.list, if there is one."""
        if not self._listed:
            return tables
        chosen: list[Found] = []
        for names in self._listed:
            chosen += [one for one in tables if one not in chosen and names.match(one.id)]
        return chosen

    def read_structure(
        self, sql: Connection, found: Server, tables: list[Found], schema: Schema
    ) -> list[tuple[str, str, Applied]]:
        """Put the tables as they are now into a schema; (database, table or "", statement) as Debezium writes them.

        Raises SourceLost, SourceRefused, DecodeError.
        """
        done: list[tuple[str, str, Applied]] = []

        def apply(database: str, table: str, text: str) -> None:
            done.extend((database, table, one) for one in schema.apply(database, text))

        apply("", "", f"SET character_set_server={found.charset}, collation_server={found.collation}")
        for one in tables:
            apply(one.database, one.name, f"DROP TABLE IF EXISTS {quoted(one.database, one.name)}")
        charsets = {
            str(name): (str(charset), str(collation))
            for name, charset, collation in query(sql, _DATABASES, "listing the databases")
        }
        for database in dict.fromkeys(one.database for one in tables):
            apply(database, "", f"DROP DATABASE IF EXISTS {identifier(database)}")
            options = "CHARSET {} COLLATE {}".format(*charsets[database]) if database in charsets else ""
            apply(database, "", f"CREATE DATABASE {identifier(database)} {options}".rstrip())
            apply(database, "", f"USE {identifier(database)}")
            for one in tables:
                if one.database == database:
                    text = self._create_table(sql, one)
                    if text:
                        apply(database, one.name, text)
        return done

    def _create_table(self, sql: Connection, table: Found) -> str:
        try:
            rows = octets(sql, f"SHOW CREATE TABLE {quoted(table.database, table.name)}", f"reading {table.id}")
            return statement_of(rows[0][1], table.id)
        except SourceRefused as error:
            if error_number(error) == _NO_TABLE:
                log.warning("table %s is gone, it is not read", table.id)
                return ""
            if self.tables.includes(table.database, table.name):
                raise
            log.warning("table %s is not captured, and its structure cannot be read: %s", table.id, error.detail)
            return ""

    # History and schema change topic

    def remember_snapshot(
        self, done: list[tuple[str, str, Applied]], position: BinlogPosition, *, rows: bool = True
    ) -> None:
        """Store the statements of a snapshot, and have them sent; without rows behind them the last is marked so."""
        stored = position.offset()
        store = self.store()
        store.create()
        now = time.time_ns() // 1_000_000
        for database, table, applied in done:
            block = snapshot_row(
                self._config, database, table or None, "true", position.ts_sec, position.file, position.pos
            )
            for event in history.events(applied):
                store.append(
                    history.encode(self._config.topic_prefix, stored, now, event.database, event.sql, event.changes)
                )
                self._tell(event, block, now, told=not table or self._told(database, table))
        if self.statements and not rows:
            value = self.statements[-1].after
            assert value is not None
            cast("Row", value[0])[SNAPSHOT] = "last"
        store.flush(FLUSH_SECONDS)

    def _told(self, database: str, table: str) -> bool:
        """Whether consumers hear of a table's structure: of every table that is remembered, as in Debezium."""
        return self._wanted(database, table)

    def remember(
        self,
        applied: list[Applied],
        position: BinlogPosition,
        block: Callable[[str, list[str] | None], Row],
    ) -> None:
        """Store the statements of one event of the log, and have them sent. `block` makes their source block."""
        stored = position.offset()
        store = self.store()
        now = time.time_ns() // 1_000_000
        written = False
        for one in applied:
            if one.kind in (IGNORED, DML) or (one.kind == TABLE and not one.changes and self._only_tables):
                continue
            names: list[str] | None = list(dict.fromkeys(change.name for change in one.changes))
            if one.kind == DATABASE and one.changes:
                names = None  # a database is dropped with its tables
            for event in history.events(one):
                if self._only_databases and event.database and not self.tables.schema(event.database):
                    continue
                store.append(
                    history.encode(self._config.topic_prefix, stored, now, event.database, event.sql, event.changes)
                )
                written = True
                told = any(
                    self._told(change.database, change.name)
                    or (change.previous is not None and self._told(*change.previous))
                    for change in event.changes
                )
                if not event.changes:
                    told = event.database != "" and not self._only_tables
                self._tell(event, block(event.database, names), now, told=told)
        if written:
            store.flush(FLUSH_SECONDS)
            self.applied += 1
            self.applied_at = time.time()

    def _tell(self, event: history.SchemaEvent, block: Row, now: int, *, told: bool) -> None:
        if self._topic is None or not told:
            return
        if not self._config.schema_comments:
            event = replace(event, changes=tuple(_silent(change) for change in event.changes))
        value = schema_changes.value(event, block, now)
        self.statements.append(Change(self._topic, STATEMENT, schema_changes.key(event), value, None))

    def recover(self, found: Server, stored: BinlogPosition) -> bool:
        """Bring `schema` to where a stored position is; whether the history had anything. Raises CdcError."""
        store = self.store()
        self.schema = self.new_schema(found)
        self.recovery_began = time.time()
        skip = None
        if self._config.schema_history_internal_skip_unparseable_ddl:

            def skip(error: CdcError) -> None:
                log.warning("a statement of the schema history is left out: %s", error)

        count = history.recover(
            self.schema,
            store.records(),
            self._config.topic_prefix,
            lambda record: server.covers(stored, record, found.mariadb),
            prefer_ddl=bool(self._config.schema_history_internal_prefer_ddl),
            skip=skip,
            where=store.where,
        )
        self.recovered = self.applied = count
        self.recovered_at = time.time()
        if count:
            store.check()
        log.info("schema history: %d records of %s, %d tables", count, store.where, len(self.schema))
        return count > 0

    def plan(self, schema: Schema, table: Found) -> TablePlan | None:
        """How a table is read, None when it is gone."""
        definition = schema.get(table.database, table.name)
        return None if definition is None else self.planner.plan(definition)


def _silent(change: TableChange) -> TableChange:
    """A change without the comments of its table and columns."""
    table = change.table
    if table is None:
        return change
    columns = tuple(replace(column, comment=None) if column.comment else column for column in table.columns)
    return replace(change, table=replace(table, columns=columns, comment=None))


def history_missing(store: History, stored: BinlogPosition) -> SourceRefused:
    """The error for an offset without a history."""
    return SourceRefused(errors.HISTORY_MISSING, f"{store.where} holds nothing for the stored offset {stored.offset()}")
