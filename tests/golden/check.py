"""`python -m tests.golden.check [NAME ...]`: does the SQL of the scenarios run? No Kafka, no Debezium."""

from __future__ import annotations

import sys

import psycopg
import pymysql

from tests.golden.scenarios import chosen
from tests.golden.servers import Servers


def main() -> int:
    """Run the SQL of each scenario; exit status 1 when some does not run."""
    servers = Servers()
    failed = configs = 0
    try:
        for scenario, runs in chosen(sys.argv[1:]):
            configs += len(runs)
            database = servers.database(scenario)
            step = scenario.setup
            try:
                database.prepare(scenario)
                with database.session(scenario) as session:
                    for step in (each for each in scenario.stream if isinstance(each, str)):
                        session.run(step)
            except (psycopg.Error, pymysql.Error) as error:
                failed += 1
                print(f"{scenario.name}: {step[:200]}: {error}")
            database.remove(scenario)
    finally:
        servers.stop()
    print(f"{configs} configurations; {failed} scenarios failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
