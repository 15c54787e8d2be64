"""The share of `make faults` that fits into `make test`: most faults in short, every crash point, a few kills."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdc.failpoints import NAMES
from tests.faults.faults import FAULTS
from tests.faults.kill import crash_point, kills_in_the_snapshot, kills_in_the_stream
from tests.faults.servers import Servers
from tests.servers.cache import Unavailable
from tests.servers.fixtures import missing

SHARE = (
    "kafka-stopped-with-rows-waiting",
    "topic-unknown",
    "record-too-large-for-the-producer",
    "postgres-restarted",
    "backend-terminated",
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
)


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Servers that may be stopped and killed."""
    started = Servers()
    for name in ("postgres", "kafka", "registry"):
        try:
            getattr(started, name)
        except Unavailable as error:
            missing({"postgres": "PostgreSQL 18", "kafka": "Kafka"}.get(name, "schema registry"), str(error))
    yield started
    started.stop()


@pytest.mark.parametrize("name", SHARE)
def test_fault(servers: Servers, name: str) -> None:
    assert FAULTS[name](servers, False).findings == []


@pytest.mark.parametrize("name", NAMES)
def test_crash_point(servers: Servers, name: str) -> None:
    assert crash_point(servers, name).findings == []


def test_kill_9_in_the_stream(servers: Servers) -> None:
    assert kills_in_the_stream(servers, 4).findings == []


def test_kill_9_in_the_snapshot(servers: Servers) -> None:
    assert kills_in_the_snapshot(servers, 3, rows=20_000).findings == []
