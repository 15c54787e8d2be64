"""Rows of the log whose table, types or key the catalog no longer has, or has otherwise, on real servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cdc.model import Change
from connectors.postgresql.source import PostgresSource
from tests.integration.reading import Reading

Backlog = Callable[..., list[Change]]


@pytest.fixture(params=["postgres", "postgres16"])
def server(request: pytest.FixtureRequest) -> Any:
    """PostgreSQL 18 and 16."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def database(server: Any) -> Iterator[str]:
    """A fresh database."""
    name = server.create_database()
    yield name
    server.drop_database(name)


@pytest.fixture
def streaming(server: Any, database: str, sources: Callable[..., PostgresSource]) -> Callable[..., Reading]:
    """Runs statements, and streams what is in the log of the slot."""

    def begin(*statements: str, **more: object) -> Reading:
        execute(server, database, *statements)
        return Reading(sources(server, database, **more)).begin()

    return begin


@pytest.fixture
def backlog(server: Any, database: str, streaming: Callable[..., Reading]) -> Backlog:
    """Tables are made, the connector stops, rows and DDL follow; what it reads when it starts again."""

    def read(tables: str, *later: str, number: int, **more: object) -> list[Change]:
        streaming(tables, **more).source.close()
        return streaming(*later, **more).read(number)

    return read


def execute(server: Any, database: str, *statements: str) -> None:
    with server.connect(database) as sql:
        for statement in statements:
            sql.execute(statement)


@pytest.mark.parametrize(
    ("make", "type", "value", "drop", "text"),
    [
        ("CREATE TYPE mood AS ENUM ('a', 'b')", "mood", "'a'", "DROP TYPE mood", "a"),
        ("CREATE TYPE mood AS ENUM ('a', 'b')", "mood[]", "'{a,b}'", "DROP TYPE mood", "{a,b}"),
        ("CREATE DOMAIN price AS numeric(8,2)", "price", "2.5", "DROP DOMAIN price", "2.50"),
        ("CREATE TYPE pair AS (x int, y text)", "pair", "ROW(1, 'p q')", "DROP TYPE pair", '(1,"p q")'),
        ("CREATE TYPE span AS RANGE (subtype = float8)", "span", "'[1,2)'", "DROP TYPE span", "[1,2)"),
    ],
)
def test_values_of_dropped_types_are_text(
    backlog: Backlog, make: str, type: str, value: str, drop: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = backlog(
        f"{make}; CREATE TABLE t (id int PRIMARY KEY, m {type}, s text)",
        f"INSERT INTO t VALUES (1, {value}, 'x'); INSERT INTO t VALUES (2, NULL, 'y')",
        f"ALTER TABLE t ALTER m TYPE text USING m::text; {drop}",
        number=2,
    )
    assert (one.after, two.after) == ([1, text, "x"], [2, None, "y"])
    assert [(column.name, column.type.kind) for column in one.table.columns][1] == ("m", "string")
    assert "columns of types that were dropped since are text: m" in caplog.text


@pytest.mark.parametrize("server", ["postgres_contrib"], indirect=True)
@pytest.mark.parametrize(
    ("extension", "type", "value", "text"),
    [
        ("citext", "citext", "'Aa'", "Aa"),
        ("citext", "citext[]", "'{Aa}'", "{Aa}"),
        ("hstore", "hstore", "'a=>1'", '"a"=>"1"'),
        ("ltree", "ltree", "'a.b'", "a.b"),
    ],
)
def test_values_of_dropped_extensions_are_text(
    backlog: Backlog, extension: str, type: str, value: str, text: str
) -> None:
    (one,) = backlog(
        f"CREATE EXTENSION {extension}; CREATE TABLE t (id int PRIMARY KEY, m {type})",
        f"INSERT INTO t VALUES (1, {value})",
        f"ALTER TABLE t ALTER m TYPE text USING m::text; DROP EXTENSION {extension}",
        number=1,
    )
    assert one.after == [1, text]


def test_a_type_that_was_renamed_and_made_anew_is_the_old_one(backlog: Backlog) -> None:
    (one,) = backlog(
        "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (id int PRIMARY KEY, m mood)",
        "INSERT INTO t VALUES (1, 'a')",
        "ALTER TYPE mood RENAME TO old_mood; CREATE TYPE mood AS ENUM ('z')",
        number=1,
    )
    assert one.after == [1, "a"]
    assert one.table.columns[1].type.parameters == {"allowed": "a"}


def test_rows_of_a_dropped_table_with_a_dropped_type_are_whole(backlog: Backlog) -> None:
    one, two = backlog(
        "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (id int PRIMARY KEY, m mood)",
        "INSERT INTO t VALUES (1, 'a'); DELETE FROM t",
        "DROP TABLE t; DROP TYPE mood",
        number=2,
    )
    assert (one.after, two.before) == ([1, "a"], [1, None])
    assert one.table.key is not None
    assert [column.name for column in one.table.key] == ["id"]


def test_the_key_of_the_log_is_the_key_of_its_time(backlog: Backlog) -> None:
    changes = backlog(
        "CREATE TABLE t (a int PRIMARY KEY, b int NOT NULL); INSERT INTO t VALUES (1, 10), (2, 20)",
        "UPDATE t SET a = 3 WHERE a = 2; DELETE FROM t WHERE a = 1",
        "ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (b)",
        "INSERT INTO t VALUES (5, 50)",
        number=3,
    )
    keys = []
    for change in changes:
        row = change.before if change.before is not None else change.after
        assert change.table.key is not None
        assert change.table.key_of is not None
        assert row is not None
        keys.append(({column.name for column in change.table.key}, change.table.key_of(row)))
    assert keys == [({"a"}, [2]), ({"a"}, [1]), ({"b"}, [50])]


def test_a_key_by_index_identity_has_the_values_that_the_log_has(backlog: Backlog) -> None:
    insert, delete = backlog(
        "CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL UNIQUE);"
        " ALTER TABLE t REPLICA IDENTITY USING INDEX t_a_key",
        "INSERT INTO t VALUES (1, 'x'); DELETE FROM t",
        number=2,
    )
    assert insert.table is delete.table
    assert delete.table.key_of is not None
    assert delete.before is not None
    assert delete.table.key_of(delete.before) == ["x"]


@pytest.mark.parametrize(("type", "value"), [("int", 7), ("text", "x")])
def test_a_null_from_before_set_not_null_stays_null(backlog: Backlog, type: str, value: object) -> None:
    one, two, three = backlog(
        f"CREATE TABLE t (id int PRIMARY KEY, n {type})",
        f"INSERT INTO t VALUES (1, '{value}'); INSERT INTO t VALUES (2, NULL)",
        f"DELETE FROM t WHERE n IS NULL; ALTER TABLE t ALTER n SET NOT NULL; INSERT INTO t VALUES (3, '{value}')",
        number=4,
    )[:3]
    assert (one.after, two.after) == ([1, value], [2, None])
    assert two.table.columns[1].type.optional
    assert three.op == "d"


def test_a_new_label_is_in_the_schema_of_its_first_row(
    streaming: Callable[..., Reading], server: Any, database: str
) -> None:
    reading = streaming("CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (id int PRIMARY KEY, m mood, n mood[])")
    execute(server, database, "INSERT INTO t VALUES (1, 'a', '{a}')")
    reading.read(1)
    execute(server, database, "ALTER TYPE mood ADD VALUE 'b'", "INSERT INTO t VALUES (2, 'b', '{b}')")
    one, two = reading.read(2)
    assert one.table.columns[1].type.parameters == {"allowed": "a"}
    assert two.table.columns[1].type.parameters == {"allowed": "a,b"}
    assert two.table.columns[2].type.element is not None
    assert two.table.columns[2].type.element.parameters == {"allowed": "a,b"}
    assert two.after == [2, "b", ["b"]]


def test_a_label_that_was_renamed_since_is_in_the_schema(backlog: Backlog) -> None:
    (one,) = backlog(
        "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, m mood)",
        "INSERT INTO t VALUES (1, 'a')",
        "ALTER TYPE mood RENAME VALUE 'a' TO 'z'",
        number=1,
    )
    assert one.after == [1, "a"]
    assert one.table.columns[1].type.parameters == {"allowed": "z,b,a"}
