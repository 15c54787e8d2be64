"""Connections: PyMySQL's parameters from the connector's properties, session settings, and errors as coded errors.

The password goes to PyMySQL and nowhere else: no message repeats it.
"""

from __future__ import annotations

import contextlib
import logging
import re
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pymysql
from pymysql.cursors import Cursor

from cdc.errors import CdcError, SourceLost, SourceRefused, shown
from connectors.mysql import errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.mariadb.config import MariaDbConfig
    from connectors.mysql.config import MySqlConfig

    AnyConfig = MySqlConfig | MariaDbConfig
    Connection = pymysql.Connection[Cursor]
else:
    Connection = pymysql.Connection  # generic for type checkers only

log = logging.getLogger("connectors.mysql")

Rows = list[tuple[Any, ...]]

# Settings of our sessions, whatever a server, a role or init_connect says. One that a server does not know is left out.
# What values look like as text: the readers of snapshots depend on every one of these. The first ones come first, for
# they decide how the others are read. Errors are in English, for some are told apart by their text.
_FIRST: Final = ("sql_mode = ''", "autocommit = 1")
_RENDERING: Final = (
    "time_zone = '+00:00'",
    "sql_quote_show_create = 1",
    "lc_messages = 'en_US'",
)
# How much and for how long: our statements read whole tables, and connections wait between them. What a session waits
# for locks is limited where the snapshot takes them (snapshot.lock.timeout.ms).
_LIMITS: Final = (
    "sql_select_limit = 18446744073709551615",
    "sql_big_selects = 1",
    "sql_safe_updates = 0",
    "sql_auto_is_null = 0",
    "lock_wait_timeout = 31536000",
    "net_read_timeout = 3600",
    "net_write_timeout = 3600",
    "wait_timeout = 31536000",
)
_OF_MYSQL: Final = ("max_execution_time = 0", "show_gipk_in_create_table_and_information_schema = 1")
_OF_MARIADB: Final = (
    "max_statement_time = 0",
    "idle_transaction_timeout = 0",
    "idle_readonly_transaction_timeout = 0",
    "idle_write_transaction_timeout = 0",
)
_WRITES: Final = "SET SESSION TRANSACTION READ WRITE"  # heartbeat.action.query
_UNKNOWN_SETTING: Final = 1193

_LOST = (1053, 1152, 1153, 1154, 1155, 1156, 1157, 1158, 1159, 1160, 1161, 1184, 1927, 2006, 2013, 2055, 4031)
_LOGIN = (1044, 1045, 1049, 1130, 1698, 1862, 2059, 2061, 3118, 3955)
_TOO_MANY = (1040, 1129, 1203, 1226)
_PRIVILEGE = (1044, 1095, 1142, 1143, 1227, 1370)
_CHANGED = 1412  # ER_TABLE_DEF_CHANGED
_LOCK = (1205, 1213, 3572)
_BROKEN = (1017, 1033, 1034, 1035, 1286, 1296, 1429, 1431, 1812, 1813, 1814, 1932)  # a table's files or engine
_NUMBER = re.compile(r"\(error (\d+)\)$")
_INTERRUPTED = (1317, 1969, 3024)  # KILL QUERY, max_statement_time, max_execution_time


def _unverified() -> ssl.SSLContext:
    """TLS with whatever certificate: without the system's authorities, which take long to load and serve nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class _Preferring(Connection):
    """A connection with TLS where the server offers it (PyMySQL's default)."""

    def _create_ssl_ctx(self, sslp: object) -> ssl.SSLContext:
        return sslp if isinstance(sslp, ssl.SSLContext) else _unverified()


def tls_context(config: AnyConfig) -> ssl.SSLContext | None:
    """The TLS settings; None: no TLS, or PyMySQL's own `preferred`. Raises SourceRefused for unreadable files."""
    mode = config.tls
    if mode in ("disabled", "preferred"):
        return None
    try:
        context = _unverified() if mode == "required" else ssl.create_default_context()
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # certificates that MySQL makes for itself lack extensions
        context.check_hostname = mode == "verify_identity"
        if config.database_ssl_truststore:
            authorities = _authorities(config.database_ssl_truststore, config.database_ssl_truststore_password)
            context.load_verify_locations(cadata=authorities)
        if config.database_ssl_keystore:
            _load_client(context, config.database_ssl_keystore, config.database_ssl_keystore_password)
    except (OSError, ValueError) as error:
        raise SourceRefused(errors.WRONG_TLS, f"database.ssl.*: {error}") from error
    return context


def _authorities(path: str, password: str | None) -> str:
    """Certificates of a PEM or PKCS12 file as PEM."""
    data = Path(path).read_bytes()
    if b"-----BEGIN" in data:
        return data.decode("ascii", "replace")
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

    found = pkcs12.load_pkcs12(data, (password or "").encode() or None)
    listed = [entry.certificate for entry in found.additional_certs]
    if found.cert is not None:
        listed.append(found.cert.certificate)
    return "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in listed)


def _load_client(context: ssl.SSLContext, path: str, password: str | None) -> None:
    """The client's certificate and key out of a PEM or PKCS12 file."""
    data = Path(path).read_bytes()
    if b"-----BEGIN" in data:
        context.load_cert_chain(path, password=password)
        return
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, pkcs12

    secret = (password or "headwater").encode()
    key, certificate, more = pkcs12.load_key_and_certificates(data, (password or "").encode() or None)
    if key is None or certificate is None:
        raise ValueError(f"{path} holds no key with its certificate")
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:  # ssl reads keys from files only; encrypted there
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(secret)))
        for one in (certificate, *more):
            file.write(one.public_bytes(Encoding.PEM))
        file.flush()
        context.load_cert_chain(file.name, password=secret.decode())


def dial(config: AnyConfig, *, read_timeout: float | None = None, raw: bool = False) -> Connection:
    """Connect. `raw` gives values as bytes. Raises SourceLost, SourceRefused."""
    where = f"{config.database_hostname} port {config.database_port} user {config.database_user}"
    options: dict[str, Any] = {"ssl_disabled": config.tls == "disabled"}
    context = tls_context(config)
    if context is not None:
        options["ssl"] = context
    if raw:
        options.update(conv={}, use_unicode=False)
    try:
        return _Preferring(
            host=str(config.database_hostname),
            port=int(config.database_port),
            user=str(config.database_user),
            password=(config.database_password or "").encode(),
            charset="utf8mb4",
            connect_timeout=max(1, config.connect_timeout_ms // 1000),
            read_timeout=read_timeout,
            autocommit=None,
            program_name=f"headwater {config.topic_prefix}"[:64],
            **options,
        )
    except (pymysql.Error, OSError, RuntimeError, ValueError) as error:
        raise refusal(error, where) from None


def statements(text: str | None) -> list[str]:
    """`database.initial.statements` taken apart: `;` separates, `;;` is a semicolon."""
    if not text:
        return []
    marked = str(text).replace(";;", "\0")
    return [part.replace("\0", ";").strip() for part in marked.split(";") if part.strip()]


def connect(config: AnyConfig, *, purpose: str, timeout_ms: int | None = None, raw: bool = False) -> Connection:
    """An ordinary connection in autocommit, values rendered as the readers expect them.

    `timeout_ms` replaces database.query.timeout.ms as the longest wait for an answer (0: none).
    Raises SourceLost, SourceRefused.
    """
    limit = config.database_query_timeout_ms if timeout_ms is None else timeout_ms
    connection = dial(config, read_timeout=limit / 1000 if limit else None, raw=raw)
    try:
        prepare(connection, purpose)
        with connection.cursor() as cursor:
            for statement in statements(config.database_initial_statements):
                cursor.execute(statement)
    except CdcError:
        close(connection)
        raise
    except (pymysql.Error, OSError) as error:
        close(connection)
        raise translate(error, f"preparing a connection ({purpose})") from error
    return connection


def prepare(connection: Connection, purpose: str) -> None:
    """Give a session the settings that its statements need. Raises SourceLost, SourceRefused, pymysql.Error."""
    mariadb = "mariadb" in str(connection.get_server_info()).lower()  # type: ignore[no-untyped-call]
    settings = (*_RENDERING, *_LIMITS, *(_OF_MARIADB if mariadb else _OF_MYSQL))
    with connection.cursor() as cursor:
        try:
            cursor.execute("SET " + ", ".join(_FIRST))
            cursor.execute("SET " + ", ".join(settings))
            cursor.execute(_WRITES)
            return
        except pymysql.Error as error:
            if isinstance(translate(error, purpose), SourceLost):
                raise
        for statement in (*(f"SET {setting}" for setting in (*_FIRST, *settings)), _WRITES):
            try:
                cursor.execute(statement)
            except pymysql.Error as error:
                number, text = numbered(error)
                if number == _UNKNOWN_SETTING:
                    continue
                if isinstance(translate(error, purpose), SourceLost):
                    raise
                raise SourceRefused(
                    errors.SETTING_REFUSED, f"{statement}: {text} (error {number}, connection for {purpose})"
                ) from error


def query(connection: Connection, sql: str, doing: str) -> Rows:
    """Run a statement and read its rows. Raises SourceLost, SourceRefused."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())
    except (pymysql.Error, OSError) as error:
        raise translate(error, doing) from error
    except UnicodeDecodeError as error:
        raise _not_utf8(connection, error, doing) from error


def octets(connection: Connection, sql: str, doing: str) -> list[tuple[bytes, ...]]:
    """As `query`, of texts that may hold bytes of no character set: they come as the server sends them."""
    wire: Any = connection
    before = wire.use_unicode
    wire.use_unicode = False
    try:
        return query(connection, sql, doing)
    finally:
        wire.use_unicode = before


def named(connection: Connection, sql: str, doing: str) -> list[dict[str, Any]]:
    """As `query`, rows by column name."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            names = [str(one[0]) for one in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except (pymysql.Error, OSError) as error:
        raise translate(error, doing) from error
    except UnicodeDecodeError as error:
        raise _not_utf8(connection, error, doing) from error


def _not_utf8(connection: Connection, error: UnicodeDecodeError, doing: str) -> SourceRefused:
    """The error for a text of the catalogue that is no UTF-8; the rest of the result stays unread."""
    close(connection)
    return SourceRefused(errors.CATALOGUE_TEXT, f"while {doing}: {error.reason} in the bytes {shown(error.object)}")


def variables(connection: Connection, *names: str) -> dict[str, str]:
    """Global system variables by name; those that the server does not have are left out."""
    listed = ", ".join(literal(name) for name in names)
    rows = query(
        connection, f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({listed})", "reading the server's settings"
    )
    return {str(name).lower(): str(value) for name, value in rows}


def close(connection: Connection | None) -> None:
    """Drop a connection, in the middle of a result too. Never raises."""
    if connection is not None:
        with contextlib.suppress(Exception):
            connection._force_close()  # type: ignore[attr-defined]


def numbered(error: BaseException) -> tuple[int, str]:
    """The server's or the client's error number (0: none) and text in one line."""
    arguments: Sequence[Any] = error.args
    number = arguments[0] if arguments and isinstance(arguments[0], int) else 0
    text = str(arguments[1]) if len(arguments) > 1 else str(error)
    return number, " ".join(text.split())


def refusal(error: BaseException, where: str) -> CdcError:
    """Why no connection came about."""
    number, text = numbered(error)
    detail = f"{where}: {text}" + (f" (error {number})" if number else "")
    cause = error.args[1] if len(error.args) > 1 else ""
    low = f"{text} {cause}".lower()
    if "eof occurred" in low or (number in _LOST and "alert" not in low):  # in the middle of TLS's handshake too
        return SourceLost(errors.UNREACHABLE, detail)
    if "certificate" in low or "ssl" in low or "tls" in low or number == 3159:
        return SourceRefused(errors.WRONG_TLS, detail)
    if number in _LOGIN:
        return SourceRefused(errors.WRONG_PASSWORD, detail)
    if "cryptography" in low or "auth" in low:
        return SourceRefused(errors.WRONG_PASSWORD, detail)
    if number in _TOO_MANY:
        return SourceLost(errors.TOO_MANY_CONNECTIONS, detail)
    return SourceLost(errors.UNREACHABLE, detail)


def translate(error: BaseException, doing: str) -> CdcError:
    """The coded error for a failed statement or a broken connection."""
    number, text = numbered(error)
    detail = f"while {doing}: {text}" + (f" (error {number})" if number else "")
    if isinstance(error, (OSError, pymysql.err.InterfaceError)) or number in _LOST or number == 0:
        return SourceLost(errors.LOST, detail)
    if number in _TOO_MANY:
        return SourceLost(errors.TOO_MANY_CONNECTIONS, detail)
    if number == _CHANGED:
        return SourceLost(errors.TABLE_CHANGED, detail)
    if number in _LOCK:
        return SourceLost(errors.LOCK_WAITED, detail)
    if number in _INTERRUPTED:
        return SourceLost(errors.INTERRUPTED, detail)
    if number in _BROKEN:
        return SourceRefused(errors.TABLE_BROKEN, detail)
    if number in _PRIVILEGE:
        return SourceRefused(errors.NO_PRIVILEGE, detail)
    return SourceRefused(errors.REFUSED, detail)


def error_number(error: CdcError) -> int:
    """The server's error number in a translated error, 0: none."""
    found = _NUMBER.search(error.detail)
    return int(found.group(1)) if found is not None else 0


def identifier(name: str) -> str:
    """A name quoted for SQL."""
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    """A text quoted for SQL; the session's sql_mode knows backslashes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
