"""Batches in flight and their contiguous acknowledgement. Compiles (mypyc); knows neither Kafka nor a database."""

from __future__ import annotations

from collections import deque

from cdc.api import Position, Receipt

UNPROVEN = "acknowledged without an offset"  # the error of a record that nobody can say is in its topic


class Entry:
    """One batch in flight: how many of its records are not yet acknowledged, and what it stands for."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.outstanding = 0
        self.sealed = False  # all records of the batch have been handed to the sink
        self.position: Position | None = None
        self.last_us = 0
        self.events = 0
        self.extra: dict[str, object] | None = None  # offset keys of transaction metadata

    def ack(self, error: object, receipt: Receipt) -> None:
        """Delivery report of one record: the sink has it when `error` is None and the receipt says where it lies.

        librdkafka takes a batch for delivered when a later one of its partition was, and Kafka accepts any first
        sequence number of a producer: of two batches in flight to a new partition the first can be lost that way.
        """
        if error is None:
            if receipt.offset() is not None:
                self.outstanding -= 1
                return
            error = UNPROVEN
        self._ledger.fail(error, receipt)


class Ledger:
    """Acknowledged prefixes of batches become positions that are safe to store.

    A record that Kafka refused stays outstanding for ever: nothing at or after it is ever committed.
    """

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self.error: object = None
        self.receipt: Receipt | None = None

    def open(self) -> Entry:
        """Enter the next batch."""
        entry = Entry(self)
        self._entries.append(entry)
        return entry

    def seal(self, entry: Entry) -> None:
        """All records of the newest entry have been handed over.

        When nothing of it is outstanding it is done exactly when the one before it is, and is folded into that one: so
        a long wait for Kafka keeps no list of what has no records (filtered transactions, an idle log's progress).
        """
        entry.sealed = True
        entries = self._entries
        if entry.outstanding > 0 or len(entries) < 2 or entries[-1] is not entry:
            return
        entries.pop()
        before = entries[-1]
        before.events += entry.events
        if entry.events:
            before.last_us = entry.last_us
        if entry.position is not None:
            before.position = entry.position
            before.extra = entry.extra

    def abandon(self) -> None:
        """Leave out an entry that was not wholly handed over; acknowledgements of its records no longer matter."""
        if self._entries and not self._entries[-1].sealed:
            self._entries.pop()

    def fail(self, error: object, receipt: Receipt) -> None:
        """Remember the first refusal."""
        if self.error is None:
            self.error = error
            self.receipt = receipt

    def committed(self) -> list[Entry]:
        """Take out the entries from the front that are sealed and wholly acknowledged."""
        done: list[Entry] = []
        entries = self._entries
        while entries:
            first = entries[0]
            if not first.sealed or first.outstanding > 0:
                break
            done.append(entries.popleft())
        return done

    def outstanding(self) -> int:
        """Number of records that are not acknowledged."""
        return sum(entry.outstanding for entry in self._entries)

    def __len__(self) -> int:
        return len(self._entries)
