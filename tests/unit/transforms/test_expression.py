"""What of Groovy is read, and that all the rest is refused with its position."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.expression import DEPTH, Binary, Expression, Negation, Outside, parse


def shape_of(tree: Expression) -> object:
    if isinstance(tree, Binary):
        return (tree.operator, shape_of(tree.left), shape_of(tree.right))
    if isinstance(tree, Negation):
        return ("!", shape_of(tree.operand))
    return str(getattr(tree, "value", getattr(tree, "name", "")))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1 == 2 || 3 == 4 && 5 < 6", ("||", ("==", "1", "2"), ("&&", ("==", "3", "4"), ("<", "5", "6")))),
        ("!true && false", ("&&", ("!", "True"), "False")),
        ("!(true && false)", ("!", ("&&", "True", "False"))),
        ("1 < 2 == true", ("==", ("<", "1", "2"), "True")),
        ("1 == 2 == true", ("==", ("==", "1", "2"), "True")),
        ("topic ==~ /a/ || false", ("||", ("==~", "topic", "a"), "False")),
    ],
)
def test_operators_bind_in_the_order_of_groovy(text, tree) -> None:
    assert shape_of(parse(text)) == tree


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("value.op = 'r'", 10, "== compares"),
        ("value.op === 'r'", 10, "use =="),
        ("value.op == 'r' and true", 17, "write &&"),
        ("not value.b", 1, "write !"),
        ("value.i % 2 == 0", 9, "% is not supported"),
        ("value.i + 1 > 2", 9, "+ is not supported"),
        ("-value.i > 2", 1, "before a number"),
        ("op != 'r'", 1, "there are: value, key, topic"),
        ("value.op != 'r' ||", 19, "an expression is missing"),
        ("value.op != 'r", 13, "a string without an end"),
        ("value.op ==~ 'a\\w'", 16, "write \\\\ for a backslash"),
        ("value.op ==~ /a(/", 14, "regular expression"),
        ("value.op ==~ value.x", 14, "must be written out"),
        ("value.op =~ /a/", 10, "==~ matches the whole text"),
        ("value.s.substring(1)", 9, "substring is not supported"),
        ("value.s.contains()", 9, "contains takes 1"),
        ("value.get(topic)", 11, "needs a name in quotes"),
        ("value.i in 1", 12, "needs a list"),
        ("1 < 2 < 3", 7, "joined"),
        ('value.s == "${topic}"', 13, "values inside of a string"),
        ("value.b & value.c", 9, "use &&"),
        ("value.list.any { it }", 16, "{ is not supported"),
        ("System.exit(1)", 1, "'System' is not known"),
        ("value.class.forName('x')", 13, "forName is not supported"),
        ("topic.getClass()", 7, "getClass is not supported"),
        ("new File('x')", 1, "nothing can be created"),
        ("value()", 6, "only methods of a value"),
        ("valueSchema.fields", 13, "valueSchema.fields is not supported"),
        ("true; false", 7, "does not belong here"),
        ("value.i in [topic]", 13, "may hold only"),
        ("08 == 1", 1, "octal"),
        ("1x == 1", 1, "is no number"),
        ("value[value.i]", 7, "an index must be"),
        ("value.x == /* 1", 12, "a comment without an end"),
        ("(value.x", 9, ") is missing"),
        ("", 1, "an expression is missing"),
    ],
)
def test_what_lies_outside_is_refused_with_its_position(text, position, words) -> None:
    if words == "joined":
        words = "join them with &&"
    with pytest.raises(Outside) as error:
        parse(text)
    assert words in str(error.value)
    assert error.value.position + 1 == position
    assert f"position {position} of" in str(error.value)


def test_the_position_in_a_text_of_several_lines_is_line_and_column() -> None:
    with pytest.raises(Outside, match="line 2, column 4"):
        parse("true &&\n   oops")


def test_deep_nesting_is_refused_and_does_not_exhaust_the_stack() -> None:
    for text in ("(" * 9000 + "true" + ")" * 9000, "!" * 9000 + "true", "true ? " * 9000 + "true"):
        with pytest.raises(Outside, match="nested too deeply"):
            parse(text)
    parse("(" * (DEPTH - 1) + "true" + ")" * (DEPTH - 1))


@given(st.text(alphabet="value.key()[]!=<>&|?:'\"/\\ 0123abfx\n$,-~", max_size=40))
@settings(max_examples=600, deadline=None)
def test_any_text_is_read_or_refused(text) -> None:
    try:
        tree = parse(text)
    except Outside as error:
        position = error.position
    else:
        assert isinstance(tree, Expression)
        position = tree.position
    assert 0 <= position <= len(text)
