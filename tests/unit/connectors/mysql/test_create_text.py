"""SHOW CREATE TABLE as older versions of MariaDB print it: bytes of no character set between quotes."""

from __future__ import annotations

import pytest

from cdc.errors import SourceRefused
from connectors.mysql import errors
from connectors.mysql.charsets import statement_text
from connectors.mysql.create_text import statement_of


@pytest.mark.parametrize(
    ("printed", "statement"),
    [
        (b"`b` varbinary(3) DEFAULT '\xff\\0\xff',", "`b` varbinary(3) DEFAULT x'ff00ff',"),
        (b"`b` varbinary(9) DEFAULT '\xff''\\\\\\n',", "`b` varbinary(9) DEFAULT x'ff275c0a',"),
        (
            b"`it's` binary(1) DEFAULT '\x80' COMMENT 'it''s \xc3\xa9'",
            "`it's` binary(1) DEFAULT x'80' COMMENT 'it''s é'",
        ),
        (b"`a``'b` int, `c` binary(1) DEFAULT '\x80'", "`a``'b` int, `c` binary(1) DEFAULT x'80'"),
        ("`é` int COMMENT 'ok'".encode(), "`é` int COMMENT 'ok'"),
    ],
)
def test_literals_that_are_no_text_become_hexadecimal(printed: bytes, statement: str) -> None:
    assert statement_of(printed, "d.t") == statement


def test_other_bytes_are_refused_with_their_table_and_place() -> None:
    with pytest.raises(SourceRefused) as raised:
        statement_of(b"CREATE TABLE `t\xff` (a int)", "d.t")
    assert raised.value.code == errors.CATALOGUE_TEXT
    assert "SHOW CREATE TABLE of d.t has the byte 0xff" in raised.value.detail


@pytest.mark.parametrize(("collation", "backslash"), [(13, b"\x81\x5f"), (12, b"\xa1\xc0")])
def test_a_backslash_of_two_bytes_is_no_escape(collation: int, backslash: bytes) -> None:
    """sjis and ujis: the server does not read it as an escape, and neither may the lexer."""
    assert statement_text(b"DEFAULT '" + backslash + b"'", collation) == "DEFAULT '\\\\'"
    assert statement_text(b"DEFAULT '\\n'", collation) == "DEFAULT '\\n'"
