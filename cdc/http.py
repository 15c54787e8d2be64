"""The HTTP port: /metrics, /health/live, /health/ready and their aliases. Read-only; serves no secrets.

Source of the aliases: Kafka Connect's `/health` (KIP-1017), Debezium Server's `/q/health/*`.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cdc.errors import coded

log = logging.getLogger("cdc.http")

LIVE = ("/health/live", "/q/health/live", "/healthz/live")
READY = ("/health/ready", "/q/health/ready", "/healthz/ready", "/health", "/q/health")

Health = tuple[bool, dict[str, object]]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is nothing to tell, anything else is a bug."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            log.warning("%s", coded(error, "answering an HTTP request"))


class HttpServer:
    """Serves in a daemon thread. `live` and `ready` give an answer and a JSON body; `scrape` the metrics page."""

    def __init__(
        self,
        host: str,
        port: int,
        live: Callable[[], Health],
        ready: Callable[[], Health],
        scrape: Callable[[str], tuple[bytes, str]],
    ) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            server_version = "Headwater"
            sys_version = ""
            timeout = 10

            def do_GET(self) -> None:
                path = self.path.split("?", 1)[0].rstrip("/") or "/"
                if path == "/metrics":
                    body, kind = scrape(self.headers.get("Accept", ""))
                    self._answer(200, body, kind)
                elif path in LIVE or path in READY:
                    fine, state = live() if path in LIVE else ready()
                    self._answer(200 if fine else 503, json.dumps(state).encode(), "application/json")
                else:
                    body = json.dumps({"error_code": 404, "message": f"HTTP 404 Not Found: {path}"}).encode()
                    self._answer(404, body, "application/json")

            def _answer(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *values: object) -> None:
                log.debug(format, *values)

        self._server = _Server((host, port), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), name="http", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
