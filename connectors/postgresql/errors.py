"""Every way in which a PostgreSQL source can fail: one code each, with cause, remedy and policy.

Source: the failure catalogue of docs/explanation/delivery-guarantees.md; SQLSTATEs are PostgreSQL's, appendix A.
"""

from __future__ import annotations

from cdc.errors import RETRY, STOP, define

LOST = define(
    "HW-PG-001",
    RETRY,
    "The connection to PostgreSQL broke",
    "Nothing is lost: the connector reconnects and resumes at its stored offset",
)
UNREACHABLE = define(
    "HW-PG-002",
    RETRY,
    "PostgreSQL cannot be reached",
    "Check database.hostname, database.port, the network and that the server runs",
)
WRONG_PASSWORD = define(
    "HW-PG-003",
    STOP,
    "PostgreSQL refuses the login",
    "Check database.user, database.password and the server's pg_hba.conf (it needs a line for the database and,"
    " before PostgreSQL 10, one for `replication`)",
)
WRONG_DATABASE = define(
    "HW-PG-004", STOP, "The database does not exist", "Set database.dbname to a database of this server"
)
TOO_MANY_CONNECTIONS = define(
    "HW-PG-005",
    RETRY,
    "PostgreSQL has no connection left",
    "Raise max_connections, max_wal_senders or the role's connection limit, or close other connections",
)
NO_REPLICATION = define(
    "HW-PG-006",
    STOP,
    "The database user may not replicate",
    "ALTER ROLE <user> REPLICATION (Amazon RDS: GRANT rds_replication TO <user>)",
)
WRONG_TLS = define(
    "HW-PG-007",
    STOP,
    "The TLS connection cannot be made",
    "Check database.sslmode, database.sslrootcert, database.sslcert and database.sslkey",
)
WAL_LEVEL = define(
    "HW-PG-008",
    STOP,
    "wal_level does not allow logical decoding",
    "Set wal_level=logical in postgresql.conf and restart the server (Amazon RDS: rds.logical_replication=1)",
)
SLOTS_FULL = define(
    "HW-PG-009",
    STOP,
    "All replication slots are in use",
    "Drop slots that nobody uses (SELECT * FROM pg_replication_slots) or raise max_replication_slots",
)
POOLER = define(
    "HW-PG-010",
    STOP,
    "A connection pooler stands in front of PostgreSQL",
    "Point database.hostname and database.port at the server itself: a pooler does not pass replication through",
)
SLOT_MISSING = define(
    "HW-PG-011",
    STOP,
    "The replication slot is gone, although an offset is stored",
    "Changes since the stored offset cannot be had any more. Remove the offset to begin with a new snapshot, or set"
    " snapshot.mode=when_needed to let the connector do so",
)
SLOT_INVALID = define(
    "HW-PG-012",
    STOP,
    "PostgreSQL has invalidated the replication slot",
    "The WAL it needed is removed. Drop the slot and remove the offset to begin with a new snapshot, or set"
    " snapshot.mode=when_needed; raise max_slot_wal_keep_size or watch the slot so that it does not happen again",
)
SLOT_AHEAD = define(
    "HW-PG-013",
    STOP,
    "The replication slot is ahead of the stored offset",
    "Somebody re-created or advanced the slot: the server would silently leave out the changes in between. Take a new"
    " snapshot (snapshot.mode=when_needed), or accept the gap with offset.mismatch.strategy=trust_slot",
)
SLOT_BUSY = define(
    "HW-PG-014",
    RETRY,
    "The replication slot is in use by another connection",
    "Stop the other reader, or give this connector a slot.name of its own",
)
SLOT_FOREIGN = define(
    "HW-PG-015",
    STOP,
    "The replication slot is not one that this connector can read",
    "Use another slot.name, or drop the slot if nobody needs it",
)
SLOT_NOT_CREATED = define(
    "HW-PG-016",
    RETRY,
    "The replication slot could not be created in time",
    "PostgreSQL waits for transactions that were running; end the ones named here",
)
OTHER_SYSTEM = define(
    "HW-PG-017",
    STOP,
    "This is not the database cluster of the stored offset",
    "Point the connector at the right server. After pg_upgrade run `cdc offsets upgrade FILE`; otherwise remove the"
    " offset to begin with a new snapshot",
)
SERVER_BEHIND = define(
    "HW-PG-018",
    STOP,
    "The server's log ends before the stored offset",
    "A failover or a restore has lost transactions that were already delivered. Take a new snapshot to correct the"
    " consumers (snapshot.mode=when_needed, or remove the offset)",
)
PUBLICATION_MISSING = define(
    "HW-PG-019",
    STOP,
    "The publication does not exist",
    "Create it, or set publication.autocreate.mode. If it existed when the slot was made and was dropped since, the"
    " slot cannot decode the time without it: create the publication, then a new slot, and take a new snapshot",
)
PUBLICATION_ALL_TABLES = define(
    "HW-PG-020",
    STOP,
    "The publication is FOR ALL TABLES, so it cannot be narrowed",
    "Set publication.autocreate.mode=all_tables, or name another publication",
)
PUBLICATION_REFUSED = define(
    "HW-PG-021",
    STOP,
    "The publication could not be created or changed",
    "Create it as the tables' owner or a superuser and set publication.autocreate.mode=disabled",
)
PUBLICATION_REMADE = define(
    "HW-PG-038",
    STOP,
    "The publication is not the one of the stored offset",
    "It was dropped and made again: PostgreSQL does not decode the changes in between. Take a new snapshot"
    " (snapshot.mode=when_needed, or remove the offset); or, to accept the gap, take `headwater_publication` out of the"
    " stored offset (cdc offsets export, import)",
)
TABLE_NOT_PUBLISHED = define(
    "HW-PG-039",
    STOP,
    "A table of table.include.list is not in the publication",
    "Its changes would never arrive. ALTER PUBLICATION ... ADD TABLE, or set publication.autocreate.mode=filtered, or"
    " remove it from table.include.list",
)
TABLE_UNPUBLISHED = define(
    "HW-PG-022",
    STOP,
    "A captured table was taken out of the publication",
    "Its changes since then do not arrive. Put it back with ALTER PUBLICATION ... ADD TABLE and take a new snapshot of"
    " it, or remove it from table.include.list",
)
TABLE_REPUBLISHED = define(
    "HW-PG-040",
    STOP,
    "A captured table was taken out of the publication and put back",
    "Its changes of the meantime did not arrive; if only its row filter or column list was changed, none are missing."
    " Start again, after a new snapshot of the table where changes may be missing",
)
WRONG_PLUGIN = define(
    "HW-PG-023", STOP, "Only the plug-in pgoutput is supported", "Set plugin.name=pgoutput; it is part of the server"
)
READ_ONLY = define(
    "HW-PG-024",
    RETRY,
    "The server is read-only",
    "Connect to the primary, or prepare the publication there and set publication.autocreate.mode=disabled",
)
NOT_READABLE = define("HW-PG-025", STOP, "A captured table may not be read", "GRANT SELECT ON <table> TO <user>")
ROW_SECURITY = define(
    "HW-PG-026",
    STOP,
    "Row-level security hides rows from the snapshot",
    "ALTER ROLE <user> BYPASSRLS: the stream ignores the policies, so the snapshot must too",
)
LOCK_TIMEOUT = define(
    "HW-PG-027",
    RETRY,
    "A table could not be locked in time",
    "End the transaction that holds the lock, or raise snapshot.lock.timeout.ms",
)
SNAPSHOT_LOST = define(
    "HW-PG-028",
    RETRY,
    "The exported snapshot is gone",
    "The connection that held it broke; the snapshot starts again",
)
TABLE_CHANGED = define(
    "HW-PG-045",
    RETRY,
    "A table was changed while a snapshot was to read it",
    "The snapshot begins anew by itself; keep ALTER TABLE, TRUNCATE, CLUSTER and VACUUM FULL away until it has read the"
    " table, or use snapshot.locking.mode=shared",
)
OTHER_HISTORY = define(
    "HW-PG-055",
    STOP,
    "The server's log is not the one that the stored offset is of",
    "The server failed over to a standby that lacked changes, or its data were restored from a copy, so part of its log"
    " lies before the offset without having been read. Take a new snapshot: remove the offset with"
    " `cdc offsets import --delete` (snapshot.mode=when_needed does that by itself)",
)
NOT_UPGRADED = define(
    "HW-PG-056",
    STOP,
    "The server is the one that the stored offset is of",
    "Nothing has to be done: start the connector. `cdc offsets upgrade` is for the cluster that pg_upgrade made",
)
INTERRUPTED = define(
    "HW-PG-046",
    RETRY,
    "The server ended a statement of the connector",
    "It is tried again. On a standby that conflicts with replay set hot_standby_feedback=on or raise"
    " max_standby_streaming_delay; otherwise look who cancels statements (pg_cancel_backend, a tool)",
)
DECODING_FAILED = define(
    "HW-PG-029",
    RETRY,
    "PostgreSQL could not decode its log",
    "See the server's log: a full disk (logical_decoding_work_mem spills there), memory, or a row of nearly 1 GB",
)
REFUSED = define("HW-PG-030", STOP, "PostgreSQL refuses a statement", "See the server's message")
HEARTBEAT_REFUSED = define(
    "HW-PG-031",
    STOP,
    "heartbeat.action.query cannot run",
    "Create the table that it writes to, or correct the statement",
)
IDENTITY_REFUSED = define(
    "HW-PG-032",
    STOP,
    "A replica identity could not be set",
    "replica.identity.autoset.values needs the tables' owner: set it by ALTER TABLE ... REPLICA IDENTITY yourself",
)
OFFSET_UNREADABLE = define(
    "HW-PG-033",
    STOP,
    "The stored offset has no log position",
    "It must carry lsn_proc or lsn, as Debezium's PostgreSQL connector writes it; import a right one or remove it",
)
DECODING_STOPPED = define(
    "HW-PG-034",
    STOP,
    "The stream ended for a reason that a new try does not mend",
    "See the server's message",
)
SNAPSHOT_ROW = define(
    "HW-PG-035",
    STOP,
    "A value of the snapshot cannot be converted",
    "Correct the row, choose a handling mode that can hold the value (text that is no UTF-8:"
    " headwater.invalid.text.handling.mode=escape), or set event.converting.failure.handling.mode=warn to leave the"
    " field null",
)
SETTING_REFUSED = define(
    "HW-PG-047",
    STOP,
    "The server refuses a setting of the connector's sessions",
    "Allow the role the setting that the message names: with the role's or the database's own value the connector"
    " cannot read for long, or not rightly",
)
