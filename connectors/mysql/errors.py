"""Every way in which a MySQL or MariaDB source can fail: one code each, with cause, remedy and policy.

Source: the failure catalogue of docs/explanation/delivery-guarantees.md; numbers are the servers' error numbers.
"""

from __future__ import annotations

from cdc.errors import RETRY, STOP, define

LOST = define(
    "HW-MY-001",
    RETRY,
    "The connection to the database broke",
    "Nothing is lost: the connector reconnects and resumes at its stored offset",
)
UNREACHABLE = define(
    "HW-MY-002",
    RETRY,
    "The database cannot be reached",
    "Check database.hostname, database.port, the network and that the server runs",
)
WRONG_PASSWORD = define(
    "HW-MY-003",
    STOP,
    "The database refuses the login",
    "Check database.user, database.password and the host the user may connect from",
)
TOO_MANY_CONNECTIONS = define(
    "HW-MY-004",
    RETRY,
    "The database has no connection left",
    "Raise max_connections or the user's limit, or close other connections",
)
WRONG_TLS = define(
    "HW-MY-005",
    STOP,
    "The TLS connection cannot be made",
    "Check database.ssl.mode and the certificates; the server may not have TLS, or require it",
)
NO_PRIVILEGE = define(
    "HW-MY-006",
    STOP,
    "The database user lacks a privilege",
    "GRANT SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO the user (MariaDB:"
    " BINLOG MONITOR too; with table locks also LOCK TABLES)",
)
NO_BINLOG = define(
    "HW-MY-007",
    STOP,
    "The server writes no binary log",
    "Start it with log_bin (and on a replica with log_replica_updates)",
)
BINLOG_FORMAT = define(
    "HW-MY-008",
    STOP,
    "The binary log does not hold whole rows",
    "Set binlog_format=ROW and binlog_row_image=FULL on the server, and let sessions begin anew",
)
OFFSET_UNREADABLE = define(
    "HW-MY-009",
    STOP,
    "The stored offset names no place in the binary log",
    "Remove the offset (`cdc offsets import --delete`) to begin with a snapshot, or import a right one",
)
BINLOG_GONE = define(
    "HW-MY-010",
    STOP,
    "The binary log of the stored offset is gone",
    "The changes since then cannot be had any more: snapshot.mode=when_needed takes a new snapshot. Keep the log longer"
    " (binlog_expire_logs_seconds)",
)
GTIDS_GONE = define(
    "HW-MY-011",
    STOP,
    "Transactions that the stored offset lacks are purged from the server",
    "They cannot be had from this server any more: use one that has them, or snapshot.mode=when_needed",
)
SERVER_BEHIND = define(
    "HW-MY-012",
    STOP,
    "The server does not have what was already read",
    "It was restored, reset or is a replica that lags: use the right server, or snapshot.mode=when_needed for a new"
    " snapshot",
)
OTHER_SERVER = define(
    "HW-MY-013",
    STOP,
    "The stored offset is of another server",
    "A file and a position mean nothing on another server: use gtid_mode=ON, or snapshot.mode=when_needed",
)
SERVER_ID_TAKEN = define(
    "HW-MY-014",
    RETRY,
    "Another replica has the same server id",
    "Give each connector its own database.server.id, different from those of all replicas",
)
STREAM_REFUSED = define(
    "HW-MY-015",
    STOP,
    "The server ended the stream of the binary log",
    "See the server's message; the stored offset is kept",
)
LOCK_REFUSED = define(
    "HW-MY-016",
    STOP,
    "The locks for the snapshot are not permitted",
    "GRANT RELOAD (or LOCK TABLES), or set snapshot.locking.mode=none while no DDL runs",
)
REFUSED = define(
    "HW-MY-017",
    STOP,
    "The database refuses a statement",
    "See its message; `cdc validate --connect` checks the rights",
)
SNAPSHOT_LOST = define(
    "HW-MY-018",
    RETRY,
    "The snapshot's transaction ended early",
    "The snapshot is taken again at the next start",
)
STATEMENT_LOGGED = define(
    "HW-MY-019",
    STOP,
    "A statement changed rows without writing them to the binary log",
    "The session used binlog_format=STATEMENT or MIXED: set ROW everywhere, then take a new snapshot of the table"
    " (event.processing.failure.handling.mode=warn goes on without the change)",
)
UNKNOWN_TABLE = define(
    "HW-MY-020",
    STOP,
    "Rows of a captured table whose structure is not known",
    "The schema history lacks it: snapshot.mode=recovery reads the structure again when nothing was altered since the"
    " offset; inconsistent.schema.handling.mode=warn leaves the rows out",
)
HISTORY_MISSING = define(
    "HW-MY-022",
    STOP,
    "There is an offset but no schema history",
    "Check schema.history.internal.kafka.topic and its retention; snapshot.mode=recovery reads the structure again"
    " when no table was altered since the offset",
)
INCIDENT = define(
    "HW-MY-023",
    STOP,
    "The server says that its binary log may lack changes",
    "Compare source and topics, then take a new snapshot (remove the offset)",
)
HEARTBEAT_REFUSED = define(
    "HW-MY-024",
    STOP,
    "heartbeat.action.query cannot work",
    "Correct the statement, create its table, or remove the property",
)
NAMES_COLLIDE = define(
    "HW-MY-025",
    STOP,
    "Two columns of a table have the same field name",
    "Leave one out with column.exclude.list, rename one, or set another field.name.adjustment.mode",
)
NO_KEY_COLUMN = define(
    "HW-MY-026",
    STOP,
    "A key column is of a type without a mapping",
    "Choose other key columns with message.key.columns",
)
SERVER_KIND = define(
    "HW-MY-027",
    STOP,
    "The connector is not the one for this server",
    "Use io.debezium.connector.mysql.MySqlConnector for MySQL and io.debezium.connector.mariadb.MariaDbConnector for"
    " MariaDB",
)
VALUE = define(
    "HW-MY-028",
    STOP,
    "A value cannot be represented",
    "event.converting.failure.handling.mode=warn makes it null; another handling mode may represent it",
)
ROWS_UNREADABLE = define(
    "HW-MY-029",
    STOP,
    "Rows of a snapshot cannot be understood",
    "Report it with the column's type and the value that the message shows;"
    " snapshot.select.statement.overrides may leave the row out",
)
UNCONVERTIBLE_DATE = define(
    "HW-MY-032",
    STOP,
    "A date that no calendar has",
    "It was stored with sql_mode=ALLOW_INVALID_DATES. event.processing.failure.handling.mode=warn sends 1970-01-01 for"
    " it, as Debezium does; or correct the row, when it comes from a snapshot",
)
PACKET = define(
    "HW-MY-030",
    STOP,
    "A packet of the binary log's stream makes no sense",
    "Something between the connector and the server changes the stream: connect directly",
)
BEYOND_4_GIB = define(
    "HW-MY-031",
    STOP,
    "The stored position lies beyond what a replica can ask for",
    "Use gtid_mode=ON, or snapshot.mode=when_needed; max_binlog_size and large transactions make such files",
)
PREPARED = define(
    "HW-MY-035",
    RETRY,
    "A snapshot would miss prepared XA transactions",
    "Their changes stand in the log already and in no table yet: commit them or roll them back (XA RECOVER lists them)",
)
TABLE_CHANGED = define(
    "HW-MY-036",
    RETRY,
    "A table was changed while a snapshot was to read it",
    "The snapshot begins anew by itself; keep ALTER TABLE away until it has read the table, or use"
    " snapshot.locking.mode=extended",
)
INTERRUPTED = define(
    "HW-MY-040",
    RETRY,
    "The server ended a statement of ours",
    "Somebody ran KILL QUERY, or a limit of the server's (max_execution_time, max_statement_time) was reached: it is"
    " run again, a snapshot begins anew",
)
LOCK_WAITED = define(
    "HW-MY-041",
    RETRY,
    "A lock was not to be had in time",
    "It is tried again. Wait until no long statement runs (SHOW PROCESSLIST), raise snapshot.lock.timeout.ms, or set"
    " snapshot.locking.mode=none while no DDL runs",
)
SETTING_REFUSED = define(
    "HW-MY-042",
    STOP,
    "The server refuses a setting of our session",
    "Permit the user to set it, for a limit of the server's would cut off what is read",
)
TABLE_BROKEN = define(
    "HW-MY-043",
    STOP,
    "A captured table cannot be opened",
    "Repair or drop it, as the server's message says, or leave it out (table.exclude.list)",
)
CATALOGUE_TEXT = define(
    "HW-MY-044",
    STOP,
    "A text of the server's catalogue is no UTF-8",
    "A name, a comment or another text of the server holds bytes of no character set: write it anew (RENAME, ALTER"
    " TABLE … COMMENT), or leave its database out with database.exclude.list",
)
