"""Binary JSON to Debezium's text, documents that are not sound, and differences."""

from __future__ import annotations

import pytest

from connectors.mysql import json_binary
from connectors.mysql.octets import Octets
from tests.binlogs import DOCUMENTS


@pytest.mark.parametrize(("document", "text"), DOCUMENTS)
def test_documents_of_a_server(document, text):
    assert json_binary.text(bytes.fromhex(document)) == text


def test_no_bytes_are_null():
    assert json_binary.text(b"") == "null"


@pytest.mark.parametrize("document", [document for document, _ in DOCUMENTS])
def test_every_document_that_is_cut_off_is_refused(document):
    data = bytes.fromhex(document)
    for size in range(1, len(data)):
        with pytest.raises(ValueError):  # noqa: PT011 - every kind of cut has its own words
            json_binary.text(data[:size])


def test_a_document_that_holds_itself_is_refused():
    with pytest.raises(ValueError, match="nested in itself"):
        json_binary.text(bytes.fromhex("02" + "01000700" + "020000"))
    twice = bytes.fromhex("02" + "02000a00" + "020000" + "020000")
    with pytest.raises(ValueError, match="nested in itself"):
        json_binary.text(twice)


def test_strings_are_escaped_as_debezium_does():
    assert json_binary.quoted('a"b\\c/\b\f\n\r\t\x01\x1fé\U0001f600') == (
        '"a\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001Fé\U0001f600"'
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (9999999.0, "9999999.0"),
        (1e7, "10000000"),
        (0.001, "0.001"),
        (1e-5, "0.000010000000000000000818030539140313095458623138256371021270751953125"),
        (-2.5e10, "-25000000000"),
    ],
)
def test_doubles_are_written_plainly(number, text):
    assert json_binary.double_text(number) == text


def difference(operation, path, value=b""):
    made = bytes((operation, len(path))) + path.encode()
    return made + (bytes((len(value),)) + value if operation != json_binary.REMOVE else b"")


def patched(text, *differences):
    data = b"".join(differences)
    found = json_binary.patched(text, Octets(data, 0, len(data)))
    return json_binary.rendered(found)


INT = bytes.fromhex("050700")


def tree():
    return {"a": "1", "b": ["2", {"c": '"x"'}], "cc": "null"}


@pytest.mark.parametrize(
    ("differences", "text"),
    [
        ([difference(0, "$.a", INT)], '{"a":7,"b":[2,{"c":"x"}],"cc":null}'),
        ([difference(0, "$.b[1].c", INT)], '{"a":1,"b":[2,{"c":7}],"cc":null}'),
        ([difference(1, "$.b[1]", INT)], '{"a":1,"b":[2,7,{"c":"x"}],"cc":null}'),
        ([difference(2, "$.b[0]")], '{"a":1,"b":[{"c":"x"}],"cc":null}'),
        ([difference(2, "$.a"), difference(2, "$.cc")], '{"b":[2,{"c":"x"}]}'),
        ([difference(1, "$.z", INT)], '{"a":1,"b":[2,{"c":"x"}],"z":7,"cc":null}'),
        ([difference(1, '$."a b\\"\\u00e9"', INT)], '{"a":1,"b":[2,{"c":"x"}],"cc":null,"a b\\"é":7}'),
        ([difference(0, "$", INT)], "7"),
    ],
)
def test_differences(differences, text):
    assert patched(tree(), *differences) == text


@pytest.mark.parametrize(
    "damaged",
    [
        difference(0, "$.nothing", INT),
        difference(0, "$.b[2]", INT),
        difference(2, "$.b[9]"),
        difference(0, "$.a.b", INT),
        difference(0, "$.a[0]", INT),
        difference(2, "$"),
        difference(3, "$.a"),
        difference(0, "a", INT),
        difference(0, "$.a", INT)[:-1],
    ],
)
def test_differences_that_do_not_fit_are_refused(damaged):
    with pytest.raises(ValueError):  # noqa: PT011
        patched(tree(), damaged)
