"""Which classes there are, and that the others are refused by name."""

from __future__ import annotations

import pytest

from cdc.errors import CODES, ConfigError
from cdc.parts import find
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
    with pytest.raises(ConfigError, match=r"com\.acme\.Mine.*io\.debezium\.transforms\.Filter") as error:
        find("transforms", "com.acme.Mine")
    assert "EventRouter" not in str(error.value)


def test_every_code_of_the_transforms_has_a_remedy() -> None:
    codes = [code for name, code in CODES.items() if name.startswith("HW-SMT-")]

    assert len(codes) == 5
    assert all(code.title and code.remedy for code in codes)
