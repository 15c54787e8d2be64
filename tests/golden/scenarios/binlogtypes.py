"""Every type of MySQL and MariaDB in every handling mode: extremes, null, defaults; read, inserted, updated, deleted."""

from tests.golden.binlog import everywhere
from tests.golden.scenario import Config

INTS = "-128, 255, 1, 0, -32768, 65535, -8388608, 16777215, 42, 4294967295, -9223372036854775808, 18446744073709551615"
LOW = "127, 0, 0, 1, 32767, 0, 8388607, 0, 0, 0, 9223372036854775807, 0"
TIMES = (
    "'1999-12-31', '-838:59:58', '12:34:56.789', '-01:02:03.000004', '2024-02-29 23:59:59', '2024-02-29 23:59:59.123',"
    " '1000-01-01 00:00:00.000001', '2020-01-02 03:04:05', '2020-01-02 03:04:05.120', '2038-01-19 03:14:07.123456'"
)
SIMPLE = (
    "'9999-12-31', '23:59:59', '00:00:00.5', '12:00:00', '1969-12-31 23:59:59', '1900-01-01 00:00:00.001',"
    " '2021-06-07 08:09:10', '1970-01-01 00:00:01', '2000-02-29 12:13:14.567', '2020-12-31 23:59:59.999999'"
)
SETUP = f"""
CREATE TABLE ints (id int PRIMARY KEY, ti tinyint, tu tinyint unsigned, t1 tinyint(1) DEFAULT 1,
    bo boolean NOT NULL DEFAULT true, si smallint DEFAULT -3, su smallint unsigned, mi mediumint, mu mediumint unsigned,
    i int zerofill, iu int unsigned NOT NULL DEFAULT 7, bi bigint, bu bigint unsigned DEFAULT 18446744073709551615);
INSERT INTO ints VALUES (1, {INTS}), (2, {LOW});
INSERT INTO ints (id, t1, si, bu) VALUES (3, NULL, NULL, NULL);
CREATE TABLE bits (id int PRIMARY KEY, b1 bit(1) DEFAULT b'1', b1n bit NOT NULL DEFAULT b'0', b9 bit(9) DEFAULT b'101',
    b64 bit(64), y year DEFAULT 2020, yn year NOT NULL);
INSERT INTO bits VALUES (1, b'1', b'1', b'100000001', b'{"10" * 32}', 1999, 2155), (2, b'0', b'0', 0, 0, 1901, 2000);
INSERT INTO bits (id, b1, b9, b64, y, yn) VALUES (3, NULL, NULL, NULL, NULL, 1970);
CREATE TABLE decs (id int PRIMARY KEY, d decimal(10,2) DEFAULT 1.5, dn decimal NOT NULL DEFAULT 3, du decimal(5,1) unsigned,
    dbig decimal(65,30), f float DEFAULT 1.25, fd float(7,3), f53 float(53), dd double DEFAULT -2.5, dp double precision,
    r real, n numeric(20,10) NOT NULL DEFAULT 0.1, x fixed(6,3));
INSERT INTO decs VALUES (1, -12345.67, 99, 1.5, -12345678901234567890123456789012345.123456789012345678901234567890,
        2.125, 3.25, 1e100, -0.5, 0.75, 1e-10, 1234567890.0123456789, 999.999),
    (2, 99999999.99, -9999999999, 0, 0, -3.4e38, -0.001, -1e-300, 1.7976931348623157e308, 123456789.125, 0, -1, -0.001);
INSERT INTO decs (id, d, f, dd) VALUES (3, NULL, NULL, NULL);
CREATE TABLE texts (id int PRIMARY KEY, c char(5) DEFAULT 'ab', cn char(4) NOT NULL DEFAULT 'it''s', v varchar(20) NOT NULL DEFAULT 'x',
    tt tinytext, t text, mt mediumtext, lt longtext, nc nchar(4), nv nvarchar(5) DEFAULT 'é');
INSERT INTO texts VALUES (1, 'abc', 'xyz', 'Zoë \\\\ "q" / ''s''', 'tiny', 'tab\\tnew\\nline', 'medium <&>', '漢字 𝄞 😀', 'nc', 'ab'),
    (2, '', '', '', '', '', '', '', '', '');
INSERT INTO texts (id, c, nv) VALUES (3, NULL, NULL);
CREATE TABLE charsets (id int PRIMARY KEY, l1 varchar(20) CHARACTER SET latin1 DEFAULT 'ä', gb varchar(10) CHARACTER SET gbk,
    sj varchar(10) CHARACTER SET sjis, u16 varchar(10) CHARACTER SET utf16, u32 varchar(10) CHARACTER SET utf32,
    u2 varchar(10) CHARACTER SET ucs2, cp varchar(10) CHARACTER SET cp1251, asc_ varchar(10) CHARACTER SET ascii,
    bc varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, l1t text CHARACTER SET latin1, u3 varchar(10) CHARACTER SET utf8mb3,
    kr varchar(10) CHARACTER SET euckr, big varchar(10) CHARACTER SET big5, el varchar(10) CHARACTER SET greek) CHARACTER SET latin2;
INSERT INTO charsets VALUES (1, 'café €', '中文', 'カナ', 'utf 漢', 'ü😀', 'ü漢', 'Привет', 'ascii', 'Bin', 'Ünï', 'drei', '한국', '中文', 'αβγ');
INSERT INTO charsets (id, l1) VALUES (2, NULL);
CREATE TABLE octets (id int PRIMARY KEY, bin binary(4) DEFAULT 'ab', vb varbinary(6), vbn varbinary(6) NOT NULL DEFAULT 'dflt',
    tb tinyblob, bl blob, mb mediumblob, lb longblob, cb char(4) CHARACTER SET binary, vcb varchar(4) CHARACTER SET binary);
INSERT INTO octets VALUES (1, x'00ff10', x'deadbeef', x'00', x'ff', x'fbff', 'text', x'0102', x'ff00', x'fe'), (2, '', '', '', '', '', '', '', '', '');
INSERT INTO octets (id, bin) VALUES (3, NULL);
CREATE TABLE labels (id int PRIMARY KEY, e enum('a','b c','d''e','f,g') DEFAULT 'b c', en enum('p','q') NOT NULL,
    s set('x','y','z') DEFAULT 'x,z', sn set('r') NOT NULL DEFAULT '', el enum('ä','ö') CHARACTER SET latin1 DEFAULT 'ö');
INSERT INTO labels VALUES (1, 'a', 'q', 'z,x', 'r', 'ä'), (2, 'd''e', 'p', '', '', 'ö');
INSERT INTO labels (id, e, en, s, el) VALUES (3, NULL, 'p', NULL, NULL), (4, 'f,g', 'q', 'x', NULL);
CREATE TABLE jsons (id int PRIMARY KEY, j json, t text);
INSERT INTO jsons VALUES (1, '{{"b": [1, 2.5, "x", null, true, -9223372036854775808, 18446744073709551615, 1e100], "a": {{"k": "v \\\\" é"}}}}', 't'),
    (2, '[]', 't'), (3, '"s"', 't'), (4, '17', 't'), (5, 'null', NULL), (6, NULL, NULL), (7, '{{}}', 't'), (8, '[0.1, 1.0, 123456789012, {{"": []}}, false]', 't');
/*mysql*/ INSERT INTO jsons VALUES (9, JSON_ARRAY(CAST('2020-01-02' AS DATE), CAST('2020-01-02 03:04:05.678' AS DATETIME(3)), CAST('11:12:13' AS TIME), CAST(1.50 AS DECIMAL(5,2)), CAST('bin' AS BINARY)), 'opaque');
CREATE TABLE times (id int PRIMARY KEY, d date DEFAULT '2020-01-01', t time, t3 time(3), t6 time(6), dt datetime, dt3 datetime(3),
    dt6 datetime(6), ts timestamp NULL DEFAULT NULL, ts3 timestamp(3) NULL, ts6 timestamp(6) NULL);
/*mysql*/ INSERT INTO times VALUES (1, {TIMES});
INSERT INTO times VALUES (2, {SIMPLE});
INSERT INTO times (id, d) VALUES (3, NULL);
CREATE TABLE sane (id int PRIMARY KEY, d date, t time, t3 time(3), t6 time(6), dt datetime, dt3 datetime(3), dt6 datetime(6), ts timestamp NULL, ts3 timestamp(3) NULL, ts6 timestamp(6) NULL);
INSERT INTO sane VALUES (1, {SIMPLE});
CREATE TABLE required (id int PRIMARY KEY, d date NOT NULL, t time NOT NULL DEFAULT '10:20:30', dt datetime NOT NULL DEFAULT '2020-01-02 03:04:05',
    dt6 datetime(6) NOT NULL DEFAULT '2020-01-02 03:04:05.123456', ts timestamp NOT NULL DEFAULT '2001-02-03 04:05:06',
    dtc datetime DEFAULT CURRENT_TIMESTAMP, tsc timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, tsn timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6));
INSERT INTO required VALUES (1, '2020-02-02', '00:00:01', '2020-02-02 01:01:01', '2020-02-02 01:01:01.000001', '2020-02-02 01:01:01',
    '2020-02-02 01:01:01', '2020-02-02 01:01:01', '2020-02-02 01:01:01.5');
CREATE TABLE zeros (id int PRIMARY KEY, d date, dt datetime, dt6 datetime(6), ts timestamp NULL, dn date NOT NULL, dtn datetime(3) NOT NULL, tsn timestamp NOT NULL, t time, y year);
SET sql_mode = '';
/*mysql*/ INSERT INTO zeros VALUES (1, '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '00:00:00', 0),
    (2, '2020-00-00', '2020-01-00 01:02:03', '0000-01-01 00:00:00', '1970-01-01 00:00:01', '2020-02-00', '2020-00-01 00:00:00', '2038-01-19 03:14:07', '838:59:59', 2001),
    (3, '0001-01-01', '0001-01-01 00:00:00', '0099-12-31 23:59:59.999999', NULL, '0070-01-01', '9999-12-31 23:59:59.999', '2000-01-01 00:00:00', '-00:00:01', NULL);
CREATE TABLE shapes (id int PRIMARY KEY, g geometry, p point, l linestring, po polygon, mp multipoint, ml multilinestring, mpo multipolygon, gc geometrycollection, pn point NOT NULL);
INSERT INTO shapes VALUES (1, ST_GeomFromText('POINT(1 2)', 4326), ST_GeomFromText('POINT(1.5 -2)'), ST_GeomFromText('LINESTRING(0 0,3 4)'),
        ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))'), ST_GeomFromText('MULTIPOINT(1 1,2 2)'), ST_GeomFromText('MULTILINESTRING((0 0,1 1),(2 2,3 3))'),
        ST_GeomFromText('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))'), ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))'), ST_GeomFromText('POINT(0 0)'));
INSERT INTO shapes (id, pn) VALUES (2, ST_GeomFromText('POINT(-1e10 1e-10)'));
/*mysql*/ CREATE TABLE generateds (id int PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a * 2) STORED, c int GENERATED ALWAYS AS (a + 1) VIRTUAL, inv int INVISIBLE DEFAULT 5);
/*mysql*/ INSERT INTO generateds (id, a) VALUES (1, 10);
/*mysql9*/ CREATE TABLE vectors (id int PRIMARY KEY, v vector(3), w vector);
/*mysql9*/ INSERT INTO vectors VALUES (1, STRING_TO_VECTOR('[1, -2.5, 3e10]'), STRING_TO_VECTOR('[0.1]')), (2, NULL, NULL);
/*mysql*/ CREATE TABLE defaults (id int PRIMARY KEY, u varchar(36) DEFAULT (uuid()), e int DEFAULT (1 + 2), j json DEFAULT (json_array()), t text DEFAULT ('txt'), n int NOT NULL DEFAULT (7));
/*mariadb*/ CREATE TABLE defaults (id int PRIMARY KEY, u varchar(36) DEFAULT uuid(), e int DEFAULT (1 + 2), j json DEFAULT '[]', t text DEFAULT 'txt', n int NOT NULL DEFAULT (7));
INSERT INTO defaults VALUES (1, 'u', 3, '[1]', 'x', 8), (2, NULL, NULL, NULL, NULL, 9);
/*mariadb*/ CREATE TABLE own (id int PRIMARY KEY, u uuid DEFAULT '123e4567-e89b-12d3-a456-426614174000');
/*mariadb*/ INSERT INTO own VALUES (1, '00000000-0000-0000-0000-000000000001'), (2, NULL);
"""
STREAM = (
    f"INSERT INTO ints VALUES (11, {INTS}), (12, {LOW}); INSERT INTO ints (id, t1, si, bu) VALUES (13, NULL, NULL, NULL)",
    "UPDATE ints SET ti = 5, bu = 9223372036854775808 WHERE id = 1; DELETE FROM ints WHERE id = 12",
    f"INSERT INTO bits VALUES (11, b'1', b'1', b'100000001', b'{'10' * 32}', 1999, 2155), (12, b'0', b'0', 0, 0, 1901, 2000);"
    "INSERT INTO bits (id, b1, b9, b64, y, yn) VALUES (13, NULL, NULL, NULL, NULL, 1970); DELETE FROM bits WHERE id = 12",
    """INSERT INTO decs VALUES (11, -12345.67, 99, 1.5, -12345678901234567890123456789012345.123456789012345678901234567890,
        2.125, 3.25, 1e100, -0.5, 0.75, 1e-10, 1234567890.0123456789, 999.999),
    (12, 99999999.99, -9999999999, 0, 0, -3.4e38, -0.001, -1e-300, 1.7976931348623157e308, 123456789.125, 0, -1, -0.001);
    INSERT INTO decs (id, d, f, dd) VALUES (13, NULL, NULL, NULL); UPDATE decs SET f = 0.1, dd = 0.1 WHERE id = 11; DELETE FROM decs WHERE id = 12""",
    """INSERT INTO texts VALUES (11, 'abc', 'xyz', 'Zoë \\\\ "q" / ''s''', 'tiny', 'tab\\tnew\\nline', 'medium <&>', '漢字 𝄞 😀', 'nc', 'ab'),
    (12, '', '', '', '', '', '', '', '', ''); INSERT INTO texts (id, c, nv) VALUES (13, NULL, NULL);
    UPDATE texts SET lt = REPEAT('x', 300) WHERE id = 11; DELETE FROM texts WHERE id = 12""",
    "INSERT INTO charsets VALUES (11, 'café €', '中文', 'カナ', 'utf 漢', 'ü😀', 'ü漢', 'Привет', 'ascii', 'Bin', 'Ünï', 'drei', '한국', '中文', 'αβγ');"
    "INSERT INTO charsets (id, l1) VALUES (12, NULL); UPDATE charsets SET l1 = 'ÿ' WHERE id = 1",
    "INSERT INTO octets VALUES (11, x'00ff10', x'deadbeef', x'00', x'ff', x'fbff', 'text', x'0102', x'ff00', x'fe'), (12, '', '', '', '', '', '', '', '', '');"
    "INSERT INTO octets (id, bin) VALUES (13, NULL); UPDATE octets SET bin = x'01000000', vb = x'0100' WHERE id = 11; DELETE FROM octets WHERE id = 12",
    "INSERT INTO labels VALUES (11, 'a', 'q', 'z,x', 'r', 'ä'), (12, 'd''e', 'p', '', '', 'ö'); INSERT INTO labels (id, e, en, s, el) VALUES (13, NULL, 'p', NULL, NULL), (14, 'f,g', 'q', 'x', NULL);"
    "UPDATE labels SET e = 'b c', s = 'x,y,z' WHERE id = 11; DELETE FROM labels WHERE id = 12",
    """INSERT INTO jsons VALUES (11, '{"b": [1, 2.5, "x", null, true, -9223372036854775808, 18446744073709551615, 1e100], "a": {"k": "v \\\\" é"}}', 't'),
    (12, '[]', 't'), (13, '"s"', 't'), (14, '17', 't'), (15, 'null', NULL), (16, NULL, NULL), (17, '{}', 't'), (18, '[0.1, 1.0, 123456789012, {"": []}, false]', 't');
    UPDATE jsons SET j = JSON_SET(j, '$.c', 1) WHERE id = 11; DELETE FROM jsons WHERE id = 12""",
    "/*mysql*/ INSERT INTO jsons VALUES (19, JSON_ARRAY(CAST('2020-01-02' AS DATE), CAST('2020-01-02 03:04:05.678' AS DATETIME(3)), CAST('11:12:13' AS TIME), CAST(1.50 AS DECIMAL(5,2)), CAST('bin' AS BINARY)), 'opaque')",
    f"INSERT INTO times VALUES (11, {TIMES}), (12, {SIMPLE}); INSERT INTO times (id, d) VALUES (13, NULL); UPDATE times SET t6 = '838:59:59' WHERE id = 12; DELETE FROM times WHERE id = 11",
    f"INSERT INTO sane VALUES (11, {SIMPLE}); UPDATE sane SET t6 = '23:59:59.999999' WHERE id = 11; DELETE FROM sane WHERE id = 11",
    "INSERT INTO required VALUES (11, '2020-02-02', '00:00:01', '2020-02-02 01:01:01', '2020-02-02 01:01:01.000001', '2020-02-02 01:01:01', '2020-02-02 01:01:01', '2020-02-02 01:01:01', '2020-02-02 01:01:01.5'); DELETE FROM required WHERE id = 11",
    """SET sql_mode = ''; INSERT INTO zeros VALUES (11, '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '00:00:00', 0),
    (12, '2020-00-00', '2020-01-00 01:02:03', '0000-01-01 00:00:00', '1970-01-01 00:00:01', '2020-02-00', '2020-00-01 00:00:00', '2038-01-19 03:14:07', '838:59:59', 2001),
    (13, '0001-01-01', '0001-01-01 00:00:00', '0099-12-31 23:59:59.999999', NULL, '0070-01-01', '9999-12-31 23:59:59.999', '2000-01-01 00:00:00', '-00:00:01', NULL);
    DELETE FROM zeros WHERE id = 13""",
    "SET sql_mode = DEFAULT",
    """INSERT INTO shapes VALUES (11, ST_GeomFromText('POINT(1 2)', 4326), ST_GeomFromText('POINT(1.5 -2)'), ST_GeomFromText('LINESTRING(0 0,3 4)'),
        ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))'), ST_GeomFromText('MULTIPOINT(1 1,2 2)'), ST_GeomFromText('MULTILINESTRING((0 0,1 1),(2 2,3 3))'),
        ST_GeomFromText('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))'), ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))'), ST_GeomFromText('POINT(0 0)'));
    INSERT INTO shapes (id, pn) VALUES (12, ST_GeomFromText('POINT(-1e10 1e-10)')); UPDATE shapes SET p = NULL WHERE id = 11""",
    "/*mysql*/ INSERT INTO generateds (id, a, inv) VALUES (11, 20, 6); /*mysql*/ UPDATE generateds SET a = 3 WHERE id = 1; /*mysql*/ DELETE FROM generateds WHERE id = 11",
    "/*mysql9*/ INSERT INTO vectors VALUES (11, STRING_TO_VECTOR('[1, -2.5, 3e10]'), STRING_TO_VECTOR('[0.1]')); /*mysql9*/ UPDATE vectors SET v = NULL WHERE id = 11",
    "INSERT INTO defaults (id, u) VALUES (11, 'x'); UPDATE defaults SET e = 4 WHERE id = 1",
    "/*mariadb*/ INSERT INTO own VALUES (11, '00000000-0000-0000-0000-0000000000ff'), (12, NULL)",
)
MODES = (
    Config("defaults"),
    Config("decimalstring", {"decimal.handling.mode": "string", "bigint.unsigned.handling.mode": "precise"}),
    Config("decimaldouble", {"decimal.handling.mode": "double", "binary.handling.mode": "base64"}),
    Config(
        "timeconnect",
        {
            "table.exclude.list": r"DB\.(times|zeros)",
            "time.precision.mode": "connect",
            "bigint.unsigned.handling.mode": "precise",
        },
    ),
    Config("timeiso", {"time.precision.mode": "isostring", "binary.handling.mode": "base64-url-safe"}),
    Config("timemicros", {"time.precision.mode": "microseconds", "binary.handling.mode": "hex"}),
    Config("timenanos", {"time.precision.mode": "nanoseconds", "table.exclude.list": r"DB\.(times|zeros)"}),
    Config("nulls", {"value.converter.replace.null.with.default": "false"}),
    Config("numericjson", {"value.converter.decimal.format": "NUMERIC", "bigint.unsigned.handling.mode": "precise"}),
    Config("schemaless", {"value.converter.schemas.enable": "false", "key.converter.schemas.enable": "false"}),
    Config("propagated", {"column.propagate.source.type": ".*"}),
    Config("datatypes", {"datatype.propagate.source.type": r".*\.(VARCHAR|DECIMAL|INT UNSIGNED|ENUM|JSON)"}),
    Config("avro", {"field.name.adjustment.mode": "avro"}, avro=True),
    Config(
        "avroconnect",
        {
            "table.exclude.list": r"DB\.(times|zeros)",
            "time.precision.mode": "connect",
            "decimal.handling.mode": "string",
        },
        avro=True,
    ),
)
FULL_METADATA = [config for config in MODES if config.name in ("defaults", "decimalstring", "propagated")]
SCENARIOS = everywhere("types", SETUP, STREAM, MODES, older=("defaults", "timeconnect", "avro")) + everywhere(
    "typesfull", SETUP, STREAM, FULL_METADATA, servers=("myfull", "mafull")
)
