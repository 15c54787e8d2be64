"""Apicurio's AvroConverter in its Confluent-compatible wire format: Avro as in avro.py, on the same registry.

The images of Debezium that carry Apicurio's converters name this class. Apicurio serves Confluent's interface beside
its own; schemas go through that one, under the same artifact (`<topic>-key`, `<topic>-value`) and content id (see
apicurio_registry.py).
Source: Apicurio Registry 2.6, SerdeConfig.
"""

from __future__ import annotations

from typing import Final

from cdc.errors import ConfigError
from cdc.options import BOOLEAN, ENUM, INT, LEAVE, PASSWORD, STRING, Option, Problem
from cdc.parts import CONVERTER
from schemas import avro
from schemas.errors import FORMAT_OPTION
from schemas.settings import read

NAME: Final = "apicurio"
ALIASES: Final = ("io.apicurio.registry.utils.converter.AvroConverter",)
KINDS: Final = (CONVERTER,)
_NATIVE: Final = "/apis/registry/v2"
_CONFLUENT: Final = "/apis/ccompat/v7"
_ONLY: Final = "only the Confluent-compatible wire format (magic byte and 4-byte content id) is written"

OPTIONS: Final = (
    Option("apicurio.registry.url", STRING, None, "URL of the registry, with or without /apis/....", required=True),
    Option("apicurio.registry.auto-register", BOOLEAN, "false", "Register schemas. When false they must be there."),
    Option("apicurio.registry.find-latest", BOOLEAN, "false", "Write under the latest schema of the artifact."),
    Option(
        "apicurio.registry.as-confluent",
        BOOLEAN,
        "false",
        "The wire format of Confluent; it must be true.",
        refused_values={"False": _ONLY},
        remedy=LEAVE,
    ),
    Option(
        "apicurio.registry.use-id",
        ENUM,
        "contentid",
        "Which id is written.",
        ("contentid", "globalid"),
        refused_values={"globalid": _ONLY},
        remedy=LEAVE,
    ),
    Option(
        "apicurio.registry.headers.enabled",
        BOOLEAN,
        "false",
        "Ids in headers.",
        refused_values={"True": _ONLY},
        remedy=LEAVE,
    ),
    Option("apicurio.auth.username", STRING, None, "User of the registry."),
    Option("apicurio.auth.password", PASSWORD, None, "Password of the user."),
    Option("apicurio.registry.check-period-ms", INT, None, "Cache time.", effect="ids never change and are kept"),
)


def confluent_url(url: str) -> str:
    """The Confluent-compatible interface of a registry."""
    base = url.rstrip("/")
    if base.endswith(_NATIVE):
        base = base[: -len(_NATIVE)]
    return base if _CONFLUENT.rsplit("/", 1)[0] in base else base + _CONFLUENT


def create(options: dict[str, str], is_key: bool) -> avro.AvroFormat:
    """The Format for converter options without their prefix. Raises ConfigError."""
    from schemas.apicurio_registry import connect  # an HTTP client that only this converter needs

    own = {name: text for name, text in options.items() if name.startswith("apicurio.")}
    values = read(OPTIONS, own, "AvroConverter of Apicurio")
    if not values.flag("apicurio.registry.as-confluent"):
        problem = Problem("apicurio.registry.as-confluent", "false", _ONLY, LEAVE)
        raise ConfigError(FORMAT_OPTION, str(problem), problems=[problem])
    translated = {name: text for name, text in options.items() if name not in own}
    translated["schema.registry.url"] = confluent_url(values.text("apicurio.registry.url"))
    latest = values.flag("apicurio.registry.find-latest")
    translated["auto.register.schemas"] = str(values.flag("apicurio.registry.auto-register") and not latest).lower()
    translated["use.latest.version"] = str(latest).lower()
    user = values.text("apicurio.auth.username")
    if user:
        translated["basic.auth.credentials.source"] = "USER_INFO"
        translated["basic.auth.user.info"] = f"{user}:{values.text('apicurio.auth.password')}"
    return avro.with_registry(translated, is_key, connect)
