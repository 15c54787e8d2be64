"""Java's regular expressions (java.util.regex.Pattern) as Python's. Knows no property and no table.

What means the same is passed on, what is only written differently is translated, and what Python cannot say is
refused by name: never read in another sense. Source: the documentation of java.util.regex.Pattern.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_CLASSES: Final = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": r"\x00-\x7f",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1f\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": r"\t-\r ",
}
_HORIZONTAL: Final = r" \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000"
_VERTICAL: Final = r"\n\x0b\f\r\x85\u2028\u2029"
_FLAGS: Final = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE, "u": 0, "d": 0}


class Untranslatable(ValueError):
    """A regular expression that is wrong, or that Python cannot express; says where."""


@lru_cache(maxsize=1024)
def java_regex(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """Compile a Java regular expression. Use `fullmatch` where Java uses `matches`. Raises Untranslatable."""
    translated, flags, unicode = _Translator(pattern).run()
    flags |= 0 if unicode else re.ASCII
    if ignore_case:
        flags = (flags | re.IGNORECASE) & ~re.ASCII
    try:
        return re.compile(translated, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise Untranslatable(f"regular expression {pattern!r}: {error}") from None


class _Translator:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.out: list[str] = []
        self.flags = 0
        self.unicode = False

    def refuse(self, what: str) -> Untranslatable:
        return Untranslatable(f"regular expression {self.pattern!r}: {what} at position {self.at} is not supported")

    def run(self) -> tuple[str, int, bool]:
        self._leading_flags()
        pattern = self.pattern
        while self.at < len(pattern):
            character = pattern[self.at]
            if character == "\\":
                self.out.append(self._escape(inside=False))
            elif character == "[":
                self._bracket()
            elif character == "(" and pattern.startswith("(?", self.at):
                self._group()
            else:
                self.out.append(character)
                self.at += 1
        return "".join(self.out), self.flags, self.unicode

    def _leading_flags(self) -> None:
        while found := re.match(r"\(\?([a-zA-Z]+)\)", self.pattern[self.at :]):
            for letter in found.group(1):
                if letter in _FLAGS:
                    self.flags |= _FLAGS[letter]
                elif letter != "U":
                    raise self.refuse(f"flag {letter}")
                if letter in "uU":
                    self.unicode = True
            self.at += found.end()

    def _group(self) -> None:
        rest = self.pattern[self.at :]
        if found := re.match(r"\(\?<([A-Za-z][A-Za-z0-9]*)>", rest):
            self.out.append(f"(?P<{found.group(1)}>")
            self.at += found.end()
        elif found := re.match(r"\(\?(?:<=|<!|[=!>]|[imsx]*(?:-[imsx]+)?:)", rest):
            self.out.append(found.group(0))
            self.at += found.end()
        else:
            raise self.refuse(f"the group {rest[:6]!r}")

    def _escape(self, *, inside: bool) -> str:
        pattern = self.pattern
        if self.at + 1 >= len(pattern):
            raise self.refuse("a backslash with nothing after it")
        letter = pattern[self.at + 1]
        rest = pattern[self.at :]
        if letter == "Q":
            end = pattern.find("\\E", self.at + 2)
            quoted = pattern[self.at + 2 : end if end >= 0 else len(pattern)]
            self.at = end + 2 if end >= 0 else len(pattern)
            return re.escape(quoted)
        if letter in "pP":
            return self._property(inside=inside)
        if letter in "hHvV":
            content = _HORIZONTAL if letter in "hH" else _VERTICAL
            if inside and letter.isupper():
                raise self.refuse(f"\\{letter} in a character class")
            self.at += 2
            return content if inside else f"[{'^' if letter.isupper() else ''}{content}]"
        if found := re.match(r"\\x\{([0-9A-Fa-f]{1,6})\}", rest):
            self.at += found.end()
            return re.escape(chr(int(found.group(1), 16)))
        if found := re.match(r"\\0([0-3]?[0-7]{1,2})", rest):
            self.at += found.end()
            return re.escape(chr(int(found.group(1), 8)))
        if found := re.match(r"\\k<([A-Za-z][A-Za-z0-9]*)>", rest):
            self.at += found.end()
            return f"(?P={found.group(1)})"
        simple = {"z": r"\Z", "Z": r"(?=\n?\Z)", "e": r"\x1b", "R": rf"(?:\r\n|[{_VERTICAL}])"}
        if letter in simple and not (inside and letter in "zZR"):
            self.at += 2
            return simple[letter]
        if letter.isascii() and letter.isalpha() and letter not in "AbBdDsSwWtnrfaxu":
            raise self.refuse(f"\\{letter}")
        self.at += 2
        return "\\" + letter

    def _property(self, *, inside: bool) -> str:
        found = re.match(r"\\([pP])(?:\{(?:Is|java)?(\w+)\}|(\w))", self.pattern[self.at :])
        name = (found.group(2) or found.group(3)) if found else ""
        name = {"Alphabetic": "L", "LowerCase": "Lower", "UpperCase": "Upper"}.get(name, name)
        if found is None or (name not in _CLASSES and name not in ("L", "N", "Nd")):
            raise self.refuse(f"the class {self.pattern[self.at : self.at + 12]!r}")
        negative = found.group(1) == "P"
        if name in ("L", "N", "Nd"):
            if inside or (negative and name == "L"):
                raise self.refuse(f"the class \\{found.group(1)}{{{name}}} here")
            self.at += found.end()
            self.unicode = True
            if name == "L":
                return r"[^\W\d_]"
            return r"\D" if negative else r"\d"
        if inside and negative:
            raise self.refuse(f"\\P{{{name}}} in a character class")
        self.at += found.end()
        return _CLASSES[name] if inside else f"[{'^' if negative else ''}{_CLASSES[name]}]"

    def _bracket(self) -> None:
        pattern = self.pattern
        self.out.append("[")
        self.at += 1
        if pattern.startswith("^", self.at):
            self.out.append("^")
            self.at += 1
        if pattern.startswith("]", self.at):
            self.out.append(r"\]")
            self.at += 1
        while True:
            if self.at >= len(pattern):
                raise self.refuse("a character class without an end")
            character = pattern[self.at]
            if character == "]":
                self.out.append("]")
                self.at += 1
                return
            if character == "[":
                raise self.refuse("a character class inside a character class")
            if pattern.startswith("&&", self.at):
                raise self.refuse("the intersection && of character classes")
            if character == "\\":
                self.out.append(self._escape(inside=True))
                continue
            self.out.append("\\" + character if character in "|~&" else character)
            self.at += 1


def java_replacement(text: str, pattern: re.Pattern[str]) -> list[str | int]:
    r"""A Java replacement (`$1`, `${name}`, `\$`) as literal texts and group numbers. Raises Untranslatable."""
    parts: list[str | int] = []
    literal = ""
    at = 0
    while at < len(text):
        character = text[at]
        if character == "\\":
            if at + 1 >= len(text):
                raise Untranslatable(f"replacement {text!r}: a backslash with nothing after it")
            literal += text[at + 1]
            at += 2
            continue
        if character != "$":
            literal += character
            at += 1
            continue
        number, at = _reference(text, at, pattern)
        if literal:
            parts.append(literal)
            literal = ""
        parts.append(number)
    if literal:
        parts.append(literal)
    return parts


def _reference(text: str, at: int, pattern: re.Pattern[str]) -> tuple[int, int]:
    if found := re.match(r"\$\{([A-Za-z][A-Za-z0-9]*)\}", text[at:]):
        if found.group(1) not in pattern.groupindex:
            raise Untranslatable(f"replacement {text!r}: there is no group named {found.group(1)}")
        return pattern.groupindex[found.group(1)], at + found.end()
    end = at + 1
    if end >= len(text) or not ("0" <= text[end] <= "9"):
        raise Untranslatable(f"replacement {text!r}: $ must be followed by a group; write \\$ for the sign itself")
    number = int(text[end])
    if number > pattern.groups:
        raise Untranslatable(f"replacement {text!r}: there is no group {number}")
    end += 1
    # Java takes further digits as long as such a group exists.
    while end < len(text) and "0" <= text[end] <= "9" and number * 10 + int(text[end]) <= pattern.groups:
        number = number * 10 + int(text[end])
        end += 1
    return number, end


def substitute(parts: list[str | int], match: re.Match[str]) -> str:
    """The replacement text for one match; a group that took no part is empty."""
    return "".join(part if isinstance(part, str) else match.group(part) or "" for part in parts)
