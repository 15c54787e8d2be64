"""Why no connection came about: what the network does is tried again, what the configuration says is not."""

from __future__ import annotations

import pymysql
import pytest

from cdc.errors import SourceLost, SourceRefused
from connectors.mysql import errors
from connectors.mysql.connection import refusal

EOF = "MySQL server has gone away (SSLEOFError(8, 'EOF occurred in violation of protocol (_ssl.c:2427)'))"


@pytest.mark.parametrize(
    ("number", "text", "kind", "code"),
    [
        (2006, EOF, SourceLost, errors.UNREACHABLE),
        (2013, "Lost connection to MySQL server during query", SourceLost, errors.UNREACHABLE),
        (
            2003,
            "Can't connect to MySQL server on 'db' ([Errno 111] Connection refused)",
            SourceLost,
            errors.UNREACHABLE,
        ),
        (
            2003,
            "Can't connect to MySQL server on 'db' ([SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed)",
            SourceRefused,
            errors.WRONG_TLS,
        ),
        (
            2013,
            "Lost connection to MySQL server during query ([SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED])",
            SourceRefused,
            errors.WRONG_TLS,
        ),
        (1045, "Access denied for user 'u'@'h' (using password: YES)", SourceRefused, errors.WRONG_PASSWORD),
    ],
)
def test_a_failure_to_connect(number: int, text: str, kind: type[Exception], code: str) -> None:
    found = refusal(pymysql.err.OperationalError(number, text), "db port 3306 user u")
    assert type(found) is kind
    assert found.code == code
