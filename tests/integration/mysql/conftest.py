"""Servers of both kinds, and a fresh database on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.mysql.setup import reading_of
from tests.integration.reading import Reading
from tests.servers.fixtures import USUAL
from tests.servers.mysql import MysqlServer


@pytest.fixture(params=USUAL)
def server(request: pytest.FixtureRequest) -> MysqlServer:
    """A MySQL server, then a MariaDB server; with HEADWATER_TEST_VERSIONS=all one of each version."""
    found: MysqlServer = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def schema(server: MysqlServer) -> Iterator[str]:
    """The name of a fresh database."""
    name = server.create_database()
    yield name
    server.drop_database(name)


@pytest.fixture
def sql(server: MysqlServer, schema: str) -> Callable[..., Any]:
    """Runs statements in the fresh database."""
    return lambda *statements: server.execute(*statements, database=schema)


@pytest.fixture
def make(server: MysqlServer, schema: str) -> Iterator[Callable[..., Reading]]:
    """Makes sources on the fresh database, and closes them."""
    opened: list[Reading] = []

    def build(**more: Any) -> Reading:
        reading = reading_of(server, schema, **more)
        opened.append(reading)
        return reading

    yield build
    for reading in opened:
        reading.source.close()
