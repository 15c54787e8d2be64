"""binlog_row_value_options=PARTIAL_JSON: what the log has as differences arrives as whole values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.mysql.setup import reading_of

LONG = "0123456789" * 8
UPDATES = [
    "a = JSON_SET(a, '$.x', 2)",
    "hidden = JSON_SET(hidden, '$.k', 'changed'), a = JSON_REMOVE(a, '$.list[1]')",
    "n = n + 1",
    "b = JSON_REPLACE(b, '$[0]', 'e\u0301'), a = JSON_SET(a, '$.new', JSON_OBJECT('d', 1.50))",
    "a = NULL",
    "a = JSON_OBJECT('whole', TRUE)",
]


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("image", ["FULL", "NOBLOB"])
def test_updates_of_a_part(mysql: Any, image: str, compressed: bool) -> None:
    """With NOBLOB, which a session may set, a JSON value that is not changed is in no image: it is null before."""
    name = mysql.create_database()
    try:
        document = json.dumps({"x": 1, "list": [1, 2, 3], "long": LONG})
        mysql.execute(
            "CREATE TABLE t (id int PRIMARY KEY, hidden json, a json, n int, b json)",
            f"INSERT INTO t VALUES (1, '{document}', '{document}', 5, '[1, \"{LONG}\"]')",
            database=name,
        )
        reading = reading_of(mysql, name, column__exclude__list=f"{name}.t.hidden")
        with mysql.globally(binlog_row_value_options="'PARTIAL_JSON'"):
            reading.source.open(None)
            reading.snapshot()
            reading.source.start()
        rows = [mysql.execute("SELECT id, a, n, b FROM t", database=name)[0]]
        for update in UPDATES:
            mysql.execute(
                f"SET binlog_row_image = {image}",
                "SET binlog_row_value_options = PARTIAL_JSON",
                f"SET binlog_transaction_compression = {int(compressed)}",
                f"UPDATE t SET {update}",
                database=name,
            )
            rows.append(mysql.execute("SELECT id, a, n, b FROM t", database=name)[0])
        found = reading.read(len(UPDATES))
        reading.source.close()
    finally:
        mysql.drop_database(name)

    def plain(row: Any) -> list[object]:
        return [json.loads(value) if isinstance(value, str) else value for value in row]

    afters = [plain(change.after) for change in found]
    if image == "FULL":
        assert afters == [plain(row) for row in rows[1:]]
        assert [plain(change.before) for change in found] == [plain(row) for row in rows[:-1]]
    else:
        for change, row in zip(afters, rows[1:], strict=True):
            assert [value for value in change if value is not None] == [
                value for value, there in zip(plain(row), change, strict=True) if there is not None
            ]
            assert change[2] == row[2]
