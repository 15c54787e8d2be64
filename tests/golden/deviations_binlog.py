"""Where Headwater differs from Debezium on purpose, on MySQL and MariaDB; lines of docs/compatibility.md too."""

from __future__ import annotations

import base64
import re
import struct

from tests.golden.deviation import ABSENT, Deviation, absent, hidden, pairs

FLOAT = "\x01float:"
ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)


def counted(debezium: object, ours: object) -> bool:
    """A count of what is done of a transaction, and none."""
    return isinstance(debezium, int) and ours == ABSENT


def later(debezium: object, ours: object) -> bool:
    """A position, or a set of GTIDs, and a later one."""
    found = [re.fullmatch(r".*<(?:commit|done|place):#?(\d+)>", str(value)) for value in (debezium, ours)]
    return all(found) and int(str(found[1] and found[1][1])) > int(str(found[0] and found[0][1]))


def earlier(debezium: object, ours: object) -> bool:
    """A second before, and a later one."""
    found = [re.fullmatch(r"<clock:(\d+|before)>", str(value)) for value in (debezium, ours)]
    if found[0] is None or found[1] is None or found[1][1] == "before":
        return False
    return found[0][1] == "before" or int(found[0][1]) < int(found[1][1])


def zeros_cut(debezium: object, ours: object) -> bool:
    """The same moment; zeros at the end of its fraction are missing."""
    if not isinstance(debezium, str) or not isinstance(ours, str) or debezium == ours:
        return False
    return "." in ours and ours[:-1].rstrip("0").rstrip(".") == debezium[:-1]


def octets(text: str) -> str:
    """The characters behind base64 or hexadecimal, or the text itself."""
    try:
        if re.fullmatch(r"([0-9a-f]{2})+", text):
            return bytes.fromhex(text).decode("latin1")
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True).decode("latin1")
    except ValueError:
        return text


def escaped(debezium: object, ours: object) -> bool:
    """A literal with the escapes that SQL has for it, and its value."""
    if not isinstance(debezium, str) or not isinstance(ours, str) or debezium == ours:
        return False
    return any(
        ESCAPE.sub(lambda found: {"0": "\0", None: "'"}.get(found[1], found[1]), read(debezium)) == read(ours)
        for read in (str, octets)
    )


def same_float(debezium: object, ours: object) -> bool:
    """The same number of four bytes in other digits."""
    if not (str(debezium).startswith(FLOAT) and str(ours).startswith(FLOAT)):
        return False
    one, other = (struct.pack("<f", float(str(value).removeprefix(FLOAT))) for value in (debezium, ours))
    return one == other


def century(debezium: object, ours: object) -> bool:
    """A moment in the years 1 to 99, moved to 1970 to 2069 by Debezium; one of the year 0, moved to 2001."""
    if ours is None:
        return debezium in [unit * 11_323 for unit in UNITS] or str(debezium).startswith("2001-01-01")
    if isinstance(ours, str):
        year = int(ours[:4])
        return 0 < year < 100 and debezium == f"{year + (1900 if year >= 70 else 2000):04d}{ours[4:]}"
    if not isinstance(ours, int) or not isinstance(debezium, int):
        return False
    unit = next((unit for unit in UNITS if -719_162 <= ours // unit < -683_003), None)
    return unit is not None and debezium - ours in (730_485 * unit, 693_960 * unit)


def on_database(debezium: object, ours: object) -> bool:
    """A record of ours alone, which changes no table."""
    value = _value(ours)
    words = str(value.get("ddl")).split()
    about = "DATABASE" in words[:2] or words[:1] == ["USE"]
    return debezium == ABSENT and value.get("tableChanges") == [] and about


def foreign(debezium: object, ours: object) -> bool:
    """A record of Debezium's alone about a table of the other database."""
    value = _value(debezium)
    named = re.match(r"ALTER TABLE (\w+)\.", str(value.get("ddl")))
    return (
        ours == ABSENT and value.get("tableChanges") == [] and named is not None and named[1] != value["databaseName"]
    )


def _value(record: object) -> dict[str, object]:
    value = record.get("value") if isinstance(record, dict) else None
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


HISTORY = r".*-history-\d+-0"
UNITS = (1, 86_400_000, 86_400_000_000, 86_400_000_000_000)  # of a day


BINLOG: tuple[Deviation, ...] = (
    Deviation(
        "ddl-row",
        "source.row of a schema change is 0; Debezium leaves the number of the row before it there",
        runs="my.*|ma.*",
        topics=r"\w+-0",
        paths=r"value\.payload\.source\.row",
        values=lambda debezium, ours: isinstance(debezium, int) and debezium > 0 and ours == 0,
    ),
    Deviation(
        "offset-behind-transaction",
        "the stored offset behind a transaction is its end; Debezium has its begin and counts of what is done of it",
        runs="my.*|ma.*",
        paths=r"(offset|value\.payload\.position)\.(event|row)",
        values=counted,
    ),
    Deviation(
        "offset-behind-transaction",
        "the stored offset behind a transaction is its end; Debezium has its begin and counts of what is done of it",
        runs="my.*|ma.*",
        paths=r"(offset|value\.payload\.position)\.(pos|gtids)",
        values=later,
    ),
    Deviation(
        "offset-keys",
        "stored offsets carry keys of our own that Debezium ignores",
        runs="my.*|ma.*",
        topics=HISTORY,
        paths=r"value\.payload\.position\.headwater_server",
        values=absent,
    ),
    Deviation(
        "history-spaces",
        "records of the schema history have no spaces; Debezium's Kafka store writes them over several lines",
        runs="my.*|ma.*",
        topics=HISTORY,
        paths=r"value\.bytes",
        values=lambda debezium, ours: ours == ABSENT,
    ),
    Deviation(
        "history-attributes",
        "tables of the schema history have an attribute of our own, which Debezium keeps and does not interpret",
        runs="my.*|ma.*",
        topics=HISTORY,
        paths=r"value\.payload\.tableChanges\[\d+\]\.table\.attributes",
        values=lambda debezium, ours: debezium == [] and [item["name"] for item in _dicts(ours)] == ["headwater"],
    ),
    Deviation(
        "history-inside",
        "in the schema history the place of CREATE TABLE ... SELECT, which is logged as a transaction, is that of its"
        " GTID and counts the statement as done",
        runs="my.*|ma.*",
        topics=HISTORY,
        paths=r"value\.payload\.position\.pos",
        values=lambda debezium, ours: later(ours, debezium),
    ),
    Deviation(
        "history-inside",
        "in the schema history the place of CREATE TABLE ... SELECT, which is logged as a transaction, is that of its"
        " GTID and counts the statement as done",
        runs="my.*|ma.*",
        topics=HISTORY,
        paths=r"value\.payload\.position\.event",
        values=pairs((1, 2)),
    ),
    Deviation(
        "history-databases",
        "the schema history has statements on databases with store.only.captured.tables.ddl too: later tables take"
        " their character sets",
        runs="my.*|ma.*",
        topics=HISTORY,
        paths="record",
        values=on_database,
    ),
    Deviation(
        "foreign-alter",
        "with store.only.captured.databases.ddl a statement on a table of another database is left out always; Debezium"
        " tells and stores ALTER of a table that it does not know under the session's database",
        runs="(my|ma)ddl.databases",
        topics=r"g_\w+_databases(-history-1)?-0",
        paths="record",
        values=foreign,
    ),
    Deviation(
        "recovered-comment",
        "a table keeps its comment when it is recovered from the schema history; Debezium forgets it",
        runs="(my|ma)histories.*",
        paths=r"value\.payload\.tableChanges\[\d+\]\.(table\.)?comment",
        values=lambda debezium, ours: debezium is None and ours == "what is sold",
    ),
    Deviation(
        "history-rename",
        "the schema history has the table's old name for ALTER TABLE ... RENAME too; Debezium has it for RENAME TABLE",
        runs="my.*|ma.*",
        topics=HISTORY,
        paths=r"value\.payload\.tableChanges\[\d+\]\.previousId",
        values=absent,
    ),
    Deviation(
        "offset-second",
        "the second of a stored offset is that of the last commit; Debezium has that of the last row that was not"
        " skipped",
        runs=r"(my|ma)\w*transactions\.(no\w+|truncates|onetable)",
        paths=r"offset\.ts_sec",
        values=earlier,
    ),
    Deviation(
        "timestamp-zeros",
        "TIMESTAMP(n) has n digits behind the point in snapshots, as in the stream; Debezium cuts zeros off there",
        runs="(my|ma).*",
        paths=r"value\.payload\.after\.(ts\w+|at)",
        values=zeros_cut,
    ),
    Deviation(
        "timestamp-zeros",
        "TIMESTAMP(n) has n digits behind the point in snapshots, as in the stream; Debezium cuts zeros off there",
        runs="(my|ma)random.*",
        paths=r"value\.payload\.after\..+",
        values=zeros_cut,
    ),
    Deviation(
        "escaped-default",
        "a default is the value of its literal; Debezium leaves SQL's escapes in it",
        runs=r"(my|ma)\d*types.*",
        topics=r".*\.(octets|texts)-\d+",
        paths=r"value\.(schema\..*\.(bin|cn)(\.type(\[0\])?)?(\.connect)?\.default|payload\.(after|before)\.(bin|cn))",
        values=escaped,
    ),
    Deviation(
        "escaped-default",
        "a default is the value of its literal; Debezium leaves SQL's escapes in it",
        runs="(my|ma)histories.*",
        topics=r".*\.items-\d+",
        paths=r"value\.schema\.fields\.(after|before)\.fields\.name\.default",
        values=escaped,
    ),
    Deviation(
        "escaped-default",
        "a default is the value of its literal; Debezium leaves SQL's escapes in it",
        runs=r"(my|ma)random.*",
        paths=r"value\.(schema\..*\.default|payload\.(before|after)\..+)",
        values=escaped,
    ),
    Deviation(
        "float-digits",
        "a number of four bytes has the fewest digits that tell it from others; Java 17 writes one more for some",
        runs=r"(my|ma)\d*types.*",
        paths=r"value\.payload\.(after|before)\.v\[\d\]",
        values=same_float,
    ),
    Deviation(
        "year-zero",
        "YEAR 0000 is 0; Debezium has 2000 in snapshots and 1900 in the stream",
        runs=r"(my|ma)\d*types.*",
        topics=r".*\.zeros-\d+",
        paths=r"value\.payload\.(after|before)\.y",
        values=pairs((2000, 0), (1900, 0)),
    ),
    Deviation(
        "two-digit-years",
        "a date in the years 1 to 99 is that date; Debezium moves it to 1970 to 2069 (the year 0, which is null, to"
        " 2001 in snapshots)",
        runs=r"(my|ma)\d*types.*",
        topics=r".*\.zeros-\d+",
        paths=r"value\.payload\.(after|before)\.d\w*",
        values=century,
    ),
    Deviation(
        "zero-fallback-first",
        "ZeroDateFallbackConverter replaces dates of zeros only; Debezium replaces also the first date of a column that"
        " allows null",
        runs=r"(my|ma)converters.(zero.*|both)",
        topics=r".*\.dates-\d+",
        paths=r"value\.payload\.after\.(a|c|ts)",
        values=lambda debezium, ours: debezium in (None, -25567, -2208988800000, "1999-12-31T23:59:59Z"),
    ),
    Deviation(
        "sink-charset",
        "JdbcSinkDataTypesConverter decodes strings with the column's character set; Debezium takes all for UTF-8",
        runs=r"(my|ma)converters.sink",
        topics=r".*\.words-\d+",
        paths=r"value\.payload\.(after|before)\.a",
        values=lambda debezium, ours: debezium == "\ufffd",
    ),
    Deviation(
        "tinyint-unsigned-sign",
        "TinyIntOneToBooleanConverter has true for TINYINT UNSIGNED above 127; Debezium's stream takes it for negative",
        runs=r"(my|ma)converters.tinyall",
        topics=r".*\.flags-\d+",
        paths=r"value\.payload\.(after|before)\.f",
        values=pairs((False, True)),
    ),
    Deviation(
        "mask-json",
        "masks and hashes hold for JSON columns too; Debezium sends those as they are",
        runs=r"(my|ma)\d*columns.masked",
        topics=r".*\.people-\d+",
        paths=r"value\.payload\.(after|before)\.more",
        values=lambda debezium, ours: ours == "*****",
    ),
    Deviation(
        "mask-json",
        "masks and hashes hold for JSON columns too; Debezium sends those as they are",
        runs=r"(my|ma)random.*",
        paths=r"value\.payload\.(after|before)\.v",
        values=hidden,
    ),
    Deviation(
        "timestamp-zero",
        "a TIMESTAMP of zeros is null or the default in MariaDB's stream, as everywhere; Debezium has 1970 there",
        runs=r"ma\d*(types|converters).*",
        topics=r".*\.(zeros|dates)-\d+",
        paths=r"value\.payload\.(after|before)\.ts3?",
        values=pairs(("1970-01-01T00:00:00Z", None), ("1970-01-01T00:00:00.000Z", "2020-01-02T03:04:05.000Z")),
    ),
    Deviation(
        "statement-row",
        "the source block of a statement has row 0; Debezium's MariaDB connector may have that of the row before",
        runs=r"ma\d*ddl.*",
        topics=r"g_ma\d*ddl\w*-\d+",
        paths=r"value\.payload\.source\.row",
        values=pairs((1, 0)),
    ),
    Deviation(
        "tables-order",
        "a statement's tables in source.table are in its order; Debezium has that of a Java HashSet",
        runs=r"(my|ma)\d*ddl.*",
        topics=r"g_m[ya]\d*ddl\w*-\d+",
        paths=r"value\.payload\.source\.table",
        values=lambda debezium, ours: sorted(str(debezium).split(",")) == sorted(str(ours).split(",")),
    ),
    Deviation(
        "partial-json",
        "updates that are logged with binlog_row_value_options=PARTIAL_JSON arrive; Debezium passes over them",
        runs="mypassed.*",
        topics=r".*\.(docs|plain)-0",
        paths="record",
        values=lambda debezium, ours: debezium == ABSENT and _value(ours).get("op") == "u",
    ),
    Deviation(
        "compressed-rows",
        "rows that are logged with log_bin_compress arrive; Debezium's MariaDB connector passes over them",
        runs="mapassed.*",
        topics=r".*\.docs-0",
        paths="record",
        values=lambda debezium, ours: debezium == ABSENT and re.search("w{800}|y{800}", str(ours)) is not None,
    ),
    Deviation(
        "begin-time",
        "the BEGIN record of a transaction has its time; Debezium's MariaDB connector has that of the event before",
        runs="ma.*",
        topics=r".*(\.transaction|-tx)-\d+",
        paths=r"value\.payload\.ts_ms",
        values=earlier,
    ),
)
