"""Buckets begin and end where people's calendars and clocks say so."""

import random
import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from waypost.errors import BadQuery
from waypost.insights import calendar
from waypost.insights.calendar import Buckets, Interval
from waypost.times import DAY_MS, HOUR_MS

SUNDAY = 6


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def asked(interval: Interval, first: str, end: str, zone: str, week_start: int = 0) -> Buckets:
    where = calendar.zone(zone)
    start, stop = (calendar.moment(text, "from", where) for text in (first, end))
    return calendar.buckets(interval, start, stop, where, week_start)


# interval, zone, from, to, and the begins of the buckets as clocks there show them
BEGINS: list[tuple[Interval, str, str, str, list[str]]] = [
    (
        "day",
        "UTC",
        "2028-02-28",
        "2028-03-02",
        ["2028-02-28T00:00Z", "2028-02-29T00:00Z", "2028-03-01T00:00Z"],
    ),
    (  # clocks go forward: the eighth has 23 hours
        "day",
        "America/New_York",
        "2026-03-07",
        "2026-03-10",
        ["2026-03-07T00:00-05:00", "2026-03-08T00:00-05:00", "2026-03-09T00:00-04:00"],
    ),
    (  # clocks go back: the first has 25 hours
        "day",
        "America/New_York",
        "2026-11-01",
        "2026-11-03",
        ["2026-11-01T00:00-04:00", "2026-11-02T00:00-05:00"],
    ),
    (
        "day",
        "Asia/Kolkata",
        "2026-01-01",
        "2026-01-03",
        ["2026-01-01T00:00+05:30", "2026-01-02T00:00+05:30"],
    ),
    (  # half an hour of summer
        "day",
        "Australia/Lord_Howe",
        "2026-10-03",
        "2026-10-06",
        ["2026-10-03T00:00+10:30", "2026-10-04T00:00+10:30", "2026-10-05T00:00+11:00"],
    ),
    (  # midnight is skipped
        "day",
        "America/Sao_Paulo",
        "2018-11-03",
        "2018-11-06",
        ["2018-11-03T00:00-03:00", "2018-11-04T01:00-02:00", "2018-11-05T00:00-02:00"],
    ),
    (  # the hour before midnight comes twice
        "day",
        "America/Sao_Paulo",
        "2018-02-17",
        "2018-02-19",
        ["2018-02-17T00:00-02:00", "2018-02-18T00:00-03:00"],
    ),
    (
        "day",
        "Africa/Cairo",
        "2026-04-23",
        "2026-04-26",
        ["2026-04-23T00:00+02:00", "2026-04-24T01:00+03:00", "2026-04-25T00:00+03:00"],
    ),
    (  # midnight comes twice, and the first one counts
        "day",
        "America/Havana",
        "2026-11-01",
        "2026-11-03",
        ["2026-11-01T00:00-04:00", "2026-11-02T00:00-05:00"],
    ),
    (  # and also where clocks go back into the day before
        "day",
        "America/St_Johns",
        "2010-11-06",
        "2010-11-09",
        ["2010-11-06T00:00-02:30", "2010-11-07T00:00-02:30", "2010-11-08T00:00-03:30"],
    ),
    (  # a day that was left out
        "day",
        "Pacific/Apia",
        "2011-12-29",
        "2012-01-01",
        ["2011-12-29T00:00-10:00", "2011-12-31T00:00+14:00"],
    ),
    (
        "hour",
        "America/New_York",
        "2026-11-01T00:00",
        "2026-11-01T03:00",
        [
            *("2026-11-01T00:00-04:00", "2026-11-01T01:00-04:00"),
            *("2026-11-01T01:00-05:00", "2026-11-01T02:00-05:00"),
        ],
    ),
    (
        "hour",
        "America/New_York",
        "2026-03-08T01:00",
        "2026-03-08T04:00",
        ["2026-03-08T01:00-05:00", "2026-03-08T03:00-04:00"],
    ),
    (  # an hour that lasts half as long again
        "hour",
        "Australia/Lord_Howe",
        "2026-04-05T01:00",
        "2026-04-05T03:00",
        ["2026-04-05T01:00+11:00", "2026-04-05T02:00+10:30"],
    ),
    (  # and one that lasts half as long
        "hour",
        "Australia/Lord_Howe",
        "2026-10-04T01:00",
        "2026-10-04T04:00",
        ["2026-10-04T01:00+10:30", "2026-10-04T02:30+11:00", "2026-10-04T03:00+11:00"],
    ),
    (
        "hour",
        "Asia/Kathmandu",
        "2026-01-01T00:00",
        "2026-01-01T02:00",
        ["2026-01-01T00:00+05:45", "2026-01-01T01:00+05:45"],
    ),
    (
        "month",
        "Europe/Berlin",
        "2028-02-10",
        "2028-04-02",
        ["2028-02-01T00:00+01:00", "2028-03-01T00:00+01:00", "2028-04-01T00:00+02:00"],
    ),
    (
        "quarter",
        "UTC",
        "2026-05-05",
        "2027-01-01",
        ["2026-04-01T00:00Z", "2026-07-01T00:00Z", "2026-10-01T00:00Z"],
    ),
    (
        "year",
        "Asia/Tokyo",
        "2026-05-05",
        "2027-01-02",
        ["2026-01-01T00:00+09:00", "2027-01-01T00:00+09:00"],
    ),
    ("day", "UTC", "2026-05-05T06:30", "2026-05-05T06:30:00.001", ["2026-05-05T00:00Z"]),
    ("day", "UTC", "2026-05-05", "2026-05-05", []),
]


@pytest.mark.parametrize(("interval", "zone", "first", "end", "begins"), BEGINS)
def test_buckets_begin_where_calendars_say(
    interval: Interval, zone: str, first: str, end: str, begins: list[str]
) -> None:
    of = asked(interval, first, end, zone)

    assert list(of.begins) == [ms(begin) for begin in begins]
    assert of.count >= len(begins)


@pytest.mark.parametrize(
    ("week_start", "begin"),
    [(0, "2026-11-16T00:00Z"), (5, "2026-11-14T00:00Z"), (SUNDAY, "2026-11-15T00:00Z")],
)
def test_weeks_begin_on_the_day_that_is_asked_for(week_start: int, begin: str) -> None:
    of = asked("week", "2026-11-20", "2026-11-21", "UTC", week_start)

    assert list(of.begins) == [ms(begin)]


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [
        *(("UTC", 24 * 60), ("Europe/Berlin", 60), ("Asia/Kolkata", 30)),
        *(("Australia/Lord_Howe", 30), ("Asia/Kathmandu", 15)),
    ],
)
def test_the_unit_is_the_largest_that_divides_the_bounds(zone: str, minutes: int) -> None:
    assert asked("day", "2026-01-01", "2027-01-01", zone).unit == minutes * 60_000


ZONES = (
    *("UTC", "America/New_York", "America/Sao_Paulo", "Africa/Cairo"),
    *("Africa/Casablanca", "Africa/Monrovia", "Asia/Kolkata", "Australia/Lord_Howe"),
    *("Europe/Dublin", "Pacific/Apia", "Pacific/Chatham", "America/Havana", "Asia/Tehran"),
)


@pytest.mark.parametrize("interval", get_args(Interval))
def test_every_moment_is_in_the_bucket_that_its_clock_shows(interval: Interval) -> None:
    for zone in map(calendar.zone, ZONES):
        chance = random.Random(f"{interval} {zone.key}")
        for _ in range(30):
            start = chance.randrange(ms("1973-01-01T00:00Z"), ms("2037-01-01T00:00Z"))
            end = start + chance.randrange(1, 40 * DAY_MS)
            of = calendar.buckets(interval, start, end, zone)

            assert of.begins[0] <= start < end
            assert all(begin < after for begin, after in pairwise(of.begins))
            assert all(at % of.unit == 0 for at in of.begins if at > start)
            for at in (chance.randrange(start, end) for _ in range(30)):
                begin = max(begin for begin in of.begins if begin <= at)
                assert shown(interval, at, zone) == shown(interval, begin, zone), (zone, at)
            if interval != "hour":  # no two buckets show the same
                assert len({shown(interval, at, zone) for at in of.begins}) == len(of.begins)


def shown(interval: Interval, at: int, zone: ZoneInfo) -> Any:
    """What calendars show of the interval that a moment is in."""
    day = datetime.fromtimestamp(at / 1000, zone)
    match interval:
        case "hour":
            return (day.date(), day.hour)
        case "day":
            return day.date()
        case "week":
            return day.date() - timedelta(days=day.weekday())
        case "month":
            return (day.year, day.month)
        case "quarter":
            return (day.year, (day.month - 1) // 3)
        case "year":
            return day.year


# interval, from, to, and the span before
PREVIOUS: list[tuple[Interval, str, str, str, str]] = [
    ("day", "2026-11-01", "2026-12-01", "2026-10-02", "2026-11-01"),
    ("month", "2026-03-01", "2026-04-01", "2026-02-01", "2026-03-01"),
    ("month", "2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28"),
    ("month", "2026-01-01", "2026-04-01", "2025-10-01", "2026-01-01"),
    ("week", "2026-11-11", "2026-11-25", "2026-10-28", "2026-11-11"),
    ("day", "2026-11-11T06:30", "2026-11-12T05:00", "2026-11-10T06:30", "2026-11-11T05:00"),
    ("day", "2026-11-11T06:30", "2026-11-12T12:00", "2026-11-09T06:30", "2026-11-10T12:00"),
    ("quarter", "2026-04-01", "2026-07-01", "2026-01-01", "2026-04-01"),
    ("year", "2028-01-01", "2028-02-29", "2027-01-01", "2027-02-28"),
    ("hour", "2026-03-29", "2026-03-30", "2026-03-28T01:00", "2026-03-29"),
]


@pytest.mark.parametrize(("interval", "first", "end", "start_before", "end_before"), PREVIOUS)
def test_the_period_before_is_as_long_on_the_calendar(
    interval: Interval, first: str, end: str, start_before: str, end_before: str
) -> None:
    where = calendar.zone("Europe/Berlin")
    of = asked(interval, first, end, "Europe/Berlin")

    before = calendar.previous(interval, of, where)

    bounds = (calendar.moment(text, "from", where) for text in (start_before, end_before))
    assert (before.start, before.end) == tuple(bounds)
    assert len(before.begins) == len(of.begins)


@pytest.mark.parametrize("interval", get_args(Interval))
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_of_a_span_without_measure_the_newest_buckets_are_made(
    interval: Interval, zone: str
) -> None:
    end = calendar.LAST * 10

    of = calendar.buckets(interval, -(10**15), end, calendar.zone(zone))

    assert len(of.begins) <= calendar.MOST_BUCKETS
    assert of.begins[-1] > calendar.LAST - 367 * DAY_MS
    if interval in {"hour", "day"}:
        assert of.count > len(of.begins) >= calendar.MOST_BUCKETS - 2
    assert calendar.previous(interval, of, calendar.zone(zone)).begins == ()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-20", "2026-11-20T00:00+01:00"),
        ("2026-11-20T08:15", "2026-11-20T08:15+01:00"),
        ("2026-11-20T08:15:30.5", "2026-11-20T08:15:30.500+01:00"),
        ("2026-11-20T08:15Z", "2026-11-20T08:15Z"),
        ("2026-11-20T08:15:00-05:00", "2026-11-20T08:15-05:00"),
    ],
)
def test_a_moment_without_a_zone_is_one_of_the_clocks_there(text: str, at: str) -> None:
    assert calendar.moment(text, "from", calendar.zone("Europe/Berlin")) == ms(at)


@pytest.mark.parametrize("text", ["2026-02-30", "2026-11-20T25:00", "0000-00-00", "soon", "١٢"])
def test_what_is_no_moment_is_refused_by_the_name_of_its_parameter(text: str) -> None:
    with pytest.raises(BadQuery) as refused:
        calendar.moment(text, "to", calendar.zone("UTC"))

    assert refused.value.extra == {"field": "to"}


def test_moments_are_written_with_what_their_clocks_show() -> None:
    at = ms("2026-07-01T22:00Z")

    written = [calendar.iso(at, calendar.zone(zone)) for zone in ("UTC", "Europe/Berlin")]

    assert written == ["2026-07-01T22:00:00Z", "2026-07-02T00:00:00+02:00"]
    assert calendar.iso(at + 7, calendar.zone("UTC")) == "2026-07-01T22:00:00.007Z"


def test_the_length_of_hours_is_a_whole_number_of_quarters() -> None:
    of = asked("hour", "2026-04-04", "2026-04-07", "Australia/Lord_Howe")

    lengths = {after - begin for begin, after in pairwise(of.begins)}

    assert lengths == {HOUR_MS, HOUR_MS * 3 // 2}


@pytest.mark.parametrize("name", ["", "Mars/Base", "../etc/passwd", "America", "Europe/Berlin\0"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(name)}$"):
        calendar.zone(name)
