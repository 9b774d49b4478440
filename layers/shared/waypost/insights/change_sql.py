"""The SQL of changes: periods of accounts, compared and judged (`waypost.insights.changes`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from waypost.insights import whose
from waypost.insights.conditions import Parameters, all_of, condition
from waypost.insights.filters import Filter
from waypost.insights.people_filters import of_traits
from waypost.times import DAY_MS

if TYPE_CHECKING:
    from waypost.insights.activity import Rows
    from waypost.insights.changes import Ask, Metric

_IS_CHURNED = "lower(json_extract_string(traits, '/is_churned')) = 'true'"
_MOST = "1e150"
_BITS = 62  # days of a period, one bit each
# Of a user's days few numbers are left before it is asked whose they are. Period 0 is the last, and
# lists begin with it; where there was no activity at all they have NULL.
_SQL = """
WITH told AS (
    SELECT *, ($end - 1 - time) // $length AS period FROM ({rows})
), summed AS (
    SELECT user_id, company_id, {sums}, sum(count) AS count,
        min(time) FILTER (period = 0) AS since, max(time) AS until,
        bit_or(1::{bits} << (($end - 1 - time) // {day} % $days)::{bits})
            FILTER (period = 1) AS days
    FROM told GROUP BY user_id, company_id
), chosen AS (
    SELECT id, name, traits, coalesce({is_churned}, false) AS churned
    FROM accounts WHERE {accounts}
), members AS (
    SELECT account, person, {sums_of_members}, sum(count) AS count,
        min(since) AS since, max(until) AS until, bit_or(days) AS days
    FROM ({whose}) SEMI JOIN chosen ON chosen.id = account GROUP BY account, person
), totals AS (
    SELECT account AS id, [{values}] AS periods, {unit} AS unit,
        min(since) AS since, max(until) AS until,
        count(v0) FILTER (person IS NOT NULL) AS users,
        count(v1) FILTER (person IS NOT NULL) AS users_before, bit_count(bit_or(days)) AS days
    FROM members GROUP BY account
), lives AS (
    SELECT account AS id, min(first) AS first, max(last) AS last FROM ({seen}) GROUP BY account
), compared AS (
    SELECT *, coalesce(periods[1], 0) AS now, list_sum(periods[2:]) AS sum_before,
        least($baseline * $days, ($end - $length) // {day} - first // {day}) AS lived,
        coalesce(sum_before, 0) / nullif(greatest(lived, 0), 0) * $days AS before,
        before * $elapsed AS expected,
        coalesce(list_var_samp(list_transform(
            periods[2:1 + lived // $days], lambda value: coalesce(value, 0))), 0) AS scatter
    FROM totals JOIN lives USING (id) JOIN chosen USING (id)
), judged AS (
    SELECT *, now - coalesce(expected, 0) AS difference,
        CASE WHEN periods[1] IS NULL THEN 'quiet' WHEN lived <= 0 THEN 'new'
            WHEN sum_before IS NULL THEN '{begun}' WHEN now < expected THEN 'fell' ELSE 'rose' END
            AS kind,
        sqrt(greatest(expected * unit, unit * unit, if(kind = 'quiet', 0, scatter))) AS deviation
    FROM compared
)
SELECT kind, id, name, traits::VARCHAR, churned, now, before, difference / nullif(abs(expected), 0),
    periods, users, users_before, first, last, since, until, days,
    histogram(kind) OVER ()
FROM judged WHERE {kinds} AND (kind IN ('new', 'back') OR (
    abs(difference) >= $threshold * coalesce(abs(expected), 0)
    AND abs(difference) >= $least * deviation AND difference <> 0))
ORDER BY difference >= 0, abs(difference) DESC, id LIMIT $limit"""


def sql(ask: Ask, rows: Rows, bind: Parameters) -> str:
    """The statement over those rows and the tables of people; binds what it compares with."""
    numbers, of_events = range(ask.baseline + 1), any(not of_account(f) for f in ask.filters)
    return _SQL.format(
        rows=rows.sql,
        day=DAY_MS,
        bits="BIGINT" if ask.days <= _BITS else "HUGEINT",  # which is slow
        sums=", ".join(f"sum({value(ask)}) FILTER (period = {n}) AS v{n}" for n in numbers),
        sums_of_members=", ".join(f"sum(v{n}) AS v{n}" for n in numbers),
        values=", ".join(_total(ask.metric, n) for n in numbers),
        unit=f"({' + '.join(f'coalesce(sum(v{n}), 0)' for n in numbers)}) / sum(count)",
        is_churned=_IS_CHURNED,
        accounts=all_of(_conditions(ask, bind)),
        whose=whose.resolved("FROM summed", {"person", "account"}),
        seen=whose.resolved("FROM seen", {"account"}),
        begun="rose" if of_events else "back",
        kinds=f"kind IN ({bind.bound(ask.kinds)})" if ask.kinds else "true",
    )


def _total(metric: Metric, number: int) -> str:
    """The number of a period, of all users of an account."""
    if metric == "users":
        return f"nullif(count(v{number}) FILTER (person IS NOT NULL), 0)::DOUBLE"
    # Parts are added in any order, and their last digits must not decide. Nor must squares of
    # what comes from strangers be beyond all numbers.
    value = f"round(sum(v{number})::DOUBLE, 6)"
    return f"CASE WHEN {value} IS NOT NULL THEN least(greatest({value}, -{_MOST}), {_MOST}) END"


def _conditions(ask: Ask, bind: Parameters) -> Iterator[str]:
    if not ask.churned:
        yield f"NOT coalesce({_IS_CHURNED}, false)"
    for each in filter(of_account, ask.filters):
        by_id = each.field.kind == "plain"
        yield condition(each, "id", bind) if by_id else of_traits(each, bind)


def of_account(asked: Filter) -> bool:
    """Whether a filter is met by an account, and not by events."""
    return asked.field.name == "account" or asked.field.kind == "account_trait"


def value(ask: Ask) -> str:
    """The column of events that is added up."""
    return "weight" if ask.metric == "weight" else "count"
