"""Retention over the API: cohorts as JSON and as a matrix, in the calendar of the tenant."""

from typing import Any

import msgspec
import pytest

from tests.fakes import FakeReader, FakeTenants
from tests.unit.insights import activity_world
from waypost import times
from waypost.errors import BadQuery
from waypost.insights.ports import QuestionStores
from waypost.tenants import Tenant
from waypost.times import DAY_MS
from waypost.web import csv_answers
from waypost.web.api import retention
from waypost.web.api.retention import RetentionAnswer
from waypost.web.asking import Parameters

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z, a Friday
SUNDAYS = Tenant("t", timezone="America/New_York", week_starts_on="sunday")


def world(*visits: tuple[str, int]) -> FakeReader:
    """Users who were there so many days ago."""
    moments = [(user, NOW - ago * DAY_MS) for user, ago in visits]
    first = {user: min(at for each, at in moments if each == user) for user, _ in visits}
    lake = activity_world.reader(
        *({"user_id": user, "time": at, "action": "Visited"} for user, at in moments),
        days=[{"day": times.day(at), "user_id": user} for user, at in moments],
        seen=[{"user_id": user, "first": at} for user, at in first.items()],
    )
    lake.complete_until = NOW
    return lake


def ask(lake: FakeReader, *tenants: Tenant, **query: Any) -> RetentionAnswer:
    parameters = Parameters({name.removesuffix("_"): [value] for name, value in query.items()})
    return retention.answer(
        "t",
        parameters,
        QuestionStores(FakeTenants({each.id: each for each in tenants}), lake, lambda: NOW),
    )


def test_cohorts_are_answered_with_their_question() -> None:
    lake = world(("ann", 7), ("ann", 0), ("bob", 8))

    answer = ask(lake, from_="2026-11-09")

    assert msgspec.to_builtins(answer) == {
        "interval": "week",
        "per": "user",
        "from": "2026-11-09T00:00:00Z",
        "to": "2026-11-21T00:00:00Z",
        "timezone": "UTC",
        "cohorts": [
            {
                "at": "2026-11-09T00:00:00Z",
                "size": 2,
                "returned": [2, 1],
                "share": [1.0, 0.5],
                "complete": 1,
            },
            {
                "at": "2026-11-16T00:00:00Z",
                "size": 0,
                "returned": [0],
                "share": [None],
                "complete": 0,
            },
        ],
        "complete_until": "2026-11-20T12:00:00.000Z",
        "provisional": False,
    }


def test_as_csv_it_is_a_matrix() -> None:
    answer = ask(world(("ann", 7), ("ann", 0), ("bob", 8)), from_="2026-11-09")

    assert csv_answers.text([answer]) == (
        "at,size,week_0,week_1\n2026-11-09,2,2,1\n2026-11-16,0,0,\n"
    )


@pytest.mark.parametrize(("interval", "number"), [("day", 14), ("week", 12), ("month", 12)])
def test_the_last_intervals_are_asked_about_unless_more_is_said(interval: str, number: int) -> None:
    assert len(ask(world(), interval=interval).cohorts) == number


def test_weeks_are_those_of_the_tenant() -> None:
    answer = ask(world(), SUNDAYS, from_="2026-10-30")

    assert [each.at for each in answer.cohorts] == [
        "2026-10-25T00:00:00-04:00",
        "2026-11-01T00:00:00-04:00",
        "2026-11-08T00:00:00-05:00",
        "2026-11-15T00:00:00-05:00",
    ]


def test_what_came_back_by_a_step_after_a_step() -> None:
    lake = activity_world.reader(
        {"user_id": "x", "time": NOW - 9 * DAY_MS, "action": "Paid"},
        {"user_id": "x", "time": NOW - 8 * DAY_MS, "action": "Signed up"},
        {"user_id": "x", "time": NOW, "action": "Paid"},
    )

    answer = ask(lake, first="Signed up", return_="Paid", from_="2026-11-09")

    assert answer.cohorts[0].returned == [0, 1]


def test_accounts_come_back_with_any_of_their_people() -> None:
    lake = activity_world.reader(
        days=[
            {"day": "2026-11-11", "user_id": "u1", "company_id": "acme"},
            {"day": "2026-11-18", "user_id": "zoe", "company_id": "acme"},
        ],
        seen=[{"user_id": "u1", "company_id": "acme", "first": NOW - 9 * DAY_MS}],
    )

    answer = ask(lake, per="account", from_="2026-11-09")

    assert answer.cohorts[0].returned == [1, 1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"interval": "hour"}, "interval"),
        ({"per": "person"}, "per"),
        ({"first": "a["}, "first"),
        ({"return_": "[nothing=1]"}, "return"),
        ({"interval": "day", "from_": "2020-01-01"}, "from"),
        ({"step": "a"}, "step"),
    ],
)
def test_what_is_no_retention_is_refused_by_name(query: dict[str, str], field: str) -> None:
    with pytest.raises(BadQuery) as refused:
        ask(world(), **query)

    assert refused.value.body()["field"] == field
