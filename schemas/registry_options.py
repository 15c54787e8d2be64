"""Options of the schema registry client, as Confluent's converters take them. Knows no HTTP client."""

from __future__ import annotations

from typing import Final

from cdc.options import BOOLEAN, ENUM, INT, LIST, PASSWORD, STRING, Option

_SSL: Final = "schema.registry.ssl."

CLIENT_OPTIONS: Final = (
    Option("schema.registry.url", LIST, None, "URLs of the registry, tried in turn.", required=True),
    Option("auto.register.schemas", BOOLEAN, "true", "Register schemas. When false they must be there."),
    Option(
        "use.latest.version",
        BOOLEAN,
        "false",
        "Write under the latest schema of the subject. With auto.register.schemas=false only.",
    ),
    Option(
        "use.schema.id",
        INT,
        None,
        "Write under this schema id. With auto.register.schemas=false only.",
    ),
    Option(
        "latest.compatibility.strict",
        BOOLEAN,
        "true",
        "Refuse a registered schema that is not compatible.",
        effect="a schema that would change the bytes is refused in both settings",
    ),
    Option(
        "id.compatibility.strict",
        BOOLEAN,
        "true",
        "Refuse a registered schema that is not compatible.",
        effect="a schema that would change the bytes is refused in both settings",
    ),
    Option("normalize.schemas", BOOLEAN, "false", "Let the registry normalise schemas before it compares them."),
    Option(
        "max.schemas.per.subject",
        INT,
        "1000",
        "Bound of the cache per subject.",
        effect="ids are kept for every schema that is in use",
    ),
    Option(
        "basic.auth.credentials.source",
        ENUM,
        "url",
        "Where user and password are: URL (user:password@host), USER_INFO (basic.auth.user.info).",
        ("url", "user_info", "sasl_inherit"),
        refused_values={"sasl_inherit": "there is no Java SASL login here; use USER_INFO"},
    ),
    Option("basic.auth.user.info", PASSWORD, None, "user:password, with USER_INFO."),
    Option("schema.registry.basic.auth.user.info", PASSWORD, None, "The same, under its older name."),
    Option(
        "bearer.auth.credentials.source",
        ENUM,
        None,
        "STATIC_TOKEN takes the token from bearer.auth.token.",
        ("static_token", "oauthbearer", "sasl_oauthbearer_inherit", "custom"),
        refused_values=dict.fromkeys(
            ("oauthbearer", "sasl_oauthbearer_inherit", "custom"), "only STATIC_TOKEN is supported"
        ),
    ),
    Option("bearer.auth.token", PASSWORD, None, "The token, with STATIC_TOKEN."),
    Option("proxy.host", STRING, None, "Host of an HTTP proxy to the registry."),
    Option("proxy.port", INT, None, "Port of the proxy."),
    Option("http.connect.timeout.ms", INT, "10000", "Longest wait for a connection, in milliseconds."),
    Option("http.read.timeout.ms", INT, "10000", "Longest wait for an answer, in milliseconds."),
    Option("max.retries", INT, "3", "Further attempts before the connector is told that the registry is lost."),
    Option("retries.wait.ms", INT, "1000", "Wait before the first further attempt; doubled each time."),
    Option("retries.max.wait.ms", INT, "20000", "Longest wait between two attempts."),
    Option(_SSL + "truststore.location", STRING, None, "PEM file with the authorities to trust."),
    Option(_SSL + "truststore.type", STRING, None, "PEM. JKS and PKCS12 are refused."),
    Option(_SSL + "truststore.certificates", STRING, None, "The authorities themselves, as PEM."),
    Option(_SSL + "truststore.password", PASSWORD, None, "Password of the store.", effect="a PEM file needs none"),
    Option(_SSL + "keystore.location", STRING, None, "PEM file with private key and certificate chain."),
    Option(_SSL + "keystore.type", STRING, None, "PEM. JKS and PKCS12 are refused."),
    Option(_SSL + "keystore.certificate.chain", STRING, None, "The certificate chain itself, as PEM."),
    Option(_SSL + "keystore.key", PASSWORD, None, "The private key itself, as PEM."),
    Option(_SSL + "keystore.password", PASSWORD, None, "Password of the store.", effect="a PEM file needs none"),
    Option(_SSL + "key.password", PASSWORD, None, "Password of the private key."),
    Option(
        _SSL + "endpoint.identification.algorithm",
        ENUM,
        "https",
        "https checks the host name in the certificate; an empty value does not.",
        ("https", ""),
    ),
    Option(_SSL + "protocol", STRING, None, "TLS versions.", effect="the best that both sides know is used"),
    Option(_SSL + "enabled.protocols", LIST, None, "TLS versions.", effect="the best that both sides know is used"),
)
