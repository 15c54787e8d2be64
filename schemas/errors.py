"""Error codes of the formats and of the registry client. Each is declared here once."""

from __future__ import annotations

from cdc.errors import RETRY, STOP, define
from cdc.options import LEAVE

FORMAT_OPTION = define(
    "HW-FMT-001",
    STOP,
    "A converter option is wrong",
    "Correct the property; the reference of the converter lists what it may hold",
)
FORMAT_VALUE = define(
    "HW-FMT-002",
    STOP,
    "A value does not fit its schema",
    "The value and the schema of the field disagree: please report it with the table's definition",
)
FORMAT_SCHEMA = define(
    "HW-FMT-003",
    STOP,
    "The converter cannot write this schema",
    "Choose a converter that can, or reshape the record with a transform",
)
NOT_YET = define(
    "HW-FMT-004",
    STOP,
    "A converter is known but not yet available",
    LEAVE,
)
AVRO_NAME = define(
    "HW-AVRO-001",
    STOP,
    "A name is not a legal Avro name",
    "Set field.name.adjustment.mode=avro (field names) or schema.name.adjustment.mode=avro (schema names)",
)
AVRO_CLASH = define(
    "HW-AVRO-002",
    STOP,
    "Two different schemas have one Avro name",
    "Give the tables different topics, or set schema.name.adjustment.mode=avro_unicode",
)
AVRO_SCHEMA = define(
    "HW-AVRO-003",
    STOP,
    "The schema of the registry does not fit the record",
    "Let the connector register its schema (auto.register.schemas=true), or register the schema it names",
)
REGISTRY_LOST = define(
    "HW-REG-001",
    RETRY,
    "The schema registry does not answer",
    "Check that the registry runs and that schema.registry.url reaches it; the connector tries again by itself",
)
REGISTRY_INCOMPATIBLE = define(
    "HW-REG-002",
    STOP,
    "The schema registry finds the new schema incompatible",
    "Relax the compatibility level of the subject for this change, or write to another topic, then restart",
)
REGISTRY_INVALID = define(
    "HW-REG-003",
    STOP,
    "The schema registry refuses the schema as invalid",
    "The message of the registry names the place; a name adjustment mode mends illegal names",
)
REGISTRY_DENIED = define(
    "HW-REG-004",
    STOP,
    "The schema registry denies access",
    "Check basic.auth.credentials.source, basic.auth.user.info or the token, and the rights on the subject",
)
REGISTRY_MISSING = define(
    "HW-REG-005",
    STOP,
    "The schema registry does not hold this schema",
    "Register the schema first, or set auto.register.schemas=true",
)
REGISTRY_ANSWER = define(
    "HW-REG-006",
    STOP,
    "The schema registry answers in a way that is not its protocol",
    "Check that schema.registry.url leads to a Confluent-compatible registry (Apicurio: .../apis/ccompat/v7)",
)
REGISTRY_OPTION = define(
    "HW-REG-007",
    STOP,
    "An option of the registry client is wrong",
    "Correct the property; the reference of the Avro converter lists what it may hold",
)
