"""The compiled build beside the checkout: `dist/*.whl`, `.venv-compiled` with it installed, and the unit suite on it.

`python -m tools.compiled wheel|venv|test [pytest arguments]`. Every step is left out when nothing changed since.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv-compiled"
PYTHON = HOME / "bin" / "python"
DIST = ROOT / "dist"
PACKAGES = ("cdc", "connectors", "transforms", "schemas")


def fingerprint() -> str:
    """Of everything that the wheel is made of."""
    digest = hashlib.sha256()
    files = [ROOT / "pyproject.toml", ROOT / "hatch_build.py"]
    for package in PACKAGES:
        files += sorted((ROOT / package).rglob("*.py"))
    for file in files:
        digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def run(*words: str | Path, cwd: Path = ROOT) -> None:
    """Run a program; leave with its exit code when it fails."""
    code = subprocess.call([str(word) for word in words], cwd=cwd)
    if code:
        raise SystemExit(code)


def wheel() -> Path:
    """The wheel of the present sources, in `dist`."""
    mark = DIST / ".fingerprint"
    now = fingerprint()
    made = sorted(DIST.glob("headwater-*.whl"))
    if len(made) != 1 or not mark.exists() or mark.read_text() != now:
        shutil.rmtree(DIST, ignore_errors=True)
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", DIST)
        mark.write_text(now)
        made = sorted(DIST.glob("headwater-*.whl"))
    return made[0]


def environment() -> Path:
    """`.venv-compiled`, with the wheel of the present sources; the path of its Python."""
    made = wheel()
    mark = HOME / ".fingerprint"
    now = (DIST / ".fingerprint").read_text()
    if not PYTHON.exists():
        venv.create(HOME, with_pip=True)
    if not mark.exists() or mark.read_text() != now:
        pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "-q", "install")
        run(*pip, "--upgrade", "pip>=25.1")
        run(*pip, "--group", "dev", made)
        run(*pip, "--no-deps", "--force-reinstall", made)  # the version does not change with the sources
        mark.write_text(now)
    return PYTHON


def test(arguments: list[str]) -> None:
    """Run tests against the wheel: in a copy of the checkout that lacks our packages."""
    python = environment()
    with tempfile.TemporaryDirectory(prefix="headwater-compiled-") as folder:
        copy = Path(folder) / "checkout"
        skip = shutil.ignore_patterns(".*", "dist", "build", "__pycache__", "*.so")

        def ignore(path: str, names: list[str]) -> set[str]:
            return skip(path, names) | (set(PACKAGES) if Path(path) == ROOT else set())

        shutil.copytree(ROOT, copy, ignore=ignore)
        run(python, "-c", "from cdc.build import compiled; assert compiled(), 'the wheel is a plain one'", cwd=copy)
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        run(python, "-m", "pytest", "-p", "no:cacheprovider", *(arguments or ["tests/unit"]), cwd=copy)


def main() -> None:
    """See the module's head."""
    match sys.argv[1:]:
        case ["wheel"]:
            print(wheel().relative_to(ROOT))
        case ["venv"]:
            print(environment().relative_to(ROOT))
        case ["test", *arguments]:
            test(arguments)
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
