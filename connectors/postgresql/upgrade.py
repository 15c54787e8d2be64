"""A cluster that pg_upgrade made: the offset of the old one becomes that of the new.

pg_upgrade (from 17 on) takes logical slots over once everything in the old log has been read, and the new cluster has
another system identifier and a log that begins later. Source: PostgreSQL manual, "pg_upgrade", "Logical replication".
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import psycopg

from cdc.errors import PositionLost, SourceRefused
from connectors.postgresql import errors, publication, slot
from connectors.postgresql.connection import connect, translate
from connectors.postgresql.lsn import lsn_text
from connectors.postgresql.position import parse
from connectors.postgresql.replication import Replication

if TYPE_CHECKING:
    from connectors.postgresql.config import PostgresConfig


def upgraded(config: PostgresConfig, offset: dict[str, object]) -> dict[str, object]:
    """The offset of the server's slot, for one that the old cluster was read to.

    Raises SourceRefused, PositionLost and SourceLost: the server is the old one, has not the slot, or its log does not
    go on behind the offset.
    """
    stored = parse(offset)
    name, published = str(config.slot_name), str(config.publication_name)
    replication = Replication(config)
    try:
        system = replication.identify()
    finally:
        replication.close()
    if system.id == stored.system:
        raise SourceRefused(errors.NOT_UPGRADED, f"the offset is of system {system.id}, and so is the server")
    sql = connect(config, purpose="general")
    with contextlib.closing(sql):
        try:
            found, _ = slot.read(sql, name)
            members = publication.read(sql, published)
        except psycopg.Error as error:
            raise translate(error, f"looking at slot {name}") from error
    if found is None:
        raise PositionLost(errors.SLOT_MISSING, f"slot {name} does not exist on system {system.id}")
    slot.check(found, str(config.database_dbname))
    if members is None:
        raise PositionLost(errors.PUBLICATION_MISSING, f"publication {published} does not exist on system {system.id}")
    place = f"slot {name} is confirmed up to {lsn_text(found.confirmed_flush)}, the offset is {lsn_text(stored.done())}"
    if stored.events or found.confirmed_flush < stored.done():
        inside = " and inside a transaction" if stored.events else ""
        raise PositionLost(errors.OTHER_SYSTEM, f"{place}{inside}: this log does not go on behind it")
    position = slot.at(found.confirmed_flush)
    position.system, position.timeline, position.publication = system.id, system.timeline, members.oid
    return position.offset()
