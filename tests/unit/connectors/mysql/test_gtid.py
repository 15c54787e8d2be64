"""GTID sets of MySQL and positions of MariaDB, without a server (tests/oracle asks one)."""

from __future__ import annotations

import pytest

from connectors.mysql.gtid import GtidSet, MariadbGtidSet
from connectors.mysql.octets import Octets

A = "00000001-1111-2222-3333-444444444444"
B = "00000002-1111-2222-3333-444444444444"


def test_text_is_the_servers():
    assert str(GtidSet(f" {B.upper()} : 7-9 : 3,\n{A}:1-3:4-5:10,{A}:tag:2")) == f"{A}:1-5:10:tag:2,{B}:3:7-9"
    assert str(GtidSet("")) == ""
    assert not GtidSet(" , ")


@pytest.mark.parametrize("text", ["x:1", f"{A}:0", f"{A}:1-x", f"{A}:9223372036854775807", f"{A}:1tag:1", "0-1-2"])
def test_what_is_no_set_is_refused(text):
    with pytest.raises(ValueError, match="in a GTID set is no"):
        GtidSet(text)


def test_algebra():
    one, other = GtidSet(f"{A}:1-10,{B}:5"), GtidSet(f"{A}:3-4:9-20:tag:1")
    assert str(one.union(other)) == f"{A}:1-20:tag:1,{B}:5"
    assert str(one.subtract(other)) == f"{A}:1-2:5-8,{B}:5"
    assert not one.is_subset(other)
    assert GtidSet(f"{A}:3:20").is_subset(other)
    assert GtidSet().is_subset(other)
    assert one.contains(A, 10)
    assert not one.contains(A, 11)
    assert not one.contains(f"{A}:tag", 1)
    assert str(one.union(other).only(lambda uuid: uuid == A)) == f"{A}:1-20:tag:1"
    assert one.union(other).uuids() == [A, B]
    assert one == GtidSet(str(one))


def test_transactions_are_added_one_by_one():
    found = GtidSet(f"{A}:1-3")
    copy = found.copy()
    for number in (4, 5, 9, 7, 8, 2):
        found.add(A, number)
    found.add(f"{A}:tag", 1)
    assert str(found) == f"{A}:1-5:7-9:tag:1"
    assert str(copy) == f"{A}:1-3"


@pytest.mark.parametrize("text", ["", f"{A}:1-5:7,{B}:1", f"{A}:1-5:tag:2-3,{B}:other_1:1"])
def test_bytes_and_back(text):
    data = GtidSet(text).encode()
    octets = Octets(data, 0, len(data))
    assert str(GtidSet.decode(octets)) == text
    assert octets.left == 0
    for size in range(len(data)):
        with pytest.raises(ValueError, match="cut off"):
            GtidSet.decode(Octets(data, 0, size))


def test_positions_of_mariadb():
    found = MariadbGtidSet("1-2-5, 0-1-270")
    assert str(found) == "0-1-270,1-2-5"
    found.add("0-3-271")
    assert str(found) == "0-3-271,1-2-5"
    assert found.contains("0-1-270")
    assert not found.contains("0-1-272")
    assert not found.contains("7-1-1")
    assert MariadbGtidSet("0-1-270").is_subset(found)
    assert not found.is_subset(MariadbGtidSet("0-3-271"))
    assert str(MariadbGtidSet("0-1-3,2-1-1").union(found)) == "0-3-271,1-2-5,2-1-1"
    assert str(found.only(lambda domain: domain == "1")) == "1-2-5"
    assert found.domains() == [0, 1]
    assert not MariadbGtidSet("")
    for text in ("1-2", "a-1-1", f"{A}:1"):
        with pytest.raises(ValueError, match="no GTID of MariaDB"):
            MariadbGtidSet(text)
