"""Properties of how a connector runs: topics, heartbeats, errors, signals, observation, Kafka Connect's own.

Declarations only; `cdc.config` reads and checks them. Source: Debezium 3.6, connector properties; Kafka Connect,
SourceConnectorConfig.
"""

from __future__ import annotations

from typing import Final

from cdc.options import BOOLEAN, CLASS, ENUM, INT, LEAVE, LIST, STRING, option

SIGNALS: Final = "signals and incremental snapshots are not available yet, and a signal would be lost without a word"


class OperationOptions:
    """The declarations."""

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
        remedy="Name the transform io.debezium.transforms.ByLogicalTableRouter in its place, with the same options",
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
    headwater_invalid_text_handling_mode: str = option(
        "headwater.invalid.text.handling.mode",
        ENUM,
        "convert",
        "What to do with text that has bytes which its character set does not know: `convert` takes it for a value that"
        " cannot be converted (event.converting.failure.handling.mode), `escape` keeps each such byte as `\\xHH`.",
        ("convert", "escape"),
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
        remedy=f"{LEAVE}, or remove it if no signal is sent",
        section="Signals and notifications",
    )
    signal_enabled_channels: list[str] = option(
        "signal.enabled.channels",
        LIST,
        "source",
        "Where signals come from.",
        refused=SIGNALS,
        remedy=f"{LEAVE}, or remove it if no signal is sent",
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
        remedy=LEAVE,
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
        effect="they are always there",
        section="Observation",
    )
    internal_advanced_metrics_enable: bool = option(
        "internal.advanced.metrics.enable",
        BOOLEAN,
        "false",
        "Counters per table.",
        effect="there are no counters per table yet",
        section="Internal",
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
