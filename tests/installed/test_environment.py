"""The wheel alone, in a new environment that cannot be changed, for each database."""

from __future__ import annotations

import pytest

from tests.installed.databases import Shop
from tests.installed.installation import Environment
from tests.installed.life import Life, live, may_write_nothing

pytestmark = pytest.mark.timeout(900)  # the wheel may have to be compiled first


@pytest.fixture
def installation(environment: Environment) -> Environment:
    return environment


def test_a_life_of_a_connector(life: Life, shop: Shop, environment: Environment) -> None:
    live(life, shop)
    assert not environment.changed()


def test_its_user_may_write_nothing(environment: Environment) -> None:
    may_write_nothing(environment)
