"""A feed out of the lake: the newest events of a user, an account or everybody, page by page.

What is read is bounded by what is shown: `seen` tells from when to when there is anything, `days`
on which days, and of `events` only those days are read, some more of them in each step.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec

from waypost import times
from waypost.event import Verdict
from waypost.insights import activity, spans, whose
from waypost.insights.conditions import Parameters
from waypost.insights.cursors import LEAST_ID, NEWEST, Place
from waypost.insights.event_filters import Matching
from waypost.insights.needs import Asked
from waypost.insights.ports import LakeReader
from waypost.insights.scopes import Only
from waypost.insights.spans import Pairs, Span
from waypost.lake.plans import Plan
from waypost.lake.records import Landed
from waypost.times import DAY_MS

_FEW_DAYS = 2  # which are read without a look at what they hold
_MOST_PAIRS = 500  # by whose users row groups are chosen
_GIVEN = ("user_id", "company_id")
_OF_PAIRS = """SEMI JOIN (SELECT unnest($users::VARCHAR[]) AS user_id,
    unnest($companies::VARCHAR[]) AS company_id) AS mine ON mine.user_id = given.user_id
    AND mine.company_id IS NOT DISTINCT FROM given.company_id"""
_COLUMNS = (
    *("time", "id", "user_id", "company_id", "action", "label", "weight", "count", "session"),
    *("module", "feature", "product", "page", "active_ms", "module_ms", "source", "properties"),
    "received",
)
_LISTED = ", ".join(f'"{column}"' for column in _COLUMNS)

_EVERYTHING = Matching()


class Newest(NamedTuple):
    """Events newest first. All that landed until `complete_until` (epoch ms) was looked at, but
    where `further` says from where on a next look goes back.
    """

    records: list[Landed]
    complete_until: int
    further: Place | None = None


def newest(
    tenant: str,
    only: Only,
    at: Place | None,
    limit: int,
    *,
    reader: LakeReader,
    matching: Matching = _EVERYTHING,
) -> Newest:
    """Up to `limit` events behind a place, newest first by (time, id); None is the newest of all.

    Reports of traits and of time, and what names no action, are not among them. Where few among
    many are `matching`, no more than about two million are looked at.
    """
    return found(Search(tenant, only, at or NEWEST, reader, matching), limit)


def found(search: "Search", limit: int) -> Newest:
    """What a search finds, stretch by stretch of the days that it looks at."""
    records: list[Landed] = []
    if (span := search.span()) is None:
        return Newest(records, search.complete_until)
    left = spans.MOST_ROWS
    for first, last in spans.stretches(span, limit):
        if left <= 0:
            further = Place(times.start_of_day(str(last + timedelta(days=1))), LEAST_ID)
            return Newest(records, search.complete_until, further)
        if days := search.days(first, last, span):
            records += search.events(days, span, limit - len(records))
        left -= ((last - first).days + 1) * span.a_day if search.matching else 0
        if len(records) >= limit:
            break
    return Newest(records, search.complete_until)


class Search:
    """What one page asks of the lake."""

    wanted = "kind IS NULL AND action IS NOT NULL"

    def __init__(
        self, tenant: str, only: Only, below: Place, reader: LakeReader, matching: Matching
    ) -> None:
        self._tenant, self._only, self._reader, self.matching = tenant, only, reader, matching
        end = below if matching.end is None else Place(matching.end, LEAST_ID)
        self.below = min(below, end)
        self.complete_until = NEWEST.time

    def span(self) -> Span | None:
        """Where there are events behind the place; None for nowhere."""
        if self._only.side is None and not self.matching:
            return self.published()
        sql = f"""WITH mine AS (
            SELECT user_id, company_id, min("first") AS began, max("last") AS ended,
            sum("rows") AS n FROM ({self._of("FROM seen", ())})
            GROUP BY user_id, company_id HAVING began <= $time),
            few AS (SELECT user_id, company_id FROM mine LIMIT {_MOST_PAIRS + 1})
            SELECT min(began), max(ended), sum(n)::BIGINT,
            (SELECT list([user_id, company_id]) FROM few) FROM mine"""
        plan = Plan({"seen": (*_GIVEN, "first", "last", "rows"), **whose.tables(self._only.sides)})
        ((began, ended, rows, listed),) = self.ask(plan, sql, (), time=self.below.time)
        if began is None:
            return None
        pairs = tuple((user, company) for user, company in listed)
        few = len(pairs) <= _MOST_PAIRS and all(user is not None for user, _ in pairs)
        first = spans.day(max(began, self.matching.start or 0))
        # Behind the least id of a moment there is none of that moment.
        last = spans.day(min(ended, self.below.time - (self.below.id == LEAST_ID)))
        if last < first:
            return None
        return Span(first, last, rows, pairs if few and self._only.side else ())

    def published(self) -> Span | None:
        """What everybody did lies in the months that have a manifest."""
        before = times.day(self.below.time)[:7]
        months = [month for month in self._reader.months(self._tenant) if month.month <= before]
        if not months:
            return None
        rows = sum(month.totals()[Verdict.STORED] for month in months)
        last = min(spans.last_day(months[-1].month), spans.day(self.below.time))
        return Span(date.fromisoformat(f"{months[0].month}-01"), last, rows)

    def days(self, first: date, last: date, span: Span) -> list[str]:
        """The days of a stretch that hold something, newest first."""
        between = (last - first).days
        if between < _FEW_DAYS:
            return [str(last - timedelta(days=number)) for number in range(between + 1)]
        if self.matching and not span.pairs:
            return self._matching_days(first, last)
        if self._only.side:
            return self.days_in("days", _GIVEN, first, last, span)
        return self.days_in("totals_day", ("source",), first, last, span)

    def days_in(
        self, table: str, given: tuple[str, ...], first: date, last: date, span: Span
    ) -> list[str]:
        """The days of a stretch of which a rollup tells, by what it is given."""
        sql = f"""SELECT DISTINCT CAST(day AS VARCHAR) AS day
            FROM ({self._of(f"FROM {table}", span.pairs)}) ORDER BY day DESC"""
        plan = self._plan(table, ("day", *given), str(first), str(last), span)
        return [day for (day,) in self.ask(plan, sql, span.pairs)]

    def _matching_days(self, first: date, last: date) -> list[str]:
        """Far less tells on which days there are some than what they are."""
        start, end = str(first), str(last + timedelta(days=1))
        asked = Asked(
            filters=(*self.matching.filters, *self._only.filters),
            columns=frozenset({"time"}),
            start=times.start_of_day(start),
            end=times.start_of_day(end),
            grain=DAY_MS,
            distinct=True,
        )
        active = activity.rows(asked)
        sql = f"SELECT DISTINCT time FROM ({active.sql}) ORDER BY time DESC"
        with self._reader.open(self._tenant, active.plan) as lake:
            return [times.day(time) for (time,) in lake.rows(sql, active.parameters)]

    def events(self, days: list[str], span: Span, limit: int) -> list[Landed]:
        """The newest events of some days; of those between them nothing is wanted."""
        bind = Parameters()
        rows = f"""FROM events WHERE {self.wanted} AND time <= $time
            AND (time, id) < ($time, $id::UUID) AND {self.matching.of_events(bind)}"""
        known = () if span.pairs else self._only.sides
        of_whose = self.matching.of_whose(self._of(rows, span.pairs), known, bind)
        sql = f"SELECT {_LISTED} FROM {of_whose} ORDER BY time DESC, id DESC LIMIT {limit}"
        plan = self._plan("events", (*_COLUMNS, "kind"), days[-1], days[0], span, tuple(days))
        plan = replace(plan, tables=self.matching.with_people(plan.tables))
        at = {"time": self.below.time, "id": self.below.id}
        return [_landed(row) for row in self.ask(plan, sql, span.pairs, **at, **bind.values)]

    def _of(self, rows: str, pairs: Pairs) -> str:
        """The query of those rows that are asked for."""
        if pairs:
            return f"FROM ({rows}) AS given {_OF_PAIRS}"
        wanted = "" if self._only.name is None else f"WHERE {self._only.column} = $name"
        return f"FROM ({whose.resolved(rows, self._only.sides)}) {wanted}"

    def _plan(
        self,
        table: str,
        columns: tuple[str, ...],
        first: str,
        last: str,
        span: Span,
        days: tuple[str, ...] | None = None,
    ) -> Plan:
        if span.pairs:
            equal = {table: ("user_id", span.users)}
            return Plan({table: columns}, first, last, days=days, equal=equal)
        tables = {table: columns, **whose.tables(self._only.sides)}
        return Plan(tables, first, last, days=days)

    def ask(self, plan: Plan, sql: str, pairs: Pairs, **values: Any) -> list[tuple[Any, ...]]:
        if pairs:
            values["users"], values["companies"] = map(list, zip(*pairs, strict=True))
        elif self._only.name is not None:
            values["name"] = self._only.name
        with self._reader.open(self._tenant, plan) as lake:
            self.complete_until = min(self.complete_until, lake.complete_until)
            return lake.rows(sql, values)


def _landed(row: tuple[Any, ...]) -> Landed:
    fields = dict(zip(_COLUMNS, row, strict=True))
    text = fields["properties"]
    fields["properties"] = msgspec.json.decode(text) if text else None
    fields["id"] = fields["id"].hex
    return Landed(receipt="", verdict=Verdict.STORED, **fields)
