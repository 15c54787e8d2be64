"""What a server's own catalogue says of its tables, and what our Schema says, in one comparable form."""

import re
from unittest.mock import ANY

from connectors.mysql.tables import ROW_END, ROW_START, TableDefinition

_BASES = {"geomcollection": "geometrycollection"}
_LABEL = re.compile(r"'((?:[^']|'')*)'")
_NO_FRACTION = ("time", "datetime", "timestamp")


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def quoted(value):
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def charset(name):
    return "utf8mb3" if name == "utf8" else name


def server_tables(cursor, database):
    """Columns and unique keys of all tables of a database, by table."""
    cursor.execute(
        "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA=%s"
        " AND TABLE_TYPE IN ('BASE TABLE','SYSTEM VERSIONED')",
        (database,),
    )
    tables = {text(row[0]): {"columns": [], "unique": {}} for row in cursor.fetchall()}
    cursor.execute(
        "SELECT * FROM information_schema.COLUMNS WHERE TABLE_SCHEMA=%s ORDER BY ORDINAL_POSITION", (database,)
    )
    names = [field[0].upper() for field in cursor.description]
    for values in cursor.fetchall():
        row = {name: text(value) for name, value in zip(names, values, strict=True)}
        if row["TABLE_NAME"] in tables:
            tables[row["TABLE_NAME"]]["columns"].append(server_column(row))
    cursor.execute(
        "SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME FROM information_schema.STATISTICS"
        " WHERE TABLE_SCHEMA=%s AND NON_UNIQUE=0 ORDER BY SEQ_IN_INDEX",
        (database,),
    )
    for table, index, column in cursor.fetchall():
        if text(table) in tables:
            tables[text(table)]["unique"].setdefault(text(index), []).append(text(column))
    return tables


def server_column(row):
    kind = row["COLUMN_TYPE"]
    base = _BASES.get(row["DATA_TYPE"], row["DATA_TYPE"])
    extra = (row["EXTRA"] or "").upper()
    column = {
        "name": row["COLUMN_NAME"],
        "base": base,
        "nullable": row["IS_NULLABLE"] == "YES",
        "unsigned": "unsigned" in kind,
        "zerofill": "zerofill" in kind,
        "charset": charset(row["CHARACTER_SET_NAME"]),
        "auto_increment": "AUTO_INCREMENT" in extra,
        "generated": "stored" if "STORED GENERATED" in extra else "virtual" if "VIRTUAL GENERATED" in extra else None,
        "invisible": "INVISIBLE" in extra,
        "comment": row["COLUMN_COMMENT"] or "",
        "labels": tuple(label.replace("''", "'").replace("\\\\", "\\") for label in _LABEL.findall(kind))
        if base in ("enum", "set")
        else (),
    }
    if base in ("char", "varchar", "binary", "varbinary"):
        column["length"] = row["CHARACTER_MAXIMUM_LENGTH"]
    elif base == "decimal":
        column["length"], column["scale"] = row["NUMERIC_PRECISION"], row["NUMERIC_SCALE"]
    elif base == "bit":
        column["length"] = row["NUMERIC_PRECISION"]
    elif base in _NO_FRACTION:
        column["length"] = row["DATETIME_PRECISION"] or 0
    elif base in ("float", "double") and "(" in kind:
        column["scale"] = row["NUMERIC_SCALE"]
    if base == "varchar" and row["COLUMN_DEFAULT"] not in (None, "NULL") and "DEFAULT_GENERATED" not in extra:
        column["default"] = row["COLUMN_DEFAULT"]
    return column


def our_table(table: TableDefinition, *, mariadb=False):
    hidden = ("row_start", "row_end") if mariadb else ()  # in the log, and not in the catalogue
    columns = [
        our_column(column, mariadb=mariadb)
        for column in table.columns
        if not (column.name in hidden and column.invisible)
    ]
    unseen = [column.name for column in table.columns if column.name in hidden and column.invisible]
    unique = {
        index.name: [name for name in index.columns if name not in unseen]
        for index in table.indexes
        if index.unique and not index.functional
    }
    return {"columns": columns, "unique": unique}


def our_column(column, *, mariadb):
    ours = {
        "name": column.name,
        "base": column.base,
        "nullable": column.nullable,
        "unsigned": column.unsigned,
        "zerofill": column.zerofill,
        "charset": charset(column.charset) if column.is_text and (mariadb or column.charset != "binary") else None,
        "auto_increment": column.auto_increment,
        "generated": "stored" if column.generated in (ROW_START, ROW_END) else column.generated,
        "invisible": column.invisible,
        "comment": column.comment or "",
        "labels": column.labels,
    }
    if column.base in ("char", "varchar", "binary", "varbinary", "bit"):
        ours["length"] = 1 if column.length is None else column.length
    elif column.base == "decimal":
        ours["length"], ours["scale"] = column.length, column.scale
    elif column.base in _NO_FRACTION:
        ours["length"] = column.length or 0
    elif column.base in ("float", "double") and column.scale is not None:
        ours["scale"] = column.scale
    if column.base == "varchar" and column.default is not None and not column.default_expression:
        ours["default"] = quoted(column.default) if mariadb else column.default
    elif column.default_expression:
        ours["default"] = ANY
    return ours


def differences(schema, cursor, database, *, mariadb=False):
    """Where our tables of a database and the server's differ, a line each."""
    found = []
    theirs = server_tables(cursor, database)
    ours = {name: schema.get(where, name) for where, name in schema.names() if where == database}
    for name in sorted(theirs.keys() | ours.keys()):
        if name not in ours or name not in theirs:
            found.append(f"{name}: only {'the server' if name in theirs else 'we'} know it")
            continue
        bounds = [column.name for column in ours[name].columns if column.generated in (ROW_START, ROW_END)]
        mine, its = our_table(ours[name], mariadb=mariadb), theirs[name]
        functional = [index for index, columns in its["unique"].items() if None in columns]
        for index in functional:
            del its["unique"][index]
        if mine["unique"] != its["unique"]:
            found.append(f"{name}: unique keys {mine['unique']}, the server has {its['unique']}")
        for place in range(max(len(mine["columns"]), len(its["columns"]))):
            a = mine["columns"][place] if place < len(mine["columns"]) else None
            b = its["columns"][place] if place < len(its["columns"]) else None
            if a is not None and b is not None and a.get("default") is ANY:
                a.pop("default"), b.pop("default", None)
            if a is not None and b is not None and b["name"] in bounds:
                a.pop("nullable"), b.pop("nullable")  # they are as Debezium has them
            if a != b:
                parts = (
                    [f"{k}={a.get(k)!r}/{b.get(k)!r}" for k in {**a, **b} if a.get(k) != b.get(k)] if a and b else ""
                )
                found.append(f"{name}.{(a or b)['name']} at {place}: ours/theirs {parts or (a, b)}")
    return found
