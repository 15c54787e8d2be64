"""Topic names as Debezium's strategies make them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from cdc.model import Table
from cdc.topics import Topics


def topics(**other: object) -> Topics:
    settings = {
        "topic_prefix": "srv",
        "topic_delimiter": ".",
        "topic_heartbeat_prefix": "__debezium-heartbeat",
        "topic_heartbeat_name": None,
        "topic_transaction": "transaction",
        "topic_naming_strategy": "io.debezium.schema.SchemaTopicNamingStrategy",
        "NAMED_BY": "Schema",
    }
    return Topics(SimpleNamespace(**(settings | other)))


@pytest.mark.parametrize(
    ("parts", "topic"),
    [
        (("public", "orders"), "srv.public.orders"),
        (("inv", "Weird Name-1"), "srv.inv.Weird_Name-1"),
        (("inv", "größe"), "srv.inv.gr__e"),
        (("inv", "emoji😀"), "srv.inv.emoji__"),
        (("", "orders"), "srv.orders"),
    ],
)
def test_data_topic(parts: tuple[str, ...], topic: str) -> None:
    assert topics().data(Table("t", parts, [])) == topic


def test_unicode_strategy_writes_code_points() -> None:
    names = topics(topic_naming_strategy="io.debezium.schema.SchemaUnicodeTopicNamingStrategy")

    assert names.data(Table("t", ("inv", "a_b c"), [])) == "srv.inv.a_u005fb_u0020c"


def test_the_default_strategy_leaves_the_schema_out() -> None:
    names = topics(topic_naming_strategy="io.debezium.schema.DefaultTopicNamingStrategy")

    assert names.data(Table("t", ("inv", "orders"), [])) == "srv.orders"


def test_other_topics() -> None:
    assert topics().heartbeat == "__debezium-heartbeat.srv"
    assert topics(topic_heartbeat_name="beat").heartbeat == "beat"
    assert topics().transaction == "srv.transaction"


def test_a_name_is_cut_to_what_kafka_takes() -> None:
    assert len(topics().data(Table("t", ("s", "x" * 400), []))) == 249


def test_a_connector_that_is_named_by_databases_swaps_the_two_strategies() -> None:
    table = Table("t", ("inv", "orders"), [])
    default = "io.debezium.schema.DefaultTopicNamingStrategy"

    assert topics(NAMED_BY="Default", topic_naming_strategy=default).data(table) == "srv.inv.orders"
    assert topics(NAMED_BY="Default").data(table) == "srv.orders"
    assert topics().schema_changes == "srv"
