"""Metrics over the API: a question in its parameters, and the series that answers it."""

from typing import Any

import msgspec
import pytest

from tests.fakes import FakeReader, FakeTenants
from waypost.errors import BadQuery
from waypost.insights.ports import QuestionStores
from waypost.tenants import Tenant
from waypost.web import csv_answers
from waypost.web.api import metrics
from waypost.web.asking import Parameters

T = "t-1"
NOON = 1_795_176_000_000  # 2026-11-20T12:00:00Z


class World:
    """Counted days."""

    def __init__(self) -> None:
        self.reader = FakeReader(totals_day=[])
        self.reader.complete_until = NOON
        self.tenants = FakeTenants()
        self.stores = QuestionStores(self.tenants, self.reader, lambda: NOON)

    def count(self, day: str, action: str = "Did", events: int = 1) -> None:
        row = {"day": day, "action": action, "events": events, "weight": events * 1.5}
        self.reader.tables["totals_day"].append(row)

    def answer(self, **given: Any) -> metrics.SeriesAnswer:
        lists = {
            name.removesuffix("_"): value if isinstance(value, list) else [value]
            for name, value in given.items()
        }
        return metrics.answer(T, Parameters(lists), self.stores)

    def ask(self, **given: Any) -> dict[str, Any]:
        told: dict[str, Any] = msgspec.to_builtins(self.answer(**given))
        return told


@pytest.fixture
def world() -> World:
    return World()


def test_a_series_is_answered_with_its_question_and_totals(world: World) -> None:
    world.count("2026-11-18", events=3)
    world.count("2026-11-19", "Paid")

    assert world.ask(group_by="action") == {
        "metric": "events",
        "interval": "day",
        "group_by": "action",
        "from": "2026-11-18T00:00:00Z",
        "to": "2026-11-20T00:00:00Z",
        "timezone": "UTC",
        "total": 4,
        "groups": 2,
        "totals": [
            {"key": "Did", "value": 3},
            {"key": "Paid", "value": 1},
        ],
        "series": [
            {"key": "Did", "at": "2026-11-18T00:00:00Z", "value": 3},
            {"key": "Paid", "at": "2026-11-18T00:00:00Z", "value": 0},
            {"key": "Did", "at": "2026-11-19T00:00:00Z", "value": 0},
            {"key": "Paid", "at": "2026-11-19T00:00:00Z", "value": 1},
        ],
        "truncated": False,
        "provisional": False,
        "complete_until": "2026-11-20T12:00:00.000Z",
    }


def test_beside_a_period_stands_the_one_before(world: World) -> None:
    for day, events in (("2026-11-17", 4), ("2026-11-18", 5), ("2026-11-19", 1)):
        world.count(day, events=events)

    span = {"from_": "2026-11-18", "to": "2026-11-20", "compare": "previous"}
    told = world.ask(**span, group_by="action")

    assert (told["total"], told["previous"], told["change"]) == (6, 4, 0.5)
    assert told["compared"] == {"from": "2026-11-16T00:00:00Z", "to": "2026-11-18T00:00:00Z"}
    assert [(p["value"], p["previous"], p["change"]) for p in told["series"]] == [
        (5, 0, None),
        (1, 4, -0.75),
    ]
    assert told["totals"][0]["previous"] == 4


def test_days_begin_where_the_tenant_or_the_question_says(world: World) -> None:
    world.tenants[T] = Tenant(T, timezone="Asia/Kolkata", week_starts_on="sunday")
    world.reader.tables["totals"] = [{"hour": NOON, "action": "Did", "events": 1}]
    week = {"from_": "2026-11-20", "to": "2026-11-21", "interval": "week"}

    mine, asked = world.ask(**week), world.ask(**week, timezone="UTC")

    assert [point["at"] for point in mine["series"]] == ["2026-11-15T00:00:00+05:30"]
    assert [point["at"] for point in asked["series"]] == ["2026-11-15T00:00:00Z"]
    assert (mine["timezone"], asked["timezone"]) == ("Asia/Kolkata", "UTC")


def test_two_fields_make_pairs_and_the_rest_is_one(world: World) -> None:
    for row in ("Did", "Did", "Paid"):
        world.count("2026-11-19", row)

    told = world.ask(group_by=["action", "source"], top="1")

    assert (told["group_by"], told["group_by2"], told["groups"]) == ("action", "source", 2)
    assert [(each["key"], each["key2"], each["value"]) for each in told["totals"]] == [
        ("Did", "(no source)", 2),
        ("(other)", "(other)", 1),
    ]


def test_how_an_answer_came_about_is_told_where_it_is_asked(world: World) -> None:
    world.count("2026-11-19")

    told = world.ask(explain="true")["explain"]

    assert "totals_day" in " ".join(told["sql"])
    assert told["tables"] == [{"table": "totals_day", "columns": ["day", "events"], "files": 0}]


def test_a_fields_name_is_a_filter(world: World) -> None:
    world.count("2026-11-19", "Did", 3)
    world.count("2026-11-19", "Paid", 2)

    totals = [world.ask(action="Paid")["total"], world.ask(filter="action!=Paid")["total"]]

    assert totals == [2, 3]


def test_totals_alone_come_without_a_series(world: World) -> None:
    world.count("2026-11-19", events=3)

    told = world.ask(group_by="action", rows="totals")

    assert "series" not in told
    assert told["totals"] == [{"key": "Did", "value": 3}]


def test_the_average_of_a_day_is_told_where_it_is_asked(world: World) -> None:
    world.count("2026-11-18", events=3)
    world.count("2026-11-19", "Paid")

    told = world.ask(group_by="action", average="true")

    assert told["average"] == 2
    assert told["totals"] == [
        {"key": "Did", "value": 3, "average": 1.5},
        {"key": "Paid", "value": 1, "average": 0.5},
    ]


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ({}, ["at,value", "2026-11-19 00:00:00,3"]),
        ({"group_by": "action"}, ["at,key,value", "2026-11-19 00:00:00,Did,3"]),
        ({"group_by": "action", "rows": "totals"}, ["key,value", "Did,3"]),
        ({"rows": "totals", "average": "true"}, ["value,average", "3,3"]),
        (
            {"compare": "previous", "from": "2026-11-19", "to": "2026-11-20"},
            ["at,value,previous,change", "2026-11-19 00:00:00,3,0,"],
        ),
        (
            {"timezone": "Etc/UTC", "interval": "month"},
            ["at,value", "2026-11-01 00:00:00,3"],
        ),
    ],
)
def test_a_csv_has_the_columns_that_say_something(
    world: World, given: dict[str, str], lines: list[str]
) -> None:
    world.count("2026-11-19", events=3)

    text = csv_answers.text([world.answer(**given)])

    assert text.splitlines() == lines


def test_planhats_guideline_stands_beside_the_weight_of_a_user_and_month(world: World) -> None:
    told = world.ask(metric="weight_per_user", interval="month")

    assert told["guideline"] == 100
    assert "guideline" not in world.ask(metric="weight_per_user")


def test_what_landed_since_the_last_run_makes_an_answer_provisional(world: World) -> None:
    world.reader.provisional = True

    assert world.ask()["provisional"]


def test_a_sum_that_is_no_whole_number_stays_what_it_is(world: World) -> None:
    world.count("2026-11-19")

    assert world.ask(metric="weight")["total"] == 1.5


def test_days_outside_the_asked_span_do_not_count(world: World) -> None:
    for day in ("2026-11-17", "2026-11-18", "2026-11-19"):
        world.count(day)

    told = world.ask(from_="2026-11-18", to="2026-11-19")

    assert (told["total"], told["from"], told["to"]) == (
        *(1, "2026-11-18T00:00:00Z", "2026-11-19T00:00:00Z"),
    )


def test_without_any_day_the_span_is_now(world: World) -> None:
    told = world.ask()

    assert (told["from"], told["to"], told["total"]) == (
        *("2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z", 0),
    )


@pytest.mark.parametrize("given", [{"from": "2026-12-01"}, {"to": "2026-01-01"}])
def test_a_span_beyond_everything_is_an_empty_series(world: World, given: dict[str, str]) -> None:
    world.count("2026-11-19")

    assert world.ask(**given)["series"] == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"metric": "revenue"}, "metric"),
        ({"metric": "sum(action)"}, "metric"),
        ({"metric": "mean(info.x)"}, "metric"),
        ({"interval": "fortnight"}, "interval"),
        ({"group_by": "colour"}, "group_by"),
        ({"group_by": ["action", "action"]}, "group_by"),
        ({"group_by": ["action", "source", "user"]}, "group_by"),
        ({"top": "3"}, "top"),
        ({"top": "0", "group_by": "action"}, "top"),
        ({"compare": "before"}, "compare"),
        ({"rows": "all"}, "rows"),
        ({"frm": "2026-11-18"}, "frm"),
        ({"from": "soon"}, "from"),
        ({"from": "2026-11-19", "to": "2026-11-18"}, "to"),
    ],
)
def test_a_question_that_is_not_understood_is_refused_by_name(
    world: World, given: dict[str, str], field: str | None
) -> None:
    with pytest.raises(BadQuery) as refusal:
        world.ask(**given)

    assert refusal.value.extra.get("field") == field
    assert not world.reader.plans


def test_a_metric_that_is_nearly_one_is_told_which(world: World) -> None:
    with pytest.raises(BadQuery, match="did you mean users"):
        world.ask(metric="user")
