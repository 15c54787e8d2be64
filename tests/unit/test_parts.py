"""What `cdc validate` accepts, `cdc run` can build: every documented class, in every place that takes a class."""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cdc import parts
from cdc.app import Builder, configure, connector_module
from cdc.connector_files import ConnectorFile
from cdc.errors import CdcError
from cdc.ledger import Ledger
from cdc.metrics import Metrics
from cdc.model import INT32, STRING, Change, Column, Table, Type
from cdc.options import CLASS
from cdc.pipeline import Control
from cdc.validation import check
from cdc.worker import WorkerConfig, load
from schemas.bytes import ALIASES as BYTES
from tools.reference import modules

PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference"
NAME = re.compile(r"\b(?:io|org|com)\.[a-z][\w.]*\.[A-Z]\w+(?:\$\w+)?")
LEAVES = [module for module in modules("transforms", "schemas") if hasattr(module, "create")]
CLASSES = sorted(
    {name for page in PAGES.glob("*.md") for name in NAME.findall(page.read_text())}
    | {"com.acme.Mine", "io.debezium.transforms.Nothing", "JsonConverter", ""}
)
REFUSED = sorted({name for module in LEAVES for name in getattr(module, "REFUSED", ())})
CONNECTORS = {
    "postgresql": {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "database.dbname": "shop",
    },
    "mysql": {"connector.class": "io.debezium.connector.mysql.MySqlConnector"},
    "mariadb": {"connector.class": "io.debezium.connector.mariadb.MariaDbConnector"},
}
AVRO = "io.confluent.connect.avro.AvroConverter"
BINARY = "io.debezium.converters.BinaryDataConverter"
# What the classes need, in the places where they need it; a class ignores the options of others.
NEEDED = {
    "condition": "true",
    "language": "jsr223.groovy",
    "name": "h",
    "pattern": ".*",
    "regex": "(.*)",
    "replacement": "$1",
    "topic.regex": "(.*)",
    "topic.replacement": "$1",
    "key.enforce.uniqueness": "false",
}
ROUTER = {"transforms": "x", "transforms.x.type": "org.apache.kafka.connect.transforms.RegexRouter"}


class Registry(ThreadingHTTPServer):
    """Takes every schema."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = json.dumps({"id": 7}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def registry() -> Iterator[str]:
    server = Registry()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.url
    server.shutdown()
    thread.join()
    server.server_close()


def given(prefix: str) -> dict[str, str]:
    return {f"{prefix}.{name}": text for name, text in NEEDED.items()}


def places(connector: str, name: str) -> dict[str, dict[str, str]]:
    """Properties that give the class, by the place where they do."""
    found = {
        "transforms.x.type": {**given("transforms.x"), "transforms": "x", "transforms.x.type": name},
        "predicates.p.type": {
            **given("transforms.x"),
            **given("predicates.p"),
            **ROUTER,
            "transforms.x.predicate": "p",
            "predicates": "p",
            "predicates.p.type": name,
        },
        "x.type": {"converters": "x", "x.type": name, "x.selector": ".*", "x.columns": ".*"},
        "header.converter, extended.headers.enabled": {"header.converter": name, "extended.headers.enabled": "false"},
        "value.converter.value.subject.name.strategy": {
            "value.converter": AVRO,
            "value.converter.value.subject.name.strategy": name,
        },
    }
    for which in ("key", "value", "header"):
        property = f"{which}.converter.delegate.converter.type"
        found[property] = {f"{which}.converter": BINARY, property: name}
    options = connector_module(dict(CONNECTORS[connector])).configure({"name": "n"}, strict=False).OPTIONS
    for option in options.values():
        if option.type == CLASS:
            found[option.name] = {option.name: name}
    if connector != "postgresql":  # the parts of the engine are the same for all
        found = {place: properties for place, properties in found.items() if place in (*options, "x.type")}
        found = {place: properties for place, properties in found.items() if not place.endswith(".converter")}
    return found


def with_registry(properties: dict[str, str], url: str) -> dict[str, str]:
    found = dict(properties)
    for which, beside in itertools.product(("key", "value", "header"), ("", "delegate.converter.type.")):
        prefix = f"{which}.converter.{beside}"
        found[f"{prefix}schema.registry.url"] = url
        found[f"{prefix}apicurio.registry.url"] = url
        found[f"{prefix}apicurio.registry.as-confluent"] = "true"
    return found


def worker() -> WorkerConfig:
    settings = ("headwater.sink=null", "offset.storage=memory", "bootstrap.servers=127.0.0.1:9")
    return load(None, settings, {})


def refused(file: ConnectorFile) -> str:
    """What validate says."""
    return "; ".join(str(problem) for problem in check(file, worker(), connect=False).problems)


def failed(file: ConnectorFile) -> str:
    """What happens in a run, up to the first records: a create, a changed key, a delete with its tombstone."""
    try:
        config = configure(file, worker())
        module = connector_module(dict(config.raw))
        running = Builder(config, worker(), Metrics(module.PLUGIN, config.topic_prefix, file.name)).build(Control())
    except CdcError as error:
        return str(error)
    pipeline: Any = running.pipeline
    try:
        source: list[object] = [_sample(field.type) for field in pipeline._source.info.fields]
        columns = [Column("id", Type(INT32)), Column("note", Type(STRING, optional=True))]
        table = Table("shop.orders", ("shop", "orders"), columns, columns[:1], lambda row: row[:1])
        entry = Ledger().open()
        pipeline._outlet.enter(entry)
        pipeline._binder.send([Change(table, "c", None, [1, "x"], source)])
        pipeline._binder.send([Change(table, "d", [1, None], None, source)])
        if config.extended_headers_enabled:  # a changed key brings headers that are structs
            pipeline._binder.send([Change(table, "u", [1, "x"], [2, "x"], source)])
    except CdcError as error:
        return str(error)
    finally:
        running.close()
    return ""


def _sample(type: Type) -> object:
    if type.optional:
        return None
    return "x" if type.kind == STRING else False if type.kind == "boolean" else 0


@pytest.mark.parametrize(
    ("connector", "place"), [(connector, place) for connector in CONNECTORS for place in places(connector, "")]
)
def test_what_validate_accepts_runs_and_what_it_refuses_does_not(
    connector: str, place: str, registry: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("CRITICAL")
    base = {
        "database.hostname": "127.0.0.1",
        "database.user": "u",
        "database.password": "p",
        "database.server.id": "5",
        "topic.prefix": "srv",
        "schema.history.internal": "io.debezium.relational.history.MemorySchemaHistory",
        "schema.history.internal.file.filename": str(tmp_path / "history"),
        **CONNECTORS[connector],
    }
    if connector == "postgresql":
        base = {name: text for name, text in base.items() if not name.startswith(("schema.h", "database.server"))}
    accepted: list[str] = []
    differ: dict[str, tuple[str, str]] = {}
    engine = "converter" in place or place in ("transforms.x.type", "predicates.p.type")
    for name in (*CLASSES, *(REFUSED if engine else ())):
        properties: dict[str, object] = dict(with_registry({**base, **places(connector, name)[place]}, registry))
        file = ConnectorFile("n", properties)
        said, happened = refused(file), failed(file)
        if not said:
            accepted.append(name)
        if bool(said) != bool(happened) and not writes_bytes_only(place, name, happened):
            differ[name] = (said, happened)
    assert not differ
    assert accepted or (connector, place) == ("postgresql", "x.type"), "no class at all is accepted here"


def writes_bytes_only(place: str, name: str, happened: str) -> bool:
    """Whether the records are at fault, not the class: these converters write what a transform made byte strings of."""
    return place.startswith(("key.converter", "value.converter")) and name in (*BYTES, "") and "HW-FMT-003" in happened


@pytest.mark.parametrize(
    "module", [module for module in LEAVES if hasattr(module, "create")], ids=lambda one: one.__name__
)
def test_every_part_says_what_it_can_be_used_as(module: ModuleType) -> None:
    kinds = (
        {parts.TRANSFORM, parts.PREDICATE} if module.__package__ == "transforms" else {parts.CONVERTER, parts.HEADERS}
    )
    assert module.KINDS
    assert set(module.KINDS) <= kinds


@pytest.mark.parametrize(
    ("properties", "property", "why"),
    [
        ({"header.converter": AVRO}, "header.converter", "not a converter of headers"),
        (
            {"value.converter": "org.apache.kafka.connect.storage.SimpleHeaderConverter"},
            "value.converter",
            "not a converter of keys and values",
        ),
        (
            {
                "transforms": "x",
                "transforms.x.type": "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone",
            },
            "transforms.x.type",
            "the class is a predicate, not a transform",
        ),
        (
            {"predicates": "p", "predicates.p.type": "org.apache.kafka.connect.transforms.RegexRouter"},
            "predicates.p.type",
            "the class is a transform, not a predicate",
        ),
        ({"header.converter": BYTES[0]}, "header.converter", "headers of its own, which are text"),
    ],
)
def test_a_class_of_another_kind_is_refused_where_it_stands(
    properties: dict[str, object], property: str, why: str
) -> None:
    base: dict[str, object] = {**CONNECTORS["postgresql"], "database.hostname": "h", "database.user": "u"}
    file = ConnectorFile("n", {**base, "database.password": "p", "topic.prefix": "srv", **properties})
    [problem] = check(file, worker(), connect=False).problems
    assert problem.property == property
    assert why in problem.why
    assert problem.remedy
