"""Transaction metadata (`provide.transaction.metadata`): counts, the `transaction` block, BEGIN and END records.

Source: Debezium reference, "Transaction metadata".
"""

from __future__ import annotations

from cdc.model import BEGIN, Change, Row


class TransactionMonitor:
    """Counts the events of the open transaction, in total and per table."""

    def __init__(self) -> None:
        self._total = 0
        self._tables: dict[str, int] = {}

    def block(self, tx: str, table_id: str) -> Row:
        """Values of the `transaction` block of the next event of this table: id, total order, order in its table."""
        self._total += 1
        order = self._tables.get(table_id, 0) + 1
        self._tables[table_id] = order
        return [tx, self._total, order]

    def boundary(self, change: Change) -> tuple[Row, Row]:
        """Key and value of the record for a BEGIN or END change."""
        if change.op == BEGIN:
            self._total = 0
            self._tables = {}
            return [change.tx], [BEGIN, change.tx, None, None, change.ts_ms]
        collections: list[object] = [[table, count] for table, count in self._tables.items()]
        return [change.tx], ["END", change.tx, self._total, collections, change.ts_ms]

    def restore(self, offset: dict[str, object]) -> None:
        """Take up the counts of a stored offset (`transaction_id`, `transaction_data_collection_order_<table>`)."""
        self._tables = {}
        prefix = "transaction_data_collection_order_"
        if offset.get("transaction_id"):
            for name, count in offset.items():
                if name.startswith(prefix) and isinstance(count, int):
                    self._tables[name[len(prefix) :]] = count
        self._total = sum(self._tables.values())

    def offset(self, tx: str) -> dict[str, object]:
        """The offset keys that `restore` reads; of `number:place` Debezium stores the number, any other id as it is."""
        number, _, place = tx.partition(":")
        whole = number if number.isdigit() and place.isdigit() else tx
        stored: dict[str, object] = {"transaction_id": whole or None}
        for table, count in self._tables.items():
            stored[f"transaction_data_collection_order_{table}"] = count
        return stored
