"""Servers from the packages of Debian and Ubuntu, with everything they need, libc included, in trees of the cache.

apt works with a private package database: the machine itself is not changed. Debian's archive is the machine's own. For
Ubuntu's, Debian has packages with its address (that of debootstrap) and its keys.
"""

from __future__ import annotations

import os
import platform
import pwd
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.servers import cache
from tests.servers.cache import Unavailable, command

MERGED = ("bin", "lib", "lib64", "sbin")  # folders of the root that belong into usr: links to there on a machine


@dataclass(frozen=True)
class Packages:
    """What a tree is made of: `names` of packages in a suite of a distribution. `entry` is the cache's."""

    entry: str
    names: tuple[str, ...]
    suite: str = "sid"
    ubuntu: bool = False

    def tree(self) -> Path:
        """The unpacked packages. Raises Unavailable."""
        if platform.machine() != "x86_64":
            raise Unavailable(f"{self.names[0]}: packages of {platform.machine()} are not prepared")

        def build(target: Path) -> None:
            uri, keyring = _ubuntu_archive() if self.ubuntu else _debian_archive()
            source = f"deb [signed-by={keyring}] {uri} {self.suite} main"
            _unpack(target, source, ["install", "-y", "--download-only", *self.names])

        tree = cache.once(self.entry, build) / "tree"
        if os.getuid() == 0 and not cache.reachable(tree):
            raise Unavailable(f"{tree} cannot be entered by an unprivileged user; set HEADWATER_CACHE")
        return tree


def loader(tree: Path, program: Path) -> list[str | Path]:
    """The words that start a program through its tree's own loader, so that the machine's libc does not matter."""
    libraries = tree / "usr/lib/x86_64-linux-gnu"
    return [libraries / "ld-linux-x86-64.so.2", "--library-path", f"{libraries}:{tree}/usr/lib/mysql/private", program]


def _unpack(target: Path, source: str, fetch: Sequence[str]) -> None:
    """Fill `target/tree` with the packages that an apt-get command fetches from one source."""
    root = target / "apt"
    for part in ("etc", "state/lists/partial", "cache/archives/partial"):
        (root / part).mkdir(parents=True)
    (root / "etc/sources.list").write_text(source + "\n")
    (root / "state/status").touch()
    if os.getuid() == 0:  # apt drops to its own user for downloads; it shall be able to write here
        owner = next((entry.pw_uid for entry in pwd.getpwall() if entry.pw_name == "_apt"), 0)
        for part in ("state/lists/partial", "cache/archives", "cache/archives/partial"):
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
    archives = root / "cache/archives"
    command([*apt, "update"], seconds=300)
    command([*apt, *fetch], seconds=900, cwd=archives)
    found = sorted(archives.glob("*.deb"))
    if not found:
        raise Unavailable(f"apt-get fetched no packages: {' '.join(fetch)}")
    tree = target / "tree"
    tree.mkdir()
    for archive in found:
        command(["dpkg-deb", "-x", archive, tree], seconds=120)
    for name in MERGED:
        if (tree / name).is_dir():
            shutil.copytree(tree / name, tree / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(tree / name)
    shutil.rmtree(root)


def _debian_archive() -> tuple[str, Path]:
    """URI and keyring of the machine's own Debian archive."""
    keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    if not keyring.exists():
        raise Unavailable("no Debian archive keyring: this is not a Debian machine")
    for entry in sorted(Path("/etc/apt/sources.list.d").glob("*.sources")):
        for stanza in re.split(r"\n\s*\n", entry.read_text()):
            fields = dict(re.findall(r"^(\w[\w-]*):\s*(.+)$", stanza, re.MULTILINE))
            suites = fields.get("Suites", "").split()
            if "debian" in fields.get("URIs", "") and suites and "-security" not in suites[0]:
                return fields["URIs"].split()[0], keyring
    listing = Path("/etc/apt/sources.list")
    if listing.exists():
        found = re.search(r"^deb\s+(?:\[[^]]*\]\s+)?(\S*debian/?)\s+\w+\s+.*main", listing.read_text(), re.MULTILINE)
        if found:
            return found.group(1), keyring
    raise Unavailable("no Debian archive among the machine's apt sources")


def debootstrap(suite: str, root: Path, include: str) -> None:
    """Make a Debian root file system at `root`, which root alone can. Raises Unavailable."""
    uri, keyring = _debian_archive()
    tree = _debootstrap()
    words: list[str | Path] = ["--variant=minbase", f"--include={include}", f"--keyring={keyring}", suite, root, uri]
    environment = {**os.environ, "DEBOOTSTRAP_DIR": str(tree / "usr/share/debootstrap")}
    # What it mounts is gone with its mount namespace, however it ends.
    cache.command(["unshare", "--mount", tree / "usr/sbin/debootstrap", *words], seconds=900, env=environment)


def _debootstrap() -> Path:
    """The tree of debootstrap, with the keys of Ubuntu's archive."""

    def build(target: Path) -> None:
        uri, keyring = _debian_archive()
        source = f"deb [signed-by={keyring}] {uri} sid main"
        _unpack(target, source, ["download", "debootstrap", "ubuntu-keyring"])

    return cache.once("ubuntu-archive-1", build) / "tree"


def _ubuntu_archive() -> tuple[str, Path]:
    """URI and keyring of Ubuntu's archive, from Debian's packages."""
    share = _debootstrap() / "usr/share"
    script = (share / "debootstrap/scripts/gutsy").read_text()  # which all later releases share
    found = re.search(r"^\s*default_mirror (\S+)$", script, re.MULTILINE)
    if not found:
        raise Unavailable("debootstrap names no archive of Ubuntu")
    return found[1], share / "keyrings/ubuntu-archive-keyring.gpg"
