"""Random tables and rows: the server renders, the decoder reads the log, the server is asked whether it is the same.

Each log value goes back as an expression that is written from our value by rules of this file alone, and the server
compares it with its own. HEADWATER_ORACLE_EXAMPLES sets the number of tables (6), HEADWATER_ORACLE_SEED the first (1).
"""

from __future__ import annotations

import json
import os
import random
import re
import struct

import pytest

from tests.binlogs import Catalog, changes, dumped
from tests.servers.fixtures import USUAL

TABLES = int(os.environ.get("HEADWATER_ORACLE_EXAMPLES", "6"))
ROWS = 40
TEXT = "aZ0 '\"\\\t\n%_éöß€łžдЯעبกあ漢字한ﾊ😀"


class Kind:
    """A column type: how it is declared, random literals for it, and how a log value is asked for."""

    def __init__(self, declared, literal, ask):
        self.declared = declared
        self.literal = literal
        self.ask = ask  # (column, value) -> condition


def plain(column, value):
    return f"{column} <=> {value}"


def number(column, value):
    return f"CAST({column} AS UNSIGNED) <=> {value}"


def integer(bits, unsigned):
    low, high = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return lambda r: str(r.choice([low, high, 0, 1, r.randint(low, high), r.randint(low, high)]))


def decimal(precision, scale):
    def literal(r):
        digits = r.choice([0, 1, precision, r.randint(0, precision)])
        unscaled = int("0" + "".join(r.choice("0123456789") for _ in range(digits)))
        text = str(unscaled).rjust(scale + 1, "0")
        return r.choice(["", "-"]) + (f"{text[:-scale]}.{text[-scale:]}" if scale else text)

    def ask(column, value):
        text = str(abs(value)).rjust(scale + 1, "0")
        text = f"{text[:-scale]}.{text[-scale:]}" if scale else text
        return f"CAST({column} AS CHAR) <=> '{'-' if value < 0 else ''}{text}'"

    return Kind(f"DECIMAL({precision},{scale})", literal, ask)


def double(r):
    return repr(r.choice([0.0, 1.5, -2.25, r.uniform(-1, 1), r.uniform(-1e300, 1e300), 1e-300, 123456789.125]))


def single(r):
    return repr(
        struct.unpack("<f", struct.pack("<f", r.choice([0.0, 1.5, r.uniform(-1, 1), r.uniform(-1e30, 1e30)])))[0]
    )


def date(r):
    return (
        r.choice(["'0000-00-00'", "'2020-00-10'", "'2020-10-00'", "'1000-01-01'", "'9999-12-31'"])
        if r.random() < 0.3
        else (f"'{r.randint(1000, 9999):04d}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}'")
    )


def clock(r, digits):
    fraction = "".join(r.choice("0123456789") for _ in range(digits))
    return f"{r.randint(0, 23):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}" + (f".{fraction}" if digits else "")


def datetime(digits):
    def literal(r):
        day = date(r)
        return day if day.endswith(("00'", "10'")) and "-00" in day else f"{day[:-1]} {clock(r, digits)}'"

    def ask(column, value):
        if value is None:  # a zero somewhere
            return f"{column} IS NOT NULL AND (YEAR({column}) = 0 OR MONTH({column}) = 0 OR DAYOFMONTH({column}) = 0)"
        day, micros = divmod(value, 86_400_000_000)
        return (
            f"{column} <=> CAST('1970-01-01' AS DATE) + INTERVAL {day} DAY"
            f" + INTERVAL {micros // 1_000_000} SECOND + INTERVAL {micros % 1_000_000} MICROSECOND"
        )

    return Kind(f"DATETIME({digits})", literal, ask)


def timestamp(digits):
    def literal(r):
        return r.choice(
            [
                "'0000-00-00 00:00:00'",
                "'1970-01-01 00:00:01'",
                f"'{r.randint(1971, 2037)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d} {clock(r, digits)}'",
            ]
        )

    def ask(column, value):
        if value is None:
            return f"{column} <=> '0000-00-00 00:00:00'"
        return f"UNIX_TIMESTAMP({column}) * 1000000 <=> {value}"

    return Kind(f"TIMESTAMP({digits}) NULL", literal, ask)


def date_ask(column, value):
    if value is None:
        return f"{column} IS NOT NULL AND (YEAR({column}) = 0 OR MONTH({column}) = 0 OR DAYOFMONTH({column}) = 0)"
    return f"{column} <=> CAST('1970-01-01' AS DATE) + INTERVAL {value} DAY"


def duration(digits):
    def literal(r):
        if r.random() < 0.2:
            return r.choice(["'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-00:00:01'"])
        fraction = "." + "".join(r.choice("0123456789") for _ in range(digits)) if digits else ""
        return f"'{r.choice(['', '-'])}{r.randint(0, 837):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}{fraction}'"

    def ask(column, value):
        seconds, micros = divmod(abs(value), 1_000_000)
        text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        if digits:
            text += f".{micros:06d}"[: digits + 1]
        return f"CAST({column} AS CHAR) <=> '{'-' if value < 0 else ''}{text}'"

    return Kind(f"TIME({digits})", literal, ask)


def string(r, most, letters=TEXT):
    return (
        "'"
        + "".join(r.choice(letters) for _ in range(r.choice([0, 1, r.randint(0, most)])))
        .replace("\\", "\\\\")
        .replace("'", "''")
        + "'"
    )


def text(declared, charset, most):
    def ask(column, value):
        return f"HEX(CONVERT({column} USING utf8mb4)) <=> '{value.encode().hex().upper()}'"

    letters = TEXT.replace("\\", "") if charset == "sjis" else TEXT  # Java's, and so Debezium's, is the full-width one
    return Kind(f"{declared} CHARACTER SET {charset}", lambda r: string(r, most, letters), ask)


def octets(declared, most):
    def literal(r):
        data = bytes(r.choice([0, 32, 255, r.randint(0, 255)]) for _ in range(r.choice([0, 1, r.randint(0, most)])))
        return f"X'{data.hex()}'"

    return Kind(declared, literal, lambda column, value: f"HEX({column}) <=> '{value.hex().upper()}'")


def scalar(r, depth):
    kind = r.randint(0, 8 if depth < 3 else 6)
    if kind == 7:
        return {
            r.choice(["a", "bb", "é", 'q"', "k" * r.randint(1, 300)]): scalar(r, depth + 1)
            for _ in range(r.randint(0, 4))
        }
    if kind == 8:
        return [scalar(r, depth + 1) for _ in range(r.randint(0, 5))]
    return [
        None,
        r.random() < 0.5,
        r.randint(-(2**63), 2**64 - 1),
        r.randint(-40000, 70000),
        r.choice([0.5, 1e100, 1e-7, -1234.125, r.uniform(-1e6, 1e6)]),
        "".join(r.choice(TEXT) for _ in range(r.choice([0, 5, 200]))),
        r.choice(["x" * 70_000, "y"]) if depth == 0 else 2**31,
    ][kind]


def document(r):
    return "'" + json.dumps(scalar(r, 0), ensure_ascii=False).replace("\\", "\\\\").replace("'", "''") + "'"


def brief(value):
    """JSON with its longest numbers in few digits: MySQL 8 reads 1e100 exactly, and its hundred digits not."""
    return re.sub(r"\d[\d.]{20,}", lambda found: repr(float(found[0])), value)


def sql_text(value):
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


COMMON = [
    Kind("TINYINT", integer(8, False), plain),
    Kind("TINYINT UNSIGNED", integer(8, True), plain),
    Kind("SMALLINT", integer(16, False), plain),
    Kind("SMALLINT UNSIGNED", integer(16, True), plain),
    Kind("MEDIUMINT", integer(24, False), plain),
    Kind("MEDIUMINT UNSIGNED", integer(24, True), plain),
    Kind("INT", integer(32, False), plain),
    Kind("INT UNSIGNED ZEROFILL", integer(32, True), plain),
    Kind("BIGINT", integer(64, False), plain),
    Kind("BIGINT UNSIGNED", integer(64, True), plain),
    Kind("BIT(1)", lambda r: f"b'{r.randint(0, 1)}'", number),
    Kind("BIT(13)", lambda r: f"b'{r.randint(0, 2**13 - 1):b}'", number),
    Kind("BIT(64)", lambda r: f"b'{r.randint(0, 2**64 - 1):b}'", number),
    Kind("YEAR", lambda r: str(r.choice([0, 1901, 2155, r.randint(1901, 2155)])), number),
    Kind(
        "DOUBLE",
        double,
        lambda column, value: (
            f"{column} <=> {value!r}e0".replace("e0e0", "e0") if "e" not in repr(value) else f"{column} <=> {value!r}"
        ),
    ),
    Kind("FLOAT", single, lambda column, value: f"{column} <=> CAST({value!r} AS FLOAT)"),
    Kind("DATE", date, date_ask),
    *(
        decimal(p, s)
        for p, s in ((1, 0), (5, 2), (9, 9), (10, 0), (18, 9), (19, 4), (20, 0), (30, 15), (65, 30), (65, 0))
    ),
    *(datetime(digits) for digits in range(7)),
    *(timestamp(digits) for digits in (0, 1, 3, 5, 6)),
    *(duration(digits) for digits in range(7)),
    text("CHAR(20)", "utf8mb4", 20),
    text("VARCHAR(60)", "utf8mb4", 60),
    text("VARCHAR(300)", "latin1", 60),
    text("VARCHAR(300)", "utf8mb3", 60),
    text("TINYTEXT", "ascii", 40),
    text("TEXT", "gbk", 60),
    text("TEXT", "sjis", 60),
    text("VARCHAR(50)", "cp1251", 50),
    text("VARCHAR(50)", "koi8u", 50),
    text("VARCHAR(50)", "hebrew", 50),
    text("MEDIUMTEXT", "utf16", 60),
    text("LONGTEXT", "ucs2", 60),
    text("CHAR(10)", "utf32", 10),
    text("VARCHAR(30)", "euckr", 30),
    text("VARCHAR(30)", "big5", 30),
    octets("BINARY(7)", 7),
    octets("BINARY(255)", 255),
    octets("VARBINARY(20)", 20),
    octets("VARBINARY(400)", 400),
    octets("TINYBLOB", 200),
    octets("BLOB", 400),
    octets("LONGBLOB", 400),
    Kind("ENUM('a','b,c','ü')", lambda r: str(r.randint(0, 3)), number),
    Kind(f"ENUM({','.join(repr(str(n)) for n in range(300))})", lambda r: str(r.randint(1, 300)), number),
    Kind("SET('p','q','r')", lambda r: str(r.randint(0, 7)), number),
    Kind(f"SET({','.join(repr(str(n)) for n in range(64))})", lambda r: str(r.randint(0, 2**64 - 1)), number),
    Kind(
        "POINT",
        lambda r: f"ST_GeomFromText('POINT({r.randint(-9, 9)} 1.5)')",
        lambda c, v: f"HEX({c}) <=> '{v.hex().upper()}'",
    ),
    Kind(
        "GEOMETRY",
        lambda r: f"ST_GeomFromText('LINESTRING(0 0,{r.randint(1, 9)} 2)', {r.choice([0, 4326])})",
        lambda c, v: f"HEX({c}) <=> '{v.hex().upper()}'",
    ),
]
MYSQL = [
    Kind("JSON", document, lambda column, value: f"{column} = CAST({sql_text(brief(value))} AS JSON)"),
    Kind(
        "VECTOR(5)",
        lambda r: f"TO_VECTOR('[{','.join(single(r) for _ in range(r.randint(1, 5)))}]')",
        lambda c, v: f"HEX({c}) <=> '{struct.pack(f'<{len(v)}f', *v).hex().upper()}'",
    ),
    text("VARCHAR(30)", "gb18030", 30),
]


def hexed(column, value):
    data = value.encode() if isinstance(value, str) else value
    return f"HEX({column}) <=> '{data.hex().upper()}'"


def groups(column, value):
    return f"{column} <=> '{':'.join(value.hex()[at : at + 4] for at in range(0, 32, 4))}'"


def uuid(r):
    return f"'{r.getrandbits(120):030x}00'"


MARIADB = [
    Kind("JSON", document, hexed),
    Kind("VECTOR(3)", lambda r: f"VEC_FromText('[{','.join(single(r) for _ in range(3))}]')", hexed),
    Kind("UUID", uuid, lambda column, value: f"{column} <=> '{value.hex()}'"),
    Kind("INET4", lambda r: f"'{r.randint(0, 255)}.0.1.0'", lambda column, value: f"{column} <=> '{value[0]}.0.1.0'"),
    Kind("INET6", lambda r: f"'2001:db8::{r.randint(0, 65535):x}:0'", groups),
    Kind("VARCHAR(2000) COMPRESSED", lambda r: f"REPEAT({string(r, 9)}, {r.randint(0, 200)})", hexed),
    Kind("BLOB COMPRESSED", lambda r: f"REPEAT(X'0041', {r.randint(0, 2000)})", hexed),
]


def asked(server, database, kinds, rows):
    """Rows whose values the server does not recognise: (id, column, our value, its value)."""
    wrong = []
    connection = server.connect(database)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET sql_mode = '', time_zone = '+00:00', group_concat_max_len = 1000000")
            for row in rows:
                conditions = []
                for index, kind in enumerate(kinds):
                    value = row[index + 1]
                    null = value is None and not kind.declared.startswith(("DATE", "TIMESTAMP"))
                    condition = f"c{index} IS NULL" if null else kind.ask(f"c{index}", value)
                    if value is None and not null:
                        condition = f"(c{index} IS NULL OR {condition})"
                    conditions.append(condition)
                cursor.execute(f"SELECT {', '.join(conditions)} FROM t WHERE id = {row[0]}")
                verdict = cursor.fetchone()
                assert verdict is not None, row[0]
                for index, good in enumerate(verdict):
                    if good != 1:
                        cursor.execute(f"SELECT c{index}, HEX(c{index}) FROM t WHERE id = {row[0]}")
                        wrong.append((kinds[index].declared, row[index + 1], cursor.fetchone(), conditions[index]))
    finally:
        connection.close()
    return wrong


def played(server, kinds, r, settings=()):
    """Rows inserted, some updated and deleted; the changes, after the server was asked about each value."""
    database = server.create_database()
    try:
        columns = ", ".join(f"c{index} {kind.declared}" for index, kind in enumerate(kinds))
        server.execute(f"CREATE TABLE t (id INT PRIMARY KEY, {columns}) ROW_FORMAT=DYNAMIC", database=database)
        file, position = server.log_end()
        connection = server.connect(database)
        with connection.cursor() as cursor:
            cursor.execute("SET sql_mode = '', time_zone = '+00:00'")
            for setting in settings:
                cursor.execute(f"SET {setting}")
            for number_ in range(ROWS):
                values = ["NULL" if r.random() < 0.1 else kind.literal(r) for kind in kinds]
                cursor.execute(f"INSERT IGNORE INTO t VALUES ({number_}, {', '.join(values)})")
        catalog = Catalog(server)
        packets = dumped(server, file, position)
        inserted = changes(packets, catalog, database)
        assert [change.op for change in inserted] == ["c"] * ROWS
        assert asked(server, database, kinds, [change.after for change in inserted]) == []
        file, position = server.log_end()
        with connection.cursor() as cursor:
            for number_ in range(0, ROWS, 2):
                values = [f"c{index} = {kind.literal(r)}" for index, kind in enumerate(kinds)]
                cursor.execute(f"UPDATE IGNORE t SET {', '.join(values)} WHERE id = {number_}")
        updated = changes(dumped(server, file, position), catalog, database)
        before = {change.after[0]: change.after for change in inserted}
        assert {change.op for change in updated} == {"u"}
        assert [before[change.before[0]] for change in updated] == [change.before for change in updated]
        assert asked(server, database, kinds, [change.after for change in updated]) == []
        before.update({change.after[0]: change.after for change in updated})
        file, position = server.log_end()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM t")
        connection.close()
        deleted = changes(dumped(server, file, position), catalog, database)
        assert [change.op for change in deleted] == ["d"] * ROWS
        assert {change.before[0]: change.before for change in deleted} == before
    finally:
        server.drop_database(database)


def seeds():
    return range(int(os.environ.get("HEADWATER_ORACLE_SEED", "1")), 1 << 62)


def chosen(kinds, r, turn):
    """Types for one table: every type has its turn, in a few tables."""
    share = 14
    first = turn * share % len(kinds)
    found = (kinds + kinds)[first : first + share]
    r.shuffle(found)
    return found


def known(server, kinds):
    """The types that the server has."""
    newest = server.version == server.newest()
    return [kind for kind in kinds if newest or not kind.declared.startswith("VECTOR")]


@pytest.mark.parametrize("turn", range(TABLES))
@pytest.mark.parametrize("name", [name for name in USUAL if name.startswith("mysql")])
def test_mysql_knows_its_values(name, turn, request):
    server = request.getfixturevalue(name)
    seed = seeds()[turn]
    print(f"seed {seed}")
    r = random.Random(seed)
    settings = ["binlog_transaction_compression = ON"] if turn % 2 else []
    with server.globally(binlog_row_metadata=r.choice(["FULL", "MINIMAL"])):
        played(server, chosen(known(server, COMMON + MYSQL), r, turn), r, settings)


@pytest.mark.parametrize("turn", range(TABLES))
@pytest.mark.parametrize("name", [name for name in USUAL if name.startswith("mariadb")])
def test_mariadb_knows_its_values(name, turn, request):
    server = request.getfixturevalue(name)
    seed = seeds()[turn]
    print(f"seed {seed}")
    r = random.Random(seed)
    with server.globally(
        log_bin_compress=turn % 2,
        log_bin_compress_min_len=10,
        binlog_row_metadata=r.choice(["FULL", "MINIMAL", "NO_LOG"]),
    ):
        played(server, chosen(known(server, COMMON + MARIADB), r, turn), r)
