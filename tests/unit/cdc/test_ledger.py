"""Contiguous acknowledgement: positions move only over what Kafka has."""

from __future__ import annotations

from cdc.ledger import Ledger


def test_nothing_is_committed_before_all_records_of_the_first_batch_are_acknowledged() -> None:
    ledger = Ledger()
    first, second = ledger.open(), ledger.open()
    first.outstanding, second.outstanding = 2, 1
    first.sealed = second.sealed = True

    second.ack(None, None)
    first.ack(None, None)
    assert ledger.committed() == []

    first.ack(None, None)
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

    first.ack("refused", "message")
    second.ack(None, None)

    assert ledger.committed() == []
    assert ledger.error == "refused"
    assert ledger.outstanding() == 1
