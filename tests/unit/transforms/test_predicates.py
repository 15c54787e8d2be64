"""The three predicates, and what the engine sees of them."""

from __future__ import annotations

import pytest

from cdc.errors import ConfigError
from cdc.parts import find

PREFIX = "org.apache.kafka.connect.transforms.predicates."


def predicate(class_name: str, **options: str):
    return find("transforms", PREFIX + class_name).create(options, PREFIX + class_name)


def test_topic_name_matches_is_decided_when_a_shape_is_bound(table) -> None:
    assert predicate("TopicNameMatches", pattern=r"srv\..*").bind(table.shape) is True
    assert predicate("TopicNameMatches", pattern="inv").bind(table.shape) is False


def test_has_header_key_is_decided_per_record(table) -> None:
    test = predicate("HasHeaderKey", name="ctx").bind(table.shape)

    assert test(table.create()) is True
    assert test(table.record("c", None, table.row(), headers=[])) is False


def test_record_is_tombstone_is_decided_per_record(table) -> None:
    test = predicate("RecordIsTombstone").bind(table.shape)

    assert (test(table.tombstone()), test(table.delete())) == (True, False)


@pytest.mark.parametrize(
    ("name", "options", "word"),
    [
        ("TopicNameMatches", {}, "pattern"),
        ("TopicNameMatches", {"pattern": "("}, "pattern"),
        ("HasHeaderKey", {}, "name"),
    ],
)
def test_wrong_options_are_refused(name, options, word) -> None:
    with pytest.raises(ConfigError, match=word):
        predicate(name, **options)
