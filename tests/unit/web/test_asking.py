"""The parameters of questions: read once, and what nobody meant is refused by name."""

from datetime import UTC, datetime
from typing import Any

import pytest

from waypost import times
from waypost.errors import BadQuery
from waypost.insights import filters
from waypost.tenants import Tenant
from waypost.web.asking import Common, Parameters

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
SINCE_MIDNIGHT = "2026-11-20T00:00:00.000Z"


def common(tenant: Tenant | None = None, **given: Any) -> Common:
    lists = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    parameters = Parameters({name.removesuffix("_"): value for name, value in lists.items()})
    asked = parameters.common(tenant or Tenant("t"), NOW)
    parameters.refuse_rest()
    return asked


def span(**given: Any) -> tuple[str | None, str | None]:
    asked = common(**given)
    start, end = (moment and times.iso(moment) for moment in (asked.start, asked.end))
    return (start or None, end or None)


@pytest.mark.parametrize(
    ("given", "start", "end"),
    [
        ({}, None, None),
        ({"from_": "2026-11-20"}, SINCE_MIDNIGHT, None),
        ({"from_": "2026-11-20", "timezone": "Asia/Kolkata"}, "2026-11-19T18:30:00.000Z", None),
        (
            {"from_": "2026-03-08", "to": "2026-03-09", "timezone": "America/New_York"},
            "2026-03-08T05:00:00.000Z",
            "2026-03-09T04:00:00.000Z",
        ),
        ({"to": "2026-11-20T08:00:00.123Z"}, None, "2026-11-20T08:00:00.123Z"),
        ({"last": "1d"}, SINCE_MIDNIGHT, "2026-11-21T00:00:00.000Z"),
        ({"last": "30d"}, "2026-10-22T00:00:00.000Z", "2026-11-21T00:00:00.000Z"),
        ({"last": "2w"}, "2026-11-07T00:00:00.000Z", "2026-11-21T00:00:00.000Z"),
        ({"last": "1m"}, "2026-11-01T00:00:00.000Z", "2026-11-21T00:00:00.000Z"),
        ({"last": "11m"}, "2026-01-01T00:00:00.000Z", "2026-11-21T00:00:00.000Z"),
        ({"last": "12m"}, "2025-12-01T00:00:00.000Z", "2026-11-21T00:00:00.000Z"),
        ({"last": "1y"}, "2025-12-01T00:00:00.000Z", "2026-11-21T00:00:00.000Z"),
        ({"last": "24h"}, "2026-11-19T13:00:00.000Z", "2026-11-20T13:00:00.000Z"),
        (
            {"last": "30d", "timezone": "Europe/Berlin"},
            "2026-10-21T22:00:00.000Z",
            "2026-11-20T23:00:00.000Z",
        ),
    ],
)
def test_a_span_is_read(given: dict[str, str], start: str | None, end: str | None) -> None:
    assert span(**given) == (start, end)


def test_the_tenant_says_where_days_and_weeks_begin() -> None:
    tenant = Tenant("t", timezone="Australia/Sydney", week_starts_on="sunday")

    asked = common(tenant, from_="2026-11-20")

    assert asked.start == datetime(2026, 11, 19, 13, tzinfo=UTC).timestamp() * 1000
    assert asked.zone.key == "Australia/Sydney"
    assert asked.week_start == 6


def test_fields_are_filters_and_all_of_them_hold() -> None:
    asked = common(filter=["info.seats>5", "page exists"], action=["a", "b"], company="acme")

    expected = ["info.seats>5", "page exists", 'action in ["a","b"]', 'account in ["acme"]']
    assert asked.filters == tuple(map(filters.read, expected))


@pytest.mark.parametrize(
    ("given", "field", "remedy"),
    [
        ({"acount": "acme"}, "acount", "did you mean account?"),
        ({"intervall": "day"}, "intervall", "there is no parameter"),
        ({"from_": "yesterday"}, "from", "not a date"),
        ({"from_": "2026-02-30"}, "from", "there is no 2026-02-30"),
        ({"from_": "2026-11-20", "to": "2026-11-19"}, "to", "lies before"),
        ({"from_": ["2026-11-20", "2026-11-21"]}, "from", "once is enough"),
        ({"last": "30"}, "last", "a length such as"),
        ({"last": "99999y"}, "last", "before all times"),
        ({"last": "1d", "to": "2026-11-20"}, "last", "in the place"),
        ({"timezone": "Mars/Olympus"}, "timezone", "no time zone"),
        ({"timezone": "../etc/passwd"}, "timezone", "no time zone"),
        ({"timezone": "America"}, "timezone", "no time zone"),
        ({"timezone": "x" * 9_000}, "timezone", "no time zone"),
        ({"explain": "yes"}, "explain", "true or false"),
        ({"filter": ["action=a"] * 51}, "filter", "more than 50"),
        ({"info.a\0": "1"}, "info.a\0", "names no field"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(
    given: dict[str, Any], field: str, remedy: str
) -> None:
    with pytest.raises(BadQuery) as refused:
        common(**given)

    assert refused.value.extra["field"] == field
    assert remedy in refused.value.message.replace("takes the place", "in the place")


@pytest.mark.parametrize("text", ["0", "11", "-1", "1.5", "a", "9" * 5_000, "²"])
def test_a_number_stays_within_its_bounds(text: str) -> None:
    with pytest.raises(BadQuery, match="from 1 to 10"):
        Parameters({"top": [text]}).number("top", 5, most=10)


def test_an_empty_parameter_is_an_absent_one() -> None:
    assert Parameters({"top": [""]}).number("top", 5, most=10) == 5
