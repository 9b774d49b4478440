"""Times: epoch ms as people write them, ISO 8601 in UTC, and the days and hours they fall in."""

import time
from datetime import UTC, datetime

from waypost import jsdate
from waypost.errors import BadQuery

HOUR_MS = 3_600_000
DAY_MS = 86_400_000


def iso(ms: int) -> str:
    """`2026-11-20T19:24:22.123Z`"""
    text = datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def parse(text: str, name: str) -> datetime:
    """A moment given in a query: any JavaScript date string. Raises `BadQuery` naming `name`."""
    try:
        return datetime.fromtimestamp(jsdate.parse(text) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise BadQuery(f"{name} is not a date: write 2026-11-20 or 2026-11-20T08:00Z") from None


def midnight(day: str) -> datetime:
    """The first moment of a day `YYYY-MM-DD`."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def hour(now: int) -> str:
    """`YYYY-MM-DDTHH` in UTC, of epoch ms."""
    return time.strftime("%Y-%m-%dT%H", time.gmtime(now / 1000))


def day(now: int) -> str:
    """`YYYY-MM-DD` in UTC, of epoch ms."""
    return time.strftime("%Y-%m-%d", time.gmtime(now / 1000))
