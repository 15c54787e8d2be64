"""Each PostgreSQL that the tests promise starts, decodes logically, and survives what tests do to it."""

import pytest

from tests.servers.cache import Unavailable
from tests.servers.fixtures import missing
from tests.servers.postgresql import PostgresServer


def decodes(server: PostgresServer, plugin: str = "pgoutput") -> int:
    """Number of pgoutput messages that a fresh slot delivers for one insert."""
    name = server.create_database()
    try:
        with server.connect(name) as connection:
            connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
            connection.execute("CREATE PUBLICATION p FOR ALL TABLES")
            connection.execute("SELECT pg_create_logical_replication_slot(%s, %s)", (f"s_{name}", plugin))
            connection.execute("INSERT INTO t VALUES (1)")
            row = connection.execute(
                "SELECT count(*) FROM pg_logical_slot_get_binary_changes(%s, NULL, NULL,"
                " 'proto_version', '1', 'publication_names', 'p')",
                (f"s_{name}",),
            ).fetchone()
            assert row is not None
            return int(row[0])
    finally:
        server.drop_database(name)


def test_18_decodes(postgres: PostgresServer) -> None:
    assert decodes(postgres) == 4  # begin, relation, insert, commit


def test_16_decodes(postgres16: PostgresServer) -> None:
    assert postgres16.server_version.startswith("16.")
    assert decodes(postgres16) == 4


def test_contrib_has_the_extensions(postgres_contrib: PostgresServer) -> None:
    name = postgres_contrib.create_database()
    with postgres_contrib.connect(name) as connection:
        for extension in ("hstore", "citext", "ltree", "isn", "postgis", "vector"):
            connection.execute(f"CREATE EXTENSION {extension}")
        row = connection.execute("SELECT ST_AsText('POINT(1 2)'::geometry), '[1,2]'::vector::text").fetchone()
    postgres_contrib.drop_database(name)
    assert row == ("POINT(1 2)", "[1,2]")


def test_killed_server_comes_back_with_its_data() -> None:
    try:
        server = PostgresServer.private("18", max_slot_wal_keep_size="1MB")
    except Unavailable as error:
        missing("PostgreSQL 18", str(error))
        raise
    try:
        with server.connect() as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        server.kill()
        with pytest.raises(Exception, match="refused"):
            server.connect()
        server.restart(max_wal_senders=7)
        with server.connect() as connection:
            row = connection.execute("SELECT n, current_setting('max_wal_senders') FROM kept").fetchone()
            assert row == (1, "7")
            assert connection.execute("SHOW max_slot_wal_keep_size").fetchone() == ("1MB",)
    finally:
        server.stop()


def test_database_fixture_is_fresh(database: str, postgres: PostgresServer) -> None:
    with postgres.connect(database) as connection:
        row = connection.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace").fetchone()
    assert row == (0,)
