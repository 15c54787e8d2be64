"""The works of the benchmark: what is written into a database, and how many records that must become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

COLUMNS = """id bigint {key}, a int, b int, price numeric(12,2), created timestamptz,
    name text, city text, note text, active boolean, score double precision"""
ROWS = """SELECT i, i % 1000, -i, i * 1.07, timestamptz '2026-01-01 UTC' + i * interval '1 second 123456 microseconds',
    'customer number ' || i, 'Berlin', 'a note of some forty characters, like this', i % 2 = 0, i * 1.25 + 0.1
    FROM generate_series(1, {rows}) i"""


@dataclass(frozen=True)
class Work:
    """`prepare` runs before the slots are made, `write` after; `rows` records follow from `write`.

    A snapshot has everything in `prepare` and writes nothing.
    """

    number: int
    title: str
    rows: int
    prepare: Callable[[psycopg.Connection, int], None]
    write: Callable[[psycopg.Connection, int], None]
    snapshot: bool = False
    transactions: int = 1
    rounds: int = 2  # measurements of each participant


def _table(connection: psycopg.Connection, rows: int) -> None:
    connection.execute(f"CREATE TABLE bench ({COLUMNS.format(key='PRIMARY KEY')})")


def _one_transaction(connection: psycopg.Connection, rows: int) -> None:
    connection.execute("INSERT INTO bench " + ROWS.format(rows=rows))


def _many_transactions_table(connection: psycopg.Connection, rows: int) -> None:
    _table(connection, rows)
    connection.execute(
        f"""CREATE PROCEDURE write_rows() LANGUAGE plpgsql AS $$
        DECLARE r bench; BEGIN FOR r IN {ROWS.format(rows=rows)}
        LOOP INSERT INTO bench SELECT (r).*; COMMIT; END LOOP; END $$"""
    )


def _many_transactions(connection: psycopg.Connection, rows: int) -> None:
    connection.execute("CALL write_rows()")


def _full_table(connection: psycopg.Connection, rows: int) -> None:
    _table(connection, rows)
    connection.execute("ALTER TABLE bench REPLICA IDENTITY FULL")
    _one_transaction(connection, rows)


def _updates(connection: psycopg.Connection, rows: int) -> None:
    connection.execute("UPDATE bench SET a = a + 1, note = note || '!'")


def _wide_table(connection: psycopg.Connection, rows: int) -> None:
    kinds = ("int", "bigint", "text", "numeric(12,2)", "timestamptz", "double precision")
    columns = ", ".join(f"c{n} {kinds[n % len(kinds)]}" for n in range(1, 60))
    connection.execute(f"CREATE TABLE bench (c0 bigint PRIMARY KEY, {columns})")


def _wide_rows(connection: psycopg.Connection, rows: int) -> None:
    values = (
        "i % 1000",
        "i::bigint * 1000003",
        "'text of column ' || i",
        "i * 1.07",
        "timestamptz '2026-01-01 UTC' + i * interval '1 second'",
        "i * 1.25 + 0.1",
    )
    columns = ", ".join(values[n % len(values)] for n in range(1, 60))
    connection.execute(f"INSERT INTO bench SELECT i, {columns} FROM generate_series(1, {rows}) i")


def _nothing(connection: psycopg.Connection, rows: int) -> None:
    pass


def _filled_table(connection: psycopg.Connection, rows: int) -> None:
    _table(connection, rows)
    _one_transaction(connection, rows)
    connection.execute("VACUUM ANALYZE bench")


def works(rows: int | None, quick: bool) -> list[Work]:
    """Works 1 to 5; `rows` overrides the size of each, `quick` makes them a fifth."""

    def size(full: int) -> int:
        return rows or (full // 5 if quick else full)

    many = size(100_000)
    return [
        Work(
            1,
            f"one transaction of {size(500_000):,} rows, 10 columns",
            size(500_000),
            _table,
            _one_transaction,
            rounds=3,
        ),
        Work(
            2,
            f"{many:,} one-row transactions",
            many,
            _many_transactions_table,
            _many_transactions,
            transactions=many,
        ),
        Work(3, f"{size(200_000):,} updates, replica identity full", size(200_000), _full_table, _updates),
        Work(4, f"{size(100_000):,} rows of 60 columns", size(100_000), _wide_table, _wide_rows),
        Work(5, f"snapshot of {size(1_000_000):,} rows", size(1_000_000), _filled_table, _nothing, snapshot=True),
    ]
