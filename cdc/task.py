"""One connector's thread: makes a pipeline, runs it, and after a failure does what the error's policy says."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from cdc.errors import RETRY, CdcError, coded
from cdc.metrics import Metrics
from cdc.pipeline import Aborted, Control, Pipeline

log = logging.getLogger("cdc.task")

FIRST_WAIT = 0.5  # seconds before the first restart; doubles up to retriable.restart.connector.wait.ms

RUNNING = "RUNNING"
RETRYING = "RESTARTING"
FAILED = "FAILED"
STOPPED = "STOPPED"


class Task:
    """Supervises one pipeline at a time."""

    def __init__(
        self,
        name: str,
        make: Callable[[Control], Running],
        metrics: Metrics,
        *,
        max_retries: int,
        longest_wait: float,
    ) -> None:
        self.name = name
        self.metrics = metrics
        self.control = Control()
        self.state = RUNNING
        self.error: CdcError | None = None
        self._make = make
        self._max_retries = max_retries
        self._longest_wait = longest_wait
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def _run(self) -> None:
        """Run until stopped or finally failed; never raises."""
        attempts = 0
        wait = FIRST_WAIT
        while True:
            running: Running | None = None
            seen = self.metrics.total
            try:
                running = self._make(self.control)
                self.state = RUNNING
                self.metrics.task_state = RUNNING
                running.pipeline.run()
                self._end(STOPPED, None)
                return
            except Aborted:
                self._end(STOPPED, None)
                log.warning("%s: stopped at once; what was not acknowledged is sent again at the next start", self.name)
                return
            except BaseException as error:  # a bug must not take the process down without a word
                failure = coded(error, "starting" if running is None else "running")
                retry = failure.policy == RETRY
            finally:
                if running is not None:
                    running.close()
            if self.metrics.total > seen:
                attempts, wait = 0, FIRST_WAIT
            attempts += 1
            self.metrics.connected = False
            if not retry or 0 <= self._max_retries < attempts:
                log.error("%s: %s", self.name, failure)
                self._end(FAILED, failure)
                return
            self.error = failure
            self.state = RETRYING
            self.metrics.task_state = RETRYING
            self.metrics.restarts += 1
            log.warning("%s: %s. Next try in %.1f s", self.name, failure, wait)
            if self.control.wait(wait):
                self._end(STOPPED, failure)
                return
            wait = min(wait * 2, self._longest_wait)

    def _end(self, state: str, error: CdcError | None) -> None:
        self.state = state
        self.error = error
        self.metrics.task_state = state
        self.metrics.connected = False


class Running:
    """A pipeline with what must be let go when it ends."""

    def __init__(self, pipeline: Pipeline, closers: list[Callable[[], None]]) -> None:
        self.pipeline = pipeline
        self._closers = closers

    def close(self) -> None:
        """Let go of everything, in order; nothing here raises."""
        for closer in self._closers:
            try:
                closer()
            except Exception:
                log.debug("while closing", exc_info=True)
