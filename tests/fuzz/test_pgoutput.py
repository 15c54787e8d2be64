"""A share of the decoder fuzz: HEADWATER_FUZZ_COUNT messages (20,000), HEADWATER_FUZZ_SEED."""

import os
import time

from tests.fuzz.pgoutput import corpus, run
from tests.pgoutput import Stream


def test_mutated_messages_are_taken_or_refused():
    count = int(os.environ.get("HEADWATER_FUZZ_COUNT", "20000"))
    seed = int(os.environ.get("HEADWATER_FUZZ_SEED", str(time.time_ns())))
    print(f"seed {seed}")
    taken, refused = run(count, seed)
    assert taken + refused == count
    assert refused > count / 20
    assert taken > count / 20


def test_the_corpus_itself_is_taken():
    from tests.fuzz.pgoutput import catalog

    stream = Stream(catalog())
    samples = corpus()
    stream.feed(samples[0], *samples[2:17], *samples[18:20], samples[1])
    assert len(stream.changes()) > 8
