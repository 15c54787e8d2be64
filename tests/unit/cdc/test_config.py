"""Reading and checking a connector's properties."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cdc.config import Config, is_secret
from cdc.connector_files import load
from cdc.errors import ConfigError
from cdc.options import COMMENT, IGNORED, MASK, NO_EFFECT, TRANSLATED, Option, Problem, but
from connectors.mariadb.config import MariaDbConfig
from connectors.mysql.config import MySqlConfig
from connectors.postgresql.config import PostgresConfig, replica_identities

MINIMAL: dict[str, object] = {
    "name": "shop",
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "database.hostname": "db",
    "database.user": "u",
    "database.dbname": "shop",
    "topic.prefix": "shop",
    "plugin.name": "pgoutput",
}


def read(properties: dict[str, object]) -> PostgresConfig:
    return PostgresConfig({**MINIMAL, **properties})


def problems(properties: dict[str, object], base: dict[str, object] | None = None) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        PostgresConfig({**(MINIMAL if base is None else base), **properties})
    assert caught.value.code == "HW-CFG-001"
    return [problem for problem in caught.value.problems if isinstance(problem, Problem)]


def test_a_file_without_a_schema_history_gets_a_topic_of_its_own() -> None:
    properties = {
        "connector.class": "io.debezium.connector.mysql.MySqlConnector",
        "database.hostname": "db",
        "database.user": "u",
        "database.server.id": "5",
        "topic.prefix": "shop",
    }
    found = MySqlConfig(properties)
    assert found.schema_history_internal_kafka_topic == "schema-history.shop"
    assert any("go to the topic schema-history.shop" in warning for warning in found.warnings)
    named = MySqlConfig({**properties, "schema.history.internal.kafka.topic": "mine"})
    assert named.schema_history_internal_kafka_topic == "mine"
    assert not any("schema-history" in warning for warning in named.warnings)


@pytest.mark.parametrize("config", [MySqlConfig, MariaDbConfig])
def test_times_have_the_modes_that_debezium_has_for_the_database(config: type[MySqlConfig | MariaDbConfig]) -> None:
    properties = {"database.hostname": "db", "database.user": "u", "database.server.id": "5", "topic.prefix": "shop"}
    with pytest.raises(ConfigError) as refused:
        config({**properties, "time.precision.mode": "adaptive"})
    allowed = "Use adaptive_time_microseconds, connect, isostring, microseconds, nanoseconds"
    assert allowed in str(refused.value)
    assert read({"time.precision.mode": "adaptive"}).time_precision_mode == "adaptive"


def test_defaults_are_debeziums() -> None:
    found = read({})
    assert found.database_port == 5432
    assert found.slot_name == "debezium"
    assert found.publication_name == "dbz_publication"
    assert found.skipped_operations == ["t"]
    assert found.tombstones_on_delete is True
    assert found.decimal_handling_mode == "precise"
    assert found.heartbeat_interval_ms == 0
    assert found.topic_naming_strategy == "io.debezium.schema.SchemaTopicNamingStrategy"
    assert found.warnings == []


def test_json_scalars_and_lists_are_read_as_texts() -> None:
    found = read({"database.port": 6000, "tombstones.on.delete": False, "max.batch.size": 10.0, "slot.name": None,
                  "table.include.list": ["a.b", "c.d"]})  # fmt: skip
    assert found.database_port == 6000
    assert found.tombstones_on_delete is False
    assert found.max_batch_size == 10
    assert found.slot_name == "debezium"
    assert found.table_include_list == ["a.b", "c.d"]
    assert found.raw["tombstones.on.delete"] == "false"


def test_enumerations_are_trimmed_and_regardless_of_case() -> None:
    assert read({"decimal.handling.mode": " STRING "}).decimal_handling_mode == "string"
    assert read({"binary.handling.mode": "Base64-url-safe"}).binary_handling_mode == "base64-url-safe"


def test_all_problems_at_once_each_with_value_reason_remedy_and_nearest_name() -> None:
    found = problems(
        {
            "snapshot.mode": "initail",
            "slot.name": "My-Slot",
            "database.port": "x",
            "table.include.list": "a",
            "table.exclude.list": "b",
        },
        {"name": "shop", "connector.class": "c", "database.hostnam": "db", "topic.prefix": "bad prefix"},
    )
    by_name = {problem.property: problem for problem in found}
    assert set(by_name) == {
        "snapshot.mode", "slot.name", "database.port", "table.exclude.list", "database.hostname", "database.user",
        "database.dbname", "topic.prefix",
    }  # fmt: skip
    assert by_name["snapshot.mode"].did_you_mean == "initial"
    assert by_name["snapshot.mode"].value == "initail"
    assert by_name["slot.name"].did_you_mean == "my_slot"
    assert "database.hostnam" in by_name["database.hostname"].did_you_mean
    assert all(problem.why and problem.remedy for problem in found)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"snapshot.mode": "custom"}, "Java class"),
        ({"signal.data.collection": "s.t"}, "signals"),
        ({"signal.enabled.channels": "source,kafka"}, "signals"),
        ({"notification.enabled.channels": "log"}, "notifications"),
        ({"post.processors": "x"}, "post-processors"),
        ({"converters": "x"}, "converters"),
        ({"exactly.once.support": "required"}, "exactly-once"),
        ({"openlineage.integration.enabled": "true"}, "OpenLineage"),
        ({"topic.naming.strategy": "com.example.Mine"}, "not known"),
        ({"topic.naming.strategy": "io.debezium.schema.SchemaRegexTopicNamingStrategy"}, "ByLogicalTableRouter"),
        ({"sourceinfo.struct.maker": "com.example.Mine"}, "Java class"),
        ({"column.mask.hash.CRC.with.salt.x": "a.b.c"}, "digest"),
        ({"table.include.list": "a[b&&c]"}, "intersection"),
        ({"skipped.operations": "x"}, "no operation"),
        ({"message.key.columns": "a.b"}, "tableRegex"),
        ({"unavailable.value.placeholder": "hex:zz"}, "hexadecimal"),
        ({"replica.identity.autoset.values": "a.b=FULL"}, "tableRegex"),
        ({"max.queue.size": "10"}, "larger than"),
        ({"heartbeat.interval.ms": "-1"}, "at least 0"),
        ({"tasks.max": "0"}, "at least 1"),
        ({"tombstones.on.delete": "yes"}, "true or false"),
        ({"column.mask.with.length.chars": "a.b.c:12"}, "in clear"),
        ({"column.truncate.to.ten.chars": "a.b.c"}, "in clear"),
        ({"producer.override.max.reqest.size": "1"}, "known"),
        ({"producer.override.plugin.library.paths": "/x"}, "native code"),
        ({"transforms": "a,a", "transforms.a.type": "x"}, "twice"),
        ({"transforms": "a"}, "required"),
        ({"transforms": "a", "transforms.a.type": "x", "transforms.a.predicate": "p"}, "no predicate"),
        ({"snapshot.select.statement.overrides": "a.b"}, "names this table"),
        ({"topic.creation.default.cleanup.policy": "compact"}, "required"),
        ({"slot.name": {"a": 1}}, "dict"),
    ],
)
def test_refused_by_name_with_the_reason(properties: dict[str, object], reason: str) -> None:
    found = problems(properties)
    assert any(reason in problem.why or reason in problem.remedy for problem in found), found


def test_what_is_refused_only_when_switched_on_is_accepted_at_its_default() -> None:
    """Each property with its default text in the file is no problem: nothing that changes nothing is refused."""
    texts: dict[str, object] = {
        option.name: option.default for option in PostgresConfig.OPTIONS.values() if option.default is not None
    }
    PostgresConfig({**texts, **MINIMAL})


def test_unknown_properties_are_said_with_the_nearest_name() -> None:
    warnings = read({"tabel.include.list": "x"}).warnings
    assert warnings == [
        "tabel.include.list is not a property of this connector and is ignored, as Debezium does;"
        " did you mean table.include.list?"
    ]


def test_properties_without_effect_are_said_with_the_reason() -> None:
    warnings = read({"max.queue.size": "20000", "tasks.max": 2}).warnings
    assert any(warning.startswith("max.queue.size changes nothing here: ") for warning in warnings)
    assert any(warning.startswith("tasks.max=2") for warning in warnings)
    assert not read({"max.queue.size": "8192"}).warnings


@pytest.mark.parametrize(
    ("old", "attribute", "value"),
    [
        ({"database.server.name": "old"}, "topic_prefix", "old"),
        ({"table.whitelist": "a.b"}, "table_include_list", ["a.b"]),
        ({"column.blacklist": "a.b.c"}, "column_exclude_list", ["a.b.c"]),
        ({"snapshot.mode": "never"}, "snapshot_mode", "no_data"),
        ({"snapshot.mode": "schema_only"}, "snapshot_mode", "no_data"),
        ({"snapshot.mode": "exported"}, "snapshot_mode", "initial"),
        ({"sanitize.field.names": "true"}, "field_name_adjustment_mode", "avro"),
        ({"flush.lsn.source": "false"}, "lsn_flush_mode", "manual"),
        ({"internal.slot.seek.to.known.offset.on.start": True}, "offset_mismatch_strategy", "trust_offset"),
        ({"toasted.value.placeholder": "x"}, "unavailable_value_placeholder", "x"),
    ],
)
def test_old_names_are_translated_and_said(old: dict[str, object], attribute: str, value: object) -> None:
    base = {name: text for name, text in MINIMAL.items() if name != "topic.prefix" or "database.server.name" not in old}
    found = PostgresConfig({**base, **old})
    assert getattr(found, attribute) == value
    assert any("old" in warning for warning in found.warnings)


def test_an_old_name_does_not_win_over_the_new_one() -> None:
    found = read({"table.whitelist": "a.b", "table.include.list": "c.d"})
    assert found.table_include_list == ["c.d"]
    assert any("ignored" in warning for warning in found.warnings)


def test_a_missing_prefix_is_the_connectors_name() -> None:
    found = PostgresConfig({name: text for name, text in MINIMAL.items() if name != "topic.prefix"})
    assert found.topic_prefix == "shop"
    assert any("topic.prefix" in warning for warning in found.warnings)


def test_field_names_are_adjusted_when_the_file_names_an_avro_converter() -> None:
    assert read({"value.converter": "io.confluent.connect.avro.AvroConverter"}).field_name_adjustment_mode == "avro"
    assert read({"value.converter": "x.JsonConverter"}).field_name_adjustment_mode == "none"


def test_skipped_operations_none_is_an_empty_list() -> None:
    assert read({"skipped.operations": "none"}).skipped_operations == []


def test_transforms_and_predicates() -> None:
    found = read(
        {
            "transforms": "route, unwrap",
            "transforms.route.type": "R",
            "transforms.route.regex": "a",
            "transforms.unwrap.type": "U",
            "transforms.unwrap.predicate": "p",
            "transforms.unwrap.negate": "true",
            "transforms.other.type": "x",
            "predicates": "p",
            "predicates.p.type": "P",
            "predicates.p.pattern": ".*",
        }
    )
    assert [(step.name, step.type, step.options, step.predicate, step.negate) for step in found.chain] == [
        ("route", "R", {"regex": "a"}, "", False),
        ("unwrap", "U", {}, "p", True),
    ]
    assert [(step.name, step.type, step.options) for step in found.conditions] == [("p", "P", {"pattern": ".*"})]
    assert any("transforms.other.type is ignored" in warning for warning in found.warnings)


def test_topic_creation_takes_the_first_group_that_matches() -> None:
    found = read(
        {
            "topic.creation.default.partitions": "3",
            "topic.creation.default.replication.factor": "-1",
            "topic.creation.groups": "big",
            "topic.creation.big.include": r"shop\.shop\.orders.*",
            "topic.creation.big.exclude": r".*_old",
            "topic.creation.big.partitions": "12",
            "topic.creation.big.cleanup.policy": "compact",
        }
    )
    big = found.topic_group("shop.shop.orders_1")
    assert big is not None
    assert (big.partitions, big.replication, big.settings) == (12, -1, {"cleanup.policy": "compact"})
    other = found.topic_group("shop.shop.orders_old")
    assert other is not None
    assert other.partitions == 3
    assert read({}).topic_group("x") is None


def test_select_overrides() -> None:
    name = "snapshot.select.statement.overrides"
    found = read({name: "a.b", f"{name}.a.b": "SELECT 1", f"{name}.c.d": "SELECT 2"})
    assert found.select_overrides == {"a.b": "SELECT 1"}
    assert any("c.d" in warning for warning in found.warnings)


def test_converters_and_overrides() -> None:
    found = read({"key.converter": "K", "key.converter.schemas.enable": False, "producer.override.linger.ms": "5"})
    assert found.converter("key") == ("K", {"schemas.enable": "false"})
    assert found.converter("value") is None
    assert found.overrides("producer") == {"linger.ms": "5"}


def test_secrets_are_masked_wherever_they_are_shown() -> None:
    secret = "s3cret-canary"
    properties = {
        "database.password": secret,
        "producer.override.sasl.jaas.config": f'x.ScramLoginModule required username="u" password="{secret}";',
        "value.converter.basic.auth.user.info": f"u:{secret}",
        f"column.mask.hash.v2.SHA-256.with.salt.{secret}": "a.b.c",
    }
    found = read(properties)
    shown = "\n".join(f"{name}" if "salt" in name else f"{name}={text}" for name, (text, _) in found.shown().items())
    assert secret not in "\n".join(line for line in shown.splitlines() if "salt" not in line)
    assert found.shown()["database.password"][0] == MASK
    assert secret in found.secrets()
    bad = problems({**properties, "database.sslpassword": secret, "snapshot.mode": "x"})
    assert all(secret not in str(problem) for problem in bad)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("database.password", True),
        ("value.converter.schema.registry.basic.auth.user.info", True),
        ("producer.override.sasl.jaas.config", True),
        ("producer.override.ssl.keystore.key", True),
        ("message.key.columns", False),
        ("key.converter", False),
        ("topic.prefix", False),
    ],
)
def test_secret_names(name: str, secret: bool) -> None:
    assert is_secret(name) is secret


def test_a_pattern_of_ones_own_adds_secrets() -> None:
    found = read({"custom.sanitize.pattern": ".*hostname.*"})
    assert found.shown()["database.hostname"][0] == MASK


def test_every_property_has_an_attribute_with_its_value() -> None:
    found = read({})
    for option in PostgresConfig.OPTIONS.values():
        assert isinstance(option, Option)
        assert not isinstance(getattr(found, option.attribute), Option), option.name
        assert option.doc.endswith((".", "?")), option.name
        assert option.section, option.name


def test_replica_identities() -> None:
    assert replica_identities(r"a\.b:full, c\.(d|e):INDEX My_Index") == [
        (r"a\.b", "FULL"),
        (r"c\.(d|e)", "INDEX My_Index"),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", json.dumps({"name": "n", "config": {"a": "b", "t": True}})),
        ("a.json", json.dumps({"name": "n", "a": "b", "t": True})),
        ("a.yaml", "name: n\nconfig:\n  a: b\n  t: true\n"),
        ("a.yml", "name: n\na: b\nt: true\n"),
        ("a", '{"name": "n", "a": "b", "t": true}'),
    ],
)
def test_files(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    found = load(file)
    assert found.name == "n"
    assert found.config == {"name": "n", "a": "b", "t": True}


def test_a_file_without_a_name_is_named_after_itself(tmp_path: Path) -> None:
    file = tmp_path / "orders.json"
    file.write_text("{}")
    assert load(file).name == "orders"


@pytest.mark.parametrize("text", ["{", "[1]", "a: [", "'text'"])
def test_files_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"HW-CFG-003"):
        load(file)


def test_a_missing_file() -> None:
    with pytest.raises(ConfigError, match="no/such/file"):
        load("no/such/file.json")


def test_a_subclass_may_declare_a_property_anew() -> None:
    assert Config.OPTIONS == {}
    assert PostgresConfig.OPTIONS["database.port"].default == "5432"


def test_a_declaration_again_differs_in_what_is_named_and_leaves_the_first_alone():
    class Own(Config):
        database_port: int = but(Config.database_port, default="1")

    first, again = Config.database_port, Own.OPTIONS["database.port"]

    assert isinstance(first, Option)
    assert (first.default, again.default) == (None, "1")
    assert {name for name in vars(first) if vars(first)[name] != vars(again)[name]} == {"default"}
    with pytest.raises(AssertionError, match="no defualt"):
        but(Config.database_port, defualt="1")


MYSQL: dict[str, object] = {
    "name": "shop",
    "connector.class": "io.debezium.connector.mysql.MySqlConnector",
    "database.hostname": "db",
    "database.user": "u",
    "database.server.id": "5",
    "topic.prefix": "shop",
}


@pytest.mark.parametrize(
    ("old", "attribute", "value"),
    [
        ({"database.whitelist": "a,b"}, "database_include_list", ["a", "b"]),
        ({"database.blacklist": "a"}, "database_exclude_list", ["a"]),
        ({"database.history.kafka.topic": "h"}, "schema_history_internal_kafka_topic", "h"),
        ({"database.history.kafka.bootstrap.servers": "b:1"}, "schema_history_internal_kafka_bootstrap_servers", "b:1"),
        ({"database.history.skip.unparseable.ddl": "true"}, "schema_history_internal_skip_unparseable_ddl", True),
        ({"database.history.store.only.monitored.tables.ddl": "true"},
         "schema_history_internal_store_only_captured_tables_ddl", True),
        ({"database.history": "io.debezium.relational.history.FileDatabaseHistory",
          "database.history.file.filename": "/f"},
         "schema_history_internal", "io.debezium.storage.file.history.FileSchemaHistory"),
        ({"schema.history.internal": "io.debezium.relational.history.KafkaSchemaHistory"},
         "schema_history_internal", "io.debezium.storage.kafka.history.KafkaSchemaHistory"),
        ({"snapshot.mode": "schema_only_recovery"}, "snapshot_mode", "recovery"),
        ({"database.sslMode": "REQUIRED"}, "tls", "required"),
        ({"driver.sslMode": "VERIFY_CA"}, "tls", "verify_ca"),
        ({"database.requireSSL": "true"}, "tls", "required"),
        ({"database.verifyServerCertificate": "TRUE"}, "tls", "verify_ca"),
        ({"database.trustCertificateKeyStoreUrl": "file:///ca.p12"}, "database_ssl_truststore", "/ca.p12"),
        ({"database.clientCertificateKeyStorePassword": "p"}, "database_ssl_keystore_password", "p"),
    ],
)  # fmt: skip
def test_old_names_of_mysql(old: dict[str, object], attribute: str, value: object) -> None:
    found = MySqlConfig({**MYSQL, **old})
    assert getattr(found, attribute) == value
    assert any(note.kind == TRANSLATED for note in found.warnings)
    assert not any(note.kind == IGNORED for note in found.warnings)


def test_the_login_of_the_history_moves_with_its_old_name() -> None:
    jaas = "org.apache.kafka.common.security.plain.PlainLoginModule required username='u' password='p';"
    found = MySqlConfig({**MYSQL, "database.history.producer.sasl.jaas.config": jaas})
    assert found.raw["schema.history.internal.producer.sasl.jaas.config"] == jaas
    with pytest.raises(ConfigError) as error:
        MySqlConfig(
            {**MYSQL, "database.history.consumer.sasl.jaas.config": "x", "schema.history.internal.producer.lingr.ms": 1}
        )
    assert [problem.property for problem in error.value.problems] == [
        "schema.history.internal.producer.lingr.ms",
        "schema.history.internal.consumer.sasl.jaas.config",
    ]


@pytest.mark.parametrize(
    ("text", "mode", "tls"),
    [
        ("disabled", "disable", "disabled"),
        ("preferred", "preferred", "preferred"),
        ("REQUIRED", "trust", "required"),
        ("verify_ca", "verify-ca", "verify_ca"),
        ("verify_identity", "verify-full", "verify_identity"),
        ("verify-full", "verify-full", "verify_identity"),
    ],
)
def test_mariadb_understands_the_words_of_mysql_for_tls(text: str, mode: str, tls: str) -> None:
    found = MariaDbConfig({**MYSQL, "database.ssl.mode": text})
    assert (found.database_ssl_mode, found.tls) == (mode, tls)
    assert MariaDbConfig({**MYSQL, "database.requireSSL": "true"}).tls == "required"


@pytest.mark.parametrize("name", ["decoderbufs", "wal2json", "wal2json_rds", "wal2json_rds_streaming", "WAL2JSON"])
def test_other_output_plugins_are_read_as_pgoutput_and_it_is_said(name: str) -> None:
    found = read({"plugin.name": name})
    assert found.plugin_name == "pgoutput"
    assert any(name in note and note.kind == TRANSLATED for note in found.warnings)


@pytest.mark.parametrize(
    ("properties", "near"),
    [
        ({"database.sslmod": "verify-full"}, "database.sslmode"),
        ({"database.pasword": "x"}, "database.password"),
        ({"database.flavour": "x"}, None),
        ({"driver.conectTimeout": "1"}, None),
    ],
)
def test_a_driver_property_that_no_driver_has_is_ignored_and_said(
    properties: dict[str, object], near: str | None
) -> None:
    (note,) = read(properties).warnings
    assert note.kind == IGNORED
    assert ("did you mean" in note) == (near is not None)
    assert near is None or near in note


def test_driver_properties_of_postgresql() -> None:
    assert read({"database.connectTimeout": "5", "driver.ApplicationName": "x"}).warnings == []
    (note,) = read({"database.prepareThreshold": "0"}).warnings
    assert note.kind == NO_EFFECT
    assert read({"driver.sslmode": "require"}).database_sslmode == "require"
    assert read({"database.ssl": "true"}).database_sslmode == "verify-full"
    assert read({"database.ssl": "true", "database.sslmode": "require"}).database_sslmode == "require"


def test_a_file_of_postgresql_may_carry_a_schema_history() -> None:
    notes = read(
        {"database.history.kafka.topic": "x", "schema.history.internal": "y", "database.server.id": 1}
    ).warnings
    assert {note.kind for note in notes} == {NO_EFFECT}


def test_comments_are_one_note() -> None:
    notes = read({"_comment": "a", "_comment 2": "b", "# x": "c", "_transforms.a.type": "T", "comment": "d"}).warnings
    assert [note.kind for note in notes] == [COMMENT]
    assert "_comment, _comment 2, # x, _transforms.a.type, comment" in notes[0]


def test_a_topic_group_without_include_matches_nothing() -> None:
    default = {"topic.creation.default.partitions": 1, "topic.creation.default.replication.factor": 1}
    found = read({"topic.creation.groups": "g", "topic.creation.g.partitions": 2, **default})
    group = found.topic_group("any")
    assert group is not None
    assert group.name == "default"
    assert [note.property for note in found.warnings] == ["topic.creation.g.include"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://u:p4ss@h:8081", "http://********@h:8081"),
        ("https://u:p/4@ss@h/x,http://h2", "https://********@h/x,http://h2"),
        ("http://tok3n@h", "http://********@h"),
        ("http://h:8081/a@b", "http://h:8081/a@b"),
        ("http://h/a@b", "http://h/a@b"),
        ("jdbc:mysql://u:p@h:1/d", "jdbc:mysql://********@h:1/d"),
    ],
)
def test_passwords_in_urls_are_masked(text: str, shown: str) -> None:
    found = read({"value.converter.schema.registry.url": text})
    assert found.shown()["value.converter.schema.registry.url"][0] == shown
    assert Problem("x", text, f"{text}: no", "r").value == shown
    if "p4ss" in text:
        assert "p4ss" in found.secrets()


def test_the_password_in_a_login_is_a_secret_by_itself() -> None:
    text = "x.PlainLoginModule required username='user' password='p4ssw0rd';"
    assert "p4ssw0rd" in read({"producer.override.sasl.jaas.config": text}).secrets()
