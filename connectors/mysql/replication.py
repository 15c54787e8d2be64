"""The replication connection: a replica's handshake, the dump, and the packets that carry events.

Login, TLS and authentication are PyMySQL's; what follows the dump command is read straight from the socket. Knows no
event. Source: MySQL source documentation, "Replication Protocol"; MariaDB, "Replication protocol".
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import ssl
import struct
import time
import uuid
from typing import TYPE_CHECKING, Final

import pymysql

from cdc.errors import CdcError, PositionLost, SourceLost, SourceRefused
from connectors.mysql import errors
from connectors.mysql.connection import close, dial, literal, prepare, translate
from connectors.mysql.packets import Packets

if TYPE_CHECKING:
    from connectors.mysql.connection import AnyConfig

log = logging.getLogger("connectors.mysql")

_REGISTER: Final = 0x15
_DUMP: Final = 0x12
_DUMP_GTID: Final = 0x1E
_SEND_ANNOTATE: Final = 0x02  # MariaDB: send ANNOTATE_ROWS
_THROUGH_GTID: Final = 0x04
_LOWEST: Final = 4  # the first event of a file
_RECEIVE: Final = 1 << 18
_BUFFER: Final = 1 << 22  # of the socket
_LOST_WORDS: Final = ("could not find first log file name", "purged", "requested starting gtid", "impossible position")
_WRITE_SECONDS: Final = 3600  # the server's 60 would end the stream whenever Kafka is away for longer


class Replication:
    """One connection that streams the log. `wait` and `receive` raise SourceLost, SourceRefused, PositionLost."""

    def __init__(self, config: AnyConfig) -> None:
        self._config = config
        self._connection = dial(config)
        self.streaming = False
        self.heard = time.monotonic()  # when something last arrived
        self._packets = Packets()
        self._socket: socket.socket | ssl.SSLSocket | None = None
        self._selector = selectors.DefaultSelector()
        self._gathering = 1
        self.bytes = 0

    @property
    def silence_seconds(self) -> float:
        """How long the stream may be silent: three heartbeats."""
        return max(3.0, 3 * 0.8 * self._config.connect_keep_alive_interval_ms / 1000)

    def _prepare(self, mariadb: bool, extra: list[str]) -> None:
        """Session variables that the server's dump thread reads."""
        config = self._config
        heartbeat = int(config.connect_keep_alive_interval_ms * 0.8 * 1_000_000)  # nanoseconds
        name = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{config.topic_prefix} {config.database_server_id}"))
        settings = [
            "@master_binlog_checksum = @@global.binlog_checksum",
            f"@master_heartbeat_period = {heartbeat}",
            f"@slave_uuid = {literal(name)}",
        ]
        if not mariadb:
            settings += [
                "@source_binlog_checksum = @@global.binlog_checksum",
                f"@source_heartbeat_period = {heartbeat}",
                f"@replica_uuid = {literal(name)}",
            ]
        settings.append(f"net_write_timeout = {config.binlog_net_write_timeout or _WRITE_SECONDS}")
        if config.binlog_net_read_timeout:
            settings.append(f"net_read_timeout = {config.binlog_net_read_timeout}")
        settings += extra
        try:
            prepare(self._connection, "the binary log")
            with self._connection.cursor() as cursor:
                cursor.execute("SET " + ", ".join(settings))
            self._command(self._register())
            self._connection._read_ok_packet()  # type: ignore[attr-defined]
        except (pymysql.Error, OSError) as error:
            raise translate(error, "registering as a replica") from error

    def _register(self) -> bytes:
        number = int(self._config.database_server_id)
        return struct.pack("<BI", _REGISTER, number) + bytes(3) + struct.pack("<HII", 0, 0, 0)

    def _command(self, payload: bytes) -> None:
        connection = self._connection
        connection._next_seq_id = 0  # type: ignore[attr-defined]
        connection.write_packet(payload)

    def start_at(self, file: str, pos: int, *, mariadb: bool) -> None:
        """Stream from a file and a position."""
        if pos > 0xFFFFFFFF:
            raise PositionLost(
                errors.BEYOND_4_GIB, f"file {file} position {pos}: the command can name positions below 4 GiB only"
            )
        self._prepare(mariadb, ["@mariadb_slave_capability = 4"] if mariadb else [])
        flags = _SEND_ANNOTATE if mariadb and self._config.include_query else 0
        number = int(self._config.database_server_id)
        self._begin(struct.pack("<BIHI", _DUMP, max(pos, _LOWEST), flags, number) + file.encode())

    def start_after(self, gtids: bytes) -> None:
        """Stream what a MySQL GTID set (in the form of the dump command) lacks."""
        self._prepare(False, [])
        number = int(self._config.database_server_id)
        head = struct.pack("<BHII", _DUMP_GTID, _THROUGH_GTID, number, 0)
        self._begin(head + struct.pack("<QI", _LOWEST, len(gtids)) + gtids)

    def start_after_list(self, gtids: str) -> None:
        """Stream what follows a MariaDB list of GTIDs."""
        self._prepare(
            True,
            [
                "@mariadb_slave_capability = 4",
                f"@slave_connect_state = {literal(gtids)}",
                "@slave_gtid_strict_mode = 0",
                "@slave_gtid_ignore_duplicates = 0",
            ],
        )
        flags = _SEND_ANNOTATE if self._config.include_query else 0
        self._begin(struct.pack("<BIHI", _DUMP, _LOWEST, flags, int(self._config.database_server_id)))

    def _begin(self, command: bytes) -> None:
        try:
            self._command(command)
            found = self._connection._sock  # type: ignore[attr-defined]
            assert found is not None
            found.settimeout(None)
            found.setblocking(False)
            with contextlib.suppress(OSError):
                found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._selector.register(found, selectors.EVENT_READ)
        except (pymysql.Error, OSError) as error:
            raise translate(error, "asking for the binary log") from error
        self._socket = found
        self.streaming = True
        self.heard = time.monotonic()

    def gather(self, size: int) -> None:
        """Let so many bytes come together before `wait` returns; 1: none."""
        found = self._socket
        if found is None or size == self._gathering or isinstance(found, ssl.SSLSocket):
            return
        with contextlib.suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)
            self._gathering = size

    def wait(self, seconds: float) -> bool:
        """Wait until there is something to receive; whether there is."""
        found = self._socket
        if isinstance(found, ssl.SSLSocket) and found.pending():
            return True
        ready = bool(self._selector.select(seconds))
        if not ready and time.monotonic() - self.heard > self.silence_seconds:
            raise SourceLost(errors.LOST, f"the stream was silent for {self.silence_seconds:g} s, heartbeats too")
        return ready

    def receive(self) -> list[bytes]:
        """Whole events that have arrived; empty when there are none. Does not wait."""
        found = self._socket
        if found is None:
            raise SourceLost(errors.LOST, "the stream is closed")
        if self._packets.ended is not None:
            raise self._refused(self._packets.ended)
        try:
            data = found.recv(_RECEIVE)
        except (BlockingIOError, ssl.SSLWantReadError):
            return []
        except OSError as error:
            raise SourceLost(errors.LOST, f"while reading the binary log: {error}") from error
        if not data:
            raise SourceLost(errors.LOST, "the server closed the stream of the binary log")
        self.bytes += len(data)
        self.heard = time.monotonic()
        events = self._packets.feed(data)
        if self._packets.ended is not None and not events:
            raise self._refused(self._packets.ended)
        return events

    def _refused(self, packet: bytes) -> CdcError:
        """The coded error of the packet that ended the stream."""
        if packet[:1] != b"\xff":
            return SourceLost(errors.LOST, "the server ended the stream of the binary log (it is shutting down)")
        number = int.from_bytes(packet[1:3], "little")
        text = " ".join(packet[3:].decode("utf-8", "replace").split())
        if text.startswith("#"):
            text = text[6:]
        detail = f"{text} (error {number})"
        low = text.lower()
        if "same server_uuid/server_id" in low or "same server_id" in low:
            return SourceLost(errors.SERVER_ID_TAKEN, detail)
        if number in (1236, 1373):
            if any(word in low for word in _LOST_WORDS):
                return PositionLost(errors.BINLOG_GONE, detail)
            return SourceRefused(errors.STREAM_REFUSED, detail)
        if number in (1227, 1045):
            return SourceRefused(errors.NO_PRIVILEGE, detail)
        if number in (1053, 1927, 2013):
            return SourceLost(errors.LOST, detail)
        return SourceRefused(errors.STREAM_REFUSED, detail)

    def close(self) -> None:
        """Hang up at once; a dump has no other end. Never raises."""
        self.streaming = False
        self._socket = None
        with contextlib.suppress(Exception):
            self._selector.close()
        close(self._connection)
