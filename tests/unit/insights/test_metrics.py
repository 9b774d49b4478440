"""Numbers over time are what a plain recount of the same events gives."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from tests.fakes import FakeReader
from tests.unit.insights.people_world import World, random_world
from waypost.insights import metrics, whose
from waypost.insights.metrics import Answer
from waypost.insights.queries import GroupBy, Interval, Metric, Query

T = "t-1"
NOW = 1_796_000_000_000
SPANS = {
    "all": (None, None),
    "days": (datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
    "from a day on": (datetime(2026, 11, 20, tzinfo=UTC), None),
    "up to an hour": (None, datetime(2026, 11, 20, 13, tzinfo=UTC)),
    # Hours count that begin within: the one of 06:30 does not, that of 12:00 does.
    "amid hours": (
        datetime(2026, 11, 2, 6, 30, tzinfo=UTC),
        datetime(2026, 11, 30, 12, 0, 1, tzinfo=UTC),
    ),
}


class Recount:
    """A query answered event by event."""

    def __init__(self, world: World, query: Query) -> None:
        self.world, self.query = world, query
        self.events = [event for event in world.events if self._counts(event)]

    @property
    def total(self) -> float:
        return self._value(self.events)

    def totals(self) -> list[tuple[str | None, float]]:
        totals = [(key, self._value(events)) for (key,), events in self._grouped(self._key).items()]
        return sorted(totals, key=lambda total: (-total[1], total[0] or ""))

    def series(self) -> list[tuple[str | None, datetime, float]]:
        cells = self._grouped(self._key, self._bucket)
        points = [(key, at, self._value(events)) for (key, at), events in cells.items()]
        return sorted(points, key=lambda point: (point[1], point[0] or ""))

    def _grouped(self, *keys: Callable[[Any], Any]) -> dict[Any, list[Any]]:
        groups: dict[Any, list[Any]] = defaultdict(list)
        for event in self.events:
            groups[tuple(key(event) for key in keys)].append(event)
        return groups

    def _counts(self, event: Any) -> bool:
        hour = _hour(event)
        late = self.query.end is not None and hour >= self.query.end
        early = self.query.start is not None and hour < self.query.start
        return event["kind"] is None and not early and not late

    def _value(self, events: list[Any]) -> float:
        match self.query.metric:
            case "events":
                return float(sum(event["count"] for event in events))
            case "weight":
                return round(sum((event["weight"] * event["count"] for event in events), 0.0), 6)
            case "active_time":
                return sum(event["active_ms"] or 0 for event in events) / 1000
            case "module_time":
                return sum(event["module_ms"] or 0 for event in events) / 1000
            case "users":
                return len({self.world.person(event) for event in events})
            case "accounts":
                return len({self.world.account(event) for event in events} - {None})
            case "sessions":
                return len({event["session"] for event in events} - {None})

    def _key(self, event: Any) -> str | None:
        match self.query.group_by:
            case "action":
                return event["action"] or "(no action)"
            case "module":
                return event["module"] or "(no module)"
            case "account":
                return self.world.account(event) or "(no account)"
            case "user":
                return self.world.person(event)
            case None:
                return None

    def _bucket(self, event: Any) -> datetime:
        hour = _hour(event)
        day = hour.replace(hour=0)
        starts = {
            "hour": hour,
            "day": day,
            "week": day - timedelta(days=day.weekday()),
            "month": day.replace(day=1),
        }
        return starts[self.query.interval]


def _hour(event: Any) -> datetime:
    return datetime.fromtimestamp(event["time"] // 3_600_000 * 3600, UTC)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return random_world(7, tmp_path_factory.mktemp("tables"))


def every_query() -> Iterator[Query]:
    """Each metric by each interval and group, each with another span than the one before."""
    kinds = itertools.product((*get_args(GroupBy), None), get_args(Metric), get_args(Interval))
    for (group, metric, interval), span in zip(
        kinds, itertools.cycle(SPANS.values()), strict=False
    ):
        yield Query(metric, interval, *span, group)


def agrees(answer: Answer, recount: Recount) -> bool:
    return (answer.total, answer.totals, answer.series) == (
        *(recount.total, recount.totals(), recount.series()),
    )


def test_every_metric_by_every_interval_and_group_is_its_recount(world: World) -> None:
    for query in every_query():
        answer = metrics.answer(query, T, world.reader, NOW)

        assert agrees(answer, Recount(world, query)), query


def test_a_join_that_loses_whom_nobody_knows_yet_is_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = Query("users", "day")
    whole = whose.resolved

    monkeypatch.setattr(
        whose, "resolved", lambda *given: whole(*given).replace("LEFT JOIN", "JOIN")
    )

    assert not agrees(metrics.answer(query, T, world.reader, NOW), Recount(world, query))


def test_an_open_span_goes_from_the_first_day_of_activity_to_behind_the_last(
    world: World,
) -> None:
    answer = metrics.answer(Query("users", "month"), T, world.reader, NOW)

    times = [event["time"] for event in world.events if event["kind"] is None]
    first, last = (datetime.fromtimestamp(at / 1000, UTC) for at in (min(times), max(times)))
    assert answer.start.date() == first.date()
    assert answer.end.date() == last.date() + timedelta(days=1)


def test_beyond_a_thousand_groups_the_largest_are_shown_and_the_total_is_whole() -> None:
    rows = [
        {"day": "2026-11-30", "user_id": f"u{n:04d}", "events": 1 + (n == 1500)}
        for n in range(1501)
    ]

    answer = metrics.answer(
        Query("events", "day", group_by="user"), T, FakeReader(activity=rows), NOW
    )

    assert (len(answer.totals), len(answer.series)) == (1000, 1000)
    assert answer.totals[:2] == [("u1500", 2), ("u0000", 1)]
    assert (answer.total, answer.truncated) == (1502, True)


def test_of_many_points_those_of_the_largest_groups_are_shown_whole() -> None:
    rows = [
        {"hour": hour * 3_600_000, "action": f"a{n}", "events": 10 - n}
        for n in range(5)
        for hour in range(6000)
    ]

    answer = metrics.answer(
        Query("events", "hour", group_by="action"), T, FakeReader(totals=rows), NOW
    )

    assert [key for key, _ in answer.totals] == ["a0", "a1", "a2"]
    assert (len(answer.series), answer.truncated) == (18_000, True)


def test_long_keys_take_the_place_of_several_points() -> None:
    rows = [
        {"hour": hour * 3_600_000, "action": "\x01" * 200 + str(n), "events": 1}
        for n in range(3)
        for hour in range(1000)
    ]

    answer = metrics.answer(
        Query("events", "hour", group_by="action"), T, FakeReader(totals=rows), NOW
    )

    # A control character is written as six, so each of these is as large as thirteen points.
    assert (len(answer.totals), answer.truncated) == (1, True)


def test_of_one_series_that_is_too_long_the_newest_points_are_shown() -> None:
    rows = [{"hour": hour * 3_600_000, "events": 1} for hour in range(20_005)]

    answer = metrics.answer(Query("events", "hour"), T, FakeReader(totals=rows), NOW)

    assert (len(answer.series), answer.total, answer.truncated) == (20_000, 20_005, True)
    assert answer.series[-1][1] == datetime.fromtimestamp(20_004 * 3600, UTC)


def test_weight_is_summed_and_whole_numbers_stay_whole() -> None:
    day = {"day": "2026-11-30"}
    thirds = FakeReader(totals_day=[day | {"weight": 0.1}, day | {"weight": 0.2}])
    halves = FakeReader(totals_day=[day | {"weight": 0.5}, day | {"weight": 0.5}])

    totals = [
        metrics.answer(Query("weight", "day"), T, reader, NOW).total for reader in (thirds, halves)
    ]

    assert [repr(total) for total in totals] == ["0.3", "1"]


def test_no_rows_are_no_numbers() -> None:
    answer = metrics.answer(Query("users", "day"), T, FakeReader(), NOW)

    assert (answer.total, answer.totals, answer.series) == (0, [], [])
    assert not answer.truncated


def test_the_ends_of_the_calendar_are_asked_for_without_harm(world: World) -> None:
    ends = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))

    answer = metrics.answer(Query("events", "hour", *ends), T, world.reader, NOW)

    assert answer.total == Recount(world, Query("events", "hour")).total
