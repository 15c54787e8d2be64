"""The share of `make faults` that fits into `make test`: most faults in short, crash points, a few kills."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from tests.faults.checker import Report
from tests.faults.kill import crash_point, kills_in_the_snapshot, kills_in_the_stream
from tests.faults.lists import faults_of
from tests.faults.servers import Servers
from tests.servers.cache import Unavailable
from tests.servers.fixtures import missing


class Share:
    """The tests of one kind of database; a module makes a class of its own of it."""

    kind: ClassVar[str]
    title: ClassVar[str]  # of the server, as the report names it
    faults: ClassVar[tuple[str, ...]]
    points: ClassVar[tuple[str, ...]]
    doings: ClassVar[tuple[str, ...]] = ("streaming", "snapshotting")  # while it is killed

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test for each name."""
        for argument in ("fault", "point", "doing"):
            if argument in metafunc.fixturenames:
                metafunc.parametrize(argument, getattr(self, f"{argument}s"))

    @pytest.fixture(scope="class")
    @classmethod
    def servers(cls) -> Iterator[Servers]:
        """Servers that may be stopped and killed."""
        servers = Servers(cls.kind)
        for name, title in (("server", cls.title), ("kafka", "Kafka"), ("registry", "schema registry")):
            try:
                getattr(servers, name)
            except Unavailable as error:
                missing(title, str(error))
        yield servers
        servers.stop()

    def test_fault(self, servers: Servers, fault: str) -> None:
        """Nothing lost."""
        kept(faults_of(self.kind)[fault](servers, False))

    def test_crash_point(self, servers: Servers, point: str) -> None:
        """Nothing lost."""
        kept(crash_point(servers, point))

    def test_kill_9(self, servers: Servers, doing: str) -> None:
        """Nothing lost."""
        if doing == "streaming":
            kept(kills_in_the_stream(servers, 4))
        else:
            kept(kills_in_the_snapshot(servers, 3, rows=20_000))


def kept(report: Report) -> None:
    """Raise AssertionError with the findings when the promise was not kept."""
    if report.findings:
        raise AssertionError(report.summary())
