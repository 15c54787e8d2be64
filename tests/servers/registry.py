"""A schema registry: Apicurio 2.6.13, in memory, with Confluent's interface."""

from __future__ import annotations

import os
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from tests.servers import cache, docker
from tests.servers.cache import Unavailable
from tests.servers.process import ServerProcess, free_port
from tests.servers.server import Server

VARIABLE = "HEADWATER_TEST_REGISTRY"
VERSION = "2.6.13.Final"


class SchemaRegistry(Server):
    """A registry of the tests' own, or the one that a variable names.

    It keeps nothing: after `restart` it is empty. `url` is Confluent's interface (without trailing slash), `native`
    Apicurio's own, empty for a foreign registry.
    """

    called = "schema registry"
    orderly = False

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self.native = ""
        self.version = f"Apicurio {VERSION}"

    @classmethod
    def start(cls) -> SchemaRegistry:
        """Start a registry. Raises Unavailable."""
        registry = cls()
        named = os.environ.get(VARIABLE)
        if named:
            registry.origin, registry.url, registry.version = "variable", named.rstrip("/"), "?"
            if not registry._answers():
                raise Unavailable(f"{VARIABLE}={named}: no answer")
            return registry
        if docker.answers():
            registry.origin = "container"
            registry._container = docker.Container(f"apicurio/apicurio-registry-mem:{VERSION}", 8080)
            registry._name(registry._container.port)
            registry._container.ready(registry._answers)
            return registry
        return cls.private()

    @classmethod
    def private(cls) -> SchemaRegistry:
        """Start a registry that may be stopped and killed, whatever the variables say. Raises Unavailable."""
        registry = cls()
        registry._home = Path(tempfile.mkdtemp(prefix="headwater-registry-"))
        registry._name(free_port())
        registry._run()
        return registry

    def _name(self, port: int) -> None:
        self._port = port
        self.url = f"http://127.0.0.1:{port}/apis/ccompat/v7"
        self.native = f"http://127.0.0.1:{port}/apis/registry/v2"

    def _run(self) -> None:
        assert self._home is not None
        tree = cache.maven(
            f"apicurio-{VERSION}-1",
            [f"io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all"],
            transitive=False,
            extract=True,
        )
        runner = next(tree.rglob("apicurio-registry-app-*-runner.jar"))
        self._process = ServerProcess(
            [
                cache.java(),
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                f"-Dquarkus.http.port={self._port}",
                "-Dquarkus.http.host=127.0.0.1",
                "-jar",
                runner,
            ],
            self._home / "log",
        )
        self._process.ready(self._answers, "Apicurio")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/subjects", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
