"""The image, built without an engine and run as one would run it, for each database."""

from __future__ import annotations

import subprocess

import pytest

from tests.installed.databases import Shop
from tests.installed.image import Image
from tests.installed.installation import call
from tests.installed.life import Life, live, may_write_nothing

pytestmark = pytest.mark.timeout(1500)  # the image compiles a wheel of its own
MEGABYTES = 150  # the most that the image may have, compressed


@pytest.fixture
def installation(image: Image) -> Image:
    return image


def test_a_life_of_a_connector(life: Life, shop: Shop, image: Image) -> None:
    def healthy() -> None:
        [port] = image.stage.ports
        words = [word.replace(str(port), str(life.port)) for word in image.stage.health]
        assert words != image.stage.health, "the health check does not ask the port that the image exposes"
        call(image.inside(image.folder, words), image.options())

    live(life, shop, healthy=healthy)


def test_its_user_may_write_nothing(image: Image) -> None:
    may_write_nothing(image)


def test_the_image_is_small_and_starts_the_mounted_file(image: Image) -> None:
    stage = image.stage
    assert (stage.user, stage.entry, stage.command) == ("10001:10001", ["cdc"], ["run", "/config/connector.json"])
    assert image.megabytes <= MEGABYTES
    assert not list(stage.root.glob("wheels*"))
    assert list(stage.root.rglob("cdc/__pycache__/app.*.pyc")), "the modules are not compiled to bytecode"
    options = image.options()
    done = subprocess.run(
        image.words(image.folder / "connector.json", *stage.command), capture_output=True, text=True, **options
    )
    assert (done.returncode, "/config/connector.json" in done.stderr) == (2, True), done.stderr
