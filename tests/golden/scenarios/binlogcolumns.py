"""Column rules, keys, filters, heartbeats and topic names on MySQL and MariaDB."""

from tests.golden.binlog import everywhere
from tests.golden.scenario import Config
from tests.golden.scenarios.columns import RULES

SETUP = """
CREATE TABLE people (id int PRIMARY KEY, email varchar(40) NOT NULL, name varchar(60), card char(16), notes text,
    age int, balance decimal(12,2), data blob, mood enum('ok','sad') DEFAULT 'ok' COMMENT 'how it goes', more json) COMMENT 'those who buy';
CREATE TABLE orders (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, person int NOT NULL, code varchar(8), at timestamp(3) NULL);
INSERT INTO people VALUES (1, 'a@example.org', 'Ann Example', '1234567812345678', 'a long note about Ann', 30, 12.5, x'0102', 'sad', '{"k": "v"}'),
    (2, 'b@example.org', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO orders (person, code, at) VALUES (1, 'ABCDEFGH', '2020-01-01 00:00:00'), (2, NULL, NULL);
"""
STREAM = (
    "INSERT INTO people VALUES (3, 'zoe@example.org', 'Zoë 𝄞 Ünïcode', '8765432187654321', 'n', 1, 1, x'ff', 'ok', '[]')",
    "INSERT INTO people (id, email) VALUES (4, '')",
    "UPDATE people SET notes = 'changed notes that are long' WHERE id = 1",
    "UPDATE people SET age = 31 WHERE id = 1",
    "UPDATE people SET email = 'new@example.org', data = x'00112233' WHERE id = 2",
    "UPDATE people SET balance = 99, mood = 'ok' WHERE id = 2",
    "DELETE FROM people WHERE id = 3",
    "INSERT INTO orders (person, code, at) VALUES (3, 'XYZ', '2021-01-01 01:02:03.456')",
    "UPDATE orders SET code = 'QQ' WHERE id = 1",
    "DELETE FROM orders WHERE id = 2",
)
CONFIGS = (
    *RULES,
    Config("truncatedbytes", {"column.truncate.to.2.chars": r"DB\.people\.(data|notes)"}),
    Config("propagatedtypes", {"datatype.propagate.source.type": r".*\.(VARCHAR|DECIMAL|INT)"}),
    Config("notable", {"table.exclude.list": r"DB\.people,DB\.ORD.*"}),
    Config("skipped", {"skipped.operations": "d,t"}),
    Config("delimited", {"topic.delimiter": "-", "topic.transaction": "tx", "provide.transaction.metadata": "true"}),
    Config("heartbeats", {"heartbeat.interval.ms": "100"}),
    Config("heartbeatnamed", {"heartbeat.interval.ms": "100", "topic.heartbeat.prefix": "beat"}),
    Config(
        "schemasadjusted", {"schema.name.adjustment.mode": "avro_unicode", "field.name.adjustment.mode": "avro_unicode"}
    ),
    Config(
        "routed",
        {
            "transforms": "r",
            "transforms.r.type": "io.debezium.transforms.ByLogicalTableRouter",
            "transforms.r.topic.regex": "(.*)(people|orders)",
            "transforms.r.topic.replacement": "$1all",
        },
    ),
)
SCENARIOS = everywhere("columns", SETUP, STREAM, CONFIGS)
