"""`python -m tests.golden.check [NAME ...]`: does the SQL of the scenarios run? No Kafka, no Debezium."""

from __future__ import annotations

import sys

import psycopg

from tests.golden.scenario import MARKER_SETUP
from tests.golden.scenarios import chosen
from tests.golden.servers import Servers


def main() -> int:
    """Run the SQL of each scenario; exit status 1 when some does not run."""
    servers = Servers()
    failed = configs = 0
    try:
        for scenario, runs in chosen(sys.argv[1:]):
            configs += len(runs)
            server = servers.postgres(scenario.server)
            name = server.create_database()
            with server.connect(name) as connection:
                statement = MARKER_SETUP
                try:
                    connection.execute(MARKER_SETUP)
                    connection.execute("CREATE PUBLICATION every FOR ALL TABLES")
                    for statement in (scenario.setup, *(step for step in scenario.stream if isinstance(step, str))):
                        connection.execute(statement)
                except psycopg.Error as error:
                    failed += 1
                    print(f"{scenario.name}: {statement[:200]}: {error}")
            server.drop_database(name)
    finally:
        servers.stop()
    print(f"{configs} configurations; {failed} scenarios failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
