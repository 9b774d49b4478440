"""Funnels over the API: a question in a query, and what the vendors' documents ask."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from tests.fakes import FakeReader, FakeTenants
from tests.unit.insights import activity_world
from waypost import times
from waypost.errors import BadQuery
from waypost.insights.ports import QuestionStores
from waypost.sources import moesif, moesif_calls
from waypost.times import DAY_MS, HOUR_MS
from waypost.web import csv_answers
from waypost.web.api import funnels
from waypost.web.api.funnels import FunnelAnswer, FunnelStep
from waypost.web.asking import Parameters

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
SIGNED_UP, CALLED = "Signed Up", "GET /hello/{id}"


def did(action: str, days_ago: float, user: str = "u2", **more: Any) -> dict[str, Any]:
    time = NOW - int(days_ago * DAY_MS)
    return {"action": action, "time": time, "user_id": user, "source": "moesif", **more}


def ask(
    lake: FakeReader, query: Mapping[str, str | list[str]] | None = None, **more: str
) -> FunnelAnswer:
    given = {**(query or {}), **more}
    lists = {name: [value] if isinstance(value, str) else value for name, value in given.items()}
    return funnels.answer("t", Parameters(lists), QuestionStores(FakeTenants(), lake, lambda: NOW))


def steps_of(answer: FunnelAnswer) -> list[FunnelStep]:
    assert answer.steps is not UNSET
    return answer.steps


def test_a_funnel_is_answered_with_its_question() -> None:
    lake = activity_world.reader(did("a", 3), did("b", 2), did("a", 1, "u7"))

    answer = ask(lake, {"step": ["a", "b"], "from": "2026-11-01", "timezone": "Asia/Kolkata"})

    assert msgspec.to_builtins(answer) == {
        "per": "user",
        "window": "7d",
        "attempts": "all",
        "from": "2026-11-01T00:00:00+05:30",
        "to": "2026-11-21T00:00:00+05:30",
        "timezone": "Asia/Kolkata",
        "conversion": 0.5,
        "stuck": [
            {
                "step": 1,
                "id": "u7",
                "name": None,
                "account": None,
                "at": "2026-11-19T12:00:00.000Z",
            }
        ],
        "steps": [
            {
                "step": 1,
                "name": "a",
                "count": 2,
                "from_before": 1.0,
                "from_first": 1.0,
                "median_seconds": None,
                "p90_seconds": None,
                "median_seconds_from_first": None,
                "p90_seconds_from_first": None,
                "stuck": 1,
            },
            {
                "step": 2,
                "name": "b",
                "count": 1,
                "from_before": 0.5,
                "from_first": 0.5,
                "median_seconds": 86400.0,
                "p90_seconds": 86400.0,
                "median_seconds_from_first": 86400.0,
                "p90_seconds_from_first": 86400.0,
                "stuck": 0,
            },
        ],
        "complete_until": "1970-01-01T00:00:00.000Z",
        "provisional": False,
    }


def test_time_to_first_hello_world_is_from_sign_up_to_the_first_api_call() -> None:
    lake = activity_world.reader(
        did("GET /docs", 21),
        did(SIGNED_UP, 20),
        did("Viewed Docs", 19),
        did(CALLED, 18),
        did("POST /hello", 2),
        did(SIGNED_UP, 10, "u7"),
        did(CALLED, 9, "u7", source="segment"),
    )

    answer = ask(lake, preset="time_to_first_hello_world")

    assert [(step.name, step.count) for step in steps_of(answer)] == [
        (SIGNED_UP, 2),
        ("First API call", 1),
    ]
    assert steps_of(answer)[1].median_seconds == 2 * DAY_MS / 1000
    assert [stuck.id for stuck in answer.stuck] == ["u7"]


def test_the_first_hello_world_is_a_call_as_moesif_reports_it() -> None:
    call = {
        "request": {"verb": "GET", "uri": "https://api.acme.com/hello/42", "time": times.iso(NOW)},
        "response": {"status": 200},
        "user_id": "x2",
    }
    (event,) = moesif_calls.events(msgspec.json.encode(call), NOW).events
    called = {"action": event.action, "time": event.time, "source": moesif.SOURCE}
    lake = activity_world.reader(did(SIGNED_UP, 1), {"user_id": "u2", **called})

    answer = ask(lake, preset="time_to_first_hello_world")

    assert steps_of(answer)[1].median_seconds == DAY_MS / 1000


def test_time_to_first_hello_world_by_company_and_with_a_call_of_ones_own() -> None:
    lake = activity_world.reader(
        did("Registered", 5, company_id="acme"), did("GET /v2/ping", 4, "u9", company_id="acme")
    )

    answer = ask(
        lake,
        preset="time_to_first_hello_world",
        per="account",
        start="Registered",
        goal="[action contains /ping]",
    )

    assert [step.count for step in steps_of(answer)] == [1, 1]
    assert steps_of(answer)[1].median_seconds == DAY_MS / 1000


def test_time_to_value_is_from_the_first_activity_of_all_to_the_goal() -> None:
    events = [did("a", 50), did("Invited", 40), did("a", 30, "old"), did("Invited", 20, "old")]
    first = [
        {"user_id": "u2", "first": NOW - 50 * DAY_MS},
        {"user_id": "old", "first": NOW - 400 * DAY_MS},
    ]
    lake = activity_world.reader(*events, seen=first)

    answer = ask(lake, preset="time_to_value", goal="Invited")

    assert [(step.name, step.count) for step in steps_of(answer)] == [
        ("First activity", 1),
        ("Invited", 1),
    ]
    assert steps_of(answer)[1].median_seconds == 10 * DAY_MS / 1000


def test_a_goal_that_was_the_first_thing_took_no_time() -> None:
    first = [{"user_id": "u2", "first": NOW - DAY_MS}]

    answer = ask(
        activity_world.reader(did("Invited", 1), seen=first), preset="time_to_value", goal="Invited"
    )

    assert steps_of(answer)[1].median_seconds == 0


def test_with_filters_time_to_value_begins_with_the_first_event_of_the_span_that_meets_them() -> (
    None
):
    lake = activity_world.reader(
        did("a", 50, module="x"), did("a", 49, module="y"), did("Invited", 40, module="y")
    )

    answer = ask(lake, preset="time_to_value", goal="Invited", module="y")

    assert steps_of(answer)[1].median_seconds == 9 * DAY_MS / 1000


def test_ninety_days_are_asked_about_unless_more_is_said() -> None:
    lake = activity_world.reader(did("a", 91), did("a", 88, "u7"))

    answer = ask(lake, {"step": ["a", "b"]})

    assert (answer.start, answer.end) == ("2026-08-23T00:00:00Z", "2026-11-21T00:00:00Z")
    assert steps_of(answer)[0].count == 1


def test_a_step_may_come_after_the_span_within_the_window() -> None:
    lake = activity_world.reader(did("a", 10), did("b", 4))

    answer = ask(lake, {"step": ["a", "b"]}, to=times.iso(NOW - 9 * DAY_MS))

    assert steps_of(answer)[1].count == 1


@pytest.mark.parametrize(("window", "hours"), [("30m", 0.5), ("12h", 12), ("2w", 336)])
def test_the_window_is_as_long_as_it_says(window: str, hours: float) -> None:
    within, late = (
        activity_world.reader(did("a", 20), {**did("b", 0), "time": NOW - 20 * DAY_MS + length})
        for length in (int(hours * HOUR_MS), int(hours * HOUR_MS) + 1)
    )

    answers = [ask(lake, {"step": ["a", "b"]}, window=window) for lake in (within, late)]

    assert [steps_of(answer)[1].count for answer in answers] == [1, 0]


def test_csv_has_a_row_per_step() -> None:
    answer = ask(activity_world.reader(did("a", 3)), {"step": ["a", "b"]})

    lines = csv_answers.text([answer]).splitlines()

    assert lines[1] == "1,a,1,1.0,1.0,,,,,1"


def test_csv_of_who_is_stuck_has_a_row_for_each() -> None:
    answer = ask(activity_world.reader(did("a", 3)), {"step": ["a", "b"]}, rows="stuck")

    lines = csv_answers.text([answer]).splitlines()

    assert lines == ["step,id,name,account,at", "1,u2,Ann,silver ltd,2026-11-17 12:00:00"]


def test_the_sql_and_what_it_read_are_shown_where_that_is_asked() -> None:
    answer = ask(activity_world.reader(), {"step": ["a", "b"]}, explain="true")

    assert answer.explain
    assert "path" in {table.table for table in answer.explain.tables}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "step"),
        ({"step": "a"}, "step"),
        ({"step": ["a"] * 11}, "step"),
        ({"step": ["a", "b["]}, "step"),
        ({"step": ["a", "b"], "window": "7"}, "window"),
        ({"step": ["a", "b"], "window": "999999w"}, "window"),
        ({"step": ["a", "b"], "window": "0d"}, "window"),
        ({"step": ["a", "b"], "per": "users"}, "per"),
        ({"step": ["a", "b"], "attempts": "best"}, "attempts"),
        ({"step": ["a", "b"], "limit": "-1"}, "limit"),
        ({"step": ["a", "b"], "goal": "c"}, "goal"),
        ({"step": ["a", "b"], "preset": "time_to_value"}, "preset"),
        ({"preset": "time_to_valu"}, "preset"),
        ({"preset": "time_to_value"}, "goal"),
        ({"preset": "time_to_value", "goal": "a[x"}, "goal"),
        ({"steps": ["a", "b"]}, "step"),
        ({"step": ["a", "b"], "windw": "7d"}, "windw"),
    ],
)
def test_what_is_no_funnel_is_refused_by_name(
    query: dict[str, str | list[str]], field: str
) -> None:
    with pytest.raises(BadQuery) as refused:
        ask(activity_world.reader(), query)

    assert refused.value.body()["field"] == field


@pytest.mark.parametrize(
    "action",
    ["'; DROP TABLE path; --", '"', "$v0", "x{rows}", "a" * 20_000, "\x01\x7f", "a\0b", "🦆\u202e"],
)
def test_an_action_of_any_name_is_a_step(action: str) -> None:
    answer = ask(activity_world.reader(did("a", 2), did(action, 1)), {"step": ["a", action]})

    assert steps_of(answer)[1].count == 1


@pytest.mark.parametrize(
    "step",
    [
        "[info.'=$1]",
        "[info.a.0.b~/c>=1e308]",
        "[trait.x\n=1]",
        "[session in " + ",".join(map(str, range(1000))) + "]",
        '{"action":"a","filters":["info.{}.[]=\\u0000"]}',
    ],
)
def test_strange_filters_of_a_step_find_nobody(step: str) -> None:
    answer = ask(activity_world.reader(did("a", 2), did("b", 1)), {"step": ["a", step]})

    assert [each.count for each in steps_of(answer)] == [1, 0]


@pytest.mark.parametrize(
    "step", ['{"action":"\\ud800"}', '{"filters":[{"field":"info.\\udfff","value":1}]}']
)
def test_half_a_character_is_refused(step: str) -> None:
    with pytest.raises(BadQuery) as refused:
        ask(activity_world.reader(), {"step": ["a", step]})

    assert refused.value.body()["field"] == "step"
