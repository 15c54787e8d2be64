"""The generated reference is up to date and complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cdc.errors import CODES
from connectors.postgresql.config import PostgresConfig
from tools.reference import PACKAGES, modules, pages, stale

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted(path for path in (ROOT / "docs").rglob("*.md"))
# Properties of Debezium 3.6 (common and PostgreSQL) in files that operators have: all must be known.
DEBEZIUM = (ROOT / "tests" / "unit" / "cdc" / "debezium_properties.txt").read_text().split()


def test_reference_pages_are_what_the_code_says() -> None:
    assert stale() == [], "run `make docs`"


@pytest.mark.parametrize("name", DEBEZIUM)
def test_every_property_of_debezium_is_known_and_documented(name: str) -> None:
    found = pages_once()
    assert name in PostgresConfig.OPTIONS or any(
        re.fullmatch(family.pattern, name) for family in PostgresConfig.FAMILIES
    )
    if name in PostgresConfig.OPTIONS:
        assert f"`{name}`" in found["options-common.md"] + found["options-postgresql.md"]


_pages: dict[str, str] = {}


def pages_once() -> dict[str, str]:
    if not _pages:
        _pages.update(pages())
    return _pages


def test_every_error_code_has_its_section() -> None:
    for _ in modules(*PACKAGES):
        pass
    text = pages_once()["errors.md"]
    for code in CODES:
        assert f"## {code}\n" in text


def test_every_part_has_its_section() -> None:
    text = pages_once()["transforms.md"] + pages_once()["converters.md"]
    for module in modules("transforms", "schemas"):
        if hasattr(module, "create"):
            for alias in getattr(module, "ALIASES", ()):
                assert f"`{alias}`" in text


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text()):
        if not re.match(r"[a-z]+:", target):
            assert (path.parent / target).exists(), target
