"""A server of the tests: a process or a container of their own, or one that a variable names."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import ClassVar

from tests.servers import docker
from tests.servers.cache import Unavailable
from tests.servers.process import ServerProcess


class Server:
    """The life of one. `origin` is private, container or variable; only a private one is killed and restarted."""

    called: str = ""  # in errors
    orderly: ClassVar[bool] = True  # how `stop` ends it

    def __init__(self) -> None:
        self.origin = "private"
        self._home: Path | None = None
        self._process: ServerProcess | None = None
        self._container: docker.Container | None = None

    def _run(self) -> None:
        """Start the process on what is in `_home`, and wait until it answers. Raises Unavailable."""
        raise NotImplementedError

    def _change(self, settings: dict[str, object]) -> None:
        """Take over settings, for the next start."""
        assert not settings, f"the {self.called} has no settings that can be changed"

    def _own(self) -> ServerProcess:
        if self._process is None:
            raise Unavailable(f"the {self.called} ({self.origin}) cannot be stopped by a test")
        return self._process

    @property
    def pid(self) -> int:
        """Process id of a private server (to pause it, for example)."""
        return self._own().pid

    def shutdown(self) -> None:
        """End a private server in an orderly way; its data stays for `restart`."""
        self._own().stop()

    def kill(self) -> None:
        """End a private server at once, as a crash of the machine would; its data stays for `restart`."""
        self._own().kill()

    def restart(self, **settings: object) -> None:
        """Stop (if it runs) and start again on the same data and ports, with changed settings."""
        self._own().stop()
        self._change(settings)
        self._run()

    def stop(self) -> None:
        """End the server and remove its data. One that a variable names is left alone."""
        if self._container is not None:
            self._container.stop()
        if self._process is not None and self.orderly:
            self._process.stop()
        elif self._process is not None:
            self._process.kill()
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
