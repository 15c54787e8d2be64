"""libpq parameters from properties, and errors as coded errors."""

import psycopg
import pytest

from cdc.errors import SourceLost, SourceRefused
from connectors.postgresql.config import PostgresConfig
from connectors.postgresql.connection import parameters, refusal, statements, translate
from connectors.postgresql.lsn import lsn_number, lsn_text

BASE = {
    "name": "c",
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "topic.prefix": "shop",
    "database.hostname": "db",
    "database.user": "u",
    "database.password": "secret-word",
    "database.dbname": "d",
    "plugin.name": "pgoutput",
}


def config(**more: str) -> PostgresConfig:
    return PostgresConfig({**BASE, **{name.replace("__", "."): value for name, value in more.items()}})


def test_a_list_of_hosts_keeps_each_port():
    found = parameters(config(database__hostname="a:5433, b,[::1]:5440", database__port="5432"))
    assert found["host"] == "a,b,::1"
    assert found["port"] == "5433,5432,5440"


def test_tls_files_and_mode_go_to_libpq():
    found = parameters(
        config(database__sslmode="verify-full", database__sslrootcert="/ca.pem", database__sslkey="/k.der")
    )
    assert found["sslmode"] == "verify-full"
    assert found["sslrootcert"] == "/ca.pem"
    assert found["sslkey"] == "/k.der"


def test_pgjdbc_options_with_a_counterpart_are_translated():
    found = parameters(config(driver__targetServerType="preferSecondary", database__connectTimeout="7"))
    assert found["target_session_attrs"] == "prefer-standby"
    assert found["connect_timeout"] == 7


def test_initial_statements_know_the_doubled_semicolon():
    assert statements("SET a = 1; SET b = 'x;;y';") == ["SET a = 1", "SET b = 'x;y'"]


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ('FATAL:  password authentication failed for user "u"', "HW-PG-003", SourceRefused),
        ('FATAL:  database "d" does not exist', "HW-PG-004", SourceRefused),
        ("FATAL:  sorry, too many clients already", "HW-PG-005", SourceLost),
        ("FATAL:  permission denied to start WAL sender", "HW-PG-006", SourceRefused),
        ("server does not support SSL, but SSL was required", "HW-PG-007", SourceRefused),
        ("FATAL:  unsupported startup parameter: replication", "HW-PG-010", SourceRefused),
        ("Connection refused", "HW-PG-002", SourceLost),
        ("FATAL:  the database system is starting up", "HW-PG-002", SourceLost),
    ],
)
def test_a_refused_connection_has_its_code(text, code, kind):
    error = refusal(psycopg.OperationalError(text), "db port 5432")
    assert error.code == code
    assert isinstance(error, kind)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (psycopg.errors.AdminShutdown("terminating connection"), "HW-PG-001"),
        (psycopg.OperationalError("server closed the connection unexpectedly"), "HW-PG-001"),
        (psycopg.errors.ReadOnlySqlTransaction("cannot execute"), "HW-PG-024"),
        (psycopg.errors.LockNotAvailable("lock timeout"), "HW-PG-027"),
        (psycopg.errors.InsufficientPrivilege("permission denied for table t"), "HW-PG-025"),
        (psycopg.errors.InsufficientPrivilege("query would be affected by row-level security policy"), "HW-PG-026"),
        (psycopg.errors.DiskFull("could not write"), "HW-PG-029"),
        (psycopg.errors.SyntaxError("at or near"), "HW-PG-030"),
    ],
)
def test_a_failed_statement_has_its_code(error, code):
    assert translate(error, "testing").code == code


def test_log_positions_are_written_as_the_server_writes_them():
    assert lsn_text(0x16_B374D848) == "16/B374D848"
    assert lsn_number("16/B374D848") == 0x16_B374D848
