"""Which tables and columns are captured, their keys, and the rules of their values."""

from __future__ import annotations

import pytest

from cdc.errors import ConfigError
from cdc.filters import ColumnFilter, ColumnRules, MessageKeyColumns, Rule, TableFilter, guard
from tests.unit.cdc.test_config import read


@pytest.mark.parametrize(
    ("lists", "schema", "table", "captured"),
    [
        ({}, "shop", "orders", True),
        ({}, "pg_catalog", "pg_class", False),
        ({}, "information_schema", "tables", False),
        ({}, "pg_temp_3", "x", False),
        ({"table.ignore.builtin": "false"}, "pg_catalog", "pg_class", True),
        ({"table.include.list": "shop.orders"}, "shop", "orders", True),
        ({"table.include.list": "shop.orders"}, "SHOP", "Orders", True),
        ({"table.include.list": "shop.orders"}, "shop", "orders_old", False),
        ({"table.include.list": "shop.orders"}, "myshop", "orders", False),
        ({"table.include.list": r"shop\.(orders|items), public\..*"}, "public", "x", True),
        ({"table.exclude.list": r"shop\..*_old"}, "shop", "orders_old", False),
        ({"table.exclude.list": r"shop\..*_old"}, "shop", "orders", True),
        ({"schema.include.list": "shop"}, "public", "orders", False),
        ({"schema.include.list": "shop", "table.include.list": "public.x"}, "public", "x", False),
        ({"schema.exclude.list": "aud.*"}, "audit", "x", False),
        ({"table.include.list": r"shop\.a{1\,2}"}, "shop", "aa", True),
    ],
)
def test_tables(lists: dict[str, object], schema: str, table: str, captured: bool) -> None:
    assert TableFilter(read(lists)).includes(schema, table) is captured


def test_columns() -> None:
    excluding = ColumnFilter(read({"column.exclude.list": r"shop\.orders\.(secret|note)"}))
    assert excluding.includes("shop", "orders", "id")
    assert not excluding.includes("shop", "orders", "Secret")
    including = ColumnFilter(read({"column.include.list": r"shop\.orders\.id"}))
    assert including.includes("shop", "orders", "id")
    assert not including.includes("shop", "orders", "note")
    assert ColumnFilter(read({})).everything


def test_key_columns_come_in_the_order_of_the_expressions() -> None:
    keys = MessageKeyColumns(r"shop\.(orders|items):b,a; (.*).other:id")
    assert keys.columns("shop", "orders", ["a", "b", "c"]) == ["b", "a"]
    assert keys.columns("x", "other", ["id", "b"]) == ["id"]
    assert keys.columns("shop", "customers", ["id"]) == []
    assert MessageKeyColumns(None).columns("a", "b", ["id"]) == []


def test_rules_of_columns() -> None:
    found = ColumnRules(
        read(
            {
                "column.mask.with.5.chars": r"s\.t\.masked",
                "column.truncate.to.20.chars": r"s\.t\.(cut|both)",
                "column.mask.hash.SHA-256.with.salt.a.b": r"s\.t\.one",
                "column.mask.hash.v2.SHA-512.with.salt.abc": r"s\.t\.(two|both)",
                "column.propagate.source.type": r"s\.t\.two",
                "datatype.propagate.source.type": r"s\.t\.VARCHAR",
            }
        )
    )
    assert found.for_column("s.t.masked", "text") == [Rule("mask", 5)]
    assert found.for_column("s.t.cut", "text") == [Rule("truncate", 20)]
    assert found.for_column("s.t.one", "text") == [Rule("hash", 0, "sha256", "a.b", 1)]
    assert found.for_column("s.t.both", "text") == [Rule("truncate", 20)]
    assert found.for_column("s.t.plain", "varchar") == [Rule("propagate")]
    assert found.for_column("s.t.plain", "text") == []


def test_a_propagated_type_does_not_switch_a_hash_off() -> None:
    """Debezium applies only the first rule that matches, and the plain text goes out."""
    found = ColumnRules(
        read({"column.mask.hash.v2.SHA-512.with.salt.abc": "s.t.two", "column.propagate.source.type": ".*"})
    )
    assert found.for_column("s.t.two", "text") == [Rule("hash", 0, "sha512", "abc", 2), Rule("propagate")]


def test_the_guardrail_warns_or_stops(caplog: pytest.LogCaptureFixture) -> None:
    guard(read({}), ["a.b"] * 1000)
    guard(read({"guardrail.collections.max": "2"}), ["a.b", "a.c"])
    assert not caplog.records
    guard(read({"guardrail.collections.max": "1"}), ["a.b", "a.c"])
    assert "2 tables are captured" in caplog.text
    failing = read({"guardrail.collections.max": "1", "guardrail.collections.limit.action": "fail"})
    with pytest.raises(ConfigError, match="HW-CFG-006"):
        guard(failing, ["a.b", "a.c"])
