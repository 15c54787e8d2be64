"""Column defaults that are computed: functions, operators, casts, keywords; what stands in the schema for them."""

from tests.golden.scenario import Config, Scenario

# column: (type, default)
DEFAULTS = {
    "i_sum": ("int", "1 + 2"),
    "i_product": ("int", "(60 * 60) * 24"),
    "i_function": ("int", "length('abc')"),
    "i_qualified": ("int", "pg_catalog.length('abc')"),
    "i_own": ("int", "tools.seven()"),
    "i_quoted": ("int", 'tools."Eight"()'),
    "i_cast": ("int", "'7'::text::int"),
    "i_case": ("int", "CASE WHEN true THEN 1 ELSE 2 END"),
    "i_coalesce": ("int", "COALESCE(NULL, 4)"),
    "i_minus": ("int", "-(2)"),
    "i_negative": ("int", "- length('abc')"),
    "i_of_function": ("int", "length('abc') + 1"),
    "b_sum": ("int8", "1 + 2"),
    "b_cast": ("int8", "5::int"),
    "n_sum": ("numeric(8,2)", "1.5 + 1"),
    "n_function": ("numeric(8,2)", "round(1.234, 2)"),
    "n_cast": ("numeric(8,2)", "1.5::float8"),
    "f_sum": ("float8", "1.5 + 1"),
    "f_function": ("float8", "pi()"),
    "s_join": ("text", "'a' || 'b'"),
    "s_join_function": ("text", "'x-' || now()"),
    "s_function": ("text", "upper('abc')"),
    "s_function_join": ("text", "upper('abc') || 'd'"),
    "s_cast": ("text", "5::text"),
    "s_user": ("text", "CURRENT_USER"),
    "s_session": ("text", "SESSION_USER"),
    "s_database": ("text", "current_database()"),
    "v_cast": ("varchar(9)", "'abc'::text::varchar(2)"),
    "c_function": ("char(3)", "lower('X')"),
    "t_not": ("boolean", "NOT true"),
    "t_not_false": ("boolean", "NOT false"),
    "t_compare": ("boolean", "1 < 2"),
    "t_function": ("boolean", "starts_with('abc', 'a')"),
    "t_text": ("boolean", "'t'::text = 'true'::text"),
    "d_today": ("date", "CURRENT_DATE"),
    "d_tomorrow": ("date", "CURRENT_DATE + 1"),
    "d_function": ("date", "make_date(2020, 1, 2)"),
    "d_now": ("date", "now()"),
    "z_now": ("timestamptz", "now()"),
    "z_current": ("timestamptz", "CURRENT_TIMESTAMP"),
    "z_current3": ("timestamptz(3)", "CURRENT_TIMESTAMP(3)"),
    "z_later": ("timestamptz", "now() + interval '1 day'"),
    "z_later_current": ("timestamptz", "CURRENT_TIMESTAMP + interval '1 day'"),
    "z_cast": ("timestamptz", "'2020-01-01'::date"),
    "l_local": ("timestamp", "LOCALTIMESTAMP"),
    "l_utc": ("timestamp", "now() AT TIME ZONE 'utc'"),
    "l_utc_current": ("timestamp", "CURRENT_TIMESTAMP AT TIME ZONE 'utc'"),
    "l_utc_function": ("timestamp", "timezone('utc', now())"),
    "h_local": ("time", "LOCALTIME"),
    "h_later": ("time", "LOCALTIME + interval '1 hour'"),
    "p_days": ("interval", "make_interval(days => 1)"),
    "p_product": ("interval", "2 * interval '1 hour'"),
    "u_random": ("uuid", "gen_random_uuid()"),
    "u_cast": ("uuid", "md5('a')::uuid"),
    "j_function": ("jsonb", "jsonb_build_object('a', 1)"),
    "j_join": ("jsonb", "'{\"a\": 1}'::jsonb || '{\"b\": 2}'"),
    "x_bits": ("bit(3)", "B'101' & B'110'"),
    "x_varbits": ("varbit", "B'1' || B'0'"),
    "x_function": ("bit(3)", "tools.bits()"),
    "x_function1": ("bit(1)", "tools.bits()"),
    "x_varfunction": ("varbit", "tools.bits()"),
    "a_function": ("int[]", "ARRAY[1]"),
    "q_cast": ("int8", "0::bigint"),
    "q_quoted": ("int8", "'0'::bigint"),
    "q_minus": ("int8", "-1::bigint"),
    "q_numeric": ("numeric(8,2)", "0::numeric"),
    "q_fraction": ("numeric(8,2)", "0.50::numeric(8,2)"),
    "q_float": ("float8", "0::float8"),
    "q_small": ("int2", "1::int2"),
    "q_null": ("int", "NULL::int"),
    "q_null_text": ("text", "NULL::text"),
    "q_null_varchar": ("varchar(9)", "NULL::varchar(9)"),
    "q_null_time": ("timestamptz", "NULL::timestamptz"),
    "q_true": ("boolean", "'yes'::boolean"),
    "q_text_true": ("boolean", "'true'::text::boolean"),
    "q_date": ("timestamp", "'2020-01-01'::date"),
    "q_moment": ("date", "'2020-01-02 03:04:05'::timestamp"),
    "q_infinity": ("timestamp", "'infinity'"),
    "e_plain": ("level", "'high'"),
    "e_cast": ("level", "'low'::text::level"),
    "e_function": ("level", "tools.best()"),
}
VALUES = {
    "int": "10",
    "int8": "11",
    "numeric(8,2)": "12.5",
    "float8": "1.25",
    "text": "'t'",
    "varchar(9)": "'v'",
    "char(3)": "'c'",
    "boolean": "true",
    "date": "'2020-01-02'",
    "timestamptz": "'2020-01-02Z'",
    "timestamptz(3)": "'2020-01-02Z'",
    "timestamp": "'2020-01-02'",
    "time": "'01:02:03'",
    "interval": "'1 hour'",
    "uuid": "'11111111-2222-3333-4444-555555555555'",
    "jsonb": "'[]'",
    "bit(3)": "B'110'",
    "varbit": "B'110'",
    "bit(1)": "B'1'",
    "int[]": "'{1}'",
    "int2": "3",
    "level": "'low'",
}
COLUMNS = ", ".join(f"{name} {type_} DEFAULT ({default})" for name, (type_, default) in DEFAULTS.items())
REQUIRED = ", ".join(f"{name} {type_} NOT NULL DEFAULT ({default})" for name, (type_, default) in DEFAULTS.items())
ROW = ", ".join(VALUES[type_] for type_, _ in DEFAULTS.values())
SETUP = f"""
CREATE SCHEMA tools;
CREATE TYPE level AS ENUM ('low', 'high');
CREATE FUNCTION tools.seven() RETURNS int LANGUAGE sql AS 'SELECT 7';
CREATE FUNCTION tools."Eight"() RETURNS int LANGUAGE sql AS 'SELECT 8';
CREATE FUNCTION tools.best() RETURNS level LANGUAGE sql AS $$SELECT 'high'::level$$;
CREATE FUNCTION tools.bits() RETURNS bit LANGUAGE sql AS $$SELECT B'101'$$;
CREATE TABLE computed (id int PRIMARY KEY, {COLUMNS});
CREATE TABLE required (id int PRIMARY KEY, {REQUIRED});
"""
STREAM = (
    f"INSERT INTO computed VALUES (1{', NULL' * len(DEFAULTS)})",
    f"INSERT INTO required VALUES (1, {ROW})",
    "DELETE FROM required",
)
SCENARIOS = [
    Scenario(
        "expressions",
        SETUP,
        STREAM,
        (
            Config("plain"),
            Config("nulls", {"value.converter.replace.null.with.default": "false"}),
            Config("avro", avro=True),
        ),
    )
]
