"""Client of a Confluent-compatible schema registry over HTTP. Knows no Avro.

Retries what may pass by itself (network, 5xx, 408, 429), on every URL in turn; everything else is a coded error that
names subject and answer. Credentials never reach an error or a log.
Source: Confluent schema registry, REST API.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import ssl
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import urllib3

from cdc.errors import ConfigError, RegistryLost, SchemaError
from cdc.options import Problem
from schemas.errors import (
    REGISTRY_ANSWER,
    REGISTRY_DENIED,
    REGISTRY_INCOMPATIBLE,
    REGISTRY_INVALID,
    REGISTRY_LOST,
    REGISTRY_MISSING,
    REGISTRY_OPTION,
)
from schemas.settings import Settings

log = logging.getLogger(__name__)

CONTENT_TYPE: Final = "application/vnd.schemaregistry.v1+json"
_SSL: Final = "schema.registry.ssl."


class Access:
    """Where the registry is and how it is reached. Times in seconds."""

    def __init__(
        self,
        urls: list[str],
        *,
        headers: Mapping[str, str] | None = None,
        context: ssl.SSLContext | None = None,
        proxy: str | None = None,
        connect_timeout: float = 10.0,
        read_timeout: float = 10.0,
        retries: int = 3,
        wait: float = 1.0,
        longest_wait: float = 20.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.urls = urls
        self.headers = dict(headers or {})
        self.context = context
        self.proxy = proxy
        self.connect_timeout = connect_timeout
        self.read_timeout = read_timeout
        self.retries = retries
        self.wait = wait
        self.longest_wait = longest_wait
        self.sleep = sleep


class Registry:
    """A registry. One thread uses it; connections are kept open."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._urls = [url.rstrip("/") for url in access.urls]
        self._at = 0  # the URL that answered last
        self._headers = {"Accept": f"{CONTENT_TYPE}, application/json", "Content-Type": CONTENT_TYPE, **access.headers}
        timeout = urllib3.Timeout(connect=access.connect_timeout, read=access.read_timeout)
        headers = self._headers
        if access.proxy is None:
            self._pool = urllib3.PoolManager(
                headers=headers, timeout=timeout, retries=False, ssl_context=access.context
            )
        else:
            self._pool = urllib3.ProxyManager(
                access.proxy, headers=headers, timeout=timeout, retries=False, ssl_context=access.context
            )
        if access.context is not None and not access.context.check_hostname:
            self._pool.connection_pool_kw["assert_hostname"] = False

    def close(self) -> None:
        """Close the kept connections."""
        self._pool.clear()

    def register(self, subject: str, schema: str, *, normalize: bool = False) -> int:
        """Id of a schema under a subject, registered when it is new. Raises SchemaError, RegistryLost.

        A conflict is an incompatible schema, or another writer who registered at the same moment: the registry is
        asked which, and after the latter once more for the id.
        """
        path = f"/subjects/{quote(subject, safe='')}/versions" + ("?normalize=true" if normalize else "")
        try:
            return _id(self._call("POST", path, subject, {"schema": schema}), subject)
        except SchemaError as refused:
            if refused.code != REGISTRY_INCOMPATIBLE:
                raise
            try:
                compatible, messages = self.compatible(subject, schema)
            except (SchemaError, RegistryLost) as error:
                log.warning("the registry does not say why it refuses: %s", error.detail)
                raise refused from None
            if not compatible:
                raise SchemaError(REGISTRY_INCOMPATIBLE, "; ".join([refused.detail, *messages])) from None
        log.info("schema registry, subject %s: another writer registers at the same time; asked again", subject)
        return _id(self._call("POST", path, subject, {"schema": schema}), subject)

    def lookup(self, subject: str, schema: str, *, normalize: bool = False) -> int:
        """Id of a schema that is registered under a subject. Raises SchemaError, RegistryLost."""
        path = f"/subjects/{quote(subject, safe='')}" + ("?normalize=true" if normalize else "")
        return _id(self._call("POST", path, subject, {"schema": schema}), subject)

    def latest(self, subject: str) -> tuple[int, str]:
        """Id and text of the latest schema of a subject. Raises SchemaError, RegistryLost."""
        answer = self._call("GET", f"/subjects/{quote(subject, safe='')}/versions/latest", subject)
        return _id(answer, subject), _schema(answer, subject)

    def schema(self, schema_id: int) -> str:
        """Text of the schema of an id. Raises SchemaError, RegistryLost."""
        where = f"schema id {schema_id}"
        return _schema(self._call("GET", f"/schemas/ids/{schema_id}", where), where)

    def compatible(self, subject: str, schema: str) -> tuple[bool, list[str]]:
        """Whether a schema may be the next version of a subject, and what speaks against it.

        Raises SchemaError, RegistryLost.
        """
        path = f"/compatibility/subjects/{quote(subject, safe='')}/versions/latest?verbose=true"
        answer = self._call("POST", path, subject, {"schema": schema})
        messages = answer.get("messages")
        return answer.get("is_compatible") is True, list(map(str, messages)) if isinstance(messages, list) else []

    def post(self, path: str, subject: str, content: str, headers: Mapping[str, str]) -> dict[str, object]:
        """The answer to a request that is none of Confluent's. Raises SchemaError, RegistryLost."""
        return self._call("POST", path, subject, content, {**self._headers, **headers})

    def reach(self) -> None:
        """Prove that a registry answers and lets us in, by one try of each URL. Raises RegistryLost, SchemaError."""
        problems: list[str] = []
        for url in self._urls:
            try:
                response = self._pool.request("GET", f"{url}/schemas/types")
            except urllib3.exceptions.HTTPError as error:
                problems.append(f"{_bare(url)}: {_cause(error)}")
                continue
            if response.status in (401, 403):
                raise SchemaError(REGISTRY_DENIED, f"{_bare(url)}: status {response.status}")
            if response.status < 500:
                if response.data.lstrip()[:1] not in (b"[", b"{"):
                    raise SchemaError(REGISTRY_ANSWER, f"{_bare(url)}: status {response.status}, not JSON")
                return
            problems.append(f"{_bare(url)}: status {response.status}")
        raise RegistryLost(REGISTRY_LOST, "; ".join(problems))

    def _call(
        self,
        method: str,
        path: str,
        subject: str,
        body: dict[str, object] | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, object]:
        """The answer to one request, tried on all URLs and again after a wait."""
        access = self._access
        content = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        wait = access.wait
        for attempt in range(access.retries + 1):
            if attempt:
                access.sleep(min(wait, access.longest_wait))
                wait *= 2
            problems: list[str] = []
            for _ in self._urls:
                url = self._urls[self._at]
                try:
                    response = self._pool.request(method, url + path, body=content, headers=headers)
                except urllib3.exceptions.HTTPError as error:
                    problems.append(f"{url}: {_cause(error)}")
                else:
                    if response.status < 500 and response.status not in (408, 429):
                        return _answer(response.status, response.data, url, subject)
                    problems.append(f"{url}: status {response.status} {_message(response.data)}".rstrip())
                self._at = (self._at + 1) % len(self._urls)
            log.warning("schema registry, subject %s: %s", subject, "; ".join(problems))
        raise RegistryLost(REGISTRY_LOST, f"subject {subject}: {'; '.join(problems)}")


def connect(values: Settings) -> Registry:
    """A Registry by converter options. Raises ConfigError; does not connect yet."""
    return Registry(access(values))


def access(values: Settings) -> Access:
    """How the registry of converter options is reached. Raises ConfigError."""
    headers: dict[str, str] = {}
    urls: list[str] = []
    credentials: str | None = None
    for url in values.items("schema.registry.url"):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _option("schema.registry.url", f"{_bare(url)} is not an http or https URL")
        if parts.username is not None:
            credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        urls.append(_bare(url))
    if not urls:
        raise _option("schema.registry.url", "is required")
    if values.word("basic.auth.credentials.source") == "user_info":
        credentials = values.text("basic.auth.user.info") or values.text("schema.registry.basic.auth.user.info")
        if not credentials or ":" not in credentials:
            raise _option("basic.auth.user.info", "must hold user:password when the source is USER_INFO")
    if credentials is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(credentials.encode()).decode()
    if values.word("bearer.auth.credentials.source") == "static_token":
        token = values.text("bearer.auth.token")
        if not token:
            raise _option("bearer.auth.token", "is required when the source is STATIC_TOKEN")
        headers["Authorization"] = f"Bearer {token}"
    host = values.text("proxy.host")
    return Access(
        urls,
        headers=headers,
        context=_context(values) if any(url.startswith("https:") for url in urls) else None,
        proxy=None if not host else f"http://{host}:{values.number('proxy.port') or 80}",
        connect_timeout=values.number("http.connect.timeout.ms") / 1000,
        read_timeout=values.number("http.read.timeout.ms") / 1000,
        retries=values.number("max.retries"),
        wait=values.number("retries.wait.ms") / 1000,
        longest_wait=values.number("retries.max.wait.ms") / 1000,
    )


def _context(values: Settings) -> ssl.SSLContext:
    """The TLS context; the system's authorities unless a trust store is named."""
    trusted = _pem(values, "truststore")
    certificates = values.text(_SSL + "truststore.certificates")
    try:
        context = ssl.create_default_context(cafile=trusted, cadata=certificates or None)
    except (OSError, ssl.SSLError) as error:
        raise _option(_SSL + "truststore.location", str(error)) from error
    if not values.text(_SSL + "endpoint.identification.algorithm"):
        context.check_hostname = False
    password = values.text(_SSL + "key.password")
    own = _pem(values, "keystore")
    chain = values.text(_SSL + "keystore.certificate.chain")
    key = values.text(_SSL + "keystore.key")
    try:
        if own is not None:
            context.load_cert_chain(own, password=password)
        elif chain and key:
            # the TLS library reads keys from files only: one that nobody else may read, for a moment
            handle, path = tempfile.mkstemp(suffix=".pem")
            try:
                with os.fdopen(handle, "w") as file:
                    file.write(f"{key}\n{chain}\n")
                context.load_cert_chain(path, password=password)
            finally:
                os.unlink(path)
    except (OSError, ssl.SSLError) as error:
        raise _option(_SSL + "keystore", f"the key or certificate cannot be used: {error}") from error
    return context


def _pem(values: Settings, store: str) -> str | None:
    """Path of a PEM store; another type is refused."""
    location = values.text(f"{_SSL}{store}.location")
    if not location:
        return None
    type = values.text(f"{_SSL}{store}.type").strip().upper()
    if type != "PEM" and not (type == "" and location.endswith((".pem", ".crt", ".cer"))):
        raise _option(
            f"{_SSL}{store}.location",
            f"{location} is a {type or 'JKS'} store; convert it to PEM (keytool, openssl pkcs12) and set"
            f" {_SSL}{store}.type=PEM",
        )
    return location


def _answer(status: int, data: bytes, url: str, subject: str) -> dict[str, object]:
    """The object that a final answer holds; SchemaError for any other."""
    if status == 200:
        try:
            answer = json.loads(data)
        except ValueError:
            answer = None
        if isinstance(answer, dict):
            return answer
        raise SchemaError(REGISTRY_ANSWER, f"subject {subject}, {url}: the answer is no JSON object")
    message = _message(data)
    if status == 409:
        raise SchemaError(REGISTRY_INCOMPATIBLE, f"subject {subject}: {message}")
    where = f"subject {subject}, {url}: status {status} {message}".rstrip()
    if status in (401, 403):
        raise SchemaError(REGISTRY_DENIED, where)
    if status == 422:
        raise SchemaError(REGISTRY_INVALID, where)
    if status == 404 and _code(data) in (404, 40401, 40402, 40403):
        raise SchemaError(REGISTRY_MISSING, where)
    raise SchemaError(REGISTRY_ANSWER, where)


def _option(name: str, problem: str) -> ConfigError:
    return ConfigError(REGISTRY_OPTION, f"{name}: {problem}", problems=[Problem(name, None, problem, "Correct it")])


def _bare(url: str) -> str:
    """A URL without its credentials."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _cause(error: BaseException) -> str:
    """The innermost cause in words; urllib3 wraps them several deep."""
    reason = getattr(error, "reason", None)
    if isinstance(reason, BaseException) and reason is not error:
        return _cause(reason)
    return str(error).rpartition(": ")[2] if ": " in str(error) else f"{type(error).__name__} {error}".rstrip()


def _message(data: bytes) -> str:
    try:
        answer = json.loads(data)
    except ValueError:
        return ""
    return str(answer.get("message", "")) if isinstance(answer, dict) else ""


def _code(data: bytes) -> int:
    try:
        answer = json.loads(data)
    except ValueError:
        return 0
    code = answer.get("error_code") if isinstance(answer, dict) else None
    return code if isinstance(code, int) else 0


def _id(answer: dict[str, object], where: str) -> int:
    found = answer.get("id")
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    raise SchemaError(REGISTRY_ANSWER, f"subject {where}: the answer has no id")


def _schema(answer: dict[str, object], where: str) -> str:
    found = answer.get("schema")
    if isinstance(found, str):
        return found
    raise SchemaError(REGISTRY_ANSWER, f"{where}: the answer has no schema")
