"""The share of `make faults` that fits into `make test`: most faults in short, crash points, a few kills."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdc.failpoints import NAMES
from tests.faults.kill import crash_point, kills_in_the_snapshot, kills_in_the_stream
from tests.faults.lists import faults_of
from tests.faults.servers import DATABASES, Servers
from tests.servers.cache import Unavailable
from tests.servers.fixtures import missing

TITLES = {"postgresql": "PostgreSQL 18", "mysql": "MySQL", "mariadb": "MariaDB"}
OF_BINLOGS = (
    "server-restarted",
    "stream-terminated",
    "log-purged-while-down",
    "log-begun-anew-and-grown-beyond",
    "network-cut-in-the-middle-of-an-event",
    "ddl-while-down",
    "history-topic-emptied",
    "xa-transaction-prepared-before-the-snapshot",
    "failover-to-a-replica",
    "server-id-taken",
)
SHARE = {
    "postgresql": (
        "kafka-stopped-with-rows-waiting",
        "topic-unknown",
        "record-too-large-for-the-producer",
        "server-restarted",
        "stream-terminated",
        "slot-in-use",
        "wrong-password",
        "wrong-database",
        "slot-dropped-while-down",
        "slot-made-anew-while-down",
        "wal-removed",
        "publication-dropped-while-down-with-autocreate",
        "table-not-in-the-publication",
        "registry-refuses-a-schema",
        "sigterm-under-load",
        "second-signal",
    ),
    "mysql": OF_BINLOGS,
    "mariadb": OF_BINLOGS,
}
POINTS = {"postgresql": NAMES, "mysql": ("snapshot", "sent", "saving"), "mariadb": ("snapshot-last", "before-save")}


@pytest.fixture(scope="module")
def started() -> Iterator[Servers]:
    """Servers that may be stopped and killed."""
    servers = Servers()
    for name in ("kafka", "registry"):
        try:
            getattr(servers, name)
        except Unavailable as error:
            missing({"kafka": "Kafka"}.get(name, "schema registry"), str(error))
    yield servers
    servers.stop()


@pytest.fixture(scope="module", params=list(DATABASES))
def servers(request: pytest.FixtureRequest, started: Servers) -> Servers:
    """With one kind of database at a time."""
    started.use(request.param)
    try:
        assert started.server
    except Unavailable as error:
        missing(TITLES[request.param], str(error))
    return started


def named(chosen: dict[str, tuple[str, ...]]) -> pytest.MarkDecorator:
    """A test for each kind of database and each of its names."""
    return pytest.mark.parametrize(
        ("servers", "name"), [(kind, name) for kind, names in chosen.items() for name in names], indirect=["servers"]
    )


@named(SHARE)
def test_fault(servers: Servers, name: str) -> None:
    assert faults_of(servers.kind)[name](servers, False).findings == []


@named(POINTS)
def test_crash_point(servers: Servers, name: str) -> None:
    assert crash_point(servers, name).findings == []


def test_kill_9_in_the_stream(servers: Servers) -> None:
    assert kills_in_the_stream(servers, 4).findings == []


def test_kill_9_in_the_snapshot(servers: Servers) -> None:
    assert kills_in_the_snapshot(servers, 3, rows=20_000).findings == []
