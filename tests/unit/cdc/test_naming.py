"""Adjusted field names (Debezium reference, 3.11)."""

import pytest

from cdc.naming import field_adjuster


@pytest.mark.parametrize(
    ("mode", "name", "adjusted"),
    [
        ("none", "col one", "col one"),
        ("avro", "col one", "col_one"),
        ("avro", "9col", "_9col"),
        ("avro", "a-b", "a_b"),
        ("avro", "a.b", "a_b"),
        ("avro", ".a", "_a"),
        ("avro", "a_b", "a_b"),
        ("avro_unicode", "a-b", "a_u002db"),
        ("avro_unicode", "a_b", "a_u005fb"),
        ("avro_unicode", "a.b", "a_u002eb"),
        ("avro_unicode", "9col", "_u0039col"),
        ("avro_unicode", "col one", "col_u0020one"),
    ],
)
def test_field_names(mode, name, adjusted):
    assert field_adjuster(mode)(name) == adjusted
