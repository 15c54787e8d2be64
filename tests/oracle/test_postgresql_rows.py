"""Random tables and rows: PostgreSQL renders, the decoder reads, and PostgreSQL is asked whether the value is its own.

Each value goes back as an expression that is written from our value by rules of this file alone (no loader of ours),
and the server compares: `column IS NOT DISTINCT FROM <expression>`. HEADWATER_ORACLE_EXAMPLES sets the number of
tables (12).
"""

import os
import random
import time

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connectors.postgresql.connection import prepare
from connectors.postgresql.pgoutput import Decoder
from connectors.postgresql.planner import Planner
from tests.pgoutput import config

TABLES = int(os.environ.get("HEADWATER_ORACLE_EXAMPLES", "12"))
ROWS = 25


def number(data):
    return int.from_bytes(data, "big", signed=True)


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def text(value):
    if "\\" not in value:
        return quoted(value)
    return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def decimal(scale):
    return lambda value: f"({number(value)}::numeric / 10::numeric ^ {scale})"


def floating(value):
    return quoted(repr(value))


def micros(value):
    return f"('1970-01-01'::timestamp + make_interval(secs => 0) + '{value} microseconds'::interval)"


def array(render, type_):
    def rendered(values):
        if not values:
            return f"'{{}}'::{type_}"
        items = ["NULL" if value is None else render(value) for value in values]
        return f"ARRAY[{', '.join(items)}]::{type_}"

    return rendered


def bits(length):
    return lambda value: quoted(f"{int.from_bytes(value, 'little'):0{length}b}") + f"::bit({length})"


# PostgreSQL type, random SQL expression, our value back to SQL
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
INTS = st.integers(-(2**31), 2**31 - 1)
LONGS = st.integers(-(2**63), 2**63 - 1)
SMALL = st.integers(-(2**15), 2**15 - 1)
CENTS = st.integers(-(10**11), 10**11)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
DAYS = st.integers(-1_400_000, 2_000_000)  # from 1864 BC to 7475
DAY_MICROS = st.integers(0, 86_400_000_000 - 1)
TIMES = st.integers(-60 * 10**15, 200 * 10**15)  # from 69 to 8307
KINDS = [
    ("boolean", st.booleans().map(str), str),
    ("smallint", SMALL.map(str), lambda value: f"({value})::int2"),
    ("integer", INTS.map(str), str),
    ("bigint", LONGS.map(lambda value: f"'{value}'"), lambda value: f"'{value}'::int8"),
    ("double precision", FLOATS.map(lambda value: f"'{value!r}'"), lambda value: f"{floating(value)}::float8"),
    ("real", st.floats(width=32, allow_nan=False, allow_infinity=False).map(lambda value: f"'{value!r}'"),
     lambda value: f"{floating(value)}::float4"),
    ("numeric(14,2)", CENTS.map(lambda value: f"{value}::numeric / 100"), decimal(2)),
    ("numeric", st.tuples(LONGS, st.integers(0, 20)).map(lambda pair: f"'{pair[0]}e-{pair[1]}'"),
     lambda value: f"({number(value[1])}::numeric * ('1e-' || {value[0]})::numeric)"),
    ("text", WORDS.map(text), text),
    ("varchar(60)", WORDS.map(text), text),
    ("bytea", st.binary(max_size=30).map(lambda value: f"'\\x{value.hex()}'"),
     lambda value: f"'\\x{value.hex()}'::bytea"),
    ("date", DAYS.map(lambda value: f"'1970-01-01'::date + ({value})"),
     lambda value: f"('1970-01-01'::date + ({value}))"),
    ("time", DAY_MICROS.map(lambda value: f"'00:00'::time + '{value} microseconds'::interval"),
     lambda value: f"('00:00'::time + '{value} microseconds'::interval)"),
    ("timestamp", TIMES.map(micros), micros),
    ("timestamp(3)", TIMES.map(lambda value: micros(value // 1000 * 1000)), lambda value: micros(value * 1000)),
    ("timestamptz", TIMES.map(lambda value: f"{micros(value)} AT TIME ZONE 'UTC'"),
     lambda value: f"'{value}'::timestamptz"),
    ("interval", st.tuples(st.integers(-40, 40), TIMES).map(
        lambda pair: f"'{pair[0]} months'::interval + '{pair[1] % 10**13} microseconds'::interval"), None),
    ("uuid", st.uuids().map(lambda value: f"'{value}'"), lambda value: f"'{value}'::uuid"),
    ("bit(11)", st.integers(0, 2047).map(lambda value: f"B'{value:011b}'"), bits(11)),
    ("inet", st.ip_addresses().map(lambda value: f"'{value}'"), lambda value: f"'{value}'::inet"),
    ("jsonb", WORDS.map(lambda value: f"to_jsonb({text(value)}::text)"), lambda value: f"{text(value)}::jsonb"),
    ("int4range", st.tuples(st.integers(-99, 0), st.integers(1, 99)).map(lambda pair: f"'[{pair[0]},{pair[1]})'"),
     lambda value: f"'{value}'::int4range"),
    ("money", st.integers(-(10**9), 10**9).map(lambda value: f"({value}::numeric / 100)::money"),
     lambda value: f"({number(value)}::numeric / 100)::money"),
    ("integer[]", st.lists(st.none() | INTS, max_size=5).map(array(str, "int4[]")), array(str, "int4[]")),
    ("text[]", st.lists(st.none() | WORDS, max_size=5).map(array(text, "text[]")), array(text, "text[]")),
    ("numeric(14,2)[]", st.lists(CENTS, max_size=4).map(array(lambda value: f"{value}::numeric / 100", "numeric[]")),
     array(decimal(2), "numeric[]")),
    ("time[]", st.lists(DAY_MICROS, max_size=3).map(
        array(lambda value: f"'00:00'::time + '{value} microseconds'::interval", "time[]")),
     array(lambda value: f"('00:00'::time + '{value} microseconds'::interval)", "time[]")),
    ("mood", st.sampled_from(["sad", "so, so", "it's"]).map(quoted), lambda value: f"{quoted(value)}::mood"),
    ("price", CENTS.map(lambda value: f"{value}::numeric / 1000"), decimal(3)),
]  # fmt: skip


def streamed(connection, slot):
    """Changes of the slot, decoded."""
    settings = config()
    planner = Planner(settings)
    decoder = Decoder(lambda relation: planner.of_relation(connection, relation), planner.template)
    rows = connection.execute(
        "SELECT lsn - '0/0'::pg_lsn, data FROM pg_logical_slot_get_binary_changes(%s, NULL, NULL,"
        " 'proto_version', '1', 'publication_names', 'p')",
        (slot,),
    ).fetchall()
    for lsn, data in rows:
        decoder.feed(bytes(data), int(lsn))
    return decoder.changes


@pytest.mark.parametrize("version", ["postgres16", "postgres"])
def test_every_value_is_the_servers_own(request, version):
    server = request.getfixturevalue(version)
    name = server.create_database()
    seed = int(os.environ.get("HEADWATER_ORACLE_SEED", str(time.time_ns())))
    print(f"HEADWATER_ORACLE_SEED={seed}")
    choice = random.Random(seed)
    try:
        with psycopg.connect(server.dsn(name), autocommit=True) as connection:
            prepare(connection, 0)
            connection.execute(
                "CREATE TYPE mood AS ENUM ('sad', 'so, so', 'it''s'); CREATE DOMAIN price AS numeric(14,3);"
                "CREATE PUBLICATION p FOR ALL TABLES"
            )
            slot = f"oracle_{name}"[:60]
            connection.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (slot,))
            checked = sum(compare(connection, slot, choice, table) for table in range(TABLES))
            connection.execute("SELECT pg_drop_replication_slot(%s)", (slot,))
    finally:
        server.drop_database(name)
    assert checked > TABLES * ROWS


def compare(connection, slot, choice, number_of_table):
    """One random table with random rows; how many values were compared."""
    kinds = choice.choices(KINDS, k=choice.randint(1, 12))
    table = f"t{number_of_table}"
    columns = ", ".join(f"c{index} {type_}" for index, (type_, _, _) in enumerate(kinds))
    connection.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, {columns})".encode())
    for row in range(ROWS):
        values = ["NULL" if choice.randrange(8) == 0 else drawn(strategy, choice) for _, strategy, _ in kinds]
        connection.execute(f"INSERT INTO {table} VALUES ({row}, {', '.join(values)})".encode())
    changes = streamed(connection, slot)
    assert [change.after[0] for change in changes] == list(range(ROWS))
    checked = 0
    for change in changes:
        terms = []
        for index, (type_, _, back) in enumerate(kinds):
            value = change.after[1 + index]
            if value is None:
                terms.append((type_, value, f"c{index} IS NULL"))
            elif back is None:
                months = f"(extract(year FROM c{index}) * 12 + extract(month FROM c{index}))"
                rest = f"extract(epoch FROM c{index} - make_interval(months => {months}::int)) * 1000000"
                terms.append((type_, value, f"{months} * 2629800000000 + ({rest}) = {value}"))
            else:
                terms.append((type_, value, f"c{index} IS NOT DISTINCT FROM {back(value)}"))
        where = ", ".join(term for _, _, term in terms)
        found = connection.execute(
            f"SELECT ARRAY[{where}], t::text FROM {table} t WHERE id = {change.after[0]}".encode()
        ).fetchone()
        for equal, (type_, value, term) in zip(found[0], terms, strict=True):
            assert equal, f"{type_}: {value!r} is not {term} in {found[1]}"
            checked += 1
    return checked


POOLS = {}


def drawn(strategy, choice):
    """One of a pool of values that hypothesis made."""
    pool = POOLS.get(id(strategy))
    if pool is None:
        pool = POOLS[id(strategy)] = gather(strategy)
    return choice.choice(pool)


def gather(strategy):
    """A pool of examples."""
    pool = []

    @settings(max_examples=60, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(value):
        pool.append(value)

    collect()
    return pool
