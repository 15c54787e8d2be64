"""Tables WITH SYSTEM VERSIONING on MariaDB: the log's own description (FULL metadata) agrees with what DDL makes."""

from __future__ import annotations

from typing import Any

import pytest

PERIOD = "s timestamp(6) GENERATED ALWAYS AS ROW START{0}, e timestamp(6) GENERATED ALWAYS AS ROW END{0}"
VERSIONED = "WITH SYSTEM VERSIONING"
SYSTEM_TIME = "PERIOD FOR SYSTEM_TIME (s, e)"
# How a table is made, and its key then.
MADE = {
    "hidden": (f"CREATE TABLE t (id int PRIMARY KEY, v int) {VERSIONED}", ["id", "row_end"]),
    "named": (
        f"CREATE TABLE t (id int PRIMARY KEY, v int, {PERIOD.format('')}, {SYSTEM_TIME}) {VERSIONED}",
        ["id", "e"],
    ),
    "unseen": (
        f"CREATE TABLE t (id int PRIMARY KEY, v int, {PERIOD.format(' INVISIBLE')}, {SYSTEM_TIME}) {VERSIONED}",
        ["id", "e"],
    ),
    "some": ("CREATE TABLE t (id int PRIMARY KEY, v int WITH SYSTEM VERSIONING)", ["id", "row_end"]),
    "partitions": (
        f"CREATE TABLE t (id int PRIMARY KEY, v int) {VERSIONED} PARTITION BY SYSTEM_TIME LIMIT 9 PARTITIONS 3",
        ["id", "row_end"],
    ),
}
# What is done to a table that is there.
ALTERED = {
    "add": ("CREATE TABLE t (id int PRIMARY KEY, v int)", "ALTER TABLE t ADD SYSTEM VERSIONING", ["id", "row_end"]),
    "drop": (MADE["hidden"][0], "ALTER TABLE t DROP SYSTEM VERSIONING", ["id"]),
    "drop named": (MADE["named"][0], "ALTER TABLE t DROP SYSTEM VERSIONING, DROP s, DROP e", ["id"]),
    "add named": (
        "CREATE TABLE t (id int PRIMARY KEY, v int)",
        f"ALTER TABLE t ADD {PERIOD.format('').replace(', e', ', ADD e')}, ADD {SYSTEM_TIME}, ADD SYSTEM VERSIONING",
        ["id", "e"],
    ),
    "column": (MADE["hidden"][0], "ALTER TABLE t ADD w int, ADD x int AFTER id", ["id", "row_end"]),
    "key": (
        MADE["hidden"][0],
        "ALTER TABLE t MODIFY v int NOT NULL, DROP PRIMARY KEY, ADD PRIMARY KEY (id, v)",
        ["id", "v", "row_end"],
    ),
    "like": (MADE["hidden"][0].replace(" t ", " p "), "CREATE TABLE t LIKE p", ["id", "row_end"]),
    "rename": (MADE["named"][0].replace(" t ", " p "), "RENAME TABLE p TO t", ["id", "e"]),
    "partition": (MADE["hidden"][0], "ALTER TABLE t PARTITION BY SYSTEM_TIME LIMIT 9 PARTITIONS 2", ["id", "row_end"]),
}


def change(sql: Any) -> None:
    sql(
        "SET @@timestamp = 1700000001",
        "INSERT INTO t (id, v) VALUES (7, 1)",
        "SET @@timestamp = 1700000002",
        "UPDATE t SET v = 2 WHERE id = 7",
    )


def check(reading: Any, key: list[str], first: int = 0) -> None:
    changes = reading.read(first + (3 if "row_end" in key or "e" in key else 2))[first:]
    assert [column.name for column in changes[0].table.key] == key
    assert changes[0].after[:1] == [7]


@pytest.mark.parametrize("server", ["mariadb", "mariadb1011"], indirect=True)
@pytest.mark.parametrize("kind", list(MADE))
def test_from_the_snapshot_and_from_the_log(server: Any, schema: str, sql: Any, make: Any, kind: str) -> None:
    create, key = MADE[kind]
    with server.globally(binlog_row_metadata="'FULL'", system_versioning_alter_history="'KEEP'"):
        sql(create)
        shown = make()
        shown.source.open(None)
        shown.snapshot()
        shown.source.start()
        change(sql)
        check(shown, key)
        sql("DROP TABLE t", create)
        change(sql)
        check(shown, key, 3)


@pytest.mark.parametrize("server", ["mariadb", "mariadb1011"], indirect=True)
@pytest.mark.parametrize("kind", list(ALTERED))
def test_versioning_that_comes_goes_and_stays(server: Any, schema: str, sql: Any, make: Any, kind: str) -> None:
    before, alter, key = ALTERED[kind]
    with server.globally(binlog_row_metadata="'FULL'", system_versioning_alter_history="'KEEP'"):
        sql(before)
        reading = make()
        reading.source.open(None)
        reading.snapshot()
        reading.source.start()
        sql(alter)
        change(sql)
        check(reading, key)
