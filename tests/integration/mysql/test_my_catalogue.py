"""Texts of the catalogue, in every character set: names, comments, labels, and defaults, of bytes too."""

from __future__ import annotations

import os
import random
import re
import string
from typing import Any

import pymysql
import pytest

from cdc.errors import SourceRefused
from connectors.mysql import errors
from connectors.mysql.connection import query
from tests.servers.fixtures import USUAL

BYTES = (b"\xff\x00\xff", b"\xff'\\\n\r\x1a", b"ABC", b"\x80`x'", b"\xc3\xa9\xc3", b"\xed\xa0\x80")
SERVERS = tuple(dict.fromkeys((*USUAL, "mariadb1011")))
ROUNDS = int(os.environ.get("HEADWATER_FUZZ_ROUNDS", "2"))
NOT_A_CLIENTS = ("ucs2", "utf16", "utf16le", "utf32")
ASCII = string.ascii_letters + "`'\"\\ %$_-;#*/?"
LETTERS = (
    "éÿßñÀØ£¦©µ"
    "ąęłšžőű"
    "ΩψάϊΣ"
    "яЖЫёђ"
    "אבת"
    "ابپعﻻ"
    "กขฃๆ"
    "աբԱ"
    "აბჰ"
    "ｱｲﾟ"
    "あソ十表能予構暴貼"
    "中縗國碁銹功蓋許"
    "한글뷁"
    "①㈱髙纊"
    "€„†"
    "\ue000\ufffd\u200b"
)  # among them characters whose second byte is a backslash or a quote in sjis, big5, gbk and gb18030


def hexadecimal(data: bytes) -> str:
    return f"x'{data.hex()}'"


@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_binary_defaults_of_any_bytes(server, schema, sql, make):
    """MariaDB 10.11 prints the bytes as they are; the table is read all the same, and so are its neighbours."""
    columns = ", ".join(f"c{at} varbinary(9) DEFAULT {hexadecimal(data)}" for at, data in enumerate(BYTES))
    sql(f"CREATE TABLE t (id int PRIMARY KEY, {columns})", "CREATE TABLE u (id int PRIMARY KEY)")
    sql("INSERT INTO t (id) VALUES (1)")
    reading = make()
    reading.source.open(None)
    assert reading.snapshot() == [(f"{schema}.t", [1, *BYTES])]
    for column, data in zip(reading.tables[0].columns[1:], BYTES, strict=True):
        assert column.type.default in (None, data)  # None: a hexadecimal literal is no default, as in Debezium
    reading.source.start()
    sql("INSERT INTO t (id) VALUES (2)", "ALTER TABLE t ADD z int", "INSERT INTO t (id) VALUES (3)")
    assert [change.after for change in reading.read(2)] == [[2, *BYTES], [3, *BYTES, None]]


def test_a_text_of_the_catalogue_that_is_no_utf8_is_told_by_what_was_read(server):
    connection = server.connect()
    connection.encoding = "ascii"  # as if the server's text were no UTF-8
    with pytest.raises(SourceRefused) as raised:
        query(connection, "SELECT CONVERT(x'c3a9' USING utf8mb4)", "listing the tables")
    assert raised.value.code == errors.CATALOGUE_TEXT
    assert "listing the tables" in raised.value.detail
    assert "c3a9" in raised.value.detail
    assert not connection.open


@pytest.mark.parametrize(
    ("charset", "hexes", "labels"),
    [
        ("latin1", ("e9", "c3a9"), ["é", "Ã©"]),
        ("utf8mb4", ("c3a9", "61"), ["é", "a"]),
        ("sjis", ("955c", "61"), ["表", "a"]),
        ("ucs2", ("e9", "0061"), ["é", "a"]),
    ],
)
def test_hexadecimal_labels_are_of_the_columns_character_set(schema, sql, make, charset, hexes, labels):
    reading = make().begin()
    listed = ", ".join(f"x'{one}'" for one in hexes)
    sql(
        f"CREATE TABLE t (id int PRIMARY KEY, e enum({listed}), s set({listed})) CHARACTER SET {charset}",
        "INSERT INTO t VALUES (1, 1, 1), (2, 2, 3)",
    )
    first, second = labels
    assert [change.after for change in reading.read(2)] == [[1, first, first], [2, second, f"{first},{second}"]]


def quoted(text: str, quote: str) -> str:
    return quote + text.replace(quote, quote * 2) + quote


def literal(text: str) -> str:
    return quoted(text.replace("\\", "\\\\"), "'")


def letters_of(cursor: Any, charsets: list[str]) -> dict[str, str]:
    """Which of LETTERS each character set has, as the server converts them."""
    cursor.execute("CREATE TABLE letters (c varchar(1) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)")
    cursor.executemany("INSERT INTO letters VALUES (%s)", [(letter,) for letter in LETTERS])
    found = {}
    for charset in charsets:
        cursor.execute(f"SELECT c FROM letters WHERE CONVERT(CONVERT(c USING {charset}) USING utf8mb4) = c")
        found[charset] = "".join(sorted(str(row[0]) for row in cursor.fetchall()))
    cursor.execute("DROP TABLE letters")
    return found


class Fuzzed:
    """One random table, whose statement is written in its own character set where a client may have that."""

    def __init__(self, pick: random.Random, charset: str, letters: dict[str, str]) -> None:
        self.pick = pick
        self.charset = charset
        self.client = charset if charset not in NOT_A_CLIENTS else "utf8mb4"
        self._letters = letters[charset]
        self.table = self.name()
        if charset in ("sjis", "ujis"):
            self.table = self.table.replace("\\", "")  # there it is a character of two bytes

    def name(self, longest: int = 16) -> str:
        """A text that may be a name too: it does not end in white space."""
        pick = self.pick
        length = pick.randint(1, longest)
        return (
            "".join(pick.choice((pick.choice(ASCII), pick.choice(self._letters or ASCII))) for _ in range(length)) + "a"
        )

    def octets(self) -> str:
        """Bytes as a literal."""
        pick = self.pick
        return hexadecimal(bytes(pick.randrange(256) for _ in range(pick.randint(0, 9))))

    def column(self, number: int) -> str:
        """A column's definition."""
        charset, label, raw = self.charset, literal(self.name()), self.octets()
        column = self.name(8).replace("\\", "") if charset in ("sjis", "ujis") else self.name(8)
        introduced = [
            (f"varchar(40) CHARACTER SET {charset}", f"_{charset} {raw}"),
            (f"enum('{number}', _{charset} {raw}) CHARACTER SET {charset}", f"'{number}'"),
        ]
        kind, default = self.pick.choice(
            [
                *introduced,
                (f"varchar(40) CHARACTER SET {charset}", label),
                (f"char(40) CHARACTER SET {charset}", label),
                (f"enum('{number}', {label}) CHARACTER SET {charset}", label),
                (f"set('{number}', {label.replace(',', '.')}) CHARACTER SET {charset}", f"'{number}'"),
                ("varbinary(40)", raw),
                ("binary(10)", raw),
                ("varbinary(40)", f"({raw})"),
                ("int", str(number)),
            ]
        )
        return f"{quoted(f'{number}{column}', '`')} {kind} DEFAULT {default} COMMENT {literal(self.name())}"

    def create(self, connection: Any) -> None:
        """Have the server make it. Raises pymysql.Error."""
        columns = ", ".join(self.column(number) for number in range(1, 5))
        statement = (
            f"CREATE TABLE {quoted(self.table, '`')} (id int PRIMARY KEY, {columns}) CHARACTER SET {self.charset}"
        )
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT HEX(CONVERT({literal(statement)} USING {self.client}))")
            written = bytes.fromhex(cursor.fetchone()[0])
            cursor.execute(f"SET character_set_client = {self.client}")
            try:
                connection.query(written)
            finally:
                cursor.execute("SET character_set_client = utf8mb4")


@pytest.mark.parametrize("seed", range(ROUNDS))
@pytest.mark.parametrize("server", SERVERS, indirect=True)
def test_texts_of_every_character_set_are_the_servers(server, schema, make, seed):
    """Random tables, in the snapshot and then in the stream: every default is what the server inserts."""
    pick = random.Random(f"{seed} {server.version}")
    connection = server.connect(schema)
    with connection, connection.cursor() as cursor:
        cursor.execute("SHOW CHARACTER SET")
        charsets = sorted(str(row[0]) for row in cursor.fetchall())
        letters = letters_of(cursor, charsets)

        def made() -> list[str]:
            """Tables that the server took, each with a row of defaults; it refuses some literals."""
            found = []
            for charset in charsets:
                for _ in range(20):
                    one = Fuzzed(pick, charset, letters)
                    try:
                        one.create(connection)
                    except pymysql.Error:
                        continue
                    cursor.execute(f"INSERT INTO {quoted(one.table, '`')} (id) VALUES (1)")
                    found.append(f"{schema}.{one.table}")
                    break
            return found

        first = made()
        assert len(first) > 0.9 * len(charsets)
        reading = make(include__schema__comments="true")
        reading.source.open(None)
        rows: dict[str, Any] = dict(reading.snapshot())
        assert sorted(rows) == sorted(first)
        hold(cursor, schema, {table.id: table for table in reading.tables}, rows)
        reading.source.start()
        second = made()
        assert len(second) > 0.9 * len(charsets)
        changes = reading.read(len(second))
        rows = {change.table.id: change.after for change in changes}
        assert sorted(rows) == sorted(second)
        hold(cursor, schema, {change.table.id: change.table for change in changes}, rows)


def hold(cursor: Any, schema: str, tables: dict[str, Any], rows: dict[str, Any]) -> None:
    """Compare names, comments and defaults with what the server says and inserts."""
    for table, row in rows.items():
        cursor.execute(
            "SELECT COLUMN_NAME, COLUMN_COMMENT FROM information_schema.COLUMNS"
            " WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION",
            (schema, table.removeprefix(f"{schema}.")),
        )
        listed = cursor.fetchall()
        columns = tables[table].columns
        assert [column.name for column in columns] == [one[0] for one in listed], table
        for column, (_, comment), value in zip(columns, listed, row, strict=True):
            assert (column.type.doc or "") == comment, (table, column.name)
            default = column.type.default
            if (
                isinstance(default, str) and "?" in default
            ):  # also what the server prints for a byte that is no character
                if value is None or "\ufffd" in value:
                    continue  # MariaDB takes bytes that are no text of the character set
                assert re.fullmatch(re.escape(default).replace(r"\?", ".+"), value, re.DOTALL), (table, column.name)
            elif isinstance(default, bytes):  # rows of BINARY are padded
                assert default.ljust(len(value), b"\0") == value, (table, column.name)
            elif default is not None:
                assert default == value, (table, column.name)
