"""The ends of the types of MySQL and MariaDB: what is at the edge of a representation, or beyond it."""

from tests.golden.binlog import everywhere
from tests.golden.scenario import Config

FAR = "'9999-12-31 23:59:59', '9999-12-31 23:59:59.999999', '2262-04-12 00:00:00', '1677-09-21 00:00:00', '1000-01-01'"
WHOLE = "ST_GeomFromText('LINESTRING(0 0,3 4)')"
SETUP = f"""
CREATE TABLE far (id int PRIMARY KEY, dt datetime, dt6 datetime(6), dta datetime(3), dtb datetime(6), d date, t time(6));
INSERT INTO far VALUES (1, {FAR}, '838:59:59'), (2, NULL, NULL, NULL, NULL, NULL, '-838:59:59');
CREATE TABLE defaulted (id int PRIMARY KEY, dt datetime DEFAULT '9999-12-31 00:00:00', dn datetime(6) DEFAULT '1000-01-01 00:00:00');
INSERT INTO defaulted VALUES (1, '2001-01-02', '2001-01-02');
CREATE TABLE shapes (id int PRIMARY KEY, g geometry NOT NULL, l linestring NOT NULL, p point NOT NULL, go geometry);
INSERT INTO shapes VALUES (1, {WHOLE}, {WHOLE}, ST_GeomFromText('POINT(0 0)'), NULL);
/*mariadb*/ CREATE TABLE srids (id int PRIMARY KEY, g geometry, p point);
/*mariadb*/ INSERT INTO srids VALUES (1, ST_GeomFromText('POINT(1 1)', 2147483647), ST_GeomFromText('POINT(1 1)', 2147483648));
CREATE TABLE bits (id int PRIMARY KEY, b10 bit(10), b63 bit(63), b64 bit(64));
INSERT INTO bits VALUES (1, b'1', b'1', b'1'), (2, b'1111111111', ~0 >> 1, ~0), (3, 0, 0, 0);
CREATE TABLE floats (id int PRIMARY KEY, f float, d double, f53 float(53));
INSERT INTO floats VALUES (1, 3.40282e38, 1.7976931348623157e308, 1e300), (2, 1e-37, 5e-324, -1e-300);
"""
STREAM = (
    f"INSERT INTO far VALUES (11, {FAR}, '838:59:59'), (12, NULL, NULL, NULL, NULL, NULL, '-838:59:59.000000'); DELETE FROM far WHERE id = 11",
    "INSERT INTO defaulted VALUES (11, '2001-01-02', '2001-01-02')",
    f"INSERT INTO shapes VALUES (11, {WHOLE}, {WHOLE}, ST_GeomFromText('POINT(0 0)'), {WHOLE}); UPDATE shapes SET go = NULL WHERE id = 11; DELETE FROM shapes WHERE id = 11",
    "/*mariadb*/ INSERT INTO srids VALUES (11, ST_GeomFromText('POINT(1 1)', 2147483647), ST_GeomFromText('POINT(1 1)', 2147483648))",
    "INSERT INTO bits VALUES (11, b'1', b'1', b'1'), (12, b'1111111111', ~0 >> 1, ~0), (13, 0, 0, 0)",
    "INSERT INTO floats VALUES (11, 3.40282e38, 1.7976931348623157e308, 1e300), (12, 1e-37, 5e-324, -1e-300)",
    "CREATE TABLE reals (id int PRIMARY KEY, r real, s serial)",
    "INSERT INTO reals VALUES (1, 1e300, 18446744073709551614), (2, -1e-300, 1)",
)
SCENARIOS = everywhere(
    "extremes",
    SETUP,
    STREAM,
    (
        Config("defaults"),
        Config("connect", {"time.precision.mode": "connect", "event.converting.failure.handling.mode": "warn"}),
        Config("nanos", {"time.precision.mode": "nanoseconds", "event.converting.failure.handling.mode": "warn"}),
        Config("iso", {"time.precision.mode": "isostring", "event.converting.failure.handling.mode": "skip"}),
        Config("avro", {"decimal.handling.mode": "double"}, avro=True),
    ),
    older=("defaults", "nanos"),
)
