"""System-versioned tables of MariaDB that name their period columns: Debezium stops at rows of those that do not."""

from tests.golden.binlog import HISTORY, everywhere
from tests.golden.scenario import SYNC, Config

PERIOD = (
    "ts_from timestamp(6) GENERATED ALWAYS AS ROW START{0}, ts_to timestamp(6) GENERATED ALWAYS AS ROW END{0},"
    " PERIOD FOR SYSTEM_TIME (ts_from, ts_to)) WITH SYSTEM VERSIONING"
)
SETUP = f"""
CREATE TABLE named (id int PRIMARY KEY, v int, {PERIOD.format("")};
CREATE TABLE unseen (id int PRIMARY KEY, v int, {PERIOD.format(" INVISIBLE")};
CREATE TABLE uniquely (id int NOT NULL UNIQUE, v int, {PERIOD.format("")};
CREATE TABLE parted (id int PRIMARY KEY, v int, {PERIOD.format("")} PARTITION BY SYSTEM_TIME LIMIT 100 PARTITIONS 3;
SET @@timestamp = 1700000000;
INSERT INTO named (id, v) VALUES (1, 1), (2, 2);
UPDATE named SET v = 20 WHERE id = 2;
INSERT INTO unseen (id, v) VALUES (1, 1);
INSERT INTO uniquely (id, v) VALUES (1, 1);
INSERT INTO parted (id, v) VALUES (1, 1);
"""


def changes(table: str, row: int = 10) -> str:
    """A row with a history."""
    return (
        f"SET @@timestamp = 1700000001; INSERT INTO {table} (id, v) VALUES ({row}, 1); SET @@timestamp = 1700000002;"
        f" UPDATE {table} SET v = 2 WHERE id = {row}; SET @@timestamp = 1700000003; DELETE FROM {table} WHERE id = {row}"
    )


STREAM = (
    *(changes(table) for table in ("named", "unseen", "uniquely", "parted")),
    "DELETE HISTORY FROM named",
    SYNC,
    "CREATE TABLE alike LIKE named",
    changes("alike"),
    "ALTER TABLE parted REMOVE PARTITIONING",
    changes("parted", 11),
    "SET SESSION system_versioning_alter_history = 'KEEP'; ALTER TABLE named ADD w int",
    changes("named", 12),
    SYNC,
)
CONFIGS = (Config("plain", HISTORY), Config("nodata", {"snapshot.mode": "no_data"}))
SCENARIOS = everywhere("versioned", SETUP, STREAM, CONFIGS, servers=("ma",)) + everywhere(
    "versionedfull", SETUP, STREAM, CONFIGS[:1], servers=("mafull",)
)
