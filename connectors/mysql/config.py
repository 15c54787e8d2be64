"""Properties of the MySQL connector, and what it shares with MariaDB's. Source: Debezium 3.6, connector properties.

The common ones are in `cdc.common`; what is declared here anew has another default or other values.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from cdc.config import Config, under
from cdc.families import FAMILIES
from cdc.java_clients import translate
from cdc.options import BOOLEAN, CLASS, ENUM, INT, LIST, PASSWORD, REGEX_LIST, STRING, Family, but, option

KAFKA_HISTORY: Final = "io.debezium.storage.kafka.history.KafkaSchemaHistory"
FILE_HISTORY: Final = "io.debezium.storage.file.history.FileSchemaHistory"
MEMORY_HISTORY: Final = "io.debezium.relational.history.MemorySchemaHistory"
SYSTEM_DATABASES: Final = ("mysql", "information_schema", "performance_schema", "sys")

JDBC: Final = "no JDBC driver is used"
RECONNECT: Final = "a connection that is lost or silent is made anew by the task, from the stored offset"
STREAMED: Final = "rows of a snapshot are always streamed, in bounded memory"

# Properties of Connector/J and of MariaDB's driver that files carry; there are some two hundred more.
_DRIVER: Final = (
    "allowLoadLocalInfile", "allowMultiQueries", "allowPublicKeyRetrieval", "authenticationPlugins",
    "autoDeserialize", "autoReconnect", "autoReconnectForPools", "cachePrepStmts", "cacheServerConfiguration",
    "characterEncoding", "characterSetResults", "clientCertificateKeyStoreType", "connectTimeout",
    "connectionAttributes", "connectionCollation", "connectionTimeZone", "createDatabaseIfNotExist",
    "defaultAuthenticationPlugin", "defaultFetchSize", "disabledAuthenticationPlugins", "elideSetAutoCommits",
    "enabledSSLCipherSuites", "enabledSslCipherSuites", "enabledSslProtocolSuites", "enabledTLSProtocols",
    "fallbackToSystemTrustStore", "forceConnectionTimeZoneToSession", "jdbcCompliantTruncation", "keyStore",
    "keyStorePassword", "keyStoreType", "maintainTimeStats", "maxAllowedPacket", "maxReconnects",
    "netTimeoutForStreamingResults", "noDatetimeStringSync", "nullCatalogMeansCurrent", "passwordCharacterEncoding",
    "permitMysqlScheme", "prepStmtCacheSize", "prepStmtCacheSqlLimit", "preserveInstants", "requireSSL",
    "rewriteBatchedStatements", "serverRSAPublicKeyFile", "serverRsaPublicKeyFile", "serverSslCert",
    "serverTimezone", "sessionVariables", "socketFactory", "socketTimeout", "sslMode", "tcpKeepAlive", "tcpNoDelay",
    "timezone", "tinyInt1isBit", "tlsCiphersuites", "tlsVersions", "trustCertificateKeyStoreType",
    "trustServerCertificate", "trustStore", "trustStorePassword", "trustStoreType", "useAffectedRows",
    "useBulkStmts", "useCompression", "useCursorFetch", "useInformationSchema", "useJDBCCompliantTimezoneShift",
    "useLegacyDatetimeCode", "useLocalSessionState", "useOldAliasMetadataBehavior", "useSSL", "useServerPrepStmts",
    "useTimezone", "useUnicode", "user", "verifyServerCertificate", "yearIsDateType", "zeroDateTimeBehavior",
)  # fmt: skip

HISTORY_FAMILIES: Final = (
    Family(
        "schema.history.internal.<client property>",
        r"schema\.history\.internal\.(producer|consumer)\..+",
        "A property of the Kafka clients of the schema history, in Java's names.",
        section="Schema history",
    ),
    Family(
        "database.<driver property>, driver.<driver property>",
        r"(driver|database)\.[A-Za-z0-9]+",
        "Properties of the JDBC driver. Those of TLS are read as database.ssl.*.",
        known=_DRIVER,
        effect=JDBC,
        section="Connection",
    ),
)
_TLS_NAMES: Final = {
    "trustCertificateKeyStoreUrl": "database.ssl.truststore",
    "trustCertificateKeyStorePassword": "database.ssl.truststore.password",
    "clientCertificateKeyStoreUrl": "database.ssl.keystore",
    "clientCertificateKeyStorePassword": "database.ssl.keystore.password",
    "sslMode": "database.ssl.mode",
}


def tls_settings(required: str, verified: str) -> dict[tuple[str, str], tuple[str, str]]:
    """The JDBC drivers' switches of TLS as values of database.ssl.mode."""
    return {
        (f"{prefix}.{name}", "true"): ("database.ssl.mode", mode)
        for prefix in ("database", "driver")
        for name, mode in (("requiressl", required), ("verifyservercertificate", verified))
    }


class BinlogConfig(Config):
    """Values of the properties that MySQL's and MariaDB's connectors share."""

    CONNECTOR: ClassVar[str] = ""
    CONVERTERS: ClassVar[str] = "connectors.mysql.custom_converters"
    SPLIT_SKIPS: ClassVar[bool] = False  # Debezium leaves out the log's events by their kind, and nothing later
    NAMED_BY: ClassVar[str] = "Default"  # the topic naming strategy that names databases
    FAMILIES = (*FAMILIES, *HISTORY_FAMILIES)
    OLD_NAMES = {
        f"{prefix}.{name}": current for prefix in ("database", "driver") for name, current in _TLS_NAMES.items()
    }
    OLD_VALUES = {
        ("snapshot.mode", "schema_only_recovery"): "recovery",
        **{
            ("schema.history.internal", f"io.debezium.relational.history.{kind}{what}history".lower()): current
            for kind, current in (("kafka", KAFKA_HISTORY), ("file", FILE_HISTORY), ("memory", MEMORY_HISTORY))
            for what in ("database", "schema")
            if f"io.debezium.relational.history.{kind}{what}history" != current.lower()
        },
    }

    # Connection
    database_port: int = but(Config.database_port, default="3306")
    database_server_id: int = option(
        "database.server.id",
        INT,
        None,
        "Number of this replica, unlike that of every other server and replica of the group.",
        required=True,
        minimum=1,
        section="Connection",
    )
    database_server_id_offset: int = option(
        "database.server.id.offset",
        INT,
        "10000",
        "Distance of further clients' numbers.",
        effect="there is one replication client",
        section="Connection",
    )
    database_ssl_truststore: str | None = option(
        "database.ssl.truststore",
        STRING,
        None,
        "File of the certificate authorities, PEM or PKCS12.",
        section="Connection",
    )
    database_ssl_truststore_password: str | None = option(
        "database.ssl.truststore.password", PASSWORD, None, "Password of that file.", section="Connection"
    )
    database_ssl_keystore: str | None = option(
        "database.ssl.keystore",
        STRING,
        None,
        "File of the client's certificate and key, PEM or PKCS12.",
        section="Connection",
    )
    database_ssl_keystore_password: str | None = option(
        "database.ssl.keystore.password", PASSWORD, None, "Password of that file.", section="Connection"
    )
    connect_timeout_ms: int = option(
        "connect.timeout.ms", INT, "30000", "Longest time to connect, in milliseconds.", minimum=1, section="Connection"
    )
    connect_keep_alive: bool = option(
        "connect.keep.alive", BOOLEAN, "true", "Reconnect by itself.", effect=RECONNECT, section="Connection"
    )
    connect_keep_alive_interval_ms: int = option(
        "connect.keep.alive.interval.ms",
        INT,
        "60000",
        "The server says every 0.8 of these milliseconds that it lives; a stream silent for three times as long is"
        " taken for dead.",
        minimum=100,
        section="Connection",
    )
    use_nongraceful_disconnect: bool = option(
        "use.nongraceful.disconnect",
        BOOLEAN,
        "false",
        "Close the replication connection at once.",
        effect="it is always closed at once",
        section="Connection",
    )
    binlog_net_write_timeout: int = option(
        "binlog.net.write.timeout",
        INT,
        "0",
        "Seconds the server waits for us to take an event (net_write_timeout); 0: an hour.",
        minimum=0,
        section="Connection",
    )
    binlog_net_read_timeout: int = option(
        "binlog.net.read.timeout",
        INT,
        "0",
        "Seconds the server waits for what we say (net_read_timeout); 0: the server's default.",
        minimum=0,
        section="Connection",
    )

    # Capture
    database_include_list: list[str] = option(
        "database.include.list",
        REGEX_LIST,
        None,
        "Databases to capture. Not with database.exclude.list.",
        section="What is captured",
    )
    database_exclude_list: list[str] = option(
        "database.exclude.list", REGEX_LIST, None, "Databases not to capture.", section="What is captured"
    )

    # Streaming
    binlog_buffer_size: int = option(
        "binlog.buffer.size",
        INT,
        "0",
        "Events of a transaction that are held back until its commit.",
        minimum=0,
        effect="the servers log a transaction when it commits, so a rollback is not seen",
        section="Streaming",
    )
    gtid_source_includes: list[str] = option(
        "gtid.source.includes",
        REGEX_LIST,
        None,
        "Sources (MySQL: UUIDs) whose transactions count when the position is looked for. Not with"
        " gtid.source.excludes.",
        section="Streaming",
    )
    gtid_source_excludes: list[str] = option(
        "gtid.source.excludes", REGEX_LIST, None, "Sources whose transactions do not count.", section="Streaming"
    )
    gtid_source_filter_dml_events: bool = option(
        "gtid.source.filter.dml.events",
        BOOLEAN,
        "true",
        "Leave out changes of the sources that do not count.",
        section="Streaming",
    )
    gtid_ignore_on_recovery: bool = option(
        "gtid.ignore.on.recovery",
        BOOLEAN,
        "false",
        "Start at the stored file and position even when GTIDs are stored.",
        section="Streaming",
    )
    event_deserialization_failure_handling_mode: str = option(
        "event.deserialization.failure.handling.mode",
        ENUM,
        "fail",
        "What to do with an event that cannot be decoded.",
        ("fail", "ignore", "skip", "warn"),
        refused_values=dict.fromkeys(
            ("ignore", "skip", "warn"), "an event that is not understood may be any change: it is never skipped"
        ),
        section="Errors",
    )
    inconsistent_schema_handling_mode: str = option(
        "inconsistent.schema.handling.mode",
        ENUM,
        "fail",
        "What to do with rows of a captured table whose structure is not known.",
        ("fail", "ignore", "skip", "warn"),
        section="Errors",
    )

    # Snapshot
    snapshot_mode: str = but(
        Config.snapshot_mode,
        doc="When to read the tables as they stand: `initial` once, `always` at every start, `initial_only` and then"
        " stop reading, `no_data` never, `when_needed` also when the log no longer holds the stored position,"
        " `recovery` only the structure, to mend a lost schema history, `configuration_based` by the five properties"
        " below.",
        choices=(
            "always",
            "configuration_based",
            "custom",
            "initial",
            "initial_only",
            "no_data",
            "recovery",
            "when_needed",
        ),
    )
    snapshot_mode_configuration_based_snapshot_schema: bool = but(
        Config.snapshot_mode_configuration_based_snapshot_schema,
        effect="the structure is read when there is no offset",
    )
    snapshot_mode_configuration_based_snapshot_on_schema_error: bool = but(
        Config.snapshot_mode_configuration_based_snapshot_on_schema_error,
        doc="With `configuration_based`: read the structure again when the schema history is missing?",
        effect="",
    )
    snapshot_fetch_size: int | None = but(Config.snapshot_fetch_size, minimum=None, effect=STREAMED)
    snapshot_locking_mode: str = but(
        Config.snapshot_locking_mode,
        default="minimal",
        doc="Locks of the snapshot: `minimal` while position and structure are read, `extended` until the rows are"
        " read, `none`.",
        choices=("custom", "extended", "minimal", "none"),
    )
    min_row_count_to_stream_results: int = option(
        "min.row.count.to.stream.results",
        INT,
        "1000",
        "Rows from which on a result is streamed.",
        minimum=0,
        effect=STREAMED,
        section="Snapshot",
    )

    # Values
    time_precision_mode: str = but(
        Config.time_precision_mode,
        default="adaptive_time_microseconds",
        choices=("adaptive_time_microseconds", "connect", "isostring", "microseconds", "nanoseconds"),
    )
    bigint_unsigned_handling_mode: str = option(
        "bigint.unsigned.handling.mode",
        ENUM,
        "long",
        "BIGINT UNSIGNED as int64, where values above 2^63-1 become negative, or as Decimal.",
        ("long", "precise"),
        section="Values",
    )
    enable_time_adjuster: bool = option(
        "enable.time.adjuster",
        BOOLEAN,
        "true",
        "Years of two digits become years of four.",
        effect="the servers do that themselves when a value is stored",
        section="Values",
    )

    # Records
    topic_naming_strategy: str = but(
        Config.topic_naming_strategy, default="io.debezium.schema.DefaultTopicNamingStrategy"
    )
    include_schema_changes: bool = option(
        "include.schema.changes",
        BOOLEAN,
        "true",
        "Emit a record for every DDL statement, on the topic that is named as topic.prefix: of every table whose"
        " versions are stored (see schema.history.internal.store.only.captured.tables.ddl), captured or not.",
        section="Records",
    )
    include_query: bool = option(
        "include.query",
        BOOLEAN,
        "false",
        "The statement that made a change in `source.query` (the server must log it: binlog_rows_query_log_events,"
        " MariaDB binlog_annotate_row_events).",
        section="Records",
    )

    # Own
    binlog_lag_warn_bytes: int = option(
        "binlog.lag.warn.bytes",
        INT,
        "1073741824",
        "Bytes of the log behind the stored position, from which on a warning is logged; 0: never.",
        minimum=0,
        own=True,
        section="Own",
    )
    binlog_lag_critical_bytes: int = option(
        "binlog.lag.critical.bytes",
        INT,
        "5368709120",
        "The same for an error in the log and in the metric cdc_binlog_lag_level.",
        minimum=0,
        own=True,
        section="Own",
    )
    binlog_retention_warn_percent: int = option(
        "binlog.retention.warn.percent",
        INT,
        "50",
        "Age of the stored position, in percent of binlog_expire_logs_seconds, from which on a warning is logged; 0:"
        " never.",
        minimum=0,
        own=True,
        section="Own",
    )
    binlog_retention_critical_percent: int = option(
        "binlog.retention.critical.percent",
        INT,
        "80",
        "The same for an error in the log and in the metric cdc_binlog_lag_level.",
        minimum=0,
        own=True,
        section="Own",
    )

    # Schema history
    schema_history_internal: str = option(
        "schema.history.internal",
        CLASS,
        KAFKA_HISTORY,
        f"Where table versions are stored: {KAFKA_HISTORY}, {FILE_HISTORY} or {MEMORY_HISTORY}.",
        section="Schema history",
    )
    schema_history_internal_kafka_topic: str | None = option(
        "schema.history.internal.kafka.topic",
        STRING,
        None,
        "Topic of the table versions: one partition, kept for ever.",
        section="Schema history",
    )
    schema_history_internal_kafka_bootstrap_servers: str | None = option(
        "schema.history.internal.kafka.bootstrap.servers",
        STRING,
        None,
        "Its brokers; the worker's when it is missing.",
        section="Schema history",
    )
    schema_history_internal_file_filename: str | None = option(
        "schema.history.internal.file.filename", STRING, None, "File of the table versions.", section="Schema history"
    )
    schema_history_internal_name: str | None = option(
        "schema.history.internal.name",
        STRING,
        None,
        "Name of the history's clients.",
        effect="the client id is the connector's",
        section="Schema history",
    )
    schema_history_internal_prefer_ddl: bool = option(
        "schema.history.internal.prefer.ddl",
        BOOLEAN,
        "false",
        "At a start read the stored statements, although the tables that they made are stored too.",
        section="Schema history",
    )
    schema_history_internal_skip_unparseable_ddl: bool = option(
        "schema.history.internal.skip.unparseable.ddl",
        BOOLEAN,
        "false",
        "Go on after a statement that cannot be understood; the tables it alters are then decoded wrongly or not.",
        section="Schema history",
    )
    schema_history_internal_store_only_captured_tables_ddl: bool = option(
        "schema.history.internal.store.only.captured.tables.ddl",
        BOOLEAN,
        "false",
        "Store versions of captured tables only; a table that is captured later is then not known.",
        section="Schema history",
    )
    schema_history_internal_store_only_captured_databases_ddl: bool = option(
        "schema.history.internal.store.only.captured.databases.ddl",
        BOOLEAN,
        "false",
        "Store versions of tables of captured databases only.",
        section="Schema history",
    )
    schema_history_internal_kafka_recovery_poll_interval_ms: int = option(
        "schema.history.internal.kafka.recovery.poll.interval.ms",
        INT,
        "100",
        "Wait for records while the history is read, in milliseconds.",
        minimum=1,
        effect="the topic is read to its end as it stood at the start",
        section="Schema history",
    )
    schema_history_internal_kafka_recovery_attempts: int = option(
        "schema.history.internal.kafka.recovery.attempts",
        INT,
        "100",
        "Tries to read without a record.",
        minimum=1,
        effect="the topic is read to its end as it stood at the start",
        section="Schema history",
    )
    schema_history_internal_kafka_query_timeout_ms: int = option(
        "schema.history.internal.kafka.query.timeout.ms",
        INT,
        "3000",
        "Longest time to ask Kafka about the topic, in milliseconds.",
        minimum=1,
        effect="ten seconds",
        section="Schema history",
    )
    schema_history_internal_kafka_create_timeout_ms: int = option(
        "schema.history.internal.kafka.create.timeout.ms",
        INT,
        "30000",
        "Longest time to make the topic, in milliseconds.",
        minimum=1,
        effect="thirty seconds",
        section="Schema history",
    )
    schema_history_internal_kafka_buffer_batch_size: int = option(
        "schema.history.internal.kafka.buffer.batch.size",
        INT,
        "1024",
        "Records written at once.",
        minimum=1,
        effect="the client gathers them by itself",
        section="Schema history",
    )
    internal_schema_history_internal_ddl_filter: list[str] = option(
        "internal.schema.history.internal.ddl.filter",
        LIST,
        None,
        "Statements that are not looked at.",
        effect="only statements that change tables are stored",
        section="Internal",
    )

    @property
    def schema_comments(self) -> bool:
        """Whether comments of tables and columns are told."""
        return self.include_schema_comments

    def check(self) -> None:
        """Rules between properties."""
        super().check()
        self.exclusive("database.include.list", "database.exclude.list")
        self.exclusive("gtid.source.includes", "gtid.source.excludes")
        for name in ("database.port", "database.server.id"):
            number = getattr(self, name.replace(".", "_"))
            most = 65535 if name == "database.port" else 4_294_967_295
            if number is not None and number > most:
                self.refuse(name, str(number), "it is too large", f"Use 1 to {most}")
        for client in ("producer", "consumer"):
            prefix = f"schema.history.internal.{client}."
            translation = translate(under(self.raw, prefix), prefix)
            self.problems.extend(translation.problems)
            self.warnings.extend(translation.warnings)
        kind = self.schema_history_internal
        if kind == FILE_HISTORY:
            if not self.schema_history_internal_file_filename:
                self.refuse("schema.history.internal.file.filename", None, "it is required", "Name a file")
        elif kind not in (KAFKA_HISTORY, MEMORY_HISTORY):
            self.refuse(
                "schema.history.internal",
                kind,
                "this store is not available",
                f"Use {KAFKA_HISTORY}, {FILE_HISTORY} or {MEMORY_HISTORY}",
            )

    def finish(self) -> None:
        """The topic of the schema history where the file names none, and notes."""
        super().finish()
        for name in ("database_ssl_truststore", "database_ssl_keystore"):
            path = getattr(self, name)
            if path:
                setattr(self, name, re.sub(r"^file:(//)?", "", path))
        if self.schema_history_internal == KAFKA_HISTORY and not self.schema_history_internal_kafka_topic:
            self.schema_history_internal_kafka_topic = f"schema-history.{self.topic_prefix}"
            self.note(
                "schema.history.internal.kafka.topic is missing: the table versions go to the topic"
                f" {self.schema_history_internal_kafka_topic} (Debezium would refuse the file)"
            )
        if self.schema_history_internal == MEMORY_HISTORY:
            self.note(
                "schema.history.internal keeps table versions in memory: after a restart the structure is read again,"
                " which is wrong for changes from before an ALTER TABLE"
            )


class MySqlConfig(BinlogConfig):
    """Values of the properties of one MySQL connector."""

    PLUGIN = "mysql"
    CONNECTOR = "mysql"
    ALIASES = ("io.debezium.connector.mysql.MySqlConnector",)

    OLD_SETTINGS = tls_settings("required", "verify_ca")
    database_ssl_mode: str = option(
        "database.ssl.mode",
        ENUM,
        "preferred",
        "TLS: none, if the server has it, always, with the server's certificate checked, and its name too.",
        ("disabled", "preferred", "required", "verify_ca", "verify_identity"),
        section="Connection",
    )
    database_jdbc_driver: str = option(
        "database.jdbc.driver",
        CLASS,
        "com.mysql.cj.jdbc.Driver",
        "Class of the JDBC driver.",
        effect=JDBC,
        section="Connection",
    )
    database_protocol: str = option(
        "database.protocol", STRING, "jdbc:mysql", "Protocol of the JDBC driver.", effect=JDBC, section="Connection"
    )
    snapshot_locking_mode: str = but(
        BinlogConfig.snapshot_locking_mode,
        doc="Locks of the snapshot: `minimal` while position and structure are read, `extended` until the rows are"
        " read, `none`; the Percona modes use LOCK TABLES FOR BACKUP.",
        choices=("custom", "extended", "minimal", "minimal_percona", "minimal_percona_no_table_locks", "none"),
    )
    ddl_parser_type: str = option(
        "ddl.parser.type",
        ENUM,
        "default",
        "Grammar of DDL.",
        ("default", "legacy"),
        effect="one parser reads all that the servers accept",
        section="Schema history",
    )
    sourceinfo_struct_maker: str = but(
        Config.sourceinfo_struct_maker, default="io.debezium.connector.mysql.MySqlSourceInfoStructMaker"
    )

    @property
    def tls(self) -> str:
        """TLS in MySQL's words: disabled, preferred, required, verify_ca or verify_identity."""
        return self.database_ssl_mode
