"""A thread that looks at what a database keeps for us, beside the stream and also while that is stuck."""

from __future__ import annotations

import logging
import threading
import time

from cdc.errors import coded

REPEAT_SECONDS = 300.0  # the same warning again
AGAIN_SECONDS = 30.0  # before it looks again after an error


class Watch:
    """The life of the thread, its latest sample and its warnings; a connector's own watch says what to look at.

    `sample` is replaced as a whole, so reading it needs no lock.
    """

    def __init__(self, name: str, log: logging.Logger) -> None:
        self._name = name
        self._log = log
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._warned: dict[str, float] = {}
        self.sample: dict[str, float | str] = {}
        self.samples = 0

    def start(self) -> None:
        """Begin to watch."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._live, name=self._name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread; never raises."""
        self._stop.set()
        self._wake.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(timeout=5)

    def _live(self) -> None:
        """Look, and after an error that nobody expected look again; never raises."""
        while not self._stop.is_set():
            try:
                self._run()
            except Exception as error:
                self._say(logging.WARNING, "error", str(coded(error, f"looking ({self._name})")))
                self._stop.wait(AGAIN_SECONDS)

    def _run(self) -> None:
        """Look until `_stop` is set."""
        raise NotImplementedError

    def _say(self, level: int, kind: str, text: str) -> None:
        """Log a warning, one of a kind at most every REPEAT_SECONDS."""
        now = time.monotonic()
        if now >= self._warned.get(kind, 0.0):
            self._warned[kind] = now + REPEAT_SECONDS
            self._log.log(level, "%s", text)
