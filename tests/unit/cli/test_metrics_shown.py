"""Metrics as rows, as tables, and drawn."""

from typing import Any

import pytest

from waypost.cli import metrics

GROUPED: dict[str, Any] = {
    "metric": "events",
    "interval": "day",
    "group_by": "action",
    "groups": 2,
    "total": 1235,
    "totals": [
        {"key": "Logged in", "value": 1234, "average": 617},
        {"key": "x\ny", "value": 1, "average": 0.5},
    ],
    "series": [
        {"key": "Logged in", "at": "2026-11-01T00:00:00Z", "value": 1234},
        {"key": "x\ny", "at": "2026-11-01T00:00:00Z", "value": 0},
        {"key": "Logged in", "at": "2026-11-02T00:00:00Z", "value": 0},
        {"key": "x\ny", "at": "2026-11-02T00:00:00Z", "value": 1},
    ],
    "truncated": False,
    "provisional": False,
}
PAIRS: dict[str, Any] = GROUPED | {
    "metric": "users",
    "group_by": "account",
    "group_by2": "info.plan",
    "previous": 2,
    "change": -0.25,
    "total": 3,
    "totals": [
        *(
            {
                "key": "acme",
                "name": "Acme Inc",
                "key2": "pro",
                "value": 2,
                "previous": 0,
                "change": None,
            },
        ),
        *({"key": "(other)", "key2": "(other)", "value": 1, "previous": 2, "change": -0.5},),
    ],
}
WEIGHTS: dict[str, Any] = GROUPED | {"metric": "weight_per_user", "guideline": 100}


def test_totals_are_named_after_what_they_hold() -> None:
    rows = metrics.chosen(GROUPED, over_time=False)

    assert rows == [{"action": "Logged in", "events": 1234}, {"action": "x\ny", "events": 1}]


def test_a_series_of_groups_has_moment_group_and_value() -> None:
    rows = metrics.chosen(GROUPED, over_time=True)

    assert rows[0] == {"at": "2026-11-01T00:00:00Z", "action": "Logged in", "events": 1234}


def test_names_and_the_period_before_stand_beside() -> None:
    rows = metrics.chosen(PAIRS, over_time=False)

    assert rows[0] == {
        "account": "acme",
        "info.plan": "pro",
        "name": "Acme Inc",
        "users": 2,
        "previous": 0,
        "change": None,
    }
    assert metrics.as_text(PAIRS, rows).splitlines() == [
        "account  info.plan  name      users  previous  change",
        "acme     pro        Acme Inc      2         0",
        "(other)  (other)                  1         2  -50.0%",
        "total                             3         2  -25.0%",
    ]


def test_a_table_ends_in_the_total_of_the_answer() -> None:
    text = metrics.as_text(GROUPED, metrics.chosen(GROUPED, over_time=False))

    assert text.splitlines() == [
        "action     events",
        "Logged in   1,234",
        "x\\ny            1",
        "total       1,235",
    ]


def test_a_terminal_shows_a_bar_for_each_group() -> None:
    text = metrics.as_text(GROUPED, metrics.chosen(GROUPED, over_time=False), drawn=True)

    assert text.splitlines()[1:] == [
        "Logged in   1,234  " + "█" * 30,
        "x\\ny            1  ▏",
        "total       1,235",
    ]


def test_a_terminal_shows_a_sparkline_for_each_series() -> None:
    text = metrics.as_text(GROUPED, metrics.chosen(GROUPED, over_time=True), drawn=True)

    assert text.splitlines()[-2:] == ["█▁  Logged in", "▁█  x\\ny"]


def test_days_are_written_without_their_midnight_and_hours_with_it() -> None:
    days = metrics.as_text(GROUPED, metrics.chosen(GROUPED, over_time=True))
    local = {**GROUPED["series"][0], "at": "2026-11-01T00:00:00+05:30"}
    hours = {**GROUPED, "interval": "hour", "series": [local]}

    assert days.splitlines()[1] == "2026-11-01  Logged in   1,234"
    hourly = metrics.as_text(hours, metrics.chosen(hours, over_time=True)).splitlines()
    assert hourly[1] == "2026-11-01T00:00+05:30  Logged in   1,234"


def test_without_numbers_the_table_is_a_total_of_nothing() -> None:
    empty = GROUPED | {"metric": "users", "group_by": None, "total": 0, "series": []}

    assert metrics.as_text(empty, [], drawn=True).splitlines() == ["at     users", "total      0"]


@pytest.mark.parametrize(("weight", "told"), [(101, True), (100, False), (None, False)])
def test_a_weight_above_the_guideline_is_told(
    weight: float | None, told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics.explain_answer(WEIGHTS, [{"at": "2026-11-01", "weight_per_user": weight}])

    assert ("guideline" in capsys.readouterr().err) == told


def test_the_sql_and_what_it_read_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    read = {"table": "days", "columns": ["day"], "files": 3}
    explained = {"sql": ["SELECT\n  1"], "tables": [read], "gets": 2, "bytes": 1500}

    metrics.explain_answer(GROUPED | {"explain": explained}, [{"events": 1}])

    assert capsys.readouterr().err.splitlines() == [
        "SELECT 1",
        "days: day of 3 files",
        "1,500 bytes in 2 GETs",
    ]
