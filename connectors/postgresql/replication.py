"""The walsender connection: replication commands, the stream, status updates, waiting for data.

Source: PostgreSQL manual, "Streaming Replication Protocol". psycopg has no message interface for it, so this goes
through psycopg.pq. One thread uses it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import socket
import struct
import time
from typing import TYPE_CHECKING

import psycopg
from psycopg.pq import ExecStatus

from cdc.errors import CdcError, PositionLost, SourceLost, SourceRefused
from connectors.postgresql import errors
from connectors.postgresql.connection import (
    Connection,
    Parameters,
    as_they_are,
    dial,
    failed,
    parameters,
    prepare,
    translate,
)
from connectors.postgresql.drain import Wire
from connectors.postgresql.lsn import lsn_number, lsn_text
from connectors.postgresql.pgoutput import EPOCH_US

if TYPE_CHECKING:
    from connectors.postgresql.config import PostgresConfig

log = logging.getLogger("connectors.postgresql")

GATHER_BYTES = 64 * 1024  # while much arrives, wake only for this much
GATHER_SECONDS = 0.002  # or after this long
_STATUS = struct.Struct(">cQQQqB")


class CommandTimeout(Exception):
    """A replication command took longer than it was given."""


class System:
    """Answer of IDENTIFY_SYSTEM: which cluster, which history, how far its log is."""

    def __init__(self, id: str, timeline: int, lsn: int) -> None:
        self.id = id
        self.timeline = timeline
        self.lsn = lsn


class Replication:
    """A connection with `replication=database`."""

    def __init__(self, config: PostgresConfig) -> None:
        settings: Parameters = parameters(config)
        settings["application_name"] = f"{settings['application_name']} stream"[:63]
        self._connection: Connection = dial(settings, replication=True)
        self.pgconn = self._connection.pgconn
        self.wire: Wire = self.pgconn
        self.version: int = self.pgconn.server_version
        try:
            prepare(self._connection, 0)
            as_they_are(self._connection)
        except psycopg.Error as error:
            self.close()
            raise translate(error, "preparing the replication connection") from error
        except CdcError:
            self.close()
            raise
        self._socket = socket.socket(fileno=socket_copy(self.pgconn.socket))
        self._poll = select.poll()
        self._poll.register(self.pgconn.socket, select.POLLIN)
        self._gathers = self._socket.family != socket.AF_UNIX  # SO_RCVLOWAT does not delay poll there
        self._low_water = 1
        self.streaming = False
        self.tls = bool(self.pgconn.ssl_in_use)

    def command(self, text: str, timeout: float = 0.0) -> list[list[str | None]]:
        """Run a command, wait at most `timeout` seconds (0: for ever); its rows as text.

        Raises psycopg.Error as the server refuses it, CommandTimeout, SourceLost.
        """
        pgconn = self.pgconn
        try:
            pgconn.send_query(text.encode())
            self._await_result(timeout)
            result = pgconn.get_result()
            while (more := pgconn.get_result()) is not None:
                result = more
        except psycopg.Error as error:
            raise SourceLost(errors.LOST, f"replication command: {error}") from error
        if result is None:
            raise SourceLost(errors.LOST, "replication command: no answer")
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise failed(result)
        rows: list[list[str | None]] = []
        for row in range(result.ntuples):
            values = [result.get_value(row, column) for column in range(result.nfields)]
            rows.append([None if value is None else value.decode() for value in values])
        return rows

    def _await_result(self, timeout: float) -> None:
        pgconn = self.pgconn
        deadline = time.monotonic() + timeout if timeout > 0 else 0.0
        pgconn.flush()
        while pgconn.is_busy():
            left = deadline - time.monotonic() if deadline else 60.0
            if left <= 0:
                pgconn.get_cancel().cancel()
                while pgconn.get_result() is not None:
                    pass
                raise CommandTimeout
            self._poll.poll(max(1, int(left * 1000)))
            pgconn.consume_input()

    def identify(self) -> System:
        """Which cluster this is. Raises SourceLost, SourceRefused."""
        try:
            row = self.command("IDENTIFY_SYSTEM", 60)[0]
        except psycopg.Error as error:
            raise translate(error, "identifying the system") from error
        except CommandTimeout:
            raise SourceLost(errors.UNREACHABLE, "IDENTIFY_SYSTEM was not answered within 60 s") from None
        return System(str(row[0]), int(row[1] or 0), lsn_number(str(row[2])))

    def switched(self, timeline: int) -> dict[int, int]:
        """Where each earlier timeline was left on the way to this one, by its number. Raises SourceLost, SourceRefused.

        Source: PostgreSQL manual, "TIMELINE_HISTORY". The first timeline has no history.
        """
        if timeline <= 1:
            return {}
        try:
            _, content = self.command(f"TIMELINE_HISTORY {timeline}", 60)[0]
        except psycopg.Error as error:
            raise translate(error, f"reading the history of timeline {timeline}") from error
        except CommandTimeout:
            raise SourceLost(errors.UNREACHABLE, "TIMELINE_HISTORY was not answered within 60 s") from None
        found: dict[int, int] = {}
        for line in (content or "").splitlines():
            fields = line.split()
            if len(fields) >= 2 and fields[0].isdigit():
                found[int(fields[0])] = lsn_number(fields[1])
        return found

    def start(self, slot: str, lsn: int, options: list[tuple[str, str]]) -> None:
        """Begin to stream at a position. Raises psycopg.Error as the server refuses it, SourceLost."""
        pairs = ", ".join(f"\"{name}\" '{value.replace(chr(39), chr(39) * 2)}'" for name, value in options)
        text = f'START_REPLICATION SLOT "{slot}" LOGICAL {lsn_text(lsn)} ({pairs})'
        pgconn = self.pgconn
        try:
            pgconn.send_query(text.encode())
            self._await_result(60)
            result = pgconn.get_result()
            if result is not None and result.status != ExecStatus.COPY_BOTH:
                while pgconn.get_result() is not None:
                    pass
        except psycopg.Error as error:
            raise SourceLost(errors.LOST, f"starting to stream: {error}") from error
        except CommandTimeout:
            raise SourceLost(errors.UNREACHABLE, "START_REPLICATION was not answered within 60 s") from None
        if result is None:
            raise SourceLost(errors.LOST, "starting to stream: no answer")
        if result.status != ExecStatus.COPY_BOTH:
            raise failed(result)
        pgconn.nonblocking = 1
        self.streaming = True
        log.info("streaming from slot %s at %s", slot, lsn_text(lsn))

    def wait(self, seconds: float) -> None:
        """Wait until something has arrived."""
        self._low(1)
        self._poll.poll(max(0, round(seconds * 1000 + 0.499)))

    def gather(self) -> None:
        """Wait for much to arrive, a moment at most: a wake-up per message halves what the server can deliver."""
        if self._gathers:
            self._low(GATHER_BYTES)
            self._poll.poll(round(GATHER_SECONDS * 1000))
        else:
            time.sleep(GATHER_SECONDS / 2)

    def _low(self, size: int) -> None:
        if size != self._low_water and self._gathers:
            self._low_water = size
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)

    def status(self, received: int, flushed: int, *, reply: bool = False) -> None:
        """Send a standby status update. Raises SourceLost."""
        clock = time.time_ns() // 1000 - EPOCH_US
        try:
            self.pgconn.put_copy_data(_STATUS.pack(b"r", received, flushed, flushed, clock, reply))
            self.pgconn.flush()
        except psycopg.Error as error:
            raise self.lost(error) from error

    def lost(self, error: psycopg.Error) -> CdcError:
        """The coded error for a stream that broke: what the server last said, when it said anything."""
        with contextlib.suppress(psycopg.Error):
            result = self.pgconn.get_result()
            if result is not None and result.status == ExecStatus.FATAL_ERROR:
                return ended(failed(result))
        return SourceLost(errors.LOST, f"while streaming: {' '.join(str(error).split())}")

    def finish(self) -> CdcError:
        """Why the server ended the stream."""
        self.streaming = False
        try:
            result = self.pgconn.get_result()
        except psycopg.Error as error:
            return SourceLost(errors.LOST, f"while streaming: {' '.join(str(error).split())}")
        if result is not None and result.status == ExecStatus.FATAL_ERROR:
            return ended(failed(result))
        return SourceLost(
            errors.LOST, "the server ended the stream (it is shutting down, or the walsender was told to end)"
        )

    def close(self) -> None:
        """Disconnect. Never raises."""
        with contextlib.suppress(Exception):
            if self.streaming:
                self.pgconn.put_copy_end()
                self.pgconn.flush()
        with contextlib.suppress(Exception):
            self._connection.close()
        with contextlib.suppress(Exception):
            self._socket.close()


def ended(error: psycopg.Error) -> CdcError:
    """The coded error for a stream that the server ended with an error."""
    state = error.sqlstate or ""
    text = " ".join(str(error).split())
    detail = f"{text} (SQLSTATE {state})"
    if state == "42704" and "publication" in text:
        return SourceRefused(errors.PUBLICATION_MISSING, detail)
    if state == "42704" and "slot" in text:
        return PositionLost(errors.SLOT_MISSING, detail)
    if state == "55006":
        return SourceLost(errors.SLOT_BUSY, detail)
    if state == "55000" and ("no longer" in text or "invalidated" in text or "cannot read from" in text):
        return PositionLost(errors.SLOT_INVALID, detail)
    if state == "58P01":  # the WAL segment is not there any more
        return PositionLost(errors.SLOT_INVALID, detail)
    coded = translate(error, "streaming")
    if coded.code == errors.REFUSED:
        return SourceRefused(errors.DECODING_STOPPED, detail)
    return coded


def socket_copy(descriptor: int) -> int:
    """A second descriptor of the same socket, so that closing ours leaves libpq's alone."""
    return os.dup(descriptor)
