"""Apicurio's converter class on the Confluent-compatible interface."""

from __future__ import annotations

import pytest

from cdc.errors import ConfigError
from schemas.apicurio import confluent_url, create


@pytest.mark.parametrize(
    "url",
    [
        "http://registry:8080",
        "http://registry:8080/",
        "http://registry:8080/apis/registry/v2",
        "http://registry:8080/apis/ccompat/v7",
    ],
)
def test_schemas_go_through_the_confluent_interface(url: str) -> None:
    assert confluent_url(url) == "http://registry:8080/apis/ccompat/v7"


def test_the_wire_format_of_its_own_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"apicurio\.registry\.as-confluent"):
        create({"apicurio.registry.url": "http://registry:8080"}, is_key=False)


def test_a_missing_url_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"apicurio\.registry\.url"):
        create({"apicurio.registry.as-confluent": "true"}, is_key=False)


def test_globally_numbered_ids_are_refused_by_name() -> None:
    options = {
        "apicurio.registry.url": "http://registry:8080",
        "apicurio.registry.as-confluent": "true",
        "apicurio.registry.use-id": "globalId",
    }
    with pytest.raises(ConfigError, match=r"apicurio\.registry\.use-id"):
        create(options, is_key=False)
