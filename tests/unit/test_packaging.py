"""What the wheel asks pip for is what its packages import: tests run where the development tools are, users do not."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SHIPPED: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imports(package: str) -> dict[str, set[str]]:
    """The third-party modules that a package names in an import, and the files that do."""
    found: dict[str, set[str]] = {}
    home = Path(importlib.import_module(package).__path__[0])  # of the checkout, or of an installed wheel
    for file in sorted(home.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for name in names:
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and top not in SHIPPED:
                    found.setdefault(top, set()).add(str(file.relative_to(home.parent)))
    return found


def _declared() -> set[str]:
    return {_normal(re.split(r"[\[=<>~! ;]", word, maxsplit=1)[0]) for word in PROJECT["project"]["dependencies"]}


def _extras() -> set[str]:
    """What a dependency imports when it is there: logins of MariaDB need PyNaCl through PyMySQL."""
    wanted = [word for name in _declared() for word in importlib.metadata.requires(name) or () if "extra ==" in word]
    return {_normal(re.split(r"[\[=<>~! ;]", word, maxsplit=1)[0]) for word in wanted}


def test_every_import_of_the_shipped_packages_is_a_dependency_and_the_other_way_round() -> None:
    distributions = importlib.metadata.packages_distributions()
    needed: dict[str, set[str]] = {}
    for package in SHIPPED:
        for module, files in _imports(package).items():
            assert module in distributions, f"{module}, imported by {sorted(files)}, is not installed"
            for name in distributions[module]:
                needed.setdefault(_normal(name), set()).update(files)
    missing = {name: sorted(files) for name, files in needed.items() if name not in _declared()}
    assert not missing, f"imported, but no dependency of the wheel (pyproject.toml, [project] dependencies): {missing}"
    unused = _declared() - set(needed) - _extras()
    assert not unused, f"dependencies of the wheel that nothing imports: {sorted(unused)}"
