"""Metrics as rows and tables, and what the hourly job did."""

from typing import Any, get_type_hints

from waypost.cli import numbers
from waypost.insights import queries

GROUPED = {
    "metric": "events",
    "interval": "day",
    "group_by": "action",
    "total": 1235,
    "totals": [{"key": "Logged in", "value": 1234}, {"key": "x\ny", "value": 1}],
    "series": [
        {"key": "Logged in", "at": "2026-11-01T00:00:00Z", "value": 1234},
        {"key": "x\ny", "at": "2026-11-02T00:00:00Z", "value": 1},
    ],
    "truncated": False,
}


def test_the_choices_are_those_of_the_api() -> None:
    options = get_type_hints(numbers.metrics)

    assert options["metric"] == queries.Metric
    assert options["interval"] == queries.Interval
    assert options["group_by"] == queries.GroupBy | None


def test_totals_are_named_after_what_they_hold() -> None:
    rows = numbers.chosen(GROUPED, series=False)

    assert rows == [{"action": "Logged in", "events": 1234}, {"action": "x\ny", "events": 1}]


def test_a_series_of_groups_has_moment_group_and_value() -> None:
    rows = numbers.chosen(GROUPED, series=True)

    assert rows[0] == {"at": "2026-11-01T00:00:00Z", "action": "Logged in", "events": 1234}


def test_a_table_ends_in_the_total_of_the_answer() -> None:
    text = numbers.as_text(GROUPED, numbers.chosen(GROUPED, series=False))

    assert text.splitlines() == [
        "action     events",
        "Logged in   1,234",
        "x\\ny            1",
        "total       1,235",
    ]


def test_days_are_written_without_their_midnight_and_hours_with_it() -> None:
    days = numbers.as_text(GROUPED, numbers.chosen(GROUPED, series=True))
    hours = {**GROUPED, "interval": "hour"}

    assert days.splitlines()[1] == "2026-11-01  Logged in   1,234"
    hourly = numbers.as_text(hours, numbers.chosen(hours, series=True)).splitlines()
    assert hourly[1] == "2026-11-01T00:00Z  Logged in   1,234"


def test_without_numbers_the_table_is_a_total_of_nothing() -> None:
    empty: dict[str, Any] = {
        "metric": "users",
        "interval": "day",
        "group_by": None,
        "total": 0,
        "series": [],
        "totals": [],
    }

    assert numbers.as_text(empty, []).splitlines() == ["at     users", "total      0"]


def test_a_run_says_what_it_read_and_published() -> None:
    run = {"objects": 1200, "days": 1}

    assert numbers.report(run, 2.345) == "read 1,200 objects, published 1 day in 2.3 seconds"
    assert numbers.report({}, 0.1) == "nothing new to count (0.1 seconds)"
