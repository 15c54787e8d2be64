"""The wheel in a new environment with nothing beside it, used by somebody who may write temporary files only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tests.servers import cache
from tests.servers.process import unprivileged

PROGRAM_SECONDS = 120


class Installation(Protocol):
    """Headwater as it is shipped. `folder` is where the connector files of a test stand."""

    name: str

    def words(self, file: Path, *arguments: str) -> list[str]:
        """The command line of `cdc`, with the connector file at the place of `FILE`."""

    def options(self) -> dict[str, object]:
        """What subprocess needs to start it."""

    def python(self, code: str) -> list[str]:
        """The command line that runs a line of Python there."""


def call(words: Sequence[str], options: Mapping[str, object], *, code: int = 0) -> str:
    """Run a program of an installation to its end; its standard output."""
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PROGRAM_SECONDS,
        check=False,
        **options,  # type: ignore[call-overload]
    )
    output: str = done.stdout
    assert done.returncode == code, f"{' '.join(words)} ended with {done.returncode}:\n{output}{done.stderr}"
    return output


class Environment:
    """A virtual environment with the wheel and what the wheel asks for, nothing else; it cannot be changed."""

    name = "a new environment"

    def __init__(self, wheel: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="headwater-installed-"))
        self.folder.chmod(0o755)
        self.home = self.folder / "home"  # stays empty
        self.home.mkdir()
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.temporary.chmod(0o1777)
        self._bin = self.folder / "venv" / "bin"
        python = _interpreter()
        self._libraries = python.parents[1] / "lib"  # where a copy's own libpython is, if it has one
        making = {**os.environ, "LD_LIBRARY_PATH": str(self._libraries)}
        subprocess.run([python, "-m", "venv", self.folder / "venv"], check=True, env=making)
        pip = [self._bin / "python", "-m", "pip", "--disable-pip-version-check", "-q"]
        subprocess.run([*pip, "install", wheel], check=True, env=making)
        subprocess.run([*pip, "check"], check=True, env=making)
        for path in (*self.folder.rglob("*"), self.folder):
            if not path.is_symlink() and self.temporary != path:
                path.chmod(path.stat().st_mode & ~0o222)
        self._before = self._state()

    def words(self, file: Path, *arguments: str) -> list[str]:
        return [str(self._bin / "cdc"), *(str(file) if word == "FILE" else word for word in arguments)]

    def python(self, code: str) -> list[str]:
        return [str(self._bin / "python"), "-c", code]

    def options(self) -> dict[str, object]:
        environment = {
            "PATH": f"{self._bin}:/usr/bin:/bin",
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "LANG": "C.UTF-8",
            "LD_LIBRARY_PATH": str(self._libraries),
        }
        return {"env": environment, "cwd": self.home, **unprivileged()}

    def _state(self) -> dict[str, tuple[int, int]]:
        return {
            str(path.relative_to(self.folder)): (path.lstat().st_size, path.lstat().st_mtime_ns)
            for path in self.folder.rglob("*")
            if self.temporary not in path.parents
        }

    def changed(self) -> set[str]:
        """What was written beside temporary files."""
        now = self._state()
        return {name for name in now.keys() | self._before.keys() if now.get(name) != self._before.get(name)} - {"tmp"}

    def remove(self) -> None:
        for path in (self.folder, *self.folder.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(self.folder)


def _interpreter() -> Path:
    """This Python, or a copy of it where somebody who is not root could not reach it."""
    base = Path(sys.base_prefix).resolve()
    name = f"bin/python{sys.version_info.major}.{sys.version_info.minor}"
    if os.getuid() != 0 or cache.reachable(base):
        return base / name

    def copy(target: Path) -> None:
        skip = shutil.ignore_patterns("site-packages", "test", "__pycache__", "*.a")
        shutil.copytree(base, target / "tree", symlinks=True, ignore=skip)

    version = ".".join(str(part) for part in sys.version_info[:3])
    return cache.once(f"python-{version}-{sys.platform}-1", copy) / "tree" / name
