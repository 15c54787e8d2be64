"""Transforms in the engine's chain, up to the bytes: what Kafka gets for a delete and its tombstone."""

from __future__ import annotations

import json

import pytest

from cdc.binding import Outlet, Stage
from cdc.ledger import Ledger
from cdc.model import Record
from schemas.json import create as json_format
from schemas.string import create as string_format
from transforms.extract_new_record_state import create as unwrap
from transforms.filter import create as keeping
from transforms.predicates import RECORD_IS_TOMBSTONE
from transforms.predicates import create as predicate


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[tuple[str, bytes | None, bytes | None, list[tuple[str, bytes | None]]]] = []

    def send(self, topic, partition, key, value, headers, timestamp, on_delivery) -> None:
        self.records.append((topic, key, value, headers))


def through(stages: list[Stage], records: list[Record], *, schemas: bool = False, text: bool = False):
    """What the sink gets for these records."""
    sink = Kept()
    value_format = string_format({}, False) if text else json_format({"schemas.enable": str(schemas).lower()}, False)
    outlet = Outlet(
        stages,
        json_format({"schemas.enable": "false"}, True),
        value_format,
        string_format({}, False).encode_header,
        [],
        sink,
        lambda: None,
        lambda topic: None,
    )
    outlet.enter(Ledger().open())
    for record in records:
        outlet.emit(record)
    return sink.records


@pytest.mark.parametrize(
    ("options", "value"),
    [({"schemas": False}, b"null"), ({"text": True}, None)],
)
def test_a_delete_left_as_null_is_written_as_the_converter_writes_null(table, options, value) -> None:
    """With JsonConverter Debezium's mode `tombstone` gives the four bytes null, which Kafka does not compact away."""
    stages = [Stage("unwrap", unwrap({}), None, False)]
    [record] = through(stages, [table.delete(), table.tombstone()], **options)

    assert record[:3] == ("srv.inv.t", b'{"id":1}', value)


def test_a_null_keeps_its_schema_where_schemas_are_written(table) -> None:
    stages = [Stage("unwrap", unwrap({}), None, False)]
    [(_, _, value, _)] = through(stages, [table.delete()], schemas=True)

    written = json.loads(value)
    assert (written["payload"], written["schema"]["name"], written["schema"]["optional"]) == (
        None,
        "srv.inv.t.Value",
        True,
    )


def test_delete_to_tombstone_gives_a_tombstone(table) -> None:
    stages = [Stage("unwrap", unwrap({"delete.tombstone.handling.mode": "delete-to-tombstone"}), None, False)]
    [record] = through(stages, [table.delete(), table.tombstone()])

    assert record[2] is None


def test_a_predicate_can_keep_a_transform_away_from_tombstones(table) -> None:
    stages = [
        Stage("f", keeping({"language": "jsr223.groovy", "condition": "value.op == 'c'", "null.handling.mode": "drop"}),
              predicate({}, RECORD_IS_TOMBSTONE), True),
    ]  # fmt: skip
    records = through(stages, [table.create(), table.delete(), table.tombstone()])

    assert [value is None for _, _, value, _ in records] == [False, True]
