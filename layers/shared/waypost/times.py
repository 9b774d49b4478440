"""Times: epoch ms as people write them, ISO 8601 in UTC, and the days and hours they fall in.

A day is `2026-11-20`, an hour `2026-11-20T19`, both in UTC: as text they sort like the times they
stand for.
"""

import time
from datetime import UTC, datetime, timedelta

from waypost import jsdate
from waypost.errors import BadQuery

HOUR_MS = 3_600_000
DAY_MS = 86_400_000


def iso(ms: int) -> str:
    """`2026-11-20T19:24:22.123Z`"""
    text = datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def iso_second(at: datetime) -> str:
    """`2026-11-20T19:24:22Z`: for the bounds of hours and days, whose milliseconds say nothing."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(text: str, name: str) -> datetime:
    """A moment given in a query: any JavaScript date string. Raises `BadQuery` naming `name`."""
    try:
        return datetime.fromtimestamp(jsdate.parse(text) / 1000, UTC)
    # JavaScript's dates reach 270,000 years from 1970, Python's end with the year 9999.
    except (ValueError, OverflowError, OSError):
        raise BadQuery(
            f"{name} is not a date: write 2026-11-20 or 2026-11-20T08:00Z", field=name
        ) from None


def midnight(day: str) -> datetime:
    """The first moment of a day."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def start_of_day(day: str) -> int:
    """The first millisecond of a day."""
    return int(midnight(day).timestamp()) * 1000


def start_of_hour(hour: str) -> int:
    """The first millisecond of an hour."""
    return int(datetime.fromisoformat(hour).replace(tzinfo=UTC).timestamp()) * 1000


def hour(now: int) -> str:
    """The hour `YYYY-MM-DDTHH` that epoch ms fall in."""
    return time.strftime("%Y-%m-%dT%H", time.gmtime(now / 1000))


def hour_before(hour: str) -> str:
    """The hour before an hour, across midnight and new year too."""
    before = datetime.fromisoformat(hour) - timedelta(hours=1)
    return before.strftime("%Y-%m-%dT%H")


def day(now: int) -> str:
    """The day `YYYY-MM-DD` that epoch ms fall in."""
    return time.strftime("%Y-%m-%d", time.gmtime(now / 1000))
