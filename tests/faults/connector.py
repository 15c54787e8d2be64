"""`cdc run` as a process of its own, which may be killed at any moment."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.servers.process import wait_for

START_SECONDS = 60


class Connector:
    """One connector file and its worker settings; started and ended any number of times. The log goes on.

    `streams` is what its log says when it streams.
    """

    def __init__(
        self, folder: Path, name: str, config: Mapping[str, str], worker: Mapping[str, str], streams: str
    ) -> None:
        self._streams = streams
        self.name = name
        self.config = dict(config)
        self.worker = dict(worker)
        self.file = folder / f"{name}.json"
        self.output = folder / f"{name}.log"
        self.output.touch()
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0  # where the log of the present process begins

    def start(self, *, failpoint: str = "", **overrides: str) -> None:
        """Start the process; `overrides` are connector properties with `_` for `.`, an empty one is left out."""
        config = {**self.config, **{key.replace("_", "."): value for key, value in overrides.items()}}
        config = {key: value for key, value in config.items() if value}
        self.file.write_text(json.dumps({"name": self.name, "config": config}, indent=1))
        words = [str(Path(sys.executable).parent / "cdc"), "run", str(self.file)]
        for key, value in self.worker.items():
            words += ["--set", f"{key}={value}"]
        environment = {**os.environ, "PYTHONFAULTHANDLER": "1"}
        if failpoint:
            environment["HEADWATER_FAILPOINT"] = failpoint
        self._began = self.output.stat().st_size
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
            )

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that was started last."""
        assert self._process is not None
        return self._process

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        """What the present process has written."""
        with self.output.open("rb") as output:
            output.seek(self._began)
            return output.read().decode(errors="replace")

    def says(self, pattern: str, seconds: float = START_SECONDS) -> str:
        """Wait until the log has a line that the pattern finds; the line."""
        found: list[str] = []

        def look() -> bool:
            alive = self.alive()
            for line in self.log().splitlines():
                if re.search(pattern, line):
                    found.append(line)
                    return True
            if not alive:
                raise AssertionError(f"ended with {self.process.returncode}, never said {pattern!r}: {self.tail()}")
            return False

        try:
            wait_for(look, f"the connector to say {pattern!r}", seconds=seconds)
        except TimeoutError as error:
            raise AssertionError(f"{error}: {self.tail()}") from error
        return found[0]

    def streaming(self) -> None:
        """Wait until it streams."""
        self.says(self._streams)

    def tail(self, size: int = 3000) -> str:
        """The end of the log."""
        return self.log()[-size:]

    def rss(self) -> int:
        """Resident memory in bytes."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", text)
        return int(found.group(1)) * 1024 if found else 0

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def ended(self, seconds: float = 60) -> int:
        """Wait for the end; its exit code, negative for a signal."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"still running after {seconds:.0f} s: {self.tail()}") from error

    def stop(self, seconds: float = 60) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended(seconds)

    def close(self) -> None:
        """End it whatever it does."""
        if self.alive():
            self.kill()
