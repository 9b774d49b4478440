"""A question is answered from the smallest table that knows, and of it only what it needs."""

from datetime import UTC, datetime

import pytest

from waypost.insights import queries
from waypost.insights.queries import GroupBy, Interval, Metric, Query

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = datetime(2026, 11, 20, tzinfo=UTC)
NEXT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("metric", "group", "by_day", "by_hour"),
    [
        ("events", None, "totals_day", "totals"),
        ("weight", "action", "totals_day", "totals"),
        ("active_time", "account", "activity", "context"),
        ("events", "user", "activity", "context"),
        ("users", None, "days", "path"),
        ("accounts", "user", "days", "path"),
        ("users", "action", "path", "path"),
        ("sessions", None, "context", "context"),
        ("events", "module", "context", "context"),
    ],
)
def test_the_smallest_table_that_knows_is_read(
    metric: Metric, group: GroupBy | None, by_day: str, by_hour: str
) -> None:
    def table(interval: Interval, end: datetime) -> str:
        return queries.source(Query(metric, interval, DAY, end, group)).table

    assert table("week", NEXT) == by_day
    assert table("hour", NEXT) == table("week", NOON) == by_hour


def test_a_plan_names_the_columns_and_days_that_are_needed() -> None:
    query = Query("weight", "day", DAY, NEXT, "account")

    plan = queries.plan(query, queries.source(query))

    assert plan.tables == {
        "activity": ("day", "user_id", "company_id", "weight"),
        "who": ("user_id", "account"),
        "alias": ("company_id", "account"),
    }
    assert (plan.first, plan.last) == ("2026-11-20", "2026-11-20")


def test_a_span_within_a_day_opens_that_day() -> None:
    query = Query("events", "hour", DAY.replace(hour=23, minute=30), NEXT.replace(minute=1))

    plan = queries.plan(query, queries.source(query))

    # 23:00 begins before the span, 00:00 of the next day within it.
    assert (plan.first, plan.last) == ("2026-11-21", "2026-11-21")


def test_an_open_span_opens_nothing_more_to_find_its_end() -> None:
    query = Query("sessions", "day", DAY)

    plan = queries.plan(query, queries.source(query))

    assert plan.tables == {"context": ("time", "session")}
    assert (plan.first, plan.last) == ("2026-11-20", None)
