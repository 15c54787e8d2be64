"""RegexRouter: renames the topic of a record. Key, value and their schemas stay as they are.

Source: Kafka Connect reference, RegexRouter.
"""

from __future__ import annotations

from typing import Final

from cdc.api import Step
from cdc.errors import BindError
from cdc.model import Record, Shape
from cdc.options import STRING, Option
from cdc.parts import TRANSFORM
from transforms.errors import EVALUATION
from transforms.replacement import Replacement
from transforms.settings import REGEX, read

ALIASES = ("org.apache.kafka.connect.transforms.RegexRouter",)
KINDS: Final = (TRANSFORM,)
OPTIONS = (
    Option("regex", REGEX, None, "Java regular expression that the whole topic name must match", required=True),
    Option(
        "replacement",
        STRING,
        None,
        "New topic name; $1 or ${name} stand for groups of the expression",
        required=True,
    ),
)


class RegexRouter:
    """Transform: topics that match get a new name."""

    def __init__(self, replacement: Replacement) -> None:
        self._replacement = replacement

    def bind(self, shape: Shape) -> Step | None:
        """Sets the new topic; leaves alone what does not match. Raises BindError when the new name is empty."""
        topic = self._replacement.apply(shape.topic)
        if topic is None or topic == shape.topic:
            return None
        if not topic:
            raise BindError(EVALUATION, f"RegexRouter gives topic {shape.topic} an empty name", "Correct replacement")
        return Route(shape.derive(topic, shape.key, shape.value)).step


class Route:
    """The step for one Shape."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    def step(self, record: Record) -> Record | None:
        """The record with its new topic."""
        record.shape = self._shape
        record.headers = record.headers.copy()
        return record


def create(options: dict[str, str], class_name: str = "") -> RegexRouter:
    """The transform for these options. Raises ConfigError."""
    settings = read("RegexRouter", OPTIONS, options)
    return RegexRouter(
        Replacement("RegexRouter", "regex", settings.text("regex"), "replacement", settings.text("replacement"))
    )
