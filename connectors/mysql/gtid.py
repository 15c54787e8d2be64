"""Sets of global transaction ids: MySQL's (with tags) and MariaDB's positions. Pure values, no connection.

Source: MySQL manual, "GTID Format and Storage"; MariaDB, "Global Transaction ID".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from connectors.mysql.octets import Octets

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}")
_TAG: Final = re.compile(r"[a-z_][a-z0-9_]{0,31}")
_LAST: Final = (1 << 63) - 2  # the largest number of a transaction

Intervals = list[tuple[int, int]]  # sorted, apart from each other, both ends included


def uuid_text(uuid: bytes) -> str:
    """Sixteen bytes as a UUID's text."""
    text = uuid.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _merged(intervals: Intervals) -> Intervals:
    found: Intervals = []
    for first, last in sorted(intervals):
        if found and first <= found[-1][1] + 1:
            if last > found[-1][1]:
                found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found


def _without(intervals: Intervals, gone: Intervals) -> Intervals:
    found: Intervals = []
    at = 0
    for first, last in intervals:
        while at < len(gone) and gone[at][1] < first:
            at += 1
        index = at
        while index < len(gone) and gone[index][0] <= last:
            if gone[index][0] > first:
                found.append((first, gone[index][0] - 1))
            first = gone[index][1] + 1
            index += 1
        if first <= last:
            found.append((first, last))
    return found


class GtidSet:
    """A set of MySQL transactions: per source (`uuid` or `uuid:tag`, lower case) intervals of numbers.

    `str` gives the server's own form: sources in the order of their bytes, tags of a UUID behind it.
    """

    def __init__(self, text: str = "") -> None:
        """From text; spaces and line breaks do not matter. Raises ValueError."""
        self._sources: dict[str, Intervals] = {}
        for part in text.split(","):
            words = "".join(part.split()).split(":")
            if words == [""]:
                continue
            if not _UUID.fullmatch(words[0]):
                raise ValueError(f"{words[0]!r} in a GTID set is no UUID")
            uuid = uuid_text(bytes.fromhex(words[0].replace("-", "")))
            source = uuid
            for word in words[1:]:
                if word and not word[0].isdigit():
                    tag = word.lower()
                    if not _TAG.fullmatch(tag):
                        raise ValueError(f"{word!r} in a GTID set is no tag")
                    source = f"{uuid}:{tag}"
                    continue
                first_text, _, last_text = word.partition("-")
                if not (first_text.isdecimal() and (not last_text or last_text.isdecimal())):
                    raise ValueError(f"{word!r} in a GTID set is no interval")
                first = int(first_text)
                last = int(last_text or first_text)
                if not first >= 1 or last > _LAST:
                    raise ValueError(f"{word!r} in a GTID set is no interval")
                if first <= last:
                    self._sources.setdefault(source, []).append((first, last))
        self._sources = {source: _merged(intervals) for source, intervals in self._sources.items()}

    @classmethod
    def _of(cls, sources: dict[str, Intervals]) -> GtidSet:
        made = cls()
        made._sources = {source: intervals for source, intervals in sources.items() if intervals}
        return made

    @classmethod
    def decode(cls, octets: Octets) -> GtidSet:
        """From the bytes of PREVIOUS_GTIDS. Raises ValueError."""
        count = octets.u64()
        tagged = count >> 56 == 1
        if tagged:
            count = count >> 8 & 0xFFFFFFFFFFFF
        sources: dict[str, Intervals] = {}
        for _ in range(count):
            source = uuid_text(octets.take(16))
            if tagged:
                tag = octets.text(octets.variable())
                if tag:
                    source = f"{source}:{tag}"
            intervals: Intervals = []
            for _ in range(octets.u64()):
                first = octets.u64()
                last = octets.u64() - 1
                if not 1 <= first <= last:
                    raise ValueError(f"an interval {first}-{last} of GTIDs")
                intervals.append((first, last))
            sources[source] = _merged(sources.get(source, []) + intervals)
        return cls._of(sources)

    def encode(self) -> bytes:
        """As COM_BINLOG_DUMP_GTID wants it; tags only where there are some, which servers before 8.3 do not know."""
        tagged = any(":" in source for source in self._sources)
        count = len(self._sources)
        words = [(1 << 56 | count << 8 | 1 if tagged else count).to_bytes(8, "little")]
        for source, intervals in sorted(self._sources.items()):
            uuid, _, tag = source.partition(":")
            words.append(bytes.fromhex(uuid.replace("-", "")))
            if tagged:
                words.append(bytes((len(tag) << 1,)) + tag.encode("ascii"))
            words.append(len(intervals).to_bytes(8, "little"))
            words += [number.to_bytes(8, "little") for first, last in intervals for number in (first, last + 1)]
        return b"".join(words)

    def add(self, source: str, number: int) -> None:
        """Put one transaction in. Cheap for the next one of its source."""
        intervals = self._sources.get(source)
        if intervals is None:
            self._sources[source] = [(number, number)]
        elif intervals[-1][1] + 1 == number:
            intervals[-1] = (intervals[-1][0], number)
        else:
            self._sources[source] = _merged([*intervals, (number, number)])

    def contains(self, source: str, number: int) -> bool:
        """Whether one transaction is in it."""
        return any(first <= number <= last for first, last in self._sources.get(source, []))

    def union(self, other: GtidSet) -> GtidSet:
        """Everything that is in one of both."""
        names = self._sources.keys() | other._sources.keys()
        return self._of({name: _merged(self._sources.get(name, []) + other._sources.get(name, [])) for name in names})

    def subtract(self, other: GtidSet) -> GtidSet:
        """What is in this and not in the other."""
        return self._of(
            {name: _without(intervals, other._sources.get(name, [])) for name, intervals in self._sources.items()}
        )

    def is_subset(self, other: GtidSet) -> bool:
        """Whether everything in this is in the other."""
        return not self.subtract(other)

    def only(self, wanted: Callable[[str], bool]) -> GtidSet:
        """The part whose UUIDs are wanted (gtid.source.includes and excludes)."""
        return self._of({source: list(intervals) for source, intervals in self._sources.items() if wanted(source[:36])})

    def uuids(self) -> list[str]:
        """The UUIDs in it, sorted."""
        return sorted({source[:36] for source in self._sources})

    def copy(self) -> GtidSet:
        """Another set with the same transactions."""
        return self._of({source: list(intervals) for source, intervals in self._sources.items()})

    def __iter__(self) -> Iterator[tuple[str, Intervals]]:
        return iter(sorted(self._sources.items()))

    def __bool__(self) -> bool:
        return bool(self._sources)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GtidSet) and self._sources == other._sources

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        parts: list[str] = []
        last_uuid = ""
        for source, intervals in sorted(self._sources.items()):
            uuid, _, tag = source.partition(":")
            numbers = ":".join(str(first) if first == last else f"{first}-{last}" for first, last in intervals)
            named = f"{tag}:{numbers}" if tag else numbers
            if uuid == last_uuid:
                parts[-1] += f":{named}"
            else:
                parts.append(f"{uuid}:{named}")
            last_uuid = uuid
        return ",".join(parts)

    def __repr__(self) -> str:
        return f"GtidSet({str(self)!r})"


class MariadbGtidSet:
    """A MariaDB position: per replication domain the last transaction, `domain-server-number`.

    It stands for all transactions of the domain up to that number.
    """

    def __init__(self, text: str = "") -> None:
        """From text. Raises ValueError. A domain that stands in it twice keeps its largest number."""
        self._domains: dict[int, tuple[int, int]] = {}
        for part in "".join(text.split()).split(","):
            if not part:
                continue
            words = part.split("-")
            if len(words) != 3 or not all(word.isdecimal() for word in words):
                raise ValueError(f"{part!r} is no GTID of MariaDB")
            domain, server, number = (int(word) for word in words)
            if domain >> 32 or server >> 32 or number >> 64:
                raise ValueError(f"{part!r} is no GTID of MariaDB")
            if domain not in self._domains or self._domains[domain][1] <= number:
                self._domains[domain] = (server, number)

    def add(self, text: str) -> None:
        """Put one transaction in: it becomes the last of its domain, whatever its number."""
        domain, server, number = text.split("-")
        self._domains[int(domain)] = (int(server), int(number))

    def contains(self, text: str) -> bool:
        """Whether a transaction is at or before this position."""
        domain, _, number = text.split("-")
        found = self._domains.get(int(domain))
        return found is not None and int(number) <= found[1]

    def is_subset(self, other: MariadbGtidSet) -> bool:
        """Whether the other is as far or farther in every domain."""
        return all(
            domain in other._domains and number <= other._domains[domain][1]
            for domain, (_, number) in self._domains.items()
        )

    def union(self, other: MariadbGtidSet) -> MariadbGtidSet:
        """The farther one of both, per domain."""
        made = self.copy()
        for domain, found in other._domains.items():
            if domain not in made._domains or made._domains[domain][1] < found[1]:
                made._domains[domain] = found
        return made

    def only(self, wanted: Callable[[str], bool]) -> MariadbGtidSet:
        """The part whose domains are wanted, given as text (gtid.source.includes and excludes)."""
        made = MariadbGtidSet()
        made._domains = {domain: found for domain, found in self._domains.items() if wanted(str(domain))}
        return made

    def copy(self) -> MariadbGtidSet:
        """Another position that is the same."""
        made = MariadbGtidSet()
        made._domains = self._domains.copy()
        return made

    def domains(self) -> list[int]:
        """The domains in it, sorted."""
        return sorted(self._domains)

    def __bool__(self) -> bool:
        return bool(self._domains)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MariadbGtidSet) and self._domains == other._domains

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        return ",".join(f"{domain}-{server}-{number}" for domain, (server, number) in sorted(self._domains.items()))

    def __repr__(self) -> str:
        return f"MariadbGtidSet({str(self)!r})"


def decode_list(octets: Octets) -> str:
    """The text of MariaDB's GTID_LIST: the last transaction of every server in every domain. Raises ValueError."""
    count = octets.u32() & 0x0FFFFFFF
    found: list[str] = []
    for _ in range(count):
        domain = octets.u32()
        server = octets.u32()
        found.append(f"{domain}-{server}-{octets.u64()}")
    return ",".join(found)
