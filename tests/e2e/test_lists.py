"""Lists over HTTP: narrowed, counted, refused by name, and as CSV all of it."""

import csv
import io
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.conftest import Customer, Local
from waypost.web.api import routes

MANY = 130


@pytest.fixture(scope="module")
def busy(local: Local) -> Customer:
    """A tenant with many users of an account, and two of nobody's."""
    customer = local.customer()
    events: list[dict[str, Any]] = [
        {"externalId": f"u{n}", "name": f"User {n}", "email": f"u{n}@acme.com", "cId": "acme",
         "action": "Opened", "info": {"plan": "pro" if n == 7 else "free", "seats": n}}
        for n in range(MANY)
    ]  # fmt: skip
    events += [{"externalId": f"w{n}", "action": "Wandered", "name": "=1+1"} for n in range(2)]
    for start in range(0, len(events), 50):
        status, _, _ = local.send(
            "POST", f"/analytics/{customer.tenant}", events[start : start + 50]
        )
        assert status == 200
    local.settled(customer, len(events))
    return customer


def rows(local: Local, customer: Customer, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(local.get(customer, path))))


def test_csv_is_all_of_a_list_and_not_its_first_page(local: Local, busy: Customer) -> None:
    users, events = (rows(local, busy, f"{name}?format=csv") for name in ("users", "events"))

    assert len(users) == len(events) == MANY + 2
    assert len({event["id"] for event in events}) == MANY + 2
    assert len(rows(local, busy, "users?format=csv&limit=5")) == 5
    assert {user["name"] for user in users if user["name"].startswith("'")} == {"'=1+1"}


def test_who_accepts_csv_gets_it(local: Local, busy: Customer) -> None:
    status, body, headers = local.send(
        "GET", "/api/v1/accounts", Authorization=f"Bearer {busy.token}", Accept="text/csv"
    )

    assert (status, headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert [row["id"] for row in csv.DictReader(io.StringIO(body))] == ["acme"]


def test_lists_of_people_are_narrowed_and_say_how_many_there_are(
    local: Local, busy: Customer
) -> None:
    page = local.get(busy, "users?account=acme&limit=3")

    assert (len(page["users"]), page["total"]) == (3, MANY)
    assert local.get(busy, "users?search=u12&min_events=1")["total"] == 11
    assert local.get(busy, "users?email=U7%40acme.com")["users"][0]["external_id"] == "u7"
    assert local.get(busy, "unassigned?quiet_days=1")["total"] == 0
    assert local.get(busy, "accounts?search=ACM")["total"] == 1


def test_the_feed_is_narrowed_by_what_landed_a_moment_ago(local: Local, busy: Customer) -> None:
    def users(**query: str) -> set[str]:
        page = local.get(busy, f"events?{urlencode(query)}")
        return {event["user"]["external_id"] for event in page["events"]}

    assert users(action="Wandered") == {"w0", "w1"}
    assert users(**{"info.plan": "pro"}) == {"u7"}
    assert users(filter="info.seats>=128", account="acme") == {"u128", "u129"}
    assert users(user="u7", action="Opened") == {"u7"}
    assert users(to="2014-01-01") == set()


@pytest.mark.parametrize("hostile", ["'; DROP TABLE users; --", "\0", "😀" * 500, '"', "%"])
def test_hostile_values_are_answered_with_nobody(
    local: Local, busy: Customer, hostile: str
) -> None:
    for path, name in (("users", "reason"), ("accounts", "trait.x"), ("unassigned", "domain")):
        assert local.get(busy, f"{path}?{urlencode({name: hostile})}")["total"] == 0
    # No key of a property can hold a NUL, so that one is refused.
    odd = f"info.{hostile}" if hostile != "\0" else "info.x"
    for name in ("action", "info.plan", odd, "trait.x"):
        assert local.get(busy, f"events?{urlencode({name: hostile})}")["events"] == []


@pytest.mark.parametrize("route", routes.LISTS)
def test_what_a_route_does_not_know_is_refused_by_name(local: Local, route: str) -> None:
    customer = local.customer()
    for query in ("limitt=1", "format=xml"):
        status, body, _ = local.send(
            "GET", f"/api/v1/{route}?{query}", Authorization=f"Bearer {customer.token}"
        )
        assert (status, body["code"]) == (400, "bad_query")
        assert body["field"] == query.partition("=")[0]
