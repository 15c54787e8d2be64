"""sasl.jaas.config as Java's StreamTokenizer and Kafka's JaasConfig read it."""

from __future__ import annotations

import pytest

from cdc.jaas import BadJaas, login
from cdc.java_clients import login_problem, translate

SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
BEARER = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (f"{SCRAM} required username=\"u\" password=\"p\";", {"username": "u", "password": "p"}),
        (f"{SCRAM} required username='u' password='it\"s';", {"username": "u", "password": 'it"s'}),
        (f"{SCRAM}\n\trequired\r\n username=u-1_x.y$ password = 'a;b' ;", {"username": "u-1_x.y$", "password": "a;b"}),
        (rf"{SCRAM} required password='a\tb\'\\\101\x';", {"password": "a\tb'\\Ax"}),
        (f"{SCRAM} required /* team */ username=u // its name\n password='p'", {"username": "u", "password": "p"}),
        (f"{SCRAM} REQUIRED oauth.client.id=\"x\" größe=ä;", {"oauth.client.id": "x", "größe": "ä"}),
        (f"{SCRAM} required;", {}),
    ],
)  # fmt: skip
def test_logins(text: str, options: dict[str, str]) -> None:
    assert login(text) == (SCRAM, options)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "class of a login module"),
        ("'x' required;", "class of a login module"),
        (SCRAM, "control flag"),
        (f"{SCRAM} username='u';", "control flag"),
        (f"{SCRAM} required username;", "no value"),
        (f"{SCRAM} required username=;", "no value"),
        (f"{SCRAM} required password=p@ss;", "needs quotes"),
        (f"{SCRAM} required password=123abc;", "needs quotes"),
        (f"{SCRAM} required username='u'; {SCRAM} required;", "more than one"),
    ],
)
def test_what_java_refuses_is_refused_without_showing_it(text: str, reason: str) -> None:
    with pytest.raises(BadJaas, match=reason) as error:
        login(text)
    assert "p@ss" not in str(error.value)
    assert "123abc" not in str(error.value)


def test_user_and_password_have_no_quotes() -> None:
    settings = translate({"sasl.jaas.config": f"{SCRAM}\trequired username='u' password='p w';"}).settings
    assert (settings["sasl.username"], settings["sasl.password"]) == ("u", "p w")


def test_words_of_strimzi_are_translated_and_its_others_refused() -> None:
    text = (
        f'{BEARER} required oauth.client.id="c" oauth.client.secret="s" oauth.scope="a"'
        ' oauth.token.endpoint.uri="https://idp/token";'
    )
    found = translate({"sasl.mechanism": "OAUTHBEARER", "sasl.jaas.config": text})
    assert found.problems == []
    assert login_problem(found.settings, "sasl.mechanism") is None
    assert found.settings["sasl.oauthbearer.token.endpoint.url"] == "https://idp/token"
    (problem,) = translate({"sasl.jaas.config": f'{BEARER} required oauth.refresh.token="t0k";'}, "producer.").problems
    assert "oauth.refresh.token" in problem.why
    assert "t0k" not in str(problem)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"sasl.jaas.config": f"{BEARER} required clientId=a clientSecret=b;"}, "where the token comes from"),
        ({"sasl.oauthbearer.token.endpoint.url": "https://idp"}, "client.id"),
        (
            {
                "sasl.oauthbearer.token.endpoint.url": "https://idp",
                "sasl.jaas.config": f"{BEARER} required clientId=a;",
            },
            "client.secret",
        ),
    ],
)
def test_a_login_by_token_needs_an_endpoint_and_a_client(properties: dict[str, str], reason: str) -> None:
    problem = login_problem(translate({"sasl.mechanism": "OAUTHBEARER", **properties}).settings, "sasl.mechanism")
    assert problem is not None
    assert reason in problem.why
