"""Kafka client properties in Java's names and values -> librdkafka's. Knows no file and no client library.

A property is translated, accepted without effect (with the reason), or refused by name. Properties that would weaken
what Headwater promises keep the stronger value. Source: Kafka's producer, admin and security configuration;
librdkafka's CONFIGURATION.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from cdc.jaas import BadJaas, login
from cdc.options import LEAVE, MASK, Note, Problem, closest
from cdc.options import NO_EFFECT as WITHOUT_EFFECT

Setting = str | int | float

SAME: Final = frozenset(
    {
        "bootstrap.servers", "client.id", "client.rack", "client.dns.lookup", "batch.size", "linger.ms",
        "compression.type", "request.timeout.ms", "retry.backoff.ms", "retry.backoff.max.ms",
        "reconnect.backoff.ms", "reconnect.backoff.max.ms", "max.in.flight.requests.per.connection",
        "metadata.max.age.ms", "connections.max.idle.ms", "socket.connection.setup.timeout.ms",
        "security.protocol", "sasl.mechanism", "sasl.kerberos.service.name", "enable.metrics.push",
        "ssl.key.password", "sasl.oauthbearer.token.endpoint.url",
    }
)  # fmt: skip

NATIVE: Final = frozenset(
    {
        "broker.address.family", "broker.address.ttl", "compression.level", "debug",
        "enable.ssl.certificate.verification", "message.max.bytes", "metadata.broker.list",
        "queue.buffering.max.kbytes", "queue.buffering.max.messages", "queue.buffering.max.ms",
        "sasl.kerberos.keytab", "sasl.kerberos.principal", "sasl.mechanisms", "sasl.oauthbearer.client.id",
        "sasl.oauthbearer.client.secret", "sasl.oauthbearer.extensions", "sasl.oauthbearer.method",
        "sasl.oauthbearer.scope", "sasl.password", "sasl.username", "socket.keepalive.enable",
        "socket.max.fails", "socket.nagle.disable", "socket.receive.buffer.bytes", "socket.send.buffer.bytes",
        "socket.timeout.ms", "ssl.ca.location", "ssl.ca.pem", "ssl.certificate.location", "ssl.certificate.pem",
        "ssl.cipher.suites", "ssl.crl.location", "ssl.curves.list", "ssl.key.location", "ssl.key.pem",
        "ssl.sigalgs.list", "statistics.interval.ms", "sticky.partitioning.linger.ms", "test.mock.num.brokers",
        "topic.metadata.propagation.max.ms", "topic.metadata.refresh.interval.ms",
    }
)  # fmt: skip

_NEVER_GIVES_UP: Final = "a record is never given up: a hole in the order would be a lost change"
_STATISTICS: Final = "Headwater has its own metrics (GET /metrics)"
_OPENSSL: Final = "OpenSSL and the broker choose it"
NO_EFFECT: Final = {
    "acks": "acks=all always holds",
    "enable.idempotence": "the producer is always idempotent",
    "delivery.timeout.ms": _NEVER_GIVES_UP,
    "retries": _NEVER_GIVES_UP,
    "max.block.ms": "a full buffer makes reading wait; nothing is given up",
    "metadata.max.idle.ms": "librdkafka forgets topics by itself",
    "metadata.recovery.strategy": "librdkafka finds the brokers again by itself",
    "metadata.recovery.rebootstrap.trigger.ms": "librdkafka finds the brokers again by itself",
    "partitioner.adaptive.partitioning.enable": "it concerns records without a key only",
    "partitioner.availability.timeout.ms": "it concerns records without a key only",
    "key.serializer": "converters write the bytes",
    "value.serializer": "converters write the bytes",
    "metric.reporters": _STATISTICS,
    "metrics.num.samples": _STATISTICS,
    "metrics.recording.level": _STATISTICS,
    "metrics.sample.window.ms": _STATISTICS,
    "auto.include.jmx.reporter": _STATISTICS,
    "transaction.timeout.ms": "there are no Kafka transactions yet",
    "socket.connection.setup.timeout.max.ms": "librdkafka does not lengthen the time of connecting",
    "ssl.protocol": _OPENSSL,
    "ssl.enabled.protocols": _OPENSSL,
    "ssl.keymanager.algorithm": _OPENSSL,
    "ssl.trustmanager.algorithm": _OPENSSL,
    "ssl.secure.random.implementation": _OPENSSL,
    "sasl.login.refresh.buffer.seconds": "librdkafka refreshes tokens by itself",
    "sasl.login.refresh.min.period.seconds": "librdkafka refreshes tokens by itself",
    "sasl.login.refresh.window.factor": "librdkafka refreshes tokens by itself",
    "sasl.login.refresh.window.jitter": "librdkafka refreshes tokens by itself",
    "sasl.login.connect.timeout.ms": "librdkafka refreshes tokens by itself",
    "sasl.login.read.timeout.ms": "librdkafka refreshes tokens by itself",
    "sasl.login.retry.backoff.ms": "librdkafka refreshes tokens by itself",
    "sasl.login.retry.backoff.max.ms": "librdkafka refreshes tokens by itself",
    "sasl.kerberos.kinit.cmd": "librdkafka calls kinit itself",
    "sasl.kerberos.min.time.before.relogin": "librdkafka calls kinit itself",
    "sasl.kerberos.ticket.renew.jitter": "librdkafka calls kinit itself",
    "sasl.kerberos.ticket.renew.window.factor": "librdkafka calls kinit itself",
}

_JAVA: Final = "it names Java classes, which cannot be loaded without a JVM"
REFUSED: Final = {
    "interceptor.classes": (_JAVA, "Remove it"),
    "security.providers": (_JAVA, "Remove it"),
    "ssl.provider": (_JAVA, "Remove it"),
    "ssl.engine.factory.class": (_JAVA, "Remove it"),
    "sasl.login.class": (_JAVA, "Remove it"),
    "sasl.client.callback.handler.class": (_JAVA, "Use SCRAM, PLAIN, GSSAPI, or OAUTHBEARER with a token endpoint"),
    "transactional.id": ("exactly-once delivery is not available yet", "Remove it"),
    "plugin.library.paths": ("it loads native code into the process", "Remove it"),
    "ssl.providers": ("it loads native code into the process", "Remove it"),
    "ssl.engine.location": ("it loads native code into the process", "Remove it"),
    "ssl.engine.id": ("it loads native code into the process", "Remove it"),
    "message.timeout.ms": (_NEVER_GIVES_UP, "Remove it"),
    "partitioner": ("records go to the partitions that Debezium chooses by default", LEAVE),
}

_DEFAULT_PARTITIONERS: Final = (
    "org.apache.kafka.clients.producer.internals.DefaultPartitioner",
    "org.apache.kafka.clients.producer.internals.BuiltInPartitioner",
)
STORES: Final = frozenset(
    {
        "ssl.truststore.location", "ssl.truststore.password", "ssl.truststore.type",
        "ssl.truststore.certificates", "ssl.keystore.location", "ssl.keystore.password", "ssl.keystore.type",
        "ssl.keystore.key", "ssl.keystore.certificate.chain",
    }
)  # fmt: skip
OTHERS: Final = frozenset(
    {
        "buffer.memory", "max.request.size", "send.buffer.bytes", "receive.buffer.bytes", "partitioner.class",
        "partitioner.ignore.keys", "compression.gzip.level", "compression.lz4.level", "compression.zstd.level",
        "sasl.jaas.config", "sasl.login.callback.handler.class", "ssl.endpoint.identification.algorithm",
        "sasl.oauthbearer.scope.claim.name", "sasl.oauthbearer.sub.claim.name",
    }
)  # fmt: skip
KNOWN: Final = SAME | NATIVE | STORES | OTHERS | NO_EFFECT.keys() | REFUSED.keys()

_BEARER: Final = {
    "clientId": "client.id",
    "clientSecret": "client.secret",
    "scope": "scope",
    "oauth.client.id": "client.id",
    "oauth.client.secret": "client.secret",
    "oauth.scope": "scope",
    "oauth.token.endpoint.uri": "token.endpoint.url",
}
_SECRET: Final = re.compile(r"password|secret|jaas|\.key$|\.pem$|keystore\.key")
_NUMERIC: Final = re.compile(r"-?\d+")


class Translation:
    """librdkafka settings, problems, and one line of warning for each property that changes nothing."""

    def __init__(self) -> None:
        self.settings: dict[str, Setting] = {}
        self.problems: list[Problem] = []
        self.warnings: list[Note] = []


def translate(properties: Mapping[str, str], prefix: str = "") -> Translation:
    """Translate client properties; `prefix` is how the operator wrote them (`producer.override.`), for messages."""
    job = _Job(properties, prefix)
    for name, text in properties.items():
        if name not in STORES:
            job.one(name, text.strip())
    job.trust()
    job.keys()
    return job.result


def login_problem(settings: Mapping[str, Setting], property: str) -> Problem | None:
    """What a client's whole settings lack to log in by OAUTHBEARER, None when nothing; librdkafka would only wait."""
    if settings.get("sasl.mechanism", settings.get("sasl.mechanisms")) != "OAUTHBEARER":
        return None
    if settings.get("sasl.oauthbearer.method") != "oidc":
        return Problem(property, "OAUTHBEARER", "nothing says where the token comes from",
                       "Set sasl.oauthbearer.token.endpoint.url beside it")  # fmt: skip
    for name in ("client.id", "client.secret"):
        if not settings.get(f"sasl.oauthbearer.{name}"):
            return Problem(property, "OAUTHBEARER", f"the login has no {name}",
                           'Give clientId="..." and clientSecret="..." in sasl.jaas.config')  # fmt: skip
    return None


def login_secrets(text: str) -> list[str]:
    """The values of a sasl.jaas.config that must not be shown."""
    try:
        return [
            value for name, value in login(text)[1].items() if re.search("password|secret|token", name, re.IGNORECASE)
        ]
    except BadJaas:
        return []


class _Job:
    def __init__(self, properties: Mapping[str, str], prefix: str) -> None:
        self.properties = properties
        self.prefix = prefix
        self.result = Translation()

    def refuse(self, name: str, why: str, remedy: str) -> None:
        shown = MASK if _SECRET.search(name) else self.properties.get(name)
        near = closest(name, KNOWN) if name not in KNOWN else ""
        self.result.problems.append(Problem(self.prefix + name, shown, why, remedy, near and self.prefix + near))

    def set(self, name: str, value: Setting) -> None:
        self.result.settings[name] = value

    def ignore(self, name: str, why: str) -> None:
        text = f"{self.prefix}{name} changes nothing here: {why}"
        self.result.warnings.append(Note(text, WITHOUT_EFFECT, self.prefix + name))

    def one(self, name: str, text: str) -> None:
        if name in REFUSED:
            self.refuse(name, *REFUSED[name])
        elif name in NO_EFFECT:
            if (name, text.lower()) not in (("acks", "all"), ("acks", "-1"), ("enable.idempotence", "true")):
                self.ignore(name, NO_EFFECT[name])
        elif name.startswith("compression.") and name.endswith(".level") and name != "compression.level":
            if self.properties.get("compression.type", "lz4").strip() == name.split(".")[1]:
                self.number(name, "compression.level", text)
        elif name == "buffer.memory":
            self.number(name, "queue.buffering.max.kbytes", text, divide=1024, least=1)
        elif name == "max.request.size":
            self.number(name, "message.max.bytes", text, least=1000)
        elif name in ("send.buffer.bytes", "receive.buffer.bytes"):
            self.number(name, f"socket.{name}", text, least=0)
        elif name == "partitioner.class":
            if text not in _DEFAULT_PARTITIONERS:
                self.refuse(name, "records go to the partitions that Debezium chooses by default", LEAVE)
        elif name == "partitioner.ignore.keys":
            if text.lower() == "true":
                self.refuse(name, "changes of one key would lose their order", LEAVE)
        elif name == "ssl.endpoint.identification.algorithm":
            self.set(name, text.lower() or "none")
        elif name == "sasl.jaas.config":
            self.jaas(text)
        elif name == "sasl.login.callback.handler.class":
            if not text.endswith(("OAuthBearerLoginCallbackHandler", "JaasClientOauthLoginCallbackHandler")):
                self.refuse(name, _JAVA, "Use SCRAM, PLAIN, GSSAPI, or OAUTHBEARER with a token endpoint")
        elif name.startswith("sasl.oauthbearer.") and name.endswith(".claim.name"):
            self.ignore(name, "the token is passed on without being read")
        elif name == "sasl.mechanism":
            self.mechanism(text)
        elif name in SAME or name in NATIVE:
            self.set(name, int(text) if _NUMERIC.fullmatch(text) and not _SECRET.search(name) else text)
            if name == "sasl.oauthbearer.token.endpoint.url":
                self.set("sasl.oauthbearer.method", "oidc")
        elif name.endswith("_cb"):
            self.refuse(name, "callbacks cannot be set from a file", "Remove it")
        else:
            self.refuse(name, "it is no property of a Kafka client that is known here", "Correct the name or remove it")

    def number(self, name: str, native: str, text: str, *, divide: int = 1, least: int | None = None) -> None:
        if not _NUMERIC.fullmatch(text):
            self.refuse(name, "must be a whole number", "Correct the value")
            return
        value = int(text) // divide
        self.set(native, value if least is None else max(value, least))

    def mechanism(self, text: str) -> None:
        name = text.upper()
        if name == "AWS_MSK_IAM":
            self.refuse("sasl.mechanism", "AWS_MSK_IAM needs a Java class", "Use SCRAM-SHA-512 or TLS certificates")
        elif name not in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI", "OAUTHBEARER"):
            self.refuse("sasl.mechanism", "the mechanism is not known",
                        "Use PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, GSSAPI or OAUTHBEARER")  # fmt: skip
        else:
            self.set("sasl.mechanism", name)

    def jaas(self, text: str) -> None:
        """A login module and its options: `<class> required name="value" ...;`."""
        if not text:
            return
        try:
            module, options = login(text)
        except BadJaas as error:
            self.refuse("sasl.jaas.config", str(error), 'Write <class of the login module> required name="value";')
            return
        kind = module.rsplit(".", 1)[-1]
        if kind in ("PlainLoginModule", "ScramLoginModule"):
            for name in ("username", "password"):
                if name in options:
                    self.set(f"sasl.{name}", options[name])
                else:
                    self.refuse("sasl.jaas.config", f"{kind} has no {name}", f'Add {name}="..."')
            self.result.settings.setdefault(
                "sasl.mechanism", "PLAIN" if kind == "PlainLoginModule" else "SCRAM-SHA-512"
            )
        elif kind == "OAuthBearerLoginModule":
            self.bearer(options)
        elif kind == "Krb5LoginModule":
            for java, native in (("keyTab", "keytab"), ("principal", "principal"), ("serviceName", "service.name")):
                if java in options:
                    self.set(f"sasl.kerberos.{native}", options[java])
        else:
            self.refuse("sasl.jaas.config", f"the login module {module} is not known",
                        "Use the Plain, Scram, OAuthBearer or Krb5 login module")  # fmt: skip

    def bearer(self, options: dict[str, str]) -> None:
        """Options of OAUTHBEARER: Kafka's, or those of Strimzi's client with the same meaning."""
        for java, native in _BEARER.items():
            if java in options:
                self.set(f"sasl.oauthbearer.{native}", options[java])
        if "oauth.token.endpoint.uri" in options:
            self.set("sasl.oauthbearer.method", "oidc")
        extensions = [f"{n[10:]}={v}" for n, v in options.items() if n.startswith("extension_")]
        if extensions:
            self.set("sasl.oauthbearer.extensions", ",".join(extensions))
        for name in options:
            if name.startswith("oauth.") and name not in _BEARER:
                self.refuse("sasl.jaas.config", f"the option {name} of Strimzi's OAuth client is not available",
                            "Use oauth.client.id, .client.secret, .scope and .token.endpoint.uri")  # fmt: skip

    def trust(self) -> None:
        """Certificate authorities."""
        given = self.properties
        certificates = given.get("ssl.truststore.certificates", "").strip()
        if certificates:
            self.set("ssl.ca.pem", certificates)
        location = given.get("ssl.truststore.location", "").strip()
        if not location:
            return
        kind = given.get("ssl.truststore.type", "").strip().upper()
        if kind == "PEM" or (not kind and location.lower().endswith((".pem", ".crt", ".cer"))):
            self.set("ssl.ca.location", location)
            return
        self.refuse(
            "ssl.truststore.location",
            f"a {kind or 'JKS'} trust store cannot be read",
            f"Write its certificates to a PEM file (keytool -list -rfc -keystore {location} > ca.pem) and set"
            f" {self.prefix}ssl.truststore.type=PEM and {self.prefix}ssl.truststore.location=ca.pem",
        )

    def keys(self) -> None:
        """The client's own key and certificate."""
        given = self.properties
        if given.get("ssl.keystore.key", "").strip():
            self.set("ssl.key.pem", given["ssl.keystore.key"].strip())
        if given.get("ssl.keystore.certificate.chain", "").strip():
            self.set("ssl.certificate.pem", given["ssl.keystore.certificate.chain"].strip())
        location = given.get("ssl.keystore.location", "").strip()
        if not location:
            return
        kind = given.get("ssl.keystore.type", "").strip().upper()
        if kind == "PEM" or (not kind and location.lower().endswith(".pem")):
            self.set("ssl.key.location", location)
            self.set("ssl.certificate.location", location)
        elif kind == "PKCS12" or (not kind and location.lower().endswith((".p12", ".pfx"))):
            self.set("ssl.keystore.location", location)
            if "ssl.keystore.password" in given:
                self.set("ssl.keystore.password", given["ssl.keystore.password"])
        else:
            self.refuse(
                "ssl.keystore.location",
                f"a {kind or 'JKS'} key store cannot be read",
                f"Convert it (keytool -importkeystore -srckeystore {location} -destkeystore client.p12"
                f" -deststoretype PKCS12) and set {self.prefix}ssl.keystore.type=PKCS12",
            )
