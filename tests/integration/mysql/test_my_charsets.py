"""Every character of every character set, held against the server's own CONVERT; and columns of some of them."""

from __future__ import annotations

import pytest

from connectors.mysql.charsets import known, text_of

SAMPLE = {"gb18030": "a.i BETWEEN 129 AND 132 OR a.i = 144"}  # the first bytes of four: the BMP, and some beyond it
# bytes that the servers call unassigned, and that have a character all the same
UNASSIGNED = {"cp1256": 8, "cp932": 1104, "dec8": 14, "geostd8": 11, "greek": 3, "swe7": 1}
HEX = "LPAD(HEX({0}.i), 2, '0')"
SHAPES = {
    1: ("b1", HEX.format("a"), "d a", "1"),
    2: ("b2", f"CONCAT({HEX.format('a')}, {HEX.format('b')})", "d a, d b", "a.i > 128"),
    3: ("b3", f"CONCAT('8F', {HEX.format('a')}, {HEX.format('b')})", "d a, d b", "a.i > 160 AND b.i > 160"),
    4: (
        "b4",
        f"CONCAT({', '.join(map(HEX.format, 'abce'))})",
        "d a, d b, d c, d e",
        f"({SAMPLE['gb18030']}) AND b.i BETWEEN 48 AND 57 AND c.i BETWEEN 129 AND 254 AND e.i BETWEEN 48 AND 57",
    ),
    16: ("u2", f"CONCAT({HEX.format('a')}, {HEX.format('b')})", "d a, d b", "a.i NOT BETWEEN 216 AND 223"),
}


def shapes(charset, longest):
    """Which byte sequences a character set is asked for."""
    if charset in ("ucs2", "utf16", "utf16le"):
        return [16]
    if charset == "gb18030":
        return [1, 2, 4]
    return [1, *([2] if longest > 1 else []), *([3] if charset in ("ujis", "eucjpms") else [])]


def test_every_character_is_the_servers(server, schema, sql):
    connection = server.connect(schema)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE d (i int PRIMARY KEY)")
        cursor.executemany("INSERT INTO d VALUES (%s)", [(number,) for number in range(256)])
        for name, bytes_, tables, where in SHAPES.values():
            cursor.execute(f"CREATE TABLE {name} (v varbinary(4) PRIMARY KEY)")
            cursor.execute(f"INSERT INTO {name} SELECT UNHEX({bytes_}) FROM {tables} WHERE {where}")
        cursor.execute("SHOW CHARACTER SET")
        sets = {str(row[0]): int(row[3]) for row in cursor.fetchall()}
        for charset, longest in sets.items():
            if charset in ("binary", "utf8", "utf8mb3", "utf8mb4", "utf32"):
                continue
            assert known(charset), charset
            decode = text_of(charset)
            wrong, more, seen = [], 0, 0
            for shape in shapes(charset, longest):
                cursor.execute(f"SELECT v, CONVERT(CONVERT(v USING {charset}) USING utf8mb4) FROM {SHAPES[shape][0]}")
                for data, text in cursor.fetchall():
                    if not text:  # not well-formed, for MySQL
                        continue
                    seen += 1
                    found = decode(data)
                    if found == text:
                        continue
                    if "?" not in text:
                        wrong.append((data.hex(), text, found))
                    elif "\ufffd" not in found:  # MariaDB has `?` for what is not well-formed, too
                        more += 1
            assert not wrong, f"{charset}: {len(wrong)}, {wrong[:5]}"
            assert more in (0, UNASSIGNED.get(charset, 0)), charset
            assert seen >= (128 if longest == 1 else 256)


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("eucjpms", "①\uff5e\u2170㈱髙\ue000\ue757ｱ日本"),
        ("ujis", "〜日本\ue000"),
        ("sjis", "日本ｱ"),
        ("big5", "碁銹日本"),
        ("gbk", "中日本"),
        ("greek", "Ωψ"),
        ("ucs2", "日本Ω"),
        ("utf32", "日Ω"),
        ("latin1", "€ÿ"),
    ],
)
def test_snapshot_and_stream_have_the_text_that_was_written(server, schema, make, charset, text):
    connection = server.connect(schema)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE t (id int PRIMARY KEY, c varchar(40), x text, e enum('a', {connection.escape(text)}))"
            f" CHARACTER SET {charset}"
        )
        cursor.execute("INSERT INTO t VALUES (1, %s, %s, 2)", (text, text))
        reading = make()
        reading.source.open(None)
        assert reading.snapshot() == [(f"{schema}.t", [1, text, text, text])]
        reading.source.start()
        cursor.execute("INSERT INTO t VALUES (2, %s, %s, 2)", (text, text))
    assert reading.read(1)[0].after == [2, text, text, text]


def test_labels_that_the_server_cannot_show_are_the_logs(server, schema, sql, make):
    """SHOW CREATE TABLE has `?` for characters beyond U+FFFF; with binlog_row_metadata=FULL the log has the labels."""
    with server.globally(binlog_row_metadata="'FULL'"):
        sql(
            "CREATE TABLE t (id int PRIMARY KEY, e enum('a😀','?'), s set('b','c😀'))",
            "INSERT INTO t VALUES (1, 1, 2)",
        )
        reading = make()
        reading.source.open(None)
        assert reading.snapshot() == [(f"{schema}.t", [1, "a😀", "c😀"])]
        reading.source.start()
        sql("INSERT INTO t VALUES (2, 1, 3), (3, 2, 1)")
        first, second = reading.read(2)
    assert (first.after, second.after) == ([2, "a😀", "b,c😀"], [3, "?", "b"])
    assert first.table.columns[1].type.parameters["allowed"] == "a😀,?"
