"""A Java regular expression with its replacement, as the routers use them: the whole text must match."""

from __future__ import annotations

from cdc.options import Problem
from cdc.regex import Untranslatable, java_regex, java_replacement, substitute
from transforms.settings import refuse


class Replacement:
    """Pattern and replacement of two options. Raises ConfigError when they are wrong."""

    def __init__(self, title: str, regex_option: str, regex: str, option: str, replacement: str) -> None:
        try:
            self._pattern = java_regex(regex)
        except Untranslatable as error:
            refuse(title, [Problem(regex_option, regex, str(error), "Write the expression in another way")])
            raise
        try:
            self._parts = java_replacement(replacement, self._pattern)
        except Untranslatable as error:
            refuse(title, [Problem(option, replacement, str(error), f"Use the groups of {regex_option}")])
            raise

    def apply(self, text: str) -> str | None:
        """The replacement for a text that matches as a whole, else None."""
        match = self._pattern.fullmatch(text)
        return None if match is None else substitute(self._parts, match)
