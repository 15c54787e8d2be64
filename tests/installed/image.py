"""The image without a container engine: the Dockerfile's steps in Debian root file systems made by debootstrap.

The base images are Debian's suite that the tag names, with Debian's Python, which must be of the version in the tag.
Every step is run as an engine would: as root in a mount namespace, under chroot; the finished image read-only, as the
Dockerfile's user, with a fresh `/tmp`.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.servers import cache
from tests.servers.cache import Unavailable
from tests.servers.packages import debootstrap

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "ca-certificates,python3,python3-pip,python-is-python3"  # the packages that stand for the base image's Python
RUN_SECONDS = 900
# Mounts what an engine mounts. Words: the root, then a command with its arguments.
MOUNTS = """
set -e
root="$1"; shift
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
mount --bind /etc/hosts "$root/etc/hosts"
"""
BUILDING = (
    MOUNTS
    + """
[ -z "$PIP_CERT" ] || mount --bind "$PIP_CERT" "$root/etc/ssl/certs/ca-certificates.crt"
[ -z "$PIP_CERT" ] || PIP_CERT=/etc/ssl/certs/ca-certificates.crt
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
exec chroot "$root" "$@"
"""
)
RUNNING = (
    MOUNTS
    + """
files="$1"; user="$2"; folder="$3"; shift 3
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --bind "$files" "$root/config"
mount -o remount,bind,ro "$root/config"
mount -o remount,bind,ro "$root"
exec chroot --userspec="$user" "$root" env -C "$folder" "$@"
"""
)


@dataclass
class Stage:
    """What a part of the Dockerfile, from FROM on, says about its image."""

    base: str
    name: str
    root: Path
    folder: str = "/"
    user: str = "0:0"
    environment: dict[str, str] = field(default_factory=dict)
    entry: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)


class Image:
    """The last stage of the Dockerfile, built."""

    name = "the image"

    def __init__(self) -> None:
        _possible()
        self.folder = Path(tempfile.mkdtemp(prefix="headwater-image-"))
        self.folder.chmod(0o755)
        try:
            self.stage = self._build()
        except BaseException:
            self.remove()
            raise
        self.megabytes = _compressed(self.stage.root) / 1e6
        (self.stage.root / "config").mkdir()  # an engine makes it for `-v FILE:/config/connector.json`

    def words(self, file: Path, *arguments: str) -> list[str]:
        inside = [f"/config/{file.name}" if word == "FILE" else word for word in arguments]
        return self.inside(file.parent, [*self.stage.entry, *inside])

    def python(self, code: str) -> list[str]:
        return self.inside(self.folder, ["python", "-c", code])

    def options(self) -> dict[str, object]:
        path = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/"}
        return {"env": {**path, **self.stage.environment}, "cwd": "/"}

    def inside(self, files: Path, words: list[str]) -> list[str]:
        """The command line that runs a program in the image; the folder `files` is mounted there as /config."""
        stage = self.stage
        here = [stage.root, files, stage.user, stage.folder]
        return ["unshare", "--mount", "sh", "-c", RUNNING, "sh", *(str(word) for word in (*here, *words))]

    def remove(self) -> None:
        shutil.rmtree(self.folder)

    def _build(self) -> Stage:
        stages: list[Stage] = []
        for instruction, rest in instructions((ROOT / "Dockerfile").read_text()):
            if instruction == "FROM":
                base, _, name = rest.partition(" AS ")
                stages.append(Stage(base, name, self.folder / f"stage{len(stages)}"))
                _copy_base(stages[-1])
                continue
            _step(stages, instruction, rest)
        return stages[-1]


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile with what follows them, lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found = [line.partition(" ") for line in joined.splitlines() if line.strip()]
    return [(word.upper(), rest.strip()) for word, _, rest in found]


def _step(stages: list[Stage], instruction: str, rest: str) -> None:
    stage = stages[-1]
    match instruction:
        case "ENV":
            stage.environment.update(word.split("=", 1) for word in shlex.split(rest))  # type: ignore[arg-type]
        case "WORKDIR":
            stage.folder = rest
            (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        case "COPY":
            *sources, target = (word for word in shlex.split(rest) if not word.startswith("--from="))
            origin = re.search(r"--from=(\S+)", rest)
            into = stage.root / os.path.join(stage.folder, target).lstrip("/")
            for source in sources:
                if origin is None:
                    _copy_of_context(source, into, folder=target.endswith("/"))
                else:
                    other = next(one for one in stages if one.name == origin[1])
                    shutil.copytree(other.root / source.lstrip("/"), into, symlinks=True, dirs_exist_ok=True)
        case "RUN":
            _run(stage, rest)
        case "USER":
            stage.user = rest
        case "EXPOSE":
            stage.ports.append(int(rest))
        case "HEALTHCHECK":
            stage.health = json.loads(rest.partition("CMD ")[2])
        case "ENTRYPOINT":
            stage.entry = json.loads(rest)
        case "CMD":
            stage.command = json.loads(rest)
        case _:
            raise AssertionError(f"Dockerfile: {instruction} is not known to tests/installed/image.py")


def _copy_of_context(source: str, into: Path, *, folder: bool) -> None:
    """COPY out of the repository; .dockerignore has the forms `*`, `!NAME` and `**/PATTERN`."""
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert f"!{source}" in ignored, f"Dockerfile copies {source}, which .dockerignore leaves out"
    patterns = [word.removeprefix("**/") for word in ignored if word.startswith("**/")]
    if (ROOT / source).is_dir():
        shutil.copytree(ROOT / source, into, ignore=shutil.ignore_patterns(*patterns), dirs_exist_ok=True)
    else:
        shutil.copy2(ROOT / source, into / source if folder else into)


def _run(stage: Stage, command: str) -> None:
    passed = {name: text for name, text in os.environ.items() if re.fullmatch(r"PIP_\w+|(?i:\w+_proxy)", name)}
    passed |= _pip_settings()
    passed.pop("PIP_FIND_LINKS", None)  # a folder of this machine
    passed.setdefault("PIP_CERT", "")
    words = [stage.root, "env", "-C", stage.folder, "sh", "-c", command]
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PIP_ROOT_USER_ACTION": "ignore"}
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", BUILDING, "sh", *(str(word) for word in words)],
        env={**environment, **passed, **stage.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"Dockerfile: RUN {command} ended with {done.returncode}:\n{done.stdout[-6000:]}"


def _pip_settings() -> dict[str, str]:
    """Where this machine's pip gets packages, as environment variables."""
    listing = cache.command([sys.executable, "-m", "pip", "config", "list"], seconds=60)
    found = re.findall(r"^global\.([a-z-]+)='(.*)'$", listing, re.MULTILINE)
    return {f"PIP_{name.upper().replace('-', '_')}": text for name, text in found}


def _copy_base(stage: Stage) -> None:
    tag = re.fullmatch(r"python:(\d+\.\d+)-slim-(\w+)", stage.base)
    assert tag is not None, f"Dockerfile: {stage.base} is not known to tests/installed/image.py"
    version, suite = tag.groups()
    last = not stage.name
    subprocess.run(["cp", "-a", _debian(suite) if last else _debian_with_headers(suite), stage.root], check=True)
    library = stage.root / f"usr/lib/python{version}"
    assert library.is_dir(), f"Debian {suite} has no Python {version}, which {stage.base} has"


def _debian(suite: str) -> Path:
    """A root file system with Debian's Python, as slim as Debian's slim images. Raises Unavailable."""

    def build(target: Path) -> None:
        root = target / "root"
        debootstrap(suite, root, PYTHON)
        for path in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
            path.unlink()  # the Python of the base image is nobody else's
        for pattern in ("var/cache/apt/*", "var/lib/apt/lists/*", "var/log/*", "usr/share/doc/*"):
            _remove(root, pattern)
        for pattern in ("usr/share/man/*", "usr/share/info/*", "usr/share/locale/*"):
            _remove(root, pattern)

    return cache.once(f"debian-{suite}-python-1", build) / "root"


def _debian_with_headers(suite: str) -> Path:
    """The same with Python's headers, which the base image has."""

    def build(target: Path) -> None:
        stage = Stage("", "", target / "root")
        subprocess.run(["cp", "-a", _debian(suite), stage.root], check=True)
        packages = "apt-get install -y --no-install-recommends python3-dev"
        _run(stage, f"apt-get update && {packages} && apt-get clean && rm -rf /var/lib/apt/lists/*")

    return cache.once(f"debian-{suite}-python-headers-1", build) / "root"


def _remove(root: Path, pattern: str) -> None:
    for path in root.glob(pattern):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _possible() -> None:
    if os.getuid() != 0:
        raise Unavailable("only root can use chroot")
    cache.command(["unshare", "--mount", "true"], seconds=10)


class _Counter:
    """A file that only counts."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""


def _compressed(root: Path) -> int:
    """The size of a root file system as a registry keeps it: a tar file, compressed."""
    counter = _Counter()
    packer: IO[bytes] = gzip.GzipFile(fileobj=counter, mode="wb", compresslevel=6)  # type: ignore[call-overload]
    with packer, tarfile.open(fileobj=packer, mode="w|") as archive:
        archive.add(root, arcname=".")
    return counter.size
