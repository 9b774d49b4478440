"""Numbers over time are what a plain recount of the same events gives."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, get_args

import pytest

from tests.fakes import FakeReader
from tests.unit.insights.people_world import World, random_world
from tests.unit.insights.recount import Recount
from waypost import times
from waypost.insights import calendar, fields, measures, metrics, whose
from waypost.insights.asked_metrics import Question
from waypost.insights.calendar import Interval
from waypost.insights.measures import NAMED, Value
from waypost.insights.metrics import Answer
from waypost.insights.tabulated import MAX_POINTS
from waypost.times import DAY_MS, HOUR_MS

T = "t-1"
NOW = 1_796_000_000_000
UTC = calendar.zone("UTC")
METRICS = (
    *NAMED,
    *(f"{function}(info.amount)" for function in ("sum", "avg", "min", "max", "median")),
    "median(info.cart.total)",
)
BY = (
    *[(), ("action",), ("module",), ("account",), ("user",), ("source",), ("info.plan",)],
    *[("info.cart.total",), ("action", "account"), ("info.plan", "user")],
)
ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
_DAY, _HOUR = times.start_of_day, times.start_of_hour
SPANS = (
    (None, None),
    (_DAY("2026-11-02"), _DAY("2026-12-01")),
    (_DAY("2026-11-20"), None),
    (None, _HOUR("2026-11-20T13")),
    (_HOUR("2026-11-02T06") + 1_800_001, _HOUR("2026-11-30T12") + 1),
    (_HOUR("2026-11-01T04"), _HOUR("2026-11-03T05")),
)


def asked(metric: str = "events", *by: str, **more: Any) -> Question:
    measure = measures.measure(metric)
    listed = tuple(fields.field(name, "group_by") for name in by)
    return replace(Question(measure=measure, by=listed, zone=UTC), **more)


def answered(question: Question, reader: FakeReader) -> Answer:
    return metrics.answer(question, T, reader, NOW)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return random_world(7, tmp_path_factory.mktemp("tables"))


def every_question() -> Iterator[Question]:
    """Each metric by each group, each with another interval, zone and span than the one before."""
    dice = random.Random(5)
    for metric, by in itertools.product(METRICS, BY):
        start, end = dice.choice(SPANS)
        zone, week_start = calendar.zone(dice.choice(ZONES)), dice.randrange(7)
        interval: Interval = dice.choice(get_args(Interval))
        span = {"interval": interval, "start": start, "end": end, "week_start": week_start}
        yield asked(metric, *by, zone=zone, **span)


def near(value: Value) -> Any:
    return None if value is None else pytest.approx(value, abs=1e-6)


def check(answer: Answer, recount: Recount) -> None:
    """That an answer, without `top`, is the recount."""
    question, groups = recount.question, recount.groups()
    nothing = 0 if question.measure.from_zero else None
    begins = answer.span.begins
    points = {(point.keys, point.at): point.value for point in answer.series}
    assert answer.total.value == near(recount.total())
    if question.by:
        assert {total.keys for total in answer.totals} == set(groups)
    drawn = {point.keys for point in answer.series}
    assert len(points) == len(drawn) * len(begins)
    assert answer.truncated == (len(answer.totals) * len(begins) > MAX_POINTS)
    assert answer.truncated or not begins or len(drawn) == len(answer.totals)
    for total in answer.totals:
        events = groups.get(total.keys, [])
        cells = recount.cells(events)
        assert total.value == near(recount.value(events))
        for begin in begins if total.keys in drawn else ():
            value = cells.get(recount.shown(begin), nothing)
            assert points[total.keys, begin] == near(value), (total.keys, begin)
        known = [value for value in cells.values() if value is not None]
        count = len(begins) if question.measure.from_zero else len(known)
        assert total.average == near(sum(known) / count if count else None)


def test_every_metric_by_every_group_is_its_recount(world: World) -> None:
    for question in every_question():
        answer = answered(question, world.reader)

        check(answer, Recount(world, question, answer.span.start, answer.span.end))


@pytest.mark.parametrize("metric", METRICS)
def test_the_rest_of_the_groups_is_one_that_is_told_apart_like_them(
    world: World, metric: str
) -> None:
    question = asked(metric, "info.plan", "user", interval="week")
    whole = answered(question, world.reader)
    recount = Recount(world, question, whole.span.start, whole.span.end)

    answer = answered(replace(question, top=3, interval="week"), world.reader)

    assert answer.totals[:3] == whole.totals[:3]
    shown = {total.keys for total in answer.totals[:3]}
    rest = [e for keys, events in recount.groups().items() if keys not in shown for e in events]
    assert [total.keys for total in answer.totals[3:]] == [("(other)", "(other)")]
    assert answer.totals[3].value == near(recount.value(rest))
    cells = recount.cells(rest)
    for point in answer.series:
        if point.keys == ("(other)", "(other)"):
            nothing = 0 if question.measure.from_zero else None
            assert point.value == near(cells.get(recount.shown(point.at), nothing))
    assert (answer.total, answer.groups, answer.truncated) == (whole.total, whole.groups, False)


@pytest.mark.parametrize("by", [(), ("action",), ("account",)])
@pytest.mark.parametrize("metric", METRICS)
def test_beside_each_number_stands_that_of_the_period_before(
    world: World, metric: str, by: tuple[str, ...]
) -> None:
    span = {"start": _DAY("2026-11-16"), "end": _DAY("2026-11-30"), "interval": "week"}
    question = asked(metric, *by, compare=True, top=2 if by else None, **span)
    earlier = replace(question, start=_DAY("2026-11-02"), end=_DAY("2026-11-16"), top=None)

    answer = answered(question, world.reader)

    recount = Recount(world, earlier, _DAY("2026-11-02"), _DAY("2026-11-16"))
    nothing = 0 if question.measure.from_zero else None
    assert answer.total.previous == near(recount.total())
    shown = {total.keys for total in answer.totals}
    for total in answer.totals:
        groups = recount.groups().items()
        mine = [
            keys == total.keys or ("(other)" in total.keys and keys not in shown)
            for keys, _ in groups
        ]
        events = [e for (_, some), own in zip(groups, mine, strict=True) if own for e in some]
        cells = recount.cells(events)
        assert total.previous == near(recount.value(events) if events else nothing)
        for point in (point for point in answer.series if point.keys == total.keys):
            before = recount.shown(point.at - 14 * DAY_MS)
            assert point.previous == near(cells.get(before, nothing))


def test_a_join_that_loses_whom_nobody_knows_yet_is_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = whose.resolved

    monkeypatch.setattr(
        whose, "resolved", lambda *given: whole(*given).replace("LEFT JOIN", "JOIN")
    )

    answer = answered(asked("users"), world.reader)
    recount = Recount(world, asked("users"), answer.span.start, answer.span.end)
    with pytest.raises(AssertionError):
        check(answer, recount)


@pytest.mark.parametrize(
    ("metric", "by", "by_day", "by_hour"),
    [
        ("events", "", "totals_day", "totals"),
        ("weight", "action", "totals_day", "totals"),
        ("active_time", "account", "activity", "context"),
        ("events", "user", "activity", "props"),
        ("users", "", "days", "path"),
        ("users", "action", "path", "path"),
        ("sessions", "", "context", "context"),
        ("events", "info.plan", "props", "props"),
        ("events", "info.cart.total", "events", "events"),
        ("weight_per_user", "", "activity", "props"),
    ],
)
def test_the_smallest_table_that_knows_is_read(
    world: World, metric: str, by: str, by_day: str, by_hour: str
) -> None:
    def table(**more: Any) -> str:
        world.reader.plans.clear()
        answered(asked(metric, *filter(None, [by]), **more), world.reader)
        return next(iter(world.reader.plans[0][1].tables))

    day = {"start": _DAY("2026-11-20"), "end": _DAY("2026-11-21")}
    assert table(interval="week") == table(**day) == by_day
    assert table(interval="hour") == table(start=_HOUR("2026-11-20T12")) == by_hour
    assert table(zone=calendar.zone("America/New_York"), interval="month") == by_hour


def test_an_open_span_goes_from_the_first_day_of_activity_to_behind_the_last(
    world: World,
) -> None:
    berlin = calendar.zone("Europe/Berlin")

    answer = answered(asked("users", interval="month", zone=berlin), world.reader)

    moments = [event["time"] for event in world.events if event["kind"] is None]
    bounds = (answer.span.start, answer.span.end - 1)
    days = [calendar.local_date(at, berlin) for at in (min(moments), max(moments))]
    assert [calendar.local_date(at, berlin) for at in bounds] == days
    assert answer.span.start == calendar.midnight(days[0], berlin)


def test_beyond_a_thousand_groups_the_largest_are_shown_and_the_total_is_whole() -> None:
    rows = [
        {"day": "2026-11-30", "user_id": f"u{n:04d}", "events": 1 + (n == 1500)}
        for n in range(1501)
    ]

    answer = answered(asked("events", "user"), FakeReader(activity=rows))

    assert (len(answer.totals), len(answer.series), answer.groups) == (1000, 1000, 1501)
    assert [total.keys for total in answer.totals[:2]] == [("u1500",), ("u0000",)]
    assert (answer.total.value, answer.truncated) == (1502, True)


def first(hours: int) -> dict[str, Any]:
    return {"start": 0, "end": hours * HOUR_MS}


def hours(actions: list[str], many: int) -> FakeReader:
    """So many hours, in the first and last of which every action was done, the first one most."""
    return FakeReader(
        totals=[
            {"hour": hour * HOUR_MS, "action": action, "events": 10 - n}
            for n, action in enumerate(actions)
            for hour in (0, many - 1)
        ]
    )


def test_of_many_points_those_of_the_largest_groups_are_shown_whole() -> None:
    reader = hours(["a0", "a1", "a2", "a3", "a4"], 6000)

    answer = answered(asked("events", "action", interval="hour", **first(6000)), reader)

    assert [total.keys for total in answer.totals] == [("a0",), ("a1",), ("a2",), ("a3",), ("a4",)]
    assert {point.keys for point in answer.series} == {("a0",), ("a1",), ("a2",)}
    assert (len(answer.series), answer.truncated) == (18_000, True)


def test_a_long_key_takes_the_place_of_several_points() -> None:
    # A control character is written as six, so each of these is as large as thirteen points.
    long = ["\x01" * 200 + str(n) for n in range(3)]

    answer = answered(asked("events", "action", interval="hour", **first(1000)), hours(long, 1000))

    assert (len(answer.totals), answer.truncated) == (3, True)
    assert len({point.keys for point in answer.series}) == 1


def test_of_one_series_that_is_too_long_the_newest_points_are_shown() -> None:
    answer = answered(asked(interval="hour", **first(20_016)), hours(["a"], 20_016))

    assert (len(answer.series), answer.total.value, answer.truncated) == (20_000, 20, True)
    assert (answer.series[-1].at, answer.series[-1].value) == (20_015 * HOUR_MS, 10)


def test_of_one_group_with_a_huge_key_few_points_are_shown() -> None:
    answer = answered(
        asked("events", "action", interval="hour", **first(48)), hours(["a" * 200_000], 48)
    )

    assert [point.at for point in answer.series] == [n * HOUR_MS for n in range(39, 48)]
    assert answer.truncated


def test_hours_without_activity_are_zero_and_an_average_of_none_is_unknown() -> None:
    day = {"start": _DAY("2026-11-20"), "end": _DAY("2026-11-21"), "interval": "hour"}
    row = {"time": _HOUR("2026-11-20T05"), "user_id": "u", "count": 1, "p:amount": "3"}
    reader = FakeReader(props=[row])

    summed, mean = (
        answered(asked(f"{function}(info.amount)", **day), reader) for function in ("sum", "avg")
    )

    assert [point.value for point in summed.series] == [0] * 5 + [3] + [0] * 18
    assert [point.value for point in mean.series] == [None] * 5 + [3] + [None] * 18
    assert (summed.total.average, mean.total.average) == (0.125, 3)


@pytest.mark.parametrize(
    ("counts", "median"), [([1, 1], 5.5), ([1, 2], 10), ([3, 1], 1), ([2, 2], 5.5), ([1, 1000], 10)]
)
def test_what_counts_often_counts_as_often_in_a_median(counts: list[int], median: float) -> None:
    rows = [
        {"time": DAY_MS, "user_id": "u", "count": count, "p:amount": str(amount)}
        for count, amount in zip(counts, (1, 10), strict=True)
    ]

    answer = answered(asked("median(info.amount)"), FakeReader(props=rows))

    assert answer.total.value == median


def test_numbers_beyond_all_measure_are_unknown() -> None:
    rows = [
        {"time": DAY_MS, "user_id": "u", "count": 1, "p:amount": amount}
        for amount in ("1e308", "1e308", "1e400", "inf")
    ]

    answer = answered(asked("sum(info.amount)"), FakeReader(props=rows))

    assert (answer.total.value, answer.series[0].value) == (None, None)


def test_weight_is_summed_and_whole_numbers_stay_whole() -> None:
    day = {"day": "2026-11-30", "events": 1}
    thirds = FakeReader(totals_day=[day | {"weight": 0.1}, day | {"weight": 0.2}])
    halves = FakeReader(totals_day=[day | {"weight": 0.5}, day | {"weight": 0.5}])

    totals = [answered(asked("weight"), reader).total.value for reader in (thirds, halves)]

    assert [repr(total) for total in totals] == ["0.3", "1"]


def test_no_rows_are_no_numbers() -> None:
    answer = answered(asked("users", "action"), FakeReader())

    assert (answer.total.value, answer.totals, answer.series) == (0, [], [])
    assert not answer.truncated


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
@pytest.mark.parametrize("interval", get_args(Interval))
def test_the_ends_of_the_calendar_are_asked_for_without_harm(
    world: World, interval: Interval, zone: str
) -> None:
    where = calendar.zone(zone)
    ends = {"start": -(10**14), "end": 10**15, "interval": interval, "zone": where}

    answer = answered(asked("events", **ends), world.reader)

    assert answer.total.value == sum(e["count"] for e in world.events if e["kind"] is None)
    assert len(answer.series) <= MAX_POINTS
    if interval == "year":  # all of them fit
        shown = {point.at: point.value for point in answer.series if point.value}
        assert shown == {calendar.midnight(date(2026, 1, 1), where): answer.total.value}


def test_names_stand_beside_ids() -> None:
    row = {"day": "2026-11-30", "user_id": "u1", "events": 1}
    reader = FakeReader(
        activity=[row],
        who=[{"user_id": "u1", "person": "u1", "account": "acme"}],
        users=[{"id": "u1", "name": "Ann"}],
        accounts=[{"id": "acme", "name": "Acme Inc"}],
    )

    answer = answered(asked("events", "user", "account"), reader)

    assert answer.names == [{"u1": "Ann"}, {"acme": "Acme Inc"}]
