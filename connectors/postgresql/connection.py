"""Connections: libpq parameters from the connector's properties, session settings, and errors as coded errors.

The password goes to libpq and nowhere else: no message of libpq or the server repeats it.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import psycopg

from cdc.errors import CdcError, SourceLost, SourceRefused
from connectors.postgresql import errors

if TYPE_CHECKING:
    from connectors.postgresql.config import PostgresConfig

log = logging.getLogger("connectors.postgresql")

Connection = psycopg.Connection[tuple[object, ...]]
Parameters = dict[str, str | int]

# What every session of ours sets, whatever was set for the role or the database: (name, value, since which version).
SETTINGS = (
    # What values look like as text: both decoders depend on every one of these.
    ("client_encoding", "UTF8", 0),
    ("DateStyle", "ISO, YMD", 0),
    ("IntervalStyle", "postgres", 0),
    ("TimeZone", "UTC", 0),
    ("extra_float_digits", "3", 0),
    ("bytea_output", "hex", 0),
    ("lc_monetary", "C", 0),
    ("xmlbinary", "base64", 0),
    # What statements and the catalog's expressions look like.
    ("standard_conforming_strings", "on", 0),
    ("quote_all_identifiers", "off", 0),
    # What a transaction of ours may do and see.
    ("default_transaction_read_only", "off", 0),
    ("default_transaction_isolation", "read committed", 0),
    ("default_transaction_deferrable", "off", 0),
    ("row_security", "on", 0),
    # An open transaction of ours is long, and idle while a slow consumer is waited for; that is not a mistake.
    ("lock_timeout", "0", 0),
    ("idle_in_transaction_session_timeout", "0", 0),
    ("idle_session_timeout", "0", 140000),
    ("transaction_timeout", "0", 170000),
)

# The system's tables and functions are found first, also where a search_path names another schema before them.
_SEARCH_PATH = (
    "SELECT set_config('search_path', 'pg_catalog, ' || current_setting('search_path'), false)"
    " WHERE current_setting('search_path') ~ 'pg_catalog'"
)

_TARGETS = {
    "any": "any",
    "primary": "primary",
    "master": "primary",
    "secondary": "standby",
    "slave": "standby",
    "preferprimary": "any",
    "prefersecondary": "prefer-standby",
    "preferslave": "prefer-standby",
}

_LOST_STATES = ("57P01", "57P02", "57P03", "57P05", "25P03", "25P04")


def parameters(config: PostgresConfig) -> Parameters:
    """libpq's parameters for a connector: hosts, login, TLS, keepalives, and what libpq knows of pgjdbc's options."""
    hosts: list[str] = []
    ports: list[str] = []
    for entry in str(config.database_hostname).split(","):
        host, port = _split_host(entry.strip(), int(config.database_port))
        hosts.append(host)
        ports.append(str(port))
    found: Parameters = {
        "host": ",".join(hosts),
        "port": ",".join(ports),
        "dbname": str(config.database_dbname),
        "user": str(config.database_user),
        "application_name": f"headwater {config.topic_prefix}"[:63],
        "connect_timeout": 30,
        "keepalives": 1 if config.database_tcpKeepAlive else 0,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "sslmode": str(config.database_sslmode or "prefer"),
        "fallback_application_name": "headwater",
    }
    if config.database_password:
        found["password"] = str(config.database_password)
    for name in ("sslcert", "sslkey", "sslrootcert", "sslpassword"):
        value = getattr(config, f"database_{name}")
        if value:
            found[name] = str(value)
    found.update(_driver(config.raw))
    return found


def _split_host(entry: str, port: int) -> tuple[str, int]:
    """A host of a list: name, name:port, [IPv6], [IPv6]:port, or a socket's folder."""
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        return host, int(rest[1:]) if rest.startswith(":") else port
    if entry.count(":") == 1:
        host, _, text = entry.partition(":")
        return host, int(text)
    return entry, port


def _driver(raw: dict[str, str]) -> Parameters:
    """The pgjdbc properties that libpq has a counterpart of (`database.<name>` or `driver.<name>`)."""
    found: Parameters = {}
    for key, value in raw.items():
        prefix, _, name = key.partition(".")
        if prefix not in ("database", "driver"):
            continue
        text = str(value).strip()
        if name in ("connectTimeout", "loginTimeout") and text.isdigit():
            found["connect_timeout"] = int(text)
        elif name == "ApplicationName":
            found["application_name"] = text
        elif name == "targetServerType" and text.lower() in _TARGETS:
            found["target_session_attrs"] = _TARGETS[text.lower()]
        elif name == "loadBalanceHosts":
            found["load_balance_hosts"] = "random" if text.lower() == "true" else "disable"
        elif name == "channelBinding":
            found["channel_binding"] = text.lower()
        elif name == "gssEncMode":
            found["gssencmode"] = text.lower()
        elif name == "options":
            found["options"] = text
    return found


def statements(text: str | None) -> list[str]:
    """`database.initial.statements` taken apart: `;` separates, `;;` is a semicolon."""
    if not text:
        return []
    parts = re.split(r"(?<!;);(?!;)", str(text))
    return [part.replace(";;", ";").strip() for part in parts if part.strip()]


def connect(config: PostgresConfig, *, purpose: str, timeout_ms: int | None = None) -> Connection:
    """An ordinary connection in autocommit, values rendered as the decoder expects them.

    `timeout_ms` replaces database.query.timeout.ms as the statement timeout (0: none).
    Raises SourceLost, SourceRefused.
    """
    settings = parameters(config)
    settings["application_name"] = f"{settings['application_name']} {purpose}"[:63]
    connection = dial(settings)
    limit = int(config.database_query_timeout_ms) if timeout_ms is None else timeout_ms
    try:
        prepare(connection, limit)
        for statement in statements(config.database_initial_statements):
            connection.execute(statement.encode())
    except psycopg.Error as error:
        connection.close()
        raise translate(error, f"preparing a connection ({purpose})") from error
    except CdcError:
        connection.close()
        raise
    return connection


def dial(settings: Parameters, *, replication: bool = False) -> Connection:
    """Connect. Raises SourceLost, SourceRefused."""
    extra: Parameters = {"replication": "database"} if replication else {}
    try:
        return psycopg.connect(autocommit=True, prepare_threshold=None, **settings, **extra)  # type: ignore[arg-type]
    except psycopg.Error as error:
        where = f"{settings['host']} port {settings['port']} database {settings['dbname']} user {settings['user']}"
        raise refusal(error, where) from None


def prepare(connection: Connection, timeout_ms: int) -> None:
    """Session settings in one round trip. Raises SourceRefused with the setting that is refused, psycopg.Error."""
    version = connection.pgconn.server_version
    found = [f"SET {name} = {literal(value)}" for name, value, since in SETTINGS if version >= since]
    found += [f"SET statement_timeout = {timeout_ms}", _SEARCH_PATH]
    try:
        _settle(connection, "; ".join(found))
    except psycopg.Error as error:
        if connection.pgconn.status != psycopg.pq.ConnStatus.OK:
            raise
        for statement in found:
            try:
                _settle(connection, statement)
            except psycopg.Error as refused:
                text = " ".join(str(refused).split())
                raise SourceRefused(errors.SETTING_REFUSED, f"{statement}: {text}") from refused
        raise error


def as_they_are(connection: Connection) -> None:
    """Let the texts of a database in SQL_ASCII come as they are, which the server refuses where they are no UTF-8.

    For connections that read rows only: psycopg takes every text of such a connection for bytes. Raises psycopg.Error.
    """
    if connection.pgconn.parameter_status(b"server_encoding") == b"SQL_ASCII":
        _settle(connection, "SET client_encoding = 'SQL_ASCII'")


def _settle(connection: Connection, text: str) -> None:
    result = connection.pgconn.exec_(text.encode())
    if result.status not in (psycopg.pq.ExecStatus.COMMAND_OK, psycopg.pq.ExecStatus.TUPLES_OK):
        raise psycopg.errors.error_from_result(result)


def refusal(error: psycopg.Error, where: str) -> CdcError:
    """Why no connection came about. libpq gives no SQLSTATE here, so the server's English text decides."""
    text = " ".join(str(error).split())
    detail = f"{where}: {text}"
    for needle, code in (
        ("password authentication failed", errors.WRONG_PASSWORD),
        ("no password supplied", errors.WRONG_PASSWORD),
        ("no pg_hba.conf entry", errors.WRONG_PASSWORD),
        ("pg_hba.conf rejects", errors.WRONG_PASSWORD),
        ("authentication failed for user", errors.WRONG_PASSWORD),
        ("is not permitted to log in", errors.WRONG_PASSWORD),
        ("permission denied for database", errors.WRONG_PASSWORD),
        ("unsupported startup parameter", errors.POOLER),
        ("replication connections not allowed", errors.POOLER),
        ("no such database", errors.POOLER),
        ("permission denied to start WAL sender", errors.NO_REPLICATION),
        ("must be superuser or replication role", errors.NO_REPLICATION),
        ("certificate", errors.WRONG_TLS),
        ("does not support SSL", errors.WRONG_TLS),
        ("SSL is not enabled", errors.WRONG_TLS),
        ("sslmode value", errors.WRONG_TLS),
    ):
        if needle in text:
            return SourceRefused(code, detail)
    if re.search(r'role "[^"]*" does not exist', text):
        return SourceRefused(errors.WRONG_PASSWORD, detail)
    if re.search(r'database "[^"]*" does not exist', text):
        return SourceRefused(errors.WRONG_DATABASE, detail)
    for needle in ("too many clients", "remaining connection slots", "max_wal_senders", "too many connections"):
        if needle in text:
            return SourceLost(errors.TOO_MANY_CONNECTIONS, detail)
    return SourceLost(errors.UNREACHABLE, detail)


def translate(error: psycopg.Error, doing: str) -> CdcError:
    """The coded error for a failed statement or a broken connection."""
    state = error.sqlstate or ""
    text = " ".join(str(error).split())
    detail = f"while {doing}: {text}" + (f" (SQLSTATE {state})" if state else "")
    if state.startswith("08") or state in _LOST_STATES:
        return SourceLost(errors.LOST, detail)
    if not state:  # libpq's own: the server said nothing any more
        return SourceLost(errors.LOST, detail)
    if state == "53300":
        return SourceLost(errors.TOO_MANY_CONNECTIONS, detail)
    if state in ("57014", "40001"):
        return SourceLost(errors.INTERRUPTED, detail)
    if state == "25006":
        return SourceRefused(errors.READ_ONLY, detail)
    if state == "55P03":
        return SourceRefused(errors.LOCK_TIMEOUT, detail)
    if state == "42501":
        if "row-level security" in text or "row security" in text:
            return SourceRefused(errors.ROW_SECURITY, detail)
        if "replication" in text:
            return SourceRefused(errors.NO_REPLICATION, detail)
        return SourceRefused(errors.NOT_READABLE, detail)
    if state in ("53100", "53200", "XX000", "XX001", "58030"):
        return SourceLost(errors.DECODING_FAILED, detail)
    return SourceRefused(errors.REFUSED, detail)


def failed(result: psycopg.pq.abc.PGresult) -> psycopg.Error:
    """The exception of a failed result."""
    return psycopg.errors.error_from_result(result)


def identifier(name: str) -> str:
    """A name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text quoted for SQL and for the replication commands (neither knows backslashes here)."""
    return "'" + text.replace("'", "''") + "'"
