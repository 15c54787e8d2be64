"""The registry client against a small HTTP server that answers what the test tells it to."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cdc.errors import CODES, ConfigError, RegistryLost, SchemaError
from schemas import avro
from schemas.apicurio_registry import ApicurioRegistry
from schemas.registry import Access, Registry, connect
from schemas.settings import read


class Server(ThreadingHTTPServer):
    """Answers from a list, in turn; the last answer again and again. Keeps the requests."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.answers = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.server.requests.append((self.command, self.path, body, dict(self.headers)))
        answers = self.server.answers
        status, data = answers.pop(0) if len(answers) > 1 else answers[0]
        octets = data.encode() if isinstance(data, str) else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(server):
    waits = []
    registry = Registry(Access([server.url], sleep=waits.append))
    registry.waits = waits
    yield registry
    registry.close()


def test_register(server, client):
    server.answers = [(200, {"id": 7})]
    assert client.register("a/b-value", '"int"', normalize=True) == 7
    method, path, body, headers = server.requests[0]
    assert (method, path, body) == ("POST", "/subjects/a%2Fb-value/versions?normalize=true", {"schema": '"int"'})
    assert headers["Content-Type"] == "application/vnd.schemaregistry.v1+json"


def test_lookup_latest_and_schema(server, client):
    server.answers = [(200, {"id": 8, "schema": '"int"', "version": 2, "subject": "s"})]
    assert client.lookup("s", '"int"') == 8
    assert client.latest("s") == (8, '"int"')
    assert client.schema(8) == '"int"'
    assert [path for _, path, _, _ in server.requests] == [
        "/subjects/s",
        "/subjects/s/versions/latest",
        "/schemas/ids/8",
    ]


@pytest.mark.parametrize("status", [500, 503, 408, 429])
def test_what_may_pass_is_tried_again(server, client, status):
    server.answers = [(status, {"message": "busy"}), (status, "no JSON"), (200, {"id": 3})]
    assert client.register("s", "{}") == 3
    assert client.waits == [1.0, 2.0]


def test_a_lost_registry_is_reported_after_the_last_attempt(server, client):
    server.answers = [(503, {"message": "starting"})]
    with pytest.raises(RegistryLost, match="status 503 starting") as caught:
        client.register("s", "{}")
    assert len(server.requests) == 4
    assert client.waits == [1.0, 2.0, 4.0]
    assert CODES[caught.value.code].policy == "retry"


def test_an_unreachable_registry_is_lost():
    registry = Registry(Access(["http://127.0.0.1:9"], retries=0))
    with pytest.raises(RegistryLost, match=r"subject s: http://127\.0\.0\.1:9: .*refused"):
        registry.register("s", "{}")
    registry.close()


def test_the_next_url_is_tried_at_once_and_kept(server):
    server.answers = [(200, {"id": 5})]
    waits = []
    registry = Registry(Access(["http://127.0.0.1:9", server.url + "/"], sleep=waits.append))
    assert registry.register("s", "{}") == 5
    assert registry.register("s", "{}") == 5
    assert waits == []
    assert [path for _, path, _, _ in server.requests] == ["/subjects/s/versions"] * 2
    registry.close()


@pytest.mark.parametrize(
    ("status", "answer", "code"),
    [
        (401, {"error_code": 401, "message": "who are you"}, "HW-REG-004"),
        (403, {"error_code": 40301, "message": "not yours"}, "HW-REG-004"),
        (404, {"error_code": 40403, "message": "no such schema"}, "HW-REG-005"),
        (404, "<html>not here</html>", "HW-REG-006"),
        (422, {"error_code": 42201, "message": "invalid Avro"}, "HW-REG-003"),
        (400, {"message": "bad"}, "HW-REG-006"),
        (200, "<html>a portal</html>", "HW-REG-006"),
        (200, {"no": "id"}, "HW-REG-006"),
    ],
)
def test_what_does_not_pass_is_final(server, client, status, answer, code):
    server.answers = [(status, answer)]
    with pytest.raises(SchemaError) as caught:
        client.lookup("s", "{}")
    assert caught.value.code == code
    assert CODES[code].policy == "stop"
    assert "subject s" in caught.value.detail
    assert len(server.requests) == 1


def test_an_incompatible_schema_says_why(server, client):
    server.answers = [
        (409, {"error_code": 409, "message": "incompatible"}),
        (200, {"is_compatible": False, "messages": ["reader field x has no default"]}),
    ]
    with pytest.raises(SchemaError, match="subject s: incompatible; reader field x has no default") as caught:
        client.register("s", '"int"')
    assert caught.value.code == "HW-REG-002"
    assert server.requests[1][1] == "/compatibility/subjects/s/versions/latest?verbose=true"


def test_another_writer_who_registers_at_the_same_moment_is_no_incompatibility(server, client):
    server.answers = [
        (409, {"error_code": 409, "message": "version already exists"}),
        (200, {"is_compatible": True, "messages": []}),
        (200, {"id": 9}),
    ]
    assert client.register("s", '"int"') == 9
    assert [path for _, path, _, _ in server.requests] == [
        "/subjects/s/versions",
        "/compatibility/subjects/s/versions/latest?verbose=true",
        "/subjects/s/versions",
    ]


def configured(**options):
    given = {name.replace("__", "-").replace("_", "."): text for name, text in options.items()}
    return connect(read(avro.OPTIONS, given, "AvroConverter"))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"basic_auth_credentials_source": "USER_INFO", "basic_auth_user_info": "me:secret"}, "me:secret"),
        ({"basic_auth_credentials_source": "USER_INFO", "schema_registry_basic_auth_user_info": "me:s:t"}, "me:s:t"),
    ],
)
def test_basic_authentication(server, options, expected):
    server.answers = [(200, {"id": 1})]
    registry = configured(schema_registry_url=server.url, **options)
    registry.register("s", "{}")
    registry.close()
    sent = server.requests[0][3]["Authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")).decode() == expected


def test_credentials_in_the_url_are_used_and_never_shown(server):
    server.answers = [(403, {"message": "no"})]
    registry = configured(schema_registry_url=server.url.replace("//", "//me:s%40cret@"))
    with pytest.raises(SchemaError) as caught:
        registry.register("s", "{}")
    registry.close()
    assert "cret" not in str(caught.value)
    sent = server.requests[0][3]["Authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")).decode() == "me:s@cret"


def test_a_static_token(server):
    server.answers = [(200, {"id": 1})]
    registry = configured(
        schema_registry_url=server.url, bearer_auth_credentials_source="STATIC_TOKEN", bearer_auth_token="abc"
    )
    registry.register("s", "{}")
    registry.close()
    assert server.requests[0][3]["Authorization"] == "Bearer abc"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"schema_registry_url": "localhost:8081"}, "schema.registry.url"),
        ({"schema_registry_url": "mock://x"}, "schema.registry.url"),
        ({"basic_auth_credentials_source": "USER_INFO"}, "basic.auth.user.info"),
        ({"bearer_auth_credentials_source": "STATIC_TOKEN"}, "bearer.auth.token"),
        (
            {"schema_registry_ssl_truststore_location": "/etc/store.jks", "schema_registry_url": "https://r"},
            "schema.registry.ssl.truststore.location",
        ),
        (
            {
                "schema_registry_ssl_keystore_location": "/etc/store.p12",
                "schema_registry_ssl_keystore_type": "PKCS12",
                "schema_registry_url": "https://r",
            },
            "schema.registry.ssl.keystore.location",
        ),
        (
            {"schema_registry_ssl_truststore_location": "/no/such.pem", "schema_registry_url": "https://r"},
            "schema.registry.ssl.truststore.location",
        ),
    ],
)
def test_wrong_options_are_named(options, named):
    with pytest.raises(ConfigError) as caught:
        configured(**{"schema_registry_url": "http://localhost:1", **options})
    assert [problem.property for problem in caught.value.problems] == [named]


def test_an_https_registry_is_verified_by_default():
    registry = configured(schema_registry_url="https://localhost:1")
    context = registry._access.context
    assert context is not None
    assert context.check_hostname
    loose = configured(
        schema_registry_url="https://localhost:1", schema_registry_ssl_endpoint_identification_algorithm=""
    )
    assert not loose._access.context.check_hostname
    assert loose._pool.connection_pool_kw["assert_hostname"] is False


def test_a_registry_that_answers_every_question_with_conflict_is_believed(client, server):
    server.answers = [(409, {"error_code": 409, "message": "no"})]
    with pytest.raises(SchemaError, match="HW-REG-00"):
        client.register("s", '"int"')
    assert len(server.requests) == 2


def test_apicurio_is_told_the_kind_of_a_schema_that_its_confluent_interface_does_not_make_out(server):
    registry = ApicurioRegistry(Access([server.url + "/apis/ccompat/v7"], headers={"Authorization": "Basic eDp5"}))
    server.answers = [(422, {"error_code": 42201, "message": "Failed to discover"}), (200, {"contentId": 7, "id": "s"})]
    assert registry.register("a/b-value", '{"type":"double"}') == 7
    (_, first, body, _), (method, path, text, headers) = server.requests
    assert (first, body) == ("/apis/ccompat/v7/subjects/a%2Fb-value/versions", {"schema": '{"type":"double"}'})
    assert (method, path) == ("POST", "/apis/registry/v2/groups/default/artifacts?ifExists=RETURN_OR_UPDATE")
    assert text == {"type": "double"}
    assert headers["X-Registry-ArtifactId"] == "a/b-value"
    assert headers["X-Registry-ArtifactType"] == "AVRO"
    assert headers["Authorization"] == "Basic eDp5"
    server.answers = [(422, {"error_code": 42201, "message": "Failed to discover"}), (200, {"contentId": 8})]
    assert registry.lookup("a/b-value", '"double"') == 8
    assert server.requests[-1][1] == "/apis/registry/v2/groups/default/artifacts/a%2Fb-value/meta"


def test_what_apicurio_refuses_for_another_reason_stays_refused(server):
    registry = ApicurioRegistry(Access([server.url + "/apis/ccompat/v7"]))
    server.answers = [(403, {"error_code": 403, "message": "no"})]
    with pytest.raises(SchemaError, match="status 403"):
        registry.register("s", '"int"')
    server.answers = [(422, {"error_code": 42201, "message": "no"}), (200, {"id": "s"})]
    with pytest.raises(SchemaError, match="content id"):
        registry.register("s", '"int"')
