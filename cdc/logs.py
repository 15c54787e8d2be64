"""Log lines: for people on a terminal, JSON otherwise. Known secrets never pass, wherever they come from."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import TextIO

from cdc.options import MASK, mask_urls

_COLOURS = {"WARNING": "33", "ERROR": "31", "CRITICAL": "31;1", "DEBUG": "90"}


class Secrets(logging.Filter):
    """Replaces every known secret in a finished line."""

    def __init__(self) -> None:
        super().__init__()
        self._values: set[str] = set()

    def add(self, value: str) -> None:
        """Hide this value from now on; a very short one would hide half of the log and is left to the formatter."""
        if len(value) >= 4:
            self._values.add(value)

    def mask(self, text: str) -> str:
        """The text without secrets, and without user and password in any URL."""
        text = mask_urls(text)
        for value in self._values:
            if value in text:
                text = text.replace(value, MASK)
        return text


SECRETS = Secrets()


class People(logging.Formatter):
    """`12:00:01 INFO  cdc.pipeline [orders] text`, coloured by level on a terminal."""

    def __init__(self, colours: bool) -> None:
        super().__init__()
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        """One line, and a traceback below when there is one."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        thread = "" if record.threadName == "MainThread" else f" [{record.threadName}]"
        text = f"{clock} {record.levelname:<7} {record.name}{thread} {SECRETS.mask(record.getMessage())}"
        if record.exc_info:
            text += "\n" + SECRETS.mask(self.formatException(record.exc_info))
        if self._colours and record.levelname in _COLOURS:
            text = f"\x1b[{_COLOURS[record.levelname]}m{text}\x1b[0m"
        return text


class Json(logging.Formatter):
    """One JSON object per line: time (UTC, milliseconds), level, logger, thread, message, error when there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "thread": record.threadName,
            "message": SECRETS.mask(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = SECRETS.mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def set_up(level: str = "INFO", stream: TextIO | None = None, form: str = "auto") -> None:
    """Send the root logger to `stream` (stderr); `form` is text, json or auto (text on a terminal)."""
    target = stream or sys.stderr
    terminal = target.isatty()
    handler = logging.StreamHandler(target)
    people = form == "text" or (form == "auto" and terminal)
    handler.setFormatter(People(terminal) if people else Json())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
