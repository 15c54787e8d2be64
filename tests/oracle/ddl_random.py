"""Random statements of DDL about the tables that a Schema holds; the server decides which of them are legal."""

import random

TYPES = (
    "INT", "INT UNSIGNED", "TINYINT(1)", "SMALLINT ZEROFILL", "MEDIUMINT", "BIGINT", "BIGINT(20) UNSIGNED", "BOOL",
    "DECIMAL", "DECIMAL(7)", "DECIMAL(12,4)", "NUMERIC(3,3) UNSIGNED", "FLOAT", "FLOAT(9,2)", "FLOAT(40)", "DOUBLE",
    "DOUBLE PRECISION", "REAL", "BIT", "BIT(12)", "YEAR", "DATE", "TIME", "TIME(6)", "DATETIME", "DATETIME(1)",
    "TIMESTAMP", "TIMESTAMP(4)", "CHAR", "CHAR(30)", "VARCHAR(15)", "VARCHAR(200)", "NCHAR(4)", "NVARCHAR(6)",
    "NATIONAL CHAR VARYING(8)", "TINYTEXT", "TEXT", "TEXT(30)", "TEXT(5000)", "MEDIUMTEXT", "LONGTEXT", "LONG VARCHAR",
    "BINARY(6)", "VARBINARY(12)", "TINYBLOB", "BLOB", "BLOB(300)", "LONGBLOB", "ENUM('a','b','it''s')",
    "SET('x','y','z')",
    "GEOMETRY", "POINT", "JSON",
)  # fmt: skip
CHARSETS = ("utf8mb4", "latin1", "utf8mb3", "ascii", "ucs2", "gbk", "binary", "cp1251")
CONVERTED = (
    "utf8mb4",
    "latin1",
    "utf8mb3",
    "gbk",
    "cp1251",
)  # CONVERT TO ucs2 garbles the labels of ENUM in the server
COLLATIONS = ("utf8mb4_bin", "latin1_german1_ci", "utf8mb3_general_ci", "ascii_bin", "ucs2_bin")
NAMES = ("a", "b", "c", "d", "e", "f", "Id", "`my col`", "`order`", "name", "`back``tick`", "ä", "`1`", "value", "x1")


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


class RandomDdl:
    """Makes statements; `schema` tells which tables and columns there are."""

    def __init__(self, seed, schema, database):
        self._random = random.Random(seed)
        self._schema = schema
        self._database = database
        self._count = 0

    def _one(self, *choices):
        return self._random.choice(choices)

    def _chance(self, share):
        return self._random.random() < share

    def statement(self):
        tables = [table for table in self._schema.tables() if table.database == self._database]
        if len(tables) < 3 or self._chance(0.08):
            return self._create(tables)
        table = self._one(*tables)
        where = quoted(table.name)
        kind = self._random.random()
        if kind < 0.80:
            clauses = [self._clause(table) for _ in range(self._random.randint(1, 4))]
            return f"ALTER TABLE {where} {', '.join(clauses)}"
        if kind < 0.85:
            return f"CREATE {self._one('UNIQUE ', '')}INDEX {self._index()} ON {where} ({self._parts(table)})"
        if kind < 0.88 and table.indexes:
            return f"DROP INDEX {quoted(self._one(*table.indexes).name)} ON {where}"
        if kind < 0.92:
            other = self._one(*tables)
            return f"RENAME TABLE {where} TO zz, {quoted(other.name)} TO {where}, zz TO {quoted(other.name)}"
        if kind < 0.95:
            return f"RENAME TABLE {where} TO {self._table()}"
        if kind < 0.97:
            return f"DROP TABLE {where}"
        if kind < 0.98:
            return f"TRUNCATE TABLE {where}"
        return f"ALTER DATABASE {quoted(self._database)} CHARACTER SET {self._one(*CHARSETS)}"

    def _table(self):
        self._count += 1
        return f"t{self._count}"

    def _index(self):
        self._count += 1
        return f"k{self._count}"

    def _create(self, tables):
        if tables and self._chance(0.2):
            return f"CREATE TABLE {self._table()} LIKE {quoted(self._one(*tables).name)}"
        names = self._random.sample(NAMES, self._random.randint(1, 8))
        elements = [f"{name} {self._definition()}" for name in names]
        if self._chance(0.5):
            elements.append(f"PRIMARY KEY ({self._one(*names)})")
        kinds = (self._one("UNIQUE", "UNIQUE KEY", "KEY", "INDEX") for _ in range(self._random.randint(0, 2)))
        elements.extend(f"{kind} ({self._one(*names)})" for kind in kinds)
        self._random.shuffle(elements)
        options = self._one(
            "", "", f" DEFAULT CHARSET={self._one(*CHARSETS)}", f" COLLATE {self._one(*COLLATIONS)}", " COMMENT 'a;b'"
        )
        return f"CREATE TABLE {self._table()} ({', '.join(elements)}){options}"

    def _definition(self):
        kind = self._one(*TYPES)
        words = [kind]
        if any(word in kind for word in ("CHAR", "TEXT", "ENUM", "SET")) and not kind.startswith("N"):
            if self._chance(0.25):
                words.append(f"CHARACTER SET {self._one(*CHARSETS)}")
            elif self._chance(0.15):
                words.append(f"COLLATE {self._one(*COLLATIONS)}")
            elif self._chance(0.1):
                words.append("BINARY")
        attributes = [self._one("", "", "NULL", "NOT NULL"), self._default(kind)]
        if self._chance(0.1):
            attributes.append(f"COMMENT '{self._one('plain', 'it¬s', 'two; (words)', '-- no')}'")
        if self._chance(0.06):
            attributes.append(self._one("UNIQUE", "UNIQUE KEY", "PRIMARY KEY", "INVISIBLE", "AUTO_INCREMENT UNIQUE"))
        self._random.shuffle(attributes)
        return " ".join([*words, *(attribute for attribute in attributes if attribute)])

    def _default(self, kind):
        if not self._chance(0.35):
            return ""
        if any(word in kind for word in ("INT", "DEC", "NUM", "FLOAT", "DOUBLE", "REAL", "BOOL")):
            return self._one(
                "DEFAULT 0", "DEFAULT '1'", "DEFAULT NULL", "DEFAULT (1 + 1)", "DEFAULT -0.5", "DEFAULT TRUE"
            )
        if kind.startswith(("DATETIME", "TIMESTAMP")):
            digits = kind[kind.find("(") :] if "(" in kind else ""
            now = f"CURRENT_TIMESTAMP{digits}"
            return self._one(f"DEFAULT {now}", f"DEFAULT {now} ON UPDATE {now}", "DEFAULT NULL", "DEFAULT '2001-02-03'")
        if "CHAR" in kind:
            return self._one("DEFAULT ''", "DEFAULT 'x'", 'DEFAULT "q"', "DEFAULT NULL", "DEFAULT ('e')")
        return "DEFAULT NULL"

    def _column(self, table):
        return quoted(self._one(*table.columns).name) if table.columns else "a"

    def _parts(self, table):
        return ", ".join(self._column(table) for _ in range(self._one(1, 1, 2)))

    def _place(self, table):
        return self._one("", "", " FIRST", f" AFTER {self._column(table)}")

    def _clause(self, table):
        name = self._one(*NAMES)
        column = self._column(table)
        index = quoted(self._one(*table.indexes).name) if table.indexes else "k1"
        makers = (
            lambda: f"ADD {self._one('COLUMN ', '')}{name} {self._definition()}{self._place(table)}",
            lambda: f"ADD COLUMN ({name} {self._definition()}, {self._one(*NAMES)} {self._definition()})",
            lambda: f"ADD COLUMN n{self._random.randint(1, 99)} {self._definition()}{self._place(table)}",
            lambda: f"DROP {self._one('COLUMN ', '')}{column}",
            lambda: f"MODIFY {column} {self._definition()}{self._place(table)}",
            lambda: f"CHANGE {column} {name} {self._definition()}{self._place(table)}",
            lambda: f"CHANGE COLUMN {column} {column} {self._definition()}{self._place(table)}",
            lambda: f"RENAME COLUMN {column} TO {name}",
            lambda: f"ALTER COLUMN {column} {self._one('DROP DEFAULT', 'SET DEFAULT 1', 'SET DEFAULT NULL')}",
            lambda: f"ADD {self._one('UNIQUE', 'INDEX', 'UNIQUE KEY ' + self._index())} ({self._parts(table)})",
            lambda: f"ADD PRIMARY KEY ({self._parts(table)})",
            lambda: "DROP PRIMARY KEY",
            lambda: f"DROP INDEX {index}",
            lambda: f"RENAME INDEX {index} TO {self._index()}",
            lambda: f"CONVERT TO CHARACTER SET {self._one(*CONVERTED)}",
            lambda: f"DEFAULT CHARSET {self._one(*CHARSETS)}",
            lambda: self._one("ENGINE=InnoDB", "COMMENT='x'", "ALGORITHM=COPY", "LOCK=SHARED", "FORCE"),
            lambda: f"RENAME TO {self._table()}",
        )  # fmt: skip
        weights = (10, 3, 8, 8, 9, 8, 6, 6, 4, 6, 4, 2, 3, 2, 3, 2, 2, 2)
        return self._random.choices(makers, weights)[0]()
