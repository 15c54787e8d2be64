"""XA transactions: prepared and committed, in one phase, rolled back when they were prepared; and others around them."""

from tests.golden.binlog import everywhere
from tests.golden.scenario import SYNC, Config

SETUP = """
CREATE TABLE account (id int PRIMARY KEY, v varchar(9));
CREATE TABLE ledger (id int PRIMARY KEY, v int);
INSERT INTO account VALUES (1, 'a');
"""
STREAM = (
    "INSERT INTO account VALUES (2, 'b'); INSERT INTO ledger VALUES (1, 1)",
    "XA START '{DB}-1'",
    "INSERT INTO account VALUES (3, 'c'), (4, 'd')",
    "INSERT INTO ledger VALUES (2, 2)",
    "XA END '{DB}-1'",
    "XA PREPARE '{DB}-1'",
    "XA COMMIT '{DB}-1'",
    "INSERT INTO account VALUES (5, 'e')",
    "XA START '{DB}-2', 'branch', 7",
    "UPDATE account SET v = 'z' WHERE id = 3",
    "XA END '{DB}-2', 'branch', 7",
    "XA COMMIT '{DB}-2', 'branch', 7 ONE PHASE",
    SYNC,
    "XA START '{DB}-3'",
    "DELETE FROM account WHERE id = 4",
    "XA END '{DB}-3'",
    "XA PREPARE '{DB}-3'",
    "XA ROLLBACK '{DB}-3'",
    "XA START '{DB}-4'",
    "INSERT INTO ledger VALUES (3, 3)",
    "XA END '{DB}-4'",
    "XA PREPARE '{DB}-4'",
    "XA COMMIT '{DB}-4'",
    "INSERT INTO ledger VALUES (4, 4)",
)
METADATA = (
    Config("txmeta", {"provide.transaction.metadata": "true"}),
    Config("onetable", {"provide.transaction.metadata": "true", "table.include.list": r"DB\.ledger"}),
)
# Debezium's MariaDB connector begins a transaction at every GTID, and ends none that is prepared, or completes another
SCENARIOS = everywhere(
    "xa", SETUP, STREAM, (Config("plain"),), servers=("my", "mynogtid", "ma"), my=METADATA, mynogtid=METADATA
)
