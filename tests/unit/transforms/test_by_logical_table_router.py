"""ByLogicalTableRouter, by what Debezium 3.6.3 does with the same records."""

from __future__ import annotations

import pytest

from cdc.errors import BindError, ConfigError
from transforms.by_logical_table_router import create

ROUTE = {"topic.regex": "(.*)inv(.*)", "topic.replacement": "$1-9all"}


def test_topic_key_and_schema_names_follow_the_replacement(table, chain) -> None:
    out = chain(create(ROUTE)).run(table.create())

    assert out is not None
    shape = out.shape
    assert shape.topic == "srv.-9all"
    assert out.key == [1, "srv.inv.t"]
    assert shape.key.name == "srv.-9all.Key"
    assert [(field.name, field.type.kind, field.type.optional) for field in shape.key.fields] == [
        ("id", "int32", False),
        ("__dbz__physicalTableIdentifier", "string", False),
    ]
    assert (shape.value.name, shape.value.version) == ("srv.-9all.Envelope", 2)
    before, after, *others = shape.value.fields
    assert (before.type.name, before.type.optional, after.type) == ("srv.-9all.Value", True, before.type)
    assert [field.type for field in others] == [field.type for field in table.shape.value.fields[2:]]


def test_values_are_left_as_they_are(table, chain) -> None:
    record = table.create()
    value = record.value

    assert chain(create(ROUTE)).run(record).value is value


def test_a_tombstone_gets_the_same_key_and_topic(table, chain) -> None:
    run = chain(create(ROUTE)).run
    delete, tombstone = run(table.delete()), run(table.tombstone())

    assert (tombstone.key, tombstone.shape, tombstone.value) == (delete.key, delete.shape, None)


def test_a_record_without_key_stays_without(table, chain) -> None:
    out = chain(create(ROUTE)).run(table.truncate())

    assert (out.key, out.shape.key, out.shape.topic) == (None, None, "srv.-9all")


def test_a_topic_that_does_not_match_is_left_alone(table, chain) -> None:
    record = table.create()
    out = chain(create({"topic.regex": "inv", "topic.replacement": "x"})).run(record)

    assert out is record
    assert out.shape is table.shape


def test_matching_heartbeats_are_routed_and_only_their_value_schema_stays(table, chain) -> None:
    out = chain(create({"topic.regex": "(.*)", "topic.replacement": "all"})).run(table.heartbeat())

    assert (out.shape.topic, out.shape.partition) == ("all", 0)
    assert out.key == ["srv", "__debezium-heartbeat.srv"]
    assert out.shape.key.name == "all.Key"
    assert out.shape.value is table.heartbeats.value


@pytest.mark.parametrize(
    ("regex", "replacement", "identifier"),
    [
        (r"srv\.(.*)", "K$1", "Kinv.t"),
        (r"other\.(.*)", "K$1", "srv.inv.t"),
    ],
)
def test_the_key_field_can_be_made_from_the_old_topic(table, chain, regex, replacement, identifier) -> None:
    options = {**ROUTE, "key.field.regex": regex, "key.field.replacement": replacement, "key.field.name": "pt"}
    out = chain(create(options)).run(table.create())

    assert out.key == [1, identifier]
    assert out.shape.key.fields[1].name == "pt"


def test_without_enforced_uniqueness_only_the_names_change(table, chain) -> None:
    options = {"topic.regex": r"(?<x>.*)\.t", "topic.replacement": "${x}", "key.enforce.uniqueness": "false"}
    out = chain(create(options)).run(table.create())

    assert out.key == [1]
    assert (out.shape.key.name, out.shape.key.fields) == ("srv.inv.Key", table.shape.key.fields)


@pytest.mark.parametrize(
    ("mode", "key"),
    [
        ("none", "9a-srv.inv.t.Key"),
        ("avro", "_9a_srv.inv.t.Key"),
        ("avro_unicode", "_u0039a_u002dsrv.inv.t.Key"),
    ],
)
def test_schema_names_are_adjusted_by_mode(table, chain, mode, key) -> None:
    options = {"topic.regex": "(.*)", "topic.replacement": "9a-$1", "schema.name.adjustment.mode": mode}
    out = chain(create(options)).run(table.create())

    assert out.shape.key.name == key
    assert out.shape.value.name == key.replace(".Key", ".Envelope")
    assert out.shape.value.fields[0].type.name == key.replace(".Key", ".Value")


def test_an_empty_topic_name_leaves_the_record(table, chain) -> None:
    record = table.create()

    assert chain(create({"topic.regex": "(x)?.*", "topic.replacement": "$1"})).run(record) is record
    assert record.shape is table.shape


def test_a_key_field_that_exists_is_refused_at_bind(table, chain) -> None:
    with pytest.raises(BindError, match=r"HW-SMT-004.*already has a field id"):
        chain(create({**ROUTE, "key.field.name": "id"})).run(table.create())


def test_one_table_is_bound_once(table, chain) -> None:
    steps = chain(create(ROUTE))
    shapes = {id(steps.run(table.create()).shape) for _ in range(3)}

    assert (len(shapes), steps.binds) == (1, 1)


def test_a_routed_tombstone_no_longer_shares_headers_with_its_delete(table, chain) -> None:
    run = chain(create(ROUTE)).run
    delete = table.delete()
    shared = delete.headers
    out = run(delete)
    out.headers.append(("later", None, "x"))

    assert [name for name, _, _ in shared] == ["ctx"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, ["topic.regex", "topic.replacement"]),
        ({**ROUTE, "topic.regex": "["}, ["topic.regex"]),
        ({**ROUTE, "topic.replacement": "$7"}, ["topic.replacement", "no group 7"]),
        ({**ROUTE, "key.field.regex": "x"}, ["key.field.replacement"]),
        ({**ROUTE, "schema.name.adjustment.mode": "avr"}, ["schema.name.adjustment.mode", "did you mean avro"]),
        ({**ROUTE, "key.enforce.uniqueness": "yes"}, ["key.enforce.uniqueness", "true or false"]),
        ({**ROUTE, "logical.table.cache.size": "x"}, ["logical.table.cache.size"]),
    ],
)
def test_wrong_options_are_refused_with_what_is_wrong(options, words) -> None:
    with pytest.raises(ConfigError) as error:
        create(options)
    for word in words:
        assert word in str(error.value)
