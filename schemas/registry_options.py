"""Options of the schema registry client, as Confluent's converters take them. Knows no HTTP client."""

from __future__ import annotations

from typing import Final

from schemas import options as kinds
from schemas.options import Option

_SSL: Final = "schema.registry.ssl."

CLIENT_OPTIONS: Final = (
    Option("schema.registry.url", kinds.LIST, None, "URLs of the registry, tried in turn. Required."),
    Option("auto.register.schemas", kinds.BOOLEAN, "true", "Register schemas. When false they must be there."),
    Option(
        "use.latest.version",
        kinds.BOOLEAN,
        "false",
        "Write under the latest schema of the subject. With auto.register.schemas=false only.",
    ),
    Option(
        "use.schema.id",
        kinds.INT,
        None,
        "Write under this schema id. With auto.register.schemas=false only.",
    ),
    Option(
        "latest.compatibility.strict",
        kinds.BOOLEAN,
        "true",
        "A schema that would change the bytes is refused in both settings.",
        effect=False,
    ),
    Option(
        "id.compatibility.strict",
        kinds.BOOLEAN,
        "true",
        "A schema that would change the bytes is refused in both settings.",
        effect=False,
    ),
    Option("normalize.schemas", kinds.BOOLEAN, "false", "Let the registry normalise schemas before it compares them."),
    Option("max.schemas.per.subject", kinds.INT, "1000", "Nothing is bounded here by it.", effect=False),
    Option(
        "basic.auth.credentials.source",
        kinds.STRING,
        "URL",
        "Where user and password are: URL (user:password@host), USER_INFO (basic.auth.user.info).",
        ("URL", "USER_INFO", "SASL_INHERIT"),
    ),
    Option("basic.auth.user.info", kinds.PASSWORD, None, "user:password, with USER_INFO."),
    Option("schema.registry.basic.auth.user.info", kinds.PASSWORD, None, "The same, under its older name."),
    Option(
        "bearer.auth.credentials.source",
        kinds.STRING,
        None,
        "STATIC_TOKEN takes the token from bearer.auth.token.",
        ("STATIC_TOKEN", "OAUTHBEARER", "SASL_OAUTHBEARER_INHERIT", "CUSTOM"),
    ),
    Option("bearer.auth.token", kinds.PASSWORD, None, "The token, with STATIC_TOKEN."),
    Option("proxy.host", kinds.STRING, None, "Host of an HTTP proxy to the registry."),
    Option("proxy.port", kinds.INT, None, "Port of the proxy."),
    Option("http.connect.timeout.ms", kinds.INT, "10000", "Longest wait for a connection, in milliseconds."),
    Option("http.read.timeout.ms", kinds.INT, "10000", "Longest wait for an answer, in milliseconds."),
    Option("max.retries", kinds.INT, "3", "Further attempts before the connector is told that the registry is lost."),
    Option("retries.wait.ms", kinds.INT, "1000", "Wait before the first further attempt; doubled each time."),
    Option("retries.max.wait.ms", kinds.INT, "20000", "Longest wait between two attempts."),
    Option(_SSL + "truststore.location", kinds.STRING, None, "PEM file with the authorities to trust."),
    Option(_SSL + "truststore.type", kinds.STRING, None, "PEM. JKS and PKCS12 are refused."),
    Option(_SSL + "truststore.certificates", kinds.STRING, None, "The authorities themselves, as PEM."),
    Option(_SSL + "truststore.password", kinds.PASSWORD, None, "PEM needs none.", effect=False),
    Option(_SSL + "keystore.location", kinds.STRING, None, "PEM file with private key and certificate chain."),
    Option(_SSL + "keystore.type", kinds.STRING, None, "PEM. JKS and PKCS12 are refused."),
    Option(_SSL + "keystore.certificate.chain", kinds.STRING, None, "The certificate chain itself, as PEM."),
    Option(_SSL + "keystore.key", kinds.PASSWORD, None, "The private key itself, as PEM."),
    Option(_SSL + "keystore.password", kinds.PASSWORD, None, "PEM needs none.", effect=False),
    Option(_SSL + "key.password", kinds.PASSWORD, None, "Password of the private key."),
    Option(
        _SSL + "endpoint.identification.algorithm",
        kinds.STRING,
        "https",
        "https checks the host name in the certificate; an empty value does not.",
        ("https", ""),
    ),
    Option(_SSL + "protocol", kinds.STRING, None, "The best that both sides know is used.", effect=False),
    Option(_SSL + "enabled.protocols", kinds.LIST, None, "The best that both sides know is used.", effect=False),
)
