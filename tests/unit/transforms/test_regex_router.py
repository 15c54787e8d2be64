"""RegexRouter: the topic's name and nothing else."""

from __future__ import annotations

import pytest

from cdc.errors import BindError, ConfigError
from transforms.regex_router import create


@pytest.mark.parametrize(
    ("regex", "replacement", "topic"),
    [
        (r"srv\.inv\.(.*)", "$1_x", "t_x"),
        (r"(?<server>[^.]+)\.(.*)", "${server}-$2", "srv-inv.t"),
        (r"srv\..*", "a\\$b", "a$b"),
        ("inv", "x", "srv.inv.t"),
    ],
)
def test_a_topic_that_matches_as_a_whole_is_renamed(table, chain, regex, replacement, topic) -> None:
    record = table.create()
    value = record.value
    out = chain(create({"regex": regex, "replacement": replacement})).run(record)

    assert out is not None
    assert out.shape.topic == topic
    assert out.value is value
    assert (out.shape.key, out.shape.value) == (table.shape.key, table.shape.value)


def test_heartbeats_are_renamed_too_and_keep_their_partition(table, chain) -> None:
    out = chain(create({"regex": "__debezium-(.*)", "replacement": "$1"})).run(table.heartbeat())

    assert out is not None
    assert (out.shape.topic, out.shape.partition, out.shape.kind) == ("heartbeat.srv", 0, "heartbeat")


def test_tombstones_are_renamed(table, chain) -> None:
    out = chain(create({"regex": ".*", "replacement": "x"})).run(table.tombstone())

    assert out is not None
    assert (out.shape.topic, out.value) == ("x", None)


def test_an_empty_name_is_refused_when_the_table_is_bound(table, chain) -> None:
    with pytest.raises(BindError, match="empty name"):
        chain(create({"regex": "(x)?.*", "replacement": "$1"})).run(table.create())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, ["regex", "replacement"]),
        ({"regex": "(", "replacement": "x"}, ["regex"]),
        ({"regex": "x", "replacement": "$1"}, ["replacement", "no group 1"]),
        ({"regex": "x", "replacment": "z"}, ["replacement for replacment"]),
    ],
)
def test_wrong_options_are_refused_with_what_is_wrong(options, words) -> None:
    with pytest.raises(ConfigError) as error:
        create(options)
    assert error.value.problems
    for word in words:
        assert word in str(error.value)
