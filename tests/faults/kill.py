"""`kill -9` at random moments under load, in the stream and in the snapshot; and at every named place."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

from cdc.failpoints import NAMES
from tests.faults.checker import Report
from tests.faults.servers import Servers
from tests.faults.trial import Trial

SNAPSHOT_POINTS = ("opened", "snapshot", "snapshot-last", "snapshot-end")
STREAM_POINTS = tuple(name for name in NAMES if name not in SNAPSHOT_POINTS)


def kills_in_the_stream(
    servers: Servers, count: int, seed: int = 1, prepare: Callable[[Trial], None] = lambda trial: None
) -> Report:
    """`count` kills at random moments, from the first instructions of a start to the middle of the load.

    `prepare` changes the trial before it begins.
    """
    source = random.Random(seed)
    moment = threading.Event()
    with Trial(servers, seed) as trial:
        prepare(trial)
        trial.begin(200)
        for _ in range(count):
            moment.wait(source.uniform(0.2, 1.2))
            trial.kill()
            trial.connector.start()
            if source.random() < 0.8:
                trial.connector.streaming()
        report = trial.verdict(seconds=120)
        assert trial.workload.committed > count, "there was no load"
        return report


def kills_in_the_snapshot(servers: Servers, count: int, seed: int = 1, rows: int = 60_000) -> Report:
    """`count` kills while the snapshot is read and the tables change; then it is left to finish.

    Every other one at a random batch of rows, the rest at a random moment after the slot was made.
    """
    source = random.Random(seed)
    moment = threading.Event()
    with Trial(servers, seed) as trial:
        trial.fill(2000)
        trial.bulk(rows)
        trial.connector.start()
        trial.connector.says(trial.database.begun)
        trial.horizon = trial.workload.newest
        trial.workload.start()
        inside = 0
        for number in range(count):
            if number % 2:
                trial.connector.ended()
            else:
                trial.connector.says(f"{trial.database.begun}|{trial.database.streaming}")
                moment.wait(source.uniform(0, 0.6))
                trial.connector.kill()
            offset = trial.crashed().offset
            unfinished = offset is not None and trial.database.unfinished(offset)
            inside += unfinished
            trial.connector.start(failpoint="" if number % 2 else f"snapshot:{source.randint(1, rows // 2500)}")
            if offset is None:
                begun(trial)
            elif not unfinished:
                break
        assert inside, "no kill was inside the snapshot"
        trial.connector.close()
        trial.crashed()
        trial.connector.start()
        trial.connector.streaming()
        return trial.verdict(seconds=120)


def crash_point(servers: Servers, name: str, seed: int = 1) -> Report:
    """Die at a named place, start again, compare."""
    with Trial(servers, seed) as trial:
        if name in SNAPSHOT_POINTS:
            trial.fill(3000)
            trial.connector.start(failpoint=f"{name}:3" if name == "snapshot" else name)
            if name != "opened":
                trial.connector.says(trial.database.begun)
            trial.horizon = trial.workload.newest
            trial.workload.start()
        else:
            trial.runs()
            trial.connector.stop()
            trial.connector.start(failpoint=f"{name}:{random.Random(seed).randint(2, 8)}")
        code = trial.connector.ended()
        assert code == -9, f"ended with {code}, not at {name}: {trial.connector.tail()}"
        anew = trial.crashed().offset is None
        trial.connector.start()
        if anew:
            begun(trial)
        trial.connector.streaming()
        return trial.verdict()


def begun(trial: Trial) -> None:
    """Before anything is stored nothing is sent: the connector begins anew, and its snapshot stands for the rest."""
    trial.connector.says(trial.database.begun)
    trial.horizon = trial.workload.newest
