"""Funnels: against plain Python on random journeys, and what they say of a few events."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.unit.insights import activity_world, journeys
from tests.unit.insights.journeys import BEGIN, Event, Journeys, Meets
from waypost import times
from waypost.insights import attempts, filters, funnels, steps
from waypost.insights.funnels import Funnel, Reached, Stuck
from waypost.insights.steps import Step
from waypost.insights.whose import Side

SECOND = 1000


def did(action: str, plan: str | None = None) -> Meets:
    return lambda event: event["action"] == action and plan in {None, event["p:plan"]}


def on(plan: str) -> Meets:
    return lambda event: event["p:plan"] == plan


def anything(_: Event) -> bool:
    return True


@dataclass(frozen=True)
class Shape:
    """Steps as texts, and in Python; `apart`: no event can be two of them."""

    steps: tuple[Step, ...]
    meets: list[Meets]
    apart: bool = True


def of(*texts: str) -> tuple[Step, ...]:
    return tuple(map(steps.read, texts))


ABC = Shape(of("a", "b", "c"), [did("a"), did("b"), did("c")])
SHAPES = {
    "three actions": ABC,
    "the same action again": Shape(of("a", "a"), [did("a"), did("a")], apart=False),
    "with filters": Shape(
        of("a[info.plan=pro]", "b[info.plan=free]"), [did("a", "pro"), did("b", "free")]
    ),
    "one event may be both": Shape(of("a", "[info.plan=pro]"), [did("a"), on("pro")], apart=False),
    "of somebody": Shape(
        of("a[user=u6]", "b"),
        [lambda event: did("a")(event) and event["user_id"] == "u6", did("b")],
    ),
    "there and back": Shape(
        of("[action in a,b]", "[action in c,d]"),
        [lambda event: event["action"] in "ab", lambda event: event["action"] in "cd"],
    ),
}
FIRST_EVER = Shape((Step("First activity"), *of("b")), [anything, did("b")])


def asked(shape: Shape, **more: object) -> Funnel:
    span = {"start": BEGIN + 5 * SECOND, "end": BEGIN + 30 * SECOND, "window": 7 * SECOND}
    return Funnel(steps=shape.steps, **span | more)  # type: ignore[arg-type]


def told(funnel: Funnel, world: Journeys) -> object:
    answer = funnels.answer(funnel, "t", world.reader)
    return [replace(step, count=int(step.count)) for step in answer.steps], [
        replace(stuck, name=None) for stuck in answer.stuck
    ]


def differs(funnel: Funnel, shape: Shape, seed: int) -> bool:
    world = journeys.random(seed)
    return told(funnel, world) != journeys.funnel(world, funnel, shape.meets, shape.apart)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("per", ["person", "account"])
def test_everybody_comes_as_far_as_event_by_event(name: str, per: Side) -> None:
    shape = SHAPES[name]

    assert not any(differs(asked(shape, per=per), shape, seed) for seed in range(3))


@pytest.mark.parametrize("shape", [ABC, FIRST_EVER], ids=["of the span", "of all time"])
@pytest.mark.parametrize("per", ["person", "account"])
def test_the_first_attempt_alone_counts_where_that_is_asked(shape: Shape, per: Side) -> None:
    funnel = asked(shape, per=per, attempts="first", start=BEGIN + 1 * SECOND)

    assert not any(differs(funnel, shape, seed) for seed in range(3))


@pytest.mark.parametrize(("name", "few"), [("SLICE", 7), ("MOST_PLACES", 100_000)])
def test_many_are_followed_some_at_a_time(
    name: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, name, few)

    assert not any(differs(asked(ABC), ABC, seed) for seed in range(2))


Bug = Callable[[str], str]
BUGS: dict[str, tuple[str, Bug]] = {
    "the window has no end": ("_FURTHER", lambda sql: sql.replace("+ $window", "+ 9 * $window")),
    "the window ends too early": ("_FURTHER", lambda sql: sql.replace("<= before", "< before")),
    "steps in any order": ("_FURTHER", lambda sql: sql.replace("before.t{before}", "before.t0")),
    "the last attempt counts": ("_BEST", lambda sql: sql.replace("arg_min", "arg_max")),
    "the first attempt, how far ever": ("_BEST", lambda sql: sql.replace("= max(", "= min(")),
    "where they were stuck first": ("_BEST", lambda sql: sql.replace("max({last})", "min({last})")),
    "they are all one": ("_LIVES", lambda sql: sql.replace("{side} AS id", "'all' AS id")),
}


@pytest.mark.parametrize("bug", BUGS)
def test_the_comparison_catches(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, planted = BUGS[bug]
    home = funnels if hasattr(funnels, name) else attempts
    sql = getattr(home, name)
    assert planted(sql) != sql
    monkeypatch.setattr(home, name, planted(sql))

    assert any(differs(asked(ABC), ABC, seed) for seed in range(30))


def test_the_comparison_catches_attempts_that_begin_after_the_span(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unbound = {"all": attempts._ATTEMPTS["all"].replace("$first < $end", "$first > 0 AND $end > 0")}
    monkeypatch.setattr(attempts, "_ATTEMPTS", unbound)

    assert any(differs(asked(ABC), ABC, seed) for seed in range(30))


def test_filters_are_about_every_step() -> None:
    lake = activity_world.reader(
        {"action": "a", "source": "web"},
        {"action": "b", "source": "api", "time": BEGIN + 1},
        {"action": "b", "source": "web", "time": BEGIN + 3},
    )
    web = (filters.read("source=web"),)
    funnel = Funnel(steps=of("a", "b"), window=9, start=BEGIN, end=BEGIN + 1, filters=web)

    answer = funnels.answer(funnel, "t", lake)

    assert answer.steps[1] == Reached("b", 1, 0, (0.003, 0.003), (0.003, 0.003))


def test_who_is_stuck_has_a_name_and_the_newest_come_first() -> None:
    lake = activity_world.reader(
        {"action": "a", "user_id": "u1"},
        *({"action": "a", "user_id": f"x{number}", "time": BEGIN - number} for number in range(9)),
    )
    funnel = Funnel(steps=of("a", "b"), window=9, start=BEGIN - 5, end=BEGIN + 5, limit=2)

    answer = funnels.answer(funnel, "t", lake)

    assert answer.steps[0] == Reached("a", 7, 7)
    assert answer.stuck == [
        Stuck(1, "u2", "Ann", "silver ltd", BEGIN),
        Stuck(1, "x0", None, None, BEGIN),
    ]


def test_accounts_that_are_stuck_have_their_names() -> None:
    lake = activity_world.reader({"action": "a", "company_id": "acme"})
    funnel = Funnel(steps=of("a", "b"), window=9, start=BEGIN, end=BEGIN + 5, per="account")

    answer = funnels.answer(funnel, "t", lake)

    assert answer.stuck == [Stuck(1, "acme", "Acme Inc", "acme", BEGIN)]


def test_without_events_nobody_is_anywhere() -> None:
    funnel = Funnel(steps=of("a", "b"), window=9, start=BEGIN, end=BEGIN + 5)

    answer = funnels.answer(funnel, "t", activity_world.reader())

    assert answer.steps == [Reached("a", 0, 0), Reached("b", 0, 0)]
    assert answer.stuck == []


def test_moments_of_all_times_have_their_places() -> None:
    far = times.start_of_day("9998-12-31")
    lake = activity_world.reader(
        *({"action": "a", "user_id": f"x{number}", "time": number} for number in range(50)),
        {"action": "a", "user_id": "y", "time": far},
        {"action": "b", "user_id": "y", "time": far + 3},
    )
    funnel = Funnel(steps=of("a", "b"), window=9, start=0, end=far + 5)

    answer = funnels.answer(funnel, "t", lake)

    assert [step.count for step in answer.steps] == [51, 1]
    assert answer.stuck[0] == Stuck(1, "x49", None, None, 49)
