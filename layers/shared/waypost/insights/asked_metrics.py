"""What is asked for as a metric: of which rows, in which span, by which buckets."""

from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from waypost.insights import activity, calendar
from waypost.insights.activity import Rows
from waypost.insights.calendar import Buckets, Interval
from waypost.insights.fields import Field
from waypost.insights.filters import Filter
from waypost.insights.measures import Measure
from waypost.insights.needs import Asked
from waypost.lake.reader import Opened
from waypost.times import DAY_MS, HOUR_MS

_AHEAD = 2 * 366 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`start` is inclusive and `end` exclusive, in epoch ms; without one of them it goes as far
    as there is activity. `by` are at most two fields. With `top` so many groups are shown, and the
    rest as one. `compare`: beside the period before. Without `series` only totals are asked for.
    """

    measure: Measure
    interval: Interval = "day"
    start: int | None = None
    end: int | None = None
    zone: ZoneInfo
    week_start: int = 0
    filters: tuple[Filter, ...] = ()
    by: tuple[Field, ...] = ()
    top: int | None = None
    compare: bool = False
    series: bool = True


def within_all_times(question: Question) -> Question:
    """The question, its span none that calendars cannot tell."""
    bounds = [
        None if at is None else min(max(at, calendar.FIRST), calendar.LAST)
        for at in (question.start, question.end)
    ]
    return replace(question, start=bounds[0], end=bounds[1])


def rows(question: Question, unit: int) -> Rows:
    """The rows that are counted, their times in units of so many ms."""
    measure = question.measure
    return activity.rows(
        Asked(
            fields=(*question.by, *([measure.field] if measure.field else [])),
            filters=question.filters,
            columns=frozenset({"time", *measure.columns}),
            start=question.start,
            end=question.end,
            grain=unit,
            distinct=measure.function == "distinct",
            condition=measure.condition,
        )
    )


def unit(question: Question, now: int) -> int:
    """So many ms, in each of which all moments are in one bucket, whatever the ends of the span."""
    finest = HOUR_MS if question.interval == "hour" else DAY_MS
    start, end, zone, interval = question.start, question.end, question.zone, question.interval
    if zone.key == "UTC":
        return finest
    if start is None or end is None:
        # Months begin both in summer and in winter.
        interval, start = "month", calendar.FIRST if start is None else start
        end = max(now, start) + _AHEAD if end is None else end
    of = calendar.buckets(interval, start, end, zone, question.week_start)
    return min(finest, of.unit)


def span(question: Question, rows: Rows, opened: Opened, now: int) -> Buckets:
    """The asked span; an open end is the day of the first or last activity, and now where there
    is none.
    """
    start, end, zone = question.start, question.end, question.zone
    if start is None or end is None:
        ((first, last),) = opened.rows(rows.ends)
        nothing = next((bound for bound in (start, end) if bound is not None), now)
        if start is None:
            start = nothing if first is None else _midnight(first, zone)
        if end is None:
            end = nothing if last is None else _midnight(last, zone, later=1)
    # Who asks from a day on that is not there yet gets an empty series, not a refusal.
    return calendar.buckets(question.interval, start, max(start, end), zone, question.week_start)


def _midnight(at: int, zone: ZoneInfo, later: int = 0) -> int:
    day = calendar.local_date(min(at, calendar.LAST), zone)
    return calendar.midnight(day + timedelta(days=later), zone)
