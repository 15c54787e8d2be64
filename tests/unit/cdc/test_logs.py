"""Log lines: their two forms, and that secrets never pass."""

from __future__ import annotations

import io
import json
import logging

import pytest

from cdc import logs

pytestmark = pytest.mark.usefixtures("root_logger")


def test_json_lines_where_nobody_watches() -> None:
    stream = io.StringIO()
    logs.set_up("info", stream)
    logging.getLogger("cdc.x").info("hello %s", "world")
    logging.getLogger("cdc.x").debug("hidden")
    line = json.loads(stream.getvalue())
    assert (line["level"], line["logger"], line["message"]) == ("INFO", "cdc.x", "hello world")
    assert line["time"].endswith("Z")


def test_text_for_people() -> None:
    stream = io.StringIO()
    logs.set_up("INFO", stream, "text")
    logging.getLogger("cdc.x").warning("hello")
    assert "WARNING" in stream.getvalue()
    assert stream.getvalue().endswith("hello\n")


@pytest.mark.parametrize("form", ["json", "text"])
def test_secrets_do_not_pass_in_messages_arguments_or_tracebacks(form: str) -> None:
    stream = io.StringIO()
    logs.set_up("INFO", stream, form)
    secret = 'canary-"s3cret"'
    logs.SECRETS.add(secret)
    try:
        raise ValueError(f"password {secret} is wrong")
    except ValueError:
        logging.getLogger("cdc.x").exception("with %s", secret)
    text = stream.getvalue()
    assert "s3cret" not in text
    assert logs.MASK in text
