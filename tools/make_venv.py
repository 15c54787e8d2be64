"""Make `.venv` with `cdc` and the development tools in it, with nothing but the standard library."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv"
PYTHON = HOME / "bin" / "python"


def main() -> int:
    """Create or refresh the environment; returns the exit code of pip."""
    if sys.version_info < (3, 11):  # noqa: UP036 - run by whatever Python the user has
        print(f"Headwater needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    if not PYTHON.exists():
        venv.create(HOME, with_pip=True)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "-q"]
    code = subprocess.call([*pip, "install", "--upgrade", "pip>=25.1"])
    return code or subprocess.call([*pip, "install", "-e", ".", "--group", "dev"], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
