"""Numbers with more digits than Python reads by default."""

from __future__ import annotations

from connectors.postgresql.numbers import Decimal


def test_a_number_of_ten_thousand_digits_is_a_value() -> None:
    digits = "7" * 10_000

    unscaled = Decimal(2)(digits.encode() + b".25")

    assert isinstance(unscaled, bytes)
    assert int.from_bytes(unscaled, "big", signed=True) == int(digits + "25")
