"""
Buckets of time as people's calendars have them: hours to years in a time zone.

A day begins at its first moment, midnight or behind a gap in which clocks skip it, and so has 23
or 25 hours now and then; of a midnight that comes twice the first one counts. An hour is one that
clocks show: it is told apart from the same hour shown again, and is longer or shorter where clocks
move by half of one. Since 1970 zones differ from UTC by quarters of an hour; where one did not,
Liberia until 1972, its midnights are rounded to such.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from typing import Literal
from zoneinfo import ZoneInfo

from waypost import times
from waypost.errors import BadQuery
from waypost.times import DAY_MS, HOUR_MS

Interval = Literal["hour", "day", "week", "month", "quarter", "year"]

MOST_BUCKETS = 20_000
# No event is outside of these, and Python's calendar ends soon after.
FIRST, LAST = 0, times.start_of_day("9999-12-01")
_QUARTER_HOUR = 900_000
_UNITS = (DAY_MS, HOUR_MS, HOUR_MS // 2, _QUARTER_HOUR)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Buckets:
    """The buckets of a span, in epoch ms: `begins` rise, the first of them may lie before the
    span, and the last bucket may go on behind its `end`. `unit` (ms) divides the bounds between
    buckets, so that times in one unit are in one bucket. There are `count` buckets, of which
    the newest 20,000 are here.
    """

    begins: tuple[int, ...]
    start: int
    end: int
    unit: int
    count: int


def buckets(
    interval: Interval, start: int, end: int, zone: ZoneInfo, week_start: int = 0
) -> Buckets:
    """The buckets from `start` to before `end`, in epoch ms; none of an empty span. Weeks begin on
    `week_start`, counted from Monday, 0.
    """
    start, end = max(start, FIRST), min(end, LAST)
    if start >= end:
        return Buckets((), start, max(start, end), DAY_MS, 0)
    if interval == "hour":
        count, begins = _hours(start, end, zone)
    else:
        count, begins = _dates(interval, start, end, zone, week_start)
    bounds = [at for at in begins if at > start]
    unit = next((unit for unit in _UNITS if all(at % unit == 0 for at in bounds)), _QUARTER_HOUR)
    return Buckets(tuple(begins), start, end, unit, count)


def previous(interval: Interval, of: Buckets, zone: ZoneInfo, week_start: int = 0) -> Buckets:
    """The buckets of the span before: as many intervals of the calendar earlier as the span needs
    to lie behind it. Of a month up to today, the month before up to the same day.
    """
    tried = (max(of.count - 1, 1), of.count)
    enough = (steps for steps in tried if _earlier(interval, of.end, steps, zone) <= of.start)
    steps = next(enough, of.count + 1)
    start, end = (_earlier(interval, at, steps, zone) for at in (of.start, of.end))
    return buckets(interval, start, end, zone, week_start)


def iso(ms: int, zone: ZoneInfo) -> str:
    """`2026-11-20T00:00:00Z`, or `2026-11-20T00:00:00+01:00` in other zones than UTC."""
    at = _local(ms, zone)
    text = at.isoformat(timespec="milliseconds" if ms % 1000 else "seconds")
    return text.removesuffix("+00:00") + "Z" if zone.key == "UTC" else text


def moment(text: str, name: str, zone: ZoneInfo) -> int:
    """A moment in epoch ms: any JavaScript date string, but what names no zone is shown by clocks
    of this one, and a date alone is its first moment. Raises `BadQuery` naming `name`.
    """
    if not _LOCAL.fullmatch(text):
        return round(times.parse(text, name).timestamp() * 1000)
    try:
        at = datetime.fromisoformat(text)
        return midnight(at.date(), zone) if len(text) == len("2026-11-20") else _ms(at, zone)
    except (ValueError, OverflowError):
        raise BadQuery(f"{name} is not a date: there is no {text}", field=name) from None


def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises `ValueError`."""
    # What is no name may be a path, and a folder of zones is no zone.
    if not _ZONE.fullmatch(name):
        raise ValueError(name)
    try:
        return ZoneInfo(name)
    except (OSError, KeyError) as error:
        raise ValueError(name) from error


def midnight(day: date, zone: ZoneInfo) -> int:
    """The first moment of a day, in epoch ms."""
    # A midnight that clocks skip is told as if they had not: that is the moment of the change.
    ms = _ms(datetime(day.year, day.month, day.day), zone)
    return (ms + _QUARTER_HOUR // 2) // _QUARTER_HOUR * _QUARTER_HOUR


def local_date(ms: int, zone: ZoneInfo) -> date:
    """The day that calendars show at a moment."""
    return _local(ms, zone).date()


def _local(ms: int, zone: ZoneInfo) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).astimezone(zone)


def _ms(at: datetime, zone: ZoneInfo) -> int:
    return round(at.replace(tzinfo=zone).timestamp() * 1000)


def _dates(
    interval: Interval, start: int, end: int, zone: ZoneInfo, week_start: int
) -> tuple[int, list[int]]:
    """How many buckets of days there are, and the begins of the newest."""
    first, last = (_number(interval, local_date(at, zone), week_start) for at in (start, end - 1))
    newest = range(max(first, last + 1 - MOST_BUCKETS), last + 1)
    days = (_first_day(interval, number, week_start) for number in newest)
    # A day that calendars skipped, as Samoa's did in 2011, has no moment of its own.
    begins = list(dict.fromkeys(midnight(day, zone) for day in days))
    return last + 1 - first, begins


def _number(interval: Interval, day: date, week_start: int) -> int:
    """Which one of all intervals a day is in."""
    if interval in _MONTHS:
        return (day.year * 12 + day.month - 1) // _MONTHS[interval]
    if interval == "week":
        return (day.toordinal() - 1 - week_start) // 7
    return day.toordinal()


def _first_day(interval: Interval, number: int, week_start: int) -> date:
    if interval in _MONTHS:
        month = number * _MONTHS[interval]
        return date(month // 12, month % 12 + 1, 1)
    return date.fromordinal(number * 7 + 1 + week_start if interval == "week" else number)


def _hours(start: int, end: int, zone: ZoneInfo) -> tuple[int, list[int]]:
    """About how many hours there are, and the begins of the newest."""
    first = max(start, end - MOST_BUCKETS * HOUR_MS)
    # The hour that the span begins in may have begun two hours ago, where clocks were put back.
    block = (first - 2 * HOUR_MS) // DAY_MS * DAY_MS
    begins: list[int] = []
    while block < end:
        begins += _hours_of_block(block, zone)
        block += DAY_MS
    within = list(takewhile(lambda at: at < end, begins))
    before = sum(at <= first for at in within)
    begins = within[max(before - 1, 0) :][-MOST_BUCKETS:]
    return len(begins) + (first - start + HOUR_MS - 1) // HOUR_MS, begins


def _hours_of_block(block: int, zone: ZoneInfo) -> Iterator[int]:
    """The begins of the hours in a day of UTC."""
    offset = _offset(block - _QUARTER_HOUR, zone)
    if offset == _offset(block + DAY_MS - _QUARTER_HOUR, zone):
        yield from range(block + -offset % HOUR_MS, block + DAY_MS, HOUR_MS)
        return
    for at in range(block, block + DAY_MS, _QUARTER_HOUR):
        before, offset = offset, _offset(at, zone)
        shown, shown_before = at + offset, at - _QUARTER_HOUR + before
        if shown % HOUR_MS == 0 or shown // HOUR_MS != shown_before // HOUR_MS:
            yield at


def _offset(ms: int, zone: ZoneInfo) -> int:
    """How far clocks are ahead of UTC, in ms, rounded to quarters of an hour."""
    ahead = _local(ms, zone).utcoffset() or timedelta()
    return round(ahead.total_seconds() * 1000 / _QUARTER_HOUR) * _QUARTER_HOUR


def _earlier(interval: Interval, ms: int, steps: int, zone: ZoneInfo) -> int:
    """The moment that clocks show so many intervals earlier; the last day of a month that lacks
    the day.
    """
    if interval == "hour":
        return ms - steps * HOUR_MS
    at = _local(ms, zone).replace(tzinfo=None)
    try:
        if interval in _DAYS:
            return _ms(at - timedelta(days=steps * _DAYS[interval]), zone)
        year, month = divmod(at.year * 12 + at.month - 1 - steps * _MONTHS[interval], 12)
        day = min(at.day, monthrange(year, month + 1)[1])
        return _ms(at.replace(year=year, month=month + 1, day=day), zone)
    except (ValueError, OverflowError):
        return FIRST
