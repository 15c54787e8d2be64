"""TLS as database.ssl.* asks for it: the snapshot's connections and the stream, on servers of both kinds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cdc.errors import SourceRefused
from connectors.mysql import errors
from tests.integration.mysql.setup import reading_of
from tests.integration.reading import Reading
from tests.servers.certificates import Authority
from tests.servers.fixtures import USUAL, VERSIONS
from tests.servers.mysql import MysqlServer, owned

MODES = {"required": "trust", "verify_ca": "verify-ca", "verify_identity": "verify-full", "disabled": "disable"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module", params=USUAL)
def secured(request: pytest.FixtureRequest, authority: Authority) -> Iterator[MysqlServer]:
    """A server with a certificate of the authority; `tls` must come through TLS, `proven` with a certificate."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key, chain = authority.issue("127.0.0.1")
        files = {"ssl_ca": authority.file, "ssl_key": key, "ssl_cert": chain}
        copies = {name: folder / path.name for name, path in files.items()}
        for name, copy in copies.items():
            copy.write_bytes(files[name].read_bytes())
        kind, version = VERSIONS[request.param]
        owned(folder)  # the server runs as somebody else
        yield from serving(kind.private(version, **copies))


def serving(server: MysqlServer) -> Iterator[MysqlServer]:
    """The server with its users, until it is done with."""
    server.execute(
        "CREATE USER tls@'%' IDENTIFIED BY 'pw' REQUIRE SSL",
        "GRANT ALL ON *.* TO tls@'%'",
        "CREATE USER proven@'%' IDENTIFIED BY 'pw' REQUIRE X509",
        "GRANT ALL ON *.* TO proven@'%'",
        "CREATE DATABASE shop",
        "CREATE TABLE shop.item (id INT PRIMARY KEY)",
    )
    yield server
    server.stop()


@pytest.fixture
def through(secured: MysqlServer) -> Iterator[Callable[..., Reading]]:
    """Makes sources that connect as a user in one TLS mode."""
    opened: list[Reading] = []

    def build(user: str, mode: str, **files: Path) -> Reading:
        reading = reading_of(
            secured,
            "shop",
            database__user=user,
            database__password="pw",
            database__ssl__mode=mode if secured.kind == "MySQL" else MODES[mode],
            **{f"database__ssl__{name}": str(path) for name, path in files.items()},
        )
        opened.append(reading)
        return reading

    yield build
    for reading in opened:
        reading.source.close()


@pytest.mark.parametrize("mode", ["required", "verify_ca", "verify_identity"])
def test_rows_pass_through_tls(
    mode: str, secured: MysqlServer, through: Callable[..., Reading], authority: Authority
) -> None:
    secured.execute("DELETE FROM shop.item", "INSERT INTO shop.item VALUES (1)")
    reading = through("tls", mode, truststore=authority.file)
    reading.source.open(None)
    assert reading.snapshot() == [("shop.item", [1])]
    reading.source.start()
    secured.execute("INSERT INTO shop.item VALUES (2)")
    assert [change.after for change in reading.read(1)] == [[2]]


def test_a_client_proves_who_it_is(secured: MysqlServer, through: Callable[..., Reading], authority: Authority) -> None:
    store = authority.store("client@headwater.example")
    through("proven", "verify_identity", truststore=authority.file, keystore=store).source.open(None)
    with pytest.raises(SourceRefused):
        through("proven", "verify_identity", truststore=authority.file).source.open(None)


def test_without_tls_such_a_user_is_refused(through: Callable[..., Reading]) -> None:
    with pytest.raises(SourceRefused) as caught:
        through("tls", "disabled").source.open(None)
    assert "tls" in caught.value.detail


def test_an_authority_that_nobody_knows_is_refused(
    through: Callable[..., Reading], tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Authority(tmp_path_factory.mktemp("other"))
    with pytest.raises(SourceRefused) as caught:
        through("tls", "verify_ca", truststore=other.file).source.open(None)
    assert caught.value.code == errors.WRONG_TLS
