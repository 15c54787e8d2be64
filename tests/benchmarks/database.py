"""What a benchmark needs of a database: one subclass per database, in a file of its own (postgresql.py, mysql.py).

Owns the server and the database of the present work. A *mark* is where a participant begins to read: a slot, or a
position of the log that `write` notes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

LONGEST = 600.0  # seconds that one participant may take


@dataclass(frozen=True)
class Result:
    """One measurement. `first` is the time to the first row, `cpu` of the participant's own process, `peak` in MB."""

    participant: str
    rows: int
    seconds: float
    first: float
    cpu: float
    peak: float

    @property
    def rate(self) -> float:
        """Rows per second, over the whole time."""
        return self.rows / self.seconds

    @property
    def streaming(self) -> float:
        """Rows per second between the first row and the last."""
        return self.rows / max(1e-9, self.seconds - self.first)

    @property
    def per_million(self) -> float:
        """CPU seconds per million rows."""
        return self.cpu / self.rows * 1e6


@dataclass(frozen=True)
class Work:
    """What is written: `prepare` runs before the marks are set, `write` after; `rows` records follow from `write`.

    A snapshot has everything in `prepare` and writes nothing. `times` are the bars, must and aim, of the ratio to
    Debezium, `peak` those of the memory in MB; `without` are participants that cannot do it or say nothing with it.
    """

    number: int
    title: str
    rows: int
    prepare: tuple[str, ...]
    write: tuple[str, ...] = ()
    snapshot: bool = False
    rounds: int = 2  # measurements of each participant
    times: tuple[float, float] | None = None
    peak: tuple[float, float] | None = None
    without: tuple[str, ...] = ()


@dataclass
class Sizes:
    """How large the works are: `rows` overrides each, `quick` makes them a fifth; `gib` is the large transaction's."""

    rows: int | None = None
    quick: bool = False
    gib: float = 2.0

    def of(self, full: int) -> int:
        """Rows of a work that has `full` of them."""
        return self.rows or (full // 5 if self.quick else full)


@dataclass
class Database(ABC):
    """A server, and in it the database of the present work."""

    label: str  # of the database, in the report
    table: str  # the schema or database and name of the captured table
    readers: dict[str, Callable[[str, int], Result]] = field(default_factory=dict)  # raw readers: from a mark, rows
    limit: str = ""  # label of the reader that is the limit of the table's last column, and its short name
    limit_head: str = ""
    limit_bar: tuple[float, float] | None = None  # bars of work 1 against that reader
    plain_bar: tuple[float, float] | None = None  # bars of plain Python against Debezium
    stamped = True  # the log says to the microsecond when a transaction was committed
    history = ""  # topic of the schema history, with the connector's name in it; empty: there is none

    @abstractmethod
    def stop(self) -> None:
        """End the server."""

    @abstractmethod
    def works(self, sizes: Sizes) -> list[Work]:
        """What is measured."""

    @abstractmethod
    def execute(self, *statements: str) -> list[tuple[object, ...]]:
        """Run statements in the present database, each committed; the rows of the last, if it has any."""

    @abstractmethod
    def begin(self, work: Work | None) -> object:
        """Make a database and what the work prepares (None: the empty table); what was the present one before."""

    @abstractmethod
    def end(self, before: object) -> None:
        """Remove the present database; `before` is the present one again."""

    @abstractmethod
    def reserve(self, name: str) -> None:
        """Set a mark before the work is written."""

    @abstractmethod
    def write(self, work: Work) -> None:
        """Write the work, and note where it ends."""

    @abstractmethod
    def connector(self, name: str, bootstrap: str, **more: str) -> dict[str, str]:
        """The connector file that Headwater and Debezium share, to stream from now on."""

    @abstractmethod
    def resume(self, name: str, folder: Path) -> dict[str, str]:
        """Worker settings with which Headwater begins at a mark; `folder` is its own."""

    def structure(self, name: str) -> list[bytes]:
        """The schema history that belongs to a mark, where a connector keeps one."""
        return []

    @abstractmethod
    def handled(self, name: str, rows: int) -> int:
        """How many records Headwater has handed to a sink that throws them away; `rows`: all that it is to make."""

    @abstractmethod
    def streams(self, name: str) -> bool:
        """Whether somebody reads from this mark."""

    @abstractmethod
    def let_go(self, name: str) -> bool:
        """Whether nobody reads from this mark any more, helping where that takes long."""

    @abstractmethod
    def release(self, name: str) -> None:
        """Remove a mark that nobody reads from."""

    @abstractmethod
    def source(self) -> list[str]:
        """The words that tell `latency.py` how to connect."""

    def topic(self, name: str) -> str:
        """Topic of the captured table."""
        return f"{name}.{self.table}"

    def log_bytes(self) -> int:
        """Size of the work in the log; 0: not known."""
        return 0

    def history_of(self, name: str, tables: int) -> list[bytes]:
        """Records of the schema history of so many tables, none of them captured."""
        raise NotImplementedError

    def nudge(self) -> str:
        """A statement that makes one record, after which a new connector has a position; empty: it has one."""
        return ""


def subprocess_result(label: str, rows: int, module: str, *words: object) -> Result:
    """The measurement that a Python process of its own prints."""
    command = [sys.executable, "-m", module, *(str(word) for word in words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST)
    if done.returncode:
        raise RuntimeError(f"{label}: {done.stderr}")
    found = json.loads(done.stdout)
    return Result(label, rows, found["seconds"], found["first"], found["cpu"], found["peak"])
