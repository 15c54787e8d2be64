"""The cache folder of the private servers: Maven archives and packages (packages.py), downloaded once.

The folder is `$HEADWATER_CACHE`, else `~/.cache/headwater` (`/var/cache/headwater` for root, whose servers run as an
unprivileged user that cannot enter root's home). Two processes never download the same thing at once.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape


class Unavailable(Exception):
    """A server cannot be had on this machine; the text says what is missing."""


def folder() -> Path:
    """The cache folder, made when it is not there."""
    named = os.environ.get("HEADWATER_CACHE")
    if named:
        path = Path(named)
    elif os.getuid() == 0:
        path = Path("/var/cache/headwater")
    else:
        path = Path.home() / ".cache" / "headwater"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock of one cache entry; other processes wait for it."""
    locks = folder() / "locks"
    locks.mkdir(exist_ok=True)
    with (locks / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def once(name: str, build: Callable[[Path], None]) -> Path:
    """The folder of a cache entry; `build` fills it the first time. A failed build leaves nothing behind."""
    target = folder() / name
    if target.is_dir():
        return target
    with locked(name):
        if target.is_dir():
            return target
        partial = folder() / f"{name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            build(partial)
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return target


def command(arguments: Sequence[str | Path], *, seconds: float, **options: object) -> str:
    """Run a program of the machine and return its output. Raises Unavailable when it is missing or fails."""
    words = [str(argument) for argument in arguments]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=seconds, check=False, stdin=subprocess.DEVNULL, **options
        )  # type: ignore[call-overload]
    except FileNotFoundError as error:
        raise Unavailable(f"the program {words[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{words[0]} did not finish in {seconds:.0f} s") from error
    if done.returncode != 0:
        tail = "\n".join(line for line in (done.stdout + done.stderr).splitlines() if line.strip())[-1500:]
        raise Unavailable(f"{' '.join(words[:3])} failed ({done.returncode}): {tail}")
    output: str = done.stdout
    return output


def maven(name: str, coordinates: Sequence[str], *, transitive: bool = True, extract: bool = False) -> Path:
    """A folder with Maven artifacts `group:artifact:version[:type[:classifier]]` and, unless told, what they need.

    `extract` unpacks tar.gz archives in place. Raises Unavailable without Maven or network.
    """

    def build(target: Path) -> None:
        pom = target / "pom.xml"
        pom.write_text(_pom(coordinates, transitive=transitive))
        command(
            ["mvn", "-B", "-ntp", "-q", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={target}"],
            seconds=900,
        )
        if extract:
            for archive in target.glob("*.tar.gz"):
                with tarfile.open(archive) as packed:
                    packed.extractall(target, filter="data")
                archive.unlink()

    return once(name, build)


def _pom(coordinates: Sequence[str], *, transitive: bool) -> str:
    dependencies = []
    for coordinate in coordinates:
        tags = ("groupId", "artifactId", "version", "type", "classifier")
        body = "".join(
            f"<{tag}>{escape(value)}</{tag}>" for tag, value in zip(tags, coordinate.split(":"), strict=False)
        )
        if not transitive:
            body += "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>"
        dependencies.append(f"<dependency>{body}</dependency>")
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>headwater</groupId><artifactId>servers</artifactId><version>1</version>"
        f"<dependencies>{''.join(dependencies)}</dependencies></project>"
    )


def java() -> str:
    """The path of a Java of version 17 or later. Raises Unavailable."""
    path = shutil.which("java")
    if path is None:
        raise Unavailable("no Java (17 or later) is installed")
    version = subprocess.run([path, "-version"], capture_output=True, text=True, check=True).stderr
    found = re.search(r'version "(\d+)', version)
    if found is None or int(found.group(1)) < 17:
        raise Unavailable(f"Java 17 or later is needed, found {version.splitlines()[0]}")
    return path


def reachable(path: Path) -> bool:
    """Whether an unprivileged user can enter the folder and all its parents."""
    return all(part.stat().st_mode & 0o001 for part in (path, *path.resolve().parents))
