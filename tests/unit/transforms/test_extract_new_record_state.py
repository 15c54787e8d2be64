"""ExtractNewRecordState, by what Debezium 3.6.3 does with the same records."""

from __future__ import annotations

import logging

import pytest

from cdc.errors import BindError, ConfigError
from cdc.model import STRING, Field, Type
from cdc.options import TRANSLATED
from cdc.settings import noting
from transforms import by_logical_table_router
from transforms.extract_new_record_state import OLD_MODES, create

MODE = "delete.tombstone.handling.mode"
OPTIONAL_TEXT = Type(STRING, optional=True)


def unwrap(mode: str = "tombstone", **options: str):
    return create({MODE: mode, **{name.replace("_", "."): text for name, text in options.items()}})


def shown(record) -> dict[str, object]:
    return dict(zip([field.name for field in record.shape.value.fields], record.value, strict=True))


def headers(record) -> list[tuple[str, object]]:
    return [(name, value) for name, _, value in record.headers]


def test_a_change_becomes_its_row_under_a_schema_that_is_not_optional(table, chain) -> None:
    out = chain(unwrap()).run(table.create())

    row = table.shape.value.fields[1].type
    assert out.value == [1, None, "routed", (150).to_bytes(2, "big"), "x"]
    assert (out.shape.value.name, out.shape.value.version) == ("srv.inv.t.Value", None)
    assert not out.shape.value.optional
    assert out.shape.value.fields == row.fields
    assert (out.shape.topic, out.shape.key, out.key) == ("srv.inv.t", table.shape.key, [1])


def test_a_row_of_the_engine_is_never_changed(table, chain) -> None:
    record = table.create()
    after = record.value[1]
    before = after.copy()
    chain(unwrap("rewrite", add_fields="op")).run(record)

    assert after == before


@pytest.mark.parametrize(
    ("mode", "deleted", "tombstone"),
    [
        ("drop", "dropped", "dropped"),
        ("tombstone", "typed null", "dropped"),
        ("rewrite", "row", "dropped"),
        ("rewrite-with-tombstone", "row", "null"),
        ("delete-to-tombstone", "null", "dropped"),
    ],
)
def test_deletes_and_tombstones_by_mode(table, chain, mode, deleted, tombstone) -> None:
    run = chain(unwrap(mode)).run

    def kind(record) -> str:
        if record is None:
            return "dropped"
        if record.value is None:
            return "typed null" if record.shape.typed_null else "null"
        return "row"

    assert (kind(run(table.delete())), kind(run(table.tombstone()))) == (deleted, tombstone)


def test_a_delete_left_as_null_keeps_the_schema_of_the_optional_row(table, chain) -> None:
    out = chain(unwrap("tombstone")).run(table.delete())

    assert out.shape.value == table.shape.value.fields[0].type
    assert out.key == [1]


def test_rewritten_records_say_whether_they_are_deleted(table, chain) -> None:
    run = chain(unwrap("rewrite", add_fields="op")).run
    written, deleted = run(table.create()), run(table.delete())

    assert (shown(written)["__deleted"], shown(written)["__op"]) == ("false", "c")
    assert (shown(deleted)["__deleted"], shown(deleted)["__op"]) == ("true", "d")
    assert written.shape is deleted.shape
    assert written.shape.value.fields[5:] == (Field("__deleted", OPTIONAL_TEXT), Field("__op", OPTIONAL_TEXT))


def test_a_null_becomes_the_default_only_in_the_rewrite_modes(table, chain) -> None:
    found = {mode: shown(chain(unwrap(mode)).run(table.create()))["a"] for mode in ("tombstone", "rewrite")}
    kept = chain(unwrap("rewrite", replace_null_with_default="false")).run(table.create())

    assert found == {"tombstone": None, "rewrite": "dflt"}
    assert shown(kept)["a"] is None


def test_added_fields_are_optional_and_named_by_struct_prefix_or_alias(table, chain) -> None:
    options = {"add.fields": "op, table,source.ts_ms,transaction.id:txid,source.snapshot,nope,total_order"}
    run = chain(create(options)).run
    written = run(table.create())

    assert {name: value for name, value in shown(written).items() if name.startswith("__")} == {
        "__op": "c",
        "__table": "t",
        "__source_ts_ms": 4,
        "__txid": "7:1",
        "__source_snapshot": None,
        "__total_order": 1,
    }
    assert all(field.type.optional and field.type.default is None for field in written.shape.value.fields[5:])
    assert written.shape.value.fields[9].type.name == "io.debezium.data.Enum"
    without = run(table.record("u", None, table.row()))
    assert (shown(without)["__txid"], shown(without)["__total_order"]) == (None, None)


def test_a_field_that_does_not_exist_is_not_added_and_named_once(table, chain, caplog) -> None:
    run = chain(create({"add.fields": "nope"})).run
    with caplog.at_level(logging.WARNING):
        run(table.create())
        run(table.truncate())

    assert [record.message for record in caplog.records if "nope" in record.message] == [
        "ExtractNewRecordState: nope is no field of the records and is not added"
    ]


def test_prefixes_can_be_chosen(table, chain) -> None:
    options = {"add.fields": "op", "add.fields.prefix": "", "add.headers": "lsn", "add.headers.prefix": "x-"}
    out = chain(create(options)).run(table.create())

    assert shown(out)["op"] == "c"
    assert headers(out) == [("ctx", "c"), ("x-lsn", 99)]


def test_added_headers_carry_the_schema_of_the_field(table, chain) -> None:
    out = chain(create({"add.headers": "op,snapshot,transaction.id"})).run(table.create())

    added = out.headers[1:]
    assert [(name, value) for name, _, value in added] == [
        ("__op", "c"),
        ("__snapshot", None),
        ("__transaction_id", "7:1"),
    ]
    assert all(type.optional and type.default is None for _, type, _ in added)


def test_a_tombstone_has_the_headers_of_its_delete_and_op_once_more(table, chain) -> None:
    run = chain(unwrap("rewrite-with-tombstone", add_headers="op,lsn")).run
    delete = table.delete()
    tombstone = table.tombstone(delete.headers)

    assert headers(run(delete)) == [("ctx", "c"), ("__op", "d"), ("__lsn", 99)]
    out = run(tombstone)
    assert headers(out) == [("ctx", "c"), ("__op", "d"), ("__lsn", 99), ("__op", "d")]
    assert out.headers[-1][1] == Type(STRING)


def test_behind_a_router_a_tombstone_has_its_own_headers(table, chain) -> None:
    router = by_logical_table_router.create({"topic.regex": ".*", "topic.replacement": "all"})
    run = chain(router, unwrap("rewrite-with-tombstone", add_headers="op,lsn")).run
    delete = table.delete()
    tombstone = table.tombstone(delete.headers)
    run(delete)

    out = run(tombstone)
    assert headers(out) == [("ctx", "c"), ("__op", "d")]
    assert (out.shape.topic, out.key) == ("all", [1, "srv.inv.t"])


def test_behind_the_extraction_a_router_keeps_the_value_schema(table, chain) -> None:
    router = by_logical_table_router.create({"topic.regex": ".*", "topic.replacement": "all"})
    run = chain(unwrap("tombstone"), router).run
    written, deleted = run(table.create()), run(table.delete())

    assert (written.shape.topic, written.shape.value.name) == ("all", "srv.inv.t.Value")
    assert (deleted.shape.topic, deleted.shape.typed_null, deleted.value) == ("all", True, None)


def test_what_is_no_change_event_passes_unchanged(table, chain) -> None:
    record = table.heartbeat()
    out = chain(unwrap("rewrite", add_headers="op", add_fields="op")).run(record)

    assert out is record
    assert (out.shape, out.value, out.headers) == (table.heartbeats, [1], [])


def test_truncations_are_dropped(table, chain) -> None:
    assert chain(unwrap("rewrite-with-tombstone")).run(table.truncate()) is None


@pytest.mark.parametrize("mode", ["tombstone", "rewrite-with-tombstone"])
def test_a_column_can_name_the_topic_of_all_but_the_tombstone(table, chain, mode) -> None:
    run = chain(unwrap(mode, route_by_field="topic_name")).run

    assert run(table.create()).shape.topic == "routed"
    assert run(table.delete()).shape.topic == "routed"
    assert run(table.record("c", None, table.row(topic=" "))).shape.topic == "srv.inv.t"
    assert run(table.record("c", None, table.row(topic=None))).shape.topic == "srv.inv.t"
    if mode != "tombstone":
        assert run(table.tombstone()).shape.topic == "srv.inv.t"


def test_shapes_of_routed_topics_are_made_once(table, chain) -> None:
    run = chain(unwrap(route_by_field="topic_name")).run

    assert run(table.create()).shape is run(table.create()).shape


@pytest.mark.parametrize(("column", "words"), [("zz", "zz is no column.*topic_name"), ("id", "int32, not text")])
def test_a_routing_column_must_be_a_text_that_exists(table, chain, column, words) -> None:
    with pytest.raises(BindError, match=f"HW-SMT-004.*{words}"):
        chain(unwrap(route_by_field=column)).run(table.create())


def listed(table, op: str = "u"):
    record = table.record(op, table.row(a="b"), None if op == "d" else table.row())
    record.headers.append(("drop", None, ["id", "a", "note", "__op"]))
    return record


def test_listed_fields_are_left_out_as_far_as_they_are_optional(table, chain) -> None:
    options = {"drop.fields.header.name": "drop", "drop.fields.from.key": "true", MODE: "rewrite"}
    run = chain(create({**options, "add.fields": "op"})).run
    written, deleted = run(listed(table)), run(listed(table, "d"))

    # An insert or update loses fields after others were added, a delete before.
    assert list(shown(written)) == ["id", "topic_name", "price", "note", "__deleted"]
    assert list(shown(deleted)) == ["id", "topic_name", "price", "note", "__deleted", "__op"]
    assert written.key == [1]
    assert not written.shape.value.optional
    assert list(shown(run(table.create()))) == ["id", "a", "topic_name", "price", "note", "__deleted", "__op"]


def test_listed_fields_are_all_left_out_when_schemas_need_not_be_compatible(table, chain) -> None:
    options = {
        "drop.fields.header.name": "drop",
        "drop.fields.from.key": "true",
        "drop.fields.keep.schema.compatible": "false",
        MODE: "rewrite",
    }
    run = chain(create(options)).run
    for out in (run(listed(table)), run(listed(table, "d"))):
        assert list(shown(out)) == ["topic_name", "price", "__deleted"]
        assert (out.key, out.shape.key.fields) == ([], ())


def test_dropping_leaves_a_null_delete_alone(table, chain) -> None:
    out = chain(create({"drop.fields.header.name": "drop"})).run(listed(table, "d"))

    assert (out.value, out.shape.typed_null, out.key) == (None, True, [1])


def test_records_that_list_the_same_fields_share_a_shape(table, chain) -> None:
    run = chain(create({"drop.fields.header.name": "drop"})).run

    assert run(listed(table)).shape is run(listed(table)).shape


def test_a_header_that_is_no_list_is_an_error(table, chain) -> None:
    record = table.create()
    record.headers.append(("drop", None, "id,a"))
    with pytest.raises(BindError, match=r"HW-SMT-005.*drop.*no list"):
        chain(create({"drop.fields.header.name": "drop"})).run(record)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"add.fields": "op:id", "add.fields.prefix": ""}, "two fields id"),
        ({"add.fields": "zz.y"}, r"no struct zz.*before, after, source, transaction"),
        ({"add.headers": "zz.y"}, "no struct zz"),
    ],
)
def test_what_cannot_be_added_is_refused_at_bind(table, chain, options, words) -> None:
    with pytest.raises(BindError, match=f"HW-SMT-004.*{words}"):
        chain(create(options)).run(table.create())


@pytest.mark.parametrize(("tombstones", "handling"), sorted(OLD_MODES))
def test_options_removed_in_debezium_3_are_read_as_the_mode_that_does_the_same(
    table, chain, caplog, tombstones, handling
) -> None:
    with caplog.at_level(logging.WARNING):
        transform = create({"drop.tombstones": str(tombstones).lower(), "delete.handling.mode": handling})
    mode = OLD_MODES[tombstones, handling]
    old, new = chain(transform), chain(unwrap(mode))

    assert f"{MODE}={mode}" in caplog.text
    for make in (table.create, table.delete, table.tombstone):
        first, second = old.run(make()), new.run(make())
        assert (first is None) == (second is None)
        if first is not None and second is not None:
            assert (first.value, first.shape.typed_null) == (second.value, second.shape.typed_null)


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        ({"drop.tombstones": "false"}, "delete-to-tombstone"),
        ({"delete.handling.mode": "rewrite"}, "rewrite"),
        ({"delete.handling.mode": "none"}, "tombstone"),
        ({"delete.handling.mode": "rewrite", MODE: "drop"}, "drop"),
    ],
)
def test_an_old_option_alone_counts_with_the_old_default_of_the_other(caplog, options, mode) -> None:
    with caplog.at_level(logging.WARNING):
        create(options)
    assert f"{MODE}={mode}" in caplog.text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({MODE: "zz"}, [MODE, "rewrite-with-tombstone"]),
        ({MODE: "rewrit"}, ["did you mean rewrite"]),
        ({"add.fields": "op,op"}, ["add.fields", "__op would be added twice"]),
        ({"add.fields": "a.b.c"}, ["add.fields", "a.b.c"]),
        ({"add.headers": "op:"}, ["add.headers"]),
        ({"drop.fields.from.key": "1"}, ["drop.fields.from.key"]),
    ],
)
def test_wrong_options_are_refused_with_what_is_wrong(options, words) -> None:
    with pytest.raises(ConfigError) as error:
        create(options)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("options", "fields", "headers"),
    [
        ({"operation.header": "true"}, [], ["__op"]),
        ({"operation.header": "false"}, [], []),
        ({"operation.header": "true", "add.headers": "table"}, [], ["__table", "__op"]),
        ({"add.source.fields": "lsn,table", "add.fields": "op"}, ["__op", "__lsn", "__table"], []),
    ],
)
def test_options_of_before_1_3_are_translated(options, fields, headers) -> None:
    with noting("transforms.t") as notes:
        plan = create(options)._plan
    assert [reference.name for reference in plan.fields] == fields
    assert [reference.name for reference in plan.headers] == headers
    assert {note.kind for note in notes} <= {TRANSLATED}
    assert bool(notes) == (options.get("operation.header") != "false")


def test_a_whole_struct_can_be_added(table, chain) -> None:
    run = chain(create({"add.fields": "before,source"})).run
    updated = run(table.record("u", table.row(a="old"), table.row(a="new")))
    created = run(table.create())

    assert shown(updated)["__before"][:3] == [1, "old", "routed"]
    assert (shown(created)["__before"], shown(created)["__source"][3]) == (None, "t")
    assert [field.type.optional for field in updated.shape.value.fields[5:]] == [True, True]
