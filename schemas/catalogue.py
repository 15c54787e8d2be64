"""Converters that exist for Kafka Connect, Debezium and registries and are not here yet: refused by name.

A line leaves this table when its module arrives.
"""

from __future__ import annotations

from typing import Final, NoReturn

from cdc.errors import CODES, ConfigError
from cdc.options import Problem
from cdc.parts import CONVERTER, HEADERS
from schemas.errors import NOT_YET

_LATER: Final = "it is known and not available in this version"
KINDS: Final = (CONVERTER, HEADERS)

REFUSED: Final[dict[str, str]] = dict.fromkeys(
    (
        "io.apicurio.registry.utils.converter.ExtJsonConverter",
        "io.apicurio.registry.utils.converter.ProtobufConverter",
        "io.confluent.connect.json.JsonSchemaConverter",
        "io.confluent.connect.protobuf.ProtobufConverter",
        "io.debezium.converters.CloudEventsConverter",
        "com.amazonaws.services.schemaregistry.kafkaconnect.AWSKafkaAvroConverter",
        *(
            f"org.apache.kafka.connect.converters.{kind}Converter"
            for kind in ("Boolean", "Double", "Float", "Integer", "Long", "Short")
        ),
    ),
    _LATER,
)


def create(options: dict[str, str], is_key: bool) -> NoReturn:
    """Refuses the class. Raises ConfigError."""
    raise ConfigError(NOT_YET, _LATER, problems=[Problem("", None, _LATER, CODES[NOT_YET].remedy)])
