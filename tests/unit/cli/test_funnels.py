"""A funnel and a matrix of cohorts as people read them."""

from typing import Any, get_args, get_type_hints

from waypost.cli import funnels, retention
from waypost.insights.funnels import Attempts
from waypost.web.api import funnels as funnels_api

FUNNEL: dict[str, Any] = {
    "per": "user",
    "steps": [
        {
            "step": 1,
            "name": "Signed up",
            "count": 1200,
            "from_before": 1.0,
            "from_first": 1.0,
            "median_seconds": None,
            "p90_seconds": None,
            "stuck": 900,
        },
        {
            "step": 2,
            "name": "Created\nreport",
            "count": 300,
            "from_before": 0.25,
            "from_first": 0.25,
            "median_seconds": 90.0,
            "p90_seconds": 7200.0,
            "stuck": 0,
        },
    ],
    "stuck": [
        {
            "step": 1,
            "id": "u_1",
            "name": "Ann",
            "account": None,
            "at": "2026-11-20T12:00:00.000Z",
        }
    ],
}
RETENTION: dict[str, Any] = {
    "interval": "week",
    "per": "account",
    "cohorts": [
        {
            "at": "2026-11-09T00:00:00+01:00",
            "size": 4,
            "returned": [4, 1],
            "share": [1.0, 0.25],
            "complete": 1,
        },
        {
            "at": "2026-11-16T00:00:00+01:00",
            "size": 0,
            "returned": [0],
            "share": [None],
            "complete": 0,
        },
    ],
}


def test_each_step_has_a_bar_beside_its_number() -> None:
    lines = funnels.as_text(FUNNEL).splitlines()

    assert [line.split() for line in lines[1:]] == [
        ["1", "Signed", "up", "1,200", "█" * 24, "100%", "100%", "900"],
        ["2", "Created\\nreport", "300", "█" * 6, "25%", "25%", "1.5", "min", "2.0", "h", "0"],
    ]


def test_who_is_stuck_has_a_name() -> None:
    assert funnels.stuck_text(FUNNEL).splitlines() == [
        "after      at                 user  name  account",
        "Signed up  2026-11-20T12:00Z  u_1   Ann   -",
    ]


def test_cohorts_are_shares_that_may_still_grow_at_the_end() -> None:
    assert retention.as_text(RETENTION).splitlines() == [
        "week        accounts      0     1",
        "2026-11-09         4  █▃  100%  25%~",
        "2026-11-16         0",
    ]


def test_as_csv_cohorts_are_a_matrix() -> None:
    assert retention.matrix(RETENTION) == [
        {"at": "2026-11-09T00:00:00+01:00", "size": 4, "week_0": 4, "week_1": 1},
        {"at": "2026-11-16T00:00:00+01:00", "size": 0, "week_0": 0},
    ]


def test_the_choices_are_those_of_the_api() -> None:
    options = get_type_hints(funnels.funnel)

    assert set(get_args(options["preset"])) - {type(None)} <= {funnels.Preset}
    assert {"", *get_args(funnels.Preset)} == set(funnels_api.PRESETS)
    assert options["attempts"] == Attempts | None
