"""Binary logs for tests: read from a server as its replica would, or from a file that a server wrote.

Plans come from the server's catalog, without the connector's own tables.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from cdc.model import Change, Table
from connectors.mysql import charsets, rows
from connectors.mysql.binlog import Decoder
from connectors.mysql.events import Event, Payload, Rows, TableMap

DUMP = 0x12
NON_BLOCKING = 1
MAGIC = b"\xfebin"
SOURCE = [None] * 17


def dumped(server, file: str, position: int = 4) -> list[bytes]:
    """The events from a position to the end of the log, as a server sends them."""
    connection = server.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET @master_binlog_checksum = @@global.binlog_checksum")
            cursor.execute("SET @source_binlog_checksum = @@global.binlog_checksum")
            cursor.execute("SET @mariadb_slave_capability = 4")
        connection._execute_command(DUMP, struct.pack("<IHI", position, NON_BLOCKING, 4711) + file.encode())
        found = []
        while True:
            packet = connection._read_packet()
            if packet.is_eof_packet():
                return found
            found.append(packet._data[1:])
    finally:
        connection.close()


def in_file(path: Path) -> list[bytes]:
    """The events of a log file, packed with gzip."""
    data = gzip.decompress(path.read_bytes())
    assert data[:4] == MAGIC
    return list(split(data, 4))


def split(data: bytes, at: int = 0) -> Iterator[bytes]:
    """Events that stand one behind the other."""
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 9)[0]
        assert size >= 19
        yield data[at : at + size]
        at += size


def end_of_log(server) -> tuple[str, int]:
    """Where the log ends now."""
    try:
        row = server.execute("SHOW BINARY LOG STATUS")[0]
    except Exception:
        row = server.execute("SHOW MASTER STATUS")[0]
    return str(row[0]), int(row[1])


def events(packets: Iterable[bytes], decoder: Decoder | None = None) -> list[Event]:
    """All events, those of payloads behind each; a table map is in it as often as the log has it."""
    decoder = decoder or Decoder()
    found: list[Event] = []
    for packet in packets:
        event = decoder.feed(packet)
        found.append(event)
        if isinstance(event, Payload):
            found.extend(decoder.unpack(event))
    return found


class Catalog:
    """Plans of a server's tables as they are now."""

    def __init__(self, server) -> None:
        self.tables: dict[str, list[rows.LogColumn]] = {}
        self.types: dict[str, list[str]] = {}
        for database, table, name, kind, full, charset in server.execute(
            "SELECT table_schema, table_name, column_name, data_type, column_type, character_set_name"
            " FROM information_schema.columns ORDER BY table_schema, table_name, ordinal_position"
        ):
            text = isinstance(charset, str) and kind not in ("enum", "set")
            column = rows.LogColumn(
                str(name),
                unsigned="unsigned" in str(full),
                charset=str(charset) if text else "",
                absent="absent",
            )
            self.tables.setdefault(f"{database}.{table}", []).append(column)
            self.types.setdefault(f"{database}.{table}", []).append(str(kind))

    def plan(self, event: TableMap) -> rows.Plan | None:
        """The plan of a table, made once per table map."""
        if not event.planned:
            event.planned = True
            name = f"{event.database}.{event.table}"
            if name in self.tables:
                self.compare(event, name)
                table = Table(name, (event.database, event.table), [])
                event.plan = rows.Plan(event, table, self.tables[name], [])
        return event.plan

    def compare(self, event: TableMap, name: str) -> None:
        """What the table map says of the columns is what the catalog says."""
        columns = self.tables[name]
        if event.names is not None:
            assert event.names == [column.name for column in columns]
        for index, column in enumerate(columns):
            if event.unsigned is not None and "int" in self.types[name][index]:
                assert event.unsigned[index] == column.unsigned, column.name
            if event.collations is not None and column.charset:
                assert charsets.charset_of(event.collations[index]) == column.charset, column.name


def changes(
    packets: Iterable[bytes], catalog: Catalog, database: str, reader: rows.Reader | None = None
) -> list[Change]:
    """The changes of a database's tables."""
    reader = reader or rows.Reader()
    found: list[Change] = []
    for event in events(packets):
        if isinstance(event, Rows) and event.table.database == database:
            plan = catalog.plan(event.table)
            assert plan is not None
            assert reader.count(event, plan) == reader.read(event, plan, SOURCE, 0, "", found)
    return found
