"""Which classes there are, and that the others are refused by name."""

from __future__ import annotations

import pytest

from cdc.errors import CODES, ConfigError
from cdc.options import LEAVE, Problem
from cdc.parts import find
from schemas.catalogue import REFUSED as CONVERTERS
from transforms.catalogue import REFUSED

AVAILABLE = [
    "io.debezium.transforms.ByLogicalTableRouter",
    "io.debezium.transforms.ExtractNewRecordState",
    "io.debezium.transforms.Filter",
    "org.apache.kafka.connect.transforms.RegexRouter",
    "org.apache.kafka.connect.transforms.predicates.HasHeaderKey",
    "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone",
    "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
]


@pytest.mark.parametrize("name", AVAILABLE)
def test_what_is_available_is_found_by_its_java_name(name) -> None:
    assert name in find("transforms", name).ALIASES
    assert name not in REFUSED


@pytest.mark.parametrize(
    "name",
    [
        "io.debezium.transforms.outbox.EventRouter",
        "io.debezium.transforms.ContentBasedRouter",
        "org.apache.kafka.connect.transforms.ReplaceField$Value",
        "org.apache.kafka.connect.transforms.Filter",
    ],
)
def test_what_is_known_but_not_available_is_refused_by_name(name) -> None:
    with pytest.raises(ConfigError) as error:
        find("transforms", name).create({}, name)
    assert error.value.code == "HW-SMT-002"
    assert name in error.value.detail


def test_an_unknown_class_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"there is no class of this name.*io\.debezium\.transforms\.Filter") as error:
        find("transforms", "io.debezium.transforms.Mine")
    assert "EventRouter" not in str(error.value)
    assert error.value.code == "HW-CFG-002"


def test_only_a_class_from_elsewhere_is_called_ones_own() -> None:
    def problem(package: str, name: str) -> Problem:
        with pytest.raises(ConfigError) as error:
            find(package, name)
        (found,) = error.value.problems
        return found

    own = problem("transforms", "com.acme.Mine")
    assert ("class of your own" in own.why, own.remedy) == (True, "Leave this connector to Kafka Connect")
    mistyped = problem("transforms", "io.debezium.transforms.ExtractNewRecordstate")
    assert (mistyped.why, mistyped.did_you_mean) == (
        "there is no class of this name",
        "io.debezium.transforms.ExtractNewRecordState",
    )
    moved = problem("schemas", "org.apache.kafka.connect.json.converters.JsonConverter")
    assert moved.did_you_mean == "org.apache.kafka.connect.json.JsonConverter"
    assert problem("connectors", "").why == "no class is named"
    assert "something else" in problem("connectors", "io.debezium.connector.mongodb.MongoDbConnector").why
    assert "own" not in problem("transforms", "io.debezium.transforms.Nothing").why


def test_known_classes_that_are_not_here_yet_are_refused_without_changing_records() -> None:
    made = [(find("transforms", name), {}, name) for name in REFUSED]
    made += [(find("schemas", name), {}, False) for name in CONVERTERS]
    for module, *arguments in made:
        with pytest.raises(ConfigError) as error:
            module.create(*arguments)
        (found,) = error.value.problems
        assert found.why
        assert found.remedy == LEAVE


def test_every_code_of_the_transforms_has_a_remedy() -> None:
    codes = [code for name, code in CODES.items() if name.startswith("HW-SMT-")]

    assert len(codes) == 5
    assert all(code.title and code.remedy for code in codes)
