"""Dimension data: every field under every name, each refusal, and what a query leaves over."""

import json
from typing import Any

import pytest

from waypost.errors import BadQuery, Malformed
from waypost.profiles.planhat import dimensions
from waypost.profiles.planhat.dimensions import Point
from waypost.profiles.planhat.records import company_id

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
DAY = 86_400_000
GOOD: dict[str, Any] = {"dimensionId": "flightTime", "value": 1, "externalId": "airbus"}


def point(**fields: Any) -> Point:
    points, rejects = dimensions.parse(json.dumps(GOOD | fields).encode(), NOW)
    assert not rejects, rejects
    return points[0]


def refusal(**fields: Any) -> tuple[str, str | None]:
    points, (reject,) = dimensions.parse(json.dumps(GOOD | fields).encode(), NOW)
    assert not points
    assert reject.message
    return reject.code, reject.field


def page(points: list[Point], **query: str) -> list[dict[str, object]]:
    return dimensions.page(points, query, "t-1")


def test_the_published_sample_is_read() -> None:
    found, rejects = dimensions.parse(
        b'[{"dimensionId":"flightTime","value":1,"externalId":"airbus"}]', NOW
    )

    assert (found, rejects) == ([Point("flightTime", 1, "airbus", NOW)], [])


def test_the_old_names_are_read() -> None:
    old = point(externalId=None, companyExternalId="airbus")
    asset = point(externalId=None, companyExternalId="airbus", assetExtId="plane-1")

    assert (old.model, old.external_id) == ("Company", "airbus")
    assert (asset.model, asset.external_id) == ("Asset", "plane-1")
    assert asset.company_external_id == "airbus"


@pytest.mark.parametrize("model", ["Company", "EndUser", "Asset", "Project", "enduser"])
def test_every_model_can_have_numbers(model: str) -> None:
    assert point(model=model).model.lower() == model.lower()


@pytest.mark.parametrize("date", ["2026-11-19T12:00:00Z", NOW - DAY])
def test_the_date_is_a_javascript_date(date: Any) -> None:
    assert point(date=date).time == NOW - DAY


@pytest.mark.parametrize(("value", "found"), [(1, 1), (2.5, 2.5), ("7", 7), (-1e300, -1e300)])
def test_a_value_stays_the_number_that_it_is(value: Any, found: float) -> None:
    stored = point(value=value).value

    assert (stored, type(stored)) == (found, type(found))


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"dimensionId": None}, "missing_field", "dimensionId"),
        ({"dimensionId": "flight time"}, "invalid_dimension", "dimensionId"),
        ({"dimensionId": "flight/time"}, "invalid_dimension", "dimensionId"),
        ({"dimensionId": "x" * 257}, "invalid_dimension", "dimensionId"),
        ({"value": None}, "missing_field", "value"),
        ({"value": ""}, "missing_field", "value"),
        ({"value": "much"}, "invalid_number", "value"),
        ({"value": True}, "invalid_number", "value"),
        ({"value": "Infinity"}, "number_not_finite", "value"),
        ({"externalId": None}, "missing_field", "externalId"),
        ({"externalId": "x" * 257}, "too_long", "externalId"),
        ({"externalId": [1]}, "invalid_type", "externalId"),
        ({"model": "Planet"}, "unknown_model", "model"),
        ({"date": "soon"}, "invalid_date", "date"),
        ({"date": "2100-01-01"}, "date_out_of_range", "date"),
    ],
)
def test_what_is_wrong_with_a_number_is_named(
    fields: dict[str, Any], code: str, field: str
) -> None:
    assert refusal(**fields) == (code, field)


def test_a_bad_item_harms_no_neighbour() -> None:
    body = b'[{"dimensionId":"a","value":1,"externalId":"x"},{"value":NaN},7]'

    points, rejects = dimensions.parse(body, NOW)

    assert [one.dimension_id for one in points] == ["a"]
    assert [(one.index, one.code) for one in rejects] == [
        (1, "number_not_finite"),
        (2, "not_an_object"),
    ]


def test_a_body_that_is_no_json_is_refused() -> None:
    with pytest.raises(Malformed):
        dimensions.parse(b"flightTime=1&", NOW)


def test_numbers_of_two_objects_or_dimensions_are_two() -> None:
    points = [point(), point(externalId="boeing"), point(dimensionId="fuel"), point(model="Asset")]

    assert len({one.key for one in points}) == 4
    assert point(value=2).key == point().key


def test_an_answer_has_what_was_sent_and_the_company_that_it_belongs_to() -> None:
    airbus = company_id("t-1", "airbus")

    (found,) = page([point(date=NOW - DAY)])
    (user,) = page([point(model="EndUser")])

    assert len(str(found.pop("_id"))) == 24
    assert found == {
        "dimensionId": "flightTime",
        "value": 1,
        "time": "2026-11-19T12:00:00.000Z",
        "model": "Company",
        "externalId": "airbus",
        "companyExternalId": "airbus",
        "companyId": airbus,
    }
    assert (user["externalId"], user["companyId"]) == ("airbus", None)


def test_pages_go_through_every_number_once() -> None:
    points = [point(externalId=str(n)) for n in range(1, 6)]

    pages = [page(points, limit="2", offset=str(offset)) for offset in (0, 2, 4, 6)]

    assert [len(one) for one in pages] == [2, 2, 1, 0]
    assert [one for some in pages for one in some] == page(points)


def test_dimid_leaves_some_dimensions_over() -> None:
    points = [point(dimensionId=name) for name in "abc"]

    assert [one["dimensionId"] for one in page(points, dimid="a, c")] == ["a", "c"]


def test_companies_leave_their_numbers_over_and_those_of_their_assets() -> None:
    asset = point(externalId=None, companyExternalId="airbus", assetExtId="plane-1")
    points = [point(), asset, point(externalId="boeing"), point(model="EndUser")]
    airbus = frozenset({company_id("t-1", "airbus")})

    kept = dimensions.page(points, {}, "t-1", airbus)
    none = dimensions.page(points, {}, "t-1", frozenset())

    assert [one["externalId"] for one in kept] == ["airbus", "plane-1"]
    assert none == []


def test_days_are_counted_from_1970_and_the_last_one_is_part_of_the_span() -> None:
    assert dimensions.span({"from": "20454", "to": "20455"}) == (20454 * DAY, 20456 * DAY)
    assert dimensions.span({})[0] == 0


@pytest.mark.parametrize("query", [{"from": "x"}, {"to": str(NOW)}, {"from": "-1"}])
def test_a_span_that_is_not_in_days_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(BadQuery):
        dimensions.span(query)
