"""The composition root: finds parts by name, builds pipelines, supervises tasks. Only this module sees everything."""

from __future__ import annotations

import functools
import importlib
import logging
import secrets
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cdc.binding import Binder, Outlet, Stage
from cdc.config import INVALID, Config, Step, under
from cdc.connector_files import ConnectorFile
from cdc.envelope import heartbeat_table, transaction_table
from cdc.errors import (
    STOP,
    CdcError,
    ConfigError,
    RegistryLost,
    SchemaError,
    SinkFailed,
    SourceRefused,
    StoreFailed,
    define,
)
from cdc.java_clients import login_problem, translate
from cdc.logs import SECRETS
from cdc.metrics import Metrics
from cdc.model import Type
from cdc.names import schema_name_adjuster
from cdc.offsets import FileStore, KafkaStore, MemoryStore, offset_key
from cdc.options import IGNORED, Note, Problem
from cdc.parts import CONVERTER, HEADERS, PREDICATE, TRANSFORM, find
from cdc.pipeline import Control, Pipeline
from cdc.settings import noting, problems_of
from cdc.task import FAILED, RETRYING, STOPPED, Running, Task
from cdc.topics import Topics

if TYPE_CHECKING:
    from cdc.api import History, Source, Store
    from cdc.http import Health
    from cdc.kafka import KafkaSink, TopicRule
    from cdc.worker import WorkerConfig

log = logging.getLogger("cdc.app")

DUPLICATE = define(
    "HW-CFG-004",
    STOP,
    "Two connectors of one process have the same name",
    "Give each connector file its own name",
)

KAFKA_CHECK_SECONDS = 10.0

EXIT_CLEAN = 0
EXIT_INTERNAL = 1
EXIT_CONFIG = 2
EXIT_SOURCE = 3
EXIT_SINK = 4
EXIT_RETRY = 75


def connector_module(raw: dict[str, Any]) -> ModuleType:
    """The package of the connector that a file names."""
    return find("connectors", str(raw.get("connector.class", "")).strip())


def configure(file: ConnectorFile, worker: WorkerConfig, *, strict: bool = False) -> Config:
    """Resolve placeholders and read the properties of a connector. Raises ConfigError with every problem.

    `strict`: what Debezium would ignore is a problem too.
    """
    resolved = worker.resolve(file.config)
    config: Config = connector_module(resolved).configure(resolved)
    for secret in config.secrets():
        SECRETS.add(secret)
    notes = [*file.notes, *config.warnings]
    parts = Parts(config, worker)
    notes += parts.notes
    problems = [*parts.problems, *client_problems(config, worker)]
    if strict:
        problems += strict_problems(notes)
    for note in notes:
        log.warning("%s: %s", file.name, note)
    if problems:
        detail = "; ".join(str(problem) for problem in problems)
        raise ConfigError(INVALID, f"{file.name}: {detail}", problems=problems)
    return config


def strict_problems(notes: list[Note]) -> list[Problem]:
    """What `--strict` refuses: properties and options that nothing reads."""
    return [
        Problem(note.property, None, str(note), "Correct the name or remove it")
        for note in notes
        if note.kind == IGNORED
    ]


class Parts:
    """Transforms, predicates and converters of a connector, with what is wrong with them and what is noted."""

    def __init__(self, config: Config, worker: WorkerConfig) -> None:
        self.problems: list[Problem] = []
        self.notes: list[Note] = []
        self._broken = config.broken
        self.predicates: dict[str, Any] = {}
        self.transforms: list[Any] = []
        self.converters: list[Any] = []
        for step in config.conditions:
            self.predicates[step.name] = self._step("predicates", PREDICATE, step)
        for step in config.chain:
            self.transforms.append(self._step("transforms", TRANSFORM, step))
        for which in ("key", "value", "header"):
            name, options = config.converter(which) or worker.converter(which)
            property = f"{which}.converter"
            kind = HEADERS if which == "header" else CONVERTER
            made = self._make("schemas", kind, name, (options, which == "key"), property, property)
            self.converters.append(made)
            if which == "header" and made is not None and config.extended_headers_enabled:
                self._try_header(made, name)

    def _try_header(self, converter: Any, name: str) -> None:
        """Whether the headers that the connector itself adds can be written."""
        try:
            converter.encode_header(Type("string"), "text")
        except SchemaError as error:
            why = f"the connector adds headers of its own, which are text: {error.detail}"
            remedy = "Set extended.headers.enabled=false, or use another header.converter"
            self.problems.append(Problem("header.converter", name, why, remedy))

    def _step(self, section: str, kind: str, step: Step) -> Any:
        if not step.type:
            return None  # Config has noted it
        owner = f"{section}.{step.name}"
        return self._make("transforms", kind, step.type, (step.options, step.type), owner, f"{owner}.type")

    def _make(self, package: str, kind: str, name: str, arguments: tuple[Any, ...], owner: str, itself: str) -> Any:
        made = None
        with noting(owner) as notes:
            try:
                made = find(package, name, kind).create(*arguments)
            except ConfigError as error:
                found = problems_of(error, owner, itself)
                self.problems.extend(problem for problem in found if problem.property not in self._broken)
        self.notes.extend(notes)
        return made

    def check(self) -> Parts:
        """These parts when nothing is wrong with them. Raises ConfigError."""
        if self.problems:
            detail = "; ".join(str(problem) for problem in self.problems)
            raise ConfigError(INVALID, detail, problems=self.problems)
        return self


def client_problems(config: Config, worker: WorkerConfig) -> list[Problem]:
    """What is wrong with the settings of the Kafka clients that the connector would make."""
    found: list[Problem] = []
    for make in (
        lambda: worker.client_settings("producer", config.overrides("producer")),
        lambda: history_settings(config, worker),
    ):
        try:
            make()
        except ConfigError as error:
            found += [problem for problem in error.problems if problem not in found]
    return found


def stages(config: Config, parts: Parts) -> list[Stage]:
    """The chain of transforms with their predicates."""
    return [
        Stage(step.name, transform, parts.predicates.get(step.predicate), step.negate)
        for step, transform in zip(config.chain, parts.transforms, strict=True)
    ]


def run_id() -> str:
    """A time-ordered identifier of this start (UUID version 7)."""
    stamp = time.time_ns() // 1_000_000
    text = f"{stamp:012x}7{secrets.randbits(12):03x}{0x8000 | secrets.randbits(14):04x}{secrets.randbits(48):012x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def open_store(config: Config, worker: WorkerConfig, sink: KafkaSink | None = None) -> Store:
    """The offset store that the worker names, for one connector."""
    key = offset_key(str(config.raw["name"]), config.topic_prefix)
    kind = worker.offset_storage
    if kind == "file":
        return FileStore(Path(worker.offset_storage_file_filename or "offsets.json"), key)
    if kind == "memory":
        return MemoryStore()
    from cdc.kafka import KafkaSink as Kafka

    client = worker.client_settings("consumer")
    producer = (sink or Kafka(worker.client_settings("producer"))).producer
    return KafkaStore(
        producer,
        client,
        config.offsets_storage_topic or worker.offset_storage_topic,
        key,
        partitions=worker.offset_storage_partitions,
        replication=worker.offset_storage_replication_factor,
    )


def stored_offset(config: Config, worker: WorkerConfig) -> dict[str, object] | None:
    """Where a trial without Kafka begins: at the offset in the file, if there is one; it is not moved."""
    return open_store(config, worker).load() if worker.offset_storage == "file" else None


def upgraded_offset(config: Config, offset: dict[str, object] | None) -> dict[str, object]:
    """The offset that goes on from `offset` on a server that was upgraded in place. Raises CdcError."""
    connector = connector_module(dict(config.raw))
    if not hasattr(connector, "upgraded"):
        raise ConfigError(
            INVALID,
            "offsets upgrade: is for PostgreSQL and pg_upgrade",
            "Start the connector: it goes on from its offset on an upgraded server",
        )
    if offset is None:
        raise ConfigError(INVALID, "offsets upgrade: no offset is stored", "Start the connector, it begins anew")
    found: dict[str, object] = connector.upgraded(config, offset)
    return found


def open_history(config: Config, worker: WorkerConfig) -> History | None:
    """The store of table versions that a connector's file names; None: its connector needs none."""
    kind: str | None = getattr(config, "schema_history_internal", None)
    if kind is None:
        return None
    from cdc.history import FileHistory, KafkaHistory, MemoryHistory

    if kind.endswith(".FileSchemaHistory"):
        return FileHistory(Path(config.raw["schema.history.internal.file.filename"]))
    if kind.endswith(".MemorySchemaHistory"):
        return MemoryHistory()
    settings = history_settings(config, worker)
    return KafkaHistory(
        str(getattr(config, "schema_history_internal_kafka_topic")),  # noqa: B009 - of connectors with a history
        settings["admin"],
        producer=settings["producer"],
        consumer=settings["consumer"],
    )


def history_settings(config: Config, worker: WorkerConfig) -> dict[str, dict[str, Any]]:
    """librdkafka's settings of the schema history in Kafka: `admin` for all clients, and what `producer` and `consumer`
    have besides; empty when it is not in Kafka. Raises ConfigError."""
    if not str(getattr(config, "schema_history_internal", "")).endswith(".KafkaSchemaHistory"):
        return {}
    found: dict[str, dict[str, Any]] = {"admin": dict(worker.client_settings("admin"))}
    servers = config.raw.get("schema.history.internal.kafka.bootstrap.servers")
    if servers:
        found["admin"]["bootstrap.servers"] = servers
    problems: list[Problem] = []
    for client in ("producer", "consumer"):
        prefix = f"schema.history.internal.{client}."
        translation = translate(under(config.raw, prefix), prefix)
        problems += translation.problems
        found[client] = translation.settings
        lacking = login_problem({**found["admin"], **translation.settings}, f"{prefix}sasl.mechanism")
        if lacking is not None:
            problems.append(lacking)
    if problems:
        raise ConfigError(INVALID, "; ".join(str(problem) for problem in problems), problems=problems)
    return found


class Builder:
    """Makes the pipeline of one connector, anew for every start."""

    def __init__(self, config: Config, worker: WorkerConfig, metrics: Metrics) -> None:
        self._config = config
        self._worker = worker
        self._metrics = metrics
        self._run_id = run_id()
        self._memory: Store | None = None  # offsets in memory outlive a restart of the task
        self._history: History | None = None  # and so do table versions

    def build(self, control: Control) -> Running:
        """Connect to Kafka, then put the parts together; the source connects when the pipeline runs."""
        config, worker, metrics = self._config, self._worker, self._metrics
        connector = connector_module(dict(config.raw))
        # The source's client library takes longest to import: that goes on while Kafka is waited for.
        module = f"{connector.__name__}.source"
        threading.Thread(target=importlib.import_module, args=(module,), name="import", daemon=True).start()
        sink: Any
        if worker.headwater_sink == "null":
            from cdc.kafka import NullSink

            sink = NullSink()
            store = self._memory = self._memory or MemoryStore(stored_offset(config, worker))
        else:
            from cdc.kafka import KafkaSink as Kafka

            settings = worker.client_settings("producer", config.overrides("producer"))
            rule = functools.partial(topic_rule, config) if worker.topic_creation_enable else None
            sink = Kafka(settings, metrics.statistics, rule)
            metrics.queue_capacity = sink.capacity
            sink.check(KAFKA_CHECK_SECONDS)
            if worker.offset_storage == "memory":
                store = self._memory = self._memory or MemoryStore()
            else:
                store = open_store(config, worker, sink)
                if isinstance(store, KafkaStore):
                    store.read_ahead()
        source: Source = connector.create(config, control.wait)
        topics = Topics(config)
        history = self._history = self._history or open_history(config, worker)
        if history is not None:
            source.equip(history, topics.schema_changes)
        pipeline = Pipeline(
            config,
            source,
            sink,
            store,
            metrics,
            control,
            heartbeat_table(topics.heartbeat),
            worker.offset_flush_interval_ms / 1000,
            tolerant=config.errors_tolerance == "all",
        )
        parts = Parts(config, worker).check()
        key_format, value_format, header = parts.converters
        context = []
        if config.extended_headers_enabled:
            context = [
                ("__debezium.context.connectorLogicalName", config.topic_prefix),
                ("__debezium.context.taskId", "0"),
                ("__debezium.context.connectorName", source.connector),
                ("__debezium.context.runId", self._run_id),
            ]
        outlet = Outlet(
            stages(config, parts),
            key_format,
            value_format,
            header.encode_header,
            context,
            sink,
            pipeline.wait,
            sink.prepare,
        )
        transactions = transaction_table(topics.transaction) if config.provide_transaction_metadata else None
        source.transactions = transactions
        binder = Binder(
            topics,
            source.info,
            schema_name_adjuster(config.schema_name_adjustment_mode),
            outlet,
            config.tombstones_on_delete,
            transactions,
            frozenset(config.skipped_operations if config.SPLIT_SKIPS else ()),
        )
        pipeline.connect(outlet, binder)
        closers = [source.close, sink.close, store.close]
        if history is not None:
            closers.append(history.close)
        return Running(pipeline, closers)


def topic_rule(config: Config, topic: str) -> TopicRule | None:
    """What topic.creation.* says about a topic."""
    from cdc.kafka import TopicRule as Rule

    group = config.topic_group(topic)
    return None if group is None else Rule(group.partitions, group.replication, group.settings)


def exit_code(tasks: list[Task]) -> int:
    """The process's exit code: that of the gravest failure."""
    worst = EXIT_CLEAN
    for task in tasks:
        error = task.error
        if task.state == STOPPED:
            continue
        if isinstance(error, ConfigError):
            code = EXIT_CONFIG
        elif isinstance(error, SourceRefused):
            code = EXIT_SOURCE
        elif isinstance(error, SinkFailed | StoreFailed | SchemaError | RegistryLost):
            code = EXIT_SINK
        elif isinstance(error, CdcError) and error.policy != STOP:
            code = EXIT_RETRY
        else:
            code = EXIT_INTERNAL
        worst = code if worst == EXIT_CLEAN or code == EXIT_INTERNAL else worst
    return worst


class App:
    """All connectors of one process, from start to exit."""

    def __init__(self, files: list[ConnectorFile], worker: WorkerConfig, *, strict: bool = False) -> None:
        self._worker = worker
        self.tasks: list[Task] = []
        self._stops = 0
        names = [file.name for file in files]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ConfigError(DUPLICATE, ", ".join(twice))
        problems: list[Problem] = []
        failures: list[ConfigError] = []
        for file in files:
            try:
                config = configure(file, worker, strict=strict)
            except ConfigError as error:
                failures.append(error)
                problems.extend(error.problems)
                continue
            plugin = connector_module(dict(config.raw)).PLUGIN
            metrics = Metrics(plugin, config.topic_prefix, file.name)
            metrics.tags = config.metric_tags
            builder = Builder(config, worker, metrics)
            self.tasks.append(
                Task(
                    file.name,
                    builder.build,
                    metrics,
                    max_retries=config.errors_max_retries,
                    longest_wait=config.retriable_restart_connector_wait_ms / 1000,
                )
            )
        if failures:
            if len(failures) == 1:
                raise failures[0]
            raise ConfigError(failures[0].code, "; ".join(error.detail for error in failures), problems=problems)

    def stop(self, *_: object) -> None:
        """Ask every task to stop; asked again, at once."""
        self._stops += 1
        log.info("stopping: %s", "delivering what was read" if self._stops == 1 else "at once")
        for task in self.tasks:
            task.control.stop()

    def live(self) -> Health:
        """Whether the process can work: every task's thread is alive or has ended by itself."""
        dead = [task.name for task in self.tasks if not task.thread.is_alive() and task.state not in (FAILED, STOPPED)]
        return not dead, {"status": "DOWN" if dead else "UP", "dead": dead}

    def ready(self) -> Health:
        """Whether every task runs."""
        states = {
            task.name: {
                "state": task.state,
                "error": SECRETS.mask(str(task.error)) if task.error is not None else None,
            }
            for task in self.tasks
        }
        fine = all(task.state not in (FAILED, STOPPED, RETRYING) for task in self.tasks)
        return fine, {"status": "UP" if fine else "DOWN", "connectors": states}

    def scrape(self, accept: str) -> tuple[bytes, str]:
        """The metrics page."""
        return self._exposition()(accept)

    @functools.cache  # noqa: B019 - one App per process
    def _exposition(self) -> Callable[[str], tuple[bytes, str]]:
        from prometheus_client import CollectorRegistry, ProcessCollector
        from prometheus_client.exposition import choose_encoder

        from cdc.build import VERSION, compiled
        from cdc.metrics import Collector

        registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=registry)
        collector = Collector([task.metrics for task in self.tasks], VERSION, "compiled" if compiled() else "plain")
        registry.register(collector)

        def page(accept: str) -> tuple[bytes, str]:
            encode, kind = choose_encoder(accept)
            return encode(registry), kind

        return page

    def run(self) -> int:
        """Run until every task has ended; the exit code."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        for task in self.tasks:
            task.thread.start()
        server = self._serve()
        try:
            while any(task.thread.is_alive() for task in self.tasks):
                for task in self.tasks:
                    task.thread.join(0.1)
                    if self._stops > 1 and task.thread.is_alive():
                        task.thread.join(5)
                if self._stops > 1:
                    break
        finally:
            if server is not None:
                server.close()
        code = exit_code(self.tasks)
        log.info("ended with exit code %d: %s", code, {task.name: task.state for task in self.tasks})
        return code

    def _serve(self) -> Any:
        worker = self._worker
        if worker.rest_port <= 0:
            return None
        from cdc.http import HttpServer

        try:
            server = HttpServer(worker.rest_host_name, worker.rest_port, self.live, self.ready, self.scrape)
        except OSError as error:
            log.error("HTTP port %s:%d cannot be opened: %s", worker.rest_host_name, worker.rest_port, error.strerror)
            return None
        server.start()
        log.info("metrics and health on http://%s:%d", worker.rest_host_name, server.port)
        return server


def run(files: list[ConnectorFile], worker: WorkerConfig, *, strict: bool = False) -> int:
    """Run connectors until they end or a signal stops them; the exit code. Raises ConfigError."""
    return App(files, worker, strict=strict).run()
