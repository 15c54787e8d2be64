"""The side of the original: Debezium 3.6.3 on a Kafka Connect worker that lives through all scenarios."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Sequence

from tests.golden.databases import Address, connector
from tests.golden.scenario import Run
from tests.golden.topics import TopicReader
from tests.servers.connect import ConnectWorker
from tests.servers.kafka import KafkaBroker
from tests.servers.registry import SchemaRegistry


class Debezium:
    """Runs connectors on a worker with a broker of its own."""

    name = "dbz"
    patience = 90.0

    def __init__(self, registry: SchemaRegistry | None) -> None:
        self.registry = registry
        self.broker = KafkaBroker.private({"num.partitions": "1"})
        self.worker = ConnectWorker.start(self.broker.bootstrap)
        self.reader = TopicReader(self.broker.bootstrap, self.worker.offsets_topic)
        self._running: set[str] = set()

    def start(self, runs: Sequence[Run], server: Address) -> None:
        """Start the connectors of one scenario."""
        registry = self.registry.native if self.registry else None
        for run in runs:
            config = connector(run, self.name, server, self.broker.bootstrap, registry)
            self.worker.create(run.prefix, config)
            self._running.add(run.prefix)

    def failure(self, run: Run) -> str | None:
        """The first lines of the stack trace, and its causes."""
        trace = self.worker.failure(run.prefix)
        if trace is None:
            return None
        causes = [line for line in trace.splitlines() if not re.match(r"\s+at |\s+\.\.\. ", line)]
        return " | ".join(causes)

    def stop(self, runs: Sequence[Run]) -> None:
        """Delete the connectors, which stops their tasks."""
        for run in runs:
            if run.prefix in self._running:
                self._running.discard(run.prefix)
                self.worker.delete(run.prefix)

    def close(self) -> None:
        """Stop the worker and the broker."""
        self.reader.close()
        self.worker.stop()
        self.broker.stop()


def schema_text(registry: SchemaRegistry, number: int) -> str:
    """The text of a registered schema."""
    with urllib.request.urlopen(f"{registry.url}/schemas/ids/{number}", timeout=10) as answer:
        text: str = json.load(answer)["schema"]
        return text
