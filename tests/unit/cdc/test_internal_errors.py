"""No traceback reaches a user: what has no code becomes one error with its place, wherever it comes up."""

from __future__ import annotations

import io
import logging
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from typing import Any

import pytest

from cdc import cli, logs
from cdc.errors import INTERNAL, CdcError, ConfigError, InternalError, coded
from cdc.http import HttpServer
from cdc.metrics import Metrics
from cdc.offsets import offset_value
from cdc.snapshot import Snapshot
from cdc.task import FAILED, Task
from cdc.watch import Watch
from tests.unit.cdc.test_snapshot import Rows

pytestmark = pytest.mark.usefixtures("root_logger")


def undecodable(*_: object) -> Any:
    return b"\xff".decode("utf-8")


def caught(raising: Any) -> CdcError:
    try:
        raising()
    except Exception as error:
        return coded(error, "reading table d.t")
    raise AssertionError("nothing was raised")


def test_an_exception_without_a_code_becomes_one_line_with_its_place() -> None:
    error = caught(undecodable)
    assert isinstance(error, InternalError)
    assert error.code == INTERNAL
    assert "while reading table d.t: UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff" in error.detail
    assert f"(at {__name__}:" in error.detail
    assert "\n" not in str(error)


def test_modules_of_ours_are_named_behind_the_library_that_raised() -> None:
    detail = caught(lambda: offset_value({"lsn": object()})).detail
    assert "(at json." in detail
    assert ", cdc.offsets:" in detail


def test_a_coded_error_stays_itself() -> None:
    from cdc.config import INVALID

    error = ConfigError(INVALID, "a property")
    assert coded(error, "anything") is error


def test_a_task_fails_with_the_code_and_its_log_has_no_stack() -> None:
    stream = io.StringIO()
    logs.set_up("INFO", stream, "text")
    task = Task("shop", undecodable, Metrics("mysql", "shop", "shop"), max_retries=-1, longest_wait=1.0)
    task.thread.start()
    task.thread.join(10)
    assert task.state == FAILED
    assert isinstance(task.error, InternalError)
    assert "HW-INTERNAL-001 An internal error: while starting: UnicodeDecodeError" in stream.getvalue()
    assert "Traceback" not in stream.getvalue()


def test_the_stack_is_there_at_debug() -> None:
    stream = io.StringIO()
    logs.set_up("DEBUG", stream, "text")
    caught(undecodable)
    assert "Traceback" in stream.getvalue()


def test_a_reader_of_the_snapshot_names_its_table() -> None:
    class Broken(Rows):
        def rows(self, table: Any) -> Any:
            undecodable()
            yield []

    with pytest.raises(InternalError, match=r"while reading table d\.t in the snapshot: UnicodeDecodeError"):
        list(Snapshot(Broken({"d.t": []}), 1).batches())  # type: ignore[arg-type]


def test_a_watch_says_it_and_looks_again(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("cdc.watch.AGAIN_SECONDS", 0.01)
    again = threading.Event()

    class Broken(Watch):
        def _run(self) -> None:
            self.samples += 1
            if self.samples > 1:
                again.set()
            undecodable()

    watch = Broken("binlog-watch", logging.getLogger("cdc.test"))
    watch.start()
    assert again.wait(10)
    watch.stop()
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(said) == 1
    assert "while looking (binlog-watch): UnicodeDecodeError" in said[0]


def test_the_http_port_says_it_and_goes_on(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    server = HttpServer("127.0.0.1", 0, lambda: (True, {}), undecodable, undecodable)
    server.start()
    try:
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            urllib.request.urlopen(f"http://127.0.0.1:{server.port}/health", timeout=10)
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/health/live", timeout=10) as answer:
            assert answer.status == 200
    finally:
        server.close()
    assert "while answering an HTTP request: UnicodeDecodeError" in caplog.text
    assert "Traceback" not in capfd.readouterr().err


def test_a_command_ends_with_the_code_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(cli.COMMANDS, "version", undecodable)  # type: ignore[index]
    assert cli.main(["version"]) == cli.INTERNAL
    err = capsys.readouterr().err
    assert err.startswith("cdc: HW-INTERNAL-001 An internal error: while running cdc version: UnicodeDecodeError")
    assert "Traceback" not in err


def test_a_terminal_without_the_characters_of_a_name_gets_escapes(tmp_path: Any) -> None:
    file = tmp_path / "shop.json"
    file.write_text('{"name": "ł日😀", "config": {"connector.class": "none"}}', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cdc.cli", "validate", str(file)],
        env={"PYTHONIOENCODING": "ascii", "PATH": ""},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == cli.CONFIGURATION, done.stderr
    assert rb"\u0142\u65e5\U0001f600" in done.stdout
    assert b"Traceback" not in done.stderr
