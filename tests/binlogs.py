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
    return sent(server, DUMP, struct.pack("<IHI", position, NON_BLOCKING, 4711) + file.encode())


def sent(server, command: int, words: bytes) -> list[bytes]:
    """The events that a server sends for one of the commands to dump its log."""
    connection = server.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET @master_binlog_checksum = @@global.binlog_checksum")
            cursor.execute("SET @source_binlog_checksum = @@global.binlog_checksum")
            cursor.execute("SET @mariadb_slave_capability = 4")
        connection._execute_command(command, words)
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


# Binary JSON as MySQL 9.7 writes it, and its text as Debezium prints it.
DOCUMENTS = [
    (
        "0003006200190001001a0001001b000200050100001d00022d0061636262010010000b0001000c0c0064036522660700350004010004000005"
        "fbff071900091d000a25000b2d007011010000a22f4dffffffffffffffffffffffff000000000000f83f",
        '{"a":1,"c":{"d":"e\\"f"},"bb":[true,null,-5,70000,-3000000000,18446744073709551615,1.5]}',
    ),
    (
        "0006006b002e0001002f000100300002003200030035000300380003000f3b000f45000f4f000f59000f5e000f61006474647462696e626974"
        "6465630a08000000000044a5190b08e05ef84737ffffff0c0890d003053144a5190f030001ff0f0105f6080d0273eb655bcacd",
        '{"d":"2020-01-02","t":"-12:34:56.5","dt":"2020-01-02 03:04:05.25","bin":"AAH/","bit":"BQ==",'
        '"dec":-12345678901.50}',
    ),
    ("0200000400", "[]"),
    ("0000000400", "{}"),
    ("0400", "null"),
    ("0c0178", '"x"'),
    (
        "02080056000b1c000b24000f2c000b33000f3b000f4100084a00094e007dc39425ad49b25448afbc9af2d77a3ef60504038000010000000"
        "0d0126341f60402018000f607090381e2400315ffffffffffffff7fffffffff",
        "[10000000000000000159028911097599180468360808563945281389781327557747838772170381060813469985856815104,"
        "0.0000000999999999999999954748111825886258685613938723690807819366455078125,0.001,10000000,0.0,123456.789,"
        "4294967295,-2147483649]",
    ),
    ("09005ed0b200000000", "3000000000"),
    (
        "0204002e000f10000f1a000f240006e4070b0801000000000000000b08000000fb6e3400000c08000000053144a519",
        '["00:00:00.000001","838:59:59","2020-01-02 03:04:05",2020]',
    ),
    ("030100000011000000" + "0c0d000000" + "03" + "616263", '["abc"]'),
]
