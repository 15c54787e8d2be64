"""pgoutput messages to Changes: sans-I/O, hot, compiles (mypyc). Knows no connection and no catalog.

`Decoder.feed` takes the payload of one XLogData and appends Changes to `Decoder.changes`, a list that the shell gives.
A row costs one loop over ready loaders; everything about a table is in its Plan, made when its Relation message comes.

Every offset is checked; bytes that make no sense raise DecodeError and nothing else.
Source: PostgreSQL manual, "Logical Replication Message Formats", protocol version 1.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from librt.strings import read_i16_be, read_i32_be, read_i64_be
from mypy_extensions import i64

from cdc.digits import float_number, whole_number
from cdc.errors import STOP, DecodeError, PositionLost, define, shown
from cdc.model import BEGIN, CREATE, DELETE, END, MESSAGE, TRUNCATE, UPDATE, Change, Row, Table
from connectors.postgresql.errors import OTHER_HISTORY
from connectors.postgresql.lsn import lsn_text
from connectors.postgresql.messages import Messages
from connectors.postgresql.plan import BOOLEAN, CALL, FLOAT, INTEGER, STRING, Plan
from connectors.postgresql.relation import Relation, RelationColumn
from connectors.postgresql.repeats import Repeats
from connectors.postgresql.values import Newer

MALFORMED: Final = define(
    "HW-PGO-001",
    STOP,
    "A message of the replication stream cannot be understood",
    "Nothing was skipped: the stored offset lies before it. Report it with the bytes shown here; a proxy between the"
    " connector and PostgreSQL that changes the stream is the other possible cause",
)
NOT_REQUESTED: Final = define(
    "HW-PGO-002",
    STOP,
    "The server sent a message that was not asked for",
    "Remove proto_version, streaming, two_phase and binary from slot.stream.params",
)
UNCONVERTIBLE: Final = define(
    "HW-PGO-003",
    STOP,
    "A value cannot be converted",
    "Correct the row, choose a handling mode that can hold the value, or set"
    " event.converting.failure.handling.mode=warn to leave the field null",
)

EPOCH_US: Final = 946_684_800_000_000  # 2000-01-01, PostgreSQL's epoch, in microseconds since 1970-01-01

_BEGIN: Final = 0x42
_COMMIT: Final = 0x43
_ORIGIN: Final = 0x4F
_RELATION: Final = 0x52
_TYPE: Final = 0x59
_INSERT: Final = 0x49
_UPDATE: Final = 0x55
_DELETE: Final = 0x44
_TRUNCATE: Final = 0x54
_MESSAGE: Final = 0x4D
_NOT_REQUESTED: Final = b"SEcAbPKrp"  # streams of open transactions, two-phase commit

_NEW: Final = 0x4E  # N
_KEY: Final = 0x4B  # K
_OLD: Final = 0x4F  # O
_NULL: Final = 0x6E  # n
_UNCHANGED: Final = 0x75  # u
_TEXT: Final = 0x74  # t
_BINARY: Final = 0x62  # b

# Indexes in the source block, see source_info.py.
_TS_MS: Final = 3
_SEQUENCE: Final = 6
_TS_US: Final = 7
_TS_NS: Final = 8
_SCHEMA: Final = 9
_TABLE: Final = 10
_TX_ID: Final = 11
_LSN: Final = 12
_XMIN: Final = 13
_ORIGIN_NAME: Final = 14
_ORIGIN_LSN: Final = 15


class Decoder:
    """The state of one replication stream.

    Args:
        plans: gives the Plan of a relation, None when it is not captured. May ask the catalog.
        source: source block of a change outside of a transaction, everything known in advance filled in.
        skipped: operations that are not emitted (skipped.operations).
        unchanged: leave out updates that change no captured column (skip.messages.without.change).
        transactions: the pseudo-table of transaction boundaries, None: no transaction metadata.
        messages: None: logical messages are counted, not emitted.

    After each message these tell where the stream is: `in_transaction`; `events`, the number of row messages (insert,
    update, delete, truncate, logical message) of the open transaction so far, of all tables, wanted or not, equal
    each time the server sends the transaction; `last_lsn`, LSN of the last of them; `last_commit_lsn`, end of the last
    commit; `tx_id`, None after a logical message outside of a transaction; `ts_us`, commit time in microseconds;
    `message_type`, INSERT ... COMMIT. `commits`, `filtered`, `unchanged` and `skipped` only count up.
    """

    def __init__(
        self,
        plans: Callable[[Relation], Plan | None],
        source: Row,
        *,
        skipped: list[str] | None = None,
        unchanged: bool = False,
        transactions: Table | None = None,
        messages: Messages | None = None,
    ) -> None:
        self.changes: list[Change] = []
        self.transactions = transactions
        self.messages = messages
        self.xmin: int | None = None
        self.clock: Callable[[], int] = time.time_ns

        self.in_transaction = False
        self.events = 0
        self.last_lsn = 0
        self.last_commit_lsn = 0
        self.commit_lsn = 0  # of that commit itself; its transaction and its time
        self.commit_tx = 0
        self.commit_us = 0
        self.tx_id: int | None = None
        self.ts_us = 0
        self.message_type = ""
        self.commits = 0
        self.filtered = 0  # row messages of tables that are not captured
        self.unchanged = 0  # updates without a change
        self.skipped = 0  # row messages of skipped.operations

        self._lookup = plans
        self._plans: dict[int, Plan | None] = {}  # by OID, read as a signed number
        self._relations: dict[int, Relation] = {}  # likewise
        self._template = source
        self._block = source.copy()
        self._sequence = "[null,"
        self._tx = ""
        skip = skipped or []
        self._skip_insert = CREATE in skip
        self._skip_update = UPDATE in skip
        self._skip_delete = DELETE in skip
        self._skip_truncate = TRUNCATE in skip
        self._skip_unchanged = unchanged
        self._pos = 0  # where the tuple that was read last ends
        self._special = True  # ask _due about each row message: outside of a transaction, or some are done
        self._repeats = Repeats()

    def resume(
        self,
        *,
        lsn_commit: int,
        lsn_proc: int,
        events: int | None,
        tx_id: int | None,
        message_type: str | None = None,
        events_at_lsn: int = 1,
    ) -> None:
        """Begin a new stream after a position; forgets all relations, which the server announces anew.

        The server sends whole transactions again. Those whose commit ended at or before the position are left out;
        in the one that is partly done the row messages that are done.

        Args:
            lsn_commit: end of the last commit that is done, 0 unknown.
            lsn_proc: LSN of the last event that is done, or, between transactions, up to where all is done.
            events: row messages of transaction `tx_id` that are done; 0: none is partly done. None: an offset that
                Debezium wrote. Then, unless `message_type` is BEGIN or COMMIT, those of transaction `tx_id` with an
                LSN below `lsn_proc` are done, and `events_at_lsn` (its `lsn_events_processed`) of those at it. Rows of
                one COPY share their LSN: repeating some is allowed, losing one is not.
            tx_id: the transaction of the last event, None unknown.
            message_type: what the event at `lsn_proc` was. MESSAGE says that the logical message at `lsn_proc` is done.
        """
        self._plans = {}
        self.in_transaction = False
        self._special = True
        self.events = 0
        self.last_lsn = lsn_proc
        self.last_commit_lsn = lsn_commit
        self.tx_id = tx_id
        last = lsn_proc if message_type == "MESSAGE" and events == 0 else lsn_commit
        self._sequence = f'["{last}",' if last else "[null,"
        self._repeats.resume(lsn_commit, lsn_proc, events, tx_id, message_type, events_at_lsn)
        self.commit_lsn = 0

    def expect(self, lsn: int, tx_id: int, ts_us: int, awaited: bool) -> None:
        """After `resume`: the newest commit before the position. `awaited`: the server sends it again.

        A transaction that cannot be in the log of that commit raises PositionLost.
        """
        self.commit_lsn = lsn
        self.commit_tx = tx_id
        self.commit_us = ts_us
        self._repeats.expect(lsn, tx_id, ts_us, awaited)

    @property
    def repeating(self) -> bool:
        """Whether the open transaction is still at what was done before the restart."""
        return self._repeats.repeating()

    @property
    def repeated(self) -> int:
        """Row messages and messages that were done before the restart."""
        return self._repeats.left_out

    def feed(self, data: bytes, lsn: int) -> None:
        """Decode the payload of one XLogData that starts at `lsn`. Raises DecodeError."""
        if not data:
            raise self._malformed("an empty message", data, lsn)
        kind = data[0]
        if kind == _INSERT:
            self._insert(data, lsn)
        elif kind == _UPDATE:
            self._update(data, lsn)
        elif kind == _DELETE:
            self._delete(data, lsn)
        elif kind == _BEGIN:
            self._begin(data, lsn)
        elif kind == _COMMIT:
            self._commit(data, lsn)
        elif kind == _RELATION:
            self._relation(data, lsn)
        elif kind == _TRUNCATE:
            self._truncate(data, lsn)
        elif kind == _MESSAGE:
            self._message(data, lsn)
        elif kind == _ORIGIN:
            self._origin(data, lsn)
        elif kind == _TYPE:
            self._type(data, lsn)
        elif kind in _NOT_REQUESTED:
            raise DecodeError(NOT_REQUESTED, f"message {chr(kind)!r} at {lsn_text(lsn)}: {shown(data)}")
        else:
            raise self._malformed(f"a message of unknown kind 0x{kind:02x}", data, lsn)

    # Rows

    def _insert(self, data: bytes, lsn: int) -> None:
        if len(data) < 8 or data[5] != _NEW:
            raise self._malformed("an insert without a row", data, lsn)
        plan = self._opened(data, lsn, "INSERT", self._skip_insert)
        while plan is not None:
            try:
                self._inserted(plan, data, lsn)
                return
            except Newer as newer:
                plan = self._renewed(newer, plan, data, lsn)

    def _inserted(self, plan: Plan, data: bytes, lsn: int) -> None:
        after = self._row(plan, data, 6, None, lsn, False)
        if self._pos != len(data):
            raise self._malformed("bytes after the row", data, lsn, plan)
        self.changes.append(Change(plan.table, CREATE, None, after, self._source(plan, lsn), self._tx_at(lsn)))

    def _update(self, data: bytes, lsn: int) -> None:
        if len(data) < 8:
            raise self._malformed("an update without a row", data, lsn)
        plan = self._opened(data, lsn, "UPDATE", self._skip_update)
        while plan is not None:
            try:
                self._updated(plan, data, lsn)
                return
            except Newer as newer:
                plan = self._renewed(newer, plan, data, lsn)

    def _updated(self, plan: Plan, data: bytes, lsn: int) -> None:
        before: Row | None = None
        whole: Row | None = None  # the old row, when all of it is there
        pos = 5
        kind = data[5]
        if kind in (_KEY, _OLD):
            before = self._row(plan, data, 6, None, lsn, kind == _KEY)
            pos = self._pos
            if kind == _OLD:
                whole = before
        if pos >= len(data) or data[pos] != _NEW:
            raise self._malformed("an update without a new row", data, lsn, plan)
        after = self._row(plan, data, pos + 1, whole, lsn, False)
        if self._pos != len(data):
            raise self._malformed("bytes after the row", data, lsn, plan)
        if self._skip_unchanged and before == after:
            self.unchanged += 1
            return
        self.changes.append(Change(plan.table, UPDATE, before, after, self._source(plan, lsn), self._tx_at(lsn)))

    def _delete(self, data: bytes, lsn: int) -> None:
        if len(data) < 8 or (data[5] != _KEY and data[5] != _OLD):
            raise self._malformed("a delete without an old row", data, lsn)
        plan = self._opened(data, lsn, "DELETE", self._skip_delete)
        while plan is not None:
            try:
                self._deleted(plan, data, lsn)
                return
            except Newer as newer:
                plan = self._renewed(newer, plan, data, lsn)

    def _deleted(self, plan: Plan, data: bytes, lsn: int) -> None:
        before = self._row(plan, data, 6, None, lsn, data[5] == _KEY)
        if self._pos != len(data):
            raise self._malformed("bytes after the row", data, lsn, plan)
        self.changes.append(Change(plan.table, DELETE, before, None, self._source(plan, lsn), self._tx_at(lsn)))

    def _renewed(self, newer: Newer, plan: Plan, data: bytes, lsn: int) -> Plan:
        """The Plan made anew, because a row does not fit what the catalog said of its table. Raises what plans raise.

        A NULL in a column that the catalog calls NOT NULL is from before that; an unknown label of an enum from after.
        """
        oid: int = read_i32_be(data, 1)
        relation = self._relations[oid]
        name = plan.logged(newer.index)
        labels = relation.labels.setdefault(name, [])
        if newer.label in labels or (not newer.label and name in relation.nullable):
            raise self._malformed("a row that no plan fits", data, lsn, plan, newer.index)
        if newer.label:
            labels.append(newer.label)
        else:
            relation.nullable.add(name)
        made = self._lookup(relation)
        if made is None or made.width != plan.width:
            raise self._malformed("a row without a plan", data, lsn, plan, newer.index)
        self._plans[oid] = made
        return made

    def _opened(self, data: bytes, lsn: int, kind: str, skip: bool) -> Plan | None:
        """The Plan of a row message, which is counted; None: it is left out. Raises DecodeError."""
        if not self._counted(lsn, kind):
            return None
        oid: int = read_i32_be(data, 1)
        plan = self._plans.get(oid)
        if plan is None:
            if oid not in self._plans:
                raise self._malformed(f"a row of relation {oid & 0xFFFFFFFF}, which was not announced", data, lsn)
            self.filtered += 1
            return None
        if skip:
            self.skipped += 1
            return None
        return plan

    def _counted(self, lsn: int, kind: str) -> bool:
        """Count a message of the open transaction; whether it is to be decoded. Raises DecodeError."""
        self.events += 1
        self.last_lsn = lsn
        self.message_type = kind
        return not self._special or self._due(lsn)

    def _row(self, plan: Plan, data: bytes, pos: i64, old: Row | None, lsn: int, partial: bool) -> Row:
        """The row at `pos`; `old` gives values that did not change and are not in the log. Sets `_pos` to its end.

        `partial`: of all columns but those of the key there is NULL in place of the value. Raises Newer.
        Whatever is not as it should be is left to `_carefully`, which finds out what it is.
        """
        start: i64 = pos
        size: i64 = len(data)
        row: Row = []
        try:
            if read_i16_be(data, pos) == plan.width:
                pos += 2
                for loader, code in zip(plan.loaders, plan.codes):  # noqa: B905 - compiles to a plain loop
                    kind = data[pos]
                    if kind == _TEXT:
                        first: i64 = pos + 5
                        length: i64 = i64(read_i32_be(data, pos + 1))
                        pos = first + length
                        if length < 0 or pos > size:
                            break
                        if code == CALL and loader is not None:
                            row.append(loader(data[first:pos]))
                        elif code == STRING:
                            row.append(data[first:pos].decode("utf-8"))
                        elif code == INTEGER:
                            row.append(whole_number(data, first, pos))
                        elif code == FLOAT:
                            row.append(float_number(data, first, pos))
                        elif code == BOOLEAN and length == 1 and data[first] == 0x74:
                            row.append(True)
                        elif code == BOOLEAN and length == 1 and data[first] == 0x66:
                            row.append(False)
                        elif loader is not None:
                            row.append(loader(data[first:pos]))
                    elif kind == _NULL:
                        pos += 1
                        if loader is not None:
                            if not partial and plan.required[len(row)]:
                                raise Newer("")
                            row.append(plan.nulls[len(row)])
                    elif kind == _UNCHANGED:
                        pos += 1
                        if loader is not None:
                            index = len(row)
                            row.append(plan.placeholders[index] if old is None else old[index])
                    else:
                        break
                else:
                    self._pos = pos
                    if plan.hidden:
                        self._add_hidden(plan, data, start, old, row, partial)
                    return row
        except Newer as newer:
            newer.index = len(row)
            raise
        except (ValueError, ArithmeticError, LookupError):
            pass
        return self._carefully(plan, data, start, old, lsn, partial)

    def _carefully(self, plan: Plan, data: bytes, pos: int, old: Row | None, lsn: int, partial: bool) -> Row:
        """As `_row`, for a row that is malformed or has a value that cannot be converted. Raises DecodeError."""
        start = pos
        size = len(data)
        if pos + 2 > size:
            raise self._malformed("a row that is cut off", data, lsn, plan)
        count: int = read_i16_be(data, pos)
        if count != plan.width:
            raise self._malformed(f"a row of {count} columns, {plan.width} were announced", data, lsn, plan)
        pos += 2
        row: Row = []
        try:
            for loader in plan.guarded:
                index = len(row)
                if pos >= size:
                    raise self._malformed("a row that is cut off", data, lsn, plan)
                kind = data[pos]
                pos += 1
                if kind == _TEXT:
                    if pos + 4 > size:
                        raise self._malformed("a value that is cut off", data, lsn, plan, index)
                    length: int = read_i32_be(data, pos)
                    pos += 4
                    if length < 0 or pos + length > size:
                        raise self._malformed(f"a value of {length} bytes", data, lsn, plan, index)
                    if loader is not None:
                        row.append(loader(data[pos : pos + length]))
                    pos += length
                elif kind == _NULL:
                    if loader is not None:
                        if not partial and plan.required[index]:
                            raise Newer("")
                        row.append(plan.nulls[index])
                elif kind == _UNCHANGED:
                    if loader is not None:
                        row.append(plan.placeholders[index] if old is None else old[index])
                elif kind == _BINARY:
                    raise DecodeError(NOT_REQUESTED, f"a binary value {self._where(data, lsn, plan, index)}")
                else:
                    raise self._malformed(f"a value of kind 0x{kind:02x}", data, lsn, plan, index)
            self._pos = pos
            if plan.hidden:
                self._add_hidden(plan, data, start, old, row, partial)
            return row
        except Newer as newer:
            newer.index = len(row)
            raise
        except (ValueError, ArithmeticError, LookupError) as error:
            where = f"table {plan.table.id} at {lsn_text(lsn)}, transaction {self.tx_id}"
            raise DecodeError(UNCONVERTIBLE, f"{where}: {error}") from error

    def _add_hidden(self, plan: Plan, data: bytes, pos: int, old: Row | None, row: Row, partial: bool) -> None:
        """Append the values that only the key needs. The row at `pos` has been read once, so its bounds are good."""
        cells: list[bytes | None] = []
        kinds: list[int] = []
        pos += 2
        for _ in range(plan.width):
            kind = data[pos]
            kinds.append(kind)
            if kind == _TEXT:
                length: int = read_i32_be(data, pos + 1)
                cells.append(data[pos + 5 : pos + 5 + length])
                pos += 5 + length
            else:
                cells.append(None)
                pos += 1
        for hidden in plan.hidden:
            cell = cells[hidden.column]
            if cell is not None:
                row.append(hidden.loader(cell))
            elif kinds[hidden.column] == _UNCHANGED:
                row.append(hidden.placeholder if old is None else old[len(row)])
            elif hidden.required and not partial:
                raise Newer("")
            else:
                row.append(hidden.null)

    def _tx_at(self, lsn: int) -> str:
        """Debezium's transaction id of an event: it names the event's own place, so it differs inside a transaction."""
        return f"{self.tx_id}:{lsn}" if self._tx else ""

    def _source(self, plan: Plan, lsn: int) -> Row:
        block = self._block.copy()
        block[_SEQUENCE] = f'{self._sequence}"{lsn}"]'
        block[_SCHEMA] = plan.schema
        block[_TABLE] = plan.name
        block[_LSN] = lsn
        return block

    # Resuming

    def _due(self, lsn: int) -> bool:
        """Whether a row message is to be decoded; False: it was done before the restart. Raises DecodeError."""
        if not self.in_transaction:
            raise DecodeError(MALFORMED, f"{self.message_type} outside of a transaction at {lsn_text(lsn)}")
        if self._repeats.row(lsn):
            return False
        self._special = self._repeats.repeating()
        return True

    # Transactions

    def _begin(self, data: bytes, lsn: int) -> None:
        if len(data) != 21:
            raise self._malformed(f"a BEGIN of {len(data)} bytes", data, lsn)
        if self.in_transaction:
            raise self._malformed("a BEGIN inside a transaction", data, lsn)
        final: int = read_i64_be(data, 1)
        ts_us: int = read_i64_be(data, 9)
        ts_us += EPOCH_US
        tx_id: int = read_i32_be(data, 17)
        if tx_id < 0:
            tx_id += 0x100000000
        self.in_transaction = True
        self.events = 0
        self.tx_id = tx_id
        self.ts_us = ts_us
        self.message_type = "BEGIN"
        if self._repeats.contradicts(tx_id, final, ts_us):
            raise PositionLost(
                OTHER_HISTORY,
                f"transaction {tx_id} committed at {lsn_text(final)}; in the log of the stored offset"
                f" {lsn_text(self._repeats.done_lsn)} the last before it is transaction {self.commit_tx} at"
                f" {lsn_text(self.commit_lsn)}",
            )
        again = self._repeats.begin(tx_id, final)
        self._special = self._repeats.repeating()
        block = self._template.copy()
        block[_TS_MS] = ts_us // 1000
        block[_TS_US] = ts_us
        block[_TS_NS] = ts_us * 1000
        block[_TX_ID] = tx_id
        block[_XMIN] = self.xmin
        self._block = block
        transactions = self.transactions
        if transactions is not None:
            self._tx = f"{tx_id}:{lsn}"
            if not again:
                self.changes.append(Change(transactions, BEGIN, None, None, None, self._tx, ts_us // 1000))

    def _commit(self, data: bytes, lsn: int) -> None:
        if len(data) != 26:
            raise self._malformed(f"a COMMIT of {len(data)} bytes", data, lsn)
        if not self.in_transaction:
            raise self._malformed("a COMMIT outside of a transaction", data, lsn)
        end: int = read_i64_be(data, 10)
        self.in_transaction = False
        self._special = True
        self.events = 0
        self.message_type = "COMMIT"
        if self._repeats.whole:
            self._repeats.whole = False
            self._tx = ""
            return
        self.last_commit_lsn = end
        self.commit_lsn = read_i64_be(data, 2)
        self.commit_tx = 0 if self.tx_id is None else self.tx_id
        self.commit_us = self.ts_us
        self._sequence = f'["{end}",'
        self.commits += 1
        transactions = self.transactions
        if transactions is not None:
            self.changes.append(Change(transactions, END, None, None, None, f"{self.tx_id}:{lsn}", self.ts_us // 1000))
        self._tx = ""

    def _origin(self, data: bytes, lsn: int) -> None:
        if len(data) < 10:
            raise self._malformed("an Origin that is cut off", data, lsn)
        origin_lsn: int = read_i64_be(data, 1)
        self._block[_ORIGIN_NAME] = self._text(data, 9, lsn)
        self._block[_ORIGIN_LSN] = origin_lsn

    # Tables

    def _relation(self, data: bytes, lsn: int) -> None:
        if len(data) < 10:
            raise self._malformed("a Relation that is cut off", data, lsn)
        oid: int = read_i32_be(data, 1)
        schema = self._text(data, 5, lsn) or "pg_catalog"
        name = self._text(data, self._pos, lsn)
        pos = self._pos
        if pos + 3 > len(data):
            raise self._malformed("a Relation that is cut off", data, lsn)
        identity = chr(data[pos])
        count: int = read_i16_be(data, pos + 1)
        pos += 3
        columns: list[RelationColumn] = []
        for _ in range(count):
            if pos >= len(data):
                raise self._malformed("a Relation that is cut off", data, lsn)
            flags = data[pos]
            column = self._text(data, pos + 1, lsn)
            pos = self._pos
            if pos + 8 > len(data):
                raise self._malformed("a Relation that is cut off", data, lsn)
            type_oid: int = read_i32_be(data, pos)
            if type_oid < 0:
                type_oid += 0x100000000
            typmod: int = read_i32_be(data, pos + 4)
            pos += 8
            columns.append(RelationColumn(column, type_oid, typmod, flags & 1 == 1))
        if pos != len(data) or count < 0:
            raise self._malformed("a Relation of the wrong length", data, lsn)
        tx_id = self.tx_id if self.in_transaction else None
        relation = Relation(oid & 0xFFFFFFFF, schema, name, identity, columns, tx_id)
        plan = self._lookup(relation)
        if plan is not None and plan.width != count:
            raise self._malformed(f"a plan of {plan.width} columns for {count}", data, lsn, plan)
        self._plans[oid] = plan
        self._relations[oid] = relation

    def _type(self, data: bytes, lsn: int) -> None:
        """Names of types are in the catalog; only the form is checked."""
        if len(data) < 7:
            raise self._malformed("a Type that is cut off", data, lsn)
        self._text(data, 5, lsn)
        self._text(data, self._pos, lsn)
        if self._pos != len(data):
            raise self._malformed("a Type of the wrong length", data, lsn)

    def _truncate(self, data: bytes, lsn: int) -> None:
        if len(data) < 6:
            raise self._malformed("a TRUNCATE that is cut off", data, lsn)
        count: int = read_i32_be(data, 1)
        if count < 0 or len(data) != 6 + 4 * count:
            raise self._malformed(f"a TRUNCATE of {count} tables", data, lsn)
        if not self._counted(lsn, "TRUNCATE"):
            return
        pos = 6
        for _ in range(count):
            oid: int = read_i32_be(data, pos)
            pos += 4
            if oid not in self._plans:
                raise self._malformed(f"a TRUNCATE of relation {oid & 0xFFFFFFFF}, which was not announced", data, lsn)
            plan = self._plans[oid]
            if plan is None:
                self.filtered += 1
            elif self._skip_truncate:
                self.skipped += 1
            else:
                self.changes.append(Change(plan.table, TRUNCATE, None, None, self._source(plan, lsn), self._tx_at(lsn)))

    # Logical messages

    def _message(self, data: bytes, lsn: int) -> None:
        if len(data) < 15:
            raise self._malformed("a logical message that is cut off", data, lsn)
        transactional = data[1] & 1 == 1
        prefix = self._text(data, 10, lsn)
        pos = self._pos
        if pos + 4 > len(data):
            raise self._malformed("a logical message that is cut off", data, lsn)
        length: int = read_i32_be(data, pos)
        pos += 4
        if length < 0 or pos + length != len(data):
            raise self._malformed(f"a logical message of {length} bytes", data, lsn)
        if transactional != self.in_transaction:
            raise self._malformed("a logical message in the wrong place", data, lsn)
        if transactional:
            if not self._counted(lsn, "MESSAGE"):
                return
        else:
            if self._repeats.message(lsn):
                return
            self.last_lsn = lsn
            self.message_type = "MESSAGE"
            self.tx_id = None
            self._sequence = f'["{lsn}",'  # no COMMIT follows: it is one
        messages = self.messages
        if messages is None or not messages.wanted(prefix):
            self.filtered += 1
            return
        now = self.clock()
        if transactional:
            block = self._block.copy()
        else:
            # Deviation: the time of reading; Debezium has that of whatever was committed before, however long ago.
            block = self._template.copy()
            block[_TS_MS] = now // 1_000_000
            block[_TS_US] = now // 1000
            block[_TS_NS] = now // 1000 * 1000
            block[_XMIN] = self.xmin
            self.ts_us = now // 1000
        block[_SEQUENCE] = f'{self._sequence}"{lsn}"]'
        block[_SCHEMA] = ""
        block[_TABLE] = ""
        block[_LSN] = lsn
        body: Row = [prefix, messages.content(data[pos:])]
        value: Row = [MESSAGE, now // 1_000_000, block, None, body]
        tx = self._tx_at(lsn) if transactional else ""
        self.changes.append(Change(messages.table, MESSAGE, [prefix], value, block, tx))

    # Bytes

    def _text(self, data: bytes, pos: int, lsn: int) -> str:
        """A text that ends in a zero byte; sets `_pos` behind it."""
        end = data.find(b"\0", pos)
        if end < 0:
            raise self._malformed("a name that does not end", data, lsn)
        self._pos = end + 1
        return data[pos:end].decode("utf-8", "replace")

    def _where(self, data: bytes, lsn: int, plan: Plan | None, index: int = -1) -> str:
        where = f" in transaction {self.tx_id}" if self.in_transaction else ""
        if plan is not None:
            where += f", table {plan.table.id}"
            if 0 <= index < len(plan.table.columns):
                where += f", column {plan.table.columns[index].name}"
        return f"at {lsn_text(lsn)}{where}: {shown(data)}"

    def _malformed(self, what: str, data: bytes, lsn: int, plan: Plan | None = None, index: int = -1) -> DecodeError:
        return DecodeError(MALFORMED, f"{what} {self._where(data, lsn, plan, index)}")
