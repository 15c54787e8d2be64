"""Properties of the PostgreSQL connector. Source: Debezium 3.6, PostgreSQL connector properties.

The common ones are in `cdc.common`; what is declared here anew has another default or other values.
"""

from __future__ import annotations

import re
from typing import Final

from cdc.config import Config
from cdc.families import FAMILIES
from cdc.options import BOOLEAN, ENUM, INT, PASSWORD, REGEX_LIST, STRING, TRANSLATED, Family, but, option

_SLOT: Final = re.compile(r"[a-z0-9_]{1,63}")
_IDENTITY: Final = re.compile(r"(DEFAULT|FULL|NOTHING|INDEX\s+\S.*)", re.IGNORECASE)
_STRUCT_MAKER: Final = "io.debezium.connector.postgresql.PostgresSourceInfoStructMaker"


# pgjdbc's properties. The first have a counterpart in libpq (connectors.postgresql.connection).
_WORKING: Final = (
    "connectTimeout", "loginTimeout", "ApplicationName", "targetServerType", "loadBalanceHosts", "channelBinding",
    "gssEncMode", "options",
)  # fmt: skip
_IDLE: Final = (
    "adaptiveFetch", "adaptiveFetchMaximum", "adaptiveFetchMinimum", "allowEncodingChanges", "assumeMinServerVersion",
    "authenticationPluginClassName", "autosave", "binaryTransfer", "binaryTransferDisable", "binaryTransferEnable",
    "cancelSignalTimeout", "cleanupSavepoints", "connectThreadFactory", "currentSchema",
    "databaseMetadataCacheFields", "databaseMetadataCacheFieldsMiB", "defaultRowFetchSize", "disableColumnSanitiser",
    "escapeSyntaxCallMode", "groupStartupParameters", "gssResponseTimeout", "gssUseDefaultCreds",
    "hideUnprivilegedObjects", "hostRecheckSeconds", "jaasApplicationName", "jaasLogin", "kerberosServerName",
    "localSocketAddress", "logServerErrorDetail", "logUnclosedConnections", "loggerFile", "loggerLevel",
    "maxResultBuffer", "maxSendBufferSize", "pemKeyAlgorithm", "preferQueryMode", "prepareThreshold",
    "preparedStatementCacheQueries", "preparedStatementCacheSizeMiB", "protocolVersion", "queryTimeout",
    "quoteReturningIdentifiers", "reWriteBatchedInserts", "readOnly", "readOnlyMode", "receiveBufferSize",
    "replication", "requireAuth", "sendBufferSize", "service", "socketFactory", "socketFactoryArg", "socketTimeout",
    "ssl", "sslNegotiation", "sslResponseTimeout", "sslfactoryarg", "sslhostnameverifier", "sslpasswordcallback",
    "sspiServiceClass", "stringtype", "tcpNoDelay", "unknownLength", "useSpnego", "xmlFactoryFactory",
)  # fmt: skip
_OTHER_PLUGINS: Final = (
    "decoderbufs", "wal2json", "wal2json_rds", "wal2json_streaming", "wal2json_rds_streaming",
)  # fmt: skip


class PostgresConfig(Config):
    """Values of the properties of one PostgreSQL connector."""

    PLUGIN = "postgres"
    ALIASES = ("io.debezium.connector.postgresql.PostgresConnector",)
    FAMILIES = (
        *FAMILIES,
        Family(
            "driver.<property>, database.<property>",
            r"(driver|database)\.[A-Za-z]+",
            "Properties of the JDBC driver that have a counterpart in libpq: connectTimeout, loginTimeout,"
            " ApplicationName, targetServerType, loadBalanceHosts, channelBinding, gssEncMode, options.",
            known=_WORKING,
            section="Connection",
        ),
        Family(
            "driver.<other property>, database.<other property>",
            r"(driver|database)\.[A-Za-z]+",
            "Other properties of the JDBC driver (pgjdbc).",
            known=_IDLE,
            effect="no JDBC driver is used, and libpq has no counterpart of it",
            section="Connection",
        ),
        Family(
            "schema.history.internal.*, database.history.*, database.server.id, include.schema.changes",
            r"(schema\.history\.internal|database\.history)(\..+)?|database\.server\.id|include\.schema\.changes",
            "Properties of connectors with a schema history.",
            effect="PostgreSQL's connector has no schema history: the log itself tells the structure of tables",
            section="Connection",
        ),
    )
    OLD_NAMES = {
        f"driver.{name}": f"database.{name}"
        for name in ("sslmode", "sslcert", "sslkey", "sslpassword", "sslrootcert", "tcpKeepAlive", "sslfactory")
    }
    OLD_SETTINGS = {(f"{prefix}.ssl", "true"): ("database.sslmode", "verify-full") for prefix in ("database", "driver")}
    OLD_VALUES = {("plugin.name", name): "pgoutput" for name in _OTHER_PLUGINS}

    # Connection
    database_port: int = but(Config.database_port, default="5432")
    database_dbname: str = option(
        "database.dbname", STRING, None, "The database to capture.", required=True, section="Connection"
    )
    database_sslmode: str = option(
        "database.sslmode",
        ENUM,
        "prefer",
        "TLS, as libpq's sslmode. Only verify-full proves who answers.",
        ("allow", "disable", "prefer", "require", "verify-ca", "verify-full"),
        section="Connection",
    )
    database_sslcert: str | None = option(
        "database.sslcert", STRING, None, "File of the client's certificate (PEM).", section="Connection"
    )
    database_sslkey: str | None = option(
        "database.sslkey", STRING, None, "File of the client's key (PEM or DER).", section="Connection"
    )
    database_sslpassword: str | None = option(
        "database.sslpassword", PASSWORD, None, "Password of the client's key.", section="Connection"
    )
    database_sslrootcert: str | None = option(
        "database.sslrootcert",
        STRING,
        None,
        "File of the certificate authorities (PEM), or `system`.",
        section="Connection",
    )
    database_sslfactory: str | None = option(
        "database.sslfactory",
        STRING,
        None,
        "Java class of TLS sockets.",
        refused="it names a Java class; libpq makes the connection",
        section="Connection",
    )
    database_tcpKeepAlive: bool = option(
        "database.tcpKeepAlive", BOOLEAN, "true", "TCP keepalive.", section="Connection"
    )

    # Capture
    schema_include_list: list[str] = option(
        "schema.include.list",
        REGEX_LIST,
        None,
        "Schemas to capture. Not with schema.exclude.list.",
        section="What is captured",
    )
    schema_exclude_list: list[str] = option(
        "schema.exclude.list", REGEX_LIST, None, "Schemas not to capture.", section="What is captured"
    )
    message_prefix_include_list: list[str] = option(
        "message.prefix.include.list",
        REGEX_LIST,
        None,
        "Prefixes of logical messages (pg_logical_emit_message) to capture. Not with message.prefix.exclude.list.",
        section="What is captured",
    )
    message_prefix_exclude_list: list[str] = option(
        "message.prefix.exclude.list",
        REGEX_LIST,
        None,
        "Prefixes of logical messages not to capture.",
        section="What is captured",
    )
    replica_identity_autoset_values: str | None = option(
        "replica.identity.autoset.values",
        STRING,
        None,
        "Replica identities set at start: `tableRegex:VALUE,...`; VALUE is DEFAULT, FULL, NOTHING or `INDEX name`.",
        section="What is captured",
    )

    # Slot and publication
    plugin_name: str = option(
        "plugin.name",
        ENUM,
        "pgoutput",
        "Output plug-in of logical decoding. Debezium's default is decoderbufs; a file that does not set it, or names"
        " decoderbufs or wal2json, is read with pgoutput, which every server has.",
        ("pgoutput",),
        section="Slot and publication",
    )
    slot_name: str = option(
        "slot.name",
        STRING,
        "debezium",
        "Replication slot: lower-case letters, digits and `_`.",
        section="Slot and publication",
    )
    slot_drop_on_stop: bool = option(
        "slot.drop.on.stop",
        BOOLEAN,
        "false",
        "Drop the slot at an orderly stop; what happens until the next start is then not captured.",
        section="Slot and publication",
    )
    slot_failover: bool = option(
        "slot.failover",
        BOOLEAN,
        "false",
        "Create the slot with FAILOVER (PostgreSQL 17 and later).",
        section="Slot and publication",
    )
    slot_max_retries: int = option(
        "slot.max.retries", INT, "6", "Tries to connect to the slot again.", minimum=0, section="Slot and publication"
    )
    slot_retry_delay_ms: int = option(
        "slot.retry.delay.ms",
        INT,
        "10000",
        "Milliseconds between those tries.",
        minimum=0,
        section="Slot and publication",
    )
    slot_stream_params: str | None = option(
        "slot.stream.params",
        STRING,
        None,
        "More options of START_REPLICATION: `key=value;...`.",
        section="Slot and publication",
    )
    publication_name: str = option(
        "publication.name", STRING, "dbz_publication", "Publication to read.", section="Slot and publication"
    )
    publication_autocreate_mode: str = option(
        "publication.autocreate.mode",
        ENUM,
        "all_tables",
        "A missing publication is made for all tables, for the captured ones (`filtered`; kept up to date), for none,"
        " or not at all.",
        ("all_tables", "disabled", "filtered", "no_tables"),
        section="Slot and publication",
    )
    publish_via_partition_root: bool = option(
        "publish.via.partition.root",
        BOOLEAN,
        "false",
        "A publication that is made publishes the changes of partitions under the name of their root.",
        section="Slot and publication",
    )
    internal_create_slot_command_timeout: int = option(
        "internal.create.slot.command.timeout",
        INT,
        "90",
        "Longest time to create a slot, in seconds.",
        minimum=1,
        section="Internal",
    )

    # Streaming
    offset_mismatch_strategy: str = option(
        "offset.mismatch.strategy",
        ENUM,
        "no_validation",
        "What to do when stored offset and slot differ: start at the offset, advance the slot to it, start at the"
        " slot, or at the greater of the two.",
        ("no_validation", "trust_greater_lsn", "trust_offset", "trust_slot"),
        section="Streaming",
    )
    internal_slot_seek_to_known_offset_on_start: bool = option(
        "internal.slot.seek.to.known.offset.on.start",
        BOOLEAN,
        "false",
        "Old form of offset.mismatch.strategy=trust_offset.",
        section="Internal",
    )
    lsn_flush_mode: str = option(
        "lsn.flush.mode",
        ENUM,
        "connector",
        "Who tells the server what is safe: `connector` after Kafka and offset store have it,"
        " `connector_and_driver` also when an idle server's log moves on, `manual` nobody.",
        ("connector", "connector_and_driver", "manual"),
        section="Streaming",
    )
    flush_lsn_source: bool = option(
        "flush.lsn.source",
        BOOLEAN,
        "true",
        "Old form: true is lsn.flush.mode=connector, false is manual.",
        section="Streaming",
    )
    lsn_flush_timeout_ms: int = option(
        "lsn.flush.timeout.ms",
        INT,
        "30000",
        "Longest time for telling it.",
        minimum=0,
        effect="a status message is sent without waiting",
        section="Streaming",
    )
    lsn_flush_timeout_action: str = option(
        "lsn.flush.timeout.action",
        ENUM,
        "fail",
        "What to do after that time.",
        ("fail", "ignore", "warn"),
        effect="a status message is sent without waiting",
        section="Streaming",
    )
    status_update_interval_ms: int = option(
        "status.update.interval.ms",
        INT,
        "10000",
        "Milliseconds between status messages to the server.",
        minimum=1,
        section="Streaming",
    )
    xmin_fetch_interval_ms: int = option(
        "xmin.fetch.interval.ms",
        INT,
        "0",
        "Milliseconds between reads of the slot's xmin for `source.xmin`; 0: none.",
        minimum=0,
        section="Streaming",
    )
    schema_refresh_mode: str = option(
        "schema.refresh.mode",
        ENUM,
        "columns_diff",
        "When a table's structure is read again.",
        ("columns_diff", "columns_diff_exclude_unchanged_toast"),
        effect="the structure is read again whenever the server announces it",
        section="Streaming",
    )

    # Snapshot
    snapshot_isolation_mode: str = option(
        "snapshot.isolation.mode",
        ENUM,
        "serializable",
        "Isolation of a snapshot on a slot that exists already; on a new slot the slot's own snapshot is read.",
        ("read_committed", "read_uncommitted", "repeatable_read", "serializable"),
        section="Snapshot",
    )

    # Values
    hstore_handling_mode: str = option(
        "hstore.handling.mode", ENUM, "json", "hstore as JSON text or as map.", ("json", "map"), section="Values"
    )
    interval_handling_mode: str = option(
        "interval.handling.mode",
        ENUM,
        "numeric",
        "Intervals as microseconds (months approximated) or as ISO 8601 text.",
        ("numeric", "string"),
        section="Values",
    )
    money_fraction_digits: int = option(
        "money.fraction.digits", INT, "2", "Decimal places of `money`.", minimum=0, section="Values"
    )
    include_unknown_datatypes: bool = option(
        "include.unknown.datatypes",
        BOOLEAN,
        "false",
        "Columns of types without a mapping as binary, not left out.",
        section="Values",
    )
    unavailable_value_placeholder: str = option(
        "unavailable.value.placeholder",
        STRING,
        "__debezium_unavailable_value",
        "What stands for a TOASTed value that the log does not hold; `hex:` starts bytes.",
        section="Values",
    )
    sourceinfo_struct_maker: str = but(Config.sourceinfo_struct_maker, default=_STRUCT_MAKER)

    def check(self) -> None:
        """Rules between properties."""
        super().check()
        self.exclusive("schema.include.list", "schema.exclude.list")
        self.exclusive("message.prefix.include.list", "message.prefix.exclude.list")
        if not _SLOT.fullmatch(self.slot_name):
            self.refuse(
                "slot.name", self.slot_name, "a slot's name has 1 to 63 lower-case letters, digits or `_`",
                "Choose such a name", re.sub(r"[^a-z0-9_]", "_", self.slot_name.lower())[:63],
            )  # fmt: skip
        if self.database_port is not None and self.database_port > 65535:
            self.refuse("database.port", str(self.database_port), "it is no port", "Use 1 to 65535")
        if self.replica_identity_autoset_values:
            from cdc.regex import Untranslatable

            try:
                replica_identities(self.replica_identity_autoset_values)
            except (Untranslatable, ValueError) as error:
                self.refuse(
                    "replica.identity.autoset.values", self.replica_identity_autoset_values, str(error),
                    "Write tableRegex:FULL,otherTable:INDEX name",
                )  # fmt: skip
        text = self.unavailable_value_placeholder
        if text.startswith("hex:"):
            try:
                bytes.fromhex(text[4:])
            except ValueError:
                self.refuse("unavailable.value.placeholder", text, "what follows hex: is not hexadecimal",
                            "Write two digits per byte")  # fmt: skip

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

    def finish(self) -> None:
        """Old forms of two properties, and what the file leaves to us."""
        super().finish()
        if not self.is_set("lsn.flush.mode") and not self.flush_lsn_source:
            self.lsn_flush_mode = "manual"
            self.note("flush.lsn.source=false is an old form: it is read as lsn.flush.mode=manual", TRANSLATED)
        if not self.is_set("offset.mismatch.strategy") and self.internal_slot_seek_to_known_offset_on_start:
            self.offset_mismatch_strategy = "trust_offset"
            self.note(
                "internal.slot.seek.to.known.offset.on.start=true is an old form: it is read as"
                " offset.mismatch.strategy=trust_offset",
                TRANSLATED,
            )
        if not self.is_set("plugin.name"):
            self.note("plugin.name is missing: pgoutput is used (Debezium would look for decoderbufs)")


def replica_identities(text: str) -> list[tuple[str, str]]:
    """Pairs (regular expression of tables, DEFAULT, FULL, NOTHING or `INDEX name`). Raises ValueError."""
    from cdc.options import split_list
    from cdc.regex import java_regex

    found: list[tuple[str, str]] = []
    for item in split_list(text):
        table, colon, identity = item.rpartition(":")
        identity = identity.strip()
        if not colon or not table.strip() or not _IDENTITY.fullmatch(identity):
            raise ValueError(f"{item!r} is not of the form tableRegex:FULL")
        java_regex(table.strip(), ignore_case=True)
        word, space, index = identity.partition(" ")
        found.append((table.strip(), word.upper() + space + index.strip()))
    return found
