"""The pytest plugin of the real servers: fixtures that start a server once per run, and the report at its end.

With `CI=true` a missing server that is required (PostgreSQL 16 and 18, Kafka, the registry) fails the run.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import pytest

from tests.servers.cache import Unavailable
from tests.servers.kafka import KafkaBroker
from tests.servers.mariadb import MariadbServer
from tests.servers.mysql import MysqlServer
from tests.servers.postgresql import PostgresServer
from tests.servers.registry import SchemaRegistry

Server = TypeVar("Server")
Database = TypeVar("Database", PostgresServer, MysqlServer)
REQUIRED = ("PostgreSQL 16", "PostgreSQL 18", "Kafka", "schema registry")
VERSIONS: dict[str, tuple[type[MysqlServer], str]] = {  # by the names of their fixtures
    "mysql": (MysqlServer, "9.7"),
    "mariadb": (MariadbServer, "11.8"),
    "mysql84": (MysqlServer, "8.4"),
    "mysql80": (MysqlServer, "8.0"),
    "mariadb1011": (MariadbServer, "10.11"),
}
NEWEST = ("mysql", "mariadb")
EVERY = tuple(VERSIONS)
USUAL = EVERY if os.environ.get("HEADWATER_TEST_VERSIONS") == "all" else NEWEST
_used: dict[str, str] = {}
_missing: dict[str, str] = {}

every_version = pytest.mark.parametrize("server", EVERY, indirect=True)  # for tests whose servers are USUAL otherwise


def also_older(name: str, values: Sequence[object], older: Sequence[object]) -> pytest.MarkDecorator:
    """A parameter of a test, with a share of its values on the servers that are not USUAL."""
    cases = [(server, value) for server in EVERY for value in (values if server in USUAL else older)]
    return pytest.mark.parametrize(("server", name), cases, indirect=["server"])


def used(name: str, description: str) -> None:
    """Note a server for the report at the end of the run."""
    _used[name] = description


def missing(name: str, reason: str) -> None:
    """Skip the test that asked for a server (visibly), or fail where the server is required."""
    _missing[name] = reason
    if os.environ.get("CI") == "true" and name in REQUIRED:
        pytest.fail(f"{name} is required in CI and not available: {reason}", pytrace=False)
    pytest.skip(f"{name} is not available: {reason}")


def _started(name: str, start: Callable[[], Server]) -> Server:
    if name in _missing:
        missing(name, _missing[name])
    try:
        return start()
    except Unavailable as error:
        missing(name, str(error))
        raise AssertionError("not reached") from error


def _database(name: str, start: Callable[[], Database]) -> Iterator[Database]:
    server = _started(name, start)
    used(name, f"{server.server_version} ({server.origin})")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """PostgreSQL 18."""
    yield from _database("PostgreSQL 18", lambda: PostgresServer.start("18"))


@pytest.fixture(scope="session")
def postgres16() -> Iterator[PostgresServer]:
    """PostgreSQL 16."""
    yield from _database("PostgreSQL 16", lambda: PostgresServer.start("16"))


@pytest.fixture(scope="session")
def postgres_contrib() -> Iterator[PostgresServer]:
    """PostgreSQL 18 with the contrib modules, PostGIS and pgvector."""
    yield from _database("PostgreSQL 18 with contrib", lambda: PostgresServer.start("18-contrib"))


def _mysql(fixture: str) -> Iterator[MysqlServer]:
    kind, version = VERSIONS[fixture]
    yield from _database(kind.title(version), lambda: kind.start(version))


@pytest.fixture(scope="session")
def mysql() -> Iterator[MysqlServer]:
    """MySQL 9.7 with the binary log and GTIDs on."""
    yield from _mysql("mysql")


@pytest.fixture(scope="session")
def mysql84() -> Iterator[MysqlServer]:
    """MySQL 8.4, likewise."""
    yield from _mysql("mysql84")


@pytest.fixture(scope="session")
def mysql80() -> Iterator[MysqlServer]:
    """MySQL 8.0, likewise."""
    yield from _mysql("mysql80")


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MysqlServer]:
    """MariaDB 11.8 with the binary log on."""
    yield from _mysql("mariadb")


@pytest.fixture(scope="session")
def mariadb1011() -> Iterator[MysqlServer]:
    """MariaDB 10.11, likewise."""
    yield from _mysql("mariadb1011")


@pytest.fixture(scope="session")
def kafka() -> Iterator[KafkaBroker]:
    """A Kafka broker."""
    broker = _started("Kafka", KafkaBroker.start)
    used("Kafka", f"{broker.version} ({broker.origin})")
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def registry() -> Iterator[SchemaRegistry]:
    """A schema registry with Confluent's interface."""
    server = _started("schema registry", SchemaRegistry.start)
    used("schema registry", f"{server.version} ({server.origin})")
    yield server
    server.stop()


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    """The name of a fresh database on PostgreSQL 18, dropped with its slots afterwards."""
    name = postgres.create_database()
    yield name
    postgres.drop_database(name)


@pytest.fixture
def topic_prefix() -> str:
    """A topic prefix that nobody else uses."""
    return f"t{uuid.uuid4().hex[:12]}"


LONGEST = ("tests/faults/", "tests/golden/")  # begun first: each keeps a process of the run busy to the end


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest folders first; else the order stays, random."""

    def rank(item: pytest.Item) -> int:
        return next((n for n, folder in enumerate(LONGEST) if item.nodeid.startswith(folder)), len(LONGEST))

    items.sort(key=rank)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the notes of a process of the run to the one that reports."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["servers"] = [_used, _missing]


class Collector:
    """Takes the notes of the processes of a run (pytest -n)."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """A process of the run has ended."""
        used, missing = getattr(node, "workeroutput", {}).get("servers", ({}, {}))
        _used.update(used)
        _missing.update(missing)


def pytest_configure(config: pytest.Config) -> None:
    """Take notes of other processes, if there are any."""
    config.pluginmanager.register(Collector())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which real servers were used and which were not to be had."""
    if not _used and not _missing:
        return
    terminalreporter.section("real servers")
    for name, description in sorted(_used.items()):
        terminalreporter.line(f"{name}: {description}")
    for name, reason in sorted(_missing.items()):
        terminalreporter.line(f"{name}: SKIPPED, {reason}")
