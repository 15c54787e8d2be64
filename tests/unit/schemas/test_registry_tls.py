"""A registry behind TLS that asks for a client's certificate, as the converter's options name the stores."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from cdc.errors import RegistryLost
from schemas import avro
from schemas.registry import Registry, connect
from schemas.settings import read
from tests.servers.certificates import Authority


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        content = json.dumps({"id": 3}).encode()
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


class SecuredServer(HTTPServer):
    """Takes nothing but TLS with a certificate of the authority."""

    def __init__(self, authority: Authority) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        key, chain = authority.issue("127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        context.load_verify_locations(authority.file)
        context.verify_mode = ssl.CERT_REQUIRED
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, *_: object) -> None:
        """A refused handshake is the client's to tell."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def server(authority: Authority) -> Iterator[SecuredServer]:
    server = SecuredServer(authority)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def registry(server: SecuredServer, **stores: Path) -> Registry:
    given = {
        "schema.registry.url": f"https://127.0.0.1:{server.server_address[1]}",
        "max.retries": "0",
        **{f"schema.registry.ssl.{name}.location": str(path) for name, path in stores.items()},
        **{f"schema.registry.ssl.{name}.type": "PEM" for name in stores},
    }
    return connect(read(avro.OPTIONS, given, "AvroConverter"))


def test_both_sides_prove_who_they_are(server: SecuredServer, authority: Authority) -> None:
    client = registry(server, truststore=authority.file, keystore=authority.store("client@headwater.example"))
    assert client.register("s", '"int"') == 3
    client.close()


def test_an_authority_that_nobody_knows_is_refused(
    server: SecuredServer, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Authority(tmp_path_factory.mktemp("other"))
    client = registry(server, truststore=other.file, keystore=authority.store("client@headwater.example"))
    with pytest.raises(RegistryLost, match="certificate"):
        client.register("s", '"int"')
    client.close()


def test_a_client_without_a_certificate_is_refused(server: SecuredServer, authority: Authority) -> None:
    client = registry(server, truststore=authority.file)
    with pytest.raises(RegistryLost, match="HW-REG-001"):
        client.register("s", '"int"')
    client.close()
