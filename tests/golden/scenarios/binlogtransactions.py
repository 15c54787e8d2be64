"""Transactions of MySQL and MariaDB: several tables, metadata, tombstones, keys that change, the statement's text."""

from tests.golden.binlog import everywhere
from tests.golden.scenario import SYNC, Config

SETUP = """
CREATE TABLE customers (id int AUTO_INCREMENT PRIMARY KEY, name varchar(30) NOT NULL, city varchar(20));
CREATE TABLE orders (region int, number varchar(8), amount decimal(8,2), PRIMARY KEY (number, region));
CREATE TABLE nokey (a int, b varchar(10));
CREATE TABLE uniq (a int NOT NULL, b varchar(10) NOT NULL, c int, UNIQUE KEY ub (b), UNIQUE KEY uc (c));
CREATE TABLE engine (id int PRIMARY KEY, v int) ENGINE = MyISAM;
CREATE TABLE `Weird Name-1` (id int PRIMARY KEY, `col one` int, `ünï` varchar(5));
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE);
INSERT INTO customers VALUES (1, 'Ann', 'Bern'), (2, 'Bob', NULL);
INSERT INTO orders VALUES (1, 'a', 1.5), (2, 'b', NULL);
INSERT INTO nokey VALUES (1, 'x'), (1, 'x'), (2, NULL);
INSERT INTO uniq VALUES (1, 'x', 2);
INSERT INTO engine VALUES (1, 1);
INSERT INTO `Weird Name-1` VALUES (1, 2, 'ü');
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (1, 1), (2, 2);
"""
STREAM = (
    "/*mysql*/ SET SESSION binlog_rows_query_log_events = ON; /*mariadb*/ SET SESSION binlog_annotate_row_events = ON",
    "INSERT INTO customers (name) VALUES ('Cleo')",
    "INSERT INTO customers (name) VALUES ('Dan'), ('Eve'); UPDATE customers SET city = 'Rome' WHERE id = 1;"
    "INSERT INTO orders VALUES (3, 'c', 3); DELETE FROM customers WHERE id = 2; INSERT INTO nokey VALUES (3, 'q')",
    SYNC,
    "UPDATE customers SET id = 10 WHERE id = 1",
    "UPDATE orders SET region = 9, amount = 9 WHERE number = 'a'; UPDATE orders SET amount = amount + 1",
    "UPDATE nokey SET b = 'y' WHERE a = 1; DELETE FROM nokey WHERE a = 2",
    "UPDATE uniq SET b = 'newkey'; UPDATE uniq SET a = 5; DELETE FROM uniq",
    "INSERT INTO engine VALUES (2, 2)",
    "UPDATE engine SET v = v + 1",
    "REPLACE INTO customers (id, name) VALUES (10, 'Zed'), (11, 'Yan')",
    "INSERT INTO customers (id, name) VALUES (11, 'x') ON DUPLICATE KEY UPDATE name = 'dup'",
    "INSERT INTO `Weird Name-1` VALUES (2, 3, 'ï')",
    "DELETE FROM parent WHERE id = 1",
    "INSERT INTO orders VALUES (5, 'e', 5); SAVEPOINT s; INSERT INTO orders VALUES (6, 'f', 6); ROLLBACK TO SAVEPOINT s; INSERT INTO orders VALUES (7, 'g', 7)",
    "UPDATE customers c JOIN orders o ON o.region = c.id - 2 SET c.city = 'joint', o.amount = 77",
    "UPDATE customers SET city = city",
    "INSERT INTO nokey SELECT id, 'many' FROM customers",
    SYNC,
    "/*mysql*/ TRUNCATE TABLE nokey",
    "INSERT INTO nokey VALUES (100, 'after')",
    "DELETE FROM customers",
)
FLAT = {"transforms": "u", "transforms.u.type": "io.debezium.transforms.ExtractNewRecordState"}
CONFIGS = (
    Config("plain"),
    Config("txmeta", {"provide.transaction.metadata": "true"}),
    Config("query", {"include.query": "true", "provide.transaction.metadata": "true"}),
    Config("tombstones", {"tombstones.on.delete": "false"}),
    Config("nodata", {"snapshot.mode": "no_data", "provide.transaction.metadata": "true"}),
    Config("nodeletes", {"skipped.operations": "d", "table.exclude.list": r"DB\.(customers|orders|uniq)"}),
    Config("noupdates", {"skipped.operations": "u,t", "provide.transaction.metadata": "true"}, end=("golden-end", 1)),
    Config("noinserts", {"skipped.operations": "c", "include.query": "true"}, end=("golden-end", 1)),
    Config("truncates", {"skipped.operations": "none"}),
    Config("flat", FLAT),
    Config(
        "flatrewrite",
        FLAT
        | {
            "transforms.u.delete.tombstone.handling.mode": "rewrite",
            "transforms.u.add.fields": "op,table,db",
            "transforms.u.add.headers": "op,source.db",
        },
    ),
    Config("schemaless", {"value.converter.schemas.enable": "false", "provide.transaction.metadata": "true"}),
    Config("onetable", {"table.include.list": r"DB\.orders", "provide.transaction.metadata": "true"}),
    Config(
        "avro",
        {
            "provide.transaction.metadata": "true",
            "schema.name.adjustment.mode": "avro",
            "field.name.adjustment.mode": "avro",
        },
        avro=True,
    ),
)
FULL_METADATA = [config for config in CONFIGS if config.name in ("txmeta", "query")]
SCENARIOS = everywhere(
    "transactions", SETUP, STREAM, CONFIGS, servers=("my", "mynogtid", "ma"), older=("txmeta", "query")
) + everywhere("transactionsfull", SETUP, STREAM, FULL_METADATA, servers=("myfull", "mafull"), shares={"myfull": 2})
