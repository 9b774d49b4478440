"""Published hourly rows become a time series with totals."""

from datetime import UTC, datetime
from typing import Any

import pytest

from waypost.insights import metrics
from waypost.insights.metrics import Query
from waypost.lake.rollups import RollupRow

Days = list[tuple[datetime, list[RollupRow]]]


def at(day: str, hour: int = 0) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


def row(hour: int, user: str = "ann", **fields: Any) -> RollupRow:
    given: dict[str, Any] = {"action": "a", "account": "acme", "events": 1, "weight": 1.0}
    return RollupRow(hour=hour, user=user, **(given | fields))


def ask(days: Days, metric: Any = "events", interval: Any = "day", **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"start": at("2026-01-01"), "end": at("2027-01-01")}
    return metrics.answer(Query(metric, interval, **(given | more)), days)


def series(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(entry["key"], entry["at"][:13], entry["value"]) for entry in answer["series"]]


TWO_WEEKS: Days = [
    (at("2026-11-29"), [row(23, "ann"), row(23, "bob", events=4)]),
    (at("2026-11-30"), [row(0, "ann"), row(13, "cid")]),
    (at("2026-12-06"), [row(5, "ann", account="bolt", action="b")]),
]


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        (
            "hour",
            [
                ("2026-11-29T23", 5),
                ("2026-11-30T00", 1),
                ("2026-11-30T13", 1),
                ("2026-12-06T05", 1),
            ],
        ),
        ("day", [("2026-11-29T00", 5), ("2026-11-30T00", 2), ("2026-12-06T00", 1)]),
        ("week", [("2026-11-23T00", 5), ("2026-11-30T00", 3)]),
        ("month", [("2026-11-01T00", 7), ("2026-12-01T00", 1)]),
    ],
)
def test_events_are_summed_by_hour_day_week_and_month(
    interval: str, expected: list[tuple[str, int]]
) -> None:
    answer = ask(TWO_WEEKS, interval=interval)

    assert series(answer) == [(None, start, value) for start, value in expected]
    assert answer["total"] == 8


@pytest.mark.parametrize(
    ("interval", "expected"),
    [("day", [2, 2, 1]), ("week", [2, 2]), ("month", [3, 1])],
)
def test_users_of_a_week_are_counted_once_not_summed_from_days(
    interval: str, expected: list[int]
) -> None:
    answer = ask(TWO_WEEKS, "users", interval)

    assert [entry["value"] for entry in answer["series"]] == expected
    assert answer["total"] == 3


def test_accounts_are_counted_once() -> None:
    answer = ask(TWO_WEEKS, "accounts", "month")

    assert [entry["value"] for entry in answer["series"]] == [1, 1]
    assert answer["total"] == 2


@pytest.mark.parametrize(
    ("group", "totals"),
    [
        ("action", [("a", 7), ("b", 1)]),
        ("account", [("acme", 7), ("bolt", 1)]),
        ("user", [("bob", 4), ("ann", 3), ("cid", 1)]),
    ],
)
def test_a_series_is_grouped_and_its_totals_fall(group: str, totals: list[Any]) -> None:
    answer = ask(TWO_WEEKS, group_by=group)

    assert [(entry["key"], entry["value"]) for entry in answer["totals"]] == totals
    assert sum(entry["value"] for entry in answer["series"]) == 8


def test_groups_of_users_may_overlap_and_the_total_does_not_add_them() -> None:
    answer = ask(TWO_WEEKS, "users", group_by="account")

    assert [(entry["key"], entry["value"]) for entry in answer["totals"]] == [
        ("acme", 3),
        ("bolt", 1),
    ]
    assert answer["total"] == 3


def test_the_start_is_inclusive_and_the_end_exclusive_to_the_hour() -> None:
    days: Days = [(at("2026-11-30"), [row(hour) for hour in range(24)])]

    answer = ask(days, interval="hour", start=at("2026-11-30", 6), end=at("2026-11-30", 9))

    assert [at for _, at, _ in series(answer)] == [f"2026-11-30T0{hour}" for hour in (6, 7, 8)]
    assert (answer["from"], answer["to"]) == ("2026-11-30T06:00:00Z", "2026-11-30T09:00:00Z")


def test_a_late_event_counts_on_its_own_day() -> None:
    before = ask([(at("2026-11-29"), [row(3)]), (at("2026-11-30"), [row(3)])])

    after = ask([(at("2026-11-29"), [row(3), row(4)]), (at("2026-11-30"), [row(3)])])

    assert [value for *_, value in series(before)] == [1, 1]
    assert [value for *_, value in series(after)] == [2, 1]


def test_weight_is_summed_and_whole_numbers_stay_whole() -> None:
    halves = ask([(at("2026-11-30"), [row(0, weight=0.1), row(0, weight=0.2)])], "weight")
    whole = ask([(at("2026-11-30"), [row(0, weight=0.5), row(0, weight=0.5)])], "weight")

    assert (halves["total"], repr(whole["total"])) == (0.3, "1")


def test_rows_without_an_action_have_a_group_of_their_own() -> None:
    answer = ask([(at("2026-11-30"), [row(0, action=None), row(0)])], group_by="action")

    assert {entry["key"] for entry in answer["totals"]} == {metrics.NO_ACTION, "a"}


def test_beyond_a_thousand_groups_the_largest_are_shown_and_the_total_is_whole() -> None:
    rows = [row(0, f"u{n:04d}", events=1 + (n == 1500)) for n in range(1501)]

    answer = ask([(at("2026-11-30"), rows)], group_by="user")

    assert (len(answer["totals"]), len(answer["series"])) == (1000, 1000)
    assert answer["totals"][0] == {"key": "u1500", "value": 2}
    assert (answer["total"], answer["truncated"]) == (1502, True)


def test_no_rows_are_no_numbers() -> None:
    answer = ask([])

    assert (answer["total"], answer["totals"], answer["series"]) == (0, [], [])
    assert answer["truncated"] is False
