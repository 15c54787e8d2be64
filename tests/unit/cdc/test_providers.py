"""Config providers and Java properties files."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdc.providers import Providers, Unresolved, java_properties, resolve


def test_the_three_providers(tmp_path: Path) -> None:
    (tmp_path / "db.properties").write_text("password = p\\u0040ss:word\n")
    (tmp_path / "token").write_text("abc\n")
    providers = Providers(environment={"DB": "shop"})
    assert providers.resolve("${env:DB}") == "shop"
    assert providers.resolve(f"${{file:{tmp_path}/db.properties:password}}") == "p@ss:word"
    assert providers.resolve(f"${{dir:{tmp_path}:token}}") == "abc"
    assert providers.resolve(f"${{directory:{tmp_path}:token}}") == "abc"
    assert providers.resolve("x-${env:DB}-${env:DB}.y") == "x-shop-shop.y"
    assert providers.resolve("$1 ${name} {a}") == "$1 ${name} {a}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("${env:NOPE}", "NOPE is not set"),
        ("${env:/path:DB}", "has no path"),
        ("${vault:/a:b}", "the provider vault cannot be asked"),
        ("${file:/no/such/file:k}", "cannot be read"),
        ("${file:k}", "path is missing"),
        ("${dir:/etc:../passwd}", "not the name of a file"),
    ],
)
def test_what_cannot_be_resolved_is_named(text: str, reason: str) -> None:
    with pytest.raises(Unresolved, match=reason):
        Providers(environment={"DB": "x"}).resolve(text)


def test_a_missing_key_names_file_and_key(tmp_path: Path) -> None:
    file = tmp_path / "a.properties"
    file.write_text("x=1")
    with pytest.raises(Unresolved, match=rf"{file} has no key y"):
        Providers().resolve(f"${{file:{file}:y}}")


def test_every_property_that_cannot_be_resolved_is_a_problem() -> None:
    found = resolve({"a": "${env:A}", "b": "${env:B}", "c": "1", "d": True}, Providers(environment={}))
    assert [problem.property for problem in found.problems] == ["a", "b"]
    assert found.config == {"c": "1", "d": True}


def test_the_worker_restricts_providers(tmp_path: Path) -> None:
    (tmp_path / "k").write_text("v")
    worker = {
        "config.providers": "env,secrets",
        "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
        "config.providers.env.param.allowlist.pattern": "DB_.*",
        "config.providers.secrets.class": "org.apache.kafka.common.config.provider.DirectoryConfigProvider",
        "config.providers.secrets.param.allowed.paths": str(tmp_path),
    }
    providers = Providers(worker, {"DB_USER": "u", "PATH": "p"})
    assert providers.resolve("${env:DB_USER}") == "u"
    assert providers.resolve(f"${{secrets:{tmp_path}:k}}") == "v"
    with pytest.raises(Unresolved, match="allowlist"):
        providers.resolve("${env:PATH}")
    with pytest.raises(Unresolved, match="allowed"):
        providers.resolve("${secrets:/etc:hostname}")
    with pytest.raises(Unresolved, match="allowed"):
        providers.resolve(f"${{secrets:{tmp_path}/..:x}}")


def test_a_provider_of_another_kind_is_a_problem_until_a_folder_is_named() -> None:
    worker = {"config.providers": "aws", "config.providers.aws.class": "com.example.Aws"}
    (problem,) = Providers(worker).problems
    assert problem.property == "config.providers.aws.class"
    assert "config.providers.aws.param.directory" in problem.remedy
    assert Providers({**worker, "config.providers.aws.param.directory": "/x"}).problems == []


def test_secrets_of_other_kinds_are_read_from_the_folder_that_the_worker_names(tmp_path: Path) -> None:
    (tmp_path / "shop" / "login").mkdir(parents=True)
    (tmp_path / "shop" / "login" / "password").write_text("deep\n")
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "user.name").write_text("flat")
    (tmp_path / "aws-login").write_text('{"username": "kept", "port": 5432}')
    (tmp_path / "vault.properties").write_text("token=t0ken\n")
    worker = {f"config.providers.{name}.param.directory": str(tmp_path) for name in ("secrets", "aws", "vault")}
    providers = Providers(worker, {})
    assert providers.resolve("${secrets:shop/login:password}") == "deep"
    assert providers.resolve("${secrets:shop/flat:user.name}") == "flat"
    assert providers.resolve("${aws:aws-login:username}:${aws:aws-login:port}") == "kept:5432"
    assert providers.resolve("${vault:kv/data/vault:token}") == "t0ken"
    assert set(providers.secrets) == {"deep", "flat", "kept", "5432", "t0ken"}
    for text, reason in (
        ("${secrets:shop/login:none}", "there is no file"),
        ("${secrets:../x:y}", "may not leave"),
        ("${secrets:x:../y}", "may not leave"),
        ("${aws:aws-login:none}", "there is no file"),
    ):
        with pytest.raises(Unresolved, match=reason):
            providers.resolve(text)


def test_an_unmapped_provider_says_which_setting_maps_it() -> None:
    found = resolve({"database.password": "${secrets:a/b:c}"}, Providers({}, {}))
    (problem,) = found.problems
    assert "config.providers.secrets.param.directory" in problem.remedy
    assert found.config == {}


@pytest.mark.parametrize(
    ("name", "text", "near"),
    [
        ("database.hostname", "${DB_HOST}", "${env:DB_HOST}"),
        ("database.hostname", "db.${DOMAIN}", "${env:DOMAIN}"),
        ("database.user", "{{ user }}", ""),
        ("database.port", "$(PORT)", "${env:PORT}"),
        ("database.password", "<your password>", ""),
        ("database.password", "<%= @password %>", ""),
        ("database.password", "a{{b}}c", None),
        ("database.password", "$SECRET", None),
        ("topic.prefix", "<prefix>", ""),
        ("transforms.route.replacement", "${routedByValue}.x", None),
        ("heartbeat.action.query", "SELECT '{{x}}'", None),
        ("table.include.list", r"a\.b{2}", None),
        ("_comment", "<X>", None),
    ],
)
def test_gaps_of_templates_are_not_taken_literally(name: str, text: str, near: str | None) -> None:
    found = resolve({name: text}, Providers({}, {}))
    if near is None:
        assert found.config == {name: text}
        assert not found.problems
    else:
        (problem,) = found.problems
        assert (problem.property, problem.did_you_mean) == (name, near)
        assert found.config == {}


def test_java_properties() -> None:
    text = (
        "# comment\n! another\n\na=1\nb : 2\nc 3\nd=\\\n   con\\\n   tinued\ne\\=\\ x=y\nf=\\u00e4\\t|\n"
        "g=C:\\\\dir\nh\n i = spaced  \na=last\n"
    )
    assert java_properties(text) == {
        "a": "last",
        "b": "2",
        "c": "3",
        "d": "continued",
        "e= x": "y",
        "f": "ä\t|",
        "g": "C:\\dir",
        "h": "",
        "i": "spaced  ",
    }
