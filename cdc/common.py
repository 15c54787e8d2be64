"""Properties that all connectors share: Debezium's, and those of Kafka Connect that stand in the same file.

Declarations only; `cdc.config` reads and checks them. Source: Debezium 3.6, connector properties; Kafka Connect,
SourceConnectorConfig.
"""

from __future__ import annotations

import re
from typing import Final

from cdc.options import BOOLEAN, CLASS, ENUM, INT, LIST, PASSWORD, REGEX_LIST, STRING, Family, option

SPI: Final = "it names a Java class of your own, which cannot be loaded without a JVM"
SIGNALS: Final = "signals and incremental snapshots are not available yet, and a signal would be lost without a word"
LATER: Final = "this is not available yet"
QUEUE: Final = "rows go to Kafka without a queue in between; librdkafka's buffer bounds what waits"
NO_JVM: Final = "it configures the JVM's side of Debezium, which is not there"


class CommonOptions:
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
        "snapshot.query.mode.custom.name",
        STRING,
        None,
        "Name of a custom query mode.",
        refused=SPI,
        section="Snapshot",
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
        "max.batch.size",
        INT,
        "2048",
        "Changes taken up at once.",
        minimum=1,
        section="Streaming",
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
        section="Records",
    )
    converters: list[str] = option(
        "converters",
        LIST,
        None,
        "Custom value converters.",
        refused="custom converters are not available yet, and without them values would look different",
        section="Records",
    )
    post_processors: list[str] = option(
        "post.processors",
        LIST,
        None,
        "Post-processors of changes.",
        refused="post-processors are not available yet, and without them records would lack what they add",
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
        "datatype.propagate.source.type",
        REGEX_LIST,
        None,
        "The same by type: `schema.table.type`.",
        section="Values",
    )

    # Topics
    topic_naming_strategy: str = option(
        "topic.naming.strategy",
        CLASS,
        "io.debezium.schema.SchemaTopicNamingStrategy",
        "How topics are named.",
        refused_values={
            f"io.debezium.schema.{kind}RegexTopicNamingStrategy": "the regex strategies are not available yet; the"
            " transform io.debezium.transforms.ByLogicalTableRouter does the same"
            for kind in ("Schema", "Default")
        },
        section="Topics",
    )
    topic_delimiter: str = option("topic.delimiter", STRING, ".", "What joins the parts of a name.", section="Topics")
    topic_cache_size: int = option(
        "topic.cache.size",
        INT,
        "10000",
        "Names kept in memory.",
        effect="a name is made once per table",
        section="Topics",
    )
    topic_transaction: str = option(
        "topic.transaction", STRING, "transaction", "Last part of the topic of transaction records.", section="Topics"
    )
    topic_creation_groups: list[str] = option(
        "topic.creation.groups",
        LIST,
        None,
        "Groups of topics with settings of their own, in order of precedence.",
        section="Topics",
    )

    # Heartbeats
    heartbeat_interval_ms: int = option(
        "heartbeat.interval.ms", INT, "0", "Milliseconds between heartbeats; 0: none.", minimum=0, section="Heartbeats"
    )
    heartbeat_action_query: str | None = option(
        "heartbeat.action.query", STRING, None, "SQL run on the source at each heartbeat.", section="Heartbeats"
    )
    topic_heartbeat_prefix: str = option(
        "topic.heartbeat.prefix",
        STRING,
        "__debezium-heartbeat",
        "First part of the heartbeat topic's name.",
        section="Heartbeats",
    )
    topic_heartbeat_name: str | None = option(
        "topic.heartbeat.name", STRING, None, "Whole name of the heartbeat topic.", section="Heartbeats"
    )
    heartbeat_topics_prefix: str = option(
        "heartbeat.topics.prefix",
        STRING,
        "__debezium-heartbeat",
        "Name of topic.heartbeat.prefix before Debezium 2.",
        effect="Debezium 3 ignores it too; set topic.heartbeat.prefix",
        section="Heartbeats",
    )

    # Errors
    errors_max_retries: int = option(
        "errors.max.retries",
        INT,
        "-1",
        "Restarts after an error that may pass; -1: no limit, 0: none. A record that gets through sets it back.",
        minimum=-1,
        section="Errors",
    )
    retriable_restart_connector_wait_ms: int = option(
        "retriable.restart.connector.wait.ms",
        INT,
        "10000",
        "Longest wait before such a restart, in milliseconds. The first one comes after half a second.",
        minimum=0,
        section="Errors",
    )
    event_processing_failure_handling_mode: str = option(
        "event.processing.failure.handling.mode",
        ENUM,
        "fail",
        "What to do with a change that cannot be turned into a record: stop, or leave it out (`warn` says so in the"
        " log).",
        ("fail", "ignore", "skip", "warn"),
        section="Errors",
    )
    event_converting_failure_handling_mode: str = option(
        "event.converting.failure.handling.mode",
        ENUM,
        "warn",
        "What to do with a value that cannot be converted: stop, or leave the field null.",
        ("fail", "skip", "warn"),
        section="Errors",
    )
    internal_custom_retriable_exception: str | None = option(
        "internal.custom.retriable.exception",
        STRING,
        "false",
        "Messages of exceptions that may pass.",
        refused="Java's exception messages do not occur here; docs/reference/errors.md lists what is retried",
        section="Internal",
    )
    errors_tolerance: str = option(
        "errors.tolerance",
        ENUM,
        "none",
        "`all` leaves out records that a transform or converter cannot handle; each is logged.",
        ("none", "all"),
        section="Errors",
    )
    errors_retry_timeout: int = option(
        "errors.retry.timeout",
        INT,
        "0",
        "How long transforms and converters are tried again, in milliseconds.",
        minimum=-1,
        effect="a registry that does not answer is asked again without limit",
        section="Errors",
    )
    errors_retry_delay_max_ms: int = option(
        "errors.retry.delay.max.ms",
        INT,
        "60000",
        "Longest wait between those tries.",
        minimum=1,
        effect="the wait is bounded by retriable.restart.connector.wait.ms",
        section="Errors",
    )
    errors_log_enable: bool = option(
        "errors.log.enable",
        BOOLEAN,
        "false",
        "Log tolerated errors.",
        effect="they are always logged",
        section="Errors",
    )
    errors_log_include_messages: bool = option(
        "errors.log.include.messages",
        BOOLEAN,
        "false",
        "Log the records too.",
        effect="rows are never written to the log",
        section="Errors",
    )

    # Signals, notifications
    signal_data_collection: str | None = option(
        "signal.data.collection",
        STRING,
        None,
        "Table of signals.",
        refused=SIGNALS,
        section="Signals and notifications",
    )
    signal_enabled_channels: list[str] = option(
        "signal.enabled.channels",
        LIST,
        "source",
        "Where signals come from.",
        refused=SIGNALS,
        section="Signals and notifications",
    )
    signal_poll_interval_ms: int = option(
        "signal.poll.interval.ms",
        INT,
        "5000",
        "Milliseconds between looks for signals.",
        minimum=1,
        effect="there are no signals yet",
        section="Signals and notifications",
    )
    incremental_snapshot_chunk_size: int = option(
        "incremental.snapshot.chunk.size",
        INT,
        "1024",
        "Rows per chunk of an incremental snapshot.",
        minimum=1,
        effect="there are no incremental snapshots yet",
        section="Signals and notifications",
    )
    incremental_snapshot_allow_schema_changes: bool = option(
        "incremental.snapshot.allow.schema.changes",
        BOOLEAN,
        "false",
        "Allow DDL in an incremental snapshot.",
        effect="there are no incremental snapshots yet",
        section="Signals and notifications",
    )
    incremental_snapshot_watermarking_strategy: str = option(
        "incremental.snapshot.watermarking.strategy",
        ENUM,
        "insert_insert",
        "How chunks are marked in the log.",
        ("insert_delete", "insert_insert"),
        effect="there are no incremental snapshots yet",
        section="Signals and notifications",
    )
    notification_enabled_channels: list[str] = option(
        "notification.enabled.channels",
        LIST,
        None,
        "Where notifications go.",
        refused="notifications are not available yet",
        section="Signals and notifications",
    )
    notification_sink_topic_name: str | None = option(
        "notification.sink.topic.name",
        STRING,
        None,
        "Topic of notifications.",
        effect="there are no notifications yet",
        section="Signals and notifications",
    )

    # Observation
    custom_metric_tags: list[str] = option(
        "custom.metric.tags",
        LIST,
        None,
        "Labels of your own on all metrics of this connector: `key=value,...`.",
        section="Observation",
    )
    custom_sanitize_pattern: str | None = option(
        "custom.sanitize.pattern",
        STRING,
        None,
        "Names of properties whose values are masked, besides the usual ones (a regular expression).",
        section="Observation",
    )
    statistics_metrics_enabled: bool = option(
        "statistics.metrics.enabled",
        BOOLEAN,
        "true",
        "Minimum, maximum, average and percentiles of the lag.",
        section="Observation",
    )
    internal_advanced_metrics_enable: bool = option(
        "internal.advanced.metrics.enable", BOOLEAN, "false", "Counters per table.", section="Internal"
    )
    openlineage_integration_enabled: bool = option(
        "openlineage.integration.enabled",
        BOOLEAN,
        "false",
        "OpenLineage events.",
        refused="OpenLineage is not available yet",
        section="Observation",
    )
    openlineage_integration_config_file_path: str = option(
        "openlineage.integration.config.file.path",
        STRING,
        "./openlineage.yml",
        "OpenLineage client file.",
        effect="OpenLineage is off",
        section="Observation",
    )
    openlineage_integration_dataset_kafka_bootstrap_servers: str | None = option(
        "openlineage.integration.dataset.kafka.bootstrap.servers",
        STRING,
        None,
        "Kafka's name in OpenLineage.",
        effect="OpenLineage is off",
        section="Observation",
    )
    openlineage_integration_job_description: str = option(
        "openlineage.integration.job.description",
        STRING,
        "Debezium change data capture job",
        "Job description.",
        effect="OpenLineage is off",
        section="Observation",
    )
    openlineage_integration_job_namespace: str | None = option(
        "openlineage.integration.job.namespace",
        STRING,
        None,
        "Job namespace.",
        effect="OpenLineage is off",
        section="Observation",
    )
    openlineage_integration_job_owners: list[str] = option(
        "openlineage.integration.job.owners",
        LIST,
        None,
        "Job owners.",
        effect="OpenLineage is off",
        section="Observation",
    )
    openlineage_integration_job_tags: list[str] = option(
        "openlineage.integration.job.tags", LIST, None, "Job tags.", effect="OpenLineage is off", section="Observation"
    )

    # Kafka Connect
    key_converter: str | None = option(
        "key.converter", CLASS, None, "How keys are written; the worker's when it is missing.", section="Kafka Connect"
    )
    value_converter: str | None = option(
        "value.converter",
        CLASS,
        None,
        "How values are written; the worker's when it is missing.",
        section="Kafka Connect",
    )
    header_converter: str | None = option(
        "header.converter",
        CLASS,
        None,
        "How headers are written; the worker's when it is missing.",
        section="Kafka Connect",
    )
    transforms: list[str] = option(
        "transforms", LIST, None, "Names of the transforms, in order.", section="Kafka Connect"
    )
    predicates: list[str] = option("predicates", LIST, None, "Names of the predicates.", section="Kafka Connect")
    config_action_reload: str = option(
        "config.action.reload",
        ENUM,
        "restart",
        "What to do when a secret changes.",
        ("none", "restart"),
        effect="secrets are read at start and at each reconnect's restart of the process",
        section="Kafka Connect",
    )
    exactly_once_support: str = option(
        "exactly.once.support",
        ENUM,
        "requested",
        "Whether exactly-once delivery is demanded.",
        ("requested", "required"),
        refused_values={"required": "exactly-once delivery is not available yet; delivery is at least once"},
        section="Kafka Connect",
    )
    transaction_boundary: str = option(
        "transaction.boundary",
        ENUM,
        "poll",
        "What one Kafka transaction holds.",
        ("connector", "interval", "poll"),
        effect="there are no Kafka transactions yet",
        section="Kafka Connect",
    )
    transaction_boundary_interval_ms: int | None = option(
        "transaction.boundary.interval.ms",
        INT,
        None,
        "Milliseconds per transaction.",
        effect="there are no Kafka transactions yet",
        section="Kafka Connect",
    )
    offsets_storage_topic: str | None = option(
        "offsets.storage.topic",
        STRING,
        None,
        "Offsets topic of this connector alone; the worker's when missing.",
        section="Kafka Connect",
    )

    # Own
    slot_lag_warn_bytes: int = option(
        "slot.lag.warn.bytes",
        INT,
        "1073741824",
        "Bytes of log that the source keeps for this connector, from which on a warning is logged; 0: never.",
        minimum=0,
        own=True,
        section="Own",
    )
    slot_lag_critical_bytes: int = option(
        "slot.lag.critical.bytes",
        INT,
        "5368709120",
        "The same for an error in the log and in the metric cdc_slot_lag_level.",
        minimum=0,
        own=True,
        section="Own",
    )


HASH_ALGORITHMS: Final = {
    "md5": "md5",
    "sha1": "sha1",
    "sha": "sha1",
    "sha224": "sha224",
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
    "sha3224": "sha3_224",
    "sha3256": "sha3_256",
    "sha3384": "sha3_384",
    "sha3512": "sha3_512",
}

HASH_PATTERN: Final = re.compile(r"column\.mask\.hash(\.v2)?\.([^.]+)\.with\.salt\.(.+)", re.DOTALL)


def hash_algorithm(name: str) -> str | None:
    """hashlib's name of a Java MessageDigest algorithm, None when there is none."""
    return HASH_ALGORITHMS.get(re.sub(r"[-_/]", "", name).lower())


def _check_hash(name: str, text: str) -> str:
    found = HASH_PATTERN.fullmatch(name)
    if found is None or hash_algorithm(found.group(2)) is None:
        return f"the digest is not known (known: {', '.join(sorted(HASH_ALGORITHMS))})"
    return ""


FAMILIES: Final = (
    Family(
        "column.mask.with.<n>.chars",
        r"column\.mask\.with\.\d+\.chars",
        "Columns whose text is replaced by n asterisks, null too.",
        type=REGEX_LIST,
        section="Values",
    ),
    Family(
        "column.truncate.to.<n>.chars",
        r"column\.truncate\.to\.\d+\.chars",
        "Columns whose text is cut to n characters.",
        type=REGEX_LIST,
        section="Values",
    ),
    Family(
        "column.mask.hash.[v2.]<algorithm>.with.salt.<salt>",
        r"column\.mask\.hash\.(v2\.)?[^.]+\.with\.salt\..+",
        "Columns whose text is replaced by the hexadecimal digest of salt and text. Without `v2` the text is hashed in"
        " Java's serialised form.",
        type=REGEX_LIST,
        check=_check_hash,
        section="Values",
    ),
    Family(
        "snapshot.select.statement.overrides.<table>",
        r"snapshot\.select\.statement\.overrides\..+",
        "The SELECT that replaces the one of a table's snapshot; it must return the captured columns.",
        section="Snapshot",
    ),
    Family(
        "snapshot.max.threads.multiplier.<table>",
        r"snapshot\.max\.threads\.multiplier\..+",
        "Chunks of one table.",
        effect="a table is read by one connection at a time; the rows are the same",
        section="Snapshot",
    ),
    Family(
        "topic.creation.<group>.<property>",
        r"topic\.creation\.(?!groups$|enable$)[^.]+\..+",
        "Settings of topics that do not exist yet: `partitions`, `replication.factor` (-1: the broker's default),"
        " `include`, `exclude`, and any topic property. The group `default` is for all others.",
        section="Topics",
    ),
    Family(
        "topic.<regex property>",
        r"topic\.(regex|replacement|key\.enforce\.uniqueness|key\.field\.(name|regex|replacement))",
        "Properties of the regex naming strategies.",
        effect="only the regex naming strategies read them",
        section="Topics",
    ),
    Family(
        "producer.override.<property>",
        r"producer\.override\..+",
        "A property of the Kafka producer, in Java's names.",
        secret=False,
        section="Kafka Connect",
    ),
    Family(
        "admin.override.<property>",
        r"admin\.override\..+",
        "A property of the Kafka admin client, in Java's names.",
        section="Kafka Connect",
    ),
    Family(
        "consumer.override.<property>",
        r"consumer\.override\..+",
        "A property of the Kafka consumer, in Java's names.",
        effect="a source connector consumes only its own offsets",
        section="Kafka Connect",
    ),
    Family(
        "transforms.<name>.<option>",
        r"transforms\.[^.]+\..+",
        "`type`, `predicate`, `negate` and the options of a transform (reference: transforms).",
        section="Kafka Connect",
    ),
    Family(
        "predicates.<name>.<option>",
        r"predicates\.[^.]+\..+",
        "`type` and the options of a predicate.",
        section="Kafka Connect",
    ),
    Family(
        "<key|value|header>.converter.<option>",
        r"(key|value|header)\.converter\..+",
        "An option of a converter.",
        section="Kafka Connect",
    ),
    Family(
        "errors.deadletterqueue.<property>",
        r"errors\.deadletterqueue\..+",
        "Dead letter queue.",
        effect="Kafka Connect knows it for sink connectors only",
        section="Errors",
    ),
    Family(
        "signal.<channel property>",
        r"signal\.(kafka|consumer|file).*",
        "Properties of signal channels.",
        effect="those channels are refused when they are switched on",
        section="Signals and notifications",
    ),
)

OLD_NAMES: Final = {
    "database.server.name": "topic.prefix",
    "table.whitelist": "table.include.list",
    "table.blacklist": "table.exclude.list",
    "column.whitelist": "column.include.list",
    "column.blacklist": "column.exclude.list",
    "schema.whitelist": "schema.include.list",
    "schema.blacklist": "schema.exclude.list",
    "message.prefix.whitelist": "message.prefix.include.list",
    "message.prefix.blacklist": "message.prefix.exclude.list",
    "rows.fetch.size": "snapshot.fetch.size",
    "event.deserialization.failure.handling.mode": "event.processing.failure.handling.mode",
    "toasted.value.placeholder": "unavailable.value.placeholder",
    "slot.drop_on_stop": "slot.drop.on.stop",
    "sanitize.field.names": "field.name.adjustment.mode",
}

OLD_VALUES: Final = {
    ("snapshot.mode", "never"): "no_data",
    ("snapshot.mode", "schema_only"): "no_data",
    ("snapshot.mode", "exported"): "initial",
    ("field.name.adjustment.mode", "true"): "avro",
    ("field.name.adjustment.mode", "false"): "none",
}
