"""The wheel's build hook: compiles the hot modules (mypyc) out of a copy, so that the checkout is never touched.

The modules stand in pyproject.toml, once. `HEADWATER_PLAIN=1` makes a plain wheel that needs no C compiler.
An editable installation is always plain.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLAIN = "HEADWATER_PLAIN"


class MypycHook(BuildHookInterface[Any]):
    """Puts the shared objects into the wheel, beside the sources that they were made of."""

    PLUGIN_NAME = "custom"
    _folder: tempfile.TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless the build is editable or plain."""
        if self.target_name != "wheel" or version == "editable" or os.environ.get(PLAIN, "") not in ("", "0"):
            return
        self._folder = tempfile.TemporaryDirectory(prefix="headwater-mypyc-")
        tree = Path(self._folder.name)
        root = Path(self.root)
        for package in self.build_config.packages:
            shutil.copytree(root / package, tree / package, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        compile_in(tree, self.config["modules"])
        build_data["infer_tag"] = True
        build_data["pure_python"] = False
        for made in tree.rglob("*.so"):
            if "build" not in made.relative_to(tree).parts:
                build_data["force_include"][str(made)] = str(made.relative_to(tree))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the copy."""
        if self._folder is not None:
            self._folder.cleanup()


def compile_in(tree: Path, modules: list[str]) -> None:
    """Compile modules of a tree in place. Raises RuntimeError with what mypyc or the C compiler said."""
    environment = {
        **os.environ,
        "MYPYPATH": str(tree),
        "MYPYC_OPT_LEVEL": "3",
        "MYPYC_DEBUG_LEVEL": "0",
    }
    words = ["--follow-imports=silent", "--ignore-missing-imports", "--python-executable", sys.executable]
    mypyc = [sys.executable, "-m", "mypyc"]
    done = subprocess.run(
        [*mypyc, *words, *modules], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(
            f"compiling the hot modules failed ({PLAIN}=1 makes a wheel without):\n{done.stdout[-6000:]}\n"
            f"{done.stderr[-6000:]}"
        )
