"""Every deliberate difference is told to users."""

from __future__ import annotations

from pathlib import Path

from tests.golden.deviations import DEVIATIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "compatibility.md"


def test_every_deviation_has_its_line_in_the_documentation() -> None:
    text = PAGE.read_text()
    missing = [deviation.id for deviation in DEVIATIONS if f"| `{deviation.id}` | {deviation.reason} |" not in text]
    assert missing == []
