"""MySQL and MariaDB as Databases of the trials."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import pymysql

from connectors.mysql.gtid import GtidSet, MariadbGtidSet
from tests.faults.checker import Seen
from tests.faults.database import LONG, Database
from tests.servers.mariadb import MariadbServer
from tests.servers.mysql import MysqlServer
from tests.servers.process import wait_for

ROWS_EVENTS = ("Write_rows", "Update_rows", "Delete_rows", "Partial_update_rows")
GRANTS = "SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT"


class Mysql(Database):
    """A database, and a user with the privileges that the documentation names."""

    kind = "mysql"
    connector: ClassVar[str] = "io.debezium.connector.mysql.MySqlConnector"
    streaming = r"streaming from \S+:\d+, GTIDs"
    begun = r"snapshot: at \S+:\d+, GTIDs"
    lost = "HW-MY-00[12]"
    wrong_password = "HW-MY-003"
    gone = (pymysql.err.OperationalError, pymysql.err.InterfaceError, pymysql.err.InternalError, OSError)
    grants: ClassVar[str] = f"{GRANTS}, XA_RECOVER_ADMIN"
    setup: ClassVar[Sequence[str]] = (
        "CREATE DATABASE {schema} CHARACTER SET utf8mb4",
        "CREATE TABLE {schema}.account (id int PRIMARY KEY, v bigint NOT NULL, note mediumtext)",
        "CREATE TABLE {schema}.item (a int, b varchar(40), v bigint NOT NULL, PRIMARY KEY (a, b))",
        f"CREATE TABLE {{schema}}.wide (id bigint PRIMARY KEY, v bigint NOT NULL, pad varchar({LONG}))",
        "CREATE TABLE {schema}.audit (v bigint NOT NULL, op char(1) NOT NULL, tab varchar(20) NOT NULL,"
        " k varchar(60) NOT NULL, tx bigint NOT NULL DEFAULT 0, PRIMARY KEY (v, op))",
    )

    def __init__(self, server: MysqlServer, prefix: str) -> None:
        super().__init__(server, prefix, prefix)
        self.user = prefix
        self.password = "right-one"
        self.session = ""  # a statement for every session of the load
        self.server_id = 1000 + int(prefix[1:7], 16)
        self._make_user(prefix, self.password)
        self.execute(*(statement.format(schema=self.schema) for statement in self.setup))

    def _make_user(self, name: str, password: str) -> None:
        self.execute(f"CREATE USER {name} IDENTIFIED BY '{password}'", f"GRANT {self.grants} ON *.* TO {name}")

    @classmethod
    def start(cls, version: str = "", /, **settings: object) -> MysqlServer:
        """MySQL 9.7, 8.4 or 8.0."""
        return MysqlServer.private(version, **settings)

    def drop(self) -> None:
        """The database and the user."""
        with contextlib.suppress(*self.gone):
            self.execute(f"DROP DATABASE IF EXISTS {self.schema}", f"DROP USER IF EXISTS {self.prefix}")

    def connect(self, *, autocommit: bool = True) -> Any:
        """A connection of PyMySQL."""
        connection = self.server.connect(autocommit=autocommit, connect_timeout=5)
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            if self.session and not autocommit:
                cursor.execute(self.session)
        return connection

    def closed(self, connection: Any) -> bool:
        """As PyMySQL says."""
        return not connection.open

    def properties(self, kafka: str) -> dict[str, str]:
        """A server id and a history topic of its own."""
        return {
            "connector.class": self.connector,
            "database.hostname": self.server.host,
            "database.port": str(self.server.port),
            "database.user": self.user,
            "database.password": self.password,
            "database.server.id": str(self.server_id),
            "database.include.list": self.schema,
            "schema.history.internal.kafka.topic": f"{self.prefix}-history",
            "schema.history.internal.kafka.bootstrap.servers": kafka,
            "schema.history.internal.store.only.captured.databases.ddl": "true",
        }

    def token(self, cursor: Any, audit: Sequence[Sequence[object]]) -> object:
        """A row of its audit."""
        return audit[0][0] if audit else None

    def committed(self, cursor: Any, token: object) -> bool | None:
        """By its audit, once nobody holds the row."""
        if token is None:
            return False
        cursor.execute(f"SELECT v FROM {self.schema}.audit WHERE v = %s FOR UPDATE", (token,))
        return cursor.fetchone() is not None

    def bulk(self, cursor: Any, base: int, first: int, rows: int) -> None:
        """From a table of numbers."""
        cursor.execute(f"CREATE TEMPORARY TABLE {self.schema}.numbers (n int PRIMARY KEY)")
        cursor.execute(f"INSERT INTO {self.schema}.numbers VALUES (0)")
        size = 1
        while size < rows:
            cursor.execute(f"CREATE TEMPORARY TABLE {self.schema}.more SELECT n FROM {self.schema}.numbers")
            cursor.execute(
                f"INSERT INTO {self.schema}.numbers SELECT n + %s FROM {self.schema}.more WHERE n + %s < %s",
                (size, size, rows),
            )
            cursor.execute(f"DROP TEMPORARY TABLE {self.schema}.more")
            size *= 2
        cursor.execute("START TRANSACTION")
        for text in (
            "INSERT INTO {0}.account (id, v, note) SELECT %s + n, %s + n, repeat('n', 60) FROM {0}.numbers ORDER BY n",
            "INSERT INTO {0}.audit (tab, op, k, v) SELECT 'account', 'c', %s + n, %s + n FROM {0}.numbers ORDER BY n",
        ):
            cursor.execute(text.format(self.schema), (base + first, first))
        cursor.execute("COMMIT")
        cursor.execute(f"DROP TEMPORARY TABLE {self.schema}.numbers")

    def rows(self, cursor: Any, table: str) -> Iterator[dict[str, object]]:
        """By column name."""
        cursor.execute(f"SELECT * FROM {self.schema}.{table}")
        names = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            yield dict(zip(names, row, strict=True))

    def origin(self, source: Mapping[str, Any]) -> dict[str, Any]:
        """GTID, and the place in the log; a row of a snapshot has none of its own."""
        return {"tx": source.get("gtid") or "", "at": place(str(source["file"]), source["pos"])}

    def forbids(self, offset: Mapping[str, object]) -> Callable[[Seen], bool]:
        """Transactions in the stored GTID set are done with, and of a half-done one the rows events that are counted.

        Without GTIDs the place in the log says it. The events are counted by the server, which lists its log.
        """
        if self.unfinished(offset):
            return lambda record: False
        gtids = str(offset.get("gtids") or "")
        contains = self._contains(gtids)
        until = self._done_until(offset)
        server = self.server

        def done(record: Seen) -> bool:
            if record.op in (None, "r"):
                return False
            if gtids and record.tx and contains(str(record.tx)):
                return True
            return self.server is server and bool(record.at < until)  # a place means nothing on another server

        return done

    def _contains(self, gtids: str) -> Callable[[str], bool]:
        executed = GtidSet(gtids)

        def contains(gtid: str) -> bool:
            source, _, number = gtid.rpartition(":")
            return executed.contains(source, int(number))

        return contains

    def _done_until(self, offset: Mapping[str, object]) -> tuple[str, int, int]:
        """The place in the log before which everything is done with."""
        file, start, left = str(offset["file"]), int(str(offset["pos"])), int(str(offset.get("headwater_events") or 0))
        if left:
            with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
                try:
                    cursor.execute(f"SHOW BINLOG EVENTS IN '{file}' FROM {start} LIMIT 20000")
                except pymysql.Error:  # another server's, or purged
                    return place(file, start)
                for _, pos, event, *_ in cursor.fetchall():
                    if event == "Transaction_payload":  # all that is in it has one place
                        break
                    if event.startswith(ROWS_EVENTS):
                        if not left:
                            return place(file, pos)
                        left -= 1
        return place(file, start)

    def unfinished(self, offset: Mapping[str, object]) -> bool:
        """The key `snapshot` is gone with the last row."""
        return bool(offset.get("snapshot"))

    def check_crash(self, offset: Mapping[str, object]) -> None:
        """The server knows nothing of what was stored."""

    def reading(self) -> bool:
        """Whether there is a dump thread for the user."""
        return bool(self._threads(stream=True))

    def _threads(self, *, stream: bool) -> list[int]:
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT id, command FROM information_schema.PROCESSLIST WHERE user = %s", (self.user,))
            return [number for number, command in cursor.fetchall() if not stream or command.startswith("Binlog Dump")]

    def terminate(self, *, stream: bool = False) -> int:
        """KILL."""
        cut = 0
        for number in self._threads(stream=stream):
            with contextlib.suppress(pymysql.Error):  # it has ended meanwhile
                self.execute(f"KILL {number}")
                cut += 1
        return cut

    def numeric_note(self) -> None:
        """The column begins anew."""
        self.execute(f"ALTER TABLE {self.schema}.account DROP COLUMN note, ADD COLUMN note int")

    @contextlib.contextmanager
    def login(self, password: str) -> Iterator[str]:
        """A further user."""
        name = f"{self.prefix}x"
        self._make_user(name, password)
        yield name
        self.execute(f"DROP USER {name}")

    # What the faults of these databases need

    def files(self) -> list[str]:
        """Names of the log's files, oldest first."""
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SHOW BINARY LOGS")
            return [str(row[0]) for row in cursor.fetchall()]

    def purge(self) -> None:
        """Begin a new file and remove all the others, as soon as nobody reads them."""
        self.execute("FLUSH BINARY LOGS")
        newest = self.files()[-1]

        def gone() -> bool:
            self.execute(f"PURGE BINARY LOGS TO '{newest}'")
            return self.files()[0] == newest

        wait_for(gone, "the server purges its log", seconds=60)

    def reset(self) -> None:
        """Begin the log and its numbers anew."""
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            try:
                cursor.execute("RESET BINARY LOGS AND GTIDS")
            except pymysql.err.ProgrammingError:  # MariaDB, MySQL 8.0
                cursor.execute("RESET MASTER")

    @contextlib.contextmanager
    def compressed(self) -> Iterator[None]:
        """A time in which the load's transactions are compressed in the log."""
        self.session = "SET SESSION binlog_transaction_compression = ON"
        yield

    def follow(self, other: MysqlServer) -> tuple[str, ...]:
        """The statements that make the server a replica of another one, by GTID."""
        return (
            f"CHANGE REPLICATION SOURCE TO SOURCE_HOST='{other.host}', SOURCE_PORT={other.port},"
            f" SOURCE_USER='{other.user}', SOURCE_PASSWORD='{other.password}', SOURCE_AUTO_POSITION=1,"
            " GET_SOURCE_PUBLIC_KEY=1",
            "START REPLICA",
        )

    stop_following: ClassVar[str] = "STOP REPLICA"
    errant: ClassVar[str] = ""  # a statement for sessions that write on a replica

    def executed(self) -> str:
        """The GTIDs of everything that is done on the server."""
        return str(self.value("SELECT @@GLOBAL.gtid_executed"))

    def caught_up(self, gtids: str) -> bool:
        """Whether the server has all of these."""
        return GtidSet(gtids).is_subset(GtidSet(self.executed()))


class Mariadb(Mysql):
    """The same on MariaDB."""

    kind = "mariadb"
    connector = "io.debezium.connector.mariadb.MariaDbConnector"
    grants = f"{GRANTS}, BINLOG MONITOR"
    stop_following = "STOP SLAVE"
    errant = "SET SESSION gtid_domain_id = 7"  # in the domain of the source it would come before what is read

    @classmethod
    def start(cls, version: str = "", /, **settings: object) -> MysqlServer:
        """MariaDB 11.8 or 10.11."""
        return MariadbServer.private(version, **settings)

    def _done_until(self, offset: Mapping[str, object]) -> tuple[str, int, int]:
        """Events within a transaction have no place of their own: all of them are at its begin."""
        return place(str(offset["file"]), int(str(offset["pos"])))

    def _contains(self, gtids: str) -> Callable[[str], bool]:
        return MariadbGtidSet(gtids).contains

    def follow(self, other: MysqlServer) -> tuple[str, ...]:
        """By GTID."""
        return (
            f"CHANGE MASTER TO MASTER_HOST='{other.host}', MASTER_PORT={other.port}, MASTER_USER='{other.user}',"
            f" MASTER_PASSWORD='{other.password}', MASTER_USE_GTID=slave_pos, MASTER_SSL_VERIFY_SERVER_CERT=0",
            "START SLAVE",
        )

    @contextlib.contextmanager
    def compressed(self) -> Iterator[None]:
        """Rows and statements of more than a few bytes are compressed one by one."""
        with self.server.globally(log_bin_compress=1, log_bin_compress_min_len=10):
            yield

    def executed(self) -> str:
        """The position of its own log."""
        return str(self.value("SELECT @@GLOBAL.gtid_current_pos"))

    def caught_up(self, gtids: str) -> bool:
        """Whether the server is as far."""
        return MariadbGtidSet(gtids).is_subset(MariadbGtidSet(self.executed()))


def place(file: str, pos: int) -> tuple[str, int, int]:
    """A place in the log that can be compared."""
    base, _, number = file.rpartition(".")
    return (base, int(number or 0), pos)
