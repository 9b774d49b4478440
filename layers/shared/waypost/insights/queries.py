"""Questions for numbers over time, and where in the lake the cheapest answer lies."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from waypost.insights import whose
from waypost.insights.whose import Side
from waypost.lake.plans import Columns, Plan
from waypost.lake.tables import MONTHLY

Metric = Literal["events", "weight", "users", "accounts", "sessions", "active_time", "module_time"]
Interval = Literal["hour", "day", "week", "month"]
GroupBy = Literal["action", "account", "user", "module"]

# Of a distinct count, the column whose values are told apart.
DISTINCT: dict[str, str] = {"users": "person", "accounts": "account", "sessions": "session"}
_ADDED: dict[str, tuple[str, ...]] = {
    "events": ("events",),
    "weight": ("weight",),
    "active_time": ("active_ms",),
    "module_time": ("module_ms",),
}
_ADDED_OF_EVENTS = _ADDED | {"events": ("count",), "weight": ("weight", "count")}
_SIDES: dict[str | None, set[Side]] = {
    "users": {"person"},
    "user": {"person"},
    "accounts": {"account"},
    "account": {"account"},
}
_HOUR = timedelta(hours=1)
# No event is outside of these, and calendars end soon after.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 22, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Query:
    """One question. `start` is inclusive and `end` exclusive, both in UTC: it is about the hours
    that begin in between. Without one of them it goes as far as there is activity.
    """

    metric: Metric
    interval: Interval
    start: datetime | None = None
    end: datetime | None = None
    group_by: GroupBy | None = None

    @property
    def bounds(self) -> dict[str, datetime]:
        """The first hour of the span and the first behind it, where they are asked for."""
        asked = {"start": self.start, "end": self.end}
        return {name: _hour(at) for name, at in asked.items() if at is not None}


@dataclass(frozen=True, slots=True)
class Source:
    """The table that answers a question: the column of its times, those that rows are told apart
    by, and those whose product is added up.
    """

    table: str
    moment: str
    kept: tuple[str, ...]
    added: tuple[str, ...]
    sides: frozenset[Side]


def source(query: Query) -> Source:
    """The smallest table that knows the answer.

    | asked                            | whole days | hours   |
    |----------------------------------|------------|---------|
    | sums, in all or by action        | totals_day | totals  |
    | sums by account or user          | activity   | context |
    | users, accounts                  | days       | path    |
    | users, accounts by action        | path       | path    |
    | sessions; anything by module     | context    | context |
    """
    sides = frozenset(_SIDES.get(query.metric, set()) | _SIDES.get(query.group_by, set()))
    told_apart = [query.group_by] if query.group_by in {"action", "module"} else []
    kept = [*told_apart, *(["session"] if query.metric == "sessions" else [])]
    table = _table(query, kept, bool(sides))
    added = _ADDED_OF_EVENTS if table == "context" else _ADDED
    return Source(
        table,
        next(name for name in ("day", "hour", "time") if name in MONTHLY[table]),
        (*kept, *whose.given(sides)),
        added.get(query.metric, ()),
        sides,
    )


def _table(query: Query, kept: list[str], people: bool) -> str:
    hourly = query.interval == "hour" or any(at.hour for at in query.bounds.values())
    if "session" in kept or "module" in kept:
        return "context"
    if not people:
        return "totals" if hourly else "totals_day"
    if query.metric in DISTINCT:
        return "path" if hourly or kept else "days"
    return "context" if hourly else "activity"


def plan(query: Query, source: Source) -> Plan:
    """What to open for a question."""
    tables: dict[str, Columns] = {source.table: (source.moment, *source.kept, *source.added)}
    bounds = query.bounds
    first = bounds["start"].date().isoformat() if "start" in bounds else None
    last = (bounds["end"] - _HOUR).date().isoformat() if "end" in bounds else None
    return Plan(tables | whose.tables(source.sides), first, last)


def _hour(at: datetime) -> datetime:
    """The first hour that does not begin before a moment."""
    floor = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hour = floor if floor == at else min(floor, _LAST) + _HOUR
    return max(hour, _FIRST)
