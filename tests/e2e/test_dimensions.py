"""Planhat's dimension data over HTTP, against the local default."""

from typing import Any

import pytest

from tests.conftest import Customer, Local

DAY_20454 = "2026-01-01T00:00:00.000Z"
GOOD = {"dimensionId": "flightTime", "value": 1, "externalId": "airbus", "date": DAY_20454}
ITEMS = [
    (b"7", "not_an_object"),
    (b'{"dimensionId":"a b","value":1,"externalId":"x"}', "invalid_dimension"),
    (b'{"dimensionId":"a","value":1e999,"externalId":"x"}', "number_not_finite"),
    (b'{"dimensionId":"a","value":%s,"externalId":"x"}' % (b"1" * 5000), "number_too_long"),
    (b'{"dimensionId":"a","value":%s,"externalId":"x"}' % (b"1" * 400), "invalid_number"),
    (b'{"dimensionId":"a","value":1,"externalId":"\\ud83d"}', "lone_surrogate"),
    (b'{"dimensionId":"a","value":1,"externalId":"x\\u0000"}', "nul_character"),
    (b'{"dimensionId":"a","value":1,"externalId":%s1%s}' % (b"[" * 9999, b"]" * 9999), "too_deep"),
    (b'{"dimensionId":"a","value":[],"externalId":"x"}', "invalid_number"),
    (b'{"dimensionId":"a","value":1,"externalId":"x","date":{}}', "invalid_date"),
]


def paths(customer: Customer) -> tuple[str, str]:
    return f"/dimensiondata/{customer.tenant}", f"/{customer.tenant}/dimensiondata"


def read(local: Local, customer: Customer, query: str = "") -> Any:
    bearer = f"Bearer {customer.token}"
    status, found, _ = local.send("GET", f"/dimensiondata?{query}", Authorization=bearer)
    assert status == 200, found
    return found


def test_numbers_are_read_back_from_both_orders_of_the_path(
    local: Local, customer: Customer
) -> None:
    new, old = paths(customer)

    answers = [
        local.send("POST", new, [GOOD, GOOD | {"externalId": "boeing", "value": 2.5}])[:2],
        local.send("POST", old + "/", GOOD | {"dimensionId": "fuel"})[:2],
    ]

    assert answers == [
        (200, {"processed": 2, "errors": []}),
        (200, {"processed": 1, "errors": []}),
    ]
    found = {(one["dimensionId"], one["externalId"], one["value"]) for one in read(local, customer)}
    assert found == {
        ("flightTime", "airbus", 1),
        ("flightTime", "boeing", 2.5),
        ("fuel", "airbus", 1),
    }


def test_a_number_sent_again_is_written_over(local: Local, customer: Customer) -> None:
    for value in (1, 1, 2):
        local.send("POST", paths(customer)[0], GOOD | {"value": value})

    (found,) = read(local, customer)

    assert (found["value"], found["time"]) == (2, DAY_20454)


def test_days_pages_and_filters_leave_some_over(local: Local, customer: Customer) -> None:
    dates = [f"2026-01-0{day}T08:00Z" for day in range(1, 6)]
    local.send("POST", paths(customer)[0], [GOOD | {"date": date} for date in dates])
    local.send("POST", paths(customer)[0], GOOD | {"externalId": "boeing", "dimensionId": "fuel"})

    found = read(local, customer, "from=20455&to=20456")
    pages = [read(local, customer, f"limit=4&offset={offset}") for offset in (0, 4, 8)]

    assert [one["time"][:10] for one in found] == ["2026-01-02", "2026-01-03"]
    assert [len(page) for page in pages] == [4, 2, 0]
    assert len(read(local, customer, "cId=extid-airbus")) == 5
    assert len(read(local, customer, f"cId={found[0]['companyId']}&from=20455")) == 4
    assert len(read(local, customer, "dimid=fuel")) == 1
    assert read(local, customer, "cId=srcid-none") == []


def test_a_load_of_numbers_is_taken_in_one_body(local: Local, customer: Customer) -> None:
    points = [GOOD | {"externalId": f"c-{n}", "value": n} for n in range(3000)]

    status, answer, _ = local.send("POST", paths(customer)[0], points)

    assert (status, answer) == (200, {"processed": 3000, "errors": []})
    assert sorted(one["value"] for one in read(local, customer)) == list(range(3000))


@pytest.mark.parametrize("given", ["", "Basic !", "Bearer nobody", "Basic bm9ib2R5Og=="])
def test_sending_is_open_whatever_the_authorization(
    local: Local, customer: Customer, given: str
) -> None:
    for path in paths(customer):
        status, answer, _ = local.send("POST", path, GOOD, Authorization=given)
        assert (status, answer["processed"]) == (200, 1)


def test_reading_needs_a_token(local: Local, customer: Customer) -> None:
    for given in (f"Bearer {customer.tenant}", "Bearer nobody"):
        status, answer, _ = local.send("GET", "/dimensiondata", Authorization=given)
        assert (status, answer["code"]) == (401, "token_unknown")


@pytest.mark.parametrize("query", ["from=x", "to=1795176000000", "limit=10001", "limit=0"])
def test_a_query_that_is_not_understood_is_refused(
    local: Local, customer: Customer, query: str
) -> None:
    bearer = f"Bearer {customer.token}"

    status, answer, _ = local.send("GET", f"/dimensiondata?{query}", Authorization=bearer)

    assert (status, answer["code"]) == (400, "bad_query")


@pytest.mark.parametrize(("item", "code"), ITEMS)
def test_a_bad_item_harms_no_neighbour(
    local: Local, customer: Customer, item: bytes, code: str
) -> None:
    good = b'{"dimensionId":"a","value":1,"externalId":"x"}'

    status, answer, _ = local.send("POST", paths(customer)[0], b"[%s,%s]" % (good, item))
    alone, refusal, _ = local.send("POST", paths(customer)[1], b"[%s]" % item)

    assert (status, answer["processed"]) == (200, 1)
    assert [(one["index"], one["code"]) for one in answer["errors"]] == [(1, code)]
    assert (alone, refusal["code"], refusal["processed"]) == (400, code, 0)


@pytest.mark.parametrize("body", [b"", b"null", b"\x1f\x8bx", b"\xff\xfe\x00\xd8", b"[{"])
def test_a_body_that_holds_nothing_is_refused(
    local: Local, customer: Customer, body: bytes
) -> None:
    status, answer, headers = local.send(
        "POST", paths(customer)[0], body, Origin="https://acme.example"
    )

    assert (status, answer["errors"]) == (400, [])
    assert headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("tenant", ["nobody", "%20", "a%7Cb"])
def test_numbers_for_nobody_are_a_404(local: Local, tenant: str) -> None:
    for path in (f"/dimensiondata/{tenant}", f"/{tenant}/dimensiondata"):
        status, answer, _ = local.send("POST", path, GOOD)
        assert (status, answer["code"]) == (404, "unknown_tenant")


def test_a_fixed_first_segment_ranks_above_a_tenant(local: Local, customer: Customer) -> None:
    bearer = f"Bearer {customer.token}"

    status, answer, _ = local.send("GET", "/companies/dimensiondata", Authorization=bearer)
    activity, refusal, _ = local.send("POST", "/analytics/dimensiondata", {"email": "a@b.co"})

    assert (status, answer["code"]) == (404, "unknown_company")
    assert (activity, refusal["code"]) == (404, "unknown_tenant")
