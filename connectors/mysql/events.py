"""The events of a MySQL or MariaDB binary log, as values. Knows no bytes, no connection and no configuration.

Every event says where it lies: `start` and `end` are 64-bit offsets in the file that the decoder tracks itself, because
the header's `log_pos` has 32 bits. Events of a transaction payload all carry the payload's start and end.
`timestamp` is in seconds since 1970.

Source: MySQL source documentation, "Binary log event", and MariaDB's "Replication protocol".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from connectors.mysql.rows import Plan

# Event types: MySQL.
START_V3: Final = 1
QUERY: Final = 2
STOP: Final = 3
ROTATE: Final = 4
INTVAR: Final = 5
SLAVE: Final = 7
APPEND_BLOCK: Final = 9
DELETE_FILE: Final = 11
RAND: Final = 13
USER_VAR: Final = 14
FORMAT_DESCRIPTION: Final = 15
XID: Final = 16
BEGIN_LOAD_QUERY: Final = 17
EXECUTE_LOAD_QUERY: Final = 18
TABLE_MAP: Final = 19
WRITE_ROWS_V1: Final = 23
UPDATE_ROWS_V1: Final = 24
DELETE_ROWS_V1: Final = 25
INCIDENT: Final = 26
HEARTBEAT: Final = 27
IGNORABLE: Final = 28
ROWS_QUERY: Final = 29
WRITE_ROWS: Final = 30
UPDATE_ROWS: Final = 31
DELETE_ROWS: Final = 32
GTID: Final = 33
ANONYMOUS_GTID: Final = 34
PREVIOUS_GTIDS: Final = 35
TRANSACTION_CONTEXT: Final = 36
VIEW_CHANGE: Final = 37
XA_PREPARE: Final = 38
PARTIAL_UPDATE_ROWS: Final = 39
TRANSACTION_PAYLOAD: Final = 40
HEARTBEAT_V2: Final = 41
GTID_TAGGED: Final = 42
# Event types: MariaDB.
ANNOTATE_ROWS: Final = 160
BINLOG_CHECKPOINT: Final = 161
MARIADB_GTID: Final = 162
GTID_LIST: Final = 163
START_ENCRYPTION: Final = 164
QUERY_COMPRESSED: Final = 165
WRITE_ROWS_COMPRESSED_V1: Final = 166
UPDATE_ROWS_COMPRESSED_V1: Final = 167
DELETE_ROWS_COMPRESSED_V1: Final = 168
WRITE_ROWS_COMPRESSED: Final = 169
UPDATE_ROWS_COMPRESSED: Final = 170
DELETE_ROWS_COMPRESSED: Final = 171
PARTIAL_ROW_DATA: Final = 172

# Flags of the common header.
FLAG_ARTIFICIAL: Final = 0x20  # made for this replica by the server, not in the log
FLAG_IGNORABLE: Final = 0x80  # may be ignored by who does not know it

# Flags of Rows.
STATEMENT_END: Final = 0x01  # the last rows event of its statement


class Event:
    """What every event has: the common header and its place in the log.

    `artificial`: the server made it for this connection; it is no part of the log and moves no position.
    `size` is in bytes, checksum included. `placed`: the header says where it ends. MariaDB since 11.7 does not within a
    transaction; `start` and `end` are then wrong by the events that it did not send.
    """

    def __init__(self) -> None:
        self.type = 0
        self.timestamp = 0
        self.server_id = 0
        self.flags = 0
        self.size = 0
        self.file = ""
        self.start = 0
        self.end = 0
        self.artificial = False
        self.placed = True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.file}:{self.start}-{self.end}>"


class Rotate(Event):
    """The log goes on in another file. The artificial one at the beginning of a dump names the first file."""

    def __init__(self, next_file: str, position: int) -> None:
        super().__init__()
        self.next_file = next_file
        self.position = position


class FormatDescription(Event):
    """The beginning of a file: who writes it and how. `checksum`: events end with a CRC32.

    `created` is not 0 in the first file after a server start: what was open then is rolled back.
    """

    def __init__(self, server_version: str, created: int, checksum: bool, mariadb: bool) -> None:
        super().__init__()
        self.server_version = server_version
        self.created = created
        self.checksum = checksum
        self.mariadb = mariadb


class Gtid(Event):
    """The begin of a transaction (or of a DDL statement) and its global id.

    `text` is the id as the server writes it (`uuid:12`, `uuid:tag:12`, `0-1-270`), "" for an anonymous one.
    `source` is what numbers belong to: `uuid`, `uuid:tag`, or MariaDB's domain as text. `number` the sequence number.
    `commit_us`: when the transaction was committed on its first server, microseconds since 1970; 0 unknown.
    `length`: bytes of the whole transaction with this event, 0 unknown (MySQL 8.0.2+ tells it).
    MariaDB only: `thread` is the connection's number, -1 unknown; `standalone`: no commit follows, the next event is
    all (there is no BEGIN either: a GTID that is not standalone begins the transaction); `ddl`: it is a DDL statement.
    """

    def __init__(self, text: str, source: str, number: int) -> None:
        super().__init__()
        self.text = text
        self.source = source
        self.number = number
        self.commit_us = 0
        self.length = 0
        self.thread = -1
        self.standalone = False
        self.ddl = False


class PreviousGtids(Event):
    """All transactions of earlier files: the text of a MySQL GTID set, or of MariaDB's list, one entry per server."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Query(Event):
    """A statement: BEGIN, COMMIT, ROLLBACK, XA, SAVEPOINT, DDL, or DML of the statement format.

    `client_charset`, `connection_collation`, `server_collation` are collation ids, -1 unknown; `default_collation` is
    the collation of utf8mb4 on the server that logged it, `database_collation` that of the current database.
    `sql_mode` is the server's bit set, -1 unknown. `ddl_xid`: transaction id of an atomic DDL, -1 none.
    """

    def __init__(self, thread: int, database: str, sql: str) -> None:
        super().__init__()
        self.thread = thread
        self.database = database
        self.sql = sql
        self.error_code = 0
        self.seconds = 0
        self.sql_mode = -1
        self.client_charset = -1
        self.connection_collation = -1
        self.server_collation = -1
        self.database_collation = -1
        self.default_collation = -1
        self.time_zone = ""
        self.ddl_xid = -1


class TableMap(Event):
    """The table that rows events with this `table_id` are of.

    The decoder gives the same object as long as the same bytes come, so that `plan` may hang here: whoever reads the
    log sets it once, and `planned` with it (plan None: the table is not captured).

    `types` and `metadata` have an entry per column, the types are resolved (ENUM, SET and CHAR instead of STRING).
    `nullable` per column. The rest is there with binlog_row_metadata=MINIMAL: `unsigned` (per column, None before 8.0),
    `collations` (per column, -1: none; enum and set only with FULL), `geometry_types`, `visible`; and with FULL:
    `names`, `labels` (per column, those of ENUM and SET), `key` (column indexes), `key_prefixes` (0: the whole column).
    """

    def __init__(self, table_id: int, database: str, table: str, types: list[int], metadata: list[int]) -> None:
        super().__init__()
        self.table_id = table_id
        self.database = database
        self.table = table
        self.types = types
        self.metadata = metadata
        self.width = len(types)
        self.nullable: list[bool] = []
        self.unsigned: list[bool] | None = None
        self.collations: list[int] | None = None
        self.names: list[str] | None = None
        self.labels: list[list[str] | None] | None = None
        self.geometry_types: list[int] | None = None
        self.dimensions: list[int] | None = None
        self.key: list[int] | None = None
        self.key_prefixes: list[int] | None = None
        self.visible: list[bool] | None = None
        self.planned = False
        self.plan: Plan | None = None


class Rows(Event):
    """Rows of one table, not yet decoded: `rows.Reader` does that with the Plan of `table`.

    `op` is c, u or d. `body` holds the rows from `first` to `stop`; `present` and `present_after` are the bitmaps of
    the columns that the images carry (`present_after` only for u). `partial`: JSON values may be differences.
    """

    def __init__(
        self,
        table: TableMap,
        op: str,
        row_flags: int,
        body: bytes,
        first: int,
        stop: int,
        present: bytes,
        present_after: bytes,
        partial: bool,
    ) -> None:
        super().__init__()
        self.table = table
        self.op = op
        self.row_flags = row_flags
        self.body = body
        self.first = first
        self.stop = stop
        self.present = present
        self.present_after = present_after
        self.partial = partial


class Xid(Event):
    """Commit of a transaction."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class XaPrepare(Event):
    """End of the events of a prepared XA transaction; `one_phase`: it is committed with this."""

    def __init__(self, xid: str, one_phase: bool) -> None:
        super().__init__()
        self.xid = xid
        self.one_phase = one_phase


class RowsQuery(Event):
    """The statement that made the rows events that follow (ROWS_QUERY of MySQL, ANNOTATE_ROWS of MariaDB)."""

    def __init__(self, sql: str) -> None:
        super().__init__()
        self.sql = sql


class Heartbeat(Event):
    """Nothing happened. `log_file` and `position`: how far the server has read its log for us."""

    def __init__(self, log_file: str, position: int) -> None:
        super().__init__()
        self.log_file = log_file
        self.position = position


class Incident(Event):
    """The server says that events may be missing from its log."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__()
        self.number = number
        self.message = message


class Payload(Event):
    """A whole transaction in one event, compressed; `Decoder.unpack` gives its events.

    `compression` 0 is zstd, 255 none. `length` is the size of the events in it, in bytes, 0 unknown. A long one comes
    in pieces: `content` is the present one, and `missing` bytes of content follow with the next.
    """

    def __init__(self, compression: int, length: int, content: bytes) -> None:
        super().__init__()
        self.compression = compression
        self.length = length
        self.content = content
        self.missing = 0


class Other(Event):
    """An event that carries no change of data: a known one (`name`), or one that the server marks ignorable."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
