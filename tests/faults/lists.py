"""Which faults a kind of database has, by name."""

from __future__ import annotations

from tests.faults import faults, mysql_faults, postgresql_faults
from tests.faults.frame import Fault

OWN = {
    "postgresql": postgresql_faults.fault,
    "mysql": {**mysql_faults.fault, **mysql_faults.fault_of_mysql},
    "mariadb": mysql_faults.fault,
}


def faults_of(kind: str) -> dict[str, Fault]:
    """Those of every database, then its own."""
    return {**faults.fault, **OWN[kind]}
