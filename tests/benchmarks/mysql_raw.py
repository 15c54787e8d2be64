"""Reads a binary log and does nothing with it, or lets `mysql-replication` decode it: what the field can give.

`python -m tests.benchmarks.mysql_raw drain|library HOST PORT USER PASSWORD FILE BEGIN END ROWS SERVER_ID`: prints one
JSON line. `drain` reads the bytes from BEGIN to the end of the log; `library` counts rows.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import time

import pymysql

from tests.benchmarks.processes import usage

_DUMP = 0x12
_NON_BLOCKING = 0x01  # the server ends the stream where the log ends
_END = 0xFE


def drain(connection: dict[str, object], file: str, begin: int, server_id: int) -> float:
    """Read the dump; the time of the first byte, `time.monotonic()`."""
    wire = pymysql.connect(**connection)  # type: ignore[call-overload]
    with wire.cursor() as cursor:
        cursor.execute("SET @master_binlog_checksum = @@global.binlog_checksum, @mariadb_slave_capability = 4")
        cursor.execute("SET @source_binlog_checksum = @@global.binlog_checksum")
    wire._next_seq_id = 0
    wire.write_packet(struct.pack("<BIHI", _DUMP, begin, _NON_BLOCKING, server_id) + file.encode())
    sock = wire._sock
    sock.settimeout(60)
    buffer = bytearray(1 << 20)
    first = 0.0
    tail = b""
    while True:
        size = sock.recv_into(buffer)
        first = first or time.monotonic()
        tail = (tail + buffer[max(0, size - 16) : size])[-9:]
        if not size or (tail[4] == _END and tail[:3] == b"\x05\0\0"):
            return first


def library(connection: dict[str, object], file: str, begin: int, server_id: int, rows: int) -> float:
    """Let the library decode; the time of the first row."""
    from pymysqlreplication import BinLogStreamReader
    from pymysqlreplication.row_event import DeleteRowsEvent, UpdateRowsEvent, WriteRowsEvent

    stream = BinLogStreamReader(
        connection_settings=connection,
        server_id=server_id,
        only_events=[WriteRowsEvent, UpdateRowsEvent, DeleteRowsEvent],
        log_file=file,
        log_pos=begin,
        resume_stream=True,
        blocking=True,
    )
    seen = 0
    first = 0.0
    for event in stream:
        for _ in event.rows:
            seen += 1
        first = first or time.monotonic()
        if seen >= rows:
            return first
    raise SystemExit("the stream ended")


def main(words: list[str]) -> None:
    """See the module's head."""
    how, host, port, user, password, file, begin, _, rows, server_id, *_ = words
    connection: dict[str, object] = {"host": host, "port": int(port), "user": user, "password": password}
    start = time.monotonic()
    if how == "drain":
        first = drain(connection, file, int(begin), int(server_id))
    else:
        first = library(connection, file, int(begin), int(server_id), int(rows))
    end = time.monotonic()
    cost = usage(os.getpid())
    print(json.dumps({"seconds": end - start, "first": first - start, "cpu": cost.cpu, "peak": cost.peak}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
