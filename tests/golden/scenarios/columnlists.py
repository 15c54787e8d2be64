"""Publications that carry some of a table's columns."""

from tests.golden.scenario import Config, Scenario

SETUP = """
CREATE TABLE listed (id int PRIMARY KEY, a text, b text NOT NULL DEFAULT 'x', c int);
INSERT INTO listed VALUES (1, 'a', 'b', 1), (2, NULL, 'bb', NULL);
CREATE TABLE whole (id int PRIMARY KEY, a text);
INSERT INTO whole VALUES (1, 'a');
CREATE PUBLICATION lists FOR TABLE listed (id, a), whole, golden.marker;
"""
STREAM = (
    "INSERT INTO listed VALUES (3, 'aa', 'bbb', 3); UPDATE listed SET a = 'new' WHERE id = 1",
    "UPDATE listed SET b = 'only b' WHERE id = 2; UPDATE listed SET id = 4 WHERE id = 3; DELETE FROM listed WHERE id = 4",
    "INSERT INTO whole VALUES (2, 'b'); DELETE FROM whole WHERE id = 1",
)
LISTS = {"publication.name": "lists", "publication.autocreate.mode": "disabled"}
SCENARIOS = [Scenario("columnlists", SETUP, STREAM, (Config("plain", LISTS), Config("avro", LISTS, avro=True)))]
