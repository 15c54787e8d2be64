"""Tables to Plans: types, keys, rules, and what a column's values become."""

import pytest

from cdc.errors import BindError
from cdc.model import Type
from connectors.postgresql.catalog import TypeDescription
from connectors.postgresql.planner import Planner
from connectors.postgresql.relation import Relation, RelationColumn
from connectors.postgresql.types import FAMILIES, TypeRegistry
from tests.pgoutput import UNCHANGED, FakeCatalog, Stream, begin, column, config, delete, insert, relation, update

ITEMS = 16400
MOOD, DOMAIN, HSTORE, COMPOSITE, GEOMETRY, MOODS = 20001, 20002, 20003, 20004, 20005, 20006


def catalog(*columns, **more):
    found = FakeCatalog()
    found.known[MOOD] = TypeDescription(MOOD, "inv", "mood", "e", labels=["sad", "ok"])
    found.known[MOODS] = TypeDescription(MOODS, "inv", "_mood", "b", element=MOOD)
    found.known[DOMAIN] = TypeDescription(DOMAIN, "public", "price", "d", base=1700, base_typmod=(8 << 16 | 3) + 4)
    found.known[HSTORE] = TypeDescription(HSTORE, "public", "hstore", "b")
    found.known[GEOMETRY] = TypeDescription(GEOMETRY, "public", "geometry", "b")
    found.known[COMPOSITE] = TypeDescription(COMPOSITE, "public", "pair", "c")
    found.add(ITEMS, "items", list(columns), **more)
    return found


def plan(found, **properties):
    return Planner(config(**properties)).described(found.tables[ITEMS], found, None)


def mapping(oid, typmod=-1, **properties):
    registry = TypeRegistry(config(**properties))
    registry.load(catalog(), [oid])
    return registry.mapping(oid, typmod)


def test_every_family_builds_in_every_mode():
    modes = [
        {},
        {"decimal_handling_mode": "double", "time_precision_mode": "connect", "binary_handling_mode": "hex"},
        {"decimal_handling_mode": "string", "time_precision_mode": "isostring", "binary_handling_mode": "base64"},
        {"time_precision_mode": "nanoseconds", "hstore_handling_mode": "map", "interval_handling_mode": "string"},
    ]
    for properties in modes:
        registry = TypeRegistry(config(**properties))
        for family in FAMILIES:
            built = family.build(registry._modes, -1)
            assert not built.type.optional, family.names
            assert built.fallback is not None, family.names
            assert family.doc


@pytest.mark.parametrize(
    ("mode", "typmod", "date", "time", "timestamp"),
    [
        ("adaptive", 3, "io.debezium.time.Date", "io.debezium.time.Time", "io.debezium.time.Timestamp"),
        ("adaptive", -1, "io.debezium.time.Date", "io.debezium.time.MicroTime", "io.debezium.time.MicroTimestamp"),
        (
            "adaptive_time_microseconds",
            3,
            "io.debezium.time.Date",
            "io.debezium.time.MicroTime",
            "io.debezium.time.Timestamp",
        ),
        (
            "connect",
            -1,
            "org.apache.kafka.connect.data.Date",
            "org.apache.kafka.connect.data.Time",
            "org.apache.kafka.connect.data.Timestamp",
        ),
        ("isostring", 3, "io.debezium.time.IsoDate", "io.debezium.time.IsoTime", "io.debezium.time.IsoTimestamp"),
        ("microseconds", 3, "io.debezium.time.Date", "io.debezium.time.MicroTime", "io.debezium.time.MicroTimestamp"),
        ("nanoseconds", 3, "io.debezium.time.Date", "io.debezium.time.NanoTime", "io.debezium.time.NanoTimestamp"),
    ],
)
def test_time_precision_modes(mode, typmod, date, time, timestamp):
    names = [mapping(oid, typmod, time_precision_mode=mode).type.name for oid in (1082, 1083, 1114)]
    assert names == [date, time, timestamp]


def test_decimal_modes():
    typmod = (10 << 16 | 2) + 4
    precise = mapping(1700, typmod)
    assert precise.type.parameters == {"scale": "2", "connect.decimal.precision": "10"}
    assert mapping(1700).type.name == "io.debezium.data.VariableScaleDecimal"
    assert mapping(1700, typmod, decimal_handling_mode="double").loader(b"1.50") == 1.5
    assert mapping(1700, typmod, decimal_handling_mode="string").loader(b"1.50") == "1.50"
    assert mapping(790).type.parameters == {"scale": "2"}


def test_a_negative_scale_becomes_a_whole_number_of_more_digits():
    typmod = (3 << 16 | (-2 & 0x7FF)) + 4
    found = mapping(1700, typmod)
    assert found.type.parameters == {"scale": "0", "connect.decimal.precision": "5"}
    assert found.loader(b"12300") == (12300).to_bytes(2, "big")


def test_bits_of_one_are_booleans():
    assert mapping(1560, 1).type.kind == "boolean"
    assert mapping(1560, 10).type.parameters == {"length": "10"}
    assert mapping(1562, -1).type.parameters == {"length": "2147483647"}


def test_enums_domains_and_their_arrays():
    assert mapping(MOOD).type.parameters == {"allowed": "sad,ok"}
    assert mapping(MOODS).type.element.optional is False
    assert mapping(MOODS).loader(b"{sad,ok}") == ["sad", "ok"]
    assert mapping(DOMAIN).type.parameters == {"scale": "3", "connect.decimal.precision": "8"}
    assert mapping(1007).type.element.optional is True


def test_unknown_types_are_left_out_or_binary():
    assert mapping(COMPOSITE) is None
    assert mapping(28) is None
    found = mapping(COMPOSITE, include_unknown_datatypes="true", binary_handling_mode="hex")
    assert found.loader(b"(1,x)") == b"(1,x)".hex()


@pytest.mark.parametrize("unknown", ["true", "false"])
def test_a_type_that_the_catalog_no_longer_has_is_text(unknown):
    found = mapping(99999, include_unknown_datatypes=unknown)
    assert found.type == Type("string")
    assert found.loader(b"{x}") == "{x}"


def test_a_type_that_was_known_stays_as_it_was_when_it_is_dropped():
    registry = TypeRegistry(config())
    found = catalog()
    registry.load(found, [MOODS])
    for _ in range(2):
        registry.refresh()
        registry.load(FakeCatalog(), [MOODS])
        assert registry.mapping(MOODS, -1).type.element.parameters == {"allowed": "sad,ok"}


def test_a_column_of_a_dropped_type_is_kept_and_named_once(caplog):
    found = catalog(column("a", 23, not_null=True), column("m", 25, not_null=True), key=["a"])
    made = Stream(found)
    announcement = relation(ITEMS, "items", [("a", 23), ("m", 99999)])
    made.feed(begin(9000), announcement, insert(ITEMS, "1", "happy"), announcement, insert(ITEMS, "2", "sad"))
    assert [each.after for each in made.changes()] == [[1, "happy"], [2, "sad"]]
    assert [record.args for record in caplog.records] == [("public.items", "m")]


def test_a_null_where_the_catalog_of_now_allows_none_makes_the_column_optional():
    found = catalog(column("a", 23, not_null=True), column("b", 23, not_null=True), column("c", 25, not_null=True))
    made = Stream(found, column_exclude_list="public.items.a", message_key_columns="public.items:b")
    made.feed(begin(9000), relation(ITEMS, "items", [("a", 23), ("b", 23), ("c", 25)]))
    made.feed(insert(ITEMS, "1", "2", "x"), insert(ITEMS, "1", None, None), insert(ITEMS, "1", "3", "y"))
    one, two, three = made.changes()
    assert (one.after, two.after, three.after) == ([2, "x"], [None, None], [3, "y"])
    assert [each.type.optional for each in one.table.columns] == [False, False]
    assert [each.type.optional for each in two.table.columns] == [True, True]
    assert [each.type.optional for each in two.table.key] == [True]
    assert three.table is two.table


def test_a_null_of_a_hidden_key_column_makes_it_optional():
    found = catalog(column("a", 23, not_null=True), column("b", 23))
    made = Stream(found, column_exclude_list="public.items.a", message_key_columns="public.items:a")
    made.feed(begin(9000), relation(ITEMS, "items", [("a", 23), ("b", 23)]), insert(ITEMS, None, "2"))
    (one,) = made.changes()
    assert one.table.key_of(one.after) == [None]
    assert one.table.key[0].type.optional


def test_the_old_row_of_a_key_has_no_values_of_other_columns():
    found = catalog(column("a", 23, not_null=True), column("b", 23, not_null=True), key=["a"])
    made = Stream(found)
    made.feed(begin(9000), relation(ITEMS, "items", [("a", 23), ("b", 23)]), delete(ITEMS, "1", None, kind=b"K"))
    (one,) = made.changes()
    assert one.before == [1, 0]
    assert not one.table.columns[1].type.optional


def test_a_label_that_was_added_since_is_looked_up_before_its_row():
    found = catalog(column("a", 23, not_null=True), column("m", MOOD), column("n", MOODS), key=["a"])
    made = Stream(found)
    made.feed(begin(9000), relation(ITEMS, "items", [("a", 23), ("m", MOOD), ("n", MOODS)]))
    made.feed(insert(ITEMS, "1", "sad", "{ok}"))
    found.known[MOOD] = TypeDescription(MOOD, "inv", "mood", "e", labels=["sad", "ok", "fine"])
    made.feed(insert(ITEMS, "2", "fine", "{fine}"), insert(ITEMS, "3", "old", "{older}"))
    one, two, three = made.changes()
    assert one.table.columns[1].type.parameters == {"allowed": "sad,ok"}
    assert two.table.columns[1].type.parameters == {"allowed": "sad,ok,fine"}
    assert two.after == [2, "fine", ["fine"]]
    assert three.table.columns[1].type.parameters == {"allowed": "sad,ok,fine,old"}
    assert three.table.columns[2].type.element.parameters == {"allowed": "sad,ok,fine,older"}
    assert three.after == [3, "old", ["older"]]


def test_the_key_is_what_the_log_had_at_that_time():
    found = catalog(column("a", 23, not_null=True), column("b", 23, not_null=True), key=["b"])
    made = Planner(config()).announced(announced(found, "a", "b"), found)
    assert [each.name for each in made.table.key] == ["a"]
    wider = Planner(config()).announced(announced(found, "b", "a", key=2), found)
    assert [each.name for each in wider.table.key] == ["b", "a"]


def test_the_key_of_an_identity_by_index_is_the_primary_key_when_the_index_holds_it():
    found = catalog(column("a", 23, not_null=True), column("b", 23, not_null=True), key=["b"], unique=[["b", "a"]])
    made = Planner(config()).announced(announced(found, "a", "b", identity="i", key=2), found)
    assert [each.name for each in made.table.key] == ["b"]
    other = Planner(config()).announced(announced(found, "a", "b", identity="i", key=1), found)
    assert [each.name for each in other.table.key] == ["a"]


def test_a_key_whose_columns_the_old_rows_lack_is_named_once(caplog):
    found = catalog(column("a", 23, not_null=True), column("b", 23), key=["a"])
    planner = Planner(config(message_key_columns="public.items:b"))
    for _ in range(2):
        planner.announced(announced(found, "a", "b"), found)
    assert [record.args for record in caplog.records] == [("public.items", "b")]


MARK = "__debezium_unavailable_value"


@pytest.mark.parametrize(
    ("oid", "properties", "expected"),
    [
        (25, {}, MARK),
        (3802, {}, MARK),
        (17, {}, MARK.encode()),
        (17, {"binary_handling_mode": "hex"}, MARK),
        (17, {"binary_handling_mode": "base64"}, MARK),
        (1009, {}, [MARK]),
        (1001, {}, [MARK.encode()]),
        (1007, {}, list(MARK.encode())),
        (1016, {}, list(MARK.encode())),
        (2951, {}, ["32a1e1a3-7bf1-3a3c-aafa-6ca8b3d1c1d4"]),
        (HSTORE, {}, f'{{"{MARK}":"{MARK}"}}'),
        (HSTORE, {"hstore_handling_mode": "map"}, {MARK: MARK}),
        (GEOMETRY, {}, [MARK.encode(), None]),
        (1700, {}, [0, MARK.encode()]),
        (25, {"unavailable_value_placeholder": "hex:6869"}, "hi"),
        (17, {"unavailable_value_placeholder": "hex:00ff"}, b"\x00\xff"),
    ],
)
def test_placeholders_of_unchanged_toasted_values(oid, properties, expected):
    found = mapping(oid, **properties).placeholder
    if oid == 2951:
        assert len(found) == 1
        assert found[0][14] == "3"  # a name-based UUID
    else:
        assert found == expected


# Keys


def key(found, **properties):
    made = plan(found, **properties).table
    return None if made.key is None else [column.name for column in made.key]


def test_the_key_is_the_primary_key_in_its_order():
    found = catalog(column("a", 23), column("b", 23), key=["b", "a"], unique=[["a"]])
    assert key(found) == ["b", "a"]
    assert plan(found).table.key_of([1, 2]) == [2, 1]


def test_without_primary_key_the_first_unique_index():
    assert key(catalog(column("a", 23), column("b", 23), unique=[["b"], ["a"]])) == ["b"]
    assert key(catalog(column("a", 23))) is None


def test_message_key_columns_come_first():
    found = catalog(column("a", 23), column("b", 23), key=["a"])
    assert key(found, message_key_columns="public.items:b") == ["b"]
    assert key(found, message_key_columns="public.other:b") == ["a"]


def test_a_key_column_that_is_left_out_or_masked_is_in_the_key_as_it_is():
    for properties, visible in (
        ({"column_exclude_list": "public.items.id"}, ["v"]),
        ({"column_mask_with_3_chars": "public.items.id"}, ["***", "v"]),
    ):
        made = Stream(catalog(column("id", 25, not_null=True), column("v", 25), key=["id"]), **properties)
        made.feed(begin(9000), relation(ITEMS, "items", [("id", 25), ("v", 25)]))
        made.feed(insert(ITEMS, "k", "v"), delete(ITEMS, "k", None, kind=b"K"))
        made.feed(update(ITEMS, [UNCHANGED, "w"], ["k", "v"]))
        create, gone, changed = made.changes()
        assert create.after[: len(visible)] == visible
        assert create.table.key_of(create.after) == ["k"]
        assert gone.table.key_of(gone.before) == ["k"]
        assert changed.table.key_of(changed.after) == ["k"]
        assert len(create.table.columns) == len(visible)
        assert create.table.key[0].type.parameters is None


def test_a_key_column_without_a_value_is_refused():
    with pytest.raises(BindError, match="key column id"):
        plan(catalog(column("id", COMPOSITE, not_null=True), key=["id"]))


def announced(found, *names, types=None, identity="d", key=1):
    columns = [
        RelationColumn(name, 23 if types is None else types[index], -1, index < key) for index, name in enumerate(names)
    ]
    return Relation(ITEMS, "public", "items", identity, columns)


def test_a_table_that_is_gone_has_what_the_relation_says():
    found = catalog()
    made = Planner(config()).announced(announced(found, "a", "b"), FakeCatalog())
    assert [column.name for column in made.table.key] == ["a"]
    assert all(column.type.optional for column in made.table.columns)
    full = Planner(config()).announced(announced(found, "a", "b", identity="f", key=2), FakeCatalog())
    assert full.table.key is None


def test_columns_renamed_since_keep_their_old_names_and_the_key():
    found = catalog(column("new_id", 23, not_null=True), column("b", 23), key=["new_id"])
    made = Planner(config()).announced(announced(found, "old_id", "b"), found)
    assert [column.name for column in made.table.key] == ["old_id"]
    assert made.table.columns[0].type.optional is False


def test_the_same_structure_gives_the_same_table_and_another_one_a_new():
    found = catalog(column("a", 23), column("b", 23), key=["a"])
    planner = Planner(config())
    first = planner.announced(announced(found, "a", "b"), found)
    assert planner.announced(announced(found, "a", "b"), found) is first
    assert planner.described(found.tables[ITEMS], found, None) is first
    found.tables[ITEMS].columns[1].not_null = True
    assert planner.announced(announced(found, "a", "b"), found) is not first


def test_a_new_label_of_an_enum_gives_a_new_table():
    found = catalog(column("a", MOOD))
    planner = Planner(config())
    relation_ = announced(found, "a", types=[MOOD], key=0)
    first = planner.announced(relation_, found)
    found.known[MOOD] = TypeDescription(MOOD, "inv", "mood", "e", labels=["sad", "ok", "fine"])
    second = planner.announced(relation_, found)
    assert first.table.columns[0].type.parameters == {"allowed": "sad,ok"}
    assert second.table.columns[0].type.parameters == {"allowed": "sad,ok,fine"}


# Columns


def only(found, **properties):
    return plan(found, **properties).table.columns[0].type


@pytest.mark.parametrize(
    ("oid", "typmod", "expression", "default"),
    [
        (23, -1, "5", 5),
        (23, -1, "'-5'::integer", -5),
        (23, -1, "(-5)", -5),
        (20, -1, "('-1'::integer)::bigint", -1),
        (23, -1, "nextval('s'::regclass)", 0),
        (23, -1, "(1 + 2)", None),
        (23, -1, "length('abc'::text)", 0),
        (23, -1, "(length('abc'::text) + 1)", 0),
        (23, -1, "tools.seven()", 0),
        (23, -1, "CASE WHEN true THEN 1 ELSE 2 END", None),
        (23, -1, "(('7'::text))::integer", 7),
        (20, -1, "(0)::bigint", None),
        (25, -1, "(5)::text", None),
        (25, -1, "('a'::text || 'b'::text)", None),
        (25, -1, "CURRENT_USER", ""),
        (16, -1, "(NOT true)", False),
        (1184, -1, "CURRENT_TIMESTAMP", "1970-01-01T00:00:00.000000Z"),
        (1184, -1, "(CURRENT_TIMESTAMP + '1 day'::interval)", None),
        (1184, -1, "'2020-01-01'::date", "2020-01-01T00:00:00.000000Z"),
        (1114, -1, "'2020-01-01'::date", 1577836800000000),
        (1082, -1, "'2020-01-02 03:04:05'::timestamp without time zone", 18263),
        (3802, -1, "jsonb_build_object('a', 1)", "{}"),
        (MOOD, -1, "('ok'::text)::inv.mood", None),
        (MOOD, -1, "tools.best()", None),
        (25, -1, "'he''llo'::text", "he'llo"),
        (1043, -1, "'abc'::character varying", "abc"),
        (1042, 7, "'a'::bpchar", "a"),
        (25, -1, "NULL::text", None),
        (25, -1, "upper('abc'::text)", ""),
        (16, -1, "true", True),
        (701, -1, "1.5", 1.5),
        (1700, (10 << 16 | 2) + 4, "1.5", b"\x00\x96"),
        (1700, -1, "1.5", None),
        (1184, -1, "now()", "1970-01-01T00:00:00.000000Z"),
        (1184, -1, "'2020-01-01 00:00:00+00'::timestamp with time zone", "2020-01-01T00:00:00.000000Z"),
        (1114, 3, "'2020-01-01 00:00:00'::timestamp(3) without time zone", 1577836800000),
        (1082, -1, "'1970-01-03'::date", 2),
        (2950, -1, "gen_random_uuid()", "00000000-0000-0000-0000-000000000000"),
        (3802, -1, "'{\"a\": 1}'::jsonb", '{"a": 1}'),
        (1560, 10, "B'1100000001'::\"bit\"", b"\x01\x03"),
        (1186, -1, "'01:00:00'::interval", 3600000000),
        (MOOD, -1, "'ok'::inv.mood", "ok"),
        (17, -1, "'\\x01'::bytea", None),
        (1007, -1, "'{1}'::integer[]", None),
        (869, -1, "'1.2.3.4'::inet", None),
        (DOMAIN, -1, "1", None),
    ],
)
def test_defaults(oid, typmod, expression, default):
    assert only(catalog(column("a", oid, typmod=typmod, default=expression))).default == default


def test_identity_and_generated_columns_have_no_default():
    assert only(catalog(column("a", 23, default="5", identity="a"))).default is None
    found = catalog(column("a", 23, default="(b + 1)", generated="s"), column("b", 23))
    assert [each.name for each in plan(found).table.columns] == ["b"]
    published = Planner(config()).described(found.tables[ITEMS], found, ["a", "b"])
    assert [each.name for each in published.table.columns] == ["a", "b"]
    assert published.table.columns[0].type.default is None


def test_null_in_a_column_that_is_not_null_is_the_default_or_a_stand_in():
    found = catalog(
        column("id", 23, not_null=True),
        column("a", 23, not_null=True, default="7"),
        column("b", 25, not_null=True),
        column("c", 1184, not_null=True),
        column("d", 25),
        key=["id"],
    )
    made = Stream(found)
    made.feed(begin(9000), relation(ITEMS, "items", [("id", 23), ("a", 23), ("b", 25), ("c", 1184), ("d", 25)]))
    made.feed(delete(ITEMS, "1", None, None, None, None, kind=b"K"))
    assert made.changes()[0].before == [1, 7, "", "1970-01-01T00:00:00Z", None]


def test_truncation_holds_for_whatever_text_and_for_bytes():
    found = catalog(column("a", 3802), column("b", 23), column("c", 17))
    made = Stream(found, column_truncate_to_12_chars="public.items.*")
    made.feed(begin(9000), relation(ITEMS, "items", [("a", 3802), ("b", 23), ("c", 17)], key=0))
    made.feed(insert(ITEMS, '{"k": 123456789}', "7", "\\x" + "01" * 13))
    (one,) = made.changes()
    assert one.after == ['{"k": 123456', 7, b"\x01" * 12]
    marked = {"truncateLength": "12"}
    assert [each.type.parameters for each in one.table.columns] == [marked, None, marked]  # an int has ten digits


def test_masks_truncation_and_hashes_of_values():
    found = catalog(column("a", 25), column("b", 25), column("c", 1043, typmod=14))
    made = Stream(
        found,
        column_mask_with_3_chars="public.items.a",
        column_truncate_to_2_chars="public.items.b",
        **{"column_mask_hash_v2_SHA-256_with_salt_abc": "public.items.c"},
    )
    made.feed(begin(9000), relation(ITEMS, "items", [("a", 25), ("b", 25), ("c", 1043)], key=0))
    made.feed(insert(ITEMS, "secret", "secret", "world"), insert(ITEMS, None, None, None))
    one, two = made.changes()
    assert one.after[:2] == ["***", "se"]
    assert two.after == ["***", None, None]
    parameters = [each.type.parameters for each in one.table.columns]
    assert parameters == [{"masked": "true"}, {"truncateLength": "2"}, {"masked": "true"}]
    assert len(one.after[2]) > 8


def test_source_types_are_propagated_in_order():
    found = catalog(column("a", 1700, typmod=(10 << 16 | 2) + 4, comment="cents"))
    type = only(found, column_propagate_source_type=".*", include_schema_comments="true")
    assert type.doc == "cents"
    assert list(type.parameters.items()) == [
        ("scale", "2"),
        ("connect.decimal.precision", "10"),
        ("__debezium.source.column.type", "NUMERIC"),
        ("__debezium.source.column.length", "10"),
        ("__debezium.source.column.scale", "2"),
        ("__debezium.source.column.comment", "cents"),
        ("__debezium.source.column.name", "a"),
    ]


def test_field_names_are_adjusted_and_must_stay_distinct():
    found = catalog(column("a-b", 23), column("9x", 23), key=["9x"])
    made = plan(found, field_name_adjustment_mode="avro").table
    assert [each.name for each in made.columns] == ["a_b", "_9x"]
    assert [each.name for each in made.key] == ["_9x"]
    with pytest.raises(BindError, match="a_b"):
        plan(catalog(column("a-b", 23), column("a_b", 23)), field_name_adjustment_mode="avro")
