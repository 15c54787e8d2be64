"""Sources of the PostgreSQL connector, closed when the test is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connectors.postgresql.source import PostgresSource
from tests.integration.postgresql.setup import config
from tests.servers.postgresql import PostgresServer


@pytest.fixture
def sources() -> Iterator[Callable[..., PostgresSource]]:
    """Makes sources on a database of a server, from properties as `config` takes them, and closes them."""
    opened: list[PostgresSource] = []

    def make(server: PostgresServer, database: str, **more: object) -> PostgresSource:
        opened.append(PostgresSource(config(server, database, **more)))
        return opened[-1]

    yield make
    for source in opened:
        source.close()
