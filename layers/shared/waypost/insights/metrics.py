"""
Metrics: published hourly rows → a time series with totals. Pure.

| metric   | value of a bucket                          |
|----------|--------------------------------------------|
| events   | sum of counts                              |
| weight   | sum of weight times count                  |
| users    | distinct users                             |
| accounts | distinct accounts                          |
| sessions | distinct sessions                          |
| active_time | seconds active in sessions              |
| module_time | seconds spent in modules                |
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from waypost.lake.rollups import RollupRow
from waypost.times import iso_second

Metric = Literal["events", "weight", "users", "accounts", "sessions", "active_time", "module_time"]
Interval = Literal["hour", "day", "week", "month"]
GroupBy = Literal["action", "account", "user", "module"]

NO_ACTION = "(no action)"
NO_MODULE = "(no module)"
MAX_GROUPS = 1000


@dataclass(frozen=True, slots=True)
class Query:
    """One question. `start` is inclusive and `end` exclusive, both UTC; weeks begin on Monday."""

    metric: Metric
    interval: Interval
    start: datetime
    end: datetime
    group_by: GroupBy | None = None


_ADDED: dict[str, Callable[[RollupRow], float]] = {
    "events": lambda row: row.events,
    "weight": lambda row: row.weight,
    "active_time": lambda row: row.active_ms / 1000,
    "module_time": lambda row: row.module_ms / 1000,
}
_TOLD_APART: dict[str, Callable[[RollupRow], str | None]] = {
    "users": lambda row: row.user,
    "accounts": lambda row: row.account,
    "sessions": lambda row: row.session,
}


class _Sum:
    def __init__(self) -> None:
        self.value = 0.0

    def add(self, row: RollupRow, metric: str) -> None:
        self.value += _ADDED[metric](row)

    def result(self) -> float:
        # Whole numbers as such, and no 0.30000000000000004.
        return int(self.value) if self.value == int(self.value) else round(self.value, 6)


class _Distinct:
    def __init__(self) -> None:
        self.seen: set[str] = set()

    def add(self, row: RollupRow, metric: str) -> None:
        # Rows without a session are not one session more.
        if (value := _TOLD_APART[metric](row)) is not None:
            self.seen.add(value)

    def result(self) -> float:
        return len(self.seen)


def answer(query: Query, days: Iterable[tuple[datetime, Iterable[RollupRow]]]) -> dict[str, object]:
    """The series and totals of a query over published days, each with the start of its day.

    `{"metric", "interval", "group_by", "from", "to", "total", "totals": [{"key", "value"}],
    "series": [{"key", "at", "value"}], "truncated"}`; `totals` falls by value, at most 1,000 keys.
    """
    new = _Sum if query.metric in _ADDED else _Distinct
    total = new()
    groups: dict[str | None, _Sum | _Distinct] = {}
    buckets: dict[tuple[str | None, datetime], _Sum | _Distinct] = {}
    for day, rows in days:
        # Once for the hours of a day, not for each of its rows.
        starts = [_bucket(day + timedelta(hours=hour), query.interval) for hour in range(24)]
        for row in rows:
            at = day + timedelta(hours=row.hour)
            if not query.start <= at < query.end:
                continue
            key = _key(row, query.group_by)
            place = (key, starts[row.hour])
            # No `setdefault` alone: it would make a new sum for every row of a day.
            for counter in (
                total,
                groups.setdefault(key, new()) if key not in groups else groups[key],
                buckets.setdefault(place, new()) if place not in buckets else buckets[place],
            ):
                counter.add(row, query.metric)
    return _shape(query, total, groups, buckets)


def _shape(
    query: Query,
    total: _Sum | _Distinct,
    groups: dict[str | None, _Sum | _Distinct],
    buckets: dict[tuple[str | None, datetime], _Sum | _Distinct],
) -> dict[str, object]:
    # Then by key: of groups that are equal the same ones are shown each time.
    ordered = sorted(groups.items(), key=lambda pair: (-pair[1].result(), pair[0] or ""))
    shown = {key for key, _ in ordered[:MAX_GROUPS]}
    series = [
        {"key": key, "at": iso_second(at), "value": counter.result()}
        for (key, at), counter in sorted(buckets.items(), key=lambda p: (p[0][1], p[0][0] or ""))
        if key in shown
    ]
    return {
        "metric": query.metric,
        "interval": query.interval,
        "group_by": query.group_by,
        "from": iso_second(query.start),
        "to": iso_second(query.end),
        "total": total.result(),
        "totals": [
            {"key": key, "value": counter.result()} for key, counter in ordered[:MAX_GROUPS]
        ],
        "series": series,
        "truncated": len(ordered) > MAX_GROUPS,
    }


def _key(row: RollupRow, group_by: GroupBy | None) -> str | None:
    if group_by is None:
        return None
    if group_by == "action":
        return NO_ACTION if row.action is None else row.action
    if group_by == "module":
        return NO_MODULE if row.module is None else row.module
    return row.account if group_by == "account" else row.user


def _bucket(at: datetime, interval: Interval) -> datetime:
    if interval == "hour":
        return at
    day = at.replace(hour=0)
    if interval == "day":
        return day
    if interval == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1)
