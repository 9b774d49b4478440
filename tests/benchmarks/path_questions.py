"""Paths and changes: as the product asks them of its lake, and as bare SQL."""

from collections.abc import Callable

from tests.benchmarks import shapes
from tests.benchmarks.question import Question, Rows
from tests.benchmarks.question_lakes import TENANT, Made
from waypost import times
from waypost.insights import changes, fields, filters, paths
from waypost.insights.ports import LakeReader
from waypost.times import DAY_MS

Ask = Callable[[LakeReader, Made], Rows]

_END = times.start_of_day(str(shapes.M.last)) + DAY_MS
_BEGIN, _WINDOW, _TOP = _END - 30 * DAY_MS, 30 * 60_000, 20
_ACTION = "Action 12"
_OF_EVENTS = ("info.plan=pro", "info.provider!=google")
_FILTERED = """(FROM props WHERE "p:plan" = 'pro' AND "p:provider" IS DISTINCT FROM 'google')"""
_PATHS = f"""
WITH walks AS (
    SELECT action, time, lead(action) OVER walk AS after, lag(action) OVER walk AS before,
        lead(time) OVER walk - time AS ms_after, time - lag(time) OVER walk AS ms_before
    FROM (
        SELECT coalesce(who.person, s.user_id) AS person, time, action FROM {{events}} AS s
        LEFT JOIN who USING (user_id)
        WHERE time >= {_BEGIN - _WINDOW} AND time < {_END + _WINDOW}
    ) WINDOW walk AS (PARTITION BY person ORDER BY time, action)
),
anchors AS MATERIALIZED (
    FROM walks WHERE action = '{_ACTION}' AND time >= {_BEGIN} AND time < {_END}
),
taken AS (
    SELECT 'after' AS side, CASE WHEN ms_after <= {_WINDOW} THEN after END AS step,
        CASE WHEN ms_after <= {_WINDOW} THEN ms_after END AS ms FROM anchors
    UNION ALL
    SELECT 'before', CASE WHEN ms_before <= {_WINDOW} THEN before END,
        CASE WHEN ms_before <= {_WINDOW} THEN ms_before END FROM anchors
)
SELECT side, step, count(*) AS n, median(ms) FROM taken GROUP BY side, step
QUALIFY row_number() OVER (PARTITION BY side, step IS NULL ORDER BY n DESC, step) <= {_TOP}
ORDER BY side, n DESC, step NULLS FIRST"""

_LENGTH, _PERIODS, _THRESHOLD, _LIMIT = 28 * DAY_MS, 4, 0.1, 1000
_OF_ACCOUNTS = ("account.trait.industry!=i1", "account.trait.industry exists")
_CHANGES = f"""
WITH told AS (
    SELECT coalesce(alias.account, who.account) AS id, weight * count AS weight, time,
        ({_END} - 1 - time) // {_LENGTH} AS period
    FROM events LEFT JOIN who USING (user_id) LEFT JOIN alias USING (company_id)
),
totals AS (
    SELECT id, coalesce(sum(weight) FILTER (period = 0), 0) AS now,
        sum(weight) FILTER (period BETWEEN 1 AND {_PERIODS}) AS sum_before,
        least({_PERIODS * 28}, {(_END - _LENGTH) // DAY_MS} - min(time) // {DAY_MS}) AS lived,
        bool_or(period = 0) AS active
    FROM told SEMI JOIN {{accounts}} AS chosen USING (id) GROUP BY id
),
compared AS (
    SELECT *, sum_before / nullif(greatest(lived, 0), 0) * 28 AS before,
        CASE WHEN NOT active THEN 'quiet' WHEN lived <= 0 THEN 'new'
            WHEN sum_before IS NULL THEN 'back' WHEN now < before THEN 'fell' ELSE 'rose' END
            AS kind
    FROM totals WHERE active OR sum_before IS NOT NULL
)
SELECT kind, id, now, round(before, 6) FROM compared
WHERE kind IN ('new', 'back')
    OR (now <> before AND abs(now - before) >= {_THRESHOLD} * before)
ORDER BY now >= coalesce(before, 0), abs(now - coalesce(before, 0)) DESC, id LIMIT {_LIMIT}"""
_NARROWED = "(FROM accounts WHERE json_extract_string(traits, '/industry') <> 'i1')"


def _paths(*texts: str) -> Ask:
    def ask(reader: LakeReader, _: Made) -> Rows:
        asked = paths.Ask(
            by=fields.field("action", "by"),
            anchor=(filters.make("action", "=", _ACTION, "action"),),
            filters=tuple(map(filters.read, texts)),
            window=_WINDOW,
            top=_TOP,
            start=_BEGIN,
            end=_END,
        )
        told = paths.answer(asked, TENANT, reader)
        return [
            (side, *(walk.steps or [None]), walk.count, walk.median_ms)
            for side, walks in (("after", told.after), ("before", told.before))
            for walk in walks
        ]

    return ask


def _changes(*texts: str) -> Ask:
    def ask(reader: LakeReader, _: Made) -> Rows:
        asked = changes.Ask(
            baseline=_PERIODS,
            threshold=_THRESHOLD,
            least=0,
            filters=tuple(map(filters.read, texts)),
            limit=_LIMIT,
            end=_END,
            now=_END,
        )
        told = changes.answer(asked, TENANT, reader).changes
        return [
            (each.kind, each.id, each.now, None if each.before is None else round(each.before, 6))
            for each in told
        ]

    return ask


QUESTIONS = (
    Question("paths", 0.4, _paths(), _PATHS.format(events="events")),
    Question("paths with two filters", 0.52, _paths(*_OF_EVENTS), _PATHS.format(events=_FILTERED)),
    Question("changes", 0.1, _changes(), _CHANGES.format(accounts="accounts")),
    Question(
        "changes with two filters",
        0.13,
        _changes(*_OF_ACCOUNTS),
        _CHANGES.format(accounts=_NARROWED),
    ),
)
