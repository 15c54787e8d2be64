"""Properties that all connectors share, of what is captured and how it looks. `cdc.operation` has the others.

Declarations only; `cdc.config` reads and checks them. Source: Debezium 3.6, connector properties.
"""

from __future__ import annotations

from typing import Final

from cdc.operation import OperationOptions
from cdc.options import BOOLEAN, CLASS, ENUM, INT, LEAVE, LIST, PASSWORD, REGEX_LIST, STRING, option

SPI: Final = "it names a Java class of your own, which cannot be loaded without a JVM"
QUEUE: Final = "rows go to Kafka without a queue in between; librdkafka's buffer bounds what waits"
NO_JVM: Final = "it configures the JVM's side of Debezium, which is not there"


class CommonOptions(OperationOptions):
    """The declarations; `cdc.config.Config` turns them into attributes with values."""

    # Identity
    name: str = option("name", STRING, None, "Name of the connector, and of its stored offset.", section="Identity")
    connector_class: str = option(
        "connector.class", CLASS, None, "Which connector to run.", required=True, section="Identity"
    )
    tasks_max: int = option(
        "tasks.max",
        INT,
        "1",
        "Number of tasks.",
        minimum=1,
        effect="a database log is read by one task, whatever the number",
        section="Identity",
    )
    topic_prefix: str = option(
        "topic.prefix",
        STRING,
        None,
        "Logical name of the source: first part of every topic, `source.name`, and part of the stored offset's key."
        " A missing one is the connector's name. Another one is another connector: its offset is not found.",
        section="Identity",
    )

    # Connection
    database_hostname: str = option(
        "database.hostname", STRING, None, "Host of the database.", required=True, section="Connection"
    )
    database_port: int = option(
        "database.port", INT, None, "Port of the database.", required=True, minimum=1, section="Connection"
    )
    database_user: str = option(
        "database.user", STRING, None, "User of the database.", required=True, section="Connection"
    )
    database_password: str | None = option(
        "database.password", PASSWORD, None, "Password of the user.", section="Connection"
    )
    database_query_timeout_ms: int = option(
        "database.query.timeout.ms",
        INT,
        "600000",
        "Longest time for a statement of the connector, in milliseconds; 0: no limit.",
        minimum=0,
        section="Connection",
    )
    database_initial_statements: str | None = option(
        "database.initial.statements",
        STRING,
        None,
        "SQL statements, separated by `;`, run on every connection but the replication connection; `;;` stands for a"
        " semicolon.",
        section="Connection",
    )
    connection_validation_timeout_ms: int = option(
        "connection.validation.timeout.ms",
        INT,
        "60000",
        "Longest time for the checks of `cdc validate --connect`, in milliseconds.",
        minimum=1,
        section="Connection",
    )

    # Capture
    table_include_list: list[str] = option(
        "table.include.list",
        REGEX_LIST,
        None,
        "Tables to capture (`schema.table` or `database.table`); anchored, case-insensitive. Not with"
        " table.exclude.list.",
        section="What is captured",
    )
    table_exclude_list: list[str] = option(
        "table.exclude.list", REGEX_LIST, None, "Tables not to capture.", section="What is captured"
    )
    table_ignore_builtin: bool = option(
        "table.ignore.builtin", BOOLEAN, "true", "Leave the system's own tables out.", section="What is captured"
    )
    column_include_list: list[str] = option(
        "column.include.list",
        REGEX_LIST,
        None,
        "Columns kept in values (`schema.table.column`); keys are not affected. Not with column.exclude.list.",
        section="What is captured",
    )
    column_exclude_list: list[str] = option(
        "column.exclude.list", REGEX_LIST, None, "Columns left out of values.", section="What is captured"
    )
    message_key_columns: str | None = option(
        "message.key.columns",
        STRING,
        None,
        "Key columns of your own: `tableRegex:column1,column2;...`. A table without a match keeps its primary key.",
        section="What is captured",
    )
    skipped_operations: list[str] = option(
        "skipped.operations",
        LIST,
        "t",
        "Operations that are not emitted while streaming: c, u, d, t (truncate), r, or `none`. When it is set, a"
        " publication that is created publishes only the others.",
        section="What is captured",
    )
    skip_messages_without_change: bool = option(
        "skip.messages.without.change",
        BOOLEAN,
        "false",
        "Leave out updates in which no captured column changed (PostgreSQL: with REPLICA IDENTITY FULL).",
        section="What is captured",
    )
    guardrail_collections_max: int = option(
        "guardrail.collections.max",
        INT,
        "0",
        "Highest number of captured tables; 0: no limit.",
        minimum=0,
        section="What is captured",
    )
    guardrail_collections_limit_action: str = option(
        "guardrail.collections.limit.action",
        ENUM,
        "warn",
        "What to do above that number.",
        ("fail", "warn"),
        section="What is captured",
    )

    # Snapshot
    snapshot_mode: str = option(
        "snapshot.mode",
        ENUM,
        "initial",
        "When to read the tables as they stand: `initial` once, `always` at every start, `initial_only` and then stop"
        " reading, `no_data` never, `when_needed` also when the log no longer holds the stored position,"
        " `configuration_based` by the five properties below.",
        ("always", "configuration_based", "custom", "initial", "initial_only", "no_data", "when_needed"),
        refused_values={"custom": SPI},
        section="Snapshot",
    )
    snapshot_mode_custom_name: str | None = option(
        "snapshot.mode.custom.name", STRING, None, "Name of a custom mode.", refused=SPI, section="Snapshot"
    )
    snapshot_mode_configuration_based_snapshot_data: bool = option(
        "snapshot.mode.configuration.based.snapshot.data",
        BOOLEAN,
        "false",
        "With `configuration_based`: read the rows?",
        section="Snapshot",
    )
    snapshot_mode_configuration_based_snapshot_schema: bool = option(
        "snapshot.mode.configuration.based.snapshot.schema",
        BOOLEAN,
        "false",
        "With `configuration_based`: read the structure?",
        effect="PostgreSQL's structure is read whenever it is needed",
        section="Snapshot",
    )
    snapshot_mode_configuration_based_start_stream: bool = option(
        "snapshot.mode.configuration.based.start.stream",
        BOOLEAN,
        "false",
        "With `configuration_based`: stream afterwards?",
        section="Snapshot",
    )
    snapshot_mode_configuration_based_snapshot_on_schema_error: bool = option(
        "snapshot.mode.configuration.based.snapshot.on.schema.error",
        BOOLEAN,
        "false",
        "With `configuration_based`: read again when the schema history is missing?",
        effect="PostgreSQL has no schema history",
        section="Snapshot",
    )
    snapshot_mode_configuration_based_snapshot_on_data_error: bool = option(
        "snapshot.mode.configuration.based.snapshot.on.data.error",
        BOOLEAN,
        "false",
        "With `configuration_based`: read again when the log no longer holds the position?",
        section="Snapshot",
    )
    snapshot_include_collection_list: list[str] = option(
        "snapshot.include.collection.list",
        REGEX_LIST,
        None,
        "Captured tables whose rows are read in the initial snapshot; empty: all.",
        section="Snapshot",
    )
    snapshot_select_statement_overrides: list[str] = option(
        "snapshot.select.statement.overrides",
        LIST,
        None,
        "Tables with a SELECT of their own, each in `snapshot.select.statement.overrides.<table>`.",
        section="Snapshot",
    )
    snapshot_fetch_size: int | None = option(
        "snapshot.fetch.size",
        INT,
        None,
        "Rows fetched at once by a SELECT of the snapshot.",
        minimum=0,
        effect="rows are read by COPY, which streams them in bounded memory",
        section="Snapshot",
    )
    snapshot_delay_ms: int = option(
        "snapshot.delay.ms", INT, "0", "Wait before the snapshot, in milliseconds.", minimum=0, section="Snapshot"
    )
    streaming_delay_ms: int = option(
        "streaming.delay.ms",
        INT,
        "0",
        "Wait between snapshot and streaming, in milliseconds.",
        minimum=0,
        section="Snapshot",
    )
    snapshot_lock_timeout_ms: int = option(
        "snapshot.lock.timeout.ms",
        INT,
        "10000",
        "Longest wait for table locks, in milliseconds.",
        minimum=0,
        section="Snapshot",
    )
    snapshot_locking_mode: str = option(
        "snapshot.locking.mode",
        ENUM,
        "none",
        "Locks held while the structure is read.",
        ("custom", "none", "shared"),
        refused_values={"custom": SPI},
        section="Snapshot",
    )
    snapshot_locking_mode_custom_name: str | None = option(
        "snapshot.locking.mode.custom.name",
        STRING,
        None,
        "Name of a custom locking mode.",
        refused=SPI,
        section="Snapshot",
    )
    snapshot_query_mode: str = option(
        "snapshot.query.mode",
        ENUM,
        "select_all",
        "How the SELECT of a snapshot is made.",
        ("custom", "select_all"),
        refused_values={"custom": SPI},
        section="Snapshot",
    )
    snapshot_query_mode_custom_name: str | None = option(
        "snapshot.query.mode.custom.name", STRING, None, "Name of a custom query mode.", refused=SPI, section="Snapshot"
    )
    snapshot_max_threads: int = option(
        "snapshot.max.threads", INT, "1", "Connections that read at the same time.", minimum=1, section="Snapshot"
    )
    snapshot_max_threads_multiplier: int = option(
        "snapshot.max.threads.multiplier",
        INT,
        "1",
        "Chunks per table and thread.",
        minimum=1,
        effect="a table is read by one connection at a time; the rows are the same",
        section="Snapshot",
    )
    legacy_snapshot_max_threads: bool = option(
        "legacy.snapshot.max.threads",
        BOOLEAN,
        "false",
        "One table per thread, as before Debezium 3.5.",
        aliases=("internal.legacy.snapshot.max.threads",),
        effect="a table is read by one connection at a time in any case",
        section="Snapshot",
    )
    snapshot_tables_order_by_row_count: str = option(
        "snapshot.tables.order.by.row.count",
        ENUM,
        "disabled",
        "Order of the tables in the snapshot, by estimated rows.",
        ("ascending", "descending", "disabled"),
        section="Snapshot",
    )
    internal_snapshot_scan_all_columns_force: bool = option(
        "internal.snapshot.scan.all.columns.force",
        BOOLEAN,
        "false",
        "Read the structure of all tables.",
        effect="only what is captured is looked at",
        section="Internal",
    )

    # Streaming
    internal_log_position_check_enable: bool = option(
        "internal.log.position.check.enable",
        BOOLEAN,
        "true",
        "Verify at start that the log still holds the stored position.",
        refused_values={"False": "without the check, changes that are gone would be skipped silently"},
        section="Internal",
    )
    poll_interval_ms: int = option(
        "poll.interval.ms",
        INT,
        "500",
        "Wait between polls.",
        minimum=1,
        effect="a change is taken up as it arrives; nothing sleeps",
        section="Streaming",
    )
    max_batch_size: int = option(
        "max.batch.size", INT, "2048", "Changes taken up at once.", minimum=1, section="Streaming"
    )
    max_queue_size: int = option(
        "max.queue.size", INT, "8192", "Changes that may wait for Kafka.", minimum=1, effect=QUEUE, section="Streaming"
    )
    max_queue_size_in_bytes: int = option(
        "max.queue.size.in.bytes",
        INT,
        "0",
        "Bytes that may wait for Kafka; 0: no limit of its own.",
        minimum=0,
        effect=QUEUE,
        section="Streaming",
    )
    queue_provider_type: str = option(
        "queue.provider.type",
        STRING,
        "memory",
        "Implementation of the queue.",
        refused="other queues than memory are Java plug-ins",
        section="Streaming",
    )
    query_fetch_size: int = option(
        "query.fetch.size",
        INT,
        "0",
        "Rows fetched at once by other queries.",
        minimum=0,
        effect="such queries are short",
        section="Streaming",
    )
    memory_management_schemas_class: str = option(
        "memory.management.schemas.class",
        CLASS,
        "io.debezium.relational.ConcurrentMapTableMappingStorage",
        "Where table schemas are kept.",
        effect=NO_JVM,
        section="Streaming",
    )
    memory_management_tables_class: str = option(
        "memory.management.tables.class",
        CLASS,
        "io.debezium.relational.ConcurrentMapTableMappingStorage",
        "Where table definitions are kept.",
        effect=NO_JVM,
        section="Streaming",
    )
    executor_shutdown_timeout_ms: int = option(
        "executor.shutdown.timeout.ms",
        INT,
        "4000",
        "Grace at stop.",
        minimum=0,
        effect="an orderly stop waits until Kafka has what was read, at most 30 s",
        section="Streaming",
    )
    provide_transaction_metadata: bool = option(
        "provide.transaction.metadata",
        BOOLEAN,
        "false",
        "Emit a record at BEGIN and END of each transaction, and fill the `transaction` block of changes.",
        section="Streaming",
    )
    transaction_metadata_factory: str = option(
        "transaction.metadata.factory",
        CLASS,
        "io.debezium.pipeline.txmetadata.DefaultTransactionMetadataFactory",
        "Class that builds the transaction block.",
        refused=SPI,
        remedy=LEAVE,
        section="Streaming",
    )
    read_only: bool = option(
        "read.only",
        BOOLEAN,
        "false",
        "Never write to the source (Debezium: incremental snapshots without watermarks in a table).",
        effect="nothing is written to the source but what heartbeat.action.query and the publication settings say",
        section="Streaming",
    )

    # Records
    tombstones_on_delete: bool = option(
        "tombstones.on.delete",
        BOOLEAN,
        "true",
        "After a delete, emit a record of the same key without a value, so that compaction removes the key.",
        section="Records",
    )
    extended_headers_enabled: bool = option(
        "extended.headers.enabled",
        BOOLEAN,
        "true",
        "Give each change the four `__debezium.context.*` headers.",
        section="Records",
    )
    schema_name_adjustment_mode: str = option(
        "schema.name.adjustment.mode",
        ENUM,
        "none",
        "How schema names are made legal for Avro.",
        ("avro", "avro_unicode", "none"),
        section="Records",
    )
    field_name_adjustment_mode: str = option(
        "field.name.adjustment.mode",
        ENUM,
        "none",
        "How field names are made legal for Avro. `none` becomes `avro` when this file names an Avro converter.",
        ("avro", "avro_unicode", "none"),
        section="Records",
    )
    include_schema_comments: bool = option(
        "include.schema.comments",
        BOOLEAN,
        "false",
        "Comments of columns become the `doc` of their schemas.",
        section="Records",
    )
    sourceinfo_struct_maker: str = option(
        "sourceinfo.struct.maker",
        CLASS,
        None,
        "Class that builds the source block.",
        refused=SPI,
        remedy=LEAVE,
        section="Records",
    )
    converters: list[str] = option(
        "converters",
        LIST,
        None,
        "Custom converters by name; `<name>.type` is the class, `<name>.*` are its options.",
        section="Records",
    )
    post_processors: list[str] = option(
        "post.processors",
        LIST,
        None,
        "Post-processors of changes.",
        refused="post-processors are not available yet, and without them records would lack what they add",
        remedy=LEAVE,
        section="Records",
    )

    # Values
    decimal_handling_mode: str = option(
        "decimal.handling.mode",
        ENUM,
        "precise",
        "NUMERIC, DECIMAL and MONEY as Connect Decimal, double or text.",
        ("double", "precise", "string"),
        section="Values",
    )
    binary_handling_mode: str = option(
        "binary.handling.mode",
        ENUM,
        "bytes",
        "Binary columns as bytes or as text in base64 or hex.",
        ("base64", "base64-url-safe", "bytes", "hex"),
        section="Values",
    )
    time_precision_mode: str = option(
        "time.precision.mode",
        ENUM,
        "adaptive",
        "How dates and times are represented.",
        ("adaptive", "adaptive_time_microseconds", "connect", "isostring", "microseconds", "nanoseconds"),
        section="Values",
    )
    column_propagate_source_type: list[str] = option(
        "column.propagate.source.type",
        REGEX_LIST,
        None,
        "Columns whose schemas tell the source's type in `__debezium.source.column.*` parameters.",
        section="Values",
    )
    datatype_propagate_source_type: list[str] = option(
        "datatype.propagate.source.type", REGEX_LIST, None, "The same by type: `schema.table.type`.", section="Values"
    )
