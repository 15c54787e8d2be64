"""Unlogged tables have rows for a snapshot and no stream; views and foreign tables are no tables."""

from tests.golden.scenario import Config, Scenario

SETUP = """
CREATE TABLE logged (id int PRIMARY KEY, v text);
CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY, v text);
CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE UNLOGGED TABLE parted_high PARTITION OF parted FOR VALUES FROM (10) TO (20);
CREATE VIEW seen AS SELECT * FROM logged;
CREATE FOREIGN DATA WRAPPER wrapper;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER wrapper;
CREATE FOREIGN TABLE far (id int, v text) SERVER elsewhere;
INSERT INTO logged VALUES (1, 'a');
INSERT INTO scratch VALUES (1, 'b'), (2, 'c');
INSERT INTO parted VALUES (1, 'low'), (11, 'high');
"""
STREAM = (
    "INSERT INTO scratch VALUES (3, 'd'); INSERT INTO logged VALUES (2, 'e')",
    "INSERT INTO parted VALUES (2, 'low'), (12, 'high')",
)
CONFIGS = (
    Config("everything"),
    Config("named", {"table.include.list": r"public\.(logged|scratch|seen|far)"}),
    Config("parted", {"table.include.list": r"public\.parted.*"}),
)
SCENARIOS = [Scenario("unlogged", SETUP, STREAM, CONFIGS)]
