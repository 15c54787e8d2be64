"""Containers, where a Docker engine answers: PostgreSQL, Kafka and the schema registry from their public images."""

from __future__ import annotations

import functools
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlparse

from tests.servers.cache import Unavailable, command
from tests.servers.process import wait_for


@functools.cache
def answers() -> bool:
    """Whether a Docker engine can be used; `HEADWATER_TEST_DOCKER=0` says no."""
    if os.environ.get("HEADWATER_TEST_DOCKER") == "0" or shutil.which("docker") is None:
        return False
    target = urlparse(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    if target.scheme == "unix":
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(target.path) != 0:
                return False
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


class Container:
    """One container with one published port."""

    def __init__(
        self,
        image: str,
        inner: int,
        *,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = (),
        port: int = 0,
    ) -> None:
        self.image = image
        self.host = "127.0.0.1"
        words = ["docker", "run", "-d", "--rm", "-p", f"127.0.0.1:{port or ''}:{inner}"]
        for name, value in (environment or {}).items():
            words += ["-e", f"{name}={value}"]
        self.id = _docker([*words, image, *command]).strip()
        self.port = int(_docker(["docker", "port", self.id, str(inner)]).splitlines()[0].rpartition(":")[2])

    def ready(self, fact: Callable[[], bool], *, seconds: float = 120) -> None:
        """Wait until the server inside answers. Raises Unavailable."""
        try:
            wait_for(fact, f"container {self.image}", seconds=seconds, every=0.2)
        except TimeoutError as error:
            logs = subprocess.run(["docker", "logs", self.id], capture_output=True, text=True, check=False)
            self.stop()
            raise Unavailable(f"{error}: {(logs.stdout + logs.stderr)[-1000:]}") from error

    def stop(self) -> None:
        """Remove it."""
        subprocess.run(["docker", "rm", "-f", "-v", self.id], capture_output=True, check=False)


def _docker(words: Sequence[str]) -> str:
    return command(words, seconds=600)
