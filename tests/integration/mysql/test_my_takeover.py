"""Offsets that Debezium stores within a transaction: the stream goes on behind them, without gap or repeat.

How they count was observed on Debezium 3.6.1 (MySQL) and 3.5.0 (MariaDB): `event` are the events since the begin,
which is the first; `row` the rows that are done of event number `event`, counted from 0; a heartbeat after an event has
its number and no `row`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cdc.model import Table
from connectors.mysql.binlog import Decoder
from connectors.mysql.events import Event, Gtid, Query, RowsQuery, Xid
from connectors.mysql.events import Rows as RowsEvent
from connectors.mysql.rows import Reader
from connectors.mysql.source_info import ROW
from tests.binlogs import Catalog, dumped, events
from tests.integration.mysql.setup import reading_of
from tests.integration.reading import Reading
from tests.servers.mysql import MysqlServer

WIDE = "k" * 2900
TRANSACTION = [
    "INSERT INTO hidden VALUES (1), (2)",
    "INSERT INTO a VALUES (1, 'x'), (2, 'y'), (3, 'z')",
    "INSERT INTO b VALUES (1, 1), (2, 2)",
    f"INSERT INTO a SELECT id + 10, '{WIDE}' FROM a",  # more than one rows event
    "INSERT INTO hidden VALUES (3)",
    "SAVEPOINT one",
    "UPDATE a, b SET a.x = 'n', b.x = b.x + 1 WHERE a.id = b.id",  # two tables in one statement
    "DELETE FROM b",
]


def debezium_offsets(
    found: list[Event], catalog: Catalog, captured: set[str], gtids: str
) -> Iterator[tuple[dict[str, object], int]]:
    """Every offset that Debezium stores of the transaction, and how many changes are done there."""
    number = -1
    done = 0
    base: dict[str, object] = {}
    for event in found:
        begins = isinstance(event, Query) and event.sql == "BEGIN"
        if number < 0:
            if not begins and not (isinstance(event, Gtid) and event.type == 162):
                continue
            base = {"ts_sec": event.timestamp, "file": event.file, "pos": event.start, "server_id": event.server_id}
            if gtids:
                base["gtids"] = gtids
        number += 1
        if isinstance(event, Xid):
            return
        if isinstance(event, RowsEvent) and event.table.table in captured:
            plan = catalog.plan(event.table)
            assert plan is not None
            for row in range(Reader().count(event, plan)):
                done += 1
                yield {**base, "event": number, "row": row + 1}, done
        if number:
            yield {**base, "event": number}, done
    raise AssertionError("the transaction has no end")


@pytest.fixture(params=["mysql", "mysql, compressed", "mysql, without GTIDs", "mariadb"])
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def server(request: pytest.FixtureRequest, kind: str) -> Iterator[MysqlServer]:
    """A server that every test uses, or one of this test's own without GTIDs."""
    if "without" not in kind:
        yield request.getfixturevalue(kind.partition(",")[0])
        return
    request.getfixturevalue("mysql")  # skips where there is none
    own = MysqlServer.private(gtid_mode="OFF", enforce_gtid_consistency="OFF")
    yield own
    own.stop()


def told(changes: list[Any]) -> list[object]:
    return [(change.table.id, change.op, change.before, change.after, change.source[ROW]) for change in changes]


def write(server: MysqlServer, schema: str, compressed: bool) -> None:
    """The transaction, and one behind it."""
    connection = server.connect(schema, autocommit=False)
    with connection.cursor() as cursor:
        if compressed:
            cursor.execute("SET binlog_transaction_compression = ON")
        for statement in TRANSACTION:
            cursor.execute(statement)
        connection.commit()
        cursor.execute("INSERT INTO b VALUES (9, 9)")
        connection.commit()
    connection.close()


def test_at_every_row(kind: str, server: MysqlServer, schema: str, sql: Any, make: Callable[..., Reading]) -> None:
    """Also behind events that hold no row of a captured table, and the way back: ours names no row."""
    sql(
        "CREATE TABLE a (id int PRIMARY KEY, x varchar(3000))",
        "CREATE TABLE b (id int PRIMARY KEY, x int)",
        "CREATE TABLE hidden (id int PRIMARY KEY)",
    )
    more = {"table__exclude__list": f"{schema}.hidden"}
    first = make(max__batch__size=1, **more)
    first.source.open(None)
    first.snapshot()
    first.source.start()
    file, position = server.log_end()
    gtids = ""
    if "without" not in kind:
        variable = "gtid_binlog_pos" if kind == "mariadb" else "gtid_executed"
        gtids = str(server.execute(f"SELECT @@global.{variable}")[0][0])
    write(server, schema, "compressed" in kind)
    whole = told(first.read(15))
    assert len(whole) == 15
    log = events(dumped(server, file, position), Decoder(file, position))
    offsets = list(debezium_offsets(log, Catalog(server), {"a", "b"}, gtids))
    assert sum(1 for offset, _ in offsets if "row" in offset) == 14
    assert len({offset["event"] for offset, _ in offsets}) > 12
    for offset, done in offsets:
        again = make(history=first.history, **more).begin(offset)
        again.read(15 - done)
        assert told(again.changes) == whole[done:], offset
        again.source.close()
    ours = [position.offset() for _, position in first.positions if position.events]
    assert {offset["event"] for offset in ours} >= {5, 7}  # what Debezium leaves out when it takes over
    assert all("row" not in offset for offset in ours)


def test_begin_and_end_that_were_sent_are_not_sent_again(mysql: MysqlServer) -> None:
    """Debezium's offset of BEGIN has no `event`, that of END the number of the commit."""
    name = mysql.create_database()
    try:
        mysql.execute("CREATE TABLE t (id int PRIMARY KEY)", database=name)
        first = reading_of(mysql, name)
        first.source.open(None)
        first.snapshot()
        first.source.start()
        gtids = str(mysql.execute("SELECT @@global.gtid_executed")[0][0])
        file, position = mysql.log_end()
        mysql.execute("INSERT INTO t VALUES (1), (2)", "INSERT INTO t VALUES (3)", database=name)
        first.read(3)
        log = events(dumped(mysql, file, position), Decoder(file, position))
        begin = next(event for event in log if isinstance(event, Query))
        gtid = next(event for event in log if isinstance(event, Gtid))
        extra = sum(1 for event in log if isinstance(event, RowsQuery)) // 2
        base = {"file": begin.file, "pos": begin.start, "gtids": gtids, "transaction_id": gtid.text}
        wanted = {0: ["c", "c", "END"], 3 + extra: []}
        for number, ops in wanted.items():
            again = reading_of(mysql, name, history=first.history)
            again.source.transactions = Table("transaction", (), [])
            again.begin({**base, "event": number} if number else base)
            again.read(len(ops) + 3)
            assert [change.op for change in again.changes] == [*ops, "BEGIN", "c", "END"]
            again.source.close()
        first.source.close()
    finally:
        mysql.drop_database(name)
