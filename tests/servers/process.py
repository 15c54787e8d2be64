"""One server process: started with a log file, waited for, stopped by its own process id."""

from __future__ import annotations

import atexit
import contextlib
import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.servers.cache import Unavailable


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listening(port: int) -> bool:
    """Whether somebody accepts connections on a port of the loopback interface."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(fact: Callable[[], bool], what: str, *, seconds: float = 30, every: float = 0.05) -> None:
    """Return as soon as the fact holds; raises TimeoutError that names it when it does not in time."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(every)


def unprivileged() -> dict[str, int]:
    """Arguments for subprocess that leave root's rights behind; nothing to do for other users."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


class ServerProcess:
    """A running program. `stop` asks with a signal and waits, `kill` does not ask."""

    def __init__(
        self,
        arguments: Sequence[str | Path],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        privileged: bool = True,
        ending: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.log = log
        self._ending = ending
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(argument) for argument in arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                env={**os.environ, **environment} if environment else None,
                start_new_session=True,
                **({} if privileged else unprivileged()),  # type: ignore[arg-type]
            )
        atexit.register(self.kill)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def ready(self, fact: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
        """Wait until the server answers. Raises Unavailable with the end of its log when it died or did not."""

        def answered() -> bool:
            if not self.alive():
                raise Unavailable(f"{what} ended with {self._process.returncode}: {self.tail()}")
            return fact()

        try:
            wait_for(answered, what, seconds=seconds)
        except TimeoutError as error:
            self.kill()
            raise Unavailable(f"{error}: {self.tail()}") from error

    def tail(self, size: int = 2000) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-size:]

    def stop(self, seconds: float = 30) -> None:
        """End it in an orderly way; by force when it takes too long."""
        if self.alive():
            self._process.send_signal(self._ending)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        atexit.unregister(self.kill)

    def kill(self) -> None:
        """End it at once, with the processes that it started."""
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        atexit.unregister(self.kill)
