"""`cdc offsets upgrade`: a cluster that pg_upgrade made, with the slot taken over."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cdc.cli import main
from cdc.errors import PositionLost
from connectors.postgresql.source import PostgresSource
from tests.integration.postgresql.setup import config, properties, until
from tests.integration.reading import Reading
from tests.servers.postgresql import PostgresServer

pytestmark = pytest.mark.usefixtures("root_logger")
Life = tuple[PostgresServer, Path, Callable[..., Reading], list[str]]


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    """A server, a file for a connector of it, a function that streams, and the arguments that name the offsets."""
    server = PostgresServer.private("18")
    server.create_database("shop")
    opened: list[PostgresSource] = []

    def start(server: PostgresServer, offset: dict[str, object] | None = None) -> Reading:
        file.write_text(json.dumps({"name": "c", "config": properties(server, "shop")}))
        source = PostgresSource(config(server, "shop"))
        opened.append(source)
        source.open(offset)
        source.end_snapshot()
        source.start()
        return Reading(source)

    file = tmp_path / "connector.json"
    execute(server, "CREATE TABLE t (id bigint PRIMARY KEY)")
    yield server, file, start, ["--set", f"offset.storage.file.filename={tmp_path / 'offsets'}"]
    for source in opened:
        source.close()
    server.stop()


def execute(server: PostgresServer, statement: str) -> None:
    with server.connect("shop") as sql:
        sql.execute(statement)


def stored(reading: Reading) -> dict[str, object]:
    reading.source.confirm(reading.between)
    return json.loads(json.dumps(reading.between.offset()))  # type: ignore[no-any-return]


def keep(file: Path, arguments: list[str], offset: dict[str, object]) -> None:
    path = file.with_name("wanted")
    path.write_text(json.dumps(offset))
    assert main(["offsets", "import", str(file), str(path), *arguments]) == 0


def test_the_stream_goes_on_from_the_slot_of_the_new_cluster(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    old, file, start, arguments = life
    reading = start(old)
    execute(old, "INSERT INTO t VALUES (1)")
    reading.read(1)
    offset = stored(reading)
    keep(file, arguments, offset)
    assert main(["offsets", "upgrade", str(file), *arguments]) == 3
    assert "HW-PG-056" in capsys.readouterr().err
    slot = "SELECT confirmed_flush_lsn - '0/0'::pg_lsn FROM pg_replication_slots"

    def told() -> bool:
        reading.poll()
        with old.connect() as sql:
            row = sql.execute(slot).fetchone()
        return row is not None and int(str(row[0])) >= int(str(offset["lsn"]))

    until(told, "the slot is confirmed")
    reading.source.close()
    new = old.upgraded()
    try:
        execute(new, "INSERT INTO t VALUES (2)")
        with pytest.raises(PositionLost) as caught:
            start(new, offset)
        assert caught.value.code == "HW-PG-017"

        assert main(["offsets", "upgrade", str(file), "--dry-run", *arguments]) == 0
        assert "nothing was changed" in capsys.readouterr().out
        assert main(["offsets", "upgrade", str(file), *arguments]) == 0
        assert main(["offsets", "show", str(file), *arguments]) == 0
        found = json.loads(capsys.readouterr().out.split("stored\n")[-1])
        assert found["headwater_system"] != offset["headwater_system"]
        again = start(new, found)
        again.read(1)
        assert again.values() == [2]
        again.source.close()

        keep(file, arguments, {**offset, "lsn_commit": 1 << 50})
        assert main(["offsets", "upgrade", str(file), *arguments]) == 3
        assert "this log does not go on behind it" in capsys.readouterr().err
    finally:
        new.stop()


def test_another_database_needs_no_such_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "connector.json"
    raw = {
        "connector.class": "io.debezium.connector.mysql.MySqlConnector",
        "database.hostname": "127.0.0.1",
        "database.user": "u",
        "database.password": "p",
        "database.server.id": "1",
        "topic.prefix": "s",
        "schema.history.internal": "io.debezium.relational.history.MemorySchemaHistory",
    }
    file.write_text(json.dumps({"name": "c", "config": raw}))
    assert main(["offsets", "upgrade", str(file), "--set", f"offset.storage.file.filename={tmp_path / 'o'}"]) == 2
    assert "is for PostgreSQL and pg_upgrade" in capsys.readouterr().err
