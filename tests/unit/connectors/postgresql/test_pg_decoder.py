"""pgoutput bytes to Changes."""

import struct

import pytest

from cdc.errors import DecodeError
from cdc.model import Table
from connectors.postgresql.repeats import Repeats
from tests.pgoutput import (
    UNCHANGED,
    FakeCatalog,
    Stream,
    begin,
    column,
    commit,
    delete,
    insert,
    message,
    origin,
    relation,
    row,
    truncate,
    update,
)

ITEMS = 16400
OTHER = 16500


def catalog():
    found = FakeCatalog()
    columns = [column("id", 23, not_null=True), column("name", 25), column("count", 23, not_null=True)]
    found.add(ITEMS, "items", columns, key=["id"])
    found.add(OTHER, "other", [column("id", 23)])
    return found


RELATION = relation(ITEMS, "items", [("id", 23), ("name", 25), ("count", 23)])


def stream(**properties):
    made = Stream(catalog(), **properties)
    made.feed(begin(9000, 700), RELATION)
    return made


def test_an_insert_is_a_create_with_the_source_block_in_order():
    made = stream()
    made.feed(insert(ITEMS, "1", "é", "-5"), lsn=5000)
    (change,) = made.changes()
    assert (change.op, change.before, change.after) == ("c", None, [1, "é", -5])
    names = [field.name for field in made.planner.info.fields]
    block = dict(zip(names, change.source, strict=True))
    assert block == {
        "version": "3.6.3.Final",
        "connector": "postgresql",
        "name": "srv",
        "ts_ms": 946_684_801_000,
        "snapshot": None,
        "db": "shop",
        "sequence": '[null,"5000"]',
        "ts_us": 946_684_801_000_000,
        "ts_ns": 946_684_801_000_000_000,
        "schema": "public",
        "table": "items",
        "txId": 700,
        "lsn": 5000,
        "xmin": None,
        "origin": None,
        "origin_lsn": None,
    }
    assert change.table.key_of(change.after) == [1]


def test_the_sequence_names_the_last_commit():
    made = stream()
    made.feed(commit(9000, 9048), begin(9100, 701))
    made.feed(insert(ITEMS, "1", None, "2"), lsn=9060)
    assert made.changes()[0].source[6] == '["9048","9060"]'


def test_an_update_without_old_row_has_no_before():
    made = stream()
    made.feed(update(ITEMS, ["1", "a", "2"]))
    (change,) = made.changes()
    assert (change.op, change.before, change.after) == ("u", None, [1, "a", 2])


def test_a_changed_key_comes_with_the_key_and_stand_ins_for_columns_that_are_not_null():
    made = stream()
    made.feed(update(ITEMS, ["2", "a", "2"], ["1", None, None], kind=b"K"))
    (change,) = made.changes()
    assert change.before == [1, None, 0]
    assert change.table.key_of(change.before) == [1]


def test_a_delete_has_the_whole_old_row():
    made = stream()
    made.feed(delete(ITEMS, "1", "a", "3"))
    (change,) = made.changes()
    assert (change.op, change.before, change.after) == ("d", [1, "a", 3], None)


def test_an_unchanged_toasted_value_is_the_old_one_when_the_log_has_it():
    made = stream()
    made.feed(update(ITEMS, ["1", UNCHANGED, "2"], ["1", "long", "1"]))
    made.feed(update(ITEMS, ["1", UNCHANGED, "2"]))
    made.feed(update(ITEMS, ["2", UNCHANGED, "2"], ["1", None, None], kind=b"K"))
    names = [change.after[1] for change in made.changes()]
    assert names == ["long", "__debezium_unavailable_value", "__debezium_unavailable_value"]


def test_a_transaction_moves_what_positions_are_made_of():
    made = stream()
    decoder = made.decoder
    assert (decoder.in_transaction, decoder.events, decoder.tx_id) == (True, 0, 700)
    made.feed(insert(ITEMS, "1", None, "2"), lsn=5000)
    assert (decoder.events, decoder.last_lsn, decoder.message_type) == (1, 5000, "INSERT")
    made.feed(commit(9000, 9048))
    assert (decoder.in_transaction, decoder.events, decoder.last_commit_lsn) == (False, 0, 9048)
    assert (decoder.commits, decoder.message_type, decoder.ts_us) == (1, "COMMIT", 946_684_801_000_000)


def test_tables_that_are_not_captured_are_counted_and_nothing_else():
    made = stream(table_include_list="public.items")
    made.feed(relation(OTHER, "other", [("id", 23)]), insert(OTHER, "1"), insert(ITEMS, "1", None, "2"))
    assert len(made.changes()) == 1
    assert (made.decoder.filtered, made.decoder.events) == (1, 2)


def test_skipped_operations_are_counted_and_nothing_else():
    made = stream(skipped_operations="c,t")
    made.feed(insert(ITEMS, "1", None, "2"), truncate(ITEMS), delete(ITEMS, "1", None, "2"))
    assert [change.op for change in made.changes()] == ["d"]
    assert (made.decoder.skipped, made.decoder.events) == (2, 3)


def test_truncate_is_one_change_per_table():
    made = stream(skipped_operations="none")
    made.feed(relation(OTHER, "other", [("id", 23)]), truncate(ITEMS, OTHER))
    assert [(change.op, change.table.id) for change in made.changes()] == [("t", "public.items"), ("t", "public.other")]


def test_updates_without_a_change_are_left_out_when_asked():
    made = stream(skip_messages_without_change="true")
    made.feed(update(ITEMS, ["1", "a", "2"], ["1", "a", "2"]), update(ITEMS, ["1", "b", "2"], ["1", "a", "2"]))
    assert len(made.changes()) == 1
    assert made.decoder.unchanged == 1


def test_an_update_of_an_excluded_column_is_without_a_change():
    made = stream(skip_messages_without_change="true", column_exclude_list="public.items.name")
    made.feed(update(ITEMS, ["1", "b", "2"], ["1", "a", "2"]))
    assert made.changes() == []


def test_origins_are_told_until_the_transaction_ends():
    made = stream()
    made.feed(origin(77, "elsewhere"), insert(ITEMS, "1", None, "2"), commit(9000, 9048), begin(9100, 701))
    made.feed(insert(ITEMS, "1", None, "2"))
    assert [change.source[14:] for change in made.changes()] == [["elsewhere", 77], [None, None]]


def test_logical_messages_have_their_own_shape():
    made = stream(binary_handling_mode="base64")
    made.decoder.clock = lambda: 5_000_000_000
    made.feed(message("p", b"\x01\x02"), lsn=5000)
    (change,) = made.changes()
    assert change.table.shape.topic == "srv.message"
    assert change.before == ["p"]
    op, ts_ms, source, transaction, body = change.after
    assert (op, ts_ms, transaction, body) == ("m", 5000, None, ["p", "AQI="])
    assert (source[9], source[10], source[11], source[12]) == ("", "", 700, 5000)


def test_a_logical_message_outside_of_a_transaction_has_no_transaction():
    made = stream()
    made.feed(commit(9000, 9048))
    made.decoder.clock = lambda: 5_000_000_000
    made.feed(message("p", b"x", transactional=False), lsn=9048)
    (change,) = made.changes()
    assert change.source[11] is None
    assert (change.source[3], change.tx, made.decoder.message_type) == (5000, "", "MESSAGE")
    assert change.source[6] == '["9048","9048"]'
    made.feed(message("p", b"x", transactional=False), lsn=9100)
    made.feed(begin(9200, 701), insert(ITEMS, "1", None, "2"), lsn=9150)
    assert [each.source[6] for each in made.changes()] == ['["9100","9100"]', '["9100","9150"]']
    again = resumed(lsn_commit=9048, lsn_proc=9100, events=0, tx_id=None, message_type="MESSAGE")
    again.feed(begin(9200, 701), RELATION, insert(ITEMS, "1", None, "2"), lsn=9150)
    assert again.changes()[0].source[6] == '["9100","9150"]'


def test_message_prefixes_are_filtered():
    made = stream(message_prefix_include_list="a.*")
    made.feed(message("abc", b""), message("xyz", b""))
    assert [change.before for change in made.changes()] == [["abc"]]


def test_transaction_metadata_marks_begin_and_end():
    made = Stream(catalog())
    made.decoder.transactions = Table("transaction", (), [])
    made.feed(begin(9000, 700), lsn=4990)
    made.feed(RELATION)
    made.feed(insert(ITEMS, "1", None, "2"), lsn=5000)
    made.feed(commit(9000, 9048), lsn=9048)
    assert [(change.op, change.tx) for change in made.changes()] == [
        ("BEGIN", "700:4990"),
        ("c", "700:5000"),
        ("END", "700:9048"),
    ]


# Resuming


def resumed(**position):
    made = Stream(catalog())
    made.decoder.resume(**{"lsn_commit": 0, "lsn_proc": 0, "events": 0, "tx_id": None, **position})
    return made


def transaction(made, final, xid, count, *, lsn=0, same=False):
    made.feed(begin(final, xid), RELATION)
    for number in range(count):
        made.feed(insert(ITEMS, number, None, "2"), lsn=lsn + (0 if same else number) if lsn else 0)
    made.feed(commit(final, final + 48))


def ids(made):
    return [(change.source[11], change.after[0]) for change in made.changes()]


def test_whole_transactions_that_are_done_are_left_out():
    made = resumed(lsn_commit=5048, lsn_proc=5048, tx_id=700, message_type="COMMIT")
    transaction(made, 5000, 700, 2)
    transaction(made, 5048, 701, 1)  # begins where the other ended
    assert ids(made) == [(701, 0)]
    assert made.decoder.repeated == 2
    assert made.decoder.commits == 1


def test_the_open_transaction_continues_after_the_events_that_are_done():
    made = resumed(lsn_commit=4048, lsn_proc=4950, events=2, tx_id=700, message_type="INSERT")
    transaction(made, 4000, 699, 3)
    transaction(made, 5000, 700, 4)
    transaction(made, 6000, 701, 1)
    assert ids(made) == [(700, 2), (700, 3), (701, 0)]


def test_relations_between_rows_do_not_count():
    made = resumed(lsn_commit=4048, lsn_proc=4950, events=1, tx_id=700, message_type="INSERT")
    made.feed(begin(5000, 700), RELATION, RELATION, insert(ITEMS, "0", None, "2"), RELATION)
    made.feed(insert(ITEMS, "1", None, "2"), commit(5000, 5048))
    assert ids(made) == [(700, 1)]


def test_another_transaction_than_the_stored_one_is_whole():
    made = resumed(lsn_commit=4048, lsn_proc=4950, events=2, tx_id=700, message_type="INSERT")
    transaction(made, 5000, 800, 3)
    transaction(made, 6000, 700, 1)  # the number has come round
    assert ids(made) == [(800, 0), (800, 1), (800, 2), (700, 0)]


def test_an_offset_of_debezium_continues_after_its_lsn():
    made = resumed(lsn_commit=4048, lsn_proc=4901, events=None, tx_id=700, message_type="INSERT")
    transaction(made, 4000, 699, 3, lsn=3900)
    transaction(made, 5000, 700, 4, lsn=4900)
    assert ids(made) == [(700, 2), (700, 3)]


def test_an_offset_of_debezium_within_rows_of_one_lsn_loses_none():
    made = resumed(lsn_commit=4048, lsn_proc=4900, events=None, tx_id=700, message_type="INSERT")
    transaction(made, 5000, 700, 3, lsn=4900, same=True)
    assert ids(made) == [(700, 1), (700, 2)]
    made = resumed(lsn_commit=4048, lsn_proc=4900, events=None, tx_id=700, message_type="INSERT", events_at_lsn=2)
    transaction(made, 5000, 700, 3, lsn=4900, same=True)
    assert ids(made) == [(700, 2)]


def test_an_offset_of_debezium_at_a_commit_or_begin_skips_no_row():
    made = resumed(lsn_commit=5048, lsn_proc=5048, events=None, tx_id=700, message_type="COMMIT")
    transaction(made, 5000, 700, 1, lsn=4900)
    transaction(made, 6000, 701, 1, lsn=4950)  # its rows lie before the other's commit
    assert ids(made) == [(701, 0)]
    made = resumed(lsn_commit=5048, lsn_proc=5900, events=None, tx_id=701, message_type="BEGIN")
    transaction(made, 6000, 701, 2, lsn=5900)
    assert ids(made) == [(701, 0), (701, 1)]


def test_a_logical_message_that_is_done_is_left_out_and_the_next_at_the_same_place_is_not():
    made = resumed(lsn_commit=4048, lsn_proc=4048, tx_id=699, message_type="COMMIT")
    made.feed(message("p", b"", transactional=False), lsn=4048)
    assert len(made.changes()) == 1
    made = resumed(lsn_commit=4048, lsn_proc=4048, tx_id=None, message_type="MESSAGE")
    made.feed(message("p", b"", transactional=False), lsn=4048)
    assert made.changes() == []
    made.feed(message("p", b"", transactional=False), lsn=4100)
    assert len(made.changes()) == 1


def test_a_begin_that_was_emitted_is_not_emitted_again():
    made = resumed(lsn_commit=4048, lsn_proc=4950, events=2, tx_id=700, message_type="INSERT")
    made.decoder.transactions = Table("transaction", (), [])
    transaction(made, 4000, 699, 1)
    transaction(made, 5000, 700, 3)
    assert [change.op for change in made.changes()] == ["c", "END"]


# Malformed

INSERT = insert(ITEMS, "1", "a", "2")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty message"),
        (b"?", "unknown kind 0x3f"),
        (b"S\0\0\0\1\1", "message 'S'"),
        (b"I", "without a row"),
        (INSERT[:-1], "column count"),
        (INSERT + b"x", "bytes after the row"),
        (insert(OTHER, "1"), "relation 16500, which was not announced"),
        (insert(ITEMS, "1", "a"), "a row of 2 columns, 3 were announced"),
        (b"I" + struct.pack(">I", ITEMS) + b"N\0\3" + b"t\xff\xff\xff\xff" * 3, "a value of -1 bytes"),
        (b"I" + struct.pack(">I", ITEMS) + b"N\0\3" + b"b\0\0\0\1x" * 3, "binary value"),
        (b"I" + struct.pack(">I", ITEMS) + b"N\0\3" + b"z" * 9, "kind 0x7a"),
        (begin(1), "BEGIN inside a transaction"),
        (begin(1)[:-1], "BEGIN of 20 bytes"),
        (commit(1, 2)[:-1], "COMMIT of 25 bytes"),
        (RELATION[:-1], "Relation that is cut off"),
        (RELATION + b"\0", "wrong length"),
        (truncate(1)[:-1], "TRUNCATE of 1 tables"),
        (message("p", b"abc")[:-1], "logical message of 3 bytes"),
        (message("p", b"abc", transactional=False), "in the wrong place"),
        (b"Y\0\0\0\1public\0mood", "does not end"),
        (b"I" + INSERT[1:5] + b"N" + row(["1", "a", "x"]), "public.items.count"),
    ],
)
def test_what_makes_no_sense_stops_with_the_place_and_the_bytes(data, words):
    made = stream(event_converting_failure_handling_mode="fail")
    with pytest.raises(DecodeError) as caught:
        made.feed(data, lsn=(0x16 << 32) + 0xAB)
    assert words in str(caught.value)
    assert "16/AB" in str(caught.value)


def test_a_row_outside_of_a_transaction_stops():
    made = stream()
    made.feed(commit(9000, 9048))
    with pytest.raises(DecodeError, match="outside of a transaction"):
        made.feed(INSERT)


def test_a_value_that_cannot_be_converted_is_null_with_warn():
    made = stream()
    made.feed(insert(ITEMS, "1", "a", "y"))
    assert made.changes()[0].after == [1, "a", 0]  # the column is NOT NULL


def test_a_key_that_cannot_be_converted_stops_in_every_mode():
    made = stream(event_converting_failure_handling_mode="skip")
    with pytest.raises(DecodeError, match=r"public\.items\.id"):
        made.feed(insert(ITEMS, "x", "a", "1"))


@pytest.mark.parametrize(("mode", "expected"), [("convert", None), ("escape", "a\\xffb")])
def test_text_that_is_not_utf8_is_null_or_escaped(mode, expected):
    made = stream(headwater_invalid_text_handling_mode=mode)
    made.feed(insert(ITEMS, "1", b"a\xffb", "2"))
    assert made.changes()[0].after[1] == expected


@pytest.mark.parametrize(
    ("awaited", "transactions", "contradicts"),
    [
        (True, [(100, 7, 5)], False),
        (True, [(100, 7, 5), (300, 9, 9)], False),
        (True, [(90, 6, 4), (100, 7, 5)], False),
        (True, [(100, 8, 5)], True),
        (True, [(100, 7, 6)], True),
        (True, [(300, 9, 9)], True),
        (False, [(300, 9, 9)], False),
        (False, [(150, 9, 9)], True),
        (True, [(100, 7, 5), (150, 9, 9)], True),
    ],
)
def test_another_log_than_that_of_the_position_is_noticed(awaited, transactions, contradicts):
    repeats = Repeats()
    repeats.resume(200, 200, 0, 7, "COMMIT", 1)
    repeats.expect(100, 7, 5, awaited)
    assert any(repeats.contradicts(tx_id, final, ts_us) for final, tx_id, ts_us in transactions) is contradicts
