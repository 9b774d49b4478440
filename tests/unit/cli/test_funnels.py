"""A funnel and a matrix of cohorts as people read them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args, get_type_hints

import pytest
from typer.testing import CliRunner

from waypost.cli import connection, funnels, retention
from waypost.cli.app import app
from waypost.insights.attempts import Attempts
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


class _Client:
    def __init__(self) -> None:
        self.query: dict[str, Any] = {}

    def read(self, path: str, **query: Any) -> dict[str, Any]:
        self.query = {name: value for name, value in query.items() if value is not None}
        answer = FUNNEL if path == "funnels" else RETENTION
        return {"provisional": False, **answer}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> _Client:
    client = _Client()

    @contextmanager
    def reader(_: object) -> Iterator[_Client]:
        yield client

    monkeypatch.setattr(connection, "reader", reader)
    return client


def test_steps_are_asked_in_their_order(client: _Client) -> None:
    given = ["funnel", "Signed up", "a[page=/x]", "--filter", "source=web", "--window", "12h"]

    shown = CliRunner().invoke(app, [*given, "--from", "2026-11-01"])

    assert client.query == {
        "step": ["Signed up", "a[page=/x]"],
        "filter": ["source=web"],
        "window": "12h",
        "from": "2026-11-01",
        "per": "user",
    }
    assert shown.stdout.startswith('{"step":1,"name":"Signed up"')


def test_who_is_stuck_is_asked_for_alone(client: _Client) -> None:
    given = ["--preset", "time_to_value", "--goal", "Invited", "--stuck", "--csv"]

    shown = CliRunner().invoke(app, ["funnel", *given])

    assert client.query["goal"] == "Invited"
    assert shown.stdout.splitlines()[1] == "1,u_1,Ann,,2026-11-20 12:00:00"


def test_cohorts_by_steps_are_asked_for(client: _Client) -> None:
    given = ["--first", "Signed up", "--return", "Paid", "--last", "6m", "--csv"]

    shown = CliRunner().invoke(app, ["retention", *given])

    assert client.query == {
        "interval": "week",
        "per": "user",
        "first": "Signed up",
        "return": "Paid",
        "last": "6m",
    }
    assert shown.stdout.splitlines()[0] == "at,size,week_0,week_1"


def test_each_step_has_a_bar_beside_its_number() -> None:
    lines = funnels.as_text(FUNNEL, drawn=True).splitlines()

    assert [line.split() for line in lines[1:]] == [
        ["1", "Signed", "up", "1,200", "█" * 24, "100%", "100%", "900"],
        ["2", "Created\\nreport", "300", "█" * 6, "25%", "25%", "1.5m", "2h", "0"],
    ]


def test_where_nothing_is_drawn_no_bars_and_lines_are() -> None:
    lines = [*funnels.as_text(FUNNEL).splitlines(), *retention.as_text(RETENTION).splitlines()]

    assert "█" not in "".join(lines)
    assert lines[-2].split() == ["2026-11-09", "4", "100%", "25%~"]


def test_who_is_stuck_has_a_name() -> None:
    assert funnels.stuck_text(FUNNEL).splitlines() == [
        "after      at                 user  name  account",
        "Signed up  2026-11-20T12:00Z  u_1   Ann   -",
    ]


def test_cohorts_are_shares_that_may_still_grow_at_the_end() -> None:
    assert retention.as_text(RETENTION, drawn=True).splitlines() == [
        "week        accounts      0     1",
        "2026-11-09         4  █▃  100%  25%~",
        "2026-11-16         0",
    ]


def test_as_csv_cohorts_are_a_matrix() -> None:
    assert retention.matrix(RETENTION) == [
        {"at": "2026-11-09", "size": 4, "week_0": 4, "week_1": 1},
        {"at": "2026-11-16", "size": 0, "week_0": 0},
    ]


def test_the_choices_are_those_of_the_api() -> None:
    options = get_type_hints(funnels.funnel)

    assert set(get_args(options["preset"])) - {type(None)} <= {funnels.Preset}
    assert {"", *get_args(funnels.Preset)} == set(funnels_api.PRESETS)
    assert options["attempts"] == Attempts | None
