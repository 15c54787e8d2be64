"""Apicurio's registry: Confluent's interface, and its own for schemas that Confluent's does not take there.

Apicurio finds out on Confluent's interface what kind of schema it was given, and takes none for Avro whose defaults
Avro would not allow: `"default":"NaN"` is AvroData's text for a column default of NaN. Its own interface is told the
kind. Both give the same content id to the same text. Knows no Avro.
Source: Apicurio Registry 2.6, Core Registry API v2, Artifacts.
"""

from __future__ import annotations

import copy
from typing import Final
from urllib.parse import quote

from cdc.errors import SchemaError
from schemas.errors import REGISTRY_ANSWER, REGISTRY_INVALID
from schemas.registry import Access, Registry, access
from schemas.settings import Settings

CONFLUENT: Final = "/apis/ccompat"
_ARTIFACTS: Final = "/apis/registry/v2/groups/default/artifacts"
_AVRO: Final = {"Content-Type": "application/json", "X-Registry-ArtifactType": "AVRO"}


class ApicurioRegistry:
    """A registry of Apicurio's by the URLs of its Confluent interface. One thread uses it."""

    def __init__(self, access: Access) -> None:
        self._confluent = Registry(access)
        own = copy.copy(access)
        own.urls = [url.partition(CONFLUENT)[0] for url in access.urls]
        self._own = Registry(own)

    def register(self, subject: str, schema: str, *, normalize: bool = False) -> int:
        """Id of a schema under a subject, registered when it is new. Raises SchemaError, RegistryLost."""
        try:
            return self._confluent.register(subject, schema, normalize=normalize)
        except SchemaError as error:
            if error.code != REGISTRY_INVALID:
                raise
        headers = {**_AVRO, "X-Registry-ArtifactId": subject}
        return _id(self._own.post(f"{_ARTIFACTS}?ifExists=RETURN_OR_UPDATE", subject, schema, headers), subject)

    def lookup(self, subject: str, schema: str, *, normalize: bool = False) -> int:
        """Id of a schema that is registered under a subject. Raises SchemaError, RegistryLost."""
        try:
            return self._confluent.lookup(subject, schema, normalize=normalize)
        except SchemaError as error:
            if error.code != REGISTRY_INVALID:
                raise
        return _id(self._own.post(f"{_ARTIFACTS}/{quote(subject, safe='')}/meta", subject, schema, _AVRO), subject)

    def latest(self, subject: str) -> tuple[int, str]:
        """Id and text of the latest schema of a subject. Raises SchemaError, RegistryLost."""
        return self._confluent.latest(subject)

    def schema(self, schema_id: int) -> str:
        """Text of the schema of an id. Raises SchemaError, RegistryLost."""
        return self._confluent.schema(schema_id)

    def reach(self) -> None:
        """Prove that the registry answers. Raises RegistryLost, SchemaError."""
        self._confluent.reach()


def connect(values: Settings) -> ApicurioRegistry:
    """A registry by converter options. Raises ConfigError; does not connect yet."""
    return ApicurioRegistry(access(values))


def _id(answer: dict[str, object], subject: str) -> int:
    found = answer.get("contentId")
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    raise SchemaError(REGISTRY_ANSWER, f"subject {subject}: the answer has no content id")
