"""Schema and field names as Debezium 3.6.3 adjusts them: every case was run there first."""

from __future__ import annotations

import pytest

from cdc.names import schema_name_adjuster


@pytest.mark.parametrize(
    ("name", "avro", "unicode"),
    [
        ("9x.a-b.9c", "_9x.a_b.9c", "_u0039x.a_u002db.9c"),
        ("my-srv.9x", "my_srv.9x", "my_u002dsrv.9x"),
        ("a b_c.é", "a_b_c._", "a_u0020b_u005fc._u00e9"),
        ("_a", "_a", "_u005fa"),
        ("-a", "_a", "_u002da"),
        (".a", "_a", "_u002ea"),
        ("a..b", "a..b", "a..b"),
        ("日本.Value", "__.Value", "_u65e5_u672c.Value"),
        ("\U0001f600.Value", "__.Value", "_ud83d_ude00.Value"),
        ("9", "_9", "_u0039"),
        ("", "", ""),
    ],
)
def test_a_name_is_adjusted_by_mode(name, avro, unicode) -> None:
    found = [schema_name_adjuster(mode)(name) for mode in ("none", "avro", "avro_unicode")]

    assert found == [name, avro, unicode]
