"""What is a key, and what is not: partial indexes, expressions, included columns; a table named as a type is."""

from tests.golden.scenario import Config, Scenario

TABLES = {
    "expression": ("a int NOT NULL, b text", "UNIQUE INDEX ON {t} (lower(b))"),
    "mixed": ("a int NOT NULL, b text", "UNIQUE INDEX ON {t} (a, lower(b))"),
    "included": ("a int NOT NULL, b text NOT NULL", "UNIQUE INDEX ON {t} (a) INCLUDE (b)"),
    "second": ("a int NOT NULL, b text NOT NULL", "UNIQUE INDEX a_partial ON {t} (b) WHERE a > 1"),
    "date": ("a int NOT NULL, b date[]", "UNIQUE INDEX ON {t} (a)"),
}


def _row(table: str, number: int) -> str:
    value = "'{2020-02-29,NULL}'" if table == "date" else f"'B{number}'"
    return f"INSERT INTO {table} VALUES ({number}, {value})"


def _moved(table: str) -> str:
    return f"UPDATE {table} SET a = 3 WHERE a = 2"


SETUP = "".join(
    f"CREATE TABLE {table} ({columns}); CREATE {index.format(t=table)}; ALTER TABLE {table} REPLICA IDENTITY FULL;"
    f"{_row(table, 1)};"
    for table, (columns, index) in TABLES.items()
)
SETUP += "CREATE UNIQUE INDEX whole ON second (a, b);"
STREAM = tuple(
    f"{_row(table, 2)}; UPDATE {table} SET b = b WHERE a = 2; {'' if table == 'second' else _moved(table)};"
    f" DELETE FROM {table} WHERE a IN (2, 3)"
    for table in TABLES
)
SCENARIOS = [Scenario("indexes", SETUP, STREAM, (Config("plain"), Config("avro", avro=True)))]
