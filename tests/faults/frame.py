"""The frame of a fault: a trial that stands as the fault needs it, what happens to it, and the verdict."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

from tests.faults.checker import Report
from tests.faults.servers import Servers
from tests.faults.trial import Trial

Fault = Callable[[Servers, bool], Report]
Body = Callable[[Trial, bool], Report | None]  # None: the usual verdict


class Faults(dict[str, Fault]):
    """Faults by name. As a decorator it enters a whole Fault; its methods enter a Body, by how its trial begins."""

    def __call__(self, function: Fault) -> Fault:
        """Enter a fault under its name, which makes its own trial."""
        self[function.__name__.replace("_", "-")] = function
        return function

    def filled(self, body: Body) -> Body:
        """Enter a fault before the first start: there are 200 rows, and no load."""
        return self._framed(body, lambda trial: trial.fill(200))

    def running(self, body: Body) -> Body:
        """Enter a fault under load, in a connector that delivers."""
        return self._framed(body, Trial.runs)

    def settled(self, body: Body) -> Body:
        """Enter a fault after a load that is delivered; the connector runs."""
        return self._framed(body, Trial.settles)

    def down(self, body: Body) -> Body:
        """Enter a fault after a load that is delivered and an orderly stop."""
        return self._framed(body, Trial.rests)

    def _framed(self, body: Body, begin: Callable[[Trial], None]) -> Body:
        def fault(servers: Servers, full: bool) -> Report:
            with Trial(servers) as trial:
                begin(trial)
                report = body(trial, full)
                return trial.verdict(seconds=120) if report is None else report

        fault.__name__ = body.__name__
        self(fault)
        return body


def pause(seconds: float) -> None:
    """How long an outage lasts is part of the fault; nothing is waited for."""
    threading.Event().wait(seconds)


@contextlib.contextmanager
def alone(servers: Servers, **settings: object) -> Iterator[Servers]:
    """A database server for one fault."""
    own = Servers(servers.kind, servers.version, server=servers.start(**settings), kafka=servers.kafka)
    try:
        yield own
    finally:
        own.server.stop()


@contextlib.contextmanager
def away(server: Any) -> Iterator[None]:
    """A server that was shut down in an orderly way, and comes back."""
    server.shutdown()
    try:
        yield
    finally:
        server.restart()


@contextlib.contextmanager
def frozen(server: Any) -> Iterator[None]:
    """A server that stands still, and goes on."""
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)
