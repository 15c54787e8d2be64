"""Column rules: include, exclude, mask, truncate, hash, propagate; custom keys; comments."""

from tests.golden.scenario import Config, Scenario

SETUP = """
CREATE TABLE people (
    id int PRIMARY KEY, email varchar(40) NOT NULL, name text, card char(16), notes text DEFAULT 'none',
    age int, balance numeric(12,2), data bytea, tags text[]
);
COMMENT ON TABLE people IS 'those who buy';
COMMENT ON COLUMN people.email IS 'where to write';
CREATE TABLE orders (id bigserial PRIMARY KEY, person int NOT NULL, code varchar(8), at timestamptz);
INSERT INTO people VALUES
    (1, 'a@example.org', 'Ann Example', '1234567812345678', 'a long note about Ann', 30, 12.5, '\\x0102', '{a,b}'),
    (2, 'b@example.org', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO orders (person, code, at) VALUES (1, 'ABCDEFGH', '2020-01-01Z'), (2, NULL, NULL);
"""
STREAM = (
    "INSERT INTO people VALUES (3, 'zoe@example.org', 'Zoë \U0001d11e Ünïcode', '8765432187654321', 'n', 1, 1, '\\xff', '{}')",
    "INSERT INTO people (id, email) VALUES (4, '')",
    "UPDATE people SET notes = 'changed notes that are long' WHERE id = 1",
    "UPDATE people SET age = 31 WHERE id = 1",
    "ALTER TABLE people REPLICA IDENTITY FULL",
    "UPDATE people SET email = 'new@example.org' WHERE id = 2",
    "UPDATE people SET balance = 99 WHERE id = 2",
    "DELETE FROM people WHERE id = 3",
    "INSERT INTO orders (person, code, at) VALUES (3, 'XYZ', '2021-01-01 01:02:03.456Z')",
    "UPDATE orders SET code = 'QQ' WHERE id = 1",
    "DELETE FROM orders WHERE id = 2",
)
RULES = (  # on every database; DB is what stands before a table's name
    Config("excluded", {"column.exclude.list": r"DB\.people\.(email|card),DB\.orders\.at"}),
    Config("included", {"column.include.list": r"DB\.people\.(id|name),DB\.orders\..*"}),
    Config("masked", {"column.mask.with.5.chars": r"DB\.people\.(email|name|card|mood|more)"}),
    Config("maskedempty", {"column.mask.with.0.chars": r"DB\.people\.(email|name|age|notes)"}),
    Config("truncated", {"column.truncate.to.3.chars": r"DB\.people\.(email|name|notes),DB\.orders\.code"}),
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
    Config("avro", {"column.mask.with.5.chars": r"DB\.people\.name"}, avro=True),
)
CONFIGS = (
    Config("keyexcluded", {"column.exclude.list": "DB.people.id"}),
    Config("propagatedtypes", {"datatype.propagate.source.type": r".*\.(VARCHAR|varchar|numeric|int4)"}),
    Config("notable", {"table.exclude.list": r"DB\.people,PUBLIC\.ORD.*"}),
    Config("filtered", {"publication.autocreate.mode": "filtered", "table.include.list": r"DB\.(people|orders)"}),
    Config("publish", {"skipped.operations": "d,t", "publication.autocreate.mode": "filtered"}),
)
SCENARIOS = [Scenario("columns", SETUP, STREAM, tuple(config.of("public") for config in (*RULES, *CONFIGS)), share=2)]
