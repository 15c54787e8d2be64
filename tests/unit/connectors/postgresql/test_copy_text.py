"""Rows of COPY in text format."""

import pytest

from connectors.postgresql.copy_text import RowReader, unescape


def reader(width: int) -> RowReader:
    return RowReader([bytes] * width, [None] * width, [bytes] * width, [False] * width)


def test_a_line_is_its_fields():
    assert reader(3).row(b"1\tab c\t\n") == [b"1", b"ab c", b""]


def test_null_and_the_text_that_looks_like_it_differ():
    assert reader(2).row(b"\\N\t\\\\N\n") == [None, b"\\N"]


def test_every_escape_is_undone():
    assert unescape(rb"a\bb\fc\nd\re\tf\vg\\h") == b"a\bb\fc\nd\re\tf\vg\\h"


def test_bytes_beyond_ascii_pass():
    assert reader(1).row("ü\\\\ß\n".encode()) == ["ü\\ß".encode()]


def test_null_takes_the_columns_fallback():
    assert RowReader([int, int], [0, None], [int, int], [False, False]).row(b"\\N\t\\N\n") == [0, None]


def test_a_line_of_the_wrong_width_is_an_error():
    with pytest.raises(ValueError, match="2 were asked for"):
        reader(2).row(b"1\t2\t3\n")


def test_a_lone_backslash_at_the_end_is_an_error():
    with pytest.raises(ValueError, match="backslash"):
        unescape(b"a\\")


def test_a_table_without_columns_has_empty_rows():
    assert reader(0).row(b"\n") == []


def test_a_value_that_fails_is_tried_again_guarded():
    def guard(data: bytes) -> object:
        return int(data) if data.isdigit() else None

    assert RowReader([int, int], [None, None], [guard, guard], [False, False]).row(b"1\tx\n") == [1, None]


def test_a_list_is_full_at_its_count_or_its_bytes_over_all_reads():
    lines = [b"1\n", b"", b"22\n", b"333\n", b"", b"4\n"]

    def get(_):
        line = lines.pop(0) if lines else None
        return (-1, memoryview(b"")) if line is None else (len(line), memoryview(line))

    one, rows = reader(1), []
    assert [one.fill(get, rows, 10, 5), one.fill(get, rows, 10, 5)] == [0, 1]
    assert rows == [[b"1"], [b"22"]]
    rows = []
    assert [one.fill(get, rows, 2, 99), one.fill(get, rows, 2, 99)] == [0, 1]
    assert rows == [[b"333"], [b"4"]]
    assert one.fill(get, [], 2, 99) == -1


def test_a_value_that_cannot_be_loaded_goes_to_the_guard():
    assert RowReader([int, int], [None, None], [str, str], [False, False]).row(b"1\tx\n") == [str(b"1"), str(b"x")]
