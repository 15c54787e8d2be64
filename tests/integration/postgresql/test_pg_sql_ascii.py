"""A database in SQL_ASCII that holds bytes which are no UTF-8: snapshot and stream alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cdc.errors import DecodeError
from connectors.postgresql.source import PostgresSource
from tests.integration.reading import Reading

Start = Callable[..., Reading]


@pytest.fixture
def database(postgres: Any) -> Iterator[str]:
    """A database in SQL_ASCII with a table whose second row is not UTF-8."""
    name = postgres.create_database(encoding="SQL_ASCII")
    yield name
    postgres.drop_database(name)


@pytest.fixture
def fill(postgres: Any, database: str) -> Callable[..., None]:
    """Inserts rows of two texts, given as bytes."""

    def insert(*rows: tuple[bytes, bytes]) -> None:
        with postgres.connect(database) as sql:
            sql.execute("SET client_encoding = 'SQL_ASCII'")
            sql.execute("CREATE TABLE IF NOT EXISTS t (k text PRIMARY KEY, s text)")
            for key, text in rows:
                sql.pgconn.exec_(b"INSERT INTO t VALUES ('" + key + b"', '" + text + b"')")

    return insert


@pytest.fixture
def start(postgres: Any, database: str, sources: Callable[..., PostgresSource]) -> Start:
    def begin(**more: object) -> Reading:
        source = sources(postgres, database, **more)
        source.open(None)
        return Reading(source)

    return begin


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"event__converting__failure__handling__mode": "warn"}, None),
        ({"event__converting__failure__handling__mode": "skip"}, None),
        ({"headwater__invalid__text__handling__mode": "escape"}, "caf\\xe9"),
    ],
)
def test_such_text_is_the_same_in_snapshot_and_stream(
    start: Start, fill: Callable[..., None], more: dict[str, str], expected: str | None
) -> None:
    fill((b"a", "caf\u00e9".encode()), (b"b", b"caf\xe9"))
    reading = start(**more)
    rows = [row for _, row in reading.snapshot()]
    reading.source.start()
    fill((b"c", "caf\u00e9".encode()), (b"d", b"caf\xe9"))
    reading.read(2)
    rows += [list(change.after or []) for change in reading.changes]
    assert rows == [["a", "caf\u00e9"], ["b", expected], ["c", "caf\u00e9"], ["d", expected]]
    assert reading.source.health()["values_unconverted"] == (2 if expected is None else 0)


@pytest.mark.parametrize("row", [(b"b", b"caf\xe9"), (b"caf\xe9", b"b")])
def test_such_text_stops_with_its_place_when_told_and_always_in_a_key(
    start: Start, fill: Callable[..., None], row: tuple[bytes, bytes]
) -> None:
    key = row[0] != b"b"
    more = {} if key else {"event__converting__failure__handling__mode": "fail"}
    column = "public.t.k" if key else "public.t.s"
    fill()
    reading = start(**more)
    reading.snapshot()
    reading.source.start()
    fill(row)
    with pytest.raises(DecodeError) as streamed:
        reading.read(1)
    reading.source.close()
    again = start(**more)
    with pytest.raises(DecodeError) as read:
        again.snapshot()
    for error in (streamed.value, read.value):
        assert column in error.detail
        assert "e9" in error.detail
    assert (streamed.value.code, read.value.code) == ("HW-PGO-003", "HW-PG-035")


def test_escaped_bytes_are_kept_in_a_key(start: Start, fill: Callable[..., None]) -> None:
    fill((b"caf\xe9", b"x"))
    reading = start(headwater__invalid__text__handling__mode="escape")
    assert [row for _, row in reading.snapshot()] == [["caf\\xe9", "x"]]
