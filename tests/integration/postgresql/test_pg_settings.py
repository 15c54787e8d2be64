"""Settings of the role and the database: the connector starts, reads and streams as without them."""

from __future__ import annotations

import psycopg
import pytest

from cdc.errors import SourceRefused
from connectors.postgresql import connection
from connectors.postgresql.source import PostgresSource
from tests.integration.postgresql.setup import config, until
from tests.integration.reading import Reading

TABLES = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE "T" (id int PRIMARY KEY, d date, m mood DEFAULT 'ok', v varchar(9) DEFAULT 'x', i interval, b bytea);
INSERT INTO "T" VALUES (1, '2020-02-01', 'ok', 'a', '1 day', 'x');
CREATE TABLE beat (id int PRIMARY KEY, n int);
INSERT INTO beat VALUES (1, 0);
"""

SETTINGS = [
    ("statement_timeout", "'1ms'"),
    ("transaction_timeout", "'300ms'"),
    ("idle_in_transaction_session_timeout", "'300ms'"),
    ("idle_session_timeout", "'300ms'"),
    ("lock_timeout", "'1ms'"),
    ("default_transaction_read_only", "on"),
    ("default_transaction_isolation", "serializable"),
    ("default_transaction_deferrable", "on"),
    ("search_path", "nowhere"),
    ("search_path", "hidden, pg_catalog"),
    ("quote_all_identifiers", "on"),
    ("DateStyle", "'SQL, DMY'"),
    ("IntervalStyle", "'sql_standard'"),
    ("bytea_output", "escape"),
    ("row_security", "off"),
    ("standard_conforming_strings", "off"),
]

HIDDEN = """
CREATE SCHEMA hidden;
CREATE TABLE hidden.pg_class (oid oid);
CREATE TABLE hidden.pg_namespace (oid oid);
CREATE TABLE hidden.pg_type (oid oid);
CREATE TABLE hidden.pg_attribute (oid oid);
CREATE TABLE hidden.pg_publication (oid oid);
CREATE TABLE hidden.pg_replication_slots (slot_name text)
"""


ENDING = ("transaction_timeout", "idle_in_transaction_session_timeout")  # what ends a session with an open transaction


@pytest.fixture
def begin(postgres, database, sources):
    """Makes a source and prepares the database."""
    with postgres.connect(database) as sql:
        sql.execute(TABLES)
        sql.execute(HIDDEN)

    def build(**more):
        more = {"heartbeat__action__query": "UPDATE public.beat SET n = n + 1", **more}
        source = sources(postgres, database, schema__include__list="public", **more)
        source.open(None)
        return source

    return build


def life(source, postgres, database, name=""):
    """Tables and rows of a snapshot, the changes of a stream, and the heartbeats that ran."""
    tables = source.tables()
    outlived(postgres, database, name)
    read = [
        (table.id, [(c.name, c.type) for c in table.columns], [row for rows in source.rows(table) for row in rows])
        for table in tables
    ]
    source.start()
    outlived(postgres, database, name)
    source.heartbeat()
    with psycopg.connect(postgres.dsn(database), options=PLAIN, autocommit=True) as sql:
        sql.execute("""INSERT INTO "T" VALUES (2, '2020-03-01', 'sad', 'b', '2 days', 'y')""")
        found = [(change.table.id, change.after) for change in Reading(source).read(2)]
    return read, found


def outlived(postgres, database, name):
    """Wait until the limit has ended a session that has what was set."""
    if name not in ENDING:
        return
    witness = psycopg.connect(postgres.dsn(database))
    witness.execute("SELECT 1")
    query = "SELECT FROM pg_stat_activity WHERE pid = %s"
    with postgres.connect() as looking:
        until(lambda: not looking.execute(query, (witness.info.backend_pid,)).fetchall(), f"{name} ends a session")
    witness.close()


PLAIN = " ".join(
    f"-c {name}={value}"
    for name, value in (
        ("transaction_timeout", "0"),
        ("statement_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
        ("idle_session_timeout", "0"),
        ("lock_timeout", "0"),
        ("default_transaction_read_only", "off"),
        ("DateStyle", "ISO"),
        ("search_path", "public"),
    )
)


@pytest.fixture(scope="module")
def plain(postgres):
    """What a connector reads without any setting."""
    database = postgres.create_database()
    with postgres.connect(database) as sql:
        sql.execute(TABLES)
    source = PostgresSource(
        config(
            postgres,
            database,
            schema__include__list="public",
            heartbeat__action__query="UPDATE public.beat SET n = n + 1",
        )
    )
    try:
        source.open(None)
        yield life(source, postgres, database)
    finally:
        source.close()
        postgres.drop_database(database)


@pytest.mark.parametrize("of", ["DATABASE", "ROLE"])
@pytest.mark.parametrize(("name", "value"), SETTINGS)
def test_settings_of_role_and_database_do_not_matter(begin, plain, postgres, database, name, value, of):
    with postgres.connect() as sql:
        if of == "DATABASE":
            sql.execute(f"ALTER DATABASE {database} SET {name} = {value}")
        else:
            sql.execute(f"ALTER ROLE {postgres.user} IN DATABASE {database} SET {name} = {value}")
    assert life(begin(), postgres, database, name) == plain


def test_a_setting_that_the_server_refuses_is_named(begin, monkeypatch):
    monkeypatch.setattr(connection, "SETTINGS", (*connection.SETTINGS, ("max_connections", "7", 0)))
    with pytest.raises(SourceRefused, match=r"SET max_connections = '7': .*cannot be changed") as caught:
        begin()
    assert caught.value.code == "HW-PG-047"
