"""Rows of which the log may hold a part only: binlog_row_image FULL, MINIMAL and NOBLOB, by session.

Debezium stops at a row that is not whole: compared are those that an image leaves whole.
"""

from tests.golden.binlog import everywhere
from tests.golden.scenario import Config

SETUP = """
CREATE TABLE wide (id int PRIMARY KEY, a int DEFAULT 5, b varchar(10) NOT NULL DEFAULT 'b', c text, d blob, e json, f decimal(6,2));
CREATE TABLE narrow (id int PRIMARY KEY, a int, b varchar(10) NOT NULL DEFAULT 'b', e enum('x','y'));
CREATE TABLE keyless (a int, b varchar(9));
CREATE TABLE bare (id int PRIMARY KEY);
INSERT INTO wide VALUES (1, 1, 'one', 'text', 'blob', '{"a": 1}', 1.5), (2, 2, 'two', NULL, NULL, NULL, NULL);
INSERT INTO narrow VALUES (1, 1, 'one', 'x'), (2, NULL, 'two', NULL);
INSERT INTO keyless VALUES (1, 'x');
INSERT INTO bare VALUES (1);
"""
WHOLE = (
    "INSERT INTO wide VALUES ({0}, 1, 'one', 'text', 'blob', '{{\"a\": 1}}', 1.5)",
    "INSERT INTO narrow VALUES ({0}, 1, 'one', 'x'), ({0} + 1, NULL, 'two', NULL)",
    "INSERT INTO bare VALUES ({0}), ({0} + 1); DELETE FROM bare WHERE id = {0}; UPDATE bare SET id = {0} WHERE id = {0} + 1",
    "INSERT INTO keyless VALUES ({0}, 'k'), ({0} + 1, NULL); DELETE FROM keyless WHERE a = {0}",
)
NARROW = (
    "INSERT INTO narrow (id) VALUES ({0} + 2)",
    "UPDATE narrow SET a = 9 WHERE id = {0}; UPDATE narrow SET id = {0} + 5 WHERE id = {0}",
    "UPDATE keyless SET b = 'changed' WHERE a = {0} + 1",
    "DELETE FROM narrow WHERE id = {0} + 1",
)
FULL = (
    "INSERT INTO wide (id) VALUES ({0} + 1); INSERT INTO wide (id, c) VALUES ({0} + 2, 'c')",
    "UPDATE wide SET a = 9 WHERE id = {0}",
    "UPDATE wide SET c = 'changed', f = NULL WHERE id = {0}; UPDATE wide SET d = 'changed', b = 'x' WHERE id = {0} + 1",
    "UPDATE wide SET id = {0} + 5 WHERE id = {0}",
    "UPDATE wide SET e = JSON_SET(e, '$.a', 2) WHERE id = {0} + 5",
    "DELETE FROM wide WHERE id = {0} + 1",
)
STREAM = (
    *(step.format(10) for step in (*WHOLE, *NARROW, *FULL)),
    "SET SESSION binlog_row_image = NOBLOB",
    *(step.format(20) for step in (*WHOLE, *NARROW)),
    "SET SESSION binlog_row_image = MINIMAL",
    *(step.format(30) for step in WHOLE),
    "SET SESSION binlog_row_image = FULL",
    *(step.format(40) for step in (*WHOLE, *NARROW, *FULL)),
)
FLAT = {"transforms": "u", "transforms.u.type": "io.debezium.transforms.ExtractNewRecordState"}
CONFIGS = (
    Config("plain"),
    Config("nulls", {"value.converter.replace.null.with.default": "false"}),
    Config("txmeta", {"provide.transaction.metadata": "true"}),
    Config("flat", FLAT),
    Config("masked", {"column.mask.with.3.chars": r"DB\.wide\.(b|c)", "column.exclude.list": r"DB\.wide\.d"}),
    Config(
        "unchanged",
        {
            "skip.messages.without.change": "true",
            "column.include.list": r"DB\.wide\.(id|a),DB\.narrow\..*,DB\.bare\.id",
        },
    ),
    Config("keys", {"message.key.columns": r"DB\.wide:b;DB\.keyless:a"}),
    Config("avro", avro=True),
)
FULL_METADATA = [config for config in CONFIGS if config.name in ("plain",)]
SCENARIOS = everywhere("images", SETUP, STREAM, CONFIGS, older=("plain",)) + everywhere(
    "imagesfull", SETUP, STREAM, FULL_METADATA, servers=("myfull", "mafull")
)
