"""Filter: which records stay, what is decided when a table is bound, and which errors there are."""

from __future__ import annotations

import logging
import shutil
import subprocess
from pathlib import Path

import pytest

from cdc.errors import BindError, ConfigError
from cdc.model import INT32, INT64, STRING, Record, Shape, Type, struct
from transforms import by_logical_table_router, extract_new_record_state, regex_router
from transforms.filter import create


def keeping(condition: str, **options: str):
    named = {name.replace("_", "."): text for name, text in options.items()}
    return create({"language": "jsr223.groovy", "condition": condition, **named})


def kept(chain, transform, *records) -> list[bool]:
    run = chain(transform).run
    return [run(record) is not None for record in records]


def test_a_record_stays_when_the_condition_is_true(table, chain) -> None:
    snapshot = table.record("r", None, table.row())

    assert kept(chain, keeping("value.op != 'r'"), table.create(), snapshot) == [True, False]


def test_a_record_that_stays_is_not_changed(table, chain) -> None:
    record = table.create()
    shape, value = record.shape, record.value

    assert chain(keeping("value.op == 'c'")).run(record) is record
    assert (record.shape, record.value) == (shape, value)


@pytest.mark.parametrize(
    "condition",
    [
        "value.after.price > 1 && value.after.price < 1.51",
        "value.after.price == 1.5",
        "value.source.table == 't' && !(value.op in ['r', 'd'])",
        "value.source.snapshot == 'false'",
        "value.before == null",
        "value.before?.id == null",
        "value.after.note ==~ /[x-z]/",
        "key.id == 1",
        "topic == 'srv.inv.t'",
        "headers.ctx.value == 'c'",
        "headers['ctx']?.value.size() == 1",
        "value.transaction.id.startsWith('7:')",
        "value.after.a == 'dflt'",
        "valueSchema.name.endsWith('.Envelope')",
    ],
)
def test_what_a_condition_can_ask_of_a_change(table, chain, condition) -> None:
    assert kept(chain, keeping(condition), table.create()) == [True]


def test_before_and_after_can_be_compared(table, chain) -> None:
    same = table.record("u", table.row(), [*table.row()[:5], "other hidden"])
    changed = table.record("u", table.row(), table.row(id=2))

    assert kept(chain, keeping("value.before != value.after"), same, changed) == [False, True]


def test_struct_headers_can_be_walked(table, chain) -> None:
    moved = table.create()
    moved.headers.append(("__debezium.newkey", table.shape.key, [5]))
    condition = "headers['__debezium.newkey'] != null && headers['__debezium.newkey'].value.id == 5"

    assert kept(chain, keeping(condition), moved, table.create()) == [True, False]


@pytest.mark.parametrize(("mode", "stays"), [("keep", True), ("drop", False), ("evaluate", True)])
def test_tombstones_by_mode(table, chain, mode, stays) -> None:
    transform = keeping("value == null || value.op == 'd'", null_handling_mode=mode)

    assert kept(chain, transform, table.tombstone(), table.delete()) == [stays, True]


def test_an_evaluated_tombstone_has_neither_value_nor_value_schema(table, chain) -> None:
    transform = keeping("valueSchema == null && value?.op == null && key.id == 1", null_handling_mode="evaluate")

    assert kept(chain, transform, table.tombstone()) == [True]


def test_a_condition_that_cannot_take_null_only_fails_for_a_tombstone(table, chain) -> None:
    run = chain(keeping("value.op != 'r'", null_handling_mode="evaluate")).run

    assert run(table.delete()) is not None
    with pytest.raises(BindError, match=r"HW-SMT-005.*null has no field op"):
        run(table.tombstone())


def test_only_matching_topics_are_filtered(table, chain) -> None:
    transform = keeping("value.op == 'zz'", topic_regex=r"srv\..*")

    assert kept(chain, transform, table.create(), table.heartbeat()) == [False, True]


def test_a_name_that_a_record_does_not_have_is_refused_with_the_names_it_has(table, chain) -> None:
    with pytest.raises(BindError) as error:
        chain(keeping("value.operation != 'r'")).run(table.create())
    assert error.value.code == "HW-SMT-004"
    for word in ("no field operation", "before, after, source, transaction, op", "position 7", "topic srv.inv.t"):
        assert word in error.value.detail


def test_heartbeats_have_no_op_and_the_error_says_how_to_keep_them_away(table, chain) -> None:
    with pytest.raises(BindError, match=r"no field op \(there are: ts_ms\).*topic\.regex"):
        chain(keeping("value.op != 'r'")).run(table.heartbeat())


def test_what_the_topic_decides_is_decided_at_bind(table, chain) -> None:
    transform = keeping("topic.startsWith('__debezium-heartbeat') || value.op != 'r'")

    assert kept(chain, transform, table.heartbeat(), table.create()) == [True, True]
    assert transform.bind(table.heartbeats) is None


def test_columns_of_another_table_are_only_missed_when_they_are_reached(table, chain) -> None:
    condition = "value.source.table == 'orders' ? value.after.total > 1 : value.op == 'c'"
    run = chain(keeping(condition)).run
    orders = table.create()
    orders.value[2][3] = "orders"

    assert run(table.create()) is not None
    with pytest.raises(BindError, match=r"HW-SMT-005.*no field total.*key \[1\].*lsn 99"):
        run(orders)


def test_null_navigation_is_an_error_that_names_place_and_record(table, chain) -> None:
    with pytest.raises(BindError) as error:
        chain(keeping("value.after.price > 1")).run(table.delete())
    assert error.value.code == "HW-SMT-005"
    for word in ("null has no field price", "position 13", "table inv.t", "lsn 99", "?."):
        assert word in str(error.value)
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize("condition", ["value.op", "value.after.id", "value.after"])
def test_a_condition_that_is_no_boolean_is_refused_at_bind(table, chain, condition) -> None:
    with pytest.raises(BindError, match="neither true nor false"):
        chain(keeping(condition)).run(table.create())


def unwrap(**options: str):
    return extract_new_record_state.create({name.replace("_", "."): text for name, text in options.items()})


@pytest.mark.parametrize(
    ("options", "condition"),
    [
        ({"add_fields": "op"}, "value.op == 'c'"),
        ({"add_fields": "op", "add_fields_prefix": "x_"}, "value.op == 'c'"),
        ({"add_fields": "op:kind"}, "value.op == 'c' && value.__kind == 'c'"),
        ({"add_fields": "source.ts_ms"}, "value.source.ts_ms == 4 && value.__source_ts_ms == 4"),
        ({"add_fields": "table"}, "value.source.table == 't' && value.table == 't'"),
        ({"add_fields": "op"}, "value.get('op') == 'c'"),
        ({"delete_tombstone_handling_mode": "rewrite"}, "value.deleted == 'false'"),
    ],
)
def test_names_of_the_envelope_lead_to_the_fields_an_earlier_transform_added(table, chain, options, condition) -> None:
    assert chain(unwrap(**options), keeping(condition)).run(table.create()) is not None


def test_a_name_that_is_read_from_an_added_field_is_said_once(table, chain, caplog) -> None:
    run = chain(unwrap(add_fields="op"), keeping("value.op != 'r'")).run
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            run(table.create())

    assert [record.message for record in caplog.records] == [
        "Filter: value.op of topic srv.inv.t is read from value.__op, which an earlier transform added"
    ]


def test_a_name_that_no_transform_added_is_refused_with_the_names_that_exist(table, chain) -> None:
    with pytest.raises(BindError, match=r"no field op \(there are: id, a, topic_name, price, note, __table\)"):
        chain(unwrap(add_fields="table"), keeping("value.op != 'r'")).run(table.create())


def test_a_column_of_the_row_comes_before_an_added_field(table, chain) -> None:
    run = chain(unwrap(add_fields="op:x,source.table:note_of"), keeping("value.note == 'x'")).run

    assert run(table.create()) is not None


def test_the_chain_route_unwrap_filter_with_options_of_old_files(table, chain) -> None:
    route = by_logical_table_router.create({"topic.regex": "(.*)\\.inv\\.(.*)", "topic.replacement": "$1.$2"})
    flat = extract_new_record_state.create(
        {"drop.tombstones": "false", "delete.handling.mode": "rewrite", "add.fields": "op,source.ts_ms"}
    )
    run = chain(route, flat, keeping("value.op != 'r'")).run
    records = [table.create(), table.record("r", None, table.row()), table.delete(), table.tombstone()]
    out = [run(record) for record in records]

    assert [record is not None for record in out] == [True, False, True, True]
    assert {record.shape.topic for record in out if record is not None} == {"srv.t"}
    assert out[2].value[5:] == ["true", "d", 4]
    assert (out[3].value, out[3].key) == (None, [1, "srv.inv.t"])


@pytest.mark.parametrize(("mode", "stays"), [("keep", True), ("drop", False)])
def test_a_delete_left_as_null_is_handled_as_null(table, chain, mode, stays) -> None:
    run = chain(unwrap(add_fields="op"), keeping("value.__op != 'r'", null_handling_mode=mode)).run

    assert (run(table.delete()) is not None) == stays


def test_added_names_survive_a_renamed_topic(table, chain) -> None:
    rename = regex_router.create({"regex": ".*", "replacement": "x"})

    assert chain(unwrap(add_fields="op"), rename, keeping("value.op == 'c'")).run(table.create()) is not None


def test_numbers_of_another_java_class_in_a_list_are_compared_by_value_and_said_once(chain, caplog) -> None:
    shape = Shape("t", None, struct("v", [("id", Type(INT64)), ("n", Type(INT32)), ("s", Type(STRING))]))
    run = chain(keeping("value.id in [1, 2] && value.n in [1] && value.s in ['a']")).run
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert run(Record(shape, None, [2, 1, "a"], [])) is not None

    assert len(caplog.records) == 1
    assert "Long and Integer never equal" in caplog.text
    assert "write the numbers with L" in caplog.text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, ["language", "condition"]),
        ({"language": "jsr223.graal.js", "condition": "true"}, ["jsr223.graal.js", "language=jsr223.groovy"]),
        ({"language": "groovy", "condition": "true"}, ["no language of a condition"]),
        ({"language": "jsr223.groovy", "condition": "value.op ="}, ["HW-SMT-003", "position 10"]),
        ({"language": "jsr223.groovy", "condition": "true", "null.handling.mode": "kep"}, ["did you mean keep"]),
        ({"language": "jsr223.groovy", "condition": "true", "topic.regex": "("}, ["topic.regex"]),
        ({"language": "jsr223.groovy", "conditon": "true"}, ["did you mean condition", "condition"]),
    ],
)
def test_wrong_options_are_refused_with_what_is_wrong(options, words) -> None:
    with pytest.raises(ConfigError) as error:
        create(options)
    assert error.value.problems
    for word in words:
        assert word in str(error.value)


def test_no_module_of_the_transforms_evaluates_code() -> None:
    grep = shutil.which("grep")
    assert grep is not None
    folder = str(Path(regex_router.__file__).parent)
    found = subprocess.run(
        [grep, "-rnE", r"\b(eval|exec|compile|__import__)\(", folder, "--include=*.py"],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in found.stdout.splitlines() if "re.compile(" not in line]
    assert (found.returncode in (0, 1), lines) == (True, [])


@pytest.mark.parametrize(
    ("condition", "of_delete", "of_heartbeat"),
    [
        ("value.after?.price > 1", False, "HW-SMT-004"),
        ("value.op == 'd' || value.after.price > 1", True, "HW-SMT-004"),
        ("topic.startsWith('__debezium') || value.op != 'r'", True, True),
        ("value.source.table != 'orders' || value.after.total > 0", True, "HW-SMT-004"),
    ],
)
def test_the_advice_of_the_documentation(table, chain, condition, of_delete, of_heartbeat) -> None:
    def outcome(record) -> bool | str:
        try:
            return chain(keeping(condition)).run(record) is not None
        except BindError as error:
            return error.code

    assert (outcome(table.delete()), outcome(table.heartbeat())) == (of_delete, of_heartbeat)
