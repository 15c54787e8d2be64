"""Partitioned and inherited tables, with and without publication through the root."""

from tests.golden.scenario import Config, Scenario

SETUP = """
CREATE TABLE measures (id int, day date NOT NULL, v int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE measures_old PARTITION OF measures FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE measures_new PARTITION OF measures FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
CREATE TABLE lists (id int PRIMARY KEY, v text) PARTITION BY LIST (id);
CREATE TABLE lists_1 PARTITION OF lists FOR VALUES IN (1, 2, 3);
CREATE TABLE lists_d PARTITION OF lists DEFAULT;
CREATE TABLE parent (id int PRIMARY KEY, v text);
CREATE TABLE child (w text) INHERITS (parent);
ALTER TABLE child ADD PRIMARY KEY (id);
INSERT INTO measures VALUES (1, '2019-05-05', 1), (2, '2021-05-05', 2);
INSERT INTO lists VALUES (1, 'one'), (10, 'ten');
INSERT INTO parent VALUES (1, 'p');
INSERT INTO child VALUES (2, 'c', 'w');
"""
STREAM = (
    "INSERT INTO measures VALUES (3, '2018-01-01', 3), (4, '2022-01-01', 4)",
    "UPDATE measures SET v = 33 WHERE id = 3",
    "UPDATE measures SET day = '2023-01-01' WHERE id = 3",
    "DELETE FROM measures WHERE id = 4",
    "INSERT INTO lists VALUES (2, 'two'), (20, 'twenty')",
    "UPDATE lists SET id = 3 WHERE id = 20",
    "DELETE FROM lists WHERE id = 1",
    "CREATE TABLE lists_2 PARTITION OF lists FOR VALUES IN (4)",
    "INSERT INTO lists VALUES (4, 'four')",
    "INSERT INTO parent VALUES (3, 'p3')",
    "INSERT INTO child VALUES (4, 'c4', 'w4')",
    "UPDATE child SET w = 'ww' WHERE id = 4",
    "TRUNCATE lists",
)
ROOT = {"publish.via.partition.root": "true"}
SCENARIOS = [
    Scenario(
        "partitions",
        SETUP,
        STREAM,
        (
            Config("leaves"),
            Config("root", ROOT),
            Config("rootonly", {**ROOT, "table.include.list": "public.measures,public.lists"}),
            Config(
                "filteredroot",
                {**ROOT, "publication.autocreate.mode": "filtered", "table.include.list": "public.measures"},
            ),
            Config("leavesonly", {"table.include.list": r"public\.(measures|lists)_.*"}),
            Config("truncates", {**ROOT, "skipped.operations": "none"}),
            Config(
                "routed",
                {
                    "table.include.list": r"public\.(measures|lists)_.*",
                    "transforms": "r",
                    "transforms.r.type": "io.debezium.transforms.ByLogicalTableRouter",
                    "transforms.r.topic.regex": r"(.*)\.public\.(measures|lists)_.*",
                    "transforms.r.topic.replacement": "$1.all.$2",
                },
            ),
        ),
    )
]
