"""Random tables and what happens to their rows, by a seed: types at their ends, keys, indexes, names, NULL, defaults.

The same seed gives the same SQL always. Every table has a column `n` that tells its rows apart, whatever its key is.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Pool = Mapping[str, Sequence[str]]  # literals by type

NAMES = (
    "orders",
    "Big Table",
    "a.b",
    "naïve",
    "emoji😀",
    "x-y",
    "_under",
    "T9",
    "sélection",
    "𝄞clef",
    "per%cent",
    "dol$lar",
)
COLUMNS = ("v", "Value", "two words", "übel", "c😀", "d-e", "f.g", "_h", "i1", "J", "k$", "l#m", "ñandú", "p", "q")
EXCLUDED = ("J", "p")  # names for column.exclude.list, which are no key: Debezium stops at some of those


@dataclass(frozen=True)
class Dialect:
    """What the kinds of database differ in. `keys` are types that can be a key, `quote` is around names."""

    types: Pool
    keys: Pool
    defaults: Mapping[str, Sequence[str]]
    quote: str
    astral: bool  # whether names may hold characters beyond U+FFFF
    identity: str  # what follows the making of a table without a primary key; {table} is its name

    def known(self, names: Sequence[str]) -> list[str]:
        """Those of some names that the database can hold."""
        return [name for name in names if self.astral or max(name) <= "\uffff"]

    def name(self, text: str) -> str:
        """A quoted name."""
        return f"{self.quote}{text}{self.quote}"


class Table:
    """One random table."""

    def __init__(self, dialect: Dialect, dice: random.Random, number: int) -> None:
        self._dialect = dialect
        self._dice = dice
        self.name = f"{dice.choice(dialect.known(NAMES))}{number}"
        columns = dice.sample(dialect.known(COLUMNS), dice.randint(3, 7))
        self._keyed = [each for each in columns if each not in EXCLUDED][: dice.choice((0, 0, 1, 1, 2))]
        self._types = {
            each: dice.choice(list(dialect.keys if each in self._keyed else dialect.types)) for each in columns
        }
        self._rows = 0
        self._key = dice.choice(("n", "n", "primary", "primary", "unique", "none"))
        if not self._keyed and self._key == "primary":
            self._key = "n"

    def _pool(self, column: str) -> Sequence[str]:
        pools = self._dialect.keys if column in self._keyed else self._dialect.types
        return pools[self._types[column]]

    @property
    def quoted(self) -> str:
        """Its name in SQL."""
        return self._dialect.name(self.name)

    def made(self) -> list[str]:
        """The statements that make it."""
        dialect, dice = self._dialect, self._dice
        lines = [f"n int{' PRIMARY KEY' if self._key == 'n' else ' NOT NULL'}"]
        for column, type_ in self._types.items():
            line = f"{dialect.name(column)} {type_}"
            if column in self._keyed:
                line += " NOT NULL"
            elif type_ in dialect.defaults and dice.random() < 0.4:
                line += f" DEFAULT {dice.choice(dialect.defaults[type_])}"
                line += " NOT NULL" if dice.random() < 0.4 else ""
            lines.insert(dice.randint(0, len(lines)), line)
        keyed = [dialect.name(column) for column in self._keyed]
        dice.shuffle(keyed)
        if self._key == "primary":  # n makes it unique, and is not always its last column
            keyed.insert(dice.randint(0, len(keyed)), "n")
            lines.append(f"PRIMARY KEY ({', '.join(keyed)})")
        elif self._key == "unique":
            lines.append(f"UNIQUE ({', '.join(['n', *keyed])})")
        found = [f"CREATE TABLE {self.quoted} ({', '.join(lines)})"]
        if self._key in ("unique", "none") and dialect.identity:
            found.append(dialect.identity.format(table=self.quoted))
        return found

    def insert(self) -> str:
        """A statement that adds a row."""
        self._rows += 1
        names, values = ["n"], [str(self._rows)]
        for column in self._types:
            if column not in self._keyed and self._dice.random() < 0.2:
                continue  # its default, or NULL
            names.append(self._dialect.name(column))
            values.append(self._value(column))
        return f"INSERT INTO {self.quoted} ({', '.join(names)}) VALUES ({', '.join(values)})"

    def _value(self, column: str) -> str:
        nullable = column not in self._keyed and self._types[column] not in self._dialect.defaults
        return "NULL" if nullable and self._dice.random() < 0.15 else self._dice.choice(list(self._pool(column)))

    def change(self) -> str:
        """A statement that changes some columns of a row, or its key, or removes it."""
        dice = self._dice
        row = dice.randint(1, max(self._rows, 1))
        where = f"WHERE n = {row}"
        if dice.random() < 0.2:
            return f"DELETE FROM {self.quoted} {where}"
        if dice.random() < 0.15:
            self._rows += 1
            return f"UPDATE {self.quoted} SET n = {self._rows} {where}"
        columns = dice.sample(list(self._types), dice.randint(1, min(3, len(self._types))))
        settings = ", ".join(f"{self._dialect.name(column)} = {self._value(column)}" for column in columns)
        return f"UPDATE {self.quoted} SET {settings} {where}"


def database(dialect: Dialect, seed: str, tables: int = 14, steps: int = 55) -> tuple[str, list[str]]:
    """The SQL that makes tables with rows, and one text per transaction of what then happens."""
    dice = random.Random(seed)
    made = [Table(dialect, dice, number) for number in range(tables)]
    setup: list[str] = []
    for table in made:
        setup += table.made()
        setup += [table.insert() for _ in range(dice.randint(0, 4))]
    stream: list[str] = []
    for _ in range(steps):
        chosen = [dice.choice(made) for _ in range(dice.randint(2, 6))]
        stream.append("; ".join(each.insert() if dice.random() < 0.5 else each.change() for each in chosen))
    return ";\n".join(setup) + ";\n", stream


def options(menu: Mapping[str, Sequence[str]], seed: str, count: int) -> dict[str, str]:
    """Some options of a menu, each with one of its values."""
    dice = random.Random(seed)
    return {name: dice.choice(list(menu[name])) for name in dice.sample(list(menu), count)}
