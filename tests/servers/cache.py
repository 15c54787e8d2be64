"""What the private servers are made of: Maven archives and Debian packages, downloaded once into a cache folder.

The folder is `$HEADWATER_CACHE`, else `~/.cache/headwater` (`/var/cache/headwater` for root, whose servers run as an
unprivileged user that cannot enter root's home). Two processes never download the same thing at once.
"""

from __future__ import annotations

import fcntl
import os
import pwd
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


def debian(name: str, packages: Sequence[str], *, suite: str = "sid") -> Path:
    """A tree of unpacked Debian packages with everything they need, libc included, for a program run by its own loader.

    Uses the machine's Debian archive with a private package database: the machine itself is not changed.
    """

    def build(target: Path) -> None:
        uri, keyring = _debian_archive()
        root = target / "apt"
        for part in ("etc", "state/lists/partial", "cache/archives/partial"):
            (root / part).mkdir(parents=True)
        (root / "etc/sources.list").write_text(f"deb [signed-by={keyring}] {uri} {suite} main\n")
        (root / "state/status").touch()
        if os.getuid() == 0:  # apt drops to its own user for downloads; it shall be able to write here
            owner = next((entry.pw_uid for entry in pwd.getpwall() if entry.pw_name == "_apt"), 0)
            for part in ("state/lists/partial", "cache/archives/partial"):
                os.chown(root / part, owner, -1)
        options = {
            "Dir::Etc": root / "etc",
            "Dir::Etc::sourcelist": root / "etc/sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State": root / "state",
            "Dir::State::status": root / "state/status",
            "Dir::Cache": root / "cache",
            "Dir::Cache::archives": root / "cache/archives",
            "Debug::NoLocking": "1",
            "APT::Install-Recommends": "false",
        }
        apt: list[str | Path] = ["apt-get", "-q"]
        for key, value in options.items():
            apt += ["-o", f"{key}={value}"]
        command([*apt, "update"], seconds=300)
        command([*apt, "install", "-y", "--download-only", *packages], seconds=900)
        archives = sorted((root / "cache/archives").glob("*.deb"))
        if not archives:
            raise Unavailable(f"apt-get fetched no packages for {', '.join(packages)}")
        tree = target / "tree"
        tree.mkdir()
        for archive in archives:
            command(["dpkg-deb", "-x", archive, tree], seconds=120)
        shutil.rmtree(root)

    return once(name, build) / "tree"


def _debian_archive() -> tuple[str, str]:
    """URI and keyring of the machine's own Debian archive."""
    keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    if not keyring.exists():
        raise Unavailable("no Debian archive keyring: this is not a Debian machine")
    for entry in sorted(Path("/etc/apt/sources.list.d").glob("*.sources")):
        for stanza in re.split(r"\n\s*\n", entry.read_text()):
            fields = dict(re.findall(r"^(\w[\w-]*):\s*(.+)$", stanza, re.MULTILINE))
            suites = fields.get("Suites", "").split()
            if "debian" in fields.get("URIs", "") and suites and "-security" not in suites[0]:
                return fields["URIs"].split()[0], str(keyring)
    listing = Path("/etc/apt/sources.list")
    if listing.exists():
        found = re.search(r"^deb\s+(?:\[[^]]*\]\s+)?(\S*debian/?)\s+\w+\s+.*main", listing.read_text(), re.MULTILINE)
        if found:
            return found.group(1), str(keyring)
    raise Unavailable("no Debian archive among the machine's apt sources")


def reachable(path: Path) -> bool:
    """Whether an unprivileged user can enter the folder and all its parents."""
    return all(part.stat().st_mode & 0o001 for part in (path, *path.resolve().parents))
