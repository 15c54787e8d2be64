"""The side of our own: one `cdc run` process per scenario, with a connector file per configuration."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path

from tests.golden.databases import Address, connector
from tests.golden.scenario import Run
from tests.golden.topics import TopicReader
from tests.servers.cache import Unavailable
from tests.servers.process import ServerProcess
from tests.servers.registry import SchemaRegistry


def command() -> str:
    """The path of `cdc`. Raises Unavailable."""
    path = Path(sys.executable).with_name("cdc")
    if path.exists():
        return str(path)
    found = shutil.which("cdc")
    if found is None:
        raise Unavailable("the command cdc is not installed")
    return found


class Headwater:
    """Runs `cdc run` against a broker. `home` keeps the connector files and logs."""

    name = "hw"

    def __init__(self, bootstrap: str, registry: SchemaRegistry | None, *, patience: float = 60.0) -> None:
        self.registry = registry
        self.patience = patience
        self.bootstrap = bootstrap
        self.home = Path(tempfile.mkdtemp(prefix="headwater-golden-"))
        self.offsets = f"golden-offsets-{uuid.uuid4().hex[:8]}"  # nothing is resumed from an earlier time
        self.reader = TopicReader(bootstrap, self.offsets)
        self._process: ServerProcess | None = None
        self.log = self.home / "log"

    def start(self, runs: Sequence[Run], server: Address) -> None:
        """Start one process with a connector per run."""
        files = []
        registry = self.registry.native if self.registry else None
        for run in runs:
            config = connector(run, self.name, server, self.bootstrap, registry)
            file = self.home / f"{run.prefix}.json"
            file.write_text(json.dumps(config, indent=2))
            files.append(str(file))
        self.log = self.home / f"{runs[0].scenario.name}.log"
        self.log.unlink(missing_ok=True)
        self._process = ServerProcess(
            [
                *(command(), "run", *files),
                *("--set", f"bootstrap.servers={self.bootstrap}"),
                *("--set", f"offset.storage.topic={self.offsets}"),
                *("--set", "offset.flush.interval.ms=500"),
                *("--set", "rest.port=0"),
            ],
            self.log,
            environment={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            ending=signal.SIGTERM,
        )

    def failure(self, run: Run) -> str | None:
        """The end of the log when the process has ended, or the last error of a connector."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        if self._process is None or not self._process.alive():
            return f"cdc has ended: {text[-1500:]}"
        for line in reversed(text.splitlines()):
            if '"ERROR"' in line and run.prefix in line:
                entry = json.loads(line)
                if entry.get("level") == "ERROR" and run.prefix in (entry.get("thread"), entry.get("connector")):
                    return str(entry.get("message"))[:1500]
        return None

    def stop(self, runs: Sequence[Run]) -> None:
        """End the process in an orderly way."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def close(self) -> None:
        """Let go; logs are removed."""
        self.stop(())
        self.reader.close()
        shutil.rmtree(self.home, ignore_errors=True)
