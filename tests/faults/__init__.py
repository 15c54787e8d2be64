"""Nothing lost: real servers, real load, and every way we know to break them. `python -m tests.faults` runs it all."""
