"""Statements that a session logs as text: what they changed decides, not where they ran or what they read."""

from __future__ import annotations

import logging

import pytest

from cdc.errors import SourceRefused
from connectors.mysql import errors

BEGIN = ("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SET SESSION binlog_format = 'STATEMENT'")
TABLES = (
    "CREATE TABLE orders (id int PRIMARY KEY, n int)",
    "CREATE TABLE {o}.checksums (id int PRIMARY KEY, n int)",
    "CREATE TABLE {o}.counted (id int)",
    "CREATE TABLE {o}.memory (id int PRIMARY KEY) ENGINE=MEMORY",
    "INSERT INTO orders VALUES (1, 1)",
)

COPIES = (
    "CREATE TRIGGER {o}.copies AFTER INSERT ON {o}.checksums FOR EACH ROW INSERT INTO {d}.orders VALUES (NEW.id, 7)"
)


@pytest.fixture
def other(server):
    name = server.create_database()
    yield name
    server.execute("SET foreign_key_checks = 0", f"DROP DATABASE {name}")


def run(server, schema, other, make, setup, statements):
    """A connector that captures orders, and what it makes of statements that are followed by a row of orders."""
    server.execute(*(one.format(o=other, d=schema) for one in (*TABLES, *setup)), database=schema)
    reading = make().begin()
    server.execute(*BEGIN, *(one.format(o=other, d=schema) for one in statements), database=schema)
    server.execute("INSERT INTO orders VALUES (9, 9)", database=schema)
    return reading


@pytest.mark.parametrize(
    "statements",
    [
        ["REPLACE INTO {o}.checksums SELECT id, n FROM {d}.orders"],
        [
            "INSERT INTO {o}.checksums VALUES (1, 1)",
            "UPDATE {o}.checksums c JOIN orders o ON c.id = o.id SET c.n = o.n",
        ],
        ["INSERT INTO {o}.checksums VALUES (1, 1)", "DELETE c FROM {o}.checksums c JOIN orders o ON c.id = o.id"],
        ["DELETE FROM {o}.memory"],
        ["TRUNCATE TABLE {o}.memory"],
        ["CREATE TEMPORARY TABLE mine (id int)", "INSERT INTO mine SELECT id FROM orders"],
        ["INSERT INTO {o}.checksums VALUES ({o}.plain(3), 3)"],
        ["INSERT INTO {o}.parent VALUES (1)", "DELETE FROM {o}.parent"],
    ],
)
def test_what_changes_no_captured_table_is_passed_over(server, schema, other, make, caplog, statements):
    setup = [
        "CREATE FUNCTION {o}.plain(a int) RETURNS int DETERMINISTIC RETURN a + 1",
        "CREATE TRIGGER {o}.counts AFTER INSERT ON {o}.checksums FOR EACH ROW INSERT INTO {o}.counted VALUES (NEW.id)",
        "CREATE TABLE {o}.parent (id int PRIMARY KEY)",
        "CREATE TABLE {o}.child (id int PRIMARY KEY, FOREIGN KEY (id) REFERENCES {o}.parent (id) ON DELETE CASCADE)",
        "SET GLOBAL log_bin_trust_function_creators = 1",
    ]
    setup.insert(0, setup.pop())
    with caplog.at_level(logging.INFO):
        reading = run(server, schema, other, make, setup, statements)
        assert [change.after for change in reading.read(1)] == [[9, 9]]
    said = [record for record in caplog.records if "which is not captured" in record.getMessage()]
    assert bool(said) == ("TRUNCATE" not in statements[0])


@pytest.mark.parametrize(
    ("setup", "statements", "why"),
    [
        ([], ["UPDATE {o}.checksums c, orders o SET o.n = 5"], "it changes"),
        ([], ["USE {o}", "DELETE FROM {d}.orders"], "it changes"),
        (
            [COPIES],
            ["INSERT INTO {o}.checksums VALUES (7, 7)"],
            "trigger copies names orders",
        ),
        (
            [
                "CREATE FUNCTION {o}.deep(a int) RETURNS int DETERMINISTIC"
                " BEGIN UPDATE {d}.orders SET n = 8; RETURN a; END",
                "CREATE FUNCTION {o}.shallow(a int) RETURNS int DETERMINISTIC RETURN {o}.deep(a)",
            ],
            ["INSERT INTO {o}.checksums VALUES ({o}.shallow(4), 4)"],
            "routine deep names orders",
        ),
        (
            [
                "CREATE TABLE {o}.parent (id int PRIMARY KEY)",
                "INSERT INTO {o}.parent VALUES (1), (9)",
                "ALTER TABLE orders ADD FOREIGN KEY (n) REFERENCES {o}.parent (id) ON DELETE CASCADE",
            ],
            ["DELETE FROM {o}.parent WHERE id = 1"],
            "foreign keys lead to",
        ),
        (
            ["CREATE VIEW {o}.v AS SELECT * FROM {d}.orders"],
            ["UPDATE {o}.v SET n = 3"],
            "no table with rows of its own",
        ),
        (
            ["CREATE PROCEDURE {o}.p() UPDATE {d}.orders SET n = 3"],
            ["CALL {o}.p()"],
            "it changes",
        ),
    ],
)
def test_what_may_change_a_captured_table_stops(server, schema, other, make, setup, statements, why):
    reading = run(server, schema, other, make, ["SET GLOBAL log_bin_trust_function_creators = 1", *setup], statements)
    with pytest.raises(SourceRefused, match=why) as refused:
        reading.read(1)
    assert refused.value.code == errors.STATEMENT_LOGGED


def test_a_user_who_may_not_see_triggers_is_told_so(server, schema, other, make):
    server.execute(
        "DROP USER IF EXISTS blind",
        "CREATE USER blind IDENTIFIED BY 'headwater'",
        "GRANT SELECT, RELOAD, SHOW DATABASES, LOCK TABLES, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO blind",
    )
    server.execute(*(one.format(o=other, d=schema) for one in TABLES), database=schema)
    reading = make(database__user="blind").begin()
    server.execute(*BEGIN, f"INSERT INTO {other}.checksums VALUES (1, 1)")
    with pytest.raises(SourceRefused, match=f"GRANT TRIGGER ON `{other}`") as refused:
        reading.read(1)
    assert refused.value.code == errors.STATEMENT_LOGGED
    server.execute("DROP USER blind")


def test_a_trigger_that_was_dropped_before_its_statement_is_read_is_named(server, schema, other, make, caplog):
    reading = run(
        server, schema, other, make, [COPIES], ["INSERT INTO {o}.checksums VALUES (7, 7)", "DROP TRIGGER {o}.copies"]
    )
    with caplog.at_level(logging.WARNING):
        assert [change.after for change in reading.read(1)] == [[9, 9]]
    (said,) = [record.getMessage() for record in caplog.records if "their changes are lacking" in record.getMessage()]
    assert f"DROP TRIGGER {other}.copies" in said


@pytest.mark.parametrize("captured", [False, True])
def test_loaded_files_count_by_their_table(server, schema, other, make, tmp_path, captured):
    server.execute(*(one.format(o=other) for one in TABLES), "SET GLOBAL local_infile = 1", database=schema)
    reading = make().begin()
    (tmp_path / "rows").write_text("7\t7\n")
    table = "orders" if captured else f"{other}.checksums"
    connection = server.connect(schema, local_infile=True)
    with connection, connection.cursor() as cursor:
        for statement in (*BEGIN, f"LOAD DATA LOCAL INFILE '{tmp_path}/rows' REPLACE INTO TABLE {table}"):
            cursor.execute(statement)
    server.execute("INSERT INTO orders VALUES (9, 9)", database=schema)
    if captured:
        with pytest.raises(SourceRefused, match="it changes") as refused:
            reading.read(1)
        assert refused.value.code == errors.STATEMENT_LOGGED
    else:
        assert [change.after for change in reading.read(1)] == [[9, 9]]
