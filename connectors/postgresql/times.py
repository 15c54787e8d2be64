"""Loaders of dates, times and intervals. See values.py. Compiles (mypyc)."""

from __future__ import annotations

import re
from typing import Final

MICROS_PER_DAY: Final = 86_400_000_000
MICROS_PER_MONTH: Final = 2_629_800_000_000  # 365.25 / 12 days, Debezium's average
INFINITE_MICROS: Final = 9_223_372_036_825_200_000  # pgjdbc's infinity, which Debezium emits
MINUS_INFINITE_MICROS: Final = -9_223_372_036_832_400_000
LONG_MAX: Final = 9_223_372_036_854_775_807
LONG_MIN: Final = -9_223_372_036_854_775_808
# Deviation: Debezium emits -622191234 in snapshots and -2147472692 in the stream for date 'infinity'.
INFINITE_DAYS: Final = 2_147_483_647
MINUS_INFINITE_DAYS: Final = -2_147_483_648

_INFINITY: Final = b"infinity"
_MINUS_INFINITY: Final = b"-infinity"
_INFINITIES: Final = (b"infinity", b"-infinity")
_CACHE: Final = 4096
_ZEROS: Final = ("", "0", "00", "000", "0000", "00000", "000000")

_days: dict[bytes, int] = {}
_DATE: Final = re.compile(rb"(\d{4,7})-(\d\d)-(\d\d)( BC)?")
_TIMESTAMP: Final = re.compile(
    rb"(\d{4,7}-\d\d-\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-]\d\d(?::\d\d(?::\d\d)?)?)?( BC)?"
)
_TIME: Final = re.compile(rb"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-]\d\d(?::\d\d(?::\d\d)?)?)?")
_INTERVAL: Final = re.compile(
    rb"(?:([+-]?\d+) years? ?)?(?:([+-]?\d+) mons? ?)?(?:([+-]?\d+) days? ?)?"
    rb"(?:([+-])?(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?"
)


def civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a date of the proleptic Gregorian calendar; year 0 is 1 BC."""
    if month <= 2:
        year -= 1
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def days(data: bytes) -> int:
    """Days since the epoch of `YYYY-MM-DD`. Raises ValueError."""
    found = _days.get(data)
    if found is not None:
        return found
    match = _DATE.fullmatch(data)
    if match is None:
        raise ValueError("not a date")
    year = int(match.group(1))
    found = civil(1 - year if match.group(4) else year, int(match.group(2)), int(match.group(3)))
    if len(_days) >= _CACHE:
        _days.clear()
    _days[data] = found
    return found


def date(data: bytes) -> object:
    """date as days since the epoch."""
    if data == _INFINITY:
        return INFINITE_DAYS
    if data == _MINUS_INFINITY:
        return MINUS_INFINITE_DAYS
    return days(data)


def iso_year(data: bytes, bc: bool) -> str:
    """A date's text with the year as ISO 8601 and Java write it: `-0043` is 44 BC, `+10000` has a sign."""
    found = data.decode("ascii")
    cut = found.index("-")
    if not bc and cut == 4:
        return found
    year = int(found[:cut])
    if bc:
        year = 1 - year
    if year < 0:
        return f"-{-year:04d}{found[cut:]}"
    return f"+{year}{found[cut:]}" if year > 9999 else f"{year:04d}{found[cut:]}"


def iso_date(data: bytes) -> object:
    """date as `YYYY-MM-DDZ`."""
    if data == _INFINITY:
        return "+292278994-08-16Z"
    if data == _MINUS_INFINITY:
        return "-292275055-05-17Z"
    match = _DATE.fullmatch(data)
    if match is None:
        raise ValueError("not a date")
    return iso_year(data[:-3] if match.group(4) else data, match.group(4) is not None) + "Z"


def _clock(data: bytes, at: int) -> int:
    """Microseconds of `HH:MM:SS[.ffffff]` from `at` on, whose colons are in place; ends where the digits end."""
    seconds = (
        (data[at] * 10 + data[at + 1] - 528) * 3600
        + (data[at + 3] * 10 + data[at + 4] - 528) * 60
        + data[at + 6] * 10
        + data[at + 7]
        - 528
    )
    at += 8
    size = len(data)
    if at >= size or data[at] != 0x2E:
        return seconds * 1_000_000
    fraction = 0
    unit = 100_000
    at += 1
    while at < size:
        digit = data[at] - 48
        if digit < 0 or digit > 9:
            break
        fraction += digit * unit
        unit //= 10
        at += 1
    return seconds * 1_000_000 + fraction


def _zone(data: bytes | None) -> int:
    """Microseconds east of UTC of `+HH[:MM[:SS]]`."""
    if not data:
        return 0
    parts = data[1:].split(b":")
    seconds = 0
    unit = 3600
    for part in parts:
        seconds += int(part) * unit
        unit //= 60
    return (-seconds if data[:1] == b"-" else seconds) * 1_000_000


def timestamp_micros(data: bytes) -> int:
    """timestamp, with or without time zone, as microseconds since the epoch. Raises ValueError."""
    size = len(data)
    if (
        19 <= size <= 26
        and data[4] == 0x2D
        and data[10] == 0x20
        and data[13] == 0x3A
        and data[16] == 0x3A
        and 48 <= data[size - 1] <= 57
        and (size == 19 or (data[19] == 0x2E and data[size - 3] not in b"+-:"))
    ):
        return days(data[:10]) * MICROS_PER_DAY + _clock(data, 11)
    if data == _INFINITY:
        return INFINITE_MICROS
    if data == _MINUS_INFINITY:
        return MINUS_INFINITE_MICROS
    match = _TIMESTAMP.fullmatch(data)
    if match is None:
        raise ValueError("not a timestamp")
    day = days(match.group(1) + (match.group(7) or b""))
    return day * MICROS_PER_DAY + _clock(data, match.start(2)) - _zone(match.group(6))


def timestamp_us(data: bytes) -> object:
    """timestamp as microseconds. Raises ValueError in the last 30 of the years that PostgreSQL knows."""
    micros = timestamp_micros(data)
    if micros > LONG_MAX:
        raise ValueError("a time after 294247 does not fit into microseconds")
    return micros


def timestamp_ms(data: bytes) -> object:
    """timestamp as milliseconds, rounded down."""
    return timestamp_micros(data) // 1000


def timestamp_ns(data: bytes) -> object:
    """timestamp as nanoseconds. Raises ValueError outside of the years 1677 to 2262."""
    micros = timestamp_micros(data)
    if micros == INFINITE_MICROS:
        return LONG_MAX
    if micros == MINUS_INFINITE_MICROS:
        return LONG_MIN
    nanos = micros * 1000
    if not LONG_MIN <= nanos <= LONG_MAX:
        raise ValueError("a time before 1677 or after 2262 does not fit into nanoseconds")
    return nanos


def iso_timestamp(data: bytes) -> object:
    """timestamp as ISO 8601 of UTC, fraction only as long as it is."""
    return _iso(data, -1)


class ZonedTimestamp:
    """timestamptz as ISO 8601 of UTC with exactly `digits` digits of fraction."""

    def __init__(self, digits: int) -> None:
        self._digits = digits
        # What to write behind a text of 19 to 26 characters, which has up to 6 digits of fraction.
        self._ends: list[str] = []
        for have in (0, 0, 1, 2, 3, 4, 5, 6):
            dot = "." if have == 0 and digits else ""
            self._ends.append(f"{dot}{_ZEROS[max(digits - have, 0)]}Z")

    def __call__(self, data: bytes) -> object:
        size = len(data) - 22
        if (
            0 <= size <= 7
            and data[4] == 0x2D
            and data[10] == 0x20
            and data[size + 19] == 0x2B
            and data.endswith(b"+00")
        ):
            found = data.decode("ascii")
            if size <= 1 or size - 1 <= self._digits:
                return f"{found[:10]}T{found[11 : size + 19]}{self._ends[size]}"
        return _iso(data, self._digits)


def _iso(data: bytes, digits: int) -> str:
    """A timestamp's ISO text; `digits` of fraction, -1: as many as needed."""
    if data in _INFINITIES:
        return data.decode("ascii")
    match = _TIMESTAMP.fullmatch(data)
    if match is None:
        raise ValueError("not a timestamp")
    if _zone(match.group(6)) != 0:
        day, of_day = divmod(timestamp_micros(data), MICROS_PER_DAY)
        return f"{date_text(day)}T{clock_text(of_day, digits)}Z"
    of_day = _clock(data, match.start(2))
    return f"{iso_year(match.group(1), match.group(7) is not None)}T{clock_text(of_day, digits)}Z"


def date_text(day: int) -> str:
    """ISO text of a day since the epoch."""
    shifted = day + 719468
    era = shifted // 146097
    of_era = shifted - era * 146097
    of_years = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * of_years + of_years // 4 - of_years // 100)
    month = (5 * of_year + 2) // 153
    of_month = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    year = of_years + era * 400 + (1 if month <= 2 else 0)
    if year < 0:
        return f"-{-year:04d}-{month:02d}-{of_month:02d}"
    return f"{'+' if year > 9999 else ''}{year:04d}-{month:02d}-{of_month:02d}"


def clock_text(micros: int, digits: int) -> str:
    """`HH:MM:SS` and the fraction: `digits` of it, or with -1 as many as needed."""
    seconds, fraction = divmod(micros, 1_000_000)
    found = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if digits < 0:
        return f"{found}.{fraction:06d}".rstrip("0") if fraction else found
    return f"{found}.{fraction:06d}"[: 9 + digits] if digits else found


def time_micros(data: bytes) -> int:
    """time as microseconds of the day. Raises ValueError."""
    if len(data) < 8 or data[2] != 0x3A or data[5] != 0x3A:
        raise ValueError("not a time")
    return _clock(data, 0)


def time_us(data: bytes) -> object:
    """time as microseconds."""
    return time_micros(data)


def time_ms(data: bytes) -> object:
    """time as milliseconds."""
    return time_micros(data) // 1000


def time_ns(data: bytes) -> object:
    """time as nanoseconds."""
    return time_micros(data) * 1000


def iso_time(data: bytes) -> object:
    """time as `HH:MM:SS[.f]Z`."""
    return clock_text(time_micros(data), -1) + "Z"


def zoned_time(data: bytes) -> object:
    """timetz, moved to UTC, as `HH:MM:SS[.f]Z`."""
    match = _TIME.fullmatch(data)
    if match is None:
        raise ValueError("not a time with zone")
    return clock_text((_clock(data, 0) - _zone(match.group(5))) % MICROS_PER_DAY, -1) + "Z"


def interval_parts(data: bytes) -> tuple[int, int, int, int]:
    """Years, months, days and microseconds of an interval in the style `postgres`. Raises ValueError."""
    match = _INTERVAL.fullmatch(data)
    if match is None or not data:
        raise ValueError("not an interval")
    micros = 0
    if match.group(5):
        fraction = (match.group(8) or b"").ljust(6, b"0")
        seconds = int(match.group(5)) * 3600 + int(match.group(6)) * 60 + int(match.group(7))
        micros = seconds * 1_000_000 + int(fraction)
        if match.group(4) == b"-":
            micros = -micros
    return int(match.group(1) or 0), int(match.group(2) or 0), int(match.group(3) or 0), micros


def interval_us(data: bytes) -> object:
    """interval as microseconds, a month being 365.25 / 12 days. Raises ValueError beyond 292,271 years."""
    if data == _INFINITY:
        return LONG_MAX
    if data == _MINUS_INFINITY:
        return LONG_MIN
    years, months, day, micros = interval_parts(data)
    found = (years * 12 + months) * MICROS_PER_MONTH + day * MICROS_PER_DAY + micros
    if not LONG_MIN <= found <= LONG_MAX:
        raise ValueError("an interval of more than 292271 years does not fit into microseconds")
    return found


def interval_iso(data: bytes) -> object:
    """interval as ISO 8601 with every part: `P1Y2M3DT4H5M6.789S`."""
    if data in _INFINITIES:
        return data.decode("ascii")
    years, months, day, micros = interval_parts(data)
    sign = "-" if micros < 0 else ""
    seconds, fraction = divmod(abs(micros), 1_000_000)
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    last = f"{seconds}.{fraction:06d}".rstrip("0") if fraction else str(seconds)
    return (
        f"P{years}Y{months}M{day}D"
        f"T{sign if hours else ''}{hours}H{sign if minutes else ''}{minutes}M{sign if last != '0' else ''}{last}S"
    )
