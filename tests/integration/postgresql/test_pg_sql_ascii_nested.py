"""Bytes that are no UTF-8 in arrays, in JSON and where NULL cannot be, of a database in SQL_ASCII."""

import pytest

from cdc.errors import DecodeError
from connectors.postgresql.source import PostgresSource
from tests.integration.postgresql.setup import config
from tests.integration.reading import Reading

TABLE = "CREATE TABLE t (id int PRIMARY KEY, v text, n varchar(9) NOT NULL, a text[], j json)"
ROW = (
    r"INSERT INTO t VALUES (%d, E'caf\xe9 \\xe9', E'\xff', ARRAY['ok', E'\xe9,'],"
    r""" ('{"k": "' || E'\xe9' || '"}')::json)"""
)
WHOLE = "INSERT INTO t VALUES (%d, 'café', 'ö', ARRAY['ä'], '{}')"
KEPT = [1, r"caf\xe9 \xe9", r"\xff", ["ok", r"\xe9,"], r'{"k": "\xe9"}']


@pytest.fixture(params=["postgres", "postgres16"])
def ascii(request):
    """Makes sources on a database in SQL_ASCII that has the table; a connection to it."""
    server = request.getfixturevalue(request.param)
    name = server.create_database(encoding="SQL_ASCII")
    opened = []

    def build(**more):
        opened.append(PostgresSource(config(server, name, **more)))
        return opened[-1]

    with server.connect(name) as sql:
        sql.execute("SET client_encoding = 'SQL_ASCII'")
        sql.execute(TABLE)
        yield build, sql
    for source in opened:
        source.close()
    server.drop_database(name)


def both(build, sql, **more):
    """The rows of a snapshot and the changes of a stream."""
    sql.execute((WHOLE % 0).encode())
    sql.execute(ROW % 1)
    source = build(**more)
    source.open(None)
    reading = Reading(source)
    snapshot = [row for _, row in reading.snapshot()]
    source.start()
    sql.execute(ROW % 2)
    sql.execute("UPDATE t SET id = 3 WHERE id = 1")
    reading.read(2)
    return snapshot, [change.after for change in reading.changes]


def test_a_value_is_left_null_and_told(ascii, caplog):
    build, sql = ascii
    snapshot, changes = both(build, sql)
    assert snapshot == [[0, "café", "ö", ["ä"], "{}"], [1, None, "", None, None]]
    assert changes == [[2, None, "", None, None], [3, None, "", None, None]]
    assert "column public.t.v: a value cannot be converted and is left null" in caplog.text
    assert "636166e9" in caplog.text


def test_its_bytes_are_kept_when_told(ascii, caplog):
    build, sql = ascii
    snapshot, changes = both(build, sql, headwater__invalid__text__handling__mode="escape")
    assert snapshot == [[0, "café", "ö", ["ä"], "{}"], KEPT]
    assert changes == [[2, *KEPT[1:]], [3, *KEPT[1:]]]
    assert "cannot be converted" not in caplog.text


def test_the_snapshot_names_the_row(ascii):
    build, sql = ascii
    sql.execute(ROW % 1)
    source = build(event__converting__failure__handling__mode="fail")
    source.open(None)
    tables = source.tables()
    with pytest.raises(DecodeError, match=r"column public\.t\.v: .*can't decode byte 0xe9.*; in the row with id=1"):
        list(source.rows(tables[0]))
