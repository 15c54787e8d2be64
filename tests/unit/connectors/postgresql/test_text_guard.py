"""Text that is not valid UTF-8, by headwater.invalid.text.handling.mode."""

import logging

import pytest

from cdc.guard import FAIL, Tally
from connectors.postgresql.copy_text import RowReader
from connectors.postgresql.guard import TextGuard
from connectors.postgresql.values import text

log = logging.getLogger("test")


def nested(data):
    return {"k": [data.decode("utf-8"), 1, None]}


@pytest.mark.parametrize(("convert", "expected"), [(text, "é\\xe9\\xffz"), (nested, {"k": ["é\\xe9\\xffz", 1, None]})])
def test_escape_keeps_bytes_wherever_they_stand(convert, expected):
    assert TextGuard(convert, None, "t.a", FAIL, log, Tally(), escape=True)("é".encode() + b"\xe9\xffz") == expected


@pytest.mark.parametrize("escape", [False, True])
def test_valid_text_is_as_it_is(escape):
    data = f"{chr(0x10FF80)} \\xe9 €"
    assert TextGuard(text, None, "t.a", FAIL, log, Tally(), escape=escape)(data.encode()) == data


def test_what_cannot_be_converted_for_another_reason_goes_by_its_mode():
    assert TextGuard(int, 0, "t.a", "warn", log, Tally(), escape=True)(b"\xe9") == 0


def test_a_row_is_named_by_its_first_column():
    guards = [TextGuard(text, None, name, FAIL, log, Tally(), escape=False) for name in ("t.id", "t.a")]
    reader = RowReader([text, text], [None, None], guards, [False, False], "id")
    with pytest.raises(ValueError, match=r"column t\.a: .*value e9; in the row with id=7"):
        reader.row(b"7\t\xe9\n")
