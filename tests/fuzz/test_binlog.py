"""A share of the decoder fuzz: HEADWATER_FUZZ_COUNT events (20,000), HEADWATER_FUZZ_SEED."""

import os
import time

from tests.fuzz.binlog import Victim, corpus, run


def test_mutated_events_are_taken_or_refused():
    count = int(os.environ.get("HEADWATER_FUZZ_COUNT", "20000"))
    seed = int(os.environ.get("HEADWATER_FUZZ_SEED", str(time.time_ns())))
    print(f"seed {seed}")
    taken, refused = run(count, seed)
    assert taken + refused == count
    assert refused > count / 20
    assert taken > count / 20


def test_the_corpus_itself_is_taken():
    logs = corpus()
    assert len(logs) == 14
    for log in logs:
        for converted in (False, True):
            victim = Victim(log)
            for packet in log:
                victim.take(packet, converted)
