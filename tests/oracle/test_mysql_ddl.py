"""DDL on a real server: what the log says of it, applied to our Schema, is what the server's catalogue then says.

HEADWATER_ORACLE_DDL sets the number of random statements on each server (60), HEADWATER_ORACLE_SEED their seed (1).
"""

import os

import pytest

from connectors.mysql.ddl import Schema
from connectors.mysql.history import encode, events, recover
from tests.oracle import ddl_corpus
from tests.oracle.ddl_catalog import differences
from tests.oracle.ddl_random import RandomDdl
from tests.oracle.ddl_session import DdlSession
from tests.servers.fixtures import USUAL

STATEMENTS = int(os.environ.get("HEADWATER_ORACLE_DDL", "60"))
SEED = int(os.environ.get("HEADWATER_ORACLE_SEED", "1"))


@pytest.fixture
def session(request):
    """A session in a fresh database on the server that the test's parameter names."""
    server = request.getfixturevalue(request.param)
    database = server.create_database()
    session = DdlSession(server, database)
    yield session
    session.close()
    server.drop_database(database)


def follow(session, statements):
    """Run statements; after each the catalogue must agree. Returns how many the server took."""
    taken = 0
    for sql in statements:
        if not session.run(sql):
            continue
        taken += 1
        assert session.differences() == [], f"after {sql}, logged as {session.last}"
    return taken


def recovered(session):
    """A Schema that was recovered from the history of everything that the session logged."""
    lines = [
        encode("server", {"pos": number}, 0, event.database, event.sql, event.changes)
        for number, applied in enumerate(session.applied)
        for event in events(applied)
    ]
    schema = Schema(session.schema.flavor, session.schema.version)
    recover(schema, lines, "server", lambda position: True)
    return schema


@pytest.mark.parametrize("session", USUAL, indirect=True)
def test_written_statements_leave_what_the_catalogue_says(session):
    own = ddl_corpus.MARIADB if session.mariadb else ddl_corpus.MYSQL
    statements = ddl_corpus.COMMON + own

    taken = follow(session, statements)

    assert taken >= 0.93 * len(statements)


@pytest.mark.parametrize("session", USUAL, indirect=True)
def test_random_statements_leave_what_the_catalogue_says(session):
    ddl = RandomDdl(SEED, session.schema, session.database)

    taken = follow(session, (ddl.statement() for _ in range(STATEMENTS)))

    assert taken >= 0.2 * STATEMENTS, f"seed {SEED}"


@pytest.mark.parametrize("session", USUAL, indirect=True)
def test_snapshot_and_history_give_the_same_tables(session):
    own = ddl_corpus.MARIADB if session.mariadb else ddl_corpus.MYSQL
    for sql in ddl_corpus.COMMON + own:
        session.run(sql)

    for schema in (session.shown(), recovered(session)):
        assert differences(schema, session.cursor, session.database, mariadb=session.mariadb) == []


@pytest.mark.parametrize("session", USUAL, indirect=True)
@pytest.mark.parametrize("modes", [("ANSI_QUOTES",), ("NO_BACKSLASH_ESCAPES",), ("REAL_AS_FLOAT", "ANSI_QUOTES")])
def test_sql_mode_decides_how_text_is_read(session, modes):
    session.set_mode(*modes)

    taken = follow(
        session,
        (
            'CREATE TABLE "t" ("a b" INT, "c""d" VARCHAR(5) DEFAULT \'x\', e REAL)',
            "CREATE TABLE u (a VARCHAR(9) DEFAULT 'back\\', b ENUM('x\\', 'y'), e REAL)",
            "CREATE TABLE w (a VARCHAR(9) DEFAULT 'q\\'q', e REAL)",
            "ALTER TABLE u ADD r REAL, COMMENT = 'a\\\\b'",
        ),
    )

    assert taken >= 2


@pytest.mark.parametrize("session", ["mariadb"], indirect=True)
def test_oracle_mode_names_other_types(session):
    session.set_mode("ORACLE")

    taken = follow(
        session,
        (
            "CREATE TABLE o (a NUMBER(5,2), b VARCHAR2(10), c RAW(5), d CLOB, e NUMBER, f DATE, g BLOB, h NUMBER(4))",
            "ALTER TABLE o ADD i DATE, MODIFY b VARCHAR2(20)",
        ),
    )

    assert taken == 2


@pytest.mark.parametrize("session", USUAL, indirect=True)
def test_timestamps_without_their_defaults(session):
    session.set_mode("NO_ENGINE_SUBSTITUTION")
    session.cursor.execute("SET SESSION explicit_defaults_for_timestamp=OFF")
    session.timestamps_null = False

    taken = follow(session, ("CREATE TABLE t (a INT, b TIMESTAMP, c TIMESTAMP NULL)", "ALTER TABLE t ADD d TIMESTAMP"))

    assert taken == 2
