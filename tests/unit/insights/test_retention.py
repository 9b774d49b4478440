"""Retention: against plain Python on random journeys and calendars, and on a few events."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.unit.insights import activity_world, journeys
from tests.unit.insights.journeys import BEGIN, Journeys, Meets
from waypost.errors import BadQuery
from waypost.insights import filters, retention, steps
from waypost.insights.retention import Cohort, Interval, Retention
from waypost.insights.whose import Side
from waypost.times import DAY_MS, HOUR_MS

UTC_ZONE = ZoneInfo("UTC")
# Lord Howe's clocks move by half an hour on 2024-10-06, in the middle of what happens.
HOWE, KOLKATA, NEW_YORK = map(ZoneInfo, ("Australia/Lord_Howe", "Asia/Kolkata", "America/New_York"))


def anything(_: object) -> bool:
    return True


@dataclass(frozen=True)
class Shape:
    """What begins a cohort and what is a return, as the product is asked and in Python."""

    given: dict[str, str]
    first: Meets = anything
    returning: Meets = anything
    among: Meets = anything


def is_a(event: journeys.Event) -> bool:
    return bool(event["action"] == "a")


def is_b(event: journeys.Event) -> bool:
    return bool(event["action"] == "b")


def is_pro(event: journeys.Event) -> bool:
    return bool(event["p:plan"] == "pro")


def is_anns(event: journeys.Event) -> bool:
    return bool(event["user_id"] == "u6")  # nobody else turned out to be this one


SHAPES = {
    "a filter of people": Shape({"filter": "user=u6"}, among=is_anns),
    "anything": Shape({}),
    "a return": Shape({"returning": "b"}, returning=is_b),
    "a first step": Shape({"first": "a"}, first=is_a),
    "both": Shape({"first": "a", "returning": "b"}, is_a, is_b),
    "a filter": Shape({"filter": "info.plan=pro"}, among=is_pro),
    "all of it": Shape(
        {"first": "a", "returning": "b", "filter": "info.plan=pro"}, is_a, is_b, is_pro
    ),
    "a filter and a return": Shape(
        {"returning": "b", "filter": "info.plan=pro"}, returning=is_b, among=is_pro
    ),
}


def asked(shape: Shape, interval: Interval = "day", **more: object) -> Retention:
    given = {"start": BEGIN + 5 * DAY_MS, "end": BEGIN + 18 * DAY_MS, "zone": UTC_ZONE}
    made = Retention(interval=interval, **given | more)  # type: ignore[arg-type]
    return replace(
        made,
        first=steps.read(shape.given["first"]) if "first" in shape.given else None,
        returning=steps.read(shape.given["returning"]) if "returning" in shape.given else None,
        filters=(filters.read(shape.given["filter"]),) if "filter" in shape.given else (),
    )


def expected(asked: Retention, shape: Shape, world: Journeys) -> dict[str, tuple[int, list[int]]]:
    """Sizes and returns by the first day of cohorts; of nothing else than local calendars."""
    here = replace(world, events=[each for each in world.events if shape.among(each)])
    places = _intervals(asked)
    cohorts: dict[str, tuple[int, list[int]]] = {
        place: (0, [0] * (len(places) - number)) for number, place in enumerate(places)
    }
    for events in here.by(asked.per).values():
        within = [each for each in events if _label(asked, each["time"]) in cohorts]
        within = [each for each in within if each["time"] < asked.end]
        begins = [each for each in within if shape.first(each)]
        if not begins or (asked.since_ever and begins[0] is not events[0]):
            continue
        begin = begins[0]["time"]
        cohort = _label(asked, begin)
        back = {
            places.index(_label(asked, each["time"])) - places.index(cohort)
            for each in within
            if shape.returning(each) and each["time"] >= begin
        }
        size, returned = cohorts[cohort]
        cohorts[cohort] = size + 1, [n + (k in back) for k, n in enumerate(returned)]
    return cohorts


def _intervals(asked: Retention) -> list[str]:
    """By steps of a quarter of an hour, so that nothing is known of days."""
    moments = range(asked.start, asked.end, HOUR_MS // 4)
    return list(dict.fromkeys(_label(asked, moment) for moment in moments))


def _label(asked: Retention, ms: int) -> str:
    local = datetime.fromtimestamp(ms / 1000, UTC).astimezone(asked.zone).date()
    if asked.interval == "month":
        local = local.replace(day=1)
    if asked.interval == "week":
        local -= timedelta(days=(local.weekday() - asked.week_start) % 7)
    return local.isoformat()


def told(asked: Retention, world: Journeys) -> dict[str, tuple[int, list[int]]]:
    cohorts = retention.answer(asked, "t", world.reader).cohorts
    return {_label(asked, each.at): (each.size, each.returned) for each in cohorts}


def differs(shape: Shape, seed: int, interval: Interval = "day", **more: object) -> bool:
    world = journeys.random(seed, unit=HOUR_MS // 2, span=24 * 48, events=80)
    question = asked(shape, interval, **more)
    return told(question, world) != expected(question, shape, world)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("per", ["person", "account"])
def test_everybody_comes_back_as_event_by_event(name: str, per: Side) -> None:
    assert not any(differs(SHAPES[name], seed, per=per) for seed in range(3))


@pytest.mark.parametrize("zone", [HOWE, KOLKATA, NEW_YORK], ids=str)
@pytest.mark.parametrize(("interval", "week_start"), [("day", 0), ("week", 6), ("month", 0)])
def test_days_weeks_and_months_are_those_of_the_zone(
    zone: ZoneInfo, interval: Interval, week_start: int
) -> None:
    given = {"zone": zone, "week_start": week_start, "start": BEGIN + 77 * HOUR_MS}

    assert not any(
        differs(SHAPES[name], seed, interval, **given)
        for seed, name in enumerate(("anything", "both", "a filter"))
    )


Bug = tuple[str, Callable[[str], str], str]
BUGS: dict[str, Bug] = {
    "who began earlier is in": (
        "_OF_ALL_TIME",
        lambda sql: sql.replace(
            "of_all.first, came", "greatest(of_all.first, $start) AS first, came"
        ).replace("of_all.first >= $start AND", ""),
        "anything",
    ),
    "the last activity begins": ("_CAME", lambda sql: sql.replace("min(", "max("), "a filter"),
    "all returns count": (
        "_AFTER_STEP",
        lambda sql: sql.replace("WHERE time >= first", ""),
        "both",
    ),
    "the first is a return": ("_AFTER_STEP", lambda sql: sql.replace("(c1)", "(c0)"), "both"),
    "cohorts end early": (
        "_RETURNED",
        lambda sql: sql.replace("GROUP", "AND place < 9 GROUP"),
        "both",
    ),
}


@pytest.mark.parametrize("bug", BUGS)
def test_the_comparison_catches(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, planted, shape = BUGS[bug]
    sql = getattr(retention, name)
    assert planted(sql) != sql
    monkeypatch.setattr(retention, name, planted(sql))

    assert any(differs(SHAPES[shape], seed) for seed in range(12))


def test_weeks_that_begin_on_another_day_are_caught() -> None:
    world = journeys.random(1, unit=HOUR_MS, span=24 * 24)
    question = asked(SHAPES["anything"], "week", week_start=6)

    assert told(replace(question, week_start=0), world) != expected(
        question, SHAPES["anything"], world
    )


def test_intervals_that_are_over_are_told_from_the_present_one() -> None:
    lake = activity_world.reader(days=[], seen=[])
    lake.complete_until = BEGIN + 2 * DAY_MS + 5

    answer = retention.answer(
        asked(SHAPES["anything"], "day", start=BEGIN, end=BEGIN + 4 * DAY_MS), "t", lake
    )

    assert [each.complete for each in answer.cohorts] == [2, 1, 0, 0]


@pytest.mark.parametrize("interval", ["day", "week", "month"])
def test_the_last_interval_is_over_at_its_end(interval: Interval) -> None:
    # Two months of Lord Howe's, with the half-hour of October 6 in one of them.
    span = {"start": BEGIN - 4 * DAY_MS, "end": BEGIN + 54 * DAY_MS, "zone": HOWE}
    question = asked(SHAPES["anything"], interval, **span)
    lake = activity_world.reader(days=[], seen=[])
    begins = question.buckets(question.start, question.end + 32 * DAY_MS).begins
    behind = min(begin for begin in begins if begin >= question.end)
    lake.complete_until = behind

    early, late = (
        retention.answer(replace(question, end=end), "t", lake).cohorts
        for end in (behind - 1, behind)
    )

    assert (early[-1].complete, late[-1].complete) == (0, 1)


def test_a_span_that_ends_within_an_interval_does_not_complete_it() -> None:
    lake = activity_world.reader(days=[], seen=[])
    lake.complete_until = BEGIN + 90 * DAY_MS
    span = {"start": BEGIN, "end": BEGIN + 8 * DAY_MS}

    answer = retention.answer(asked(SHAPES["anything"], "week", **span), "t", lake)

    assert [each.complete for each in answer.cohorts] == [1, 0]


def test_whole_days_of_utc_are_answered_from_the_days_alone() -> None:
    day = "2024-10-04"
    lake = activity_world.reader(
        days=[{"day": day, "user_id": "u1"}, {"day": "2024-10-05", "user_id": "u2"}],
        seen=[{"user_id": "u1", "first": BEGIN}, {"user_id": "u2", "first": BEGIN + DAY_MS}],
    )
    span = {"start": BEGIN, "end": BEGIN + 2 * DAY_MS}

    answer = retention.answer(asked(SHAPES["anything"], "day", **span), "t", lake)

    assert answer.cohorts == [Cohort(BEGIN, 1, [1, 1], 0), Cohort(BEGIN + DAY_MS, 0, [0], 0)]
    assert {"days", "seen"} <= lake.plans[0][1].tables.keys()
    assert "path" not in lake.plans[0][1].tables


def test_an_empty_span_has_no_cohorts() -> None:
    lake = activity_world.reader(days=[], seen=[])

    answer = retention.answer(asked(SHAPES["anything"], "day", start=BEGIN, end=BEGIN), "t", lake)

    assert answer.cohorts == []


def test_more_intervals_than_fit_are_refused() -> None:
    span = {"start": BEGIN, "end": BEGIN + 121 * DAY_MS}

    with pytest.raises(BadQuery, match="120"):
        retention.answer(asked(SHAPES["anything"], "day", **span), "t", activity_world.reader())
