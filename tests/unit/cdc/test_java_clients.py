"""Kafka client properties in Java's names, as librdkafka's."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer

from cdc.java_clients import NATIVE, translate


def only(properties: dict[str, str]) -> dict[str, object]:
    found = translate(properties)
    assert found.problems == []
    return dict(found.settings)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"linger.ms": "5"}, {"linger.ms": 5}),
        ({"max.request.size": "2097152"}, {"message.max.bytes": 2097152}),
        ({"buffer.memory": "33554432"}, {"queue.buffering.max.kbytes": 32768}),
        ({"send.buffer.bytes": "-1"}, {"socket.send.buffer.bytes": 0}),
        ({"compression.type": "zstd", "compression.zstd.level": "3"}, {"compression.type": "zstd",
                                                                        "compression.level": 3}),
        ({"ssl.endpoint.identification.algorithm": ""}, {"ssl.endpoint.identification.algorithm": "none"}),
        ({"ssl.truststore.type": "PEM", "ssl.truststore.location": "/ca"}, {"ssl.ca.location": "/ca"}),
        ({"ssl.truststore.location": "/ca.pem"}, {"ssl.ca.location": "/ca.pem"}),
        (
            {"ssl.keystore.type": "PKCS12", "ssl.keystore.location": "/k", "ssl.keystore.password": "p"},
            {"ssl.keystore.location": "/k", "ssl.keystore.password": "p"},
        ),
        (
            {"ssl.keystore.type": "PEM", "ssl.keystore.location": "/k"},
            {"ssl.key.location": "/k", "ssl.certificate.location": "/k"},
        ),
        ({"ssl.keystore.key": "K", "ssl.keystore.certificate.chain": "C"},
         {"ssl.key.pem": "K", "ssl.certificate.pem": "C"}),
        (
            {"sasl.mechanism": "scram-sha-512",
             "sasl.jaas.config": 'org.apache.kafka.common.security.scram.ScramLoginModule required'
                                 ' username="u" password="p\\"\\\\;=";'},
            {"sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "u", "sasl.password": 'p"\\;='},
        ),
        (
            {"sasl.mechanism": "OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url": "https://idp/token",
             "sasl.login.callback.handler.class":
                 "org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler",
             "sasl.jaas.config": "o.OAuthBearerLoginModule required clientId='x' clientSecret=\"s\" scope=\"a\";"},
            None,
        ),
    ],
)  # fmt: skip
def test_translated(properties: dict[str, str], expected: dict[str, object] | None) -> None:
    found = only(properties)
    if expected is not None:
        assert found == expected
    else:
        assert found["sasl.oauthbearer.method"] == "oidc"
        assert found["sasl.oauthbearer.client.secret"] == "s"


@pytest.mark.parametrize("name", ["acks", "retries", "delivery.timeout.ms", "enable.idempotence", "max.block.ms"])
def test_what_would_weaken_delivery_keeps_the_stronger_value_and_says_so(name: str) -> None:
    found = translate({name: "1" if name != "enable.idempotence" else "false"}, "producer.override.")
    assert found.settings == {}
    assert found.problems == []
    assert found.warnings[0].startswith(f"producer.override.{name} changes nothing here")
    assert not translate({"acks": "all"}).warnings


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"plugin.library.paths": "/tmp/x.so"}, "native code"),
        ({"interceptor.classes": "x"}, "Java classes"),
        ({"partitioner.class": "org.apache.kafka.clients.producer.RoundRobinPartitioner"}, "partitions"),
        ({"partitioner.ignore.keys": "true"}, "order"),
        ({"ssl.truststore.location": "/a.jks"}, "trust store"),
        ({"ssl.truststore.location": "/a.p12", "ssl.truststore.type": "PKCS12"}, "PKCS12 trust store"),
        ({"ssl.keystore.location": "/a.jks"}, "JKS key store"),
        ({"sasl.mechanism": "AWS_MSK_IAM"}, "Java class"),
        ({"sasl.jaas.config": "com.example.Mine required;"}, "login module"),
        ({"sasl.jaas.config": 'x.PlainLoginModule required username="u";'}, "no password"),
        ({"max.request.size": "large"}, "whole number"),
        ({"lingr.ms": "5"}, "no property"),
        ({"error_cb": "x"}, "callbacks"),
    ],
)
def test_refused_by_name(properties: dict[str, str], reason: str) -> None:
    found = translate(properties, "producer.override.")
    assert len(found.problems) == 1
    assert reason in found.problems[0].why
    assert found.problems[0].property.startswith("producer.override.")


def test_a_mistyped_name_has_a_neighbour() -> None:
    assert translate({"lingr.ms": "5"}, "producer.override.").problems[0].did_you_mean == "producer.override.linger.ms"


def test_no_password_in_problems() -> None:
    found = translate({"sasl.jaas.config": 'com.example.Mine required password="canary";'})
    assert all("canary" not in str(problem) for problem in found.problems)


def test_librdkafka_knows_every_name() -> None:
    """A name of ours that librdkafka does not have would end a task at its start."""
    values: dict[str, object] = {
        "broker.address.family": "v4", "debug": "broker", "enable.ssl.certificate.verification": True,
        "metadata.broker.list": "localhost:1", "sasl.mechanisms": "PLAIN", "sasl.oauthbearer.method": "default",
        "socket.keepalive.enable": True, "socket.nagle.disable": True, "queue.buffering.max.ms": 1,
    }  # fmt: skip
    files = ("location", "pem", "keytab")
    skipped = ("ssl.curves.list", "ssl.sigalgs.list", "ssl.cipher.suites", "test.mock.num.brokers")
    for name in sorted(NATIVE):
        if name.endswith(files) or name in skipped or name.startswith("sasl.oauthbearer"):
            continue
        Producer({name: values.get(name, 2000 if name != "compression.level" else 1)})
