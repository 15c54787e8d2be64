"""Relation messages: the table that the rows behind them belong to. Plain data. Compiles (mypyc)."""

from __future__ import annotations


class RelationColumn:
    """One column of a Relation message. `key`: part of the replica identity."""

    def __init__(self, name: str, type_oid: int, typmod: int, key: bool) -> None:
        self.name = name
        self.type_oid = type_oid
        self.typmod = typmod
        self.key = key


class Relation:
    """A Relation message. `identity` is pg_class.relreplident: d default, n nothing, f full, i index.

    `tx_id` is the transaction that it was sent in, None outside of one. The server sends a transaction a moment before
    other connections can see what it did to the catalog. `nullable` and `labels` are what its rows have shown since.
    """

    def __init__(
        self,
        oid: int,
        schema: str,
        name: str,
        identity: str,
        columns: list[RelationColumn],
        tx_id: int | None = None,
    ) -> None:
        self.tx_id = tx_id
        self.oid = oid
        self.schema = schema
        self.name = name
        self.identity = identity
        self.columns = columns
        self.nullable: set[str] = set()  # columns in which a row of this announcement holds NULL
        self.labels: dict[str, list[str]] = {}  # labels of enums in such rows, by column
