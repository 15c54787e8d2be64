"""What of the database is captured and how it is decoded: filters, plans, the decoder, and where it stands.

Knows the catalog through planner.py; owns no connection.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import psycopg

from cdc.filters import Names, TableFilter
from cdc.model import Row, Table, Type
from connectors.postgresql import publication
from connectors.postgresql.connection import Connection, identifier, translate
from connectors.postgresql.copy_text import RowReader
from connectors.postgresql.pgoutput import Decoder
from connectors.postgresql.plan import Plan
from connectors.postgresql.planner import Planner
from connectors.postgresql.position import Commit, PostgresPosition
from connectors.postgresql.publication import Captured
from connectors.postgresql.relation import Relation
from connectors.postgresql.source_info import snapshot_row

if TYPE_CHECKING:
    from connectors.postgresql.config import PostgresConfig

log = logging.getLogger("connectors.postgresql")


class SnapshotPlan:
    """How the rows of one table are read: the SELECT's quoted columns and source, its override, the row's loaders."""

    def __init__(self, captured: Captured, plan: Plan, override: str) -> None:
        self.captured = captured
        self.plan = plan
        self.source = captured.quoted
        self.override = override
        self.estimate = captured.rows
        read = [name for name, loader in zip(plan.names, plan.loaders, strict=True) if loader is not None]
        hidden = [plan.names[extra.column] for extra in plan.hidden]
        self.read = [*read, *hidden]
        self.columns = [identifier(name) for name in self.read]

    def reader(self) -> RowReader:
        """A reader of the rows; every thread takes its own."""
        plan = self.plan
        quick = [loader for loader in plan.loaders if loader is not None]
        guarded = [loader for loader in plan.guarded if loader is not None]
        hidden = [extra.loader for extra in plan.hidden]
        nulls = [*plan.nulls, *(extra.null for extra in plan.hidden)]
        required = [*plan.required, *(extra.required for extra in plan.hidden)]
        if self.override:
            required = [False] * len(required)  # a join may have NULL where the table has none
        return RowReader([*quick, *hidden], nulls, [*guarded, *hidden], required, self.read[0] if self.read else "")


class Capture:
    """One connector's view: which tables, which plans, and the decoder of the current stream."""

    def __init__(self, config: PostgresConfig) -> None:
        self._config = config
        self._tables = TableFilter(config)
        self._chosen = [Names([text]) for text in config.snapshot_include_collection_list]
        self._listed = [Names([text]) for text in config.table_include_list]
        self._overrides = {name.lower(): text for name, text in config.select_overrides.items()}
        self._snapshot: dict[int, SnapshotPlan] = {}
        self._connection: Callable[[], Connection] = _no_connection
        self._alive: Callable[[], None] = _nothing
        self._seen = (0, 0, 0, "")  # what the decoder's state was when a position was last made
        self._floor = 0
        self._xmin = False
        self.planner = Planner(config)
        self.info: Type = self.planner.info
        self.transactions: Table | None = None
        self.decoder = self._decoder()

    def _decoder(self) -> Decoder:
        config = self._config
        return Decoder(
            self._plan,
            self.planner.template.copy(),
            skipped=list(config.skipped_operations),
            unchanged=bool(config.skip_messages_without_change),
            transactions=self.transactions,
            messages=self.planner.messages,
        )

    # Tables

    def captured(self, sql: Connection) -> list[Captured]:
        """The tables that the filters let through. Raises psycopg.Error."""
        return [table for table in publication.relations(sql) if self._tables.includes(table.schema, table.name)]

    def others(self, sql: Connection) -> list[str]:
        """What table.include.list names and cannot be captured, in words. Raises psycopg.Error."""
        return publication.others(sql, self._tables.includes) if self._listed else []

    def for_snapshot(self, captured: list[Captured]) -> list[Captured]:
        """The tables with data to read, in order: by rows when told, else that of table.include.list, else by name."""
        chosen = captured
        if self._listed:
            chosen = []
            for names in self._listed:
                chosen += [table for table in captured if table not in chosen and names.match(table.id)]
        if self._chosen:
            chosen = [table for table in chosen if any(names.match(table.id) for names in self._chosen)]
        order = str(self._config.snapshot_tables_order_by_row_count)
        if order != "disabled":
            chosen = sorted(chosen, key=lambda table: max(table.rows, 0), reverse=order == "descending")
        return chosen

    def tables(self, sql: Connection, captured: list[Captured]) -> list[Table]:
        """Plans for a snapshot; tables that are gone meanwhile are left out. Raises psycopg.Error, CdcError."""
        self._snapshot = {}
        found: list[Table] = []
        for table in captured:
            plan = self.planner.of_table(sql, table.oid)
            if plan is None:
                log.warning("table %s is gone, it is not read", table.id)
                continue
            override = self._overrides.get(table.id.lower(), "")
            self._snapshot[id(plan.table)] = SnapshotPlan(table, plan, override)
            found.append(plan.table)
        return found

    def plan(self, table: Table) -> SnapshotPlan:
        """How a table of `tables` is read."""
        return self._snapshot[id(table)]

    def _plan(self, relation: Relation) -> Plan | None:
        """The decoder asks for the plan of a relation that the stream announces."""
        if not self._tables.includes(relation.schema, relation.name):
            return None
        where = f"{relation.schema}.{relation.name}"
        waited = False
        while True:
            try:
                return self.planner.of_relation(self._connection(), relation)
            except psycopg.errors.LockNotAvailable:
                if not waited:
                    log.warning("table %s is locked (DDL is running): waiting to read its structure", where)
                waited = True
                self._alive()
            except psycopg.Error as error:
                raise translate(error, f"reading the structure of {where}") from error

    def source_row(self, table: Table, marker: str, position: PostgresPosition, ts_us: int, tx_id: int) -> Row:
        """Source block of a snapshot row."""
        captured = self.plan(table).captured
        lsn, commit = position.done(), position.lsn_commit
        return snapshot_row(self._config, captured.schema, captured.name, marker, ts_us, tx_id, lsn, commit)

    # The stream

    def resume(
        self,
        begin: PostgresPosition,
        connection: Callable[[], Connection],
        alive: Callable[[], None],
        transactions: Table | None,
        start: int,
    ) -> None:
        """A new decoder that leaves out what is done at a position. `start` is where the server begins to send.

        `connection` gives one for the catalog that does not wait long for locks; `alive` is called while one is held.
        """
        self._connection = connection
        self._alive = alive
        self.transactions = transactions
        self.decoder = self._decoder()
        self.decoder.resume(
            lsn_commit=begin.lsn_commit,
            lsn_proc=begin.lsn_proc or begin.lsn,
            events=begin.events if begin.ours else None,
            tx_id=begin.tx_id,
            message_type=begin.message_type,
        )
        commit = begin.commit
        if commit is not None:
            self.decoder.expect(commit.lsn, commit.tx_id, commit.ts_us, commit.lsn >= start)
        self._floor = begin.done() if begin.ours and not begin.events else begin.lsn_commit
        self._seen = self._state()

    def set_xmin(self, xmin: int | None) -> None:
        """The slot's catalog_xmin for the source blocks from now on."""
        self._xmin = True
        self.decoder.xmin = xmin

    def _state(self) -> tuple[int, int, int, str]:
        decoder = self.decoder
        return decoder.last_commit_lsn, decoder.events, decoder.last_lsn, decoder.message_type

    @property
    def in_transaction(self) -> bool:
        """Whether the stream stands inside a transaction."""
        return self.decoder.in_transaction

    def position(self, previous: PostgresPosition) -> PostgresPosition | None:
        """Where the stream stands, None when nothing is done beyond `previous`.

        `lsn_commit` never falls: it also stands for what is known to be done without a commit of its own, the slot's
        beginning and an idle log's progress. The server refuses nothing that lies below it, it leaves it out.
        """
        decoder = self.decoder
        state = self._state()
        if state == self._seen:
            return None
        commit = max(decoder.last_commit_lsn, previous.lsn_commit)
        if decoder.in_transaction:
            if decoder.events == 0 or decoder.repeating:
                return None
            if decoder.last_lsn < self._floor:
                commit = max(commit, self._floor)
            events = decoder.events
            lsn = decoder.last_lsn
        elif decoder.message_type == "COMMIT":
            if decoder.last_commit_lsn <= previous.lsn_commit:
                return None
            events = 0
            lsn = commit
        else:  # a logical message outside of a transaction
            if decoder.last_lsn < previous.done():
                return None
            events = 0
            lsn = decoder.last_lsn
        self._seen = state
        return PostgresPosition(
            lsn=lsn,
            lsn_proc=lsn,
            lsn_commit=commit,
            tx_id=decoder.tx_id,
            ts_us=decoder.ts_us,
            message_type=decoder.message_type,
            events=events,
            xmin=decoder.xmin if self._xmin else None,
            commit=Commit(decoder.commit_lsn, decoder.commit_tx, decoder.commit_us) if decoder.commit_lsn else None,
        )


def _no_connection() -> Connection:
    raise RuntimeError("the stream has not been started")


def _nothing() -> None:
    """Nobody waits for a sign of life."""
