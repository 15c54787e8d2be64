"""Java's regular expressions as Python's."""

from __future__ import annotations

import re

import pytest

from cdc.regex import Untranslatable, java_regex, java_replacement, substitute


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        (r"inv\.(a|b)_\d+", "inv.a_7", "inv.a_x"),
        (r"(?<shard>[a-z]+)\k<shard>", "abab", "abba"),
        (r"\Qa.b\E.*", "a.bc", "axbc"),
        (r"\p{Alpha}+\p{Digit}", "ab1", "a1b"),
        (r"[\p{Upper}_]+", "A_B", "a"),
        (r"\p{L}+", "äöü", "ä1"),
        (r"(?i)ABC", "aBc", "abd"),
        (r"a++b", "aab", "aa"),
        (r"(?>a|ab)c", "ac", "abc"),
        (r"[a|b]+", "a|b", "c"),
        (r"[]a]+", "]a", "b"),
        (r"a\x{62}\u0063", "abc", "abd"),
        (r"a\h+b", "a \tb", "ab"),
        (r"(?s:a.b)", "a\nb", "ab"),
    ],
)
def test_means_the_same(pattern: str, matching: str, other: str) -> None:
    compiled = java_regex(pattern)
    assert compiled.fullmatch(matching)
    assert not compiled.fullmatch(other)


@pytest.mark.parametrize(
    "pattern",
    [r"[a-z&&[^b]]", r"[a[b]]", r"\p{IsGreek}", r"a(?i)b", "(", "[", r"\G", "\\", r"\y", r"[\P{Alpha}]", r"(?<=a+)b"],
)
def test_what_python_cannot_say_is_refused(pattern: str) -> None:
    with pytest.raises(Untranslatable, match=re.escape(repr(pattern))):
        java_regex(pattern)


def test_digits_and_words_are_ascii_as_in_java() -> None:
    assert not java_regex(r"\d").fullmatch("٣")
    assert not java_regex(r"\w").fullmatch("é")


def test_case_is_ignored_for_every_letter_when_names_are_matched() -> None:
    assert java_regex("GRÖSSE", ignore_case=True).fullmatch("größe".replace("ß", "ss"))


@pytest.mark.parametrize(
    ("pattern", "text", "replacement", "expected"),
    [
        (r"(.*)_(\d+)", "orders_12", "$1-$2", "orders-12"),
        (r"(?<name>.*)_\d+", "orders_12", "${name}s", "orderss"),
        ("(a)", "a", "$12", "a2"),
        ("(a)(b)?", "a", "[$2]", "[]"),
        ("(a)", "a", r"\$1\\", "$1\\"),
    ],
)
def test_replacements(pattern: str, text: str, replacement: str, expected: str) -> None:
    compiled = java_regex(pattern)
    match = compiled.fullmatch(text)
    assert match
    assert substitute(java_replacement(replacement, compiled), match) == expected


@pytest.mark.parametrize("replacement", ["$2", "${no}", "$", "$x", "\\"])
def test_replacements_that_java_refuses(replacement: str) -> None:
    with pytest.raises(Untranslatable):
        java_replacement(replacement, java_regex("(a)"))
