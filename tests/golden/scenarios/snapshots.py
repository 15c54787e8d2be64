"""Snapshot modes, markers, overrides, order; empty tables; heartbeats; the offsets after them."""

from tests.golden.scenario import Config, Scenario

SETUP = """
CREATE TABLE alpha (id int PRIMARY KEY, v text);
CREATE TABLE beta (id int PRIMARY KEY, v text);
CREATE TABLE empty (id int PRIMARY KEY, v text);
CREATE TABLE gamma (id int PRIMARY KEY, v text);
CREATE TABLE zeta (id int PRIMARY KEY, v text);
CREATE VIEW seen AS SELECT * FROM alpha;
CREATE MATERIALIZED VIEW stored AS SELECT * FROM beta;
INSERT INTO alpha SELECT n, 'a' || n FROM generate_series(1, 5) n;
INSERT INTO beta VALUES (1, 'b');
INSERT INTO gamma SELECT n, 'g' || n FROM generate_series(1, 3) n;
INSERT INTO zeta VALUES (1, 'golden-last'), (2, NULL);
UPDATE zeta SET v = 'golden-last' WHERE id = 1;
ANALYZE;
"""
STREAM = (
    "INSERT INTO alpha VALUES (10, 'x')",
    "UPDATE beta SET v = 'bb' WHERE id = 1",
    "INSERT INTO empty VALUES (1, 'e')",
    "DELETE FROM gamma WHERE id = 2",
)
MODES = (  # on every database; DB is what stands before a table's name, and there the empty one is called vacant
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
    Config(
        "override",
        {
            "snapshot.select.statement.overrides": "DB.alpha",
            "snapshot.select.statement.overrides.DB.alpha": "SELECT * FROM DB.alpha WHERE id > 2 ORDER BY id DESC",
        },
    ),
    Config("included", {"snapshot.include.collection.list": r"DB\.(alpha|empty|vacant)"}),
    Config("emptylast", {"table.include.list": r"DB\.(alpha|empty|vacant)"}),
    Config("onerow", {"table.include.list": r"DB\.beta"}),
    Config("onlyempty", {"table.include.list": r"DB\.(empty|vacant)"}),
    Config("ascending", {"snapshot.tables.order.by.row.count": "ascending"}),
    Config("descending", {"snapshot.tables.order.by.row.count": "descending"}),
    Config("fetched", {"snapshot.fetch.size": "2", "max.batch.size": "3", "max.queue.size": "5"}),
    Config("txmeta", {"provide.transaction.metadata": "true"}),
    Config("heartbeats", {"heartbeat.interval.ms": "100"}),
    Config("avro", {"heartbeat.interval.ms": "100"}, avro=True),
)
CONFIGS = (
    Config("locked", {"snapshot.locking.mode": "shared"}),
    Config("isolation", {"snapshot.isolation.mode": "repeatable_read", "snapshot.max.threads": "1"}),
    Config(
        "heartbeatnamed",
        {"heartbeat.interval.ms": "100", "topic.heartbeat.prefix": "beat", "snapshot.mode": "no_data"},
    ),
    Config(
        "filteredpublication",
        {"publication.autocreate.mode": "filtered", "table.include.list": r"DB\.(alpha|beta)"},
    ),
)
SCENARIOS = [Scenario("snapshots", SETUP, STREAM, tuple(config.of("public") for config in (*MODES, *CONFIGS)), share=2)]
