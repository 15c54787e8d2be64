"""What Java's classes print: values of Connect's logical types as java.math.BigDecimal and java.util.Date show them.

Knows no converter. Time zone is UTC, the calendar Gregorian throughout.
"""

from __future__ import annotations

from typing import Final

from cdc.model import Type

DECIMAL: Final = "org.apache.kafka.connect.data.Decimal"
DATE: Final = "org.apache.kafka.connect.data.Date"
TIME: Final = "org.apache.kafka.connect.data.Time"
TIMESTAMP: Final = "org.apache.kafka.connect.data.Timestamp"
DAY: Final = 86_400_000  # milliseconds

_DAYS: Final = ("Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")  # from 1970-01-01
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def milliseconds(type: Type, value: object) -> int | None:
    """Milliseconds since the epoch of a Connect Date, Time or Timestamp; None for another type."""
    if not isinstance(value, int):
        return None
    if type.name == DATE:
        return value * DAY
    if type.name in (TIME, TIMESTAMP):
        return value
    return None


def scale(type: Type) -> int:
    """Digits after the point of a Connect Decimal."""
    return int((type.parameters or {}).get("scale", "0"))


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a number of days since the epoch; year 0 is 1 BC."""
    days += 719_468  # from 0000-03-01
    era = days // 146_097
    of_era = days - era * 146_097
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return year + era * 400 + (1 if month <= 2 else 0), month, day


def date_text(ms: int) -> str:
    """java.util.Date.toString in UTC."""
    days, rest = divmod(ms, DAY)
    year, month, day = civil(days)
    seconds = rest // 1000
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{_DAYS[days % 7]} {_MONTHS[month - 1]} {day:02d} {clock} UTC {year if year > 0 else 1 - year}"


def iso_text(ms: int) -> str:
    """The format that Connect's Values chooses: a time below one day, a date at midnight, else both."""
    days, rest = divmod(ms, DAY)
    seconds, milli = divmod(rest, 1000)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milli:03d}Z"
    if ms < DAY:
        return clock
    year, month, day = civil(days)
    date = f"{year:04d}-{month:02d}-{day:02d}"
    return date if rest == 0 else f"{date}T{clock}"
