"""Snapshot modes, locks, markers, overrides and order on MySQL and MariaDB; the offsets after them."""

from tests.golden.binlog import everywhere
from tests.golden.scenario import Config
from tests.golden.scenarios.snapshots import MODES

SETUP = """
CREATE TABLE alpha (id int PRIMARY KEY, v varchar(20));
CREATE TABLE beta (id int PRIMARY KEY, v varchar(20));
CREATE TABLE vacant (id int PRIMARY KEY, v varchar(20));
CREATE TABLE gamma (id int PRIMARY KEY, v varchar(20));
CREATE TABLE zeta (id int PRIMARY KEY, v varchar(20));
CREATE VIEW seen AS SELECT * FROM alpha;
INSERT INTO alpha VALUES (1, 'a1'), (2, 'a2'), (3, 'a3'), (4, 'a4'), (5, 'a5');
INSERT INTO beta VALUES (1, 'b');
INSERT INTO gamma VALUES (1, 'g1'), (2, 'g2'), (3, 'g3');
INSERT INTO beta VALUES (2, 'c');
INSERT INTO zeta VALUES (1, 'golden-last'), (2, NULL), (3, ''), (4, 'd');
ANALYZE TABLE alpha, beta, vacant, gamma, zeta, golden_marker;
"""
STREAM = (
    "INSERT INTO alpha VALUES (10, 'x')",
    "UPDATE beta SET v = 'bb' WHERE id = 1",
    "INSERT INTO vacant VALUES (1, 'e')",
    "DELETE FROM gamma WHERE id = 2",
)
CONFIGS = (
    *MODES,
    Config("extended", {"snapshot.locking.mode": "extended"}),
    Config("unlocked", {"snapshot.locking.mode": "none"}, unordered=True),
    Config("silent", {"include.schema.changes": "false"}),
    Config(
        "captured",
        {"schema.history.internal.store.only.captured.tables.ddl": "true", "table.include.list": r"DB\.(alpha|beta)"},
    ),
)
SCENARIOS = everywhere("snapshots", SETUP, STREAM, CONFIGS, older=("initial", "nodata", "override", "extended"))
