"""GTID sets: what MySQL's own functions say of random sets, and what its replication makes of an encoded one."""

from __future__ import annotations

import os
import random
import struct
import time

from connectors.mysql.events import Gtid
from connectors.mysql.gtid import GtidSet
from tests.binlogs import NON_BLOCKING, changes, dumped, events, sent

COUNT = int(os.environ.get("HEADWATER_ORACLE_GTIDS", "400"))
DUMP_GTID = 0x1E
UUIDS = [f"{n:08x}-1111-2222-3333-0000000000ab" for n in (1, 2, 0xABCDEF01)]


def written(r):
    """A GTID set as somebody could write it: out of order, overlapping, with spaces and capitals."""
    parts = []
    for _ in range(r.randint(0, 4)):
        words = [r.choice(UUIDS)]
        if r.random() < 0.3:
            words[0] = words[0].upper()
        for _ in range(r.randint(1, 4)):
            if r.random() < 0.3:
                words.append(r.choice(["tag", "other_2", "Tag"]))
            first = r.randint(1, 30)
            words.append(str(first) if r.random() < 0.4 else f"{first}-{first + r.randint(0, 9)}")
        parts.append(r.choice([":", " : "]).join(words))
    return r.choice([",", ", ", ",\n"]).join(parts)


def test_sets_are_what_the_server_makes_of_them(mysql):
    seed = int(os.environ.get("HEADWATER_ORACLE_SEED", str(time.time_ns())))
    print(f"seed {seed}")
    r = random.Random(seed)
    connection = mysql.connect()
    subsets = 0
    with connection.cursor() as cursor:
        for _ in range(COUNT):
            one, other = written(r), written(r)
            cursor.execute(
                "SELECT GTID_SUBTRACT(%s, ''), GTID_SUBTRACT(CONCAT(%s, ',', %s), ''), GTID_SUBTRACT(%s, %s),"
                " GTID_SUBSET(%s, %s), GTID_SUBSET(GTID_SUBTRACT(%s, %s), %s)",
                (one, one, other, one, other, one, other, one, other, one),
            )
            plain, union, less, subset, of_itself = cursor.fetchone()
            ours, theirs = GtidSet(one), GtidSet(other)
            assert str(ours) == plain.replace("\n", "")
            assert str(ours.union(theirs)) == union.replace("\n", "")
            assert str(ours.subtract(theirs)) == less.replace("\n", "")
            assert ours.is_subset(theirs) == (subset == 1)
            assert ours.subtract(theirs).is_subset(ours)
            assert of_itself == 1
            subsets += subset
    connection.close()
    assert subsets > COUNT / 50


def dumped_after(server, done):
    """The events behind a GTID set, as the server sends them to a replica that has it."""
    encoded = done.encode()
    return sent(server, DUMP_GTID, struct.pack("<HIIQI", NON_BLOCKING | 4, 4712, 0, 4, len(encoded)) + encoded)


def test_a_server_leaves_out_what_an_encoded_set_has(mysql):
    name = mysql.create_database()
    try:
        connection = mysql.connect(name)
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE t (id INT PRIMARY KEY)")
            cursor.execute("SET gtid_next = 'AUTOMATIC:headwater'")
            for number in range(3):
                cursor.execute(f"INSERT INTO t VALUES ({number})")
            cursor.execute("SET gtid_next = 'AUTOMATIC'")
            cursor.execute("SELECT @@global.gtid_executed")
            done = GtidSet(cursor.fetchone()[0])
            cursor.execute("INSERT INTO t VALUES (10)")
            cursor.execute("SET gtid_next = 'AUTOMATIC:headwater'")
            cursor.execute("INSERT INTO t VALUES (11)")
            cursor.execute("SELECT @@global.gtid_executed")
            after = GtidSet(cursor.fetchone()[0])
            cursor.execute("SELECT @@global.gtid_purged")
            purged = GtidSet(cursor.fetchone()[0])  # by other tests: the server no longer has them
        connection.close()
        missing = after.subtract(done)
        seen = GtidSet()
        for event in events(dumped_after(mysql, done)):
            if isinstance(event, Gtid):
                assert not done.contains(event.source, event.number)
                seen.add(event.source, event.number)
        assert seen == missing
        assert "headwater" in str(seen)
        assert done.union(seen) == after
        for event in events(dumped_after(mysql, purged)):
            if isinstance(event, Gtid):
                seen.add(event.source, event.number)
        assert seen.union(purged) == after
    finally:
        mysql.drop_database(name)


def test_partial_json_updates_are_what_the_server_has(mysql):
    from tests.binlogs import Catalog

    name = mysql.create_database()
    updates = [
        "a = JSON_SET(a, '$.x', 2)",
        "c = JSON_SET(c, '$.new', 2.5, '$.\"od \\\\\"d\"', CAST('[1,2]' AS JSON))",
        "a = JSON_REMOVE(a, '$.yy[1]'), c = JSON_SET(c, '$.arr', JSON_ARRAY(1, 2)), n = n + 1",
        "c = JSON_SET(c, '$.arr[1]', JSON_OBJECT('d', DATE'2020-01-02', 'e', 1.50))",
        "b = JSON_SET(b, '$[2].q', 'changed', '$[5]', 9)",
        "a = JSON_SET(a, '$.yy', JSON_ARRAY(1, 2, 3)), b = JSON_REPLACE(b, '$[0]', 'é')",
        "a = JSON_REMOVE(a, '$.z', '$.x'), b = JSON_REMOVE(b, '$[2].q')",
    ]
    try:
        long = "0123456789" * 8
        mysql.execute(
            "CREATE TABLE t (id INT PRIMARY KEY, a JSON, n INT, b JSON, c JSON)",
            f"""INSERT INTO t VALUES (1, '{{"x":1,"yy":[1,2,3],"z":{{"k":"v"}},"long":"{long}"}}', 5,"""
            f""" '[1,2,{{"q":"w","r":"{long}"}}]', '{{"zz":"{long}"}}')""",
            database=name,
        )
        catalog = Catalog(mysql)
        partial = 0
        for image in ("FULL", "NOBLOB"):
            for update in updates:
                file, position = mysql.log_end()
                mysql.execute(
                    f"SET binlog_row_image = {image}",
                    "SET binlog_row_value_options = PARTIAL_JSON",
                    f"UPDATE t SET {update}",
                    database=name,
                )
                packets = dumped(mysql, file, position)
                partial += sum(packet[4] == 39 for packet in packets)
                for change in changes(packets, catalog, name):
                    _, a, n, b, c = (value.replace("'", "''").replace("\\", "\\\\") if isinstance(value, str) else value
                                     for value in change.after)  # fmt: skip
                    same = f"a = CAST('{a}' AS JSON), n = {n}, b = CAST('{b}' AS JSON)"
                    assert mysql.execute(f"SELECT {same} FROM t", database=name) == [(1, 1, 1)], (update, change.after)
                    rendered = mysql.execute("SELECT CAST(c AS CHAR) FROM t", database=name)[0][0]
                    assert rendered.replace(": ", ":").replace(", ", ",") == change.after[4], update
                    assert c
        assert partial >= 8
    finally:
        mysql.drop_database(name)
