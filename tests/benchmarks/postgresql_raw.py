"""Reads a slot's stream and counts row messages, nothing else: what the walsender can give.

`python -m tests.benchmarks.postgresql_raw DSN SLOT PUBLICATION ROWS [plain]`: prints one JSON line. Lets bytes gather
(SO_RCVLOWAT, a short poll) unless `plain`, which wakes per message.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import time

import psycopg

from tests.benchmarks.processes import usage


def main(dsn: str, slot: str, publication: str, rows: int, gathers: bool) -> None:
    begin = time.monotonic()
    connection = psycopg.connect(dsn, autocommit=True, replication="database")
    wire = connection.pgconn
    options = f"proto_version '1', publication_names '{publication}'"
    wire.send_query(f"START_REPLICATION SLOT {slot} LOGICAL 0/0 ({options})".encode())
    wire.get_result()
    wire.nonblocking = 1
    poll = select.poll()
    poll.register(wire.socket, select.POLLIN)
    if gathers:
        copy = socket.socket(fileno=os.dup(wire.socket))
        copy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 65536)
    seen = 0
    first = 0.0
    while seen < rows:
        length, data = wire.get_copy_data(1)
        if length > 0:
            if data[0] == 119 and data[25] in b"IUDT":
                if not seen:
                    first = time.monotonic()
                seen += 1
        elif length == 0:
            poll.poll(2 if gathers else 1000)
            wire.consume_input()
        else:
            raise SystemExit("the stream ended")
    end = time.monotonic()
    cost = usage(os.getpid())
    print(json.dumps({"seconds": end - begin, "first": first - begin, "cpu": cost.cpu, "peak": cost.peak}))
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), "plain" not in sys.argv[5:])
