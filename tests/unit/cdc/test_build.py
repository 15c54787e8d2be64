"""The build says what it is, and its list of hot modules is true."""

import tomllib
from pathlib import Path

import pytest

from cdc import binding, build, ledger, model

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
HOT = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]["modules"]


def test_every_hot_module_runs_the_same_way():
    kinds = {str(module.__file__).endswith(".py") for module in (model, binding, ledger)}
    assert kinds == {not build.compiled()}


def test_the_engine_of_every_event_is_among_the_hot_modules():
    assert {"cdc/binding.py", "cdc/model.py", "connectors/postgresql/pgoutput.py", "schemas/json.py"} <= set(HOT)


def test_the_list_is_sorted_and_without_repetition():
    assert sorted(set(HOT)) == HOT


@pytest.mark.parametrize("module", HOT)
def test_a_hot_module_can_be_imported(module):
    __import__(module.removesuffix(".py").replace("/", "."))
