"""Funnels and retention: as the product asks them of its lake, and as bare SQL."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from tests.benchmarks import shapes
from tests.benchmarks.question import Question, Rows
from tests.benchmarks.question_lakes import TENANT, Made
from waypost import times
from waypost.insights import filters, funnels, retention, steps
from waypost.insights.funnels import Funnel
from waypost.insights.ports import LakeReader
from waypost.insights.retention import Retention
from waypost.insights.whose import Side
from waypost.times import DAY_MS

Ask = Callable[[LakeReader, Made], Rows]

_END = times.start_of_day(str(shapes.M.last)) + DAY_MS
_BEGIN = _END - 90 * DAY_MS
_WINDOW = 7 * DAY_MS
_STEPS = ("Action 01", "Action 12", "Action 33")
_FILTERS = ("info.plan=pro", "info.provider!=google")
_PLAIN = "events"
_FILTERED = """(FROM props WHERE "p:plan" = 'pro' AND "p:provider" IS DISTINCT FROM 'google')"""
_USER = "coalesce(who.person, s.user_id)"
_ACCOUNT = "coalesce(alias.account, who.account)"
_FUNNEL = f"""
WITH e AS MATERIALIZED (
    SELECT {{whose}} AS k, action, time FROM {{events}} AS s
    LEFT JOIN who USING (user_id) {{alias}}
    WHERE action IN {_STEPS} AND time >= {_BEGIN} AND time < {_END + _WINDOW}
),
s1 AS (SELECT k, time FROM e WHERE action = '{_STEPS[0]}' AND time < {_END} AND k IS NOT NULL),
s2 AS (SELECT k, time FROM e WHERE action = '{_STEPS[1]}'),
s3 AS (SELECT k, time FROM e WHERE action = '{_STEPS[2]}'),
j2 AS (
    SELECT s1.k, s1.time AS t1, CASE WHEN s2.time <= s1.time + {_WINDOW} THEN s2.time END AS t2
    FROM s1 ASOF LEFT JOIN s2 ON s1.k = s2.k AND s2.time >= s1.time
),
j3 AS (
    SELECT j2.k, t1, t2, CASE WHEN s3.time <= t1 + {_WINDOW} THEN s3.time END AS t3
    FROM j2 ASOF LEFT JOIN s3 ON j2.k = s3.k AND s3.time >= j2.t2
),
best AS (
    SELECT arg_min({{{{'t1': t1, 't2': t2, 't3': t3}}}},
        (-1 - (t2 IS NOT NULL)::INTEGER - (t3 IS NOT NULL)::INTEGER, t1)) AS t
    FROM j3 GROUP BY k
)
SELECT count(*), count(t.t2), count(t.t3),
    round(median(t.t2 - t.t1) / 1000, 1), round(median(t.t3 - t.t2) / 1000, 1)
FROM best"""
_SINCE = _END - (52 * 7 + 1) * DAY_MS
# Of a year's events days and people are far fewer: told apart before they are joined.
_RETENTION = f"""
WITH days AS (SELECT DISTINCT time // {DAY_MS} AS day, user_id, company_id FROM events),
weeks AS (
    SELECT DISTINCT {{whose}} AS k, (day + 3) // 7 AS week FROM days AS s
    LEFT JOIN who USING (user_id) {{alias}}
),
cohorts AS (SELECT k, week, min(week) OVER (PARTITION BY k) AS cohort FROM weeks)
SELECT (cohort * 7 - 3) * {DAY_MS} AS begun, week - cohort AS n, count(*) FROM cohorts
WHERE k IS NOT NULL AND begun + 7 * {DAY_MS} > {_SINCE} GROUP BY ALL ORDER BY ALL"""
_ALIAS = "LEFT JOIN alias USING (company_id)"


def _funnel(per: Side = "person", *texts: str) -> Ask:
    def ask(reader: LakeReader, _: Made) -> Rows:
        funnel = Funnel(
            steps=tuple(map(steps.read, _STEPS)),
            window=_WINDOW,
            start=_BEGIN,
            end=_END,
            per=per,
            filters=tuple(map(filters.read, texts)),
        )
        reached = funnels.answer(funnel, TENANT, reader).steps
        counts = (step.count for step in reached)
        # Of halves of milliseconds the two would round one up and one down.
        medians = (step.from_before[0] or 0 for step in reached[1:])
        return [(*counts, *(round(median, 1) for median in medians))]

    return ask


def _retention(per: Side = "person") -> Ask:
    def ask(reader: LakeReader, _: Made) -> Rows:
        asked = Retention(interval="week", start=_SINCE, end=_END, zone=ZoneInfo("UTC"), per=per)
        cohorts = retention.answer(asked, TENANT, reader).cohorts
        return [
            (cohort.at, n, count)
            for cohort in cohorts
            for n, count in enumerate(cohort.returned)
            if count
        ]

    return ask


QUESTIONS = (
    Question(
        "funnel of users", 1.0, _funnel(), _FUNNEL.format(whose=_USER, events=_PLAIN, alias="")
    ),
    Question(
        "funnel of accounts",
        1.0,
        _funnel("account"),
        _FUNNEL.format(whose=_ACCOUNT, events=_PLAIN, alias=_ALIAS),
    ),
    Question(
        "funnel with two filters",
        1.3,
        _funnel("person", *_FILTERS),
        _FUNNEL.format(whose=_USER, events=_FILTERED, alias=""),
    ),
    Question("retention of users", 0.4, _retention(), _RETENTION.format(whose=_USER, alias="")),
    Question(
        "retention of accounts",
        0.4,
        _retention("account"),
        _RETENTION.format(whose=_ACCOUNT, alias=_ALIAS),
    ),
)
