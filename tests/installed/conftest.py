"""What is shipped, once per run: the wheel in a new environment, and the image."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.installed import databases
from tests.installed.databases import Shop
from tests.installed.image import Image
from tests.installed.installation import Environment, Installation
from tests.installed.life import Life
from tests.servers.cache import Unavailable
from tests.servers.fixtures import missing, used
from tests.servers.kafka import KafkaBroker
from tests.servers.registry import SchemaRegistry
from tools.compiled import wheel

IMAGE = "image without an engine"
SHOPS: dict[str, Callable[..., Shop]] = {
    "postgres": databases.postgresql,
    "mysql": databases.binlog("io.debezium.connector.mysql.MySqlConnector"),
    "mariadb": databases.binlog("io.debezium.connector.mariadb.MariaDbConnector"),
}


@pytest.fixture(scope="session")
def environment() -> Iterator[Environment]:
    """The wheel of the present sources in a new environment."""
    made = Environment(wheel())
    yield made
    made.remove()


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    """The Dockerfile's image. Skips, visibly, where this machine cannot make it."""
    try:
        made = Image()
    except Unavailable as error:
        missing(IMAGE, str(error))
        raise AssertionError("not reached") from error
    used(IMAGE, f"{made.megabytes:.0f} MB compressed, of {made.stage.base}'s Debian suite")
    yield made
    made.remove()


@pytest.fixture(params=list(SHOPS))
def shop(request: pytest.FixtureRequest, topic_prefix: str) -> Iterator[Shop]:
    """A fresh database, on each server."""
    made = SHOPS[request.param](request.getfixturevalue(request.param), topic_prefix)
    yield made
    made.drop()


@pytest.fixture
def life(
    installation: Installation,
    shop: Shop,
    kafka: KafkaBroker,
    registry: SchemaRegistry,
    topic_prefix: str,
) -> Iterator[Life]:
    """A connector of the installation that a test's module chooses."""
    with tempfile.TemporaryDirectory(prefix="headwater-life-") as name:  # pytest's are closed to other users
        folder = Path(name)
        folder.chmod(0o755)
        made = Life(installation, topic_prefix, shop, kafka, registry.url, folder)
        yield made
        made.close()
