"""Snapshot modes, locks, markers, overrides and order on MySQL and MariaDB; the offsets after them."""

from tests.golden.binlog import everywhere
from tests.golden.scenario import Config

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
OVERRIDE = {
    "snapshot.select.statement.overrides": "DB.alpha",
    "snapshot.select.statement.overrides.DB.alpha": "SELECT * FROM DB.alpha WHERE id > 2 ORDER BY id DESC",
}
CONFIGS = (
    Config("initial"),
    Config("always", {"snapshot.mode": "always"}),
    Config("nodata", {"snapshot.mode": "no_data"}),
    Config("whenneeded", {"snapshot.mode": "when_needed"}),
    Config("initialonly", {"snapshot.mode": "initial_only"}, start="golden-last", end=("golden-last", 1)),
    Config(
        "configured",
        {
            "snapshot.mode": "configuration_based",
            "snapshot.mode.configuration.based.snapshot.data": "true",
            "snapshot.mode.configuration.based.snapshot.schema": "true",
            "snapshot.mode.configuration.based.start.stream": "true",
        },
    ),
    Config("override", OVERRIDE),
    Config("included", {"snapshot.include.collection.list": r"DB\.(alpha|vacant)"}),
    Config("emptylast", {"table.include.list": r"DB\.(alpha|vacant)"}),
    Config("onerow", {"table.include.list": r"DB\.beta"}),
    Config("onlyempty", {"table.include.list": r"DB\.vacant"}),
    Config("ascending", {"snapshot.tables.order.by.row.count": "ascending"}),
    Config("descending", {"snapshot.tables.order.by.row.count": "descending"}),
    Config("extended", {"snapshot.locking.mode": "extended"}),
    Config("unlocked", {"snapshot.locking.mode": "none"}, unordered=True),
    Config("fetched", {"snapshot.fetch.size": "2", "max.batch.size": "3", "max.queue.size": "5"}),
    Config("txmeta", {"provide.transaction.metadata": "true"}),
    Config("silent", {"include.schema.changes": "false"}),
    Config(
        "captured",
        {"schema.history.internal.store.only.captured.tables.ddl": "true", "table.include.list": r"DB\.(alpha|beta)"},
    ),
    Config("heartbeats", {"heartbeat.interval.ms": "100"}),
    Config("avro", {"heartbeat.interval.ms": "100"}, avro=True),
)
SCENARIOS = everywhere("snapshots", SETUP, STREAM, CONFIGS, older=("initial", "nodata", "override", "extended"))
