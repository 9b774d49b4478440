"""Paths over the API: what came next and before, as people ask it."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from tests.fakes import FakeReader, FakeTenants
from tests.unit.insights import activity_world
from waypost import times
from waypost.errors import BadQuery
from waypost.insights.ports import QuestionStores
from waypost.times import DAY_MS
from waypost.web import csv_answers
from waypost.web.api import paths
from waypost.web.api.paths import Path, PathsAnswer
from waypost.web.asking import Parameters

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
AT = NOW - 3 * DAY_MS
HOSTILE = ["'; DROP TABLE path; --", '"', "$v0", "{rows}", "a" * 20_000, "\x01", "a\0b", "🦆\u202e"]


def did(action: str, seconds: float, user: str | None = "u2", **more: Any) -> dict[str, Any]:
    return {"action": action, "time": AT + round(seconds * 1000), "user_id": user, **more}


def saw(page: str | None, seconds: float, **more: Any) -> dict[str, Any]:
    return did("page.visit", seconds, page=page, source="synerise", **more)


def ask(
    lake: FakeReader, query: Mapping[str, str | list[str]] | None = None, **more: str
) -> PathsAnswer:
    given = {**(query or {}), **more}
    lists = {name: [value] if isinstance(value, str) else value for name, value in given.items()}
    return paths.answer("t", Parameters(lists), QuestionStores(FakeTenants(), lake, lambda: NOW))


def iso(seconds: float) -> str:
    return times.iso(AT + round(seconds * 1000))


def after(answer: PathsAnswer) -> list[tuple[str, int]]:
    return [(path.key, path.count) for path in answer.after]


def before(answer: PathsAnswer) -> list[tuple[str, int]]:
    return [(path.key, path.count) for path in answer.before]


def test_a_path_is_answered_with_its_question() -> None:
    lake = activity_world.reader(
        did("Logged in", 0), did("Exported", 90), did("Logged out", 100), did("Exported", 0, "u7")
    )

    answer = ask(lake, {"action": "Exported", "timezone": "Asia/Kolkata"})

    assert msgspec.to_builtins(answer) == {
        "by": "action",
        "anchor": 'action in ["Exported"]',
        "window": "30m",
        "from": "2026-10-22T00:00:00+05:30",
        "to": "2026-11-21T00:00:00+05:30",
        "timezone": "Asia/Kolkata",
        "count": 2,
        "users": 2,
        "before": [
            {"key": "(nothing)", "count": 1, "share": 0.5, "users": 1},
            {"key": "Logged in", "count": 1, "share": 0.5, "users": 1, "median_seconds": 90.0},
        ],
        "after": [
            {"key": "(nothing)", "count": 1, "share": 0.5, "users": 1},
            {"key": "Logged out", "count": 1, "share": 0.5, "users": 1, "median_seconds": 10.0},
        ],
        "complete_until": "1970-01-01T00:00:00.000Z",
        "provisional": False,
    }


def test_what_a_customer_saw_next() -> None:
    lake = activity_world.reader(
        saw("/pricing", 0),
        did("Clicked", 5, page=None),
        saw("/signup", 10),
        saw("/pricing", 20),
        saw("/docs", 25),
        saw("/pricing", 30),
        saw("/docs", 31),
    )

    answer = ask(lake, by="page", page="/pricing")

    assert after(answer) == [("/docs", 2), ("/signup", 1)]
    assert before(answer) == [("(nothing)", 1), ("/docs", 1), ("/signup", 1)]


def test_what_a_customer_did_next_is_told_of_the_person_that_two_users_are_now() -> None:
    lake = activity_world.reader(did("Saw an ad", 0, "u1"), did("Signed up", 10, "u2"))

    assert after(ask(lake, action="Saw an ad")) == [("Signed up", 1)]


def test_the_same_again_is_a_step_like_any_other() -> None:
    lake = activity_world.reader(did("a", 0), did("a", 1), did("b", 2))

    answer = ask(lake, action="a")

    assert after(answer) == [("a", 1), ("b", 1)]
    assert answer.count == 2


def test_what_happened_at_one_moment_follows_by_name() -> None:
    lake = activity_world.reader(did("c", 0), did("b", 0), did("a", 0))

    answers = [ask(lake, action=action) for action in ("a", "b", "c")]

    assert [after(answer) for answer in answers] == [[("b", 1)], [("c", 1)], [("(nothing)", 1)]]


def test_a_neighbour_is_at_most_a_window_away() -> None:
    lake = activity_world.reader(did("a", 0), did("b", 60))

    assert after(ask(lake, action="a", window="60s")) == [("b", 1)]
    assert after(ask(lake, action="a", window="59s")) == [("(nothing)", 1)]


def test_neighbours_of_the_span_are_counted_and_anchors_outside_are_not() -> None:
    lake = activity_world.reader(did("a", -10), did("a", 0), did("b", 10), did("a", 11))

    answer = ask(lake, {"action": "a", "from": iso(0), "to": iso(5)})

    assert (answer.count, before(answer), after(answer)) == (1, [("a", 1)], [("b", 1)])


def test_steps_of_a_path_end_where_the_window_does() -> None:
    lake = activity_world.reader(did("a", 0), did("b", 60), did("c", 120), did("d", 1000))

    answer = ask(lake, action="a", steps="3", window="2m")

    assert answer.after == [Path("b", 1, 1.0, 1, 120.0, ["c"])]


def test_steps_before_are_told_backwards() -> None:
    lake = activity_world.reader(did("a", 0), did("b", 1), did("c", 2))

    assert ask(lake, action="c", steps="2").before == [Path("b", 1, 1.0, 1, 2.0, ["a"])]


def test_shares_add_up_to_one_with_the_paths_that_are_not_told() -> None:
    events = [did("a" if n % 2 == 0 else f"x{n}", n) for n in range(20)]

    answer = ask(activity_world.reader(*events), action="a", top="3")

    assert after(answer) == [("x1", 1), ("x11", 1), ("x13", 1), ("(other)", 7)]
    assert sum(path.share for path in answer.after) == pytest.approx(1)


def test_an_anchor_may_be_a_step_with_filters() -> None:
    lake = activity_world.reader(
        did("Exported", 0, module="Billing"),
        did("b", 1),
        did("Exported", 2, module="Reports"),
        did("c", 3),
    )

    assert after(ask(lake, anchor="Exported[module=Reports]")) == [("c", 1)]
    assert after(ask(lake, anchor="[account.trait.tier=silver][module exists]")) == [
        ("b", 1),
        ("c", 1),
    ]


def test_several_values_are_one_anchor() -> None:
    lake = activity_world.reader(did("a", 0), did("b", 1), did("c", 2))

    assert after(ask(lake, {"action": ["a", "b"]})) == [("b", 1), ("c", 1)]


def test_what_filters_leave_out_is_no_neighbour() -> None:
    lake = activity_world.reader(
        did("a", 0, source="script"), did("bot", 1, source="api"), did("b", 2, source="script")
    )

    assert after(ask(lake, action="a", source="script")) == [("b", 1)]


@pytest.mark.parametrize(
    ("by", "value", "following"),
    [("module", "Billing", "Reports"), ("info.step", "1", "2"), ("metadata.step", "1", "2")],
)
def test_steps_are_told_by_any_field_and_events_without_it_are_passed_over(
    by: str, value: str, following: str
) -> None:
    lake = activity_world.reader(
        did("a", 0, module="Billing", properties='{"step":1}'),
        did("b", 1),
        did("c", 2, module="Reports", properties='{"step":2}'),
        props=[
            did("a", 0) | {"p:step": "1"},
            did("b", 1) | {"p:step": None},
            did("c", 2) | {"p:step": "2"},
        ],
    )

    assert after(ask(lake, {"by": by, by: value})) == [(following, 1)]


def test_nobody_walks_without_a_user() -> None:
    lake = activity_world.reader(did("a", 0, None), did("b", 1, None))

    assert (ask(lake, action="a").count, ask(lake, action="a").after) == (0, [])


def test_csv_has_a_row_per_path_of_either_side() -> None:
    lake = activity_world.reader(did("a", 0), did("b", 1), did("c", 3), did("d", 3))

    answer = ask(lake, action="b", steps="2")

    assert csv_answers.text([answer]).splitlines() == [
        "side,key,then,count,share,users,median_seconds",
        "before,a,,1,1.0,1,1.0",
        "after,c,d,1,1.0,1,2.0",
    ]


def test_the_sql_and_what_it_read_are_shown_where_that_is_asked() -> None:
    answer = ask(activity_world.reader(), action="a", explain="true")

    assert answer.explain
    assert {table.table for table in answer.explain.tables} == {"path", "who"}


@pytest.mark.parametrize("action", HOSTILE)
def test_an_action_of_any_name_is_a_step_and_an_anchor(action: str) -> None:
    lake = activity_world.reader(did("a", 0), did(action, 1))

    assert after(ask(lake, action="a")) == [(action, 1)]
    assert before(ask(lake, action=action)) == [("a", 1)]


@pytest.mark.parametrize("field", ["info.'", "info.a.0.b~/c", 'info."', "info.{}", "info.$v0"])
def test_steps_by_a_property_of_any_name_are_none_where_nothing_has_it(field: str) -> None:
    answer = ask(activity_world.reader(did("a", 0)), {"by": field, field: "x"})

    assert (answer.count, answer.after) == (0, [])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "action"),
        ({"by": "page", "action": "a"}, "page"),
        ({"by": "user", "user": "ann"}, "by"),
        ({"by": "trait.role", "trait.role": "x"}, "by"),
        ({"by": "pages", "page": "x"}, "by"),
        ({"action": "a", "anchor": "b"}, "anchor"),
        ({"anchor": "a[x"}, "anchor"),
        ({"action": "a", "window": "30"}, "window"),
        ({"action": "a", "window": "2d"}, "window"),
        ({"action": "a", "steps": "4"}, "steps"),
        ({"action": "a", "top": "0"}, "top"),
        ({"action": "a", "depth": "2"}, "depth"),
        ({"action": "a", "from": "2026-13-01"}, "from"),
    ],
)
def test_what_is_no_path_is_refused_by_name(query: dict[str, str | list[str]], field: str) -> None:
    with pytest.raises(BadQuery) as refused:
        ask(activity_world.reader(), query)

    assert refused.value.body()["field"] == field


@pytest.mark.parametrize(
    "query",
    [
        {"from": "0001-01-01", "to": "0001-01-02"},
        {"from": "9999-12-30", "to": "9999-12-31"},
        {"to": "1970-01-01"},
    ],
)
def test_the_ends_of_time_are_a_span_in_which_nothing_happened(query: dict[str, str]) -> None:
    answer = ask(activity_world.reader(did("a", 0)), {"action": "a", **query})

    assert (answer.count, answer.after) == (0, [])
