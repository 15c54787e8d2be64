"""Bytes of the binary log to events: sans-I/O, compiles (mypyc). Knows no connection, no catalog, no configuration.

`Decoder.feed` takes one event as the server sends it to a replica (without the network packet's OK byte) and returns
it typed; rows stay bytes until `rows.Reader` decodes them. The decoder keeps what the log's meaning hangs on: the file,
the 64-bit position, whether events have checksums, the tables that were announced.

Every length is checked; bytes that make no sense raise DecodeError and nothing else. An event that is not known and not
marked ignorable is an error, never skipped.

Source: MySQL source documentation, "Binlog event"; MariaDB, "Replication protocol".
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from librt.strings import read_i16_le, read_i32_le

from cdc.errors import STOP, DecodeError, define, shown
from connectors.mysql import charsets, events, gtid, payload, table_map
from connectors.mysql.events import Event, TableMap
from connectors.mysql.octets import Octets

MALFORMED: Final = define(
    "HW-MY-101",
    STOP,
    "An event of the binary log cannot be understood",
    "Nothing was skipped: the stored offset lies before it. Compare with what mysqlbinlog says of this position; a"
    " damaged log file is one possible cause, a proxy between the connector and the server that changes the stream"
    " another",
)
UNKNOWN: Final = define(
    "HW-MY-102",
    STOP,
    "The binary log holds an event of a type that is not known",
    "The server is newer than this connector, or a plugin writes events of its own. Switch off the server's feature"
    " that writes it, or update Headwater; the stored offset lies before the event",
)
CHECKSUM: Final = define(
    "HW-MY-103",
    STOP,
    "The checksum of an event is wrong",
    "The event was damaged on the server's disk or on the way. Run mysqlbinlog --verify-binlog-checksum on the file; if"
    " the file is sound, look at the network between the connector and the server",
)
ENCRYPTED: Final = define(
    "HW-MY-104",
    STOP,
    "The binary log reaches the connector encrypted",
    "Connect to the MariaDB server itself, which decrypts its log for replicas; encrypted log files cannot be read",
)

HEADER: Final = 19
LONG: Final = 0xFFFFFE  # an event of so many bytes does not fit into one packet
_LOW: Final = 0xFFFFFFFF
_IN_USE: Final = 0x01  # flag of FORMAT_DESCRIPTION: the file is being written; no part of its checksum
_FORMAT_TAIL: Final = 5  # checksum algorithm and checksum, at the end of every FORMAT_DESCRIPTION
_DUMMY_TABLE: Final = 0x00FFFFFF  # a rows event without rows, which only ends a statement
_MICROSECONDS: Final = (1 << 55) - 1

_ROWS: Final = {
    events.WRITE_ROWS_V1: "c",
    events.UPDATE_ROWS_V1: "u",
    events.DELETE_ROWS_V1: "d",
    events.WRITE_ROWS: "c",
    events.UPDATE_ROWS: "u",
    events.DELETE_ROWS: "d",
    events.PARTIAL_UPDATE_ROWS: "u",
    events.WRITE_ROWS_COMPRESSED_V1: "c",
    events.UPDATE_ROWS_COMPRESSED_V1: "u",
    events.DELETE_ROWS_COMPRESSED_V1: "d",
    events.WRITE_ROWS_COMPRESSED: "c",
    events.UPDATE_ROWS_COMPRESSED: "u",
    events.DELETE_ROWS_COMPRESSED: "d",
}
_VERSION_1: Final = (
    events.WRITE_ROWS_V1,
    events.UPDATE_ROWS_V1,
    events.DELETE_ROWS_V1,
    events.WRITE_ROWS_COMPRESSED_V1,
    events.UPDATE_ROWS_COMPRESSED_V1,
    events.DELETE_ROWS_COMPRESSED_V1,
)
_COMPRESSED: Final = tuple(range(events.WRITE_ROWS_COMPRESSED_V1, events.DELETE_ROWS_COMPRESSED + 1))
_NAMED: Final = {
    events.STOP: "STOP",
    events.INTVAR: "INTVAR",
    events.SLAVE: "SLAVE",
    events.APPEND_BLOCK: "APPEND_BLOCK",
    events.DELETE_FILE: "DELETE_FILE",
    events.RAND: "RAND",
    events.USER_VAR: "USER_VAR",
    events.BEGIN_LOAD_QUERY: "BEGIN_LOAD_QUERY",
    events.IGNORABLE: "IGNORABLE",
    events.TRANSACTION_CONTEXT: "TRANSACTION_CONTEXT",
    events.VIEW_CHANGE: "VIEW_CHANGE",
    events.BINLOG_CHECKPOINT: "BINLOG_CHECKPOINT",
}

# MariaDB's flags of a GTID.
_STANDALONE: Final = 1
_GROUP_COMMIT: Final = 2
_DDL: Final = 32
_XA: Final = 64 | 128  # prepared, completed
_EXTRA_ENGINES: Final = 1
_EXTRA_ALTER: Final = 4 | 8
_EXTRA_THREAD: Final = 16


class Decoder:
    """The state of one binary log stream.

    Args:
        file: name of the log file that is read first, where the dump does not begin with a rotation.
        position: where in it.
        verify: check the events' checksums.

    `file` and `position` tell where the last event that is in the log ends; `server_version` and `mariadb` come from
    FORMAT_DESCRIPTION.
    """

    def __init__(self, file: str = "", position: int = 4, *, verify: bool = True) -> None:
        self.file = file
        self.position = position
        self.checksum = False
        self.server_version = ""
        self.mariadb = False
        self.encrypted = False
        self._described = False
        self._verify = verify
        self._tables: dict[int, TableMap] = {}
        self._maps: dict[int, bytes] = {}  # what each table was decoded from
        self._sources: dict[bytes, str] = {}  # UUIDs as text
        self._variables = b""  # status variables of the last statement that had others
        self._last_query: events.Query | None = None
        self._payload: events.Payload | None = None  # of which the next piece is awaited
        self._unpacker: payload.Unpacker | None = None
        self._sum = 0  # checksum of the pieces so far
        self._early = b""  # the last piece, whose checksum is not wholly there
        self._owed = 0  # bytes of the event that are still to come, its checksum included

    def forget_tables(self) -> None:
        """Forget the tables and so their plans: the next TABLE_MAP of each makes a new object."""
        self._tables.clear()
        self._maps.clear()

    def feed(self, data: bytes) -> Event:
        """Decode one event, or the next piece of a long payload. Raises DecodeError."""
        if self._owed > 0:
            return self._piece(data)
        size = len(data)
        if size < HEADER:
            raise DecodeError(MALFORMED, f"{size} bytes, which is less than a header, {self._where(data)}")
        kind = data[4]
        stated: int = read_i32_le(data, 9)
        if stated != size:
            if kind != events.TRANSACTION_PAYLOAD or stated < LONG or stated - size < 4:
                raise DecodeError(MALFORMED, f"an event of {size} bytes that says {stated & _LOW}, {self._where(data)}")
            end = self._begin_pieces(data, stated)
            size = stated
        else:
            end = self._end_of_body(data, kind, size)
        log_pos: int = read_i32_le(data, 13)
        log_pos &= _LOW
        flags: int = read_i16_le(data, 17)
        artificial = flags & events.FLAG_ARTIFICIAL != 0 or kind in _HEARTBEATS
        if log_pos == 0 and kind in _FIRST:  # repeated for a dump that begins in the middle of a file
            artificial = True
        if artificial:
            start = after = self.position
        else:
            after = self.position + size
            if log_pos and after & _LOW != log_pos:  # transactions were left out; MariaDB does not always tell it
                after = after - (after & _LOW) + log_pos + (0 if log_pos > after & _LOW else 1 << 32)
            start = after - size
        event = self._decoded(data, kind, end, flags & 0xFFFF, log_pos)
        event.artificial = artificial
        event.file = self.file
        event.start = start
        event.end = after
        event.placed = log_pos != 0
        if isinstance(event, events.Rotate):
            self.file = event.next_file
            self.position = event.position
            self.forget_tables()
        else:
            self.position = after
        return event

    def _begin_pieces(self, data: bytes, stated: int) -> int:
        """The first piece of a long payload; where what is there of its body ends."""
        self._sum = zlib.crc32(data)
        self._early = b""
        self._owed = stated - len(data)
        return len(data)

    def _piece(self, data: bytes) -> Event:
        """The next piece of a long payload. The checksum is looked at before the last one is handed out."""
        event = self._payload
        assert event is not None
        size = len(data)
        if size > self._owed:
            raise DecodeError(MALFORMED, f"a payload that is {size - self._owed} bytes too long, {self._place(event)}")
        self._owed -= size
        if self._early:
            data = self._early + data
            self._early = b""
        if self.checksum and 0 < self._owed < 4:  # the checksum is cut in two
            self._early = data
            event.content = b""
            return event
        event.content = data[: event.missing]
        self._sum = zlib.crc32(event.content, self._sum)
        tail = data[event.missing :]
        event.missing -= len(event.content)
        if not self._owed and self.checksum and self._verify and self._sum != int.from_bytes(tail, "little"):
            raise DecodeError(CHECKSUM, f"a transaction payload, {self._place(event)}")
        return event

    def unpack(self, event: events.Payload) -> Iterator[Event]:
        """The events of a payload, or of the present piece of it, one at a time; memory does not grow with it.

        Raises DecodeError.
        """
        unpacker = self._unpacker
        if unpacker is None:
            unpacker = self._unpacker = payload.Unpacker(event)
        try:
            for data in unpacker.events(event.content):
                yield self._inner(event, data)
            if self._owed == 0:
                self._unpacker = None
                unpacker.finish()
        except ValueError as error:
            self._unpacker = None
            raise DecodeError(MALFORMED, f"a transaction payload: {error}, {self._place(event)}") from error

    def _inner(self, outer: Event, data: bytes) -> Event:
        if len(data) < HEADER:
            raise ValueError("an event that is cut off")
        flags: int = read_i16_le(data, 17)
        event = self._decoded(data, data[4], len(data), flags & 0xFFFF, 0)
        event.file = outer.file
        event.start = outer.start
        event.end = outer.end
        return event

    def _end_of_body(self, data: bytes, kind: int, size: int) -> int:
        """Where the body ends and the checksum, if there is one, begins. Raises DecodeError when it is wrong."""
        if kind == events.FORMAT_DESCRIPTION:
            if size < HEADER + 57 + _FORMAT_TAIL:
                raise DecodeError(MALFORMED, f"a FORMAT_DESCRIPTION that is too short, {self._where(data)}")
            if data[size - _FORMAT_TAIL] == 1 and self._verify and not _sound(data, in_use=True):
                raise DecodeError(CHECKSUM, self._where(data))
            return size - 4
        if kind == events.ROTATE and not self._described:  # comes before the log says whether it has checksums
            return size - 4 if size >= HEADER + 12 and _sound(data, in_use=False) else size
        if not self.checksum:
            return size
        if size < HEADER + 4:
            raise DecodeError(MALFORMED, f"an event without room for its checksum, {self._where(data)}")
        if self._verify and not _sound(data, in_use=False):
            raise DecodeError(CHECKSUM, self._where(data))
        return size - 4

    def _decoded(self, data: bytes, kind: int, end: int, flags: int, log_pos: int) -> Event:
        try:
            event = self._event(data, kind, end, flags, log_pos)
        except (ValueError, IndexError, OverflowError, zlib.error) as error:
            if self.encrypted:
                raise DecodeError(ENCRYPTED, self._where(data)) from error
            raise DecodeError(MALFORMED, f"type {kind}: {error}, {self._where(data)}") from error
        timestamp: int = read_i32_le(data, 0)
        server_id: int = read_i32_le(data, 5)
        event.type = kind
        event.timestamp = timestamp & _LOW
        event.server_id = server_id & _LOW
        event.flags = flags
        event.size = len(data)
        return event

    def _event(self, data: bytes, kind: int, end: int, flags: int, log_pos: int) -> Event:
        op = _ROWS.get(kind)
        if op is not None:
            return self._rows(data, kind, op, end)
        if kind == events.TABLE_MAP:
            return self._table_map(data, end)
        octets = Octets(data, HEADER, end)
        if kind == events.QUERY or kind == events.QUERY_COMPRESSED or kind == events.EXECUTE_LOAD_QUERY:
            return self._query(octets, kind)
        if kind == events.XID:
            return events.Xid(octets.u64())
        if kind == events.GTID or kind == events.ANONYMOUS_GTID:
            return self._gtid(octets, kind)
        if kind == events.GTID_TAGGED:
            return self._gtid_tagged(octets)
        if kind == events.MARIADB_GTID:
            return _mariadb_gtid(octets, data)
        if kind == events.ROTATE:
            position = octets.u64()
            return events.Rotate(octets.text(octets.left), position)
        if kind == events.FORMAT_DESCRIPTION:
            return self._format_description(octets, end)
        if kind == events.ROWS_QUERY:
            octets.skip(1)  # a length that wraps at 255
            return events.RowsQuery(octets.text(octets.left))
        if kind == events.ANNOTATE_ROWS:
            return events.RowsQuery(octets.text(octets.left))
        if kind == events.HEARTBEAT:
            return events.Heartbeat(octets.text(octets.left), log_pos)
        if kind == events.HEARTBEAT_V2:
            return _heartbeat(octets)
        if kind == events.TRANSACTION_PAYLOAD:
            made = payload.header(octets, max(0, self._owed - 4) if self.checksum else self._owed)
            self._payload = made
            self._unpacker = None
            return made
        if kind == events.PREVIOUS_GTIDS:
            return events.PreviousGtids(str(gtid.GtidSet.decode(octets)))
        if kind == events.GTID_LIST:
            return events.PreviousGtids(gtid.decode_list(octets))
        if kind == events.XA_PREPARE:
            return _xa_prepare(octets)
        if kind == events.INCIDENT:
            number = octets.u16()
            return events.Incident(number, octets.text(octets.u8()) if octets.left else "")
        if kind == events.START_ENCRYPTION:  # the server decrypts for replicas; if not, what follows makes no sense
            self.encrypted = True
            return events.Other("START_ENCRYPTION")
        name = _NAMED.get(kind)
        if name is not None:
            return events.Other(name)
        if flags & events.FLAG_IGNORABLE:
            return events.Other(f"type {kind}, ignorable")
        raise DecodeError(UNKNOWN, f"type {kind}, {self._where(data)}")

    # Rows and their tables

    def _table_map(self, data: bytes, end: int) -> Event:
        octets = Octets(data, HEADER, end)
        table_id = octets.u48()
        body = data[HEADER:end]
        if self._maps.get(table_id) == body:
            return self._tables[table_id]
        octets.u16()
        event = table_map.decode(octets, table_id, self.mariadb)
        self._tables[table_id] = event
        self._maps[table_id] = body
        return event

    def _rows(self, data: bytes, kind: int, op: str, end: int) -> Event:
        octets = Octets(data, HEADER, end)
        table_id = octets.u48()
        row_flags = octets.u16()
        if kind not in _VERSION_1:
            extra = octets.u16()  # NDB's and partitions' information, its own length included
            octets.skip(extra - 2)
        table = self._tables.get(table_id)
        if table is None:
            if table_id == _DUMMY_TABLE and row_flags & events.STATEMENT_END:
                return events.Other("end of statement")
            raise ValueError(f"rows of table number {table_id}, which was not announced")
        width = octets.packed()
        if width != table.width:
            raise ValueError(
                f"rows of {width} columns of table {table.database}.{table.table}, which has {table.width}"
            )
        present = octets.take((width + 7) // 8)
        present_after = octets.take((width + 7) // 8) if op == "u" else b""
        first = octets.pos
        body = data
        if kind in _COMPRESSED:
            body = payload.inflated(octets)
            first = 0
            end = len(body)
        partial = kind == events.PARTIAL_UPDATE_ROWS
        return events.Rows(table, op, row_flags, body, first, end, present, present_after, partial)

    # Transactions and statements

    def _query(self, octets: Octets, kind: int) -> Event:
        thread = octets.u32()
        seconds = octets.u32()
        database_size = octets.u8()
        error_code = octets.u16()
        variables_size = octets.u16()
        if kind == events.EXECUTE_LOAD_QUERY:
            octets.skip(13)  # file id, where its name stands in the statement, what to do with duplicates
        first = octets.skip(variables_size)
        database = octets.terminated(database_size)
        sql = payload.inflated(octets) if kind == events.QUERY_COMPRESSED else octets.take(octets.left)
        query = events.Query(thread, database, "")
        query.seconds = seconds
        query.error_code = error_code
        variables = octets.data[first : first + variables_size]
        last = self._last_query
        if last is not None and variables == self._variables:  # as in most: BEGIN after BEGIN
            _same_status(query, last)
        else:
            _status(query, Octets(variables, 0, variables_size))
            self._variables = variables
            self._last_query = query
        query.sql = charsets.statement_text(sql, query.client_charset)
        return query

    def _source(self, uuid: bytes) -> str:
        found = self._sources.get(uuid)
        if found is None:
            found = gtid.uuid_text(uuid)
            self._sources[uuid] = found
        return found

    def _gtid(self, octets: Octets, kind: int) -> Event:
        octets.skip(1)  # whether the transaction may hold statements
        source = self._source(octets.take(16))
        number = octets.u64()
        if kind == events.GTID:
            event = events.Gtid(f"{source}:{number}", source, number)
        else:
            event = events.Gtid("", "", 0)
        if octets.left < 17:
            return event
        octets.skip(17)  # logical clock: kind, last committed, sequence number
        if octets.left >= 7:
            immediate = octets.u56()
            event.commit_us = octets.u56() if immediate >> 55 else immediate
            event.commit_us &= _MICROSECONDS
        if octets.left:
            event.length = octets.packed()
        return event

    def _gtid_tagged(self, octets: Octets) -> Event:
        """A message of MySQL's serialization library: field numbers in ascending order, each with its value."""
        if octets.variable() != 1:
            raise ValueError("a GTID in a version of its serialization that is not known")
        octets.variable()  # size of the message
        last_needed = octets.variable()
        uuid = b""
        number = 0
        tag = ""
        length = 0
        immediate = 0
        original = 0
        while octets.left:
            field = octets.variable()
            if field == 1:
                uuid = bytes([octets.variable() for _ in range(16)])
            elif field == 2:
                number = octets.variable_signed()
            elif field == 3:
                tag = octets.text(octets.variable())
            elif field == 4 or field == 5:
                octets.variable_signed()
            elif field == 6:
                immediate = octets.variable()
            elif field == 7:
                original = octets.variable()
            elif field == 8:
                length = octets.variable()
            elif field <= 11:  # flags, server versions, group commit ticket
                octets.variable()
            elif field < last_needed:
                raise ValueError(f"field {field} of a GTID is not known and needed")
            else:
                break
        if len(uuid) != 16:
            raise ValueError("a GTID without its source")
        source = self._source(uuid)
        if tag:
            source = f"{source}:{tag}"
        event = events.Gtid(f"{source}:{number}", source, number)
        event.commit_us = original or immediate
        event.length = length
        return event

    def _format_description(self, octets: Octets, end: int) -> Event:
        version = octets.u16()
        if version != 4:
            raise ValueError(f"binary log version {version}, only 4 is known")
        server_version = octets.text(50).rstrip("\0")
        created = octets.u32()
        if octets.u8() != HEADER:
            raise ValueError("events have headers of another size")
        algorithm = octets.data[end - 1]
        if algorithm > 1:
            raise ValueError(f"checksum algorithm {algorithm} is not known")
        self.server_version = server_version
        self.mariadb = "mariadb" in server_version.lower()
        self.checksum = algorithm == 1
        self._described = True
        self.forget_tables()
        return events.FormatDescription(server_version, created, self.checksum, self.mariadb)

    # Where

    def _where(self, data: bytes) -> str:
        return f"after {self.file or '?'}:{self.position}: {shown(data)}"

    def _place(self, event: Event) -> str:
        return f"{event.file or '?'}:{event.start}"


_HEARTBEATS: Final = (events.HEARTBEAT, events.HEARTBEAT_V2)
_RESIDUE: Final = 0x2144DF1C  # the CRC-32 of whatever has its own CRC-32 behind it, least significant byte first
_crc32: Final = zlib.crc32
_FIRST: Final = (events.FORMAT_DESCRIPTION, events.ROTATE, events.START_ENCRYPTION)


def _sound(data: bytes, *, in_use: bool) -> bool:
    """Whether the last four bytes are the checksum of the others; `in_use`: the flag of that name is no part of it."""
    if in_use and data[17] & _IN_USE:
        data = data[:17] + bytes((data[17] & ~_IN_USE,)) + data[18:]
    return _crc32(data) == _RESIDUE


def _mariadb_gtid(octets: Octets, data: bytes) -> Event:
    number = octets.u64()
    domain = octets.u32()
    flags = octets.u8()
    server: int = read_i32_le(data, 5)
    event = events.Gtid(f"{domain}-{server & _LOW}-{number}", str(domain), number)
    event.standalone = flags & _STANDALONE != 0
    event.ddl = flags & _DDL != 0
    if flags & _GROUP_COMMIT:
        octets.skip(8)
    if flags & _XA:
        octets.skip(4)
        size = octets.u8()
        octets.skip(size + octets.u8())
    extra = octets.u8() if octets.left else 0
    if extra & _EXTRA_ENGINES:
        octets.skip(1)
    if extra & _EXTRA_ALTER:
        octets.skip(8)
    if extra & _EXTRA_THREAD:
        event.thread = octets.u32()
    return event


def _heartbeat(octets: Octets) -> Event:
    """Fields of a kind, a length and a value; 0 ends them."""
    file = ""
    position = 0
    while octets.left:
        kind = octets.packed()
        if kind == 0:
            break
        size = octets.packed()
        if kind == 1:
            file = octets.text(size)
        elif kind == 2:
            first = octets.skip(size)
            position = Octets(octets.data, first, first + size).packed()
        else:
            octets.skip(size)
    return events.Heartbeat(file, position)


def _xa_prepare(octets: Octets) -> Event:
    one_phase = octets.u8() != 0
    format_id = octets.u32()
    global_size = octets.u32()
    branch_size = octets.u32()
    if global_size > 64 or branch_size > 64:
        raise ValueError("an XA transaction with too long a name")
    name = octets.take(global_size)
    branch = octets.take(branch_size)
    return events.XaPrepare(f"X'{name.hex()}',X'{branch.hex()}',{format_id}", one_phase)


def _same_status(query: events.Query, last: events.Query) -> None:
    """What status variables say, from a statement with the same."""
    query.sql_mode = last.sql_mode
    query.client_charset = last.client_charset
    query.connection_collation = last.connection_collation
    query.server_collation = last.server_collation
    query.database_collation = last.database_collation
    query.default_collation = last.default_collation
    query.time_zone = last.time_zone
    query.ddl_xid = last.ddl_xid


def _status(query: events.Query, octets: Octets) -> None:
    """Status variables; the first one that is not known ends them, as it does for the server's own replicas."""
    while octets.left:
        code = octets.u8()
        if code == 1:
            query.sql_mode = octets.u64()
        elif code == 4:
            query.client_charset = octets.u16()
            query.connection_collation = octets.u16()
            query.server_collation = octets.u16()
        elif code == 5:
            query.time_zone = octets.text(octets.u8())
        elif code == 8:
            query.database_collation = octets.u16()
        elif code == 11:
            octets.skip(octets.u8())
            octets.skip(octets.u8())
        elif code == 12:
            for _ in range(_updated(octets.u8())):
                while octets.u8():
                    pass
        elif code == 17 or code == 129:
            query.ddl_xid = octets.u64()
        elif code == 18:
            query.default_collation = octets.u16()
        elif code == 2:
            octets.skip(octets.u8() + 1)
        elif code == 6:
            octets.skip(octets.u8())
        elif code == 130:
            if octets.u8() & _EXTRA_ALTER:
                octets.skip(8)
        elif code == 131:
            octets.skip(octets.u8() * 4)
        elif code in _STATUS_SIZES:
            octets.skip(_STATUS_SIZES[code])
        else:
            return


_STATUS_SIZES: Final = {0: 4, 3: 4, 7: 2, 9: 8, 10: 4, 13: 3, 14: 8, 16: 1, 19: 1, 20: 1, 128: 3}


def _updated(count: int) -> int:
    """Number of names of updated databases; 254 says that there were too many to list."""
    return 0 if count == 254 else count
