"""Types of extensions: hstore, citext, ltree, isn, PostGIS, pgvector."""

from tests.golden.scenario import Config, Scenario

TYPES = {
    "hstore": ("hstore", '\'a=>1, b=>NULL, "c d"=>"e\\"f"\'', "''", "'k=>v'"),
    "citext": ("citext", "'CamelCase'", "''", "'Def'"),
    "ltree": ("ltree", "'a.b.c'", "''", "'x.y'"),
    "lquery": ("lquery", "'a.*'", "'*'", "'b'"),
    "isbn": ("isbn", "'978-0-393-04002-9'", "'0-393-04002-X'", "'978-0-393-04002-9'"),
    "issn": ("issn", "'1436-4522'", "'1436-4522'", "'1436-4522'"),
    "ean13": ("ean13", "'978-0-393-04002-9'", "'978-0-393-04002-9'", "'978-0-393-04002-9'"),
    "geometry": ("geometry", "'SRID=4326;POINT(1 2)'", "'LINESTRING(0 0, 1 1)'", "'POINT(0 0)'"),
    "geometrypoint": ("geometry(Point,3187)", "'SRID=3187;POINT(1 2)'", "'SRID=3187;POINT EMPTY'", "NULL"),
    "geometryz": ("geometry(PointZ)", "'POINT Z (1 2 3)'", "'POINT Z (0 0 0)'", "NULL"),
    "geography": ("geography", "'POINT(1 2)'", "'POLYGON((0 0, 1 0, 1 1, 0 0))'", "'POINT(0 0)'"),
    "geographypoint": ("geography(Point,4326)", "'POINT(1 2)'", "'POINT(-1 -2)'", "NULL"),
    "vector": ("vector(3)", "'[1,2.5,-3]'", "'[0,0,0]'", "'[1,1,1]'"),
    "vectorplain": ("vector", "'[1,2]'", "'[0.1]'", "NULL"),
    "halfvec": ("halfvec(3)", "'[1,2.5,-3]'", "'[0,0,0]'", "'[1,1,1]'"),
    "sparsevec": ("sparsevec(5)", "'{1:1,3:2.5}/5'", "'{}/5'", "NULL"),
    "xml": ("xml", "'<a b=\"c\">d</a>'", "'<e/>'", "'<x/>'"),
    "xmlarray": ("xml[]", "'{<a/>,NULL}'", "'{}'", "NULL"),
    "cube": ("cube", "'(1,2)'", "'0'", "NULL"),
    "hstorekeys": ("hstore", "'zebra=>1, apple=>2, b=>3, a_longer_key=>4, Ä=>5, kk=>NULL'", "'b=>1, a=>2'", "NULL"),
    "hstorearray": ("hstore[]", "'{\"a=>1\",NULL}'", "'{}'", "NULL"),
    "citextarray": ("citext[]", "'{A,b,NULL}'", "'{}'", "'{}'"),
    "ltreearray": ("ltree[]", "'{a.b,NULL}'", "'{}'", "NULL"),
    "geometryarray": ("geometry[]", "ARRAY['POINT(1 2)'::geometry, NULL]", "'{}'", "NULL"),
}
EXTENSIONS = ("hstore", "citext", "ltree", "isn", "cube", "postgis", "vector")
# Debezium stops when a value that it cannot convert, or has no fallback for, belongs to a required column
LENIENT = {name for name in TYPES if name.endswith("array") or "vec" in name or name in ("lquery", "cube")}
SETUP = "".join(f"CREATE EXTENSION {name};" for name in EXTENSIONS) + "".join(
    f"CREATE TABLE x_{name} (id int PRIMARY KEY, v {type_}, n {type_} {'' if name in LENIENT else 'NOT NULL'}, d {type_} DEFAULT {default});"
    f"INSERT INTO x_{name} (id, v, n) VALUES (1, {value}, {other}), (2, NULL, {value});"
    for name, (type_, value, other, default) in TYPES.items()
)
STREAM = tuple(
    f"INSERT INTO x_{name} (id, v, n) VALUES (3, {value}, {other}), (4, NULL, {value});"
    f"UPDATE x_{name} SET v = {other}, n = {value} WHERE id = 3;"
    f"DELETE FROM x_{name} WHERE id = 3;"
    f"ALTER TABLE x_{name} REPLICA IDENTITY FULL;"
    f"UPDATE x_{name} SET v = {value} WHERE id = 4;"
    f"DELETE FROM x_{name} WHERE id = 4;"
    for name, (type_, value, other, default) in TYPES.items()
)
TABLES = {"table.include.list": r"public\.x_.*"}
SCENARIOS = [
    Scenario(
        "contrib",
        SETUP,
        STREAM,
        (
            Config("defaults", TABLES),
            Config("hstoremap", {**TABLES, "hstore.handling.mode": "map"}),
            Config(
                "hstoremapnulls", {**TABLES, "hstore.handling.mode": "map", "value.converter.schemas.enable": "false"}
            ),
            Config("unknown", {**TABLES, "include.unknown.datatypes": "true", "binary.handling.mode": "base64"}),
            Config("unknownhex", {**TABLES, "include.unknown.datatypes": "true", "binary.handling.mode": "hex"}),
            Config("propagated", {**TABLES, "column.propagate.source.type": ".*"}),
            Config("notype", {**TABLES, "datatype.propagate.source.type": ".*"}),
            Config("avro", {**TABLES, "hstore.handling.mode": "map"}, avro=True),
        ),
        server="18-contrib",
        share=2,
    )
]
