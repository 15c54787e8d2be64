"""The faults that only PostgreSQL has: slots, publications, its log. See frame.py."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from tests.faults.checker import Report
from tests.faults.frame import Faults, alone
from tests.faults.servers import Servers
from tests.faults.trial import Trial

DROP_SLOT = "SELECT pg_drop_replication_slot('{name}')"
DROP_PUBLICATION = "DROP PUBLICATION {name}"
fault = Faults()


@fault.running
def slot_in_use(trial: Trial, full: bool) -> Report:
    """A second instance waits, says who holds the slot, and takes over when the first one dies."""
    with trial.second() as second:
        second.start()
        second.says("HW-PG-014.*held by process")
        trial.connector.kill()  # what it had stored cannot be looked at: the second goes on at once
        second.streaming()
        trial.connector = second
        return trial.verdict()


@fault.filled
def wrong_database(trial: Trial, full: bool) -> None:
    """Final."""
    trial.refuses("HW-PG-004", 3, database_dbname="no_such_database")
    trial.begin()


@fault
def wal_level_replica(servers: Servers, full: bool) -> Report:
    """Final; after the server is set up and restarted it works."""
    with alone(servers, wal_level="replica") as own, Trial(own) as trial:
        trial.fill(200)
        trial.refuses("HW-PG-008", 3)
        own.server.restart(wal_level="logical")
        trial.begin()
        return trial.verdict()


@fault.down
def slot_dropped_while_down(trial: Trial, full: bool) -> Report:
    """Final: what was committed meanwhile cannot be had. `when_needed` takes a new snapshot."""
    return _broken(trial, "HW-PG-011", Trial.retaken, DROP_SLOT)


@fault.down
def slot_made_anew_while_down(trial: Trial, full: bool) -> Report:
    """PostgreSQL would silently leave out what lies between the stored offset and the new slot."""
    create = "SELECT pg_create_logical_replication_slot('{name}', 'pgoutput')"
    return _broken(trial, "HW-PG-013", Trial.retaken, DROP_SLOT, create)


@fault.down
def wal_removed(trial: Trial, full: bool) -> Report:
    """max_slot_wal_keep_size has cost the slot its log."""
    trial.database.execute("ALTER SYSTEM SET max_slot_wal_keep_size = '16MB'")
    try:
        trial.database.value("SELECT pg_reload_conf()")
        trial.marker()
        for _ in range(8):
            trial.database.value("SELECT pg_logical_emit_message(false, 'faults', 'x')")
            trial.database.value("SELECT pg_switch_wal()")
        trial.database.execute("CHECKPOINT")
        status = trial.database.value("SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s", trial.prefix)
        assert status == "lost", f"wal_status {status}"
        trial.refuses("HW-PG-012", 3)
        return trial.retaken()
    finally:
        trial.database.execute("ALTER SYSTEM RESET max_slot_wal_keep_size")
        trial.database.value("SELECT pg_reload_conf()")


@fault.down
def publication_dropped_while_down(trial: Trial, full: bool) -> Report:
    """Without publication.autocreate: final. A publication that is made later does not decode the time before it."""
    return _broken(trial, "HW-PG-019", _anew, DROP_PUBLICATION, publication_autocreate_mode="disabled")


@fault.down
def publication_dropped_while_down_with_autocreate(trial: Trial, full: bool) -> Report:
    """Making it again must not hide that changes from before it are not decoded."""
    return _broken(trial, "HW-PG-019", _anew, DROP_PUBLICATION)


@fault.down
def publication_made_anew_while_down(trial: Trial, full: bool) -> Report:
    """The same name and the same tables, but PostgreSQL 18 silently leaves out what was committed in between."""
    create = "CREATE PUBLICATION {name} FOR TABLE load.account, load.item, load.wide"
    return _broken(trial, "HW-PG-038", Trial.retaken, DROP_PUBLICATION, create)


@fault.settled
def publication_dropped_while_streaming(trial: Trial, full: bool) -> Report:
    """The stream ends with a coded error; nothing after the drop is confirmed."""
    trial.database.execute(DROP_PUBLICATION.format(name=trial.prefix))
    trial.marker()
    trial.refused("HW-PG-019", 3, seconds=90)
    return _anew(trial)


@fault.filled
def table_not_in_the_publication(trial: Trial, full: bool) -> None:
    """A table that is to be captured by name, and that the publication leaves out."""
    trial.database.execute(f"CREATE PUBLICATION {trial.prefix} FOR TABLE load.account, load.item")
    trial.refuses("HW-PG-039", 3, publication_autocreate_mode="disabled")
    trial.database.execute(f"ALTER PUBLICATION {trial.prefix} ADD TABLE load.wide")
    trial.begin()


@fault
def failover_to_a_standby_that_was_behind(servers: Servers, full: bool) -> Report:
    """It lacks what was read, and its log grows past it: refused, not gone over. The former primary has all of it."""
    with alone(servers) as own, Trial(own) as trial:
        trial.settles()
        standby = own.server.standby()
        try:
            with contextlib.closing(standby.connect()) as sql:
                sql.execute("ALTER SYSTEM SET primary_conninfo = ''")
                sql.execute("SELECT pg_reload_conf()")
                receiving = "SELECT count(*) FROM pg_stat_wal_receiver"
                trial.wait(lambda: sql.execute(receiving).fetchone() == (0,), "the standby is cut off", 60)
                trial.delivered()
                trial.stopped()
                end = trial.database.value("SELECT pg_current_wal_lsn()::text")
                sql.execute("SELECT pg_promote()")

                def past() -> bool:
                    sql.execute("SELECT pg_logical_emit_message(true, 'faults', repeat('x', 100000))")
                    return bool(sql.execute("SELECT pg_current_wal_lsn() > %s::pg_lsn", (end,)).fetchone() == (True,))

                trial.wait(past, "the log of the standby is longer", 60)
            trial.refuses("HW-PG-055", 3, database_port=str(standby.port))
        finally:
            standby.stop()
        trial.connector.start()
        return trial.verdict(seconds=120)


def _broken(
    trial: Trial, code: str, mend: Callable[[Trial], Report], statement: str, then: str = "", **properties: str
) -> Report:
    """Break slot or publication while the connector is down: it refuses to start with `code`, `mend` is the remedy.

    A row is committed between the two statements; in both `{name}` is the slot and the publication.
    """
    trial.database.execute(statement.format(name=trial.prefix))
    trial.marker()
    if then:
        trial.database.execute(then.format(name=trial.prefix))
    trial.refuses(code, 3, **properties)
    return mend(trial)


def _anew(trial: Trial) -> Report:
    """What the remedy of a broken publication says: a new slot, and a new snapshot."""
    trial.connector.close()
    trial.database.value("SELECT pg_drop_replication_slot(%s)", trial.prefix)
    return trial.retaken()
