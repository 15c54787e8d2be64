"""GTIDs that a server has later than the connector's offset, and log files that are called otherwise."""

from __future__ import annotations

import json

import pytest

from cdc.errors import PositionLost
from connectors.mysql import errors
from tests.integration.mysql.setup import reading_of
from tests.integration.mysql.test_my_position import read_on
from tests.servers.mariadb import MariadbServer
from tests.servers.mysql import MysqlServer

ENABLE = (
    "ENFORCE_GTID_CONSISTENCY = ON",
    *(f"GTID_MODE = {mode}" for mode in ("OFF_PERMISSIVE", "ON_PERMISSIVE", "ON")),
)
DISABLE = tuple(f"GTID_MODE = {mode}" for mode in ("ON_PERMISSIVE", "OFF_PERMISSIVE", "OFF"))


def set_globals(server, settings):
    for setting in settings:
        server.execute(f"SET GLOBAL {setting}")


def read_to(reading, number):
    """The stored offset once so many changes were read, and the transaction of the last one has ended."""
    reading.read(number)
    return json.loads(json.dumps(reading.positions[-1][1].offset()))


@pytest.fixture(scope="module")
def _without(request):
    request.getfixturevalue("mysql")  # skips where there is none
    server = MysqlServer.private(gtid_mode="OFF", enforce_gtid_consistency="OFF")
    yield server
    server.stop()


@pytest.fixture
def without(_without):
    """A MySQL server of these tests' own, without GTIDs at first."""
    yield _without
    if _without.execute("SELECT @@global.gtid_mode")[0][0] != "OFF":
        set_globals(_without, DISABLE)
    _without.execute("RESET BINARY LOGS AND GTIDS")


@pytest.fixture(scope="module", params=[MysqlServer, MariadbServer])
def own(request):
    """A server of these tests' own, of each kind."""
    request.getfixturevalue("mysql" if request.param is MysqlServer else "mariadb")
    server = request.param.private()
    yield server
    server.stop()


@pytest.fixture
def app(request):
    """A fresh database on the test's server."""
    return request.getfixturevalue("without" if "without" in request.fixturenames else "own").create_database()


def begun(server, name):
    """A source that has read one row, and its offset."""
    return read_on(
        lambda **words: reading_of(server, name, **words),
        lambda *statements: server.execute(*statements, database=name),
    )


@pytest.mark.parametrize("running", [True, False])
def test_gtids_that_are_enabled_later_are_taken_up(without, app, running):
    first, offset = begun(without, app)
    assert "gtids" not in offset
    if not running:
        set_globals(without, ENABLE)
    reading = reading_of(without, app, first.history).begin(offset)
    if running:
        set_globals(without, ENABLE)
    without.execute("INSERT INTO t VALUES (2, 'b')", database=app)
    offset = read_to(reading, 1)
    ((executed,),) = without.execute("SELECT @@global.gtid_executed")
    assert offset["gtids"] == executed != ""
    reading.source.close()
    # another server with the same transactions may go on: file and position say nothing there
    without.execute("INSERT INTO t VALUES (3, 'c')", database=app)
    moved = {**offset, "file": "else.000001", "pos": 99_999, "headwater_server": "another"}
    again = reading_of(without, app, first.history).begin(moved)
    assert again.read(1)[0].after == [3, "c"]
    again.source.close()


def test_gtids_are_given_up_where_a_transaction_has_none(without, app):
    first, offset = begun(without, app)
    reading = reading_of(without, app, first.history).begin(offset)
    set_globals(without, ENABLE)
    without.execute("INSERT INTO t VALUES (2, 'b')", database=app)
    assert "gtids" in read_to(reading, 1)
    set_globals(without, DISABLE)
    without.execute("INSERT INTO t VALUES (3, 'c')", database=app)
    offset = read_to(reading, 2)
    assert "gtids" not in offset
    reading.source.close()
    set_globals(without, ENABLE)
    without.execute("INSERT INTO t VALUES (4, 'd')", database=app)
    again = reading_of(without, app, first.history).begin(offset)
    assert "gtids" in read_to(again, 1)
    assert again.values() == [4]
    again.source.close()


def test_an_empty_set_at_first_is_taken_up(own, app):
    own.execute("CREATE TABLE t (id bigint PRIMARY KEY, name varchar(100))", database=app)
    own.execute("RESET MASTER" if own.kind == "MariaDB" else "RESET BINARY LOGS AND GTIDS")
    first = reading_of(own, app).begin()
    assert "gtids" not in first.source._begin.offset()
    own.execute("INSERT INTO t VALUES (1, 'a')", database=app)
    offset = read_to(first, 1)
    variable = "gtid_binlog_pos" if own.kind == "MariaDB" else "gtid_executed"
    assert offset["gtids"] == own.execute(f"SELECT @@global.{variable}")[0][0] != ""
    first.source.close()


def test_an_offset_without_gtids_takes_them_up_at_the_next_file(own, app):
    """An offset as earlier versions left it: without the set, within a file. MariaDB can be asked for the place."""
    if own.kind == "MySQL":  # files of another name do not list the GTIDs before
        own.restart(log_bin="renamed")
    first, offset = begun(own, app)
    del offset["gtids"]
    reading = reading_of(own, app, first.history).begin(offset)
    own.execute("INSERT INTO t VALUES (2, 'b')", database=app)
    assert ("gtids" in read_to(reading, 1)) == (own.kind == "MariaDB")
    own.execute("FLUSH BINARY LOGS", "INSERT INTO t VALUES (3, 'c')", database=app)
    offset = read_to(reading, 2)
    variable = "gtid_binlog_pos" if own.kind == "MariaDB" else "gtid_executed"
    assert offset["gtids"] == own.execute(f"SELECT @@global.{variable}")[0][0] != ""
    reading.source.close()


@pytest.mark.parametrize("name", ["zlog", "alog"])
def test_a_log_that_is_called_otherwise_goes_on_after_gtids(own, app, name):
    if own.kind == "MariaDB":  # numbers of its GTIDs begin anew too
        name = "mysql-bin"
    own.execute("FLUSH BINARY LOGS", "FLUSH BINARY LOGS")
    first, offset = begun(own, app)
    own.restart(log_bin=name)
    own.execute("INSERT INTO t VALUES (2, 'b')", database=app)
    again = reading_of(own, app, first.history).begin(offset)
    assert again.read(1)[0].after == [2, "b"]
    again.source.close()


def test_a_log_that_was_begun_anew_under_its_name_is_lost(own, app):
    own.execute("FLUSH BINARY LOGS", "FLUSH BINARY LOGS")
    first, offset = begun(own, app)
    own.execute("RESET MASTER" if own.kind == "MariaDB" else "RESET BINARY LOGS AND GTIDS")
    for number in range(2, 60):
        own.execute(f"INSERT INTO t VALUES ({number}, 'x')", database=app)
    with pytest.raises(PositionLost, match="begun anew") as lost:
        reading_of(own, app, first.history).begin(offset)
    assert lost.value.code == errors.SERVER_BEHIND
