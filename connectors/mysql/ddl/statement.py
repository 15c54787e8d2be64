"""Reads one statement and applies it to a Schema, as a whole or not at all.

What it cannot read and what may change a table is an error; what cannot change a table is told apart by its first
words. Source: MySQL manual, "SQL Statements"; MariaDB, "SQL Statements".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cdc.errors import DecodeError
from connectors.mysql.ddl import elements, errors, types
from connectors.mysql.ddl.alter import alter_table, read_alter_table
from connectors.mysql.ddl.applied import DATABASE, DML, IGNORED, OTHER, SETTING, TABLE, Applied
from connectors.mysql.ddl.columns import Charsets
from connectors.mysql.ddl.create import CreateTable, add_keys, make_table, read_create_table, with_key
from connectors.mysql.ddl.elements import TableOptions
from connectors.mysql.ddl.lexer import END, WORD
from connectors.mysql.ddl.reader import Reader
from connectors.mysql.tables import ALTER, CREATE, DROP, MYSQL, TRUNCATE, TableChange, TableDefinition

if TYPE_CHECKING:
    from connectors.mysql.ddl.schema import Schema

_DML: Final = frozenset(
    ("INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "WITH", "SELECT", "CALL", "DO", "HANDLER", "TABLE", "VALUES")
)
_HARMLESS: Final = frozenset(
    (
        "BEGIN", "COMMIT", "ROLLBACK", "START", "RELEASE", "XA", "STOP", "FLUSH", "RESET", "INSTALL", "UNINSTALL",
        "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "LOCK", "UNLOCK", "PREPARE", "EXECUTE", "DEALLOCATE", "PURGE", "CHANGE",
        "KILL", "SHUTDOWN", "RESTART", "CLONE", "HELP", "CACHE", "CHECK", "CHECKSUM", "BACKUP", "SIGNAL", "RESIGNAL",
        "GET", "BINLOG", "END",
    )
)  # fmt: skip
_FILTERED: Final = frozenset(("SAVEPOINT", "GRANT", "REVOKE", "ANALYZE", "OPTIMIZE", "REPAIR"))
_OBJECTS: Final = {  # what CREATE, ALTER and DROP name beside tables -> kind
    "VIEW": IGNORED, "FUNCTION": IGNORED, "PROCEDURE": IGNORED, "TRIGGER": IGNORED, "USER": IGNORED, "ROLE": IGNORED,
    "EVENT": OTHER, "SERVER": OTHER, "TABLESPACE": OTHER, "UNDO": OTHER, "LOGFILE": OTHER, "RESOURCE": OTHER,
    "SPATIAL": OTHER, "PACKAGE": OTHER, "SEQUENCE": OTHER, "INSTANCE": OTHER, "PREPARE": OTHER, "LIBRARY": OTHER,
    "JSON": OTHER, "MASKING": OTHER, "COMPRESSION_DICTIONARY": OTHER,
}  # fmt: skip
_ROUTINES: Final = frozenset(("FUNCTION", "PROCEDURE", "TRIGGER", "EVENT", "PACKAGE", "LIBRARY"))


def quoted(database: str, name: str) -> str:
    """A table's name in SQL."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in (database, name))


class Statements:
    """Reads and applies one statement after the other of a text."""

    def __init__(self, schema: Schema, reader: Reader, database: str, server: Charsets, timestamps_null: bool) -> None:
        self._schema = schema
        self._reader = reader
        self._database = database
        self._server = server
        self._timestamps_null = timestamps_null

    def read(self) -> Applied:
        """Read one statement and apply it."""
        reader = self._reader
        while reader.accept("("):  # (SELECT ..) UNION ..
            pass
        token = reader.next
        word = token.word if token.kind == WORD else ""
        reader.at += 1
        if word == "SET":
            return self._set()
        if word == "CREATE":
            return self._create()
        if word == "ALTER":
            return self._alter()
        if word == "DROP":
            return self._drop()
        if word == "RENAME":
            return self._rename()
        if word == "TRUNCATE":
            return self._truncate()
        if word == "USE":
            self._database = self._schema.fold(reader.identifier("a database"))
            return self._applied(SETTING, self._database)
        if word in _DML:
            return self._rest(DML)
        if word in _FILTERED:
            return self._rest(IGNORED)
        if word in _HARMLESS:
            return self._rest(OTHER)
        reader.at -= 1
        raise reader.wrong("a statement that is known")

    def _applied(self, kind: str, database: str | None = None) -> Applied:
        return Applied("", kind, self._database if database is None else database)

    def _end(self) -> None:
        """The statement must end here: nothing is changed by one that is not read to its end."""
        if not self._reader.at_end:
            raise self._reader.wrong("the end of the statement")

    def _rest(self, kind: str) -> Applied:
        self._reader.skip_statement()
        return self._applied(kind)

    def _all(self, kind: str) -> Applied:
        """A routine: its body may contain semicolons, so it takes the rest of the text."""
        self._reader.at = len(self._reader.tokens) - 1
        return self._applied(kind)

    def _object(self) -> Applied:
        """CREATE, ALTER or DROP of something that is no table and no database."""
        reader = self._reader
        word = reader.next.word if reader.next.kind == WORD else ""
        if word not in _OBJECTS:
            raise reader.wrong("TABLE, DATABASE or another object that is known")
        return self._all(_OBJECTS[word]) if word in _ROUTINES else self._rest(_OBJECTS[word])

    def _modifiers(self) -> set[str]:
        """Read what may stand between CREATE, ALTER, DROP and the kind of object."""
        reader = self._reader
        found: set[str] = set()
        while True:
            if reader.accept("OR", "REPLACE"):
                found.add("REPLACE")
            elif reader.accept("DEFINER") or reader.accept("ALGORITHM"):
                reader.accept("=")
                reader.take()  # a user may be called as an object is
                while reader.next.kind != END and not self._begins_object():
                    reader.at += 1
            elif reader.accept("SQL", "SECURITY"):
                reader.take()
            elif reader.sees("SPATIAL", "REFERENCE"):
                return found
            elif word := reader.accept_any(
                "TEMPORARY", "ONLINE", "OFFLINE", "IGNORE", "UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR", "AGGREGATE",
                "EXTERNAL", "PUBLIC",
            ):  # fmt: skip
                found.add(word)
            else:
                return found

    def _begins_object(self) -> bool:
        return any(self._reader.sees(word) for word in ("SQL", "DEFINER", "AGGREGATE", *_OBJECTS))

    def _target(self, names: tuple[str | None, str]) -> tuple[str, str]:
        """(database, name) of a table as the server holds them."""
        database, name = names
        schema = self._schema
        return schema.fold(database if database is not None else self._database), schema.fold(name)

    # CREATE

    def _create(self) -> Applied:
        reader = self._reader
        modifiers = self._modifiers()
        if reader.accept_any("DATABASE", "SCHEMA"):
            if_not_exists = reader.accept("IF", "NOT", "EXISTS")
            name = self._schema.fold(reader.identifier("a database"))
            known = self._schema.key(name, "")[0] in self._schema.databases
            return self._database_options(name, self._server, keep=if_not_exists and known)
        if reader.accept("INDEX"):
            return self._create_index("UNIQUE" in modifiers)
        if not reader.accept("TABLE"):
            return self._object()
        start = reader.at
        reader.accept("IF", "NOT", "EXISTS")
        database, name = self._target(reader.qualified())
        reader.at = start
        if "TEMPORARY" in modifiers:
            self._schema.temporary.add(self._schema.key(database, name))
            return self._rest(OTHER)
        applied = self._applied(TABLE, database)
        if not self._schema.wanted(database, name):
            reader.skip_statement()
            return applied
        create = read_create_table(reader, or_replace="REPLACE" in modifiers, temporary=False)
        if create.if_not_exists and self._schema.get(database, name) is not None:
            return applied  # logged all the same, and it changed nothing
        table = self._kept(self._made(create, database, name))
        self._schema.put(table)
        applied.changes.append(TableChange(CREATE, database, name, table))
        return applied

    def _made(self, create: CreateTable, database: str, name: str) -> TableDefinition:
        if create.like is None:
            return make_table(
                create,
                database,
                name,
                self._schema.charsets(database),
                timestamps_null=self._timestamps_null,
                sql=self._text(),
            )
        source = self._target(create.like)
        pattern = self._schema.get(*source)
        if pattern is None:
            raise self._unknown(source)
        return replace(pattern, database=database, name=name)

    def _kept(self, table: TableDefinition) -> TableDefinition:
        """The table, without its comments where they are not kept."""
        if self._schema.comments:
            return table
        columns = tuple(replace(column, comment=None) if column.comment else column for column in table.columns)
        return replace(table, columns=columns, comment=None)

    def _create_index(self, unique: bool) -> Applied:
        reader = self._reader
        if_not_exists = reader.accept("IF", "NOT", "EXISTS")
        name = reader.identifier("an index")
        elements.skip_algorithm(reader)
        reader.expect("ON")
        database, table_name = self._target(reader.qualified())
        applied = self._applied(TABLE, database)
        if self._skips(database, table_name):
            return applied
        if reader.accept("WAIT"):
            reader.number()
        reader.accept("NOWAIT")
        key = elements.read_parts(reader, name)
        key.unique, key.if_not_exists = unique, if_not_exists
        reader.skip_statement()
        table = self._known(database, table_name)
        made = add_keys(table, [key])
        self._schema.put(made)
        if made.key != table.key or (unique and key.usable and not table.key):
            applied.changes.append(TableChange(ALTER, database, table_name, made))
        return applied  # Debezium tells of an index only where it could be the key

    def _database_options(self, name: str, inherited: Charsets, *, keep: bool) -> Applied:
        reader = self._reader
        options = TableOptions()
        while not reader.at_end:
            reader.accept(",")
            if reader.accept("UPGRADE", "DATA", "DIRECTORY", "NAME"):
                continue
            if reader.accept("DEFAULT"):
                continue
            if reader.accept("READ", "ONLY") or reader.accept("ENCRYPTION"):
                reader.accept("=")
                reader.skip_value()
            elif not elements.read_option(reader, options):
                raise reader.wrong("an option of a database")
        if options.charset is not None:
            charsets = Charsets(options.charset, options.collation)
        elif options.collation is not None:
            charsets = Charsets(types.charset_of(options.collation) or inherited.charset, options.collation)
        else:
            charsets = inherited
        if not keep:
            self._schema.databases[self._schema.key(name, "")[0]] = charsets
        return self._applied(DATABASE, name)

    # ALTER

    def _alter(self) -> Applied:
        reader = self._reader
        self._modifiers()
        if reader.accept_any("DATABASE", "SCHEMA"):
            name = self._schema.fold(reader.identifier("a database")) if self._names_database() else self._database
            return self._database_options(name, self._schema.charsets(name), keep=False)
        if not reader.accept("TABLE"):
            return self._object()
        start = reader.at
        reader.accept("IF", "EXISTS")
        database, name = self._target(reader.qualified())
        reader.at = start
        applied = self._applied(TABLE, database)
        if self._skips(database, name):
            return applied
        alter = read_alter_table(reader)
        if alter.if_exists and self._schema.get(database, name) is None:
            return applied
        table = self._known(database, name)
        made = alter_table(
            alter,
            table,
            self._schema.charsets(database),
            mysql=self._schema.flavor == MYSQL,
            timestamps_null=self._timestamps_null,
            sql=self._text(),
        )
        made = self._kept(made)
        previous = None
        if alter.rename is not None:
            target = self._target(alter.rename)
            if target != (database, name):
                made = replace(made, database=target[0], name=target[1])
                previous = (database, name)
                self._schema.remove(database, name)
        if previous is None or self._schema.wanted(made.database, made.name):
            self._schema.put(made)
        applied.changes.append(TableChange(ALTER, made.database, made.name, made, previous))
        if alter.makes is not None:
            target = self._target(alter.makes)
            part = replace(made, database=target[0], name=target[1])
            self._schema.put(part)
            applied.changes.append(TableChange(CREATE, *target, part))
        if alter.swallows is not None:
            target = self._target(alter.swallows)
            self._schema.remove(*target)
            applied.changes.append(TableChange(DROP, *target))
        return applied

    def _names_database(self) -> bool:
        """Whether a name follows ALTER DATABASE; without one its options follow, some of which may be names too."""
        reader = self._reader
        if reader.next.kind != WORD or reader.next.word not in _DATABASE_OPTIONS:
            return True
        following = reader.ahead(1)
        if reader.next.word in ("DEFAULT", "CHARACTER", "COLLATE", "READ") or following.kind != WORD:
            return False
        return following.word in _DATABASE_OPTIONS and reader.ahead(2).kind != END

    # DROP, RENAME, TRUNCATE

    def _drop(self) -> Applied:
        reader = self._reader
        modifiers = self._modifiers()
        if reader.accept_any("DATABASE", "SCHEMA"):
            reader.accept("IF", "EXISTS")
            name = self._schema.fold(reader.identifier("a database"))
            self._end()
            folded = self._schema.key(name, "")[0]
            applied = self._applied(DATABASE, name)
            for database, table in [key for key in self._schema.names() if key[0] == folded]:
                known = self._schema.get(database, table)
                applied.changes.append(TableChange(DROP, name, known.name if known is not None else table))
                self._schema.remove(database, table)
            self._schema.databases.pop(folded, None)
            return applied
        if reader.accept("INDEX"):
            return self._drop_index()
        if not reader.accept_any("TABLE", "TABLES"):
            return self._object()
        reader.accept("IF", "EXISTS")
        prefix = reader.text[reader.begun : reader.next.start]
        targets = [self._target(reader.qualified())]
        if reader.accept("WAIT"):
            reader.number()
        reader.accept("NOWAIT")
        while reader.accept(","):
            targets.append(self._target(reader.qualified()))
        mode = reader.accept_any("RESTRICT", "CASCADE")
        if reader.accept("WAIT"):
            reader.number()
        reader.accept("NOWAIT")
        if "TEMPORARY" in modifiers:
            for target in targets:
                self._schema.temporary.discard(self._schema.key(*target))
            return self._applied(IGNORED)
        self._end()
        applied = self._applied(TABLE, targets[0][0])
        temporary = [target for target in targets if self._schema.key(*target) in self._schema.temporary]
        for target in temporary:
            if self._schema.get(*target) is not None:
                raise self._ambiguous(target)
        for target in targets:
            self._schema.temporary.discard(self._schema.key(*target))
            self._schema.remove(*target)
            if target not in temporary and self._schema.wanted(*target):
                sql = f"{prefix}{quoted(*target)}{' ' + mode if mode else ''}"
                applied.changes.append(TableChange(DROP, *target, sql=sql))
        return applied

    def _drop_index(self) -> Applied:
        reader = self._reader
        if_exists = reader.accept("IF", "EXISTS")
        name = reader.identifier("an index").casefold()
        reader.expect("ON")
        database, table_name = self._target(reader.qualified())
        applied = self._applied(TABLE, database)
        if self._skips(database, table_name):
            return applied
        reader.skip_statement()
        table = self._known(database, table_name)
        kept = tuple(index for index in table.indexes if index.name.casefold() != name)
        made = table
        if len(kept) != len(table.indexes):
            made = with_key(replace(table, indexes=kept))
            self._schema.put(made)
        elif name == "primary" and not if_exists:
            made = replace(table, key=())
            self._schema.put(made)
        if made.key != table.key:
            applied.changes.append(TableChange(ALTER, database, table_name, made))
        return applied

    def _rename(self) -> Applied:
        reader = self._reader
        if reader.accept("USER"):
            return self._rest(IGNORED)
        if not reader.accept_any("TABLE", "TABLES"):
            raise reader.wrong("TABLE")
        reader.accept("IF", "EXISTS")
        pairs = []
        prefix = reader.text[reader.begun : reader.next.start]
        while True:
            start = reader.at
            old = self._target(reader.qualified())
            if reader.accept("WAIT"):
                reader.number()
            reader.accept("NOWAIT")
            reader.expect("TO")
            pairs.append((old, self._target(reader.qualified()), prefix + reader.source(start)))
            if not reader.accept(","):
                break
        self._end()
        applied = self._applied(TABLE, pairs[0][0][0])
        for old, new, clause in pairs:  # from left to right, so that names can be swapped
            table = self._schema.get(*old)
            if table is None:
                continue  # a view, a temporary table, or one that is not kept; rows of a table not known stop later
            made = replace(table, database=new[0], name=new[1])
            self._schema.remove(*old)
            if self._schema.wanted(*new):
                self._schema.put(made)
            applied.changes.append(TableChange(ALTER, *new, made, old, clause))
        return applied

    def _truncate(self) -> Applied:
        reader = self._reader
        reader.accept("TABLE")
        database, name = self._target(reader.qualified())
        reader.skip_statement()
        applied = self._applied(TABLE, database)
        if self._schema.key(database, name) not in self._schema.temporary and self._schema.wanted(database, name):
            applied.changes.append(TableChange(TRUNCATE, database, name, self._schema.get(database, name)))
        return applied

    # SET

    def _set(self) -> Applied:
        reader = self._reader
        if reader.accept("STATEMENT"):  # MariaDB: SET STATEMENT a=1 FOR statement
            while not reader.at_end and not reader.accept("FOR"):
                reader.at += 1
            return self.read()
        charset, collation = self._schema.server.charset, self._schema.server.collation
        while not reader.at_end:
            reader.accept_any("GLOBAL", "SESSION", "LOCAL", "PERSIST", "PERSIST_ONLY")
            name = reader.next.text.lower().rpartition(".")[2].lstrip("@")
            if name in ("character_set_server", "collation_server") and reader.ahead(1).text in ("=", ":="):
                reader.at += 2
                value = types.charset_name(reader)
                if name == "character_set_server":
                    charset, collation = value, None
                else:
                    charset, collation = types.charset_of(value) or charset, value
            reader.skip_item()
            if not reader.accept(","):
                reader.skip_statement()
        self._schema.server = Charsets(charset, collation)
        self._server = self._schema.server
        return self._applied(SETTING, "")

    # what is known

    def _skips(self, database: str, name: str) -> bool:
        """Whether a statement on this table is of no concern; it is then read to its end."""
        schema = self._schema
        temporary = schema.key(database, name) in schema.temporary
        if temporary and schema.get(database, name) is not None:
            raise self._ambiguous((database, name))
        if not temporary and schema.wanted(database, name):
            return False
        self._reader.skip_statement()
        return True

    def _known(self, database: str, name: str) -> TableDefinition:
        table = self._schema.get(database, name)
        if table is None:
            raise self._unknown((database, name))
        return table

    def _text(self) -> str:
        return self._reader.text[self._reader.begun :]

    def _unknown(self, target: tuple[str, str]) -> DecodeError:
        return DecodeError(
            errors.UNKNOWN_TABLE, f"table {target[0]}.{target[1]} is not known: {errors.excerpt(self._text())}"
        )

    def _ambiguous(self, target: tuple[str, str]) -> DecodeError:
        return DecodeError(
            errors.NOT_UNDERSTOOD,
            f"{target[0]}.{target[1]} is a table and a temporary table at once: {errors.excerpt(self._text())}",
        )


_DATABASE_OPTIONS: Final = ("DEFAULT", "CHARACTER", "CHARSET", "COLLATE", "ENCRYPTION", "READ", "COMMENT", "UPGRADE")
