"""What events of the log mean: transactions, rows of captured tables, statements; and where to resume. Sans-I/O.

Takes the bytes of one event after the other and appends Changes. Owns no connection; the statement hook of the source
stores the schema history before the changes that follow are handed out.
Source: Debezium reference, "MySQL connector events", "Offsets: MySQL", "Transaction metadata".
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from cdc.errors import DecodeError, SourceRefused
from cdc.filters import Names, TableFilter
from cdc.model import BEGIN, END, TRUNCATE, Change, Row, Table
from connectors.mysql import errors, events
from connectors.mysql import source_info as info
from connectors.mysql.binlog import Decoder
from connectors.mysql.charsets import charset_of
from connectors.mysql.contradiction import contradiction, labelled
from connectors.mysql.ddl import DML, Applied, Charsets, Schema
from connectors.mysql.ddl.errors import CONTRADICTION
from connectors.mysql.ddl.lexer import Dialect
from connectors.mysql.ddl.targets import Written, written
from connectors.mysql.gtid import GtidSet, MariadbGtidSet
from connectors.mysql.planner import Planner, TablePlan
from connectors.mysql.position import BinlogPosition
from connectors.mysql.rows import INCOMPLETE, Plan, Reader
from connectors.mysql.tables import TableDefinition

log = logging.getLogger("connectors.mysql")

Executed = GtidSet | MariadbGtidSet
OnStatement = Callable[[events.Query, list[Applied], BinlogPosition], None]

_HUNG: Final = ("DROP TRIGGER", "DROP FUNCTION", "DROP PROCEDURE")

# Why a statement may have changed a captured table, besides its targets; empty: it has not.
Reached = Callable[[Written, list[tuple[str, str]]], str]


class Settings(Protocol):
    """The properties that the stream itself reads."""

    skipped_operations: list[str]
    skip_messages_without_change: bool
    include_query: bool
    inconsistent_schema_handling_mode: str
    event_processing_failure_handling_mode: str
    gtid_source_filter_dml_events: bool
    schema_history_internal_skip_unparseable_ddl: bool


class Stream:
    """The state of one stream of the log.

    `changes` is where Changes go, set by the source for each batch. `commits` counts transactions, `last_us` is the
    newest change's time in microseconds since 1970.

    Args:
        template: source block with its constant values.
        wanted_source: whether a source's transactions count (gtid.source.includes and excludes); None: all do.
        reached: whether a statement of the statement format may have changed a captured table; None: it may.
        on_statement: called with a statement that was applied to the schema, and the position after it.
    """

    def __init__(
        self,
        config: Settings,
        schema: Schema,
        planner: Planner,
        tables: TableFilter,
        template: Row,
        on_statement: OnStatement,
        *,
        transactions: Table | None = None,
        wanted_source: Callable[[str], bool] | None = None,
        reached: Reached | None = None,
    ) -> None:
        self.schema = schema
        self.changes: list[Change] = []
        self.commits = 0
        self.last_us = 0
        self.left_out = 0  # rows events and statements that were passed over because the configuration says so
        self.rolled_back = 0  # transactions that the log holds with a rollback at their end
        self.decoder = Decoder()
        self.reader = Reader(
            skipped=list(config.skipped_operations), unchanged=bool(config.skip_messages_without_change)
        )
        self._planner = planner
        self._tables = tables
        self._template = template
        self._on_statement = on_statement
        self.purged = GtidSet()  # of MySQL: in none of the server's files
        self._reached = reached
        self._transactions = transactions
        self._wanted_source = wanted_source if config.gtid_source_filter_dml_events else None
        self._with_query = bool(config.include_query)
        self._on_unknown = config.inconsistent_schema_handling_mode
        self._on_failure = config.event_processing_failure_handling_mode
        self._skip_unparseable = bool(config.schema_history_internal_skip_unparseable_ddl)
        self._skip_truncate = TRUNCATE in config.skipped_operations
        self._executed: Executed | None = None  # None: GTIDs are not known here, or not used
        self._whole = False  # the present file is read from its begin
        self._gtids = ""
        self._file = ""
        self._pos = 0
        self._server = ""
        self._moved = False
        self._server_id = 0
        self._seconds = 0
        self._gtid = ""
        self._gtid_event: events.Gtid | None = None
        self._unwanted = False
        self._commit_us = 0
        self.in_transaction = False
        self._start = (0, 0)
        self._session: int | None = None
        self._tx = ""
        self._announced = False  # the transaction's boundaries are told, and its rows' part in it
        self._sql: str | None = None
        self._events = 0  # rows events of the open transaction that are done
        self._logged = 0  # events of it, as Debezium counts them
        self._resume: BinlogPosition | None = None  # until the first transaction begins
        self._resumed: BinlogPosition | None = None  # how far the open transaction was done before the restart
        self._warned: set[str] = set()
        self._passed_over = 0.0  # when the server was last asked what a logged statement changed
        self.unpacking = False  # a compressed transaction is not at its end: call `unpack` before the next `feed`
        self._inner: Iterator[events.Event] = iter(())

    def resume(self, position: BinlogPosition, executed: Executed | None, server: str) -> None:
        """Begin at a position. `executed` is the GTID set done there, None without; `server` identifies the server.

        What was done of an open transaction is left out only when it is at the same place of the same server, or in an
        offset of Debezium at the same place: another server may have cut the transaction into other events.
        """
        self.decoder = Decoder(position.file, position.pos)
        self._executed = executed
        self._gtids = "" if executed is None else str(executed)
        self._file, self._pos = position.file, position.pos
        self._server = server
        self._server_id = position.server_id
        self._seconds = position.ts_sec
        self._moved = False
        self.in_transaction = False
        self._resume = position if not position.server or position.server == server else None
        self._resumed = None

    # Events

    def drain(self, pending: deque[bytes], limit: int) -> None:
        """Take events from the left of `pending`, until there are `limit` changes or none is left. Raises as `feed`."""
        changes = self.changes
        while len(changes) < limit:
            if self.unpacking:
                self.unpack(limit)
            elif pending:
                self.feed(pending.popleft())
            else:
                return

    def feed(self, data: bytes) -> None:
        """Take one event. Raises DecodeError, SourceRefused, BindError."""
        event = self.decoder.feed(data)
        if isinstance(event, events.Payload):
            self._inner = self.decoder.unpack(event)
            self.unpacking = True
        else:
            self._take(event)

    def unpack(self, limit: int) -> None:
        """Go on with the events of a compressed transaction, until there are `limit` changes. Raises as `feed`."""
        for event in self._inner:
            self._take(event)
            if len(self.changes) >= limit:
                return
        self.unpacking = False

    def _take(self, event: events.Event) -> None:
        if isinstance(event, events.Rows):
            self._rows(event)
        elif isinstance(event, events.TableMap):
            if not event.planned:
                event.plan = self._plan(event)
                event.planned = True
            self._logged += 1
        elif isinstance(event, events.Gtid):
            self._begin_gtid(event)
        elif isinstance(event, events.Query):
            self._query(event)
        elif isinstance(event, events.Xid):
            self._seen(event)
            self._commit(event)
        elif isinstance(event, events.RowsQuery):
            self._logged += 1
            if self._with_query:
                self._sql = event.sql
        elif isinstance(event, events.Rotate):
            if not event.artificial and not self.in_transaction:
                self._file, self._pos = event.next_file, event.position
                self._moved = True
        elif isinstance(event, events.XaPrepare):
            self._seen(event)
            self._commit(event)
        elif isinstance(event, events.FormatDescription):
            self._whole = not event.artificial
            if event.created and self.in_transaction and not event.artificial:
                log.warning("the server restarted within a transaction, which it rolled back: %s", self._tx)
                self._leave()
        elif isinstance(event, events.PreviousGtids):
            if self._executed is None and self._whole and not self.decoder.mariadb:
                self._adopt(event)
        elif isinstance(event, events.Other):
            self._logged += 1
        elif isinstance(event, events.Incident):
            raise SourceRefused(
                errors.INCIDENT, f"{event.message or 'LOST_EVENTS'} (number {event.number}), {event.file}:{event.start}"
            )

    def _seen(self, event: events.Event) -> None:
        self._server_id = event.server_id
        self._seconds = self._commit_us // 1_000_000 or event.timestamp

    def _adopt(self, event: events.PreviousGtids) -> None:
        """GTIDs are taken up at the begin of a file, which lists all of earlier ones: the server has them since.

        Not those of files that were called otherwise (log_bin); the server has purged these.
        """
        self._executed = GtidSet(event.text).union(self.purged)
        self._gtids = ""
        if event.text:
            log.info("GTIDs are taken up in %s: the position has them from here on: %s", event.file, event.text)

    def _begin_gtid(self, event: events.Gtid) -> None:
        if not event.text and self._executed is not None:  # the server had GTIDs for a time only, or not always yet
            self._executed = None
            self._gtids = ""
        self._gtid = event.text
        self._gtid_event = event
        self._commit_us = event.commit_us if event.text else 0
        self._unwanted = (
            self._wanted_source is not None and event.text != "" and not self._wanted_source(event.source[:36])
        )
        if self.decoder.mariadb and not event.standalone:
            self._begin(event, None)

    def _begin(self, event: events.Event, thread: int | None, *, announced: bool = True) -> None:
        """A transaction begins. With a GTID it starts there, so that a restart knows it.

        `announced` is whether its boundaries and its rows' part in it are told.
        """
        self._seen(event)
        gtid = self._gtid_event
        start = gtid.start if gtid is not None and gtid.text else event.start
        self.in_transaction = True
        self._start = (start, event.start)
        self._session = thread
        self._events = 0
        self._logged = 1
        self._sql = None
        self._file = event.file
        self._tx = self._gtid or f"file={event.file},pos={event.start}"
        resume, self._resume = self._resume, None
        self._resumed = None
        if resume is not None and event.file == resume.file and resume.pos in (start, event.start):
            if resume.events or resume.logged:
                self._resumed = resume
            elif resume.row:
                log.info("transaction %s is read again: its offset names %d rows of no event", self._tx, resume.row)
        begun = self._resumed is not None or (resume is not None and resume.begun == self._tx)
        self._announced = announced and self._transactions is not None
        if self._announced and self._transactions is not None and not begun:
            self.changes.append(Change(self._transactions, BEGIN, None, None, None, self._tx, self._millis()))

    def _commit(self, event: events.Event) -> None:
        """The transaction, or the statement outside of one, is wholly done."""
        if self.in_transaction:
            self.commits += 1
            resumed = self._resumed
            ended = resumed is not None and not resumed.events and not resumed.row and resumed.logged == self._logged
            if self._announced and self._transactions is not None and not ended:
                self.changes.append(Change(self._transactions, END, None, None, None, self._tx, self._millis()))
            self.last_us = self._micros()
        self._done(event)

    def _done(self, event: events.Event) -> None:
        gtid = self._gtid_event
        executed = self._executed
        if gtid is not None and gtid.text and executed is not None:
            if isinstance(executed, GtidSet):
                executed.add(gtid.source, gtid.number)
            else:
                executed.add(gtid.text)
            self._gtids = ""
        self._leave()
        self._file, self._pos = event.file, event.end
        self._moved = True

    def _leave(self) -> None:
        self.in_transaction = False
        self._gtid_event = None
        self._gtid = ""
        self._tx = ""
        self._session = None
        self._sql = None
        self._unwanted = False
        self._commit_us = 0
        self._resumed = None

    # Rows

    def _plan(self, event: events.TableMap) -> Plan | None:
        """How rows of an announced table are read, None: they are not captured."""
        if not self._tables.includes(event.database, event.table):
            return None
        definition = self.schema.get(event.database, event.table)
        if definition is None:
            self._unknown(event)
            return None
        differs = contradiction(event, definition)
        if differs:
            raise DecodeError(CONTRADICTION, f"table {definition.id}, {event.file}:{event.start}: {differs}")
        found = self._planner.plan(labelled(event, definition))
        plan = Plan(event, found.table, found.columns, found.hidden)
        plan.lenient = self._on_failure != "fail"
        return plan

    def _unknown(self, event: events.TableMap) -> None:
        mode = self._on_unknown
        where = f"table {event.database}.{event.table}, {event.file}:{event.start}"
        if mode == "fail":
            raise SourceRefused(errors.UNKNOWN_TABLE, where)
        self.left_out += 1
        if where.partition(",")[0] not in self._warned:
            self._warned.add(where.partition(",")[0])
            level = logging.WARNING if mode == "warn" else logging.DEBUG
            log.log(level, "rows of %s are left out: its structure is not known", where)

    def _rows(self, event: events.Rows) -> None:
        self._seen(event)
        first = 0
        if self._resumed is not None:
            first = self._rows_done(self._resumed)
        self._events += 1
        self._logged += 1
        if first < 0:
            return
        plan = event.table.plan
        if plan is None or self._unwanted:
            return
        block = self._block(event, event.table.database, event.table.table)
        tx = self._tx if self._announced else ""
        try:
            self.reader.read(event, plan, block, first, tx, self.changes)
        except DecodeError as error:
            if error.code != INCOMPLETE or self._on_failure == "fail":
                raise
            self.left_out += 1
            log.warning("rows are left out: %s", error.detail)
        self.last_us = self._micros()

    def _rows_done(self, resumed: BinlogPosition) -> int:
        """How many rows of the present event were done before the restart, -1: all. Forgets the restart at its end."""
        if resumed.events:
            if self._events + 1 >= resumed.events:
                self._resumed = None
            return -1
        if self._logged < resumed.logged:
            return -1
        self._resumed = None
        if self._logged > resumed.logged:
            return 0
        return resumed.row or -1

    def _micros(self) -> int:
        """Time of the present event: of the original commit, where it is known; else the event's second."""
        return self._commit_us or self._seconds * 1_000_000

    def _millis(self) -> int:
        return self._micros() // 1000

    def _block(self, event: events.Event, database: str, table: str | None) -> Row:
        """The source block of an event."""
        micros = self._micros()
        block = self._template.copy()
        block[info.TS_MS] = micros // 1000
        block[info.DATABASE] = database
        block[info.TS_US] = micros
        block[info.TS_NS] = micros * 1000
        block[info.TABLE] = table
        block[info.SERVER_ID] = event.server_id
        block[info.GTID] = self._gtid or None
        block[info.FILE] = event.file
        block[info.POS] = event.start if event.placed or not self.in_transaction else self._start[0]
        block[info.THREAD] = self._session
        block[info.QUERY] = self._sql
        return block

    # Statements

    def _query(self, event: events.Query) -> None:
        sql = event.sql
        word = sql.strip().upper() if len(sql) < 12 else ""
        if word == "BEGIN":
            self._begin(event, event.thread)
            return
        self._seen(event)
        if word == "COMMIT" or word == "ROLLBACK":
            if word == "ROLLBACK" and self._events:
                self.rolled_back += 1
                log.warning("transaction %s was rolled back after rows of it were logged", self._tx)
            self._commit(event)
            return
        self._logged += 1
        begin = sql[:12].upper()
        if begin.startswith(("SAVEPOINT ", "ROLLBACK TO ")):
            return
        if begin.startswith("XA "):
            self._xa(event)
            return
        self._statement(event)

    def _xa(self, event: events.Query) -> None:
        """XA START begins a transaction, whose rows end with XA_PREPARE; XA COMMIT and ROLLBACK come by themselves.

        Only MySQL logs XA START. As in Debezium such a transaction has no boundaries, and its rows no thread.
        """
        verb = event.sql.split(None, 2)[1].upper()
        if verb in ("START", "BEGIN"):
            self._begin(event, None, announced=False)
        elif verb in ("COMMIT", "ROLLBACK"):
            if verb == "ROLLBACK":
                log.warning("a prepared XA transaction was rolled back after its changes were sent: %s", event.sql)
            self._done(event)

    def _statement(self, event: events.Query) -> None:
        """DDL, or DML of the statement format."""
        try:
            applied = self.schema.apply(
                event.database,
                event.sql,
                max(event.sql_mode, 0),
                server=self._charsets(event),
            )
        except DecodeError as error:
            where = f"{error.detail}, {event.file}:{event.start}, database {event.database}"
            if not self._skip_unparseable:
                raise DecodeError(error.code, where, error.remedy) from error
            self.left_out += 1
            log.warning("a statement is left out (schema.history.internal.skip.unparseable.ddl): %s", where)
            applied = []
        self.decoder.forget_tables()
        truncated: list[tuple[str, str]] = []
        for one in applied:
            if one.kind == DML:
                self._statement_rows(event, one)
            elif self._passed_over and event.timestamp <= self._passed_over:
                self._dropped_since(event)
            truncated += [(change.database, change.name) for change in one.changes if change.kind == "TRUNCATE"]
        position = self.after(event)
        changes_before = len(self.changes)
        if applied:
            self._on_statement(event, applied, position)
        if not self._skip_truncate:
            for database, name in truncated:
                self._truncate(event, database, name)
        if len(self.changes) > changes_before:
            self.last_us = self._micros()
        if not self.in_transaction:
            self._done(event)

    def _charsets(self, event: events.Query) -> Charsets | None:
        """What CREATE DATABASE without a character set takes: the session's collation_server."""
        if event.server_collation < 0:
            return None
        charset = charset_of(event.server_collation)
        return Charsets(charset, None) if charset else None

    def _statement_rows(self, event: events.Query, applied: Applied) -> None:
        """A statement that changed rows was logged as text: what it changed cannot be known."""
        text = " ".join(event.sql.split())[:200]
        where = f"{event.file}:{event.start}, database {event.database}: {text}"
        targets, why = self._changed(event, applied)
        if not why:
            self._passed_over = time.time()
            if targets not in self._warned:
                self._warned.add(targets)
                log.info(
                    "a statement that was logged as text changed %s, which is not captured; said once: %s",
                    targets,
                    where,
                )
            return
        where = f"{why}; {where}"
        if self._on_failure == "fail":
            raise SourceRefused(errors.STATEMENT_LOGGED, where)
        self.left_out += 1
        log.warning("a statement changed rows and is left out: %s", where)

    def _dropped_since(self, event: events.Query) -> None:
        """Name a trigger or routine that the server no longer knew when a statement was passed over."""
        text = " ".join(event.sql.split())[:100]
        if text.upper().startswith(_HUNG) and "_HUNG" not in self._warned:
            self._warned.add("_HUNG")
            log.warning(
                "dropped after a statement was logged as text and before it was read: if it wrote to captured tables,"
                " their changes are lacking; said once: %s:%d, database %s: %s",
                event.file,
                event.start,
                event.database,
                text,
            )

    def _changed(self, event: events.Query, applied: Applied) -> tuple[str, str]:
        """The tables that a statement names as changed, and why a captured one may be among what it changed."""
        schema = self.schema
        dialect = Dialect(schema.flavor, schema.version, max(event.sql_mode, 0))
        try:
            found = written(applied.sql, event.database, dialect)
        except DecodeError as error:
            return "", f"what it changes cannot be told ({error.detail})"
        listed = ", ".join(sorted(f"{database}.{table}" for database, table in found.targets)) or "nothing by itself"
        own = [target for target in found.targets if schema.key(*target) not in schema.temporary]
        for database, table in found.targets:
            known = schema.get(database, table) is not None
            if self._tables.includes(database, table) and ((database, table) in own or known):
                return listed, f"it changes {database}.{table}"
        if self._reached is None:
            return listed, "what it changes besides cannot be told"
        captured = [key for key in schema.names() if self._tables.includes(*key)]
        return listed, self._reached(Written(frozenset(own), found.words), captured)

    def _truncate(self, event: events.Query, database: str, name: str) -> None:
        definition = self.schema.get(database, name)
        if definition is None or not self._tables.includes(database, name):
            return
        table = self._planner.plan(definition).table
        self.changes.append(Change(table, TRUNCATE, None, None, self.statement_block(event, database, [name])))

    def statement_block(self, event: events.Query, database: str, tables: list[str] | None) -> Row:
        """The source block of a statement that concerns these tables; its time is in milliseconds, as in Debezium."""
        block = self._block(event, database, None if tables is None else ",".join(tables))
        millis = self._millis()
        block[info.TS_US] = millis * 1000
        block[info.TS_NS] = millis * 1_000_000
        return block

    def plan(self, definition: TableDefinition) -> TablePlan:
        """How a table version is read, in snapshots too."""
        return self._planner.plan(definition)

    # Where it stands

    def after(self, event: events.Query) -> BinlogPosition:
        """The position once a statement is done: its end, or within a transaction that transaction's."""
        position = self._position()
        if not self.in_transaction:
            gtid = self._gtid_event
            position.file, position.pos = event.file, event.end
            if gtid is not None and gtid.text and self._executed is not None:
                executed = self._executed.copy()
                if isinstance(executed, GtidSet):
                    executed.add(gtid.source, gtid.number)
                else:
                    executed.add(gtid.text)
                position.gtids = str(executed)
        return position

    @property
    def place(self) -> int:
        """Offset in the present file of what was taken last, or of the open transaction's begin."""
        return self._pos

    def position(self) -> BinlogPosition | None:
        """Where to resume after what was taken so far, None when that has not moved since the last time."""
        if self.in_transaction:
            if not self._events or self._resumed is not None:
                return None
        elif not self._moved:
            return None
        self._moved = False
        return self._position()

    def _position(self) -> BinlogPosition:
        if not self._gtids and self._executed is not None:
            self._gtids = str(self._executed)
        inside = self.in_transaction
        return BinlogPosition(
            file=self._file,
            pos=self._start[0] if inside else self._pos,
            gtids=self._gtids,
            events=self._events if inside else 0,
            logged=self._logged if inside else 0,
            server_id=self._server_id,
            ts_sec=self._seconds,
            server=self._server,
        )


def wanted_sources(includes: list[str], excludes: list[str]) -> Callable[[str], bool] | None:
    """Whether a source counts, None: all do."""
    if includes:
        return Names(includes).match
    if excludes:
        names = Names(excludes)
        return lambda source: not names.match(source)
    return None
