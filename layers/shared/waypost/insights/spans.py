"""Spans of days in which a feed looks for events, and how far it looks in one step."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from waypost import times

# Events that are looked at for one page, where few among many are asked for.
MOST_ROWS = 2_000_000

Pairs = tuple[tuple[str, str | None], ...]


class Span(NamedTuple):
    """From which day to which there may be events, and about how many.

    If few users did them, for few companies, `pairs` tell for whom each: who everybody is need not
    be asked again then.
    """

    first: date
    last: date
    rows: int
    pairs: Pairs = ()

    @property
    def a_day(self) -> int:
        """About how many there are on a day."""
        return -(-self.rows // ((self.last - self.first).days + 1))

    @property
    def users(self) -> tuple[str, ...]:
        return tuple(sorted({user for user, _ in self.pairs}))


def stretches(span: Span, limit: int) -> Iterator[tuple[date, date]]:
    """Stretches of days, newest first: about twice as long as a page should need, and each twice
    as long as the one before.
    """
    days = (span.last - span.first).days + 1
    longest = max(MOST_ROWS // max(span.a_day, 1), 1)
    length, last = min(-(-2 * limit * days // max(span.rows, 1)), longest), span.last
    while last >= span.first:
        first = max(span.first, last - timedelta(days=min(length, days) - 1))
        yield first, last
        last, length = first - timedelta(days=1), min(2 * length, longest)


def last_day(month: str) -> date:
    year, number = map(int, month.split("-"))
    return date(year, number, calendar.monthrange(year, number)[1])


def day(time: int) -> date:
    return date.fromisoformat(times.day(time))
