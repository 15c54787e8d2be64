"""Records the binary logs of the unit tests from real servers: `python -m tests.binlog_recordings`.

One file per server and setting in tests/unit/connectors/mysql/binlogs, packed with gzip. The statements are the same
every time; times and server UUIDs are not.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from tests.servers.mariadb import MariadbServer
from tests.servers.mysql import MysqlServer

FOLDER = Path(__file__).parent / "unit/connectors/mysql/binlogs"
TABLE = """CREATE TABLE t (
  id INT UNSIGNED PRIMARY KEY, tiny TINYINT, small SMALLINT UNSIGNED, medium MEDIUMINT, big BIGINT UNSIGNED,
  exact DECIMAL(20,4), single FLOAT, twice DOUBLE, bits BIT(12), year YEAR, day DATE, length TIME(2), at DATETIME(6),
  stamp TIMESTAMP(3) NULL, code CHAR(5), name VARCHAR(300), old TEXT CHARACTER SET latin1, raw BINARY(4),
  octets VARBINARY(10), blobs BLOB, size ENUM('x','y,z'), tags SET('p','q','r'), doc JSON, place POINT)"""
ROW = """INSERT INTO t VALUES (4000000000, -5, 65535, -8388608, 18446744073709551615,
  -1234567890123456.5678, 1.5, 2.25, b'101010101010', 2024, '2020-02-29', '-837:59:58.12', '2020-01-02 03:04:05.678901',
  '2020-01-02 03:04:05.678', 'abc', 'ö', 'é', 'ab', 'cd', 'ef', 'y,z', 'p,r', '{"a":1,"b":[1.5,"x",true,null]}',
  POINT(1,2))"""
COMMON = [
    "CREATE DATABASE d",
    "USE d",
    TABLE,
    ROW,
    "INSERT INTO t (id) VALUES (1), (2)",
    "UPDATE t SET tiny = tiny + 1, name = NULL WHERE id > 2",
    "BEGIN",
    "DELETE FROM t WHERE id = 1",
    "INSERT INTO t (id, day) VALUES (3, '2020-03-04')",
    "COMMIT",
    "SET binlog_row_image = MINIMAL",
    "UPDATE t SET small = 7 WHERE id = 2",
    "DELETE FROM t WHERE id = 2",
    "SET binlog_row_image = FULL",
    "XA START 'x'",
    "INSERT INTO t (id) VALUES (4)",
    "XA END 'x'",
    "XA PREPARE 'x'",
    "XA COMMIT 'x'",
]
MYSQL = [
    "SET sql_mode = 'NO_ZERO_DATE'",
    *COMMON,
    "SET binlog_transaction_compression = ON",
    "INSERT INTO t (id, name) VALUES (5, REPEAT('z', 300)), (6, REPEAT('y', 300))",
    "SET binlog_transaction_compression = OFF",
    "SET binlog_row_value_options = PARTIAL_JSON",
    "UPDATE t SET doc = JSON_SET(doc, '$.b[1]', 'w', '$.c', 1.50) WHERE id > 10",
]
TAGGED = ["SET gtid_next = 'AUTOMATIC:tag'", "INSERT INTO t (id) VALUES (7)", "SET gtid_next = 'AUTOMATIC'"]
END = ["FLUSH BINARY LOGS", "DROP DATABASE d"]


def record(name, kind, statements, **settings):
    """Both log files of a server that ran the statements; the version is in the name."""
    server = kind.private(name.split("-")[1], **settings)
    try:
        connection = server.connect()
        with connection.cursor() as cursor:
            cursor.execute("SET sql_mode = ''")
            for statement in statements:
                cursor.execute(statement)
        connection.close()
        for number in (1, 2):
            data = (server.home / "data" / f"mysql-bin.00000{number}").read_bytes()
            (FOLDER / f"{name}.{number}.gz").write_bytes(gzip.compress(data, mtime=0))
    finally:
        server.stop()


def main():
    """All of them."""
    FOLDER.mkdir(exist_ok=True)
    record("mysql-9.7-full", MysqlServer, [*MYSQL, *TAGGED, *END], binlog_row_metadata="FULL",
           binlog_rows_query_log_events="ON")  # fmt: skip
    record("mysql-9.7-anonymous", MysqlServer, [*MYSQL, *END], gtid_mode="OFF", enforce_gtid_consistency="OFF",
           binlog_checksum="NONE")  # fmt: skip
    record("mysql-8.4-full", MysqlServer, [*MYSQL, *TAGGED, *END], binlog_row_metadata="FULL",
           binlog_rows_query_log_events="ON")  # fmt: skip
    record("mysql-8.0-full", MysqlServer, [*MYSQL, *END], binlog_row_metadata="FULL",
           binlog_rows_query_log_events="ON")  # fmt: skip
    record("mariadb-11.8-compressed", MariadbServer, [*COMMON, *END], log_bin_compress="ON",
           log_bin_compress_min_len="10", binlog_row_metadata="FULL")  # fmt: skip
    record("mariadb-10.11-compressed", MariadbServer, [*COMMON, *END], log_bin_compress="ON",
           log_bin_compress_min_len="10", binlog_row_metadata="FULL", character_set_server="utf8mb4")  # fmt: skip
    record("mariadb-11.8-plain", MariadbServer, [*COMMON, *END], binlog_checksum="NONE",
           binlog_annotate_row_events="OFF", binlog_row_event_max_size="256")  # fmt: skip


if __name__ == "__main__":
    main()
