"""Custom converters: TINYINT(1) as boolean, types for a JDBC sink, fallbacks of zero dates."""

from tests.golden.binlog import everywhere
from tests.golden.scenario import Config

SETUP = """
CREATE TABLE flags (id int PRIMARY KEY, a tinyint(1), b tinyint(1) NOT NULL DEFAULT 1, c tinyint(1) NOT NULL, d tinyint, e boolean DEFAULT true,
  f tinyint unsigned NOT NULL DEFAULT 7, g bit(1), h int, i tinyint(1) DEFAULT 0);
CREATE TABLE flagged (k tinyint(1) PRIMARY KEY, v int);
CREATE TABLE words (id int PRIMARY KEY, a varchar(20) CHARACTER SET latin1 DEFAULT 'ä', b text NOT NULL, d char(3) NOT NULL DEFAULT 'x',
  r double, s float NOT NULL DEFAULT 1.5, t bigint);
CREATE TABLE dates (id int PRIMARY KEY, a date, b date NOT NULL DEFAULT '2020-01-02', c datetime, d datetime(6) NOT NULL DEFAULT '2020-01-02 03:04:05',
  ts timestamp NULL, ts3 timestamp(3) NOT NULL DEFAULT '2020-01-02 03:04:05', g datetime NOT NULL, h time, i date NOT NULL);
INSERT INTO flags VALUES (1, 1, 1, 0, 1, 1, 1, 1, 1, 1), (2, NULL, 0, 1, NULL, NULL, 0, NULL, NULL, NULL), (3, -1, 2, 100, -1, 0, 200, 0, -1, 5);
INSERT INTO flagged VALUES (0, 1), (1, 2);
INSERT INTO words VALUES (1, 'ä', 'b', 'd', 1.25, 2.5, 7), (2, NULL, '', 'y', NULL, 0, NULL);
SET SESSION sql_mode = '';
INSERT INTO dates VALUES
  (1, '2024-05-06', '2024-05-06', '2024-05-06 07:08:09', '2024-05-06 07:08:09.123456', '2024-05-06 07:08:09', '2024-05-06 07:08:09.120', '2024-05-06 07:08:09', '01:02:03', '2024-05-06'),
  (2, NULL, '0000-00-00', NULL, '0000-00-00', NULL, '0000-00-00', '0000-00-00', NULL, '0000-00-00'),
  (3, '0000-00-00', '1970-01-01', '0000-00-00', '1970-01-01 00:00:00', '0000-00-00', '1970-01-02 00:00:00', '1970-01-01', '00:00:00', '1970-01-01');
"""
STREAM = (
    "INSERT INTO flags VALUES (11, 1, 1, 0, 1, 1, 1, 1, 1, 1), (12, NULL, 0, 1, NULL, NULL, 0, NULL, NULL, NULL), (13, -1, 2, 100, -1, 0, 200, 0, -1, 5)",
    "INSERT INTO flags (id, c) VALUES (14, 1)",
    "UPDATE flags SET a = 0, b = 0 WHERE id = 11",
    "DELETE FROM flags WHERE id = 12",
    "INSERT INTO flagged VALUES (2, 1); UPDATE flagged SET k = 3 WHERE k = 2",
    "INSERT INTO words VALUES (11, 'ä', 'b', 'd', 1.25, 2.5, 7), (12, NULL, '', 'y', NULL, 0, NULL)",
    "UPDATE words SET a = 'ö', r = 1e300, t = -5 WHERE id = 11",
    "SET SESSION sql_mode = ''",
    "INSERT INTO dates VALUES (11, '2024-05-06', '2024-05-06', '2024-05-06 07:08:09', '2024-05-06 07:08:09.123456', '2024-05-06 07:08:09', '2024-05-06 07:08:09.120', '2024-05-06 07:08:09', '01:02:03', '2024-05-06')",
    "INSERT INTO dates VALUES (12, NULL, '0000-00-00', NULL, '0000-00-00', NULL, '0000-00-00', '0000-00-00', NULL, '0000-00-00')",
    "INSERT INTO dates VALUES (13, '0000-00-00', '1970-01-01', '0000-00-00', '1970-01-01 00:00:00', '0000-00-00', '1970-01-02 00:00:00', '1970-01-01', '00:00:00', '1970-01-01')",
    "CREATE TABLE later (id int PRIMARY KEY, j tinyint(1) NOT NULL DEFAULT 1, k boolean)",
    "INSERT INTO later (id, k) VALUES (1, 1)",
)
PACKAGE = "io.debezium.connector.binlog.converters"
TINY = {"converters": "flag", "flag.type": f"{PACKAGE}.TinyIntOneToBooleanConverter"}
SINK = {"converters": "sink", "sink.type": f"{PACKAGE}.JdbcSinkDataTypesConverter"}
ZERO = {"converters": "zero", "zero.type": f"{PACKAGE}.ZeroDateFallbackConverter"}
CONFIGS = (
    Config("tiny", TINY),
    Config("tinychosen", {**TINY, "flag.selector": r"DB\.flags\.(a|b), .*\.FLAGS\.d"}),
    Config("tinyall", {**TINY, "flag.length.checker": "false"}),
    Config("tinynulls", {**TINY, "value.converter.replace.null.with.default": "false"}),
    Config(
        "sink",
        {
            **SINK,
            "sink.selector.boolean": r".*\.flags\.(a|b|e|i)",
            "sink.selector.real": r".*\.words\.(r|s)",
            "sink.selector.string": r".*\.words\.(a|b|d)",
        },
    ),
    Config("sinkfloat", {**SINK, "sink.selector.real": r".*\.words\.(r|s)", "sink.treat.real.as.double": "false"}),
    Config("avro", TINY, avro=True),
)
NEWER = (  # Debezium 3.5.0, with which MariaDB is compared, does not have these classes
    Config("tinyold", {**TINY, "flag.type": "io.debezium.connector.mysql.converters.TinyIntOneToBooleanConverter"}),
    Config("zero", ZERO),
    Config(
        "zeroset",
        {
            **ZERO,
            "zero.fallback.date": "1900-01-01",
            "zero.fallback.datetime": "1900-01-01 00:00:00",
            "zero.fallback.timestamp": "1999-12-31T23:59:59Z",
            "value.converter.replace.null.with.default": "false",
        },
    ),
    Config(
        "zerochosen",
        {
            **ZERO,
            "zero.selector": r".*\.dates\.(a|b|c|d)",
            "zero.target.types": "DATE,DATETIME",
            "zero.column.DB.dates.b.fallback": "1999-01-01",
        },
    ),
    Config(
        "both",
        {
            "converters": "flag,zero",
            "flag.type": f"{PACKAGE}.TinyIntOneToBooleanConverter",
            "zero.type": f"{PACKAGE}.ZeroDateFallbackConverter",
            "column.propagate.source.type": ".*",
        },
    ),
)
SCENARIOS = everywhere("converters", SETUP, STREAM, CONFIGS, my=NEWER)
