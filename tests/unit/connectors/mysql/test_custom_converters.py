"""Custom converters in a connector's file: what is taken, and what is wrong is said with the property's whole name."""

from __future__ import annotations

import pytest

from connectors.mysql.config import MySqlConfig
from connectors.mysql.tables import ColumnDefinition
from connectors.mysql.types import Modes, mapping
from connectors.postgresql.config import PostgresConfig

FILE = {
    "name": "c",
    "connector.class": "io.debezium.connector.mysql.MySqlConnector",
    "topic.prefix": "c",
    "database.hostname": "h",
    "database.user": "u",
    "database.server.id": "1",
}
PACKAGE = "io.debezium.connector.binlog.converters"


def config(**more: str) -> MySqlConfig:
    return MySqlConfig({**FILE, **{name.replace("__", "."): value for name, value in more.items()}}, strict=False)


def problems(**more: str) -> dict[str, str]:
    return {problem.property: problem.why for problem in config(**more).problems}


def test_a_converter_is_made_with_its_options_and_they_are_no_unknown_properties():
    made = config(
        converters="flag", flag__type=f"{PACKAGE}.TinyIntOneToBooleanConverter", flag__selector=r"d\.t\.a, d\.t\.c"
    )
    assert made.problems == []
    assert not any("flag" in warning for warning in made.warnings)
    (converter,) = made.custom_converters
    column = ColumnDefinition("a", "tinyint", "TINYINT", length=1)
    ordinary = mapping(Modes(made), column)
    assert ordinary is not None
    assert converter.mapping("d.t.a", column, ordinary).type.kind == "boolean"
    assert converter.mapping("D.T.C", column, ordinary).type.kind == "boolean"
    assert converter.mapping("d.t.b", column, ordinary) is None


@pytest.mark.parametrize(
    ("properties", "name", "words"),
    [
        ({}, "x.type", "required"),
        ({"x__type": "com.example.Own"}, "x.type", "class of your own"),
        ({"x__type": f"{PACKAGE}.TinyIntOneToBooleanConverter", "x__selector": "("}, "x.selector", ""),
        ({"x__type": f"{PACKAGE}.ZeroDateFallbackConverter", "x__target__types": "TIME"}, "x.target.types", "zero"),
        ({"x__type": f"{PACKAGE}.ZeroDateFallbackConverter", "x__fallback__date": "now"}, "x.fallback.date", "read"),
        (
            {"x__type": f"{PACKAGE}.ZeroDateFallbackConverter", "x__column__d__t__c__fallback": "1.1.2000"},
            "x.column.d.t.c.fallback",
            "read",
        ),
    ],
)
def test_what_is_wrong_is_named(properties: dict[str, str], name: str, words: str):
    found = problems(converters="x", **properties)
    assert list(found) == [name]
    assert words in found[name]


def test_a_connector_without_custom_converters_refuses_them():
    made = PostgresConfig(
        {
            **FILE,
            "connector.class": PostgresConfig.ALIASES[0],
            "database.dbname": "d",
            "converters": "x",
            "x.type": "y",
        },
        strict=False,
    )
    assert [problem.property for problem in made.problems] == ["converters"]
