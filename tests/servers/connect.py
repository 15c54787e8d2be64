"""A Kafka Connect worker with Debezium 3.6.3: the oracle of the golden tests and the baseline of the benchmarks."""

from __future__ import annotations

import json
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.servers import cache
from tests.servers.cache import Unavailable
from tests.servers.kafka import java_command
from tests.servers.process import ServerProcess, free_port, wait_for

DEBEZIUM = "3.6.3.Final"
VERSIONS = {"postgres": DEBEZIUM, "mysql": "3.6.1.Final", "mariadb": "3.5.0.Final"}  # what is published as a plugin
GROOVY = "4.0.28"
OFFSETS = "connect-offsets"


def plugin(name: str) -> Path:
    """The folder of Debezium's connector of that name (scripting and Avro are separate). Raises Unavailable."""
    version = VERSIONS[name]
    folder = cache.maven(
        f"debezium-{name}-{version}-1",
        [f"io.debezium:debezium-connector-{name}:{version}:tar.gz:plugin"],
        transitive=False,
        extract=True,
    )
    return folder / f"debezium-connector-{name}"


def avro() -> Path:
    """The plugin folder of Apicurio's AvroConverter. Raises Unavailable."""

    def build(target: Path) -> None:
        source = cache.maven(
            "apicurio-converter-2.6.13-1", ["io.apicurio:apicurio-registry-utils-converter:2.6.13.Final"]
        )
        plugin = target / "apicurio-converter"
        plugin.mkdir()
        for jar in source.glob("*.jar"):
            if not jar.name.startswith(("kafka-clients", "connect-", "slf4j-api")):
                shutil.copy(jar, plugin)
        with zipfile.ZipFile(plugin / "service.jar", "w") as manifest:  # plugin.discovery=service_load looks for it
            manifest.writestr(
                "META-INF/services/org.apache.kafka.connect.storage.Converter",
                "io.apicurio.registry.utils.converter.AvroConverter\n",
            )

    return cache.once("apicurio-converter-plugin-2", build)


def scripting() -> Path | None:
    """The folder with debezium-scripting and Groovy when it was fetched before (`fetch_scripting`), else None."""
    path = cache.folder() / f"debezium-scripting-{DEBEZIUM}"
    return path if path.is_dir() else None


def fetch_scripting() -> Path:
    """Fetch debezium-scripting (and Groovy) out of Debezium Server's archive, 700 MB that is thrown away afterwards."""

    def build(target: Path) -> None:
        download = target / "download"
        download.mkdir()
        cache.command(  # `copy` of one artifact: the archive's parent pom is not published
            [
                *("mvn", "-B", "-ntp", "-q", f"-Dmaven.repo.local={download}/repository", "dependency:copy"),
                f"-Dartifact=io.debezium:debezium-server-dist:{DEBEZIUM}:tar.gz",
                f"-DoutputDirectory={download}",
            ],
            seconds=3600,
        )
        archive = next(download.glob("*.tar.gz"))
        with tarfile.open(archive) as packed:
            for member in packed:
                name = Path(member.name).name
                if "/lib_opt/" in member.name and name.startswith(("debezium-scripting", "groovy")):
                    member.name = name
                    packed.extract(member, target, filter="data")
        shutil.rmtree(download)

    return cache.once(f"debezium-scripting-{DEBEZIUM}", build)


class ConnectWorker:
    """A worker, distributed mode. Connectors are made, watched and deleted through its REST interface at `url`."""

    def __init__(self) -> None:
        self.url = ""
        self.version = f"Debezium {DEBEZIUM}"
        self.offsets_topic = ""
        self._home = Path(tempfile.mkdtemp(prefix="headwater-connect-"))
        self._process: ServerProcess | None = None

    @classmethod
    def start(
        cls,
        bootstrap: str,
        *,
        settings: Mapping[str, str] | None = None,
        heap: str = "2g",
        level: str = "warn",
    ) -> ConnectWorker:
        """Start a worker with Debezium, and with what else is in the cache. Raises Unavailable.

        Alone in its group: offsets are in the topic OFFSETS, readable through `/offsets` too.
        """
        worker = cls()
        port = free_port()
        worker.url = f"http://127.0.0.1:{port}"
        group = f"headwater-{port}"
        properties = {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "listeners": f"http://127.0.0.1:{port}",
            "rest.advertised.host.name": "127.0.0.1",
            "plugin.path": str(worker._plugin_folder()),
            "plugin.discovery": "service_load",
            "key.converter": "org.apache.kafka.connect.json.JsonConverter",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            "offset.storage.topic": f"{OFFSETS}-{port}",
            "offset.storage.replication.factor": "1",
            "offset.storage.partitions": "1",
            "config.storage.topic": f"connect-configs-{port}",
            "config.storage.replication.factor": "1",
            "status.storage.topic": f"connect-status-{port}",
            "status.storage.replication.factor": "1",
            "status.storage.partitions": "1",
            "offset.flush.interval.ms": "500",
            "task.shutdown.graceful.timeout.ms": "10000",
            "connector.client.config.override.policy": "All",
            "scheduled.rebalance.max.delay.ms": "0",
            **(settings or {}),
        }
        worker.offsets_topic = properties["offset.storage.topic"]
        file = worker._home / "worker.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
        worker._process = ServerProcess(
            java_command(
                "org.apache.kafka.connect.cli.ConnectDistributed",
                file,
                heap=heap,
                home=worker._home,
                level=level,
            ),
            worker._home / "log",
        )
        worker._process.ready(worker._answers, "Kafka Connect", seconds=120)
        return worker

    @property
    def pid(self) -> int:
        """Process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> Path:
        """The worker's log file."""
        return self._home / "log"

    def _plugin_folder(self) -> Path:
        """A folder with the plugins; scripting jars are inside the connector's own class path."""
        folder = self._home / "plugins"
        folder.mkdir()
        extra = scripting()
        for name in VERSIONS:
            connector = folder / f"debezium-connector-{name}"
            shutil.copytree(plugin(name), connector)
            for jar in extra.glob("*.jar") if extra is not None and name == "postgres" else ():
                shutil.copy(jar, connector)
        shutil.copytree(avro() / "apicurio-converter", folder / "apicurio-converter")
        return folder

    def _answers(self) -> bool:
        try:
            self.request("GET", "/connectors")
        except (Unavailable, OSError):
            return False
        return True

    def request(self, method: str, path: str, body: object = None) -> object:
        """One REST call; the decoded answer. Raises Unavailable with the answer's text when it is refused."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Unavailable(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}") from error
        return json.loads(text) if text else None

    def create(self, name: str, config: Mapping[str, str]) -> None:
        """Start (or reconfigure) a connector."""

        def accepted() -> bool:
            try:
                self.request("PUT", f"/connectors/{name}/config", dict(config))
            except Unavailable as error:
                if ": 409 " in str(error) or ": 500 " in str(error):  # a rebalance is under way
                    return False
                raise
            return True

        wait_for(accepted, f"connector {name} to be accepted", seconds=120, every=0.2)

    def status(self, name: str) -> dict[str, object]:
        """Its status: `connector.state`, `tasks[].state`, `tasks[].trace`. Empty while it is unknown."""
        try:
            answer = self.request("GET", f"/connectors/{name}/status")
        except Unavailable:
            return {}
        assert isinstance(answer, dict)
        return answer

    def failure(self, name: str) -> str | None:
        """The stack trace when the connector or its task failed."""
        status = self.status(name)
        tasks = status.get("tasks", [])
        assert isinstance(tasks, list)
        for part in (status.get("connector", {}), *tasks):
            if isinstance(part, dict) and part.get("state") == "FAILED":
                return str(part.get("trace", "no trace"))
        return None

    def running(self, name: str) -> bool:
        """Whether its task runs."""
        tasks = self.status(name).get("tasks", [])
        return isinstance(tasks, list) and bool(tasks) and all(task["state"] == "RUNNING" for task in tasks)

    def stopped(self, name: str) -> bool:
        """Whether it is stopped (`/stop`) and its task is gone."""
        status = self.status(name)
        connector = status.get("connector")
        return isinstance(connector, dict) and connector.get("state") == "STOPPED" and not status.get("tasks")

    def offsets(self, name: str) -> list[dict[str, object]]:
        """Its stored offsets: `[{"partition": {...}, "offset": {...}}]`."""
        answer = self.request("GET", f"/connectors/{name}/offsets")
        assert isinstance(answer, dict)
        found: list[dict[str, object]] = answer["offsets"]
        return found

    def delete(self, name: str) -> None:
        """Stop and remove a connector."""
        self.request("DELETE", f"/connectors/{name}")

    def stop(self) -> None:
        """End the worker at once."""
        if self._process is not None:
            self._process.kill()
        shutil.rmtree(self._home, ignore_errors=True)
