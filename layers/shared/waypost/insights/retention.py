"""
Retention: of those who began in the same interval, how many came back in each one after.

Whoever did something for the first time of all in an interval is of its cohort; with filters, for
the first time in the span among what meets them; with a first step, did that for the first time in
the span. Who did anything after that, or the returning step where there is one, came back. People
and accounts are those of now.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from waypost.errors import BadQuery
from waypost.insights import activity, calendar, firsts, whose
from waypost.insights.activity import Rows
from waypost.insights.calendar import Buckets
from waypost.insights.explained import Explained, explained
from waypost.insights.filters import Filter
from waypost.insights.needs import Asked, added_up_by
from waypost.insights.ports import Lake
from waypost.insights.steps import Step
from waypost.insights.whose import Side
from waypost.lake.reader import Opened
from waypost.times import DAY_MS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Interval = Literal["day", "week", "month"]
MOST = 120  # intervals: a bit for each, of 128
_LONGEST: dict[Interval, int] = {"day": DAY_MS, "week": 7 * DAY_MS, "month": 31 * DAY_MS}

_SLOTS = """CREATE TEMP TABLE slots AS
SELECT slot, place, 1::UHUGEINT << place::UHUGEINT AS bit FROM (
    SELECT unnest(range(low, high)) AS slot, place FROM (
        SELECT unnest($lows::BIGINT[]) AS low, unnest($highs::BIGINT[]) AS high,
            unnest(range(len($lows))) AS place
    )
)"""
# Everybody with the first moment and, as bits, the intervals of whatever is a return: by the ids
# that events arrived with, for rows are far more than those, and then by whose they are now.
_CAME_AS = """SELECT {ids}, min(time) AS first, bit_or(bit) FILTER ({returned}) AS came
FROM ({rows}) AS given JOIN slots ON slots.slot = given.time // {unit} GROUP BY {ids}"""
_CAME = """SELECT {side} AS id, min(first) AS first, bit_or(came) AS came
FROM ({rows}) WHERE {side} IS NOT NULL GROUP BY id"""
_OF_ALL_TIME = """SELECT of_all.first, came FROM ({firsts}) AS of_all
LEFT JOIN (SELECT id, came FROM ({came})) USING (id)
WHERE of_all.first >= $start AND of_all.first < $end"""
# What came before the first step is no return, in the same interval neither.
_AFTER_STEP = """
WITH lives AS (
    SELECT row_number() OVER () AS n, min(time) FILTER (c0) AS first, list(time) FILTER (c1) AS back
    FROM ({rows}) WHERE {side} IS NOT NULL GROUP BY {side} HAVING bool_or(c0)
), came AS (
    SELECT n, bit_or(bit) AS came
    FROM (SELECT n, first, unnest(back) AS time FROM lives) AS given
    JOIN slots ON slots.slot = given.time // {unit} WHERE time >= first GROUP BY n
)
SELECT first, came FROM lives LEFT JOIN came USING (n)"""
_COHORTS = """CREATE TEMP TABLE cohorts AS
SELECT place AS cohort, came FROM ({people}) AS people
JOIN slots ON slots.slot = people.first // {unit}"""
_SIZES = "SELECT cohort, count(*) FROM cohorts GROUP BY cohort"
_RETURNED = """SELECT cohort, place, count(*) FROM cohorts
JOIN (SELECT DISTINCT place, bit FROM slots) ON came & bit = bit AND place >= cohort GROUP BY ALL"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The question, about the intervals from that of `start` to before `end`, in epoch ms."""

    interval: Interval
    start: int
    end: int
    zone: "ZoneInfo"
    week_start: int = 0
    per: Side = "person"
    filters: tuple[Filter, ...] = ()
    first: Step | None = None
    returning: Step | None = None

    @property
    def since_ever(self) -> bool:
        return not self.filters and self.first is None

    def buckets(self, start: int, end: int) -> Buckets:
        return calendar.buckets(self.interval, start, end, self.zone, self.week_start)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Who began in the interval that begins `at` (epoch ms): how many, and how many came back so
    many intervals later, from none on. The first `complete` of these numbers are of intervals that
    are over.
    """

    at: int
    size: int
    returned: list[int]
    complete: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that landed until `complete_until` (epoch ms) is counted. `start` is the begin of
    the first interval.
    """

    cohorts: list[Cohort]
    start: int
    provisional: bool
    complete_until: int
    explained: Explained


def answer(asked: Retention, tenant: str, reader: Lake) -> Answer:
    """Every cohort of the span, be it empty. Raises `BadQuery` for too many, and `Unavailable`."""
    buckets = asked.buckets(asked.start, asked.end)
    if buckets.count > MOST:
        raise BadQuery(
            f"from to to are more than {MOST} {asked.interval}s; ask for fewer, or longer ones",
            field="from",
        )
    start = buckets.begins[0] if buckets.begins else asked.start
    rows = activity.rows(_asked(asked, start, buckets.unit))
    plan = rows.plan.reading(whose.tables({asked.per}))
    if asked.since_ever:
        plan = plan.reading(firsts.tables(asked.per))
    with reader.open(tenant, plan) as opened:
        _lay_out(buckets, opened)
        people, parameters = _people(asked, buckets, rows)
        opened.rows(_COHORTS.format(people=people, unit=buckets.unit), parameters)
        cohorts = _cohorts(buckets, _over(asked, buckets, opened.complete_until), opened)
        return Answer(
            cohorts, start, opened.provisional, opened.complete_until, explained(opened, plan)
        )


def _asked(asked: Retention, start: int, unit: int) -> Asked:
    return Asked(
        columns=frozenset({"time", *_ids(asked)}),
        filters=asked.filters,
        cases=_cases(asked),
        start=start,
        end=asked.end,
        # Of one moment to the next it is told only where one step has to come before the other.
        grain=1 if asked.first else unit,
        distinct=True,
    )


def _cases(asked: Retention) -> tuple[tuple[Filter, ...], ...]:
    returning = asked.returning.filters if asked.returning else ()
    if asked.first is not None:
        return (asked.first.filters, returning)
    if asked.returning is None:
        return ()
    return (returning,) if asked.since_ever else ((), returning)


def _ids(asked: Retention) -> tuple[str, ...]:
    """What rows are added up by."""
    if asked.first:
        return (asked.per,)
    of_cases = (each for case in _cases(asked) for each in case)
    return added_up_by(asked.per, (*asked.filters, *of_cases))


def _lay_out(buckets: Buckets, opened: Opened) -> None:
    lows = [begin // buckets.unit for begin in buckets.begins]
    highs = [*lows[1:], (buckets.end - 1) // buckets.unit + 1] if lows else []
    opened.rows(_SLOTS, {"lows": lows, "highs": highs})


def _people(asked: Retention, buckets: Buckets, rows: Rows) -> tuple[str, dict[str, Any]]:
    """The query of everybody's `first` moment and when they `came`, with its parameters."""
    given = {"rows": rows.sql, "unit": buckets.unit, "side": asked.per}
    if asked.first:
        return _AFTER_STEP.format(**given), rows.parameters
    ids = _ids(asked)
    returned = "c1" if asked.returning and not asked.since_ever else "true"
    came = _CAME_AS.format(ids=", ".join(ids), returned=returned, **given)
    if ids != (asked.per,):
        came = whose.resolved(came, {asked.per})
    people = _CAME.format(rows=came, side=asked.per)
    if not asked.since_ever:
        return people, rows.parameters
    span = {"start": min(buckets.begins, default=asked.start), "end": asked.end}
    everybody = _OF_ALL_TIME.format(firsts=firsts.of_all(asked.per), came=people)
    return everybody, rows.parameters | span


def _cohorts(buckets: Buckets, over: int, opened: Opened) -> list[Cohort]:
    sizes = dict(opened.rows(_SIZES))
    returned = {(cohort, place): count for cohort, place, count in opened.rows(_RETURNED)}
    every = range(len(buckets.begins))
    return [
        Cohort(
            begin,
            sizes.get(cohort, 0),
            [returned.get((cohort, place), 0) for place in every[cohort:]],
            max(over - cohort, 0),
        )
        for cohort, begin in enumerate(buckets.begins)
    ]


def _over(asked: Retention, buckets: Buckets, complete_until: int) -> int:
    """How many of the intervals are over, and asked about to their end."""
    if not buckets.begins:
        return 0
    last = buckets.begins[-1]
    (_, behind, *_) = asked.buckets(last, last + _LONGEST[asked.interval] + DAY_MS).begins
    until = min(asked.end, complete_until)
    return sum(end <= until for end in (*buckets.begins[1:], behind))
