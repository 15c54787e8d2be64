"""The worker's settings: Kafka, converters, where offsets are kept, the port of metrics and health.

They come from a Kafka Connect worker's `.properties`, from the environment as the debezium/connect image reads it,
and from `--set key=value`: `--set` wins over the environment, the environment over the file, the file over the
defaults. Knows no connector and no client library.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar, Final

from cdc.config import INVALID, converter_of, declared, is_secret, under
from cdc.connector_files import UNREADABLE
from cdc.errors import ConfigError
from cdc.java_clients import KNOWN, Setting, Translation, login_problem, login_secrets, translate
from cdc.options import (
    BOOLEAN,
    CLASS,
    ENUM,
    IGNORED,
    INT,
    MASK,
    NO_EFFECT,
    STRING,
    Broken,
    Note,
    Option,
    Problem,
    closest,
    mask_urls,
    option,
    url_secrets,
)
from cdc.providers import Providers, java_properties, resolve

JSON: Final = "org.apache.kafka.connect.json.JsonConverter"
SIMPLE: Final = "org.apache.kafka.connect.storage.SimpleHeaderConverter"
_ONE_PROCESS: Final = "one process runs the connectors it is given; there is no Connect cluster"
_STORES: Final = {
    "org.apache.kafka.connect.storage.kafkaoffsetbackingstore": "kafka",
    "org.apache.kafka.connect.storage.fileoffsetbackingstore": "file",
    "org.apache.kafka.connect.storage.memoryoffsetbackingstore": "memory",
}
# Names that the debezium/connect image knows besides CONNECT_*.
ENVIRONMENT: Final = {
    "BOOTSTRAP_SERVERS": "bootstrap.servers",
    "GROUP_ID": "group.id",
    "OFFSET_STORAGE_TOPIC": "offset.storage.topic",
    "OFFSET_STORAGE_FILE_FILENAME": "offset.storage.file.filename",
    "OFFSET_FLUSH_INTERVAL_MS": "offset.flush.interval.ms",
    "OFFSET_FLUSH_TIMEOUT_MS": "offset.flush.timeout.ms",
    "CONFIG_STORAGE_TOPIC": "config.storage.topic",
    "STATUS_STORAGE_TOPIC": "status.storage.topic",
    "KEY_CONVERTER": "key.converter",
    "VALUE_CONVERTER": "value.converter",
    "REST_PORT": "rest.port",
    "REST_HOST_NAME": "rest.host.name",
    "SHUTDOWN_TIMEOUT": "task.shutdown.graceful.timeout.ms",
    "LOG_LEVEL": "log.level",
    "LOG_FORMAT": "log.format",
}
# Variables CONNECT_* of the images that set up the JVM, not the worker.
_NOT_OURS: Final = re.compile(r"CONNECT_(LOG4J|JMX|KAFKA|OPTS|HEAP|PLUGIN_PATH).*")
_CLIENT: Final = re.compile(r"(producer|consumer|admin)\.(?!override\.)(.+)")


class WorkerOptions:
    """The declarations."""

    bootstrap_servers: str = option(
        "bootstrap.servers", STRING, "localhost:9092", "Kafka brokers: `host:port,...`.", section="Kafka"
    )
    client_id: str | None = option("client.id", STRING, None, "Name of this client at the brokers.", section="Kafka")
    group_id: str = option(
        "group.id", STRING, "headwater", "Name of this worker; prefix of the client id.", section="Kafka"
    )
    topic_creation_enable: bool = option(
        "topic.creation.enable", BOOLEAN, "true", "Whether topic.creation.* of connectors is followed.", section="Kafka"
    )
    connector_client_config_override_policy: str = option(
        "connector.client.config.override.policy",
        STRING,
        "All",
        "What producer.override.* may set: All, Principal (SASL login only) or None.",
        section="Kafka",
    )
    exactly_once_source_support: str = option(
        "exactly.once.source.support",
        ENUM,
        "disabled",
        "Exactly-once delivery.",
        ("disabled", "enabled", "preparing"),
        refused_values={"enabled": "exactly-once delivery is not available yet; delivery is at least once"},
        section="Kafka",
    )
    key_converter: str = option("key.converter", CLASS, JSON, "How keys are written.", section="Converters")
    value_converter: str = option("value.converter", CLASS, JSON, "How values are written.", section="Converters")
    header_converter: str = option("header.converter", CLASS, SIMPLE, "How headers are written.", section="Converters")
    offset_storage: str = option(
        "offset.storage",
        ENUM,
        None,
        "Where offsets are kept; by default `file` when offset.storage.file.filename is set, else `kafka`. `memory`"
        " forgets them at the end. Kafka's class names are understood too.",
        ("file", "kafka", "memory"),
        own=True,
        section="Offsets",
    )
    offset_storage_topic: str = option(
        "offset.storage.topic", STRING, "connect-offsets", "Topic of offsets, compacted.", section="Offsets"
    )
    offset_storage_partitions: int = option(
        "offset.storage.partitions", INT, "25", "Its partitions when it is made.", minimum=-1, section="Offsets"
    )
    offset_storage_replication_factor: int = option(
        "offset.storage.replication.factor",
        INT,
        "-1",
        "Its replication factor when it is made; -1: the broker's default (Kafka Connect: 3).",
        minimum=-1,
        section="Offsets",
    )
    offset_storage_file_filename: str | None = option(
        "offset.storage.file.filename", STRING, None, "File of offsets (JSON, not Java's).", section="Offsets"
    )
    offset_flush_interval_ms: int = option(
        "offset.flush.interval.ms",
        INT,
        "1000",
        "Milliseconds between writes of the offset (Kafka Connect: 60000). What was sent after the last one is sent"
        " again after a crash.",
        minimum=0,
        section="Offsets",
    )
    offset_flush_timeout_ms: int = option(
        "offset.flush.timeout.ms",
        INT,
        "5000",
        "Longest time to write it at the end.",
        minimum=1,
        effect="an orderly stop waits until it is written, at most 30 s",
        section="Offsets",
    )
    rest_port: int = option("rest.port", INT, "8083", "Port of metrics and health; 0: none.", minimum=0, section="HTTP")
    rest_host_name: str = option(
        "rest.host.name",
        STRING,
        "127.0.0.1",
        "Address to listen on; 0.0.0.0 for all (Kafka Connect's default).",
        section="HTTP",
    )
    listeners: str | None = option(
        "listeners", STRING, None, "Kafka Connect's form of the two: `http://host:port`.", section="HTTP"
    )
    headwater_sink: str = option(
        "headwater.sink",
        ENUM,
        "kafka",
        "Where records go: `kafka`, or `null` to measure everything that comes before Kafka (begins at the offset in"
        " offset.storage.file.filename, if there is one, and forgets its own).",
        ("kafka", "null"),
        own=True,
        section="Other",
    )
    log_level: str = option(
        "log.level", ENUM, "info", "Lowest level of log lines.", ("debug", "error", "info", "warning"), own=True,
        section="Log",
    )  # fmt: skip
    log_format: str = option(
        "log.format", ENUM, "auto", "`text`, `json`, or `auto`: text on a terminal.", ("auto", "json", "text"),
        own=True, section="Log",
    )  # fmt: skip
    task_shutdown_graceful_timeout_ms: int = option(
        "task.shutdown.graceful.timeout.ms",
        INT,
        "5000",
        "Grace at stop.",
        minimum=0,
        effect="an orderly stop waits until Kafka has what was read, at most 30 s",
        section="Other",
    )
    config_providers: str | None = option(
        "config.providers",
        STRING,
        None,
        "Config providers with settings of their own (`config.providers.<name>.class`, `.param.*`). env, file and dir"
        " are there without it; `config.providers.<name>.param.directory` names the folder of any other one's secrets.",
        section="Other",
    )
    config_storage_topic: str | None = option(
        "config.storage.topic", STRING, None, "Topic of connector configurations.", effect=_ONE_PROCESS,
        section="Other",
    )  # fmt: skip
    status_storage_topic: str | None = option(
        "status.storage.topic", STRING, None, "Topic of states.", effect=_ONE_PROCESS, section="Other"
    )
    plugin_path: str | None = option(
        "plugin.path", STRING, None, "Folders of Java plug-ins.", effect="there is no JVM", section="Other"
    )


_PASSIVE: Final = (
    r"config\.providers\..+|(config|status|offset)\.storage\..+|plugin\..+|(internal\.)?(key|value|header)\.converter\..+"
    r"|rest\..+|admin\.listeners.*|access\.control\..+|listeners\..+|metrics?\..+|worker\..+|heartbeat\.interval\.ms"
    r"|session\.timeout\.ms|rebalance\.timeout\.ms|scheduled\.rebalance\.max\.delay\.ms|connect\.protocol"
    r"|inter\.worker\..+|response\.http\..+|socket\..+|(internal\.)?(key|value)\.converter|topic\.tracking\..+"
    r"|transaction\..+|log4j\..+|advertised\..+"
)


class WorkerConfig(WorkerOptions):
    """The worker's settings in effect. Raises ConfigError with every problem."""

    OPTIONS: ClassVar[dict[str, Option]] = declared(WorkerOptions)

    def __init__(self, properties: Mapping[str, str] | None = None) -> None:
        self.warnings: list[Note] = []
        self.problems: list[Problem] = []
        given = dict(properties or {})
        self.providers = Providers(given)
        resolved = resolve(given, self.providers)
        self.problems.extend(resolved.problems)
        self.raw: dict[str, str] = {name: str(value) for name, value in resolved.config.items()}
        self.properties = self.raw
        store = _STORES.get(self.raw.get("offset.storage", "").strip().lower())
        if store is not None:
            self.raw["offset.storage"] = store
        for declaration in self.OPTIONS.values():
            text = self.raw.get(declaration.name)
            if text is not None and not text.strip():
                text = None
            problem = None if text is None else declaration.check(text)
            if problem is not None:
                self.problems.append(problem)
                text = None
            setattr(self, declaration.attribute, declaration.parse(declaration.default if text is None else text))
        self._other()
        self._finish()
        if self.problems:
            detail = "; ".join(str(problem) for problem in self.problems)
            raise ConfigError(INVALID, f"worker: {detail}", problems=self.problems)

    def is_set(self, name: str) -> bool:
        """Whether a file, the environment or --set sets a property."""
        return bool(self.raw.get(name, "").strip())

    def resolve(self, config: Mapping[str, object]) -> dict[str, object]:
        """A connector's properties with placeholders replaced. What cannot be is a problem of its own in `Config`."""
        resolved = resolve(config, self.providers)
        broken: dict[str, object] = {problem.property: Broken(problem) for problem in resolved.problems}
        return {**resolved.config, **broken}

    def client_settings(self, client: str, overrides: Mapping[str, str] | None = None) -> dict[str, Setting]:
        """librdkafka's settings of a `producer`, `consumer` or `admin` client: the worker's, then the connector's.

        `overrides` are a connector's `producer.override.*`, in Java's names. Raises ConfigError.
        """
        settings = {**self._connection().settings, **translate(under_client(self.raw, client), f"{client}.").settings}
        settings.setdefault("client.id", self.group_id)
        if overrides:
            translation = translate(overrides, f"{client}.override.")
            problems = [*translation.problems, *self._policy(client, overrides)]
            if problems:
                raise ConfigError(INVALID, "; ".join(str(problem) for problem in problems), problems=problems)
            settings.update(translation.settings)
        problem = login_problem(settings, f"{client}.override.sasl.mechanism" if overrides else "sasl.mechanism")
        if problem is not None:
            raise ConfigError(INVALID, str(problem), problems=[problem])
        return settings

    def converter(self, which: str) -> tuple[str, dict[str, str]]:
        """Class and options of the worker's `key`, `value` or `header` converter."""
        default = str(getattr(self, f"{which}_converter"))
        return converter_of(self.raw, which) or (default, under(self.raw, f"{which}.converter."))

    def _policy(self, client: str, overrides: Mapping[str, str]) -> list[Problem]:
        """Overrides that connector.client.config.override.policy forbids."""
        policy = self.connector_client_config_override_policy.rsplit(".", 1)[-1].lower()
        if not policy.startswith(("none", "principal")):
            return []
        allowed = () if policy.startswith("none") else ("sasl.jaas.config", "sasl.mechanism", "security.protocol")
        return [
            Problem(
                f"{client}.override.{name}",
                None,
                f"the worker's connector.client.config.override.policy={policy} does not allow it",
                f"Set it for the worker ({client}.{name}), or set the policy to All",
            )
            for name in overrides
            if name not in allowed
        ]

    def _connection(self) -> Translation:
        """librdkafka's settings of connection and login, for every client."""
        names = {
            name: text
            for name, text in self.raw.items()
            if name in KNOWN and name not in ("key.converter", "value.converter") and text.strip()
        }
        names["bootstrap.servers"] = self.bootstrap_servers
        return translate(names)

    def shown(self) -> dict[str, tuple[str, str]]:
        """Every property in effect: (text with secrets masked, `set` or `default`)."""
        found = {}
        for name, declaration in self.OPTIONS.items():
            value = getattr(self, declaration.attribute)
            if value is not None:
                found[name] = (self._mask(name, str(value)), "set" if name in self.raw else "default")
        for name, text in self.raw.items():
            found.setdefault(name, (self._mask(name, text), "set"))
        return found

    def secrets(self) -> list[str]:
        """Texts that must appear in no log line."""
        found = list(self.providers.secrets)
        for name, text in self.raw.items():
            if is_secret(name):
                found.append(text)
            found += url_secrets(text)
            if name.endswith("sasl.jaas.config"):
                found += login_secrets(text)
        return [text for text in found if len(text) > 3]

    @staticmethod
    def _mask(name: str, text: str) -> str:
        return MASK if is_secret(name) else mask_urls(text)

    def _other(self) -> None:
        for prefix in ("", "producer.", "consumer.", "admin."):
            given = self._connection() if not prefix else translate(under_client(self.raw, prefix[:-1]), prefix)
            self.problems.extend(given.problems)
            self.warnings.extend(given.warnings)
        for name, text in self.raw.items():
            known = self.OPTIONS.get(name)
            if known is not None:
                if known.effect and text.strip():
                    self.warnings.append(Note(f"{name} changes nothing here: {known.effect}", NO_EFFECT, name))
            elif name not in KNOWN and not _CLIENT.fullmatch(name) and not re.fullmatch(_PASSIVE, name):
                near = closest(name, self.OPTIONS)
                hint = f"; did you mean {near}?" if near else ""
                text = f"{name} is not a property of the worker and is ignored{hint}"
                self.warnings.append(Note(text, IGNORED, name))

    def _finish(self) -> None:
        if self.offset_storage is None:
            self.offset_storage = "file" if self.offset_storage_file_filename else "kafka"
        if self.offset_storage == "file" and not self.offset_storage_file_filename:
            self.problems.append(
                Problem("offset.storage.file.filename", None, "offset.storage=file needs it", "Set the file's path")
            )
        if self.listeners:
            found = re.fullmatch(r"\s*(\w+)://([^:/,]*):(\d+)/?\s*", self.listeners.split(",")[0])
            if found is None or found.group(1).lower() != "http":
                self.problems.append(
                    Problem("listeners", self.listeners, "only http://host:port is served", "Set rest.port instead")
                )
            else:
                if not self.is_set("rest.host.name"):
                    self.rest_host_name = found.group(2) or "0.0.0.0"
                if not self.is_set("rest.port"):
                    self.rest_port = int(found.group(3))
                    self.raw["rest.port"] = found.group(3)
        self.rest_host = self.rest_host_name


def under_client(raw: Mapping[str, str], client: str) -> dict[str, str]:
    """The worker's properties of one kind of client (`producer.linger.ms`)."""
    return {name: text for name, text in under(raw, f"{client}.").items() if not name.startswith("override.")}


def from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Worker properties in the environment: `CONNECT_A_B` -> `a.b`, and the debezium/connect image's short names."""
    found: dict[str, str] = {}
    for name, text in environment.items():
        if name.startswith("CONNECT_") and text and not _NOT_OURS.fullmatch(name):
            found[name[len("CONNECT_") :].lower().replace("_", ".")] = text
    for name, property in ENVIRONMENT.items():
        if environment.get(name):
            found[property] = environment[name]
    return found


def load(
    path: str | Path | None = None,
    assignments: Iterable[str] = (),
    environment: Mapping[str, str] | None = None,
) -> WorkerConfig:
    """The worker's settings: `--set key=value` over environment over file over defaults. Raises ConfigError."""
    properties: dict[str, str] = {}
    if path is not None:
        try:
            properties.update(java_properties(Path(path).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise ConfigError(UNREADABLE, f"{path}: {getattr(error, 'strerror', None) or error}") from None
    properties.update(from_environment(os.environ if environment is None else environment))
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        if not sign or not name.strip():
            raise ConfigError(INVALID, f"--set {assignment}: not of the form key=value")
        properties[name.strip()] = text
    return WorkerConfig(properties)
