"""Column rules, keys, filters, heartbeats and topic names on MySQL and MariaDB."""

from tests.golden.binlog import everywhere
from tests.golden.scenario import Config

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
    Config("excluded", {"column.exclude.list": r"DB\.people\.(email|card),DB\.orders\.at"}),
    Config("included", {"column.include.list": r"DB\.people\.(id|name),DB\.orders\..*"}),
    Config("masked", {"column.mask.with.5.chars": r"DB\.people\.(email|name|card|mood|more)"}),
    Config("maskedempty", {"column.mask.with.0.chars": r"DB\.people\.(email|name|age|notes)"}),
    Config("truncated", {"column.truncate.to.3.chars": r"DB\.people\.(email|name|notes),DB\.orders\.code"}),
    Config("truncatedbytes", {"column.truncate.to.2.chars": r"DB\.people\.(data|notes)"}),
    Config("hashed", {"column.mask.hash.SHA-256.with.salt.CzQMA0cB5K": r"DB\.people\.(email|name|card)"}),
    Config("hashedtwo", {"column.mask.hash.v2.SHA-256.with.salt.CzQMA0cB5K": r"DB\.people\.(email|name|card)"}),
    Config("hashedmd", {"column.mask.hash.v2.MD5.with.salt.x": r"DB\.people\.name,DB\.orders\.code"}),
    Config(
        "several",
        {
            "column.mask.with.2.chars": r"DB\.people\.card",
            "column.truncate.to.4.chars": r"DB\.people\.(notes|card)",
            "column.mask.hash.v2.SHA-1.with.salt.s": r"DB\.people\.email",
            "column.exclude.list": r"DB\.people\.data",
        },
    ),
    Config("propagated", {"column.propagate.source.type": r"DB\.people\..*,DB\.orders\.(id|at)"}),
    Config("propagatedtypes", {"datatype.propagate.source.type": r".*\.(VARCHAR|DECIMAL|INT)"}),
    Config("comments", {"include.schema.comments": "true", "column.propagate.source.type": ".*"}),
    Config("keys", {"message.key.columns": "DB.people:email;DB.orders:person,code"}),
    Config(
        "keysmasked",
        {"message.key.columns": "(.*).people:email", "column.mask.with.3.chars": r"DB\.people\.email"},
    ),
    Config(
        "unchanged", {"skip.messages.without.change": "true", "column.include.list": r"DB\.people\.(id|name|email)"}
    ),
    Config("onetable", {"table.include.list": r"DB\.people"}),
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
    Config("avro", {"column.mask.with.5.chars": r"DB\.people\.name"}, avro=True),
)
SCENARIOS = everywhere("columns", SETUP, STREAM, CONFIGS)
