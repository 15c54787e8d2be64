"""Contiguous acknowledgement: positions move only over what Kafka has."""

from __future__ import annotations

from cdc.ledger import UNPROVEN, Ledger


class Receipt:
    """Where a record lies."""

    def __init__(self, offset: int | None) -> None:
        self._offset = offset

    def topic(self) -> str:
        return "shop.public.orders"

    def offset(self) -> int | None:
        return self._offset


STORED = Receipt(7)


def test_nothing_is_committed_before_all_records_of_the_first_batch_are_acknowledged() -> None:
    ledger = Ledger()
    first, second = ledger.open(), ledger.open()
    first.outstanding, second.outstanding = 2, 1
    first.sealed = second.sealed = True

    second.ack(None, STORED)
    first.ack(None, STORED)
    assert ledger.committed() == []

    first.ack(None, STORED)
    assert ledger.committed() == [first, second]
    assert len(ledger) == 0


def test_a_batch_that_is_still_being_sent_is_not_committed() -> None:
    ledger = Ledger()
    entry = ledger.open()
    assert ledger.committed() == []

    entry.sealed = True
    assert ledger.committed() == [entry]


def test_a_refused_record_stops_everything_at_and_after_it() -> None:
    ledger = Ledger()
    first, second = ledger.open(), ledger.open()
    first.outstanding = second.outstanding = 1
    first.sealed = second.sealed = True

    first.ack("refused", STORED)
    second.ack(None, STORED)

    assert ledger.committed() == []
    assert ledger.error == "refused"
    assert ledger.outstanding() == 1


def test_a_record_without_an_offset_is_not_taken_for_delivered() -> None:
    ledger = Ledger()
    entry = ledger.open()
    entry.outstanding = 1
    entry.sealed = True

    entry.ack(None, Receipt(None))

    assert ledger.committed() == []
    assert ledger.error == UNPROVEN
    assert ledger.receipt is not None
    assert ledger.receipt.topic() == "shop.public.orders"
