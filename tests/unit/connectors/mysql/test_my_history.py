"""Schema history: what we write is Debezium's form, what Debezium writes is read, and tables come back as they were."""

import json
from dataclasses import replace

import pytest

from cdc.errors import CdcError
from connectors.mysql import schema_changes
from connectors.mysql.ddl import Schema
from connectors.mysql.history import encode, events, jdbc_type, parse_table_id, recover, table_id
from connectors.mysql.tables import MARIADB, MYSQL

TABLE = """CREATE TABLE `t` (
  `id` int unsigned NOT NULL AUTO_INCREMENT, `a` varchar(10) DEFAULT 'x''y' COMMENT 'note',
  `e` enum('p','q,r','it''s\\\\'),
  `s` set('x','y') CHARACTER SET utf8mb4, `d` decimal(5,2) NOT NULL, `dec` decimal, `b` bit(3) DEFAULT b'101',
  `ts` timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3), `nn` national varchar(20) NOT NULL, `bo` boolean,
  `u` varchar(36) DEFAULT (uuid()), `g` int GENERATED ALWAYS AS (id + 1) STORED, `h` int INVISIBLE, `j` json,
  `f` float(7,3), `p` point SRID 4326, `tx` text(9), `lv` long varchar, `y` year, `bb` binary(4), `b1` bit, `nc` nchar,
  `up` datetime ON UPDATE CURRENT_TIMESTAMP, `bs` varchar(9) DEFAULT 'a\\\\b',
  PRIMARY KEY (`id`), UNIQUE KEY `u1` (`a`, `e`), UNIQUE KEY `u2` (`nn`)
) DEFAULT CHARSET=latin1 COLLATE=latin1_bin COMMENT='about'"""

DEBEZIUM = (  # as Debezium 3.6's file store writes it
    b'{"source":{"server":"srv"},"position":{"ts_sec":1795162414,"file":"mysql-bin.000002","pos":342,"snapshot":"INITIAL"},'
    b'"ts_ms":1795162414001,"databaseName":"inventory","ddl":"CREATE TABLE `t` (...)","tableChanges":[{"type":"CREATE",'
    b'"id":"\\"inventory\\".\\"t\\"","table":{"defaultCharsetName":"latin1","primaryKeyColumnNames":["id"],"columns":['
    b'{"name":"id","jdbcType":-5,"typeName":"BIGINT UNSIGNED","typeExpression":"BIGINT UNSIGNED","charsetName":null,'
    b'"length":20,"position":1,"optional":false,"autoIncremented":true,"generated":true,"comment":null,'
    b'"hasDefaultValue":false,"enumValues":[]},'
    b'{"name":"name","jdbcType":12,"typeName":"VARCHAR","typeExpression":"VARCHAR","charsetName":"latin1","length":255,'
    b'"position":2,"optional":true,"autoIncremented":false,"generated":false,"comment":null,"hasDefaultValue":true,'
    b'"enumValues":[]},'
    b'{"name":"kind","jdbcType":1,"typeName":"ENUM","typeExpression":"ENUM","charsetName":"utf8mb4","length":1,'
    b'"position":3,"optional":false,"autoIncremented":false,"generated":false,"comment":null,"hasDefaultValue":true,'
    b'"defaultValueExpression":"b","enumValues":["\'a\'","\'b\'","\'c,d\'\'e\'"]},'
    b'{"name":"price","jdbcType":3,"typeName":"DECIMAL UNSIGNED","typeExpression":"DECIMAL UNSIGNED",'
    b'"charsetName":null,"length":10,"scale":2,"position":4,"optional":false,"autoIncremented":false,"generated":false,"comment":null,'
    b'"hasDefaultValue":true,"defaultValueExpression":"0.00","enumValues":[]}],"attributes":[]},"comment":null}]}'
)


def lines(schema, database, *statements, server="srv"):
    written = []
    for number, sql in enumerate(statements):
        for applied in schema.apply(database, sql):
            written.extend(
                encode(server, {"pos": number}, 7, event.database, event.sql, event.changes)
                for event in events(applied)
            )
    return written


def recovered(records, covered=lambda position: True, **options):
    schema = Schema(options.pop("flavor", MYSQL))
    count = recover(schema, records, "srv", covered, **options)
    return schema, count


def as_stored(table):
    """A table without what the history does not keep: plain indexes, and that NULL was the default by silence."""
    columns = tuple(
        replace(
            column,
            has_default=column.has_default or column.nullable,
            charset=plain(column.charset),
            length=1 if column.length is None and column.type_name in ("BIT", "NCHAR") else column.length,
        )
        for column in table.columns
    )
    return replace(table, columns=columns, indexes=tuple(index for index in table.indexes if index.unique))


def plain(charset):
    return "utf8mb3" if charset == "utf8" else charset


@pytest.mark.parametrize("flavor", [MYSQL, MARIADB])
def test_a_table_comes_back_as_it_was(flavor):
    schema = Schema(flavor)
    written = lines(schema, "d", TABLE)

    back, count = recovered(written, flavor=flavor)

    assert count == 1
    assert as_stored(back.get("d", "t")) == as_stored(schema.get("d", "t"))


def test_json_of_mariadb_is_told_without_its_character_set_and_keeps_it():
    schema = Schema(MARIADB)
    written = lines(schema, "d", "CREATE TABLE t (j JSON)", "ALTER TABLE t CONVERT TO CHARACTER SET latin1")
    back, _ = recovered(written, flavor=MARIADB)

    (column,) = back.get("d", "t").columns
    assert json.loads(written[-1])["tableChanges"][0]["table"]["columns"][0]["charsetName"] is None
    assert (column.base, column.type_name, column.charset) == ("longtext", "JSON", "latin1")


def test_the_record_has_debeziums_fields_in_its_order():
    (record,) = lines(Schema(), "d", TABLE)
    found = json.loads(record)

    assert list(found) == ["source", "position", "ts_ms", "databaseName", "ddl", "tableChanges"]
    assert found["source"] == {"server": "srv"}
    (change,) = found["tableChanges"]
    assert list(change) == ["type", "id", "table", "comment"]
    assert (change["type"], change["id"], change["comment"]) == ("CREATE", '"d"."t"', "about")
    assert list(change["table"]) == ["defaultCharsetName", "primaryKeyColumnNames", "columns", "attributes"]
    columns = {column["name"]: column for column in change["table"]["columns"]}
    assert columns["id"] == {
        "name": "id",
        "jdbcType": 4,
        "typeName": "INT UNSIGNED",
        "typeExpression": "INT UNSIGNED",
        "charsetName": None,
        "position": 1,
        "optional": False,
        "autoIncremented": True,
        "generated": True,
        "comment": None,
        "hasDefaultValue": False,
        "enumValues": [],
    }
    assert columns["a"]["charsetName"] == "latin1"
    assert (columns["a"]["length"], columns["a"]["defaultValueExpression"], columns["a"]["comment"]) == (
        10,
        "x''y",
        "note",
    )
    assert (columns["e"]["length"], columns["e"]["enumValues"]) == (1, ["'p'", "'q,r'", "'it''s\\\\'"])
    assert (columns["s"]["length"], columns["s"]["charsetName"]) == (3, "utf8mb4")
    assert (columns["dec"]["length"], columns["dec"]["scale"]) == (10, 0)
    assert columns["b"]["defaultValueExpression"] == "101"
    assert columns["ts"]["defaultValueExpression"] == "1970-01-01 00:00:00"
    assert (columns["nn"]["charsetName"], columns["nn"]["jdbcType"]) == ("utf8", -9)
    assert (columns["bo"]["typeName"], columns["bo"]["jdbcType"], "length" in columns["bo"]) == ("BOOLEAN", 16, False)
    assert (columns["u"]["hasDefaultValue"], "defaultValueExpression" in columns["u"]) == (True, False)
    assert columns["g"]["generated"] is False
    assert columns["up"]["autoIncremented"] is columns["up"]["generated"] is True
    assert columns["b1"]["length"] == columns["nc"]["length"] == 1


def test_a_record_of_debezium_is_read():
    schema, count = recovered([DEBEZIUM])
    table = schema.get("inventory", "t")

    assert count == 1
    assert table.key == ("id",)
    number, name, kind, price = table.columns
    assert (number.base, number.unsigned, number.length, number.auto_increment) == ("bigint", True, 20, True)
    assert (name.base, name.length, name.charset, name.nullable, name.default) == ("varchar", 255, "latin1", True, None)
    assert (kind.labels, kind.default, kind.charset) == (("a", "b", "c,d'e"), "b", "utf8mb4")
    assert (price.base, price.length, price.scale, price.unsigned) == ("decimal", 10, 2, True)


def test_a_table_of_debeziums_history_can_be_altered():
    schema, _ = recovered([DEBEZIUM])

    schema.apply("inventory", "ALTER TABLE t DROP PRIMARY KEY, ADD x INT FIRST, CHANGE id no INT, ADD PRIMARY KEY (no)")

    assert [column.name for column in schema.get("inventory", "t").columns] == ["x", "no", "name", "kind", "price"]
    assert schema.get("inventory", "t").key == ("no",)


def test_records_behind_the_position_are_left_out():
    written = lines(Schema(), "d", "CREATE TABLE t (a INT)", "ALTER TABLE t ADD b INT", "DROP TABLE t")

    schema, count = recovered(written, lambda position: position["pos"] <= 1)

    assert count == 2
    assert [column.name for column in schema.get("d", "t").columns] == ["a", "b"]


def test_records_of_another_server_are_left_out():
    schema, count = recovered(lines(Schema(), "d", "CREATE TABLE t (a INT)", server="other"))

    assert (len(schema), count) == (0, 0)


@pytest.mark.parametrize("prefer_ddl", [False, True])
def test_statements_lead_to_the_same_tables_from_changes_and_from_text(prefer_ddl):
    statements = (
        "CREATE DATABASE d CHARSET gbk",
        "CREATE TABLE t (a TEXT, b INT)",
        "CREATE TABLE u LIKE t",
        "RENAME TABLE t TO x, u TO t, x TO u",
        "ALTER TABLE u ADD c TEXT, RENAME TO v",
        "CREATE TABLE gone (a INT)",
        "DROP TABLE gone, nope",
        "CREATE TABLE e.t (a INT)",
        "DROP DATABASE e",
        "GRANT ALL ON *.* TO x",
        "TRUNCATE t",
    )
    schema = Schema()
    written = lines(schema, "d", *statements)

    back, _ = recovered(written, prefer_ddl=prefer_ddl)

    assert sorted(back.names()) == [("d", "t"), ("d", "v")] == sorted(schema.names())
    for name in ("t", "v"):
        assert as_stored(back.get("d", name)) == as_stored(schema.get("d", name))
    back.apply("d", "CREATE TABLE later (a TEXT)")
    assert back.get("d", "later").columns[0].charset == "gbk"


def test_a_renamed_table_names_its_former_one():
    written = lines(Schema(), "d", "CREATE TABLE t (a INT)", "RENAME TABLE t TO e.u")
    (change,) = json.loads(written[-1])["tableChanges"]

    assert (change["type"], change["id"], change["previousId"]) == ("ALTER", '"e"."u"', '"d"."t"')


def test_a_dropped_table_has_a_type_and_an_id():
    written = lines(Schema(), "d", "CREATE TABLE t (a INT)", "DROP TABLE t")

    assert json.loads(written[-1])["tableChanges"] == [{"type": "DROP", "id": '"d"."t"'}]
    assert json.loads(written[-1])["ddl"] == "DROP TABLE `d`.`t`"


def test_a_statement_that_is_not_understood_stops_the_recovery_unless_told():
    bad = encode("srv", {}, 0, "d", "CREATE TABLE t (a WONDERTYPE)", ())
    skipped = []

    with pytest.raises(CdcError) as caught:
        recovered([bad])
    schema, _ = recovered([bad], skip=skipped.append)

    assert caught.value.code == "HW-MY-201"
    assert [error.code for error in skipped] == ["HW-MY-201"]
    assert len(schema) == 0


@pytest.mark.parametrize("record", [b"no json", b"[]", b'{"source":{}}', b'{"position":{},"source":3}'])
def test_what_is_no_record_stops_with_its_number(record):
    with pytest.raises(CdcError) as caught:
        recovered([DEBEZIUM, record], where="topic h")

    assert caught.value.code == "HW-MY-204"
    assert "topic h, record 2" in str(caught.value)


@pytest.mark.parametrize("column", ['{"name":"a","typeName":"WONDER"}', '{"name":"a"}', "3"])
def test_a_table_that_cannot_be_read_stops_when_it_is_needed(column):
    record = DEBEZIUM.replace(b'"columns":[', b'"columns":[' + column.encode() + b",")
    schema, _ = recovered([record])

    with pytest.raises(CdcError) as caught:
        schema.get("inventory", "t")

    assert caught.value.code == "HW-MY-204"
    assert "inventory.t" in str(caught.value)


@pytest.mark.parametrize("names", [("d", "t"), ('a"b', "c.d"), ("a.b", '"')])
def test_table_ids_both_ways(names):
    assert parse_table_id(table_id(*names)) == names


@pytest.mark.parametrize(
    ("name", "number"),
    [("TINYINT UNSIGNED", 5), ("NUMERIC", 2), ("LONG VARBINARY", 2004), ("CHARACTER VARYING", 12), ("GEOMETRY", 1111)],
)
def test_jdbc_types(name, number):
    assert jdbc_type(name) == number


def test_a_schema_change_record_has_nulls_where_the_history_has_nothing():
    schema = Schema()
    (applied,) = schema.apply("d", "CREATE TABLE t (a INT, b ENUM('x') NOT NULL, PRIMARY KEY (a)) COMMENT 'c'")
    (event,) = events(applied)

    value = schema_changes.value(event, ["source"], 7)

    assert schema_changes.key(event) == ["d"]
    assert value[:5] == [["source"], 7, "d", None, event.sql]
    ((kind, name, table),) = value[5]
    assert (kind, name, table[0], table[1], table[3]) == ("CREATE", '"d"."t"', "utf8mb4", ["a"], "c")
    assert table[2] == [
        ["a", 4, None, "INT", "INT", None, None, None, 1, False, False, False, None, None, None],
        ["b", 1, None, "ENUM", "ENUM", "utf8mb4", 1, None, 2, False, False, False, None, None, ["'x'"]],
    ]


def test_a_dropped_table_has_no_structure_in_its_record():
    schema = Schema()
    (applied,) = schema.apply("d", "DROP TABLE t")

    assert schema_changes.value(events(applied)[0], [], 0)[5] == [["DROP", '"d"."t"', None]]
