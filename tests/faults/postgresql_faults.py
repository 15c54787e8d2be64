"""The faults that only PostgreSQL has: slots, publications, its log. See faults.py."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.checker import Report
from tests.faults.faults import Faults, quiet, retaken, settled
from tests.faults.servers import Servers
from tests.faults.trial import Trial

DROP_SLOT = "SELECT pg_drop_replication_slot('{name}')"
DROP_PUBLICATION = "DROP PUBLICATION {name}"
fault = Faults()


@fault
def slot_in_use(servers: Servers, full: bool) -> Report:
    """A second instance waits, says who holds the slot, and takes over when the first one dies."""
    with Trial(servers) as trial:
        trial.begin(200)
        trial.delivered()
        second = trial.second()
        try:
            second.start()
            second.says("HW-PG-014.*held by process")
            trial.kill()
            second.streaming()
            trial.connector, second = second, trial.connector
            return trial.verdict()
        finally:
            second.close()


@fault
def wrong_database(servers: Servers, full: bool) -> Report:
    """Final."""
    with Trial(servers) as trial:
        trial.fill(200)
        trial.connector.start(database_dbname="no_such_database")
        trial.refused("HW-PG-004", 3)
        trial.begin()
        return trial.verdict()


@fault
def wal_level_replica(servers: Servers, full: bool) -> Report:
    """Final; after the server is set up and restarted it works."""
    own = Servers(kafka=servers.kafka, server=servers.start(wal_level="replica"))
    try:
        with Trial(own) as trial:
            trial.fill(200)
            trial.connector.start()
            trial.refused("HW-PG-008", 3)
            own.server.restart(wal_level="logical")
            trial.begin()
            return trial.verdict()
    finally:
        own.server.stop()


@fault
def slot_dropped_while_down(servers: Servers, full: bool) -> Report:
    """Final: what was committed meanwhile cannot be had. `when_needed` takes a new snapshot."""
    return _broken(servers, "HW-PG-011", retaken, DROP_SLOT)


@fault
def slot_made_anew_while_down(servers: Servers, full: bool) -> Report:
    """PostgreSQL would silently leave out what lies between the stored offset and the new slot."""
    create = "SELECT pg_create_logical_replication_slot('{name}', 'pgoutput')"
    return _broken(servers, "HW-PG-013", retaken, DROP_SLOT, create)


@fault
def wal_removed(servers: Servers, full: bool) -> Report:
    """max_slot_wal_keep_size has cost the slot its log."""
    with Trial(servers) as trial:
        quiet(trial)
        trial.database.execute("ALTER SYSTEM SET max_slot_wal_keep_size = '16MB'")
        try:
            trial.database.value("SELECT pg_reload_conf()")
            trial.marker()
            for _ in range(8):
                trial.database.value("SELECT pg_logical_emit_message(false, 'faults', 'x')")
                trial.database.value("SELECT pg_switch_wal()")
            trial.database.execute("CHECKPOINT")
            status = trial.database.value(
                "SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s", trial.prefix
            )
            assert status == "lost", f"wal_status {status}"
            trial.connector.start()
            trial.refused("HW-PG-012", 3)
            return retaken(trial)
        finally:
            trial.database.execute("ALTER SYSTEM RESET max_slot_wal_keep_size")
            trial.database.value("SELECT pg_reload_conf()")


@fault
def publication_dropped_while_down(servers: Servers, full: bool) -> Report:
    """Without publication.autocreate: final. A publication that is made later does not decode the time before it."""
    return _broken(servers, "HW-PG-019", _anew, DROP_PUBLICATION, publication_autocreate_mode="disabled")


@fault
def publication_dropped_while_down_with_autocreate(servers: Servers, full: bool) -> Report:
    """Making it again must not hide that changes from before it are not decoded."""
    return _broken(servers, "HW-PG-019", _anew, DROP_PUBLICATION)


@fault
def publication_made_anew_while_down(servers: Servers, full: bool) -> Report:
    """The same name and the same tables, but PostgreSQL 18 silently leaves out what was committed in between."""
    create = "CREATE PUBLICATION {name} FOR TABLE load.account, load.item, load.wide"
    return _broken(servers, "HW-PG-038", retaken, DROP_PUBLICATION, create)


@fault
def publication_dropped_while_streaming(servers: Servers, full: bool) -> Report:
    """The stream ends with a coded error; nothing after the drop is confirmed."""
    with Trial(servers) as trial:
        settled(trial)
        trial.database.execute(DROP_PUBLICATION.format(name=trial.prefix))
        trial.marker()
        trial.refused("HW-PG-019", 3, seconds=90)
        return _anew(trial)


@fault
def table_not_in_the_publication(servers: Servers, full: bool) -> Report:
    """A table that is to be captured by name, and that the publication leaves out."""
    with Trial(servers) as trial:
        trial.fill(200)
        trial.database.execute(f"CREATE PUBLICATION {trial.prefix} FOR TABLE load.account, load.item")
        trial.connector.start(publication_autocreate_mode="disabled")
        trial.refused("HW-PG-039", 3)
        trial.database.execute(f"ALTER PUBLICATION {trial.prefix} ADD TABLE load.wide")
        trial.begin()
        return trial.verdict()


def _broken(
    servers: Servers, code: str, mend: Callable[[Trial], Report], statement: str, then: str = "", **properties: str
) -> Report:
    """Break slot or publication while the connector is down: it refuses to start with `code`, `mend` is the remedy.

    A row is committed between the two statements; in both `{name}` is the slot and the publication.
    """
    with Trial(servers) as trial:
        quiet(trial)
        trial.database.execute(statement.format(name=trial.prefix))
        trial.marker()
        if then:
            trial.database.execute(then.format(name=trial.prefix))
        trial.connector.start(**properties)
        trial.refused(code, 3)
        return mend(trial)


def _anew(trial: Trial) -> Report:
    """What the remedy of a broken publication says: a new slot, and a new snapshot."""
    trial.connector.close()
    trial.database.value("SELECT pg_drop_replication_slot(%s)", trial.prefix)
    return retaken(trial)
