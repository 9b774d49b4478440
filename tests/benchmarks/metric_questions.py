"""Metrics by week of all time, and by properties of the last thirty days."""

from collections.abc import Callable, Sequence

from tests.benchmarks.question import Question, Rows
from tests.benchmarks.question_lakes import TENANT, Made
from waypost import times
from waypost.insights import calendar, fields, filters, measures, metrics
from waypost.insights.asked_metrics import Question as Asked
from waypost.insights.ports import LakeReader
from waypost.times import DAY_MS

_NOW = 1_800_000_000_000
_UTC = calendar.zone("UTC")
_DAYS = 30
_TWO_FILTERS = ("info.plan=pro", "info.seats>=5")
_WEEK = "date_trunc('week', make_timestamp(time * 1000))::DATE::VARCHAR AS week"
# Of a year's events weeks and people are far fewer: told apart before they are joined.
_ACTIVE = f"""
WITH weeks AS (SELECT DISTINCT {_WEEK}, user_id, company_id FROM events)
SELECT week, count(DISTINCT {{thing}}) FROM (
    SELECT week, coalesce(who.person, weeks.user_id) AS person,
        coalesce(alias.account, who.account) AS account
    FROM weeks LEFT JOIN who USING (user_id) LEFT JOIN alias USING (company_id)
) WHERE {{thing}} IS NOT NULL GROUP BY week ORDER BY week"""
_RECENT = f"time >= (SELECT max(time) // {DAY_MS} - {_DAYS - 1} FROM events) * {DAY_MS}"
_FILTERED = """ AND "p:plan" = 'pro' AND try_cast("p:seats" AS DOUBLE) >= 5"""
_BY_PROVIDER = f"""
WITH given AS (
    SELECT make_timestamp(time * 1000)::DATE::VARCHAR AS day, "p:provider" AS provider, user_id,
        sum(count)::BIGINT AS count
    FROM props WHERE {_RECENT}{{filters}} GROUP BY ALL
)
SELECT day, provider, sum(count)::BIGINT AS events,
    count(DISTINCT coalesce(who.person, given.user_id)) AS users
FROM given LEFT JOIN who USING (user_id) GROUP BY ALL ORDER BY ALL"""
_BY_PLAN = f"""
SELECT "p:plan" AS plan, sum(try_cast("p:amount" AS DOUBLE) * count) FROM props
WHERE {_RECENT}{{filters}} GROUP BY ALL ORDER BY ALL"""


def _weekly(metric: str, by_action: bool = False) -> Callable[[LakeReader, Made], Rows]:
    by = (fields.field("action", "group_by"),) if by_action else ()

    def ask(reader: LakeReader, _: Made) -> Rows:
        question = Asked(measure=measures.measure(metric), interval="week", zone=_UTC, by=by)
        answer = metrics.answer(question, TENANT, reader, _NOW)
        points = [
            (times.day(point.at), *point.keys, point.value)
            for point in answer.series
            if point.value
        ]
        return sorted(points)

    return ask


def _asked(metric: str, by: str, given: Sequence[str], of: Made, *, series: bool) -> Asked:
    last = max(file.last for file in of.lake.months[-1].of("activity"))
    end = times.start_of_day(last) + DAY_MS
    return Asked(
        measure=measures.measure(metric),
        start=end - _DAYS * DAY_MS,
        end=end,
        zone=_UTC,
        filters=tuple(map(filters.read, given)),
        by=(fields.field(by, "group_by"),),
        series=series,
    )


def _by_provider(*given: str) -> Callable[[LakeReader, Made], Rows]:
    def ask(reader: LakeReader, of: Made) -> Rows:
        events, users = (
            metrics.answer(
                _asked(name, "info.provider", given, of, series=True), TENANT, reader, _NOW
            ).series
            for name in ("events", "users")
        )
        ordered = [
            sorted(series, key=lambda point: (point.at, point.keys)) for series in (events, users)
        ]
        return [
            (times.day(mine.at), *mine.keys, mine.value, other.value)
            for mine, other in zip(*ordered, strict=True)
            if mine.value
        ]

    return ask


def _by_plan(*given: str) -> Callable[[LakeReader, Made], Rows]:
    def ask(reader: LakeReader, of: Made) -> Rows:
        asked = _asked("sum(info.amount)", "info.plan", given, of, series=False)
        totals = metrics.answer(asked, TENANT, reader, _NOW).totals
        return sorted((*total.keys, float(total.value or 0)) for total in totals)

    return ask


QUESTIONS = (
    Question(
        "totals by week and action",
        0.05,
        _weekly("events", by_action=True),
        f"SELECT {_WEEK}, action, sum(count)::BIGINT FROM events GROUP BY ALL ORDER BY ALL",
    ),
    Question("users by week", 0.3, _weekly("users"), _ACTIVE.format(thing="person")),
    Question("accounts by week", 0.3, _weekly("accounts"), _ACTIVE.format(thing="account")),
    Question("by a property, 30 days", 0.7, _by_provider(), _BY_PROVIDER.format(filters="")),
    Question(
        "by a property, 30 days, two filters",
        0.7 * 1.3,
        _by_provider(*_TWO_FILTERS),
        _BY_PROVIDER.format(filters=_FILTERED),
    ),
    Question("sum by a property, 30 days", 0.1, _by_plan(), _BY_PLAN.format(filters="")),
    Question(
        "sum by a property, 30 days, two filters",
        0.1 * 1.3,
        _by_plan(*_TWO_FILTERS),
        _BY_PLAN.format(filters=_FILTERED),
    ),
)
